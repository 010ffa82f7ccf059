//! Conversations: the one door through which the engine sends, receives and keeps messages. Each call takes the vault's open
//! transaction, writes all it changes there (MLS state, lane entries, outbox rows, positions), and returns an [`Outcome`]: events
//! for the engine to write beside in the same transaction, and frames to send *after the commit*. It must never return a frame
//! whose entry is not in the transaction, and keeps nothing in memory but which links are open: a dropped transaction is as if
//! the call never was. Source: `protocol/spec/lanes.md`; the decisions are in `core::lane` and `core::outbox`.
//!
//! The engine hands over frames in the order of one link, and none of a link that was replaced.

#![warn(clippy::indexing_slicing)]

mod amending;
mod opening;
mod outcome;
mod receiving;
mod rows;
mod sending;
#[cfg(test)]
mod tests;
mod upkeep;

use std::collections::BTreeMap;

use protocol::ids::{ConversationId, DeviceId, LaneId, MemberId};
use protocol::link::LinkFrame;
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;

pub use amending::Reach;
pub use outcome::{Event, Handled, OutboxEntry, Outcome, Received};
pub use rows::{ConversationRow, KeyPackageRow, OutboxPlace, OutboxRow, OwnedEntry, ReceivedRow};

use crate::core::outbox::{Freshness, Impossible, Standing};
use crate::crypto::lane::{Certified, CryptoFault, LaneCrypto, Leaves};
use crate::store::{VaultError, WriteTx};

/// A request, a reset or an entry without an answer is sent again after this long on an open link.
const RETRY_MS: u64 = 10_000;

/// Why a call failed; the transaction must be dropped.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Cryptography failed on our own input.
    #[error(transparent)]
    Crypto(#[from] CryptoFault),
    /// A row and what happens to it do not fit.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// What a call must know of the world at that moment.
pub struct Surroundings<'a> {
    /// The time.
    pub now: Timestamp,
    /// Entropy for names.
    pub rng: &'a mut dyn CryptoRngCore,
    /// The certified devices.
    pub certified: &'a Certified<'a>,
    /// How each person stands.
    pub standing: &'a dyn Fn(&MemberId) -> Standing,
    /// How much is known about revocations.
    pub freshness: Freshness,
}

/// The conversations of this device.
pub struct Conversations<C> {
    member: MemberId,
    device: DeviceId,
    crypto: C,
    links: BTreeMap<DeviceId, OpenLink>,
}

/// An authenticated link, as far as lanes care.
struct OpenLink {
    member: MemberId,
    /// When to look for what was not answered; `None` after a look that found everything answered.
    look_at: Option<Timestamp>,
    /// The last gap that was asked for: asked once until it is filled or [`RETRY_MS`] pass.
    asked: Option<(LaneId, u64, Timestamp)>,
}

impl<C: LaneCrypto> Conversations<C> {
    /// For this member's device.
    pub fn new(member: MemberId, device: DeviceId, crypto: C) -> Self {
        Self { member, device, crypto, links: BTreeMap::new() }
    }

    /// The conversation with a person.
    pub fn with(&self, peer: MemberId) -> ConversationId {
        ConversationId::pair(self.member, peer)
    }

    /// A link to a device is authenticated and open: positions are exchanged, what was not acknowledged goes again, the queue
    /// moves.
    pub fn on_link_open(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: DeviceId,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        let Some(known) = (around.certified)(&peer) else { return Ok(out) };
        self.links
            .insert(peer, OpenLink { member: known.member, look_at: Some(around.now.plus_ms(RETRY_MS)), asked: None });
        let conversation = self.with(known.member);
        self.report_position(tx, around, conversation, peer, &mut out)?;
        self.resume(tx, around, conversation, peer, &mut out)?;
        self.pump(tx, around, conversation, &mut out)?;
        Ok(out)
    }

    /// The link to a device is gone.
    pub fn on_link_closed(&mut self, peer: &DeviceId) {
        self.links.remove(peer);
    }

    /// A frame from an open link. Frames that are not about lanes come back.
    pub fn on_link_frame(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: DeviceId,
        frame: LinkFrame,
    ) -> Result<Handled, ConversationError> {
        let mut out = Outcome::default();
        let Some(link) = self.links.get_mut(&peer).filter(|_| about_lanes(&frame)) else {
            return Ok(if about_lanes(&frame) { Handled::Lanes(out) } else { Handled::Other(frame) });
        };
        link.look_at = Some(around.now.plus_ms(RETRY_MS));
        let member = link.member;
        if let Standing::Ended(_) | Standing::Held = (around.standing)(&member) {
            return Ok(Handled::Lanes(out));
        }
        let conversation = self.with(member);
        match frame {
            LinkFrame::LaneEntry(entry) if entry.lane.conversation == conversation && entry.lane.device == peer => {
                self.on_entry(tx, around, &entry, &mut out)?;
            }
            LinkFrame::KeyPackageRequest { lane } if lane.conversation == conversation && lane.device == peer => {
                self.on_key_package_request(tx, around, lane, &mut out)?;
            }
            LinkFrame::KeyPackage { lane, bytes }
                if lane.conversation == conversation && lane.device == self.device =>
            {
                self.on_key_package(tx, around, peer, lane, &bytes, &mut out)?;
            }
            LinkFrame::LaneAck(ack) if ack.lane.conversation == conversation && ack.lane.device == self.device => {
                self.on_ack(tx, around, peer, &ack, &mut out)?;
            }
            LinkFrame::LaneRequest { lane, from_seq }
                if lane.conversation == conversation && lane.device == self.device =>
            {
                self.on_request(tx, around, peer, lane, from_seq, &mut out)?;
            }
            LinkFrame::LaneReset { conversation: named, known_generation } if named == conversation => {
                self.on_reset(tx, around, conversation, known_generation, &mut out)?;
            }
            _ => out.events.push(Event::Misplaced { from: peer }),
        }
        Ok(Handled::Lanes(out))
    }

    /// When to call [`Conversations::on_tick`]; `None` while nothing waits for an answer.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.links.values().filter_map(|link| link.look_at).min()
    }

    /// Sends again what was not answered, and moves queues that waited for the clock or the log.
    pub fn on_tick(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        let due = |link: &OpenLink| link.look_at.is_some_and(|at| at <= around.now);
        let peers: Vec<_> =
            self.links.iter().filter(|(_, link)| due(link)).map(|(peer, link)| (*peer, link.member)).collect();
        for (peer, member) in peers {
            let conversation = self.with(member);
            self.retry(tx, around, conversation, peer, &mut out)?;
            self.pump(tx, around, conversation, &mut out)?;
            let waits = self.awaits_answer(tx, conversation, peer)?;
            if let Some(link) = self.links.get_mut(&peer) {
                link.look_at = waits.then(|| around.now.plus_ms(RETRY_MS));
            }
        }
        Ok(out)
    }

    /// The open links to devices of a member.
    fn linked(&self, member: MemberId) -> impl Iterator<Item = DeviceId> + '_ {
        self.links.iter().filter(move |(_, link)| link.member == member).map(|(device, _)| *device)
    }
}

fn about_lanes(frame: &LinkFrame) -> bool {
    match frame {
        LinkFrame::KeyPackageRequest { .. }
        | LinkFrame::KeyPackage { .. }
        | LinkFrame::LaneEntry(_)
        | LinkFrame::LaneRequest { .. }
        | LinkFrame::LaneAck(_)
        | LinkFrame::LaneReset { .. } => true,
        LinkFrame::Ping { .. }
        | LinkFrame::Pong { .. }
        | LinkFrame::Checkpoint { .. }
        | LinkFrame::LeavesRequest { .. }
        | LinkFrame::Leaves { .. }
        | LinkFrame::Seen { .. }
        | LinkFrame::FileRequest { .. }
        | LinkFrame::FileCredit { .. }
        | LinkFrame::FileRefused { .. }
        | LinkFrame::FileStop { .. }
        | LinkFrame::FilePiece { .. }
        | LinkFrame::Certificate { .. } => false,
    }
}

/// Who may have a leaf in a lane of this pair.
fn leaves<'a>(owner: DeviceId, roster: &'a [MemberId; 2], around: &'a Surroundings<'_>) -> Leaves<'a> {
    Leaves { owner, roster, certified: around.certified }
}

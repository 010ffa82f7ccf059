//! Conversations: the one door through which the engine sends, receives and keeps messages. Each call takes the vault's open
//! transaction, writes all it changes there (MLS state, lane entries, outbox rows, positions), and returns an [`Outcome`]: events
//! for the engine to write beside in the same transaction, and frames to send *after the commit*. It must never return a frame
//! whose entry is not in the transaction, and keeps nothing in memory but which links are open: a dropped transaction is as if
//! the call never was. Source: `protocol/spec/lanes.md`; the decisions are in `core::lane` and `core::outbox`.
//!
//! The engine hands over frames in the order of one link, and none of a link that was replaced.

#![warn(clippy::indexing_slicing)]

mod amending;
mod answers;
mod bringing;
mod claims;
mod groups;
mod heirs;
mod in_step;
mod opening;
mod outcome;
mod pen;
mod pictures;
mod receiving;
mod resuming;
mod room;
mod rosters;
mod rows;
mod sending;
#[cfg(test)]
mod tests;
mod upkeep;

use std::collections::BTreeMap;

use protocol::ids::{ConversationId, DeviceId, LaneId, MemberId};
use protocol::keys::SigningKey;
use protocol::link::LinkFrame;
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;

pub use amending::Reach;
pub use groups::GroupRefusal;
pub use outcome::{Event, Handled, OutboxEntry, Outcome, Received, RosterChanged};
pub use rows::{
    ConversationRow, GroupRow, KeyPackageRow, OperationRow, OutboxPlace, OutboxRow, OwnedEntry, PictureRow,
    ReceivedRow, Wish,
};

use self::rows::Circle;

use crate::core::outbox::{Freshness, Impossible, Standing};
use crate::crypto::lane::{Certified, CryptoFault, Devices, Enrolled, LaneCrypto, Leaves};
use crate::store::tables::GROUPS;
use crate::store::{Reading, VaultError, WriteTx};

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
    /// The group is not as the caller takes it to be.
    #[error(transparent)]
    Group(#[from] GroupRefusal),
}

/// What a call must know of the world at that moment.
pub struct Surroundings<'a> {
    /// The time.
    pub now: Timestamp,
    /// Entropy for names.
    pub rng: &'a mut dyn CryptoRngCore,
    /// The certified devices.
    pub certified: &'a Certified<'a>,
    /// All devices that ever were in the log.
    pub enrolled: &'a Enrolled<'a>,
    /// Who has left the organization: no device of theirs counts.
    pub has_ended: &'a dyn Fn(&MemberId) -> bool,
    /// Signs for rosters; the device's own key.
    pub signer: &'a SigningKey,
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
    /// When a roster was last asked for from its beginning.
    asked_roster: Option<Timestamp>,
    /// When it was last shown a history that parts from its own.
    shown_ours: Option<Timestamp>,
    /// Later generations of our lanes in groups than we know, as this device says.
    claims: BTreeMap<ConversationId, u32>,
    /// Pictures that it asked for and was given.
    pictures: pictures::Asked,
}

impl<C: LaneCrypto> Conversations<C> {
    /// For this member's device.
    pub fn new(member: MemberId, device: DeviceId, crypto: C) -> Self {
        Self { member, device, crypto, links: BTreeMap::new() }
    }

    /// Whose device this is.
    pub fn member(&self) -> MemberId {
        self.member
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
        self.links.insert(
            peer,
            OpenLink {
                member: known.member,
                look_at: Some(around.now.plus_ms(RETRY_MS)),
                asked: None,
                asked_roster: None,
                shown_ours: None,
                pictures: pictures::Asked::default(),
                claims: BTreeMap::new(),
            },
        );
        self.greet(tx, (peer, known.member), &mut out)?;
        for conversation in self.shared_with(tx, known.member)? {
            self.meet(tx, around, conversation, peer, &mut out)?;
            self.pump(tx, around, conversation, &mut out)?;
        }
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
        match frame {
            LinkFrame::RosterHave { conversation, operations, head } => {
                self.on_roster_have(tx, around, (peer, member), (conversation, operations, head), &mut out)?;
            }
            LinkFrame::Roster { conversation, from, operations, departures } => {
                let documents = (operations, departures);
                self.on_roster(tx, around, (peer, member), (conversation, from), documents, &mut out)?;
            }
            LinkFrame::PictureWanted { conversation, picture } => {
                self.on_picture_wanted(tx, around.now, (peer, member), (conversation, picture), &mut out)?;
            }
            LinkFrame::Picture { conversation, bytes } => self.on_picture(tx, (conversation, bytes), &mut out)?,
            frame => self.on_lane_frame(tx, around, (peer, member), frame, &mut out)?,
        }
        Ok(Handled::Lanes(out))
    }

    /// A frame about a lane counts only between members of its conversation: from the lane's owner, or to it.
    fn on_lane_frame(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (peer, member): (DeviceId, MemberId),
        frame: LinkFrame,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (conversation, owner) = match &frame {
            LinkFrame::LaneEntry(entry) => (entry.lane.conversation, Some((entry.lane.device, peer))),
            LinkFrame::KeyPackageRequest { lane } => (lane.conversation, Some((lane.device, peer))),
            LinkFrame::KeyPackage { lane, .. } | LinkFrame::LaneRequest { lane, .. } => {
                (lane.conversation, Some((lane.device, self.device)))
            }
            LinkFrame::LaneAck(ack) => (ack.lane.conversation, Some((ack.lane.device, self.device))),
            LinkFrame::LaneReset { conversation, .. } => (*conversation, None),
            _ => return Ok(()),
        };
        let Some(circle) = self.circle_with(tx, conversation, member)? else {
            // Perhaps of a group, or a change of one, that we have not heard of.
            self.ask_for_news(tx, conversation, (peer, member), out)?;
            out.events.push(Event::Misplaced { from: peer });
            return Ok(());
        };
        if owner.is_some_and(|(named, expected)| named != expected) {
            out.events.push(Event::Misplaced { from: peer });
            return Ok(());
        }
        match frame {
            LinkFrame::LaneEntry(entry) => self.on_entry(tx, around, &circle, &entry, out),
            LinkFrame::KeyPackageRequest { lane } => self.on_key_package_request(tx, around, lane, out),
            LinkFrame::KeyPackage { lane, bytes } => {
                self.on_key_package(tx, around, (peer, member), (lane, &bytes), &circle, out)
            }
            LinkFrame::LaneAck(ack) => self.on_ack(tx, around, (peer, member), &ack, out),
            LinkFrame::LaneRequest { lane, from_seq } => self.on_request(tx, around, peer, lane, from_seq, out),
            LinkFrame::LaneReset { conversation, known_generation } => {
                self.on_reset(tx, around, peer, (conversation, known_generation), out)
            }
            _ => Ok(()),
        }
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
        // A look that is further away than one ever is set is due: the clock was set back.
        let (now, latest) = (around.now, around.now.plus_ms(RETRY_MS));
        let due = |link: &OpenLink| link.look_at.is_some_and(|at| at <= now || at > latest);
        let peers: Vec<_> =
            self.links.iter().filter(|(_, link)| due(link)).map(|(peer, link)| (*peer, link.member)).collect();
        for (peer, member) in peers {
            let mut waits = false;
            for conversation in self.shared_with(tx, member)? {
                self.retry(tx, around, conversation, peer, &mut out)?;
                self.pump(tx, around, conversation, &mut out)?;
                waits |= self.awaits_answer(tx, around, conversation, (peer, member))?;
            }
            if let Some(link) = self.links.get_mut(&peer) {
                link.look_at = waits.then(|| around.now.plus_ms(RETRY_MS));
            }
        }
        Ok(out)
    }

    /// The open links to devices of these members.
    fn linked_to(&self, are: &dyn Fn(MemberId) -> bool) -> Vec<(DeviceId, MemberId)> {
        let links = self.links.iter().filter(|(_, link)| are(link.member));
        links.map(|(device, link)| (*device, link.member)).collect()
    }

    /// The conversations that we and a member take part in.
    fn shared_with(&self, tx: &impl Reading, member: MemberId) -> Result<Vec<ConversationId>, VaultError> {
        let groups = self.groups(tx)?;
        let shared = groups.iter().filter(|group| group.is_open_to(self.member) && group.roster.is_member(member));
        Ok(std::iter::once(self.with(member)).chain(shared.map(|group| group.roster.conversation())).collect())
    }

    /// Who is in a conversation, if both we and this member are.
    fn circle_with(
        &self,
        tx: &impl Reading,
        conversation: ConversationId,
        member: MemberId,
    ) -> Result<Option<Circle>, VaultError> {
        if conversation == self.with(member) {
            return Ok(Some(Circle::pair(self.member, member)));
        }
        let group = tx.get(&GROUPS, conversation.as_bytes())?;
        let group = group.filter(|group| group.is_open_to(self.member) && group.roster.is_member(member));
        Ok(group.as_ref().map(Circle::group))
    }

    /// Who is in a conversation, if we are.
    fn circle_of(
        &self,
        tx: &impl Reading,
        conversation: ConversationId,
        row: &ConversationRow,
    ) -> Result<Option<Circle>, VaultError> {
        match row.peer {
            Some(peer) => Ok(Some(Circle::pair(self.member, peer))),
            None => self.circle_with(tx, conversation, self.member),
        }
    }

    fn others<'c>(&self, circle: &'c Circle) -> impl Iterator<Item = MemberId> + 'c {
        let me = self.member;
        circle.members.iter().copied().filter(move |member| *member != me)
    }
}

/// Whether this much time has passed. A clock that was set back is no reason to wait for longer.
fn passed(since: Timestamp, ms: u64, now: Timestamp) -> bool {
    now < since || now.since(since) >= ms
}

fn about_lanes(frame: &LinkFrame) -> bool {
    match frame {
        LinkFrame::KeyPackageRequest { .. }
        | LinkFrame::KeyPackage { .. }
        | LinkFrame::LaneEntry(_)
        | LinkFrame::LaneRequest { .. }
        | LinkFrame::LaneAck(_)
        | LinkFrame::LaneReset { .. }
        | LinkFrame::RosterHave { .. }
        | LinkFrame::Roster { .. }
        | LinkFrame::PictureWanted { .. }
        | LinkFrame::Picture { .. } => true,
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

/// Who may be let into a lane of ours.
fn newcomers<'a>(owner: DeviceId, circle: &'a Circle, around: &'a Surroundings<'_>) -> Leaves<'a> {
    Leaves { owner, roster: &circle.members, devices: Devices::Certified(around.certified) }
}

/// Who may be in a lane that we read: an entry may be older than what we know of log and roster.
fn readers<'a>(owner: DeviceId, circle: &'a Circle, around: &'a Surroundings<'_>) -> Leaves<'a> {
    Leaves { owner, roster: &circle.ever, devices: Devices::Enrolled(around.enrolled) }
}

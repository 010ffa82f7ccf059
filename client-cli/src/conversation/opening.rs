//! How a lane comes to be: the owner asks for a key package for a generation of its lane, the reader makes one for exactly that
//! lane, the owner answers with a welcome. Everything is idempotent by the lane's id. A key package must never be used twice.

use protocol::ids::{ConversationId, DeviceId, LaneId};
use protocol::lane::EntryKind;
use protocol::link::LinkFrame;

use super::rows::{KeyPackageRow, ReceivedRow, lane_key, roster_of};
use super::{ConversationError, ConversationRow, Conversations, Event, Outcome, RETRY_MS, Surroundings, leaves};
use crate::core::lane::{Append, OwnedLane, SwapReason, next_generation};
use crate::crypto::lane::{CryptoFault, KeyPackageName, LaneCrypto, Newcomer};
use crate::store::tables::{CONVERSATIONS, KEY_PACKAGES, RECEIVED_LANES};
use crate::store::{Reading as _, Span, WriteTx};

/// Key packages that wait for a welcome of one owner in one conversation; the oldest goes first.
const KEY_PACKAGES_MAX: usize = 4;

impl<C: LaneCrypto> Conversations<C> {
    /// Owner: asks every linked device of the peer for a key package; the first that answers reads the lane.
    pub(super) fn ask_for_key_package(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        mut row: ConversationRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(generation) = next_generation(row.generation, row.peer_knows, around.now) else {
            return Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?);
        };
        row.generation = Some(generation);
        row.opening = Some(generation);
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        self.repeat_request(conversation, &row, out);
        Ok(())
    }

    /// Owner: asks again, for the same lane.
    pub(super) fn repeat_request(&self, conversation: ConversationId, row: &ConversationRow, out: &mut Outcome) {
        let Some(generation) = row.opening else { return };
        let lane = LaneId { device: self.device, conversation, generation };
        for peer in self.linked(row.peer) {
            out.send(peer, LinkFrame::KeyPackageRequest { lane });
        }
    }

    /// Reader: makes a key package for a lane that is newer than all it knows of this owner.
    pub(super) fn on_key_package_request(
        &self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        lane: LaneId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (device, conversation) = lane_key(&lane.device, &lane.conversation);
        let received = tx.get(&RECEIVED_LANES, &(device, conversation))?.unwrap_or_default();
        if received.known_generation >= Some(lane.generation) {
            let known_generation = received.known_generation;
            out.send(lane.device, LinkFrame::LaneReset { conversation: lane.conversation, known_generation });
            return Ok(());
        }
        let key = (device, conversation, lane.generation);
        let bytes = match tx.get(&KEY_PACKAGES, &key)? {
            Some(made) => made.bytes,
            None => {
                self.make_room(tx, (device, conversation))?;
                let mut name = KeyPackageName::default();
                around.rng.fill_bytes(&mut name);
                let bytes = self.crypto.make_key_package(tx, name)?;
                tx.put(&KEY_PACKAGES, &key, &KeyPackageRow { name, bytes: bytes.clone(), made: around.now })?;
                bytes
            }
        };
        out.send(lane.device, LinkFrame::KeyPackage { lane, bytes });
        Ok(())
    }

    fn make_room(&self, tx: &mut WriteTx<'_>, owner: ([u8; 16], [u8; 16])) -> Result<(), ConversationError> {
        let made = tx.scan(&KEY_PACKAGES, Span::under(&owner)).collect::<Result<Vec<_>, _>>()?;
        let surplus = (made.len() + 1).saturating_sub(KEY_PACKAGES_MAX);
        for (key, row) in made.into_iter().take(surplus) {
            self.crypto.forget_key_package(tx, row.name)?;
            tx.remove(&KEY_PACKAGES, &key)?;
        }
        Ok(())
    }

    /// Reader: forgets every key package that waits for a welcome of this owner.
    pub(super) fn forget_key_packages(
        &self,
        tx: &mut WriteTx<'_>,
        owner: ([u8; 16], [u8; 16]),
    ) -> Result<(), ConversationError> {
        for row in tx.scan(&KEY_PACKAGES, Span::under(&owner)).collect::<Result<Vec<_>, _>>()? {
            let (key, row): (_, KeyPackageRow) = row;
            self.crypto.forget_key_package(tx, row.name)?;
            tx.remove(&KEY_PACKAGES, &key)?;
        }
        Ok(())
    }

    /// Owner: starts the lane that was asked for; its first entry is the welcome.
    pub(super) fn on_key_package(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: DeviceId,
        lane: LaneId,
        key_package: &[u8],
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = lane.conversation;
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        if row.opening != Some(lane.generation) {
            return Ok(());
        }
        let roster = roster_of(self.member, row.peer);
        let reader = Newcomer { device: peer, key_package };
        let bytes = match self.crypto.create(tx, &lane, reader, leaves(self.device, &roster, around)) {
            Ok(welcome) => welcome,
            Err(CryptoFault::Intruder(why)) => {
                out.events.push(Event::LeafRefused { lane, why });
                return Ok(());
            }
            Err(CryptoFault::Invalid(_)) => {
                out.events.push(Event::Misplaced { from: peer });
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let mut owned = OwnedLane::new(lane, around.now);
        owned.admit(peer, row.peer);
        self.append(tx, around, &mut owned, Append { kind: EntryKind::Welcome, bytes, message: None }, out)?;
        row.owned = Some(owned);
        row.opening = None;
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        out.events.push(Event::LaneStarted(lane));
        self.pump(tx, around, conversation, out)
    }

    /// Owner: the reader cannot read our lane. Repeats of one request fall into the pause and change nothing.
    pub(super) fn on_reset(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        known_generation: Option<u32>,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        row.peer_knows = row.peer_knows.max(known_generation);
        if let Some(lane) = &row.owned {
            if around.now.since(lane.started()) < RETRY_MS {
                return Ok(());
            }
            self.end_lane(tx, conversation, &mut row, SwapReason::Asked, out)?;
        }
        if row.opening <= known_generation {
            row.opening = None;
        }
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        self.repeat_request(conversation, &row, out);
        self.pump(tx, around, conversation, out)
    }

    /// Reader: gives a lane up and asks its owner for a new one.
    pub(super) fn lose(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        lane: LaneId,
        mut received: ReceivedRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        if let Some(followed) = received.lane.take() {
            self.crypto.discard(tx, &followed.id())?;
        }
        received.known_generation = received.known_generation.max(Some(lane.generation));
        let ask = received.lost.is_none_or(|asked| around.now.since(asked) >= RETRY_MS);
        if ask {
            received.lost = Some(around.now);
            let known_generation = received.known_generation;
            out.send(lane.device, LinkFrame::LaneReset { conversation: lane.conversation, known_generation });
            out.events.push(Event::LaneLost(lane));
        }
        Ok(tx.put(&RECEIVED_LANES, &lane_key(&lane.device, &lane.conversation), &received)?)
    }
}

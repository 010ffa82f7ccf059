//! How a lane comes to be: the owner asks for a key package for a generation of its lane, the reader makes one for exactly that
//! lane, the owner answers with a welcome. Everything is idempotent by the lane's id. A key package must never be used twice.

use protocol::ids::{ConversationId, DeviceId, LaneId};
use protocol::lane::EntryKind;
use protocol::link::LinkFrame;

use super::rosters::Peer;
use super::rows::{Circle, KeyPackageRow, ReceivedRow, lane_key};
use super::{
    ConversationError, ConversationRow, Conversations, Event, Outcome, RETRY_MS, Surroundings, newcomers, passed,
};
use crate::core::lane::{Append, OwnedLane, SwapReason, next_generation};
use crate::core::outbox::Standing;
use crate::crypto::lane::{CryptoFault, KeyPackageName, LaneCrypto, Newcomer};
use crate::store::tables::{CONVERSATIONS, KEY_PACKAGES, RECEIVED_LANES};
use crate::store::{Reading as _, Span, WriteTx};

/// Key packages that wait for a welcome of one owner in one conversation; the oldest goes first.
const KEY_PACKAGES_MAX: usize = 4;

impl<C: LaneCrypto> Conversations<C> {
    /// Owner: asks every linked device of the others for a key package; the first that answers begins the lane, the next ones are added.
    pub(super) fn ask_for_key_package(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        circle: &Circle,
        mut row: ConversationRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(generation) = next_generation(row.generation, row.peer_knows, around.now) else {
            return Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?);
        };
        row.generation = Some(generation);
        row.opening = Some(generation);
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        for (peer, _) in self.linked_to(&|member| circle.members.contains(&member)) {
            self.invite(around, conversation, &row, circle, peer, out);
        }
        Ok(())
    }

    /// Owner: asks a linked device that does not read our lane for a key package; again, for the same lane.
    pub(super) fn invite(
        &self,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        row: &ConversationRow,
        circle: &Circle,
        peer: DeviceId,
        out: &mut Outcome,
    ) {
        if !self.may_read(around, circle, peer) {
            return;
        }
        let generation = match (&row.owned, row.opening) {
            (Some(lane), _) if !lane.is_read_by(&peer) && lane.takes_readers() => lane.id().generation,
            (None, Some(generation)) => generation,
            (Some(_), _) | (None, None) => return,
        };
        let lane = LaneId { device: self.device, conversation, generation };
        out.send(peer, LinkFrame::KeyPackageRequest { lane });
    }

    /// Whether what is sealed now may go to a linked device.
    pub(super) fn may_read(&self, around: &Surroundings<'_>, circle: &Circle, peer: DeviceId) -> bool {
        let Some(link) = self.links.get(&peer) else { return false };
        circle.members.contains(&link.member)
            && link.member != self.member
            && (around.standing)(&link.member) == Standing::Accepted
    }

    /// Reader: makes a key package for a lane that is newer than all it knows of this owner, or for the newest, into which it is let
    /// again.
    pub(super) fn on_key_package_request(
        &self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        lane: LaneId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (device, conversation) = lane_key(&lane.device, &lane.conversation);
        let received = tx.get(&RECEIVED_LANES, &(device, conversation))?.unwrap_or_default();
        if received.known_generation > Some(lane.generation) {
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

    /// Owner: starts the lane that was asked for, or lets a further device into it; its first entry for that device is the welcome.
    pub(super) fn on_key_package(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (peer, member): Peer,
        (lane, key_package): (LaneId, &[u8]),
        circle: &Circle,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = lane.conversation;
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        if !self.may_read(around, circle, peer) {
            return Ok(());
        }
        let reader = Newcomer { device: peer, key_package };
        let leaves = newcomers(self.device, circle, around);
        let is_further = |owned: &OwnedLane| owned.id() == lane && !owned.is_read_by(&peer) && owned.takes_readers();
        let (added, owned) = match row.owned.take() {
            Some(owned) if is_further(&owned) => {
                let added = self.crypto.add(tx, &lane, reader, leaves);
                (added.map(|added| (Some(added.commit), added.welcome)), Some(owned))
            }
            None if row.opening == Some(lane.generation) => {
                (self.crypto.create(tx, &lane, reader, leaves).map(|welcome| (None, welcome)), None)
            }
            Some(_) | None => return Ok(()),
        };
        let (commit, welcome) = match added {
            Ok(added) => added,
            Err(CryptoFault::Intruder(why)) => {
                out.events.push(Event::LeafRefused { lane, why });
                return Ok(());
            }
            Err(CryptoFault::Invalid(_)) => {
                out.events.push(Event::Misplaced { from: peer });
                return Ok(());
            }
            Err(CryptoFault::StateLost(_)) if owned.is_some() => {
                row.owned = owned;
                self.end_lane(tx, conversation, &mut row, SwapReason::StateLost, out)?;
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
                return self.pump(tx, around, conversation, out);
            }
            Err(error) => return Err(error.into()),
        };
        if owned.is_none() {
            out.events.push(Event::LaneStarted(lane));
        }
        let mut owned = owned.unwrap_or_else(|| OwnedLane::new(lane, around.now));
        if let Some(bytes) = commit {
            self.append(tx, around, &mut owned, Append { kind: EntryKind::Commit, bytes, message: None }, out)?;
        }
        self.owe_again(tx, &owned, member, &mut row, out)?;
        owned.admit(around.now, peer, member);
        self.append(tx, around, &mut owned, Append { kind: EntryKind::Welcome, bytes: welcome, message: None }, out)?;
        row.owned = Some(owned);
        row.opening = None;
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        self.pump(tx, around, conversation, out)
    }

    /// Owner: a reader cannot read our lane. Repeats of one request fall into the pause and change nothing.
    pub(super) fn on_reset(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: DeviceId,
        (conversation, known_generation): (ConversationId, Option<u32>),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        if row.peer.is_none() {
            return self.on_claim(tx, around, (conversation, row), peer, (known_generation, SwapReason::Asked), out);
        }
        row.peer_knows = row.peer_knows.max(known_generation);
        if let Some(lane) = &row.owned {
            let reader = lane.readers().iter().find(|reader| reader.device == peer);
            let since = reader.map_or(lane.started(), |reader| reader.admitted);
            // It read a later lane than this one: there is no way back into this.
            let is_behind = known_generation > Some(lane.id().generation);
            if !passed(since, RETRY_MS, around.now) || (reader.is_none() && !is_behind) {
                return Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?);
            }
            let reason = if is_behind { SwapReason::OwnerWentBack } else { SwapReason::Asked };
            self.swap(tx, around, conversation, &mut row, (peer, reason), out)?;
        }
        if row.opening <= known_generation {
            row.opening = None;
        }
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        self.invite_here(tx, around, conversation, &row, peer, out)?;
        self.pump(tx, around, conversation, out)
    }

    /// Owner: the same as [`Self::invite`], where the members are not at hand.
    pub(super) fn invite_here(
        &self,
        tx: &WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        row: &ConversationRow,
        peer: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        if let Some(circle) = self.circle_of(tx, conversation, row)? {
            self.invite(around, conversation, row, &circle, peer, out);
        }
        Ok(())
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
        let ask = received.lost.is_none_or(|asked| passed(asked, RETRY_MS, around.now));
        if ask {
            received.lost = Some(around.now);
            let known_generation = received.known_generation;
            out.send(lane.device, LinkFrame::LaneReset { conversation: lane.conversation, known_generation });
            out.events.push(Event::LaneLost(lane));
        }
        Ok(tx.put(&RECEIVED_LANES, &lane_key(&lane.device, &lane.conversation), &received)?)
    }
}

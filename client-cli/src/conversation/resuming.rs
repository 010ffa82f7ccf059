//! Lanes and the devices that read them: what a link brings up to date, what is repeated on it, and how a device is let go. Nobody
//! is let go by anything but a commit that stands before all that is sealed afterwards.

use protocol::ids::{ConversationId, DeviceId};
use protocol::lane::EntryKind;
use protocol::link::LinkFrame;

use super::rosters::Peer;
use super::rows::{Circle, ReceivedRow, lane_key};
use super::sending::outbox_of;
use super::upkeep::conversations;
use super::{ConversationError, ConversationRow, Conversations, Outcome, OwnedEntry, RETRY_MS, Surroundings, passed};
use crate::core::lane::{Append, OwnedLane, SwapReason};
use crate::crypto::lane::{Counting, CryptoFault, LaneCrypto};
use crate::store::tables::{CONVERSATIONS, OWNED_ENTRIES, RECEIVED_LANES};
use crate::store::{Reading as _, Span, WriteTx};

/// Entries that are sent again at once to a reader that stays silent on an open link.
const RETRY_ENTRIES_MAX: usize = 16;

impl<C: LaneCrypto> Conversations<C> {
    /// A device is there: positions are exchanged, what it has not acknowledged goes again, and it is asked into our lane.
    pub(super) fn meet(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        peer: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        self.report_position(tx, around, conversation, peer, out)?;
        self.resume(tx, around, conversation, peer, out)
    }

    /// Reader: tells the owner where we are in its lane, or that we cannot read it.
    fn report_position(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        peer: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let key = lane_key(&peer, &conversation);
        let Some(mut received) = tx.get(&RECEIVED_LANES, &key)? else { return Ok(()) };
        if let Some(ack) = received.lane.as_ref().and_then(|lane| lane.ack()) {
            out.acknowledge(peer, ack);
        } else if received.lost.is_some() {
            received.lost = Some(around.now);
            let known_generation = received.known_generation;
            out.send(peer, LinkFrame::LaneReset { conversation, known_generation });
            tx.put(&RECEIVED_LANES, &key, &received)?;
        }
        Ok(())
    }

    /// Owner: sends again what this reader has not acknowledged, or starts anew if that was too long ago.
    fn resume(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        peer: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else {
            let Some(known) = (around.certified)(&peer) else { return Ok(()) };
            let row = ConversationRow::new((conversation == self.with(known.member)).then_some(known.member));
            return Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?);
        };
        let from_seq = row.owned.as_ref().and_then(|lane| lane.resume_from(&peer));
        let (Some(lane), Some(from_seq)) = (&row.owned, from_seq) else {
            return self.invite_here(tx, around, conversation, &row, peer, out);
        };
        let key = *conversation.as_bytes();
        let span = Span::under(&key).starting(&(key, from_seq));
        let oldest: Option<(_, OwnedEntry)> = tx.scan(&OWNED_ENTRIES, span).next().transpose()?;
        if oldest.is_some_and(|(_, kept)| lane.silent(&kept.mark, around.now)) {
            self.swap(tx, around, conversation, &mut row, (peer, SwapReason::Silent), out)?;
            return self.invite_here(tx, around, conversation, &row, peer, out);
        }
        self.resend(tx, around, lane, (peer, from_seq), usize::MAX, out)
    }

    /// What was not answered on an open link goes again.
    pub(super) fn retry(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        peer: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let received: ReceivedRow = tx.get(&RECEIVED_LANES, &lane_key(&peer, &conversation))?.unwrap_or_default();
        if received.lost.is_some_and(|asked| passed(asked, RETRY_MS, around.now)) {
            self.report_position(tx, around, conversation, peer, out)?;
        }
        let Some(row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        let from_seq = row.owned.as_ref().and_then(|lane| lane.resume_from(&peer));
        let (Some(lane), Some(from_seq)) = (&row.owned, from_seq) else {
            return self.invite_here(tx, around, conversation, &row, peer, out);
        };
        self.resend(tx, around, lane, (peer, from_seq), RETRY_ENTRIES_MAX, out)
    }

    /// Whether this conversation has something on its way to that device, or asked of it, or waiting.
    pub(super) fn awaits_answer(
        &self,
        tx: &WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        (peer, member): Peer,
    ) -> Result<bool, ConversationError> {
        let received: ReceivedRow = tx.get(&RECEIVED_LANES, &lane_key(&peer, &conversation))?.unwrap_or_default();
        let Some(row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(received.lost.is_some()) };
        let unanswered = match &row.owned {
            Some(lane) => match lane.resume_from(&peer) {
                Some(seq) => seq < lane.next_seq(),
                None => {
                    let circle = self.circle_of(tx, conversation, &row)?;
                    lane.takes_readers() && circle.is_some_and(|circle| self.may_read(around, &circle, peer))
                }
            },
            None => true,
        };
        let waits = |row: Result<(u64, super::OutboxRow), _>| {
            row.map(|(_, row)| row.owed.is_empty() || row.owed.contains(&member))
        };
        let waits = outbox_of(tx, conversation).map(waits).find(|waits| !matches!(waits, Ok(false)));
        Ok(received.lost.is_some() || unanswered || waits.transpose()?.is_some())
    }

    /// Owner: a reader is let go; if there is no other, or if it is this device that lost something, the lane ends.
    pub(super) fn swap(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        row: &mut ConversationRow,
        (device, reason): (DeviceId, SwapReason),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        // Of several readers one alone does not say it for all.
        let is_ours = row.peer.is_some() && matches!(reason, SwapReason::OwnerWentBack | SwapReason::Diverged);
        match row.owned.take() {
            Some(mut lane) if !is_ours && lane.readers().iter().any(|reader| reader.device != device) => {
                let parted = self.part_from(tx, around, &mut lane, row, device, out);
                row.owned = Some(lane);
                match parted {
                    Err(ConversationError::Crypto(CryptoFault::StateLost(_))) => {
                        self.end_lane(tx, conversation, row, SwapReason::StateLost, out)?;
                    }
                    parted => parted?,
                }
            }
            owned => {
                row.owned = owned;
                self.end_lane(tx, conversation, row, reason, out)?;
            }
        }
        Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), row)?)
    }

    fn part_from(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        lane: &mut OwnedLane,
        row: &mut ConversationRow,
        device: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(member) = lane.readers().iter().find(|reader| reader.device == device).map(|reader| reader.member)
        else {
            return Ok(());
        };
        let bytes = self.crypto.remove(tx, &lane.id(), &device)?;
        // The device itself is told too, if it is there and still a member.
        self.append(tx, around, lane, Append { kind: EntryKind::Commit, bytes, message: None }, out)?;
        lane.dismiss(&device);
        let key = *lane.id().conversation.as_bytes();
        tx.remove_all(&OWNED_ENTRIES, Span::under(&key).before(&(key, lane.released_to())))?;
        if lane.readers().iter().any(|reader| reader.member == member) {
            self.owe_again(tx, lane, member, row, out)?;
        }
        Ok(())
    }

    /// Owner: before anything further is sealed, whoever may not read it is let go, and whoever is away and holds back too much.
    pub(super) fn tidy(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        circle: &Circle,
        row: &mut ConversationRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let has_ended =
            |device: &DeviceId| (around.enrolled)(device).is_some_and(|known| known.stands == Counting::Ended);
        let readers = row.owned.iter().flat_map(OwnedLane::readers);
        let gone: Vec<DeviceId> = readers
            .filter(|reader| !circle.members.contains(&reader.member) || has_ended(&reader.device))
            .map(|reader| reader.device)
            .collect();
        for device in gone {
            self.swap(tx, around, conversation, row, (device, SwapReason::Revoked), out)?;
        }
        while let Some(device) = row.owned.as_ref().and_then(OwnedLane::straggler) {
            let is_alone = row.owned.as_ref().is_some_and(|lane| lane.readers().len() == 1);
            if is_alone || self.links.contains_key(&device) {
                break;
            }
            self.swap(tx, around, conversation, row, (device, SwapReason::Silent), out)?;
        }
        Ok(())
    }

    /// Owner: entries are kept no longer than a month; whoever is still without them is let in again when they come.
    pub(super) fn let_go_of_the_silent(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        for (conversation, mut row) in conversations(tx)? {
            let key = *conversation.as_bytes();
            loop {
                let oldest: Option<(_, OwnedEntry)> = tx.scan(&OWNED_ENTRIES, Span::under(&key)).next().transpose()?;
                let (Some(lane), Some((_, oldest))) = (&row.owned, oldest) else { break };
                if !lane.silent(&oldest.mark, around.now) {
                    break;
                }
                let holds = |device: &DeviceId| lane.resume_from(device).is_some_and(|seq| seq <= oldest.mark.seq);
                let Some(device) = lane.readers().iter().map(|reader| reader.device).find(holds) else { break };
                self.swap(tx, around, conversation, &mut row, (device, SwapReason::Silent), out)?;
            }
        }
        Ok(())
    }
}

//! What keeps conversations going when nobody writes: links that open, answers that do not come, devices that are revoked, a
//! vault that was restored. State from a backup must never be used: after a restore every lane starts anew.

use protocol::ids::{ConversationId, DeviceId};
use protocol::link::LinkFrame;
use protocol::time::{DAY_MS, Timestamp};

use super::rows::{KeyPackageRow, ReceivedRow, lane_key};
use super::sending::{end, outbox_of};
use super::{
    ConversationError, ConversationRow, Conversations, OutboxEntry, OutboxPlace, OutboxRow, Outcome, OwnedEntry,
    RETRY_MS, Surroundings,
};
use crate::core::lane::SwapReason;
use crate::core::outbox::{Happening, MessageState, Refusal, Step, Waiting, expired, plan};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{
    CONVERSATIONS, KEY_PACKAGES, MESSAGES_SEEN, OWNED_ENTRIES, RECEIVED_HASHES, RECEIVED_LANES,
};
use crate::store::{Reading, Span, VaultError, WriteTx};

/// Entries that are sent again at once to a reader that stays silent on an open link.
const RETRY_ENTRIES_MAX: usize = 16;
/// Ids of received messages are kept this long: three times as long as an owner may send one again.
const SEEN_MS: u64 = 90 * DAY_MS;
/// A key package that no welcome used is forgotten after this long.
const KEY_PACKAGE_MS: u64 = DAY_MS;
/// Rows that one call of [`Conversations::expire`] looks through or ends.
const EXPIRE_ROWS_MAX: usize = 4_096;

impl<C: LaneCrypto> Conversations<C> {
    /// Reader: tells the owner where we are in its lane, or that we cannot read it.
    pub(super) fn report_position(
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
    pub(super) fn resume(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        peer: DeviceId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else {
            let Some(known) = (around.certified)(&peer) else { return Ok(()) };
            return Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &ConversationRow::new(known.member))?);
        };
        self.repeat_request(conversation, &row, out);
        let Some(lane) = &row.owned else { return Ok(()) };
        let Some(from_seq) = lane.resume_from(&peer) else { return Ok(()) };
        let key = *conversation.as_bytes();
        let oldest = tx.scan(&OWNED_ENTRIES, Span::under(&key)).next().transpose()?;
        if oldest.is_some_and(|(_, kept): (_, OwnedEntry)| lane.silent(&kept.mark, around.now)) {
            self.end_lane(tx, conversation, &mut row, SwapReason::Silent, out)?;
            return Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?);
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
        if received.lost.is_some_and(|asked| around.now.since(asked) >= RETRY_MS) {
            self.report_position(tx, around, conversation, peer, out)?;
        }
        let Some(row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        self.repeat_request(conversation, &row, out);
        let Some(lane) = &row.owned else { return Ok(()) };
        let Some(from_seq) = lane.resume_from(&peer) else { return Ok(()) };
        self.resend(tx, around, lane, (peer, from_seq), RETRY_ENTRIES_MAX, out)
    }

    /// Whether this conversation has something on its way to that device, or asked of it, or waiting.
    pub(super) fn awaits_answer(
        &self,
        tx: &WriteTx<'_>,
        conversation: ConversationId,
        peer: DeviceId,
    ) -> Result<bool, ConversationError> {
        let received: ReceivedRow = tx.get(&RECEIVED_LANES, &lane_key(&peer, &conversation))?.unwrap_or_default();
        let Some(row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(received.lost.is_some()) };
        let unacknowledged = match &row.owned {
            Some(lane) => lane.resume_from(&peer).is_some_and(|seq| seq < lane.next_seq()),
            None => true,
        };
        let waits = outbox_of(tx, conversation).next().is_some();
        Ok(received.lost.is_some() || unacknowledged || waits)
    }

    /// A device was revoked: lanes that it reads and lanes that it owns end now. If its person has no other device, the queue is
    /// refused.
    pub fn on_device_revoked(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        device: DeviceId,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        self.links.remove(&device);
        for (key, received) in
            tx.scan(&RECEIVED_LANES, Span::under(device.as_bytes())).collect::<Result<Vec<_>, _>>()?
        {
            let (key, received): (_, ReceivedRow) = (key, received);
            if let Some(lane) = received.lane {
                self.crypto.discard(tx, &lane.id())?;
            }
            self.forget_key_packages(tx, key)?;
            tx.remove_all(&RECEIVED_HASHES, Span::under(&key))?;
            tx.remove(&RECEIVED_LANES, &key)?;
        }
        for (conversation, mut row) in conversations(tx)? {
            let reads = |row: &ConversationRow| {
                row.owned.as_ref().is_some_and(|lane| lane.readers().iter().any(|reader| reader.device == device))
            };
            if reads(&row) {
                self.end_lane(tx, conversation, &mut row, SwapReason::Revoked, &mut out)?;
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
            }
            self.pump(tx, around, conversation, &mut out)?;
        }
        Ok(out)
    }

    /// The vault came from a backup: no lane in it may be used again. Owned lanes start anew in a higher generation, every other
    /// owner is asked for a new one when its link opens. Call it before any link opens, in the transaction that notes the
    /// installation.
    pub fn after_restore(&mut self, tx: &mut WriteTx<'_>) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        for (conversation, mut row) in conversations(tx)? {
            self.end_lane(tx, conversation, &mut row, SwapReason::Restored, &mut out)?;
            row.opening = None;
            tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        }
        for (key, mut received) in
            tx.scan(&RECEIVED_LANES, Span::all()).collect::<Result<Vec<(_, ReceivedRow)>, _>>()?
        {
            if let Some(lane) = received.lane.take() {
                self.crypto.discard(tx, &lane.id())?;
            }
            received.lost = Some(Timestamp::ZERO);
            tx.put(&RECEIVED_LANES, &key, &received)?;
        }
        self.drop_key_packages(tx, |_| true)?;
        tx.remove_all(&RECEIVED_HASHES, Span::all())?;
        Ok(out)
    }

    /// Moves every queue as far as it may go: how somebody stands has changed, this device's own access, or what is
    /// known about revocations.
    pub fn settle(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        for (conversation, _) in conversations(tx)? {
            self.pump(tx, around, conversation, &mut out)?;
        }
        Ok(out)
    }

    /// Refuses messages that waited longer than messages are kept, and forgets ids that cannot come again. Once a day is enough.
    pub fn expire(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        retention_days: u32,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        for (conversation, _) in conversations(tx)? {
            let old =
                |row: &OutboxRow| row.state == MessageState::Queued && expired(row.written, around.now, retention_days);
            let due = |row: &Result<(u64, OutboxRow), VaultError>| row.as_ref().map_or(true, |(_, row)| old(row));
            let rows = outbox_of(tx, conversation).filter(due).take(EXPIRE_ROWS_MAX).collect::<Result<Vec<_>, _>>()?;
            for (order, row) in rows {
                let place = OutboxPlace { conversation, order };
                end(tx, place, &row, Happening::Refused(Refusal::Expired), &mut out)?;
            }
        }
        self.drop_key_packages(tx, |row| around.now.since(row.made) >= KEY_PACKAGE_MS)?;
        let due = |row: &Result<(_, Timestamp), VaultError>| {
            row.as_ref().map_or(true, |(_, seen)| around.now.since(*seen) >= SEEN_MS)
        };
        let seen = tx.scan(&MESSAGES_SEEN, Span::all()).filter(due).take(EXPIRE_ROWS_MAX);
        for (key, _) in seen.collect::<Result<Vec<_>, _>>()? {
            tx.remove(&MESSAGES_SEEN, &key)?;
        }
        Ok(out)
    }

    fn drop_key_packages(
        &self,
        tx: &mut WriteTx<'_>,
        due: impl Fn(&KeyPackageRow) -> bool,
    ) -> Result<(), ConversationError> {
        let made = tx.scan(&KEY_PACKAGES, Span::all()).collect::<Result<Vec<_>, _>>()?;
        for (key, row) in made.into_iter().filter(|(_, row)| due(row)) {
            self.crypto.forget_key_package(tx, row.name)?;
            tx.remove(&KEY_PACKAGES, &key)?;
        }
        Ok(())
    }

    /// All undelivered messages, oldest first in each conversation, with why they wait.
    pub fn outbox(&self, tx: &impl Reading, around: &Surroundings<'_>) -> Result<Vec<OutboxEntry>, ConversationError> {
        let mut entries = Vec::new();
        for (conversation, row) in conversations(tx)? {
            let step = plan(self.situation(around, &row));
            for pending in outbox_of(tx, conversation) {
                let (_, pending) = pending?;
                let waiting = match (pending.state, step) {
                    (MessageState::Queued, Step::Wait(waiting)) => Some(waiting),
                    // What was sealed before that was asked for waits for it as well.
                    (MessageState::Sent { .. }, Step::Wait(waiting @ Waiting::Verification)) => Some(waiting),
                    _ => None,
                };
                entries.push(OutboxEntry { to: row.peer, message: pending.message, state: pending.state, waiting });
            }
        }
        Ok(entries)
    }
}

fn conversations(tx: &impl Reading) -> Result<Vec<(ConversationId, ConversationRow)>, ConversationError> {
    let rows = tx.scan(&CONVERSATIONS, Span::all());
    let rows = rows.map(|row| row.map(|(id, row)| (ConversationId::from_bytes(id), row)));
    Ok(rows.collect::<Result<_, _>>()?)
}

//! Our own messages: from the outbox into our lane, onto links, and out again when acknowledged or refused.
//! A message must never be sealed twice in one lane, or leave the outbox by any other door than these.

use protocol::ids::{ConversationId, DeviceId, MemberId, MessageId};
use protocol::lane::{ApplicationBody, EntryKind};
use protocol::link::LinkFrame;
use protocol::message::MessageBody;

use super::rows::{Circle, Held};
use super::{
    ConversationError, ConversationRow, Conversations, Event, GroupRefusal, OutboxPlace, OutboxRow, Outcome,
    OwnedEntry, RETRY_MS, Reach, Surroundings,
};
use crate::core::lane::{Append, OwnedLane, SwapReason};
use crate::core::outbox::{Happening, LaneState, LinkState, MessageState, Refusal, Situation, Standing, Step, plan};
use crate::crypto::lane::{CryptoFault, LaneCrypto};
use crate::store::tables::{CONVERSATIONS, OUTBOX, OUTBOX_PLACES, OWNED_ENTRIES};
use crate::store::{Reading, Span, VaultError, WriteTx};

impl<C: LaneCrypto> Conversations<C> {
    /// Queues a message and sends it on if everything is there. A message id that is queued already changes nothing.
    pub fn send(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        to: MemberId,
        message: MessageId,
        body: MessageBody,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        if tx.get(&OUTBOX_PLACES, message.as_bytes())?.is_some() {
            return Ok(out);
        }
        let (conversation, circle) = (self.with(to), Circle::pair(self.member, to));
        let kept = tx.get(&CONVERSATIONS, conversation.as_bytes())?;
        let row = kept.unwrap_or_else(|| ConversationRow::new(Some(to)));
        self.enqueue(tx, around, (conversation, row, &circle), (message, body), vec![to], &mut out)?;
        Ok(out)
    }

    /// The same, to everybody in a group.
    pub fn send_in(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        message: MessageId,
        body: MessageBody,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        if tx.get(&OUTBOX_PLACES, message.as_bytes())?.is_some() {
            return Ok(out);
        }
        let circle = Circle::group(&self.group(tx, conversation)?);
        let stays = |member: &MemberId| !matches!((around.standing)(member), Standing::Ended(Refusal::PeerRevoked));
        let owed: Vec<MemberId> = self.others(&circle).filter(stays).collect();
        if owed.is_empty() {
            return Err(GroupRefusal::Alone.into());
        }
        let kept = tx.get(&CONVERSATIONS, conversation.as_bytes())?;
        let row = kept.unwrap_or_else(|| ConversationRow::new(None));
        self.enqueue(tx, around, (conversation, row, &circle), (message, body), owed, &mut out)?;
        Ok(out)
    }

    fn enqueue(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (conversation, mut row, circle): (ConversationId, ConversationRow, &Circle),
        (message, body): (MessageId, MessageBody),
        owed: Vec<MemberId>,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let order = row.next_order;
        row.next_order += 1;
        let clock = row.clock.tick(around.now);
        let heads = row.heads.ids().to_vec();
        row.heads.add(message, &heads);
        for link in self.links.values_mut().filter(|link| owed.contains(&link.member)) {
            link.look_at = Some(around.now.plus_ms(RETRY_MS));
        }
        let (written, state, roster) = (around.now, MessageState::Queued, Some(circle.hash));
        let (held, left) = (Held::Nobody, Reach::Here);
        let queued = OutboxRow { message, clock, heads, body, written, state, owed, held, left, roster };
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &queued)?;
        tx.put(&OUTBOX_PLACES, message.as_bytes(), &OutboxPlace { conversation, order })?;
        out.events.push(Event::State { conversation, message, state });
        self.pump(tx, around, conversation, out)
    }

    /// Takes a message back that nobody has; one that left stays.
    pub fn take_back(&mut self, tx: &mut WriteTx<'_>, message: MessageId) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        if let Some((place, row)) = pending(tx, message)?
            && (row.state, row.held) == (MessageState::Queued, Held::Nobody)
        {
            end(tx, place, &row, Happening::Refused(Refusal::TakenBack), &mut out)?;
        }
        Ok(out)
    }

    /// Moves a conversation's queue as far as the situation allows.
    pub(super) fn pump(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        let Some(circle) = self.circle_of(tx, conversation, &row)? else { return Ok(()) };
        self.tidy(tx, around, conversation, &circle, &mut row, out)?;
        match plan(self.situation(around, &circle, &row)) {
            Step::Wait(_) => Ok(()),
            Step::Refuse(refusal) => self.refuse_all(tx, conversation, row, refusal, out),
            Step::OpenLane => self.ask_for_key_package(tx, around, conversation, &circle, row, out),
            Step::Seal { messages_max } => {
                let Some(mut lane) = row.owned.take() else { return Ok(()) };
                match self.seal_queued(tx, around, (&mut row, &mut lane, &circle), messages_max, out) {
                    Ok(()) => {
                        row.owned = Some(lane);
                        Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?)
                    }
                    Err(ConversationError::Crypto(CryptoFault::StateLost(_))) => {
                        row.owned = Some(lane);
                        self.end_lane(tx, conversation, &mut row, SwapReason::StateLost, out)?;
                        self.ask_for_key_package(tx, around, conversation, &circle, row, out)
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// All that decides whether this conversation's messages may leave.
    pub(super) fn situation(&self, around: &Surroundings<'_>, circle: &Circle, row: &ConversationRow) -> Situation {
        let standing = Standing::best(self.others(circle).map(|member| (around.standing)(&member)));
        let reads = |device: &DeviceId| row.owned.as_ref().is_none_or(|lane| lane.is_read_by(device));
        let is_there = |device: &DeviceId| self.may_read(around, circle, *device) && reads(device);
        let link = if self.links.keys().any(is_there) { LinkState::Open } else { LinkState::Closed };
        let lane = match (&row.owned, row.opening) {
            (Some(lane), _) => LaneState::Ready { room: lane.room(&|device| self.links.contains_key(device)) },
            (None, Some(_)) => LaneState::Opening,
            (None, None) => LaneState::Missing,
        };
        let standing = standing.unwrap_or(Standing::Ended(Refusal::PeerRevoked));
        Situation { standing, link, freshness: around.freshness, lane }
    }

    fn seal_queued(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        (row, lane, circle): (&mut ConversationRow, &mut OwnedLane, &Circle),
        messages_max: u64,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let id = lane.id();
        let conversation = id.conversation;
        for (order, mut queued) in queued_of(tx, conversation, row.queued_from, messages_max)? {
            if lane.update_due(around.now) {
                let bytes = self.crypto.update(tx, &id)?;
                self.append(tx, around, lane, Append { kind: EntryKind::Commit, bytes, message: None }, out)?;
            }
            let seq = lane.next_seq();
            let body = ApplicationBody {
                conversation,
                message: queued.message,
                generation: id.generation,
                seq,
                clock: queued.clock,
                heads: queued.heads.clone(),
                roster: queued.roster.unwrap_or(circle.hash),
                body: queued.body.clone(),
            };
            let bytes = self.crypto.seal(tx, &id, &body.to_padded())?;
            let message = Some(queued.message);
            self.append(tx, around, lane, Append { kind: EntryKind::Application, bytes, message }, out)?;
            queued.state = queued.state.after(Happening::Sealed { generation: id.generation, seq })?;
            tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &queued)?;
            row.queued_from = order + 1;
            out.events.push(Event::State { conversation, message: queued.message, state: queued.state });
        }
        Ok(())
    }

    /// Appends to our lane and puts the entry on the readers' open links.
    pub(super) fn append(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        lane: &mut OwnedLane,
        append: Append,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (entry, mark) = lane.append(around.now, append);
        let may_have = |member| matches!((around.standing)(&member), Standing::Accepted);
        let linked = lane.readers().iter().filter(|reader| self.links.contains_key(&reader.device));
        for reader in linked.filter(|reader| may_have(reader.member)) {
            out.send(reader.device, LinkFrame::LaneEntry(entry.clone()));
        }
        let key = (*entry.lane.conversation.as_bytes(), entry.seq);
        Ok(tx.put(&OWNED_ENTRIES, &key, &OwnedEntry { entry, mark })?)
    }

    /// Sends kept entries to a reader again, from `from_seq` on and at most `entries_max`. What was sealed before a rule that keeps
    /// it back stays here too.
    pub(super) fn resend(
        &self,
        tx: &WriteTx<'_>,
        around: &Surroundings<'_>,
        lane: &OwnedLane,
        (reader, from_seq): (DeviceId, u64),
        entries_max: usize,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let is_held =
            |member| matches!((around.standing)(&member), Standing::Unverified | Standing::Held | Standing::Ended(_));
        if self.links.get(&reader).is_some_and(|link| is_held(link.member)) {
            return Ok(());
        }
        let Some(start) = lane.resume_from(&reader) else { return Ok(()) };
        let conversation = *lane.id().conversation.as_bytes();
        let span = Span::under(&conversation).starting(&(conversation, start.max(from_seq)));
        for row in tx.scan(&OWNED_ENTRIES, span).take(entries_max) {
            let (_, kept) = row?;
            out.send(reader, LinkFrame::LaneEntry(kept.entry));
        }
        Ok(())
    }

    pub(super) fn refuse_all(
        &self,
        tx: &mut WriteTx<'_>,
        conversation: ConversationId,
        mut row: ConversationRow,
        refusal: Refusal,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        self.end_lane(tx, conversation, &mut row, SwapReason::Closed, out)?;
        row.opening = None;
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        for (order, pending) in outbox_of(tx, conversation).collect::<Result<Vec<_>, _>>()? {
            end(tx, OutboxPlace { conversation, order }, &pending, Happening::Refused(refusal), out)?;
        }
        Ok(())
    }
}

/// A message's life in the outbox ends.
pub(super) fn end(
    tx: &mut WriteTx<'_>,
    place: OutboxPlace,
    row: &OutboxRow,
    happening: Happening,
    out: &mut Outcome,
) -> Result<(), ConversationError> {
    let state = row.state.after(happening)?;
    tx.remove(&OUTBOX, &(*place.conversation.as_bytes(), place.order))?;
    tx.remove(&OUTBOX_PLACES, row.message.as_bytes())?;
    out.events.push(Event::State { conversation: place.conversation, message: row.message, state });
    Ok(())
}

pub(super) fn pending(tx: &WriteTx<'_>, message: MessageId) -> Result<Option<(OutboxPlace, OutboxRow)>, VaultError> {
    let Some(place) = tx.get(&OUTBOX_PLACES, message.as_bytes())? else { return Ok(None) };
    let row = tx.get(&OUTBOX, &(*place.conversation.as_bytes(), place.order))?;
    Ok(row.map(|row| (place, row)))
}

/// The conversation's undelivered messages, oldest first.
pub(super) fn outbox_of(
    tx: &impl Reading,
    conversation: ConversationId,
) -> impl Iterator<Item = Result<(u64, OutboxRow), VaultError>> {
    tx.scan(&OUTBOX, Span::under(conversation.as_bytes())).map(|row| row.map(|((_, order), row)| (order, row)))
}

fn queued_of(
    tx: &WriteTx<'_>,
    conversation: ConversationId,
    from: u64,
    messages_max: u64,
) -> Result<Vec<(u64, OutboxRow)>, VaultError> {
    let key = *conversation.as_bytes();
    let rows = tx.scan(&OUTBOX, Span::under(&key).starting(&(key, from)));
    let rows = rows.map(|row| row.map(|((_, order), row)| (order, row)));
    let queued = rows.filter(|row| row.as_ref().map_or(true, |(_, row)| row.state == MessageState::Queued));
    queued.take(usize::try_from(messages_max).unwrap_or(usize::MAX)).collect()
}

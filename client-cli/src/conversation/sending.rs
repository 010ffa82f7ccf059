//! Our own messages: from the outbox into our lane, onto links, and out again when acknowledged or refused.
//! A message must never be sealed twice in one lane, or leave the outbox by any other door than these.

use protocol::ids::{ConversationId, DeviceId, LaneId, MemberId, MessageId};
use protocol::lane::{ApplicationBody, EntryKind, LaneAck};
use protocol::link::LinkFrame;
use protocol::message::MessageBody;

use super::rows::{roster_hash, roster_of};
use super::{
    ConversationError, ConversationRow, Conversations, Event, OutboxPlace, OutboxRow, Outcome, OwnedEntry, RETRY_MS,
    Reach, Surroundings,
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
        let conversation = self.with(to);
        let mut row = self.conversation(tx, to)?;
        let order = row.next_order;
        row.next_order += 1;
        let clock = row.clock.tick(around.now);
        let heads = row.heads.ids().to_vec();
        row.heads.add(message, &heads);
        let queued = OutboxRow {
            message,
            clock,
            heads,
            body,
            written: around.now,
            state: MessageState::Queued,
            left: Reach::Here,
        };
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &queued)?;
        tx.put(&OUTBOX_PLACES, message.as_bytes(), &OutboxPlace { conversation, order })?;
        out.events.push(Event::State { conversation, message, state: MessageState::Queued });
        for link in self.links.values_mut().filter(|link| link.member == to) {
            link.look_at = Some(around.now.plus_ms(RETRY_MS));
        }
        self.pump(tx, around, conversation, &mut out)?;
        Ok(out)
    }

    /// Takes a message back that is still queued; one that left stays.
    pub fn take_back(&mut self, tx: &mut WriteTx<'_>, message: MessageId) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        if let Some((place, row)) = pending(tx, message)?
            && row.state == MessageState::Queued
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
        match plan(self.situation(around, &row)) {
            Step::Wait(_) => Ok(()),
            Step::Refuse(refusal) => self.refuse_all(tx, conversation, row, refusal, out),
            Step::OpenLane => self.ask_for_key_package(tx, around, conversation, row, out),
            Step::Seal { messages_max } => {
                let Some(mut lane) = row.owned.take() else { return Ok(()) };
                match self.seal_queued(tx, around, &row, &mut lane, messages_max, out) {
                    Ok(()) => {
                        row.owned = Some(lane);
                        Ok(tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?)
                    }
                    Err(ConversationError::Crypto(CryptoFault::StateLost(_))) => {
                        row.owned = Some(lane);
                        self.end_lane(tx, conversation, &mut row, SwapReason::StateLost, out)?;
                        self.ask_for_key_package(tx, around, conversation, row, out)
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// All that decides whether this conversation's messages may leave.
    pub(super) fn situation(&self, around: &Surroundings<'_>, row: &ConversationRow) -> Situation {
        let reads = |device: &DeviceId| match &row.owned {
            Some(lane) => lane.readers().iter().any(|reader| reader.device == *device),
            None => true,
        };
        let link = if self.linked(row.peer).any(|device| reads(&device)) { LinkState::Open } else { LinkState::Closed };
        let lane = match (&row.owned, row.opening) {
            (Some(lane), _) => LaneState::Ready { room: lane.room() },
            (None, Some(_)) => LaneState::Opening,
            (None, None) => LaneState::Missing,
        };
        Situation { standing: (around.standing)(&row.peer), link, freshness: around.freshness, lane }
    }

    fn seal_queued(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        row: &ConversationRow,
        lane: &mut OwnedLane,
        messages_max: u64,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let id = lane.id();
        let conversation = id.conversation;
        let roster = roster_hash(&roster_of(self.member, row.peer));
        for (order, mut queued) in queued_of(tx, conversation, messages_max)? {
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
                roster,
                body: queued.body.clone(),
            };
            let bytes = self.crypto.seal(tx, &id, &body.to_padded())?;
            let message = Some(queued.message);
            self.append(tx, around, lane, Append { kind: EntryKind::Application, bytes, message }, out)?;
            queued.state = queued.state.after(Happening::Sealed { generation: id.generation, seq })?;
            tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &queued)?;
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
        for reader in lane.readers().iter().filter(|reader| self.links.contains_key(&reader.device)) {
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
        let is_held = |member| (around.standing)(&member) == Standing::Unverified;
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

    pub(super) fn on_ack(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: DeviceId,
        ack: &LaneAck,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = ack.lane.conversation;
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        let Some(lane) = row.owned.as_mut() else { return Ok(()) };
        let ours = lane.id().generation;
        if ack.lane.generation < ours {
            return Ok(());
        }
        let mark = tx.get(&OWNED_ENTRIES, &(*conversation.as_bytes(), ack.seq))?.map(|kept: OwnedEntry| kept.mark);
        let acked = if ack.lane.generation > ours {
            row.peer_knows = row.peer_knows.max(Some(ack.lane.generation));
            Err(SwapReason::OwnerWentBack)
        } else {
            lane.acknowledge(&peer, ack, mark.as_ref())
        };
        match acked {
            Ok(acked) => {
                if let Some((first, last)) = acked.delivered {
                    delivered(tx, conversation, first, last, out)?;
                }
                if let Some(through) = acked.released_through {
                    let key = *conversation.as_bytes();
                    tx.remove_all(&OWNED_ENTRIES, Span::under(&key).before(&(key, through + 1)))?;
                }
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
            }
            Err(reason) => {
                self.end_lane(tx, conversation, &mut row, reason, out)?;
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
            }
        }
        self.pump(tx, around, conversation, out)
    }

    pub(super) fn on_request(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: DeviceId,
        lane: LaneId,
        from_seq: u64,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = lane.conversation;
        let Some(mut row) = tx.get(&CONVERSATIONS, conversation.as_bytes())? else { return Ok(()) };
        let Some(owned) = row.owned.as_ref().filter(|owned| owned.id() == lane) else { return Ok(()) };
        match owned.requested(&peer, from_seq) {
            Ok(()) => self.resend(tx, around, owned, (peer, from_seq), usize::MAX, out),
            Err(reason) => {
                self.end_lane(tx, conversation, &mut row, reason, out)?;
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
                self.pump(tx, around, conversation, out)
            }
        }
    }

    /// Ends our lane: its keys and entries go, what was not acknowledged is queued again.
    pub(super) fn end_lane(
        &self,
        tx: &mut WriteTx<'_>,
        conversation: ConversationId,
        row: &mut ConversationRow,
        reason: SwapReason,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(lane) = row.owned.take() else { return Ok(()) };
        self.crypto.discard(tx, &lane.id())?;
        tx.remove_all(&OWNED_ENTRIES, Span::under(conversation.as_bytes()))?;
        // Messages are sealed oldest first: those that were sent come before those that wait.
        let sent = outbox_of(tx, conversation)
            .take_while(|row| !matches!(row, Ok((_, row)) if row.state == MessageState::Queued));
        for (order, mut sent) in sent.collect::<Result<Vec<_>, _>>()? {
            sent.left = Reach::Elsewhere;
            sent.state = sent.state.after(Happening::LaneEnded)?;
            tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &sent)?;
            out.events.push(Event::State { conversation, message: sent.message, state: sent.state });
        }
        out.events.push(Event::LaneEnded { lane: lane.id(), reason });
        Ok(())
    }

    fn refuse_all(
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

    /// The conversation's row, made if it is not there yet.
    pub(super) fn conversation(&self, tx: &WriteTx<'_>, peer: MemberId) -> Result<ConversationRow, VaultError> {
        let kept = tx.get(&CONVERSATIONS, self.with(peer).as_bytes())?;
        Ok(kept.unwrap_or_else(|| ConversationRow::new(peer)))
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

fn delivered(
    tx: &mut WriteTx<'_>,
    conversation: ConversationId,
    first: u64,
    last: u64,
    out: &mut Outcome,
) -> Result<(), ConversationError> {
    let key = *conversation.as_bytes();
    let span = Span::under(&key).starting(&(key, first)).before(&(key, last + 1));
    let kept = tx.scan(&OWNED_ENTRIES, span).collect::<Result<Vec<(_, OwnedEntry)>, _>>()?;
    for message in kept.iter().filter_map(|(_, kept)| kept.mark.message) {
        if let Some((place, row)) = pending(tx, message)? {
            end(tx, place, &row, Happening::Acknowledged, out)?;
        }
    }
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
    messages_max: u64,
) -> Result<Vec<(u64, OutboxRow)>, VaultError> {
    let sent =
        |row: &Result<(u64, OutboxRow), VaultError>| matches!(row, Ok((_, row)) if row.state != MessageState::Queued);
    outbox_of(tx, conversation).skip_while(sent).take(usize::try_from(messages_max).unwrap_or(usize::MAX)).collect()
}

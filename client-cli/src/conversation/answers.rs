//! What readers answer to our own lane: how far they are, what they miss. A message leaves the outbox only when a device of each
//! member it is owed to has said so; what nobody could read goes again.

use protocol::ids::{ConversationId, DeviceId, LaneId, MemberId};
use protocol::lane::LaneAck;

use super::rosters::Peer;
use super::rows::Held;
use super::sending::{end, outbox_of, pending};
use super::{
    ConversationError, ConversationRow, Conversations, Event, OutboxRow, Outcome, OwnedEntry, Reach, Surroundings,
};
use crate::core::lane::{OwnedLane, SwapReason};
use crate::core::outbox::{Happening, MessageState};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{CONVERSATIONS, OUTBOX, OWNED_ENTRIES};
use crate::store::{Reading as _, Span, WriteTx};

impl<C: LaneCrypto> Conversations<C> {
    pub(super) fn on_ack(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (peer, member): Peer,
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
        let later = (ack.lane.generation > ours).then_some(ack.lane.generation);
        let acked = if later.is_some() && row.peer.is_none() {
            Err(SwapReason::OwnerWentBack)
        } else if later.is_some() {
            row.peer_knows = row.peer_knows.max(later);
            Err(SwapReason::OwnerWentBack)
        } else {
            lane.acknowledge(&peer, ack, mark.as_ref())
        };
        match acked {
            Ok(acked) => {
                if let Some(span) = acked.reached {
                    reached(tx, conversation, member, span, out)?;
                }
                if let Some(through) = acked.released_through {
                    let key = *conversation.as_bytes();
                    tx.remove_all(&OWNED_ENTRIES, Span::under(&key).before(&(key, through + 1)))?;
                }
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
            }
            Err(reason) if row.peer.is_none() => {
                return self.on_claim(tx, around, (conversation, row), peer, (later, reason), out);
            }
            Err(reason) => {
                self.swap(tx, around, conversation, &mut row, (peer, reason), out)?;
                self.invite_here(tx, around, conversation, &row, peer, out)?;
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
            Err(reason) if row.peer.is_none() => {
                self.on_claim(tx, around, (conversation, row), peer, (None, reason), out)
            }
            Err(reason) => {
                self.swap(tx, around, conversation, &mut row, (peer, reason), out)?;
                self.invite_here(tx, around, conversation, &row, peer, out)?;
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
        for (order, sent) in outbox_of(tx, conversation).collect::<Result<Vec<_>, _>>()? {
            if sent.state != MessageState::Queued {
                again(tx, conversation, row, (order, sent), out)?;
            }
        }
        out.events.push(Event::LaneEnded { lane: lane.id(), reason });
        Ok(())
    }

    /// What was sealed before a device of this member could read it goes again for them.
    pub(super) fn owe_again(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &OwnedLane,
        member: MemberId,
        row: &mut ConversationRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = lane.id().conversation;
        for (order, sent) in outbox_of(tx, conversation).collect::<Result<Vec<_>, _>>()? {
            let MessageState::Sent { seq, .. } = sent.state else { continue };
            if sent.owed.contains(&member) && !lane.reaches(member, seq) {
                again(tx, conversation, row, (order, sent), out)?;
            }
        }
        Ok(())
    }
}

/// A message that was sealed is queued again, in its old place.
fn again(
    tx: &mut WriteTx<'_>,
    conversation: ConversationId,
    row: &mut ConversationRow,
    (order, mut sent): (u64, OutboxRow),
    out: &mut Outcome,
) -> Result<(), ConversationError> {
    sent.left = Reach::Elsewhere;
    sent.state = sent.state.after(Happening::LaneEnded)?;
    row.queued_from = row.queued_from.min(order);
    tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &sent)?;
    out.events.push(Event::State { conversation, message: sent.message, state: sent.state });
    Ok(())
}

/// A device of this member has these entries now: the messages in them wait for the others alone.
fn reached(
    tx: &mut WriteTx<'_>,
    conversation: ConversationId,
    member: MemberId,
    (first, last): (u64, u64),
    out: &mut Outcome,
) -> Result<(), ConversationError> {
    let key = *conversation.as_bytes();
    let span = Span::under(&key).starting(&(key, first)).before(&(key, last + 1));
    let kept = tx.scan(&OWNED_ENTRIES, span).collect::<Result<Vec<(_, OwnedEntry)>, _>>()?;
    for message in kept.iter().filter_map(|(_, kept)| kept.mark.message) {
        let Some((place, mut row)) = pending(tx, message)? else { continue };
        row.owed.retain(|owed| *owed != member);
        row.held = Held::Somebody;
        if row.owed.is_empty() {
            end(tx, place, &row, Happening::Acknowledged, out)?;
        } else {
            tx.put(&OUTBOX, &(key, place.order), &row)?;
        }
    }
    Ok(())
}

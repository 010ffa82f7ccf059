//! The peer's lane: entry by entry, each in the transaction that also holds its message and the position that is acknowledged.
//! An acknowledgement must never run ahead of what the transaction makes durable.

use protocol::ids::{Hash32, LaneId, MemberId};
use protocol::lane::{ApplicationBody, EntryKind, LaneEntry};
use protocol::link::LinkFrame;
use protocol::message::MessageBody;

use super::rosters::Peer;
use super::rows::{Circle, KeyPackageRow, ReceivedRow, Wish, lane_key};
use super::{
    ConversationError, ConversationRow, Conversations, Event, Outcome, RETRY_MS, Received, Surroundings, passed,
    readers,
};
use crate::core::authorship;
use crate::core::lane::{Generation, ReceivedLane, Verdict};
use crate::crypto::lane::{Applied, CryptoFault, Intruder, LaneCrypto};
use crate::store::tables::{
    CONVERSATIONS, GROUPS, KEY_PACKAGES, MESSAGE_PLACES, MESSAGES_SEEN, RECEIVED_HASHES, RECEIVED_LANES,
};
use crate::store::{Reading as _, Span, WriteTx};
use protocol::limits::LANE_ENTRIES_MAX;

impl<C: LaneCrypto> Conversations<C> {
    pub(super) fn on_entry(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        circle: &Circle,
        entry: &LaneEntry,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let key = lane_key(&entry.lane.device, &entry.lane.conversation);
        let received = tx.get(&RECEIVED_LANES, &key)?.unwrap_or_default();
        if !entry.fits() {
            out.events.push(Event::EntryDropped { lane: entry.lane, seq: entry.seq });
            return Ok(());
        }
        match received.lane.as_ref().map(|lane| lane.generation_of(&entry.lane)) {
            Some(Generation::Current) => self.follow(tx, around, circle, entry, received, out),
            Some(Generation::Newer) => self.begin(tx, around, circle, entry, received, out),
            Some(Generation::Older) => Ok(()),
            None if received.known_generation < Some(entry.lane.generation) => {
                self.begin(tx, around, circle, entry, received, out)
            }
            // Let in again where it was out.
            None if self.is_for_us(tx, entry)? => self.begin(tx, around, circle, entry, received, out),
            // A lane that was given up: its owner was asked for another, and is asked again in due time.
            None => self.lose(tx, around, entry.lane, received, out),
        }
    }

    /// Whether an entry may be the welcome for a key package that we made for this lane.
    fn is_for_us(&self, tx: &WriteTx<'_>, entry: &LaneEntry) -> Result<bool, ConversationError> {
        let (device, conversation) = lane_key(&entry.lane.device, &entry.lane.conversation);
        let made = tx.get(&KEY_PACKAGES, &(device, conversation, entry.lane.generation))?;
        Ok(entry.kind == EntryKind::Welcome && made.is_some())
    }

    /// The first entry of a lane must be the welcome for our key package.
    fn begin(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        circle: &Circle,
        entry: &LaneEntry,
        mut received: ReceivedRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let lane = entry.lane;
        if entry.kind != EntryKind::Welcome {
            self.ask_for_entries(around, lane, 0, out);
            return Ok(());
        }
        let (device, conversation) = lane_key(&lane.device, &lane.conversation);
        let made: Option<KeyPackageRow> = tx.get(&KEY_PACKAGES, &(device, conversation, lane.generation))?;
        let Some(made) = made else { return self.lose(tx, around, lane, received, out) };
        match self.crypto.join(tx, &lane, &entry.bytes, &[made.name], readers(lane.device, circle, around)) {
            Ok(()) => {}
            // Another device's welcome, in a lane that goes on before ours comes.
            Err(CryptoFault::NoKeyPackage) if received.known_generation < Some(lane.generation) => return Ok(()),
            Err(CryptoFault::Intruder(why)) => return self.wait_for_news(tx, entry, why, out),
            Err(CryptoFault::Invalid(_) | CryptoFault::NoKeyPackage | CryptoFault::StateLost(_)) => {
                return self.lose(tx, around, lane, received, out);
            }
            Err(error @ CryptoFault::Vault(_)) => return Err(error.into()),
        }
        self.forget_key_packages(tx, (device, conversation))?;
        if let Some(older) = received.lane.take().filter(|older| older.id() != lane) {
            self.crypto.discard(tx, &older.id())?;
        }
        tx.remove_all(&RECEIVED_HASHES, Span::under(&(device, conversation)))?;
        received = ReceivedRow { lane: None, known_generation: Some(lane.generation), lost: None };
        self.keep(tx, entry, ReceivedLane::joined(entry), received, out)?;
        out.events.push(Event::LaneJoined(lane));
        Ok(())
    }

    /// A leaf may not be there, as far as we know: perhaps our view of log or roster is behind. The owner sends the entry again.
    fn wait_for_news(
        &self,
        tx: &WriteTx<'_>,
        entry: &LaneEntry,
        why: Intruder,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        out.events.push(Event::LeafRefused { lane: entry.lane, why });
        match self.links.get(&entry.lane.device).map(|link| (entry.lane.device, link.member)) {
            Some(peer) => self.ask_for_news(tx, entry.lane.conversation, peer, out),
            None => Ok(()),
        }
    }

    /// An entry of the lane that is followed.
    fn follow(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        circle: &Circle,
        entry: &LaneEntry,
        mut received: ReceivedRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (device, conversation) = lane_key(&entry.lane.device, &entry.lane.conversation);
        let applied: Option<Hash32> = tx.get(&RECEIVED_HASHES, &(device, conversation, entry.seq))?;
        if received.lane.as_ref().is_some_and(|lane| lane.frozen().is_none() && entry.seq > lane.next_seq())
            && self.is_for_us(tx, entry)?
        {
            // The owner let us go, and lets us in again: what lies between is sent again under other numbers.
            return self.begin(tx, around, circle, entry, received, out);
        }
        let Some(mut lane) = received.lane.take() else { return Ok(()) };
        match lane.judge(entry, applied.as_ref()) {
            Verdict::Apply => self.apply(tx, around, circle, entry, (lane, received), out),
            Verdict::Duplicate => {
                if let Some(ack) = lane.ack() {
                    out.acknowledge(entry.lane.device, ack);
                }
                Ok(())
            }
            Verdict::Gap { from_seq } => {
                self.ask_for_entries(around, entry.lane, from_seq, out);
                Ok(())
            }
            Verdict::Equivocation => {
                received.lane = Some(lane);
                tx.put(&RECEIVED_LANES, &(device, conversation), &received)?;
                out.events.push(Event::LaneFrozen { lane: entry.lane, seq: entry.seq });
                Ok(())
            }
            Verdict::Frozen => Ok(()),
        }
    }

    fn apply(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        circle: &Circle,
        entry: &LaneEntry,
        (mut lane, mut received): (ReceivedLane, ReceivedRow),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        // Whose certificate does not count now is heard when it does: what is applied is acknowledged, and never comes again.
        let Some(author) = (around.certified)(&entry.lane.device) else { return Ok(()) };
        let applied = match entry.kind {
            // A welcome in the midst of a lane is another device's.
            EntryKind::Welcome => Ok(Applied::Nothing),
            EntryKind::Commit | EntryKind::Proposal | EntryKind::Application => {
                self.crypto.apply(tx, &entry.lane, &entry.bytes, readers(entry.lane.device, circle, around))
            }
        };
        match applied {
            Ok(Applied::Nothing) => {}
            Ok(Applied::Body(bytes)) => match ApplicationBody::from_padded(&bytes) {
                Ok(body) if belongs(&body, entry) => {
                    self.keep_message(tx, around, circle, (entry, author.member), body, out)?
                }
                Ok(_) | Err(_) => out.events.push(Event::EntryDropped { lane: entry.lane, seq: entry.seq }),
            },
            Ok(Applied::Dropped(why)) => out.events.push(Event::LeafRefused { lane: entry.lane, why }),
            Ok(Applied::Removed) => {
                self.crypto.discard(tx, &entry.lane)?;
                received.known_generation = Some(entry.lane.generation);
                return Ok(tx.put(
                    &RECEIVED_LANES,
                    &lane_key(&entry.lane.device, &entry.lane.conversation),
                    &received,
                )?);
            }
            Err(error @ CryptoFault::Vault(_)) => return Err(error.into()),
            Err(CryptoFault::Intruder(why @ (Intruder::NotCertified | Intruder::NotInRoster))) => {
                return self.wait_for_news(tx, entry, why, out);
            }
            Err(
                CryptoFault::Invalid(_)
                | CryptoFault::StateLost(_)
                | CryptoFault::NoKeyPackage
                | CryptoFault::Intruder(_),
            ) => {
                received.lane = Some(lane);
                return self.lose(tx, around, entry.lane, received, out);
            }
        }
        lane.advance(entry);
        self.keep(tx, entry, lane, received, out)
    }

    /// Writes the position and acknowledges it.
    fn keep(
        &mut self,
        tx: &mut WriteTx<'_>,
        entry: &LaneEntry,
        lane: ReceivedLane,
        mut received: ReceivedRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (device, conversation) = lane_key(&entry.lane.device, &entry.lane.conversation);
        tx.put(&RECEIVED_HASHES, &(device, conversation, entry.seq), &entry.hash())?;
        // The owner keeps no more entries than this, so none older can come again.
        if let Some(old) = entry.seq.checked_sub(LANE_ENTRIES_MAX as u64) {
            tx.remove(&RECEIVED_HASHES, &(device, conversation, old))?;
        }
        if let Some(ack) = lane.ack() {
            out.acknowledge(entry.lane.device, ack);
        }
        received.lane = Some(lane);
        Ok(tx.put(&RECEIVED_LANES, &(device, conversation), &received)?)
    }

    /// A message that came before, in an earlier lane, changes nothing.
    fn keep_message(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        circle: &Circle,
        (entry, author): (&LaneEntry, MemberId),
        body: ApplicationBody,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let seen = (*body.conversation.as_bytes(), *body.message.as_bytes());
        // A message that is here, ours above all, is never written anew by whoever knows its id.
        let is_here = tx.get(&MESSAGE_PLACES, body.message.as_bytes())?.is_some();
        if is_here || tx.get(&MESSAGES_SEEN, &seen)?.is_some() {
            return Ok(());
        }
        if !self.is_within(tx, circle, (entry.lane.device, author), &body, out)? {
            out.events.push(Event::EntryDropped { lane: entry.lane, seq: entry.seq });
            return Ok(());
        }
        tx.put(&MESSAGES_SEEN, &seen, &around.now)?;
        if let MessageBody::RosterRequest { change } = body.body {
            let wish = Wish { by: author, roster: body.roster, change };
            return self.on_wish(tx, around, body.conversation, wish, out);
        }
        let is_pair = body.conversation == self.with(author);
        let kept = tx.get(&CONVERSATIONS, body.conversation.as_bytes())?;
        let mut row = kept.unwrap_or_else(|| ConversationRow::new(is_pair.then_some(author)));
        row.clock.observe(around.now, body.clock);
        row.heads.add(body.message, &body.heads);
        tx.put(&CONVERSATIONS, body.conversation.as_bytes(), &row)?;
        out.events.push(Event::Received(Box::new(Received {
            conversation: body.conversation,
            author,
            device: entry.lane.device,
            message: body.message,
            clock: body.clock,
            heads: body.heads,
            body: body.body,
        })));
        Ok(())
    }

    /// Whether both its author and we were members when a message was written. One that was written under a roster which is new to us
    /// is taken, and the roster asked for.
    fn is_within(
        &self,
        tx: &WriteTx<'_>,
        circle: &Circle,
        (device, author): Peer,
        body: &ApplicationBody,
        out: &mut Outcome,
    ) -> Result<bool, ConversationError> {
        if body.roster == circle.hash {
            return Ok(true);
        }
        let Some(group) = tx.get(&GROUPS, body.conversation.as_bytes())? else { return Ok(false) };
        match self.number_of(tx, &group, body.roster)? {
            Some(number) => Ok(group.roster.was_member(author, number) && group.roster.was_member(self.member, number)),
            None => {
                self.ask_for_news(tx, body.conversation, (device, author), out)?;
                Ok(true)
            }
        }
    }

    /// Asks for missing entries, once until they come or some time passed: each entry after a gap would ask again.
    fn ask_for_entries(&mut self, around: &Surroundings<'_>, lane: LaneId, from_seq: u64, out: &mut Outcome) {
        let Some(link) = self.links.get_mut(&lane.device) else { return };
        let asked =
            |(asked, seq, at): (LaneId, u64, _)| asked == lane && seq == from_seq && !passed(at, RETRY_MS, around.now);
        if link.asked.is_some_and(asked) {
            return;
        }
        link.asked = Some((lane, from_seq, around.now));
        out.send(lane.device, LinkFrame::LaneRequest { lane, from_seq });
    }
}

/// A body must name the very entry that it came in.
fn belongs(body: &ApplicationBody, entry: &LaneEntry) -> bool {
    body.conversation == entry.lane.conversation
        && body.generation == entry.lane.generation
        && body.seq == entry.seq
        && authorship::is_by(&body.message, &entry.lane.device)
}

//! The engine and its messages: conversations inside one vault transaction, what they leave to be shown, and who waits for it.

use protocol::ids::{DeviceId, MemberId, MessageId};
use protocol::link::{LinkFrame, SEEN_PER_FRAME_MAX};
use protocol::message::MessageBody;
use protocol::time::Timestamp;
use rand_core::OsRng;
use serde_json::json;

use super::acts::{self, Done, Terms};
use super::groups::Place;
use super::lifetimes::{self, Counting};
use super::standing::Acquaintances;
use super::{Engine, EngineError, Waiter};
use crate::clock;
use crate::conversation::{ConversationError, Conversations, Event, Handled, Outcome, Received, Surroundings};
use crate::core::acts::{Marks, target_of};
use crate::core::authorship;
use crate::core::outbox::{Freshness, MessageState};
use crate::core::trust::Age;
use crate::crypto::lane::CertifiedDevice;
use crate::crypto::mls::Mls;
use crate::store::records::{MessagePlace, MessageRecord, Seen};
use crate::store::tables::{MESSAGE_PLACES, MESSAGES, OUTBOX, OUTBOX_PLACES};
use crate::store::{Reading as _, VaultError, WriteTx};

/// Keeps what a message of ours says, in its place, as the outbox numbered it.
pub(super) fn keep_own(
    tx: &mut WriteTx<'_>,
    author: MemberId,
    message: MessageId,
    body: &MessageBody,
) -> Result<(), VaultError> {
    let Some(place) = tx.get(&OUTBOX_PLACES, message.as_bytes())? else { return Ok(()) };
    let Some(row) = tx.get(&OUTBOX, &(*place.conversation.as_bytes(), place.order))? else { return Ok(()) };
    // It is kept in what it is about.
    if target_of(body).is_some() {
        return Ok(());
    }
    let record = MessageRecord {
        message,
        conversation: place.conversation,
        author,
        clock: row.clock,
        body: body.clone(),
        state: Some(row.state),
        seen: Seen::Here,
        marks: Marks::default(),
    };
    lifetimes::keep_timer(tx, &record, record.clock)?;
    lifetimes::note_ahead(tx, &record, row.written)?;
    tx.put(&MESSAGES, &record.key(), &record)?;
    let place = MessagePlace { conversation: place.conversation, clock: row.clock };
    tx.put(&MESSAGE_PLACES, message.as_bytes(), &place)
}

pub(super) fn keep_received(
    tx: &mut WriteTx<'_>,
    received: &Received,
    terms: Terms,
    counting: Counting,
) -> Result<(), VaultError> {
    let mut record = MessageRecord {
        message: received.message,
        conversation: received.conversation,
        author: received.author,
        clock: received.clock,
        body: received.body.clone(),
        state: None,
        seen: Seen::Not,
        marks: Marks::default(),
    };
    lifetimes::keep_timer(tx, &record, counting.credible(record.clock))?;
    lifetimes::note_ahead(tx, &record, terms.now)?;
    tx.put(&MESSAGES, &record.key(), &record)?;
    let place = MessagePlace { conversation: received.conversation, clock: received.clock };
    tx.put(&MESSAGE_PLACES, received.message.as_bytes(), &place)?;
    acts::settle(tx, &mut record, terms)
}

pub(super) fn record(tx: &impl crate::store::Reading, message: MessageId) -> Result<Option<MessageRecord>, VaultError> {
    match tx.get(&MESSAGE_PLACES, message.as_bytes())? {
        Some(place) => tx.get(&MESSAGES, &place.key(message)),
        None => Ok(None),
    }
}

fn keep_state(
    tx: &mut WriteTx<'_>,
    message: MessageId,
    state: MessageState,
    counting: Counting,
) -> Result<(), VaultError> {
    if let Some(mut kept) = record(tx, message)? {
        kept.state = Some(state);
        tx.put(&MESSAGES, &kept.key(), &kept)?;
        lifetimes::start(tx, &kept, counting)?;
    }
    Ok(())
}

/// Writes what conversations lead to beside their own rows, in the same transaction; returns what acts of others did.
fn keep_events(
    tx: &mut WriteTx<'_>,
    now: Timestamp,
    events: &[Event],
    terms: Terms,
    counting: Counting,
) -> Result<Vec<Done>, VaultError> {
    let mut done = Vec::new();
    for event in events {
        match event {
            Event::Received(received) if target_of(&received.body).is_some() => {
                done.extend(acts::take(tx, received, terms)?);
            }
            Event::Received(received) => {
                // What was deleted before it came is not offered.
                super::files::keep_offer(tx, received)?;
                keep_received(tx, received, terms, counting)?;
            }
            Event::State { message, state, .. } => keep_state(tx, *message, *state, counting)?,
            Event::RosterChanged(changed) => super::group_changes::keep_change(tx, now, changed)?,
            Event::LaneStarted(_)
            | Event::LaneJoined(_)
            | Event::LaneEnded { .. }
            | Event::LaneLost(_)
            | Event::LaneFrozen { .. }
            | Event::LeafRefused { .. }
            | Event::EntryDropped { .. }
            | Event::RosterFrozen(_)
            | Event::PictureHere(_)
            | Event::Misplaced { .. } => {}
        }
    }
    Ok(done)
}

impl Engine {
    /// Runs `act` on the conversations in one transaction with everything it leads to, then shows and sends.
    pub(super) fn converse(
        &mut self,
        act: impl FnOnce(
            &mut Conversations<Mls>,
            &mut WriteTx<'_>,
            &mut Surroundings<'_>,
        ) -> Result<Outcome, ConversationError>,
    ) -> Result<(), EngineError> {
        let (now, access, terms) = (clock::now(), self.own_access(), self.terms());
        let counting = self.counting(now);
        let Self { vault, conversations, trust, peers, identities, logins, me, .. } = self;
        let (trust, peers, identities, logins) = (&*trust, &*peers, &*identities, &*logins);
        let known = Acquaintances { trust, peers, identities, logins };
        let certified = |device: &DeviceId| {
            let known = trust.device(*device, now)?.certificate.body();
            Some(CertifiedDevice { member: known.member, signature_key: known.signature_key })
        };
        let standing = |member: &MemberId| known.standing(access, *member, now);
        let freshness = if trust.age(now) == Age::Expired { Freshness::Expired } else { Freshness::Known };
        let (enrolled, has_ended) =
            (|device: &DeviceId| known.enrolled(*device), |member: &MemberId| known.has_ended(*member));
        let signer = &me.signature;
        let (outcome, done) = vault.write(|tx| -> Result<_, ConversationError> {
            let mut around = Surroundings {
                now,
                rng: &mut OsRng,
                certified: &certified,
                enrolled: &enrolled,
                has_ended: &has_ended,
                signer,
                standing: &standing,
                freshness,
            };
            let outcome = act(conversations, tx, &mut around)?;
            let done = keep_events(tx, now, &outcome.events, terms, counting)?;
            Ok((outcome, done))
        })?;
        for event in outcome.events {
            self.show(event)?;
        }
        for done in done {
            self.show_done(done)?;
        }
        for (device, frame) in outcome.frames {
            self.send(device, &frame);
        }
        Ok(())
    }

    pub(super) fn take_lane_frames(&mut self, frames: Vec<(DeviceId, LinkFrame)>) -> Result<(), EngineError> {
        if frames.is_empty() {
            return Ok(());
        }
        self.converse(|conversations, tx, around| {
            let mut all = Outcome::default();
            for (device, frame) in frames {
                match conversations.on_link_frame(tx, around, device, frame)? {
                    Handled::Lanes(outcome) => all.merge(outcome),
                    Handled::Other(_) => {}
                }
            }
            Ok(all)
        })
    }

    fn show(&mut self, event: Event) -> Result<(), EngineError> {
        match event {
            Event::Received(received) => self.show_received(&received),
            Event::State { message, state, .. } => {
                self.emit(json!({
                    "event": "state", "message_id": message, "state": super::views::state_word(state),
                    "reason": super::views::state_reason(state),
                }));
                self.tell_waiters(message, state);
                Ok(())
            }
            Event::RosterChanged(changed) => self.on_roster_changed(&changed),
            Event::PictureHere(group) => {
                self.emit(json!({"event": "picture", "group_id": group}));
                Ok(())
            }
            Event::RosterFrozen(group) => {
                self.on_roster_frozen(group);
                Ok(())
            }
            Event::LaneFrozen { lane, .. } => {
                tracing::warn!("a lane showed two histories and was frozen");
                let peer = self.login_of_peer(lane.device);
                self.emit(json!({"event": "alarm", "alarm": "two-histories", "peer": peer}));
                Ok(())
            }
            Event::LeafRefused { why, .. } => {
                tracing::warn!(reason = %why, "a lane was refused because of a leaf");
                Ok(())
            }
            Event::LaneStarted(_)
            | Event::LaneJoined(_)
            | Event::LaneEnded { .. }
            | Event::LaneLost(_)
            | Event::EntryDropped { .. }
            | Event::Misplaced { .. } => Ok(()),
        }
    }

    fn tell_waiters(&mut self, message: MessageId, state: MessageState) {
        if !matches!(state, MessageState::Delivered | MessageState::Read | MessageState::Refused(_)) {
            return;
        }
        let (done, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiters).into_iter().partition(|waiter| waiter.message == message);
        self.waiters = waiting;
        for waiter in done {
            answer_waiter(waiter, Some(state));
        }
    }

    pub(super) fn give_up_waiting(&mut self, now: Timestamp) -> Result<(), EngineError> {
        let (late, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiters).into_iter().partition(|waiter| waiter.until <= now);
        self.waiters = waiting;
        for waiter in late {
            let message = waiter.message;
            let kept = self.vault.read(|tx| record(tx, message))?;
            answer_waiter(waiter, kept.and_then(|kept| kept.state));
        }
        Ok(())
    }

    pub(super) fn wait_for(
        &mut self,
        waiter: (MessageId, u64, serde_json::Value, super::oneshot::Sender<super::port::Answer>),
    ) {
        let (message, wait_ms, answer, reply) = waiter;
        self.waiters.push(Waiter { message, until: clock::now().plus_ms(wait_ms), answer, reply });
    }

    /// The author's side: messages that the peer's person has seen.
    pub(super) fn on_seen(&mut self, device: DeviceId, messages: &[MessageId]) -> Result<(), EngineError> {
        let Some(member) = self.peers.get(&device).map(|peer| peer.record.member) else { return Ok(()) };
        let conversation = self.conversation_with(member);
        let me = self.me.account.member;
        let counting = self.counting(clock::now());
        let changed = self.vault.write(|tx| -> Result<Vec<MessageId>, VaultError> {
            let mut changed = Vec::new();
            for message in messages.iter().take(SEEN_PER_FRAME_MAX) {
                let Some(mut kept) = record(tx, *message)? else { continue };
                let ours = kept.author == me && kept.conversation == conversation;
                if ours && kept.state == Some(MessageState::Delivered) {
                    kept.state = Some(MessageState::Read);
                    tx.put(&MESSAGES, &kept.key(), &kept)?;
                    lifetimes::start(tx, &kept, counting)?;
                    changed.push(*message);
                }
            }
            Ok(changed)
        })?;
        for message in changed {
            self.emit(json!({"event": "state", "message_id": message, "state": "read"}));
        }
        Ok(())
    }

    /// The reader's side: our person has seen these messages of theirs.
    pub(super) fn tell_seen(&mut self, member: MemberId, messages: &[MessageId]) {
        let devices: Vec<_> = self.peers_of(member).map(|peer| peer.record.device).collect();
        for device in devices {
            for chunk in messages.chunks(SEEN_PER_FRAME_MAX) {
                self.send(device, &LinkFrame::Seen { messages: chunk.to_vec() });
            }
        }
    }

    pub(super) fn queue(
        &mut self,
        to: Place,
        body: MessageBody,
        beside: impl FnOnce(&mut WriteTx<'_>) -> Result<(), VaultError>,
    ) -> Result<MessageId, EngineError> {
        let message = authorship::draw(&self.me.device, &mut OsRng);
        let author = self.me.account.member;
        let body = body.living(self.lifetime_in(self.conversation_at(to))?);
        self.converse(|conversations, tx, around| {
            let outcome = to.send(conversations, tx, around, message, body.clone())?;
            keep_own(tx, author, message, &body)?;
            beside(tx)?;
            Ok(outcome)
        })?;
        self.reach_out(to)?;
        Ok(message)
    }
}

fn answer_waiter(waiter: Waiter, state: Option<MessageState>) {
    let mut answer = waiter.answer;
    if let Some(state) = state {
        answer["state"] = super::views::state_word(state).into();
        if let Some(reason) = super::views::state_reason(state) {
            answer["reason"] = reason.into();
        }
    }
    let _ = waiter.reply.send(Ok(answer));
}

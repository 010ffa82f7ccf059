//! What the person does to messages: edit and delete their own, react, send on. An act goes to the other side as a message does; until it
//! is delivered the outbox holds it. What was never sealed changes in its place, and its first words never leave this device.

use protocol::ids::{ConversationId, MemberId, MessageId};
use protocol::limits::REACTION_BYTES_MAX;
use protocol::message::{Context, Forwarding, MessageBody, Origin};
use protocol::policy::CopyForward;
use rand_core::OsRng;
use serde_json::json;

use super::acts::{self, Done, Terms};
use super::composing::checked_text;
use super::groups::{self, Place};
use super::messages::record;
use super::organization::OwnAccess;
use super::port::Fault;
use super::requests::{Refused, Reply, finish};
use super::{Engine, EngineError};
use crate::clock;
use crate::conversation::{ConversationError, Conversations, Outcome, Reach, Surroundings};
use crate::core::acts::{Act, Stamp, is_deleted, may_edit};
use crate::core::authorship;
use crate::core::outbox::MessageState;
use crate::crypto::mls::Mls;
use crate::files::records::FetchState;
use crate::store::records::MessageRecord;
use crate::store::tables::{CONVERSATIONS, FETCHES, MESSAGES, OFFERS_MADE, OFFERS_RECEIVED, OUTBOX, OUTBOX_PLACES};
use crate::store::{Reading as _, VaultError, WriteTx};

const MINUTE_MS: u64 = 60 * 1_000;

/// An act of ours on its way.
struct Own<'k> {
    author: MemberId,
    to: Place,
    act: MessageId,
    body: MessageBody,
    kept: &'k mut MessageRecord,
    terms: Terms,
}

impl Own<'_> {
    /// Queues it, and does it here as it will be done there.
    fn go(
        self,
        conversations: &mut Conversations<Mls>,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        out: &mut Outcome,
    ) -> Result<Option<Done>, ConversationError> {
        out.merge(self.to.send(conversations, tx, around, self.act, self.body.clone())?);
        self.here(tx)
    }

    /// Whether there is anybody to hear of it: a group may be over, or over for us.
    fn can_go(&self, tx: &WriteTx<'_>, conversations: &Conversations<Mls>) -> Result<bool, ConversationError> {
        match self.to {
            Place::Person(_) => Ok(true),
            Place::Group(group) => conversations.is_open(tx, group),
        }
    }

    /// Does it on this device alone.
    fn here(self, tx: &mut WriteTx<'_>) -> Result<Option<Done>, ConversationError> {
        let place = tx.get(&OUTBOX_PLACES, self.act.as_bytes())?;
        let queued = match place {
            Some(place) => tx.get(&OUTBOX, &(*place.conversation.as_bytes(), place.order))?,
            None => None,
        };
        let clock = queued.map_or(self.kept.clock, |queued| queued.clock);
        let act = Act { author: self.author, stamp: Stamp { clock, act: self.act }, body: self.body };
        Ok(acts::change(tx, self.kept, &act, self.terms)?)
    }
}

impl Engine {
    pub(super) fn edit(
        &mut self,
        message: &str,
        text: String,
        wait_ms: Option<u64>,
        reply: Reply,
    ) -> Result<(), EngineError> {
        let done = self.edited(message, text);
        self.answer_act(done, wait_ms, reply)
    }

    pub(super) fn delete(&mut self, message: &str, wait_ms: Option<u64>, reply: Reply) -> Result<(), EngineError> {
        let done = self.deleted(message);
        self.answer_act(done, wait_ms, reply)
    }

    pub(super) fn react(
        &mut self,
        message: &str,
        emoji: Option<String>,
        wait_ms: Option<u64>,
        reply: Reply,
    ) -> Result<(), EngineError> {
        let done = self.reacted(message, emoji);
        self.answer_act(done, wait_ms, reply)
    }

    /// Sends a message on to somebody.
    pub(super) fn forward(
        &mut self,
        message: &str,
        who: &str,
        wait_ms: Option<u64>,
        reply: Reply,
    ) -> Result<(), EngineError> {
        let (to, kept) = match self.forwardable(message, who) {
            Ok(found) => found,
            Err(refused) => return finish(Err(refused), reply),
        };
        let context = Context { origin: Origin::Forwarded, ..Context::default() };
        match kept.body {
            MessageBody::Text { text, .. } => {
                let queued = self.queue(to, MessageBody::Text { text, context }, |_| Ok(()));
                match queued {
                    Ok(message) => self.answer_sent(message, Self::view_sent(message, "queued"), wait_ms, reply),
                    Err(error) => finish(Err(groups::refused(error)), reply),
                }
            }
            MessageBody::FileOffer { offer, .. } => {
                let path = self.vault.read(|tx| -> Result<_, VaultError> {
                    // Under the id of a file of ours somebody else offers what is theirs, if anything.
                    if kept.author == self.me.account.member {
                        let made = tx.get(&OFFERS_MADE, offer.file.as_bytes())?;
                        return Ok(made.map(|made| made.path.as_path().to_path_buf()));
                    }
                    let fetched = tx.get(&OFFERS_RECEIVED, offer.file.as_bytes())?;
                    if fetched.is_none_or(|fetched| fetched.offer != offer) {
                        return Ok(None);
                    }
                    let fetch = tx.get(&FETCHES, offer.file.as_bytes())?;
                    Ok(fetch.and_then(|fetch| match fetch.state {
                        FetchState::Saved(path) => Some(path.as_path().to_path_buf()),
                        _ => None,
                    }))
                })?;
                match path {
                    Some(path) => self.send_file((to, context), path, wait_ms, reply),
                    None => finish(Err(Fault::new("forward-save-first").into()), reply),
                }
            }
            _ => finish(Err(Fault::new("message-unreadable").into()), reply),
        }
    }

    pub(super) fn forwardable(&self, message: &str, who: &str) -> Result<(Place, MessageRecord), Refused> {
        let kept = self.standing_message(message)?;
        let context = kept.body.context().ok_or_else(|| Fault::new("message-unreadable"))?;
        if self.trust.policy().copy_forward() == CopyForward::Forbid {
            return Err(Fault::new("policy-forward").into());
        }
        if context.forwarding == Forwarding::Forbidden && kept.author != self.me.account.member {
            return Err(Fault::new("author-forbids-forwarding").into());
        }
        if context.lifetime_s.is_some() {
            return Err(Fault::new("forward-goes-away").into());
        }
        Ok((self.recipient(who)?, kept))
    }

    pub(super) fn edited(&mut self, message: &str, text: String) -> Result<(MessageId, MessageId), Refused> {
        let mut kept = self.own_message(message)?;
        let MessageBody::Text { context, .. } = &kept.body else { return Err(Fault::new("not-a-text").into()) };
        checked_text(&text)?;
        let (terms, now) = (self.terms(), clock::now());
        if terms.window_ms == 0 {
            return Err(Fault::new("policy-edit").into());
        }
        let moment = protocol::lane::HybridClock { ms: now.as_millis(), count: 0 };
        if !may_edit(kept.clock, moment, terms.window_ms) {
            return Err(Fault::with("edit-too-late", terms.window_ms / MINUTE_MS).into());
        }
        let to = self.where_said(kept.conversation)?;
        self.recipient(&self.place_word(to))?;
        let mentions = self.mentions_in(&text);
        let changed = MessageBody::Text {
            text: text.clone().into(),
            context: Context { mentions: mentions.clone(), ..context.clone() },
        };
        let (target, act) = (kept.message, authorship::draw(&self.me.device, &mut OsRng));
        let body = MessageBody::Edit { message: target, text: text.into(), mentions };
        let author = self.me.account.member;
        let (mut done, mut waits_for) = (None, act);
        let acted = self.converse(|conversations, tx, around| {
            let mut out = conversations.drop_edits(tx, kept.conversation, target)?;
            if conversations.amend(tx, target, &changed)? == Reach::Here {
                kept.body = changed;
                tx.put(&MESSAGES, &kept.key(), &kept)?;
                (done, waits_for) = (Some(Done::edited(target, author)), target);
                return Ok(out);
            }
            done = Own { author, to, act, body, kept: &mut kept, terms }.go(conversations, tx, around, &mut out)?;
            Ok(out)
        });
        acted.map_err(groups::refused)?;
        self.told(to, done)?;
        Ok((target, waits_for))
    }

    pub(super) fn deleted(&mut self, message: &str) -> Result<(MessageId, MessageId), Refused> {
        let mut kept = self.own(message)?;
        let to = self.where_said(kept.conversation)?;
        let (target, act, terms) = (kept.message, authorship::draw(&self.me.device, &mut OsRng), self.terms());
        let body = MessageBody::Delete { message: target };
        let author = self.me.account.member;
        let never_goes = matches!(kept.state, Some(MessageState::Refused(_)));
        let (mut done, mut waits_for) = (None, act);
        let acted = self.converse(|conversations, tx, around| {
            let mut out = conversations.drop_edits(tx, kept.conversation, target)?;
            let reach = conversations.amend(tx, target, &body)?;
            let own = Own { author, to, act, body, kept: &mut kept, terms };
            if never_goes || reach == Reach::Here {
                out.merge(conversations.take_back(tx, target)?);
                done = own.here(tx)?;
                waits_for = target;
            } else if own.can_go(tx, conversations)? {
                done = own.go(conversations, tx, around, &mut out)?;
            } else {
                done = own.here(tx)?;
                waits_for = target;
            }
            Ok(out)
        });
        acted.map_err(groups::refused)?;
        self.told(to, done)?;
        Ok((target, waits_for))
    }

    pub(super) fn reacted(&mut self, message: &str, emoji: Option<String>) -> Result<(MessageId, MessageId), Refused> {
        let mut kept = self.standing_message(message)?;
        let emoji = emoji.map(|emoji| emoji.trim().to_owned());
        if let Some(emoji) = &emoji {
            let is_short = (1..=REACTION_BYTES_MAX).contains(&emoji.len());
            if !is_short || emoji.chars().any(|c| c.is_control() || c.is_whitespace()) {
                return Err(Fault::new("not-a-reaction").into());
            }
        }
        let to = self.where_said(kept.conversation)?;
        self.recipient(&self.place_word(to))?;
        let (target, act, terms) = (kept.message, authorship::draw(&self.me.device, &mut OsRng), self.terms());
        let body = MessageBody::Reaction { message: target, emoji: emoji.map(Into::into) };
        let author = self.me.account.member;
        let mut done = None;
        let acted = self.converse(|conversations, tx, around| {
            let mut out = Outcome::default();
            let own = Own { author, to, act, body, kept: &mut kept, terms };
            done = own.go(conversations, tx, around, &mut out)?;
            Ok(out)
        });
        acted.map_err(groups::refused)?;
        self.told(to, done)?;
        Ok((target, act))
    }

    /// After the commit: whoever watches is told, and the other side is reached.
    fn told(&mut self, to: Place, done: Option<Done>) -> Result<(), EngineError> {
        if let Some(done) = done {
            self.show_done(done)?;
        }
        self.reach_out(to)
    }

    /// The message, and what its delivery is waited for.
    fn answer_act(
        &mut self,
        done: Result<(MessageId, MessageId), Refused>,
        wait_ms: Option<u64>,
        reply: Reply,
    ) -> Result<(), EngineError> {
        let (message, waits_for) = match done {
            Ok(done) => done,
            Err(refused) => return finish(Err(refused), reply),
        };
        let state = self.state_of(waits_for)?;
        let mut answer = json!({"message_id": message});
        match state {
            // What was taken back before it left is done.
            Some(MessageState::Refused(_)) => {
                answer["state"] = "delivered".into();
                finish(Ok(answer), reply)
            }
            // The other side will not hear of it.
            None => {
                answer["state"] = "refused".into();
                let is_ours = self.own_access() == OwnAccess::Ended;
                answer["reason"] = if is_ours { "device-revoked" } else { "person-left" }.into();
                finish(Ok(answer), reply)
            }
            Some(state) => {
                answer["state"] = super::views::state_word(state).into();
                match wait_ms {
                    Some(wait_ms) if !matches!(state, MessageState::Delivered | MessageState::Read) => {
                        self.wait_for((waits_for, wait_ms, answer, reply));
                        Ok(())
                    }
                    Some(_) | None => finish(Ok(answer), reply),
                }
            }
        }
    }

    fn state_of(&self, message: MessageId) -> Result<Option<MessageState>, VaultError> {
        self.vault.read(|tx| {
            let place = tx.get(&OUTBOX_PLACES, message.as_bytes())?;
            let queued = match place {
                Some(place) => tx.get(&OUTBOX, &(*place.conversation.as_bytes(), place.order))?,
                None => None,
            };
            match queued {
                Some(queued) => Ok(Some(queued.state)),
                None => Ok(record(tx, message)?.and_then(|kept| kept.state)),
            }
        })
    }

    /// A message that the person wrote and that is not deleted.
    fn own(&self, message: &str) -> Result<MessageRecord, Refused> {
        let kept = self.kept(message)?;
        if kept.author == self.me.account.member { Ok(kept) } else { Err(Fault::new("not-yours").into()) }
    }

    /// The same, if it goes or went to somebody.
    fn own_message(&self, message: &str) -> Result<MessageRecord, Refused> {
        self.own(message)?;
        self.standing_message(message)
    }

    /// A message that can be answered to.
    fn standing_message(&self, message: &str) -> Result<MessageRecord, Refused> {
        let kept = self.kept(message)?;
        if matches!(kept.state, Some(MessageState::Refused(_))) {
            return Err(Fault::new("message-not-sent").into());
        }
        Ok(kept)
    }

    fn kept(&self, message: &str) -> Result<MessageRecord, Refused> {
        let message: MessageId = message.parse().map_err(|_| Fault::new("unknown-message"))?;
        let kept = self.record_in_sight(message)?.ok_or_else(|| Fault::new("unknown-message"))?;
        match &kept.body {
            body if is_deleted(body) => Err(Fault::new("message-deleted").into()),
            // A line about a group is nobody's message.
            MessageBody::RosterChanged { .. } => Err(Fault::new("unknown-message").into()),
            _ => Ok(kept),
        }
    }

    /// With whom or in which group a conversation is.
    fn where_said(&self, conversation: ConversationId) -> Result<Place, Refused> {
        if self.is_group(conversation)? {
            return Ok(Place::Group(conversation));
        }
        let row = self.vault.read(|tx| tx.get(&CONVERSATIONS, conversation.as_bytes()))?;
        let peer = row.and_then(|row| row.peer).ok_or_else(|| Fault::new("unknown-message"))?;
        Ok(Place::Person(peer))
    }
}

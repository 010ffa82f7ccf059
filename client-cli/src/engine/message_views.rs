//! How messages look to callers beside what they say: what they answer, what was done to them, whom they mention. The objects are those
//! of docs/cli.md. A quote is read from the message it quotes each time: what is deleted there is gone here.

use protocol::message::{Context, Forwarding, MessageBody, Origin};
use protocol::policy::CopyForward;
use serde_json::{Value, json};

use super::Engine;
use super::requests::Refused;
use crate::conversation::Received;
use crate::core::acts::is_deleted;
use crate::store::records::MessageRecord;

/// Characters of a quoted message.
const QUOTE_CHARS_MAX: usize = 120;

impl Engine {
    /// What there is to a message beside text, state and file.
    pub(super) fn add_marks(&self, view: &mut Value, kept: &MessageRecord) -> Result<(), Refused> {
        match &kept.body {
            MessageBody::Later(_) => view["unreadable"] = true.into(),
            MessageBody::RosterChanged { change } => view["group"] = self.view_change(kept.conversation, change),
            body if is_deleted(body) => view["deleted"] = true.into(),
            _ => {}
        }
        if let Some(context) = kept.body.context() {
            self.add_context(view, kept, context)?;
        }
        self.add_words(view, kept);
        let reactions: Vec<Value> = kept
            .marks
            .reactions()
            .map(|(who, emoji)| json!({"from": self.login_of(who), "emoji": emoji.expose()}))
            .collect();
        if !reactions.is_empty() {
            view["reactions"] = reactions.into();
        }
        Ok(())
    }

    fn add_context(&self, view: &mut Value, kept: &MessageRecord, context: &Context) -> Result<(), Refused> {
        if context.origin == Origin::Forwarded {
            view["forwarded"] = true.into();
        }
        if self.trust.policy().copy_forward() == CopyForward::Forbid {
            view["forwarding"] = "closed".into();
        } else if context.forwarding == Forwarding::Forbidden {
            view["forwarding"] = "forbidden".into();
        }
        if let Some(answered) = context.reply_to {
            let here = self.record_in_sight(answered)?.filter(|answered| answered.conversation == kept.conversation);
            view["reply"] =
                here.map_or_else(|| json!({"message_id": answered, "missing": true}), |answered| self.quote(&answered));
        }
        Ok(())
    }

    /// The text as it is now, since when, and whom it mentions by the names that the reader knows.
    pub(super) fn add_words(&self, view: &mut Value, kept: &MessageRecord) {
        let MessageBody::Text { text, context } = &kept.body else { return };
        view["text"] = text.expose().as_str().into();
        if let Some(edited) = kept.marks.edited {
            view["edited_ms"] = edited.clock.ms.into();
        }
        let me = self.me.account.member;
        let known = context.mentions.iter().filter_map(|member| Some((*member, self.mentioned_name(*member)?)));
        let mentions: Vec<Value> = known
            .map(|(member, name)| {
                let mut mention = json!({"login": self.login_of(member), "name": name});
                if member == me {
                    mention["you"] = true.into();
                }
                mention
            })
            .collect();
        if !mentions.is_empty() {
            view["mentions"] = mentions.into();
        }
    }

    fn quote(&self, kept: &MessageRecord) -> Value {
        let mut quote = json!({"message_id": kept.message, "from": self.login_of(kept.author)});
        match &kept.body {
            MessageBody::Text { text, .. } => {
                let text = text.expose();
                let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let short: String = line.chars().take(QUOTE_CHARS_MAX).collect();
                let is_whole = short.len() == line.len();
                quote["text"] = if is_whole { short } else { format!("{short}…") }.into();
            }
            MessageBody::FileOffer { offer, .. } => quote["file"] = offer.name.expose().as_str().into(),
            MessageBody::Timer { seconds } => quote["timer"] = json!({"seconds": seconds}),
            MessageBody::Later(_) => quote["unreadable"] = true.into(),
            MessageBody::RosterChanged { change } => quote["group"] = self.view_change(kept.conversation, change),
            MessageBody::FileWithdrawn { .. }
            | MessageBody::Edit { .. }
            | MessageBody::Delete { .. }
            | MessageBody::RosterRequest { .. }
            | MessageBody::Reaction { .. } => quote["deleted"] = true.into(),
        }
        quote
    }

    /// A message came: as it is after everything that was done to it before it was here.
    pub(super) fn show_received(&mut self, received: &Received) -> Result<(), super::EngineError> {
        let message = received.message;
        let Some(kept) = self.record_in_sight(message)? else { return Ok(()) };
        let from = self.login_of(received.author);
        let mut shown = json!({
            "event": "message",
            "message_id": message,
            "from": from,
            "sent_ms": received.clock.ms,
        });
        match &kept.body {
            MessageBody::FileOffer { offer, .. } => {
                shown["file"] = json!({
                    "file_id": offer.file, "name": offer.name.expose(), "bytes": offer.bytes, "state": "offered",
                });
            }
            MessageBody::FileWithdrawn { file } => shown["withdrawn"] = json!(file),
            MessageBody::Timer { seconds } => shown["timer"] = json!({"seconds": seconds}),
            MessageBody::Text { .. }
            | MessageBody::Edit { .. }
            | MessageBody::Delete { .. }
            | MessageBody::Reaction { .. }
            | MessageBody::RosterRequest { .. }
            | MessageBody::RosterChanged { .. }
            | MessageBody::Later(_) => {}
        }
        if let Some(seconds) = self.lifetime_of(&kept) {
            shown["lifetime_s"] = seconds.into();
        }
        if self.is_group(received.conversation)? {
            shown["group_id"] = json!(received.conversation);
        }
        match self.add_marks(&mut shown, &kept) {
            Ok(()) => {}
            Err(Refused::Engine(error)) => return Err(error),
            // What is shown beside it can be asked for.
            Err(Refused::Fault(_)) => {}
        }
        self.emit(shown);
        if is_deleted(&kept.body) { Ok(()) } else { self.on_file_message(received) }
    }
}

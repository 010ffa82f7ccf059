//! What goes with a message that the person writes: which one it answers, whether it may be sent on, whom it mentions. A mention is
//! resolved here, to the member whom this person means by that name; the reader shows whom it names there.

use std::collections::BTreeSet;

use protocol::ids::{MemberId, MessageId};
use protocol::limits::{MENTIONS_MAX, MESSAGE_TEXT_BYTES_MAX};
use protocol::message::{Context, Forwarding};
use protocol::policy::CopyForward;

use super::Engine;
use super::groups::Place;
use super::port::{Beside, Fault, SendingOn};
use super::requests::Refused;
use crate::core::acts::is_deleted;

/// Ends of a sentence that are no part of a login.
const AFTER_A_LOGIN: [char; 10] = ['.', ',', ';', ':', '!', '?', ')', ']', '\'', '"'];

impl Engine {
    /// What goes with a text to that place.
    pub(super) fn context_for(&self, to: Place, text: &str, beside: &Beside) -> Result<Context, Refused> {
        let reply_to = beside.reply_to.as_deref().map(|answered| self.answered(to, answered)).transpose()?;
        let forwarding = match (beside.forwarding, self.trust.policy().copy_forward()) {
            (Some(SendingOn::Forbidden), _) | (None, CopyForward::Sender) => Forwarding::Forbidden,
            (Some(SendingOn::Allowed), _) | (None, CopyForward::Allow | CopyForward::Forbid) => Forwarding::Allowed,
        };
        Ok(Context { reply_to, forwarding, mentions: self.mentions_in(text), ..Context::default() })
    }

    fn answered(&self, to: Place, answered: &str) -> Result<MessageId, Refused> {
        let answered: MessageId = answered.parse().map_err(|_| Fault::new("unknown-message"))?;
        let kept = self.record_in_sight(answered)?.filter(|kept| kept.conversation == self.conversation_at(to));
        let kept = kept.ok_or_else(|| Fault::new("unknown-message"))?;
        if is_deleted(&kept.body) { Err(Fault::new("message-deleted").into()) } else { Ok(answered) }
    }

    /// Whom `@login` means in a text, in ascending order.
    pub(super) fn mentions_in(&self, text: &str) -> Vec<MemberId> {
        let mut members = BTreeSet::new();
        for (at, _) in text.match_indices('@') {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            // An address of mail is none.
            if members.len() >= MENTIONS_MAX || before.is_some_and(char::is_alphanumeric) {
                continue;
            }
            let named = text.get(at + 1..).unwrap_or_default();
            let mut named = named.split(char::is_whitespace).next().unwrap_or_default();
            while !named.is_empty() {
                if let Ok(member) = self.find(named) {
                    members.insert(member);
                    break;
                }
                match named.strip_suffix(AFTER_A_LOGIN) {
                    Some(shorter) => named = shorter,
                    None => break,
                }
            }
        }
        members.into_iter().collect()
    }

    /// How somebody who is mentioned is called here; nothing for whom this person knows nobody by that id.
    pub(super) fn mentioned_name(&self, member: MemberId) -> Option<String> {
        if member == self.me.account.member {
            return Some(self.me.account.name.expose().clone());
        }
        self.name_of(member)
    }
}

/// A text that may be sent.
pub(super) fn checked_text(text: &str) -> Result<(), Fault> {
    if text.len() > MESSAGE_TEXT_BYTES_MAX {
        return Err(Fault::with("text-too-long", MESSAGE_TEXT_BYTES_MAX));
    }
    if text.is_empty() { Err(Fault::new("text-empty")) } else { Ok(()) }
}

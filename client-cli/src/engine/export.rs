//! Pages of a conversation for whoever writes it into files, by the policy: the engine writes nothing anywhere itself. What deletes
//! itself is not among them, and nothing counts as read for having been written down.

use protocol::ids::MessageId;
use protocol::message::MessageBody;
use serde_json::{Value, json};

use super::Engine;
use super::history::says_something;
use super::port::Fault;
use super::requests::Refused;
use crate::store::records::MessageRecord;
use crate::store::tables::MESSAGES;
use crate::store::{Reading as _, Span, VaultError};

/// Messages of one page.
const PAGE_MESSAGES: usize = 500;

impl Engine {
    /// The next messages with somebody, the oldest first.
    pub(super) fn export(&mut self, who: &str, after: Option<&str>) -> Result<Value, Refused> {
        let place = self.place(who)?;
        if !self.trust.policy().allows_export() {
            return Err(Fault::new("policy-export-forbid").into());
        }
        let span = Span::under(self.conversation_at(place).as_bytes());
        let span = match after {
            Some(message) => span.after(&self.key_of(place, message)?),
            None => span,
        };
        let records = self.vault.read(|tx| -> Result<Vec<MessageRecord>, VaultError> {
            tx.scan(&MESSAGES, span).map(|row| row.map(|(_, record)| record)).take(PAGE_MESSAGES).collect()
        })?;
        let next: Option<MessageId> =
            records.last().filter(|_| records.len() == PAGE_MESSAGES).map(|last| last.message);
        let sight = self.sight()?;
        let said: Vec<_> = records.iter().filter(|record| says_something(record) && sight.shows(record)).collect();
        let mut rows = Vec::with_capacity(said.len());
        for record in said.iter().filter(|record| self.lifetime_of(record).is_none()) {
            let mut row = self.row_of(record)?;
            self.leave_out_quote(record, &mut row)?;
            if let MessageBody::FileOffer { offer, .. } = &record.body {
                row["file"]["blake3"] = offer.root.to_string().into();
            }
            rows.push(row);
        }
        Ok(json!({
            "login": self.place_word(place),
            "name": self.place_name(place)?,
            "me": {"login": self.login_of(self.me.account.member), "name": self.name_of(self.me.account.member)},
            "left_out": said.len() - rows.len(),
            "messages": rows,
            "next": next,
        }))
    }

    /// What deletes itself is not written down in an answer to it either.
    fn leave_out_quote(&self, record: &MessageRecord, row: &mut Value) -> Result<(), Refused> {
        let Some(answered) = record.body.context().and_then(|context| context.reply_to) else { return Ok(()) };
        let kept = self.record_in_sight(answered)?;
        if kept.is_some_and(|kept| self.lifetime_of(&kept).is_some()) {
            row["reply"] = json!({"message_id": answered, "missing": true});
        }
        Ok(())
    }
}

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
        let is_ephemeral = |record: &MessageRecord| {
            let own = record.body.context().and_then(|context| context.lifetime_s);
            own.or(self.trust.policy().ephemeral_s()).is_some() && !matches!(record.body, MessageBody::Timer { .. })
        };
        let said: Vec<_> = records.iter().filter(|record| says_something(record)).collect();
        let mut rows = Vec::with_capacity(said.len());
        for record in said.iter().filter(|record| !is_ephemeral(record)) {
            let mut row = self.row_of(record)?;
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
}

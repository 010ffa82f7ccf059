//! Messages as they are read: the list of conversations, pages of one, and what was seen. Looking at a page marks nothing: only what
//! a person was shown counts as read, and its author is told then, not before.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, MemberId, MessageId};
use protocol::message::MessageBody;
use serde_json::{Value, json};

use super::groups::Place;
use super::lifetimes::{self, Sight};
use super::port::Fault;
use super::requests::Refused;
use super::{Engine, EngineError};
use crate::clock;
use crate::core::acts::is_deleted;
use crate::core::peer::Relation;
use crate::store::records::{MessageKey, MessageRecord, Seen};
use crate::store::tables::{MESSAGE_PLACES, MESSAGES};
use crate::store::{Reading, Span, VaultError};

/// How far back unread messages are counted, in messages: the list says "100" and means "many".
const UNREAD_MAX: usize = 100;
/// How far back a message is looked for that came late and was not seen, in messages.
const SEEN_LOOK_BACK_MAX: usize = 500;
/// Most messages of one page.
const PAGE_MESSAGES_MAX: usize = 1_000;

impl Engine {
    /// The page, and everything in it counts as read.
    pub(super) fn history(&mut self, who: &str, before: Option<&str>, last: Option<usize>) -> Result<Value, Refused> {
        let place = self.place(who)?;
        let records = self.records(place, before, last.unwrap_or(usize::MAX))?;
        self.mark_seen(place, &records)?;
        self.rows_of(&records)
    }

    /// A page for a window that says itself what was seen.
    pub(super) fn page(&mut self, who: &str, before: Option<&str>, last: usize) -> Result<Value, Refused> {
        let place = self.place(who)?;
        let records = self.records(place, before, last.min(PAGE_MESSAGES_MAX))?;
        self.rows_of(&records)
    }

    /// Everything up to this message, as far back as the person had not seen it.
    pub(super) fn seen(&mut self, who: &str, up_to: &str) -> Result<Value, Refused> {
        let place = self.place(who)?;
        let key = self.key_of(place, up_to)?;
        let me = self.me.account.member;
        let unseen = self.vault.read(|tx| -> Result<Vec<MessageRecord>, VaultError> {
            let mut unseen = Vec::new();
            let older = Span::under(self.conversation_at(place).as_bytes()).before(&key).backwards();
            let newest = tx.get(&MESSAGES, &key)?.map(|record| Ok((key, record)));
            for row in newest.into_iter().chain(tx.scan(&MESSAGES, older)).take(SEEN_LOOK_BACK_MAX) {
                let (_, record) = row?;
                if record.author != me && record.seen == Seen::Not {
                    unseen.push(record);
                }
            }
            Ok(unseen)
        })?;
        self.mark_seen(place, &unseen)?;
        Ok(json!({"seen": unseen.len()}))
    }

    /// One row for everybody with whom there is something, the newest first.
    pub(super) fn conversations(&self) -> Result<Value, Refused> {
        // Who was verified before the first message is somebody one deals with.
        let known = self
            .peers
            .values()
            .filter(|peer| peer.record.relation != Relation::Stranger || peer.record.verified.is_some());
        let mut members: BTreeSet<MemberId> = known.map(|peer| peer.record.member).collect();
        members.extend(self.outbox_entries()?.into_iter().flat_map(|entry| entry.owed));
        members.extend(self.newcomers());
        let mut rows = Vec::with_capacity(members.len());
        for member in members {
            let (unread, mentions, last) = self.newest(self.conversation_with(member))?;
            let sent_ms = last.as_ref().map_or(0, |record| record.clock.ms);
            let mut row = self.view_conversation(member);
            row["timer_s"] = self.lifetime_in(self.conversation_with(member))?.into();
            row["unread"] = unread.into();
            row["mentions"] = mentions.into();
            if let Some(record) = last {
                row["last"] = self.row_of(&record)?;
            }
            rows.push((sent_ms, row));
        }
        for (group, mut row) in self.group_rows()? {
            let (unread, mentions, last) = self.newest(group)?;
            let sent_ms = last.as_ref().map_or(0, |record| record.clock.ms);
            row["timer_s"] = self.lifetime_in(group)?.into();
            row["unread"] = unread.into();
            row["mentions"] = mentions.into();
            if let Some(record) = last {
                row["last"] = self.row_of(&record)?;
            }
            rows.push((sent_ms, row));
        }
        rows.sort_by_key(|(sent_ms, _)| std::cmp::Reverse(*sent_ms));
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The relation that lets most happen: a colleague's second device may stand elsewhere. Whoever goes on under another identity, or
    /// will, has not left, whatever became of the devices before.
    pub(super) fn relation_of(&self, member: MemberId) -> Relation {
        let has = |wanted: &Relation| self.peers_of(member).any(|peer| peer.record.relation == *wanted);
        let best = [Relation::Accepted, Relation::Asked, Relation::Contacting, Relation::Refused, Relation::Blocked];
        match best.into_iter().find(has) {
            Some(relation) => relation,
            None if self.acquaintances().has_left(member) => Relation::Revoked,
            None => Relation::Stranger,
        }
    }

    fn view_conversation(&self, member: MemberId) -> Value {
        let facts = self.trust.facts();
        let key = facts.identity_key(member);
        let devices = || self.peers_of(member);
        let mut row = json!({
            "login": self.login_of(member),
            "name": self.name_of(member),
            "relation": super::views::relation_word(self.relation_of(member)),
            "verified": key.is_some() && devices().any(|peer| peer.record.verified == key),
            "identity_resets": facts.identity_resets(member),
        });
        self.add_reset(member, &mut row);
        row
    }

    /// How many of their messages at the end were not seen, how many of those mention our person, and the last message that says
    /// something.
    fn newest(&self, conversation: ConversationId) -> Result<(usize, usize, Option<MessageRecord>), Refused> {
        let me = self.me.account.member;
        let sight = self.sight()?;
        Ok(self.vault.read(|tx| -> Result<_, VaultError> {
            let (mut unread, mut mentions, mut last) = (0, 0, None);
            let backwards = Span::under(conversation.as_bytes()).backwards();
            let rows = tx.scan(&MESSAGES, backwards);
            let rows = rows.filter(|row| row.as_ref().map_or(true, |(_, record)| sight.shows(record)));
            for row in rows.take(UNREAD_MAX) {
                let (_, record) = row?;
                let says_something = says_something(&record);
                let theirs = record.author != me;
                let is_change = matches!(record.body, MessageBody::RosterChanged { .. });
                if theirs && !is_change && record.seen != Seen::Not && last.is_some() {
                    break;
                }
                let is_new = theirs && says_something && record.seen == Seen::Not && !is_deleted(&record.body);
                let is_for_us = record.body.context().is_some_and(|context| context.mentions.contains(&me));
                unread += usize::from(is_new);
                mentions += usize::from(is_new && is_for_us);
                if says_something && last.is_none() {
                    last = Some(record);
                }
            }
            Ok((unread, mentions, last))
        })?)
    }

    fn records(&self, place: Place, before: Option<&str>, last: usize) -> Result<Vec<MessageRecord>, Refused> {
        let span = Span::under(self.conversation_at(place).as_bytes());
        let span = match before {
            Some(message) => span.before(&self.key_of(place, message)?),
            None => span,
        };
        let sight = self.sight()?;
        Ok(self.vault.read(|tx| said(tx, span, &sight, last))?)
    }

    pub(super) fn key_of(&self, at: Place, message: &str) -> Result<MessageKey, Refused> {
        let message: MessageId = message.parse().map_err(|_| Fault::new("unknown-message"))?;
        let place = self.vault.read(|tx| tx.get(&MESSAGE_PLACES, message.as_bytes()))?;
        let place = place.filter(|place| place.conversation == self.conversation_at(at));
        Ok(place.ok_or_else(|| Fault::new("unknown-message"))?.key(message))
    }

    /// Keeps that the person has seen these, and tells their authors.
    fn mark_seen(&mut self, place: Place, records: &[MessageRecord]) -> Result<(), Refused> {
        let me = self.me.account.member;
        let (seen, counting) = (self.seen_now()?, self.counting(clock::now()));
        let unseen = records.iter().filter(|record| record.author != me && record.seen == Seen::Not);
        let unseen: Vec<_> = unseen.map(|record| MessageRecord { seen, ..record.clone() }).collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let kept = self.vault.write(|tx| -> Result<(), VaultError> {
            for record in &unseen {
                tx.put(&MESSAGES, &record.key(), record)?;
                lifetimes::start(tx, record, counting)?;
            }
            Ok(())
        });
        match kept {
            Ok(()) => {}
            // Reading works on a full disk; that it was read is told next time.
            Err(VaultError::DiskFull) => self.count_unwritten(&unseen, counting),
            Err(error) => return Err(error.into()),
        }
        let unseen: Vec<_> = unseen.into_iter().map(|record| record.message).collect();
        // Of a group nobody is told: "read" would have to mean by whom.
        if let (Seen::Here, Place::Person(member)) = (seen, place) {
            self.tell_seen(member, &unseen);
        }
        Ok(())
    }

    /// A link opened: what was read while there was none is told now. Told twice it changes nothing.
    pub(super) fn tell_seen_again(&mut self, device: DeviceId) -> Result<(), EngineError> {
        let Some(member) = self.peers.get(&device).map(|peer| peer.record.member) else { return Ok(()) };
        if self.seen_now()? != Seen::Here {
            return Ok(());
        }
        let (conversation, me) = (self.conversation_with(member), self.me.account.member);
        let seen = self.vault.read(|tx| -> Result<Vec<MessageId>, VaultError> {
            let newest = tx.scan(&MESSAGES, Span::under(conversation.as_bytes()).backwards()).take(UNREAD_MAX);
            let records = newest.map(|row| row.map(|(_, record)| record)).collect::<Result<Vec<_>, _>>()?;
            let theirs = records.into_iter().filter(|record| record.author != me && record.seen == Seen::Here);
            Ok(theirs.map(|record| record.message).collect())
        })?;
        self.tell_seen(member, &seen);
        Ok(())
    }

    fn rows_of(&self, records: &[MessageRecord]) -> Result<Value, Refused> {
        Ok(Value::Array(records.iter().map(|record| self.row_of(record)).collect::<Result<_, _>>()?))
    }

    pub(super) fn row_of(&self, record: &MessageRecord) -> Result<Value, Refused> {
        let file = record.body.offer().map(|offer| self.view_file_of(offer)).transpose()?;
        let mut row = self.view_message(record, file)?;
        lifetimes::add_to(&mut row, record);
        Ok(row)
    }
}

/// That a file was taken back shows at its offer and has no row of its own; so do acts on messages.
pub(super) const fn says_something(record: &MessageRecord) -> bool {
    let is_shown = matches!(
        record.body,
        MessageBody::Text { .. }
            | MessageBody::FileOffer { .. }
            | MessageBody::Timer { .. }
            | MessageBody::RosterChanged { .. }
            | MessageBody::Later(_)
    );
    is_shown || is_deleted(&record.body)
}

/// The last messages of a span that say something, the oldest first: as many as there are rows for, so that fewer mean that there is
/// nothing older.
fn said(tx: &impl Reading, span: Span, sight: &Sight, last: usize) -> Result<Vec<MessageRecord>, VaultError> {
    let newest = tx.scan(&MESSAGES, span.backwards()).map(|row| row.map(|(_, record)| record));
    let is_said = |record: &MessageRecord| says_something(record) && sight.shows(record);
    let said = newest.filter(|row| row.as_ref().map_or(true, is_said));
    let mut records: Vec<MessageRecord> = said.take(last).collect::<Result<_, _>>()?;
    records.reverse();
    Ok(records)
}

#[cfg(test)]
mod tests {
    use protocol::ids::{ConversationId, FileId};
    use protocol::lane::HybridClock;
    use protocol::secret::Personal;

    use super::*;
    use crate::core::acts::Marks;
    use crate::store::Vault;

    #[test]
    fn a_page_is_full_as_long_as_there_is_something_older() {
        let vault = Vault::ephemeral().unwrap();
        let conversation = ConversationId::from_bytes([1; 16]);
        let bodies = (0..200_u64).map(|ms| match ms % 50 {
            7 => (ms, MessageBody::FileWithdrawn { file: FileId::from_bytes([2; 16]) }),
            _ => (ms, MessageBody::text(Personal::new(ms.to_string()))),
        });
        let write = vault.write(|tx| -> Result<(), VaultError> {
            for (ms, body) in bodies {
                let record = MessageRecord {
                    message: MessageId::from_bytes([u8::try_from(ms).unwrap_or_default(); 16]),
                    conversation,
                    author: MemberId::from_bytes([3; 16]),
                    clock: HybridClock { ms, count: 0 },
                    body,
                    state: None,
                    seen: Seen::Not,
                    marks: Marks::default(),
                };
                tx.put(&MESSAGES, &record.key(), &record)?;
            }
            Ok(())
        });
        write.unwrap();
        let span = || Span::under(conversation.as_bytes());
        let page = vault.read(|tx| said(tx, span(), &Sight::default(), 100)).unwrap();
        assert_eq!((page.len(), page[0].clock.ms, page[99].clock.ms), (100, 98, 199));
        let rest = vault.read(|tx| said(tx, span().before(&page[0].key()), &Sight::default(), 100)).unwrap();
        assert_eq!((rest.len(), rest[0].clock.ms, rest[95].clock.ms), (96, 0, 97));
    }
}

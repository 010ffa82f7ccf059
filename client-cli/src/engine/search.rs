//! Searching in everything that is in the vault (docs/adr/0024): an index in memory, made when somebody looks for something, that follows
//! every transaction until nobody has for a while. Looking for something marks nothing as read. It must never be written anywhere.

use std::collections::BTreeMap;

use protocol::ids::{ConversationId, MessageId};
use protocol::message::MessageBody;
use protocol::time::Timestamp;
use serde_json::Value;

use super::groups;
use super::port::Fault;
use super::requests::Refused;
use super::{Engine, EngineError};
use crate::clock;
use crate::core::search::{Index, Place, Question};
use crate::store::records::{MessageKey, MessageRecord};
use crate::store::tables::{MESSAGE_PLACES, MESSAGES};
use crate::store::{Reading as _, Span, Vault, VaultError};

/// Whoever looked for something looks again soon, or not today.
const IDLE_MS: u64 = 10 * 60 * 1_000;
/// Messages read in one step.
const STEP_MESSAGES: usize = 512;
/// Most results at once, and how many without a word about it.
const RESULTS_MAX: usize = 1_000;
const RESULTS: usize = 50;
/// Signs of a line around what was found.
const LINE_SIGNS_MAX: usize = 160;
const LINE_SIGNS_BEFORE: usize = 40;

/// The index, and how far it is.
#[derive(Default)]
pub struct Search {
    index: Index,
    progress: Progress,
    /// When somebody last looked for something.
    asked: Timestamp,
}

#[derive(Default)]
enum Progress {
    /// There is none: nobody looks for anything.
    #[default]
    Idle,
    /// Everything up to this message is in it.
    After(Option<MessageKey>),
    Whole,
}

/// What a search finds of a message: its text, or the name of its file.
fn said(record: &MessageRecord) -> Option<&str> {
    match &record.body {
        MessageBody::Text { text, .. } => Some(text.expose()),
        body => body.offer().map(|offer| offer.name.expose().as_str()),
    }
}

impl Search {
    /// When nobody will have looked for anything for long enough; `None` while there is no index.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.progress {
            Progress::Idle => None,
            Progress::After(_) | Progress::Whole => Some(self.asked.plus_ms(IDLE_MS)),
        }
    }

    /// Lets go of the index if nobody has looked for anything.
    pub fn rest(&mut self, now: Timestamp) {
        // A clock that was set back must not keep it for long.
        if self.deadline().is_some_and(|at| at <= now) || now < self.asked {
            *self = Self::default();
        }
    }

    /// Takes the next messages in; whether there may be more.
    pub fn step(&mut self, vault: &Vault) -> Result<bool, VaultError> {
        let span = match &self.progress {
            Progress::Idle | Progress::After(None) => Span::all(),
            Progress::After(Some(after)) => Span::all().after(after),
            Progress::Whole => return Ok(false),
        };
        let rows = vault.read(|tx| tx.scan(&MESSAGES, span).take(STEP_MESSAGES).collect::<Result<Vec<_>, _>>())?;
        let last = rows.last().map(|(key, _)| *key);
        for (_, record) in &rows {
            self.take(record);
        }
        self.progress = match last {
            Some(last) if rows.len() == STEP_MESSAGES => Progress::After(Some(last)),
            Some(_) | None => Progress::Whole,
        };
        Ok(matches!(self.progress, Progress::After(_)))
    }

    fn take(&mut self, record: &MessageRecord) {
        let place = Place { conversation: record.conversation, clock: record.clock, message: record.message };
        match said(record) {
            Some(text) => self.index.put(place, text),
            None => self.index.remove(&record.message),
        }
    }

    /// Everything that was written or removed since, whoever did it.
    pub fn follow(&mut self, vault: &Vault) -> Result<(), VaultError> {
        let changed = vault.take_changes(&MESSAGES)?;
        if changed.is_empty() || matches!(self.progress, Progress::Idle | Progress::After(None)) {
            return Ok(());
        }
        vault.read(|tx| {
            for key in changed {
                match tx.get(&MESSAGES, &key)? {
                    Some(record) => self.take(&record),
                    None => self.index.remove(&MessageId::from_bytes(key.3)),
                }
            }
            Ok(())
        })
    }

    /// What was deleted is gone from here as well, before it is gone from the file.
    pub fn sweep(&mut self) {
        self.index.sweep();
        if self.index.is_worn() {
            *self = Self::default();
        }
    }

    /// The newest messages that answer a question; whatever is missing in the index is read first.
    pub fn find(
        &mut self,
        vault: &Vault,
        question: &Question,
        within: Option<ConversationId>,
        before: Option<&Place>,
        last: usize,
        now: Timestamp,
    ) -> Result<Vec<MessageRecord>, VaultError> {
        self.follow(vault)?;
        self.asked = now;
        while self.step(vault)? {}
        let places = self.index.find(question, within, before, last);
        vault.read(|tx| {
            let key = |place: &Place| {
                let (clock, message) = (place.clock, *place.message.as_bytes());
                (*place.conversation.as_bytes(), clock.ms, clock.count, message)
            };
            let records = places.iter().map(|place| tx.get(&MESSAGES, &key(place)));
            records.filter_map(Result::transpose).collect()
        })
    }
}

impl Engine {
    /// Messages in which every word begins some word, the newest first.
    pub(super) fn search(
        &mut self,
        words: &str,
        with: Option<&str>,
        before: Option<&str>,
        last: Option<usize>,
    ) -> Result<Value, Refused> {
        let question = Question::of(words);
        if question.is_empty() {
            return Err(Fault::new("search-empty").into());
        }
        let within = with.map(|who| self.place(who).map(|place| self.conversation_at(place))).transpose()?;
        let before = before.map(|message| self.message_place(message)).transpose()?;
        let last = last.unwrap_or(RESULTS).min(RESULTS_MAX);
        let sight = self.sight()?;
        let mut found =
            self.index.find(&self.vault, &question, within, before.as_ref(), last + sight.ended(), clock::now())?;
        found.retain(|record| sight.shows(record));
        found.truncate(last);
        let whose = self.whose()?;
        let mut rows = Vec::with_capacity(found.len());
        for record in found {
            let mut row = self.row_of(&record)?;
            let with = whose.get(&record.conversation).copied();
            let author = (record.author != self.me.account.member).then_some(record.author);
            let with = with.or_else(|| author.map(groups::Place::Person));
            row["with"] = with.map(|place| self.place_word(place)).into();
            if let Some(place @ groups::Place::Group(_)) = with {
                row["with_name"] = self.place_name(place)?.into();
            }
            row["line"] = said(&record).map(|text| line_of(text, &question)).into();
            rows.push(row);
        }
        Ok(Value::Array(rows))
    }

    fn message_place(&self, message: &str) -> Result<Place, Refused> {
        let message: MessageId = message.parse().map_err(|_| Fault::new("unknown-message"))?;
        let place = self.vault.read(|tx| tx.get(&MESSAGE_PLACES, message.as_bytes()))?;
        let place = place.ok_or_else(|| Fault::new("unknown-message"))?;
        Ok(Place { conversation: place.conversation, clock: place.clock, message })
    }

    /// Where each conversation is.
    fn whose(&self) -> Result<BTreeMap<ConversationId, groups::Place>, Refused> {
        let met = self.peers.values().map(|peer| peer.record.member);
        let people = met.map(|member| (self.conversation_with(member), groups::Place::Person(member)));
        let groups = self.vault.read(|tx| self.conversations.groups(tx))?;
        let groups = groups.iter().map(|group| group.roster.conversation());
        Ok(people.chain(groups.map(|group| (group, groups::Place::Group(group)))).collect())
    }

    /// The index follows what the last turn changed.
    pub(super) fn follow_changes(&mut self) -> Result<(), EngineError> {
        self.index.follow(&self.vault)?;
        self.follow_dues()
    }

    /// Before the vault is shredded.
    pub(super) fn sweep_index(&mut self) -> Result<(), EngineError> {
        self.index.follow(&self.vault)?;
        self.index.sweep();
        Ok(())
    }
}

/// The line in which the first word stands, or as much of it around that word as is shown.
fn line_of(text: &str, question: &Question) -> String {
    let hit = question.first_in(text).map_or(0, |place| place.start);
    let (above, below) = text.split_at_checked(hit).unwrap_or(("", text));
    let is_end = |sign: char| matches!(sign, '\n' | '\r');
    let above = above.rsplit(is_end).next().unwrap_or_default();
    let below = below.split(is_end).next().unwrap_or_default();
    let skipped = above.chars().count().saturating_sub(LINE_SIGNS_BEFORE);
    let mut line = if skipped > 0 { String::from("…") } else { String::new() };
    line.extend(above.chars().skip(skipped));
    let room = LINE_SIGNS_MAX.saturating_sub(line.chars().count());
    line.extend(below.chars().take(room));
    if below.chars().nth(room).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use protocol::lane::HybridClock;

    use super::*;
    use crate::store::records::Seen;

    const NOW: Timestamp = Timestamp::from_millis(1_795_312_800_000);

    fn record(number: u8, text: &str) -> MessageRecord {
        MessageRecord {
            message: MessageId::from_bytes([number; 16]),
            conversation: ConversationId::from_bytes([number % 2; 16]),
            author: protocol::ids::MemberId::from_bytes([3; 16]),
            clock: HybridClock { ms: u64::from(number), count: 0 },
            body: MessageBody::text(text.into()),
            state: None,
            seen: Seen::Not,
            marks: crate::core::acts::Marks::default(),
        }
    }

    fn put(vault: &Vault, record: &MessageRecord) {
        vault.write(|tx| tx.put(&MESSAGES, &record.key(), record)).unwrap();
    }

    fn found(search: &mut Search, vault: &Vault, words: &str) -> Vec<u64> {
        let found = search.find(vault, &Question::of(words), None, None, 9, NOW).unwrap();
        found.into_iter().map(|record| record.clock.ms).collect()
    }

    #[test]
    fn it_follows_whatever_is_written_and_deleted_before_and_after_it_was_made() {
        let vault = Vault::ephemeral().unwrap();
        let mut search = Search::default();
        put(&vault, &record(1, "Un café crème"));
        put(&vault, &record(2, "Des cafés"));
        assert_eq!(found(&mut search, &vault, "cafe"), [2, 1]);
        put(&vault, &record(3, "La cafetière"));
        put(&vault, &record(2, "Un thé, à la place"));
        assert_eq!(found(&mut search, &vault, "cafe"), [3, 1]);
        assert_eq!(found(&mut search, &vault, "place the"), [2]);
        let gone = record(1, "");
        vault.write(|tx| tx.remove(&MESSAGES, &gone.key())).unwrap();
        assert_eq!(found(&mut search, &vault, "cafe"), [3]);
        search.sweep();
        assert!(found(&mut search, &vault, "crème").is_empty());
    }

    #[test]
    fn there_is_none_before_somebody_looks_and_none_long_after() {
        let vault = Vault::ephemeral().unwrap();
        let mut search = Search::default();
        put(&vault, &record(1, "Un café"));
        search.follow(&vault).unwrap();
        assert_eq!((search.index.len(), search.deadline()), (0, None));
        assert_eq!(found(&mut search, &vault, "cafe"), [1]);
        let idle = NOW.plus_ms(IDLE_MS);
        search.rest(idle.minus_ms(1));
        assert_eq!((search.index.len(), search.deadline()), (1, Some(idle)));
        search.rest(idle);
        assert_eq!((search.index.len(), search.deadline()), (0, None));
        assert_eq!(found(&mut search, &vault, "cafe"), [1], "and again whenever somebody does");
        search.rest(NOW.minus_ms(1));
        assert_eq!(search.index.len(), 0, "the clock was set back");
    }

    #[test]
    fn a_step_at_a_time_it_takes_in_everything() {
        let vault = Vault::ephemeral().unwrap();
        let many = u64::try_from(STEP_MESSAGES).unwrap() * 2 + 7;
        let write = |from: u64, to: u64| {
            let write = vault.write(|tx| -> Result<(), VaultError> {
                for ms in from..to {
                    let mut id = [0; 16];
                    id[..8].copy_from_slice(&ms.to_be_bytes());
                    let clock = HybridClock { ms, count: 0 };
                    let record = MessageRecord { message: MessageId::from_bytes(id), clock, ..record(4, "each one") };
                    tx.put(&MESSAGES, &record.key(), &record)?;
                }
                Ok(())
            });
            write.unwrap();
        };
        write(10, many);
        let mut search = Search::default();
        let mut steps = 0;
        while search.step(&vault).unwrap() {
            // Some come in front of where it stands, some behind.
            if steps == 0 {
                write(0, 10);
                write(many, many + 5);
            }
            search.follow(&vault).unwrap();
            steps += 1;
        }
        assert_eq!(steps, 2);
        assert_eq!(search.index.len() as u64, many + 5);
    }

    #[test]
    fn the_line_is_the_one_with_the_word_and_not_longer_than_a_line() {
        let line = |text: &str, words: &str| line_of(text, &Question::of(words));
        assert_eq!(line("first\r\nthe sécond line\nthird", "second"), "the sécond line");
        let long = format!("{}wanted {}", "before ".repeat(50), "after ".repeat(50));
        let shown = line(&long, "wanted");
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("before wanted after"), "{shown}");
        assert!(shown.chars().count() <= LINE_SIGNS_MAX + 1);
        assert_eq!(line("", "x"), "");
    }
}

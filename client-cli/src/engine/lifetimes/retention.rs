//! What is kept for as long as the policy says, and what is let go of whatever it says: messages, those that wait, and what conversations
//! need no more. By the time of writing or, where that is later, of coming here: nobody's clock keeps a message for longer.

use protocol::time::{DAY_MS, HOUR_MS, Timestamp};

use super::{DELETIONS_MAX, Engine, stricter};
use crate::engine::{EngineError, lifetimes};
use crate::store::records::{Counted, MessagePlace, MessageRecord};
use crate::store::tables::{AHEAD, COUNTED, DUES, MESSAGES};
use crate::store::{Reading, Span, VaultError};

/// How often all conversations are looked through for what is to be let go of.
const LET_GO_EVERY_MS: u64 = HOUR_MS;

/// Messages that were written before a time, of every conversation its oldest: a conversation is looked at only as far as they go.
pub(super) fn older_than(tx: &impl Reading, oldest: Timestamp, most: usize) -> Result<Vec<MessageRecord>, VaultError> {
    let mut old = Vec::new();
    for row in tx.scan(&AHEAD, Span::all()).take(most) {
        let ((came, message), place) = row?;
        if came >= oldest.as_millis() {
            break;
        }
        old.extend(tx.get(&MESSAGES, &place.key(protocol::ids::MessageId::from_bytes(message)))?);
    }
    let mut rest = Span::all();
    loop {
        let mut next = None;
        for row in tx.scan(&MESSAGES, rest) {
            let (key, record) = row?;
            if key.1 >= oldest.as_millis() {
                next = Some(key.0);
                break;
            }
            old.push(record);
            if old.len() >= most {
                return Ok(old);
            }
        }
        let Some(conversation) = next else { return Ok(old) };
        rest = Span::all().after(&(conversation, u64::MAX, u32::MAX, [u8::MAX; 16]));
    }
}

impl Engine {
    /// Deletes what is older than the policy keeps it, lets go of what nobody needs, and brings what was read before under a policy that is
    /// new.
    pub(in crate::engine) fn keep_retention(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.write_unwritten()?;
        self.keep_policy_seconds(now)?;
        self.note_clock(now)?;
        let days = self.trust.policy().retention_days();
        self.expire_acts(now, days.map(|days| u64::from(days) * DAY_MS))?;
        let has_deleted = match days {
            Some(days) => self.delete_older(now, now.minus_ms(u64::from(days) * DAY_MS))?,
            None => false,
        };
        let let_go = Timestamp::from_millis(self.lifetimes.counted.let_go_ms);
        if !has_deleted && let_go <= now && now.since(let_go) < LET_GO_EVERY_MS {
            return Ok(());
        }
        // Silent readers, key packages that nobody used and ids that cannot come again go whether or not messages are kept for ever.
        self.converse(|conversations, tx, around| conversations.expire(tx, around, days.unwrap_or_default()))?;
        self.count(Counted { let_go_ms: now.as_millis(), ..self.lifetimes.counted })
    }

    /// Whether there was any.
    fn delete_older(&mut self, now: Timestamp, oldest: Timestamp) -> Result<bool, EngineError> {
        // Nothing is written where nothing is old.
        let old = self.vault.read(|tx| older_than(tx, oldest, DELETIONS_MAX))?;
        let ahead = self.vault.read(|tx| -> Result<Vec<_>, VaultError> {
            let keys = tx.scan(&AHEAD, Span::all()).map(|row| row.map(|(key, _)| key)).take(DELETIONS_MAX);
            keys.take_while(|key| key.as_ref().map_or(true, |(came, _)| *came < oldest.as_millis())).collect()
        })?;
        if old.is_empty() && ahead.is_empty() {
            return Ok(false);
        }
        if old.len().max(ahead.len()) >= DELETIONS_MAX {
            // The rest follows at once; requests come in between.
            self.upkeep_at = now;
        }
        self.take_out(|tx| {
            ahead.iter().try_for_each(|key| tx.remove(&AHEAD, key))?;
            Ok(old)
        })?;
        Ok(true)
    }

    /// What was read before the policy said for how long: that time begins when this device learns of it.
    fn keep_policy_seconds(&mut self, now: Timestamp) -> Result<(), EngineError> {
        let counting = self.counting(now);
        let before = self.lifetimes.counted.policy_s;
        if counting.policy_s == before {
            return Ok(());
        }
        let is_stricter = counting.policy_s.is_some() && stricter(counting.policy_s, before) != before;
        let counted = Counted { policy_s: counting.policy_s, ..self.lifetimes.counted };
        self.vault.write(|tx| -> Result<(), VaultError> {
            if is_stricter {
                let records = tx.scan(&MESSAGES, Span::all()).map(|row| row.map(|(_, record)| record));
                let records: Vec<_> = records
                    .filter(|record| record.as_ref().map_or(true, |record| counting.due(record).is_some()))
                    .collect::<Result<_, _>>()?;
                records.iter().try_for_each(|record| lifetimes::start(tx, record, counting))?;
            }
            tx.put(&COUNTED, &(), &counted)
        })?;
        self.lifetimes.counted = counted;
        Ok(())
    }

    fn count(&mut self, counted: Counted) -> Result<(), EngineError> {
        self.vault.write(|tx| tx.put(&COUNTED, &(), &counted))?;
        self.lifetimes.counted = counted;
        Ok(())
    }

    /// Ends that a full disk left no room for.
    fn write_unwritten(&mut self) -> Result<(), EngineError> {
        if self.lifetimes.unwritten.is_empty() {
            return Ok(());
        }
        let unwritten = self.lifetimes.unwritten.clone();
        self.vault.write(|tx| -> Result<(), VaultError> {
            for (message, due) in &unwritten {
                if let Some(kept) = crate::engine::messages::record(tx, *message)? {
                    let place = MessagePlace { conversation: kept.conversation, clock: kept.clock };
                    tx.put(&DUES, &(due.as_millis(), *message.as_bytes()), &place)?;
                }
            }
            Ok(())
        })?;
        self.lifetimes.unwritten.clear();
        Ok(())
    }
}

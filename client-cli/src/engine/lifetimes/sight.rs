//! Which messages may still be seen: none whose end has come. Deleting them may take longer, be many at once or have no room on a full
//! disk; whoever reads rows asks here, so that none of that ever shows one of them, nor finds, writes or announces it.

use std::collections::BTreeSet;

use protocol::ids::{FileId, MessageId};
use protocol::time::{DAY_MS, Timestamp};

use super::retention::older_than;
use super::{Counting, Engine};
use crate::clock;
use crate::engine::messages::record;
use crate::store::records::{MessagePlace, MessageRecord};
use crate::store::tables::{AHEAD, DUES, MESSAGES};
use crate::store::{Reading, Span, Table, VaultError};

/// What may be seen at one moment.
#[derive(Debug, Default)]
pub(in crate::engine) struct Sight {
    /// What of this is older is not kept.
    oldest: Timestamp,
    /// Their time is over, whether or not they could be deleted by now.
    ended: BTreeSet<MessageId>,
}

impl Sight {
    pub(in crate::engine) fn shows(&self, record: &MessageRecord) -> bool {
        record.clock.ms >= self.oldest.as_millis() && !self.ended.contains(&record.message)
    }

    /// Messages that are still in the vault and may not be seen, besides the old ones.
    pub(in crate::engine) fn ended(&self) -> usize {
        self.ended.len()
    }
}

/// By which time a table's rows are over, for those that are.
type Ends = Table<(u64, [u8; 16]), MessagePlace>;

fn until(tx: &impl Reading, table: &Ends, end: Timestamp) -> Result<Vec<(MessageId, MessagePlace)>, VaultError> {
    let rows = tx.scan(table, Span::all());
    let rows = rows.take_while(|row| row.as_ref().map_or(true, |((at, _), _)| *at <= end.as_millis()));
    rows.map(|row| row.map(|((_, message), place)| (MessageId::from_bytes(message), place))).collect()
}

impl Engine {
    /// The time by which messages end: never earlier than one that the clock has shown, while what it showed could not be noted.
    fn heeded_now(&self) -> Timestamp {
        clock::now().max(self.lifetimes.latest)
    }

    /// Before which time nothing is kept now.
    fn oldest_kept(&self, now: Timestamp) -> Option<Timestamp> {
        self.trust.policy().retention_days().map(|days| now.minus_ms(u64::from(days) * DAY_MS))
    }

    /// What may be seen now.
    pub(in crate::engine) fn sight(&self) -> Result<Sight, VaultError> {
        let now = self.heeded_now();
        let oldest = self.oldest_kept(now);
        self.vault.read(|tx| {
            let mut ended: BTreeSet<_> = until(tx, &DUES, now)?.into_iter().map(|(message, _)| message).collect();
            if let Some(oldest) = oldest {
                ended.extend(until(tx, &AHEAD, oldest.minus_ms(1))?.into_iter().map(|(message, _)| message));
            }
            let unwritten = self.lifetimes.unwritten.iter().filter(|(_, due)| **due <= now);
            ended.extend(unwritten.map(|(message, _)| *message));
            Ok(Sight { oldest: oldest.unwrap_or(Timestamp::ZERO), ended })
        })
    }

    /// A message, if there is one and it may be seen.
    pub(in crate::engine) fn record_in_sight(&self, message: MessageId) -> Result<Option<MessageRecord>, VaultError> {
        let Some(kept) = self.vault.read(|tx| record(tx, message))? else { return Ok(None) };
        Ok(if self.sight()?.shows(&kept) { Some(kept) } else { None })
    }

    /// Files of messages that may not be seen any more.
    pub(in crate::engine) fn files_out_of_sight(&self) -> Result<BTreeSet<FileId>, VaultError> {
        let now = self.heeded_now();
        self.vault.read(|tx| {
            let mut records = match self.oldest_kept(now) {
                Some(oldest) => older_than(tx, oldest, usize::MAX)?,
                None => Vec::new(),
            };
            for (message, place) in until(tx, &DUES, now)? {
                records.extend(tx.get(&MESSAGES, &place.key(message))?);
            }
            Ok(records.iter().filter_map(|record| record.body.offer()).map(|offer| offer.file).collect())
        })
    }

    /// A message came, or changed, and is shown as news: for how long it is there, by whatever counts.
    pub(in crate::engine) fn lifetime_of(&self, record: &MessageRecord) -> Option<u32> {
        self.counting(clock::now()).lifetime_s(record)
    }

    /// They were read while nothing could be written: their time runs all the same, and is written down once there is room.
    pub(in crate::engine) fn count_unwritten(&mut self, records: &[MessageRecord], counting: Counting) {
        for record in records {
            if let Some(due) = counting.due(record) {
                self.lifetimes.unwritten.entry(record.message).or_insert(due);
            }
        }
    }
}

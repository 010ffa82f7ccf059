//! Sending the audit elsewhere: what there is to send, how far each destination has got, and how each one fares. Whoever sends reads
//! from the database, so that nothing is lost while a destination is away, and nothing waits for it.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use protocol::audit::Alarm;
use protocol::time::Timestamp;

use crate::domain::access::{AuditRead, Grant};
use crate::domain::audit;
use crate::domain::sink::Message;
use crate::storage;
use crate::storage::audit::EntryRow;

use super::{ServiceError, Services};

/// What is known of a destination since the start.
#[derive(Debug, Clone)]
struct Fare {
    kind: &'static str,
    confirmed: u64,
    /// A stable word for what went wrong last, and since when.
    fault: Option<(&'static str, Timestamp)>,
}

/// All destinations, by name.
#[derive(Debug, Default)]
pub(super) struct Fares {
    all: BTreeMap<String, Fare>,
    /// A row beyond the end of the audit was told already.
    is_alarmed: bool,
}

/// What a destination is sent next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Within the audit as it is signed, each with the number that it has.
    pub messages: Vec<Message>,
    pub end: PageEnd,
}

/// What follows the rows of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEnd {
    InOrder,
    /// A row that is beyond the end of the audit: nobody signed it.
    Beyond,
}

/// A destination as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkView {
    pub name: String,
    pub kind: &'static str,
    /// Entries that have arrived.
    pub confirmed: u64,
    /// Entries that have not.
    pub waiting: u64,
    /// What keeps it from getting them, and since when.
    pub fault: Option<(&'static str, Timestamp)>,
}

impl Services {
    /// The first entry that the destination has not confirmed. From here on it is among those that are shown.
    pub async fn sink_opened(&self, name: &str, kind: &'static str) -> Result<u64, ServiceError> {
        let known = |confirmed: u64| {
            let mut fares = self.inner.sinks.lock().unwrap_or_else(PoisonError::into_inner);
            let fare = fares.all.entry(name.to_owned()).or_insert(Fare { kind, confirmed, fault: None });
            fare.confirmed = fare.confirmed.max(confirmed);
        };
        // It is shown even if its place cannot be read.
        known(0);
        let confirmed = storage::sink::next(&mut self.inner.storage.read().await?, name).await?.unwrap_or_default();
        let size = self.audit_entries();
        if confirmed > size {
            // An audit that was put back, and perhaps goes on in another way: what takes the place of lost entries is new to everybody.
            self.sink_confirmed(name, size).await?;
            return Ok(size);
        }
        known(confirmed);
        Ok(confirmed)
    }

    /// How many entries the audit has.
    pub fn audit_entries(&self) -> u64 {
        *self.inner.audit_size.borrow()
    }

    /// At most `count_max` entries from `first` on, as they are sent. A row beyond the end of the audit is sent to nobody, and is an
    /// alarm: taken for an entry, it would carry a destination past everything that follows.
    pub async fn sink_page(&self, first: u64, count_max: u32) -> Result<Page, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let rows = storage::audit::rows(&mut tx, i64::try_from(first).unwrap_or(i64::MAX), count_max).await?;
        drop(tx);
        // After the page: what was signed by then is never less than what it holds.
        let mut size = self.audit_entries();
        let mut end = PageEnd::InOrder;
        if rows.last().is_some_and(|row| u64::try_from(row.position).is_ok_and(|position| position >= size)) {
            (size, end) = self.looked_beyond().await?;
        }
        let message = |row: EntryRow| {
            // What is below zero is no row of ours, and none is read from there.
            let index = u64::try_from(row.position).ok().filter(|index| *index < size)?;
            let line = audit::entry(index, &row.sealed);
            let entry = line.and_then(|line| Message::of(&line));
            Some(entry.unwrap_or_else(|| Message::undecodable(index, &row.sealed, &row.hash)))
        };
        Ok(Page { messages: rows.into_iter().filter_map(message).collect(), end })
    }

    /// How many entries there are, and whether rows are beyond them, while nobody appends any.
    async fn looked_beyond(&self) -> Result<(u64, PageEnd), ServiceError> {
        let mut change = self.inner.change().await?;
        let size = change.next_entry();
        let beyond = storage::audit::rows(&mut change.tx, i64::try_from(size).unwrap_or(i64::MAX), 1).await?;
        drop(change);
        if beyond.is_empty() {
            return Ok((size, PageEnd::InOrder));
        }
        let was_alarmed = {
            let mut fares = self.inner.sinks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut fares.is_alarmed, true)
        };
        if !was_alarmed {
            self.raise(Alarm::AuditMismatch).await;
        }
        Ok((size, PageEnd::Beyond))
    }

    /// Returns when the audit has an entry at `index`.
    pub async fn audit_reaches(&self, index: u64) {
        let mut sizes = self.inner.audit_size.subscribe();
        // The sender lives as long as the services.
        let _ = sizes.wait_for(|size| *size > index).await;
    }

    /// Everything before `next` has arrived. Nothing has that is not in the audit.
    pub async fn sink_confirmed(&self, name: &str, next: u64) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let next = next.min(change.next_entry());
        storage::sink::put(&mut change.tx, name, next).await?;
        change.set_aside().await?;
        let mut fares = self.inner.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fare) = fares.all.get_mut(name) {
            fare.confirmed = next;
        }
        Ok(())
    }

    /// The destination takes entries, or not. Whether that is news.
    pub fn sink_fares(&self, name: &str, fault: Option<&'static str>) -> bool {
        let now = self.inner.ambient.now();
        let mut fares = self.inner.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(fare) = fares.all.get_mut(name) else { return false };
        let before = fare.fault;
        fare.fault = fault.map(|fault| match before {
            // Since when nothing arrives is told, whatever the reason is by now.
            Some((_, since)) => (fault, since),
            None => (fault, now),
        });
        before.map(|(fault, _)| fault) != fault
    }

    /// Every destination.
    pub fn sinks(&self, _: &Grant<AuditRead>) -> Vec<SinkView> {
        let size = self.audit_entries();
        let fares = self.inner.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        let view = |(name, fare): (&String, &Fare)| SinkView {
            name: name.clone(),
            kind: fare.kind,
            confirmed: fare.confirmed,
            waiting: size.saturating_sub(fare.confirmed),
            fault: fare.fault,
        };
        fares.all.iter().map(view).collect()
    }
}

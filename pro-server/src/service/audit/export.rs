//! The audit as lines of a file, page by page, and the check of such a file without a server.

use std::collections::BTreeMap;
use std::io::BufRead;

use protocol::tlog::WitnessKey;
use serde_json::Value;

use crate::domain::audit::{self, Damage, EXPORT_CHECKPOINTS_MAX, EXPORT_LINE_BYTES_MAX, Finding, Verified, Verifier};
use crate::service::{ServiceError, Services, cosigners};
use crate::storage::log::Tree;
use crate::storage::{self, StorageError, Tx};

use super::AUDIT_PAGE_ENTRIES_MAX;

/// An export under way; each page is a list of lines.
pub struct AuditExport {
    services: Services,
    next: Next,
    /// Entries in it.
    size: u64,
    /// One checkpoint for so many entries.
    stride: u64,
    /// Size of the newest checkpoint that was written.
    noted: u64,
    /// Checkpoints that witnesses cosigned last, by their size.
    cosigned: BTreeMap<u64, String>,
}

enum Next {
    Header,
    Entry(u64),
    End,
}

impl AuditExport {
    /// Of the first `size` entries, the last of which says that it was made.
    pub(super) fn new(services: Services, size: u64) -> Self {
        let stride = size.div_ceil(EXPORT_CHECKPOINTS_MAX).max(1);
        Self { services, next: Next::Header, size, stride, noted: 0, cosigned: BTreeMap::new() }
    }

    /// The next lines; none after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Value>>, ServiceError> {
        match self.next {
            Next::Header => {
                self.next = Next::Entry(0);
                self.cosigned = cosigners::notes(&mut self.services.inner.storage.read().await?).await?;
                let keys = &self.services.inner.keys;
                Ok(Some(vec![audit::header(&keys.root, &keys.statements())]))
            }
            Next::Entry(first) if first < self.size => {
                let storage = self.services.inner.storage.clone();
                let lines = self.entries(&mut storage.read().await?, first).await?;
                Ok(Some(lines))
            }
            Next::Entry(_) => {
                self.next = Next::End;
                let mut tx = self.services.inner.storage.read().await?;
                let note = storage::log::checkpoint_at(&mut tx, Tree::Audit, self.size).await?.ok_or_else(damaged)?;
                Ok(Some(vec![audit::checkpoint(&note)]))
            }
            Next::End => Ok(None),
        }
    }

    async fn entries(&mut self, tx: &mut Tx, first: u64) -> Result<Vec<Value>, StorageError> {
        let count = (self.size - first).min(u64::from(AUDIT_PAGE_ENTRIES_MAX));
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let entries = storage::audit::entries(tx, first, count).await?;
        if entries.is_empty() {
            return Err(damaged());
        }
        let until = first.saturating_add(entries.len() as u64);
        let after = i64::try_from(first).unwrap_or(i64::MAX);
        let notes = storage::log::checkpoints(tx, Tree::Audit, after, count).await?;
        let mut notes = notes.into_iter().filter_map(|(size, note)| Some((u64::try_from(size).ok()?, note))).peekable();
        let mut lines = Vec::with_capacity(entries.len());
        for (index, bytes) in (first..).zip(&entries) {
            lines.push(audit::entry(index, bytes).ok_or_else(damaged)?);
            let Some((size, note)) = notes.next_if(|(size, _)| *size == index.saturating_add(1)) else { continue };
            let cosigned = self.cosigned.get(&size);
            let is_due = size / self.stride > self.noted / self.stride || cosigned.is_some();
            if size < self.size && is_due {
                self.noted = size;
                lines.push(audit::checkpoint(cosigned.unwrap_or(&note)));
            }
        }
        self.next = Next::Entry(until);
        Ok(lines)
    }
}

pub(in crate::service) fn damaged() -> StorageError {
    StorageError::Corrupt { table: "audit_entry", column: "sealed" }
}

/// Checks an exported file without a server: its lines, its tree, and the keys that signed it; and that it goes on from a checkpoint
/// that somebody kept. `None` when that is none of this organization's.
pub fn verify_export(reader: impl BufRead, against: Option<&[u8]>) -> Option<Result<Verified, Damage>> {
    verify_watched_export(reader, against, Vec::new())
}

/// The same, with the words of these witnesses.
pub fn verify_watched_export(
    mut reader: impl BufRead,
    against: Option<&[u8]>,
    witnesses: Vec<WitnessKey>,
) -> Option<Result<Verified, Damage>> {
    let mut verifier = Verifier::watched_by(witnesses);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = std::io::Read::take(&mut reader, EXPORT_LINE_BYTES_MAX as u64);
        match bounded.read_until(b'\n', &mut line) {
            Err(error) => return Some(Err(Finding::Io(error.kind()).into())),
            Ok(0) => break,
            Ok(_) => {}
        }
        let text = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        let goes_on = match text {
            Some(text) => verifier.line(text),
            None => verifier.unreadable(),
        };
        if !goes_on {
            break;
        }
    }
    if let (Some(ledger), Some(note)) = (verifier.ledger(), against) {
        let older = ledger.signed(note)?;
        ledger.against(older.checkpoint().size, older.checkpoint().root);
    }
    Some(verifier.finish())
}

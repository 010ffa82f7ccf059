//! The witnesses of the audit: what each is asked, what it said last, and how asking fares. It must never keep a word that its key did
//! not sign, nor one about another tree than ours.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use protocol::audit::Alarm;
use protocol::time::Timestamp;
use protocol::tlog::{AddCheckpoint, WitnessKey};

use crate::domain::access::{AuditRead, Grant};
use crate::storage::log::Tree;
use crate::storage::witness::WitnessRow;
use crate::storage::{self, StorageError};

use super::audit::damaged;
use super::{ServiceError, Services};

/// What is known of a witness since the start.
#[derive(Debug, Clone)]
struct Known {
    key: WitnessKey,
    said: Option<(u64, Timestamp)>,
    fault: Option<(&'static str, Timestamp)>,
}

/// All witnesses of the configuration, by name.
#[derive(Debug, Default)]
pub(super) struct Cosigners(BTreeMap<String, Known>);

/// A witness as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessView {
    pub name: String,
    /// How many entries it has seen, and when it said so.
    pub said: Option<(u64, Timestamp)>,
    /// What keeps it from saying more, and since when.
    pub fault: Option<(&'static str, Timestamp)>,
}

/// What a witness is asked to cosign.
#[derive(Debug, Clone)]
pub struct Asked {
    pub size: u64,
    pub body: Vec<u8>,
    note: String,
}

impl Services {
    /// How many entries the witness has seen. From here on it is among those that are shown.
    pub async fn witness_opened(&self, key: &WitnessKey) -> Result<u64, ServiceError> {
        self.witness(key, |_| ());
        let mut tx = self.inner.storage.read().await?;
        let rows = storage::witness::all(&mut tx).await?;
        let Some(row) = rows.into_iter().find(|row| row.witness == key.to_string()) else { return Ok(0) };
        let said = match storage::log::checkpoint_at(&mut tx, Tree::Audit, row.size).await? {
            Some(note) => said(key, &row, &note),
            None => None,
        };
        self.witness(key, |known| known.said = said);
        // Of a word that is none any more the witness is asked anew.
        Ok(said.map_or(0, |(size, _)| size))
    }

    /// The newest checkpoint, with the proof that it goes on from the first `old_size` entries.
    pub async fn ask_witness(&self, old_size: u64) -> Result<Asked, ServiceError> {
        let trees = self.inner.trees.lock().await;
        let size = trees.audit.size();
        let proof = match old_size {
            0 => Vec::new(),
            same if same == size => Vec::new(),
            old => trees.audit.consistency(old, size).unwrap_or_default(),
        };
        drop(trees);
        let mut tx = self.inner.storage.read().await?;
        let note = storage::log::checkpoint_at(&mut tx, Tree::Audit, size).await?.ok_or_else(damaged)?;
        let body = AddCheckpoint { old_size, proof, note: note.clone().into_bytes() }.to_bytes();
        Ok(Asked { size, body, note })
    }

    /// Keeps what a witness answered, if it is a cosignature of what was asked. Whether it is.
    pub async fn witnessed(&self, key: &WitnessKey, asked: &Asked, answer: &[u8]) -> Result<bool, ServiceError> {
        let Ok(answer) = std::str::from_utf8(answer) else { return Ok(false) };
        // A witness may sign with more than one key.
        let row = answer.split_inclusive('\n').find_map(|line| {
            let row = WitnessRow { witness: key.to_string(), size: asked.size, cosignature: line.to_owned() };
            Some((said(key, &row, &asked.note)?, row))
        });
        let Some((said, row)) = row else { return Ok(false) };
        let mut change = self.inner.change().await?;
        storage::witness::put(&mut change.tx, &row).await?;
        change.set_aside().await?;
        self.witness(key, |known| known.said = Some(said));
        Ok(true)
    }

    /// Asking the witness goes well, or not. Whether that is news.
    pub fn witness_fares(&self, key: &WitnessKey, fault: Option<&'static str>) -> bool {
        let now = self.inner.ambient.now();
        self.witness(key, |known| {
            let before = known.fault;
            known.fault = fault.map(|fault| (fault, before.map_or(now, |(_, since)| since)));
            before.map(|(fault, _)| fault) != fault
        })
    }

    /// A witness has seen another audit than ours, or more of it.
    pub async fn witness_contradicts(&self) {
        self.raise(Alarm::LogBehind).await;
    }

    /// Every witness of the configuration.
    pub fn witnesses(&self, _: &Grant<AuditRead>) -> Vec<WitnessView> {
        let known = self.inner.cosigners.lock().unwrap_or_else(PoisonError::into_inner);
        let view =
            |(name, known): (&String, &Known)| WitnessView { name: name.clone(), said: known.said, fault: known.fault };
        known.0.iter().map(view).collect()
    }

    /// Their keys.
    pub(super) fn witness_keys(&self) -> Vec<WitnessKey> {
        let known = self.inner.cosigners.lock().unwrap_or_else(PoisonError::into_inner);
        known.0.values().map(|known| known.key.clone()).collect()
    }

    fn witness<T>(&self, key: &WitnessKey, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.inner.cosigners.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Known { key: key.clone(), said: None, fault: None };
        look(known.0.entry(key.name().to_owned()).or_insert_with(new))
    }
}

fn said(key: &WitnessKey, row: &WitnessRow, note: &str) -> Option<(u64, Timestamp)> {
    let said = key.cosignature(cosigned(note, [row]).as_bytes())?;
    Some((row.size, Timestamp::from_millis(said.time_s.saturating_mul(1_000))))
}

/// The note with the lines of those who cosigned it.
pub(super) fn cosigned<'r>(note: &str, rows: impl IntoIterator<Item = &'r WitnessRow>) -> String {
    let lines = rows.into_iter().map(|row| row.cosignature.as_str());
    std::iter::once(note).chain(lines).collect()
}

/// Cosigned notes by their size, as they are exported and checked.
pub(super) async fn notes(tx: &mut storage::Tx) -> Result<BTreeMap<u64, String>, StorageError> {
    let mut notes: BTreeMap<u64, String> = BTreeMap::new();
    for row in storage::witness::all(tx).await? {
        let note = match notes.remove(&row.size) {
            Some(note) => Some(note),
            None => storage::log::checkpoint_at(tx, Tree::Audit, row.size).await?,
        };
        // Without its checkpoint the audit was changed, which the check of the checkpoints finds.
        if let Some(note) = note {
            notes.insert(row.size, cosigned(&note, [&row]));
        }
    }
    Ok(notes)
}

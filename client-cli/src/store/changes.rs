//! Which rows changed: what is in memory beside the vault follows it by this, whoever wrote. In memory only, and only of tables that
//! say so ([`super::Table::telling`]). It must never name a row that a transaction which failed would have changed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::key::{Key, MalformedKey, decode_key};
use super::table::{Table, Value};
use super::{Vault, VaultError};

/// Tables and keys of rows that were written or removed and not asked for since.
#[derive(Default)]
pub(super) struct Changes(Mutex<BTreeSet<(u16, Vec<u8>)>>);

impl Changes {
    /// A transaction is durable.
    pub(super) fn add(&self, mut changed: BTreeSet<(u16, Vec<u8>)>) {
        if !changed.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).append(&mut changed);
        }
    }
}

impl Vault {
    /// The keys of a telling table that were written or removed since this was last asked, in their order. Whoever writes to such
    /// a table asks from time to time, or the answer grows.
    pub fn take_changes<K: Key, V: Value>(&self, table: &Table<K, V>) -> Result<Vec<K>, VaultError> {
        let mut all = self.changes.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed: BTreeSet<_> = std::mem::take(&mut *all);
        let (ours, others) = changed.into_iter().partition(|(number, _)| *number == table.number);
        *all = others;
        let ours: BTreeSet<(u16, Vec<u8>)> = ours;
        let malformed = |MalformedKey| VaultError::Malformed { table: table.name };
        ours.iter().map(|(_, key)| decode_key(key).map_err(malformed)).collect()
    }
}

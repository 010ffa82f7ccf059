//! Reading the vault's tables, inside a read or a write transaction alike.
//! Must never hold more than one bucket of rows in memory.

use zeroize::Zeroizing;

use super::VaultError;
use super::key::{Key, MalformedKey, Span, decode_key, encode_key};
use super::table::{Table, Telling, Value, decode_value};

/// A row as it is kept: key and value, both as bytes.
pub type Row = (Vec<u8>, Zeroizing<Vec<u8>>);

/// Some rows of a span in its direction, and the span of those after them.
pub struct Batch {
    pub(crate) rows: Vec<Row>,
    pub(crate) rest: Option<Span>,
}

/// Where rows come from: a snapshot, or a write transaction that sees its own writes.
pub trait Rows {
    fn fetch(&self, table: TableNumber, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError>;

    /// The first rows of a span, at most a bucket of them; none only if there are none.
    fn batch(&self, table: TableNumber, span: &Span) -> Result<Batch, VaultError>;
}

/// A table's number with the width of its groups.
#[derive(Clone, Copy, Debug)]
pub struct TableNumber {
    pub(crate) number: u16,
    pub(crate) group_bytes: usize,
    pub(crate) telling: Telling,
}

impl<K, V> From<&Table<K, V>> for TableNumber {
    fn from(table: &Table<K, V>) -> Self {
        Self { number: table.number, group_bytes: table.group_bytes, telling: table.telling }
    }
}

/// What both kinds of transaction can do.
pub trait Reading {
    #[doc(hidden)]
    fn rows(&self) -> &dyn Rows;

    fn get<K: Key, V: Value>(&self, table: &Table<K, V>, key: &K) -> Result<Option<V>, VaultError> {
        match self.rows().fetch(table.into(), &encode_key(key))? {
            Some(bytes) => decode_value(table.name, &bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The rows of a span, one bucket in memory at a time.
    fn scan<'a, K: Key, V: Value>(&'a self, table: &'a Table<K, V>, span: Span) -> Scan<'a, K, V> {
        Scan { rows: self.rows(), table, rest: Some(span), ready: Vec::new().into_iter() }
    }
}

/// Rows in order; ends after the first error.
pub struct Scan<'a, K, V> {
    rows: &'a dyn Rows,
    table: &'a Table<K, V>,
    rest: Option<Span>,
    ready: std::vec::IntoIter<Row>,
}

impl<K: Key, V: Value> Scan<'_, K, V> {
    fn refill(&mut self) -> Result<(), VaultError> {
        if let Some(span) = self.rest.take() {
            let batch = self.rows.batch(self.table.into(), &span)?;
            self.rest = batch.rest;
            self.ready = batch.rows.into_iter();
        }
        Ok(())
    }

    fn decode(&self, (key, value): Row) -> Result<(K, V), VaultError> {
        let name = self.table.name;
        let key = decode_key(&key).map_err(|MalformedKey| VaultError::Malformed { table: name })?;
        Ok((key, decode_value(name, &value)?))
    }
}

impl<K: Key, V: Value> Iterator for Scan<'_, K, V> {
    type Item = Result<(K, V), VaultError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match self.ready.next() {
            Some(row) => row,
            None => match self.refill() {
                Ok(()) => self.ready.next()?,
                Err(error) => return Some(Err(error)),
            },
        };
        let item = self.decode(row);
        if item.is_err() {
            self.rest = None;
            self.ready = Vec::new().into_iter();
        }
        Some(item)
    }
}

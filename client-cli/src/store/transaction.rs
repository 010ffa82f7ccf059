//! The two kinds of transaction: rows found, opened, sealed and moved between buckets.
//! Must never overwrite or delete a row without marking its bucket dirty in the same commit.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use redb::{ReadableTable, TableDefinition};
use zeroize::Zeroizing;

use super::VaultError;
use super::catalog::{Bucket, BucketId, Catalog, Load, PHYSICAL_KEY_BYTES};
use super::key::{Direction, Key, Span, encode_key};
use super::reading::{Batch, Reading, Row, Rows, TableNumber};
use super::table::{Table, Telling, Value};

/// The one table that holds all rows: bucket and hidden key, sealed row.
pub(crate) const ROWS: TableDefinition<&[u8; PHYSICAL_KEY_BYTES], &[u8]> = TableDefinition::new("rows");

/// A value may be this long.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A snapshot.
pub struct ReadTx {
    pub(crate) rows: redb::ReadOnlyTable<&'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>,
    pub(crate) catalog: Arc<Catalog>,
}

/// Changes that become durable together.
pub struct WriteTx<'t> {
    rows: redb::Table<'t, &'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>,
    draft: Draft,
}

/// What a write transaction changed beside the rows.
pub(crate) struct Draft {
    pub(crate) catalog: Arc<Catalog>,
    /// Shelves to be written.
    pub(crate) shelves: BTreeSet<u8>,
    /// Buckets that were not dirty before.
    pub(crate) dirtied: BTreeSet<BucketId>,
    /// Buckets under whose keys something was sealed.
    pub(crate) written: BTreeSet<BucketId>,
    /// Rows of telling tables that were written or removed, by table and key.
    pub(crate) changed: BTreeSet<(u16, Vec<u8>)>,
    /// Whether the state of a restored backup is given up in this transaction.
    pub(crate) restored: Restored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restored {
    Unsaid,
    Accepted,
}

impl Draft {
    pub(crate) fn new(catalog: Arc<Catalog>) -> Self {
        Self {
            catalog,
            shelves: BTreeSet::new(),
            dirtied: BTreeSet::new(),
            written: BTreeSet::new(),
            changed: BTreeSet::new(),
            restored: Restored::Unsaid,
        }
    }

    pub(crate) fn catalog_mut(&mut self) -> &mut Catalog {
        Arc::make_mut(&mut self.catalog)
    }

    fn tell(&mut self, table: TableNumber, key: &[u8]) {
        match table.telling {
            Telling::Nothing => {}
            Telling::Changes => drop(self.changed.insert((table.number, key.to_vec()))),
        }
    }

    pub(crate) fn mark_dirty(&mut self, id: BucketId) {
        if !self.catalog.dirty.contains(&id) {
            self.catalog_mut().dirty.insert(id);
            self.dirtied.insert(id);
        }
    }
}

impl<'t> WriteTx<'t> {
    pub(crate) fn new(rows: redb::Table<'t, &'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>, draft: Draft) -> Self {
        Self { rows, draft }
    }

    pub(crate) fn into_draft(self) -> Draft {
        self.draft
    }

    pub fn put<K: Key, V: Value>(&mut self, table: &Table<K, V>, key: &K, value: &V) -> Result<(), VaultError> {
        self.put_bytes(table.into(), &encode_key(key), &value.to_bytes())
    }

    /// Removes a row if it is there.
    pub fn remove<K: Key, V: Value>(&mut self, table: &Table<K, V>, key: &K) -> Result<(), VaultError> {
        self.remove_bytes(table.into(), &encode_key(key))
    }

    /// Removes every row of a span.
    pub fn remove_all<K: Key, V: Value>(&mut self, table: &Table<K, V>, span: Span) -> Result<(), VaultError> {
        let mut rest = Some(span);
        while let Some(span) = rest {
            let batch = self.batch(table.into(), &span)?;
            for (key, _) in batch.rows {
                self.remove_bytes(table.into(), &key)?;
            }
            rest = batch.rest;
        }
        Ok(())
    }

    /// Says that what a restored backup must not go on with is gone in this transaction (see [`super::Continuity`]).
    pub fn accept_restored(&mut self) {
        self.draft.restored = Restored::Accepted;
    }

    fn put_bytes(&mut self, table: TableNumber, key: &[u8], value: &[u8]) -> Result<(), VaultError> {
        if value.len() > VALUE_BYTES_MAX {
            return Err(VaultError::TooLarge { bytes: value.len() });
        }
        let mut bucket = self.bucket_for(table, key)?;
        let replaced = self.sealed_bytes(&bucket, key)?;
        if replaced.is_none() && bucket.load.is_some_and(Load::is_full) {
            self.split(table, key, &bucket)?;
            bucket = self.bucket_for(table, key)?;
        }
        let physical = bucket.physical(key);
        let sealed = bucket.seal_row(&physical, key, value)?;
        self.rows.insert(&physical, sealed.as_slice())?;
        self.draft.written.insert(bucket.id);
        self.draft.tell(table, key);
        self.adjust(table, key, |load| {
            if let Some(bytes) = replaced {
                load.take(bytes);
            }
            load.add(sealed.len());
        });
        if replaced.is_some() {
            self.draft.mark_dirty(bucket.id);
        }
        Ok(())
    }

    fn remove_bytes(&mut self, table: TableNumber, key: &[u8]) -> Result<(), VaultError> {
        let Some(bucket) = self.draft.catalog.find(table, key).cloned() else {
            return Ok(());
        };
        let removed = self.rows.remove(&bucket.physical(key))?.map(|sealed| sealed.value().len());
        if let Some(bytes) = removed {
            self.draft.tell(table, key);
            self.adjust(table, key, |load| load.take(bytes));
            self.draft.mark_dirty(bucket.id);
        }
        Ok(())
    }

    fn sealed_bytes(&self, bucket: &Bucket, key: &[u8]) -> Result<Option<usize>, VaultError> {
        Ok(self.rows.get(&bucket.physical(key))?.map(|sealed| sealed.value().len()))
    }

    /// The bucket for a key, counted; a new one if its group has none.
    fn bucket_for(&mut self, table: TableNumber, key: &[u8]) -> Result<Bucket, VaultError> {
        match self.draft.catalog.find(table, key) {
            Some(bucket) if bucket.load.is_some() => Ok(bucket.clone()),
            Some(bucket) => {
                let mut bucket = bucket.clone();
                bucket.load = Some(count(&self.rows, &bucket)?);
                if let Some(kept) = self.draft.catalog_mut().find_mut(table, key) {
                    kept.load = bucket.load;
                }
                Ok(bucket)
            }
            None => {
                let group = key.get(..table.group_bytes).unwrap_or(key);
                Ok(self.add_bucket(table, group))
            }
        }
    }

    fn add_bucket(&mut self, table: TableNumber, first_key: &[u8]) -> Bucket {
        let bucket = Bucket::new();
        self.draft.shelves.insert(bucket.shelf());
        self.draft.catalog_mut().insert(table, first_key, bucket.clone());
        bucket
    }

    fn adjust(&mut self, table: TableNumber, key: &[u8], change: impl FnOnce(&mut Load)) {
        if let Some(bucket) = self.draft.catalog_mut().find_mut(table, key)
            && let Some(load) = &mut bucket.load
        {
            change(load);
        }
    }

    /// Makes room for `key`: a new bucket after a full one, or the upper half of it moved out.
    fn split(&mut self, table: TableNumber, key: &[u8], full: &Bucket) -> Result<(), VaultError> {
        let rows = open_bucket(&self.rows, full)?;
        if rows.last().is_none_or(|(last, _)| last.as_slice() < key) {
            self.add_bucket(table, key);
            return Ok(());
        }
        let upper = rows.get(rows.len() / 2..).unwrap_or_default();
        let Some((first_key, _)) = upper.first() else {
            return Ok(());
        };
        let mut load = Load::default();
        let mut bucket = Bucket::new();
        for (key, value) in upper {
            self.rows.remove(&full.physical(key))?;
            load.add(self.seal_row(&bucket, key, value)?);
        }
        bucket.load = Some(load);
        if let Some(left) = self.draft.catalog_mut().find_mut(table, first_key) {
            left.load = None;
        }
        self.draft.shelves.insert(bucket.shelf());
        self.draft.catalog_mut().insert(table, first_key, bucket);
        // The moved rows are still readable under the key of the bucket they left.
        self.draft.mark_dirty(full.id);
        Ok(())
    }

    fn seal_row(&mut self, bucket: &Bucket, key: &[u8], value: &[u8]) -> Result<usize, VaultError> {
        let physical = bucket.physical(key);
        let sealed = bucket.seal_row(&physical, key, value)?;
        self.rows.insert(&physical, sealed.as_slice())?;
        self.draft.written.insert(bucket.id);
        Ok(sealed.len())
    }

    /// Seals the rows of every dirty bucket under new keys, and forgets the old ones.
    pub(crate) fn reseal_dirty(&mut self) -> Result<usize, VaultError> {
        let dirty = self.draft.catalog_mut().take_dirty();
        let resealed = dirty.len();
        let mut old_shelves = BTreeSet::new();
        for (place, old) in dirty {
            old_shelves.insert(old.shelf());
            let rows = open_bucket(&self.rows, &old)?;
            for (key, _) in &rows {
                self.rows.remove(&old.physical(key))?;
            }
            if rows.is_empty() {
                continue;
            }
            let (mut bucket, mut load) = (Bucket::new(), Load::default());
            for (key, value) in &rows {
                load.add(self.seal_row(&bucket, key, value)?);
            }
            bucket.load = Some(load);
            self.draft.shelves.insert(bucket.shelf());
            self.draft.catalog_mut().put_back(place, bucket);
        }
        for shelf in old_shelves {
            self.draft.shelves.insert(shelf);
            self.draft.catalog_mut().replace_shelf_key(shelf);
        }
        self.draft.dirtied.clear();
        Ok(resealed)
    }

    pub(crate) fn set_generation(&mut self, generation: u64) {
        self.draft.catalog_mut().generation = generation;
    }
}

fn count(
    rows: &impl ReadableTable<&'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>,
    bucket: &Bucket,
) -> Result<Load, VaultError> {
    let (first, last) = bucket.extent();
    let mut load = Load::default();
    for row in rows.range::<&[u8; PHYSICAL_KEY_BYTES]>(&first..=&last)? {
        let (_, sealed) = row?;
        load.add(sealed.value().len());
    }
    Ok(load)
}

/// The rows of a bucket in order of their keys.
fn open_bucket(
    rows: &impl ReadableTable<&'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>,
    bucket: &Bucket,
) -> Result<Vec<Row>, VaultError> {
    let (first, last) = bucket.extent();
    let mut opened = Vec::new();
    for row in rows.range::<&[u8; PHYSICAL_KEY_BYTES]>(&first..=&last)? {
        let (physical, sealed) = row?;
        opened.push(bucket.open_row(physical.value(), sealed.value())?);
    }
    opened.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    Ok(opened)
}

fn fetch(
    rows: &impl ReadableTable<&'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>,
    catalog: &Catalog,
    table: TableNumber,
    key: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let Some(bucket) = catalog.find(table, key) else {
        return Ok(None);
    };
    let physical = bucket.physical(key);
    match rows.get(&physical)? {
        Some(sealed) => Ok(Some(bucket.open_row(&physical, sealed.value())?.1)),
        None => Ok(None),
    }
}

fn batch(
    rows: &impl ReadableTable<&'static [u8; PHYSICAL_KEY_BYTES], &'static [u8]>,
    catalog: &Catalog,
    table: TableNumber,
    span: &Span,
) -> Result<Batch, VaultError> {
    let mut buckets = catalog.overlapping(table, span);
    loop {
        let next = match span.direction {
            Direction::Forwards => buckets.next(),
            Direction::Backwards => buckets.next_back(),
        };
        let Some((first_key, bucket)) = next else {
            return Ok(Batch { rows: Vec::new(), rest: None });
        };
        let mut found = open_bucket(rows, bucket)?;
        found.retain(|(key, _)| span.contains(key));
        if found.is_empty() {
            continue;
        }
        let mut rest = span.clone();
        let more = match span.direction {
            Direction::Forwards => buckets.next().map(|(next, _)| rest.start = Bound::Included(next.to_vec())),
            Direction::Backwards => {
                found.reverse();
                rest.end = Bound::Excluded(first_key.to_vec());
                buckets.next_back().map(|_| ())
            }
        };
        return Ok(Batch { rows: found, rest: more.map(|()| rest) });
    }
}

impl Rows for ReadTx {
    fn fetch(&self, table: TableNumber, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        fetch(&self.rows, &self.catalog, table, key)
    }

    fn batch(&self, table: TableNumber, span: &Span) -> Result<Batch, VaultError> {
        batch(&self.rows, &self.catalog, table, span)
    }
}

impl Rows for WriteTx<'_> {
    fn fetch(&self, table: TableNumber, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        fetch(&self.rows, &self.draft.catalog, table, key)
    }

    fn batch(&self, table: TableNumber, span: &Span) -> Result<Batch, VaultError> {
        batch(&self.rows, &self.draft.catalog, table, span)
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

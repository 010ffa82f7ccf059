//! Which bucket a row lies in, and the keys of the buckets. A bucket is the unit of deletion: at most [`BUCKET_ROWS_MAX`] rows
//! under one key, which is replaced when one of them was deleted or overwritten (`docs/adr/0003-deletion-by-key.md`).
//! The catalog is in memory while the vault is open, and in the file as *shelves* (sealed lists of buckets) under *shelf keys*,
//! which are sealed under the root key. Must never be in the file in any other form: keys of rows are in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::VaultError;
use super::key::Span;
use super::reading::TableNumber;
use super::seal::{KEY_BYTES, Sealer, fill_random, random_key};

/// A bucket that holds this many rows is split before the next.
pub(crate) const BUCKET_ROWS_MAX: u32 = 256;
/// A bucket that holds this many bytes is split before the next row.
pub(crate) const BUCKET_BYTES_MAX: u64 = 128 * 1024;
/// How many lists the buckets' keys are spread over: shredding rewrites only the lists concerned.
pub(crate) const SHELVES: usize = 256;

pub(crate) const BUCKET_ID_BYTES: usize = 16;
const ROW_ID_BYTES: usize = 16;
pub(crate) const PHYSICAL_KEY_BYTES: usize = BUCKET_ID_BYTES + ROW_ID_BYTES;
const TABLE_BYTES: usize = 2;

pub(crate) type BucketId = [u8; BUCKET_ID_BYTES];
pub(crate) type PhysicalKey = [u8; PHYSICAL_KEY_BYTES];

pub(crate) struct BucketKey {
    seal: Zeroizing<[u8; KEY_BYTES]>,
    /// Hides the keys of rows.
    index: Zeroizing<[u8; KEY_BYTES]>,
}

#[derive(Clone)]
pub(crate) struct Bucket {
    pub(crate) id: BucketId,
    key: Arc<BucketKey>,
    /// Counted when first needed.
    pub(crate) load: Option<Load>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) rows: u32,
    pub(crate) bytes: u64,
}

impl Load {
    pub(crate) fn is_full(self) -> bool {
        self.rows >= BUCKET_ROWS_MAX || self.bytes >= BUCKET_BYTES_MAX
    }

    pub(crate) fn add(&mut self, bytes: usize) {
        self.rows = self.rows.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    pub(crate) fn take(&mut self, bytes: usize) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes as u64);
    }
}

impl Bucket {
    pub(crate) fn new() -> Self {
        let mut id = [0; BUCKET_ID_BYTES];
        fill_random(&mut id);
        let key = BucketKey { seal: random_key(), index: random_key() };
        Self { id, key: Arc::new(key), load: Some(Load::default()) }
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(&self.key.seal)
    }

    /// Where a row of this bucket lies in the database: tells nothing without the bucket's key.
    pub(crate) fn physical(&self, key: &[u8]) -> PhysicalKey {
        let mut physical = [0; PHYSICAL_KEY_BYTES];
        let (id, row) = physical.split_at_mut(BUCKET_ID_BYTES);
        id.copy_from_slice(&self.id);
        for (to, from) in row.iter_mut().zip(blake3::keyed_hash(&self.key.index, key).as_bytes()) {
            *to = *from;
        }
        physical
    }

    /// The least and the greatest physical key that a row of this bucket can have.
    pub(crate) fn extent(&self) -> (PhysicalKey, PhysicalKey) {
        let (mut first, mut last) = ([0; PHYSICAL_KEY_BYTES], [0xff; PHYSICAL_KEY_BYTES]);
        first.split_at_mut(BUCKET_ID_BYTES).0.copy_from_slice(&self.id);
        last.split_at_mut(BUCKET_ID_BYTES).0.copy_from_slice(&self.id);
        (first, last)
    }

    pub(crate) fn seal_row(&self, physical: &PhysicalKey, key: &[u8], value: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key_len = u16::try_from(key.len()).map_err(|_| VaultError::TooLarge { bytes: key.len() })?;
        let plain = Zeroizing::new([key_len.to_be_bytes().as_slice(), key, value].concat());
        Ok(self.sealer().seal(physical, &plain))
    }

    pub(crate) fn open_row(&self, physical: &[u8], sealed: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), VaultError> {
        let plain = self.sealer().open(physical, sealed).map_err(|_| VaultError::Damaged)?;
        let (key_len, rest) = plain.split_first_chunk::<2>().ok_or(VaultError::Damaged)?;
        let (key, value) =
            rest.split_at_checked(usize::from(u16::from_be_bytes(*key_len))).ok_or(VaultError::Damaged)?;
        Ok((key.to_vec(), Zeroizing::new(value.to_vec())))
    }

    pub(crate) fn shelf(&self) -> u8 {
        shelf_of(&self.id)
    }
}

pub(crate) fn shelf_of(id: &BucketId) -> u8 {
    let [first, ..] = *id;
    first
}

/// A table's number and the least key that the bucket may hold.
type Place = Arc<[u8]>;

#[derive(Clone)]
pub(crate) struct Catalog {
    buckets: BTreeMap<Place, Bucket>,
    pub(crate) dirty: BTreeSet<BucketId>,
    pub(crate) shelf_keys: Arc<ShelfKeys>,
    pub(crate) generation: u64,
}

fn place_of(table: u16, key: &[u8]) -> Vec<u8> {
    [table.to_be_bytes().as_slice(), key].concat()
}

fn table_end(table: u16) -> Bound<Vec<u8>> {
    table.checked_add(1).map_or(Bound::Unbounded, |next| Bound::Excluded(next.to_be_bytes().to_vec()))
}

impl Catalog {
    pub(crate) fn new(shelf_keys: ShelfKeys, generation: u64) -> Self {
        Self { buckets: BTreeMap::new(), dirty: BTreeSet::new(), shelf_keys: Arc::new(shelf_keys), generation }
    }

    /// The bucket that a row with this key is in if it exists.
    pub(crate) fn find(&self, table: TableNumber, key: &[u8]) -> Option<&Bucket> {
        self.locate(table, key).map(|(_, bucket)| bucket)
    }

    pub(crate) fn find_mut(&mut self, table: TableNumber, key: &[u8]) -> Option<&mut Bucket> {
        let place = self.locate(table, key).map(|(place, _)| place.clone())?;
        self.buckets.get_mut(&place)
    }

    fn locate(&self, table: TableNumber, key: &[u8]) -> Option<(&Place, &Bucket)> {
        let wanted = place_of(table.number, key);
        let (place, bucket) =
            self.buckets.range::<[u8], _>((Bound::Unbounded, Bound::Included(wanted.as_slice()))).next_back()?;
        let shared = wanted.get(..TABLE_BYTES + table.group_bytes)?;
        place.starts_with(shared).then_some((place, bucket))
    }

    /// A new bucket that takes over the keys from `first_key` on.
    pub(crate) fn insert(&mut self, table: TableNumber, first_key: &[u8], bucket: Bucket) {
        self.buckets.insert(place_of(table.number, first_key).into(), bucket);
    }

    /// The buckets that can hold rows of a span, in ascending order, with their least keys.
    pub(crate) fn overlapping(
        &self,
        table: TableNumber,
        span: &Span,
    ) -> impl DoubleEndedIterator<Item = (&[u8], &Bucket)> {
        let start = match &span.start {
            Bound::Included(key) | Bound::Excluded(key) => place_of(table.number, key),
            Bound::Unbounded => place_of(table.number, &[]),
        };
        let covering = self
            .buckets
            .range::<[u8], _>((Bound::Unbounded, Bound::Included(start.as_slice())))
            .next_back()
            .map(|(place, _)| place)
            .filter(|place| place.starts_with(&table.number.to_be_bytes()));
        let start = covering.map_or(start, |place| place.to_vec());
        let end = match &span.end {
            Bound::Included(key) => Bound::Included(place_of(table.number, key)),
            Bound::Excluded(key) => Bound::Excluded(place_of(table.number, key)),
            Bound::Unbounded => table_end(table.number),
        };
        let is_empty = match &end {
            Bound::Included(end) => *end < start,
            Bound::Excluded(end) => *end <= start,
            Bound::Unbounded => false,
        };
        let range = (!is_empty).then(|| {
            self.buckets.range::<[u8], _>((Bound::Included(start.as_slice()), end.as_ref().map(Vec::as_slice)))
        });
        range.into_iter().flatten().map(|(place, bucket)| (place.get(TABLE_BYTES..).unwrap_or_default(), bucket))
    }

    /// Takes the dirty buckets out, with their places, to be sealed anew.
    pub(crate) fn take_dirty(&mut self) -> Vec<(Place, Bucket)> {
        let dirty = std::mem::take(&mut self.dirty);
        let taken: Vec<_> = self.buckets.iter().filter(|(_, bucket)| dirty.contains(&bucket.id)).collect();
        let taken: Vec<_> = taken.into_iter().map(|(place, bucket)| (place.clone(), bucket.clone())).collect();
        for (place, _) in &taken {
            self.buckets.remove(place);
        }
        taken
    }

    pub(crate) fn put_back(&mut self, place: Place, bucket: Bucket) {
        self.buckets.insert(place, bucket);
    }

    pub(crate) fn replace_shelf_key(&mut self, shelf: u8) {
        Arc::make_mut(&mut self.shelf_keys).replace(shelf);
    }

    pub(crate) fn holds(&self, id: &BucketId) -> bool {
        self.buckets.values().any(|bucket| bucket.id == *id)
    }

    /// The sealed form of a shelf: every bucket on it with its keys and place.
    pub(crate) fn seal_shelf(&self, shelf: u8) -> Result<Vec<u8>, VaultError> {
        let mut plain = Zeroizing::new(Vec::new());
        for (place, bucket) in self.buckets.iter().filter(|(_, bucket)| bucket.shelf() == shelf) {
            let place_len = u16::try_from(place.len()).map_err(|_| VaultError::TooLarge { bytes: place.len() })?;
            plain.extend_from_slice(&bucket.id);
            plain.extend_from_slice(bucket.key.seal.as_slice());
            plain.extend_from_slice(bucket.key.index.as_slice());
            plain.extend_from_slice(&place_len.to_be_bytes());
            plain.extend_from_slice(place);
        }
        Ok(self.shelf_keys.sealer(shelf)?.seal(&shelf_place(shelf), &plain))
    }

    /// Puts the buckets of a sealed shelf into the catalog.
    pub(crate) fn open_shelf(&mut self, shelf: u8, sealed: &[u8]) -> Result<(), VaultError> {
        let plain =
            self.shelf_keys.sealer(shelf)?.open(&shelf_place(shelf), sealed).map_err(|_| VaultError::Damaged)?;
        let mut rest = plain.as_slice();
        while !rest.is_empty() {
            let (id, after) = rest.split_first_chunk::<BUCKET_ID_BYTES>().ok_or(VaultError::Damaged)?;
            let (seal, after) = after.split_first_chunk::<KEY_BYTES>().ok_or(VaultError::Damaged)?;
            let (index, after) = after.split_first_chunk::<KEY_BYTES>().ok_or(VaultError::Damaged)?;
            let (place_len, after) = after.split_first_chunk::<2>().ok_or(VaultError::Damaged)?;
            let (place, after) =
                after.split_at_checked(usize::from(u16::from_be_bytes(*place_len))).ok_or(VaultError::Damaged)?;
            let key = Arc::new(BucketKey { seal: Zeroizing::new(*seal), index: Zeroizing::new(*index) });
            self.buckets.insert(place.into(), Bucket { id: *id, key, load: None });
            rest = after;
        }
        Ok(())
    }
}

fn shelf_place(shelf: u8) -> Vec<u8> {
    [b"isoloir-vault-shelf-v1".as_slice(), &[shelf]].concat()
}

/// The keys of all shelves: what the root key seals.
#[derive(Clone)]
pub(crate) struct ShelfKeys(Zeroizing<Vec<u8>>);

impl ShelfKeys {
    pub(crate) fn new() -> Self {
        let mut keys = Zeroizing::new(vec![0; SHELVES * KEY_BYTES]);
        fill_random(&mut keys);
        Self(keys)
    }

    pub(crate) fn replace(&mut self, shelf: u8) {
        if let Some(key) = self.0.chunks_exact_mut(KEY_BYTES).nth(usize::from(shelf)) {
            fill_random(key);
        }
    }

    fn sealer(&self, shelf: u8) -> Result<Sealer, VaultError> {
        let key = self.0.chunks_exact(KEY_BYTES).nth(usize::from(shelf)).and_then(|key| key.first_chunk());
        key.map(Sealer::new).ok_or(VaultError::Damaged)
    }

    pub(crate) fn seal(&self, root: &[u8; KEY_BYTES], generation: u64) -> Vec<u8> {
        Sealer::new(root).seal(&keys_place(generation), &self.0)
    }

    pub(crate) fn open(root: &[u8; KEY_BYTES], generation: u64, sealed: &[u8]) -> Result<Self, VaultError> {
        let keys = Sealer::new(root).open(&keys_place(generation), sealed).map_err(|_| VaultError::Damaged)?;
        if keys.len() == SHELVES * KEY_BYTES { Ok(Self(keys)) } else { Err(VaultError::Damaged) }
    }
}

fn keys_place(generation: u64) -> Vec<u8> {
    [b"isoloir-vault-shelf-keys-v1".as_slice(), &generation.to_be_bytes()].concat()
}

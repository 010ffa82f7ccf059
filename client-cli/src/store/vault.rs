//! The vault itself: opening, transactions, and coming back after the disk refused.
//! Must never show a commit that is not durable, and never answer from a catalog of another moment than its rows.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use zeroize::Zeroizing;

use super::VaultError;
use super::block::{Health, SealedBlocks};
use super::catalog::{BUCKET_ID_BYTES, BucketId, Catalog, SHELVES, ShelfKeys};
use super::changes::Changes;
use super::header::{RootSlot, VaultKeys};
use super::installation::Installation;
use super::medium::Medium;
use super::seal::{KEY_BYTES, random_key};
use super::transaction::{Draft, ROWS, ReadTx, Restored, WriteTx};

/// Shelves by number; after the last, the shelf keys.
const KEYRING: TableDefinition<u16, &[u8]> = TableDefinition::new("keyring");
const SHELF_KEYS: u16 = SHELVES as u16;
/// Buckets that wait to be sealed anew.
const DIRTY: TableDefinition<&[u8; BUCKET_ID_BYTES], ()> = TableDefinition::new("dirty");
const COUNTERS: TableDefinition<u8, u64> = TableDefinition::new("counters");
const COUNTER_COMMITS: u8 = 0;
const COUNTER_GENERATION: u8 = 1;

/// What redb may keep of the file in memory.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
const FIRST_GENERATION: u64 = 1;

/// Whether the vault is where this installation left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    Continued,
    /// Older than this installation's counter, or without one: from a backup. Lanes must not go on from here
    /// (protocol.md §6); the transaction that gives them up says so with [`WriteTx::accept_restored`].
    Restored,
}

/// Everything the client keeps. One per data folder and process; transactions take turns.
pub struct Vault {
    pub(super) medium: Arc<dyn Medium>,
    pub(super) keys: Arc<VaultKeys>,
    state: RwLock<State>,
    writer: Mutex<Writer>,
    pub(super) changes: Changes,
    pub(super) installation: Option<Installation>,
    /// None for a vault in memory.
    pub(super) folder: Option<PathBuf>,
    /// While a root slot may hold a key that is not the current one.
    pub(super) roots_unsettled: AtomicBool,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

struct State {
    /// None while the disk refuses.
    database: Option<Database>,
    catalog: Arc<Catalog>,
    health: Arc<Health>,
}

pub(super) struct Writer {
    commits: u64,
    /// The file was this long when it was last seen whole.
    len_bytes: u64,
    continuity: Continuity,
    /// Buckets that a failed transaction sealed something into: it may be on the disk.
    unsettled: BTreeSet<BucketId>,
}

impl Vault {
    /// Fills a new vault whose head is written.
    pub(super) fn initialize(medium: Arc<dyn Medium>, keys: VaultKeys) -> Result<(), VaultError> {
        let root = random_key::<KEY_BYTES>();
        keys.store_root(&*medium, FIRST_GENERATION, &root)?;
        let (database, _) = open_database(&medium, &Arc::new(keys))?;
        let mut tx = database.begin_write()?;
        tx.set_two_phase_commit(true);
        tx.open_table(ROWS)?;
        tx.open_table(DIRTY)?;
        let shelf_keys = ShelfKeys::new();
        tx.open_table(KEYRING)?.insert(SHELF_KEYS, shelf_keys.seal(&root, FIRST_GENERATION).as_slice())?;
        let mut counters = tx.open_table(COUNTERS)?;
        counters.insert(COUNTER_COMMITS, 0)?;
        counters.insert(COUNTER_GENERATION, FIRST_GENERATION)?;
        drop(counters);
        tx.commit()?;
        Ok(())
    }

    /// Opens what is on a medium, and finishes what a shredding cut short has left.
    pub(super) fn on(
        medium: Arc<dyn Medium>,
        keys: VaultKeys,
        installation: Option<Installation>,
    ) -> Result<Self, VaultError> {
        let keys = Arc::new(keys);
        let (state, commits) = load(&medium, &keys)?;
        let known = match &installation {
            Some(installation) => installation.count()?.unwrap_or(u64::MAX),
            None => commits,
        };
        let continuity = if known <= commits { Continuity::Continued } else { Continuity::Restored };
        let writer = Writer { commits, len_bytes: medium.len_bytes()?, continuity, unsettled: BTreeSet::new() };
        let vault = Self {
            medium,
            keys,
            state: RwLock::new(state),
            writer: Mutex::new(writer),
            changes: Changes::default(),
            installation,
            folder: None,
            roots_unsettled: AtomicBool::new(true),
        };
        vault.shred()?;
        Ok(vault)
    }

    pub fn continuity(&self) -> Continuity {
        self.writer().continuity
    }

    /// A snapshot for the length of the call.
    pub fn read<T, E: From<VaultError>>(&self, f: impl FnOnce(&ReadTx) -> Result<T, E>) -> Result<T, E> {
        let tx = self.begin_read()?;
        f(&tx)
    }

    /// One atomic, durable commit across all tables if `f` returns `Ok`; nothing at all otherwise.
    /// Must not be called from within `f`.
    pub fn write<T, E: From<VaultError>>(&self, f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.transact(&mut self.writer(), None, f)
    }

    /// Whether something deleted is still readable for who has the key: then [`Vault::shred`] is due.
    pub fn is_dirty(&self) -> bool {
        self.roots_unsettled.load(Ordering::Acquire) || !self.state().catalog.dirty.is_empty()
    }

    /// Shreds what was deleted, and closes. Without it, as after a kill, the next opening does.
    pub fn close(self) -> Result<(), VaultError> {
        self.shred()?;
        if let Some(installation) = &self.installation {
            installation.sync()?;
        }
        match self.state.into_inner().unwrap_or_else(PoisonError::into_inner).database {
            Some(database) => Ok(database.close()?),
            None => Ok(()),
        }
    }

    fn begin_read(&self) -> Result<ReadTx, VaultError> {
        if self.has_failed() {
            self.revive(&mut self.writer())?;
        }
        let state = self.state();
        let tx = state.database.as_ref().ok_or(VaultError::UNKNOWN)?.begin_read()?;
        Ok(ReadTx { rows: tx.open_table(ROWS)?, catalog: state.catalog.clone() })
    }

    /// A write transaction; with a new root key, the one that the catalog's generation names from then on.
    pub(super) fn transact<T, E: From<VaultError>>(
        &self,
        writer: &mut Writer,
        root: Option<&Zeroizing<[u8; KEY_BYTES]>>,
        f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (tx, draft) = self.begin_write(writer)?;
        let (outcome, draft) = {
            let mut open = WriteTx::new(tx.open_table(ROWS).map_err(VaultError::from)?, draft);
            let outcome = f(&mut open);
            (outcome, open.into_draft())
        };
        let written = draft.written.clone();
        let result = match outcome {
            Ok(value) => match self.commit(writer, tx, draft, root) {
                Ok(()) => Ok(value),
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error),
        };
        if result.is_ok() {
            writer.unsettled.clear();
        } else {
            writer.unsettled.extend(written);
        }
        result
    }

    fn begin_write(&self, writer: &mut Writer) -> Result<(WriteTransaction, Draft), VaultError> {
        self.revive(writer)?;
        let state = self.state();
        let mut tx = state.database.as_ref().ok_or(VaultError::UNKNOWN)?.begin_write()?;
        // With it, everything that block 0 names is durable before it does: see block.rs.
        tx.set_two_phase_commit(true);
        let mut draft = Draft::new(state.catalog.clone());
        for id in &writer.unsettled {
            if draft.catalog.holds(id) {
                draft.mark_dirty(*id);
            }
        }
        Ok((tx, draft))
    }

    fn commit(
        &self,
        writer: &mut Writer,
        tx: WriteTransaction,
        draft: Draft,
        root: Option<&Zeroizing<[u8; KEY_BYTES]>>,
    ) -> Result<(), VaultError> {
        // How far the installation had come when a backup was put in its place.
        let ahead = match (&self.installation, writer.continuity) {
            (Some(installation), Continuity::Restored) => installation.count()?.unwrap_or_default(),
            _ => 0,
        };
        let base = match draft.restored {
            Restored::Accepted => writer.commits.max(ahead),
            Restored::Unsaid => writer.commits,
        };
        let commits = base.checked_add(1).ok_or(VaultError::UNKNOWN)?;
        store_draft(&tx, &draft, commits, root)?;
        {
            // Readers wait, so that none sees the new rows with the old catalog.
            let mut state = self.state_mut();
            tx.commit()?;
            state.catalog = draft.catalog;
        }
        self.changes.add(draft.changed);
        writer.commits = commits;
        writer.len_bytes = writer.len_bytes.max(self.medium.len_bytes().unwrap_or_default());
        if draft.restored == Restored::Accepted {
            writer.continuity = Continuity::Continued;
        }
        if let Some(installation) = &self.installation {
            let count = match writer.continuity {
                Continuity::Continued => commits,
                // Stays ahead until the restored state is given up.
                Continuity::Restored => ahead.max(commits).saturating_add(1),
            };
            // The commit stands whatever happens here, and the next one records more.
            let _ = installation.record(count);
        }
        Ok(())
    }

    fn has_failed(&self) -> bool {
        self.state().health.has_failed()
    }

    /// Opens the database again after a failure, from what is on the disk. The writer's lock shows that no transaction
    /// on the failed one can still write.
    fn revive(&self, writer: &mut Writer) -> Result<(), VaultError> {
        if !self.has_failed() {
            return Ok(());
        }
        let mut state = self.state_mut();
        state.database = None;
        if state.health.has_failed_before_commit() && self.medium.len_bytes()? > writer.len_bytes {
            // The file grew for a transaction that is not there: on a full disk, holes that nothing can be written to.
            self.medium.resize(writer.len_bytes)?;
        }
        let (loaded, commits) = load(&self.medium, &self.keys)?;
        *state = loaded;
        writer.commits = commits;
        writer.len_bytes = self.medium.len_bytes()?;
        Ok(())
    }

    /// Blanks the root slot that the catalog does not need, if a shredding was cut short before it could.
    pub(super) fn settle_roots(&self, writer: &mut Writer) -> Result<(), VaultError> {
        if !self.roots_unsettled.load(Ordering::Acquire) {
            return Ok(());
        }
        self.revive(writer)?;
        let spare = RootSlot::of(self.generation()).other();
        if !self.keys.is_blank(&*self.medium, spare)? {
            spare.blank(&*self.medium)?;
            self.medium.sync()?;
        }
        self.roots_unsettled.store(false, Ordering::Release);
        Ok(())
    }

    pub(super) fn generation(&self) -> u64 {
        self.state().catalog.generation
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_database(medium: &Arc<dyn Medium>, keys: &Arc<VaultKeys>) -> Result<(Database, Arc<Health>), VaultError> {
    let health = Arc::new(Health::default());
    let blocks = SealedBlocks::open(medium.clone(), keys.clone(), health.clone())?;
    // Blocks are authentic each by itself; that they belong together, redb's checksums tell. It trusts them afterwards.
    let database = Database::builder()
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create_with_backend(blocks)?;
    Ok((database, health))
}

/// Database, catalog and count of commits as they are on the medium.
fn load(medium: &Arc<dyn Medium>, keys: &Arc<VaultKeys>) -> Result<(State, u64), VaultError> {
    let (database, health) = open_database(medium, keys)?;
    let tx = database.begin_read()?;
    let counters = tx.open_table(COUNTERS)?;
    let generation = counters.get(COUNTER_GENERATION)?.ok_or(VaultError::Damaged)?.value();
    let commits = counters.get(COUNTER_COMMITS)?.ok_or(VaultError::Damaged)?.value();
    let keyring = tx.open_table(KEYRING)?;
    let root = keys.load_root(&**medium, generation)?;
    let sealed = keyring.get(SHELF_KEYS)?.ok_or(VaultError::Damaged)?;
    let mut catalog = Catalog::new(ShelfKeys::open(&root, generation, sealed.value())?, generation);
    for shelf in 0..=u8::MAX {
        if let Some(sealed) = keyring.get(u16::from(shelf))? {
            catalog.open_shelf(shelf, sealed.value())?;
        }
    }
    for id in tx.open_table(DIRTY)?.iter()? {
        catalog.dirty.insert(*id?.0.value());
    }
    Ok((State { database: Some(database), catalog: Arc::new(catalog), health }, commits))
}

fn store_draft(
    tx: &WriteTransaction,
    draft: &Draft,
    commits: u64,
    root: Option<&Zeroizing<[u8; KEY_BYTES]>>,
) -> Result<(), VaultError> {
    let mut keyring = tx.open_table(KEYRING)?;
    for shelf in &draft.shelves {
        keyring.insert(u16::from(*shelf), draft.catalog.seal_shelf(*shelf)?.as_slice())?;
    }
    let mut counters = tx.open_table(COUNTERS)?;
    counters.insert(COUNTER_COMMITS, commits)?;
    if let Some(root) = root {
        let generation = draft.catalog.generation;
        keyring.insert(SHELF_KEYS, draft.catalog.shelf_keys.seal(root, generation).as_slice())?;
        counters.insert(COUNTER_GENERATION, generation)?;
        tx.delete_table(DIRTY)?;
    }
    let mut dirty = tx.open_table(DIRTY)?;
    for id in &draft.dirtied {
        dirty.insert(id, ())?;
    }
    Ok(())
}

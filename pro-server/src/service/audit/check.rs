//! Checks the stored audit: every row of its tables against the checkpoints that were signed, and all of it against what was seen
//! elsewhere. It reads one state over a connection of its own, while the server serves or while it is stopped, and changes nothing.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use protocol::audit::{Party, PartyKey};
use protocol::codec;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::keys::{SigningKey, VerifyingKey};
use protocol::secret::Personal;
use protocol::tlog::{AddCheckpoint, MerkleTree, OwnCheckpoints, SignedCheckpoint, WitnessKey};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::domain::audit::{self, Damage, Decoded, Finding, KnownParty, Ledger, Parties, Verified};
use crate::service::cosigners::cosigned;
use crate::service::keys::{Keys, KeysFault};
use crate::service::witness::Seen;
use crate::service::{Fault, ServiceError};
use crate::storage::audit::{EntryRow, RawParty};
use crate::storage::log::Tree;
use crate::storage::{self, Location, Storage, StorageError, Tx};

/// Rows that are read at one time.
const ROWS_PER_PAGE: u32 = 4_096;
/// For fewer a thread is not worth its making.
const ROWS_PER_WORKER_MIN: usize = 128;

/// Why the audit could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum Unchecked {
    #[error(transparent)]
    Keys(#[from] KeysFault),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Whose audit, by which keys, and what was seen of it elsewhere.
pub(super) struct Question<'a> {
    pub(super) organization: OrganizationFingerprint,
    pub(super) keys: Vec<VerifyingKey>,
    /// The private key of the one in force.
    pub(super) own: SigningKey,
    /// What the data folder says of how far it had gone.
    pub(super) seen: Option<(u64, Hash32)>,
    /// A checkpoint that somebody kept.
    pub(super) against: Option<&'a [u8]>,
    /// Whose words are told.
    pub(super) witnesses: Vec<WitnessKey>,
}

/// What a witness is asked about the newest checkpoint of the audit that lies there, and its size; none if there is no audit yet. The
/// witness knows the first `known` entries; if that is not said, it is asked as if it knew all of them.
pub async fn stored_question(
    location: &Location,
    known: Option<u64>,
) -> Result<Option<(AddCheckpoint, u64)>, StorageError> {
    let storage = Storage::open_to_read(location).await?;
    let question = match storage.read().await {
        Ok(mut tx) => asked(&mut tx, known).await,
        Err(error) => Err(error),
    };
    storage.close().await;
    question
}

async fn asked(tx: &mut Tx, known: Option<u64>) -> Result<Option<(AddCheckpoint, u64)>, StorageError> {
    let Some((size, note)) = storage::log::newest_checkpoint(tx, Tree::Audit).await? else { return Ok(None) };
    let old_size = known.map_or(size, |known| known.min(size));
    let proof = if (1..size).contains(&old_size) {
        let mut tree = MerkleTree::new();
        for hash in storage::audit::hashes(tx).await? {
            tree.append_hash(hash);
        }
        tree.consistency(old_size, size).unwrap_or_default()
    } else {
        Vec::new()
    };
    Ok(Some((AddCheckpoint { old_size, proof, note: note.into_bytes() }, size)))
}

/// Checks the audit of the organization whose keys are in `data`, without a server.
pub async fn check_stopped(
    data: &Path,
    location: &Location,
    against: Option<&[u8]>,
) -> Result<Result<Verified, Damage>, Unchecked> {
    check_watched_stopped(data, location, against, Vec::new()).await
}

/// The same, with the words of these witnesses.
pub async fn check_watched_stopped(
    data: &Path,
    location: &Location,
    against: Option<&[u8]>,
    witnesses: Vec<WitnessKey>,
) -> Result<Result<Verified, Damage>, Unchecked> {
    let keys = Keys::load(data)?.ok_or(KeysFault::Missing)?;
    let seen = Seen::read(data).and_then(|seen| seen.audit(keys.fingerprint));
    let question = Question {
        organization: keys.fingerprint,
        keys: keys.directory_keys().all().copied().collect(),
        own: keys.directory(),
        seen,
        against,
        witnesses,
    };
    Ok(question.ask(location).await?)
}

impl Question<'_> {
    /// The verdict on what is stored now.
    pub(super) async fn ask(self, location: &Location) -> Result<Result<Verified, Damage>, ServiceError> {
        let storage = Storage::open_to_read(location).await?;
        let read = self.read(&storage).await;
        storage.close().await;
        match read {
            Err(ServiceError::Internal(StorageError::Corrupt { .. })) => Ok(Err(Finding::Row.into())),
            read => read,
        }
    }

    async fn read(self, storage: &Storage) -> Result<Result<Verified, Damage>, ServiceError> {
        let mut tx = storage.read().await?;
        let (parties, strange) = parties(storage::audit::parties(&mut tx).await?);
        let parties = parties.named(names(&mut tx).await?);
        let mut ledger = Ledger::new(self.organization, self.keys, Some(parties));
        ledger.watched_by(self.witnesses);
        let older = match self.against {
            Some(note) => Some(ledger.signed(note).ok_or(Fault::OtherCheckpoint)?),
            None => None,
        };
        if strange > 0 {
            ledger.found(Finding::Row);
        }
        let own = OwnCheckpoints::of(&audit::origin(self.organization), &self.own);
        let mut ledger = read(&mut tx, ledger, Arc::new(own)).await?;
        for row in storage::witness::all(&mut tx).await? {
            let note = storage::log::checkpoint_at(&mut tx, Tree::Audit, row.size).await?.unwrap_or_default();
            ledger.witnessed(&row.witness, row.size, cosigned(&note, [&row]).as_bytes());
        }
        if let Some(older) = older {
            ledger.against(older.checkpoint().size, older.checkpoint().root);
        }
        ledger.remembered(self.seen);
        Ok(ledger.finish())
    }
}

/// By pseudonym, and how many rows are none.
fn parties(rows: Vec<RawParty>) -> (Parties, usize) {
    let all = rows.len();
    let known: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            let secret = Zeroizing::new(<[u8; 32]>::try_from(row.secret.expose().as_slice()).ok()?);
            let pseudonym = <[u8; 16]>::try_from(row.pseudonym).ok()?;
            Some((pseudonym, KnownParty { party: row.party, key: PartyKey::from(*secret) }))
        })
        .collect();
    let strange = all - known.len();
    (Parties::new(known), strange)
}

/// What administrators and programs are called, by the encoding of the party.
async fn names(tx: &mut Tx) -> Result<BTreeMap<Vec<u8>, Personal<String>>, StorageError> {
    let administrators = storage::administrator::names(tx).await?;
    let administrators = administrators.into_iter().map(|(id, name)| (Party::Administrator(id), name));
    let programs = storage::integration::names(tx).await?;
    let programs = programs.into_iter().map(|(id, name)| (Party::Integration(id), name));
    Ok(administrators.chain(programs).map(|(party, name)| (codec::encode(&party), name)).collect())
}

/// Checkpoints that end with no entry, in order, as far as they are needed.
struct Strays {
    waiting: VecDeque<(i64, String)>,
    after: i64,
    is_done: bool,
}

impl Strays {
    /// Those over at most `size` entries.
    async fn until(&mut self, tx: &mut Tx, size: i64) -> Result<Vec<(i64, String)>, StorageError> {
        let mut taken = Vec::new();
        loop {
            while self.waiting.front().is_some_and(|(of, _)| *of <= size) {
                taken.extend(self.waiting.pop_front());
            }
            if self.is_done || !self.waiting.is_empty() {
                return Ok(taken);
            }
            let page = storage::log::stray_checkpoints(tx, self.after, ROWS_PER_PAGE).await?;
            self.is_done = page.len() < ROWS_PER_PAGE as usize;
            self.after = page.last().map_or(self.after, |(of, _)| *of);
            self.waiting.extend(page);
        }
    }
}

/// While one page is checked, the next one is read.
async fn read(tx: &mut Tx, ledger: Ledger, own: Arc<OwnCheckpoints>) -> Result<Ledger, StorageError> {
    let mut strays = Strays { waiting: VecDeque::new(), after: i64::MIN, is_done: false };
    let mut first = i64::MIN;
    let mut checked = tokio::task::spawn_blocking(move || ledger);
    loop {
        let rows = storage::audit::noted(tx, first, ROWS_PER_PAGE).await?;
        let is_last = rows.len() < ROWS_PER_PAGE as usize;
        let last = rows.last().map_or(i64::MAX, |(row, _)| row.position);
        let strays = strays.until(tx, if is_last { i64::MAX } else { last }).await?;
        let ledger = joined(checked).await?;
        if ledger.is_hopeless() {
            return Ok(ledger);
        }
        // Hashes and signatures: nobody else shall wait for them.
        let own = Arc::clone(&own);
        checked = tokio::task::spawn_blocking(move || Page { own: &own, rows, strays }.taken(ledger));
        if is_last {
            return joined(checked).await;
        }
        first = last.saturating_add(1);
    }
}

async fn joined(checked: JoinHandle<Ledger>) -> Result<Ledger, StorageError> {
    checked.await.map_err(|_| StorageError::Corrupt { table: "audit_entry", column: "sealed" })
}

/// Entries in order, each with the checkpoint that ends with it, and checkpoints that stand between or behind them.
struct Page<'a> {
    own: &'a OwnCheckpoints,
    rows: Vec<(EntryRow, Option<String>)>,
    strays: Vec<(i64, String)>,
}

/// What needs no other row to be known of one.
struct Looked {
    /// The entry and the hash beside it; none in a place that none has.
    entry: Option<(u64, Decoded, Hash32)>,
    /// The checkpoint over it and all before it, if there is one; inside, none if nobody signed it.
    note: Option<(u64, Option<SignedCheckpoint>)>,
}

impl Page<'_> {
    /// Entries and checkpoints, each at its place.
    fn taken(self, mut ledger: Ledger) -> Ledger {
        let looked = by_all(&self.rows, |(row, note)| self.look(&ledger, row, note.as_deref()));
        let stated = looked.iter().filter_map(|looked| looked.entry.as_ref());
        stated.for_each(|(_, _, stated)| ledger.expect(*stated));
        let roots = by_all(&looked, |looked| looked.note.as_ref().and_then(|(size, _)| ledger.root_at(*size)));

        let mut strays = self.strays.iter().peekable();
        for ((row, _), (looked, root)) in self.rows.iter().zip(looked.into_iter().zip(roots)) {
            while let Some(stray) = strays.next_if(|(size, _)| *size <= row.position) {
                self.stray(&mut ledger, stray);
            }
            match looked.entry {
                Some((index, entry, stated)) => ledger.expected(index, entry, Some(stated)),
                None => ledger.found(Finding::Row),
            }
            if let Some((size, signed)) = looked.note {
                ledger.compared(size, signed, root);
            }
        }
        strays.for_each(|stray| self.stray(&mut ledger, stray));
        ledger
    }

    fn look(&self, ledger: &Ledger, row: &EntryRow, note: Option<&str>) -> Looked {
        let index = u64::try_from(row.position).ok();
        // No hash of ours has another length.
        let stated = <[u8; 32]>::try_from(row.hash.as_slice()).unwrap_or_default();
        let entry = index.map(|index| (index, Decoded::of(&row.sealed), Hash32::from_bytes(stated)));
        let size = index.map_or(0, |index| index.saturating_add(1));
        Looked { entry, note: note.map(|note| (size, self.signed(ledger, note))) }
    }

    /// Each change left a note, and most are of the key in force.
    fn signed(&self, ledger: &Ledger, note: &str) -> Option<SignedCheckpoint> {
        self.own.known(note.as_bytes()).or_else(|| ledger.signed(note.as_bytes()))
    }

    fn stray(&self, ledger: &mut Ledger, (size, note): &(i64, String)) {
        match u64::try_from(*size) {
            Ok(size) => ledger.noted(size, self.signed(ledger, note)),
            Err(_) => ledger.found(Finding::Row),
        }
    }
}

/// `look` at each, in their order, by every processor there is.
fn by_all<T: Sync, R: Send>(all: &[T], look: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let part = all.len().div_ceil(workers).max(ROWS_PER_WORKER_MIN);
    if all.len() <= part {
        return all.iter().map(look).collect();
    }
    let look = &look;
    std::thread::scope(|scope| {
        let parts = all.chunks(part).map(|part| scope.spawn(move || part.iter().map(look).collect::<Vec<_>>()));
        let parts: Vec<_> = parts.collect();
        // Whoever panics panics here: no row is ever left out.
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)));
        joined.flatten().collect()
    })
}

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
use protocol::time::Timestamp;
use protocol::tlog::{AddCheckpoint, Checkpoint, MerkleTree, SignedCheckpoint, WitnessKey};
use zeroize::Zeroizing;

use crate::domain::audit::{self, Damage, Finding, KnownParty, Ledger, Parties, Verified};
use crate::service::cosigners::cosigned;
use crate::service::keys::{Keys, KeysFault};
use crate::service::witness::Seen;
use crate::service::{Fault, ServiceError};
use crate::storage::audit::{EntryRow, RawParty};
use crate::storage::log::Tree;
use crate::storage::{self, Location, Storage, StorageError, Tx};

/// Rows that are read at one time.
const ROWS_PER_PAGE: u32 = 1_000;
/// For fewer a thread is not worth its making.
const NOTES_PER_WORKER_MIN: usize = 32;

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
        let own = Own { origin: audit::origin(self.organization), key: self.own };
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

/// Checkpoints in order, as far as they are needed.
struct Notes {
    waiting: VecDeque<(i64, String)>,
    after: i64,
    is_done: bool,
}

impl Notes {
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
            let page = storage::log::checkpoints(tx, Tree::Audit, self.after, ROWS_PER_PAGE).await?;
            self.is_done = page.len() < ROWS_PER_PAGE as usize;
            self.after = page.last().map_or(self.after, |(of, _)| *of);
            self.waiting.extend(page);
        }
    }
}

async fn read(tx: &mut Tx, mut ledger: Ledger, own: Arc<Own>) -> Result<Ledger, StorageError> {
    let mut notes = Notes { waiting: VecDeque::new(), after: i64::MIN, is_done: false };
    let mut first = i64::MIN;
    loop {
        let rows = storage::audit::rows(tx, first, ROWS_PER_PAGE).await?;
        let is_last = rows.len() < ROWS_PER_PAGE as usize;
        let last = rows.last().map_or(i64::MAX, |row| row.position);
        let noted = notes.until(tx, if is_last { i64::MAX } else { last }).await?;
        // Hashes and signatures: nobody else shall wait for them.
        let own = Arc::clone(&own);
        ledger = tokio::task::spawn_blocking(move || take(ledger, &own, rows, noted))
            .await
            .map_err(|_| StorageError::Corrupt { table: "audit_entry", column: "sealed" })?;
        if is_last || ledger.is_hopeless() {
            return Ok(ledger);
        }
        first = last.saturating_add(1);
    }
}

/// Entries and checkpoints, each at its place.
fn take(mut ledger: Ledger, own: &Own, rows: Vec<EntryRow>, notes: Vec<(i64, String)>) -> Ledger {
    let mut notes = signed(&ledger, own, &notes).into_iter().peekable();
    for row in rows {
        while let Some((size, note)) = notes.next_if(|(size, _)| *size <= row.position) {
            noted(&mut ledger, size, note);
        }
        match (u64::try_from(row.position), <[u8; 32]>::try_from(row.hash)) {
            (Err(_), _) => ledger.found(Finding::Row),
            // No hash of ours has another length.
            (Ok(index), hash) => {
                let stated = hash.map_or(Hash32::from_bytes([0; 32]), Hash32::from_bytes);
                ledger.entry(index, &row.sealed, Some(stated));
            }
        }
    }
    notes.for_each(|(size, note)| noted(&mut ledger, size, note));
    ledger
}

/// Our own audit's name and key.
struct Own {
    origin: String,
    key: SigningKey,
}

impl Own {
    /// The note, if it is to the byte what our key signs: the signature is a function of key and text (RFC 8032 §5.1.6), and making it
    /// costs less than half of verifying. Whatever is not, such as a note of an earlier key, is verified.
    fn signed(&self, note: &str) -> Option<SignedCheckpoint> {
        let mut lines = note.split('\n');
        let origin = lines.next().filter(|origin| *origin == self.origin)?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = data_encoding::BASE64.decode(lines.next()?.as_bytes()).ok()?;
        let root = Hash32::from_bytes(root.try_into().ok()?);
        let time = Timestamp::from_millis(lines.next()?.strip_prefix("time ")?.parse().ok()?);
        let signed = Checkpoint { origin, size, root, time }.sign(&self.key).ok()?;
        (signed.note() == note.as_bytes()).then_some(signed)
    }
}

/// The notes with their signatures checked, by every processor there is: each change left one, and this is most of the work.
fn signed(ledger: &Ledger, own: &Own, notes: &[(i64, String)]) -> Vec<(i64, Option<SignedCheckpoint>)> {
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let part = notes.len().div_ceil(workers).max(NOTES_PER_WORKER_MIN);
    let check = |(size, note): &(i64, String)| (*size, own.signed(note).or_else(|| ledger.signed(note.as_bytes())));
    std::thread::scope(|scope| {
        let parts = notes.chunks(part).map(|part| scope.spawn(move || part.iter().map(check).collect::<Vec<_>>()));
        let parts: Vec<_> = parts.collect();
        // Whoever panics panics here: no note is ever left out.
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)));
        joined.flatten().collect()
    })
}

fn noted(ledger: &mut Ledger, size: i64, note: Option<SignedCheckpoint>) {
    match u64::try_from(size) {
        Ok(size) => ledger.noted(size, note),
        Err(_) => ledger.found(Finding::Row),
    }
}

#[cfg(test)]
mod tests {
    use protocol::signed::Unverified;

    use super::*;

    #[test]
    fn what_our_key_would_sign_is_what_it_signed_and_nothing_else() {
        let own = Own { origin: "isoloir.audit/x".to_owned(), key: SigningKey::from_bytes(&[1; 32]) };
        let (size, root, time) = (3, Hash32::sha256(b"root"), Timestamp::from_millis(1_700_000_000_000));
        let checkpoint = Checkpoint { origin: own.origin.clone(), size, root, time };
        let signed = checkpoint.clone().sign(&own.key).expect("signed");
        let note = std::str::from_utf8(signed.note()).expect("text");
        let verified =
            Unverified::<SignedCheckpoint>::from_bytes(signed.note()).verify(&own.origin, &own.key.verifying_key());
        assert_eq!(own.signed(note), verified.ok());
        for at in 0..note.len() {
            let mut changed = signed.note().to_vec();
            changed[at] ^= 1;
            let Ok(changed) = std::str::from_utf8(&changed) else { continue };
            assert_eq!(own.signed(changed), None, "byte {at}");
        }
        let other = checkpoint.sign(&SigningKey::from_bytes(&[2; 32])).expect("signed");
        assert_eq!(own.signed(std::str::from_utf8(other.note()).expect("text")), None);
        assert_eq!(own.signed(""), None);
    }
}

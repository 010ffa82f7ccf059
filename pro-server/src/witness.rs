//! A witness of other servers' logs (C2SP tlog-witness): it remembers the newest checkpoint of each log that it watches, and cosigns
//! one that goes on from it. It must never cosign anything that it could forget having cosigned, nor go on without its memory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use protocol::ids::Hash32;
use protocol::keys::{SigningKey, signing_key};
use protocol::signed::Unverified;
use protocol::tlog::{AddCheckpoint, BadCheckpoint, LogEnd, LogKey, SignedCheckpoint, Unwitnessed, WitnessKey, cosign};
use serde::{Deserialize, Serialize};

use crate::clock::Ambient;
use crate::unix;

pub mod serve;

/// The key, in the witness's folder.
const KEY_FILE: &str = "witness.key";
/// The memory: a file for each log.
const LOGS_FOLDER: &str = "logs";
/// Larger files are none of ours.
const FILE_BYTES_MAX: u64 = 4 * 1_024;

/// Why a witness cannot work.
#[derive(Debug, thiserror::Error)]
pub enum WitnessFault {
    #[error("the witness's folder cannot be used: {0}")]
    Folder(io::ErrorKind),
    #[error("witness.key holds no key")]
    Key,
    #[error("no witness may have this name")]
    Name,
}

impl From<io::Error> for WitnessFault {
    fn from(error: io::Error) -> Self {
        Self::Folder(error.kind())
    }
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCosigned {
    #[error(transparent)]
    Refused(#[from] Unwitnessed),
    /// What was cosigned last cannot be read or written.
    #[error("the witness's memory cannot be used: {0}")]
    Memory(io::ErrorKind),
}

/// What is remembered of a log.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    origin: String,
    size: u64,
    root: Hash32,
}

/// A witness with its key and its memory.
pub struct Witness {
    folder: PathBuf,
    key: SigningKey,
    name: WitnessKey,
    logs: Vec<LogKey>,
    /// One checkpoint at a time.
    turn: Mutex<()>,
}

impl Witness {
    /// In a folder of its own, which the caller has locked; the first time it makes its key.
    pub fn open(folder: &Path, name: &str, logs: Vec<LogKey>, ambient: &Ambient) -> Result<Self, WitnessFault> {
        unix::private_folder(&folder.join(LOGS_FOLDER))?;
        let file = folder.join(KEY_FILE);
        let key = match bounded(&file) {
            Ok(bytes) => SigningKey::from_bytes(&<[u8; 32]>::try_from(bytes).map_err(|_| WitnessFault::Key)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = signing_key(&mut ambient.rng());
                unix::write_private(&file, key.as_bytes())?;
                key
            }
            Err(error) => return Err(error.into()),
        };
        let name = WitnessKey::new(name, key.verifying_key()).ok_or(WitnessFault::Name)?;
        Ok(Self { folder: folder.to_owned(), key, name, logs, turn: Mutex::default() })
    }

    /// What servers and auditors are told.
    pub fn key(&self) -> &WitnessKey {
        &self.name
    }

    /// The signature line for a checkpoint that goes on from all that was cosigned. It is remembered before it is signed.
    pub fn add_checkpoint(&self, body: &[u8], time_s: u64) -> Result<String, NotCosigned> {
        let asked = AddCheckpoint::from_bytes(body)?;
        let signed = self.signed(&asked)?;
        let origin = &signed.checkpoint().origin;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let last = remembered(&self.folder, origin)?;
        let next = asked.judge(&signed, last)?;
        if last != Some(next) {
            let text = Remembered { origin: origin.clone(), size: next.size, root: next.root };
            let text = serde_json::to_vec(&text).map_err(|_| NotCosigned::Memory(io::ErrorKind::InvalidData))?;
            unix::write_private(&memory(&self.folder, origin), &text)
                .map_err(|error| NotCosigned::Memory(error.kind()))?;
        }
        cosign(&asked.note, self.name.name(), &self.key, time_s).ok_or(Unwitnessed::Malformed.into())
    }

    fn signed(&self, asked: &AddCheckpoint) -> Result<SignedCheckpoint, Unwitnessed> {
        let origin = asked.origin().ok_or(Unwitnessed::Malformed)?;
        let mut refused = Unwitnessed::UnknownLog;
        for log in self.logs.iter().filter(|log| log.origin() == origin) {
            match Unverified::<SignedCheckpoint>::from_bytes(asked.note.clone()).verify(origin, log.key()) {
                Ok(signed) => return Ok(signed),
                Err(BadCheckpoint::Signature) => refused = Unwitnessed::Signature,
                Err(BadCheckpoint::Malformed | BadCheckpoint::OtherOrigin) => return Err(Unwitnessed::Malformed),
            }
        }
        Err(refused)
    }
}

/// Whoever runs the witness has decided that a log may begin anew: what was cosigned of it is forgotten. Whether anything was.
pub fn forget(folder: &Path, origin: &str) -> io::Result<bool> {
    match std::fs::remove_file(memory(folder, origin)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Origins may hold what no file name may.
fn memory(folder: &Path, origin: &str) -> PathBuf {
    folder.join(LOGS_FOLDER).join(format!("{}.json", Hash32::sha256(origin.as_bytes())))
}

fn remembered(folder: &Path, origin: &str) -> Result<Option<LogEnd>, NotCosigned> {
    let bytes = match bounded(&memory(folder, origin)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(NotCosigned::Memory(error.kind())),
    };
    // Damaged is not forgotten: somebody has to look.
    let damaged = NotCosigned::Memory(io::ErrorKind::InvalidData);
    let read: Remembered = serde_json::from_slice(&bytes).map_err(|_| damaged)?;
    if read.origin == origin { Ok(Some(LogEnd { size: read.size, root: read.root })) } else { Err(damaged) }
}

fn bounded(file: &Path) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;
    use protocol::tlog::{Checkpoint, MerkleTree, leaf_hash};

    use super::*;

    const NAME: &str = "witness.example/w";
    const ORIGIN: &str = "isoloir.audit/x";

    fn log_key() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    fn witness(folder: &Path) -> Witness {
        let ambient = Ambient::fixed(Timestamp::from_millis(1_700_000_000_000), [7; 32]);
        let log = LogKey::new(ORIGIN, log_key().verifying_key()).expect("a key");
        Witness::open(folder, NAME, vec![log], &ambient).expect("opens")
    }

    fn tree(last: u8) -> MerkleTree {
        MerkleTree::from_leaf_hashes((0..20_u8).map(|n| leaf_hash(&[if n == 3 { last } else { n }])))
    }

    fn note(tree: &MerkleTree, size: u64, key: &SigningKey) -> Vec<u8> {
        let (origin, root) = (ORIGIN.to_owned(), tree.root_at(size).expect("a root"));
        let signed = Checkpoint { origin, size, root, time: Timestamp::ZERO }.sign(key).expect("signed");
        signed.note().to_vec()
    }

    fn body(tree: &MerkleTree, old_size: u64, size: u64) -> Vec<u8> {
        let proof = if old_size == size { Vec::new() } else { tree.consistency(old_size, size).unwrap_or_default() };
        let proof = if old_size == 0 { Vec::new() } else { proof };
        AddCheckpoint { old_size, proof, note: note(tree, size, &log_key()) }.to_bytes()
    }

    #[test]
    fn what_was_cosigned_is_remembered_by_the_next_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = witness(folder.path());
        let line = first.add_checkpoint(&body(&tree(3), 0, 7), 5).expect("cosigned");
        let cosigned = [note(&tree(3), 7, &log_key()), line.into_bytes()].concat();
        assert_eq!(first.key().cosignature(&cosigned).map(|said| said.time_s), Some(5));

        // As after a kill: nothing but the files is left.
        let again = witness(folder.path());
        assert_eq!(again.key(), first.key());
        let conflict = Err(NotCosigned::Refused(Unwitnessed::Conflict { size: 7 }));
        assert_eq!(again.add_checkpoint(&body(&tree(3), 0, 20), 6), conflict);
        assert_eq!(again.add_checkpoint(&body(&tree(3), 0, 5), 6), conflict, "a log that was put back");
        assert_eq!(again.add_checkpoint(&body(&tree(99), 7, 7), 6), conflict, "another one of the same size");
        let forked = again.add_checkpoint(&body(&tree(99), 7, 20), 6);
        assert_eq!(forked, Err(Unwitnessed::Proof.into()));
        again.add_checkpoint(&body(&tree(3), 7, 20), 6).expect("it goes on");
        assert!(forget(folder.path(), ORIGIN).expect("forgotten"));
        again.add_checkpoint(&body(&tree(99), 0, 9), 7).expect("as its operator decided");
    }

    #[test]
    fn a_damaged_memory_is_not_an_empty_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let witness = witness(folder.path());
        witness.add_checkpoint(&body(&tree(3), 0, 7), 5).expect("cosigned");
        std::fs::write(memory(folder.path(), ORIGIN), b"{").expect("damaged");
        let refused = witness.add_checkpoint(&body(&tree(3), 0, 20), 6);
        assert_eq!(refused, Err(NotCosigned::Memory(io::ErrorKind::InvalidData)));
    }

    #[test]
    fn other_logs_and_other_keys_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let witness = witness(folder.path());
        let other = note(&tree(3), 7, &SigningKey::from_bytes(&[9; 32]));
        let asked = AddCheckpoint { old_size: 0, proof: Vec::new(), note: other };
        assert_eq!(witness.add_checkpoint(&asked.to_bytes(), 5), Err(Unwitnessed::Signature.into()));
        let elsewhere = String::from_utf8(body(&tree(3), 0, 7)).expect("text").replace("audit/x", "audit/y");
        assert_eq!(witness.add_checkpoint(elsewhere.as_bytes(), 5), Err(Unwitnessed::UnknownLog.into()));
        assert_eq!(witness.add_checkpoint(b"", 5), Err(Unwitnessed::Malformed.into()));
    }
}

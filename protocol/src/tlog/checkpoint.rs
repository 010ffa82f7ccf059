//! Checkpoints: C2SP tlog-checkpoint text with a time, signed as a C2SP note by the log's Ed25519 key whose name is the origin
//! (spec/log.md §4). A [`SignedCheckpoint`] must never exist without its signature having been made or verified here.

use ed25519_dalek::{Signature, SignatureError, Signer as _};
use signed_note::{Note, Signer, Verifier, VerifierList, key_id};
use tlog_tiles::checkpoint::Checkpoint as Text;
use tlog_tiles::tlog::Hash;

use crate::ids::Hash32;
use crate::keys::{SigningKey, VerifyingKey};
use crate::limits::{CHECKPOINT_BYTES_MAX, LOG_LEAVES_MAX, ORIGIN_BYTES_MAX};
use crate::signed::Unverified;
use crate::time::Timestamp;

pub use own::OwnCheckpoints;

mod own;

/// Signature type of an Ed25519 note key (C2SP signed-note).
const ED25519: u8 = 1;
/// Start of the extension line that carries the time.
const TIME_LINE: &str = "time ";

/// The state of a log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log and its key: no spaces, no `+`.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// Root over them.
    pub root: Hash32,
    /// When it was signed.
    pub time: Timestamp,
}

/// A checkpoint whose signature holds, and the note that proves it to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Vec<u8>,
}

/// Why a checkpoint is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// Not a note, or not with a checkpoint in it.
    #[error("malformed checkpoint")]
    Malformed,
    /// It is of another log.
    #[error("checkpoint of another log")]
    OtherOrigin,
    /// The log's key did not sign it.
    #[error("the checkpoint's signature does not match")]
    Signature,
}

impl Checkpoint {
    /// The checkpoint as a note signed by the log's key.
    pub fn sign(self, key: &SigningKey) -> Result<SignedCheckpoint, BadCheckpoint> {
        let extension = format!("{TIME_LINE}{}\n", self.time.as_millis());
        let text = Text::new(&self.origin, self.size, Hash(*self.root.as_bytes()), &extension)
            .map_err(|_| BadCheckpoint::Malformed)?;
        let mut note = Note::new(&text.to_bytes(), &[]).map_err(|_| BadCheckpoint::Malformed)?;
        let signer = NoteKey { origin: &self.origin, key };
        note.add_sigs(&[&signer]).map_err(|_| BadCheckpoint::Malformed)?;
        let note = note.to_bytes();
        // What does not come back the same would be refused by every reader.
        match parse_text(&text.to_bytes()) {
            Ok(read) if read == self && note.len() <= CHECKPOINT_BYTES_MAX => {
                Ok(SignedCheckpoint { checkpoint: self, note })
            }
            Ok(_) | Err(_) => Err(BadCheckpoint::Malformed),
        }
    }
}

impl SignedCheckpoint {
    /// What was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed note, as others can verify it.
    pub fn note(&self) -> &[u8] {
        &self.note
    }
}

impl Unverified<SignedCheckpoint> {
    /// The checkpoint, if `key` signed it as the key of `origin`. Further signatures (witnesses) are allowed and not looked at.
    pub fn verify(&self, origin: &str, key: &VerifyingKey) -> Result<SignedCheckpoint, BadCheckpoint> {
        if self.as_bytes().len() > CHECKPOINT_BYTES_MAX {
            return Err(BadCheckpoint::Malformed);
        }
        let note = Note::from_bytes(self.as_bytes()).map_err(|_| BadCheckpoint::Malformed)?;
        let checkpoint = parse_text(note.text())?;
        if checkpoint.origin != origin {
            return Err(BadCheckpoint::OtherOrigin);
        }
        let verifier = NoteVerifier { origin: origin.to_owned(), key: *key };
        note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|_| BadCheckpoint::Signature)?;
        Ok(SignedCheckpoint { checkpoint, note: self.as_bytes().to_vec() })
    }
}

fn parse_text(text: &[u8]) -> Result<Checkpoint, BadCheckpoint> {
    let text = Text::from_bytes(text).map_err(|_| BadCheckpoint::Malformed)?;
    let line = text.extension().split('\n').next().unwrap_or_default();
    let digits = line.strip_prefix(TIME_LINE).ok_or(BadCheckpoint::Malformed)?;
    let ms: u64 = digits.parse().map_err(|_| BadCheckpoint::Malformed)?;
    let is_plain = ms.to_string() == digits && !text.origin().is_empty() && text.origin().len() <= ORIGIN_BYTES_MAX;
    if !is_plain || text.size() > LOG_LEAVES_MAX {
        return Err(BadCheckpoint::Malformed);
    }
    Ok(Checkpoint {
        origin: text.origin().to_owned(),
        size: text.size(),
        root: Hash32::from_bytes(text.hash().0),
        time: Timestamp::from_millis(ms),
    })
}

fn note_key_id(origin: &str, key: &VerifyingKey) -> u32 {
    key_id(origin, &[&[ED25519], key.as_bytes().as_slice()].concat())
}

struct NoteKey<'a> {
    origin: &'a str,
    key: &'a SigningKey,
}

impl Signer for NoteKey<'_> {
    fn name(&self) -> &str {
        self.origin
    }

    fn key_id(&self) -> u32 {
        note_key_id(self.origin, &self.key.verifying_key())
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.key.try_sign(message).map(|signature| signature.to_vec())
    }
}

struct NoteVerifier {
    origin: String,
    key: VerifyingKey,
}

impl Verifier for NoteVerifier {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        note_key_id(&self.origin, &self.key)
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(origin: &str) -> Checkpoint {
        Checkpoint {
            origin: origin.to_owned(),
            size: 3,
            root: Hash32::from_bytes([7; 32]),
            time: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    #[test]
    fn other_tools_can_read_it_and_nothing_in_it_can_change() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let signed = checkpoint("isoloir.example/log").sign(&key).unwrap();
        let note = String::from_utf8(signed.note().to_vec()).unwrap();
        assert!(note.starts_with("isoloir.example/log\n3\nBwcHBwcH"), "{note}");
        assert!(note.contains("\ntime 1700000000000\n\n— isoloir.example/log "), "{note}");
        // The crate's own verifier, as a witness would use it.
        let vkey = signed_note::new_ed25519_verifier_key("isoloir.example/log", &key.verifying_key());
        let witness = signed_note::StandardVerifier::new(&vkey).unwrap();
        let parsed = Note::from_bytes(signed.note()).unwrap();
        assert!(parsed.verify(&VerifierList::new(vec![Box::new(witness)])).is_ok());

        let verify = |note: Vec<u8>, origin| {
            Unverified::<SignedCheckpoint>::from_bytes(note).verify(origin, &key.verifying_key())
        };
        assert_eq!(verify(signed.note().to_vec(), "isoloir.example/log"), Ok(signed.clone()));
        assert_eq!(verify(signed.note().to_vec(), "other"), Err(BadCheckpoint::OtherOrigin));
        for at in 0..signed.note().len() {
            let mut changed = signed.note().to_vec();
            changed[at] ^= 1;
            assert!(verify(changed, "isoloir.example/log").is_err(), "byte {at}");
        }
        let other = SigningKey::from_bytes(&[2; 32]).verifying_key();
        let refused =
            Unverified::<SignedCheckpoint>::from_bytes(signed.note().to_vec()).verify("isoloir.example/log", &other);
        assert_eq!(refused, Err(BadCheckpoint::Signature));
    }

    #[test]
    fn an_origin_that_no_reader_takes_is_not_signed() {
        let key = SigningKey::from_bytes(&[1; 32]);
        for origin in ["", "two words", "a+b", "line\nbreak", &"x".repeat(ORIGIN_BYTES_MAX + 1)] {
            assert_eq!(checkpoint(origin).sign(&key), Err(BadCheckpoint::Malformed), "{origin}");
        }
    }
}

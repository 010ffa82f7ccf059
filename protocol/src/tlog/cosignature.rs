//! Cosignatures of witnesses on checkpoints: C2SP tlog-cosignature, `cosignature/v1` with Ed25519. Each says that at its time the witness
//! had seen no larger tree of the log, and that this one goes on from all that it had seen. It must never take a signature for one
//! that another key made, nor one without its time.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, SignatureError, Signer as _};
use signed_note::{Note, Signer, Verifier, VerifierList};

use super::note_key::{NotANoteKey, NoteKey};
use crate::keys::{SigningKey, VerifyingKey};
use crate::limits::CHECKPOINT_BYTES_MAX;

/// Signature type of a timestamped Ed25519 cosignature.
const COSIGNATURE: u8 = 4;
/// Bytes of the time before the signature.
const TIME_BYTES: usize = 8;

/// The name and public key of a witness, as its operator hands it out: `name+key id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey(NoteKey);

/// A witness's word on a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    /// Seconds since 1970, by the witness's clock.
    pub time_s: u64,
}

impl WitnessKey {
    /// The witness of this name with this key; none for a name that no note may have.
    pub fn new(name: &str, key: VerifyingKey) -> Option<Self> {
        NoteKey::new(COSIGNATURE, name, key).map(Self)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What this witness says of the checkpoint in the note, if it says anything.
    pub fn cosignature(&self, note: &[u8]) -> Option<Cosignature> {
        if note.len() > CHECKPOINT_BYTES_MAX {
            return None;
        }
        let note = Note::from_bytes(note).ok()?;
        let verifier: Box<dyn Verifier> = Box::new(self.clone());
        let (good, _) = note.verify(&VerifierList::new(vec![verifier])).ok()?;
        let signature = good.first()?.signature().to_vec();
        let time = signature.get(..TIME_BYTES)?.try_into().ok()?;
        Some(Cosignature { time_s: u64::from_be_bytes(time) })
    }
}

impl FromStr for WitnessKey {
    type Err = NotANoteKey;

    fn from_str(text: &str) -> Result<Self, NotANoteKey> {
        NoteKey::read(COSIGNATURE, text).map(Self)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Verifier for WitnessKey {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn key_id(&self) -> u32 {
        self.0.id()
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk::<TIME_BYTES>() else { return false };
        let message = timed(u64::from_be_bytes(*time), message);
        Signature::from_slice(signature).is_ok_and(|signature| self.0.key.verify_strict(&message, &signature).is_ok())
    }
}

/// What is signed: the time, and the text of the note.
fn timed(time_s: u64, text: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {time_s}\n").as_bytes(), text].concat()
}

/// A witness's own key and the present moment.
struct Cosigner<'a> {
    witness: WitnessKey,
    key: &'a SigningKey,
    time_s: u64,
}

impl Signer for Cosigner<'_> {
    fn name(&self) -> &str {
        &self.witness.0.name
    }

    fn key_id(&self) -> u32 {
        self.witness.0.id()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signature = self.key.try_sign(&timed(self.time_s, message))?;
        Ok([self.time_s.to_be_bytes().as_slice(), &signature.to_bytes()].concat())
    }
}

/// The witness's signature line for the checkpoint in the note, with its line break.
pub fn cosign(note: &[u8], name: &str, key: &SigningKey, time_s: u64) -> Option<String> {
    let witness = WitnessKey::new(name, key.verifying_key())?;
    let text = Note::from_bytes(note).ok()?.text().to_vec();
    let mut own = Note::new(&text, &[]).ok()?;
    let cosigner = Cosigner { witness, key, time_s };
    own.add_sigs(&[&cosigner]).ok()?;
    let bytes = own.to_bytes();
    let line = bytes.strip_prefix(text.as_slice())?.strip_prefix(b"\n")?;
    String::from_utf8(line.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Hash32;
    use crate::time::Timestamp;
    use crate::tlog::Checkpoint;

    fn note() -> Vec<u8> {
        let checkpoint = Checkpoint {
            origin: "isoloir.audit/x".to_owned(),
            size: 3,
            root: Hash32::from_bytes([7; 32]),
            time: Timestamp::from_millis(1_700_000_000_000),
        };
        checkpoint.sign(&SigningKey::from_bytes(&[1; 32])).unwrap().note().to_vec()
    }

    #[test]
    fn a_witness_says_when_and_nothing_of_it_can_change() {
        let key = SigningKey::from_bytes(&[2; 32]);
        let witness = WitnessKey::new("witness.example/w1", key.verifying_key()).unwrap();
        let line = cosign(&note(), "witness.example/w1", &key, 1_679_315_147).unwrap();
        assert!(line.starts_with("— witness.example/w1 ") && line.ends_with('\n'), "{line}");
        let cosigned = [note(), line.into_bytes()].concat();
        assert_eq!(witness.cosignature(&cosigned), Some(Cosignature { time_s: 1_679_315_147 }));
        assert_eq!(witness.cosignature(&note()), None);
        let text = Note::from_bytes(&note()).unwrap().text().to_vec();
        for at in 0..cosigned.len() {
            let mut changed = cosigned.clone();
            changed[at] ^= 1;
            // The log's own signature is not the witness's.
            let is_of_the_log = (text.len()..note().len()).contains(&at);
            assert!(is_of_the_log || witness.cosignature(&changed).is_none(), "byte {at}");
        }
    }

    #[test]
    fn a_key_is_written_and_read_and_is_not_that_of_a_log() {
        let key = SigningKey::from_bytes(&[2; 32]).verifying_key();
        let witness = WitnessKey::new("witness.example/w1", key).unwrap();
        let text = witness.to_string();
        assert_eq!(text.parse(), Ok(witness));
        assert_eq!(text.replace("w1", "w2").parse::<WitnessKey>(), Err(NotANoteKey::Id));
        assert_eq!(text.parse::<crate::tlog::LogKey>(), Err(NotANoteKey::Shape));
    }
}

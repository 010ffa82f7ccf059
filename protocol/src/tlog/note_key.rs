//! Keys of C2SP notes as their owners hand them out: `name+key id+key`, in which a slip of the pen is found. It must never take a
//! key of one kind for one of another.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use signed_note::key_id;

use crate::keys::{self, VerifyingKey};
use crate::limits::ORIGIN_BYTES_MAX;

/// Signature type of an Ed25519 note (C2SP signed-note), with which logs sign.
const LOG_KEY: u8 = 1;

/// Not the key of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANoteKey {
    /// Not `name+key id+key`, or of another kind than is meant.
    #[error("a key is written as name+id+key, and is of the kind that is meant")]
    Shape,
    /// The id is not that of the name and the key: a part was copied wrongly.
    #[error("the parts of the key do not belong together")]
    Id,
}

/// A name and an Ed25519 key of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoteKey {
    pub(super) name: String,
    pub(super) key: VerifyingKey,
    kind: u8,
}

impl NoteKey {
    /// None for a name that no note may have.
    pub(super) fn new(kind: u8, name: &str, key: VerifyingKey) -> Option<Self> {
        let is_name = !name.is_empty()
            && name.len() <= ORIGIN_BYTES_MAX
            && !name.contains(|c: char| c == '+' || c.is_whitespace() || c.is_control());
        is_name.then(|| Self { name: name.to_owned(), key, kind })
    }

    pub(super) fn id(&self) -> u32 {
        key_id(&self.name, &self.material())
    }

    fn material(&self) -> Vec<u8> {
        [&[self.kind], self.key.as_bytes().as_slice()].concat()
    }

    pub(super) fn read(kind: u8, text: &str) -> Result<Self, NotANoteKey> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotANoteKey::Shape);
        };
        let material = BASE64.decode(key.as_bytes()).map_err(|_| NotANoteKey::Shape)?;
        let (first, key) = material.split_first().ok_or(NotANoteKey::Shape)?;
        let key = <[u8; 32]>::try_from(key).map_err(|_| NotANoteKey::Shape)?;
        let key = keys::verifying_key(&key).map_err(|_| NotANoteKey::Shape)?;
        let read = Self::new(kind, name, key).filter(|_| *first == kind).ok_or(NotANoteKey::Shape)?;
        if format!("{:08x}", read.id()) == id { Ok(read) } else { Err(NotANoteKey::Id) }
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id(), BASE64.encode(&self.material()))
    }
}

/// The origin of a log and the key that signs its checkpoints, as a witness is told them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey(NoteKey);

impl LogKey {
    /// Of the log of this origin; none for an origin that no note may have.
    pub fn new(origin: &str, key: VerifyingKey) -> Option<Self> {
        NoteKey::new(LOG_KEY, origin, key).map(Self)
    }

    /// Which log.
    pub fn origin(&self) -> &str {
        &self.0.name
    }

    /// Its key.
    pub fn key(&self) -> &VerifyingKey {
        &self.0.key
    }
}

impl FromStr for LogKey {
    type Err = NotANoteKey;

    fn from_str(text: &str) -> Result<Self, NotANoteKey> {
        NoteKey::read(LOG_KEY, text).map(Self)
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    #[test]
    fn a_key_is_written_as_other_tools_write_it_and_a_slip_is_found() {
        let key = SigningKey::from_bytes(&[2; 32]).verifying_key();
        let log = LogKey::new("isoloir.audit/x", key).unwrap();
        assert_eq!(log.to_string(), signed_note::new_ed25519_verifier_key("isoloir.audit/x", &key));
        assert_eq!(log.to_string().parse(), Ok(log.clone()));
        assert_eq!(log.to_string().replace("/x", "/y").parse::<LogKey>(), Err(NotANoteKey::Id));
        assert_eq!(NoteKey::read(4, &log.to_string()), Err(NotANoteKey::Shape), "of another kind");
        for bad in ["", "a+b", "a+00000000+!", "a+00000000+AQ==", "a b+00000000+BAAA"] {
            assert_eq!(bad.parse::<LogKey>(), Err(NotANoteKey::Shape), "{bad}");
        }
    }
}

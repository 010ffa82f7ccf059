//! What a backup contains, as its first part: enough to say without restoring what it is good for. It must never name a place
//! outside the data folder: names come from a file, and are checked before anything is written.

use std::io::{self, Read};
use std::path::{Component, Path};

use minicbor::{Decode, Encode};
use protocol::codec;
use protocol::ids::OrganizationFingerprint;
use protocol::time::Timestamp;
use protocol::tlog::LogEnd;

use super::seal::BadBackup;

/// Encoded manifests larger than this are none.
const MANIFEST_BYTES_MAX: usize = 1024 * 1024;
/// Files in one backup.
const PARTS_MAX: usize = 256;
/// What stands at the top of a data folder and is part of a backup.
const TOP_NAMES: [&str; 4] = ["keys", "tls-key.pem", "configuration", DATABASE];
const READ_BYTES: usize = 64 * 1024;

/// The database's file.
pub const DATABASE: &str = "server.db";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Manifest {
    /// When the copy was taken.
    #[n(0)]
    pub made: Timestamp,
    /// Version of the program that took it.
    #[n(1)]
    pub program: String,
    /// Whose server it is.
    #[n(2)]
    pub organization: OrganizationFingerprint,
    /// Number of the newest migration in the database.
    #[n(3)]
    pub schema: u64,
    /// Origin of the transparency log.
    #[n(4)]
    pub log_origin: String,
    /// Where that log was.
    #[n(5)]
    pub log: LogEnd,
    /// Entries of the audit.
    #[n(6)]
    pub audit_entries: u64,
    /// People of the directory, those included who have left.
    #[n(7)]
    pub people: u64,
    /// Devices, revoked ones included.
    #[n(8)]
    pub devices: u64,
    /// The files, in the order in which they follow.
    #[n(9)]
    pub parts: Vec<Part>,
}

/// One file of the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Part {
    /// Relative to the data folder, with `/`.
    #[n(0)]
    pub name: String,
    /// Length.
    #[n(1)]
    pub bytes: u64,
    /// BLAKE3 of its content.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub blake3: [u8; 32],
}

impl Part {
    /// The part that `content` is; it is read to its end.
    pub fn of(name: String, mut content: impl Read) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let bytes = io::copy(&mut content, &mut hasher)?;
        Ok(Self { name, bytes, blake3: *hasher.finalize().as_bytes() })
    }

    /// Reads the part's content and hands it on in pieces; refuses what is not the content that the manifest names.
    pub fn read(&self, from: &mut impl Read, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), BadBackup> {
        let mut hasher = blake3::Hasher::new();
        let mut left = self.bytes;
        let mut buffer = vec![0; READ_BYTES];
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
            let piece = buffer.get_mut(..wanted).unwrap_or_default();
            from.read_exact(piece).map_err(BadBackup::of_read)?;
            hasher.update(piece);
            to(piece).map_err(|error| BadBackup::Write(error.kind()))?;
            left -= wanted as u64;
        }
        if hasher.finalize() == blake3::Hash::from_bytes(self.blake3) { Ok(()) } else { Err(BadBackup::Damaged) }
    }

    fn is_within(&self) -> bool {
        let path = Path::new(&self.name);
        let plain = |name: &str| {
            !name.starts_with('.')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        };
        let inside = path
            .components()
            .all(|component| matches!(component, Component::Normal(name) if name.to_str().is_some_and(plain)));
        inside && path.components().count() <= 3 && TOP_NAMES.iter().any(|top| path.starts_with(top))
    }
}

impl Manifest {
    /// As a backup begins: length and encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let encoded = codec::encode(self);
        let mut bytes = u32::try_from(encoded.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        bytes.extend_from_slice(&encoded);
        bytes
    }

    /// Reads and checks what [`Manifest::to_bytes`] wrote.
    pub fn read(from: &mut impl Read) -> Result<Self, BadBackup> {
        let mut length = [0; 4];
        from.read_exact(&mut length).map_err(BadBackup::of_read)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MANIFEST_BYTES_MAX {
            return Err(BadBackup::Damaged);
        }
        let mut encoded = vec![0; length];
        from.read_exact(&mut encoded).map_err(BadBackup::of_read)?;
        let manifest: Self = codec::decode(&encoded).map_err(|_| BadBackup::Damaged)?;
        let has_database = manifest.parts.iter().any(|part| part.name == DATABASE);
        if manifest.parts.len() > PARTS_MAX || !has_database || !manifest.parts.iter().all(Part::is_within) {
            return Err(BadBackup::Damaged);
        }
        Ok(manifest)
    }

    /// Bytes of all files.
    pub fn total_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Hash32;

    use super::*;

    fn manifest(names: &[&str]) -> Manifest {
        let part = |name: &&str| Part::of((*name).to_owned(), &b"content"[..]).expect("read");
        Manifest {
            made: Timestamp::from_millis(1),
            program: "0.1.0".to_owned(),
            organization: OrganizationFingerprint::from_bytes([1; 32]),
            schema: 1,
            log_origin: "isoloir.log/x/0".to_owned(),
            log: LogEnd { size: 3, root: Hash32::from_bytes([2; 32]) },
            audit_entries: 4,
            people: 5,
            devices: 6,
            parts: names.iter().map(part).collect(),
        }
    }

    #[test]
    fn names_stay_inside_the_data_folder() {
        let fine = manifest(&[DATABASE, "keys/directory.key", "configuration/files/tls.key_file"]);
        assert_eq!(Manifest::read(&mut fine.to_bytes().as_slice()), Ok(fine));
        for bad in ["../server.db", "/etc/passwd", "keys/../../x", "keys/.hidden", "ready.json", "a b", "keys//x/y/z"] {
            let refused = Manifest::read(&mut manifest(&[DATABASE, bad]).to_bytes().as_slice());
            assert_eq!(refused, Err(BadBackup::Damaged), "{bad}");
        }
        assert_eq!(Manifest::read(&mut manifest(&["tls-key.pem"]).to_bytes().as_slice()), Err(BadBackup::Damaged));
    }

    #[test]
    fn another_content_is_found() {
        let part = Part::of("keys/a".to_owned(), &b"content"[..]).expect("read");
        assert_eq!(part.read(&mut &b"content and more"[..], |_| Ok(())), Ok(()));
        assert_eq!(part.read(&mut &b"kontent"[..], |_| Ok(())), Err(BadBackup::Damaged));
        assert_eq!(part.read(&mut &b"cont"[..], |_| Ok(())), Err(BadBackup::Damaged));
    }

    #[test]
    fn no_bytes_can_panic() {
        attacked(&manifest(&[DATABASE]).to_bytes());
    }

    /// Every byte changed, every length: read or refused.
    fn attacked(sample: &[u8]) {
        for index in 0..sample.len() {
            let mut changed = sample.to_vec();
            changed[index] ^= 0x41;
            let _ = Manifest::read(&mut changed.as_slice());
            let _ = Manifest::read(&mut &sample[..index]);
        }
    }
}

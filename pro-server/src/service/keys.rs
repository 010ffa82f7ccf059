//! The organization's own keys, in files of the data folder that only the server's user can read. The root key's file may
//! be taken away and kept offline. A lost folder is never replaced silently: it would be another organization.

mod first;
mod successor;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use arc_swap::ArcSwap;
use data_encoding::HEXLOWER;
use protocol::ids::OrganizationFingerprint;
use protocol::keys::{self, SigningKey, VerifyingKey};
use protocol::organization::{DirectoryKey, DirectoryKeys};
use protocol::signed::{self, Unverified};
use zeroize::Zeroizing;

use crate::clock::Ambient;
use crate::domain::directory_key;
use crate::unix;

pub(super) use self::first::drop_first;
pub use self::first::{are_here, first_key, install_first, waiting_first};

pub(super) const FOLDER: &str = "keys";
/// Filled first, then renamed in one step: a crash leaves all keys or none.
const FOLDER_NEW: &str = "keys.new";
const ROOT_PRIVATE: &str = "organization-root.key";
const ROOT_PUBLIC: &str = "organization-root.pub";
const DIRECTORY_PRIVATE: &str = "directory.key";
const DIRECTORY_SIGNED: &str = "directory.signed";
/// Made by `keys rotate` and `keys request`, and waits for the root's word.
pub(super) const DIRECTORY_WAITING: &str = "directory-next.key";
/// The root's word about keys that were replaced, a line for each, the oldest first.
const DIRECTORY_FORMER: &str = "directory-former.signed";
/// Stands once an organization was founded on these keys: from then on they are worth nothing without its database.
const FOUNDED: &str = "founded";

/// The keys of a lifetime and more.
const FILE_BYTES_MAX: u64 = 64 * 1_024;

/// Why the keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysFault {
    #[error("the keys folder is missing though the database has an organization; restore it from a backup")]
    Missing,
    #[error(
        "a directory key waits for the root key's word; “root install” brings it, and “serve” begins then. To begin without: remove keys.first"
    )]
    RootAwaited,
    #[error("the keys folder belongs to another organization than the database")]
    OtherOrganization,
    #[error(
        "the keys folder is of an organization whose database is missing; restore a backup into an empty data folder, or move the \
         whole data folder away to start another organization"
    )]
    WithoutDatabase,
    #[error("a key file cannot be read or written: {0}")]
    Io(io::ErrorKind),
    #[error("the file {0} in the keys folder is damaged; restore it from a backup")]
    Damaged(&'static str),
}

impl From<io::Error> for KeysFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// How the keys of a data folder stand, without the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysState {
    /// The directory key's time, as the root signed it.
    pub directory: DirectoryKey,
    /// Whether the root's private key lies beside it.
    pub has_root: bool,
}

impl KeysState {
    /// Reads and checks the keys; nothing when there are none.
    pub fn of(data: &Path) -> Result<Option<Self>, KeysFault> {
        let Some(keys) = Keys::load(data)? else { return Ok(None) };
        let has_root = keys.root_private(data)?.is_some();
        Ok(Some(Self { directory: keys.statement.load().key.clone(), has_root }))
    }
}

/// Whether an organization was founded on the keys in `data`.
pub fn is_founded(data: &Path) -> Result<bool, KeysFault> {
    Ok(data.join(FOLDER).join(FOUNDED).try_exists()?)
}

/// Marks the keys in `data` as those of an organization whose database exists.
pub(super) fn note_founded(data: &Path, organization: OrganizationFingerprint) -> Result<(), KeysFault> {
    if !is_founded(data)? {
        let text = format!("{organization}\n");
        unix::write_private(&data.join(FOLDER).join(FOUNDED), text.as_bytes())?;
    }
    Ok(())
}

/// What the server signs with.
pub(super) struct Keys {
    pub(super) root: VerifyingKey,
    pub(super) fingerprint: OrganizationFingerprint,
    /// The directory key and what the root says about it; a renewal, or another key, takes its place.
    pub(super) statement: ArcSwap<Statement>,
    folder: PathBuf,
}

/// The directory key, and the root's word about it.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) signer: SigningKey,
    pub(super) key: DirectoryKey,
    /// `key`, signed by the root.
    pub(super) signed: Vec<u8>,
    /// The newest serial that the log names.
    pub(super) logged: u64,
    /// The keys before it, as the root signed them, the oldest first.
    pub(super) former: Vec<Former>,
}

/// A key that was replaced.
#[derive(Debug, Clone)]
pub(super) struct Former {
    key: VerifyingKey,
    signed: Vec<u8>,
}

impl Keys {
    /// Reads the keys, if there are any. The directory key may have ended: a server has to start to get more time for it.
    pub(super) fn load(data: &Path) -> Result<Option<Self>, KeysFault> {
        let folder = data.join(FOLDER);
        if !folder.try_exists()? {
            return Ok(None);
        }
        let root =
            keys::verifying_key(&*read_key(&folder, ROOT_PUBLIC)?).map_err(|_| KeysFault::Damaged(ROOT_PUBLIC))?;
        let signed = read_hex(&folder, DIRECTORY_SIGNED)?.to_vec();
        let damaged = KeysFault::Damaged(DIRECTORY_SIGNED);
        let key = Unverified::<DirectoryKey>::from_bytes(signed.clone()).verify(&root).map_err(|_| damaged)?;
        let mut signer = SigningKey::from_bytes(&*read_key(&folder, DIRECTORY_PRIVATE)?);
        if key.key != signer.verifying_key().to_bytes() {
            // Ended between the root's word and the key that it is about.
            signer = successor::waiting(&folder)?
                .filter(|next| next.verifying_key().to_bytes() == key.key)
                .ok_or(damaged)?;
        }
        let former = successor::former(&folder, &root, &key)?;
        let fingerprint = OrganizationFingerprint::of_key(root.as_bytes());
        let statement = ArcSwap::from_pointee(Statement { signer, key, signed, logged: 0, former });
        Ok(Some(Self { root, fingerprint, statement, folder }))
    }

    /// What signs now.
    pub(super) fn directory(&self) -> SigningKey {
        self.statement.load().signer.clone()
    }

    /// What signs now and what signed before: for what the log names, or the database holds under a signature of ours.
    pub(super) fn directory_keys(&self) -> DirectoryKeys {
        let statement = self.statement.load();
        DirectoryKeys::after(statement.signer.verifying_key(), statement.former.iter().map(|former| former.key))
    }

    /// The root's word about every directory key that ever signed here, the one in force last.
    pub(super) fn statements(&self) -> Vec<Vec<u8>> {
        let statement = self.statement.load();
        statement.former.iter().map(|former| &former.signed).chain([&statement.signed]).cloned().collect()
    }

    /// The root's private key, if it was not taken offline.
    pub(super) fn root_private(&self, data: &Path) -> Result<Option<SigningKey>, KeysFault> {
        let folder = data.join(FOLDER);
        if !folder.join(ROOT_PRIVATE).try_exists()? {
            return Ok(None);
        }
        let root = SigningKey::from_bytes(&*read_key(&folder, ROOT_PRIVATE)?);
        if root.verifying_key() != self.root {
            return Err(KeysFault::Damaged(ROOT_PRIVATE));
        }
        Ok(Some(root))
    }

    /// Makes the keys of a new organization.
    pub(super) fn create(data: &Path, ambient: &Ambient) -> Result<(), KeysFault> {
        let now = ambient.now();
        let root = keys::signing_key(&mut ambient.rng());
        let directory = keys::signing_key(&mut ambient.rng());
        let document = directory_key::statement(directory.verifying_key().to_bytes(), 1, now);
        let folder = data.join(FOLDER_NEW);
        if folder.try_exists()? {
            fs::remove_dir_all(&folder)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        write_hex(&folder, ROOT_PRIVATE, root.as_bytes())?;
        write_hex(&folder, ROOT_PUBLIC, root.verifying_key().as_bytes())?;
        write_hex(&folder, DIRECTORY_PRIVATE, directory.as_bytes())?;
        write_hex(&folder, DIRECTORY_SIGNED, &signed::sign(&document, &root))?;
        File::open(&folder)?.sync_all()?;
        fs::rename(&folder, data.join(FOLDER))?;
        Ok(File::open(data)?.sync_all()?)
    }
}

/// Where the root's private key lies unless it was taken offline.
pub fn root_key_file(data: &Path) -> PathBuf {
    data.join(FOLDER).join(ROOT_PRIVATE)
}

/// As a key stands in its file.
fn hex_line(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(HEXLOWER.encode(bytes));
    text.push('\n');
    text
}

fn write_hex(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let text = hex_line(bytes);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A root key in a file of its own, as it is kept offline.
pub fn read_root_key(file: &Path) -> Result<SigningKey, KeysFault> {
    let mut text = Zeroizing::new(String::new());
    File::open(file)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    let bytes = HEXLOWER.decode(text.trim_ascii().as_bytes()).map_err(|_| KeysFault::Damaged(ROOT_PRIVATE))?;
    let bytes = Zeroizing::new(bytes);
    <[u8; 32]>::try_from(bytes.as_slice())
        .map(|seed| SigningKey::from_bytes(&seed))
        .map_err(|_| KeysFault::Damaged(ROOT_PRIVATE))
}

fn read_text(folder: &Path, name: &'static str) -> Result<Zeroizing<String>, KeysFault> {
    let mut text = Zeroizing::new(String::new());
    File::open(folder.join(name))?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn read_hex(folder: &Path, name: &'static str) -> Result<Zeroizing<Vec<u8>>, KeysFault> {
    let text = read_text(folder, name)?;
    let bytes = HEXLOWER.decode(text.trim_ascii().as_bytes()).map_err(|_| KeysFault::Damaged(name))?;
    Ok(Zeroizing::new(bytes))
}

pub(super) fn read_key(folder: &Path, name: &'static str) -> Result<Zeroizing<[u8; 32]>, KeysFault> {
    let bytes = read_hex(folder, name)?;
    <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new).map_err(|_| KeysFault::Damaged(name))
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    fn ambient() -> Ambient {
        Ambient::fixed(Timestamp::from_millis(1_700_000_000_000), [1; 32])
    }

    #[test]
    fn keys_come_back_and_a_damaged_file_is_named() {
        let data = tempfile::tempdir().expect("a folder");
        let ambient = ambient();
        assert!(Keys::load(data.path()).is_ok_and(|keys| keys.is_none()));
        Keys::create(data.path(), &ambient).expect("made");
        let keys = Keys::load(data.path()).expect("read").expect("there");
        assert_eq!(keys.statement.load().key.serial, 1);

        fs::remove_file(data.path().join("keys/organization-root.key")).expect("taken offline");
        assert!(Keys::load(data.path()).is_ok_and(|keys| keys.is_some()));

        fs::write(data.path().join("keys/directory.signed"), "00").expect("damaged");
        assert!(matches!(Keys::load(data.path()), Err(KeysFault::Damaged(DIRECTORY_SIGNED))));
    }

    #[test]
    fn nobody_else_can_read_a_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().expect("a folder");
        Keys::create(data.path(), &ambient()).expect("made");
        for entry in fs::read_dir(data.path().join("keys")).expect("listed") {
            let mode = entry.expect("entry").metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}

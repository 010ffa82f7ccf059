//! The keys of an organization whose root key is elsewhere from the beginning: the directory key waits in a folder of its own until the
//! root's word about it is there. Must never touch the keys of an organization that exists.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use protocol::keys::{self, SigningKey};

use super::{DIRECTORY_PRIVATE, DIRECTORY_SIGNED, FOLDER, FOLDER_NEW, KeysFault, ROOT_PUBLIC, read_key, write_hex};
use crate::clock::Ambient;
use crate::domain::founding::Founded;
use crate::unix;

/// Holds the key that waits.
const FOLDER_FIRST: &str = "keys.first";

/// Whether there are keys already.
pub fn are_here(data: &Path) -> Result<bool, KeysFault> {
    Ok(data.join(FOLDER).try_exists()?)
}

/// The key that waits for the root's word; made if there is none.
pub fn first_key(data: &Path, ambient: &Ambient) -> Result<SigningKey, KeysFault> {
    if let Some(key) = waiting_first(data)? {
        return Ok(key);
    }
    let (folder, key) = (data.join(FOLDER_FIRST), keys::signing_key(&mut ambient.rng()));
    unix::private_folder(&folder)?;
    unix::write_private(&folder.join(DIRECTORY_PRIVATE), super::hex_line(key.as_bytes()).as_bytes())?;
    Ok(key)
}

/// The same, if it was made.
pub fn waiting_first(data: &Path) -> Result<Option<SigningKey>, KeysFault> {
    match read_key(&data.join(FOLDER_FIRST), DIRECTORY_PRIVATE) {
        Ok(key) => Ok(Some(SigningKey::from_bytes(&key))),
        Err(KeysFault::Io(io::ErrorKind::NotFound)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The keys of the organization that begins, in one step. The root's private key is not among them.
pub fn install_first(data: &Path, founded: &Founded, directory: &SigningKey) -> Result<(), KeysFault> {
    let folder = data.join(FOLDER_NEW);
    if folder.try_exists()? {
        fs::remove_dir_all(&folder)?;
    }
    unix::private_folder(&folder)?;
    write_hex(&folder, ROOT_PUBLIC, founded.root.as_bytes())?;
    write_hex(&folder, DIRECTORY_PRIVATE, directory.as_bytes())?;
    write_hex(&folder, DIRECTORY_SIGNED, &founded.signed)?;
    File::open(&folder)?.sync_all()?;
    fs::rename(&folder, data.join(FOLDER))?;
    File::open(data)?.sync_all()?;
    // Also at each start: what is here founds nothing any more.
    let _ = drop_first(data);
    Ok(())
}

/// Nothing waits for a root key once there are keys.
pub(in crate::service) fn drop_first(data: &Path) -> Result<(), KeysFault> {
    match fs::remove_dir_all(data.join(FOLDER_FIRST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

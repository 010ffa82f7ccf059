//! The vault's files in a data folder: made whole under another name and renamed, opened by one process at a time.
//! Must never leave a half-made vault under its name, nor any file that others can read.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::secret::Secret;
use zeroize::Zeroizing;

use super::attempts::AttemptsFile;
use super::header;
use super::installation::Installation;
use super::medium::{FILE_MODE, LockedFile, sync_folder};
use super::opener::{KEY_FILE_BYTES, KdfCost, Opener};
use super::passphrase::{counted, finish_wipe};
use super::seal::{fill_random, random_key};
use super::{Protection, Vault, VaultError};
use crate::clock;
use crate::core::attempts::Attempts;

pub const VAULT_FILE: &str = "vault";
pub const KEY_FILE: &str = "vault.key";
/// Leave it out of backups: it is what tells a restored vault from a continued one.
pub const INSTALLATION_FILE: &str = "vault.installation";
/// Tries of the passphrase.
pub const ATTEMPTS_FILE: &str = "vault.attempts";
pub(super) const NEW_VAULT_FILE: &str = "vault.new";
pub(super) const NEW_KEY_FILE: &str = "vault.key.new";

/// How a vault is opened.
#[derive(Debug)]
pub enum Unlock {
    Passphrase(Secret<String>),
    /// For clients without a person beside them: [`KEY_FILE`] in the same folder, made with the vault.
    KeyFile,
}

impl Vault {
    /// A new vault in an existing folder.
    pub fn create(folder: &Path, unlock: &Unlock) -> Result<Self, VaultError> {
        Self::create_with(folder, unlock, KdfCost::RECOMMENDED)
    }

    /// A new vault whose passphrase costs this much to try.
    pub fn create_with(folder: &Path, unlock: &Unlock, cost: KdfCost) -> Result<Self, VaultError> {
        match finish_wipe(folder) {
            Ok(()) | Err(VaultError::Wiped) => {}
            Err(error) => return Err(error),
        }
        let (path, new_path) = (folder.join(VAULT_FILE), folder.join(NEW_VAULT_FILE));
        let file = Arc::new(LockedFile::create(&new_path)?);
        if Self::exists(folder)? {
            fs::remove_file(&new_path)?;
            return Err(VaultError::Exists);
        }
        let key_file;
        let opener = match unlock {
            Unlock::Passphrase(passphrase) => Opener::Passphrase(passphrase),
            Unlock::KeyFile => {
                key_file = create_key_file(folder)?;
                Opener::KeyFile(&key_file)
            }
        };
        let keys = header::create(&*file, &opener, cost)?;
        Self::initialize(file.clone(), keys)?;
        let installation = Installation::open(&folder.join(INSTALLATION_FILE))?;
        installation.restart()?;
        AttemptsFile::open(&folder.join(ATTEMPTS_FILE))?.keep(Attempts::default())?;
        fs::rename(&new_path, &path)?;
        sync_folder(folder)?;
        let keys = header::open(&*file, &opener)?;
        Self::on(file, keys, Some(installation)).map(|vault| vault.within(folder))
    }

    fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    pub fn exists(folder: &Path) -> Result<bool, VaultError> {
        Ok(folder.join(VAULT_FILE).try_exists()?)
    }

    /// Opens the vault of a folder, for this process alone. A try of a passphrase is counted before it is made.
    pub fn open(folder: &Path, unlock: &Unlock) -> Result<Self, VaultError> {
        Self::claim(folder)?.open(unlock)
    }

    /// Takes the vault of a folder for this process alone, and opens nothing: nobody is asked for a passphrase in two places at once.
    pub fn claim(folder: &Path) -> Result<Claim, VaultError> {
        finish_wipe(folder)?;
        let file = Arc::new(LockedFile::open(&folder.join(VAULT_FILE))?);
        Ok(Claim { file, folder: folder.to_owned() })
    }
}

/// A vault that this process alone may open. It holds no key.
#[derive(Debug)]
pub struct Claim {
    file: Arc<LockedFile>,
    folder: PathBuf,
}

impl Claim {
    /// With what the vault opens.
    pub fn protection(&self) -> Result<Protection, VaultError> {
        header::protection(&*self.file)
    }

    /// Opens it, once. A try of a passphrase is counted before it is made.
    pub fn open(&self, unlock: &Unlock) -> Result<Vault, VaultError> {
        if Arc::strong_count(&self.file) > 1 {
            return Err(VaultError::InUse);
        }
        let (folder, file) = (&*self.folder, &*self.file);
        let keys = match unlock {
            Unlock::Passphrase(passphrase) => {
                let opener = Opener::Passphrase(passphrase);
                let keys =
                    counted(folder, file, clock::now(), &opener, |derived| header::open_by(file, &opener, derived))?;
                // Of a change that was cut short: it opens nothing any more.
                remove_key_file(folder)?;
                keys
            }
            Unlock::KeyFile => {
                if header::protection(file)? == Protection::Passphrase {
                    return Err(VaultError::PassphraseNeeded);
                }
                header::open(file, &Opener::KeyFile(&read_key_file(folder)?))?
            }
        };
        let installation = Installation::open(&folder.join(INSTALLATION_FILE))?;
        Vault::on(self.file.clone(), keys, Some(installation)).map(|vault| vault.within(folder))
    }
}

pub(super) fn create_key_file(folder: &Path) -> Result<Zeroizing<[u8; KEY_FILE_BYTES]>, VaultError> {
    let (path, new_path) = (folder.join(KEY_FILE), folder.join(NEW_KEY_FILE));
    let key = random_key::<KEY_FILE_BYTES>();
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&new_path)?;
    file.write_all(key.as_slice())?;
    file.sync_all()?;
    fs::rename(&new_path, &path)?;
    sync_folder(folder)?;
    Ok(key)
}

pub(super) fn read_key_file(folder: &Path) -> Result<Zeroizing<[u8; KEY_FILE_BYTES]>, VaultError> {
    let mut key = Zeroizing::new([0; KEY_FILE_BYTES]);
    let mut file = match OpenOptions::new().read(true).open(folder.join(KEY_FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(VaultError::KeyFileMissing),
        Err(error) => return Err(error.into()),
    };
    match file.read_exact(key.as_mut_slice()) {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(VaultError::WrongKeyFile),
        Err(error) => Err(error.into()),
    }
}

/// Overwrites the key file and removes it, if there is one.
pub(super) fn remove_key_file(folder: &Path) -> io::Result<()> {
    for name in [KEY_FILE, NEW_KEY_FILE] {
        let path = folder.join(name);
        match OpenOptions::new().write(true).open(&path) {
            Ok(mut file) => {
                let mut noise = [0; KEY_FILE_BYTES];
                fill_random(&mut noise);
                file.write_all(&noise)?;
                file.sync_all()?;
                fs::remove_file(&path)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        }
        sync_folder(folder)?;
    }
    Ok(())
}

//! What opens a vault, exchanged; tries of a passphrase, counted; and the end of a vault after too many wrong ones.
//! Must never rewrite the vault's content, leave a moment in which nothing opens it, or make a try that is not counted yet.

use std::fs;
use std::io;
use std::path::Path;

use protocol::time::Timestamp;

use super::attempts::AttemptsFile;
use super::folder::{
    ATTEMPTS_FILE, INSTALLATION_FILE, NEW_VAULT_FILE, Unlock, VAULT_FILE, create_key_file, read_key_file,
    remove_key_file,
};
use super::header::{self, Derived};
use super::medium::{LockedFile, Medium, sync_folder};
use super::opener::{KdfCost, Opener};
use super::{Protection, Vault, VaultError};
use crate::clock;
use crate::core::attempts::{Attempts, Verdict};
use crate::files::DataFolder;

impl Vault {
    /// With what this vault opens.
    pub fn protection(&self) -> Result<Protection, VaultError> {
        header::protection(&*self.medium)
    }

    /// With what the vault of a folder opens, whoever has it open.
    pub fn protection_of(folder: &Path) -> Result<Protection, VaultError> {
        finish_wipe(folder)?;
        match fs::File::open(folder.join(VAULT_FILE)) {
            Ok(file) => header::protection(&super::medium::Unlocked(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(VaultError::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// From now on `next` opens the vault, and `present` does not. A wrong passphrase counts as one at the opening.
    pub fn change_unlock(&self, present: &Unlock, next: &Unlock, cost: KdfCost) -> Result<(), VaultError> {
        let folder = self.folder.as_deref().ok_or(VaultError::UNKNOWN)?;
        let key_file;
        let next_opener = match next {
            Unlock::Passphrase(passphrase) => Opener::Passphrase(passphrase),
            Unlock::KeyFile if self.protection()? == Protection::KeyFile => return Ok(()),
            // Durable before the header says so; until then it opens nothing.
            Unlock::KeyFile => {
                key_file = create_key_file(folder)?;
                Opener::KeyFile(&key_file)
            }
        };
        match present {
            Unlock::Passphrase(passphrase) => {
                let opener = Opener::Passphrase(passphrase);
                let rewrapped = counted(folder, &*self.medium, clock::now(), &opener, |derived| {
                    header::rewrap(&*self.medium, (&opener, derived), &next_opener, cost)
                });
                // Once the header may say so, the new key file may be all that opens the vault.
                let is_untouched = matches!(
                    rewrapped,
                    Err(VaultError::WrongPassphrase { .. } | VaultError::Later { .. } | VaultError::KeyFileNeeded)
                );
                if is_untouched && matches!(next, Unlock::KeyFile) {
                    remove_key_file(folder)?;
                }
                rewrapped?;
            }
            Unlock::KeyFile => {
                let key_file = read_key_file(folder)?;
                let opener = Opener::KeyFile(&key_file);
                let derived = Derived::of(&*self.medium, &opener)?;
                header::rewrap(&*self.medium, (&opener, &derived), &next_opener, cost)?;
            }
        }
        if matches!(next, Unlock::Passphrase(_)) && remove_key_file(folder).is_err() {
            // It opens nothing any more.
            tracing::warn!("the key file that a passphrase took the place of could not be removed");
        }
        Ok(())
    }

    /// After so many wrong passphrases in a row the vault is destroyed from now on (`device.lock_wipe_after`).
    pub fn wipe_after(&self, failures: Option<u32>) -> Result<(), VaultError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let mut file = AttemptsFile::open(&folder.join(ATTEMPTS_FILE))?;
        let known = file.known();
        // It is open: whoever opened it knew the passphrase, and what was tried before does not count against them.
        let proven = Attempts { wipe_after: failures, ..known.succeeded() };
        if proven != known {
            file.keep(proven)?;
        }
        Ok(())
    }
}

/// Makes a try of a passphrase that is counted first. The try that is one too many destroys everything; a wrong one that comes again, as
/// from a service whose file is out of date, is no further try: nothing is learned from it.
pub(super) fn counted<T>(
    folder: &Path,
    medium: &dyn Medium,
    now: Timestamp,
    opener: &Opener<'_>,
    attempt: impl FnOnce(&Derived) -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    let mut file = AttemptsFile::open(&folder.join(ATTEMPTS_FILE))?;
    let before = file.known();
    if before.is_spent() {
        // Its end was cut short.
        return Err(wiped(folder, medium)?);
    }
    if header::protection(medium)? == Protection::KeyFile {
        return Err(VaultError::KeyFileNeeded);
    }
    let derived = Derived::of(medium, opener)?;
    let mark = derived.mark();
    if file.knows_wrong(&mark) {
        return Err(VaultError::WrongPassphrase { left: before.left() });
    }
    let counted = match before.begin(now) {
        Verdict::Try(counted) => counted,
        Verdict::Later(wait_ms) => return Err(VaultError::Later { wait_ms }),
        Verdict::Wipe => return Err(wiped(folder, medium)?),
    };
    file.keep(counted)?;
    match attempt(&derived) {
        Ok(done) => {
            if file.keep(counted.succeeded()).and_then(|()| file.note_wrong(None)).is_err() {
                // What was done is done; whoever opens the vault next counts anew.
                tracing::warn!("the count of tries of the passphrase could not be set back");
            }
            Ok(done)
        }
        Err(VaultError::WrongPassphrase { .. }) if counted.is_spent() => Err(wiped(folder, medium)?),
        Err(VaultError::WrongPassphrase { .. }) => {
            file.note_wrong(Some(mark))?;
            Err(VaultError::WrongPassphrase { left: counted.left() })
        }
        Err(error) => {
            // Nothing was learned about the passphrase.
            file.keep(before)?;
            Err(error)
        }
    }
}

/// Goes on with a destruction that was cut short: whoever comes by does, and whatever they want.
pub(super) fn finish_wipe(folder: &Path) -> Result<(), VaultError> {
    let attempts = folder.join(ATTEMPTS_FILE);
    if !attempts.try_exists()? || !AttemptsFile::open(&attempts)?.known().is_spent() {
        return Ok(());
    }
    match LockedFile::open(&folder.join(VAULT_FILE)) {
        Ok(file) => Err(wiped(folder, &file)?),
        // The keys went before the file did.
        Err(VaultError::Missing) => Err(remove_all(folder)?),
        // Whoever has it is at it, or makes the last try, which may be right.
        Err(VaultError::InUse) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Destroys the keys, and then everything else. The count goes last: a kill in between is followed by the rest.
fn wiped(folder: &Path, medium: &dyn Medium) -> io::Result<VaultError> {
    header::destroy(medium)?;
    remove_all(folder)
}

fn remove_all(folder: &Path) -> io::Result<VaultError> {
    remove_key_file(folder)?;
    DataFolder::within(folder).destroy()?;
    for name in [NEW_VAULT_FILE, INSTALLATION_FILE, VAULT_FILE, ATTEMPTS_FILE] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    sync_folder(folder)?;
    Ok(VaultError::Wiped)
}

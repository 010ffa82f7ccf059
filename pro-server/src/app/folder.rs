//! The data folder at the start: one server at a time, no half restored state, and nothing left of a server that was killed.

use std::io;
use std::path::Path;

use crate::backup::place::{self, Restored};
use crate::service::backup;
use crate::unix::{self, FolderLock, LockError};

use super::{READY_FILE, StartError};

pub(super) fn open_folder(data: &Path) -> Result<FolderLock, StartError> {
    let folder = |error: io::Error| StartError::Folder(error.kind());
    unix::private_folder(data).map_err(folder)?;
    let lock = unix::lock_folder(data).map_err(|error| match error {
        LockError::Taken => StartError::Taken,
        LockError::Io(error) => folder(error),
    })?;
    match place::state(data).map_err(folder)? {
        Restored::Whole => {}
        Restored::Unfinished => return Err(StartError::RestoreUnfinished),
        Restored::ResetPending => return Err(StartError::LogResetPending),
    }
    // What a killed server left behind; the copy for a backup holds every key.
    remove(&data.join(READY_FILE)).map_err(folder)?;
    remove_all(&data.join(backup::FOLDER)).map_err(folder)?;
    Ok(lock)
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    missing_is_fine(std::fs::remove_file(path))
}

fn remove_all(path: &Path) -> io::Result<()> {
    missing_is_fine(std::fs::remove_dir_all(path))
}

fn missing_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_a_killed_server_left_is_gone_before_anything_starts() {
        let data = tempfile::tempdir().expect("a folder");
        let keys = data.path().join(backup::FOLDER).join("keys");
        std::fs::create_dir_all(&keys).expect("made");
        std::fs::write(keys.join("directory.key"), "key").expect("written");
        let _lock = open_folder(data.path()).expect("opened");
        assert!(!data.path().join(backup::FOLDER).exists());
    }
}

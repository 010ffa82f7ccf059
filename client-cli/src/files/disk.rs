//! Small acts on the disk that must be right everywhere: private files, durable folders, and what an error means to a person.
//! It must never put a path into an error.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use protocol::limits::FILE_PIECE_BYTES;

use crate::core::transfer::receiver::Trouble;
use crate::crypto::file_tree::FileDigest;

/// A file made by these options belongs to its owner alone.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a rename or a new file in `folder` survive a power loss (fsync(2), notes on directories).
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Removes a file; that it is not there is as good.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What an error of the disk means.
pub fn trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Trouble::Full,
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::ReadOnlyFilesystem => Trouble::Folder,
        io::ErrorKind::AlreadyExists => Trouble::Exists,
        _ => Trouble::Disk,
    }
}

/// Whether the file at `path` is exactly the one with this digest; reads it once, a piece at a time.
pub fn holds(path: &Path, digest: &FileDigest) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    if !file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == digest.bytes) {
        return false;
    }
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; FILE_PIECE_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return hasher.finalize() == blake3::Hash::from(digest.root),
            Ok(read) => hasher.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => &mut hasher,
            Err(_) => return false,
        };
    }
}

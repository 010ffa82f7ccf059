//! What the vault's bytes lie on: a file that this process alone has open, or memory in tests.
//! Must never follow into another process' vault: the lock is taken before the first byte is read.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::VaultError;

/// Only the owner reads and writes.
pub(crate) const FILE_MODE: u32 = 0o600;

/// Bytes at offsets. Bytes that were never written read as zeros.
pub(crate) trait Medium: fmt::Debug + Send + Sync + 'static {
    fn len_bytes(&self) -> io::Result<u64>;
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn resize(&self, len_bytes: u64) -> io::Result<()>;
    /// Returns once everything written before is durable.
    fn sync(&self) -> io::Result<()>;
}

/// A locked file. The lock goes with the process, however it ends.
#[derive(Debug)]
pub(crate) struct LockedFile(File);

impl LockedFile {
    /// An empty file in place of whatever was there.
    pub(crate) fn create(path: &Path) -> Result<Self, VaultError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
        let file = Self::locked(file)?;
        file.0.set_len(0)?;
        Ok(file)
    }

    pub(crate) fn open(path: &Path) -> Result<Self, VaultError> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => Self::locked(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(VaultError::Missing),
            Err(error) => Err(error.into()),
        }
    }

    fn locked(file: File) -> Result<Self, VaultError> {
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(VaultError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Medium for LockedFile {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn resize(&self, len_bytes: u64) -> io::Result<()> {
        self.0.set_len(len_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        // Content and length; times may lag.
        self.0.sync_data()
    }
}

/// A file that somebody may have open, only to be read.
#[derive(Debug)]
pub(crate) struct Unlocked(pub(crate) File);

impl Medium for Unlocked {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn resize(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    fn sync(&self) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// Makes a rename or a new name in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

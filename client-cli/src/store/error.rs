//! What can go wrong with the vault, one variant per thing a person or the engine can do about it.
//! Must never carry a path, a key or content.

use std::io;

use super::block::BlockError;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No vault in this folder yet.
    #[error("there is no vault in this folder")]
    Missing,
    #[error("this folder already holds a vault")]
    Exists,
    /// Another process serves this folder.
    #[error("another process has this vault open")]
    InUse,
    #[error("the passphrase is wrong")]
    WrongPassphrase {
        /// Tries before everything is destroyed, where the policy says so.
        left: Option<u32>,
    },
    /// After several wrong ones.
    #[error("the next try of a passphrase is not due yet")]
    Later { wait_ms: u64 },
    /// So many passphrases were wrong that the policy had everything destroyed.
    #[error("the vault was destroyed after too many wrong passphrases")]
    Wiped,
    #[error("the key file does not open this vault")]
    WrongKeyFile,
    #[error("this vault opens with a passphrase")]
    PassphraseNeeded,
    #[error("this vault opens with its key file")]
    KeyFileNeeded,
    #[error("the key file of this vault is missing")]
    KeyFileMissing,
    /// Made by a version of the program that this one does not know.
    #[error("the vault has format {found}, this program knows up to {known}")]
    UnknownFormat { found: u16, known: u16 },
    /// Bytes that this vault's keys did not seal, or not in this place.
    #[error("the vault's file is damaged or was changed from outside")]
    Damaged,
    #[error("a record in the vault is malformed (table {table})")]
    Malformed { table: &'static str },
    #[error("a record is too large for the vault ({bytes} bytes)")]
    TooLarge { bytes: usize },
    /// What was committed before is intact; nothing of this transaction was kept.
    #[error("the disk is full")]
    DiskFull,
    #[error("the vault's file cannot be read or written ({kind})")]
    Io { kind: io::ErrorKind },
    #[error("the passphrase cannot be turned into a key with these parameters")]
    KeyDerivation,
}

impl VaultError {
    pub(super) const UNKNOWN: Self = Self::Io { kind: io::ErrorKind::Other };
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        if error.get_ref().is_some_and(|inner| inner.is::<BlockError>()) {
            return Self::Damaged;
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::DiskFull,
            kind => Self::Io { kind },
        }
    }
}

impl From<redb::StorageError> for VaultError {
    fn from(error: redb::StorageError) -> Self {
        match error {
            redb::StorageError::Io(error) => error.into(),
            redb::StorageError::Corrupted(_) => Self::Damaged,
            redb::StorageError::ValueTooLarge(bytes) => Self::TooLarge { bytes },
            _ => Self::UNKNOWN,
        }
    }
}

impl From<redb::DatabaseError> for VaultError {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::Storage(error) => error.into(),
            redb::DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            _ => Self::Damaged,
        }
    }
}

impl From<redb::TransactionError> for VaultError {
    fn from(error: redb::TransactionError) -> Self {
        match error {
            redb::TransactionError::Storage(error) => error.into(),
            _ => Self::UNKNOWN,
        }
    }
}

impl From<redb::CommitError> for VaultError {
    fn from(error: redb::CommitError) -> Self {
        match error {
            redb::CommitError::Storage(error) => error.into(),
            _ => Self::UNKNOWN,
        }
    }
}

impl From<redb::TableError> for VaultError {
    fn from(error: redb::TableError) -> Self {
        match error {
            redb::TableError::Storage(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

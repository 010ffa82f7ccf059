//! From columns to our types and back. A value that does not fit is `Corrupt`, never a panic and never a guess.

use protocol::time::Timestamp;

use super::StorageError;

/// A column as the error names it.
#[derive(Clone, Copy)]
pub(super) struct Column(pub(super) &'static str, pub(super) &'static str);

impl Column {
    pub(super) fn corrupt(self) -> StorageError {
        StorageError::Corrupt { table: self.0, column: self.1 }
    }

    /// An id or key of fixed length.
    pub(super) fn bytes<const N: usize>(self, value: &[u8]) -> Result<[u8; N], StorageError> {
        value.try_into().map_err(|_| self.corrupt())
    }

    pub(super) fn number(self, value: i64) -> Result<u64, StorageError> {
        u64::try_from(value).map_err(|_| self.corrupt())
    }

    pub(super) fn time(self, value: i64) -> Result<Timestamp, StorageError> {
        self.number(value).map(Timestamp::from_millis)
    }

    pub(super) fn yes(self, value: i64) -> Result<bool, StorageError> {
        match value {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt()),
        }
    }
}

/// A time as stored. Times beyond the year 292 million are stored as that year.
pub(super) fn millis(time: Timestamp) -> i64 {
    stored(time.as_millis())
}

/// A count or position as stored; ours stay far below the limit.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

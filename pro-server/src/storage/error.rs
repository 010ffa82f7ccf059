//! What can go wrong in the database, as one small enum. It must never carry a value: a driver's own message may quote a row.

/// A failed storage operation; the transaction it was part of is rolled back when dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The row exists already, was changed by somebody else, or is gone.
    #[error("the stored state is not the expected one (table {table})")]
    Conflict { table: &'static str },
    /// A stored value is not what this program writes there.
    #[error(
        "the database holds a value that this program does not write (table {table}, column {column}); restore a backup"
    )]
    Corrupt { table: &'static str, column: &'static str },
    /// No space left for the database.
    #[error("the disk of the database is full; free some space, nothing was changed")]
    Full,
    /// Anything else: unreachable, busy, refused. Only the engine's error code is kept.
    #[error("the database did not answer ({kind}, code {code})")]
    Driver { kind: &'static str, code: String },
}

const SQLITE_FULL: &str = "13";
const POSTGRES_DISK_FULL: &str = "53100";
const POSTGRES_SERIALIZATION: &str = "40001";

impl StorageError {
    /// Sorts a driver's error; `table` is the one that the statement was about.
    pub(super) fn of(error: sqlx::Error, table: &'static str) -> Self {
        let kind = match &error {
            sqlx::Error::Database(error) => return Self::of_database(error.as_ref(), table),
            sqlx::Error::RowNotFound => return Self::Conflict { table },
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => return Self::Full,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                return Self::Corrupt { table, column: "*" };
            }
            sqlx::Error::Io(_) => "connection",
            sqlx::Error::Tls(_) => "tls",
            sqlx::Error::Configuration(_) => "configuration",
            sqlx::Error::PoolTimedOut => "busy",
            sqlx::Error::PoolClosed => "closed",
            _ => "other",
        };
        Self::Driver { kind, code: String::new() }
    }

    fn of_database(error: &dyn sqlx::error::DatabaseError, table: &'static str) -> Self {
        let code = error.code().unwrap_or_default().into_owned();
        if error.is_unique_violation() || error.is_foreign_key_violation() || code == POSTGRES_SERIALIZATION {
            Self::Conflict { table }
        } else if code == SQLITE_FULL || code == POSTGRES_DISK_FULL {
            Self::Full
        } else {
            Self::Driver { kind: "database", code }
        }
    }
}

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
    /// Something reads an older state of the database and needs what was deleted since.
    #[error(
        "something still needs an older state of the database: a reader, a transaction of any database, a standby or a replication slot"
    )]
    HeldBack,
    /// Only its owner rewrites a table.
    #[error(
        "this user may not rewrite table {table}: it has to own it or, from PostgreSQL 17 on, to have MAINTAIN on it"
    )]
    NotOwned { table: &'static str },
    /// The database as a whole cannot serve us.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// Anything else: unreachable, busy, refused. Only the engine's error code is kept.
    #[error("the database did not answer ({kind}, code {code})")]
    Driver { kind: &'static str, code: String },
}

/// Why a database cannot be used at all. Each has words with a next step, under its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("the database server cannot be reached ({0})")]
    Unreachable(std::io::ErrorKind),
    #[error("the connection to the database cannot be protected: its certificate does not fit, or it offers no TLS")]
    Tls,
    #[error("the database server does not let this user in")]
    Password,
    #[error("the database server has no such database")]
    NoDatabase,
    #[error("this user may not create tables in the database")]
    Rights,
    #[error("the database server has no connection left for us")]
    Connections,
    #[error("another server serves on this database")]
    Taken,
    #[error("the database was written by a newer program")]
    Newer,
    #[error("the database holds tables of something else")]
    Foreign,
    #[error("the database does not store UTF-8")]
    Encoding,
    #[error("the content of the database was moved elsewhere")]
    Moved,
}

impl Unusable {
    /// A stable word for scripts and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable(_) => "store-unreachable",
            Self::Tls => "store-tls",
            Self::Password => "store-password",
            Self::NoDatabase => "store-no-database",
            Self::Rights => "store-rights",
            Self::Connections => "store-connections",
            Self::Taken => "store-taken",
            Self::Newer => "store-newer",
            Self::Foreign => "store-foreign",
            Self::Encoding => "store-encoding",
            Self::Moved => "store-moved",
        }
    }
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
        if let Some(unusable) = unusable(&code) {
            Self::Unusable(unusable)
        } else if error.is_unique_violation() || error.is_foreign_key_violation() || code == POSTGRES_SERIALIZATION {
            Self::Conflict { table }
        } else if code == SQLITE_FULL || code == POSTGRES_DISK_FULL {
            Self::Full
        } else {
            Self::Driver { kind: "database", code }
        }
    }
}

/// What PostgreSQL says about itself rather than about a statement (PostgreSQL manual, appendix A).
fn unusable(code: &str) -> Option<Unusable> {
    Some(match code {
        "28000" | "28P01" => Unusable::Password,
        "3D000" => Unusable::NoDatabase,
        "42501" | "3F000" => Unusable::Rights,
        "53300" => Unusable::Connections,
        "55P03" => Unusable::Taken,
        "42P07" => Unusable::Foreign,
        _ => return None,
    })
}

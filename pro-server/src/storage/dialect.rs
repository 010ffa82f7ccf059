//! The only place that knows which database engine is behind the pool. All other SQL is one text for both.

use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::secret::Secret;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, ConnectOptions as _, Executor as _, Pool};

use super::migrate::{Migration, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS};
use super::{StorageError, Tx};

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file of our own, made when missing.
    Sqlite(PathBuf),
    /// A `postgres://` address; it may hold a password.
    Postgres(Secret<String>),
}

const ACQUIRE_TIMEOUT_S: u64 = 20;
const POSTGRES_CONNECTIONS_MAX: u32 = 8;

/// One connection is the one writer; it also serves the readers, which are short.
const SQLITE_CONNECTIONS_MAX: u32 = 1;

/// FULL, because NORMAL can lose an acknowledged commit when power fails. Deleted rows are overwritten.
const SQLITE_SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;";

/// Any constant will do; it is the name of our lock among the advisory locks of one database.
const POSTGRES_MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7741265902)";

/// The engine behind a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(super) fn migrations(self) -> &'static [Migration] {
        match self {
            Self::Sqlite => SQLITE_MIGRATIONS,
            Self::Postgres => POSTGRES_MIGRATIONS,
        }
    }

    /// Keeps other servers from migrating the same database until this transaction ends.
    pub(super) async fn lock_migrations(self, tx: &mut Tx) -> Result<(), StorageError> {
        if self == Self::Postgres {
            tx.run_text(POSTGRES_MIGRATION_LOCK).await?;
        }
        Ok(())
    }
}

pub(super) async fn connect(location: &Location) -> Result<(Pool<Any>, Engine), StorageError> {
    sqlx::any::install_default_drivers();
    let failed = |error| StorageError::of(error, "*");
    let options = AnyPoolOptions::new().acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S));
    match location {
        Location::Sqlite(path) => {
            private_file(path).map_err(|error| failed(sqlx::Error::Io(error)))?;
            let url = SqliteConnectOptions::new().filename(path).to_url_lossy();
            let connect = AnyConnectOptions::from_url(&url).map_err(failed)?;
            let options = options.max_connections(SQLITE_CONNECTIONS_MAX).idle_timeout(None).max_lifetime(None);
            let options = options.after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SQLITE_SETTINGS).await.map(|_| ()) })
            });
            Ok((options.connect_with(quiet(connect)).await.map_err(failed)?, Engine::Sqlite))
        }
        Location::Postgres(url) => {
            let connect: AnyConnectOptions = url.expose().parse().map_err(failed)?;
            let options = options.max_connections(POSTGRES_CONNECTIONS_MAX);
            Ok((options.connect_with(quiet(connect)).await.map_err(failed)?, Engine::Postgres))
        }
    }
}

/// A connection that cannot write. Only files can be looked at so far.
pub(super) async fn connect_to_read(location: &Location) -> Result<Pool<Any>, StorageError> {
    sqlx::any::install_default_drivers();
    let failed = |error| StorageError::of(error, "*");
    let Location::Sqlite(path) = location else { return Err(StorageError::Conflict { table: "*" }) };
    let url = SqliteConnectOptions::new().filename(path).read_only(true).to_url_lossy();
    let connect = AnyConnectOptions::from_url(&url).map_err(failed)?;
    let options = AnyPoolOptions::new().acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S));
    options.max_connections(SQLITE_CONNECTIONS_MAX).connect_with(quiet(connect)).await.map_err(failed)
}

/// Statement logs would tell what was done when; slow ones are seen in the duration metrics.
fn quiet(options: AnyConnectOptions) -> AnyConnectOptions {
    options.disable_statement_logging()
}

/// Makes the file readable by its owner only; the engine gives its journal the same mode.
fn private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

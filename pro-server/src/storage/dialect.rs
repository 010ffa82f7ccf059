//! The only place that knows which database engine is behind the pools. All other SQL is one text for both.
//!
//! There is one writer. On SQLite it is the one connection; on PostgreSQL it is the one connection that holds an advisory lock of the
//! database for as long as it lives. Whoever lost the connection lost the lock and the transaction with it, so that nothing can be
//! written beside another server: there is no moment at which a server believes to hold the lock and writes without it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyConnection, ConnectOptions as _, Connection as _, Executor as _, Pool};

use super::error::Unusable;
use super::hold::Hold;
use super::location::{Location, PostgresUrl};
use super::migrate::{Migration, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS};
use super::{StorageError, Tx};

const ACQUIRE_TIMEOUT_S: u64 = 20;
const CONNECT_TIMEOUT_S: u64 = 10;
const POSTGRES_READERS_MAX: u32 = 8;

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

/// Both kinds of connection: names as we write them, reading and writing one state from beginning to end as SQLite does, and a server
/// that vanished noticed within a minute. An acknowledged commit is durable even where the database's own default is another.
const POSTGRES_SETTINGS: &str = "
    SET default_transaction_isolation = 'repeatable read';
    SET standard_conforming_strings = on;
    SET tcp_keepalives_idle = 20;
    SET tcp_keepalives_interval = 10;
    SET tcp_keepalives_count = 3;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

const POSTGRES_READS_ONLY: &str = "SET default_transaction_read_only = on";

/// The first number is ours among the advisory locks of a database; a lock that is held longer than the timeout is another server's.
const POSTGRES_LOCK: &str = "
    SET lock_timeout = '3s';
    SELECT pg_advisory_lock(774126590, hashtext(COALESCE(current_schema(), '')));
    SET lock_timeout = '30s'";

/// Who holds the lock: the process of the database that serves our connection, and when it began.
const POSTGRES_HOLDER: &str = "SELECT CAST(pid AS BIGINT), CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT)
    FROM pg_stat_activity WHERE pid = pg_backend_pid()";

/// Ends the connection that held the lock for us, if the database has not noticed yet that it is dead.
const POSTGRES_END_HOLDER: &str = "SELECT CAST(COUNT(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
    WHERE pid = $1 AND CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT) = $2";

/// Names are UTF-8.
const POSTGRES_ENCODING: &str = "SELECT CAST(current_setting('server_encoding') AS TEXT)";

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

    /// Places where the engine finds the database damaged. PostgreSQL keeps checksums of its own and has no such question.
    pub(super) async fn faults(self, tx: &mut Tx) -> Result<usize, StorageError> {
        match self {
            Self::Sqlite => {
                let said: Vec<(String,)> = tx.rows("*", sqlx::query_as("PRAGMA quick_check(8)")).await?;
                Ok(said.iter().filter(|(said,)| said != "ok").count())
            }
            Self::Postgres => Ok(0),
        }
    }

    /// Whether there is such a table where ours would be.
    pub(super) async fn has_table(self, tx: &mut Tx, name: &'static str) -> Result<bool, StorageError> {
        let select = match self {
            Self::Sqlite => "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Self::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
        };
        let found = tx.row("*", sqlx::query_as::<_, (i64,)>(select).bind(name)).await?;
        Ok(found.is_some_and(|(count,)| count > 0))
    }
}

/// The connections to one database.
#[derive(Clone)]
pub(super) struct Pools {
    pub(super) engine: Engine,
    /// One connection.
    pub(super) writer: Pool<Any>,
    /// On SQLite the same as the writer.
    pub(super) reader: Pool<Any>,
    pub(super) hold: Arc<Hold>,
}

pub(super) async fn connect(location: &Location) -> Result<Pools, StorageError> {
    sqlx::any::install_default_drivers();
    match location {
        Location::Sqlite(path) => connect_sqlite(path).await,
        Location::Postgres(url) => connect_postgres(url).await,
    }
}

fn failed(error: sqlx::Error) -> StorageError {
    StorageError::of(error, "*")
}

fn pool_options() -> AnyPoolOptions {
    AnyPoolOptions::new().acquire_timeout(Duration::from_secs(ACQUIRE_TIMEOUT_S))
}

/// The driver's way from a path to a URL and back takes a percent sign for an escape.
fn file_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path.to_string_lossy().replace('%', "%25"))
}

async fn connect_sqlite(path: &Path) -> Result<Pools, StorageError> {
    private_file(path).map_err(|error| failed(sqlx::Error::Io(error)))?;
    let url = file_options(path).to_url_lossy();
    let connect = AnyConnectOptions::from_url(&url).map_err(failed)?;
    let options = pool_options().max_connections(SQLITE_CONNECTIONS_MAX).idle_timeout(None).max_lifetime(None);
    // Nothing between us and the file can have broken since the last transaction.
    let options = options.test_before_acquire(false);
    let options = options
        .after_connect(|connection, _| Box::pin(async move { connection.execute(SQLITE_SETTINGS).await.map(|_| ()) }));
    let pool = options.connect_with(quiet(connect)).await.map_err(failed)?;
    Ok(Pools { engine: Engine::Sqlite, writer: pool.clone(), reader: pool, hold: Arc::default() })
}

async fn connect_postgres(url: &PostgresUrl) -> Result<Pools, StorageError> {
    let connect = postgres_options(url)?;
    // A pool tries again and again and does not say why; this says it.
    let mut first = connect_once(&connect).await?;
    let (encoding,): (String,) = sqlx::query_as(POSTGRES_ENCODING).fetch_one(&mut first).await.map_err(failed)?;
    if encoding != "UTF8" {
        return Err(Unusable::Encoding.into());
    }
    lock(&mut first, &Hold::default()).await.map_err(failed)?;
    first.close().await.map_err(failed)?;

    let hold = Arc::new(Hold::default());
    let held = Arc::clone(&hold);
    let writer = pool_options().max_connections(1).idle_timeout(None).max_lifetime(None);
    let writer = writer.after_connect(move |connection, _| {
        let hold = Arc::clone(&held);
        Box::pin(async move { lock(connection, &hold).await })
    });
    let reader = pool_options().max_connections(POSTGRES_READERS_MAX).after_connect(|connection, _| {
        Box::pin(async move {
            sqlx::raw_sql(POSTGRES_SETTINGS).execute(&mut *connection).await?;
            sqlx::raw_sql(POSTGRES_READS_ONLY).execute(connection).await.map(|_| ())
        })
    });
    let writer = writer.connect_with(connect.clone()).await.map_err(|error| hold.judge(error))?;
    Ok(Pools { engine: Engine::Postgres, writer, reader: reader.connect_lazy_with(connect), hold })
}

fn postgres_options(url: &PostgresUrl) -> Result<AnyConnectOptions, StorageError> {
    url.expose().parse().map(quiet).map_err(failed)
}

/// One connection, and in words why there is none.
async fn connect_once(options: &AnyConnectOptions) -> Result<AnyConnection, StorageError> {
    let connecting = AnyConnection::connect_with(options);
    match tokio::time::timeout(Duration::from_secs(CONNECT_TIMEOUT_S), connecting).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(sqlx::Error::Io(error))) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            Err(Unusable::Tls.into())
        }
        Ok(Err(sqlx::Error::Io(error))) => Err(Unusable::Unreachable(error.kind()).into()),
        Ok(Err(sqlx::Error::Tls(_))) => Err(Unusable::Tls.into()),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(Unusable::Unreachable(std::io::ErrorKind::TimedOut).into()),
    }
}

/// Makes `connection` the one that may write. It is again when it comes after one of ours that broke.
async fn lock(connection: &mut AnyConnection, hold: &Hold) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(POSTGRES_SETTINGS).execute(&mut *connection).await?;
    if let Some((process, began)) = hold.last() {
        let end = sqlx::query_as::<_, (i64,)>(POSTGRES_END_HOLDER).bind(process).bind(began);
        end.fetch_one(&mut *connection).await?;
    }
    let locked = sqlx::raw_sql(POSTGRES_LOCK).execute(&mut *connection).await;
    if let Err(error) = locked {
        hold.refused();
        return Err(error);
    }
    let holder = sqlx::query_as(POSTGRES_HOLDER).fetch_one(connection).await?;
    hold.begun(holder);
    Ok(())
}

/// A connection that cannot write.
pub(super) async fn connect_to_read(location: &Location) -> Result<(Pool<Any>, Engine), StorageError> {
    sqlx::any::install_default_drivers();
    let options = pool_options().max_connections(1);
    match location {
        Location::Sqlite(path) => {
            let url = file_options(path).read_only(true).to_url_lossy();
            let connect = AnyConnectOptions::from_url(&url).map_err(failed)?;
            Ok((options.connect_with(quiet(connect)).await.map_err(failed)?, Engine::Sqlite))
        }
        Location::Postgres(url) => {
            let connect = postgres_options(url)?;
            connect_once(&connect).await?.close().await.map_err(failed)?;
            let options = options.after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(POSTGRES_SETTINGS).execute(&mut *connection).await?;
                    sqlx::raw_sql(POSTGRES_READS_ONLY).execute(connection).await.map(|_| ())
                })
            });
            Ok((options.connect_with(connect).await.map_err(failed)?, Engine::Postgres))
        }
    }
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

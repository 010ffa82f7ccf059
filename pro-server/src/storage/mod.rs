//! All SQL of the server: functions over one transaction, one file per table family. The same text serves SQLite and
//! PostgreSQL; only `dialect` knows which one it is. Nothing about a communication has a column here.

pub mod administrator;
pub mod administrator_role;
pub mod approval;
pub mod audit;
mod bulk;
pub mod code;
mod compact;
pub mod copy;
pub mod device;
pub mod device_list;
mod dialect;
pub mod erasure;
mod error;
mod hold;
pub mod integration;
mod location;
pub mod log;
pub mod member;
mod migrate;
pub mod moved;
pub mod organization;
pub mod people;
pub mod policy;
mod row;
pub mod run;
pub mod scim;
pub mod sign_in_link;
pub mod sink;
pub mod source;
#[cfg(test)]
pub(crate) mod suite;
pub mod witness;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use protocol::time::Timestamp;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Any, FromRow, Pool, SqlSafeStr, Transaction};

use dialect::{Engine, Pools};
pub use error::{StorageError, Unusable};
pub use hold::Tenure;
pub use location::{BadUrl, Location, PostgresUrl, Reach};
pub use migrate::{all_migrations, newest_schema};

/// SQLite's own way to copy a database that is in use; the copy holds no deleted rows.
const COPY: &str = "VACUUM INTO $1";

/// A statement that has no answer by then has none: the connection is given up, and what it did is undone.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// The database. A cheap clone.
#[derive(Clone)]
pub struct Storage {
    pools: Pools,
    location: Location,
}

impl Storage {
    /// Connects, takes the right to write and brings the schema up to date.
    pub async fn open(location: &Location, now: Timestamp) -> Result<Self, StorageError> {
        let storage = Self { pools: dialect::connect(location).await?, location: location.clone() };
        let known = storage.pools.engine.migrations();
        storage.migrate(known, now).await
    }

    /// As an older program left it: with the first `migrations` only.
    #[cfg(test)]
    pub(crate) async fn open_as_of(
        location: &Location,
        now: Timestamp,
        migrations: usize,
    ) -> Result<Self, StorageError> {
        let storage = Self { pools: dialect::connect(location).await?, location: location.clone() };
        let known = storage.pools.engine.migrations().get(..migrations).unwrap_or_default();
        storage.migrate(known, now).await
    }

    async fn migrate(self, known: &[migrate::Migration], now: Timestamp) -> Result<Self, StorageError> {
        let migrated = async {
            let mut tx = self.begin().await?;
            refuse_moved(&mut tx).await?;
            migrate::run(known, &mut tx, now).await?;
            tx.commit().await
        };
        match migrated.await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(error)
            }
        }
    }

    /// The names of the migrations that [`Storage::open`] would apply; nothing is changed.
    pub async fn pending(location: &Location) -> Result<Vec<&'static str>, StorageError> {
        let (pool, engine) = dialect::connect_to_read(location).await?;
        let pending = async {
            let transaction = pool.begin().await.map_err(|error| StorageError::of(error, "*"))?;
            let tx = &mut Tx { transaction, tenure: hold::Hold::default().tenure(), engine };
            refuse_moved(tx).await?;
            migrate::pending(engine.migrations(), tx).await
        };
        let pending = pending.await;
        pool.close().await;
        pending
    }

    /// Connects to look, over one connection of its own: nothing is changed, the schema neither, and nobody is held up.
    pub async fn open_to_read(location: &Location) -> Result<Self, StorageError> {
        let (pool, engine) = dialect::connect_to_read(location).await?;
        let pools = Pools { engine, writer: pool.clone(), reader: pool, hold: Arc::default() };
        Ok(Self { pools, location: location.clone() })
    }

    /// Where it is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Writes a consistent copy of the database into `file`, which must not exist. It reads over a connection of its own, so that
    /// readers and the writer go on meanwhile; what they commit after the copy began is not in it.
    pub async fn copy_to(&self, file: &Path, now: Timestamp) -> Result<(), StorageError> {
        if self.pools.engine == Engine::Postgres {
            return self.copy_rows_to(file, now).await;
        }
        let (pool, _) = dialect::connect_to_read(&self.location).await?;
        let copied = sqlx::query(COPY).bind(file.to_string_lossy().into_owned()).execute(&pool).await;
        pool.close().await;
        copied.map(|_| ()).map_err(|error| StorageError::of(error, "*"))
    }

    async fn copy_rows_to(&self, file: &Path, now: Timestamp) -> Result<(), StorageError> {
        if file.exists() {
            return Err(StorageError::Conflict { table: "*" });
        }
        let copy = Self::open(&Location::Sqlite(file.to_owned()), now).await?;
        let copied = async {
            let (mut from, mut to) = (self.read().await?, copy.begin().await?);
            copy::copy(&mut from, &mut to, &mut |_, _| ()).await?;
            to.commit().await
        };
        let copied = copied.await;
        copy.close().await;
        copied
    }

    /// A transaction of the one writer; it is rolled back unless committed. Another server that writes is a refusal.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        let hold = &self.pools.hold;
        let transaction = self.pools.writer.begin().await.map_err(|error| hold.judge(error))?;
        // The one connection is ours until then, so this is its tenure.
        Ok(Tx { transaction, tenure: hold.tenure(), engine: self.pools.engine })
    }

    /// A transaction that sees one state and changes nothing. It does not wait for the writer where it need not.
    pub async fn read(&self) -> Result<Tx, StorageError> {
        let begun = self.pools.reader.begin().await;
        let transaction = begun.map_err(|error| StorageError::of(error, "*"))?;
        Ok(Tx { transaction, tenure: self.pools.hold.tenure(), engine: self.pools.engine })
    }

    /// Waits for what is running and closes; SQLite then folds its journal into the file, PostgreSQL lets another server write.
    pub async fn close(&self) {
        self.pools.reader.close().await;
        self.pools.writer.close().await;
    }
}

/// What a look at a database showed; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Number of its newest migration.
    pub schema: u64,
    /// Places where the engine found it damaged.
    pub faults: usize,
    /// The latest time that is stored in it.
    pub newest: Timestamp,
    /// Leaves of its directory log.
    pub leaves: u64,
    /// Entries of its audit.
    pub entries: u64,
}

/// Looks at a database without migrating or writing it.
pub async fn examine(location: &Location) -> Result<Examined, StorageError> {
    let (pool, engine) = dialect::connect_to_read(location).await?;
    let examined = examined(&pool, engine).await;
    pool.close().await;
    examined
}

async fn examined(pool: &Pool<Any>, engine: Engine) -> Result<Examined, StorageError> {
    let transaction = pool.begin().await.map_err(|error| StorageError::of(error, "*"))?;
    let tx = &mut Tx { transaction, tenure: hold::Hold::default().tenure(), engine };
    refuse_moved(tx).await?;
    let faults = engine.faults(tx).await?;
    if !engine.has_table(tx, "schema_migration").await? {
        return Ok(Examined { schema: 0, faults, newest: Timestamp::ZERO, leaves: 0, entries: 0 });
    }
    let schema: Option<(i64,)> =
        tx.row("*", sqlx::query_as("SELECT COALESCE(MAX(version), 0) FROM schema_migration")).await?;
    let newest = "SELECT COALESCE(MAX(ms), 0) FROM
        (SELECT issued_ms AS ms FROM directory_version UNION ALL SELECT applied_ms AS ms FROM schema_migration) AS stored";
    let newest: Option<(i64,)> = tx.row("*", sqlx::query_as(newest)).await?;
    let counts = "SELECT (SELECT COUNT(*) FROM log_leaf), (SELECT COUNT(*) FROM audit_entry)";
    let (leaves, entries): (i64, i64) = tx.row("*", sqlx::query_as(counts)).await?.unwrap_or_default();
    Ok(Examined {
        schema: row::Column("schema_migration", "version").number(schema.map_or(0, |(version,)| version))?,
        faults,
        newest: row::Column("directory_version", "issued_ms").time(newest.map_or(0, |(ms,)| ms))?,
        leaves: row::Column("log_leaf", "position").number(leaves)?,
        entries: row::Column("audit_entry", "position").number(entries)?,
    })
}

/// One transaction. Only `service` makes and commits one.
pub struct Tx {
    transaction: Transaction<'static, Any>,
    tenure: Tenure,
    engine: Engine,
}

async fn refuse_moved(tx: &mut Tx) -> Result<(), StorageError> {
    if moved::is_marked(tx).await? { Err(Unusable::Moved.into()) } else { Ok(()) }
}

/// An answer within its time. What comes later is lost, and with it the connection's transaction.
async fn answered<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

type Statement = Query<'static, Any, AnyArguments>;
type Question<T> = QueryAs<'static, Any, T, AnyArguments>;

impl Tx {
    /// The stretch of writing that this belongs to.
    pub fn tenure(&self) -> Tenure {
        self.tenure
    }

    /// Makes the changes durable.
    pub async fn commit(self) -> Result<(), StorageError> {
        answered(self.transaction.commit()).await.map_err(|error| StorageError::of(error, "*"))
    }

    async fn run_text(&mut self, text: &'static str) -> Result<(), StorageError> {
        let result = sqlx::raw_sql(text.into_sql_str()).execute(&mut *self.transaction).await;
        result.map(|_| ()).map_err(|error| StorageError::of(error, "*"))
    }

    /// Runs a statement; how many rows it touched.
    async fn run(&mut self, table: &'static str, statement: Statement) -> Result<u64, StorageError> {
        let done = answered(statement.execute(&mut *self.transaction)).await;
        done.map(|done| done.rows_affected()).map_err(|error| StorageError::of(error, table))
    }

    /// Runs a statement that must touch exactly one row.
    async fn one(&mut self, table: &'static str, statement: Statement) -> Result<(), StorageError> {
        match self.run(table, statement).await? {
            1 => Ok(()),
            _ => Err(StorageError::Conflict { table }),
        }
    }

    /// Runs a statement that must touch exactly `count` rows.
    async fn exactly(&mut self, count: usize, table: &'static str, statement: Statement) -> Result<(), StorageError> {
        match self.run(table, statement).await? {
            touched if touched == count as u64 => Ok(()),
            _ => Err(StorageError::Conflict { table }),
        }
    }

    async fn rows<T>(&mut self, table: &'static str, question: Question<T>) -> Result<Vec<T>, StorageError>
    where
        T: for<'r> FromRow<'r, AnyRow> + Send + Unpin + 'static,
    {
        answered(question.fetch_all(&mut *self.transaction)).await.map_err(|error| StorageError::of(error, table))
    }

    async fn row<T>(&mut self, table: &'static str, question: Question<T>) -> Result<Option<T>, StorageError>
    where
        T: for<'r> FromRow<'r, AnyRow> + Send + Unpin + 'static,
    {
        answered(question.fetch_optional(&mut *self.transaction)).await.map_err(|error| StorageError::of(error, table))
    }
}

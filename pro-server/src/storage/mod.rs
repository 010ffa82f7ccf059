//! All SQL of the server: functions over one transaction, one file per table family. The same text serves SQLite and
//! PostgreSQL; only `dialect` knows which one it is. Nothing about a communication has a column here.

pub mod administrator;
pub mod audit;
mod bulk;
pub mod code;
pub mod device;
mod dialect;
mod error;
pub mod log;
pub mod member;
mod migrate;
pub mod organization;
pub mod people;
pub mod policy;
mod row;
pub mod run;
pub mod source;
#[cfg(test)]
pub(crate) mod suite;

use std::path::Path;

use protocol::time::Timestamp;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Any, FromRow, Pool, SqlSafeStr, Transaction};

use dialect::Engine;
pub use dialect::Location;
pub use error::StorageError;
pub use migrate::newest_schema;

/// SQLite's own way to copy a database that is in use; the copy holds no deleted rows.
const COPY: &str = "VACUUM INTO $1";

/// The database. A cheap clone.
#[derive(Clone)]
pub struct Storage {
    pool: Pool<Any>,
    engine: Engine,
    location: Location,
}

impl Storage {
    /// Connects and brings the schema up to date.
    pub async fn open(location: &Location, now: Timestamp) -> Result<Self, StorageError> {
        let (pool, engine) = dialect::connect(location).await?;
        let storage = Self { pool, engine, location: location.clone() };
        let mut tx = storage.begin().await?;
        migrate::run(engine.migrations(), engine, &mut tx, now).await?;
        tx.commit().await?;
        Ok(storage)
    }

    /// As an older program left it: with the first `migrations` only.
    #[cfg(test)]
    pub(crate) async fn open_as_of(
        location: &Location,
        now: Timestamp,
        migrations: usize,
    ) -> Result<Self, StorageError> {
        let (pool, engine) = dialect::connect(location).await?;
        let storage = Self { pool, engine, location: location.clone() };
        let mut tx = storage.begin().await?;
        let known = engine.migrations().get(..migrations).unwrap_or_default();
        migrate::run(known, engine, &mut tx, now).await?;
        tx.commit().await?;
        Ok(storage)
    }

    /// Whether all of it is one file of ours.
    pub fn is_file(&self) -> bool {
        self.engine == Engine::Sqlite
    }

    /// Writes a consistent copy of the database into `file`, which must not exist. It reads over a connection of its own, so that
    /// readers and the writer go on meanwhile; what they commit after the copy began is not in it.
    pub async fn copy_to(&self, file: &Path) -> Result<(), StorageError> {
        let pool = dialect::connect_to_read(&self.location).await?;
        let copied = sqlx::query(COPY).bind(file.to_string_lossy().into_owned()).execute(&pool).await;
        pool.close().await;
        copied.map(|_| ()).map_err(|error| StorageError::of(error, "*"))
    }

    /// A transaction; it is rolled back unless committed.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        self.pool.begin().await.map(Tx).map_err(|error| StorageError::of(error, "*"))
    }

    /// Waits for what is running and closes; SQLite then folds its journal into the file.
    pub async fn close(&self) {
        self.pool.close().await;
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
}

/// Looks at a database without migrating or writing it.
pub async fn examine(location: &Location) -> Result<Examined, StorageError> {
    let pool = dialect::connect_to_read(location).await?;
    let storage = Storage { pool, engine: Engine::Sqlite, location: location.clone() };
    let mut tx = storage.begin().await?;
    let examined = examined(&mut tx).await;
    drop(tx);
    storage.close().await;
    examined
}

async fn examined(tx: &mut Tx) -> Result<Examined, StorageError> {
    let checked: Vec<(String,)> = tx.rows("*", sqlx::query_as("PRAGMA quick_check(8)")).await?;
    let schema: Option<(i64,)> =
        tx.row("*", sqlx::query_as("SELECT COALESCE(MAX(version), 0) FROM schema_migration")).await?;
    let newest = "SELECT MAX(COALESCE((SELECT MAX(issued_ms) FROM directory_version), 0),
        COALESCE((SELECT MAX(applied_ms) FROM schema_migration), 0))";
    let newest: Option<(i64,)> = tx.row("*", sqlx::query_as(newest)).await?;
    Ok(Examined {
        schema: row::Column("schema_migration", "version").number(schema.map_or(0, |(version,)| version))?,
        faults: checked.iter().filter(|(said,)| said != "ok").count(),
        newest: row::Column("directory_version", "issued_ms").time(newest.map_or(0, |(ms,)| ms))?,
    })
}

/// One transaction. Only `service` makes and commits one.
pub struct Tx(Transaction<'static, Any>);

type Statement = Query<'static, Any, AnyArguments>;
type Question<T> = QueryAs<'static, Any, T, AnyArguments>;

impl Tx {
    /// Makes the changes durable.
    pub async fn commit(self) -> Result<(), StorageError> {
        self.0.commit().await.map_err(|error| StorageError::of(error, "*"))
    }

    async fn run_text(&mut self, text: &'static str) -> Result<(), StorageError> {
        let result = sqlx::raw_sql(text.into_sql_str()).execute(&mut *self.0).await;
        result.map(|_| ()).map_err(|error| StorageError::of(error, "*"))
    }

    /// Runs a statement; how many rows it touched.
    async fn run(&mut self, table: &'static str, statement: Statement) -> Result<u64, StorageError> {
        let done = statement.execute(&mut *self.0).await;
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
        question.fetch_all(&mut *self.0).await.map_err(|error| StorageError::of(error, table))
    }

    async fn row<T>(&mut self, table: &'static str, question: Question<T>) -> Result<Option<T>, StorageError>
    where
        T: for<'r> FromRow<'r, AnyRow> + Send + Unpin + 'static,
    {
        question.fetch_optional(&mut *self.0).await.map_err(|error| StorageError::of(error, table))
    }
}

//! All SQL of the server: functions over one transaction, one file per table family. The same text serves SQLite and
//! PostgreSQL; only `dialect` knows which one it is. Nothing about a communication has a column here.

pub mod administrator;
pub mod audit;
pub mod code;
pub mod device;
mod dialect;
mod error;
pub mod log;
pub mod member;
mod migrate;
pub mod organization;
pub mod policy;
mod row;
#[cfg(test)]
mod suite;

use protocol::time::Timestamp;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{Any, FromRow, Pool, SqlSafeStr, Transaction};

pub use dialect::Location;
pub use error::StorageError;

/// The database. A cheap clone.
#[derive(Clone)]
pub struct Storage {
    pool: Pool<Any>,
}

impl Storage {
    /// Connects and brings the schema up to date.
    pub async fn open(location: &Location, now: Timestamp) -> Result<Self, StorageError> {
        let (pool, engine) = dialect::connect(location).await?;
        let storage = Self { pool };
        let mut tx = storage.begin().await?;
        migrate::run(engine, &mut tx, now).await?;
        tx.commit().await?;
        Ok(storage)
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

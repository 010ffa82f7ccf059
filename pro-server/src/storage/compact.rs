//! Rewrites the database so that no file of it holds what was deleted: SQLite's freed pages and write-ahead log, PostgreSQL's dead rows
//! and old index entries. It must never answer before it is so.

use std::time::Duration;

use super::dialect::Engine;
use super::{Storage, StorageError};

/// For the rewriting of a large database.
const REWRITE_TIMEOUT: Duration = Duration::from_secs(600);
/// How long readers of an older state are waited for, and how often they are looked for.
const READERS_TIMEOUT: Duration = Duration::from_secs(60);
const READERS_PAUSE: Duration = Duration::from_millis(100);

/// Pages are written anew, into the write-ahead log first.
const SQLITE_REWRITE: &str = "VACUUM";
/// Everything into the file, and nothing left in the log. The first number is 1 while somebody still reads an older state.
const SQLITE_EMPTY_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Whoever reads an older state still needs the dead rows.
const POSTGRES_READERS: &str = "SELECT COUNT(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL";

/// Samples of what stands in these columns would be copies of it in a place that nobody empties.
pub(super) const POSTGRES_NO_SAMPLES: &str = "
    ALTER TABLE member ALTER COLUMN external_id SET STATISTICS 0, ALTER COLUMN login SET STATISTICS 0,
        ALTER COLUMN name SET STATISTICS 0, ALTER COLUMN mail SET STATISTICS 0, ALTER COLUMN group_names SET STATISTICS 0;
    ALTER TABLE member_link ALTER COLUMN subject SET STATISTICS 0;
    ALTER TABLE scim_person ALTER COLUMN user_name SET STATISTICS 0, ALTER COLUMN external_id SET STATISTICS 0,
        ALTER COLUMN resource SET STATISTICS 0;
    ALTER TABLE scim_group ALTER COLUMN resource SET STATISTICS 0;
    ALTER TABLE audit_party ALTER COLUMN secret SET STATISTICS 0";

/// Every table that ever holds something of a person, each into new files; the old ones are gone with the statement.
const POSTGRES_REWRITE: [&str; 10] = [
    "VACUUM FULL member",
    "VACUUM FULL scim_person",
    "VACUUM FULL scim_group",
    "VACUUM FULL scim_membership",
    "VACUUM FULL scim_loss",
    "VACUUM FULL member_link",
    "VACUUM FULL enrollment_code",
    "VACUUM FULL directory_run_skipped",
    "VACUUM FULL device",
    "VACUUM FULL audit_party",
];

impl Storage {
    /// Rewrites what was deleted out of every file.
    pub async fn compact(&self) -> Result<(), StorageError> {
        match self.pools.engine {
            Engine::Sqlite => {
                self.rewrite(SQLITE_REWRITE).await?;
                self.until_none(SQLITE_EMPTY_LOG).await
            }
            Engine::Postgres => {
                self.until_none(POSTGRES_READERS).await?;
                for text in POSTGRES_REWRITE {
                    self.rewrite(text).await?;
                }
                Ok(())
            }
        }
    }

    /// A statement that no transaction may be around.
    async fn rewrite(&self, text: &'static str) -> Result<(), StorageError> {
        let run = sqlx::raw_sql(text).execute(&self.pools.writer);
        let done = tokio::time::timeout(REWRITE_TIMEOUT, run).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        done.map(|_| ()).map_err(|error| StorageError::of(error, "*"))
    }

    /// Asks until the first number of the answer is none.
    async fn until_none(&self, text: &'static str) -> Result<(), StorageError> {
        let asking = async {
            loop {
                let (count,) = sqlx::query_as::<_, (i64,)>(text).fetch_one(&self.pools.writer).await?;
                if count == 0 {
                    return Ok::<(), sqlx::Error>(());
                }
                tokio::time::sleep(READERS_PAUSE).await;
            }
        };
        let asked = tokio::time::timeout(READERS_TIMEOUT, asking).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        asked.map_err(|error| StorageError::of(error, "*"))
    }
}

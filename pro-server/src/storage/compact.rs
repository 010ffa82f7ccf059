//! Rewrites the database so that no file of it holds what was deleted: SQLite's freed pages and write-ahead log, PostgreSQL's dead rows
//! and old index entries. It must never answer before it is so.

use std::path::Path;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use tokio::sync::Mutex;

use super::{Location, Storage, StorageError};

/// For the rewriting of a large database.
const REWRITE_TIMEOUT: Duration = Duration::from_secs(600);
/// How long readers of an older state are waited for, and how often they are looked for.
const READERS_TIMEOUT: Duration = Duration::from_secs(60);
const READERS_PAUSE: Duration = Duration::from_millis(100);

/// Pages are written anew, by way of a file without a name, and into the write-ahead log first.
const SQLITE_REWRITE: &str = "VACUUM";
/// Everything into the file, and nothing left in the log. The first number is 1 while somebody still reads an older state.
const SQLITE_EMPTY_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
/// As every connection has it.
const SQLITE_IN_MEMORY: &str = "PRAGMA temp_store_directory = ''; PRAGMA temp_store = MEMORY";
/// The folder for files without a name is one for the whole process.
static SQLITE_FOLDER: Mutex<()> = Mutex::const_new(());

/// The transaction after all that are committed by now.
const POSTGRES_NEXT: &str = "SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT)";

/// What still needs a state of before transaction $1, and with it dead rows: readers of this database, and those of none, as a standby
/// that tells what is read from it; replication slots; and, as the last, any transaction under way or prepared in any database.
const POSTGRES_HELD: &str = "SELECT
    (SELECT COUNT(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
        AND (datname = current_database() OR datname IS NULL)
        AND age(backend_xmin) > age(CAST(CAST($1 AS xid8) AS xid)))
    + (SELECT COUNT(*) FROM pg_replication_slots WHERE age(xmin) > age(CAST(CAST($1 AS xid8) AS xid)))
    + CASE WHEN pg_snapshot_xmin(pg_current_snapshot()) < CAST($1 AS xid8) THEN 1 ELSE 0 END";

/// Where a table's rows are at present. Rewriting gives it another file; whoever may not is warned only, and nothing is done.
const POSTGRES_FILE: &str = "SELECT COALESCE(CAST(pg_relation_filenode(to_regclass($1)) AS BIGINT), 0)";

/// Whether we are the database's owner, who may rewrite the system's own tables as well.
const POSTGRES_OWNS: &str = "SELECT COUNT(*) FROM pg_database
    WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')";
/// Where samples were kept before migration 0014.
const POSTGRES_SAMPLES: &str = "VACUUM FULL pg_catalog.pg_statistic";

/// Every table that ever holds something of a person or of an administrator, each into new files; the old ones are gone with the statement.
const POSTGRES_TABLES: [&str; 13] = [
    "member",
    "scim_person",
    "scim_group",
    "scim_membership",
    "scim_loss",
    "member_link",
    "enrollment_code",
    "directory_run_skipped",
    "device",
    "administrator",
    "administrator_link",
    "approval",
    "audit_party",
];

impl Storage {
    /// Rewrites what was deleted out of every file.
    pub async fn compact(&self) -> Result<(), StorageError> {
        self.compact_within(READERS_TIMEOUT).await
    }

    /// The same, with so much patience for readers. As long as one stands in the way nothing is rewritten: it would be in vain.
    pub(super) async fn compact_within(&self, patience: Duration) -> Result<(), StorageError> {
        match &self.location {
            Location::Sqlite(file) => {
                self.until_none(SQLITE_EMPTY_LOG, None, patience).await?;
                self.rewrite_file(file.parent().unwrap_or(Path::new("."))).await?;
                self.until_none(SQLITE_EMPTY_LOG, None, patience).await
            }
            Location::Postgres(_) => self.rewrite_tables(patience).await,
        }
    }

    /// All live rows go through a file in `folder`, which nobody else can enter and which has no name: memory is for little.
    async fn rewrite_file(&self, folder: &Path) -> Result<(), StorageError> {
        let _alone = SQLITE_FOLDER.lock().await;
        let folder = folder.to_string_lossy().replace('\'', "''");
        self.rewrite(format!("PRAGMA temp_store = FILE; PRAGMA temp_store_directory = '{folder}'")).await?;
        let rewritten = self.rewrite(SQLITE_REWRITE.to_owned()).await;
        self.rewrite(SQLITE_IN_MEMORY.to_owned()).await?;
        rewritten
    }

    async fn rewrite_tables(&self, patience: Duration) -> Result<(), StorageError> {
        let next = self.next_transaction().await?;
        self.until_none(POSTGRES_HELD, Some(&next), patience).await?;
        for table in POSTGRES_TABLES {
            let before = self.number(sqlx::query_as(POSTGRES_FILE).bind(table)).await?;
            self.rewrite(format!("VACUUM FULL {table}")).await?;
            if self.number(sqlx::query_as(POSTGRES_FILE).bind(table)).await? == before {
                return Err(StorageError::NotOwned { table });
            }
        }
        if self.number(sqlx::query_as(POSTGRES_OWNS)).await? > 0 {
            self.rewrite(POSTGRES_SAMPLES.to_owned()).await?;
        }
        // A standby may have told meanwhile that it still reads an older state.
        if self.held_back(&next).await? == 0 { Ok(()) } else { Err(StorageError::HeldBack) }
    }

    /// Names the moment between everything that is committed by now and what follows.
    pub(super) async fn next_transaction(&self) -> Result<String, StorageError> {
        let asked = sqlx::query_as::<_, (String,)>(POSTGRES_NEXT).fetch_one(&self.pools.writer).await;
        asked.map(|(next,)| next).map_err(|error| StorageError::of(error, "*"))
    }

    /// How much still needs rows that were deleted before `next`.
    pub(super) async fn held_back(&self, next: &str) -> Result<i64, StorageError> {
        self.number(sqlx::query_as(POSTGRES_HELD).bind(next.to_owned())).await
    }

    /// Asks until the number is none.
    async fn until_none(
        &self,
        text: &'static str,
        bound: Option<&str>,
        patience: Duration,
    ) -> Result<(), StorageError> {
        let asking = async {
            loop {
                let question = sqlx::query_as(text);
                let question = bound.into_iter().fold(question, |question, bound| question.bind(bound.to_owned()));
                if self.number(question).await? == 0 {
                    return Ok(());
                }
                tokio::time::sleep(READERS_PAUSE).await;
            }
        };
        tokio::time::timeout(patience, asking).await.unwrap_or(Err(StorageError::HeldBack))
    }

    /// The first number of an answer.
    async fn number(&self, question: super::Question<(i64,)>) -> Result<i64, StorageError> {
        let asked = question.fetch_one(&self.pools.writer).await;
        asked.map(|(number,)| number).map_err(|error| StorageError::of(error, "*"))
    }

    /// A statement of ours that no transaction may be around.
    async fn rewrite(&self, text: String) -> Result<(), StorageError> {
        let run = sqlx::raw_sql(AssertSqlSafe(text)).execute(&self.pools.writer);
        let done = tokio::time::timeout(REWRITE_TIMEOUT, run).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        done.map(|_| ()).map_err(|error| StorageError::of(error, "*"))
    }
}

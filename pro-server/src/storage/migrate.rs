//! Forward-only migrations. Our own few lines, because the usual runner writes the wall clock and durations into its table,
//! and everything stored here must be a function of its inputs.

use protocol::ids::Hash32;
use protocol::time::Timestamp;

use super::dialect::Engine;
use super::row::millis;
use super::{StorageError, Tx};

/// One file of `migrations/`.
pub(super) struct Migration {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

macro_rules! migrations {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            text: include_str!(concat!("../../../migrations/", $folder, "/", $name, ".sql")),
        }),+]
    };
}

pub(super) const SQLITE_MIGRATIONS: &[Migration] = migrations!("sqlite": "0001_initial", "0002_administrators", "0003_log_reset", "0004_directory", "0005_provisioning");
pub(super) const POSTGRES_MIGRATIONS: &[Migration] = migrations!("postgres": "0001_initial", "0002_administrators", "0003_log_reset", "0004_directory", "0005_provisioning");

const TABLE: &str = "schema_migration";

/// The only text beside the numbered files; it is the same for both engines.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

/// Number of the newest schema that this program knows.
pub fn newest_schema() -> u64 {
    SQLITE_MIGRATIONS.len() as u64
}

/// Brings the database to the newest schema. An applied file that has changed, or one from a newer program, is refused.
pub(super) async fn run(known: &[Migration], engine: Engine, tx: &mut Tx, now: Timestamp) -> Result<(), StorageError> {
    engine.lock_migrations(tx).await?;
    tx.run_text(CREATE).await?;
    let applied: Vec<(i64, String)> =
        tx.rows(TABLE, sqlx::query_as("SELECT version, sha256 FROM schema_migration ORDER BY version")).await?;
    if applied.len() > known.len() {
        return Err(StorageError::Corrupt { table: TABLE, column: "version" });
    }
    for (version, migration) in (1_i64..).zip(known) {
        let sha256 = Hash32::sha256(migration.text.as_bytes()).to_string();
        match applied.iter().find(|(applied, _)| *applied == version) {
            Some((_, recorded)) if *recorded == sha256 => {}
            Some(_) => return Err(StorageError::Corrupt { table: TABLE, column: "sha256" }),
            None => {
                tx.run_text(migration.text).await?;
                let insert = sqlx::query("INSERT INTO schema_migration VALUES ($1, $2, $3, $4)")
                    .bind(version)
                    .bind(migration.name)
                    .bind(sha256)
                    .bind(millis(now));
                tx.one(TABLE, insert).await?;
            }
        }
    }
    Ok(())
}

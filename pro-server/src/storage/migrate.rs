//! Forward-only migrations. Our own few lines, because the usual runner writes the wall clock and durations into its table,
//! and everything stored here must be a function of its inputs.

use protocol::ids::Hash32;
use protocol::time::Timestamp;

use super::error::Unusable;
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

pub(super) const SQLITE_MIGRATIONS: &[Migration] = migrations!("sqlite": "0001_initial", "0002_administrators", "0003_log_reset", "0004_directory", "0005_provisioning", "0006_sign_in_link", "0007_scim", "0008_integration", "0009_erasure", "0010_policy", "0011_roles", "0012_audit_sink", "0013_audit_witness", "0014_compaction", "0015_names");
pub(super) const POSTGRES_MIGRATIONS: &[Migration] = migrations!("postgres": "0001_initial", "0002_administrators", "0003_log_reset", "0004_directory", "0005_provisioning", "0006_sign_in_link", "0007_scim", "0008_integration", "0009_erasure", "0010_policy", "0011_roles", "0012_audit_sink", "0013_audit_witness", "0014_compaction", "0015_names");

pub(super) const TABLE: &str = "schema_migration";

/// The only text beside the numbered files; it is the same for both engines.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

/// Number of the newest schema that this program knows.
pub fn newest_schema() -> u64 {
    SQLITE_MIGRATIONS.len() as u64
}

/// All migrations that this program knows, by name.
pub fn all_migrations() -> Vec<&'static str> {
    SQLITE_MIGRATIONS.iter().map(|migration| migration.name).collect()
}

/// Brings the database to the newest schema; the transaction is of the one writer, so that nobody else does at the same time. An applied file that has changed, or one from a newer program, is refused.
pub(super) async fn run(known: &[Migration], tx: &mut Tx, now: Timestamp) -> Result<(), StorageError> {
    // A role that may not make tables can serve on tables that somebody else has made.
    if !tx.engine.has_table(tx, TABLE).await? {
        tx.run_text(CREATE).await?;
    }
    let applied = applied(known, tx).await?;
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

/// The names of those migrations that [`run`] would apply. Nothing is changed.
pub(super) async fn pending(known: &[Migration], tx: &mut Tx) -> Result<Vec<&'static str>, StorageError> {
    let applied = if tx.engine.has_table(tx, TABLE).await? { applied(known, tx).await? } else { Vec::new() };
    let is_pending = |version: i64| !applied.iter().any(|(applied, _)| *applied == version);
    Ok((1_i64..).zip(known).filter(|(version, _)| is_pending(*version)).map(|(_, migration)| migration.name).collect())
}

async fn applied(known: &[Migration], tx: &mut Tx) -> Result<Vec<(i64, String)>, StorageError> {
    let select = "SELECT version, sha256 FROM schema_migration ORDER BY version";
    let applied: Vec<(i64, String)> = tx.rows(TABLE, sqlx::query_as(select)).await?;
    if applied.len() > known.len() { Err(Unusable::Newer.into()) } else { Ok(applied) }
}

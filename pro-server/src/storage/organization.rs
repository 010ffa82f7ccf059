//! Tables `organization` and `directory_version`: whose database this is, and which directory it publishes.

use protocol::ids::OrganizationFingerprint;
use protocol::time::Timestamp;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "organization";
const VERSION: &str = "directory_version";

/// Records the organization that this database is for, once.
pub async fn found(tx: &mut Tx, fingerprint: OrganizationFingerprint, now: Timestamp) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO organization (fingerprint, founded_ms) VALUES ($1, $2)")
        .bind(fingerprint.as_bytes().to_vec())
        .bind(millis(now));
    tx.one(TABLE, insert).await
}

/// The organization that this database is for; none before the first start.
pub async fn fingerprint(tx: &mut Tx) -> Result<Option<OrganizationFingerprint>, StorageError> {
    let row = tx.row(TABLE, sqlx::query_as::<_, (Vec<u8>,)>("SELECT fingerprint FROM organization")).await?;
    row.map(|(bytes,)| Column(TABLE, "fingerprint").bytes(&bytes).map(OrganizationFingerprint::from_bytes)).transpose()
}

/// Which directory is published, and since when; version 0 before the first one.
pub async fn directory_version(tx: &mut Tx) -> Result<(u64, Timestamp), StorageError> {
    let select = "SELECT version, issued_ms FROM directory_version ORDER BY version DESC LIMIT 1";
    match tx.row(VERSION, sqlx::query_as::<_, (i64, i64)>(select)).await? {
        Some((version, issued)) => {
            Ok((Column(VERSION, "version").number(version)?, Column(VERSION, "issued_ms").time(issued)?))
        }
        None => Ok((0, Timestamp::ZERO)),
    }
}

/// Moves the directory to `version`, which must be the next one.
pub async fn publish_directory(tx: &mut Tx, version: u64, now: Timestamp) -> Result<(), StorageError> {
    let (current, _) = directory_version(tx).await?;
    if version != current + 1 {
        return Err(StorageError::Conflict { table: VERSION });
    }
    let insert = sqlx::query("INSERT INTO directory_version (version, issued_ms) VALUES ($1, $2)")
        .bind(stored(version))
        .bind(millis(now));
    tx.one(VERSION, insert).await?;
    let delete = sqlx::query("DELETE FROM directory_version WHERE version < $1").bind(stored(version));
    tx.run(VERSION, delete).await.map(|_| ())
}

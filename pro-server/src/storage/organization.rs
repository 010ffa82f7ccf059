//! Tables `organization` and `directory_version`: whose database this is, and which list of people it publishes.

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

/// The list of people that is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedList {
    /// 0 before the first one.
    pub version: u64,
    pub issued: Timestamp,
    /// Opens the log's commitment; none in a version from before there were commitments.
    pub salt: Option<[u8; 32]>,
}

/// Which list of people is published.
pub async fn published_list(tx: &mut Tx) -> Result<PublishedList, StorageError> {
    let select = "SELECT version, issued_ms, salt FROM directory_version ORDER BY version DESC LIMIT 1";
    match tx.row(VERSION, sqlx::query_as::<_, (i64, i64, Option<Vec<u8>>)>(select)).await? {
        Some((version, issued, salt)) => Ok(PublishedList {
            version: Column(VERSION, "version").number(version)?,
            issued: Column(VERSION, "issued_ms").time(issued)?,
            salt: salt.map(|salt| Column(VERSION, "salt").bytes(&salt)).transpose()?,
        }),
        None => Ok(PublishedList { version: 0, issued: Timestamp::ZERO, salt: None }),
    }
}

/// Moves the list of people to `version`, which must be the next one.
pub async fn publish_list(tx: &mut Tx, version: u64, salt: &[u8; 32], now: Timestamp) -> Result<(), StorageError> {
    if version != published_list(tx).await?.version + 1 {
        return Err(StorageError::Conflict { table: VERSION });
    }
    let insert = sqlx::query("INSERT INTO directory_version (version, issued_ms, salt) VALUES ($1, $2, $3)")
        .bind(stored(version))
        .bind(millis(now))
        .bind(salt.to_vec());
    tx.one(VERSION, insert).await?;
    let delete = sqlx::query("DELETE FROM directory_version WHERE version < $1").bind(stored(version));
    tx.run(VERSION, delete).await.map(|_| ())
}

/// Leaves the newest version as a program of before commitments did.
#[cfg(test)]
pub async fn forget_salt(tx: &mut Tx) -> Result<(), StorageError> {
    tx.one(VERSION, sqlx::query("UPDATE directory_version SET salt = NULL")).await
}

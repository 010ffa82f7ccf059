//! Table `policy`: every signed policy document, by version. It must never change one that was published.

use super::row::{Column, stored};
use super::{StorageError, Tx};

const TABLE: &str = "policy";

/// Adds the document of a new version; a version that exists is a conflict.
pub async fn put(tx: &mut Tx, version: u64, document: &[u8]) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO policy (version, document) VALUES ($1, $2)")
        .bind(stored(version))
        .bind(document.to_vec());
    tx.one(TABLE, insert).await
}

/// The newest version and its signed document.
pub async fn newest(tx: &mut Tx) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
    let select = "SELECT version, document FROM policy ORDER BY version DESC LIMIT 1";
    let row = tx.row(TABLE, sqlx::query_as::<_, (i64, Vec<u8>)>(select)).await?;
    row.map(|(version, document)| Ok((Column(TABLE, "version").number(version)?, document))).transpose()
}

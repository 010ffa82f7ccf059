//! Table `audit_sink`: how far each destination of the audit has got.

use super::row::{Column, stored};
use super::{StorageError, Tx};

const TABLE: &str = "audit_sink";

/// The first entry that this destination has not confirmed; none if it is new.
pub async fn next(tx: &mut Tx, name: &str) -> Result<Option<u64>, StorageError> {
    let select = sqlx::query_as::<_, (i64,)>("SELECT next FROM audit_sink WHERE name = $1").bind(name.to_owned());
    tx.row(TABLE, select).await?.map(|(next,)| Column(TABLE, "next").number(next)).transpose()
}

/// Notes how far it has got; back too, where the audit itself was put back.
pub async fn put(tx: &mut Tx, name: &str, next: u64) -> Result<(), StorageError> {
    let upsert = "INSERT INTO audit_sink (name, next) VALUES ($1, $2) \
                  ON CONFLICT (name) DO UPDATE SET next = excluded.next";
    tx.run(TABLE, sqlx::query(upsert).bind(name.to_owned()).bind(stored(next))).await?;
    Ok(())
}

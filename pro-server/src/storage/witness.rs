//! Table `audit_witness`: the newest cosignature of each witness of the audit.

use super::row::{Column, stored};
use super::{StorageError, Tx};

const TABLE: &str = "audit_witness";

/// A witness's newest word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessRow {
    /// Its key.
    pub witness: String,
    /// How many entries it has seen.
    pub size: u64,
    /// Its signature line for the checkpoint over them.
    pub cosignature: String,
}

/// Of every witness that there ever was, in one order.
pub async fn all(tx: &mut Tx) -> Result<Vec<WitnessRow>, StorageError> {
    let select = "SELECT witness, size, cosignature FROM audit_witness ORDER BY witness";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (String, i64, String)>(select)).await?.into_iter();
    rows.map(|(witness, size, cosignature)| {
        Ok(WitnessRow { witness, size: Column(TABLE, "size").number(size)?, cosignature })
    })
    .collect()
}

/// Keeps the newest word of a witness.
pub async fn put(tx: &mut Tx, row: &WitnessRow) -> Result<(), StorageError> {
    let upsert = "INSERT INTO audit_witness (witness, size, cosignature) VALUES ($1, $2, $3) \
                  ON CONFLICT (witness) DO UPDATE SET size = excluded.size, cosignature = excluded.cosignature";
    let upsert = sqlx::query(upsert).bind(row.witness.clone()).bind(stored(row.size)).bind(row.cosignature.clone());
    tx.run(TABLE, upsert).await?;
    Ok(())
}

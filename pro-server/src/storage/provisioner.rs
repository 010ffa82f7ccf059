//! Table `provisioner`: tokens with which providers push people. It must never see a token, nor when one was used beyond the day.

use protocol::ids::{Hash32, ProvisionerId};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "provisioner";
/// The one scope there is.
const SCIM: i64 = 1;

/// A token as stored.
#[derive(Debug, Clone)]
pub struct ProvisionerRow {
    pub id: ProvisionerId,
    pub name: Personal<String>,
    /// None once revoked.
    pub hash: Option<Hash32>,
    pub added: Timestamp,
    pub expires: Timestamp,
    /// Counted from 1970.
    pub used_day: Option<u64>,
}

type Columns = (Vec<u8>, String, i64, Option<Vec<u8>>, i64, i64, Option<i64>);

fn read(row: Columns) -> Result<ProvisionerRow, StorageError> {
    let (id, name, scope, hash, added, expires, used_day) = row;
    let column = |name| Column(TABLE, name);
    if scope != SCIM {
        return Err(column("scope").corrupt());
    }
    Ok(ProvisionerRow {
        id: ProvisionerId::from_bytes(column("id").bytes(&id)?),
        name: name.into(),
        hash: hash.map(|hash| column("token_hash").bytes(&hash).map(Hash32::from_bytes)).transpose()?,
        added: column("added_ms").time(added)?,
        expires: column("expires_ms").time(expires)?,
        used_day: used_day.map(|day| column("used_day").number(day)).transpose()?,
    })
}

/// Keeps a new token's hash.
pub async fn insert(tx: &mut Tx, row: &ProvisionerRow) -> Result<(), StorageError> {
    let insert = "INSERT INTO provisioner (id, name, scope, token_hash, added_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sqlx::query(insert)
        .bind(row.id.as_bytes().to_vec())
        .bind(row.name.expose().clone())
        .bind(SCIM)
        .bind(row.hash.map(|hash| hash.as_bytes().to_vec()))
        .bind(millis(row.added))
        .bind(millis(row.expires));
    tx.one(TABLE, statement).await
}

/// Forgets the hash. Revoked already, or unknown, is a conflict.
pub async fn revoke(tx: &mut Tx, id: ProvisionerId) -> Result<(), StorageError> {
    let update = "UPDATE provisioner SET token_hash = NULL WHERE id = $1 AND token_hash IS NOT NULL";
    tx.one(TABLE, sqlx::query(update).bind(id.as_bytes().to_vec())).await
}

/// Notes the day of a use.
pub async fn set_used(tx: &mut Tx, id: ProvisionerId, day: u64) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE provisioner SET used_day = $2 WHERE id = $1");
    tx.one(TABLE, update.bind(id.as_bytes().to_vec()).bind(stored(day))).await
}

/// One token, revoked ones included.
pub async fn find(tx: &mut Tx, id: ProvisionerId) -> Result<Option<ProvisionerRow>, StorageError> {
    let select = "SELECT id, name, scope, token_hash, added_ms, expires_ms, used_day FROM provisioner WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// Every token that is not revoked, the oldest first.
pub async fn standing(tx: &mut Tx) -> Result<Vec<ProvisionerRow>, StorageError> {
    let select = "SELECT id, name, scope, token_hash, added_ms, expires_ms, used_day FROM provisioner
        WHERE token_hash IS NOT NULL ORDER BY added_ms, id";
    tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await?.into_iter().map(read).collect()
}

//! Table `integration`: tokens of programs. It must never see a token, nor when one was used beyond the day.

use protocol::audit::IntegrationScope;
use protocol::ids::{Hash32, IntegrationId};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "integration";

/// The numbers that stand in the table.
fn scope_number(scope: IntegrationScope) -> i64 {
    match scope {
        IntegrationScope::Provisioning => 1,
        IntegrationScope::Read => 2,
        IntegrationScope::Administer => 3,
    }
}

/// A token as stored.
#[derive(Debug, Clone)]
pub struct IntegrationRow {
    pub id: IntegrationId,
    pub name: Personal<String>,
    pub scope: IntegrationScope,
    /// None once revoked.
    pub hash: Option<Hash32>,
    pub added: Timestamp,
    pub expires: Timestamp,
    /// Counted from 1970.
    pub used_day: Option<u64>,
}

type Columns = (Vec<u8>, String, i64, Option<Vec<u8>>, i64, i64, Option<i64>);

fn read(row: Columns) -> Result<IntegrationRow, StorageError> {
    let (id, name, scope, hash, added, expires, used_day) = row;
    let column = |name| Column(TABLE, name);
    let known = IntegrationScope::ALL.into_iter().find(|known| scope_number(*known) == scope);
    Ok(IntegrationRow {
        id: IntegrationId::from_bytes(column("id").bytes(&id)?),
        name: name.into(),
        scope: known.ok_or_else(|| column("scope").corrupt())?,
        hash: hash.map(|hash| column("token_hash").bytes(&hash).map(Hash32::from_bytes)).transpose()?,
        added: column("added_ms").time(added)?,
        expires: column("expires_ms").time(expires)?,
        used_day: used_day.map(|day| column("used_day").number(day)).transpose()?,
    })
}

/// Keeps a new token's hash.
pub async fn insert(tx: &mut Tx, row: &IntegrationRow) -> Result<(), StorageError> {
    let insert = "INSERT INTO integration (id, name, scope, token_hash, added_ms, expires_ms)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sqlx::query(insert)
        .bind(row.id.as_bytes().to_vec())
        .bind(row.name.expose().clone())
        .bind(scope_number(row.scope))
        .bind(row.hash.map(|hash| hash.as_bytes().to_vec()))
        .bind(millis(row.added))
        .bind(millis(row.expires));
    tx.one(TABLE, statement).await
}

/// Forgets the hash. Revoked already, or unknown, is a conflict.
pub async fn revoke(tx: &mut Tx, id: IntegrationId) -> Result<(), StorageError> {
    let update = "UPDATE integration SET token_hash = NULL WHERE id = $1 AND token_hash IS NOT NULL";
    tx.one(TABLE, sqlx::query(update).bind(id.as_bytes().to_vec())).await
}

/// Notes the day of a use.
pub async fn set_used(tx: &mut Tx, id: IntegrationId, day: u64) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE integration SET used_day = $2 WHERE id = $1");
    tx.one(TABLE, update.bind(id.as_bytes().to_vec()).bind(stored(day))).await
}

/// The names of all, revoked ones included, for whoever checks them.
pub async fn names(tx: &mut Tx) -> Result<Vec<(IntegrationId, Personal<String>)>, StorageError> {
    named(tx, "SELECT id, name FROM integration ORDER BY id").await
}

/// Those whose names the audit does not hold yet.
pub async fn unrecorded_names(tx: &mut Tx) -> Result<Vec<(IntegrationId, Personal<String>)>, StorageError> {
    named(tx, "SELECT id, name FROM integration WHERE named = 0 ORDER BY added_ms, id").await
}

async fn named(tx: &mut Tx, select: &'static str) -> Result<Vec<(IntegrationId, Personal<String>)>, StorageError> {
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>, String)>(select)).await?.into_iter();
    let read = |(id, name): (Vec<u8>, String)| {
        Ok((IntegrationId::from_bytes(Column(TABLE, "id").bytes(&id)?), Personal::new(name)))
    };
    rows.map(read).collect()
}

/// The audit holds the name from now on.
pub async fn set_recorded(tx: &mut Tx, id: IntegrationId) -> Result<(), StorageError> {
    tx.one(TABLE, sqlx::query("UPDATE integration SET named = 1 WHERE id = $1").bind(id.as_bytes().to_vec())).await
}

/// One token, revoked ones included.
pub async fn find(tx: &mut Tx, id: IntegrationId) -> Result<Option<IntegrationRow>, StorageError> {
    let select = "SELECT id, name, scope, token_hash, added_ms, expires_ms, used_day FROM integration WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// Every token that is not revoked, the oldest first.
pub async fn standing(tx: &mut Tx) -> Result<Vec<IntegrationRow>, StorageError> {
    let select = "SELECT id, name, scope, token_hash, added_ms, expires_ms, used_day FROM integration
        WHERE token_hash IS NOT NULL ORDER BY added_ms, id";
    tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await?.into_iter().map(read).collect()
}

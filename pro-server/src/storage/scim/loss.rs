//! Table `scim_loss`: whom providers took devices from, for as long as the brake counts it.

use protocol::ids::MemberId;
use protocol::time::Timestamp;

use crate::storage::row::{Column, millis};
use crate::storage::{StorageError, Tx};

const TABLE: &str = "scim_loss";

/// Notes that somebody lost their devices; what was before `since` is forgotten.
pub async fn note(tx: &mut Tx, member: MemberId, now: Timestamp, since: Timestamp) -> Result<(), StorageError> {
    let old = sqlx::query("DELETE FROM scim_loss WHERE lost_ms < $1 OR member_id = $2");
    tx.run(TABLE, old.bind(millis(since)).bind(member.as_bytes().to_vec())).await?;
    let insert = sqlx::query("INSERT INTO scim_loss (member_id, lost_ms) VALUES ($1, $2)");
    tx.one(TABLE, insert.bind(member.as_bytes().to_vec()).bind(millis(now))).await
}

/// How many have lost their devices since then.
pub async fn count(tx: &mut Tx, since: Timestamp) -> Result<u64, StorageError> {
    let select = sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM scim_loss WHERE lost_ms >= $1").bind(millis(since));
    Column(TABLE, "member_id").number(tx.row(TABLE, select).await?.map_or(0, |(count,)| count))
}

/// When the first of them did.
pub async fn oldest(tx: &mut Tx, since: Timestamp) -> Result<Option<Timestamp>, StorageError> {
    let select = "SELECT lost_ms FROM scim_loss WHERE lost_ms >= $1 ORDER BY lost_ms LIMIT 1";
    let row = tx.row(TABLE, sqlx::query_as::<_, (i64,)>(select).bind(millis(since))).await?;
    row.map(|(ms,)| Column(TABLE, "lost_ms").time(ms)).transpose()
}

/// Forgets all of them.
pub async fn clear(tx: &mut Tx) -> Result<u64, StorageError> {
    tx.run(TABLE, sqlx::query("DELETE FROM scim_loss")).await
}

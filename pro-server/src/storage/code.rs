//! Table `enrollment_code`: hashes of one-time codes. It must never see a code itself.

use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::time::Timestamp;

use super::row::{Column, millis};
use super::{StorageError, Tx};

const TABLE: &str = "enrollment_code";

/// A stored code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRow {
    /// Whom it enrolls.
    pub member: MemberId,
    /// After this it is worth nothing.
    pub expires: Timestamp,
    /// The device that spent it.
    pub spent_by: Option<DeviceId>,
}

/// Keeps a new code, in place of the member's earlier ones and of all that have expired.
pub async fn put(
    tx: &mut Tx,
    hash: Hash32,
    member: MemberId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StorageError> {
    let delete = sqlx::query("DELETE FROM enrollment_code WHERE member_id = $1 OR expires_ms <= $2")
        .bind(member.as_bytes().to_vec())
        .bind(millis(now));
    tx.run(TABLE, delete).await?;
    let insert =
        sqlx::query("INSERT INTO enrollment_code (hash, member_id, expires_ms, device_id) VALUES ($1, $2, $3, NULL)")
            .bind(hash.as_bytes().to_vec())
            .bind(member.as_bytes().to_vec())
            .bind(millis(expires));
    tx.one(TABLE, insert).await
}

/// The hashes of all codes.
pub async fn hashes(tx: &mut Tx) -> Result<Vec<Hash32>, StorageError> {
    let select = "SELECT hash FROM enrollment_code";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>,)>(select)).await?;
    rows.iter().map(|(hash,)| Column(TABLE, "hash").bytes(hash).map(Hash32::from_bytes)).collect()
}

/// The code with this hash. The look-up compares hashes of 16 random bytes: its timing tells nothing about a code.
pub async fn find(tx: &mut Tx, hash: Hash32) -> Result<Option<CodeRow>, StorageError> {
    let select = "SELECT member_id, expires_ms, device_id FROM enrollment_code WHERE hash = $1";
    let question = sqlx::query_as::<_, (Vec<u8>, i64, Option<Vec<u8>>)>(select).bind(hash.as_bytes().to_vec());
    let Some((member, expires, device)) = tx.row(TABLE, question).await? else { return Ok(None) };
    let device = device.map(|id| Column(TABLE, "device_id").bytes(&id).map(DeviceId::from_bytes)).transpose()?;
    Ok(Some(CodeRow {
        member: MemberId::from_bytes(Column(TABLE, "member_id").bytes(&member)?),
        expires: Column(TABLE, "expires_ms").time(expires)?,
        spent_by: device,
    }))
}

/// Spends a code; spent already, or gone, is a conflict.
pub async fn spend(tx: &mut Tx, hash: Hash32, device: DeviceId) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE enrollment_code SET device_id = $2 WHERE hash = $1 AND device_id IS NULL")
        .bind(hash.as_bytes().to_vec())
        .bind(device.as_bytes().to_vec());
    tx.one(TABLE, update).await
}

/// Withdraws everybody's codes; how many there were.
pub async fn withdraw_all(tx: &mut Tx) -> Result<u64, StorageError> {
    tx.run(TABLE, sqlx::query("DELETE FROM enrollment_code")).await
}

/// Withdraws the codes of everybody who has had a device: each would be another identity.
pub async fn withdraw_of_known(tx: &mut Tx) -> Result<u64, StorageError> {
    let delete = "DELETE FROM enrollment_code WHERE device_id IS NULL
        AND member_id IN (SELECT id FROM member WHERE identity_key IS NOT NULL)";
    tx.run(TABLE, sqlx::query(delete)).await
}

/// Withdraws the member's codes.
pub async fn withdraw(tx: &mut Tx, member: MemberId) -> Result<(), StorageError> {
    let delete = sqlx::query("DELETE FROM enrollment_code WHERE member_id = $1").bind(member.as_bytes().to_vec());
    tx.run(TABLE, delete).await.map(|_| ())
}

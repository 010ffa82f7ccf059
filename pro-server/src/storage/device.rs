//! Table `device`: every device that was ever enrolled. It must never say when or with whom a device was online.

use protocol::ids::{Address, DeviceId, MemberId};
use protocol::secret::Secret;
use protocol::time::Timestamp;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "device";

/// A device as stored.
#[derive(Debug, Clone)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub member: MemberId,
    /// Countersigned certificate, as published.
    pub certificate: Vec<u8>,
    /// X-Wing public key, encoded.
    pub envelope_key: Vec<u8>,
    pub door_address: Address,
    pub door_capability: Secret<[u8; 32]>,
    /// Position of the first leaf that its enrollment appended, and how many there were.
    pub first_leaf: u64,
    pub leaf_count: u64,
    pub enrolled: Timestamp,
    pub not_after: Timestamp,
    /// Since when it is revoked.
    pub revoked: Option<Timestamp>,
}

type Columns = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, i64, i64, Option<i64>);

fn read(row: Columns) -> Result<DeviceRow, StorageError> {
    let (id, member, certificate, envelope_key, address, capability, first, count, enrolled, not_after, revoked) = row;
    let column = |name| Column(TABLE, name);
    Ok(DeviceRow {
        id: DeviceId::from_bytes(column("id").bytes(&id)?),
        member: MemberId::from_bytes(column("member_id").bytes(&member)?),
        certificate,
        envelope_key,
        door_address: Address::from_bytes(column("door_address").bytes(&address)?),
        door_capability: Secret::new(column("door_capability").bytes(&capability)?),
        first_leaf: column("first_leaf").number(first)?,
        leaf_count: column("leaf_count").number(count)?,
        enrolled: column("enrolled_ms").time(enrolled)?,
        not_after: column("not_after_ms").time(not_after)?,
        revoked: revoked.map(|ms| column("revoked_ms").time(ms)).transpose()?,
    })
}

/// Adds a device; an id comes only once.
pub async fn insert(tx: &mut Tx, device: &DeviceRow) -> Result<(), StorageError> {
    let insert = "INSERT INTO device (id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)";
    let statement = sqlx::query(insert)
        .bind(device.id.as_bytes().to_vec())
        .bind(device.member.as_bytes().to_vec())
        .bind(device.certificate.clone())
        .bind(device.envelope_key.clone())
        .bind(device.door_address.as_bytes().to_vec())
        .bind(device.door_capability.expose().to_vec())
        .bind(stored(device.first_leaf))
        .bind(stored(device.leaf_count))
        .bind(millis(device.enrolled))
        .bind(millis(device.not_after));
    tx.one(TABLE, statement).await
}

/// One device.
pub async fn find(tx: &mut Tx, id: DeviceId) -> Result<Option<DeviceRow>, StorageError> {
    let select = "SELECT id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms FROM device WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// All devices of a member, revoked ones included.
pub async fn of_member(tx: &mut Tx, member: MemberId) -> Result<Vec<DeviceRow>, StorageError> {
    let select = "SELECT id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms FROM device WHERE member_id = $1 ORDER BY id";
    let question = sqlx::query_as::<_, Columns>(select).bind(member.as_bytes().to_vec());
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// Every device, revoked ones included.
pub async fn all(tx: &mut Tx) -> Result<Vec<DeviceRow>, StorageError> {
    let select = "SELECT id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms FROM device ORDER BY member_id, id";
    tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await?.into_iter().map(read).collect()
}

/// Marks a device revoked; revoked already, or unknown, is a conflict.
pub async fn revoke(tx: &mut Tx, id: DeviceId, now: Timestamp) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE device SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL")
        .bind(id.as_bytes().to_vec())
        .bind(millis(now));
    tx.one(TABLE, update).await
}

/// Replaces the certificate of a device that is not revoked.
pub async fn renew(tx: &mut Tx, id: DeviceId, certificate: &[u8], not_after: Timestamp) -> Result<(), StorageError> {
    let update =
        sqlx::query("UPDATE device SET certificate = $2, not_after_ms = $3 WHERE id = $1 AND revoked_ms IS NULL")
            .bind(id.as_bytes().to_vec())
            .bind(certificate.to_vec())
            .bind(millis(not_after));
    tx.one(TABLE, update).await
}

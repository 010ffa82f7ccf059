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
    /// Its place in the stream of devices.
    pub sequence: u64,
}

type Columns = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, i64, i64, Option<i64>, i64);

fn read(row: Columns) -> Result<DeviceRow, StorageError> {
    let (id, member, certificate, envelope_key, address, capability, first, count, enrolled, not_after, revoked, at) =
        row;
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
        sequence: column("sequence").number(at)?,
    })
}

/// Where a device stands, without its keys.
#[derive(Debug, Clone, Copy)]
pub struct DeviceBrief {
    pub id: DeviceId,
    pub member: MemberId,
    pub door_address: Address,
    pub enrolled: Timestamp,
    pub not_after: Timestamp,
    pub revoked: Option<Timestamp>,
}

type BriefColumns = (Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, Option<i64>);

fn read_brief((id, member, address, enrolled, not_after, revoked): BriefColumns) -> Result<DeviceBrief, StorageError> {
    let column = |name| Column(TABLE, name);
    Ok(DeviceBrief {
        id: DeviceId::from_bytes(column("id").bytes(&id)?),
        member: MemberId::from_bytes(column("member_id").bytes(&member)?),
        door_address: Address::from_bytes(column("door_address").bytes(&address)?),
        enrolled: column("enrolled_ms").time(enrolled)?,
        not_after: column("not_after_ms").time(not_after)?,
        revoked: revoked.map(|ms| column("revoked_ms").time(ms)).transpose()?,
    })
}

/// Adds a device; an id comes only once.
pub async fn insert(tx: &mut Tx, device: &DeviceRow) -> Result<(), StorageError> {
    let insert = "INSERT INTO device (id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms, sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11)";
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
        .bind(millis(device.not_after))
        .bind(stored(device.sequence));
    tx.one(TABLE, statement).await
}

/// One device.
pub async fn find(tx: &mut Tx, id: DeviceId) -> Result<Option<DeviceRow>, StorageError> {
    let select = "SELECT id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms, sequence FROM device WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// All devices of a member, revoked ones included.
pub async fn of_member(tx: &mut Tx, member: MemberId) -> Result<Vec<DeviceRow>, StorageError> {
    let select = "SELECT id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms, sequence FROM device WHERE member_id = $1 ORDER BY id";
    let question = sqlx::query_as::<_, Columns>(select).bind(member.as_bytes().to_vec());
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// How many there are, revoked ones included.
pub async fn count(tx: &mut Tx) -> Result<u64, StorageError> {
    let counted = tx.row(TABLE, sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM device")).await?;
    Column(TABLE, "id").number(counted.map_or(0, |(count,)| count))
}

/// Marks a device revoked; revoked already, or unknown, is a conflict.
pub async fn revoke(tx: &mut Tx, id: DeviceId, now: Timestamp) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE device SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL")
        .bind(id.as_bytes().to_vec())
        .bind(millis(now));
    tx.one(TABLE, update).await
}

/// Replaces the certificate of a device that is not revoked; it moves to `sequence`.
pub async fn renew(
    tx: &mut Tx,
    id: DeviceId,
    certificate: &[u8],
    not_after: Timestamp,
    sequence: u64,
) -> Result<(), StorageError> {
    let text =
        "UPDATE device SET certificate = $2, not_after_ms = $3, sequence = $4 WHERE id = $1 AND revoked_ms IS NULL";
    let update = sqlx::query(text)
        .bind(id.as_bytes().to_vec())
        .bind(certificate.to_vec())
        .bind(millis(not_after))
        .bind(stored(sequence));
    tx.one(TABLE, update).await
}

/// Moves a device to `sequence`.
pub async fn move_to(tx: &mut Tx, id: DeviceId, sequence: u64) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE device SET sequence = $2 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(stored(sequence));
    tx.one(TABLE, update).await
}

/// The first place in the stream of devices that nobody has had.
pub async fn next_sequence(tx: &mut Tx) -> Result<u64, StorageError> {
    let select = sqlx::query_as::<_, (i64,)>("SELECT COALESCE(MAX(sequence), 0) FROM device");
    let newest = tx.row(TABLE, select).await?.map_or(0, |(newest,)| newest);
    Ok(Column(TABLE, "sequence").number(newest)?.saturating_add(1))
}

/// At most `count_max` devices that are not revoked, from place `from` on and before `until`, in order.
pub async fn stretch(tx: &mut Tx, from: u64, until: u64, count_max: u32) -> Result<Vec<DeviceRow>, StorageError> {
    let select = "SELECT id, member_id, certificate, envelope_key, door_address, door_capability,
        first_leaf, leaf_count, enrolled_ms, not_after_ms, revoked_ms, sequence FROM device
        WHERE sequence >= $1 AND sequence < $2 AND revoked_ms IS NULL ORDER BY sequence LIMIT $3";
    let question =
        sqlx::query_as::<_, Columns>(select).bind(stored(from)).bind(stored(until)).bind(i64::from(count_max));
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// Where the devices of a member stand.
pub async fn brief_of(tx: &mut Tx, member: MemberId) -> Result<Vec<DeviceBrief>, StorageError> {
    let select = "SELECT id, member_id, door_address, enrolled_ms, not_after_ms, revoked_ms FROM device
        WHERE member_id = $1 ORDER BY id";
    let question = sqlx::query_as::<_, BriefColumns>(select).bind(member.as_bytes().to_vec());
    tx.rows(TABLE, question).await?.into_iter().map(read_brief).collect()
}

/// Where every device stands, person by person.
pub async fn brief(tx: &mut Tx) -> Result<Vec<DeviceBrief>, StorageError> {
    let select = "SELECT id, member_id, door_address, enrolled_ms, not_after_ms, revoked_ms FROM device
        ORDER BY member_id, id";
    tx.rows(TABLE, sqlx::query_as::<_, BriefColumns>(select)).await?.into_iter().map(read_brief).collect()
}

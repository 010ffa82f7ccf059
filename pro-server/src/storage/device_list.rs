//! Tables `member` and `device` read forward, for whoever goes through all devices page by page. It must never say when or with whom
//! somebody was online.

use protocol::ids::{DeviceId, MemberId};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::row::Column;
use super::{StorageError, Tx};

const DEVICE: &str = "device";

/// A device and whose it is.
#[derive(Debug, Clone)]
pub struct OwnedDeviceRow {
    pub id: DeviceId,
    pub member: MemberId,
    pub login: Personal<String>,
    pub enrolled: Timestamp,
    pub not_after: Timestamp,
    pub revoked: Option<Timestamp>,
}

type DeviceColumns = (Vec<u8>, Vec<u8>, String, i64, i64, Option<i64>);

/// At most `count_max` devices behind this one, by id, revoked ones included.
pub async fn devices_after(
    tx: &mut Tx,
    id: Option<DeviceId>,
    count_max: u32,
) -> Result<Vec<OwnedDeviceRow>, StorageError> {
    let select =
        "SELECT device.id, device.member_id, member.login, device.enrolled_ms, device.not_after_ms, device.revoked_ms
        FROM device JOIN member ON member.id = device.member_id WHERE device.id > $1 ORDER BY device.id LIMIT $2";
    let first = id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let question = sqlx::query_as::<_, DeviceColumns>(select).bind(first).bind(i64::from(count_max));
    let column = |name| Column(DEVICE, name);
    let read = |(id, member, login, enrolled, not_after, revoked): DeviceColumns| {
        Ok(OwnedDeviceRow {
            id: DeviceId::from_bytes(column("id").bytes(&id)?),
            member: MemberId::from_bytes(column("member_id").bytes(&member)?),
            login: login.into(),
            enrolled: column("enrolled_ms").time(enrolled)?,
            not_after: column("not_after_ms").time(not_after)?,
            revoked: revoked.map(|ms| column("revoked_ms").time(ms)).transpose()?,
        })
    };
    tx.rows(DEVICE, question).await?.into_iter().map(read).collect()
}

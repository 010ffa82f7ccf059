//! The signed directory snapshot: a function of the stored people and devices, made anew with each change of them.
//! It must never hold anybody who is suspended, nor a mail address.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::directory::{DeviceEntry, DirectoryEntry, DirectorySnapshot, FrontDoor};
use protocol::ids::{DeviceId, MemberId};
use protocol::keys::{EnvelopePublicKey, SigningKey};
use protocol::secret::Personal;
use protocol::signed;
use protocol::time::Timestamp;

use crate::domain::member::Member;
use crate::storage::device::DeviceRow;
use crate::storage::{self, StorageError, Tx};

use super::Services;
use super::published::{DeviceStanding, Why};

/// A snapshot, and where every device stands.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) devices: Arc<BTreeMap<DeviceId, DeviceStanding>>,
}

impl Services {
    /// The newest version and its signed bytes.
    pub fn directory_snapshot(&self) -> (u64, Arc<[u8]>) {
        let published = self.published();
        (published.directory_version, Arc::clone(&published.directory_bytes))
    }
}

/// Makes and signs the snapshot `version`. The same tables give the same bytes.
pub(super) async fn make(tx: &mut Tx, version: u64, issued: Timestamp, key: &SigningKey) -> Result<Made, StorageError> {
    let members = storage::member::all(tx).await?;
    let mut devices_of: BTreeMap<MemberId, Vec<DeviceRow>> = BTreeMap::new();
    for device in storage::device::all(tx).await? {
        devices_of.entry(device.member).or_default().push(device);
    }
    let mut standings = BTreeMap::new();
    let mut entries = Vec::with_capacity(members.len());
    for member in &members {
        let devices = devices_of.remove(&member.id).unwrap_or_default();
        standings.extend(devices.iter().map(|device| (device.id, standing(member, device))));
        if member.may_take_part() {
            entries.push(entry(member, &devices)?);
        }
    }
    let snapshot = DirectorySnapshot { version, issued, entries };
    Ok(Made { bytes: signed::sign(&snapshot, key), devices: Arc::new(standings) })
}

fn standing(member: &Member, device: &DeviceRow) -> DeviceStanding {
    match device.revoked {
        None => DeviceStanding::Live { member: member.id, front_door: device.door_address },
        Some(_) if member.may_take_part() => DeviceStanding::Ended(Why::Revoked),
        Some(_) => DeviceStanding::Ended(Why::Suspended),
    }
}

fn entry(member: &Member, devices: &[DeviceRow]) -> Result<DirectoryEntry, StorageError> {
    let good = devices.iter().filter(|device| device.revoked.is_none());
    Ok(DirectoryEntry {
        member: member.id,
        login: Personal::from(member.profile.login.expose()),
        name: member.profile.name.clone(),
        devices: good.map(device_entry).collect::<Result<_, _>>()?,
    })
}

fn device_entry(device: &DeviceRow) -> Result<DeviceEntry, StorageError> {
    let corrupt = StorageError::Corrupt { table: "device", column: "envelope_key" };
    Ok(DeviceEntry {
        certificate: device.certificate.clone(),
        envelope_key: EnvelopePublicKey::from_slice(&device.envelope_key).map_err(|_| corrupt)?,
        front_door: FrontDoor { address: device.door_address, capability: *device.door_capability.expose() },
    })
}

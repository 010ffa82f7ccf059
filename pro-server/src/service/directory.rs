//! The directory as devices fetch it: the list of people cut to what the reader may see, and the devices of these people in the
//! order in which they became known. What every reader of a class gets is signed once. Nothing here is ever asked about one person.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use protocol::directory::{
    Card, DeviceBatch, DeviceEntry, DirectoryAnswer, DirectoryGroups, FrontDoor, Have, Visibility, commitment,
};
use protocol::ids::{DeviceId, MemberId};
use protocol::keys::EnvelopePublicKey;
use protocol::limits::{DEVICE_BATCH_BYTES_MAX, DEVICES_PER_BATCH_MAX};
use protocol::policy::{PolicyKey, Scope};
use protocol::signed;
use protocol::tlog::Leaf;

use crate::domain::member::Member;
use crate::domain::people::{Listed, People};
use crate::domain::policy::Settings;
use crate::domain::roll::Roll;
use crate::storage::device::{DeviceBrief, DeviceRow};
use crate::storage::{self, StorageError, Tx};

use super::change::Change;
use super::published::{DeviceStanding, Published, Why};
use super::{Denial, ServiceError, Services};

/// Room for the signature and the numbers of a batch …
const BATCH_HEAD_BYTES: usize = 1_024;
/// … and for the front door and the encoding around each of its devices.
const ENTRY_HEAD_BYTES: usize = 128;
/// More people than this are read all at once.
const TOUCHED_MAX: usize = 256;

impl Services {
    /// The list of people as the person of `device` may see it, or what changed of it since `have`, with the person's own card and all
    /// groups that they are in: which of these they use, nobody here learns.
    pub async fn directory_answer(&self, device: DeviceId, have: Option<Have>) -> Result<Vec<u8>, ServiceError> {
        let published = self.published();
        let reader = reader(&published, device)?;
        let people = Arc::clone(&published.people);
        let view = people.view(published.policy_of_listed(reader).visibility(), reader);
        let base = people.base(&view, have);
        let statement = self.inner.keys.statement.load_full();
        let person = people.get(reader).ok_or(Denial::Suspended)?.person.clone();
        let card = signed::sign(&Card { person, issued: people.issued() }, &statement.signer);
        let groups = people.groups_of(reader, &view);
        let groups = DirectoryGroups { reader, issued: self.inner.ambient.now(), groups };
        let groups = Some(signed::sign(&groups, &statement.signer));
        let update = self.inner.updates.signed(&people, view, base, &statement).await?.to_vec();
        Ok(DirectoryAnswer { update, card, groups }.to_bytes())
    }

    /// Devices from `from` on whose people the person of `device` may see, as many as fit.
    pub async fn device_batch(&self, device: DeviceId, from: u64) -> Result<Vec<u8>, ServiceError> {
        // Before the rows: who becomes visible later moves to a place beyond `until`, and is not missed.
        let published = self.published();
        let (reader, until) = (reader(&published, device)?, published.devices_until);
        let view = published.people.view(published.policy_of_listed(reader).visibility(), reader);
        let mut tx = self.inner.storage.read().await?;
        let rows = storage::device::stretch(&mut tx, from, until, DEVICES_PER_BATCH_MAX as u32).await?;
        let end = if rows.len() < DEVICES_PER_BATCH_MAX { until } else { rows.last().map_or(until, after) };
        let (mut devices, mut next) = (Vec::new(), end);
        let mut room_bytes = DEVICE_BATCH_BYTES_MAX - BATCH_HEAD_BYTES;
        for row in rows {
            if !published.people.get(row.member).is_some_and(|listed| view.shows(listed)) {
                continue;
            }
            let bytes = row.certificate.len() + row.envelope_key.len() + ENTRY_HEAD_BYTES;
            let Some(room) = room_bytes.checked_sub(bytes) else {
                next = row.sequence;
                break;
            };
            room_bytes = room;
            devices.push(entry(row)?);
        }
        let batch = DeviceBatch { class: view.class(), from, next, until, devices };
        Ok(signed::sign(&batch, &self.inner.keys.directory()))
    }
}

/// The place behind a device.
fn after(row: &DeviceRow) -> u64 {
    row.sequence.saturating_add(1)
}

/// The person who asks. Its session may end between the asking and now.
fn reader(published: &Published, device: DeviceId) -> Result<MemberId, Denial> {
    match published.devices.get(&device) {
        Some(DeviceStanding::Live { member, .. }) => Ok(*member),
        Some(DeviceStanding::Ended(_)) | None => Err(Denial::DeviceRevoked),
    }
}

fn entry(row: DeviceRow) -> Result<DeviceEntry, StorageError> {
    let corrupt = StorageError::Corrupt { table: "device", column: "envelope_key" };
    Ok(DeviceEntry {
        device: row.id,
        certificate: row.certificate,
        envelope_key: EnvelopePublicKey::from_slice(&row.envelope_key).map_err(|_| corrupt)?,
        front_door: FrontDoor { address: row.door_address, capability: *row.door_capability.expose() },
    })
}

/// Every rule about who sees whom, with whom it is for and whether it is locked.
fn rules(settings: &Settings) -> BTreeMap<Option<&Scope>, (&Visibility, bool)> {
    const KEY: PolicyKey = PolicyKey::DirectoryVisibility;
    let ruled = settings.set_for(KEY);
    ruled.map(|(scope, rules)| (scope, (rules.policy.visibility(), rules.locked.contains(&KEY)))).collect()
}

/// What became of the people whom a change touched.
pub(super) struct Touched {
    pub(super) members: Vec<Member>,
    devices: Vec<(DeviceId, DeviceStanding)>,
}

/// What is shown once a change is committed.
pub(super) struct Shown {
    /// Of the people whom the change touched, everything.
    pub(super) members: Vec<Member>,
    pub(super) people: Arc<People>,
    pub(super) devices: Arc<BTreeMap<DeviceId, DeviceStanding>>,
    pub(super) devices_until: u64,
}

impl Change<'_> {
    /// People and devices as this change leaves them. If any reader can see a difference among the people, that is a new version
    /// of the list, which the log commits to; a new or renewed device is none.
    pub(super) async fn show(&mut self) -> Result<Shown, StorageError> {
        let before = self.inner.published.load_full();
        let Touched { members, devices: changed_devices } = self.read_touched().await?;
        let listed: BTreeMap<MemberId, Option<Listed>> = members.iter().map(|m| (m.id, Listed::of(m))).collect();
        self.reissue(&listed).await?;
        let is_ruled_anew = self
            .policy
            .as_ref()
            .is_some_and(|next| rules(&before.settings()) != rules(&next.layers.settings(next.document.rules())));
        let is_by_group = match &self.policy {
            Some(next) => next.layers.looks_at_groups(&next.document.policy),
            None => before.layers.looks_at_groups(&before.policy.policy),
        };
        let (mut people, mut devices) = (Arc::clone(&before.people), Arc::clone(&before.devices));
        let differs = listed.iter().any(|(member, now)| match (before.people.get(*member), now) {
            (Some(before), Some(now)) => {
                before.person != now.person || (is_by_group && before.groups() != now.groups())
            }
            (before, now) => before != now.as_ref(),
        });
        self.move_regrouped(&before.people, &listed, &changed_devices).await?;
        if !changed_devices.is_empty() {
            Arc::make_mut(&mut devices).extend(changed_devices);
        }
        if differs || is_ruled_anew || !people.is_published() {
            let (now, salt) = (self.now, self.inner.ambient.bytes());
            let next = Arc::make_mut(&mut people);
            next.change(now, salt, listed);
            if is_ruled_anew {
                next.forget_past();
            }
            let (version, digest) = (next.version(), next.digest());
            storage::organization::publish_list(&mut self.tx, version, &salt, now).await?;
            self.leaf(&Leaf::DirectoryPublish { version, hash: commitment(&salt, version, digest) }).await?;
        } else if listed.iter().any(|(member, now)| before.people.get(*member) != now.as_ref()) {
            Arc::make_mut(&mut people).note(listed);
        }
        let devices_until = self.places_until(before.devices_until).await?;
        Ok(Shown { members, people, devices, devices_until })
    }

    /// Whoever may see somebody only from now on has passed the places of their devices: these move to the end. Under a rule that
    /// looks at no groups too: it may change back.
    async fn move_regrouped(
        &mut self,
        before: &People,
        changes: &BTreeMap<MemberId, Option<Listed>>,
        devices: &[(DeviceId, DeviceStanding)],
    ) -> Result<(), StorageError> {
        let mut live: BTreeMap<MemberId, Vec<DeviceId>> = BTreeMap::new();
        for (device, standing) in devices {
            if let DeviceStanding::Live { member, .. } = standing {
                live.entry(*member).or_default().push(*device);
            }
        }
        for (member, now) in changes {
            let was = before.get(*member).map(Listed::groups);
            if was.is_none() || was == now.as_ref().map(Listed::groups) {
                continue;
            }
            for device in live.get(member).into_iter().flatten() {
                let place = self.next_place().await?;
                storage::device::move_to(&mut self.tx, *device, place).await?;
            }
        }
        Ok(())
    }
}

/// Reads these people and their devices as the change leaves them.
pub(super) async fn read(tx: &mut Tx, ids: &BTreeSet<MemberId>) -> Result<Touched, StorageError> {
    let (mut members, mut devices) = (Vec::with_capacity(ids.len()), Vec::new());
    if ids.len() > TOUCHED_MAX {
        members = storage::member::all(tx).await?;
        members.retain(|member| ids.contains(&member.id));
        devices = storage::device::brief(tx).await?;
        devices.retain(|device| ids.contains(&device.member));
    } else {
        for id in ids {
            members.extend(storage::member::find(tx, *id).await?);
            devices.extend(storage::device::brief_of(tx, *id).await?);
        }
    }
    let standing = standing(members.iter(), devices);
    Ok(Touched { members, devices: standing })
}

/// Every device that was ever enrolled.
pub(super) async fn devices(tx: &mut Tx, roll: &Roll) -> Result<Vec<(DeviceId, DeviceStanding)>, StorageError> {
    Ok(standing(roll.iter(), storage::device::brief(tx).await?))
}

fn standing<'m>(
    people: impl Iterator<Item = &'m Member>,
    devices: Vec<DeviceBrief>,
) -> Vec<(DeviceId, DeviceStanding)> {
    let taking_part: HashSet<MemberId> = people.filter(|m| m.may_take_part()).map(|m| m.id).collect();
    let standing = |device: DeviceBrief| match device.revoked {
        None => DeviceStanding::Live { member: device.member, front_door: device.door_address },
        Some(_) if taking_part.contains(&device.member) => DeviceStanding::Ended(Why::Revoked),
        Some(_) => DeviceStanding::Ended(Why::Suspended),
    };
    devices.into_iter().map(|device| (device.id, standing(device))).collect()
}

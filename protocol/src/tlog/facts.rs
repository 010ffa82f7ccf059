//! What the leaves say, taken together (spec/log.md §3): members, identity keys, devices, current policy, directory and key.
//! Must never let a leaf undo a revocation, and never take one that breaks the rules of the log.

mod directory_keys;
mod since;

use std::collections::{BTreeMap, BTreeSet};

use super::identity_end::{Approval, Approvers, IdentityOrder, SignedApprovers};
use super::leaf::Leaf;
use crate::certificate::DeviceCertificate;
use crate::ids::{DeviceId, Hash32, MemberId, OrganizationFingerprint};
use crate::time::Timestamp;

/// Why a signed log is not one that an honest server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LeafRefused {
    /// A member is added twice.
    #[error("the log adds a member twice")]
    MemberTwice,
    /// A leaf about a member that was never added.
    #[error("the log speaks of a member it never added")]
    UnknownMember,
    /// A second first identity, a reset without a first one or to the same key, the end of another key than the member's, or a
    /// device of an identity that has ended.
    #[error("the log sets an identity out of order")]
    Identity,
    /// A device is added twice.
    #[error("the log adds a device twice")]
    DeviceTwice,
    /// A leaf about a device that was never added, or a renewal of one that does not count.
    #[error("the log speaks of a device that it did not add")]
    UnknownDevice,
    /// A version or serial that does not grow.
    #[error("a version in the log does not grow")]
    Version,
    /// An identity was reset without the signatures that the organization's root key asks for.
    #[error("the log resets an identity that the organization's approvers did not agree to reset")]
    Unapproved,
    /// Approvers whom the organization's root key did not name, or that are not newer than the known ones.
    #[error("the log names approvers that the root key did not name")]
    Approvers,
    /// Bytes that are no leaf.
    #[error("the log holds bytes that are no leaf")]
    Malformed,
}

/// Why a certificate counts for nothing, whatever its signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CertificateRefused {
    /// Its hash is not in the log, or was followed by two newer ones.
    #[error("the certificate is not in the organization's log")]
    NotInLog,
    /// Its device is revoked, or its member's identity was reset since.
    #[error("the device is revoked")]
    Revoked,
    /// Its identity key is not the member's.
    #[error("the certificate's identity key is not the member's")]
    OtherIdentity,
    /// The device joined a member who had one already, and no device of that member vouched for it.
    #[error("no device of the member vouched for this one")]
    Unsponsored,
}

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Live,
    /// Revoked, or ended by an identity reset.
    Revoked,
    /// Added beside a live one without a sponsor: it never counts.
    Unsponsored,
}

/// What the log says about a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Whose it is.
    pub member: MemberId,
    /// How it stands.
    pub standing: Standing,
    /// SHA-256 of its newest certificate.
    pub certificate: Hash32,
    /// The one before, which peers may still hold.
    pub previous: Option<Hash32>,
}

#[derive(Debug, Clone)]
struct MemberRecord {
    commitment: Hash32,
    identity_key: Option<[u8; 32]>,
    /// The identity has ended, and no other one has come yet.
    ended: Option<Timestamp>,
    /// Keys that were ended: none of them ever counts again.
    former: BTreeSet<[u8; 32]>,
    /// When an identity of this member last ended.
    reset_at: Option<Timestamp>,
    resets: u32,
    devices: Vec<DeviceId>,
}

/// The sum of a log's leaves.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    members: BTreeMap<MemberId, MemberRecord>,
    devices: BTreeMap<DeviceId, DeviceRecord>,
    policy: Option<(u64, Hash32)>,
    directory: Option<(u64, Hash32)>,
    directory_keys: Vec<(u64, [u8; 32])>,
    reset: Option<Hash32>,
    barred: BTreeSet<DeviceId>,
    /// Whose log it is: only its root names approvers.
    organization: Option<OrganizationFingerprint>,
    approvers: Option<Approvers>,
}

impl Facts {
    /// Nothing yet, of this organization's log.
    pub fn of(organization: OrganizationFingerprint) -> Self {
        Self { organization: Some(organization), ..Self::default() }
    }

    /// These devices were revoked, perhaps in a log that came before: whatever this one says, they do not count.
    pub fn bar(&mut self, ended: BTreeSet<DeviceId>) {
        self.barred.extend(ended);
    }

    /// Every device that does not count for good: a later log cannot undo it.
    pub fn ended_devices(&self) -> BTreeSet<DeviceId> {
        let ended = self.devices.iter().filter(|(_, record)| record.standing == Standing::Revoked);
        ended.map(|(device, _)| *device).chain(self.barred.iter().copied()).collect()
    }

    /// Takes one more leaf; refuses without effect what an honest server never writes.
    pub fn apply(&mut self, leaf: &Leaf) -> Result<(), LeafRefused> {
        match leaf {
            Leaf::MemberAdd { member, commitment } => self.add_member(*member, *commitment),
            Leaf::IdentitySet { member, identity_key } => {
                let record = self.members.get_mut(member).ok_or(LeafRefused::UnknownMember)?;
                if record.identity_key.is_some() {
                    return Err(LeafRefused::Identity);
                }
                record.identity_key = Some(*identity_key);
                Ok(())
            }
            Leaf::IdentityReset { member, identity_key } => self.reset_identity(*member, *identity_key),
            Leaf::IdentityEnd { member, identity_key, at, approvals } => {
                self.end_identity(*member, *identity_key, *at, approvals)
            }
            Leaf::ApproversSet { document } => self.set_approvers(document),
            Leaf::DeviceAdd { member, device, certificate } => self.add_device(*member, *device, *certificate),
            Leaf::DeviceRenew { device, certificate } => {
                let record = self.devices.get_mut(device).ok_or(LeafRefused::UnknownDevice)?;
                if record.standing != Standing::Live {
                    return Err(LeafRefused::UnknownDevice);
                }
                record.previous = Some(std::mem::replace(&mut record.certificate, *certificate));
                Ok(())
            }
            Leaf::DeviceRevoke { device } => {
                let record = self.devices.get_mut(device).ok_or(LeafRefused::UnknownDevice)?;
                record.standing = Standing::Revoked;
                Ok(())
            }
            Leaf::PolicyPublish { version, hash } => grow(&mut self.policy, *version, *hash),
            Leaf::DirectoryKeySet { serial, key } => {
                grow(&mut self.directory_key(), *serial, *key).map(|()| self.directory_keys.push((*serial, *key)))
            }
            Leaf::DirectoryPublish { version, hash } => grow(&mut self.directory, *version, *hash),
            Leaf::LogReset { document } => {
                self.reset = Some(*document);
                Ok(())
            }
        }
    }

    fn add_member(&mut self, member: MemberId, commitment: Hash32) -> Result<(), LeafRefused> {
        if self.members.contains_key(&member) {
            return Err(LeafRefused::MemberTwice);
        }
        let (identity_key, ended, former, reset_at) = (None, None, BTreeSet::new(), None);
        let record = MemberRecord { commitment, identity_key, ended, former, reset_at, resets: 0, devices: Vec::new() };
        self.members.insert(member, record);
        Ok(())
    }

    fn reset_identity(&mut self, member: MemberId, identity_key: [u8; 32]) -> Result<(), LeafRefused> {
        let needs_order = self.approvals_needed() > 0;
        let record = self.members.get_mut(&member).ok_or(LeafRefused::UnknownMember)?;
        // A key that was ended may be a thief's by now.
        if record.identity_key.is_none_or(|old| old == identity_key) || record.former.contains(&identity_key) {
            return Err(LeafRefused::Identity);
        }
        // A log of before there were such leaves resets without one.
        if needs_order && record.ended.is_none() {
            return Err(LeafRefused::Unapproved);
        }
        record.identity_key = Some(identity_key);
        record.ended = None;
        record.resets = record.resets.saturating_add(1);
        self.end_devices(member);
        Ok(())
    }

    fn end_identity(
        &mut self,
        member: MemberId,
        identity_key: [u8; 32],
        at: Timestamp,
        approvals: &[Approval],
    ) -> Result<(), LeafRefused> {
        let record = self.members.get_mut(&member).ok_or(LeafRefused::UnknownMember)?;
        if record.identity_key != Some(identity_key) || record.ended.is_some() {
            return Err(LeafRefused::Identity);
        }
        let commitment = record.commitment;
        if let (Some(approvers), Some(organization)) = (&self.approvers, self.organization)
            && !approvers.agree(&IdentityOrder { organization, member, identity_key, at, commitment }, approvals)
        {
            return Err(LeafRefused::Unapproved);
        }
        (record.ended, record.reset_at) = (Some(at), Some(at));
        record.former.insert(identity_key);
        self.end_devices(member);
        Ok(())
    }

    fn end_devices(&mut self, member: MemberId) {
        let devices = self.members.get(&member).map(|record| record.devices.as_slice()).unwrap_or_default();
        for device in devices {
            if let Some(device) = self.devices.get_mut(device) {
                device.standing = Standing::Revoked;
            }
        }
    }

    fn set_approvers(&mut self, document: &SignedApprovers) -> Result<(), LeafRefused> {
        let organization = self.organization.ok_or(LeafRefused::Approvers)?;
        let approvers = document.verify(organization).map_err(|_| LeafRefused::Approvers)?;
        if self.approvers.as_ref().is_some_and(|known| approvers.serial <= known.serial) {
            return Err(LeafRefused::Approvers);
        }
        self.approvers = Some(approvers);
        Ok(())
    }

    fn add_device(&mut self, member: MemberId, device: DeviceId, certificate: Hash32) -> Result<(), LeafRefused> {
        if self.devices.contains_key(&device) {
            return Err(LeafRefused::DeviceTwice);
        }
        // By this log alone: every reader has to come to the same answer, whatever it remembers from an earlier log.
        let has_live_one = self.devices_of(member).any(|device| self.stands_live(device));
        let record = self.members.get_mut(&member).ok_or(LeafRefused::UnknownMember)?;
        if record.identity_key.is_none() || record.ended.is_some() {
            return Err(LeafRefused::Identity);
        }
        record.devices.push(device);
        let standing = if has_live_one { Standing::Unsponsored } else { Standing::Live };
        self.devices.insert(device, DeviceRecord { member, standing, certificate, previous: None });
        Ok(())
    }

    /// Whether a verified certificate counts now.
    pub fn check_certificate(&self, certificate: &DeviceCertificate) -> Result<(), CertificateRefused> {
        let (body, hash) = (certificate.body(), certificate.hash());
        if self.barred.contains(&body.device) {
            return Err(CertificateRefused::Revoked);
        }
        let device = self.devices.get(&body.device).ok_or(CertificateRefused::NotInLog)?;
        match device.standing {
            Standing::Live => {}
            Standing::Revoked => return Err(CertificateRefused::Revoked),
            Standing::Unsponsored => return Err(CertificateRefused::Unsponsored),
        }
        if device.member != body.member || (device.certificate != hash && device.previous != Some(hash)) {
            return Err(CertificateRefused::NotInLog);
        }
        if self.identity_key(body.member) != Some(body.identity_key) {
            return Err(CertificateRefused::OtherIdentity);
        }
        Ok(())
    }

    /// What the log says about a device.
    pub fn device(&self, device: DeviceId) -> Option<&DeviceRecord> {
        self.devices.get(&device)
    }

    /// Whether the device counts.
    pub fn is_live(&self, device: DeviceId) -> bool {
        self.stands_live(device) && !self.barred.contains(&device)
    }

    /// Whether the device counted once and does no more: by this log, or by one that came before.
    pub fn is_ended(&self, device: DeviceId) -> bool {
        self.barred.contains(&device) || (self.devices.contains_key(&device) && !self.stands_live(device))
    }

    fn stands_live(&self, device: DeviceId) -> bool {
        self.devices.get(&device).is_some_and(|record| record.standing == Standing::Live)
    }

    fn devices_of(&self, member: MemberId) -> impl Iterator<Item = DeviceId> {
        let devices = self.members.get(&member).map(|record| record.devices.as_slice()).unwrap_or_default();
        devices.iter().copied()
    }

    /// The devices of a member that count.
    pub fn live_devices(&self, member: MemberId) -> impl Iterator<Item = DeviceId> {
        self.devices_of(member).filter(|device| self.is_live(*device))
    }

    /// Whether the member was added.
    pub fn is_member(&self, member: MemberId) -> bool {
        self.members.contains_key(&member)
    }

    /// The salted commitment of MemberAdd.
    pub fn commitment(&self, member: MemberId) -> Option<Hash32> {
        self.members.get(&member).map(|record| record.commitment)
    }

    /// The member's identity key, once one is set; nothing while it has ended and no other one has come.
    pub fn identity_key(&self, member: MemberId) -> Option<[u8; 32]> {
        self.members.get(&member).filter(|record| record.ended.is_none()).and_then(|record| record.identity_key)
    }

    /// The member's last identity key, whether or not it has ended.
    pub fn last_identity_key(&self, member: MemberId) -> Option<[u8; 32]> {
        self.members.get(&member).and_then(|record| record.identity_key)
    }

    /// When the member's identity ended, if no other one has come since.
    pub fn identity_ended(&self, member: MemberId) -> Option<Timestamp> {
        self.members.get(&member).and_then(|record| record.ended)
    }

    /// Whether this key of the member was ended, whatever came after it.
    pub fn was_ended(&self, member: MemberId, identity_key: &[u8; 32]) -> bool {
        self.members.get(&member).is_some_and(|record| record.former.contains(identity_key))
    }

    /// When the organization last ended an identity of the member.
    pub fn identity_reset_at(&self, member: MemberId) -> Option<Timestamp> {
        self.members.get(&member).and_then(|record| record.reset_at)
    }

    /// Members with an identity, and their keys.
    pub fn identities(&self) -> impl Iterator<Item = (MemberId, [u8; 32])> {
        self.members.keys().filter_map(|member| Some((*member, self.identity_key(*member)?)))
    }

    /// How often the member got another identity.
    pub fn identity_resets(&self, member: MemberId) -> u32 {
        self.members.get(&member).map_or(0, |record| record.resets)
    }

    /// Who must agree to the end of an identity, if the root key has named anybody.
    pub fn approvers(&self) -> Option<&Approvers> {
        self.approvers.as_ref()
    }

    /// How many of them.
    pub fn approvals_needed(&self) -> usize {
        self.approvers.as_ref().map_or(0, |approvers| usize::from(approvers.needed))
    }

    /// Version and hash of the current policy.
    pub fn policy(&self) -> Option<(u64, Hash32)> {
        self.policy
    }

    /// Version and hash of the newest directory snapshot.
    pub fn directory(&self) -> Option<(u64, Hash32)> {
        self.directory
    }

    /// SHA-256 of the newest LogReset that the log names.
    pub fn reset(&self) -> Option<Hash32> {
        self.reset
    }
}

fn grow<T>(current: &mut Option<(u64, T)>, version: u64, value: T) -> Result<(), LeafRefused> {
    if current.as_ref().is_some_and(|(old, _)| version <= *old) {
        return Err(LeafRefused::Version);
    }
    *current = Some((version, value));
    Ok(())
}

#[cfg(test)]
mod tests;

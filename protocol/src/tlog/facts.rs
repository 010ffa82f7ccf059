//! What the leaves say, taken together (spec/log.md §3): members, identity keys, devices, current policy, directory and key.
//! Must never let a leaf undo a revocation, and never take one that breaks the rules of the log.

use std::collections::{BTreeMap, BTreeSet};

use super::leaf::Leaf;
use crate::certificate::DeviceCertificate;
use crate::ids::{DeviceId, Hash32, MemberId};

/// Why a signed log is not one that an honest server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LeafRefused {
    /// A member is added twice.
    #[error("the log adds a member twice")]
    MemberTwice,
    /// A leaf about a member that was never added.
    #[error("the log speaks of a member it never added")]
    UnknownMember,
    /// A second first identity, or a reset without a first one, or to the same key.
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
    directory_key: Option<(u64, [u8; 32])>,
    reset: Option<Hash32>,
    barred: BTreeSet<DeviceId>,
}

impl Facts {
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
            Leaf::DirectoryKeySet { serial, key } => grow(&mut self.directory_key, *serial, *key),
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
        let record = MemberRecord { commitment, identity_key: None, resets: 0, devices: Vec::new() };
        self.members.insert(member, record);
        Ok(())
    }

    fn reset_identity(&mut self, member: MemberId, identity_key: [u8; 32]) -> Result<(), LeafRefused> {
        let record = self.members.get_mut(&member).ok_or(LeafRefused::UnknownMember)?;
        if record.identity_key.is_none_or(|old| old == identity_key) {
            return Err(LeafRefused::Identity);
        }
        record.identity_key = Some(identity_key);
        record.resets = record.resets.saturating_add(1);
        for device in &record.devices {
            if let Some(device) = self.devices.get_mut(device) {
                device.standing = Standing::Revoked;
            }
        }
        Ok(())
    }

    fn add_device(&mut self, member: MemberId, device: DeviceId, certificate: Hash32) -> Result<(), LeafRefused> {
        if self.devices.contains_key(&device) {
            return Err(LeafRefused::DeviceTwice);
        }
        // By this log alone: every reader has to come to the same answer, whatever it remembers from an earlier log.
        let has_live_one = self.devices_of(member).any(|device| self.stands_live(device));
        let record = self.members.get_mut(&member).ok_or(LeafRefused::UnknownMember)?;
        if record.identity_key.is_none() {
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

    /// The member's identity key, once one is set.
    pub fn identity_key(&self, member: MemberId) -> Option<[u8; 32]> {
        self.members.get(&member).and_then(|record| record.identity_key)
    }

    /// Members with an identity, and their keys.
    pub fn identities(&self) -> impl Iterator<Item = (MemberId, [u8; 32])> {
        self.members.iter().filter_map(|(member, record)| Some((*member, record.identity_key?)))
    }

    /// How often the member's identity was reset.
    pub fn identity_resets(&self, member: MemberId) -> u32 {
        self.members.get(&member).map_or(0, |record| record.resets)
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

    /// Serial and key of the directory.
    pub fn directory_key(&self) -> Option<(u64, [u8; 32])> {
        self.directory_key
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
mod tests {
    use super::*;

    const MEMBER: MemberId = MemberId::from_bytes([1; 16]);

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 16])
    }

    fn add_device(n: u8) -> Leaf {
        Leaf::DeviceAdd { member: MEMBER, device: device(n), certificate: Hash32::from_bytes([n; 32]) }
    }

    fn facts(leaves: &[Leaf]) -> Facts {
        let mut facts = Facts::default();
        for leaf in leaves {
            facts.apply(leaf).unwrap();
        }
        facts
    }

    fn enrolled() -> Vec<Leaf> {
        vec![
            Leaf::MemberAdd { member: MEMBER, commitment: Hash32::from_bytes([0; 32]) },
            Leaf::IdentitySet { member: MEMBER, identity_key: [1; 32] },
            add_device(1),
        ]
    }

    #[test]
    fn a_revocation_is_for_good() {
        let mut facts = facts(&enrolled());
        assert!(facts.is_live(device(1)));
        facts.apply(&Leaf::DeviceRevoke { device: device(1) }).unwrap();
        assert!(!facts.is_live(device(1)));
        let renew = Leaf::DeviceRenew { device: device(1), certificate: Hash32::from_bytes([9; 32]) };
        assert_eq!(facts.apply(&renew), Err(LeafRefused::UnknownDevice));
        assert_eq!(facts.apply(&add_device(1)), Err(LeafRefused::DeviceTwice));
        assert!(!facts.is_live(device(1)));
    }

    #[test]
    fn a_reset_ends_earlier_devices_and_lets_a_new_one_in() {
        let mut facts = facts(&enrolled());
        let same = Leaf::IdentityReset { member: MEMBER, identity_key: [1; 32] };
        assert_eq!(facts.apply(&same), Err(LeafRefused::Identity));
        facts.apply(&Leaf::IdentityReset { member: MEMBER, identity_key: [2; 32] }).unwrap();
        assert!(!facts.is_live(device(1)));
        facts.apply(&add_device(2)).unwrap();
        assert!(facts.is_live(device(2)));
        assert_eq!((facts.identity_key(MEMBER), facts.identity_resets(MEMBER)), (Some([2; 32]), 1));
    }

    #[test]
    fn a_second_device_without_a_sponsor_never_counts() {
        let mut facts = facts(&enrolled());
        facts.apply(&add_device(2)).unwrap();
        assert_eq!(facts.device(device(2)).map(|record| record.standing), Some(Standing::Unsponsored));
        facts.apply(&Leaf::DeviceRevoke { device: device(1) }).unwrap();
        assert!(!facts.is_live(device(2)));
    }

    #[test]
    fn a_revocation_of_an_earlier_log_stays_and_breaks_nothing() {
        let before = {
            let mut facts = facts(&enrolled());
            facts.apply(&Leaf::DeviceRevoke { device: device(1) }).unwrap();
            facts
        };
        let mut after = Facts::default();
        after.bar(before.ended_devices());
        for leaf in enrolled() {
            after.apply(&leaf).unwrap();
        }
        assert!(!after.is_live(device(1)) && after.is_ended(device(1)));
        assert_eq!(after.live_devices(MEMBER).count(), 0);
        // The server, which has forgotten it, may renew the device: this log is not broken by that, and the device not back.
        let renew = Leaf::DeviceRenew { device: device(1), certificate: Hash32::from_bytes([9; 32]) };
        assert_eq!(after.apply(&renew), Ok(()));
        assert!(!after.is_live(device(1)));
        // Who remembers nothing says the same about a second device.
        after.apply(&add_device(2)).unwrap();
        assert!(!after.is_live(device(2)));
        assert_eq!(after.ended_devices(), [device(1)].into());
    }

    #[test]
    fn what_an_honest_server_never_writes_is_refused() {
        let mut facts = facts(&enrolled());
        let stranger = MemberId::from_bytes([8; 16]);
        let hash = Hash32::from_bytes([0; 32]);
        let refused = [
            (Leaf::MemberAdd { member: MEMBER, commitment: hash }, LeafRefused::MemberTwice),
            (Leaf::IdentitySet { member: MEMBER, identity_key: [3; 32] }, LeafRefused::Identity),
            (Leaf::IdentitySet { member: stranger, identity_key: [3; 32] }, LeafRefused::UnknownMember),
            (Leaf::IdentityReset { member: stranger, identity_key: [3; 32] }, LeafRefused::UnknownMember),
            (Leaf::DeviceAdd { member: stranger, device: device(5), certificate: hash }, LeafRefused::UnknownMember),
            (Leaf::DeviceRevoke { device: device(5) }, LeafRefused::UnknownDevice),
        ];
        for (leaf, why) in refused {
            assert_eq!(facts.apply(&leaf), Err(why), "{leaf:?}");
        }
        facts.apply(&Leaf::PolicyPublish { version: 2, hash }).unwrap();
        assert_eq!(facts.apply(&Leaf::PolicyPublish { version: 2, hash }), Err(LeafRefused::Version));
        assert_eq!(facts.policy(), Some((2, hash)));
    }
}

//! What this device believes about its organization: the log, the policy, the directory, and who is certified. Pure. It must never
//! take a certificate, policy or directory that the log does not name, and nothing new at all once the log was forked.

mod fork_report;
mod people;
mod policy;
mod succession;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use protocol::certificate::{BadCertificate, DeviceCertificate};
use protocol::directory::{FrontDoor, List, ListRefused};
use protocol::ids::{DeviceId, Hash32, MemberId, OrganizationFingerprint};
use protocol::keys::{self, EnvelopePublicKey, VerifyingKey};
use protocol::limits::{CHECKPOINT_EXPIRED_MS, CHECKPOINT_STALE_MS};
use protocol::organization::DirectoryKeys;
use protocol::policy::{BadLayers, Policy};
use protocol::signaling::message::{FetchWhat, LeafBytes, News};
use protocol::signed::{NotSigned, Unverified};
use protocol::time::Timestamp;
use protocol::tlog::{
    Advance, BadCheckpoint, CertificateRefused, Facts, ForkEvidence, Replica, ReplicaRefused, SignedCheckpoint,
};

pub use fork_report::{BadReport, ForkReport};
pub use people::{Taken, TakenList};
use policy::InForce;
pub use protocol::directory::Person;
pub use succession::Adopted;

/// A device whose certificate holds.
#[derive(Debug, Clone)]
pub struct KnownDevice {
    /// Verified; whether it still counts, the log says each time.
    pub certificate: DeviceCertificate,
    /// The signed form.
    pub certificate_bytes: Vec<u8>,
    /// The certified envelope key.
    pub envelope_key: EnvelopePublicKey,
    /// Where a first contact goes, if the directory names it.
    pub front_door: Option<FrontDoor>,
}

/// How old the newest checkpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Young enough for everything.
    Fresh,
    /// Revocations are unknown since then; no new device is accepted.
    Stale,
    /// So old that nothing is sent and links close.
    Expired,
}

/// What news led to.
#[derive(Debug, Default)]
pub struct Learned {
    /// New leaves with their indexes, to be kept.
    pub leaves: Vec<(u64, LeafBytes)>,
    /// The newest checkpoint, to be kept.
    pub note: Option<Vec<u8>>,
    /// What must be asked for next.
    pub missing: Vec<FetchWhat>,
    /// Another log took the place of ours; `leaves` are then all of it.
    pub adopted: Option<Adopted>,
}

/// Why something from the organization's server, or from a peer, was not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// Not a checkpoint of this organization.
    #[error(transparent)]
    Checkpoint(#[from] BadCheckpoint),
    /// The log refuses it.
    #[error(transparent)]
    Log(#[from] ReplicaRefused),
    /// Not signed by the directory key.
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
    /// The log names another document, or none.
    #[error("the document is not the one that the log names")]
    NotInLog,
    /// The log was forked: nothing new is taken.
    #[error("the log was forked")]
    Forked,
    /// A reset to the log that is known, or to one before it.
    #[error("the log reset leads to no later log")]
    OlderLog,
    /// A certificate does not hold.
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
    /// The log does not bear a certificate out.
    #[error(transparent)]
    Refused(#[from] CertificateRefused),
    /// The envelope key is not the certified one.
    #[error("the envelope key is not the certified one")]
    EnvelopeKey,
    /// A list of people does not lead to what it names.
    #[error(transparent)]
    List(#[from] ListRefused),
    /// Rules of groups or persons that the policy does not name, or that are somebody else's.
    #[error(transparent)]
    Layers(#[from] BadLayers),
    /// A card, or groups, of somebody else.
    #[error("the card is of somebody else")]
    OtherCard,
}

/// Everything believed.
#[derive(Debug)]
pub struct Trust {
    organization: OrganizationFingerprint,
    origin: String,
    keys: DirectoryKeys,
    /// Of the key in force, as the root gave it.
    key_serial: u64,
    replica: Replica,
    following: Option<succession::Following>,
    policy: Option<InForce>,
    /// The newest policy, as long as the layers that apply to us are not here.
    coming: Option<policy::Coming>,
    /// Obeyed while no policy is here.
    obeyed_before: Option<Policy>,
    list: Option<List>,
    /// What the log said about that list.
    list_named: Option<(u64, Hash32)>,
    logins: BTreeMap<String, MemberId>,
    /// Of logins that several people of the list bear, all who do.
    shared_logins: BTreeMap<String, Vec<MemberId>>,
    devices: BTreeMap<DeviceId, KnownDevice>,
}

impl Trust {
    /// Nothing believed yet but the organization's keys.
    pub fn new(organization: OrganizationFingerprint, origin: String, keys: impl Into<DirectoryKeys>) -> Self {
        Self {
            organization,
            replica: Replica::new(origin.clone()),
            origin,
            keys: keys.into(),
            key_serial: 0,
            following: None,
            policy: None,
            coming: None,
            obeyed_before: None,
            list: None,
            list_named: None,
            logins: BTreeMap::new(),
            shared_logins: BTreeMap::new(),
            devices: BTreeMap::new(),
        }
    }

    /// The same, remembering devices that ended in a log before this one.
    #[must_use]
    pub fn remembering(mut self, ended: BTreeSet<DeviceId>) -> Self {
        self.replica = Replica::after(self.origin.clone(), ended);
        self
    }

    /// The same, knowing which statement of the root is about the key in force.
    #[must_use]
    pub fn at_key_serial(mut self, serial: u64) -> Self {
        self.key_serial = serial;
        self
    }

    /// The root put `key` in force: from now on what an earlier one signed counts only as far as the log names it.
    pub fn take_over(&mut self, key: VerifyingKey, serial: u64) {
        self.keys.take_over(key);
        self.key_serial = serial;
        self.replica.forget_unproved();
        if let Some(following) = &mut self.following {
            following.forget_unproved();
        }
    }

    /// The directory's keys, those among them that only the log names.
    fn known_keys(&self) -> DirectoryKeys {
        let logged = self.facts().directory_keys_before(self.key_serial);
        let logged = logged.filter_map(|key| keys::verifying_key(&key).ok());
        DirectoryKeys::after(*self.keys.current(), self.keys.all().copied().chain(logged))
    }

    /// For what the log names by its hash: what `check` says with the key in force, else with an earlier one.
    pub fn signed<T, E>(&self, check: impl Fn(&VerifyingKey) -> Result<T, E>) -> Result<T, E> {
        check(self.keys.current()).or_else(|refused| self.known_keys().any(check).map_err(|_| refused))
    }

    /// What the proved leaves say.
    pub fn facts(&self) -> &Facts {
        self.replica.facts()
    }

    /// From now on these devices do not count, whatever the log says.
    pub fn bar(&mut self, ended: BTreeSet<DeviceId>) {
        self.replica.bar(ended);
    }

    /// The evidence that the server signed two histories.
    pub fn fork(&self) -> Option<&ForkEvidence> {
        self.replica.fork()
    }

    /// Takes back the evidence of a fork that was met before a restart; what proves nothing is left.
    pub fn remember_fork(&mut self, evidence: ForkEvidence) {
        if evidence.verify(&self.origin, &self.known_keys()).is_ok() {
            self.replica.remember_fork(evidence);
        }
    }

    /// The evidence of a fork with everything that a third party needs to check it.
    pub fn fork_report(&self) -> Option<ForkReport> {
        let fork = self.fork()?;
        Some(ForkReport::new(self.organization, &self.origin, &self.known_keys(), fork))
    }

    /// Which log this is; another one after a reset.
    pub fn log_id(&self) -> Hash32 {
        Hash32::sha256(self.origin.as_bytes())
    }

    /// When the newest checkpoint was made.
    pub fn known_at(&self) -> Option<Timestamp> {
        self.replica.newest().map(|signed| signed.checkpoint().time)
    }

    /// The newest checkpoint as a signed note.
    pub fn newest_note(&self) -> Option<&[u8]> {
        self.replica.newest().map(SignedCheckpoint::note)
    }

    /// How many leaves are proved.
    pub fn log_size(&self) -> u64 {
        self.replica.size()
    }

    /// How old the newest checkpoint is at `now`.
    pub fn age(&self, now: Timestamp) -> Age {
        match self.known_at().map(|at| now.since(at)) {
            Some(age_ms) if age_ms <= CHECKPOINT_STALE_MS => Age::Fresh,
            Some(age_ms) if age_ms <= CHECKPOINT_EXPIRED_MS => Age::Stale,
            Some(_) | None => Age::Expired,
        }
    }

    /// Takes the server's news, or a checkpoint from anywhere else.
    pub fn hear(&mut self, first: u64, leaves: &[LeafBytes], note: &[u8]) -> Result<Learned, Disbelief> {
        let unverified = Unverified::<SignedCheckpoint>::from_bytes(note);
        let signed = match unverified.verify(&self.origin, self.keys.current()) {
            Err(BadCheckpoint::OtherOrigin) => {
                return self.hear_next(first, leaves, note)?.ok_or(BadCheckpoint::OtherOrigin.into());
            }
            signed => signed?,
        };
        self.judge(first, leaves, &signed)
    }

    /// [`Trust::hear`] for what a peer shows. A peer that has not heard that another key took over shows a checkpoint of before; it is
    /// passed over, because whoever has that key now may say anything.
    pub fn hear_from_peer(&mut self, note: &[u8]) -> Result<Learned, Disbelief> {
        let unverified = Unverified::<SignedCheckpoint>::from_bytes(note);
        match self.hear(self.replica.size(), &[], note) {
            Err(Disbelief::Checkpoint(BadCheckpoint::Signature))
                if self.signed(|key| unverified.verify(&self.origin, key)).is_ok() =>
            {
                Ok(Learned::default())
            }
            heard => heard,
        }
    }

    /// Takes back the log as it was kept, also if another key has taken over since.
    pub fn remember_log(&mut self, leaves: &[LeafBytes], note: &[u8]) -> Result<Learned, Disbelief> {
        let note = Unverified::<SignedCheckpoint>::from_bytes(note);
        let signed = self.keys.any(|key| note.verify(&self.origin, key))?;
        self.judge(0, leaves, &signed)
    }

    fn judge(&mut self, first: u64, leaves: &[LeafBytes], signed: &SignedCheckpoint) -> Result<Learned, Disbelief> {
        let from = self.replica.size();
        let mut learned = Learned::default();
        match self.replica.hear(first, leaves, signed)? {
            Advance::Extended(leaves) => {
                learned.leaves = (from..).zip(leaves.into_iter().map(|(bytes, _)| bytes)).collect();
                learned.note = Some(signed.note().to_vec());
            }
            Advance::Fresher => learned.note = Some(signed.note().to_vec()),
            Advance::Known => {}
            Advance::Behind { from } => learned.missing.push(FetchWhat::Log { from }),
        }
        learned.missing.extend(self.missing_documents());
        Ok(learned)
    }

    /// Takes leaves from a peer, if they prove a checkpoint that waits for them. Others change nothing.
    pub fn hear_leaves(&mut self, first: u64, leaves: &[LeafBytes]) -> Result<Learned, Disbelief> {
        let from = self.replica.size();
        let Some((signed, leaves)) = self.replica.prove(first, leaves)? else { return Ok(Learned::default()) };
        Ok(Learned {
            leaves: (from..).zip(leaves.into_iter().map(|(bytes, _)| bytes)).collect(),
            note: Some(signed.note().to_vec()),
            missing: self.missing_documents(),
            adopted: None,
        })
    }

    /// [`Trust::hear`] for NEWS.
    pub fn hear_news(&mut self, news: &News) -> Result<Learned, Disbelief> {
        self.hear(news.first, &news.leaves, &news.checkpoint)
    }

    /// Whether a directory was ever received.
    pub fn knows_directory(&self) -> bool {
        self.list.is_some()
    }

    /// The document that the log names and that is needed next: the policy first, because it says what a list of people may leave
    /// out.
    pub fn missing_documents(&self) -> Vec<FetchWhat> {
        let have = self.list.as_ref().map(|list| list.have);
        if !self.has_newest_policy() {
            vec![if self.is_policy_coming() { FetchWhat::PolicyLayers } else { FetchWhat::Policy }]
        } else if self.facts().directory() != self.list_named {
            vec![FetchWhat::Directory { have }]
        } else {
            Vec::new()
        }
    }

    /// Takes a device's certificate, from the directory or from a first contact.
    pub fn take_device(
        &mut self,
        certificate_bytes: Vec<u8>,
        envelope_key: EnvelopePublicKey,
        front_door: Option<FrontDoor>,
    ) -> Result<DeviceId, Disbelief> {
        let unverified = Unverified::<DeviceCertificate>::from_bytes(certificate_bytes.clone());
        let certificate = self.signed(|key| unverified.verify(self.organization, key))?;
        self.facts().check_certificate(&certificate)?;
        if envelope_key.hash() != certificate.body().envelope_key_hash {
            return Err(Disbelief::EnvelopeKey);
        }
        let device = certificate.body().device;
        let front_door = front_door.or_else(|| self.devices.get(&device).and_then(|known| known.front_door.clone()));
        if self.fork().is_some() && !self.devices.contains_key(&device) {
            return Err(Disbelief::Forked);
        }
        self.devices.insert(device, KnownDevice { certificate, certificate_bytes, envelope_key, front_door });
        Ok(device)
    }

    /// Whether a device was taken, with the way to its front door.
    pub fn can_reach(&self, device: DeviceId) -> bool {
        self.devices.get(&device).is_some_and(|known| known.front_door.is_some())
    }

    /// Whether a device was taken.
    pub fn knows_device(&self, device: DeviceId) -> bool {
        self.devices.contains_key(&device)
    }

    /// A device that is certified at `now`: in the log, not revoked, not expired.
    pub fn device(&self, device: DeviceId, now: Timestamp) -> Option<&KnownDevice> {
        let known = self.devices.get(&device)?;
        let holds = self.facts().check_certificate(&known.certificate).is_ok();
        (holds && known.certificate.check_time(now).is_ok()).then_some(known)
    }

    /// The devices of a person that are certified at `now`.
    pub fn devices_of(&self, member: MemberId, now: Timestamp) -> impl Iterator<Item = DeviceId> {
        self.facts().live_devices(member).filter(move |device| self.device(*device, now).is_some())
    }

    /// A person by login; case does not matter.
    pub fn person_by_login(&self, login: &str) -> Option<&Person> {
        self.logins.get(&login.to_lowercase()).and_then(|member| self.person(*member))
    }

    /// A person by id.
    pub fn person(&self, member: MemberId) -> Option<&Person> {
        self.list.as_ref().and_then(|list| list.person(member))
    }

    /// Everybody, by login.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        let others = self.shared_logins.values().flat_map(|bearers| bearers.iter().rev().skip(1));
        self.logins.values().chain(others).filter_map(|member| self.person(*member))
    }
}

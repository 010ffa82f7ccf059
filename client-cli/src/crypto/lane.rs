//! What a lane asks of cryptography, and what it must be told about devices. Two implementations: `mls` (RFC 9420), and a toy
//! one for simulations of many seeds. It must never see a sequence number's meaning, a link or a clock: order is `core::lane`'s.

use protocol::ids::{DeviceId, LaneId, MemberId};

use crate::store::{VaultError, WriteTx};

/// A device whose certificate is in the log and not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertifiedDevice {
    /// Whose device it is.
    pub member: MemberId,
    /// Its Ed25519 signature key, the same as its MLS leaf key.
    pub signature_key: [u8; 32],
}

/// Looks a device up among the certified ones; revoked, expired and unknown devices are `None`.
pub type Certified<'a> = dyn Fn(&DeviceId) -> Option<CertifiedDevice> + 'a;

/// What the log says of a device, whether or not it counts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolledDevice {
    /// Whose device it is.
    pub member: MemberId,
    /// Whether it counts.
    pub stands: Counting,
}

/// Whether a device counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// It does.
    Counts,
    /// It did, and was revoked.
    Ended,
}

/// Looks a device up in the log, among all that ever were in it.
pub type Enrolled<'a> = dyn Fn(&DeviceId) -> Option<EnrolledDevice> + 'a;

/// Who may have a leaf in a lane.
#[derive(Clone, Copy)]
pub struct Leaves<'a> {
    /// The lane's owner, always leaf 0.
    pub owner: DeviceId,
    /// The members of the conversation; to a reader everybody who ever was one, as entries may be older than what it knows.
    pub roster: &'a [MemberId],
    /// Which devices they are of.
    pub devices: Devices<'a>,
}

/// By what a leaf's device is known.
#[derive(Clone, Copy)]
pub enum Devices<'a> {
    /// To the owner, who lets a device in: it must count now.
    Certified(&'a Certified<'a>),
    /// To a reader, who follows what an owner did before: the log must have it as a member's.
    Enrolled(&'a Enrolled<'a>),
}

impl Leaves<'_> {
    /// Whether `device` with this signature key may have a leaf.
    pub fn admit(&self, device: &DeviceId, signature_key: &[u8]) -> Result<(), Intruder> {
        let member = match self.devices {
            Devices::Certified(certified) => {
                let known = certified(device).ok_or(Intruder::NotCertified)?;
                if known.signature_key.as_slice() != signature_key {
                    return Err(Intruder::OtherKey);
                }
                known.member
            }
            Devices::Enrolled(enrolled) => {
                // A device is called by a hash of its key.
                let key = signature_key.try_into().map_err(|_| Intruder::OtherKey)?;
                if DeviceId::of_key(key) != *device {
                    return Err(Intruder::OtherKey);
                }
                enrolled(device).ok_or(Intruder::NotCertified)?.member
            }
        };
        if self.roster.contains(&member) { Ok(()) } else { Err(Intruder::NotInRoster) }
    }
}

/// Why a leaf is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Intruder {
    /// No valid certificate of this device is in the log.
    #[error("a leaf is not a certified device")]
    NotCertified,
    /// The leaf's key is not the one that was certified.
    #[error("a leaf's key is not the certified one")]
    OtherKey,
    /// The device belongs to somebody outside the conversation.
    #[error("a leaf is outside the conversation's roster")]
    NotInRoster,
    /// The credential is not one of ours, or names another device.
    #[error("a leaf's credential is malformed")]
    Credential,
    /// Leaf 0 is not the lane's owner, or the owner did not write this.
    #[error("the lane is not its owner's")]
    NotOwner,
}

/// Why cryptography did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CryptoFault {
    /// The vault failed; the transaction must be dropped.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The lane's state is missing or does not fit; a swap mends it.
    #[error("the lane's state is lost: {0}")]
    StateLost(&'static str),
    /// The peer's bytes are not a valid message for this state.
    #[error("not a valid {0}")]
    Invalid(&'static str),
    /// The key package was used before, dropped, or is another device's.
    #[error("no key package for this welcome")]
    NoKeyPackage,
    /// A leaf that must not be there.
    #[error(transparent)]
    Intruder(#[from] Intruder),
}

/// Names one key package among those that this device made and that wait for their welcome.
pub type KeyPackageName = [u8; 16];

/// What a commit that adds a device yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// For the devices that are in the lane already.
    pub commit: Vec<u8>,
    /// For the new device; the ratchet tree is inside.
    pub welcome: Vec<u8>,
}

/// What an entry did to a received lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// A commit, or a welcome for another device: nothing to show.
    Nothing,
    /// A message's body.
    Body(Vec<u8>),
    /// The owner removed this device from the lane.
    Removed,
    /// Well-formed, yet not something this sender may do: counted and passed over.
    Dropped(Intruder),
}

/// The cryptography of lanes. All state is in the transaction that is passed in; an implementation keeps none between calls, so
/// a dropped transaction leaves nothing behind, and a call that fails has written nothing.
pub trait LaneCrypto {
    /// Makes a key package and keeps its private half under `name` until a welcome uses it.
    fn make_key_package(&self, tx: &mut WriteTx<'_>, name: KeyPackageName) -> Result<Vec<u8>, CryptoFault>;

    /// Forgets the private half of a key package that will not be used.
    fn forget_key_package(&self, tx: &mut WriteTx<'_>, name: KeyPackageName) -> Result<(), CryptoFault>;

    /// Owner: starts the lane's group with one reader; returns the welcome.
    fn create(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        reader: Newcomer<'_>,
        leaves: Leaves<'_>,
    ) -> Result<Vec<u8>, CryptoFault>;

    /// Owner: adds a further reader.
    fn add(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        reader: Newcomer<'_>,
        leaves: Leaves<'_>,
    ) -> Result<Added, CryptoFault>;

    /// Owner: removes a reader; returns the commit.
    fn remove(&self, tx: &mut WriteTx<'_>, lane: &LaneId, reader: &DeviceId) -> Result<Vec<u8>, CryptoFault>;

    /// Owner: replaces its own leaf key; returns the commit.
    fn update(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<Vec<u8>, CryptoFault>;

    /// Owner: seals one body.
    fn seal(&self, tx: &mut WriteTx<'_>, lane: &LaneId, body: &[u8]) -> Result<Vec<u8>, CryptoFault>;

    /// Receiver: joins by a welcome for one of these key packages, in the place of what it had of this lane; the private halves of all
    /// of them are gone afterwards.
    fn join(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        welcome: &[u8],
        key_packages: &[KeyPackageName],
        leaves: Leaves<'_>,
    ) -> Result<(), CryptoFault>;

    /// Receiver: applies a commit or a message. A leaf that may not be there is a fault, and nothing was applied: perhaps our view of log
    /// and roster is behind.
    fn apply(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        bytes: &[u8],
        leaves: Leaves<'_>,
    ) -> Result<Applied, CryptoFault>;

    /// Either side: forgets the lane's keys.
    fn discard(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<(), CryptoFault>;
}

/// A device that is to get a leaf.
#[derive(Clone, Copy)]
pub struct Newcomer<'a> {
    /// The device.
    pub device: DeviceId,
    /// The key package that it made for this lane.
    pub key_package: &'a [u8],
}

//! The directory as a signed snapshot. Search is local: the server never learns whom a person looks up.

use minicbor::{Decode, Encode};

use crate::ids::{Address, MemberId};
use crate::keys::EnvelopePublicKey;
use crate::limits::DIRECTORY_BYTES_MAX;
use crate::secret::Personal;
use crate::signed::Document;
use crate::time::Timestamp;

/// Where and with which key anybody of the organization may leave a first contact for a device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FrontDoor {
    /// The address that the device owns in its door session.
    #[n(0)]
    pub address: Address,
    /// From which the put key is derived; known to the whole organization.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub capability: [u8; 32],
}

/// A device of a person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceEntry {
    /// Signed certificate; counts only if the log agrees.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// The HPKE key for envelopes; its hash is in the certificate.
    #[n(1)]
    pub envelope_key: EnvelopePublicKey,
    /// Where a first contact goes.
    #[n(2)]
    pub front_door: FrontDoor,
}

/// A person of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryEntry {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// How people and scripts name the person.
    #[n(1)]
    pub login: Personal<String>,
    /// How the person is shown.
    #[n(2)]
    pub name: Personal<String>,
    /// Live devices; none before the person has enrolled.
    #[n(3)]
    pub devices: Vec<DeviceEntry>,
}

/// The whole directory as one member may see it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectorySnapshot {
    /// Grows with each change.
    #[n(0)]
    pub version: u64,
    /// When it was made.
    #[n(1)]
    pub issued: Timestamp,
    /// People, ascending by member id.
    #[n(2)]
    pub entries: Vec<DirectoryEntry>,
}

impl Document for DirectorySnapshot {
    const LABEL: &'static str = "isoloir directory v1";
    const BYTES_MAX: usize = DIRECTORY_BYTES_MAX;
}

//! The directory as it reaches clients: the list of people as signed updates, and the material of their devices beside it
//! (spec/directory.md). Search is local: the server never learns whom a person looks up. Neither stream may ever hold anybody
//! whom policy hides from its reader.

mod groups;
mod list;
mod visibility;

use std::fmt;

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::codec::{self, Malformed};
use crate::ids::{Address, DeviceId, Hash32, MemberId};
use crate::keys::EnvelopePublicKey;
use crate::limits::{
    CARD_BYTES_MAX, CERTIFICATE_BYTES_MAX, DEVICE_BATCH_BYTES_MAX, DEVICES_PER_BATCH_MAX, DIRECTORY_ANSWER_BYTES_MAX,
    DIRECTORY_BYTES_MAX, PEOPLE_MAX,
};
use crate::secret::Personal;
use crate::signed::Document;
use crate::time::Timestamp;

pub use groups::{DirectoryGroup, DirectoryGroups, GroupPeople};
pub use list::{Applied, List, ListRefused, commitment, digest};
pub use visibility::{BadVisibility, Group, Visibility, class};

/// Where and with which key anybody of the organization may leave a first contact for a device.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FrontDoor {
    /// The address that the device owns in its door session.
    #[n(0)]
    pub address: Address,
    /// From which the put key is derived; known to whoever sees the device.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub capability: [u8; 32],
}

impl fmt::Debug for FrontDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrontDoor(…)")
    }
}

/// A person of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Person {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// How people and scripts name the person.
    #[n(1)]
    pub login: Personal<String>,
    /// How the person is shown.
    #[n(2)]
    pub name: Personal<String>,
}

/// Which list of people a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Have {
    /// Its version.
    #[n(0)]
    pub version: u64,
    /// Its class.
    #[n(1)]
    pub class: Hash32,
}

/// The list of people as the members of one class see it: complete, or what changed since an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryUpdate {
    /// Version of the resulting list; grows with each change of people or of who sees them.
    #[n(0)]
    pub version: u64,
    /// When that version was published.
    #[n(1)]
    pub issued: Timestamp,
    /// Everybody of this class sees the same, see [`class`].
    #[n(2)]
    pub class: Hash32,
    /// The version that this changes; none when it is complete.
    #[n(3)]
    pub base: Option<u64>,
    /// People who are new or changed (or all), ascending by member id.
    #[n(4)]
    #[cbor(decode_with = "bounded::list::<_, _, PEOPLE_MAX>")]
    pub people: Vec<Person>,
    /// People who are gone or hidden now, ascending.
    #[n(5)]
    #[cbor(decode_with = "bounded::list::<_, _, PEOPLE_MAX>")]
    pub removed: Vec<MemberId>,
    /// [`digest`] of the resulting list.
    #[n(6)]
    pub digest: Hash32,
    /// Opens the log's commitment; only to a class that sees everybody.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub salt: Option<[u8; 32]>,
}

impl Document for DirectoryUpdate {
    const LABEL: &'static str = "isoloir directory v2";
    const BYTES_MAX: usize = DIRECTORY_BYTES_MAX;
}

/// The organization's word for who a member is. The member shows it with a first contact: whoever may not see the member in the
/// directory still learns who writes, and from nobody but the organization.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Card {
    /// Who.
    #[n(0)]
    pub person: Person,
    /// When the directory said so.
    #[n(1)]
    pub issued: Timestamp,
}

impl Document for Card {
    const LABEL: &'static str = "isoloir card v1";
    const BYTES_MAX: usize = CARD_BYTES_MAX;
}

/// The answer to FETCH of the directory: signed documents.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryAnswer {
    /// A signed [`DirectoryUpdate`], the same bytes for everybody of a class who has the same.
    #[n(0)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, DIRECTORY_BYTES_MAX>")]
    pub update: Vec<u8>,
    /// The reader's own signed [`Card`].
    #[n(1)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CARD_BYTES_MAX>")]
    pub card: Vec<u8>,
    /// The reader's own signed [`DirectoryGroups`]; an earlier server says nothing of them.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub groups: Option<Vec<u8>>,
}

/// The documents have people's names.
impl fmt::Debug for DirectoryAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DirectoryAnswer(…)")
    }
}

impl DirectoryAnswer {
    /// The bytes that PARTs carry.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads the bytes that PARTs carried.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        codec::decode_bounded(bytes, DIRECTORY_ANSWER_BYTES_MAX)
    }
}

/// What is needed to reach a device for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceEntry {
    /// Which; the certificate says the same or the entry is worth nothing.
    #[n(0)]
    pub device: DeviceId,
    /// Signed certificate; counts only if the log agrees.
    #[n(1)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CERTIFICATE_BYTES_MAX>")]
    pub certificate: Vec<u8>,
    /// The HPKE key for envelopes; its hash is in the certificate.
    #[n(2)]
    pub envelope_key: EnvelopePublicKey,
    /// Where a first contact goes.
    #[n(3)]
    pub front_door: FrontDoor,
}

/// A stretch of the devices that a reader may see, in the order in which they became known or visible.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceBatch {
    /// As in [`DirectoryUpdate`]; a reader whose class changed begins again at 0.
    #[n(0)]
    pub class: Hash32,
    /// Where it starts.
    #[n(1)]
    pub from: u64,
    /// Where the next batch starts.
    #[n(2)]
    pub next: u64,
    /// Where all batches end, for now.
    #[n(3)]
    pub until: u64,
    /// Devices that count, at most [`DEVICES_PER_BATCH_MAX`].
    #[n(4)]
    #[cbor(decode_with = "bounded::list::<_, _, DEVICES_PER_BATCH_MAX>")]
    pub devices: Vec<DeviceEntry>,
}

impl Document for DeviceBatch {
    const LABEL: &'static str = "isoloir devices v1";
    const BYTES_MAX: usize = DEVICE_BATCH_BYTES_MAX;
}

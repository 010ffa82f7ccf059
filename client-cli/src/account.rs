//! Who this device is: its keys, its person and its organization, as the vault keeps them. Never shown, logged or sent.

use minicbor::{Decode, Encode};
use protocol::directory::FrontDoor;
use protocol::ids::{Address, DeviceId, Hash32, MemberId, OrganizationFingerprint};
use protocol::keys::{self, BadKey, EnvelopeKeyPair, SigningKey};
use protocol::organization::DirectoryKeys;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;

use crate::store::SecretBytes;

/// The keys of a device, made once and before anything is asked of a server.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct DeviceKeys {
    /// Seed of the Ed25519 key of the device.
    #[n(0)]
    signature: SecretBytes,
    /// Seed of the Ed25519 key of the person.
    #[n(1)]
    identity: SecretBytes,
    /// Seed of the X-Wing key for envelopes.
    #[n(2)]
    envelope: SecretBytes,
    /// Seed of the Ed25519 key that owns the front door.
    #[n(3)]
    front_door: SecretBytes,
    /// From which the front door's put key is derived.
    #[n(4)]
    front_door_capability: SecretBytes,
}

fn seed(rng: &mut dyn CryptoRngCore) -> SecretBytes {
    let mut bytes = vec![0; 32];
    rng.fill_bytes(&mut bytes);
    SecretBytes::new(bytes)
}

fn array(bytes: &SecretBytes) -> Result<[u8; 32], BadKey> {
    bytes.0.as_slice().try_into().map_err(|_| BadKey)
}

impl DeviceKeys {
    /// Fresh keys.
    pub fn generate(rng: &mut dyn CryptoRngCore) -> Self {
        Self {
            signature: seed(rng),
            identity: seed(rng),
            envelope: seed(rng),
            front_door: seed(rng),
            front_door_capability: seed(rng),
        }
    }

    /// The device's signature key.
    pub fn signature(&self) -> Result<SigningKey, BadKey> {
        array(&self.signature).map(|seed| SigningKey::from_bytes(&seed))
    }

    /// The person's identity key.
    pub fn identity(&self) -> Result<SigningKey, BadKey> {
        array(&self.identity).map(|seed| SigningKey::from_bytes(&seed))
    }

    /// The device's envelope key.
    pub fn envelope(&self) -> Result<EnvelopeKeyPair, BadKey> {
        EnvelopeKeyPair::from_seed(Secret::new(array(&self.envelope)?))
    }

    /// The key that owns the front door.
    pub fn front_door_key(&self) -> Result<SigningKey, BadKey> {
        array(&self.front_door).map(|seed| SigningKey::from_bytes(&seed))
    }

    /// The front door as the directory names it.
    pub fn front_door(&self) -> Result<FrontDoor, BadKey> {
        let address = Address::of_key(self.front_door_key()?.verifying_key().as_bytes());
        Ok(FrontDoor { address, capability: array(&self.front_door_capability)? })
    }

    /// The device's id.
    pub fn device(&self) -> Result<DeviceId, BadKey> {
        Ok(DeviceId::of_key(self.signature()?.verifying_key().as_bytes()))
    }
}

/// A directory key that was replaced, Ed25519.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct FormerKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

/// An enrolled device.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Account {
    /// `https://HOST:PORT`.
    #[n(0)]
    pub url: Personal<String>,
    /// The organization.
    #[n(1)]
    pub organization: OrganizationFingerprint,
    /// The person.
    #[n(2)]
    pub member: MemberId,
    /// The person's login, as the directory writes it.
    #[n(3)]
    pub login: Personal<String>,
    /// The person's name.
    #[n(4)]
    pub name: Personal<String>,
    /// The signed device certificate in force.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// Origin line of the transparency log.
    #[n(6)]
    pub log_origin: String,
    /// The directory key (Ed25519).
    #[cbor(n(7), with = "minicbor::bytes")]
    pub directory_key: [u8; 32],
    /// SHA-256 of the TLS keys that the server may show.
    #[n(8)]
    pub tls_keys: Vec<Hash32>,
    /// When the device was enrolled.
    #[n(9)]
    pub enrolled: Timestamp,
    /// Which statement of the root is about that key; unknown to earlier versions.
    #[n(10)]
    pub directory_key_serial: Option<u64>,
    /// Until when the root has signed the directory key; unknown to earlier versions.
    #[n(11)]
    pub directory_key_until: Option<Timestamp>,
    /// The keys in whose place it came while this device knew them, Ed25519.
    #[cbor(n(12), default)]
    pub former_directory_keys: Vec<FormerKey>,
}

impl Account {
    /// The directory key and those before it.
    pub fn directory_keys(&self) -> Result<DirectoryKeys, BadKey> {
        let former = self.former_directory_keys.iter().map(|former| keys::verifying_key(&former.0));
        let former = former.collect::<Result<Vec<_>, _>>()?;
        Ok(DirectoryKeys::after(keys::verifying_key(&self.directory_key)?, former))
    }
}

//! Identifiers: 16 or 32 bytes made by us or by a hash, never a string. They must never carry meaning (a name, a time, an order).

use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};

/// The bytes given are not an identifier of this kind: wrong length or not hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of {expected} bytes in hexadecimal")]
pub struct NotAnId {
    /// How many bytes the identifier has.
    pub expected: usize,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The identifier with exactly these bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes of the identifier.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// A fresh random identifier.
            pub fn random(rng: &mut dyn CryptoRngCore) -> Self {
                let mut bytes = [0; $len];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = NotAnId;

            fn try_from(bytes: &[u8]) -> Result<Self, NotAnId> {
                bytes.try_into().map(Self).map_err(|_| NotAnId { expected: $len })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let bytes = data_encoding::HEXLOWER_PERMISSIVE
                    .decode(text.as_bytes())
                    .map_err(|_| NotAnId { expected: $len })?;
                Self::try_from(bytes.as_slice())
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.bytes()?).map_err(minicbor::decode::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier!(
    /// A person of the organization. Random; the login and the name live in the directory only.
    MemberId,
    16
);
identifier!(
    /// An administrator of the server's console. Random; the name is an attribute beside it.
    AdministratorId,
    16
);
identifier!(
    /// A program with a token of its own at the server. Random; its name is an attribute beside it.
    IntegrationId,
    16
);
identifier!(
    /// By which the audit names a party; random, and nothing but the party's key leads from it to anybody.
    Pseudonym,
    16
);
identifier!(
    /// A group that a provider pushes. Random; the name is an attribute beside it.
    GroupId,
    16
);
identifier!(
    /// A device: the first 16 bytes of SHA-256 over its Ed25519 signature key.
    DeviceId,
    16
);
identifier!(
    /// A message, drawn by its author's device; a repeat keeps it.
    MessageId,
    16
);
identifier!(
    /// A conversation; of two people it is a hash of both member ids.
    ConversationId,
    16
);
identifier!(
    /// A file offer.
    FileId,
    16
);
identifier!(
    /// A folder that is offered file by file.
    FolderId,
    16
);
identifier!(
    /// One run of a transfer; a resumed transfer draws a new one, so its key is new too.
    TransferId,
    16
);
identifier!(
    /// One peer connection between two devices.
    LinkId,
    16
);
identifier!(
    /// One first contact between two devices; repeats are idempotent by it.
    ContactId,
    16
);
identifier!(
    /// One signaling session, known to the server and that client while it lives.
    SessionId,
    16
);
identifier!(
    /// A signaling address: the first 16 bytes of SHA-256 over the Ed25519 key that owns it.
    Address,
    16
);
identifier!(
    /// SHA-256 of the organization's root public key; the name of the organization.
    OrganizationFingerprint,
    32
);
identifier!(
    /// A SHA-256 or BLAKE3 value used as a name or commitment.
    Hash32,
    32
);

impl DeviceId {
    /// The id of the device that signs with this Ed25519 public key.
    pub fn of_key(signature_key: &[u8; 32]) -> Self {
        Self(first_16(Hash32::sha256(signature_key)))
    }
}

impl Address {
    /// The address that this Ed25519 public key owns.
    pub fn of_key(public_key: &[u8; 32]) -> Self {
        Self(first_16(Hash32::sha256(public_key)))
    }
}

impl OrganizationFingerprint {
    /// The fingerprint of this Ed25519 root public key.
    pub fn of_key(root_key: &[u8; 32]) -> Self {
        Self(Hash32::sha256(root_key).0)
    }
}

impl ConversationId {
    /// The conversation of two people: the same for both, whoever starts.
    pub fn pair(a: MemberId, b: MemberId) -> Self {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let mut hash = Sha256::new();
        hash.update(b"isoloir conversation of two v1");
        hash.update(low.as_bytes());
        hash.update(high.as_bytes());
        Self(first_16(Hash32(hash.finalize().into())))
    }

    /// The group that this device began with this nonce.
    pub fn group(nonce: &[u8; 32], device: DeviceId) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"isoloir group v1");
        hash.update(nonce);
        hash.update(device.as_bytes());
        Self(first_16(Hash32(hash.finalize().into())))
    }
}

impl Hash32 {
    /// SHA-256 over `bytes`.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

fn first_16(hash: Hash32) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    id
}

/// One device's own MLS group in one conversation; a greater generation replaces a smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct LaneId {
    /// The only device that commits and sends in the lane.
    #[n(0)]
    pub device: DeviceId,
    /// The conversation that the lane is part of.
    #[n(1)]
    pub conversation: ConversationId,
    /// Greater each time the owner starts the lane anew: the wall clock in seconds at that moment.
    #[n(2)]
    pub generation: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_of_two_is_the_same_for_both() {
        let (a, b) = (MemberId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        assert_eq!(ConversationId::pair(a, b), ConversationId::pair(b, a));
        assert_ne!(ConversationId::pair(a, a), ConversationId::pair(a, b));
    }

    #[test]
    fn text_form_is_lower_hex_and_comes_back() {
        let id = DeviceId::of_key(&[7; 32]);
        assert_eq!(id.to_string().parse::<DeviceId>(), Ok(id));
        assert!("xyz".parse::<DeviceId>().is_err());
        assert!("00".parse::<DeviceId>().is_err());
    }
}

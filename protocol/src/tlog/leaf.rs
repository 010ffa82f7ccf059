//! The leaves of the transparency log (spec/log.md §2): random ids, keys, hashes and salted commitments.
//! A leaf must never hold a name, a login, or anything else that tells who a member is.

use minicbor::{Decode, Encode};

use super::identity_end::{Approval, SignedApprovers};
use crate::bounded;
use crate::codec;
use crate::ids::{DeviceId, Hash32, MemberId};
use crate::keys::transcript;
use crate::limits::{APPROVALS_MAX, LEAF_BYTES_MAX};
use crate::secret::Secret;
use crate::time::Timestamp;

/// One event that every client must see the same way. Fields never change: a new need is a new kind.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Leaf {
    /// A person belongs to the organization.
    #[n(0)]
    MemberAdd {
        /// Who.
        #[n(0)]
        member: MemberId,
        /// [`member_commitment`]; opens only with its salt.
        #[n(1)]
        commitment: Hash32,
    },
    /// The first identity key of a member.
    #[n(1)]
    IdentitySet {
        /// Who.
        #[n(0)]
        member: MemberId,
        /// Ed25519 public key.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        identity_key: [u8; 32],
    },
    /// Another identity key after every device was lost; ends every device that the member had.
    #[n(2)]
    IdentityReset {
        /// Who.
        #[n(0)]
        member: MemberId,
        /// Ed25519 public key.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        identity_key: [u8; 32],
    },
    /// A device got its first certificate.
    #[n(3)]
    DeviceAdd {
        /// Whose.
        #[n(0)]
        member: MemberId,
        /// Which.
        #[n(1)]
        device: DeviceId,
        /// SHA-256 of the signed certificate.
        #[n(2)]
        certificate: Hash32,
    },
    /// A device got a certificate with a new validity.
    #[n(4)]
    DeviceRenew {
        /// Which.
        #[n(0)]
        device: DeviceId,
        /// SHA-256 of the signed certificate.
        #[n(1)]
        certificate: Hash32,
    },
    /// A device counts no more, for good.
    #[n(5)]
    DeviceRevoke {
        /// Which.
        #[n(0)]
        device: DeviceId,
    },
    /// A policy was published.
    #[n(6)]
    PolicyPublish {
        /// Grows with each publication.
        #[n(0)]
        version: u64,
        /// SHA-256 of the signed document.
        #[n(1)]
        hash: Hash32,
    },
    /// A directory key took over.
    #[n(7)]
    DirectoryKeySet {
        /// Grows with each key.
        #[n(0)]
        serial: u64,
        /// Ed25519 public key.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        key: [u8; 32],
    },
    /// A directory snapshot was published.
    #[n(8)]
    DirectoryPublish {
        /// Grows with each publication.
        #[n(0)]
        version: u64,
        /// SHA-256 of the signed document.
        #[n(1)]
        hash: Hash32,
    },
    /// This log goes on from another one; the first leaf after those that were taken over.
    #[n(9)]
    LogReset {
        /// SHA-256 of the signed LogReset.
        #[n(0)]
        document: Hash32,
    },
    /// The organization ends a member's identity: its key and every device count no more, until an IdentityReset sets another key.
    #[n(10)]
    IdentityEnd {
        /// Who.
        #[n(0)]
        member: MemberId,
        /// The identity key that ends.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        identity_key: [u8; 32],
        /// When, by the organization's clock; people are told this date.
        #[n(2)]
        at: Timestamp,
        /// Who agreed, where the root key asks for it.
        #[n(3)]
        #[cbor(decode_with = "bounded::list::<_, _, APPROVALS_MAX>")]
        approvals: Vec<Approval>,
    },
    /// From here on the root key asks for these people's signatures before an identity ends.
    #[n(11)]
    ApproversSet {
        /// Signed by the root.
        #[n(0)]
        document: SignedApprovers,
    },
}

/// Why bytes are not a leaf that this version can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLeaf {
    /// Not the deterministic encoding of a leaf.
    #[error("malformed leaf")]
    Malformed,
    /// A kind of a later version; it counts in the tree and has no effect here.
    #[error("unknown kind of leaf")]
    UnknownKind,
}

impl Leaf {
    /// How the bytes of every DirectoryKeySet begin, and those of no other leaf.
    pub const DIRECTORY_KEY_SET: [u8; 2] = [0x82, 7];

    /// The leaf's bytes: deterministic CBOR (RFC 8949 §4.2).
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a leaf; only the bytes that [`Leaf::to_bytes`] writes are one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadLeaf> {
        if bytes.len() > LEAF_BYTES_MAX {
            return Err(BadLeaf::Malformed);
        }
        let mut decoder = minicbor::Decoder::new(bytes);
        match decoder.decode::<Self>() {
            Ok(leaf) if leaf.to_bytes() == bytes => Ok(leaf),
            Ok(_) => Err(BadLeaf::Malformed),
            Err(error) if error.is_unknown_variant() => Err(BadLeaf::UnknownKind),
            Err(_) => Err(BadLeaf::Malformed),
        }
    }
}

/// Binds a member id to the login it was given, without telling it: SHA-256 over a random salt, the id and the login.
pub fn member_commitment(salt: &Secret<[u8; 32]>, member: MemberId, login: &str) -> Hash32 {
    Hash32::sha256(&transcript("isoloir member v1", &[salt.expose(), member.as_bytes(), login.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_encoding_per_leaf() {
        let leaf = Leaf::DeviceRevoke { device: DeviceId::from_bytes([7; 16]) };
        let bytes = leaf.to_bytes();
        assert_eq!(Leaf::from_bytes(&bytes), Ok(leaf));
        // [5, {0: device}] with the 5 written in two bytes; with an unknown field; with bytes after it.
        let long_head = [&[0x82, 0x18, 5], &bytes[2..]].concat();
        let more_fields = [&[0x82, 5, 0xa2], &bytes[3..], &[0x09, 0x00]].concat();
        let trailing = [bytes.as_slice(), &[0]].concat();
        for other in [long_head, more_fields, trailing] {
            assert_eq!(Leaf::from_bytes(&other), Err(BadLeaf::Malformed));
        }
        assert_eq!(Leaf::from_bytes(&[0x82, 0x18, 99, 0xa0]), Err(BadLeaf::UnknownKind));
    }

    #[test]
    fn directory_keys_are_told_from_other_leaves_by_their_first_bytes() {
        let leaf = Leaf::DirectoryKeySet { serial: 300, key: [1; 32] }.to_bytes();
        assert!(leaf.starts_with(&Leaf::DIRECTORY_KEY_SET));
        assert!(
            !Leaf::PolicyPublish { version: 1, hash: Hash32::from_bytes([0; 32]) }
                .to_bytes()
                .starts_with(&Leaf::DIRECTORY_KEY_SET)
        );
    }

    #[test]
    fn a_commitment_depends_on_its_salt_and_binds_the_login() {
        let member = MemberId::from_bytes([1; 16]);
        let commit = |salt, login| member_commitment(&Secret::new([salt; 32]), member, login);
        assert_eq!(commit(1, "notary03"), commit(1, "notary03"));
        assert_ne!(commit(1, "notary03"), commit(2, "notary03"));
        assert_ne!(commit(1, "notary03"), commit(1, "notary04"));
    }
}

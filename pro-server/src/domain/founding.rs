//! An organization whose root key was never on its server (spec/certificate.md §1): the server makes a directory key, the root signs
//! it elsewhere, and the server starts with what came back. Pure. It must never take a statement about a key that is not the server's.

use minicbor::{Decode, Encode};
use protocol::codec;
use protocol::ids::OrganizationFingerprint;
use protocol::keys::{self, SigningKey, VerifyingKey};
use protocol::organization::DirectoryKey;
use protocol::signed::{self, Document as _, Unverified};
use protocol::time::Timestamp;

use super::directory_key;

/// The first directory key of an organization.
const FIRST_SERIAL: u64 = 1;

/// What the root is asked to sign before there is an organization.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FoundingRequest {
    #[n(0)]
    next: DirectoryKey,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Founding {
    /// Ed25519.
    #[cbor(n(0), with = "minicbor::bytes")]
    root: [u8; 32],
    /// [`DirectoryKey`], signed by the root.
    #[cbor(n(1), with = "minicbor::bytes")]
    signed: Vec<u8>,
}

/// A founding that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founded {
    pub root: VerifyingKey,
    pub key: DirectoryKey,
    pub signed: Vec<u8>,
}

/// Why a request or a founding counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFounding {
    #[error("this is no request of a server that is to be founded, or not what “root sign” makes of one")]
    Malformed,
    #[error("this is about another directory key than the one that was named")]
    OtherKey,
    #[error("this was signed by another root key than the one of the organization that was named")]
    OtherOrganization,
    #[error("the time that it gives has ended, has not begun, or is longer than a year")]
    Time,
}

impl FoundingRequest {
    /// Asks for a year for `key`.
    pub fn new(key: [u8; 32], now: Timestamp) -> Self {
        Self { next: directory_key::statement(key, FIRST_SERIAL, now) }
    }

    /// What is to be signed.
    pub fn next(&self) -> &DirectoryKey {
        &self.next
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a request; nothing of it is believed yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFounding> {
        codec::decode_bounded(bytes, 2 * DirectoryKey::BYTES_MAX).map_err(|_| BadFounding::Malformed)
    }

    /// The founding, if the key is the `named` one, which came another way than the request: whoever carries that could have exchanged
    /// the key in it.
    pub fn sign(&self, root: &SigningKey, named: [u8; 32]) -> Result<Founding, BadFounding> {
        if self.next.key != named {
            return Err(BadFounding::OtherKey);
        }
        if self.next.serial != FIRST_SERIAL || !directory_key::is_within_a_year(&self.next) {
            return Err(BadFounding::Time);
        }
        Ok(Founding { root: root.verifying_key().to_bytes(), signed: signed::sign(&self.next, root) })
    }
}

impl Founding {
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a founding; nothing of it is believed yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFounding> {
        codec::decode_bounded(bytes, 2 * DirectoryKey::BYTES_MAX).map_err(|_| BadFounding::Malformed)
    }

    /// Whether it founds `organization` on the `waiting` key at `now`.
    pub fn verify(
        &self,
        organization: OrganizationFingerprint,
        waiting: [u8; 32],
        now: Timestamp,
    ) -> Result<Founded, BadFounding> {
        if OrganizationFingerprint::of_key(&self.root) != organization {
            return Err(BadFounding::OtherOrganization);
        }
        let root = keys::verifying_key(&self.root).map_err(|_| BadFounding::OtherOrganization)?;
        let key = Unverified::<DirectoryKey>::from_bytes(self.signed.clone()).verify(&root);
        let key = key.map_err(|_| BadFounding::OtherOrganization)?;
        if key.key != waiting {
            return Err(BadFounding::OtherKey);
        }
        if !directory_key::is_within_a_year(&key) || now < key.not_before || now >= key.not_after {
            return Err(BadFounding::Time);
        }
        Ok(Founded { root, key, signed: self.signed.clone() })
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::DAY_MS;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn only_the_named_root_founds_only_on_the_named_key_and_in_time() {
        let [root, stranger, directory] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let (key, other) = (directory.verifying_key().to_bytes(), stranger.verifying_key().to_bytes());
        let organization = OrganizationFingerprint::of_key(root.verifying_key().as_bytes());
        let request = FoundingRequest::from_bytes(&FoundingRequest::new(key, NOW).to_bytes()).unwrap();
        assert_eq!(request.sign(&root, other), Err(BadFounding::OtherKey));
        let founding = Founding::from_bytes(&request.sign(&root, key).unwrap().to_bytes()).unwrap();
        let founded = founding.verify(organization, key, NOW).unwrap();
        assert_eq!((founded.root, founded.key.serial), (root.verifying_key(), 1));
        assert_eq!(founding.verify(organization, other, NOW), Err(BadFounding::OtherKey));
        assert_eq!(founding.verify(organization, key, NOW.plus_ms(366 * DAY_MS)), Err(BadFounding::Time));
        let theirs = request.sign(&stranger, key).unwrap();
        assert_eq!(theirs.verify(organization, key, NOW), Err(BadFounding::OtherOrganization));
        let mixed = Founding { root: founding.root, signed: theirs.signed };
        assert_eq!(mixed.verify(organization, key, NOW), Err(BadFounding::OtherOrganization));
        let long = DirectoryKey { not_after: NOW.plus_ms(800 * DAY_MS), ..request.next.clone() };
        assert_eq!(FoundingRequest { next: long }.sign(&root, key), Err(BadFounding::Time));
        for bytes in [&b""[..], b"no request", &[0xff; 5_000]] {
            assert_eq!(FoundingRequest::from_bytes(bytes), Err(BadFounding::Malformed));
            assert_eq!(Founding::from_bytes(bytes), Err(BadFounding::Malformed));
        }
    }
}

//! Links: the key of one peer connection, the MACs that open its channels, and the frames that travel on them.
//! Nothing on a channel is processed before its first frame has proved the link key.

mod frame;

use hmac::{Hmac, Mac as _};
use hpke_rs::HpkePublicKey;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::ids::{DeviceId, Hash32, LinkId};
use crate::keys::{self, BadKey, EnvelopeKeyPair, EnvelopePublicKey};
use crate::secret::Secret;

pub use frame::{BadFrame, FileRefusal, LinkFrame, SEEN_PER_FRAME_MAX};

const INFO: &[u8] = b"isoloir link v1";
const EXPORT: &[u8] = b"isoloir link secret v1";

/// Which end of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Made the offer.
    Offerer,
    /// Answered it.
    Answerer,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Offerer => Self::Answerer,
            Self::Answerer => Self::Offerer,
        }
    }
}

/// One of the two data channels of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Everything but pieces of files; stream id 0.
    Control,
    /// Pieces of files; stream id 1.
    Bulk,
}

/// The secret of one link.
#[derive(Debug, Clone)]
pub struct LinkKey(Secret<[u8; 32]>);

/// Everything both ends saw of the signaling that made the link; any difference gives another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkContext {
    /// The link.
    pub link: LinkId,
    /// Who offered.
    pub offerer: DeviceId,
    /// Who answered.
    pub answerer: DeviceId,
    /// SHA-256 fingerprint of the offerer's DTLS certificate.
    pub offerer_fingerprint: [u8; 32],
    /// SHA-256 fingerprint of the answerer's DTLS certificate.
    pub answerer_fingerprint: [u8; 32],
    /// Hash of the envelope with the offer.
    pub offer_envelope: Hash32,
    /// Hash of the envelope with the answer.
    pub answer_envelope: Hash32,
}

/// The answerer's half: an encapsulation for the answer, and the shared secret.
pub fn encapsulate(one_time_key: &EnvelopePublicKey) -> Result<(Vec<u8>, Secret<Vec<u8>>), BadKey> {
    let public = HpkePublicKey::new(one_time_key.as_bytes().to_vec());
    let (encapsulation, secret) =
        keys::hpke().send_export(&public, INFO, None, None, None, EXPORT, 32).map_err(|_| BadKey)?;
    Ok((encapsulation, Secret::new(secret)))
}

/// The offerer's half: the shared secret from the answer's encapsulation.
pub fn decapsulate(encapsulation: &[u8], one_time: &EnvelopeKeyPair) -> Result<Secret<Vec<u8>>, BadKey> {
    keys::hpke()
        .receiver_export(encapsulation, one_time.private(), INFO, None, None, None, EXPORT, 32)
        .map(Secret::new)
        .map_err(|_| BadKey)
}

impl LinkKey {
    /// HKDF over the shared secret and everything that was signaled.
    pub fn derive(secret: &Secret<Vec<u8>>, context: &LinkContext) -> Self {
        Self(keys::derive(
            secret.expose(),
            "isoloir link key v1",
            &[
                context.link.as_bytes(),
                context.offerer.as_bytes(),
                context.answerer.as_bytes(),
                &context.offerer_fingerprint,
                &context.answerer_fingerprint,
                context.offer_envelope.as_bytes(),
                context.answer_envelope.as_bytes(),
            ],
        ))
    }

    /// A key from its bytes, for tests and vectors.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The key's bytes.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The first frame that `role` sends on `channel`: HMAC-SHA-256 (RFC 2104) of 32 bytes.
    pub fn auth_mac(&self, role: Role, channel: Channel) -> [u8; 32] {
        let role: &[u8] = match role {
            Role::Offerer => b"offerer",
            Role::Answerer => b"answerer",
        };
        let channel: &[u8] = match channel {
            Channel::Control => b"control",
            Channel::Bulk => b"bulk",
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.expose()) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(&keys::transcript("isoloir link auth v1", &[role, channel]));
        mac.finalize().into_bytes().into()
    }

    /// Whether `frame` is the MAC that `role` sends on `channel`; in constant time.
    pub fn verify_mac(&self, role: Role, channel: Channel, frame: &[u8]) -> bool {
        self.auth_mac(role, channel).ct_eq(frame).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> LinkContext {
        LinkContext {
            link: LinkId::from_bytes([1; 16]),
            offerer: DeviceId::from_bytes([2; 16]),
            answerer: DeviceId::from_bytes([3; 16]),
            offerer_fingerprint: [4; 32],
            answerer_fingerprint: [5; 32],
            offer_envelope: Hash32::from_bytes([6; 32]),
            answer_envelope: Hash32::from_bytes([7; 32]),
        }
    }

    #[test]
    fn both_ends_derive_the_same_key_and_any_difference_gives_another() {
        let one_time = EnvelopeKeyPair::from_seed([9; 32].into()).unwrap();
        let (encapsulation, secret) = encapsulate(one_time.public()).unwrap();
        let other = decapsulate(&encapsulation, &one_time).unwrap();
        let (a, b) = (LinkKey::derive(&secret, &context()), LinkKey::derive(&other, &context()));
        assert_eq!(a.expose(), b.expose());
        let tampered = LinkContext { answerer_fingerprint: [8; 32], ..context() };
        let mac = LinkKey::derive(&secret, &tampered).auth_mac(Role::Offerer, Channel::Control);
        assert!(!b.verify_mac(Role::Offerer, Channel::Control, &mac));
        let mac = a.auth_mac(Role::Offerer, Channel::Control);
        assert!(b.verify_mac(Role::Offerer, Channel::Control, &mac));
        assert!(!b.verify_mac(Role::Answerer, Channel::Control, &mac), "a MAC cannot be reflected");
        assert!(!b.verify_mac(Role::Offerer, Channel::Bulk, &mac), "nor moved to the other channel");
    }
}

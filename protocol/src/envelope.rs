//! Sealed envelopes: HPKE base mode (RFC 9180) to the recipient's X-Wing key, the sender and an Ed25519 signature inside, padded
//! to one of two sizes. The server routes them in memory; what it sees is an address and a size that says almost nothing.

use std::fmt;

use ed25519_dalek::{SigningKey, VerifyingKey};
use hpke_rs::HpkePublicKey;
use minicbor::{Decode, Encode};

use crate::codec::{self, Malformed};
use crate::ids::{Address, ContactId, DeviceId, Hash32, LinkId};
use crate::keys::{self, ENCAPSULATION_BYTES, EnvelopeKeyPair, EnvelopePublicKey};
use crate::limits::{CLOCK_SKEW_MS_MAX, ENVELOPE_LIFETIME_MS_MAX, ENVELOPE_LONG_BYTES, ENVELOPE_SHORT_BYTES};
use crate::secret::Personal;
use crate::time::Timestamp;

const INFO: &[u8] = b"isoloir envelope v1";
const SIGNATURE_LABEL: &str = "isoloir envelope signature v1";
const TAG_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;

/// An address of ours, and the capability to put to it, for one contact alone.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AddressGrant {
    /// Where to put.
    #[n(0)]
    pub address: Address,
    /// From which the put key is derived.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub capability: [u8; 32],
}

impl fmt::Debug for AddressGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressGrant(…)")
    }
}

/// Why a device makes itself known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum AnnounceReason {
    /// It has just come online.
    #[n(0)]
    Online,
    /// It answers an announcement.
    #[n(1)]
    Here,
    /// It has something to deliver.
    #[n(2)]
    Waiting,
}

/// What an envelope says. Its Debug shows the kind alone.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum EnvelopeBody {
    /// To a front door: opens a relationship and nothing else. Idempotent by its id.
    #[n(0)]
    Contact {
        /// The same in every repeat.
        #[n(0)]
        contact: ContactId,
        /// The sender's signed certificate.
        #[cbor(n(1), with = "minicbor::bytes")]
        certificate: Vec<u8>,
        /// The sender's envelope key.
        #[n(2)]
        envelope_key: EnvelopePublicKey,
        /// Where the answer goes.
        #[n(3)]
        reply: AddressGrant,
        /// The sender's signed [`crate::directory::Card`], for a reader to whom the directory does not show the sender.
        #[cbor(n(4), with = "minicbor::bytes")]
        card: Option<Vec<u8>>,
    },
    /// To the contact's reply address.
    #[n(1)]
    Accept {
        /// Of the contact that is accepted.
        #[n(0)]
        contact: ContactId,
        /// The sender's signed certificate.
        #[cbor(n(1), with = "minicbor::bytes")]
        certificate: Vec<u8>,
        /// Where the relationship goes on.
        #[n(2)]
        reply: AddressGrant,
    },
    /// To a relationship address.
    #[n(2)]
    Announce {
        /// Why.
        #[n(0)]
        reason: AnnounceReason,
    },
    /// An offer of a link.
    #[n(3)]
    Offer {
        /// The link.
        #[n(0)]
        link: LinkId,
        /// One-time X-Wing key; the answer encapsulates to it.
        #[n(1)]
        one_time_key: EnvelopePublicKey,
        /// SHA-256 fingerprint of the offerer's DTLS certificate; any other is ignored.
        #[cbor(n(2), with = "minicbor::bytes")]
        fingerprint: [u8; 32],
        /// Session description (RFC 8866).
        #[n(3)]
        sdp: Personal<String>,
    },
    /// The answer to an offer.
    #[n(4)]
    Answer {
        /// The link.
        #[n(0)]
        link: LinkId,
        /// To the offer's one-time key.
        #[cbor(n(1), with = "minicbor::bytes")]
        encapsulation: Vec<u8>,
        /// SHA-256 fingerprint of the answerer's DTLS certificate.
        #[cbor(n(2), with = "minicbor::bytes")]
        fingerprint: [u8; 32],
        /// Session description.
        #[n(3)]
        sdp: Personal<String>,
    },
}

impl EnvelopeBody {
    const fn sealed_bytes(&self) -> usize {
        match self {
            Self::Announce { .. } => ENVELOPE_SHORT_BYTES,
            Self::Contact { .. } | Self::Accept { .. } | Self::Offer { .. } | Self::Answer { .. } => {
                ENVELOPE_LONG_BYTES
            }
        }
    }
}

impl fmt::Debug for EnvelopeBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contact { .. } => "Contact",
            Self::Accept { .. } => "Accept",
            Self::Announce { .. } => "Announce",
            Self::Offer { .. } => "Offer",
            Self::Answer { .. } => "Answer",
        })
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Inner {
    #[n(0)]
    sender: DeviceId,
    #[n(1)]
    expiry: Timestamp,
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    signature: [u8; 64],
}

/// Why an envelope could not be sealed or was not opened. The sender of a bad one learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Neither of the two sizes.
    #[error("an envelope has one of two sizes")]
    Size,
    /// The body does not fit its size.
    #[error("the body does not fit an envelope")]
    BodyTooLong,
    /// Not for this device and address, or changed on the way.
    #[error("the envelope does not open")]
    Sealed,
    /// Opened, but not what it should be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Too old, or claiming to live longer than allowed.
    #[error("the envelope has expired")]
    Expired,
    /// Not signed by the device it names.
    #[error("the envelope's signature does not match")]
    Signature,
}

/// Where an envelope goes.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The device that opens it.
    pub device: DeviceId,
    /// The address it is put to.
    pub address: Address,
    /// The device's envelope key.
    pub key: &'a EnvelopePublicKey,
}

fn associated(device: DeviceId, address: Address) -> Vec<u8> {
    keys::transcript("isoloir envelope to v1", &[device.as_bytes(), address.as_bytes()])
}

fn signed_parts<'a>(
    device: &'a DeviceId,
    address: &'a Address,
    encapsulation: &'a [u8],
    expiry: &'a [u8; 8],
    body: &'a [u8],
) -> [&'a [u8]; 5] {
    [device.as_bytes(), address.as_bytes(), encapsulation, expiry, body]
}

/// Seals `body` to `to`; `expiry` is at most [`ENVELOPE_LIFETIME_MS_MAX`] ahead.
pub fn seal(
    body: &EnvelopeBody,
    to: Recipient<'_>,
    sender: DeviceId,
    key: &SigningKey,
    expiry: Timestamp,
) -> Result<Vec<u8>, EnvelopeError> {
    let sealed_bytes = body.sealed_bytes();
    let body = codec::encode(body);
    let public = HpkePublicKey::new(to.key.as_bytes().to_vec());
    let (encapsulation, mut context) =
        keys::hpke().setup_sender(&public, INFO, None, None, None).map_err(|_| EnvelopeError::Sealed)?;
    let expiry_bytes = expiry.as_millis().to_be_bytes();
    let parts = signed_parts(&to.device, &to.address, &encapsulation, &expiry_bytes, &body);
    let signature = keys::sign(key, SIGNATURE_LABEL, &parts);
    let inner = codec::encode(&Inner { sender, expiry, body, signature });
    let plain_bytes = sealed_bytes - ENCAPSULATION_BYTES - TAG_BYTES;
    let length = u32::try_from(inner.len()).map_err(|_| EnvelopeError::BodyTooLong)?;
    if inner.len() + LENGTH_BYTES > plain_bytes {
        return Err(EnvelopeError::BodyTooLong);
    }
    let mut plain = Vec::with_capacity(plain_bytes);
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(&inner);
    plain.resize(plain_bytes, 0);
    let sealed = context.seal(&associated(to.device, to.address), &plain).map_err(|_| EnvelopeError::Sealed)?;
    Ok([encapsulation, sealed].concat())
}

/// SHA-256 of the sealed bytes: names the envelope in PUT, in the replay cache and in the link key.
pub fn hash(envelope: &[u8]) -> Hash32 {
    Hash32::sha256(envelope)
}

/// An envelope that opened; who sent it is only a claim until [`OpenedEnvelope::verify`].
pub struct OpenedEnvelope {
    inner_sender: DeviceId,
    expiry: Timestamp,
    body: Vec<u8>,
    signature: [u8; 64],
    encapsulation: Vec<u8>,
    device: DeviceId,
    address: Address,
}

impl fmt::Debug for OpenedEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedEnvelope(…)")
    }
}

/// Opens an envelope put to `address` for `device`, checking size and life.
pub fn open(
    envelope: &[u8],
    device: DeviceId,
    address: Address,
    key: &EnvelopeKeyPair,
    now: Timestamp,
) -> Result<OpenedEnvelope, EnvelopeError> {
    if envelope.len() != ENVELOPE_SHORT_BYTES && envelope.len() != ENVELOPE_LONG_BYTES {
        return Err(EnvelopeError::Size);
    }
    let (encapsulation, sealed) = envelope.split_at(ENCAPSULATION_BYTES);
    let plain = keys::hpke()
        .setup_receiver(encapsulation, key.private(), INFO, None, None, None)
        .and_then(|mut context| context.open(&associated(device, address), sealed))
        .map_err(|_| EnvelopeError::Sealed)?;
    let (length, rest) = plain.split_first_chunk::<LENGTH_BYTES>().ok_or(Malformed::Shape)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Malformed::Shape)?;
    let (inner, padding) = rest.split_at_checked(length).ok_or(Malformed::Shape)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(Malformed::NotDeterministic.into());
    }
    let inner: Inner = codec::decode(inner)?;
    if now > inner.expiry.plus_ms(CLOCK_SKEW_MS_MAX)
        || inner.expiry.since(now) > ENVELOPE_LIFETIME_MS_MAX + CLOCK_SKEW_MS_MAX
    {
        return Err(EnvelopeError::Expired);
    }
    Ok(OpenedEnvelope {
        inner_sender: inner.sender,
        expiry: inner.expiry,
        body: inner.body,
        signature: inner.signature,
        encapsulation: encapsulation.to_vec(),
        device,
        address,
    })
}

impl OpenedEnvelope {
    /// The device that the envelope claims to come from: which certificate to look up.
    pub fn claimed_sender(&self) -> DeviceId {
        self.inner_sender
    }

    /// Until when it must stay in the replay cache: its expiry, and the clocks' skew.
    pub fn replayable_until(&self) -> Timestamp {
        self.expiry.plus_ms(CLOCK_SKEW_MS_MAX)
    }

    /// The certificate inside a Contact or Accept, to be verified before anything else is believed.
    pub fn enclosed_certificate(&self) -> Option<Vec<u8>> {
        match codec::decode(&self.body) {
            Ok(EnvelopeBody::Contact { certificate, .. } | EnvelopeBody::Accept { certificate, .. }) => {
                Some(certificate)
            }
            Ok(EnvelopeBody::Announce { .. } | EnvelopeBody::Offer { .. } | EnvelopeBody::Answer { .. }) | Err(_) => {
                None
            }
        }
    }

    /// The body, if the claimed device, whose certified key this is, signed it for this very envelope.
    pub fn verify(&self, sender: &VerifyingKey) -> Result<EnvelopeBody, EnvelopeError> {
        if DeviceId::of_key(sender.as_bytes()) != self.inner_sender {
            return Err(EnvelopeError::Signature);
        }
        let expiry = self.expiry.as_millis().to_be_bytes();
        let parts = signed_parts(&self.device, &self.address, &self.encapsulation, &expiry, &self.body);
        if !keys::verify(sender, SIGNATURE_LABEL, &parts, &self.signature) {
            return Err(EnvelopeError::Signature);
        }
        Ok(codec::decode(&self.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_of(seed: u8) -> (SigningKey, DeviceId, EnvelopeKeyPair) {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let device = DeviceId::of_key(&signing.verifying_key().to_bytes());
        (signing, device, EnvelopeKeyPair::from_seed([seed; 32].into()).unwrap())
    }

    #[test]
    fn opens_for_its_device_and_address_only_and_names_its_sender() {
        let (alice, alice_id, _) = keys_of(1);
        let (_, bob_id, bob) = keys_of(2);
        let address = Address::from_bytes([7; 16]);
        let (now, expiry) = (Timestamp::from_millis(1_000), Timestamp::from_millis(31_000));
        let body = EnvelopeBody::Announce { reason: AnnounceReason::Online };
        let to = Recipient { device: bob_id, address, key: bob.public() };
        let envelope = seal(&body, to, alice_id, &alice, expiry).unwrap();
        assert_eq!(envelope.len(), ENVELOPE_SHORT_BYTES);

        let opened = open(&envelope, bob_id, address, &bob, now).unwrap();
        assert_eq!(opened.claimed_sender(), alice_id);
        assert_eq!(opened.verify(&alice.verifying_key()), Ok(body));
        let mallory = keys_of(3).0.verifying_key();
        assert_eq!(opened.verify(&mallory), Err(EnvelopeError::Signature));

        let elsewhere = Address::from_bytes([8; 16]);
        assert_eq!(open(&envelope, bob_id, elsewhere, &bob, now).err(), Some(EnvelopeError::Sealed));
        assert_eq!(
            open(&envelope, bob_id, address, &bob, Timestamp::from_millis(31_001 + CLOCK_SKEW_MS_MAX)).err(),
            Some(EnvelopeError::Expired)
        );
        assert_eq!(open(&envelope[1..], bob_id, address, &bob, now).err(), Some(EnvelopeError::Size));
    }
}

//! Key types and small derivations that both ends share. Private keys never leave as anything but [`Secret`].

use std::sync::Arc;

use ed25519_dalek::Signer as _;
pub use ed25519_dalek::{SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hpke_rs::hpke_types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs::rustcrypto::HpkeRustCrypto;
use hpke_rs::{Hpke, HpkePrivateKey, Mode};
use rand_core::CryptoRngCore;
use sha2::Sha256;

use crate::ids::{Address, Hash32};
use crate::secret::Secret;

/// Bytes of an X-Wing public key: ML-KEM-768 (1184) and X25519 (32); draft-connolly-cfrg-xwing-kem.
pub const ENVELOPE_PUBLIC_KEY_BYTES: usize = 1_216;
/// Bytes of an X-Wing encapsulation: ML-KEM-768 (1088) and X25519 (32).
pub const ENCAPSULATION_BYTES: usize = 1_120;
/// Bytes of the seed that is an X-Wing private key.
pub const ENVELOPE_SEED_BYTES: usize = 32;

/// A key could not be used: wrong length or not a point of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a usable key")]
pub struct BadKey;

/// A fresh Ed25519 key (RFC 8032).
pub fn signing_key(rng: &mut dyn CryptoRngCore) -> SigningKey {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut());
    SigningKey::from_bytes(&seed)
}

/// Reads an Ed25519 public key.
pub fn verifying_key(bytes: &[u8; 32]) -> Result<VerifyingKey, BadKey> {
    VerifyingKey::from_bytes(bytes).map_err(|_| BadKey)
}

/// Signs `label ‖ 0x00 ‖ length-prefixed parts`, so that no signature can be read as one over something else.
pub fn sign(key: &SigningKey, label: &str, parts: &[&[u8]]) -> [u8; 64] {
    key.sign(&transcript(label, parts)).to_bytes()
}

/// Whether `signature` is [`sign`]'s over the same label and parts. Strict: no small-order keys, one encoding (RFC 8032 §5.1.7).
pub fn verify(key: &VerifyingKey, label: &str, parts: &[&[u8]], signature: &[u8]) -> bool {
    ed25519_dalek::Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(&transcript(label, parts), &signature).is_ok())
}

/// An unambiguous byte string of a label and its parts: `label ‖ 0x00 ‖ (u64 length ‖ part)*`.
pub fn transcript(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(label.len() + 1 + parts.iter().map(|part| part.len() + 8).sum::<usize>());
    bytes.extend_from_slice(label.as_bytes());
    bytes.push(0);
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// 32 bytes of HKDF-SHA-256 (RFC 5869) with no salt; `info` is a [`transcript`].
pub fn derive(secret: &[u8], label: &str, parts: &[&[u8]]) -> Secret<[u8; 32]> {
    let mut out = [0; 32];
    match Hkdf::<Sha256>::new(None, secret).expand(&transcript(label, parts), &mut out) {
        Ok(()) => Secret::new(out),
        Err(_) => unreachable!("32 bytes are within HKDF's limit"),
    }
}

/// The key with which whoever was given `capability` authenticates a PUT to `address`.
pub fn put_key(capability: &[u8; 32], address: Address) -> Secret<[u8; 32]> {
    derive(capability, "isoloir put key v1", &[address.as_bytes()])
}

/// HPKE as this protocol uses it (RFC 9180 base mode): X-Wing, HKDF-SHA-256, AES-256-GCM.
pub(crate) fn hpke() -> Hpke<HpkeRustCrypto> {
    Hpke::new(Mode::Base, KemAlgorithm::XWingDraft06, KdfAlgorithm::HkdfSha256, AeadAlgorithm::Aes256Gcm)
}

/// The public half of a device's envelope key, or of a link offer's one-time key.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvelopePublicKey(Box<[u8; ENVELOPE_PUBLIC_KEY_BYTES]>);

impl EnvelopePublicKey {
    /// Reads a public key of exactly [`ENVELOPE_PUBLIC_KEY_BYTES`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, BadKey> {
        let bytes: [u8; ENVELOPE_PUBLIC_KEY_BYTES] = bytes.try_into().map_err(|_| BadKey)?;
        Ok(Self(Box::new(bytes)))
    }

    /// The encoded key.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// SHA-256 of the encoded key, as certificates carry it.
    pub fn hash(&self) -> Hash32 {
        Hash32::sha256(self.as_bytes())
    }
}

impl std::fmt::Debug for EnvelopePublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnvelopePublicKey({})", self.hash())
    }
}

impl<C> minicbor::Encode<C> for EnvelopePublicKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for EnvelopePublicKey {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_slice(d.bytes()?).map_err(minicbor::decode::Error::custom)
    }
}

/// An X-Wing key pair: a device's envelope key, or the one-time key of a link offer.
#[derive(Clone)]
pub struct EnvelopeKeyPair {
    seed: Secret<[u8; ENVELOPE_SEED_BYTES]>,
    private: Arc<HpkePrivateKey>,
    public: EnvelopePublicKey,
}

impl EnvelopeKeyPair {
    /// A fresh key pair.
    pub fn generate(rng: &mut dyn CryptoRngCore) -> Result<Self, BadKey> {
        let mut seed = [0; ENVELOPE_SEED_BYTES];
        rng.fill_bytes(&mut seed);
        Self::from_seed(Secret::new(seed))
    }

    /// The key pair that this seed stands for (DeriveKeyPair, RFC 9180 §7.1.3, as the X-Wing draft fills it in).
    pub fn from_seed(seed: Secret<[u8; ENVELOPE_SEED_BYTES]>) -> Result<Self, BadKey> {
        let (private, public) = hpke().derive_key_pair(seed.expose()).map_err(|_| BadKey)?.into_keys();
        Ok(Self { public: EnvelopePublicKey::from_slice(public.as_slice())?, private: Arc::new(private), seed })
    }

    /// The public half.
    pub fn public(&self) -> &EnvelopePublicKey {
        &self.public
    }

    /// The seed, for the vault.
    pub fn seed(&self) -> &Secret<[u8; ENVELOPE_SEED_BYTES]> {
        &self.seed
    }

    pub(crate) fn private(&self) -> &HpkePrivateKey {
        &self.private
    }
}

impl std::fmt::Debug for EnvelopeKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvelopeKeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

//! AES-256-GCM with a fresh random nonce, for blocks, keys and rows alike: nonce, ciphertext, tag.
//! Must never seal twice with one nonce, and never open in another place than it was sealed for: the place is associated data.

use aes_gcm::aead::{Aead, AeadInPlace, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;
/// How much longer the sealed form is.
pub(crate) const SEAL_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// These bytes were not sealed by this key for this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not authentic")]
pub(crate) struct NotAuthentic;

/// From the system, never from a source that a caller gives: one that can be replayed would repeat nonces.
pub(crate) fn fill_random(bytes: &mut [u8]) {
    OsRng.fill_bytes(bytes);
}

pub(crate) fn random_key<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    fill_random(key.as_mut_slice());
    key
}

/// A key with its schedule computed.
pub(crate) struct Sealer(Aes256Gcm);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Appends the sealed form of `plain` to `out`.
    pub(crate) fn seal_into(&self, place: &[u8], plain: &[u8], out: &mut Vec<u8>) {
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce);
        #[cfg(test)]
        let start = out.len();
        // Fails only beyond 64 GiB, which no block, key or row reaches: nothing is appended then, and nothing opens it.
        if let Ok(sealed) = self.0.encrypt(Nonce::from_slice(&nonce), Payload { msg: plain, aad: place }) {
            out.extend_from_slice(&nonce);
            out.extend_from_slice(&sealed);
        }
        #[cfg(test)]
        super::examiner::note(place, out.get(start..).unwrap_or_default());
    }

    pub(crate) fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(plain.len() + SEAL_BYTES);
        self.seal_into(place, plain, &mut out);
        out
    }

    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(NotAuthentic)?;
        let (text, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(NotAuthentic)?;
        let mut plain = Zeroizing::new(text.to_vec());
        self.0
            .decrypt_in_place_detached(Nonce::from_slice(nonce), place, &mut plain, Tag::from_slice(tag))
            .map_err(|_| NotAuthentic)?;
        Ok(plain)
    }
}

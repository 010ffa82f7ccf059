//! Secrets at rest: sealed under a key in the `keys` folder, so that a stolen database alone opens none of them. The owner's id
//! is bound in: a sealed secret is worth nothing in another row.

use std::io;
use std::path::Path;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use protocol::ids::{AdministratorId, Hash32};
use protocol::secret::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::keys::{self, KeysFault};
use crate::clock::Ambient;
use crate::domain::erasure::TombKey;
use crate::domain::totp::{SECRET_BYTES, TotpSecret};

const FILE: &str = "seal.key";
const NONCE_BYTES: usize = 12;
const TOMBS: &[u8] = b"isoloir tombs v1";
/// What a browser keeps: nonce, 32 bytes, tag.
pub const BROWSER_BYTES: usize = NONCE_BYTES + 32 + 16;
/// Bound in beside the owner, so that this and a second factor's secret can never stand for each other.
const BROWSER_LABEL: &[u8] = b"isoloir console browser v1\0";

fn browser_of(owner: AdministratorId) -> Vec<u8> {
    [BROWSER_LABEL, owner.as_bytes()].concat()
}

/// The key, and what draws nonces.
pub(super) struct Seal {
    cipher: Aes256Gcm,
    tombs: TombKey,
    ambient: Ambient,
}

impl Seal {
    /// Reads the key from the `keys` folder in `data`; the first start of a version that needs it makes it.
    pub(super) fn open(data: &Path, ambient: &Ambient) -> Result<Self, KeysFault> {
        let folder = data.join(keys::FOLDER);
        let key = match keys::read_key(&folder, FILE) {
            Err(KeysFault::Io(io::ErrorKind::NotFound)) => {
                let key = Zeroizing::new(ambient.bytes::<32>());
                let mut text = Zeroizing::new(HEXLOWER.encode(&*key));
                text.push('\n');
                crate::unix::write_private(&folder.join(FILE), text.as_bytes())?;
                key
            }
            other => other?,
        };
        let mut tombs = Zeroizing::new([0; 32]);
        if Hkdf::<Sha256>::new(None, &*key).expand(TOMBS, &mut *tombs).is_err() {
            unreachable!("32 bytes are no more than HKDF can make");
        }
        let tombs = TombKey::new(Secret::new(*tombs));
        Ok(Seal { cipher: Aes256Gcm::new((&*key).into()), tombs, ambient: ambient.clone() })
    }

    /// The key with which erased people are known again, made of the same.
    pub(super) fn tombs(&self) -> TombKey {
        self.tombs.clone()
    }

    pub(super) fn seal(&self, owner: AdministratorId, secret: &TotpSecret) -> Vec<u8> {
        let nonce = self.ambient.bytes::<NONCE_BYTES>();
        let payload = Payload { msg: secret.expose(), aad: owner.as_bytes() };
        let Ok(ciphertext) = self.cipher.encrypt(Nonce::from_slice(&nonce), payload) else {
            unreachable!("sealing {SECRET_BYTES} bytes in memory cannot fail");
        };
        [&nonce[..], &ciphertext].concat()
    }

    /// What a browser keeps in which `owner` has signed in: worth nothing for anybody else, and once `mark` is another one.
    pub(super) fn seal_browser(&self, owner: AdministratorId, mark: &Hash32) -> [u8; BROWSER_BYTES] {
        let nonce = self.ambient.bytes::<NONCE_BYTES>();
        let payload = Payload { msg: mark.as_bytes(), aad: &browser_of(owner) };
        let Ok(ciphertext) = self.cipher.encrypt(Nonce::from_slice(&nonce), payload) else {
            unreachable!("sealing 32 bytes in memory cannot fail");
        };
        let mut sealed = [0; BROWSER_BYTES];
        sealed.iter_mut().zip(nonce.iter().chain(&ciphertext)).for_each(|(to, from)| *to = *from);
        sealed
    }

    /// Whether it is one of those.
    pub(super) fn is_browser(&self, owner: AdministratorId, sealed: &[u8; BROWSER_BYTES], mark: &Hash32) -> bool {
        let (nonce, ciphertext) = sealed.split_at(NONCE_BYTES);
        let payload = Payload { msg: ciphertext, aad: &browser_of(owner) };
        let plain = self.cipher.decrypt(Nonce::from_slice(nonce), payload);
        plain.is_ok_and(|plain| plain == mark.as_bytes())
    }

    /// None when it was sealed under another key, for somebody else, or changed.
    pub(super) fn unseal(&self, owner: AdministratorId, sealed: &[u8]) -> Option<TotpSecret> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: ciphertext, aad: owner.as_bytes() };
        let plain = Zeroizing::new(self.cipher.decrypt(Nonce::from_slice(nonce), payload).ok()?);
        <[u8; SECRET_BYTES]>::try_from(plain.as_slice()).ok().map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    #[test]
    fn a_sealed_secret_opens_with_its_key_for_its_owner_only() {
        let ambient = Ambient::fixed(Timestamp::ZERO, [1; 32]);
        let [data, other] = [(); 2].map(|()| {
            let data = tempfile::tempdir().expect("a folder");
            std::fs::create_dir(data.path().join(keys::FOLDER)).expect("made");
            data
        });
        let [one, two] = [1, 2].map(|byte| AdministratorId::from_bytes([byte; 16]));
        let secret = TotpSecret::new([7; SECRET_BYTES]);
        let sealed = Seal::open(data.path(), &ambient).expect("made").seal(one, &secret);
        let again = Seal::open(data.path(), &ambient).expect("read");
        assert!(again.unseal(one, &sealed).is_some_and(|opened| opened.expose() == secret.expose()));
        assert!(again.unseal(two, &sealed).is_none());
        assert!(Seal::open(other.path(), &ambient).expect("made").unseal(one, &sealed).is_none());
        assert!(again.unseal(one, &sealed[..5]).is_none());
    }
}

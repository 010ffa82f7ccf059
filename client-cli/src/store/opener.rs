//! What opens a vault, and how it becomes a key: a passphrase by Argon2id, a key file by HKDF.
//! Must never take a passphrase for a key as it is: every guess has to cost what a guess can cost.
//! Sources: RFC 9106 (Argon2id), RFC 5869 (HKDF).

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use protocol::secret::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::VaultError;
use super::seal::KEY_BYTES;

/// Argon2id memory (RFC 9106 §4, second recommendation).
pub const KDF_MEMORY_KIB: u32 = 64 * 1024;
pub const KDF_PASSES: u32 = 3;
pub const KDF_LANES: u32 = 1;
/// Above these a file's parameters are damage, not a choice.
const KDF_MEMORY_KIB_MAX: u32 = 1024 * 1024;
const KDF_PASSES_MAX: u32 = 32;
const KDF_LANES_MAX: u32 = 16;
pub(crate) const KEY_FILE_BYTES: usize = 32;
pub(crate) const SALT_BYTES: usize = 32;

/// What Argon2id may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KdfCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl KdfCost {
    pub const RECOMMENDED: Self = Self { memory_kib: KDF_MEMORY_KIB, passes: KDF_PASSES, lanes: KDF_LANES };
    /// For tests, and for passphrases that are random keys already.
    pub const MINIMAL: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    pub(crate) fn is_sane(self) -> bool {
        self.memory_kib <= KDF_MEMORY_KIB_MAX && self.passes <= KDF_PASSES_MAX && self.lanes <= KDF_LANES_MAX
    }
}

/// The secret that opens a vault, at hand.
pub(crate) enum Opener<'a> {
    Passphrase(&'a Secret<String>),
    KeyFile(&'a Zeroizing<[u8; KEY_FILE_BYTES]>),
}

pub(crate) const KIND_PASSPHRASE: u8 = 1;
pub(crate) const KIND_KEY_FILE: u8 = 2;

impl Opener<'_> {
    pub(crate) fn kind(&self) -> u8 {
        match self {
            Self::Passphrase(_) => KIND_PASSPHRASE,
            Self::KeyFile(_) => KIND_KEY_FILE,
        }
    }

    pub(crate) fn key(&self, salt: &[u8; SALT_BYTES], cost: KdfCost) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        match self {
            Self::Passphrase(passphrase) => {
                let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_BYTES))
                    .map_err(|_| VaultError::KeyDerivation)?;
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut_slice())
                    .map_err(|_| VaultError::KeyDerivation)?;
            }
            Self::KeyFile(bytes) => derive(salt, bytes.as_slice(), b"isoloir-vault-key-file-v1", &mut key)?,
        }
        Ok(key)
    }

    pub(crate) fn refused(&self) -> VaultError {
        match self {
            Self::Passphrase(_) => VaultError::WrongPassphrase { left: None },
            Self::KeyFile(_) => VaultError::WrongKeyFile,
        }
    }
}

pub(crate) fn derive(salt: &[u8], secret: &[u8], label: &[u8], key: &mut [u8; KEY_BYTES]) -> Result<(), VaultError> {
    Hkdf::<Sha256>::new(Some(salt), secret).expand(label, key).map_err(|_| VaultError::KeyDerivation)
}

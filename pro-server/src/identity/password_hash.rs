//! Passwords of administrators: Argon2id (RFC 9106), in the PHC string format. A check for nobody takes as long as one for
//! somebody. It must never keep a password, nor run more hashes at one time than a small machine has memory for.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::secret::Secret;
use tokio::sync::Semaphore;

use crate::clock::Ambient;

/// The second recommendation of RFC 9106 §4.
const MEMORY_KIB: u32 = 64 * 1_024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
const SALT_BYTES: usize = 16;
/// Hashes at one time, each with `MEMORY_KIB`; others wait.
const HASHES_MAX: usize = 2;

/// The check could not be made at all: a damaged hash, or no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password cannot be checked")]
pub struct Unchecked;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    Right,
    Wrong,
}

/// Hashes and checks; a cheap clone.
#[derive(Clone)]
pub struct Hasher {
    ambient: Ambient,
    places: Arc<Semaphore>,
    /// What is checked for nobody: well-formed, with our parameters, and no password is known to have it.
    decoy: Arc<str>,
}

fn argon2() -> Result<Argon2<'static>, Unchecked> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| Unchecked)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl Hasher {
    pub fn new(ambient: &Ambient) -> Self {
        let entropy = ambient.stream("password decoy");
        let part = |bytes: &[u8]| data_encoding::BASE64_NOPAD.encode(bytes);
        let (salt, hash) = (part(&entropy.bytes::<SALT_BYTES>()), part(&entropy.bytes::<32>()));
        let decoy = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}");
        Hasher { ambient: ambient.clone(), places: Arc::new(Semaphore::new(HASHES_MAX)), decoy: decoy.into() }
    }

    /// The hash to store.
    pub async fn hash(&self, password: &Secret<String>) -> Result<String, Unchecked> {
        let (password, salt) = (password.clone(), self.ambient.bytes::<SALT_BYTES>());
        self.blocking(move || {
            let salt = SaltString::encode_b64(&salt).map_err(|_| Unchecked)?;
            let hash = argon2()?.hash_password(password.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|_| Unchecked)
        })
        .await
    }

    /// Whether `password` is the one of `stored`. With nothing stored it is wrong, after the same work.
    pub async fn check(&self, password: &Secret<String>, stored: Option<&str>) -> Result<Fit, Unchecked> {
        let found = if stored.is_some() { Fit::Right } else { Fit::Wrong };
        let (password, hash) = (password.clone(), stored.unwrap_or(&self.decoy).to_owned());
        self.blocking(move || {
            let hash = PasswordHash::new(&hash).map_err(|_| Unchecked)?;
            let fits = argon2()?.verify_password(password.expose().as_bytes(), &hash).is_ok();
            Ok(if fits { found } else { Fit::Wrong })
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Unchecked> + Send + 'static,
    ) -> Result<T, Unchecked> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| Unchecked)?;
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(place);
            outcome
        });
        done.await.map_err(|_| Unchecked)?
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    #[tokio::test]
    async fn the_right_password_fits_and_nobody_s_never_does() {
        let hasher = Hasher::new(&Ambient::fixed(Timestamp::ZERO, [1; 32]));
        let (right, wrong) = (Secret::from("pommes de terre".to_owned()), Secret::from("pomme de terre".to_owned()));
        let stored = hasher.hash(&right).await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{stored}");
        assert_eq!(hasher.check(&right, Some(&stored)).await, Ok(Fit::Right));
        assert_eq!(hasher.check(&wrong, Some(&stored)).await, Ok(Fit::Wrong));
        assert_eq!(hasher.check(&right, None).await, Ok(Fit::Wrong), "a decoy is really computed");
        assert_eq!(hasher.check(&right, Some("damaged")).await, Err(Unchecked));
    }
}

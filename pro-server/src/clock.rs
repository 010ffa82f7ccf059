//! The only ambient time and entropy of the server: one injected value, so that a whole run can be replayed.
//! Nothing that is persisted or logged may take its time or its randomness from anywhere else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use protocol::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::{OsRng, RngCore as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// Time and entropy as a value. Clones of a fixed one share its clock and its streams.
#[derive(Clone)]
pub struct Ambient {
    source: Source,
    /// What the entropy is for; see [`Ambient::stream`].
    purpose: &'static str,
}

#[derive(Clone)]
enum Source {
    System,
    Fixed(Arc<Mutex<Fixed>>),
}

struct Fixed {
    now: Timestamp,
    seed: [u8; 32],
    streams: BTreeMap<&'static str, ChaCha20Rng>,
}

impl Ambient {
    /// The clock and the entropy of the operating system.
    pub fn system() -> Self {
        Self { source: Source::System, purpose: "" }
    }

    /// A clock that stands still until [`Ambient::advance_ms`] moves it, and entropy that is a function of `seed`.
    pub fn fixed(now: Timestamp, seed: [u8; 32]) -> Self {
        let fixed = Fixed { now, seed, streams: BTreeMap::new() };
        Self { source: Source::Fixed(Arc::new(Mutex::new(fixed))), purpose: "" }
    }

    /// The same clock with entropy of its own. With a fixed source, how much one purpose draws does not change what
    /// another one gets: what is persisted must not depend on how many people are signaling.
    #[must_use]
    pub fn stream(&self, purpose: &'static str) -> Self {
        Self { source: self.source.clone(), purpose }
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "this is the process's one clock")]
    pub fn now(&self) -> Timestamp {
        match &self.source {
            // A clock before 1970 is shown as 1970: every certificate is then "not yet valid", which is the truth.
            Source::System => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
            }
            Source::Fixed(fixed) => lock(fixed).now,
        }
    }

    /// Moves a fixed clock forward. The system's clock is not ours to move: no effect there.
    pub fn advance_ms(&self, ms: u64) {
        if let Source::Fixed(fixed) = &self.source {
            let mut fixed = lock(fixed);
            fixed.now = fixed.now.plus_ms(ms);
        }
    }

    /// Fills `bytes` with entropy.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.source {
            // Without entropy no key, nonce or id is safe to make, and nothing sensible is left to do.
            Source::System => OsRng.try_fill_bytes(bytes).unwrap_or_else(|_| std::process::abort()),
            Source::Fixed(fixed) => lock(fixed).stream(self.purpose).fill_bytes(bytes),
        }
    }

    /// `N` bytes of entropy.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// The entropy as the generator that the protocol crate takes.
    pub fn rng(&self) -> AmbientRng {
        AmbientRng(self.clone())
    }
}

impl Fixed {
    fn stream(&mut self, purpose: &'static str) -> &mut ChaCha20Rng {
        let seed = self.seed;
        self.streams.entry(purpose).or_insert_with(|| {
            let digest = Sha256::new().chain_update(seed).chain_update(purpose.as_bytes());
            ChaCha20Rng::from_seed(digest.finalize().into())
        })
    }
}

fn lock(fixed: &Mutex<Fixed>) -> MutexGuard<'_, Fixed> {
    fixed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// [`Ambient`] entropy behind `rand_core` 0.6.
pub struct AmbientRng(Ambient);

impl rand_core::RngCore for AmbientRng {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for AmbientRng {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed() -> Ambient {
        Ambient::fixed(Timestamp::from_millis(1_000), [7; 32])
    }

    #[test]
    fn a_fixed_run_repeats_and_purposes_do_not_disturb_each_other() {
        let (one, two) = (fixed(), fixed());
        let _drawn_for_something_else: [u8; 64] = two.stream("signaling").bytes();
        assert_eq!(one.stream("persisted").bytes::<32>(), two.stream("persisted").bytes::<32>());
        assert_ne!(one.stream("persisted").bytes::<32>(), one.stream("signaling").bytes::<32>());
    }

    #[test]
    fn clones_share_one_clock() {
        let one = fixed();
        let clone = one.stream("persisted");
        one.advance_ms(5);
        assert_eq!(clone.now(), Timestamp::from_millis(1_005));
    }
}

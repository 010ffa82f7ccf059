//! Attempts with one-time secrets that nobody can guess. What is wrong is limited, so that it keeps nothing busy; what is right never
//! waits for what others get wrong. Pure. It must never keep a secret, only its hash.

use std::collections::BTreeSet;

use protocol::ids::Hash32;
use protocol::time::Timestamp;

use super::throttle::{Rate, Throttle, TooMany};

/// Uses of one secret that is right: repeats after lost answers, a page that is loaded again.
const USE_RATE: Rate = Rate { burst: 30, refill_ms: 1_000 };

/// The hashes of secrets that wait to be used, and the limits.
pub struct Unguessable {
    waiting: BTreeSet<Hash32>,
    misses: Throttle,
    uses: Throttle,
}

impl Unguessable {
    /// `misses` is the limit of wrong ones, all together.
    pub fn new(waiting: BTreeSet<Hash32>, misses: Rate, salts: [[u8; 32]; 2]) -> Self {
        let [miss, of_use] = salts;
        let misses = Throttle::new(misses, misses, miss);
        Self { waiting, misses, uses: Throttle::new(USE_RATE, Rate::UNLIMITED, of_use) }
    }

    /// All that wait, as they are stored: another server may have changed them.
    pub fn replace(&mut self, waiting: BTreeSet<Hash32>) {
        self.waiting = waiting;
    }

    /// One more waits.
    pub fn put(&mut self, hash: Hash32) {
        self.waiting.insert(hash);
    }

    /// Counts one attempt. A hash that waits may turn out to be worth nothing after all: see [`Unguessable::forget`].
    pub fn attempt(&mut self, hash: Hash32, now: Timestamp) -> Result<(), TooMany> {
        if self.waiting.contains(&hash) {
            self.uses.attempt(hash.as_bytes(), now)
        } else {
            self.misses.attempt(&[], now)
        }
    }

    /// It was spent, withdrawn or has expired: from now on it counts as wrong.
    pub fn forget(&mut self, hash: Hash32) {
        self.waiting.remove(&hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn a_right_one_never_waits_for_wrong_ones() {
        let hash = |byte| Hash32::from_bytes([byte; 32]);
        let misses = Rate { burst: 3, refill_ms: 1_000 };
        let mut codes = Unguessable::new([hash(1)].into(), misses, [[1; 32], [2; 32]]);
        assert!((0..3).all(|_| codes.attempt(hash(9), NOW).is_ok()));
        assert!(codes.attempt(hash(9), NOW).is_err(), "wrong ones are limited");
        assert!(codes.attempt(hash(1), NOW).is_ok(), "a right one passes");
        codes.put(hash(2));
        assert!((0..USE_RATE.burst).all(|_| codes.attempt(hash(2), NOW).is_ok()));
        assert!(codes.attempt(hash(2), NOW).is_err(), "and is limited by itself");
        assert!(codes.attempt(hash(1), NOW).is_ok(), "which is no harm to another");
        codes.forget(hash(1));
        assert!(codes.attempt(hash(1), NOW).is_err(), "spent: like a wrong one");
    }
}

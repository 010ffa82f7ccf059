//! The rate at which a device moves files: a bucket that fills with time and is emptied by pieces. Time is an argument. It must never let
//! more through in any stretch of time than the rate and one bucket.

use std::num::NonZeroU64;

use protocol::limits::FILE_PIECE_BYTES;
use protocol::time::Timestamp;

/// The slowest rate, in bytes per second: a piece a minute, sooner than a holder closes a run.
pub const RATE_MIN: u64 = 1_024;
/// A rate beyond this is none, in bytes per second.
pub const RATE_MAX: u64 = 1 << 40;
/// What was not used for so long is still there.
const BUCKET_MS: u64 = 250;
/// The bucket counts bytes by the thousandth: none is lost to rounding, however often it is looked at.
const FINE: u64 = 1_000;

/// A rate, and what may move now. Without a rate everything may.
#[derive(Debug, Default)]
pub struct Pace {
    rate: Option<NonZeroU64>,
    /// Thousandths of bytes, as of `filled`.
    level: u64,
    filled: Timestamp,
}

impl Pace {
    /// From now on at this rate, in bytes per second.
    pub fn set(&mut self, now: Timestamp, rate: Option<NonZeroU64>) {
        (self.rate, self.level, self.filled) = (rate, 0, now);
    }

    /// Whether there is a rate.
    pub const fn is_limited(&self) -> bool {
        self.rate.is_some()
    }

    /// Lets this much through, at most a piece, or nothing.
    pub fn take(&mut self, now: Timestamp, bytes: u64) -> bool {
        let Some(rate) = self.rate else { return true };
        self.level = self.level_at(now, rate);
        self.filled = self.filled.max(now);
        match self.level.checked_sub(bytes.saturating_mul(FINE)) {
            Some(left) => {
                self.level = left;
                true
            }
            None => false,
        }
    }

    /// When this much may move, at most a piece.
    pub fn ready(&self, now: Timestamp, bytes: u64) -> Timestamp {
        let Some(rate) = self.rate else { return now };
        let missing = bytes.saturating_mul(FINE).saturating_sub(self.level_at(now, rate));
        now.plus_ms(missing.div_ceil(rate.get()))
    }

    fn level_at(&self, now: Timestamp, rate: NonZeroU64) -> u64 {
        let bucket = rate.get().saturating_mul(BUCKET_MS).max(FILE_PIECE_BYTES as u64 * FINE);
        self.level.saturating_add(now.since(self.filled).saturating_mul(rate.get())).min(bucket)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PIECE: u64 = FILE_PIECE_BYTES as u64;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn without_a_rate_everything_moves() {
        let mut pace = Pace::default();
        assert!((0..1_000).all(|_| pace.take(at(0), PIECE)));
    }

    proptest! {
        #[test]
        fn what_moves_is_the_rate_whenever_one_looks(
            rate in RATE_MIN..100 << 20,
            steps in prop::collection::vec(1_u64..3_000, 1..200),
        ) {
            let mut pace = Pace::default();
            pace.set(at(5), NonZeroU64::new(rate));
            let (mut now, mut moved) = (5, 0_u64);
            for step in steps {
                // It says itself when to come again, and keeps its word.
                let ready = pace.ready(at(now), PIECE).as_millis();
                prop_assert!(ready == now || !pace.take(at(now), PIECE));
                now = ready.max(now) + step / 1_000;
                prop_assert!(pace.take(at(now), PIECE));
                moved += PIECE;
                let bucket = (rate / 4).max(PIECE);
                prop_assert!(moved <= rate * (now - 5) / 1_000 + bucket + 1, "{} bytes in {} ms", moved, now - 5);
            }
            // Nothing is lost either: waiting no longer than needed, it is as fast as the rate, within two pieces and the waits.
            let mut steady = Pace::default();
            steady.set(at(0), NonZeroU64::new(rate));
            let (mut now, mut pieces) = (0, 0_u64);
            while pieces < 64 {
                now = steady.ready(at(now), PIECE).as_millis();
                prop_assert!(steady.take(at(now), PIECE));
                pieces += 1;
            }
            prop_assert!(now <= pieces * PIECE * 1_000 / rate + pieces, "{} ms", now);
        }
    }
}

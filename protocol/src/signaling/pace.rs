//! Pure pacing: a token bucket and a jittered exponential back-off. Both must never read a clock or a global generator.

use rand_core::CryptoRngCore;

use crate::time::Timestamp;

const MILLI: u64 = 1_000;

/// A token bucket: `burst_max` at once, then `per_s_max` each second.
#[derive(Debug, Clone)]
pub struct Bucket {
    burst_max: u32,
    per_s_max: u32,
    level_milli: u64,
    at: Timestamp,
}

impl Bucket {
    /// A full bucket.
    pub fn full(now: Timestamp, burst_max: u32, per_s_max: u32) -> Self {
        Self { burst_max, per_s_max, level_milli: u64::from(burst_max) * MILLI, at: now }
    }

    /// Takes one token; false when there is none.
    pub fn take(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        match self.level_milli.checked_sub(MILLI) {
            Some(rest) => {
                self.level_milli = rest;
                true
            }
            None => false,
        }
    }

    /// When the next token is there; `None` when there never will be one.
    pub fn ready_at(&self, now: Timestamp) -> Option<Timestamp> {
        let missing_milli = MILLI.saturating_sub(self.level_milli);
        if missing_milli == 0 {
            return Some(now);
        }
        (self.per_s_max > 0).then(|| self.at.plus_ms(missing_milli.div_ceil(u64::from(self.per_s_max))).max(now))
    }

    fn refill(&mut self, now: Timestamp) {
        // Tokens per second is milli-tokens per millisecond. A clock that steps back refills nothing.
        let gained_milli = now.since(self.at).saturating_mul(u64::from(self.per_s_max));
        self.level_milli = self.level_milli.saturating_add(gained_milli).min(u64::from(self.burst_max) * MILLI);
        self.at = now;
    }
}

/// Pauses that double up to a cap, each drawn from its upper half, so that clients do not come back in step.
#[derive(Debug, Clone)]
pub struct BackOff {
    base_ms: u64,
    cap_ms: u64,
    failures: u32,
}

impl BackOff {
    /// Starts at `base_ms`, never over `cap_ms`.
    pub const fn new(base_ms: u64, cap_ms: u64) -> Self {
        Self { base_ms, cap_ms, failures: 0 }
    }

    /// The next pause.
    pub fn next_ms(&mut self, rng: &mut dyn CryptoRngCore) -> u64 {
        let whole_ms = 1u64
            .checked_shl(self.failures)
            .and_then(|factor| self.base_ms.checked_mul(factor))
            .map_or(self.cap_ms, |ms| ms.min(self.cap_ms));
        self.failures = self.failures.saturating_add(1);
        let half_ms = whole_ms / 2;
        half_ms + spread_ms(whole_ms - half_ms, rng)
    }

    /// After a success the next pause is the shortest again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Uniform in `0..=max_ms`, near enough for jitter.
pub fn spread_ms(max_ms: u64, rng: &mut dyn CryptoRngCore) -> u64 {
    match max_ms.checked_add(1) {
        Some(choices) => rng.next_u64() % choices,
        None => rng.next_u64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(u64);

    impl rand_core::RngCore for Fixed {
        fn next_u32(&mut self) -> u32 {
            self.0 as u32
        }
        fn next_u64(&mut self) -> u64 {
            self.0
        }
        fn fill_bytes(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0 as u8);
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
            self.fill_bytes(bytes);
            Ok(())
        }
    }

    impl rand_core::CryptoRng for Fixed {}

    proptest! {
        #[test]
        fn a_bucket_never_gives_more_than_burst_and_rate(
            burst in 1u32..50, rate in 0u32..50, steps in proptest::collection::vec(0u64..400, 1..300),
        ) {
            let start = Timestamp::from_millis(1_000_000);
            let mut bucket = Bucket::full(start, burst, rate);
            let (mut now, mut taken) = (start, 0u64);
            for step in steps {
                now = now.plus_ms(step);
                taken += u64::from(bucket.take(now));
                prop_assert!(taken <= u64::from(burst) + now.since(start) * u64::from(rate) / 1_000);
            }
            match bucket.ready_at(now) {
                Some(at) => prop_assert!(bucket.take(at)),
                None => prop_assert_eq!(rate, 0),
            }
        }

        #[test]
        fn pauses_stay_between_half_and_whole(draw: u64, rounds in 1u32..200) {
            let mut back_off = BackOff::new(500, 60_000);
            for round in 0..rounds {
                let whole = 500u64.saturating_mul(1u64.checked_shl(round).unwrap_or(u64::MAX)).min(60_000);
                let pause = back_off.next_ms(&mut Fixed(draw));
                prop_assert!(pause >= whole / 2 && pause <= whole);
            }
        }
    }
}

//! Rate limits in bounded memory: the generic cell rate algorithm (ITU-T I.371, Annex A) over a fixed table of cells.
//! It must never keep a login: keys are folded into cells by a keyed hash and are not stored.

use protocol::time::Timestamp;
use sha2::{Digest as _, Sha256};

/// How many attempts at once, and how long until one comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub burst: u32,
    pub refill_ms: u64,
}

impl Rate {
    /// No limit at all.
    pub const UNLIMITED: Self = Self { burst: 1, refill_ms: 0 };
}

/// Refused; try again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts, try again in {retry_after_ms} ms")]
pub struct TooMany {
    pub retry_after_ms: u64,
}

/// One limit for all keys together and one for each key. Keys that fall into one cell share its limit.
pub struct Throttle {
    each: Rate,
    all: Rate,
    salt: [u8; 32],
    /// Theoretical arrival times; index 0 is the one for all.
    cells: Vec<Timestamp>,
}

/// 64 KiB of memory, whatever an attacker tries.
const CELLS: usize = 8_192;

impl Throttle {
    /// `salt` keeps outsiders from choosing keys that share a cell.
    pub fn new(each: Rate, all: Rate, salt: [u8; 32]) -> Self {
        Self { each, all, salt, cells: vec![Timestamp::ZERO; CELLS + 1] }
    }

    /// Counts one attempt with `key`. A refused attempt is not counted.
    pub fn attempt(&mut self, key: &[u8], now: Timestamp) -> Result<(), TooMany> {
        let cell = self.cell_of(key);
        let each = next(self.cells.get(cell).copied(), self.each, now)?;
        let all = next(self.cells.first().copied(), self.all, now)?;
        if let Some(arrival) = self.cells.get_mut(cell) {
            *arrival = each;
        }
        if let Some(arrival) = self.cells.first_mut() {
            *arrival = all;
        }
        Ok(())
    }

    /// Takes an attempt back that was granted.
    pub fn give_back(&mut self, key: &[u8]) {
        for (index, rate) in [(self.cell_of(key), self.each), (0, self.all)] {
            if let Some(arrival) = self.cells.get_mut(index) {
                *arrival = arrival.minus_ms(rate.refill_ms);
            }
        }
    }

    /// Whether the next attempt with `key` would be refused on its own account.
    pub fn is_spent(&self, key: &[u8], now: Timestamp) -> bool {
        next(self.cells.get(self.cell_of(key)).copied(), self.each, now).is_err()
    }

    fn cell_of(&self, key: &[u8]) -> usize {
        let digest: [u8; 32] = Sha256::new().chain_update(self.salt).chain_update(key).finalize().into();
        1 + usize::from(u16::from_be_bytes([digest[0], digest[1]])) % CELLS
    }
}

fn next(arrival: Option<Timestamp>, rate: Rate, now: Timestamp) -> Result<Timestamp, TooMany> {
    let arrival = arrival.unwrap_or_default().max(now);
    let ahead_ms = arrival.since(now);
    let tolerance_ms = rate.refill_ms.saturating_mul(u64::from(rate.burst.saturating_sub(1)));
    if ahead_ms > tolerance_ms {
        return Err(TooMany { retry_after_ms: ahead_ms - tolerance_ms });
    }
    Ok(arrival.plus_ms(rate.refill_ms))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EACH: Rate = Rate { burst: 3, refill_ms: 1_000 };
    const ALL: Rate = Rate { burst: 100, refill_ms: 1 };

    #[test]
    fn a_burst_then_one_for_each_refill() {
        let mut throttle = Throttle::new(EACH, ALL, [1; 32]);
        let at = |ms: u64| Timestamp::from_millis(10_000 + ms);
        assert!(!throttle.is_spent(b"notary03", at(0)));
        assert!((0..3).all(|_| throttle.attempt(b"notary03", at(0)).is_ok()));
        assert!(throttle.is_spent(b"notary03", at(0)) && !throttle.is_spent(b"notary03", at(1_000)));
        assert_eq!(throttle.attempt(b"notary03", at(0)), Err(TooMany { retry_after_ms: 1_000 }));
        assert_eq!(throttle.attempt(b"notary04", at(0)), Ok(()));
        assert_eq!(throttle.attempt(b"notary03", at(1_000)), Ok(()));
        assert!(throttle.attempt(b"notary03", at(1_000)).is_err());
        throttle.give_back(b"notary03");
        assert!(throttle.attempt(b"notary03", at(1_000)).is_ok());
        assert!(throttle.attempt(b"notary03", at(1_000)).is_err());
    }

    proptest! {
        /// Never more than burst + elapsed / refill attempts, whatever their times.
        #[test]
        fn the_rate_holds(mut steps in prop::collection::vec(0_u64..700, 1..200)) {
            let mut throttle = Throttle::new(EACH, ALL, [2; 32]);
            steps.insert(0, 0);
            let (mut now, mut granted) = (5_000_u64, 0_u64);
            for step in steps {
                now += step;
                granted += u64::from(throttle.attempt(b"k", Timestamp::from_millis(now)).is_ok());
                prop_assert!(granted <= 3 + (now - 5_000) / 1_000);
            }
        }
    }
}

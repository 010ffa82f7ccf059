//! Tries of the passphrase: how many failed in a row, when the next may be, and when there are none left. Pure. A try must be counted,
//! durably, before it is made: whoever ends the program in between has used it up.

use protocol::time::Timestamp;

/// Failures in a row after which nothing is asked of the next try but the passphrase.
const FREE_FAILURES: u32 = 2;
/// The first pause; each further failure doubles it.
const PAUSE_MS: u64 = 1_000;
/// The longest pause.
const PAUSE_MS_MAX: u64 = 5 * 60 * 1_000;

/// What is known of tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Begun since the last success.
    pub failures: u32,
    /// When the last one began.
    pub last: Timestamp,
    /// After so many the vault is destroyed (`device.lock_wipe_after`); none keeps it.
    pub wipe_after: Option<u32>,
}

/// What comes of somebody who wants to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They may, once this is kept.
    Try(Attempts),
    /// Not before so many milliseconds have passed.
    Later(u64),
    /// There are no tries left.
    Wipe,
}

impl Attempts {
    /// Somebody wants to try now.
    pub fn begin(self, now: Timestamp) -> Verdict {
        if self.is_spent() {
            return Verdict::Wipe;
        }
        match self.pause_ms(now) {
            0 => Verdict::Try(Self { failures: self.failures.saturating_add(1), last: now, ..self }),
            wait_ms => Verdict::Later(wait_ms),
        }
    }

    /// Whether so many have failed that the vault is to be destroyed.
    pub fn is_spent(self) -> bool {
        self.wipe_after.is_some_and(|limit| self.failures >= limit)
    }

    /// How many tries are left before that.
    pub fn left(self) -> Option<u32> {
        self.wipe_after.map(|limit| limit.saturating_sub(self.failures))
    }

    /// The passphrase was right.
    #[must_use]
    pub fn succeeded(self) -> Self {
        Self { failures: 0, last: Timestamp::ZERO, ..self }
    }

    /// How long to wait from now. A clock that was set back ends the pause: it must lock nobody out.
    fn pause_ms(self, now: Timestamp) -> u64 {
        if now < self.last {
            return 0;
        }
        let Some(doublings) = self.failures.checked_sub(FREE_FAILURES + 1) else { return 0 };
        let pause = 1u64.checked_shl(doublings).map_or(PAUSE_MS_MAX, |factor| PAUSE_MS.saturating_mul(factor));
        let pause = pause.min(PAUSE_MS_MAX);
        self.last.plus_ms(pause).since(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn begun(attempts: Attempts, now: Timestamp) -> Attempts {
        match attempts.begin(now) {
            Verdict::Try(counted) => counted,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pauses_grow_and_have_an_end() {
        let mut attempts = Attempts::default();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..16 {
            if let Verdict::Later(wait_ms) = attempts.begin(now) {
                pauses.push(wait_ms / 1_000);
                now = now.plus_ms(wait_ms);
            }
            attempts = begun(attempts, now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]);
        assert_eq!(
            attempts.succeeded().begin(now),
            Verdict::Try(Attempts { failures: 1, last: now, wipe_after: None })
        );
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let attempts = Attempts { failures: 4, last: NOW, wipe_after: None };
        let before = NOW.minus_ms(1);
        assert_eq!(attempts.begin(NOW), Verdict::Later(2_000));
        assert_eq!(attempts.begin(before), Verdict::Try(Attempts { failures: 5, last: before, wipe_after: None }));
    }

    proptest! {
        /// Whenever somebody tries, and however often the program is ended between counting and trying.
        #[test]
        fn nobody_has_more_tries_than_the_policy_gives(
            limit in 3u32..=20, steps in prop::collection::vec(0u64..10_000_000, 1..80),
        ) {
            let (mut attempts, mut now, mut tries) = (Attempts { wipe_after: Some(limit), ..Attempts::default() }, NOW, 0);
            for step in steps {
                now = now.plus_ms(step);
                match attempts.begin(now) {
                    Verdict::Try(counted) => {
                        tries += 1;
                        attempts = counted;
                        prop_assert_eq!(attempts.left(), Some(limit - tries));
                    }
                    Verdict::Later(wait_ms) => prop_assert!(wait_ms <= PAUSE_MS_MAX && tries > FREE_FAILURES),
                    Verdict::Wipe => prop_assert_eq!(tries, limit),
                }
            }
            prop_assert!(tries <= limit);
        }
    }
}

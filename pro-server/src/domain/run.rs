//! What is kept of directory runs: when, of which source, how it ended, in numbers, and why each entry was left out. It must
//! never carry a name: a person stands in it by id.

use protocol::audit::RunCounts;
use protocol::ids::MemberId;
use protocol::time::Timestamp;

use super::source::Source;
use super::sync::SkipReason;
use super::withheld::Withheld;

/// Rows that are kept of each source, beside those of the last [`super::sync::BRAKE_WINDOW_MS`], which the brake counts.
pub const RUNS_MAX: u64 = 1_000;
/// Entries left out that are kept of one run; its counts are always whole.
pub const RUN_SKIPPED_MAX: u32 = 1_000;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    Done,
    /// Held by the brake, with its stable code.
    Braked(String),
    /// The stable code of what failed.
    Failed(String),
}

/// Whether an administrator has said yes to exactly this plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    Unasked,
    Given,
}

/// A run, or several that ended the same, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    pub source: Source,
    /// Ends of the first and of the last of them.
    pub first: Timestamp,
    pub last: Timestamp,
    /// How many they are.
    pub times: u64,
    pub outcome: RunOutcome,
    pub consent: Consent,
    pub counts: RunCounts,
    pub withheld: Withheld,
    /// People whom it took something from, or would have: of so many whom it might.
    pub hit: u64,
    pub allowed: u64,
}

/// An entry that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedEntry {
    /// Which entry of the source's answer, from 1.
    pub place: u64,
    pub reason: SkipReason,
    /// Whose, if known; that person stayed as they were.
    pub member: Option<MemberId>,
}

impl RunRecord {
    /// Whether it changed somebody: what it did is then its own and told apart from what others did.
    pub const fn changed_something(&self) -> bool {
        let RunCounts { added, changed, suspended, resumed, .. } = self.counts;
        matches!(self.outcome, RunOutcome::Done) && (added > 0 || changed > 0 || suspended > 0 || resumed > 0)
    }

    /// This run and the next one as one, if nothing tells them apart but their time.
    pub fn followed_by(&self, next: &Self) -> Option<Self> {
        let again = Self { first: self.first, times: self.times.saturating_add(next.times), ..next.clone() };
        let same = Self { first: next.first, last: next.last, times: next.times, ..self.clone() };
        (same == *next && !next.changed_something()).then_some(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at_ms: u64, added: u64) -> RunRecord {
        let at = Timestamp::from_millis(at_ms);
        RunRecord {
            source: Source::LDAP,
            first: at,
            last: at,
            times: 1,
            outcome: RunOutcome::Done,
            consent: Consent::Unasked,
            counts: RunCounts { seen: 7, added, ..RunCounts::default() },
            withheld: Withheld::default(),
            hit: 0,
            allowed: 5,
        }
    }

    #[test]
    fn runs_that_change_nothing_are_one_row_and_each_that_does_has_its_own() {
        let both = record(1, 0).followed_by(&record(2, 0)).expect("the same");
        let (first, last) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
        assert_eq!((both.first, both.last, both.times), (first, last, 2));
        assert_eq!(both.followed_by(&record(3, 0)).map(|three| three.times), Some(3));
        assert_eq!(record(1, 2).followed_by(&record(2, 2)), None);
        let failed = |code: &str| RunRecord { outcome: RunOutcome::Failed(code.to_owned()), ..record(2, 0) };
        assert_eq!(record(1, 0).followed_by(&failed("ldap-timeout")), None);
        assert_eq!(failed("ldap-base").followed_by(&failed("ldap-timeout")), None);
        assert!(failed("ldap-base").followed_by(&failed("ldap-base")).is_some());
    }
}

//! How directory runs of the sample went.

use protocol::ids::MemberId;
use protocol::time::DAY_MS;

use super::NOW;
use crate::api::*;

/// How runs went: every outcome, and more of them than a page has.
pub fn all() -> Vec<PastRun> {
    let skipped = |place, person: Option<usize>, reason, attribute| PastSkipped {
        place,
        person: person.map(|index| MemberId::from_bytes(super::drawn("person", index))),
        reason,
        attribute,
    };
    let run = |position: u64, times, outcome| PastRun {
        position,
        source: "ldap".to_owned(),
        outcome,
        first: NOW.minus_ms((62 - position) * DAY_MS + (times - 1) * 900_000),
        last: NOW.minus_ms((62 - position) * DAY_MS),
        times,
        is_agreed: false,
        hit: 0,
        without_access: 0,
        skipped_count: 0,
        skipped: Vec::new(),
    };
    let counts = RunCounts { seen: 130, added: 2, changed: 1, suspended: 3, ..RunCounts::default() };
    let done = |counts| RunOutcome::Done(counts);
    let mut runs = vec![
        PastRun { without_access: 4, ..run(61, 1, done(counts)) },
        PastRun { is_agreed: true, hit: 64, ..run(60, 1, done(counts)) },
        PastRun { hit: 64, ..run(59, 12, RunOutcome::Braked(Brake::TooMany { hit: 64, allowed: 13 })) },
        run(58, 3, RunOutcome::Failed { code: "ldap-timeout".to_owned() }),
        PastRun {
            skipped_count: 2,
            skipped: vec![
                skipped(14, None, "missing", Some("login")),
                skipped(77, Some(61), "several_values", Some("mail")),
            ],
            ..run(57, 96, done(RunCounts { seen: 130, skipped: 2, ..RunCounts::default() }))
        },
    ];
    runs.extend((0..57).rev().map(|position| run(position, 2, done(RunCounts::default()))));
    runs
}

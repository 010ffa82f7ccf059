//! Files of people for the organization in memory: what comes of them is chosen by their first letter.

use protocol::ids::Hash32;

use super::sample;
use crate::api::*;

/// What the good file would change.
pub fn additions() -> RunReport {
    let mut report = sample::plan();
    report.changes.retain(|change| change.kind != RunChangeKind::Suspend);
    report.skipped.clear();
    (report.counts.suspended, report.counts.skipped) = (0, 0);
    report.digest = Hash32::from_bytes([9; 32]);
    report
}

fn look(report: RunReport, bad_lines: Vec<BadLine>) -> ImportLook {
    let bad_count = bad_lines.len() as u64;
    ImportLook::Read(ImportPreview { report, bad_lines, bad_count })
}

fn bad_lines() -> Vec<BadLine> {
    let faults = [
        LineFault::Fields { has: 2, expected: 3 },
        LineFault::NotUtf8,
        LineFault::Unusable { attribute: "groups" },
        LineFault::Repeated { attribute: "login", first_line: 2 },
        LineFault::LoginTaken,
    ];
    faults.into_iter().zip(3..).map(|(fault, line)| BadLine { line, fault }).collect()
}

/// Everything that can come of a file.
pub fn looks() -> Vec<ImportLook> {
    let faults = [
        FileFault::Empty,
        FileFault::TooLarge { bytes_max: 8 << 20 },
        FileFault::TooMany { people_max: 200_000 },
        FileFault::Columns { attribute: "login" },
    ];
    let mut looks: Vec<ImportLook> = faults.map(ImportLook::Unreadable).into();
    looks.push(look(additions(), Vec::new()));
    looks.push(look(sample::empty_plan(), Vec::new()));
    looks.push(look(additions(), bad_lines()));
    looks
}

/// A file with columns is good, one that begins with `!` has bad lines.
pub(super) fn of(file: &[u8]) -> ImportLook {
    match file.first() {
        Some(b'!') => look(additions(), bad_lines()),
        Some(b'l') => look(additions(), Vec::new()),
        _ => ImportLook::Unreadable(FileFault::Columns { attribute: "login" }),
    }
}

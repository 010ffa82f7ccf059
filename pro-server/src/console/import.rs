//! Files of people as the console takes them: looked at first, kept in memory for the while between two pages, then taken as
//! they were shown. A file must never reach a disk or a page.

use std::sync::{Mutex, PoisonError};

use admin_console::api::{
    Administrator, AdministratorId, ApiError, BadLine, Clash, FileFault, ImportLook, ImportPreview, LineFault,
    RUN_ROWS_MAX, RunReport,
};
use protocol::ids::Hash32;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::Desk;
use super::organization::report;
use super::refusal::refused;
use crate::domain::access::PeopleImport;
use crate::service::import::{BadCsv, CSV_BYTES_MAX, LineProblem, LineProblemKind, PEOPLE_MAX};
use crate::service::{Fault, ServiceError};

/// How long a file is kept after it was shown.
const HELD_MS: u64 = 15 * 60 * 1_000;
/// Files kept at one time; the oldest goes for another one.
const HELD_FILES_MAX: usize = 4;

/// A file that was shown to somebody.
struct Held {
    who: AdministratorId,
    digest: Hash32,
    file: Personal<Vec<u8>>,
    until: Timestamp,
}

/// Files between their preview and their import.
#[derive(Default)]
pub struct HeldFiles(Mutex<Vec<Held>>);

impl HeldFiles {
    fn keep(&self, now: Timestamp, held: Held) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|known| known.until > now && (known.who, known.digest) != (held.who, held.digest));
        if files.len() >= HELD_FILES_MAX {
            files.remove(0);
        }
        files.push(held);
    }

    /// Takes it out: whatever comes of it, it is shown again before it is taken again.
    fn take(&self, now: Timestamp, who: AdministratorId, digest: Hash32) -> Option<Personal<Vec<u8>>> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|known| known.until > now);
        let place = files.iter().position(|known| known.who == who && known.digest == digest)?;
        Some(files.remove(place).file)
    }
}

fn bad_line(problem: &LineProblem) -> BadLine {
    let fault = match problem.kind {
        LineProblemKind::Fields { has, expected } => LineFault::Fields { has: has as u64, expected: expected as u64 },
        LineProblemKind::NotUtf8 => LineFault::NotUtf8,
        LineProblemKind::Unusable { attribute } => LineFault::Unusable { attribute: attribute.name() },
        LineProblemKind::Repeated { attribute, first_line } => {
            LineFault::Repeated { attribute: attribute.name(), first_line }
        }
        LineProblemKind::LoginTaken => LineFault::LoginTaken,
    };
    BadLine { line: problem.line, fault }
}

impl Desk {
    pub(super) async fn looked_at(&self, who: &Administrator, file: Vec<u8>) -> Result<ImportLook, ApiError> {
        let grant = self.grant::<PeopleImport>(who)?;
        let planned = match self.services.plan_import(&grant, &file).await {
            Ok(planned) => planned,
            Err(ServiceError::Invalid(Fault::Csv(bad))) => return Ok(ImportLook::Unreadable(unreadable(&bad))),
            Err(error) => return Err(refused(error)),
        };
        let now = self.ambient.now();
        let digest = planned.report.digest;
        if planned.problem_count == 0 {
            let file = Personal::new(file);
            self.files.keep(now, Held { who: who.id, digest, file, until: now.plus_ms(HELD_MS) });
        }
        Ok(ImportLook::Read(ImportPreview {
            report: report(planned.report),
            bad_lines: planned.problems.iter().take(RUN_ROWS_MAX).map(bad_line).collect(),
            bad_count: planned.problem_count,
        }))
    }

    pub(super) async fn imported(&self, who: &Administrator, shown: Hash32) -> Result<RunReport, ApiError> {
        let grant = self.grant::<PeopleImport>(who)?;
        let file = self.files.take(self.ambient.now(), who.id, shown).ok_or(Clash::Stale)?;
        let done = self.services.import_shown(&grant, file.expose(), shown).await.map_err(refused)?;
        self.told().await;
        Ok(report(done))
    }
}

/// Bad lines are told beside the good ones, so that they never come here.
fn unreadable(bad: &BadCsv) -> FileFault {
    match bad {
        BadCsv::TooLarge => FileFault::TooLarge { bytes_max: CSV_BYTES_MAX as u64 },
        BadCsv::TooMany => FileFault::TooMany { people_max: PEOPLE_MAX as u64 },
        BadCsv::Header(attribute) => FileFault::Columns { attribute: attribute.name() },
        BadCsv::Lines(_) => FileFault::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn held(who: u8, digest: u8) -> Held {
        Held {
            who: AdministratorId::from_bytes([who; 16]),
            digest: Hash32::from_bytes([digest; 32]),
            file: Personal::new(vec![digest]),
            until: NOW.plus_ms(HELD_MS),
        }
    }

    fn take(files: &HeldFiles, now: Timestamp, who: u8, digest: u8) -> bool {
        files.take(now, AdministratorId::from_bytes([who; 16]), Hash32::from_bytes([digest; 32])).is_some()
    }

    #[test]
    fn a_file_is_taken_once_by_whom_it_was_shown_and_not_too_late() {
        let files = HeldFiles::default();
        files.keep(NOW, held(1, 1));
        assert!(!take(&files, NOW, 2, 1), "somebody else's");
        assert!(!take(&files, NOW, 1, 2), "another one");
        assert!(take(&files, NOW, 1, 1));
        assert!(!take(&files, NOW, 1, 1), "twice");
        files.keep(NOW, held(1, 1));
        assert!(!take(&files, NOW.plus_ms(HELD_MS), 1, 1), "too late");
    }

    #[test]
    fn files_kept_are_few() {
        let files = HeldFiles::default();
        files.keep(NOW, held(1, 1));
        files.keep(NOW, held(1, 1));
        assert_eq!(files.0.lock().expect("whole").len(), 1, "the same file again");
        for digest in 2..=6 {
            files.keep(NOW, held(1, digest));
        }
        assert_eq!(files.0.lock().expect("whole").len(), HELD_FILES_MAX);
        assert!(take(&files, NOW, 1, 6) && !take(&files, NOW, 1, 2));
    }
}

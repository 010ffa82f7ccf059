//! The `sync` command: every configured source one after the other, or one by its name. A source that fails holds up no other. And
//! `people import`, which shows and does the same for a file.

use data_encoding::BASE64;

use super::admin::{Caller, Stopped, refusal};
use crate::administration::{PastRunRow, Refusal, Row, RunRow, SkippedRow, SyncMode};
use crate::domain::source::{Source, SourceName};
use crate::service::sync::{Agreed, RunReport};
use crate::service::{Clash, ServiceError, Services};

/// The state of a [`RunRow`] where other sources went on.
const REFUSED: &str = "refused";

/// Runs that are read at one time.
const HISTORY_PAGE_ROWS: u32 = 50;

pub async fn sync(
    caller: &mut Caller,
    services: &Services,
    mode: SyncMode,
    named: Option<&str>,
) -> Result<(), Stopped> {
    let several = services.timed_sources();
    if named.is_some() || several.len() < 2 || matches!(mode, SyncMode::Agree { .. }) {
        return one(caller, services, mode, services.source(named)?).await;
    }
    let mut refused = Vec::new();
    for (source, _) in several {
        match one(caller, services, mode, source).await {
            Ok(()) => {}
            Err(Stopped::Refused(why)) => {
                let name = services.origin(source).map(|origin| origin.name.clone());
                refused.extend(name.as_ref().map(SourceName::to_string));
                caller.row(Row::Run(RunRow { refused: Some(why), ..RunRow::new(name.as_ref(), REFUSED) })).await?;
            }
            Err(Stopped::Gone) => return Err(Stopped::Gone),
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Stopped::Refused(Refusal::new("sources", refused.join(", ")))) }
}

async fn one(caller: &mut Caller, services: &Services, mode: SyncMode, source: Source) -> Result<(), Stopped> {
    let name = services.origin(source).map(|origin| origin.name.clone());
    let agreed = match mode {
        SyncMode::Plan => {
            let report = services.plan_directory(&caller.grant(), source).await?;
            let brake = report.brake;
            show(caller, name.as_ref(), Outcome::Planned, report).await?;
            return match brake {
                Some(brake) => Err(Stopped::Refused(refusal(&ServiceError::Conflict(Clash::Brake(brake))))),
                None => Ok(()),
            };
        }
        SyncMode::Apply => Agreed::Any,
        SyncMode::Agree { digest } => Agreed::Despite(digest),
    };
    let report = services.run_directory(&caller.grant(), source, agreed).await?;
    show(caller, name.as_ref(), Outcome::Applied, report).await
}

/// How runs went, newest first, a page after the other.
pub async fn history(caller: &mut Caller, services: &Services, named: Option<&str>) -> Result<(), Stopped> {
    let source = named.map(|name| services.source(Some(name))).transpose()?;
    let mut before = None;
    loop {
        let runs = services.runs(&caller.grant(), source, before, HISTORY_PAGE_ROWS).await?;
        let Some(last) = runs.last() else { return Ok(()) };
        before = Some(last.position);
        for run in runs {
            caller.row(Row::PastRun(PastRunRow::from(run))).await?;
        }
    }
}

/// A file of people: what taking it would do, or taking it.
pub async fn import(caller: &mut Caller, services: &Services, csv: &str, mode: SyncMode) -> Result<(), Stopped> {
    let malformed = |_| Stopped::Refused(Refusal::new("malformed", ""));
    let file = BASE64.decode(csv.as_bytes()).map_err(malformed)?;
    let report = match mode {
        SyncMode::Plan => return plan_import(caller, services, &file).await,
        SyncMode::Apply => services.import_people(&caller.grant(), &file).await?,
        SyncMode::Agree { digest } => services.import_shown(&caller.grant(), &file, digest).await?,
    };
    show(caller, None, Outcome::Applied, report).await
}

/// A file with a bad line is not taken, so its plan has no digest to agree to.
async fn plan_import(caller: &mut Caller, services: &Services, file: &[u8]) -> Result<(), Stopped> {
    let planned = services.plan_import(&caller.grant(), file).await?;
    if planned.problem_count == 0 {
        return show(caller, None, Outcome::Planned, planned.report).await;
    }
    let (run, changes, _) = RunRow::planned(None, planned.report);
    for change in changes {
        caller.row(Row::Change(change)).await?;
    }
    for problem in planned.problems {
        let row = SkippedRow { place: problem.line, login: None, reason: problem.kind.to_string() };
        caller.row(Row::Skipped(row)).await?;
    }
    caller.row(Row::Run(RunRow { digest: None, skipped: planned.problem_count, ..run })).await?;
    Err(Stopped::Refused(Refusal::new("csv-lines", planned.problem_count.to_string())))
}

/// Whether it was done.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Planned,
    Applied,
}

async fn show(
    caller: &mut Caller,
    name: Option<&SourceName>,
    outcome: Outcome,
    report: RunReport,
) -> Result<(), Stopped> {
    let name = name.map(SourceName::as_str);
    let (run, changes, skipped) = match outcome {
        Outcome::Planned => RunRow::planned(name, report),
        Outcome::Applied => RunRow::applied(name, report),
    };
    for change in changes {
        caller.row(Row::Change(change)).await?;
    }
    for skipped in skipped {
        caller.row(Row::Skipped(skipped)).await?;
    }
    // Why a plan is held comes last, as a refusal.
    caller.row(Row::Run(RunRow { refused: None, ..run })).await
}

//! The `sync` command: every configured source one after the other, or one by its name. A source that fails holds up no other. And
//! `people import`, which shows and does the same for a file.

use data_encoding::BASE64;
use protocol::secret::Personal;

use super::admin::{Caller, Stopped, refusal};
use crate::administration::{ChangeRow, PastRunRow, PastSkippedRow, Refusal, Row, RunRow, SkippedRow, SyncMode};
use crate::domain::run::{Consent, RunOutcome, SkippedEntry};
use crate::domain::source::{Source, SourceName};
use crate::service::runs::RunView;
use crate::service::sync::{Agreed, RunChange, RunReport};
use crate::service::{Clash, ServiceError, Services};

/// The states of a [`RunRow`].
const PLANNED: &str = "planned";
const APPLIED: &str = "applied";
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
            show(caller, name.as_ref(), PLANNED, report).await?;
            return match brake {
                Some(brake) => Err(Stopped::Refused(refusal(&ServiceError::Conflict(Clash::Brake(brake))))),
                None => Ok(()),
            };
        }
        SyncMode::Apply => Agreed::Any,
        SyncMode::Agree { digest } => Agreed::Despite(digest),
    };
    let report = services.run_directory(&caller.grant(), source, agreed).await?;
    show(caller, name.as_ref(), APPLIED, report).await
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
            caller.row(Row::PastRun(past(run))).await?;
        }
    }
}

fn past(run: RunView) -> PastRunRow {
    let record = run.record;
    let (state, code) = match record.outcome {
        RunOutcome::Done => ("done", None),
        RunOutcome::Braked(code) => ("braked", Some(code)),
        RunOutcome::Failed(code) => ("failed", Some(code)),
    };
    let entry = |skipped: SkippedEntry| PastSkippedRow {
        place: skipped.place,
        reason: skipped.reason.to_string(),
        person: skipped.member,
    };
    let counts = record.counts;
    PastRunRow {
        first_ms: record.first.as_millis(),
        last_ms: record.last.as_millis(),
        times: record.times,
        source: run.source.to_string(),
        state: state.to_owned(),
        code,
        agreed: record.consent == Consent::Given,
        seen: counts.seen,
        added: counts.added,
        updated: counts.changed,
        suspended: counts.suspended,
        resumed: counts.resumed,
        skipped: counts.skipped,
        withheld: record.withheld.into(),
        hit: record.hit,
        allowed: record.allowed,
        entries: run.skipped.into_iter().map(entry).collect(),
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
    show(caller, None, APPLIED, report).await
}

/// A file with a bad line is not taken, so its plan has no digest to agree to.
async fn plan_import(caller: &mut Caller, services: &Services, file: &[u8]) -> Result<(), Stopped> {
    let planned = services.plan_import(&caller.grant(), file).await?;
    if planned.problem_count == 0 {
        return show(caller, None, PLANNED, planned.report).await;
    }
    let mut report = planned.report;
    report.counts.skipped = planned.problem_count;
    changes(caller, &mut report).await?;
    for problem in planned.problems {
        let row = SkippedRow { place: problem.line, login: None, reason: problem.kind.to_string() };
        caller.row(Row::Skipped(row)).await?;
    }
    caller.row(Row::Run(RunRow { digest: None, ..total(None, PLANNED, &report) })).await?;
    Err(Stopped::Refused(Refusal::new("csv-lines", planned.problem_count.to_string())))
}

async fn show(
    caller: &mut Caller,
    name: Option<&SourceName>,
    state: &str,
    mut report: RunReport,
) -> Result<(), Stopped> {
    changes(caller, &mut report).await?;
    caller.row(Row::Run(total(name, state, &report))).await
}

async fn changes(caller: &mut Caller, report: &mut RunReport) -> Result<(), Stopped> {
    for (change, login) in std::mem::take(&mut report.changes) {
        let change = match change {
            RunChange::Add => "add",
            RunChange::Update => "update",
            RunChange::Suspend => "suspend",
            RunChange::Resume => "resume",
        };
        caller.row(Row::Change(ChangeRow { change: change.to_owned(), login: login.into_exposed() })).await?;
    }
    for skipped in std::mem::take(&mut report.skipped) {
        let row = SkippedRow {
            place: skipped.place,
            login: skipped.login.map(Personal::into_exposed),
            reason: skipped.reason.to_string(),
        };
        caller.row(Row::Skipped(row)).await?;
    }
    Ok(())
}

fn total(name: Option<&SourceName>, state: &str, report: &RunReport) -> RunRow {
    let counts = report.counts;
    RunRow {
        seen: counts.seen,
        added: counts.added,
        updated: counts.changed,
        suspended: counts.suspended,
        resumed: counts.resumed,
        skipped: counts.skipped,
        withheld: report.withheld.into(),
        hit: report.blast.hit(),
        allowed: report.blast.allowed,
        digest: (state == PLANNED).then_some(report.digest),
        ..RunRow::new(name, state)
    }
}

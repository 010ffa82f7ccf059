//! What a running server says of directory runs. Logins go to the administrator who asked; what is kept of runs has ids only.

use protocol::ids::{Hash32, MemberId};
use protocol::secret::Personal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Refusal;
use crate::domain::run::{Consent, RunOutcome, RunRecord, SkippedEntry};
use crate::domain::source::SourceName;
use crate::domain::withheld::Withheld;
use crate::service::ServiceError;
use crate::service::runs::RunView;
use crate::service::sources::{SourceState, SourceView};
use crate::service::sync::{RunChange, RunReport, SkippedView};

/// What a directory run did, or would do, to one person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeRow {
    /// `add`, `update`, `suspend` or `resume`.
    pub change: String,
    pub login: String,
}

/// An entry of the directory that was left out, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SkippedRow {
    /// Which entry of the source, from 1; the line of a file.
    pub place: u64,
    /// Whose, if known; that person stays as they are.
    pub login: Option<String>,
    pub reason: String,
}

/// A directory run in numbers.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RunRow {
    /// `planned`, `applied`, or `refused` where other sources went on.
    pub state: String,
    /// The name of the source; none of an imported file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub seen: u64,
    pub added: u64,
    pub updated: u64,
    pub suspended: u64,
    pub resumed: u64,
    pub skipped: u64,
    /// Entries that the source shows and that give no access: by cause.
    pub withheld: WithheldRow,
    /// People who lose access or their groups, and how many may.
    pub hit: u64,
    pub allowed: u64,
    /// Names the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub digest: Option<Hash32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

impl RunRow {
    /// A run that has done nothing yet.
    pub fn new(source: Option<&SourceName>, state: &str) -> Self {
        RunRow { state: state.to_owned(), source: source.map(SourceName::to_string), ..RunRow::default() }
    }
}

/// Entries without access.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct WithheldRow {
    pub disabled: u64,
    pub expired: u64,
    pub outside_group: u64,
}

impl From<Withheld> for WithheldRow {
    fn from(Withheld { disabled, expired, outside_group }: Withheld) -> Self {
        WithheldRow { disabled, expired, outside_group }
    }
}

/// The states of a [`RunRow`].
const PLANNED: &str = "planned";
const APPLIED: &str = "applied";

impl RunRow {
    /// What a run would do: its numbers, its changes, and what it leaves out.
    pub fn planned(source: Option<&str>, report: RunReport) -> (Self, Vec<ChangeRow>, Vec<SkippedRow>) {
        let refused = report.brake.map(|brake| {
            let error = ServiceError::from(brake);
            Refusal::new(error.code(), error.to_string())
        });
        let digest = Some(report.digest);
        let (run, changes, skipped) = Self::told(PLANNED, source, report);
        (RunRow { digest, refused, ..run }, changes, skipped)
    }

    /// What a run did.
    pub fn applied(source: Option<&str>, report: RunReport) -> (Self, Vec<ChangeRow>, Vec<SkippedRow>) {
        Self::told(APPLIED, source, report)
    }

    fn told(state: &str, source: Option<&str>, report: RunReport) -> (Self, Vec<ChangeRow>, Vec<SkippedRow>) {
        let counts = report.counts;
        let run = RunRow {
            state: state.to_owned(),
            source: source.map(str::to_owned),
            seen: counts.seen,
            added: counts.added,
            updated: counts.changed,
            suspended: counts.suspended,
            resumed: counts.resumed,
            skipped: counts.skipped,
            withheld: report.withheld.into(),
            hit: report.blast.hit(),
            allowed: report.blast.allowed,
            ..RunRow::default()
        };
        let changes = report.changes.into_iter().map(ChangeRow::from).collect();
        (run, changes, report.skipped.into_iter().map(SkippedRow::from).collect())
    }
}

impl From<(RunChange, Personal<String>)> for ChangeRow {
    fn from((change, login): (RunChange, Personal<String>)) -> Self {
        let change = match change {
            RunChange::Add => "add",
            RunChange::Update => "update",
            RunChange::Suspend => "suspend",
            RunChange::Resume => "resume",
        };
        ChangeRow { change: change.to_owned(), login: login.into_exposed() }
    }
}

impl From<SkippedView> for SkippedRow {
    fn from(skipped: SkippedView) -> Self {
        SkippedRow {
            place: skipped.place,
            login: skipped.login.map(Personal::into_exposed),
            reason: skipped.reason.to_string(),
        }
    }
}

/// A run with every person whom it changes and every entry that it leaves out.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PlanRow {
    /// In numbers; of a plan with its digest, and with what the brake says.
    pub run: RunRow,
    pub changes: Vec<ChangeRow>,
    pub skipped: Vec<SkippedRow>,
}

impl PlanRow {
    /// What a run would do.
    pub fn planned(source: &str, report: RunReport) -> Self {
        let (run, changes, skipped) = RunRow::planned(Some(source), report);
        PlanRow { run, changes, skipped }
    }

    /// What a run did.
    pub fn applied(source: &str, report: RunReport) -> Self {
        let (run, changes, skipped) = RunRow::applied(Some(source), report);
        PlanRow { run, changes, skipped }
    }
}

/// A source of people, and how its last run went.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SourceRow {
    pub source: String,
    /// `configured`, or `left`: configured no more, with people listed still.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_s: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake_percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake_minimum: Option<u32>,
    /// People of a source that was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed: Option<u64>,
    pub last_run: Option<PastRunRow>,
}

impl From<SourceView> for SourceRow {
    fn from(view: SourceView) -> Self {
        let source = view.name.to_string();
        let last_run = view.last_run.map(|record| PastRunRow::of(None, &source, record, Vec::new()));
        let row = SourceRow {
            source,
            state: "configured".to_owned(),
            url: None,
            interval_s: None,
            brake_percent: None,
            brake_minimum: None,
            listed: None,
            last_run,
        };
        match view.state {
            SourceState::Configured { url, interval_s, brake_percent, brake_minimum } => SourceRow {
                url: Some(url),
                interval_s: Some(interval_s),
                brake_percent: Some(brake_percent),
                brake_minimum: Some(brake_minimum),
                ..row
            },
            SourceState::Left { listed } => SourceRow { state: "left".to_owned(), listed: Some(listed), ..row },
        }
    }
}

/// A directory run of the past, or several that ended the same one after the other.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PastRunRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<u64>,
    pub first_ms: u64,
    pub last_ms: u64,
    pub times: u64,
    pub source: String,
    /// `done`, `braked` or `failed`.
    pub state: String,
    /// Of the brake or of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether an administrator agreed to exactly this, despite the brake.
    pub agreed: bool,
    pub seen: u64,
    pub added: u64,
    pub updated: u64,
    pub suspended: u64,
    pub resumed: u64,
    pub skipped: u64,
    pub withheld: WithheldRow,
    pub hit: u64,
    pub allowed: u64,
    /// The first of those that were left out.
    pub entries: Vec<PastSkippedRow>,
}

impl PastRunRow {
    fn of(run_id: Option<u64>, source: &str, record: RunRecord, skipped: Vec<SkippedEntry>) -> Self {
        let (state, code) = match record.outcome {
            RunOutcome::Done => ("done", None),
            RunOutcome::Braked(code) => ("braked", Some(code)),
            RunOutcome::Failed(code) => ("failed", Some(code)),
        };
        let counts = record.counts;
        PastRunRow {
            run_id,
            first_ms: record.first.as_millis(),
            last_ms: record.last.as_millis(),
            times: record.times,
            source: source.to_owned(),
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
            entries: skipped.into_iter().map(PastSkippedRow::from).collect(),
        }
    }
}

impl From<RunView> for PastRunRow {
    fn from(run: RunView) -> Self {
        Self::of(Some(run.position), run.source.as_str(), run.record, run.skipped)
    }
}

impl From<SkippedEntry> for PastSkippedRow {
    fn from(skipped: SkippedEntry) -> Self {
        PastSkippedRow { place: skipped.place, reason: skipped.reason.to_string(), person: skipped.member }
    }
}

/// An entry that was left out of a run. A person stands here by id only.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PastSkippedRow {
    pub place: u64,
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person: Option<MemberId>,
}

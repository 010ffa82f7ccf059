//! Directory runs as they are kept: written with what they change, and read by administrators.

use protocol::audit::RunCounts;
use protocol::time::Timestamp;

use crate::domain::access::{DirectoryRead, Grant};
use crate::domain::roll::Roll;
use crate::domain::run::{Consent, RunOutcome, RunRecord, SkippedEntry};
use crate::domain::source::{Source, SourceName};
use crate::domain::sync::{BRAKE_WINDOW_MS, Brake, Plan, Skipped};
use crate::domain::withheld::Withheld;
use crate::storage::{self, Tx};

use super::sync::{RunReport, left_out};
use super::{ServiceError, Services};

/// Entries left out that are read of each run.
pub const SKIPPED_SHOWN_MAX: u32 = 100;

/// A kept run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its place in the order of all.
    pub position: u64,
    pub source: SourceName,
    pub record: RunRecord,
    /// At most [`SKIPPED_SHOWN_MAX`]; the record's counts are whole.
    pub skipped: Vec<SkippedEntry>,
}

/// What is known of a run before it has ended.
pub(super) fn record(source: Source, now: Timestamp, report: &RunReport) -> RunRecord {
    let outcome = match report.brake {
        None => RunOutcome::Done,
        Some(brake) => RunOutcome::Braked(brake.code().to_owned()),
    };
    RunRecord {
        source,
        first: now,
        last: now,
        times: 1,
        outcome,
        consent: Consent::Unasked,
        counts: report.counts,
        withheld: report.withheld,
        hit: report.blast.hit(),
        allowed: report.blast.allowed,
    }
}

/// Why a plan leaves entries out. People stand here by id.
pub(super) fn skipped(source: Source, plan: &Plan, known: &Roll) -> Vec<SkippedEntry> {
    let left_out = left_out(source, plan, known);
    let entry = |skipped: &Skipped| SkippedEntry {
        place: skipped.place,
        reason: skipped.reason,
        member: skipped.external_id.as_ref().and_then(|id| left_out.get(id)).map(|member| member.id),
    };
    plan.skipped.iter().map(entry).collect()
}

impl Services {
    /// What runs of the last day took from people, which counts against this one.
    pub(super) async fn spent(&self, tx: &mut Tx, source: Source, now: Timestamp) -> Result<u64, ServiceError> {
        Ok(storage::run::hit_since(tx, source, now.minus_ms(BRAKE_WINDOW_MS)).await?)
    }

    /// Keeps a run that failed before it could plan. That this cannot be kept fails nothing more.
    pub(super) async fn note_failed(&self, source: Source, code: &str) {
        let now = self.inner.ambient.now();
        let record = RunRecord {
            source,
            first: now,
            last: now,
            times: 1,
            outcome: RunOutcome::Failed(code.to_owned()),
            consent: Consent::Unasked,
            counts: RunCounts::default(),
            withheld: Withheld::default(),
            hit: 0,
            allowed: 0,
        };
        let kept = async {
            let mut tx = self.inner.storage.begin().await?;
            storage::run::put(&mut tx, &record, &[]).await?;
            tx.commit().await
        };
        if let Err(error) = kept.await {
            tracing::warn!("a failed directory run could not be kept: {error}");
        }
    }

    /// At most `count_max` runs before a position, newest first, of one source or of all.
    pub async fn runs(
        &self,
        _: &Grant<DirectoryRead>,
        source: Option<Source>,
        before: Option<u64>,
        count_max: u32,
    ) -> Result<Vec<RunView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let mut views = Vec::new();
        for stored in storage::run::page(&mut tx, source, before, count_max).await? {
            let Some(origin) = self.origin(stored.record.source) else { continue };
            let skipped = storage::run::skipped(&mut tx, stored.position, SKIPPED_SHOWN_MAX).await?;
            let (position, source) = (stored.position, origin.name.clone());
            views.push(RunView { position, source, record: stored.record, skipped });
        }
        Ok(views)
    }
}

/// The brake that held a run, as its row tells it.
pub fn brake_of(record: &RunRecord) -> Option<Brake> {
    let (hit, allowed) = (record.hit, record.allowed);
    match &record.outcome {
        RunOutcome::Braked(code) => {
            let all = [Brake::Empty { listed: hit }, Brake::Doubtful { hit }, Brake::TooMany { hit, allowed }];
            all.into_iter().find(|brake| brake.code() == code)
        }
        RunOutcome::Done | RunOutcome::Failed(_) => None,
    }
}

//! The organization at a glance, its directory runs and its policy, as the console shows them.

use admin_console::api::{
    Administrator, ApiError, Assignment, Consent, DirectoryKeyView, DirectoryView, KeyStanding, LastRun, Overview,
    PAST_RUNS_ROWS, PastRun, PastSkipped, PeopleCounts, PolicyView, RUN_ROWS_MAX, Reach, Right, RunChange,
    RunChangeKind, RunOutcome, RunReport, SkippedView, SourceState, SourceView,
};
use protocol::ids::Hash32;
use protocol::policy::{Policy, Version};

use super::refusal::{braked, refused};
use super::{Desk, audit};
use crate::domain;
use crate::domain::access::{AdministratorRead, AuditRead, DirectoryRead, DirectoryRun, PeopleRead, PolicyRead};
use crate::domain::directory_key::Standing;
use crate::domain::member::Attribute;
use crate::domain::policy::Settings;
use crate::domain::run::{RunRecord, SkippedEntry};
use crate::domain::sync::SkipReason;
use crate::service::sync::{self, Agreed};
use crate::service::{runs, sources};

fn kind(change: sync::RunChange) -> RunChangeKind {
    match change {
        sync::RunChange::Add => RunChangeKind::Add,
        sync::RunChange::Update => RunChangeKind::Update,
        sync::RunChange::Resume => RunChangeKind::Resume,
        sync::RunChange::Suspend => RunChangeKind::Suspend,
    }
}

fn reason(reason: SkipReason) -> (&'static str, Option<&'static str>) {
    let (word, attribute) = reason.words();
    (word, attribute.map(Attribute::name))
}

fn outcome(record: &RunRecord) -> RunOutcome {
    match (&record.outcome, runs::brake_of(record)) {
        (domain::run::RunOutcome::Failed(code), _) => RunOutcome::Failed { code: code.clone() },
        (domain::run::RunOutcome::Done | domain::run::RunOutcome::Braked(_), Some(brake)) => {
            RunOutcome::Braked(braked(brake))
        }
        (domain::run::RunOutcome::Done | domain::run::RunOutcome::Braked(_), None) => RunOutcome::Done(record.counts),
    }
}

fn past_run(run: runs::RunView) -> PastRun {
    let record = run.record;
    let skipped = |skipped: SkippedEntry| {
        let (reason, attribute) = reason(skipped.reason);
        PastSkipped { place: skipped.place, person: skipped.member, reason, attribute }
    };
    PastRun {
        position: run.position,
        source: run.source.to_string(),
        outcome: outcome(&record),
        first: record.first,
        last: record.last,
        times: record.times,
        is_agreed: record.consent == domain::run::Consent::Given,
        skipped_count: record.counts.skipped,
        without_access: record.withheld.total(),
        hit: record.hit,
        skipped: run.skipped.into_iter().map(skipped).collect(),
    }
}

pub(super) fn report(report: sync::RunReport) -> RunReport {
    let change = |(change, login)| RunChange { kind: kind(change), login };
    let mut changes: Vec<RunChange> = report.changes.into_iter().map(change).collect();
    changes.sort_by_key(|change| change.kind);
    changes.truncate(RUN_ROWS_MAX);
    let skipped = |skipped: sync::SkippedView| {
        let (reason, attribute) = reason(skipped.reason);
        SkippedView { place: skipped.place, login: skipped.login, reason, attribute }
    };
    RunReport {
        digest: report.digest,
        brake: report.brake.map(braked),
        counts: report.counts,
        changes,
        skipped: report.skipped.into_iter().take(RUN_ROWS_MAX).map(skipped).collect(),
    }
}

impl Desk {
    pub(super) async fn seen(&self, who: &Administrator) -> Result<Overview, ApiError> {
        // Of each part what a role may see, and nothing of the others.
        let counts = match self.grant::<PeopleRead>(who) {
            Ok(grant) => self.services.people_counts(&grant).await.map_err(refused)?,
            Err(_) => Default::default(),
        };
        let recent = u32::try_from(Overview::RECENT_MAX).unwrap_or(u32::MAX);
        let (recent, audit_entries) = match self.grant::<AuditRead>(who) {
            Ok(grant) => self.services.audit_before(&grant, None, recent).await.map_err(refused)?,
            Err(_) => Default::default(),
        };
        let administrators = match self.grant::<AdministratorRead>(who) {
            Ok(grant) => self.services.administrators(&grant).await.map_err(refused)?,
            Err(_) => Vec::new(),
        };
        let is_owner = |roles: &[Assignment]| roles.iter().any(Assignment::is_owner);
        let owners = administrators.iter().filter(|row| is_owner(&row.roles) && row.name.is_some());
        let directory = match self.grant::<DirectoryRead>(who) {
            Ok(_) => self.directory_view(who).await?,
            Err(_) => DirectoryView::default(),
        };
        Ok(Overview {
            now: self.ambient.now(),
            organization: self.services.fingerprint(),
            public_url: self.url.to_string(),
            version: Version::current(),
            started: self.started,
            certificate_not_after: self.shown.not_after(),
            directory_key: self.key_view(),
            people: PeopleCounts {
                provisioned: counts.provisioned,
                active: counts.active,
                suspended: counts.suspended,
                locked: counts.locked,
            },
            devices: counts.devices,
            connected: if who.rights.has(Right::AuditSee) { self.connected(counts.devices).await } else { None },
            policy: self.services.policy(),
            directory,
            owners: u32::try_from(owners.count()).unwrap_or(u32::MAX),
            audit_entries,
            recent: recent.into_iter().rev().map(audit::entry).collect(),
        })
    }

    fn key_view(&self) -> DirectoryKeyView {
        let (key, standing) = self.services.directory_key_standing();
        let standing = match standing {
            Standing::Good => KeyStanding::Good,
            Standing::Ending => KeyStanding::Ending,
            Standing::Ended => KeyStanding::Ended,
        };
        DirectoryKeyView { not_after: key.not_after, standing }
    }

    pub(super) async fn directory_view(&self, who: &Administrator) -> Result<DirectoryView, ApiError> {
        let known = self.services.sources(&self.grant::<DirectoryRead>(who)?).await.map_err(refused)?;
        let state = |state| match state {
            sources::SourceState::Left { listed } => SourceState::Left { listed },
            sources::SourceState::Configured { url, interval_s, brake_percent, brake_minimum } => {
                SourceState::Ldap { url, interval_s, brake_percent, brake_minimum }
            }
        };
        let view = |source: sources::SourceView| SourceView {
            name: source.name.to_string(),
            state: state(source.state),
            last_run: source.last_run.map(|run| LastRun { at: run.last, outcome: outcome(&run) }),
        };
        Ok(DirectoryView { sources: known.into_iter().map(view).collect() })
    }

    pub(super) async fn past_runs(
        &self,
        who: &Administrator,
        source: Option<&str>,
        before: Option<u64>,
    ) -> Result<Vec<PastRun>, ApiError> {
        let grant = self.grant::<DirectoryRead>(who)?;
        let source = source.map(|name| self.services.source(Some(name))).transpose().map_err(refused)?;
        let count_max = u32::try_from(PAST_RUNS_ROWS).unwrap_or(u32::MAX);
        let runs = self.services.runs(&grant, source, before, count_max).await.map_err(refused)?;
        Ok(runs.into_iter().map(past_run).collect())
    }

    pub(super) async fn planned(&self, who: &Administrator, source: Option<&str>) -> Result<RunReport, ApiError> {
        let grant = self.grant::<DirectoryRead>(who)?;
        let source = self.services.source(source).map_err(refused)?;
        self.services.plan_directory(&grant, source).await.map(report).map_err(refused)
    }

    pub(super) async fn run(
        &self,
        who: &Administrator,
        source: Option<&str>,
        shown: Hash32,
        consent: Consent,
    ) -> Result<RunReport, ApiError> {
        let grant = self.grant::<DirectoryRun>(who)?;
        let source = self.services.source(source).map_err(refused)?;
        let agreed = match consent {
            Consent::WithinTheBrake => Agreed::Shown(shown),
            Consent::DespiteTheBrake => Agreed::Despite(shown),
        };
        let done = self.services.run_directory(&grant, source, agreed).await.map_err(refused)?;
        self.told().await;
        Ok(report(done))
    }

    pub(super) async fn policy_view(&self, who: &Administrator) -> Result<PolicyView, ApiError> {
        let counts = self.services.policy_reach(&self.grant::<PolicyRead>(who)?).await.map_err(refused)?;
        Ok(PolicyView {
            document: self.services.policy(),
            reach: Reach {
                people: counts.provisioned.saturating_add(counts.active),
                devices: counts.devices,
                connected: self.connected(counts.devices).await,
            },
            version_max: Version::current(),
        })
    }

    /// What the form says, beside everything that it does not ask about.
    pub(super) fn merged(&self, who: &Administrator, draft: &Policy) -> Result<Settings, ApiError> {
        let (_, mut settings) = self.services.settings(&self.grant(who)?);
        for (key, _) in draft.rows() {
            settings.organization.policy.set(key, &draft.value(key)).map_err(|_| ApiError::Internal)?;
        }
        Ok(settings)
    }

    pub(super) async fn published(
        &self,
        who: &Administrator,
        draft: &Policy,
        expected: u64,
    ) -> Result<PolicyView, ApiError> {
        let draft = self.merged(who, draft)?;
        self.services.publish_policy(&self.grant(who)?, draft, expected).await.map_err(refused)?;
        self.told().await;
        self.policy_view(who).await
    }
}

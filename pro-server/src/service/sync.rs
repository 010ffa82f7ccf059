//! Directory runs: read everybody, plan, and apply the whole plan in one change, or see what it would be.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use protocol::audit::{self, AuditEvent, Party, RunCounts};
use protocol::ids::{Hash32, MemberId};
use protocol::secret::Personal;

use crate::directory::ldap::Reading;
use crate::domain::access::{DirectoryRead, DirectoryRun, Grant};
use crate::domain::approval::{Act, RunEffect};
use crate::domain::erasure;
use crate::domain::member::{ExternalId, Listing, Member, Source};
use crate::domain::roll::Roll;
use crate::domain::run::{Consent, RunOutcome};
use crate::domain::sync::{self, Blast, Brake, Coverage, Limits, Measure, Plan, SkipReason};
use crate::domain::withheld::Withheld;
use crate::storage::{self, StorageError, Tx};

use super::runs;
use super::sources::Course;
use super::{Clash, Outage, ServiceError, Services};

pub(super) use apply::apply;

mod apply;

/// After this time whoever was in doubt is looked for again.
const DOUBT_MS: u64 = 1_000;

/// What happens, or would happen, to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunChange {
    Add,
    Update,
    Resume,
    Suspend,
}

/// An entry that was left out.
#[derive(Debug, Clone)]
pub struct SkippedView {
    pub place: u64,
    /// The login of the person, if the entry is of somebody known; that person stays as they are.
    pub login: Option<Personal<String>>,
    pub reason: SkipReason,
}

/// A run, done or planned.
#[derive(Debug, Clone)]
pub struct RunReport {
    pub counts: RunCounts,
    /// By kind, then in a fixed order.
    pub changes: Vec<(RunChange, Personal<String>)>,
    pub skipped: Vec<SkippedView>,
    /// Entries that the source shows and that give no access.
    pub withheld: Withheld,
    /// Names the plan: [`Services::run_directory`] can be held to it.
    pub digest: Hash32,
    /// From how many people it takes something.
    pub blast: Blast,
    /// Why the plan is not carried out unless somebody says yes to exactly this one.
    pub brake: Option<Brake>,
}

/// Which plan may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// Whatever the directory shows.
    Any,
    /// The one that was looked at, if the brake lets it.
    Shown(Hash32),
    /// The one that was looked at, whatever the brake says: somebody has said yes to exactly this one.
    Despite(Hash32),
}

impl RunReport {
    /// Of a plan that nothing speaks against.
    pub(super) fn of(source: Source, plan: &Plan, known: &Roll) -> Self {
        let told: BTreeSet<MemberId> = plan.restore.iter().chain(&plan.suspend).copied().collect();
        let told = known.iter().filter(|member| told.contains(&member.id));
        let logins: BTreeMap<MemberId, &str> = told.map(|m| (m.id, m.profile.login.expose())).collect();
        let login = |id: &MemberId| Personal::from(logins.get(id).copied().unwrap_or_default());
        let added = plan.add.iter().map(|seen| (RunChange::Add, Personal::from(seen.profile.login.expose())));
        let updated = plan.update.iter().map(|(_, p)| (RunChange::Update, Personal::from(p.login.expose())));
        let restored = plan.restore.iter().map(|id| (RunChange::Resume, login(id)));
        let suspended = plan.suspend.iter().map(|id| (RunChange::Suspend, login(id)));
        let left_out = left_out(source, plan, known);
        let of_entry = |id| left_out.get(id).filter(|member| member.listing != Listing::Removed);
        let skipped = plan.skipped.iter().map(|skipped| SkippedView {
            place: skipped.place,
            login: skipped.external_id.as_ref().and_then(of_entry).map(|m| Personal::from(m.profile.login.expose())),
            reason: skipped.reason,
        });
        Self {
            counts: counts(plan),
            changes: added.chain(updated).chain(restored).chain(suspended).collect(),
            skipped: skipped.collect(),
            withheld: plan.withheld,
            digest: plan.digest(),
            blast: Blast::default(),
            brake: None,
        }
    }
}

/// The people of `source` whose entries a plan leaves out.
pub(super) fn left_out<'k>(source: Source, plan: &Plan, known: &'k Roll) -> BTreeMap<ExternalId, &'k Member> {
    let ids: BTreeSet<&ExternalId> = plan.skipped.iter().filter_map(|skipped| skipped.external_id.as_ref()).collect();
    if ids.is_empty() {
        return BTreeMap::new();
    }
    let own = known.iter().filter(|member| member.source == source && ids.contains(&member.external_id));
    own.map(|member| (member.external_id.clone(), member)).collect()
}

fn counts(plan: &Plan) -> RunCounts {
    let (added, resumed) = (plan.add.len() as u64, plan.restore.len() as u64);
    let changed = plan.update.len() as u64;
    let again_and_changed = plan.update.iter().filter(|(id, _)| plan.restore.binary_search(id).is_ok()).count() as u64;
    RunCounts {
        seen: plan.unchanged + added + changed + resumed - again_and_changed,
        added,
        changed,
        suspended: plan.suspend.len() as u64,
        resumed,
        skipped: plan.skipped.len() as u64,
    }
}

/// What a source showed, and when its run is too drastic.
pub(super) struct Observed {
    pub(super) observation: Arc<sync::Observation>,
    pub(super) limits: Limits,
}

/// What a source showed, and what follows from it for those who were `known` then.
pub(super) struct Looked {
    pub(super) known: Roll,
    /// Of the day's allowance.
    pub(super) spent: u64,
    pub(super) seen: Observed,
    pub(super) plan: Plan,
    pub(super) report: RunReport,
}

impl Services {
    /// What a run of this source would do now, and whether the brake would hold it; nothing is changed. Of a source that is
    /// configured no more everybody leaves.
    pub async fn plan_directory(&self, _: &Grant<DirectoryRead>, source: Source) -> Result<RunReport, ServiceError> {
        let known = self.inner.roll().await;
        let spent = self.spent(&mut self.inner.storage.read().await?, source, self.inner.ambient.now()).await?;
        Ok(self.looked_twice(source, Reading::Aside, &known, spent).await?.2)
    }

    /// One run: people added, changed, suspended with all their devices, in one change. Returns when it is durable and told.
    /// Another plan than the agreed one is refused as stale. How it ended is kept.
    pub async fn run_directory(
        &self,
        grant: &Grant<DirectoryRun>,
        source: Source,
        agreed: Agreed,
    ) -> Result<RunReport, ServiceError> {
        if let Agreed::Despite(plan) = agreed {
            let effect = if self.would_wait(grant).await? { Some(self.effect(source, plan).await?) } else { None };
            let source = self.origin(source).map(|origin| origin.name.to_string()).unwrap_or_default();
            // A plan is taken as it was shown or not at all, so the change that asks need not be the one that does.
            drop(self.gate(self.inner.change().await?, grant, Act::Run { source, plan, effect }).await?);
        }
        self.read_and_apply(grant, source, agreed, Reading::Whole).await
    }

    /// What the plan with this digest would do, which is the one that the directory shows now.
    async fn effect(&self, source: Source, digest: Hash32) -> Result<RunEffect, ServiceError> {
        let known = self.inner.roll().await;
        let spent = self.spent(&mut self.inner.storage.read().await?, source, self.inner.ambient.now()).await?;
        let (_, plan, report) = self.looked_twice(source, Reading::Aside, &known, spent).await?;
        if report.digest != digest {
            return Err(Clash::Stale.into());
        }
        Ok(RunEffect::of(&plan, report.blast, &known))
    }

    /// A run for what has changed since the last reading, where the directory can tell; else for everything.
    pub async fn follow_directory(
        &self,
        grant: &Grant<DirectoryRun>,
        source: Source,
    ) -> Result<RunReport, ServiceError> {
        self.read_and_apply(grant, source, Agreed::Any, Reading::Changes).await
    }

    /// Returns when a run of this source would see something new; never, if its directory cannot tell.
    pub async fn directory_changed(&self, source: Source) {
        match self.inner.sources.feed(source) {
            Some(feed) => feed.directory.changed(self.inner.ambient.now()).await,
            None => std::future::pending().await,
        }
    }

    async fn read_and_apply(
        &self,
        grant: &Grant<DirectoryRun>,
        source: Source,
        agreed: Agreed,
        reading: Reading,
    ) -> Result<RunReport, ServiceError> {
        let course = self.inner.sources.course(source)?;
        let outcome = self.run(grant, course, agreed, reading).await;
        match &outcome {
            // What was held or refused is kept already, or is nothing that a source did.
            Ok(_) | Err(ServiceError::Missing(_) | ServiceError::Conflict(_)) => {}
            Err(error) => self.note_failed(source, error.code()).await,
        }
        outcome
    }

    async fn run(
        &self,
        grant: &Grant<DirectoryRun>,
        course: &Course,
        agreed: Agreed,
        reading: Reading,
    ) -> Result<RunReport, ServiceError> {
        let source = course.source;
        let mut refused = course.turn.lock().await;
        let known = self.inner.roll().await;
        let spent = self.spent(&mut self.inner.storage.read().await?, source, self.inner.ambient.now()).await?;
        let (seen, plan, report) = self.looked_twice(source, reading, &known, spent).await?;
        let looked = Looked { known, spent, seen, plan, report };
        self.carry_out(grant, source, agreed, &mut refused, looked).await
    }

    /// Carries out what was planned; of who was changed or erased since, what is planned now.
    pub(super) async fn carry_out(
        &self,
        grant: &Grant<DirectoryRun>,
        source: Source,
        agreed: Agreed,
        refused: &mut Option<Brake>,
        looked: Looked,
    ) -> Result<RunReport, ServiceError> {
        let Looked { mut known, spent, mut seen, mut plan, mut report } = looked;
        let mut change = self.inner.change().await?;
        if !change.is_of(&known) {
            // Somebody else has changed people meanwhile, and may have erased one whom the source still showed.
            known = change.roll();
            self.leave_out_erased(&mut change.tx, source, &mut seen.observation).await?;
            (plan, report) = self.planned(source, &known, &seen, spent);
        }
        let now = change.now;
        if let Agreed::Shown(digest) | Agreed::Despite(digest) = agreed
            && report.digest != digest
        {
            return Err(Clash::Stale.into());
        }
        let mut record = runs::record(source, now, &report);
        let skipped = runs::skipped(source, &plan, &known);
        match (report.brake, agreed) {
            (None, _) => {}
            (Some(brake), Agreed::Any | Agreed::Shown(_)) => {
                storage::run::put(&mut change.tx, &record, &skipped).await?;
                // The timer meets the same brake again and again: the audit says it once.
                if refused.replace(brake) != Some(brake) || *grant.actor() != Party::Server {
                    change.audit(braked(brake), None, grant.actor()).await?;
                    change.commit(0..0).await?;
                } else {
                    change.set_aside().await?;
                }
                return Err(brake.into());
            }
            (Some(_), Agreed::Despite(_)) => {
                (record.outcome, record.consent) = (RunOutcome::Done, Consent::Given);
                let (hit, allowed) = (record.hit, record.allowed);
                let event = AuditEvent::DirectoryBrakeOverruled { source: audit::Source::Ldap, hit, allowed };
                change.audit(event, None, grant.actor()).await?;
            }
        }
        *refused = None;
        storage::run::put(&mut change.tx, &record, &skipped).await?;
        if plan.is_empty() {
            change.set_aside().await?;
        } else {
            apply(&mut change, source, audit::Source::Ldap, &known, plan, grant.actor()).await?;
            drop(known);
            change.commit(0..0).await?;
        }
        if let Some(feed) = self.inner.sources.feed(source) {
            feed.directory.content();
            if !seen.observation.in_doubt.is_empty() {
                // Their change was read already and starts no run.
                feed.directory.look_again(now.plus_ms(DOUBT_MS));
            }
        }
        Ok(RunReport { brake: None, ..report })
    }

    /// The plan of what was observed, and how it is told.
    pub(super) fn planned(&self, source: Source, known: &Roll, seen: &Observed, spent: u64) -> (Plan, RunReport) {
        let published = self.inner.published.load_full();
        let telling = published.layers.telling(&published.policy.policy);
        let measure = Measure { limits: seen.limits, telling: &telling, spent };
        let planned = sync::plan(source, Coverage::Whole, known, &seen.observation, measure);
        let (blast, brake) = (planned.blast, planned.brake);
        let report = RunReport { blast, brake, ..RunReport::of(source, &planned.plan, known) };
        (planned.plan, report)
    }

    /// What the source shows, and the plan of it. Whoever would go is looked for once more: an answer in parts is not of one
    /// moment, and somebody who moves or is renamed in between is in none of them.
    async fn looked_twice(
        &self,
        source: Source,
        reading: Reading,
        known: &Roll,
        spent: u64,
    ) -> Result<(Observed, Plan, RunReport), ServiceError> {
        let seen = self.observe(source, reading).await?;
        let (plan, report) = self.planned(source, known, &seen, spent);
        let is_missing = || seen.observation.missing(source, known);
        let missing = if plan.suspend.is_empty() { HashSet::new() } else { is_missing() };
        if missing.is_empty() {
            return Ok((seen, plan, report));
        }
        let again = if reading == Reading::Aside { reading } else { Reading::Changes };
        let mut seen = self.observe(source, again).await?;
        let still = seen.observation.missing(source, known);
        Arc::make_mut(&mut seen.observation).in_doubt = still.difference(&missing).cloned().collect();
        let (plan, report) = self.planned(source, known, &seen, spent);
        Ok((seen, plan, report))
    }

    async fn observe(&self, source: Source, reading: Reading) -> Result<Observed, ServiceError> {
        self.inner.sources.course(source)?;
        let Some(feed) = self.inner.sources.feed(source) else {
            let limits = Limits { brake_percent: 0, brake_minimum: 0 };
            return Ok(Observed { observation: Arc::default(), limits });
        };
        let now = self.inner.ambient.now();
        let mut observation = feed.directory.read(reading, now).await.map_err(Outage::Directory)?;
        self.leave_out_erased(&mut self.inner.storage.read().await?, source, &mut observation).await?;
        Ok(Observed { observation, limits: feed.config.limits })
    }
}

impl Services {
    /// Whoever was erased is in no plan.
    async fn leave_out_erased(
        &self,
        tx: &mut Tx,
        source: Source,
        observation: &mut Arc<sync::Observation>,
    ) -> Result<(), StorageError> {
        let tombs = storage::erasure::all(tx, source).await?;
        erasure::leave_out(observation, source, &self.inner.tombs, &tombs.into_iter().collect());
        Ok(())
    }
}

fn braked(brake: Brake) -> AuditEvent {
    let (would_suspend, allowed) = match brake {
        Brake::Empty { listed } => (listed, 0),
        Brake::TooMany { hit, allowed } => (hit, allowed),
        Brake::Doubtful { hit } => (hit, 0),
    };
    AuditEvent::DirectoryRunRefused { source: audit::Source::Ldap, would_suspend, allowed }
}

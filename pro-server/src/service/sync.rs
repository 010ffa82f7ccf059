//! Directory runs: read everybody, plan, and apply the whole plan in one change, or see what it would be.

use std::collections::BTreeMap;

use protocol::audit::{self, AuditEvent, Cause, Party, RunCounts};
use protocol::ids::{Hash32, MemberId};
use protocol::secret::Personal;
use protocol::time::Timestamp;
use protocol::tlog::{Leaf, member_commitment};

use crate::directory::ldap::Reading;
use crate::domain::access::{DirectoryRead, DirectoryRun, Grant};
use crate::domain::member::{Listing, Lock, Member, Source};
use crate::domain::sync::{self, Brake, Coverage, Plan, Seen, SkipReason};
use crate::domain::withheld::Withheld;
use crate::storage::member::NewMember;
use crate::storage::{self, StorageError};

use super::change::Change;
use super::published::Why;
use super::sources::Course;
use super::{Clash, Outage, ServiceError, Services};

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
    /// Why the plan is not carried out unless somebody says yes to exactly this one.
    pub brake: Option<Brake>,
}

/// How the last run ended, planned ones not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRun {
    pub at: Timestamp,
    pub outcome: Result<RunCounts, RunFailure>,
}

/// Why a run changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunFailure {
    Braked(Brake),
    /// The stable code of what failed.
    Failed(&'static str),
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
    pub(super) fn of(source: Source, plan: &Plan, known: &[Member]) -> Self {
        let logins: BTreeMap<MemberId, &str> = known.iter().map(|m| (m.id, m.profile.login.expose())).collect();
        let login = |id: &MemberId| Personal::from(logins.get(id).copied().unwrap_or_default());
        let added = plan.add.iter().map(|seen| (RunChange::Add, Personal::from(seen.profile.login.expose())));
        let updated = plan.update.iter().map(|(_, p)| (RunChange::Update, Personal::from(p.login.expose())));
        let restored = plan.restore.iter().map(|id| (RunChange::Resume, login(id)));
        let suspended = plan.suspend.iter().map(|id| (RunChange::Suspend, login(id)));
        let own = known.iter().filter(|member| member.source == source);
        let by_external: BTreeMap<_, MemberId> = own.map(|member| (&member.external_id, member.id)).collect();
        let skipped = plan.skipped.iter().map(|skipped| SkippedView {
            place: skipped.place,
            login: skipped.external_id.as_ref().and_then(|id| by_external.get(id)).map(login),
            reason: skipped.reason,
        });
        Self {
            counts: counts(plan),
            changes: added.chain(updated).chain(restored).chain(suspended).collect(),
            skipped: skipped.collect(),
            withheld: plan.withheld,
            digest: plan.digest(),
            brake: None,
        }
    }
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
struct Observed {
    observation: sync::Observation,
    limits: sync::Limits,
}

impl Services {
    /// What a run of this source would do now, and whether the brake would hold it; nothing is changed. Of a source that is
    /// configured no more everybody leaves.
    pub async fn plan_directory(&self, _: &Grant<DirectoryRead>, source: Source) -> Result<RunReport, ServiceError> {
        let seen = self.observe(source, Reading::Whole).await?;
        let known = storage::member::all(&mut self.inner.storage.begin().await?).await?;
        let planned = sync::plan(source, Coverage::Whole, &known, seen.observation, seen.limits);
        Ok(RunReport { brake: planned.brake, ..RunReport::of(source, &planned.plan, &known) })
    }

    /// One run: people added, changed, suspended with all their devices, in one change. Returns when it is durable and told.
    /// Another plan than the agreed one is refused as stale.
    pub async fn run_directory(
        &self,
        grant: &Grant<DirectoryRun>,
        source: Source,
        agreed: Agreed,
    ) -> Result<RunReport, ServiceError> {
        self.read_and_apply(grant, source, agreed, Reading::Whole).await
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
        let told = match &outcome {
            Ok(report) => Some(Ok(report.counts)),
            Err(ServiceError::Conflict(Clash::Brake(brake))) => Some(Err(RunFailure::Braked(*brake))),
            Err(ServiceError::Missing(_) | ServiceError::Conflict(_)) => None,
            Err(error) => Some(Err(RunFailure::Failed(error.code()))),
        };
        if let Some(outcome) = told {
            course.note(LastRun { at: self.inner.ambient.now(), outcome });
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
        let seen = self.observe(source, reading).await?;
        let mut change = self.inner.change().await?;
        let known = storage::member::all(&mut change.tx).await?;
        let planned = sync::plan(source, Coverage::Whole, &known, seen.observation, seen.limits);
        if let Agreed::Shown(digest) | Agreed::Despite(digest) = agreed
            && planned.plan.digest() != digest
        {
            return Err(Clash::Stale.into());
        }
        if let (Some(brake), Agreed::Any | Agreed::Shown(_)) = (planned.brake, agreed) {
            // The timer meets the same brake again and again: once is recorded.
            if refused.replace(brake) != Some(brake) || *grant.actor() != Party::Server {
                change.audit(braked(brake), None, grant.actor()).await?;
                change.commit(0..0).await?;
            }
            return Err(brake.into());
        }
        *refused = None;
        let plan = planned.plan;
        let report = RunReport::of(source, &plan, &known);
        if !plan.is_empty() {
            apply(&mut change, source, audit::Source::Ldap, &known, plan, grant.actor()).await?;
            change.commit(0..0).await?;
        }
        Ok(report)
    }

    async fn observe(&self, source: Source, reading: Reading) -> Result<Observed, ServiceError> {
        self.inner.sources.course(source)?;
        let Some(feed) = self.inner.sources.feed(source) else {
            let limits = sync::Limits { brake_percent: 0, brake_minimum: 0 };
            return Ok(Observed { observation: sync::Observation::default(), limits });
        };
        let now = self.inner.ambient.now();
        let observation = feed.directory.read(reading, now).await.map_err(Outage::Directory)?;
        Ok(Observed { observation, limits: feed.config.limits })
    }
}

fn braked(brake: Brake) -> AuditEvent {
    let (would_suspend, allowed) = match brake {
        Brake::Empty { listed } => (listed, 0),
        Brake::TooMany { would_suspend, allowed } => (would_suspend, allowed),
    };
    AuditEvent::DirectoryRunRefused { source: audit::Source::Ldap, would_suspend, allowed }
}

/// Applies a whole plan as part of `change`.
pub(super) async fn apply(
    change: &mut Change<'_>,
    source: Source,
    reader: audit::Source,
    known: &[Member],
    plan: Plan,
    actor: &Party,
) -> Result<(), StorageError> {
    change.audit(AuditEvent::DirectoryRun { source: reader, counts: counts(&plan) }, None, actor).await?;
    let known: BTreeMap<MemberId, &Member> = known.iter().map(|member| (member.id, member)).collect();
    for id in &plan.suspend {
        let lock = known.get(id).map_or(Lock::Open, |member| member.lock);
        suspend(change, *id, lock, actor).await?;
    }
    update(change, &known, &plan, actor).await?;
    for seen in &plan.add {
        add(change, source, seen, actor).await?;
    }
    Ok(())
}

async fn suspend(change: &mut Change<'_>, id: MemberId, lock: Lock, actor: &Party) -> Result<(), StorageError> {
    change.touch(id);
    storage::member::set_listing(&mut change.tx, id, Listing::Absent).await?;
    storage::code::withdraw(&mut change.tx, id).await?;
    if lock == Lock::Open {
        change.audit(AuditEvent::MemberSuspended { cause: Cause::Directory }, Some(id), actor).await?;
    }
    change.revoke_all(id, Cause::Directory, actor, Why::Suspended).await?;
    Ok(())
}

/// A login may move from one person to another in one run, so whoever changes logins lets go of the old one first.
async fn update(
    change: &mut Change<'_>,
    known: &BTreeMap<MemberId, &Member>,
    plan: &Plan,
    actor: &Party,
) -> Result<(), StorageError> {
    for id in plan.restore.iter().chain(plan.update.iter().map(|(id, _)| id)) {
        change.touch(*id);
    }
    let mut listed_again = plan.restore.clone();
    for (id, profile) in &plan.update {
        let moves = known.get(id).filter(|m| m.listing == Listing::Listed && m.profile.login != profile.login);
        if moves.is_some() {
            storage::member::set_listing(&mut change.tx, *id, Listing::Absent).await?;
            listed_again.push(*id);
        }
    }
    for (id, profile) in &plan.update {
        storage::member::set_profile(&mut change.tx, *id, profile).await?;
    }
    for id in listed_again {
        storage::member::set_listing(&mut change.tx, id, Listing::Listed).await?;
    }
    for id in plan.restore.iter().filter(|id| known.get(id).is_some_and(|member| member.lock == Lock::Open)) {
        change.audit(AuditEvent::MemberResumed { cause: Cause::Directory }, Some(*id), actor).await?;
    }
    Ok(())
}

async fn add(change: &mut Change<'_>, source: Source, seen: &Seen, actor: &Party) -> Result<(), StorageError> {
    let (id, log_salt) = change.draw_member();
    let commitment = member_commitment(&log_salt, id, seen.profile.login.expose());
    let (external_id, profile) = (&seen.external_id, &seen.profile);
    let member = NewMember { id, source, external_id, profile, log_salt, added: change.now };
    storage::member::insert(&mut change.tx, &member).await?;
    change.touch(id);
    change.leaf(&Leaf::MemberAdd { member: id, commitment }).await?;
    change.audit(AuditEvent::MemberAdded, Some(id), actor).await
}

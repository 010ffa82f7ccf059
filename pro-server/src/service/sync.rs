//! Directory runs: read everybody, plan, and apply the whole plan in one change, or see what it would be.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use protocol::audit::{self, AuditEvent, Cause, Party, RunCounts};
use protocol::ids::{Hash32, MemberId};
use protocol::secret::Personal;
use protocol::time::Timestamp;
use protocol::tlog::{Leaf, member_commitment};

use crate::domain::access::{DirectoryRead, DirectoryRun, Grant};
use crate::domain::member::{Listing, Lock, Member, Source};
use crate::domain::sync::{self, Brake, Coverage, Plan, Seen, SkipReason};
use crate::domain::withheld::Withheld;
use crate::storage::member::NewMember;
use crate::storage::{self, StorageError};

use super::change::Change;
use super::published::Why;
use super::{Clash, Outage, ServiceError, Services, Thing};

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
    /// The one that was looked at.
    Shown(Hash32),
}

impl RunReport {
    pub(super) fn of(plan: &Plan, known: &[Member]) -> Self {
        let logins: BTreeMap<MemberId, &str> = known.iter().map(|m| (m.id, m.profile.login.expose())).collect();
        let login = |id: &MemberId| Personal::from(logins.get(id).copied().unwrap_or_default());
        let added = plan.add.iter().map(|seen| (RunChange::Add, Personal::from(seen.profile.login.expose())));
        let updated = plan.update.iter().map(|(_, p)| (RunChange::Update, Personal::from(p.login.expose())));
        let restored = plan.restore.iter().map(|id| (RunChange::Resume, login(id)));
        let suspended = plan.suspend.iter().map(|id| (RunChange::Suspend, login(id)));
        let by_external: BTreeMap<_, MemberId> = known.iter().map(|m| (&m.external_id, m.id)).collect();
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
        }
    }
}

fn counts(plan: &Plan) -> RunCounts {
    let (added, resumed) = (plan.add.len() as u64, plan.restore.len() as u64);
    let changed = plan.update.len() as u64;
    let again_and_changed = plan.update.iter().filter(|(id, _)| plan.restore.contains(id)).count() as u64;
    RunCounts {
        seen: plan.unchanged + added + changed + resumed - again_and_changed,
        added,
        changed,
        suspended: plan.suspend.len() as u64,
        resumed,
        skipped: plan.skipped.len() as u64,
    }
}

impl Services {
    /// What a run would do now; nothing is changed. A brake is an error here too.
    pub async fn plan_directory(&self, _: &Grant<DirectoryRead>) -> Result<RunReport, ServiceError> {
        let (observation, limits) = self.observe().await?;
        let known = storage::member::all(&mut self.inner.storage.begin().await?).await?;
        let plan = sync::plan(Source::Ldap, Coverage::Whole, &known, observation, limits)?;
        Ok(RunReport::of(&plan, &known))
    }

    /// One run: people added, changed, suspended with all their devices, in one change. Returns when it is durable and told.
    /// Another plan than the agreed one is refused as stale.
    pub async fn run_directory(&self, grant: &Grant<DirectoryRun>, agreed: Agreed) -> Result<RunReport, ServiceError> {
        let outcome = self.run(grant, agreed).await;
        let told = match &outcome {
            Ok(report) => Some(Ok(report.counts)),
            Err(ServiceError::Conflict(Clash::Brake(brake))) => Some(Err(RunFailure::Braked(*brake))),
            Err(ServiceError::Missing(Thing::Directory) | ServiceError::Conflict(_)) => None,
            Err(error) => Some(Err(RunFailure::Failed(error.code()))),
        };
        if let Some(outcome) = told {
            let last = LastRun { at: self.inner.ambient.now(), outcome };
            *self.inner.last_run.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        }
        outcome
    }

    /// The last run since the start.
    pub fn last_run(&self) -> Option<LastRun> {
        *self.inner.last_run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, grant: &Grant<DirectoryRun>, agreed: Agreed) -> Result<RunReport, ServiceError> {
        let mut refused = self.inner.runs.lock().await;
        let (observation, limits) = self.observe().await?;
        let mut change = self.inner.change().await?;
        let known = storage::member::all(&mut change.tx).await?;
        let plan = match sync::plan(Source::Ldap, Coverage::Whole, &known, observation, limits) {
            Ok(plan) => plan,
            Err(brake) => {
                // The timer meets the same brake again and again: once is recorded.
                if refused.replace(brake) != Some(brake) || *grant.actor() != Party::Server {
                    change.audit(braked(brake), None, grant.actor()).await?;
                    change.commit(0..0).await?;
                }
                return Err(brake.into());
            }
        };
        if let Agreed::Shown(digest) = agreed
            && plan.digest() != digest
        {
            return Err(Clash::Stale.into());
        }
        *refused = None;
        let report = RunReport::of(&plan, &known);
        if !plan.is_empty() {
            apply(&mut change, Source::Ldap, audit::Source::Ldap, &known, plan, grant.actor()).await?;
            change.commit(0..0).await?;
        }
        Ok(report)
    }

    async fn observe(&self) -> Result<(sync::Observation, sync::Limits), ServiceError> {
        let (Some(ldap), Some(config)) = (&self.inner.ldap, &self.inner.ldap_config) else {
            return Err(ServiceError::Missing(Thing::Directory));
        };
        Ok((ldap.read_all().await.map_err(Outage::Directory)?, config.limits))
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

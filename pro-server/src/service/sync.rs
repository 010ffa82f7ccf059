//! Directory runs: read everybody, plan, and apply the whole plan in one change, or see what it would be.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use protocol::audit::{self, AuditEvent, Cause, Party, RunCounts};
use protocol::ids::{Hash32, MemberId};
use protocol::secret::Personal;
use protocol::tlog::{Leaf, member_commitment};

use crate::directory::ldap::Reading;
use crate::domain::access::{DirectoryRead, DirectoryRun, Grant};
use crate::domain::approval::Act;
use crate::domain::erasure;
use crate::domain::member::{ExternalId, Listing, Lock, Member, Source};
use crate::domain::person::Event;
use crate::domain::roll::Roll;
use crate::domain::run::{Consent, RunOutcome};
use crate::domain::sync::{self, Blast, Brake, Coverage, Limits, Measure, Plan, Seen, SkipReason};
use crate::domain::withheld::Withheld;
use crate::storage::member::NewMember;
use crate::storage::{self, StorageError};

use super::change::Change;
use super::runs;
use super::sources::Course;
use super::standing::happen;
use super::{Clash, Outage, ServiceError, Services};

/// After this time whoever was in doubt is looked for again.
const DOUBT_MS: u64 = 1_000;

/// New people who are stored together.
const ADDED_TOGETHER: usize = 4_096;

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
struct Observed {
    observation: Arc<sync::Observation>,
    limits: Limits,
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
            let source = self.origin(source).map(|origin| origin.name.to_string()).unwrap_or_default();
            // A plan is taken as it was shown or not at all, so the change that asks need not be the one that does.
            drop(self.gate(self.inner.change().await?, grant, Act::Run { source, plan }).await?);
        }
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
        let mut known = self.inner.roll().await;
        let spent = self.spent(&mut self.inner.storage.read().await?, source, self.inner.ambient.now()).await?;
        let (seen, mut plan, mut report) = self.looked_twice(source, reading, &known, spent).await?;
        let mut change = self.inner.change().await?;
        if !change.is_of(&known) {
            // Somebody else has changed people meanwhile.
            known = change.roll();
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
    fn planned(&self, source: Source, known: &Roll, seen: &Observed, spent: u64) -> (Plan, RunReport) {
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
        let tombs = storage::erasure::all(&mut self.inner.storage.read().await?, source).await?;
        erasure::leave_out(&mut observation, source, &self.inner.tombs, &tombs.into_iter().collect());
        Ok(Observed { observation, limits: feed.config.limits })
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

/// Applies a whole plan as part of `change`.
pub(super) async fn apply(
    change: &mut Change<'_>,
    source: Source,
    reader: audit::Source,
    known: &Roll,
    plan: Plan,
    actor: &Party,
) -> Result<(), ServiceError> {
    change.audit(AuditEvent::DirectoryRun { source: reader, counts: counts(&plan) }, None, actor).await?;
    for member in plan.suspend.iter().filter_map(|id| known.get(*id)) {
        happen(change, member, Event::Gone, Cause::Directory, actor).await?;
    }
    update(change, known, &plan, actor).await?;
    add(change, source, &plan.add, actor).await?;
    Ok(())
}

/// A login may move from one person to another in one run, so whoever changes logins lets go of the old one first.
async fn update(change: &mut Change<'_>, known: &Roll, plan: &Plan, actor: &Party) -> Result<(), ServiceError> {
    let mut listed_again = Vec::new();
    for (id, profile) in &plan.update {
        change.touch(*id);
        let moves = known.get(*id).filter(|m| m.listing == Listing::Listed && m.profile.login != profile.login);
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
    for member in plan.restore.iter().filter_map(|id| known.get(*id)) {
        happen(change, member, Event::Seen, Cause::Directory, actor).await?;
    }
    Ok(())
}

/// People who come for the first time: rows, leaves and entries of all of them, many at a time.
async fn add(change: &mut Change<'_>, source: Source, added: &[Seen], actor: &Party) -> Result<(), StorageError> {
    // In parts: what is on its way to the database is not in memory for everybody at once.
    for part in added.chunks(ADDED_TOGETHER) {
        let (mut members, mut leaves, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
        for seen in part {
            let (id, log_salt) = change.draw_member();
            let commitment = member_commitment(&log_salt, id, seen.profile.login.expose());
            let (external_id, profile) = (&seen.external_id, &seen.profile);
            let (listing, added) = (Listing::Listed, change.now);
            members.push(NewMember { id, source, external_id, profile, listing, log_salt, added });
            leaves.push(Leaf::MemberAdd { member: id, commitment });
            subjects.push(Party::Member(id));
            change.touch_new(Member {
                id,
                source,
                external_id: external_id.clone(),
                profile: Arc::clone(&seen.profile),
                listing,
                lock: Lock::Open,
                identity_key: None,
            });
        }
        storage::member::insert_all(&mut change.tx, &members).await?;
        change.leaves(&leaves).await?;
        change.audit_new(&AuditEvent::MemberAdded, &subjects, actor).await?;
    }
    Ok(())
}

//! Acts that need two people: asked for where they would have been done, agreed to by somebody else, done once. A second person
//! is needed in the service itself, so that console, API and commands are held alike. It must never do what was not shown to both.

mod acts;
mod words;

use std::collections::BTreeSet;
use std::sync::MutexGuard;

use protocol::audit::{AuditEvent, Party};
use protocol::ids::Hash32;
use protocol::time::Timestamp;

use crate::domain::access::{AdministratorWrite, ApprovalRead, Behind, Grant, Permission, Person};
use crate::domain::approval::{APPROVAL_LIFETIME_MS, Act, Losses, Outcome, Request, Undecidable, WAITING_MAX};
use crate::domain::policy::{Settings, is_inside};
use crate::storage::{Tx, administrator, approval, code, member as member_row};

use super::administrators::can_act;
use super::audit::PartyView;
use super::change::Change;
use super::{Clash, Denial, ServiceError, Services, Thing};

pub use acts::Yield;
use words::Depth;
pub use words::{ActView, Detail, RuleChange, SettingChange};

/// Decided requests that are shown, beside all that wait.
pub const APPROVALS_SHOWN: u32 = 100;
/// Owners who can sign in, before dangerous acts may need two people: one alone would wait forever.
const OWNERS_MIN: usize = 2;

/// A request as people see it.
#[derive(Debug, Clone)]
pub struct ApprovalView {
    pub number: u64,
    pub act: ActView,
    /// Salted SHA-256 of the act: what somebody agrees to names it.
    pub hash: Hash32,
    pub asker: PartyView,
    pub asked: Timestamp,
    pub expires: Timestamp,
    pub outcome: Outcome,
    pub decider: Option<PartyView>,
    pub decided: Option<Timestamp>,
}

/// All that is shown, and whether dangerous acts need two people.
#[derive(Debug, Clone)]
pub struct ApprovalsView {
    pub people: u8,
    pub requests: Vec<ApprovalView>,
    pub now: Timestamp,
}

impl Services {
    /// Lets a dangerous act go on as part of `change`, or keeps it for a second person and says under which number. Every such act
    /// comes by here, in the change that would do it: what was looked at before is what it is about. Nothing has been written by then.
    pub(super) async fn gate<'c, P: Permission>(
        &self,
        mut change: Change<'c>,
        grant: &Grant<P>,
        act: Act,
    ) -> Result<Change<'c>, ServiceError> {
        // Whoever agreed was asked when agreeing.
        if grant.behind() == Behind::One && !grant.proved().is_fresh(change.now) {
            return Err(Denial::SignInAgain.into());
        }
        let is_held = !matches!(grant.actor(), Party::Server) && grant.behind() == Behind::One;
        if !is_held || !approval::needs_two(&mut change.tx).await? {
            return Ok(change);
        }
        if matches!(grant.actor(), Party::Integration(_)) {
            return Err(Denial::TwoPeople.into());
        }
        let now = change.now;
        let pending = approval::pending(&mut change.tx, now).await?;
        if let Some(open) = pending.iter().find(|request| request.opens(grant.actor(), &act, now))
            && let Some(decider) = &open.decider
        {
            approval::decide(&mut change.tx, open.number, [Outcome::Open, Outcome::Done], decider, now).await?;
            return Ok(change);
        }
        Err(Denial::Waits(self.ask(change, &pending, grant.actor(), act).await?).into())
    }

    /// Whether such an act of this administrator would be kept for a second person now.
    pub(super) async fn would_wait<P: Permission>(&self, grant: &Grant<P>) -> Result<bool, ServiceError> {
        let is_person = !matches!(grant.actor(), Party::Server | Party::Integration(_));
        let asks = is_person && grant.behind() == Behind::One && grant.proved().is_fresh(self.inner.ambient.now());
        Ok(asks && approval::needs_two(&mut self.inner.storage.read().await?).await?)
    }

    /// The same for one more person who loses access, once somebody took it from many within a day.
    pub(super) async fn gate_loss<'c, P: Permission>(
        &self,
        change: Change<'c>,
        grant: &Grant<P>,
        act: Act,
    ) -> Result<Change<'c>, ServiceError> {
        let is_spent = self.losses().is_spent(grant.actor(), change.now);
        if is_spent { self.gate(change, grant, act).await } else { Ok(change) }
    }

    pub(super) fn losses(&self) -> MutexGuard<'_, Losses> {
        self.inner.losses.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps a request; the same one of the same person is kept once.
    async fn ask(
        &self,
        mut change: Change<'_>,
        pending: &[Request],
        asker: &Party,
        act: Act,
    ) -> Result<u64, ServiceError> {
        let now = change.now;
        let own: Vec<&Request> =
            pending.iter().filter(|known| known.asker == *asker && known.outcome == Outcome::Waits).collect();
        if let Some(known) = own.iter().find(|known| known.act == act) {
            return Ok(known.number);
        }
        if own.len() >= WAITING_MAX {
            return Err(Clash::TooManyWaiting.into());
        }
        let number = approval::next_number(&mut change.tx).await?;
        let (kind, salt) = (act.kind(), self.inner.ambient.bytes());
        let (asker, expires) = (asker.clone(), now.plus_ms(APPROVAL_LIFETIME_MS));
        let (outcome, decider, decided) = (Outcome::Waits, None, None);
        let request = Request { number, act, salt, asker, asked: now, expires, outcome, decider, decided };
        let hash = request.hash();
        approval::put(&mut change.tx, &request).await?;
        let event = AuditEvent::ApprovalAsked { number, act: kind, hash };
        change.audit_about(event, None, &request.asker).await?;
        change.commit(0..0).await?;
        Ok(number)
    }

    /// What waits, and then the newest of what was decided; newest first. Of somebody with a role over a group: what they asked for,
    /// and what is about the people or the rules of that group.
    pub async fn approvals(&self, grant: &Grant<ApprovalRead>) -> Result<ApprovalsView, ServiceError> {
        let (mut tx, now) = (self.inner.storage.read().await?, self.inner.ambient.now());
        let people = if approval::needs_two(&mut tx).await? { 2 } else { 1 };
        let mut found = approval::pending(&mut tx, now).await?;
        found.reverse();
        let pending: BTreeSet<u64> = found.iter().map(|request| request.number).collect();
        let newest = approval::newest(&mut tx, APPROVALS_SHOWN).await?;
        found.extend(newest.into_iter().filter(|request| !pending.contains(&request.number)));
        let mut requests = Vec::new();
        for request in found {
            if self.is_seen(&mut tx, grant, &request).await? {
                requests.push(self.shown_approval(&mut tx, grant.reach(), request, Depth::Short).await?);
            }
        }
        Ok(ApprovalsView { people, requests, now })
    }

    /// Whether somebody sees a request: their own always, and what is about the people or the rules within their reach.
    async fn is_seen(&self, tx: &mut Tx, grant: &Grant<ApprovalRead>, request: &Request) -> Result<bool, ServiceError> {
        let Some(own) = grant.reach().groups().filter(|_| request.asker != *grant.actor()) else { return Ok(true) };
        if let Act::Policy { based_on, settings } = &request.act {
            let Some(draft) = Settings::from_bytes(settings) else { return Ok(false) };
            let before = self.settings_before(tx, *based_on).await?;
            let changed = before.changed(&draft);
            return Ok(
                !changed.is_empty() && changed.iter().all(|scope| scope.is_some_and(|s| is_inside(s, Some(own))))
            );
        }
        let Some(member) = request.act.member() else { return Ok(false) };
        Ok(member_row::find(tx, member).await?.is_some_and(|member| grant.reach().holds(&member.profile.groups)))
    }

    /// One request.
    pub async fn approval(&self, grant: &Grant<ApprovalRead>, number: u64) -> Result<ApprovalView, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let request = approval::find(&mut tx, number).await?.ok_or(ServiceError::Missing(Thing::Approval))?;
        if !self.is_seen(&mut tx, grant, &request).await? {
            return Err(ServiceError::Missing(Thing::Approval));
        }
        self.shown_approval(&mut tx, grant.reach(), request, Depth::Whole).await
    }

    /// Agrees to exactly what was `shown`, as its hash says, and does it once. What does not fit any more is stale and not done.
    pub async fn approve(&self, who: &impl Person, number: u64, shown: Hash32) -> Result<Yield, ServiceError> {
        let mut change = self.inner.change().await?;
        let request = approval::find(&mut change.tx, number).await?.ok_or(ServiceError::Missing(Thing::Approval))?;
        self.may_decide(&mut change.tx, who, &request).await?;
        if !who.proved().is_fresh(change.now) {
            return Err(Denial::SignInAgain.into());
        }
        let agreed = request.agree(who, shown, change.now)?;
        let (by, now) = (who.party(), change.now);
        let next = if request.act.is_for_the_asker() { Outcome::Open } else { Outcome::Agreed };
        approval::decide(&mut change.tx, number, [Outcome::Waits, next], &by, now).await?;
        let event = AuditEvent::ApprovalGiven { number, hash: shown };
        change.audit_about(event, Some(&request.asker), &by).await?;
        change.commit(0..0).await?;
        if next == Outcome::Open {
            return Ok(Yield::Opened);
        }
        // From here on it cannot be agreed to again: whoever goes away now leaves it interrupted, and never done twice.
        let done = self.perform(who, &agreed, &request.act).await;
        let outcome = match &done {
            Ok(_) | Err(ServiceError::Conflict(Clash::NotCompacted)) => Outcome::Done,
            // Not known, or not possible just now: somebody asks again.
            Err(
                ServiceError::Unavailable(_)
                | ServiceError::Internal(_)
                | ServiceError::Conflict(Clash::BackupUnderWay),
            ) => Outcome::Agreed,
            Err(_) => Outcome::Stale,
        };
        // What it yields is told whether or not this can be noted.
        if let Err(error) = self.close_approval(&request, outcome, &by).await {
            tracing::error!(code = error.code(), "how an approved act ended could not be noted: {error}");
        }
        done
    }

    async fn close_approval(&self, request: &Request, outcome: Outcome, by: &Party) -> Result<(), ServiceError> {
        if outcome == Outcome::Agreed {
            return Ok(());
        }
        let (mut change, number) = (self.inner.change().await?, request.number);
        let now = change.now;
        approval::decide(&mut change.tx, number, [Outcome::Agreed, outcome], by, now).await?;
        if outcome == Outcome::Stale {
            change.audit_about(AuditEvent::ApprovalStale { number }, Some(&request.asker), by).await?;
            change.commit(0..0).await?;
        } else {
            change.set_aside().await?;
        }
        Ok(())
    }

    /// Refuses a request, or takes back one's own.
    pub async fn refuse_approval(&self, who: &impl Person, number: u64) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let request = approval::find(&mut change.tx, number).await?.ok_or(ServiceError::Missing(Thing::Approval))?;
        let by = who.party();
        if request.asker != by {
            self.may_decide(&mut change.tx, who, &request).await?;
        }
        request.refuse(change.now)?;
        let now = change.now;
        approval::decide(&mut change.tx, number, [Outcome::Waits, Outcome::Refused], &by, now).await?;
        change.audit_about(AuditEvent::ApprovalRefused { number }, Some(&request.asker), &by).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// From now on dangerous acts need two people. There have to be two.
    pub async fn need_two_people(&self, grant: &Grant<AdministratorWrite>) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        if approval::needs_two(&mut change.tx).await? {
            return Ok(());
        }
        let all = administrator::all(&mut change.tx).await?;
        if all.iter().filter(|row| can_act(row)).count() < OWNERS_MIN {
            return Err(Clash::TooFewOwners.into());
        }
        approval::need_two(&mut change.tx).await?;
        // Nobody becomes two people, or somebody else, by a link or code that one of them made before.
        let now = change.now;
        administrator::withdraw_links(&mut change.tx, now).await?;
        code::withdraw_of_known(&mut change.tx).await?;
        change.audit(AuditEvent::QuorumSet { people: 2 }, None, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// From now on nothing needs two people; this last time it does.
    pub async fn need_one_person(&self, grant: &Grant<AdministratorWrite>) -> Result<(), ServiceError> {
        let mut change = self.gate(self.inner.change().await?, grant, Act::QuorumOff).await?;
        if !approval::needs_two(&mut change.tx).await? {
            return Ok(());
        }
        approval::need_one(&mut change.tx).await?;
        change.audit(AuditEvent::QuorumSet { people: 1 }, None, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}

impl From<Undecidable> for ServiceError {
    fn from(refused: Undecidable) -> Self {
        match refused {
            Undecidable::Oneself => Denial::OwnRequest.into(),
            Undecidable::Decided => Clash::Decided.into(),
            Undecidable::Expired => Clash::RequestExpired.into(),
            Undecidable::OtherAct => Clash::Stale.into(),
        }
    }
}

//! Acts that need two people: asked for where they would have been done, agreed to by somebody else, done once. A second person
//! is needed in the service itself, so that console, API and commands are held alike. It must never do what was not shown to both.

mod acts;
mod words;

use std::sync::MutexGuard;

use protocol::audit::{AuditEvent, Party};
use protocol::ids::Hash32;
use protocol::time::Timestamp;

use crate::domain::access::{AdministratorWrite, ApprovalRead, Behind, Grant, Permission, Person};
use crate::domain::approval::{APPROVAL_LIFETIME_MS, Act, Losses, Outcome, Request, Undecidable, WAITING_MAX};
use crate::storage::{administrator, approval};

use super::administrators::can_act;
use super::audit::PartyView;
use super::{Clash, Denial, ServiceError, Services, Thing};

pub use acts::Yield;
pub use words::ActView;

/// Decided and undecided requests that are shown.
pub const APPROVALS_SHOWN: u32 = 100;
/// Owners who can sign in, before dangerous acts may need two people: one alone would wait forever.
const OWNERS_MIN: usize = 2;

/// A request as people see it.
#[derive(Debug, Clone)]
pub struct ApprovalView {
    pub number: u64,
    pub act: ActView,
    /// SHA-256 of the act: what somebody agrees to names it.
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
    /// Lets a dangerous act go on, or keeps it for a second person and says under which number. Every such act comes by here.
    pub(super) async fn gate<P: Permission>(&self, grant: &Grant<P>, act: Act) -> Result<(), ServiceError> {
        let is_held = !matches!(grant.actor(), Party::Server) && grant.behind() == Behind::One;
        if !is_held || !approval::needs_two(&mut self.inner.storage.read().await?).await? {
            return Ok(());
        }
        if matches!(grant.actor(), Party::Integration(_)) {
            return Err(Denial::TwoPeople.into());
        }
        Err(Denial::Waits(self.ask(grant.actor(), act).await?).into())
    }

    /// The same for one more person who loses access, once somebody took it from many within a day.
    pub(super) async fn gate_loss<P: Permission>(&self, grant: &Grant<P>, act: Act) -> Result<(), ServiceError> {
        let now = self.inner.ambient.now();
        if self.losses().is_spent(grant.actor(), now) { self.gate(grant, act).await } else { Ok(()) }
    }

    pub(super) fn losses(&self) -> MutexGuard<'_, Losses> {
        self.inner.losses.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps a request; the same one of the same person is kept once.
    async fn ask(&self, asker: &Party, act: Act) -> Result<u64, ServiceError> {
        let mut change = self.inner.change().await?;
        let now = change.now;
        let waiting = approval::waiting(&mut change.tx, now).await?;
        if let Some(known) = waiting.iter().find(|known| known.asker == *asker && known.act == act) {
            return Ok(known.number);
        }
        if waiting.len() >= WAITING_MAX {
            return Err(Clash::TooManyWaiting.into());
        }
        let number = approval::next_number(&mut change.tx).await?;
        let (kind, hash) = (act.kind(), act.hash());
        let (asker, expires) = (asker.clone(), now.plus_ms(APPROVAL_LIFETIME_MS));
        let (outcome, decider, decided) = (Outcome::Waits, None, None);
        let request = Request { number, act, asker, asked: now, expires, outcome, decider, decided };
        approval::put(&mut change.tx, &request).await?;
        let event = AuditEvent::ApprovalAsked { number, act: kind, hash };
        change.audit_about(event, None, &request.asker).await?;
        change.commit(0..0).await?;
        Ok(number)
    }

    /// The newest requests, newest first.
    pub async fn approvals(&self, _: &Grant<ApprovalRead>) -> Result<ApprovalsView, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let people = if approval::needs_two(&mut tx).await? { 2 } else { 1 };
        let mut requests = Vec::new();
        for request in approval::newest(&mut tx, APPROVALS_SHOWN).await? {
            requests.push(self.shown_approval(&mut tx, request).await?);
        }
        Ok(ApprovalsView { people, requests, now: self.inner.ambient.now() })
    }

    /// One request.
    pub async fn approval(&self, _: &Grant<ApprovalRead>, number: u64) -> Result<ApprovalView, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let request = approval::find(&mut tx, number).await?.ok_or(ServiceError::Missing(Thing::Approval))?;
        self.shown_approval(&mut tx, request).await
    }

    /// Agrees to exactly what was `shown`, as its hash says, and does it once. What does not fit any more is stale and not done.
    pub async fn approve(&self, who: &impl Person, number: u64, shown: Hash32) -> Result<Yield, ServiceError> {
        let mut change = self.inner.change().await?;
        let request = approval::find(&mut change.tx, number).await?.ok_or(ServiceError::Missing(Thing::Approval))?;
        self.may_decide(who, &request.act)?;
        let agreed = request.agree(who, shown, change.now)?;
        let (by, now) = (who.party(), change.now);
        approval::decide(&mut change.tx, number, [Outcome::Waits, Outcome::Agreed], &by, now).await?;
        let event = AuditEvent::ApprovalGiven { number, hash: shown };
        change.audit_about(event, Some(&request.asker), &by).await?;
        change.commit(0..0).await?;
        // From here on it cannot be agreed to again. Whoever goes away now stops nothing.
        let done = self.perform(who, &agreed, &request.act).await;
        let outcome = match &done {
            Ok(_) => Outcome::Done,
            Err(_) => Outcome::Stale,
        };
        let mut change = self.inner.change().await?;
        approval::decide(&mut change.tx, number, [Outcome::Agreed, outcome], &by, now).await?;
        if outcome == Outcome::Stale {
            change.audit_about(AuditEvent::ApprovalStale { number }, Some(&request.asker), &by).await?;
            change.commit(0..0).await?;
        } else {
            change.set_aside().await?;
        }
        done
    }

    /// Refuses a request, or takes back one's own.
    pub async fn refuse_approval(&self, who: &impl Person, number: u64) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let request = approval::find(&mut change.tx, number).await?.ok_or(ServiceError::Missing(Thing::Approval))?;
        let by = who.party();
        if request.asker != by {
            self.may_decide(who, &request.act)?;
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
        change.audit(AuditEvent::QuorumSet { people: 2 }, None, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// From now on nothing needs two people; this last time it does.
    pub async fn need_one_person(&self, grant: &Grant<AdministratorWrite>) -> Result<(), ServiceError> {
        self.gate(grant, Act::QuorumOff).await?;
        let mut change = self.inner.change().await?;
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

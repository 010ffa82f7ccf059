//! Acts that need two people, as the console shows them.

use admin_console::api::{
    Administrator, ApiError, ApprovalDetail, ApprovalState, ApprovalView, ApprovalYield, ApprovalsView, Denial,
    EnrollmentCode, Invitation, Quorum, RuleBecomes, RuleChange,
};
use protocol::ids::Hash32;
use protocol::time::Timestamp;

use super::Desk;
use super::audit::party;
use super::refusal::refused;
use crate::domain::access::{ApprovalRead, SignedIn};
use crate::domain::approval::Outcome;
use crate::service::approvals::{self, Detail, Yield};
use crate::service::policy::ORGANIZATION;

fn state(outcome: Outcome, expires: Timestamp, now: Timestamp) -> ApprovalState {
    match outcome {
        Outcome::Waits if now < expires => ApprovalState::Waiting,
        Outcome::Waits => ApprovalState::Expired,
        Outcome::Agreed => ApprovalState::Interrupted,
        Outcome::Done => ApprovalState::Done,
        Outcome::Refused => ApprovalState::Refused,
        Outcome::Stale => ApprovalState::Stale,
        Outcome::Open => ApprovalState::Open,
    }
}

fn detail(detail: Detail) -> ApprovalDetail {
    let setting = match detail {
        Detail::Text(text) => return ApprovalDetail::Text(text),
        Detail::Roles(roles) => return ApprovalDetail::Roles(roles),
        Detail::Scope(scope) => return ApprovalDetail::Scope(scope),
        Detail::Setting(setting) => setting,
    };
    let becomes = match setting.change {
        approvals::RuleChange::Value(values) => RuleBecomes::Value(values),
        approvals::RuleChange::Lock { is_locked: true } => RuleBecomes::Locked,
        approvals::RuleChange::Lock { is_locked: false } => RuleBecomes::Open,
    };
    let scope = Some(setting.scope).filter(|scope| scope.expose() != ORGANIZATION);
    ApprovalDetail::Rule(RuleChange { scope, key: setting.key, becomes })
}

fn view(request: approvals::ApprovalView, now: Timestamp) -> ApprovalView {
    ApprovalView {
        number: request.number,
        act: request.act.word,
        details: request.act.details.into_iter().map(|(what, told)| (what, detail(told))).collect(),
        digest: request.hash,
        asker: party(request.asker),
        asked: request.asked,
        expires: request.expires,
        state: state(request.outcome, request.expires, now),
        decider: request.decider.map(party),
        decided: request.decided,
    }
}

impl Desk {
    pub(super) fn person(&self, who: &Administrator) -> Result<SignedIn, ApiError> {
        self.services.signed_in(who.session).ok_or(ApiError::Denied(Denial::Role))
    }

    pub(super) async fn approvals_seen(&self, who: &Administrator) -> Result<ApprovalsView, ApiError> {
        let seen = self.services.approvals(&self.grant::<ApprovalRead>(who)?).await.map_err(refused)?;
        let quorum = if seen.people > 1 { Quorum::Two } else { Quorum::One };
        let requests = seen.requests.into_iter().map(|request| view(request, seen.now)).collect();
        Ok(ApprovalsView { quorum, requests })
    }

    pub(super) async fn approval_seen(&self, who: &Administrator, number: u64) -> Result<ApprovalView, ApiError> {
        let found = self.services.approval(&self.grant::<ApprovalRead>(who)?, number).await.map_err(refused)?;
        Ok(view(found, self.services.now()))
    }

    pub(super) async fn approved(
        &self,
        who: &Administrator,
        number: u64,
        digest: Hash32,
    ) -> Result<ApprovalYield, ApiError> {
        let done = self.services.approve(&self.person(who)?, number, digest).await.map_err(refused)?;
        self.told().await;
        Ok(match done {
            Yield::Nothing => ApprovalYield::Nothing,
            Yield::Opened => ApprovalYield::Opened,
            Yield::Link(made) => {
                let link = self.url.set_up_link(&made.token);
                ApprovalYield::Link(Invitation { link, roles: made.roles, expires: made.expires })
            }
            Yield::Code(made) => {
                let person = self.person_called(who, made.login.expose()).await?;
                let link = self.url.enrollment_link(self.services.fingerprint(), made.code);
                ApprovalYield::Code(EnrollmentCode { person, link, expires: made.expires })
            }
        })
    }

    pub(super) async fn approval_refused(&self, who: &Administrator, number: u64) -> Result<(), ApiError> {
        self.services.refuse_approval(&self.person(who)?, number).await.map_err(refused)
    }

    pub(super) async fn quorum_set(&self, who: &Administrator, quorum: Quorum) -> Result<(), ApiError> {
        let grant = self.grant(who)?;
        match quorum {
            Quorum::Two => self.services.need_two_people(&grant).await,
            Quorum::One => self.services.need_one_person(&grant).await,
        }
        .map_err(refused)
    }
}

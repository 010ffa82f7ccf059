//! An organization in memory: the second implementation of the port, for tests and the preview. It behaves as the server does
//! where a page can tell the difference. It must never serve anybody: its password and code are written below.

mod accounts;
pub mod approvals;
mod audit;
mod cards;
pub mod import;
mod integrations;
mod people;
mod policy;
pub mod providers;
pub mod sample;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use protocol::audit::{AuditEvent, Cause};
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::policy::{Policy, Version};
use protocol::secret::{Personal, Secret};
use protocol::time::DAY_MS;

use crate::api::*;

pub use state::State;
use state::party;

/// Every account's password.
pub const PASSWORD: &str = "correct horse battery staple";
/// Every account's code.
pub const CODE: &str = "123456";
/// The one-time link of the first owner.
pub const LINK: &str = "first-owner";

/// The organization; a shared one is put into an `Arc`.
pub struct Fake {
    state: Mutex<State>,
}

impl Fake {
    pub fn new(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    /// Looks at or changes what there is; for tests.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What every method starts with.
    fn up(&self) -> Result<MutexGuard<'_, State>, ApiError> {
        let state = self.state();
        match &state.outage {
            Some(outage) => Err(outage.clone()),
            None => Ok(state),
        }
    }

    /// What needs a right starts with.
    fn with(&self, who: &Administrator, right: Right) -> Result<MutexGuard<'_, State>, ApiError> {
        let state = self.up()?;
        if who.rights.has(right) { Ok(state) } else { Err(Denial::Role.into()) }
    }
}

#[async_trait]
impl AdminApi for Fake {
    async fn look_up_link(&self, token: &Secret<String>) -> Result<SetUp, ApiError> {
        let state = self.up()?;
        let (_, id) = state.links.iter().find(|(link, _)| link == token.expose()).ok_or(Denial::Link)?;
        let row = state.accounts.iter().find(|row| row.id == *id).ok_or(Denial::Link)?;
        let reason = match &row.login {
            Some(login) => SetUpReason::Reset { login: login.clone() },
            None if token.expose() == LINK => SetUpReason::First,
            None => SetUpReason::Invited,
        };
        Ok(SetUp { expires: state.now.plus_ms(DAY_MS), ..sample::set_up(reason, &row.roles) })
    }

    async fn set_up(&self, token: &Secret<String>, account: NewAdministrator) -> Result<Session, ApiError> {
        accounts::set_up(&mut *self.up()?, token, &account)
    }

    async fn sign_in(&self, credentials: Credentials) -> Result<Session, ApiError> {
        accounts::sign_in(&mut *self.up()?, &credentials)
    }

    async fn session(&self, token: &SessionToken) -> Result<Option<Administrator>, ApiError> {
        let state = self.up()?;
        let found = state.sessions.iter().find(|(known, _)| known == token.expose());
        Ok(found.and_then(|(_, id)| state.administrator(*id)))
    }

    fn providers(&self) -> Vec<ProviderView> {
        providers::known()
    }

    async fn begin_provider_sign_in(&self, provider: &str, _: Option<Origin>) -> Result<ProviderSignIn, ApiError> {
        drop(self.up()?);
        providers::begin(provider)
    }

    async fn finish_provider_sign_in(&self, token: &SignInToken, answer: ProviderAnswer) -> Result<Arrival, ApiError> {
        providers::finish(&mut *self.up()?, token, &answer)
    }

    async fn link_administrator(
        &self,
        who: &Administrator,
        account: AdministratorId,
        provider: &str,
        subject: &Personal<String>,
    ) -> Result<(), ApiError> {
        providers::link(&mut *self.with(who, Right::AdministratorsChange)?, account, provider, subject)
    }

    async fn unlink_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        providers::unlink(&mut *self.with(who, Right::AdministratorsChange)?, account)
    }

    async fn sign_out(&self, token: &SessionToken) -> Result<(), ApiError> {
        self.up()?.sessions.retain(|(known, _)| known != token.expose());
        Ok(())
    }

    async fn sessions(&self, who: &Administrator) -> Result<SessionsView, ApiError> {
        Ok(accounts::sessions(&self.state(), who))
    }

    async fn end_session(&self, who: &Administrator, session: Hash32) -> Result<(), ApiError> {
        accounts::end_session(&mut self.state(), who, session)
    }

    async fn change_password(&self, who: &Administrator, typed: &PasswordChange) -> Result<BrowserToken, ApiError> {
        accounts::change_password(&mut *self.up()?, who, typed)
    }

    async fn administrators(&self, who: &Administrator) -> Result<Vec<AdministratorView>, ApiError> {
        Ok(self.with(who, Right::AdministratorsSee)?.accounts.clone())
    }

    async fn invite_administrator(&self, who: &Administrator, roles: &[Assignment]) -> Result<Invitation, ApiError> {
        Ok(accounts::invite(&mut *self.with(who, Right::AdministratorsChange)?, roles))
    }

    async fn assign_roles(
        &self,
        who: &Administrator,
        account: AdministratorId,
        roles: &[Assignment],
    ) -> Result<(), ApiError> {
        let mut state = self.with(who, Right::AdministratorsChange)?;
        if account == who.id {
            return Err(Clash::Oneself.into());
        }
        let row = state.accounts.iter_mut().find(|row| row.id == account);
        row.ok_or(ApiError::Missing(Thing::Administrator))?.roles = roles.to_vec();
        state.sessions.retain(|(_, id)| *id != account);
        Ok(())
    }

    async fn remove_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        let mut state = self.with(who, Right::AdministratorsChange)?;
        if account == who.id {
            return Err(Clash::Oneself.into());
        }
        accounts::remove(&mut state, account)
    }

    async fn removed_administrators(&self, who: &Administrator) -> Result<Vec<RemovedAdministrator>, ApiError> {
        Ok(self.with(who, Right::PersonErase)?.removed.clone())
    }

    async fn erase_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<Erased, ApiError> {
        accounts::erase(&mut *self.with(who, Right::PersonErase)?, who, account)
    }

    async fn approvals(&self, who: &Administrator) -> Result<ApprovalsView, ApiError> {
        Ok(self.with(who, Right::ApprovalsSee)?.approvals.clone())
    }

    async fn approval(&self, who: &Administrator, number: u64) -> Result<ApprovalView, ApiError> {
        approvals::of(&mut *self.with(who, Right::ApprovalsSee)?, number)
    }

    async fn approve(&self, who: &Administrator, number: u64, digest: Hash32) -> Result<ApprovalYield, ApiError> {
        approvals::approve(&mut *self.with(who, Right::ApprovalsDecide)?, who, number, digest)
    }

    async fn refuse_approval(&self, who: &Administrator, number: u64) -> Result<(), ApiError> {
        approvals::refuse(&mut *self.with(who, Right::ApprovalsDecide)?, who, number)
    }

    async fn set_quorum(&self, who: &Administrator, quorum: Quorum) -> Result<(), ApiError> {
        self.with(who, Right::AdministratorsChange)?.approvals.quorum = quorum;
        Ok(())
    }

    async fn overview(&self, _: &Administrator) -> Result<Overview, ApiError> {
        let state = self.up()?;
        Ok(sample::overview(&state, state.reach()))
    }

    async fn people(&self, who: &Administrator, query: &PeopleQuery) -> Result<PeoplePage, ApiError> {
        Ok(self.with(who, Right::PeopleSee)?.page(query))
    }

    async fn person(&self, who: &Administrator, person: MemberId) -> Result<PersonDetail, ApiError> {
        self.with(who, Right::PeopleSee)?.person(person).cloned()
    }

    async fn suspend_person(&self, who: &Administrator, person: MemberId) -> Result<(), ApiError> {
        people::suspend(&mut *self.with(who, Right::PeopleChange)?, who, person)
    }

    async fn export_person(&self, who: &Administrator, person: MemberId) -> Result<bytes::Bytes, ApiError> {
        people::export(&mut *self.with(who, Right::PersonExport)?, person)
    }

    async fn erase_person(&self, who: &Administrator, person: MemberId) -> Result<Erased, ApiError> {
        people::erase(&mut *self.with(who, Right::PersonErase)?, who, person)
    }

    async fn resume_person(&self, who: &Administrator, person: MemberId) -> Result<(), ApiError> {
        let mut state = self.with(who, Right::PeopleChange)?;
        let detail = state.person(person)?;
        if detail.person.standing != Standing::Locked {
            return Err(Clash::NotLocked.into());
        }
        detail.person.standing = Standing::Provisioned;
        let view = detail.person.clone();
        state.record(AuditEvent::MemberResumed { cause: Cause::Administrator }, Some(&view), party(who));
        Ok(())
    }

    async fn revoke_device(&self, who: &Administrator, person: MemberId, device: DeviceId) -> Result<(), ApiError> {
        let mut state = self.with(who, Right::DeviceRevoke)?;
        let now = state.now;
        let detail = state.person(person)?;
        let found = detail.devices.iter_mut().find(|row| row.id == device).ok_or(ApiError::Missing(Thing::Device))?;
        if found.state != DeviceState::Active {
            return Err(Clash::AlreadyRevoked.into());
        }
        found.state = DeviceState::Revoked { at: now };
        detail.person.devices = detail.person.devices.saturating_sub(1);
        let view = detail.person.clone();
        state.record(AuditEvent::DeviceRevoked { device, cause: Cause::Administrator }, Some(&view), party(who));
        Ok(())
    }

    async fn reset_identity(&self, who: &Administrator, person: MemberId) -> Result<EnrollmentCode, ApiError> {
        people::reset_identity(&mut *self.with(who, Right::CodeForAnybody)?, who, person)
    }

    async fn create_enrollment_code(&self, who: &Administrator, person: MemberId) -> Result<EnrollmentCode, ApiError> {
        people::create_code(&mut *self.with(who, Right::CodeForNewcomers)?, who, person)
    }

    async fn plan_import(&self, who: &Administrator, file: Vec<u8>) -> Result<ImportLook, ApiError> {
        drop(self.with(who, Right::PeopleImport)?);
        Ok(import::of(&file))
    }

    async fn run_import(&self, who: &Administrator, shown: Hash32) -> Result<RunReport, ApiError> {
        drop(self.with(who, Right::PeopleImport)?);
        let report = import::additions();
        if report.digest == shown { Ok(report) } else { Err(Clash::Stale.into()) }
    }

    async fn card_choices(&self, _: &Administrator) -> Result<CardChoices, ApiError> {
        Ok(cards::choices(&*self.up()?))
    }

    async fn create_cards(&self, who: &Administrator, order: &CardOrder) -> Result<Cards, ApiError> {
        Ok(cards::create(&mut *self.with(who, Right::CodeForAnybody)?, who, order))
    }

    async fn directory(&self, who: &Administrator) -> Result<DirectoryView, ApiError> {
        Ok(self.with(who, Right::DirectorySee)?.directory.clone())
    }

    async fn directory_runs(
        &self,
        _: &Administrator,
        source: Option<&str>,
        before: Option<u64>,
    ) -> Result<Vec<PastRun>, ApiError> {
        let runs = self.up()?.runs.clone();
        let is_meant = |run: &PastRun| {
            source.is_none_or(|source| run.source == source) && before.is_none_or(|before| run.position < before)
        };
        Ok(runs.into_iter().filter(is_meant).take(PAST_RUNS_ROWS).collect())
    }

    async fn plan_directory(&self, _: &Administrator, source: Option<&str>) -> Result<RunReport, ApiError> {
        let mut state = self.up()?;
        state.source(source)?;
        state.plan.clone()
    }

    async fn run_directory(
        &self,
        who: &Administrator,
        source: Option<&str>,
        shown: Hash32,
        consent: Consent,
    ) -> Result<RunReport, ApiError> {
        let mut state = self.with(who, Right::DirectoryRun)?;
        state.source(source)?;
        let report = state.plan.clone()?;
        if report.digest != shown {
            return Err(Clash::Stale.into());
        }
        if let (Some(brake), Consent::WithinTheBrake) = (report.brake, consent) {
            return Err(Clash::Brake(brake).into());
        }
        state.plan = Ok(sample::empty_plan());
        let run = LastRun { at: state.now, outcome: RunOutcome::Done(report.counts) };
        state.source(source)?.last_run = Some(run);
        Ok(report)
    }

    async fn integrations(&self, who: &Administrator) -> Result<IntegrationsView, ApiError> {
        Ok(self.with(who, Right::IntegrationsSee)?.providers.clone())
    }

    async fn add_integration(
        &self,
        who: &Administrator,
        scope: IntegrationScope,
        name: &str,
        days: u64,
    ) -> Result<NewIntegration, ApiError> {
        self.integration_added(who, scope, name, days)
    }

    async fn revoke_integration(&self, who: &Administrator, token: IntegrationId) -> Result<(), ApiError> {
        self.integration_revoked(who, token)
    }

    async fn release_push_brake(&self, who: &Administrator) -> Result<(), ApiError> {
        self.push_brake_released(who)
    }

    async fn policy(&self, who: &Administrator) -> Result<PolicyView, ApiError> {
        let state = self.with(who, Right::PolicySee)?;
        Ok(PolicyView { document: state.policy.clone(), reach: state.reach(), version_max: Version::current() })
    }

    async fn check_policy(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<(), ApiError> {
        self.policy_checked(who, draft, expected)
    }

    async fn publish_policy(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<PolicyView, ApiError> {
        self.policy_published(who, draft, expected)
    }

    async fn policy_desk(&self, who: &Administrator) -> Result<PolicyDesk, ApiError> {
        self.desk(who)
    }

    async fn draft_rule(&self, who: &Administrator, order: &RuleOrder) -> Result<(), ApiError> {
        self.rule_drafted(who, order)
    }

    async fn draft_version(&self, who: &Administrator, version: u64) -> Result<(), ApiError> {
        self.version_drafted(who, version)
    }

    async fn publish_draft(&self, who: &Administrator, mark: &str) -> Result<(), ApiError> {
        self.draft_published(who, mark)
    }

    async fn discard_draft(&self, who: &Administrator) -> Result<(), ApiError> {
        self.draft_discarded(who)
    }

    async fn audit(&self, who: &Administrator, position: AuditPosition) -> Result<AuditPage, ApiError> {
        self.audit_page(who, position)
    }

    async fn audit_state(&self, who: &Administrator) -> Result<AuditState, ApiError> {
        self.with(who, Right::AuditSee).map(|_| sample::audit_state())
    }

    async fn handover(&self, who: &Administrator) -> Result<Vec<StoredTable>, ApiError> {
        self.with(who, Right::AuditSee).map(|_| sample::stored())
    }

    async fn verify_audit(&self, _: &Administrator) -> Result<AuditVerdict, ApiError> {
        Ok(self.up()?.verdict.clone())
    }

    async fn export_audit(&self, _: &Administrator) -> Result<AuditExport, ApiError> {
        self.audit_exported()
    }
}

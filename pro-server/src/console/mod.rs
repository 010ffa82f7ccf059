//! The server behind the console's port: use cases, each through the grant that the administrator's role gives at this moment.
//! It decides nothing by itself, trusts no role that it is told, and knows neither SQL nor HTTP.

mod accounts;
mod approvals;
mod audit;
mod import;
mod integrations;
mod organization;
mod people;
mod policy;
mod providers;
mod refusal;

use std::net::SocketAddr;
use std::sync::Arc;

use admin_console::Site;
use admin_console::api::{
    AdminApi, Administrator, AdministratorId, AdministratorView, ApiError, ApprovalView, ApprovalYield, ApprovalsView,
    Arrival, Assignment, AuditExport, AuditPage, AuditPosition, AuditState, AuditVerdict, BrowserToken, CardChoices,
    CardOrder, Cards, Consent, Credentials, Denial, DirectoryView, EnrollmentCode, Erased, ImportLook, IntegrationId,
    IntegrationScope, IntegrationsView, Invitation, NewAdministrator, NewIntegration, Origin, Overview, PasswordChange,
    PastRun, PeoplePage, PeopleQuery, PersonDetail, PolicyDesk, PolicyView, ProviderAnswer, ProviderSignIn,
    ProviderView, Quorum, RemovedAdministrator, RuleOrder, RunReport, Session, SessionToken, SessionView, SessionsView,
    SetUp, SignInToken, StoredTable,
};
use async_trait::async_trait;
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::policy::Policy;
use protocol::secret::{Personal, Secret};
use protocol::time::{HOUR_MS, Timestamp};

use crate::clock::Ambient;
use crate::config::PublicUrl;
use crate::domain::access::{Grant, Permission, PolicyWrite};
use crate::domain::console::OpenSession;
use crate::service::Services;
use crate::tasks::bulletins::Announced;
use crate::tasks::hub::Hub;
use crate::tls::Shown;
pub use import::HeldFiles;
use refusal::refused;

const MINUTE_MS: u64 = 60 * 1_000;

/// What the console's requests reach.
pub struct Desk {
    pub services: Services,
    pub hub: Hub,
    pub announced: Announced,
    pub url: PublicUrl,
    pub shown: Arc<Shown>,
    pub ambient: Ambient,
    pub started: Timestamp,
    pub files: HeldFiles,
}

/// The names under which a browser may ask for the console: the public URL's, and those of the address that is listened on.
pub fn site(url: &PublicUrl, bound: SocketAddr) -> Site {
    let mut authorities = vec![url.authority().to_ascii_lowercase()];
    if bound.ip().is_loopback() || bound.ip().is_unspecified() {
        let local = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{}", bound.port()));
        authorities.extend(local);
    }
    if !bound.ip().is_unspecified() {
        authorities.push(bound.to_string());
    }
    for authority in &mut authorities {
        if let Some(host) = authority.strip_suffix(":443") {
            *authority = host.to_owned();
        }
    }
    authorities.dedup();
    Site { authorities }
}

impl Desk {
    /// The permission, if the administrator has a session at this moment and a role that has it.
    fn grant<P: Permission>(&self, who: &Administrator) -> Result<Grant<P>, ApiError> {
        let granted = self.services.signed_in(who.session).and_then(|signed_in| signed_in.grant().ok());
        granted.ok_or(ApiError::Denied(Denial::Role))
    }

    /// Whoever is suspended or revoked is out when the page comes.
    async fn told(&self) {
        self.announced.clone().all(&self.services).await;
    }

    /// Devices that have a session now.
    async fn connected(&self, devices: u64) -> Option<u64> {
        if devices < CONNECTED_DEVICES_MIN {
            return None;
        }
        self.hub.devices().await.ok().and_then(|count| u64::try_from(count).ok())
    }
}

/// In a smaller organization the number of connected devices would tell who is there.
const CONNECTED_DEVICES_MIN: u64 = 50;

#[async_trait]
impl AdminApi for Desk {
    async fn look_up_link(&self, token: &Secret<String>) -> Result<SetUp, ApiError> {
        self.looked_up(token).await
    }

    async fn set_up(&self, token: &Secret<String>, account: NewAdministrator) -> Result<Session, ApiError> {
        self.made(token, &account).await
    }

    async fn sign_in(&self, credentials: Credentials) -> Result<Session, ApiError> {
        self.entered(&credentials).await
    }

    fn providers(&self) -> Vec<ProviderView> {
        self.offered()
    }

    async fn begin_provider_sign_in(&self, provider: &str, origin: Option<Origin>) -> Result<ProviderSignIn, ApiError> {
        self.sent(provider, origin).await
    }

    async fn finish_provider_sign_in(&self, token: &SignInToken, answer: ProviderAnswer) -> Result<Arrival, ApiError> {
        self.arrived(token, answer).await
    }

    async fn link_administrator(
        &self,
        who: &Administrator,
        account: AdministratorId,
        provider: &str,
        subject: &Personal<String>,
    ) -> Result<(), ApiError> {
        self.linked(who, account, provider, subject).await
    }

    async fn unlink_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        self.unlinked(who, account).await
    }

    async fn session(&self, token: &SessionToken) -> Result<Option<Administrator>, ApiError> {
        let Some(who) = self.services.resume(token) else { return Ok(None) };
        let login = self.services.administrator_name(&who).await.map_err(refused)?;
        Ok(Some(accounts::administrator(&who, login)))
    }

    async fn sign_out(&self, token: &SessionToken) -> Result<(), ApiError> {
        self.services.sign_out(token);
        Ok(())
    }

    async fn sessions(&self, who: &Administrator) -> Result<SessionsView, ApiError> {
        let open = self.services.sessions(&self.person(who)?).await.map_err(refused)?;
        let view = |(open, login): (OpenSession, _)| SessionView {
            id: open.id,
            login,
            opened: open.opened,
            used: open.used,
            is_from_provider: open.is_from_provider,
        };
        let lasting = self.services.session_lasting();
        let (idle_minutes, longest_hours) = (lasting.idle_ms / MINUTE_MS, lasting.lifetime_ms / HOUR_MS);
        Ok(SessionsView { open: open.into_iter().map(view).collect(), idle_minutes, longest_hours })
    }

    async fn end_session(&self, who: &Administrator, session: Hash32) -> Result<(), ApiError> {
        self.services.end_session(&self.person(who)?, session).await.map_err(refused)
    }

    async fn change_password(&self, who: &Administrator, typed: &PasswordChange) -> Result<BrowserToken, ApiError> {
        self.password_changed(who, typed).await
    }

    async fn administrators(&self, who: &Administrator) -> Result<Vec<AdministratorView>, ApiError> {
        self.listed(who).await
    }

    async fn invite_administrator(&self, who: &Administrator, roles: &[Assignment]) -> Result<Invitation, ApiError> {
        self.invited(who, roles).await
    }

    async fn assign_roles(
        &self,
        who: &Administrator,
        account: AdministratorId,
        roles: &[Assignment],
    ) -> Result<(), ApiError> {
        self.assigned(who, account, roles).await
    }

    async fn remove_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        self.removed(who, account).await
    }

    async fn removed_administrators(&self, who: &Administrator) -> Result<Vec<RemovedAdministrator>, ApiError> {
        self.gone(who).await
    }

    async fn erase_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<Erased, ApiError> {
        self.forgotten(who, account).await
    }

    async fn approvals(&self, who: &Administrator) -> Result<ApprovalsView, ApiError> {
        self.approvals_seen(who).await
    }

    async fn approval(&self, who: &Administrator, number: u64) -> Result<ApprovalView, ApiError> {
        self.approval_seen(who, number).await
    }

    async fn approve(&self, who: &Administrator, number: u64, digest: Hash32) -> Result<ApprovalYield, ApiError> {
        self.approved(who, number, digest).await
    }

    async fn refuse_approval(&self, who: &Administrator, number: u64) -> Result<(), ApiError> {
        self.approval_refused(who, number).await
    }

    async fn set_quorum(&self, who: &Administrator, quorum: Quorum) -> Result<(), ApiError> {
        self.quorum_set(who, quorum).await
    }

    async fn overview(&self, who: &Administrator) -> Result<Overview, ApiError> {
        self.seen(who).await
    }

    async fn people(&self, who: &Administrator, query: &PeopleQuery) -> Result<PeoplePage, ApiError> {
        self.people_page(who, query).await
    }

    async fn person(&self, who: &Administrator, person: MemberId) -> Result<PersonDetail, ApiError> {
        self.person_detail(who, person).await
    }

    async fn suspend_person(&self, who: &Administrator, person: MemberId) -> Result<(), ApiError> {
        self.suspended(who, person).await
    }

    async fn resume_person(&self, who: &Administrator, person: MemberId) -> Result<(), ApiError> {
        self.resumed(who, person).await
    }

    async fn export_person(&self, who: &Administrator, person: MemberId) -> Result<bytes::Bytes, ApiError> {
        self.personal(who, person).await
    }

    async fn erase_person(&self, who: &Administrator, person: MemberId) -> Result<Erased, ApiError> {
        self.erased(who, person).await
    }

    async fn revoke_device(&self, who: &Administrator, person: MemberId, device: DeviceId) -> Result<(), ApiError> {
        self.revoked(who, person, device).await
    }

    async fn reset_identity(&self, who: &Administrator, person: MemberId) -> Result<EnrollmentCode, ApiError> {
        self.identity_reset(who, person).await
    }

    async fn create_enrollment_code(&self, who: &Administrator, person: MemberId) -> Result<EnrollmentCode, ApiError> {
        self.code(who, person).await
    }

    async fn plan_import(&self, who: &Administrator, file: Vec<u8>) -> Result<ImportLook, ApiError> {
        self.looked_at(who, file).await
    }

    async fn run_import(&self, who: &Administrator, shown: Hash32) -> Result<RunReport, ApiError> {
        self.imported(who, shown).await
    }

    async fn card_choices(&self, who: &Administrator) -> Result<CardChoices, ApiError> {
        self.choices_of_cards(who).await
    }

    async fn create_cards(&self, who: &Administrator, order: &CardOrder) -> Result<Cards, ApiError> {
        self.cards(who, order).await
    }

    async fn directory(&self, who: &Administrator) -> Result<DirectoryView, ApiError> {
        self.directory_view(who).await
    }

    async fn directory_runs(
        &self,
        who: &Administrator,
        source: Option<&str>,
        before: Option<u64>,
    ) -> Result<Vec<PastRun>, ApiError> {
        self.past_runs(who, source, before).await
    }

    async fn plan_directory(&self, who: &Administrator, source: Option<&str>) -> Result<RunReport, ApiError> {
        self.planned(who, source).await
    }

    async fn run_directory(
        &self,
        who: &Administrator,
        source: Option<&str>,
        shown: Hash32,
        consent: Consent,
    ) -> Result<RunReport, ApiError> {
        self.run(who, source, shown, consent).await
    }

    async fn integrations(&self, who: &Administrator) -> Result<IntegrationsView, ApiError> {
        self.programs(who).await
    }

    async fn add_integration(
        &self,
        who: &Administrator,
        scope: IntegrationScope,
        name: &str,
        days: u64,
    ) -> Result<NewIntegration, ApiError> {
        self.integration_added(who, scope, name, days).await
    }

    async fn revoke_integration(&self, who: &Administrator, token: IntegrationId) -> Result<(), ApiError> {
        self.integration_revoked(who, token).await
    }

    async fn release_push_brake(&self, who: &Administrator) -> Result<(), ApiError> {
        self.push_brake_released(who).await
    }

    async fn policy(&self, who: &Administrator) -> Result<PolicyView, ApiError> {
        self.policy_view(who).await
    }

    async fn check_policy(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<(), ApiError> {
        let draft = self.merged(who, draft)?;
        self.services.check_policy(&self.grant::<PolicyWrite>(who)?, &draft, expected).await.map_err(refused)
    }

    async fn publish_policy(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<PolicyView, ApiError> {
        self.published(who, draft, expected).await
    }

    async fn policy_desk(&self, who: &Administrator) -> Result<PolicyDesk, ApiError> {
        self.policy_table(who).await
    }

    async fn draft_rule(&self, who: &Administrator, order: &RuleOrder) -> Result<(), ApiError> {
        self.rule_drafted(who, order).await
    }

    async fn draft_version(&self, who: &Administrator, version: u64) -> Result<(), ApiError> {
        self.version_drafted(who, version).await
    }

    async fn publish_draft(&self, who: &Administrator, mark: &str) -> Result<(), ApiError> {
        self.draft_published(who, mark).await
    }

    async fn discard_draft(&self, who: &Administrator) -> Result<(), ApiError> {
        self.services.discard_policy_draft(&self.grant(who)?).await.map_err(refused)
    }

    async fn audit(&self, who: &Administrator, position: AuditPosition) -> Result<AuditPage, ApiError> {
        self.audit_page(who, position).await
    }

    async fn audit_state(&self, who: &Administrator) -> Result<AuditState, ApiError> {
        self.stands(who).await
    }

    async fn handover(&self, who: &Administrator) -> Result<Vec<StoredTable>, ApiError> {
        self.stored(who).await
    }

    async fn verify_audit(&self, who: &Administrator) -> Result<AuditVerdict, ApiError> {
        self.verified(who).await
    }

    async fn export_audit(&self, who: &Administrator) -> Result<AuditExport, ApiError> {
        self.exported(who).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        let named = |url: &str, bound: &str| {
            site(&PublicUrl::parse(url).expect("a URL"), bound.parse().expect("an address")).authorities
        };
        assert_eq!(named("https://Chat.Example", "192.0.2.7:443"), ["chat.example", "192.0.2.7"]);
        assert_eq!(named("https://chat.example:8443", "192.0.2.7:9"), ["chat.example:8443", "192.0.2.7:9"]);
        let local = named("https://chat.example:8443", "0.0.0.0:8443");
        assert_eq!(local, ["chat.example:8443", "localhost:8443", "127.0.0.1:8443", "[::1]:8443"]);
    }
}

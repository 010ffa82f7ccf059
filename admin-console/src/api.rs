//! The port between the console and the server: what an administrator can see and do. Two implementations: the server's, over
//! its use cases, and one in memory, for tests and the preview. It must never carry SQL, HTTP or words for people.
//!
//! Who owns what:
//!
//! | the console (this crate) | the implementation (the server) |
//! |---|---|
//! | routes, pages, forms, words, assets, language | accounts: password hash, TOTP (RFC 6238), one-time links |
//! | the session cookie: set at sign-in, cleared at sign-out | sessions: drawn, looked up, ended (idle, absolute, role changed, account removed) |
//! | security headers, the `Host` check against [`Site`](crate::Site), `Origin` and `Sec-Fetch-Site`, CSRF tokens | throttling of sign-in and set-up ([`Denial::TooMany`]) |
//! | hiding what a role may not do | refusing it ([`Denial::Role`]), through a grant, whatever was hidden |
//! | reading forms into these types | judging them ([`ApiError::Invalid`] names each field), the audit entry |
//!
//! The CSRF token is derived from the session's token by the console; the implementation keeps nothing for it. A set-up or
//! sign-in always draws a fresh session, so there is none to fixate. Times are the server's clock; the console has none.

mod account;
mod approvals;
mod audit;
mod cards;
mod error;
mod import;
mod integrations;
mod organization;
mod people;
mod policy;
mod rights;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::policy::Policy;
use protocol::secret::{Personal, Secret};

pub use account::{
    Administrator, AdministratorId, AdministratorView, Arrival, Assignment, BROWSER_TOKEN_BYTES, BrowserToken,
    Credentials, Invitation, NewAdministrator, Origin, PasswordChange, ProviderAnswer, ProviderSignIn, ProviderView,
    RemovedAdministrator, Role, SESSION_TOKEN_BYTES, Session, SessionToken, SessionView, SessionsView, SetUp,
    SetUpReason, SignInToken,
};
pub use approvals::{
    ApprovalDetail, ApprovalState, ApprovalView, ApprovalYield, ApprovalsView, Quorum, RuleBecomes, RuleChange,
};
pub use audit::{
    AuditCheck, AuditFault, AuditFinding, AuditMemory, AuditPage, AuditPosition, AuditState, AuditVerdict, AuditView,
    Erased, PartyView, SinkView, StoredTable, WitnessView,
};
pub use cards::{CardChoices, CardGroup, CardOrder, Cards, EarlierCodes, Waiting};
pub use error::{ApiError, Brake, Clash, Denial, Dependency, Field, FieldFault, FieldProblem, Thing};
pub use import::{BadLine, FileFault, ImportLook, ImportPreview, LineFault};
pub use integrations::{Integration, IntegrationId, IntegrationScope, IntegrationsView, NewIntegration, PushBrake};
pub use organization::{
    Consent, DirectoryKeyView, DirectoryView, KeyStanding, LastRun, Overview, PastRun, PastSkipped, PeopleCounts,
    PolicyView, Reach, RunChange, RunChangeKind, RunCounts, RunOutcome, RunReport, SkippedView, SourceState,
    SourceView,
};
pub use people::{
    DeviceState, DeviceView, EnrollmentCode, Neighbor, PeoplePage, PeoplePosition, PeopleQuery, PersonDetail,
    PersonView, Source, Standing,
};
pub use rights::{Right, Rights};

pub use policy::{DraftChange, Lock, PolicyDesk, PolicyDraft, PolicyVersion, RuleOrder, ScopedRule};

/// Rows of a page of people.
pub const PEOPLE_PAGE_ROWS: usize = 50;
/// Enrollment cards made at once.
pub const CARDS_MAX: usize = 200;
/// Rows of a page of directory runs.
pub const PAST_RUNS_ROWS: usize = 50;
/// Rows of a page of the audit.
pub const AUDIT_PAGE_ROWS: usize = 50;
/// Rows of changes and of skipped entries that a [`RunReport`] carries; its counts are always whole.
pub const RUN_ROWS_MAX: usize = 500;

/// Lines of an audit export, each with its line break, as they go into the file.
pub type AuditExport = BoxStream<'static, Result<bytes::Bytes, ApiError>>;

/// Whatever the console can show and do. `who` is the signed-in administrator of this very request, as [`AdminApi::session`]
/// returned it. Every method refuses with [`Denial::Role`] what no role of theirs may do, and shows only people within reach of
/// the roles: whoever is beyond is not there.
#[async_trait]
pub trait AdminApi: Send + Sync {
    // ── Accounts and sessions ────────────────────────────────────────────────────────────────────────────────────────

    /// What a one-time link is for, with the TOTP secret to enroll. The same token gives the same secret until it is spent.
    /// Unknown, spent or expired: [`Denial::Link`].
    async fn look_up_link(&self, token: &Secret<String>) -> Result<SetUp, ApiError>;

    /// Spends a one-time link: makes the account (or gives it a new password and TOTP) and signs in. `code` must be of the
    /// secret that [`AdminApi::look_up_link`] gave. After [`ApiError::Invalid`] the link is still good.
    async fn set_up(&self, token: &Secret<String>, account: NewAdministrator) -> Result<Session, ApiError>;

    /// Wrong name, password and code are told alike ([`Denial::Credentials`]) and take alike; a TOTP code counts once.
    async fn sign_in(&self, credentials: Credentials) -> Result<Session, ApiError>;

    /// The identity providers on the sign-in page. Asks no other machine.
    fn providers(&self) -> Vec<ProviderView>;

    /// Begins a sign-in with a provider ([`Thing::Provider`] when there is no such one).
    async fn begin_provider_sign_in(&self, provider: &str, origin: Option<Origin>) -> Result<ProviderSignIn, ApiError>;

    /// Ends it. The token counts once, whatever comes of it; an account that no owner has linked opens no session.
    async fn finish_provider_sign_in(&self, token: &SignInToken, answer: ProviderAnswer) -> Result<Arrival, ApiError>;

    /// Links an account at a provider to an administrator ([`Clash::Linked`] when either has one there).
    async fn link_administrator(
        &self,
        who: &Administrator,
        account: AdministratorId,
        provider: &str,
        subject: &Personal<String>,
    ) -> Result<(), ApiError>;

    /// Unlinks every account of an administrator; sessions that came from one end.
    async fn unlink_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError>;

    /// Who a session is, and takes note that it is in use. None when unknown, idle for too long, or ended.
    async fn session(&self, token: &SessionToken) -> Result<Option<Administrator>, ApiError>;

    /// Ends a session; an unknown one is fine.
    async fn sign_out(&self, token: &SessionToken) -> Result<(), ApiError>;

    /// One's own open sessions; of whoever sees the administrators, all.
    async fn sessions(&self, who: &Administrator) -> Result<SessionsView, ApiError>;

    /// Ends a session at once: one's own, or anybody's for whoever changes administrators.
    async fn end_session(&self, who: &Administrator, session: Hash32) -> Result<(), ApiError>;

    /// Another password of one's own: a wrong present one and a wrong code are told alike ([`Denial::Credentials`]), and an unfit new one
    /// is [`ApiError::Invalid`]. Other sessions of the account end; what the browser is known by from then on comes back.
    async fn change_password(&self, who: &Administrator, typed: &PasswordChange) -> Result<BrowserToken, ApiError>;

    /// Everybody who may sign in, by login, and links that wait to be spent.
    async fn administrators(&self, who: &Administrator) -> Result<Vec<AdministratorView>, ApiError>;

    /// Makes a one-time link with which somebody sets up an account with these roles.
    async fn invite_administrator(&self, who: &Administrator, roles: &[Assignment]) -> Result<Invitation, ApiError>;

    /// Gives an administrator exactly these roles; their sessions end. Nobody changes their own ([`Clash::Oneself`]), and the last
    /// owner stays one ([`Clash::LastOwner`]).
    async fn assign_roles(
        &self,
        who: &Administrator,
        account: AdministratorId,
        roles: &[Assignment],
    ) -> Result<(), ApiError>;

    /// Removes an account, or withdraws a link not spent yet; sessions end at once. Oneself and the last owner cannot be
    /// removed ([`Clash::LastOwner`], [`Clash::Oneself`]).
    async fn remove_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError>;

    /// Those who were removed and are not erased, the last one first.
    async fn removed_administrators(&self, who: &Administrator) -> Result<Vec<RemovedAdministrator>, ApiError>;

    /// Erases one of them: the name goes from everything that is kept, and it returns when that is so.
    async fn erase_administrator(&self, who: &Administrator, account: AdministratorId) -> Result<Erased, ApiError>;

    // ── Two people ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// What waits for a second person, and what was decided.
    async fn approvals(&self, who: &Administrator) -> Result<ApprovalsView, ApiError>;

    /// One request, expired and decided ones too.
    async fn approval(&self, who: &Administrator, number: u64) -> Result<ApprovalView, ApiError>;

    /// Agrees to exactly the act of this digest, which is then done once. Never by whoever asked ([`Denial::OwnRequest`]).
    async fn approve(&self, who: &Administrator, number: u64, digest: Hash32) -> Result<ApprovalYield, ApiError>;

    /// Refuses a request, or takes back one's own.
    async fn refuse_approval(&self, who: &Administrator, number: u64) -> Result<(), ApiError>;

    /// How many people dangerous acts need. Two only while there are two owners; back to one is a dangerous act itself.
    async fn set_quorum(&self, who: &Administrator, quorum: Quorum) -> Result<(), ApiError>;

    // ── The organization ─────────────────────────────────────────────────────────────────────────────────────────────

    /// The first page.
    async fn overview(&self, who: &Administrator) -> Result<Overview, ApiError>;

    // ── People and devices ───────────────────────────────────────────────────────────────────────────────────────────

    /// A page of people, at most [`PEOPLE_PAGE_ROWS`], in the order of (login, id).
    async fn people(&self, who: &Administrator, query: &PeopleQuery) -> Result<PeoplePage, ApiError>;

    /// One person with all devices, revoked ones included, newest first.
    async fn person(&self, who: &Administrator, person: MemberId) -> Result<PersonDetail, ApiError>;

    /// Suspends by hand: all devices are revoked and sessions end before this returns.
    async fn suspend_person(&self, who: &Administrator, person: MemberId) -> Result<(), ApiError>;

    /// Takes a suspension by hand back; the person enrolls again.
    async fn resume_person(&self, who: &Administrator, person: MemberId) -> Result<(), ApiError>;

    /// Everything that is kept about a person, as lines of JSON for that person.
    async fn export_person(&self, who: &Administrator, person: MemberId) -> Result<bytes::Bytes, ApiError>;

    /// Erases a person who takes part no more from everything that is kept; it returns when that is so. Somebody who takes part is
    /// [`Clash::Stale`].
    async fn erase_person(&self, who: &Administrator, person: MemberId) -> Result<Erased, ApiError>;

    /// Revokes one device of `person` for good. A device of somebody else is [`Thing::Device`] missing.
    async fn revoke_device(&self, who: &Administrator, person: MemberId, device: DeviceId) -> Result<(), ApiError>;

    /// Makes a one-time enrollment code; earlier codes of the person are worth nothing from then on.
    async fn create_enrollment_code(&self, who: &Administrator, person: MemberId) -> Result<EnrollmentCode, ApiError>;

    /// Ends a person's identity; the code is for a new device.
    async fn reset_identity(&self, who: &Administrator, person: MemberId) -> Result<EnrollmentCode, ApiError>;

    /// Reads a file of people and says what an import would do; changes nothing, and keeps the file in memory for a while.
    async fn plan_import(&self, who: &Administrator, file: Vec<u8>) -> Result<ImportLook, ApiError>;

    /// Takes the file that was looked at, if an import still does what was shown ([`RunReport::digest`]); else, or when it was too
    /// long ago, [`Clash::Stale`] and nothing changes.
    async fn run_import(&self, who: &Administrator, shown: Hash32) -> Result<RunReport, ApiError>;

    /// In which groups people wait for a first device.
    async fn card_choices(&self, who: &Administrator) -> Result<CardChoices, ApiError>;

    /// Makes enrollment codes for people without a device, all in one change; each with its own entry in the audit.
    async fn create_cards(&self, who: &Administrator, order: &CardOrder) -> Result<Cards, ApiError>;

    // ── Directory ────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Where people come from, and how the last run went. Asks no other machine.
    async fn directory(&self, who: &Administrator) -> Result<DirectoryView, ApiError>;

    /// How runs went, at most [`PAST_RUNS_ROWS`], newest first, of one source or of all, before a position if one is given.
    async fn directory_runs(
        &self,
        who: &Administrator,
        source: Option<&str>,
        before: Option<u64>,
    ) -> Result<Vec<PastRun>, ApiError>;

    /// Reads a source, by its name, and says what a run would do, and whether the brake would hold it; changes nothing. Without
    /// a name the only source is meant.
    async fn plan_directory(&self, who: &Administrator, source: Option<&str>) -> Result<RunReport, ApiError>;

    /// Runs, if the plan still is the one that was shown ([`RunReport::digest`]); else [`Clash::Stale`] and nothing changes.
    /// Without consent to it a brake is [`Clash::Brake`].
    async fn run_directory(
        &self,
        who: &Administrator,
        source: Option<&str>,
        shown: Hash32,
        consent: Consent,
    ) -> Result<RunReport, ApiError>;

    /// The tokens of programs, and how the brake of what providers push (SCIM) stands.
    async fn integrations(&self, who: &Administrator) -> Result<IntegrationsView, ApiError>;

    /// Makes a token that lives for so many days.
    async fn add_integration(
        &self,
        who: &Administrator,
        scope: IntegrationScope,
        name: &str,
        days: u64,
    ) -> Result<NewIntegration, ApiError>;

    /// Makes a token worthless at once.
    async fn revoke_integration(&self, who: &Administrator, token: IntegrationId) -> Result<(), ApiError>;

    /// Lets providers take access from people again, beyond what they may in a day.
    async fn release_push_brake(&self, who: &Administrator) -> Result<(), ApiError>;

    // ── Policy ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The policy in force and whom it reaches.
    async fn policy(&self, who: &Administrator) -> Result<PolicyView, ApiError>;

    /// Checks a draft made from version `expected` without publishing it; the same refusals as
    /// [`AdminApi::publish_policy`].
    async fn check_policy(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<(), ApiError>;

    /// Publishes a draft made from version `expected`; another version in force is [`Clash::Stale`].
    async fn publish_policy(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<PolicyView, ApiError>;

    /// Rules for groups and persons, the draft, and the newest versions. Of somebody with a role over a group: what is set for
    /// everybody and for that group, a draft of their own, and the versions that changed any of it.
    async fn policy_desk(&self, who: &Administrator) -> Result<PolicyDesk, ApiError>;

    /// Puts one rule into the draft; a draft is begun from what is in force where there is none. Nobody is affected. What is beyond
    /// reach is no scope.
    async fn draft_rule(&self, who: &Administrator, order: &RuleOrder) -> Result<(), ApiError>;

    /// What a version said within reach becomes the draft.
    async fn draft_version(&self, who: &Administrator, version: u64) -> Result<(), ApiError>;

    /// Publishes the draft as it was shown ([`PolicyDraft::changed`]); another one meanwhile is [`Clash::Stale`].
    async fn publish_draft(&self, who: &Administrator, mark: &str) -> Result<(), ApiError>;

    /// Forgets the draft.
    async fn discard_draft(&self, who: &Administrator) -> Result<(), ApiError>;

    // ── Audit ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// A page of the audit, newest first, at most [`AUDIT_PAGE_ROWS`].
    async fn audit(&self, who: &Administrator, position: AuditPosition) -> Result<AuditPage, ApiError>;

    /// Its newest checkpoint, where it is sent, and who cosigns it. Asks no other machine.
    async fn audit_state(&self, who: &Administrator) -> Result<AuditState, ApiError>;

    /// Every table and field that is stored, and what each says of whom; no value of any.
    async fn handover(&self, who: &Administrator) -> Result<Vec<StoredTable>, ApiError>;

    /// Reads the whole audit and checks it against its signed checkpoint.
    async fn verify_audit(&self, who: &Administrator) -> Result<AuditVerdict, ApiError>;

    /// The whole audit as the file that `pro-server audit verify` checks; that it was exported is an entry of its own.
    async fn export_audit(&self, who: &Administrator) -> Result<AuditExport, ApiError>;
}

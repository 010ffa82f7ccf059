//! An audit entry in words. Whoever adds an event to the audit gives it its words here: the compiler asks for them.

use protocol::audit::{AdministratorRole, Alarm, AuditEvent, Cause, IntegrationScope, RunCounts, Source};
use protocol::time::Timestamp;

use crate::api::{AuditView, PartyView};
use crate::view::device;
use crate::words::Words;

/// A line of the list.
pub struct Line {
    pub index: u64,
    pub at: Timestamp,
    pub what: String,
    pub subject: Option<String>,
    /// The page of the person whom it is about.
    pub subject_page: Option<String>,
    pub actor: String,
    /// `plain`, `change` or `danger`.
    pub tone: &'static str,
}

impl Line {
    pub fn of(entry: &AuditView, words: Words) -> Self {
        let subject_page = match &entry.subject {
            Some(PartyView::Person { id, .. }) => Some(format!("/admin/people/{id}")),
            _ => None,
        };
        Self {
            index: entry.index,
            at: entry.at,
            what: what(&entry.event, words),
            subject: entry.subject.as_ref().map(|party| party_words(party, words)),
            subject_page,
            actor: party_words(&entry.actor, words),
            tone: tone(&entry.event),
        }
    }
}

pub(super) fn party_words(party: &PartyView, words: Words) -> String {
    match party {
        PartyView::Person { login, .. } | PartyView::Administrator { login } => login.expose().clone(),
        PartyView::Integration { name } => {
            words.say_with("party-integration", &[("what", name.expose().clone().into())])
        }
        PartyView::LocalAdministrator { uid } => words.say_with("party-local", &[("what", uid.to_string().into())]),
        PartyView::Server => words.say("party-server"),
        PartyView::Erased => words.say("party-erased"),
    }
}

const fn tone(event: &AuditEvent) -> &'static str {
    match event {
        AuditEvent::MemberSuspended { .. }
        | AuditEvent::MemberRemoved { .. }
        | AuditEvent::DirectoryBrakeOverruled { .. }
        | AuditEvent::DeviceRevoked { .. }
        | AuditEvent::DirectoryRunRefused { .. }
        | AuditEvent::BackupRestored { .. }
        | AuditEvent::LogReset { .. }
        | AuditEvent::IntegrityAlarm { .. }
        | AuditEvent::PartyErased { .. }
        | AuditEvent::PersonErased { .. }
        | AuditEvent::PersonExported
        | AuditEvent::AdministratorErased { .. }
        | AuditEvent::AdministratorReset
        | AuditEvent::AdministratorSignInsBlocked
        | AuditEvent::AccountUnlinked
        | AuditEvent::IntegrationAdded { .. }
        | AuditEvent::RoleGranted { .. }
        | AuditEvent::RoleWithdrawn { .. }
        | AuditEvent::ApprovalAsked { .. }
        | AuditEvent::ApprovalStale { .. }
        | AuditEvent::QuorumSet { .. }
        | AuditEvent::SessionEnded
        | AuditEvent::PushBrakeReleased
        | AuditEvent::AdministratorRemoved => "danger",
        AuditEvent::PolicyPublished { .. }
        | AuditEvent::DirectoryRun { .. }
        | AuditEvent::PartyNamed { .. }
        | AuditEvent::ApprovalGiven { .. }
        | AuditEvent::ApprovalRefused { .. }
        | AuditEvent::MemberAdded
        | AuditEvent::MemberResumed { .. }
        | AuditEvent::EnrollmentCodeCreated
        | AuditEvent::IdentitySet
        | AuditEvent::IdentityReset
        | AuditEvent::IdentityEnded { .. }
        | AuditEvent::ApproversSet { .. }
        | AuditEvent::DeviceAdded { .. }
        | AuditEvent::DirectoryKeySet { .. }
        | AuditEvent::DirectoryKeyRotated { .. }
        | AuditEvent::AdministratorAdded { .. }
        | AuditEvent::AccountLinked
        | AuditEvent::IntegrationRevoked
        | AuditEvent::AdministratorPasswordChanged
        | AuditEvent::AdministratorSetUp => "change",
        AuditEvent::OrganizationCreated
        | AuditEvent::ServerStarted { .. }
        | AuditEvent::ServerStopped
        | AuditEvent::DeviceRenewed { .. }
        | AuditEvent::TlsCertificateChanged
        | AuditEvent::BackupTaken { .. }
        | AuditEvent::AuditExported { .. }
        | AuditEvent::AdministratorSignedIn => "plain",
    }
}

fn what(event: &AuditEvent, words: Words) -> String {
    let number = |number: u64| words.number(number).into();
    match event {
        AuditEvent::OrganizationCreated => words.say("event-organization-created"),
        AuditEvent::ServerStarted { version: (major, minor, patch) } => {
            words.say_with("event-server-started", &[("what", format!("{major}.{minor}.{patch}").into())])
        }
        AuditEvent::ServerStopped => words.say("event-server-stopped"),
        AuditEvent::PolicyPublished { version, .. } => {
            words.say_with("event-policy-published", &[("count", number(*version))])
        }
        AuditEvent::DirectoryRun { source, counts } => run_words(*source, counts, words),
        AuditEvent::DirectoryRunRefused { would_suspend, allowed, .. } => words.say_with(
            "event-directory-run-refused",
            &[("count", number(*would_suspend)), ("allowed", number(*allowed))],
        ),
        AuditEvent::MemberAdded => words.say("event-member-added"),
        AuditEvent::MemberSuspended { cause } => words.say(match cause {
            Cause::Administrator | Cause::Replaced => "event-member-suspended",
            Cause::Directory => "event-member-left",
        }),
        AuditEvent::MemberResumed { .. } => words.say("event-member-resumed"),
        AuditEvent::MemberRemoved { .. } => words.say("event-member-removed"),
        AuditEvent::DirectoryBrakeOverruled { source, hit, allowed } => {
            overruled_words(*source, [*hit, *allowed], words)
        }
        AuditEvent::EnrollmentCodeCreated => words.say("event-enrollment-code-created"),
        AuditEvent::IdentitySet => words.say("event-identity-set"),
        AuditEvent::IdentityReset => words.say("event-identity-reset"),
        AuditEvent::IdentityEnded { .. } => words.say("event-identity-ended"),
        AuditEvent::ApproversSet { needed, people } => words.say_with(
            "event-approvers-set",
            &[("needed", number(u64::from(*needed))), ("people", number(u64::from(*people)))],
        ),
        AuditEvent::DeviceAdded { device: id } => words.say_with("event-device-added", &[("what", device(id).into())]),
        AuditEvent::DeviceRenewed { device: id } => {
            words.say_with("event-device-renewed", &[("what", device(id).into())])
        }
        AuditEvent::DeviceRevoked { device: id, cause } => {
            let key = match cause {
                Cause::Administrator => "event-device-revoked",
                Cause::Directory => "event-device-revoked-left",
                Cause::Replaced => "event-device-replaced",
            };
            words.say_with(key, &[("what", device(id).into())])
        }
        AuditEvent::DirectoryKeySet { .. } => words.say("event-directory-key-set"),
        AuditEvent::DirectoryKeyRotated { .. } => words.say("event-directory-key-rotated"),
        AuditEvent::TlsCertificateChanged => words.say("event-tls-certificate-changed"),
        AuditEvent::AuditExported { entries } => words.say_with("event-audit-exported", &[("count", number(*entries))]),
        AuditEvent::BackupTaken { .. } => words.say("event-backup-taken"),
        AuditEvent::BackupRestored { .. } => words.say("event-backup-restored"),
        AuditEvent::LogReset { .. } => words.say("event-log-reset"),
        AuditEvent::PartyErased { .. } => words.say("event-party-erased"),
        AuditEvent::PersonErased { .. } => words.say("event-person-erased"),
        AuditEvent::PersonExported => words.say("event-person-exported"),
        AuditEvent::AdministratorErased { .. } => words.say("event-administrator-erased"),
        AuditEvent::IntegrityAlarm { alarm } => words.say(match alarm {
            Alarm::LogMismatch => "event-alarm-log",
            Alarm::AuditMismatch => "event-alarm-audit",
            Alarm::ClockWentBack => "event-alarm-clock",
            Alarm::LogBehind => "event-alarm-log-behind",
        }),
        AuditEvent::AdministratorSetUp => words.say("event-administrator-set-up"),
        AuditEvent::AdministratorReset => words.say("event-administrator-reset"),
        AuditEvent::AdministratorSignedIn => words.say("event-administrator-signed-in"),
        _ => powers(event, words),
    }
}

/// What is about who may do what, and with whom.
fn powers(event: &AuditEvent, words: Words) -> String {
    let number = |number: u64| words.number(number).into();
    match event {
        AuditEvent::AdministratorAdded { role } => role_words("event-administrator-added", *role, words),
        AuditEvent::RoleGranted { role, group: None } => role_words("event-role-granted", *role, words),
        AuditEvent::RoleGranted { role, group: Some(_) } => role_words("event-role-granted-group", *role, words),
        AuditEvent::RoleWithdrawn { role, group: None } => role_words("event-role-withdrawn", *role, words),
        AuditEvent::RoleWithdrawn { role, group: Some(_) } => role_words("event-role-withdrawn-group", *role, words),
        AuditEvent::ApprovalAsked { number: request, act, .. } => {
            let act = words.say(&format!("event-act-{}", act.name()));
            words.say_with("event-approval-asked", &[("count", number(*request)), ("what", act.into())])
        }
        AuditEvent::ApprovalGiven { number: request, .. } => {
            words.say_with("event-approval-given", &[("count", number(*request))])
        }
        AuditEvent::ApprovalRefused { number: request } => {
            words.say_with("event-approval-refused", &[("count", number(*request))])
        }
        AuditEvent::ApprovalStale { number: request } => {
            words.say_with("event-approval-stale", &[("count", number(*request))])
        }
        AuditEvent::QuorumSet { people: 2 } => words.say("event-quorum-two"),
        AuditEvent::QuorumSet { .. } => words.say("event-quorum-one"),
        AuditEvent::SessionEnded => words.say("event-session-ended"),
        AuditEvent::PartyNamed { .. } => words.say("event-party-named"),
        AuditEvent::IntegrationAdded { scope } => words.say(token_added(*scope)),
        AuditEvent::IntegrationRevoked => words.say("event-integration-revoked"),
        AuditEvent::PushBrakeReleased => words.say("event-push-brake-released"),
        AuditEvent::AccountLinked => words.say("event-account-linked"),
        AuditEvent::AccountUnlinked => words.say("event-account-unlinked"),
        AuditEvent::AdministratorRemoved => words.say("event-administrator-removed"),
        AuditEvent::AdministratorPasswordChanged => words.say("event-administrator-password"),
        AuditEvent::AdministratorSignInsBlocked => words.say("event-administrator-blocked"),
        _ => String::new(),
    }
}

fn role_words(key: &str, role: AdministratorRole, words: Words) -> String {
    words.say_with(key, &[("what", words.say(&format!("role-{}", role.name())).into())])
}

/// What the token is for makes the difference.
const fn token_added(scope: IntegrationScope) -> &'static str {
    match scope {
        IntegrationScope::Provisioning => "event-provisioning-token-added",
        IntegrationScope::Read => "event-reading-token-added",
        IntegrationScope::Administer => "event-administering-token-added",
    }
}

fn run_words(source: Source, counts: &RunCounts, words: Words) -> String {
    let number = |number: u64| words.number(number).into();
    words.say_with(
        "event-directory-run",
        &[
            ("source", source_words(source, words).into()),
            ("added", number(counts.added)),
            ("changed", number(counts.changed)),
            ("suspended", number(counts.suspended)),
            ("resumed", number(counts.resumed)),
        ],
    )
}

fn overruled_words(source: Source, [hit, allowed]: [u64; 2], words: Words) -> String {
    let number = |number: u64| words.number(number).into();
    let source = source_words(source, words);
    words.say_with(
        "event-directory-brake-overruled",
        &[("source", source.into()), ("count", number(hit)), ("allowed", number(allowed))],
    )
}

fn source_words(source: Source, words: Words) -> String {
    words.say(match source {
        Source::Builtin => "event-source-built-in",
        Source::Csv => "event-source-csv",
        Source::Ldap => "event-source-ldap",
        Source::Scim => "event-source-scim",
    })
}

//! Everything that the audit can hold, for pages that show it.

use protocol::audit::{AdministratorRole, AuditEvent, Cause, DangerousAct, RunCounts, Source as RunSource};
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::secret::Personal;

use super::{HOSTILE, NOW};
use crate::api::*;

/// Those about who may do what, and with whom.
fn powers(hash: Hash32) -> Vec<AuditEvent> {
    let mut events = vec![
        AuditEvent::ApprovalGiven { number: 7, hash },
        AuditEvent::ApprovalRefused { number: 7 },
        AuditEvent::ApprovalStale { number: 7 },
        AuditEvent::DirectoryKeyRotated { serial: 2 },
        AuditEvent::IntegrationAdded { scope: IntegrationScope::Administer },
        AuditEvent::QuorumSet { people: 1 },
        AuditEvent::QuorumSet { people: 2 },
        AuditEvent::SessionEnded,
        AuditEvent::RoleGranted { role: AdministratorRole::Policy, group: None },
        AuditEvent::RoleGranted { role: AdministratorRole::HelpDesk, group: Some(hash) },
        AuditEvent::RoleWithdrawn { role: AdministratorRole::People, group: Some(hash) },
        AuditEvent::RoleWithdrawn { role: AdministratorRole::Owner, group: None },
    ];
    events.extend(DangerousAct::ALL.map(|act| AuditEvent::ApprovalAsked { number: 7, act, hash }));
    events.extend(AdministratorRole::ALL.map(|role| AuditEvent::AdministratorAdded { role }));
    events
}

/// Everything that the audit can hold, once.
pub fn every_event() -> Vec<AuditView> {
    let device = DeviceId::from_bytes([9; 16]);
    let (hash, causes) = (Hash32::sha256(b"x"), [Cause::Administrator, Cause::Directory, Cause::Replaced]);
    let mut events = vec![
        AuditEvent::OrganizationCreated,
        AuditEvent::ServerStarted { version: (0, 1, 0) },
        AuditEvent::ServerStopped,
        AuditEvent::PolicyPublished { version: 4, hash },
        AuditEvent::DirectoryRunRefused { source: RunSource::Ldap, would_suspend: 60_000, allowed: 13 },
        AuditEvent::MemberAdded,
        AuditEvent::EnrollmentCodeCreated,
        AuditEvent::IdentitySet,
        AuditEvent::IdentityReset,
        AuditEvent::IdentityEnded { approvals: 0 },
        AuditEvent::ApproversSet { needed: 2, people: 3 },
        AuditEvent::DeviceAdded { device },
        AuditEvent::DeviceRenewed { device },
        AuditEvent::DirectoryKeySet { serial: 1 },
        AuditEvent::TlsCertificateChanged,
        AuditEvent::AuditExported { entries: 1 },
        AuditEvent::AdministratorSetUp,
        AuditEvent::AdministratorReset,
        AuditEvent::AdministratorSignedIn,
        AuditEvent::AdministratorSignInsBlocked,
        AuditEvent::AdministratorRemoved,
        AuditEvent::AdministratorPasswordChanged,
        AuditEvent::AccountLinked,
        AuditEvent::AccountUnlinked,
        AuditEvent::PartyErased { pseudonym: None },
        AuditEvent::PersonErased { pseudonym: None, backups: 2, exports: Some(3), taken_out: Some(1) },
        AuditEvent::PersonExported,
        AuditEvent::PartyNamed { commitment: Hash32::from_bytes([7; 32]) },
        AuditEvent::AdministratorErased { pseudonym: None, backups: 2 },
        AuditEvent::DirectoryBrakeOverruled { source: RunSource::Ldap, hit: 60_000, allowed: 13 },
        AuditEvent::IntegrationRevoked,
        AuditEvent::PushBrakeReleased,
    ];
    events.extend(powers(hash));
    let alarms = [
        protocol::audit::Alarm::LogMismatch,
        protocol::audit::Alarm::AuditMismatch,
        protocol::audit::Alarm::ClockWentBack,
    ];
    events.extend(alarms.map(|alarm| AuditEvent::IntegrityAlarm { alarm }));
    for source in [RunSource::Builtin, RunSource::Csv, RunSource::Ldap, RunSource::Scim] {
        events.push(AuditEvent::DirectoryRun { source, counts: RunCounts::default() });
    }
    for cause in causes {
        events.push(AuditEvent::MemberSuspended { cause });
        events.push(AuditEvent::MemberResumed { cause });
        events.push(AuditEvent::MemberRemoved { cause });
        events.push(AuditEvent::DeviceRevoked { device, cause });
    }
    let id = MemberId::from_bytes([1; 16]);
    let parties = [
        PartyView::Person { id, login: Personal::from(HOSTILE) },
        PartyView::Administrator { login: Personal::from(HOSTILE) },
        PartyView::LocalAdministrator { uid: 0 },
        PartyView::Integration { name: Personal::from(HOSTILE) },
        PartyView::Server,
        PartyView::Erased,
    ];
    let party = |index: usize| parties.get(index % parties.len()).cloned().unwrap_or(PartyView::Server);
    let view = |(index, event)| AuditView {
        index: index as u64,
        at: NOW,
        event,
        subject: (index % 4 != 3).then(|| party(index)),
        actor: party(index + 1),
    };
    events.into_iter().enumerate().map(view).collect()
}

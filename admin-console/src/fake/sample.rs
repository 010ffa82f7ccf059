//! A notary's office with people, devices and a history, made from nothing but a moment. Names are invented.

use data_encoding::BASE64URL_NOPAD;
use protocol::audit::{AuditEvent, Cause, Source as RunSource};
use protocol::ids::{DeviceId, Hash32, MemberId, OrganizationFingerprint};
use protocol::policy::{Policy, PolicyDocument, PolicyKey, Rules, Version};
use protocol::secret::{Personal, Secret};
use protocol::time::{DAY_MS, Timestamp};

use super::State;
use super::state::session_name;
use crate::api::*;

mod audit;
mod events;
mod providers;
mod runs;

pub use audit::*;
pub use events::every_event;
pub use providers::*;

/// The owner whom the samples know.
pub const OWNER: &str = "claire.moreau";
/// The auditor.
pub const AUDITOR: &str = "cabinet.audit";
/// The one who administers people.
pub const PEOPLE_CLERK: &str = "nadia";
/// The one who publishes policies.
pub const POLICY_CLERK: &str = "olivier";
/// The help desk.
pub const HELP_DESK: &str = "hugo";
/// A name that tries everything.
pub const HOSTILE: &str = "<script>alert(1)</script>\"'&<b>";

const PEOPLE: usize = 137;
const FIRST: [&str; 16] = [
    "Adèle", "Bruno", "Camille", "Denis", "Éloïse", "Farid", "Gaëlle", "Hugo", "Inès", "Joël", "Katia", "Léon",
    "Maëlys", "Noé", "Océane", "Paul",
];
const LAST: [&str; 13] = [
    "Arnaud",
    "Besson",
    "Chevalier",
    "Delattre",
    "Étienne",
    "Fontaine",
    "Garnier",
    "Haddad",
    "Lefèvre",
    "Marchand",
    "Nguyen",
    "Perrin",
    "Rousseau",
];
/// Where the sample's own time is set: 2026-11-20.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_167_000_000);

/// One for each role.
const ACCOUNTS: [(u8, &str, Role); 5] = [
    (1, OWNER, Role::Owner),
    (2, AUDITOR, Role::Auditor),
    (3, PEOPLE_CLERK, Role::People),
    (4, POLICY_CLERK, Role::Policy),
    (5, HELP_DESK, Role::HelpDesk),
];

/// The whole office.
pub fn office() -> State {
    let mut state = State { people: (0..PEOPLE).map(person).collect(), ..State::empty(NOW) };
    state.accounts = ACCOUNTS.map(|(number, login, role)| account(number, login, role)).into();
    state.directory = directory();
    state.runs = runs::all();
    let rows = [(PolicyKey::FileMaxBytes, "2000000000"), (PolicyKey::MessageRetentionDays, "365")];
    let policy = Policy::of(&rows).unwrap_or_default();
    state.policy = PolicyDocument::new(4, NOW.minus_ms(40 * DAY_MS), Rules { policy, ..Rules::default() }, None);
    history(&mut state);
    state
}

/// A server that was started for the first time: nobody but a link.
pub fn first_start() -> State {
    let mut state = State::empty(NOW);
    let id = AdministratorId::from_bytes([1; 16]);
    let expires = Some(NOW.plus_ms(DAY_MS));
    state.accounts = vec![AdministratorView {
        id,
        login: None,
        roles: vec![Assignment::everywhere(Role::Owner)],
        last_sign_in: None,
        link_expires: expires,
        accounts: Vec::new(),
    }];
    state.links = vec![(super::LINK.to_owned(), id)];
    state
}

fn account(number: u8, login: &str, role: Role) -> AdministratorView {
    let last_sign_in = Some(NOW.minus_ms(u64::from(number) * DAY_MS));
    AdministratorView {
        id: AdministratorId::from_bytes([number; 16]),
        login: Some(login.into()),
        roles: vec![Assignment::everywhere(role)],
        last_sign_in,
        link_expires: None,
        accounts: Vec::new(),
    }
}

/// A signed-in administrator of this role.
pub fn administrator(role: Role) -> Administrator {
    let known = ACCOUNTS.into_iter().find(|(_, _, of)| *of == role);
    let (number, login, _) = known.unwrap_or((1, OWNER, Role::Owner));
    let roles = vec![Assignment::everywhere(role)];
    let rights = Rights::of_roles(&roles);
    let id = AdministratorId::from_bytes([number; 16]);
    Administrator { id, session: session_name(id), login: login.into(), roles, rights }
}

fn nth<'a>(names: &[&'a str], index: usize) -> &'a str {
    names.get(index % names.len().max(1)).copied().unwrap_or_default()
}

fn drawn(kind: &str, index: usize) -> [u8; 16] {
    let hash = Hash32::sha256(format!("{kind} {index}").as_bytes());
    std::array::from_fn(|place| hash.as_bytes().get(place).copied().unwrap_or_default())
}

fn plain(text: &str) -> String {
    let letter = |c| match c {
        'é' | 'É' | 'è' | 'ë' => 'e',
        'ï' => 'i',
        other => other,
    };
    text.to_lowercase().chars().map(letter).collect()
}

/// The person of this number.
pub fn person(index: usize) -> PersonDetail {
    let (first, last) = (nth(&FIRST, index * 7), nth(&LAST, index));
    let standing = match index % 23 {
        5 | 12 => Standing::Provisioned,
        17 => Standing::Suspended,
        22 => Standing::Locked,
        _ => Standing::Active,
    };
    let active = match standing {
        Standing::Active => 1 + usize::from(index.is_multiple_of(3)) + usize::from(index.is_multiple_of(11)),
        Standing::Provisioned => 0,
        Standing::Suspended | Standing::Locked => 0,
    };
    let revoked = usize::from(standing > Standing::Active) + usize::from(index.is_multiple_of(9));
    let login = format!("{}.{}{index:03}", plain(first), plain(last));
    let view = PersonView {
        id: MemberId::from_bytes(drawn("person", index)),
        name: format!("{first} {last}").into(),
        mail: (index % 10 != 9).then(|| format!("{login}@etude.example").into()),
        login: login.into(),
        source: if index.is_multiple_of(19) { Source::BuiltIn } else { Source::Ldap { name: "ldap".to_owned() } },
        standing,
        devices: u32::try_from(active).unwrap_or_default(),
    };
    let device = |number: usize| DeviceView {
        id: DeviceId::from_bytes(drawn("device", index * 10 + number)),
        state: if number < active {
            DeviceState::Active
        } else {
            DeviceState::Revoked { at: NOW.minus_ms(12 * DAY_MS) }
        },
        enrolled: NOW.minus_ms((90 + number as u64 * 17) * DAY_MS),
        not_after: NOW.plus_ms((275 - number as u64 * 17) * DAY_MS),
    };
    PersonDetail {
        person: view,
        added: NOW.minus_ms(400 * DAY_MS),
        devices: (0..active + revoked).map(device).collect(),
        code_expires: (standing == Standing::Provisioned).then(|| NOW.plus_ms(2 * DAY_MS)),
    }
}

/// Somebody whose every text is hostile.
pub fn hostile() -> PersonDetail {
    let mut detail = person(0);
    detail.person.name = HOSTILE.into();
    detail.person.login = HOSTILE.into();
    detail.person.mail = Some(HOSTILE.into());
    detail
}

fn directory() -> DirectoryView {
    let state = SourceState::Ldap {
        url: "ldaps://annuaire.etude.example:636".to_owned(),
        interval_s: 900,
        brake_percent: 10,
        brake_minimum: 5,
    };
    let outcome = RunOutcome::Done(RunCounts { seen: 130, added: 2, changed: 1, ..RunCounts::default() });
    let last_run = Some(LastRun { at: NOW.minus_ms(420_000), outcome });
    DirectoryView { sources: vec![SourceView { name: "ldap".to_owned(), state, last_run }] }
}

/// What the next run would do.
pub fn plan() -> RunReport {
    let change = |kind: RunChangeKind, index: usize| RunChange { kind, login: person(index).person.login };
    let mut changes: Vec<RunChange> = (40..43).map(|index| change(RunChangeKind::Suspend, index)).collect();
    changes.push(change(RunChangeKind::Resume, 17));
    changes.extend((200..208).map(|index| change(RunChangeKind::Add, index)));
    changes.extend((60..62).map(|index| change(RunChangeKind::Update, index)));
    let skipped = vec![
        SkippedView { place: 14, login: None, reason: "missing", attribute: Some("login") },
        SkippedView {
            place: 77,
            login: Some(person(61).person.login),
            reason: "several_values",
            attribute: Some("mail"),
        },
        SkippedView { place: 90, login: None, reason: "duplicate_login", attribute: None },
    ];
    let counts = RunCounts { seen: 138, added: 8, changed: 2, suspended: 3, resumed: 1, skipped: 3 };
    RunReport { digest: Hash32::from_bytes([7; 32]), brake: None, counts, changes, skipped }
}

/// A run that changes nothing.
pub fn empty_plan() -> RunReport {
    let counts = RunCounts { seen: 138, ..RunCounts::default() };
    RunReport { digest: Hash32::from_bytes([8; 32]), brake: None, counts, changes: Vec::new(), skipped: Vec::new() }
}

/// An audit that is whole.
pub fn verdict() -> AuditVerdict {
    AuditVerdict::Intact {
        organization: fingerprint(),
        entries: 86,
        root: Hash32::sha256(b"root"),
        signed: NOW.minus_ms(60_000),
        memory: AuditMemory::Compared,
    }
}

fn fingerprint() -> OrganizationFingerprint {
    OrganizationFingerprint::of_key(&[3; 32])
}

/// A link of the length that a real one has.
pub fn enrollment_link() -> Secret<String> {
    let name = BASE64URL_NOPAD.encode(fingerprint().as_bytes());
    Secret::new(format!("https://isoloir.etude.example:8443/#{name}.7Q2M-X4KD-9TBW-HC3P"))
}

/// What somebody with a link sees.
pub fn set_up(reason: SetUpReason, roles: &[Assignment]) -> SetUp {
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let uri = format!("otpauth://totp/Isoloir:isoloir.etude.example?secret={secret}&issuer=Isoloir");
    SetUp {
        reason,
        roles: roles.to_vec(),
        totp_secret: Secret::new(secret.into()),
        totp_uri: Secret::new(uri),
        expires: NOW.plus_ms(DAY_MS),
    }
}

/// A link for somebody.
pub fn invitation() -> Invitation {
    let link = "https://isoloir.etude.example:8443/admin/set-up/V4K2T9QXW7MD3HPB6RZC8NFJ";
    Invitation {
        link: Secret::new(link.to_owned()),
        roles: vec![Assignment::everywhere(Role::Auditor)],
        expires: NOW.plus_ms(DAY_MS),
    }
}

/// The first page of an office.
pub(super) fn overview(state: &State, reach: Reach) -> Overview {
    let stand = |standing| state.people.iter().filter(|detail| detail.person.standing == standing).count() as u64;
    let owners =
        state.accounts.iter().filter(|row| row.roles.iter().any(Assignment::is_owner) && row.login.is_some()).count();
    Overview {
        now: state.now,
        organization: fingerprint(),
        public_url: "https://isoloir.etude.example:8443".to_owned(),
        version: Version::current(),
        started: state.now.minus_ms(9 * DAY_MS),
        certificate_not_after: Some(state.now.plus_ms(200 * DAY_MS)),
        directory_key: DirectoryKeyView { not_after: state.now.plus_ms(300 * DAY_MS), standing: KeyStanding::Good },
        people: PeopleCounts {
            provisioned: stand(Standing::Provisioned),
            active: stand(Standing::Active),
            suspended: stand(Standing::Suspended),
            locked: stand(Standing::Locked),
        },
        devices: reach.devices,
        connected: reach.connected,
        policy: state.policy.clone(),
        directory: state.directory.clone(),
        owners: u32::try_from(owners).unwrap_or_default(),
        audit_entries: state.audit.len() as u64,
        recent: state.audit.iter().rev().take(Overview::RECENT_MAX).cloned().collect(),
    }
}

fn history(state: &mut State) {
    let owner = || PartyView::Administrator { login: OWNER.into() };
    state.now = NOW.minus_ms(400 * DAY_MS);
    state.record(AuditEvent::OrganizationCreated, None, PartyView::Server);
    state.record(AuditEvent::DirectoryKeySet { serial: 1 }, None, PartyView::Server);
    state.record(AuditEvent::ServerStarted { version: (0, 1, 0) }, None, PartyView::Server);
    for index in 0..70 {
        state.now = NOW.minus_ms((390 - index as u64 * 5) * DAY_MS);
        let view = person(index).person;
        let device = DeviceId::from_bytes(drawn("device", index * 10));
        let (event, actor) = match index % 7 {
            0 => (AuditEvent::EnrollmentCodeCreated, owner()),
            1 | 4 => (AuditEvent::DeviceAdded { device }, PartyView::Person { id: view.id, login: view.login.clone() }),
            2 => (AuditEvent::MemberAdded, PartyView::Server),
            3 => (AuditEvent::DeviceRevoked { device, cause: Cause::Administrator }, owner()),
            5 => (AuditEvent::MemberSuspended { cause: Cause::Directory }, PartyView::Server),
            _ => (AuditEvent::IdentitySet, PartyView::Erased),
        };
        state.record(event, Some(&view), actor);
    }
    state.now = NOW.minus_ms(40 * DAY_MS);
    let published = AuditEvent::PolicyPublished { version: 4, hash: Hash32::sha256(b"policy") };
    state.record(published, None, owner());
    state.now = NOW.minus_ms(DAY_MS);
    let refused = AuditEvent::DirectoryRunRefused { source: RunSource::Ldap, would_suspend: 64, allowed: 13 };
    state.record(refused, None, PartyView::Server);
    state.record(AuditEvent::AuditExported { entries: 75 }, None, PartyView::LocalAdministrator { uid: 998 });
    state.now = NOW.minus_ms(420_000);
    let counts = RunCounts { seen: 130, added: 2, changed: 1, ..RunCounts::default() };
    state.record(AuditEvent::DirectoryRun { source: RunSource::Ldap, counts }, None, PartyView::Server);
    state.record(AuditEvent::MemberAdded, Some(&person(133).person), PartyView::Server);
    state.now = NOW;
}

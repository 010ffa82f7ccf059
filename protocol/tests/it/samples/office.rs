//! What the server signs, answers and records: the organization's documents, enrollment, the audit.

use std::collections::BTreeSet;

use protocol::audit::{
    AdministratorRole, Alarm, AuditEntry, AuditEvent, Cause, DangerousAct, IntegrationScope, Party, PartyKey,
    RunCounts, SealedParty, Source,
};
use protocol::directory::{FrontDoor, Group};
use protocol::enrollment::{
    Begin, Begun, Callback, Credential, Finish, Finished, IdentityStep, OfferedWay, Passwords, ProvenLeaf,
    ProviderOffer, Providers, SignIn, SignInBegun, SignInStep, Way,
};
use protocol::ids::{Address, AdministratorId, Hash32, IntegrationId, MemberId, Pseudonym};
use protocol::organization::{DirectoryKey, OrganizationDocument, TlsKeys};
use protocol::policy::{
    Layer, LayersRoot, Policy, PolicyDocument, PolicyKey, PolicyLayers, ProvenLayer, Rules, Scope, layers_tree,
};
use protocol::signaling::message::LeafBytes;
use protocol::signed::{self, Unverified};
use protocol::tlog::{
    ForkEvidence, LogBatch, LogReset, MerkleTree, PrefixProof, ResetReason, SignedCheckpoint, VerifiedReset,
};

use super::NOW;

const HASH: Hash32 = Hash32::from_bytes([3; 32]);

pub fn directory_key() -> DirectoryKey {
    let key = super::directory().verifying_key().to_bytes();
    DirectoryKey { serial: 1, key, not_before: NOW, not_after: NOW.plus_ms(300 * 24 * 3_600_000) }
}

pub fn tls_keys() -> TlsKeys {
    TlsKeys { spki_sha256: vec![Hash32::sha256(b"spki")], not_after: NOW.plus_ms(30 * 24 * 3_600_000) }
}

/// Of the organization's first log, and of a later one.
pub fn organization_documents() -> [OrganizationDocument; 2] {
    let (root, directory) = (super::key(100), super::directory());
    let reset = Unverified::<VerifiedReset>::from_bytes(super::log_reset().sign(&root));
    let reset = reset.verify(super::organization(), &root.verifying_key()).expect("a reset of ours");
    [None, Some(&reset)].map(|reset| {
        let key = signed::sign(&directory_key(), &root);
        OrganizationDocument::new(&root.verifying_key(), key, &tls_keys(), &directory, reset)
    })
}

/// By an administrator's choice, and without anything to show for the old log's end.
pub fn log_resets() -> [LogReset; 2] {
    [super::log_reset(), LogReset { reason: ResetReason::Fork, newest: None, ..super::log_reset() }]
}

pub fn policies() -> Vec<PolicyDocument> {
    use PolicyKey::{
        AdminSessionHours, AdminSessionIdleMinutes, ClientMinVersion, ContactAutoAccept, ContactBlockUnknown,
        DeviceAppLock, DeviceLockIdleMinutes, DeviceLockWipeAfter, DirectoryVisibility, FileMaxBytes, FileReceive,
        FileSaveLocation, FileSend, GroupCreate, GroupMaxMembers, IdentityCertLifetimeDays, MessageCopyForward,
        MessageEditWindowMinutes, MessageEphemeral, MessageEphemeralSeconds, MessageExport, MessageReadReceipts,
        MessageRetentionDays, NotificationPreview,
    };
    let rows = |rows: &[_]| Policy::of(rows).expect("rows");
    let everything = rows(&[
        (FileSend, "off"),
        (FileReceive, "off"),
        (FileMaxBytes, "1000000"),
        (ContactAutoAccept, "nobody"),
        (MessageRetentionDays, "30"),
        (ClientMinVersion, "1.2.3"),
        (DirectoryVisibility, "groups:lyon,paris"),
        (IdentityCertLifetimeDays, "30"),
        (FileSaveLocation, "folder"),
        (AdminSessionIdleMinutes, "5"),
        (AdminSessionHours, "8"),
        (MessageEditWindowMinutes, "15"),
        (MessageCopyForward, "sender"),
        (MessageReadReceipts, "off"),
        (MessageEphemeral, "off"),
        (MessageEphemeralSeconds, "86400"),
        (MessageExport, "forbid"),
        (DeviceAppLock, "required"),
        (DeviceLockIdleMinutes, "10"),
        (DeviceLockWipeAfter, "10"),
        (NotificationPreview, "sender"),
        (GroupCreate, "nobody"),
        (GroupMaxMembers, "8"),
    ]);
    let lists = rows(&[
        (FileSend, "types:docx,pdf"),
        (FileReceive, "types:pdf"),
        (ContactBlockUnknown, "on"),
        (FileMaxBytes, "none"),
    ]);
    let locking = Rules { policy: lists, locked: [FileSend, ContactBlockUnknown].into() };
    let tree = layers_tree(&policy_layers().map(|layer| layer.to_bytes()));
    let layers = LayersRoot { count: tree.size(), root: tree.root() };
    let unlocked = |policy| Rules { policy, locked: BTreeSet::new() };
    vec![
        PolicyDocument::new(1, NOW, Rules::default(), None),
        PolicyDocument::new(1, NOW, unlocked(rows(&[(FileReceive, "all")])), None),
        PolicyDocument::new(2, NOW, unlocked(everything), None),
        PolicyDocument::new(3, NOW, locking, Some(layers)),
    ]
}

/// One of each scope.
pub fn policy_layers() -> [Layer; 3] {
    let policy = Policy::of(&[(PolicyKey::FileSend, "off")]).expect("rows");
    let rules = Rules { policy, locked: [PolicyKey::FileSend].into() };
    let group = Group::parse("paris").expect("a group");
    [Scope::Group(group), Scope::Guests, Scope::Person(MemberId::from_bytes([3; 16]))]
        .map(|scope| Layer::new([4; 32], scope, rules.clone()))
}

/// The answer to whoever is in that group.
pub fn policy_layers_answer() -> PolicyLayers {
    let layers = policy_layers().map(|layer| layer.to_bytes());
    let tree = layers_tree(&layers);
    let proven = |index: u64| ProvenLayer {
        index,
        layer: layers[index as usize].clone(),
        proof: tree.inclusion(index, tree.size()).expect("a proof"),
    };
    PolicyLayers { version: 3, layers: vec![proven(0), proven(2)] }
}

pub fn log_batch() -> LogBatch {
    let leaves = super::leaves().iter().map(|leaf| LeafBytes(leaf.to_bytes())).collect();
    LogBatch { checkpoint: super::checkpoint().note().to_vec(), first: 0, leaves }
}

fn checkpoint(tree: &MerkleTree) -> SignedCheckpoint {
    let checkpoint =
        protocol::tlog::Checkpoint { origin: super::ORIGIN.into(), size: tree.size(), root: tree.root(), time: NOW };
    checkpoint.sign(&super::directory()).expect("a checkpoint of ours")
}

/// Two histories of one size, and two of different sizes.
pub fn fork_evidence() -> [ForkEvidence; 2] {
    let (mut ours, mut theirs) = (MerkleTree::new(), MerkleTree::new());
    for leaf in super::leaves() {
        ours.append(&leaf.to_bytes());
    }
    for leaf in super::leaves().iter().rev().take(5) {
        theirs.append(&leaf.to_bytes());
    }
    let (size, other) = (theirs.size(), checkpoint(&theirs));
    let mut short = MerkleTree::new();
    for leaf in super::leaves().iter().take(5) {
        short.append(&leaf.to_bytes());
    }
    let root = ours.root_at(size).expect("an earlier size");
    let prefix = PrefixProof { root, hashes: ours.consistency(size, ours.size()).expect("a proof") };
    [
        ForkEvidence { a: checkpoint(&short).note().to_vec(), b: other.note().to_vec(), prefix: None },
        ForkEvidence { a: checkpoint(&ours).note().to_vec(), b: other.note().to_vec(), prefix: Some(prefix) },
    ]
}

pub fn begins() -> [Begin; 4] {
    let password = Credential::Password { login: "notary01".into(), password: "canary-password".to_owned().into() };
    let code = Credential::Code { code: "ABCD-EFGH-JKMN-PQRS-TVWX-YZ".to_owned().into() };
    let callback = Callback {
        code: "canary-authorization-code".to_owned().into(),
        state: "canary-state".to_owned().into(),
        issuer: Some("https://id.example/realms/staff".to_owned()),
    };
    let browser = Credential::Provider { flow: [32; 32].into(), callback: Some(callback) };
    let device = Credential::Provider { flow: [33; 32].into(), callback: None };
    [password, code, browser, device].map(|credential| Begin { credential, device: super::device_id(1) })
}

pub fn providers() -> Providers {
    let both = vec![OfferedWay::Browser { port: None }, OfferedWay::Device {}];
    let one = vec![OfferedWay::Browser { port: Some(8_400) }];
    let offers = [("staff", "Staff", both), ("partners", "Partners", one)];
    let offer = |(name, label, ways): (&str, &str, _)| ProviderOffer { name: name.into(), label: label.into(), ways };
    Providers { providers: offers.map(offer).to_vec(), passwords: Passwords::Checked }
}

pub fn sign_ins() -> [SignIn; 2] {
    [Way::Browser { port: 50_123 }, Way::Device {}].map(|way| SignIn {
        provider: "staff".to_owned(),
        device: super::device_id(1),
        way,
    })
}

pub fn sign_ins_begun() -> [SignInBegun; 2] {
    let page = "https://id.example/auth?state=canary-state".to_owned();
    let device = SignInStep::Device {
        page: "https://id.example/device".to_owned(),
        user_code: "CANARY-CODE".to_owned().into(),
        page_with_code: Some("https://id.example/device?user_code=CANARY-CODE".into()),
        interval_s: 5,
    };
    [SignInStep::Browser { page: page.into(), state: "canary-state".to_owned().into() }, device]
        .map(|step| SignInBegun { flow: [32; 32].into(), lifetime_s: 600, step })
}

pub fn begun() -> [Begun; 3] {
    [IdentityStep::First, IdentityStep::Reset, IdentityStep::Same].map(|identity| Begun {
        ticket: [31; 32].into(),
        member: super::certificate_body(1).member,
        login: "notary01".into(),
        name: "Notary 01".into(),
        identity,
        lifetime_ms: (identity == IdentityStep::First).then_some(604_800_000),
    })
}

pub fn finish() -> Finish {
    Finish {
        ticket: [31; 32].into(),
        request: super::certificate_request(1),
        envelope_key: super::envelope_keys(1).public().as_bytes().to_vec(),
        front_door: FrontDoor { address: Address::from_bytes([1; 16]), capability: [2; 32] },
    }
}

/// IdentitySet and DeviceAdd in a log of their own, proven against its checkpoint.
pub fn finished() -> Finished {
    let mut tree = MerkleTree::new();
    let leaves: Vec<_> = super::leaves().iter().map(protocol::tlog::Leaf::to_bytes).collect();
    for leaf in &leaves {
        tree.append(leaf);
    }
    let prove = |index: u64| ProvenLeaf {
        index,
        leaf: leaves[index as usize].clone(),
        proof: tree.inclusion(index, tree.size()).expect("a leaf of the tree"),
    };
    Finished {
        certificate: super::certificate(1).0,
        leaves: vec![prove(1), prove(3)],
        checkpoint: checkpoint(&tree).note().to_vec(),
    }
}

pub fn parties() -> [Party; 5] {
    [
        Party::Member(MemberId::from_bytes([1; 16])),
        Party::LocalAdministrator { uid: 1_000 },
        Party::Server,
        Party::Administrator(AdministratorId::from_bytes([5; 16])),
        Party::Integration(IntegrationId::from_bytes([6; 16])),
    ]
}

pub fn party_key() -> PartyKey {
    [41; 32].into()
}

/// Every event there is, and each with every word that it can say.
pub fn audit_events() -> Vec<AuditEvent> {
    let device = super::device_id(1);
    let counts = RunCounts { seen: 40, added: 3, changed: 2, suspended: 1, resumed: 1, skipped: 5 };
    let mut events = vec![
        AuditEvent::OrganizationCreated,
        AuditEvent::ServerStarted { version: (1, 2, 3) },
        AuditEvent::ServerStopped,
        AuditEvent::PolicyPublished { version: 2, hash: HASH },
        AuditEvent::DirectoryRunRefused { source: Source::Ldap, would_suspend: 30, allowed: 10 },
        AuditEvent::MemberAdded,
        AuditEvent::MemberSuspended { cause: Cause::Directory },
        AuditEvent::MemberResumed { cause: Cause::Administrator },
        AuditEvent::EnrollmentCodeCreated,
        AuditEvent::IdentitySet,
        AuditEvent::IdentityReset,
        AuditEvent::IdentityEnded { approvals: 2 },
        AuditEvent::ApproversSet { needed: 2, people: 3 },
        AuditEvent::DeviceAdded { device },
        AuditEvent::DeviceRenewed { device },
        AuditEvent::DirectoryKeySet { serial: 2 },
        AuditEvent::DirectoryKeyRotated { serial: 3 },
        AuditEvent::TlsCertificateChanged,
        AuditEvent::AuditExported { entries: 400 },
        AuditEvent::AdministratorSetUp,
        AuditEvent::AdministratorReset,
        AuditEvent::AdministratorSignedIn,
        AuditEvent::AdministratorSignInsBlocked,
        AuditEvent::AdministratorRemoved,
        AuditEvent::AdministratorPasswordChanged,
        AuditEvent::MemberRemoved { cause: Cause::Administrator },
        AuditEvent::DirectoryBrakeOverruled { source: Source::Ldap, hit: 30, allowed: 10 },
        AuditEvent::AccountLinked,
        AuditEvent::AccountUnlinked,
        AuditEvent::BackupTaken { log_size: 300 },
        AuditEvent::BackupRestored { made: NOW, log_size: 300 },
        AuditEvent::LogReset { log_size: 300, document: HASH },
    ];
    let sources = [Source::Builtin, Source::Csv, Source::Ldap, Source::Scim];
    events.extend(sources.map(|source| AuditEvent::DirectoryRun { source, counts }));
    let causes = [Cause::Administrator, Cause::Directory, Cause::Replaced];
    events.extend(causes.map(|cause| AuditEvent::DeviceRevoked { device, cause }));
    let alarms = [Alarm::LogMismatch, Alarm::AuditMismatch, Alarm::ClockWentBack, Alarm::LogBehind];
    events.extend(alarms.map(|alarm| AuditEvent::IntegrityAlarm { alarm }));
    events.extend(AdministratorRole::ALL.map(|role| AuditEvent::AdministratorAdded { role }));
    for (role, group) in [(AdministratorRole::HelpDesk, Some(HASH)), (AdministratorRole::Policy, None)] {
        events.extend([AuditEvent::RoleGranted { role, group }, AuditEvent::RoleWithdrawn { role, group }]);
    }
    events.extend(DangerousAct::ALL.map(|act| AuditEvent::ApprovalAsked { number: 7, act, hash: HASH }));
    events.extend([AuditEvent::ApprovalGiven { number: 7, hash: HASH }, AuditEvent::ApprovalRefused { number: 7 }]);
    events.push(AuditEvent::ApprovalStale { number: 7 });
    events.extend([1, 2].map(|people| AuditEvent::QuorumSet { people }));
    events.push(AuditEvent::SessionEnded);
    events.push(AuditEvent::PartyErased { pseudonym: None });
    events.extend(IntegrationScope::ALL.map(|scope| AuditEvent::IntegrationAdded { scope }));
    events.extend([AuditEvent::IntegrationRevoked, AuditEvent::PushBrakeReleased]);
    let pseudonyms = [Some(Pseudonym::from_bytes([42; 16])), None];
    let erased = |pseudonym, exports| AuditEvent::PersonErased { pseudonym, backups: 2, exports, taken_out: exports };
    events.extend(pseudonyms.map(|pseudonym| erased(pseudonym, None)));
    events.push(erased(pseudonyms[0], Some(3)));
    events.extend([AuditEvent::PersonExported, AuditEvent::PartyNamed { commitment: HASH }]);
    events.extend(pseudonyms.map(|pseudonym| AuditEvent::AdministratorErased { pseudonym, backups: 2 }));
    events.push(AuditEvent::PartyErased { pseudonym: pseudonyms[0] });
    events
}

/// The number of an event, by a list that does not compile without a new one.
pub const fn audit_number(event: &AuditEvent) -> u32 {
    match event {
        AuditEvent::OrganizationCreated => 0,
        AuditEvent::ServerStarted { .. } => 1,
        AuditEvent::ServerStopped => 2,
        AuditEvent::PolicyPublished { .. } => 3,
        AuditEvent::DirectoryRun { .. } => 4,
        AuditEvent::DirectoryRunRefused { .. } => 5,
        AuditEvent::MemberAdded => 6,
        AuditEvent::MemberSuspended { .. } => 7,
        AuditEvent::MemberResumed { .. } => 8,
        AuditEvent::EnrollmentCodeCreated => 9,
        AuditEvent::IdentitySet => 10,
        AuditEvent::IdentityReset => 11,
        AuditEvent::IdentityEnded { .. } => 80,
        AuditEvent::ApproversSet { .. } => 81,
        AuditEvent::DirectoryKeyRotated { .. } => 82,
        AuditEvent::DeviceAdded { .. } => 12,
        AuditEvent::DeviceRenewed { .. } => 13,
        AuditEvent::DeviceRevoked { .. } => 14,
        AuditEvent::DirectoryKeySet { .. } => 15,
        AuditEvent::TlsCertificateChanged => 16,
        AuditEvent::AuditExported { .. } => 17,
        AuditEvent::IntegrityAlarm { .. } => 18,
        AuditEvent::AdministratorAdded { .. } => 19,
        AuditEvent::AdministratorSetUp => 20,
        AuditEvent::AdministratorReset => 21,
        AuditEvent::AdministratorSignedIn => 22,
        AuditEvent::AdministratorSignInsBlocked => 23,
        AuditEvent::AdministratorRemoved => 24,
        AuditEvent::MemberRemoved { .. } => 25,
        AuditEvent::DirectoryBrakeOverruled { .. } => 26,
        AuditEvent::AdministratorPasswordChanged => 27,
        AuditEvent::AccountLinked => 30,
        AuditEvent::AccountUnlinked => 31,
        AuditEvent::IntegrationAdded { .. } => 32,
        AuditEvent::IntegrationRevoked => 33,
        AuditEvent::PushBrakeReleased => 34,
        AuditEvent::BackupTaken { .. } => 40,
        AuditEvent::BackupRestored { .. } => 41,
        AuditEvent::LogReset { .. } => 42,
        AuditEvent::PartyErased { .. } => 43,
        AuditEvent::PersonErased { .. } => 50,
        AuditEvent::PersonExported => 51,
        AuditEvent::RoleGranted { .. } => 70,
        AuditEvent::RoleWithdrawn { .. } => 71,
        AuditEvent::ApprovalAsked { .. } => 72,
        AuditEvent::ApprovalGiven { .. } => 73,
        AuditEvent::ApprovalRefused { .. } => 74,
        AuditEvent::ApprovalStale { .. } => 75,
        AuditEvent::QuorumSet { .. } => 76,
        AuditEvent::SessionEnded => 77,
        AuditEvent::PartyNamed { .. } => 78,
        AuditEvent::AdministratorErased { .. } => 79,
    }
}

/// With a subject and without, each party sealed with the same entropy every time.
pub fn audit_entries() -> Vec<AuditEntry> {
    let mut rng = super::Seeded(1);
    let mut seal = |n: usize| SealedParty::seal(&parties()[n], [42 + n as u8; 16], &party_key(), &mut rng);
    let (member, local, server, administrator) = (seal(0), seal(1), seal(2), seal(3));
    let entry = |event, subject: Option<&SealedParty>, actor: &SealedParty| AuditEntry {
        at: NOW,
        event,
        subject: subject.cloned(),
        actor: actor.clone(),
    };
    vec![
        entry(AuditEvent::ServerStarted { version: (1, 2, 3) }, None, &server),
        entry(AuditEvent::MemberAdded, Some(&member), &local),
        entry(AuditEvent::AdministratorSignedIn, None, &administrator),
    ]
}

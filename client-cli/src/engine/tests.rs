//! The engine over a vault in memory, and an organization that signs whatever a test wants: what is believed is never ahead of what
//! is kept, and nothing is told twice.

mod amending;
mod away;
mod groups;
mod in_step;
mod locking;
mod names;
mod sharing;
mod sight;

use std::sync::Arc;

use protocol::certificate::{CertificateBody, countersign, request};
use protocol::ids::OrganizationFingerprint;
use protocol::organization::log_origin;
use protocol::secret::Personal;
use protocol::signaling::message::LeafBytes;
use protocol::signed::Unverified;
use protocol::time::DAY_MS;
use protocol::tlog::{Checkpoint, Leaf, LogReset, MerkleTree, ResetReason, VerifiedReset};
use rand_core::OsRng;

use super::start::assemble;
use super::*;
use crate::store::SmallDisk;
use crate::store::VaultError;
use crate::store::tables::{ACCOUNT, DEVICE_KEYS, LOG_LEAVES};

/// The organization's side: root and directory key, and one log.
pub(super) struct Organization {
    root: SigningKey,
    directory: SigningKey,
    leaves: Vec<LeafBytes>,
    reset: Option<VerifiedReset>,
}

/// A person with one device.
pub(super) struct Person {
    member: MemberId,
    identity: SigningKey,
    signature: SigningKey,
    envelope: EnvelopeKeyPair,
    certificate: Vec<u8>,
}

impl Person {
    fn device(&self) -> DeviceId {
        DeviceId::of_key(self.signature.verifying_key().as_bytes())
    }
}

impl Organization {
    pub(super) fn new() -> Self {
        let [root, directory] = [1, 2].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        Self { root, directory, leaves: Vec::new(), reset: None }
    }

    fn fingerprint(&self) -> OrganizationFingerprint {
        OrganizationFingerprint::of_key(self.root.verifying_key().as_bytes())
    }

    fn origin(&self) -> String {
        log_origin(self.fingerprint(), self.reset.as_ref().map_or(0, VerifiedReset::epoch))
    }

    fn push(&mut self, leaf: &Leaf) {
        self.leaves.push(LeafBytes(leaf.to_bytes()));
    }

    /// So many leaves that they do not fit where a little is left.
    fn grow(&mut self) {
        for _ in 0..200 {
            let commitment = Hash32::from_bytes([0; 32]);
            self.push(&Leaf::MemberAdd { member: MemberId::random(&mut OsRng), commitment });
        }
    }

    fn root_hash(&self) -> Hash32 {
        let mut tree = MerkleTree::new();
        for leaf in &self.leaves {
            tree.append(&leaf.0);
        }
        tree.root()
    }

    fn note(&self) -> Vec<u8> {
        self.note_of(self.root_hash())
    }

    fn note_of(&self, root: Hash32) -> Vec<u8> {
        let checkpoint = Checkpoint { origin: self.origin(), size: self.leaves.len() as u64, root, time: clock::now() };
        checkpoint.sign(&self.directory).unwrap().note().to_vec()
    }

    fn certify(&self, person: &mut Person) -> Hash32 {
        self.certify_until(person, clock::now().plus_ms(89 * DAY_MS))
    }

    fn certify_until(&self, person: &mut Person, not_after: Timestamp) -> Hash32 {
        let not_before = not_after.minus_ms(89 * DAY_MS + 1_000);
        let body = CertificateBody {
            version: 1,
            organization: self.fingerprint(),
            member: person.member,
            device: person.device(),
            signature_key: person.signature.verifying_key().to_bytes(),
            identity_key: person.identity.verifying_key().to_bytes(),
            envelope_key_hash: person.envelope.public().hash(),
            not_before,
            not_after,
            capabilities: Vec::new(),
        };
        let request = request(&body, &person.identity, &person.signature);
        let (bytes, verified) = countersign(&request, &self.directory).unwrap();
        person.certificate = bytes;
        verified.hash()
    }

    /// Somebody new whose device is in the log.
    fn enroll(&mut self, identity: SigningKey, signature: SigningKey, envelope: EnvelopeKeyPair) -> Person {
        let mut person =
            Person { member: MemberId::random(&mut OsRng), identity, signature, envelope, certificate: Vec::new() };
        let certificate = self.certify(&mut person);
        let (member, device) = (person.member, person.device());
        self.push(&Leaf::MemberAdd { member, commitment: Hash32::from_bytes([0; 32]) });
        self.push(&Leaf::IdentitySet { member, identity_key: person.identity.verifying_key().to_bytes() });
        self.push(&Leaf::DeviceAdd { member, device, certificate });
        person
    }

    /// The server signs another certificate of the same device.
    fn renew(&mut self, person: &mut Person, not_after: Timestamp) {
        let certificate = self.certify_until(person, not_after);
        self.push(&Leaf::DeviceRenew { device: person.device(), certificate });
    }

    fn colleague(&mut self) -> Person {
        let [identity, signature] = [(); 2].map(|()| SigningKey::generate(&mut OsRng));
        self.enroll(identity, signature, EnvelopeKeyPair::generate(&mut OsRng).unwrap())
    }

    /// The person starts anew, with another identity and another device.
    fn reset_identity(&mut self, person: &mut Person) {
        [person.identity, person.signature] = [(); 2].map(|()| SigningKey::generate(&mut OsRng));
        let (certificate, member) = (self.certify(person), person.member);
        self.push(&Leaf::IdentityReset { member, identity_key: person.identity.verifying_key().to_bytes() });
        self.push(&Leaf::DeviceAdd { member, device: person.device(), certificate });
    }

    /// The server was restored from a backup of so many leaves, and the root has said so.
    fn restore(&mut self, size: usize) {
        let old_origin = self.origin();
        self.leaves.truncate(size);
        let document = LogReset {
            old_origin,
            old_size: size as u64,
            old_root: self.root_hash(),
            new_origin: log_origin(self.fingerprint(), 5),
            reason: ResetReason::Restore,
            time: clock::now(),
            newest: None,
        };
        let signed = Unverified::<VerifiedReset>::from_bytes(document.sign(&self.root));
        let reset = signed.verify(self.fingerprint(), &self.root.verifying_key()).unwrap();
        self.push(&Leaf::LogReset { document: reset.hash() });
        self.reset = Some(reset);
    }

    /// What the server shows of itself.
    fn trusted(&self) -> TrustedOrganization {
        TrustedOrganization {
            fingerprint: self.fingerprint(),
            root_key: self.root.verifying_key(),
            directory_key: self.directory.verifying_key(),
            directory_key_serial: 1,
            directory_key_not_after: clock::now().plus_ms(DAY_MS),
            tls_keys: Vec::new(),
            log_origin: self.origin(),
            log_reset: self.reset.clone(),
        }
    }

    /// The engine hears all of the log.
    fn tell(&self, engine: &mut Engine) -> Result<(), EngineError> {
        let learned = engine.trust.hear(0, &self.leaves, &self.note());
        engine.learn(learned)
    }
}

/// A device of that organization, enrolled, over a disk that a test fills. Nobody serves at its server's address.
pub(super) fn device(organization: &mut Organization) -> (Person, Arc<SmallDisk>) {
    let disk = SmallDisk::new();
    let me = enroll_on(&Vault::create_on(disk.clone()).unwrap(), organization);
    (me, disk)
}

/// A device of that organization in this vault.
pub(super) fn enroll_on(vault: &Vault, organization: &mut Organization) -> Person {
    let keys = DeviceKeys::generate(&mut OsRng);
    let (identity, signature) = (keys.identity().unwrap(), keys.signature().unwrap());
    let me = organization.enroll(identity, signature, keys.envelope().unwrap());
    let account = Account {
        url: Personal::new("https://127.0.0.1:1".to_owned()),
        organization: organization.fingerprint(),
        member: me.member,
        login: Personal::default(),
        name: Personal::default(),
        certificate: me.certificate.clone(),
        log_origin: organization.origin(),
        directory_key: organization.directory.verifying_key().to_bytes(),
        directory_key_serial: None,
        directory_key_until: None,
        former_directory_keys: Vec::new(),
        tls_keys: Vec::new(),
        enrolled: clock::now(),
    };
    let write = |tx: &mut crate::store::WriteTx<'_>| -> Result<(), VaultError> {
        tx.put(&DEVICE_KEYS, &(), &keys)?;
        tx.put(&ACCOUNT, &(), &account)
    };
    vault.write(write).unwrap();
    me
}

/// The engine as it comes back from the vault.
pub(super) fn open(disk: &Arc<SmallDisk>) -> Engine {
    let vault = Vault::open_on(disk.clone()).unwrap();
    let (mut engine, _) = assemble(vault, Options::default(), broadcast::channel(port::EVENTS_MAX).0).unwrap();
    engine.remember_organization().unwrap();
    engine.remember_peers().unwrap();
    engine.remember_identities().unwrap();
    engine.remember_logins().unwrap();
    engine
}

fn meet(engine: &mut Engine, person: &Person) {
    let taken = engine.trust.take_device(person.certificate.clone(), person.envelope.public().clone(), None);
    assert_eq!(taken, Ok(person.device()));
    assert!(engine.peer(person.device()).unwrap().is_some());
}

fn told(events: &mut broadcast::Receiver<Value>, event: &str) -> usize {
    std::iter::from_fn(|| events.try_recv().ok()).filter(|told| told["event"] == event).count()
}

#[tokio::test]
async fn a_full_disk_leaves_no_hole_in_the_log_and_forgets_no_revocation() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let left = organization.colleague();
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    let kept = engine.trust.log_size();

    disk.fill(&engine.vault);
    organization.push(&Leaf::DeviceRevoke { device: left.device() });
    organization.grow();
    let refused = organization.tell(&mut engine).unwrap_err();
    assert!(refused.is_disk_full(), "{refused}");
    assert_eq!(engine.trust.log_size(), kept, "what is not kept is heard again");
    assert!(engine.trust.facts().is_ended(left.device()), "and yet it is in force");

    disk.make_room();
    organization
        .push(&Leaf::MemberAdd { member: MemberId::random(&mut OsRng), commitment: Hash32::from_bytes([0; 32]) });
    organization.tell(&mut engine).unwrap();
    drop(engine);
    let engine = open(&disk);
    assert_eq!(engine.trust.log_size(), organization.leaves.len() as u64);
    assert!(engine.trust.facts().is_ended(left.device()));
}

#[tokio::test]
async fn a_restore_heard_on_a_full_disk_brings_nobody_back() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let left = organization.colleague();
    organization.grow();
    let backup = organization.leaves.len();
    organization.push(&Leaf::DeviceRevoke { device: left.device() });
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();

    organization.restore(backup);
    engine.compare_logs(&organization.trusted()).unwrap();
    organization.grow();
    disk.fill(&engine.vault);
    assert!(organization.tell(&mut engine).unwrap_err().is_disk_full());
    assert_eq!((engine.trust.epoch(), engine.trust.facts().is_ended(left.device())), (0, true));

    disk.make_room();
    // The server's next word is of a log that is not ours: it shows who it is again.
    engine.compare_logs(&organization.trusted()).unwrap();
    organization.grow();
    organization.tell(&mut engine).unwrap();
    drop(engine);
    let engine = open(&disk);
    assert_eq!((engine.trust.epoch(), engine.trust.log_size()), (5, organization.leaves.len() as u64));
    assert!(engine.trust.facts().is_ended(left.device()), "revoked after the backup, and revoked for good");
    assert!(engine.log_reset.is_some());
}

#[tokio::test]
async fn a_fork_outlives_a_stored_log_that_is_damaged() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    let other = organization.note_of(Hash32::from_bytes([9; 32]));
    let heard = engine.trust.hear(0, &[], &other);
    engine.learn(heard).unwrap();
    engine.vault.write(|tx| tx.remove(&LOG_LEAVES, &1)).unwrap();
    drop(engine);
    let engine = open(&disk);
    assert_eq!(engine.trust.log_size(), 0, "it is fetched anew");
    assert!(engine.trust.fork().is_some());
}

#[tokio::test]
async fn only_an_identity_that_is_new_is_told() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let mut colleague = organization.colleague();
    organization.reset_identity(&mut colleague);
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    meet(&mut engine, &colleague);
    let mut events = engine.events.subscribe();

    // After a restore all of the log is learned again …
    organization.restore(organization.leaves.len());
    engine.compare_logs(&organization.trusted()).unwrap();
    organization.tell(&mut engine).unwrap();
    assert_eq!(engine.trust.epoch(), 5);
    assert_eq!(told(&mut events, "identity-reset"), 0);
    // … and after another enrollment as well.
    engine.vault.write(|tx| tx.remove_all(&LOG_LEAVES, crate::store::Span::all())).unwrap();
    drop(engine);
    let mut engine = open(&disk);
    let mut events = engine.events.subscribe();
    organization.tell(&mut engine).unwrap();
    assert_eq!(told(&mut events, "identity-reset"), 0);

    organization.reset_identity(&mut colleague);
    organization.tell(&mut engine).unwrap();
    assert_eq!(told(&mut events, "identity-reset"), 1);
}

#[tokio::test]
async fn an_identity_reset_that_was_lost_in_a_restore_is_told() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let mut colleague = organization.colleague();
    let backup = organization.leaves.len();
    organization.reset_identity(&mut colleague);
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    meet(&mut engine, &colleague);
    let mut events = engine.events.subscribe();
    organization.restore(backup);
    engine.compare_logs(&organization.trusted()).unwrap();
    organization.tell(&mut engine).unwrap();
    assert_eq!(told(&mut events, "identity-reset"), 1, "the number is another one again");
}

#[tokio::test]
async fn a_renewal_that_a_restore_lost_is_asked_for_again() {
    let mut organization = Organization::new();
    let (mut me, disk) = device(&mut organization);
    let backup = organization.leaves.len();
    let certificate = organization.certify_until(&mut me, clock::now().plus_ms(89 * DAY_MS + 1)); // never the first
    organization.push(&Leaf::DeviceRenew { device: me.device(), certificate });
    let mut engine = open(&disk);
    let (door, mut asked) = mpsc::channel(64);
    (engine.door, engine.server) = (door, Server::Online);
    organization.tell(&mut engine).unwrap();
    engine.on_renewed(me.certificate.clone()).unwrap();
    // Another one is under way when the server is lost.
    engine.on_renewed(vec![0]).unwrap();
    organization.restore(backup);
    engine.compare_logs(&organization.trusted()).unwrap();
    organization.tell(&mut engine).unwrap();
    let renews =
        std::iter::from_fn(|| asked.try_recv().ok()).filter(|asked| matches!(asked, SignalCommand::Renew { .. }));
    assert_eq!(renews.count(), 1);
}

#[test]
fn online_is_who_holds_both_sessions_and_a_refusal_of_either_is_told() {
    let refused = Server::Refused(CloseCode::Suspended);
    assert_eq!(Server::of_sessions(Server::Online, Server::Online), Server::Online);
    for other in [Server::Online, Server::Offline] {
        assert_eq!(Server::of_sessions(Server::Offline, other), Server::Offline);
        assert_eq!(Server::of_sessions(other, Server::Offline), Server::Offline);
        assert_eq!(Server::of_sessions(refused, other), refused);
        assert_eq!(Server::of_sessions(other, refused), refused);
    }
}

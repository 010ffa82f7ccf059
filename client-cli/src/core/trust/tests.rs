//! What a device believes, attacked: documents that the log does not name, certificates that it ended, histories that part.

mod directory;
mod directory_key;

use protocol::certificate::{CertificateBody, countersign, request};
use protocol::ids::Hash32;
use protocol::keys::{EnvelopeKeyPair, SigningKey};
use protocol::policy::{Policy, PolicyDocument, PolicyKey, Rules};
use protocol::signed;
use protocol::time::DAY_MS;
use protocol::tlog::{Checkpoint, Leaf, MerkleTree};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// An organization that signs whatever a test wants, and one device's belief in it.
struct World {
    directory: SigningKey,
    organization: OrganizationFingerprint,
    tree: MerkleTree,
    trust: Trust,
}

/// A person's device with everything that the directory shows of it.
struct Device {
    id: DeviceId,
    member: MemberId,
    certificate: Vec<u8>,
    envelope_key: EnvelopePublicKey,
}

impl World {
    fn new() -> Self {
        let directory = SigningKey::from_bytes(&[1; 32]);
        let organization = OrganizationFingerprint::from_bytes([2; 32]);
        let trust = Trust::new(organization, "log.example".to_owned(), directory.verifying_key());
        Self { directory, organization, tree: MerkleTree::new(), trust }
    }

    fn note(&self, size: u64, root: Hash32, time: Timestamp) -> Vec<u8> {
        let checkpoint = Checkpoint { origin: "log.example".to_owned(), size, root, time };
        checkpoint.sign(&self.directory).expect("signs").note().to_vec()
    }

    /// The log grows and the device hears it.
    fn publish(&mut self, leaves: &[Leaf]) -> Learned {
        let first = self.tree.size();
        let bytes: Vec<_> = leaves.iter().map(|leaf| LeafBytes(leaf.to_bytes())).collect();
        for leaf in &bytes {
            self.tree.append(&leaf.0);
        }
        let note = self.note(self.tree.size(), self.tree.root(), NOW);
        self.trust.hear(first, &bytes, &note).expect("an honest log")
    }

    fn policy(&self, version: u64, file_send: &str) -> (Vec<u8>, Leaf) {
        let policy = Policy::of(&[(PolicyKey::FileSend, file_send)]).expect("rows");
        let document = PolicyDocument::new(version, NOW, Rules { policy, ..Rules::default() }, None);
        let bytes = signed::sign(&document, &self.directory);
        let hash = Hash32::sha256(&bytes);
        (bytes, Leaf::PolicyPublish { version, hash })
    }

    /// A certified device, and the leaves that make it one.
    fn device(&self, seed: u8) -> (Device, Vec<Leaf>) {
        let (identity, signature) = (SigningKey::from_bytes(&[seed; 32]), SigningKey::from_bytes(&[seed + 100; 32]));
        let envelope = EnvelopeKeyPair::generate(&mut ChaCha20Rng::seed_from_u64(seed.into())).expect("a key");
        let member = MemberId::from_bytes([seed; 16]);
        let id = DeviceId::of_key(signature.verifying_key().as_bytes());
        let identity_key = identity.verifying_key().to_bytes();
        let body = CertificateBody {
            version: 1,
            organization: self.organization,
            member,
            device: id,
            signature_key: signature.verifying_key().to_bytes(),
            identity_key,
            envelope_key_hash: envelope.public().hash(),
            not_before: NOW,
            not_after: NOW.plus_ms(30 * DAY_MS),
            capabilities: Vec::new(),
        };
        let (certificate, verified) =
            countersign(&request(&body, &identity, &signature), &self.directory).expect("its signatures hold");
        let leaves = vec![
            Leaf::MemberAdd { member, commitment: Hash32::from_bytes([seed; 32]) },
            Leaf::IdentitySet { member, identity_key },
            Leaf::DeviceAdd { member, device: id, certificate: verified.hash() },
        ];
        (Device { id, member, certificate, envelope_key: envelope.public().clone() }, leaves)
    }

    fn take(&mut self, device: &Device) -> Result<DeviceId, Disbelief> {
        self.trust.take_device(device.certificate.clone(), device.envelope_key.clone(), None)
    }

    /// The server signs another history of the size that is known.
    fn fork(&mut self) -> Disbelief {
        let other = self.note(self.tree.size(), Hash32::from_bytes([9; 32]), NOW.plus_ms(1));
        self.trust.hear(self.tree.size(), &[], &other).expect_err("two histories")
    }
}

#[test]
fn what_was_obeyed_before_a_restart_is_obeyed_until_another_policy_is_here() {
    let mut world = World::new();
    let (first, first_leaf) = world.policy(1, "off");
    world.publish(&[first_leaf]);
    world.trust.take_policy(&first).expect("named");
    let obeyed = world.trust.policy();
    // The log has to be fetched anew: what the vault kept of the policy cannot be believed yet.
    let mut world = World::new();
    world.trust.keep_obeying(obeyed);
    assert!(world.trust.remember_policy(MemberId::from_bytes([1; 16]), &first, None).is_err());
    assert_eq!(world.trust.policy().value(PolicyKey::FileSend), "off");
    let (second, second_leaf) = world.policy(2, "all");
    world.publish(&[second_leaf]);
    world.trust.take_policy(&second).expect("named");
    assert_eq!(world.trust.policy().value(PolicyKey::FileSend), "all");
}

#[test]
fn a_policy_counts_only_if_the_log_names_exactly_it() {
    let mut world = World::new();
    let (first, first_leaf) = world.policy(1, "off");
    assert_eq!(world.trust.take_policy(&first), Err(Disbelief::NotInLog));
    assert_eq!(world.publish(&[first_leaf]).missing, vec![FetchWhat::Policy]);
    let (looser, _) = world.policy(1, "all");
    assert_eq!(world.trust.take_policy(&looser), Err(Disbelief::NotInLog));
    assert!(world.trust.take_policy(&first).is_ok());
    assert_eq!(world.trust.policy().value(PolicyKey::FileSend), "off");

    let (second, second_leaf) = world.policy(2, "all");
    world.publish(&[second_leaf]);
    assert_eq!(world.trust.take_policy(&first), Err(Disbelief::NotInLog), "an older one comes back");
    assert!(world.trust.take_policy(&second).is_ok());
}

#[test]
fn a_document_of_another_signer_is_refused() {
    let mut world = World::new();
    let (genuine, _) = world.policy(1, "off");
    let document = PolicyDocument::new(1, NOW, Rules::default(), None);
    let forged = signed::sign(&document, &SigningKey::from_bytes(&[77; 32]));
    world.publish(&[Leaf::PolicyPublish { version: 1, hash: Hash32::sha256(&forged) }]);
    assert!(matches!(world.trust.take_policy(&forged), Err(Disbelief::NotSigned(_))));
    assert_eq!(world.trust.take_policy(&genuine), Err(Disbelief::NotInLog));
}

#[test]
fn a_device_counts_only_while_the_log_bears_it_out() {
    let mut world = World::new();
    let (device, leaves) = world.device(3);
    assert!(matches!(world.take(&device), Err(Disbelief::Refused(_))), "a ghost that is in no log");
    world.publish(&leaves);
    assert_eq!(world.take(&device), Ok(device.id));
    assert!(world.trust.device(device.id, NOW).is_some());
    assert_eq!(world.trust.devices_of(device.member, NOW).collect::<Vec<_>>(), vec![device.id]);
    assert!(world.trust.device(device.id, NOW.plus_ms(31 * DAY_MS)).is_none(), "it expired");

    world.publish(&[Leaf::DeviceRevoke { device: device.id }]);
    assert!(world.trust.device(device.id, NOW).is_none());
    assert!(world.take(&device).is_err(), "its certificate comes back");
}

#[test]
fn a_peer_hides_no_revocation_behind_leaves_that_nobody_signed() {
    let mut world = World::new();
    let (device, leaves) = world.device(3);
    // A checkpoint was met before its leaves, as nearly always.
    let early = {
        let mut tree = MerkleTree::new();
        for leaf in &leaves {
            tree.append(&leaf.to_bytes());
        }
        world.note(tree.size(), tree.root(), NOW)
    };
    assert_eq!(world.trust.hear(0, &[], &early).map(|learned| learned.missing.len()), Ok(1));
    world.publish(&leaves);
    assert_eq!(world.take(&device), Ok(device.id));
    let garbage: Vec<_> = (0..64).map(|n| LeafBytes(vec![n])).collect();
    for first in [world.trust.log_size(), 0, world.trust.log_size() + 64] {
        let learned = world.trust.hear_leaves(first, &garbage).expect("nothing is proved, nothing is broken");
        assert!(learned.leaves.is_empty() && learned.note.is_none());
    }
    world.publish(&[Leaf::DeviceRevoke { device: device.id }]);
    assert!(world.trust.device(device.id, NOW).is_none(), "the server's word came through");
}

#[test]
fn a_revocation_comes_by_a_peer_where_the_server_withholds_it() {
    let mut world = World::new();
    let (device, leaves) = world.device(3);
    world.publish(&leaves);
    assert_eq!(world.take(&device), Ok(device.id));
    let revoke = LeafBytes(Leaf::DeviceRevoke { device: device.id }.to_bytes());
    world.tree.append(&revoke.0);
    let note = world.note(world.tree.size(), world.tree.root(), NOW);
    assert_eq!(world.trust.hear(3, &[], &note).map(|learned| learned.missing), Ok(vec![FetchWhat::Log { from: 3 }]));
    let learned = world.trust.hear_leaves(3, std::slice::from_ref(&revoke)).expect("a proof");
    assert_eq!((learned.leaves, learned.note), (vec![(3, revoke)], Some(note)));
    assert!(world.trust.device(device.id, NOW).is_none());
}

#[test]
fn another_envelope_key_beside_a_good_certificate_is_refused() {
    let mut world = World::new();
    let ((device, leaves), (other, _)) = (world.device(3), world.device(4));
    world.publish(&leaves);
    let swapped = world.trust.take_device(device.certificate, other.envelope_key, None);
    assert_eq!(swapped, Err(Disbelief::EnvelopeKey));
}

#[test]
fn after_a_fork_nothing_new_is_taken_and_revocations_still_are() {
    let mut world = World::new();
    let ((known, known_leaves), (new, new_leaves)) = (world.device(3), world.device(4));
    world.publish(&[known_leaves, new_leaves].concat());
    assert!(world.take(&known).is_ok());
    assert!(matches!(world.fork(), Disbelief::Log(ReplicaRefused::Fork(_))));

    assert_eq!(world.take(&new), Err(Disbelief::Forked));
    let (policy, leaf) = world.policy(1, "off");
    world.publish(&[leaf]);
    assert_eq!(world.trust.take_policy(&policy), Err(Disbelief::Forked));
    assert!(world.trust.device(known.id, NOW).is_some(), "who talked before goes on");
    world.publish(&[Leaf::DeviceRevoke { device: known.id }]);
    assert!(world.trust.device(known.id, NOW).is_none());
}

#[test]
fn a_fork_outlives_a_restart_and_cannot_be_made_up() {
    let mut world = World::new();
    let (device, leaves) = world.device(3);
    world.publish(&leaves);
    let Disbelief::Log(ReplicaRefused::Fork(evidence)) = world.fork() else { panic!("two histories") };
    assert_eq!(world.trust.fork_report().map(|report| report.check()), Some(Ok(())));

    let restarted = || {
        let mut world = World::new();
        world.publish(&leaves);
        world
    };
    let mut again = restarted();
    again.trust.remember_fork(*evidence.clone());
    assert_eq!(again.take(&device), Err(Disbelief::Forked));

    let mut attacked = restarted();
    attacked.trust.remember_fork(ForkEvidence { b: evidence.a.clone(), ..*evidence });
    assert!(attacked.trust.fork().is_none());
    assert_eq!(attacked.take(&device), Ok(device.id));
}

#[test]
fn what_is_known_of_revocations_ages() {
    let mut world = World::new();
    assert_eq!(world.trust.age(NOW), Age::Expired, "nothing was ever heard");
    world
        .publish(&[Leaf::MemberAdd { member: MemberId::from_bytes([1; 16]), commitment: Hash32::from_bytes([1; 32]) }]);
    let age_after = |ms| world.trust.age(NOW.plus_ms(ms));
    assert_eq!(age_after(CHECKPOINT_STALE_MS), Age::Fresh);
    assert_eq!(age_after(CHECKPOINT_STALE_MS + 1), Age::Stale);
    assert_eq!(age_after(CHECKPOINT_EXPIRED_MS + 1), Age::Expired);
}

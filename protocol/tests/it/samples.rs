//! One valid sample of everything that travels, made from fixed seeds.

pub mod file;
pub mod office;
pub mod peer;

use protocol::certificate::{self, CERTIFICATE_VERSION, CertificateBody, DeviceCertificate};
use protocol::directory::{
    self, Card, DeviceBatch, DeviceEntry, DirectoryAnswer, DirectoryGroup, DirectoryGroups, DirectoryUpdate, FrontDoor,
    Group, GroupPeople, Have, Person, Visibility,
};
use protocol::ids::{Address, DeviceId, Hash32, MemberId, OrganizationFingerprint, SessionId};
use protocol::keys::{EnvelopeKeyPair, SigningKey};
use protocol::organization::log_origin;
use protocol::policy::Version;
use protocol::signaling::client::Device;
use protocol::signaling::message::{Auth, ClientFrame, FetchWhat, News, ServerFrame, SessionKind, SessionLimits};
use protocol::signaling::proof;
use protocol::signed;
use protocol::time::Timestamp;
use protocol::tlog::{
    Approval, ApproverKey, Approvers, Checkpoint, IdentityOrder, Leaf, LogEnd, LogReset, ResetReason, SignedApprovers,
    SignedCheckpoint, next_origin,
};

pub const ORIGIN: &str = "isoloir.log/test/0";
pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub const VERSION: Version = Version { major: 1, minor: 0, patch: 0 };
pub const LIMITS: SessionLimits =
    SessionLimits { subscriptions_max: 8, put_burst_max: 16, put_per_s_max: 4, in_flight_max: 2 };

/// A generator that starts from a seed: tests with entropy that can be repeated.
pub struct Seeded(pub u64);

impl rand_core::RngCore for Seeded {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    // SplitMix64 (Steele, Lea, Flood, 2014).
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for Seeded {}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn organization() -> OrganizationFingerprint {
    OrganizationFingerprint::of_key(key(100).verifying_key().as_bytes())
}

pub fn directory() -> SigningKey {
    key(101)
}

pub fn device_key(n: u8) -> SigningKey {
    key(n.wrapping_add(1))
}

pub fn identity_key(n: u8) -> SigningKey {
    key(n.wrapping_add(50))
}

pub fn device_id(n: u8) -> DeviceId {
    DeviceId::of_key(device_key(n).verifying_key().as_bytes())
}

pub fn envelope_keys(n: u8) -> EnvelopeKeyPair {
    EnvelopeKeyPair::from_seed([n; 32].into()).unwrap()
}

pub fn certificate_body(n: u8) -> CertificateBody {
    CertificateBody {
        version: CERTIFICATE_VERSION,
        organization: organization(),
        member: MemberId::from_bytes([n; 16]),
        device: device_id(n),
        signature_key: device_key(n).verifying_key().to_bytes(),
        identity_key: identity_key(n).verifying_key().to_bytes(),
        envelope_key_hash: Hash32::sha256(&[n]),
        not_before: NOW.minus_ms(1_000),
        not_after: NOW.plus_ms(80 * 24 * 3_600_000),
        capabilities: vec![],
    }
}

pub fn certificate_request(n: u8) -> Vec<u8> {
    certificate::request(&certificate_body(n), &identity_key(n), &device_key(n))
}

pub fn certificate(n: u8) -> (Vec<u8>, DeviceCertificate) {
    certificate::countersign(&certificate_request(n), &directory()).unwrap()
}

pub fn device(n: u8) -> Device {
    Device { certificate: certificate(n).0, key: device_key(n), release: VERSION }
}

pub fn checkpoint() -> SignedCheckpoint {
    let root = Hash32::from_bytes([7; 32]);
    Checkpoint { origin: ORIGIN.into(), size: 5, root, time: NOW }.sign(&directory()).unwrap()
}

pub fn news() -> News {
    News { checkpoint: checkpoint().note().to_vec(), first: 0, leaves: vec![], policy_version: 1, directory_version: 1 }
}

/// The organization's root, whose key is number 100.
pub fn log_reset() -> LogReset {
    let root = Hash32::from_bytes([7; 32]);
    LogReset {
        old_origin: log_origin(organization(), 0),
        old_size: 5,
        old_root: root,
        new_origin: next_origin(organization(), 0, NOW),
        reason: ResetReason::Restore,
        time: NOW,
        newest: Some(LogEnd { size: 9, root }),
    }
}

/// What they agree to.
pub fn identity_order() -> IdentityOrder {
    let (member, commitment) = (MemberId::from_bytes([1; 16]), Hash32::from_bytes([3; 32]));
    IdentityOrder { organization: organization(), member, identity_key: [4; 32], at: NOW, commitment }
}

/// Two people, of whom both must agree.
pub fn approvers() -> SignedApprovers {
    let keys = [101, 102].map(|n| ApproverKey(key(n).verifying_key().to_bytes())).to_vec();
    Approvers { serial: 1, needed: 2, keys }.sign(&key(100))
}

pub fn leaves() -> Vec<Leaf> {
    let (member, device, hash) = (MemberId::from_bytes([1; 16]), device_id(1), Hash32::from_bytes([3; 32]));
    vec![
        Leaf::MemberAdd { member, commitment: hash },
        Leaf::IdentitySet { member, identity_key: [4; 32] },
        Leaf::IdentityReset { member, identity_key: [5; 32] },
        Leaf::DeviceAdd { member, device, certificate: hash },
        Leaf::DeviceRenew { device, certificate: hash },
        Leaf::DeviceRevoke { device },
        Leaf::PolicyPublish { version: 1, hash },
        Leaf::DirectoryKeySet { serial: 1, key: [6; 32] },
        Leaf::DirectoryPublish { version: 1, hash },
        Leaf::LogReset { document: hash },
        Leaf::IdentityEnd {
            member,
            identity_key: [4; 32],
            at: NOW,
            approvals: vec![Approval { key: [8; 32], signature: [9; 64] }],
        },
        Leaf::ApproversSet { document: approvers() },
    ]
}

pub fn hello(n: u8, nonce: &[u8; 32], exporter: &[u8; 32], kind: SessionKind) -> ClientFrame {
    let signature = proof::hello(&device_key(n), nonce, exporter, kind);
    let auth = Auth::Device { certificate: certificate(n).0, signature };
    ClientFrame::Hello { version: 1, kind, release: VERSION, auth }
}

pub fn client_frames() -> Vec<ClientFrame> {
    let address = Address::from_bytes([1; 16]);
    vec![
        hello(1, &[1; 32], &[2; 32], SessionKind::Door),
        ClientFrame::Sub { key: [1; 32], put_key: [2; 32], signature: [3; 64] },
        ClientFrame::Unsub { address },
        ClientFrame::Put { n: 1, address, mac: [2; 32], envelope: vec![3; 200] },
        ClientFrame::Fetch { n: 2, what: FetchWhat::Log { from: 3 } },
        ClientFrame::Fetch { n: 2, what: FetchWhat::Policy },
        ClientFrame::Fetch { n: 2, what: FetchWhat::Directory { have: None } },
        ClientFrame::Fetch { n: 2, what: FetchWhat::Directory { have: Some(Have { version: 4, class: class() }) } },
        ClientFrame::Fetch { n: 2, what: FetchWhat::Devices { from: 7 } },
        ClientFrame::Fetch { n: 2, what: FetchWhat::PolicyLayers },
        ClientFrame::Renew { n: 3, request: certificate_request(1) },
        ClientFrame::Beat,
    ]
}

pub fn server_frames() -> Vec<ServerFrame> {
    use protocol::signaling::message::{CloseCode, ErrorCode, LeafBytes};
    let address = Address::from_bytes([1; 16]);
    let session = SessionId::from_bytes([4; 16]);
    let leaves = leaves().iter().map(|leaf| LeafBytes(leaf.to_bytes())).collect();
    vec![
        ServerFrame::Challenge { versions: vec![1], nonce: [1; 32] },
        ServerFrame::Welcome { session, nonce: [2; 32], limits: LIMITS, news: news() },
        ServerFrame::Deliver { address, envelope: vec![3; 200] },
        ServerFrame::Gone { n: 1 },
        ServerFrame::News { news: News { leaves, ..news() } },
        ServerFrame::Part { n: 1, offset: 0, total: 3, bytes: vec![1, 2, 3] },
        ServerFrame::Renewed { n: 2, certificate: certificate(1).0 },
        ServerFrame::Lost { address },
        ServerFrame::Error { n: Some(1), code: ErrorCode::Busy },
        ServerFrame::Close { code: CloseCode::Draining },
    ]
}

/// Of a rule that looks at no reader.
pub fn class() -> Hash32 {
    directory::class(&Visibility::All, &[Group::parse("Lyon").unwrap()].into())
}

pub fn person(n: u8) -> Person {
    let (login, name) = (format!("notary{n:02}"), format!("Notary {n:02}"));
    Person { member: MemberId::from_bytes([n; 16]), login: login.into(), name: name.into() }
}

pub fn directory_update() -> DirectoryUpdate {
    let people = vec![person(1), person(2)];
    let digest = directory::digest(&people);
    let (removed, salt) = (vec![], Some([9; 32]));
    DirectoryUpdate { version: 4, issued: NOW, class: class(), base: None, people, removed, digest, salt }
}

pub fn card() -> Card {
    Card { person: person(1), issued: NOW }
}

pub fn directory_groups() -> DirectoryGroups {
    let people =
        [GroupPeople::All(vec![person(1).member, person(2).member]), GroupPeople::TooMany, GroupPeople::Hidden];
    let names = ["canary-lyon", "everybody", "paris"].map(|name| Group::parse(name).expect("a group"));
    let groups = names.into_iter().zip(people).map(|(name, people)| DirectoryGroup { name, people });
    DirectoryGroups { reader: person(1).member, issued: NOW, groups: groups.collect() }
}

/// What a server answers to FETCH of the directory.
pub fn directory_answer() -> DirectoryAnswer {
    let key = directory();
    let [update, card] = [signed::sign(&directory_update(), &key), signed::sign(&card(), &key)];
    DirectoryAnswer { update, card, groups: Some(signed::sign(&directory_groups(), &key)) }
}

pub fn device_batch() -> DeviceBatch {
    let device = DeviceEntry {
        device: device_id(1),
        certificate: certificate(1).0,
        envelope_key: envelope_keys(1).public().clone(),
        front_door: FrontDoor { address: Address::from_bytes([1; 16]), capability: [2; 32] },
    };
    DeviceBatch { class: class(), from: 3, next: 5, until: 9, devices: vec![device] }
}

//! The use cases on a real database with a fixed clock and seed, seen from outside: what a client would check is checked.

mod administration;
mod administrator_erasure;
mod administrators;
mod approvals;
mod backup;
mod cards;
mod directory;
mod directory_key;
mod dropped;
mod enrollment;
mod erasure;
mod handover;
mod own_password;
mod people_list;
mod policy;
mod postgres;
mod provisioning;
mod pushed;
mod replay;
mod requests;
mod roles;
mod sinks;
mod store;
mod tampering;
mod teams;
mod witness;

use std::path::Path;

use protocol::certificate::{self, CERTIFICATE_VERSION, CertificateBody};
use protocol::directory::{
    Card, DeviceBatch, DirectoryAnswer, DirectoryUpdate, FrontDoor, List, Person, Visibility, commitment,
};
use protocol::enrollment::{Begin, Begun, Credential, Finish, Finished};
use protocol::ids::{Address, DeviceId, MemberId};
use protocol::keys::{EnvelopeKeyPair, SigningKey, signing_key};
use protocol::secret::Secret;
use protocol::signed::Unverified;
use protocol::time::{DAY_MS, Timestamp};
use protocol::tlog::{Facts, Leaf, MerkleTree, SignedCheckpoint};
use tempfile::TempDir;

use super::*;
use crate::domain::access::{Grant, LocalAdministrator, Permission};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A server's state on a folder of its own.
struct World {
    services: Services,
    ambient: Ambient,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        Self::seeded(7).await
    }

    async fn seeded(seed: u8) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ambient = Ambient::fixed(NOW, [seed; 32]);
        let services = open(folder.path(), &ambient).await.expect("opens");
        Self { services, ambient, folder }
    }

    /// With these people of the built-in directory.
    async fn with(logins: &[&str]) -> Self {
        let world = Self::new().await;
        world.import(logins).await;
        world
    }

    async fn import(&self, logins: &[&str]) {
        let lines: String = logins.iter().map(|login| format!("{login},Name of {login}\n")).collect();
        let file = format!("login,name\n{lines}");
        self.services.import_people(&grant(), file.as_bytes()).await.expect("imported");
    }

    /// Closes and opens again, as a restart does.
    async fn restart(&mut self) {
        self.services.close().await;
        self.services = open(self.folder.path(), &self.ambient).await.expect("opens again");
    }

    async fn code(&self, login: &str) -> Secret<String> {
        self.services.create_code(&grant(), login).await.expect("a code").code
    }

    async fn enroll(&self, login: &str, client: &Client) -> Finished {
        let code = self.code(login).await;
        let begun = self.services.begin_enrollment(&client.begin(&code)).await.expect("begun");
        self.services.finish_enrollment(&client.finish(self, &begun)).await.expect("finished")
    }

    /// Everybody who is listed, ascending by member id.
    fn listed(&self) -> Vec<Person> {
        let people = &self.services.published().people;
        let view = people.view(&Visibility::All, MemberId::from_bytes([0; 16]));
        people.update(&view, None, people.digest()).people
    }

    /// What a device gets that has `have`, checked as a client checks it.
    async fn fetch(&self, client: &Client, have: Option<&List>) -> (List, Card) {
        let answer = self.services.directory_answer(client.id(), have.map(|list| list.have)).await;
        let bytes = answer.expect("an answer");
        let answer = DirectoryAnswer::from_bytes(&bytes).expect("an answer");
        let key = self.services.directory_key();
        let update = Unverified::<DirectoryUpdate>::from_bytes(answer.update).verify(&key).expect("signed");
        let (list, _) = List::after(have, update).expect("an honest update");
        (list, Unverified::<Card>::from_bytes(answer.card).verify(&key).expect("signed"))
    }

    /// Every device that a device may know of, batch after batch.
    async fn devices(&self, client: &Client, mut from: u64) -> (Vec<DeviceId>, u64) {
        let mut found = Vec::new();
        loop {
            let bytes = self.services.device_batch(client.id(), from).await.expect("a batch");
            let batch = Unverified::<DeviceBatch>::from_bytes(bytes).verify(&self.services.directory_key());
            let batch = batch.expect("signed");
            assert!(batch.from == from && batch.next >= from && batch.next <= batch.until);
            found.extend(batch.devices.iter().map(|device| device.device));
            from = batch.next;
            if batch.next == batch.until {
                return (found, from);
            }
        }
    }

    /// The whole log as a client replays it: every leaf is one that an honest server writes, the root is the signed one.
    async fn facts(&self) -> Facts {
        let (mut facts, mut tree) = (Facts::of(self.services.fingerprint()), MerkleTree::new());
        let batch = self.services.log_batch(0).await.expect("the log");
        for leaf in &batch.leaves {
            tree.append(&leaf.0);
            facts.apply(&Leaf::from_bytes(&leaf.0).expect("a leaf")).expect("an honest leaf");
        }
        let note = Unverified::<SignedCheckpoint>::from_bytes(batch.checkpoint);
        let origin = protocol::organization::log_origin(self.services.fingerprint(), 0);
        let signed = note.verify(&origin, &self.services.directory_key()).expect("signed");
        assert_eq!((signed.checkpoint().size, signed.checkpoint().root), (tree.size(), tree.root()));
        facts
    }
}

async fn open(folder: &Path, ambient: &Ambient) -> Result<Services, OpenError> {
    open_at(folder, Location::Sqlite(folder.join("isoloir.sqlite")), ambient).await
}

async fn open_at(folder: &Path, database: Location, ambient: &Ambient) -> Result<Services, OpenError> {
    let config = ServiceConfig {
        data: folder.to_owned(),
        database,
        directory: DirectoryConfig::default(),
        identity: IdentityConfig::default(),
    };
    Services::open(config, ambient).await
}

fn grant<P: Permission>() -> Grant<P> {
    LocalAdministrator::of_peer(0, 0).expect("root").grant()
}

/// What a device has.
struct Client {
    identity: SigningKey,
    device: SigningKey,
    envelope: EnvelopeKeyPair,
}

impl Client {
    fn new(seed: u8) -> Self {
        let mut rng = Ambient::fixed(NOW, [seed; 32]).rng();
        Self {
            identity: signing_key(&mut rng),
            device: signing_key(&mut rng),
            envelope: EnvelopeKeyPair::generate(&mut rng).expect("a key"),
        }
    }

    fn id(&self) -> DeviceId {
        DeviceId::of_key(self.device.verifying_key().as_bytes())
    }

    fn begin(&self, code: &Secret<String>) -> Begin {
        Begin { credential: Credential::Code { code: code.clone() }, device: self.id() }
    }

    fn body(&self, world: &World, member: MemberId) -> CertificateBody {
        let now = world.ambient.now();
        CertificateBody {
            version: CERTIFICATE_VERSION,
            organization: world.services.fingerprint(),
            member,
            device: self.id(),
            signature_key: self.device.verifying_key().to_bytes(),
            identity_key: self.identity.verifying_key().to_bytes(),
            envelope_key_hash: self.envelope.public().hash(),
            not_before: now,
            not_after: now.plus_ms(90 * DAY_MS),
            capabilities: Vec::new(),
        }
    }

    fn request(&self, body: &CertificateBody) -> Vec<u8> {
        certificate::request(body, &self.identity, &self.device)
    }

    fn finish(&self, world: &World, begun: &Begun) -> Finish {
        let address = Address::of_key(self.device.verifying_key().as_bytes());
        Finish {
            ticket: begun.ticket.clone(),
            request: self.request(&self.body(world, begun.member)),
            envelope_key: self.envelope.public().as_bytes().to_vec(),
            front_door: FrontDoor { address, capability: [9; 32] },
        }
    }
}

//! Lanes with the real suite: who can read, who can write, and what is gone afterwards.

use ed25519_dalek::SigningKey;
use protocol::ids::{ConversationId, DeviceId, Hash32, LaneId, MemberId};

use super::Mls;
use crate::crypto::lane::{
    Applied, Certified, CertifiedDevice, CryptoFault, Devices, Intruder, LaneCrypto, Leaves, Newcomer,
};
use crate::store::{Vault, VaultError, WriteTx};

const NAME: [u8; 16] = [1; 16];

struct Party {
    mls: Mls,
    vault: Vault,
    key: [u8; 32],
    member: MemberId,
}

impl Party {
    fn new(seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = key.verifying_key().to_bytes();
        let mls = Mls::new(key, Hash32::from_bytes([seed; 32]));
        Self { mls, vault: Vault::ephemeral().unwrap(), key: public, member: MemberId::from_bytes([seed; 16]) }
    }

    fn device(&self) -> DeviceId {
        self.mls.device()
    }

    fn does<R>(&self, work: impl FnOnce(&Mls, &mut WriteTx<'_>) -> Result<R, CryptoFault>) -> Result<R, CryptoFault> {
        self.vault.write(|tx| work(&self.mls, tx).map_err(Stopped)).map_err(|stopped| stopped.0)
    }

    fn key_package(&self) -> Vec<u8> {
        self.does(|mls, tx| mls.make_key_package(tx, NAME)).unwrap()
    }

    fn seal(&self, lane: &LaneId, body: &[u8]) -> Vec<u8> {
        self.does(|mls, tx| mls.seal(tx, lane, body)).unwrap()
    }
}

struct Stopped(CryptoFault);

impl From<VaultError> for Stopped {
    fn from(error: VaultError) -> Self {
        Self(error.into())
    }
}

struct Scene {
    owner: Party,
    reader: Party,
    third: Party,
    lane: LaneId,
    roster: Vec<MemberId>,
}

impl Scene {
    fn new() -> Self {
        let (owner, reader, third) = (Party::new(10), Party::new(20), Party::new(30));
        let conversation = ConversationId::pair(owner.member, reader.member);
        let lane = LaneId { device: owner.device(), conversation, generation: 5 };
        let roster = vec![owner.member, reader.member, third.member];
        Self { owner, reader, third, lane, roster }
    }

    fn certified(&self) -> impl Fn(&DeviceId) -> Option<CertifiedDevice> + '_ {
        |device| {
            let party = [&self.owner, &self.reader, &self.third].into_iter().find(|party| party.device() == *device)?;
            Some(CertifiedDevice { member: party.member, signature_key: party.key })
        }
    }

    fn leaves<'a>(&'a self, certified: &'a Certified<'a>) -> Leaves<'a> {
        Leaves { owner: self.owner.device(), roster: &self.roster, devices: Devices::Certified(certified) }
    }

    fn create(&self) -> Result<Vec<u8>, CryptoFault> {
        let (bytes, certified) = (self.reader.key_package(), self.certified());
        let newcomer = Newcomer { device: self.reader.device(), key_package: &bytes };
        self.owner.does(|mls, tx| mls.create(tx, &self.lane, newcomer, self.leaves(&certified)))
    }

    fn join(&self, party: &Party, welcome: &[u8]) -> Result<(), CryptoFault> {
        let certified = self.certified();
        party.does(|mls, tx| mls.join(tx, &self.lane, welcome, &[NAME], self.leaves(&certified)))
    }

    fn apply(&self, party: &Party, bytes: &[u8]) -> Result<Applied, CryptoFault> {
        let certified = self.certified();
        party.does(|mls, tx| mls.apply(tx, &self.lane, bytes, self.leaves(&certified)))
    }

    /// Owner, reader and third in one lane.
    fn of_three() -> Self {
        let scene = Self::new();
        let welcome = scene.create().unwrap();
        scene.join(&scene.reader, &welcome).unwrap();
        let (bytes, certified) = (scene.third.key_package(), scene.certified());
        let newcomer = Newcomer { device: scene.third.device(), key_package: &bytes };
        let leaves = scene.leaves(&certified);
        let added = scene.owner.does(|mls, tx| mls.add(tx, &scene.lane, newcomer, leaves)).unwrap();
        assert_eq!(scene.apply(&scene.reader, &added.commit).unwrap(), Applied::Nothing);
        scene.join(&scene.third, &added.welcome).unwrap();
        drop(certified);
        scene
    }
}

#[test]
fn a_reader_follows_messages_and_updates_in_order() {
    let scene = Scene::new();
    let welcome = scene.create().unwrap();
    scene.join(&scene.reader, &welcome).unwrap();
    for round in 0..3_u8 {
        let sealed = scene.owner.seal(&scene.lane, &[round; 40]);
        assert_eq!(scene.apply(&scene.reader, &sealed).unwrap(), Applied::Body(vec![round; 40]));
        assert!(matches!(scene.apply(&scene.reader, &sealed), Err(CryptoFault::Invalid(_))), "keys are used once");
        let commit = scene.owner.does(|mls, tx| mls.update(tx, &scene.lane)).unwrap();
        assert_eq!(scene.apply(&scene.reader, &commit).unwrap(), Applied::Nothing);
    }
}

#[test]
fn an_epoch_ends_with_its_commit_and_nothing_is_skipped() {
    let scene = Scene::new();
    let welcome = scene.create().unwrap();
    scene.join(&scene.reader, &welcome).unwrap();
    let (first, second) = (scene.owner.seal(&scene.lane, b"first"), scene.owner.seal(&scene.lane, b"second"));
    assert!(matches!(scene.apply(&scene.reader, &second), Err(CryptoFault::Invalid(_))), "no message is skipped");
    assert_eq!(scene.apply(&scene.reader, &first).unwrap(), Applied::Body(b"first".to_vec()));
    let commit = scene.owner.does(|mls, tx| mls.update(tx, &scene.lane)).unwrap();
    scene.apply(&scene.reader, &commit).unwrap();
    assert!(matches!(scene.apply(&scene.reader, &second), Err(CryptoFault::Invalid(_))), "no past epoch is kept");
}

#[test]
fn a_key_package_opens_one_welcome() {
    let scene = Scene::new();
    let welcome = scene.create().unwrap();
    scene.join(&scene.reader, &welcome).unwrap();
    scene.reader.does(|mls, tx| mls.discard(tx, &scene.lane)).unwrap();
    assert!(matches!(scene.join(&scene.reader, &welcome), Err(CryptoFault::NoKeyPackage)));
}

#[test]
fn a_failed_join_keeps_the_key_package() {
    let mut scene = Scene::new();
    let welcome = scene.create().unwrap();
    let roster = std::mem::take(&mut scene.roster);
    assert!(matches!(scene.join(&scene.reader, &welcome), Err(CryptoFault::Intruder(Intruder::NotInRoster))));
    scene.roster = roster;
    scene.join(&scene.reader, &welcome).unwrap();
}

#[test]
fn a_welcome_is_for_the_lane_it_came_in() {
    let mut scene = Scene::new();
    let welcome = scene.create().unwrap();
    scene.lane.generation += 1;
    assert!(matches!(scene.join(&scene.reader, &welcome), Err(CryptoFault::Invalid(_))));
}

#[test]
fn leaves_must_be_certified_devices_with_their_own_key() {
    let scene = Scene::new();
    let bytes = scene.reader.key_package();
    let create = |device: DeviceId, certified: &Certified<'_>| {
        let newcomer = Newcomer { device, key_package: &bytes };
        let leaves =
            Leaves { owner: scene.owner.device(), roster: &scene.roster, devices: Devices::Certified(certified) };
        scene.owner.does(|mls, tx| mls.create(tx, &scene.lane, newcomer, leaves))
    };
    let nobody = create(scene.reader.device(), &|_| None);
    assert!(matches!(nobody, Err(CryptoFault::Intruder(Intruder::NotCertified))));
    let other = |_: &DeviceId| Some(CertifiedDevice { member: scene.reader.member, signature_key: [0; 32] });
    assert!(matches!(create(scene.reader.device(), &other), Err(CryptoFault::Intruder(Intruder::OtherKey))));
    let swapped = create(scene.third.device(), &scene.certified());
    assert!(matches!(swapped, Err(CryptoFault::Intruder(Intruder::Credential))));
    assert!(create(scene.reader.device(), &scene.certified()).is_ok());
}

#[test]
fn only_the_owner_commits_and_sends() {
    let scene = Scene::of_three();
    let message = scene.reader.seal(&scene.lane, b"I am not the owner");
    assert_eq!(scene.apply(&scene.third, &message).unwrap(), Applied::Dropped(Intruder::NotOwner));
    let commit = scene.reader.does(|mls, tx| mls.update(tx, &scene.lane)).unwrap();
    assert_eq!(scene.apply(&scene.third, &commit).unwrap(), Applied::Dropped(Intruder::NotOwner));
    let sealed = scene.owner.seal(&scene.lane, b"I am");
    assert_eq!(scene.apply(&scene.third, &sealed).unwrap(), Applied::Body(b"I am".to_vec()));
}

#[test]
fn nothing_opens_after_removal() {
    let scene = Scene::of_three();
    let removed = scene.third.device();
    let commit = scene.owner.does(|mls, tx| mls.remove(tx, &scene.lane, &removed)).unwrap();
    assert_eq!(scene.apply(&scene.reader, &commit).unwrap(), Applied::Nothing);
    let sealed = scene.owner.seal(&scene.lane, b"among us");
    assert_eq!(scene.apply(&scene.reader, &sealed).unwrap(), Applied::Body(b"among us".to_vec()));
    assert!(scene.apply(&scene.third, &sealed).is_err(), "the next epoch's keys were never there");
    assert_eq!(scene.apply(&scene.third, &commit).unwrap(), Applied::Removed);
}

#[test]
fn noise_is_refused_without_a_trace() {
    let scene = Scene::new();
    let welcome = scene.create().unwrap();
    scene.join(&scene.reader, &welcome).unwrap();
    let sealed = scene.owner.seal(&scene.lane, b"whole");
    for cut in [0, 1, sealed.len() / 2, sealed.len() - 1] {
        assert!(scene.apply(&scene.reader, &sealed[..cut]).is_err());
    }
    let mut flipped = sealed.clone();
    for at in (0..flipped.len()).step_by(7) {
        flipped[at] ^= 1;
        assert!(scene.apply(&scene.reader, &flipped).is_err());
        flipped[at] ^= 1;
    }
    assert_eq!(scene.apply(&scene.reader, &sealed).unwrap(), Applied::Body(b"whole".to_vec()));
}

//! The directory key's time: told before it ends, renewed by the root alone, in the log once, whatever happens in between.

use protocol::audit::AuditEvent;
use protocol::certificate::DeviceCertificate;
use protocol::keys::verifying_key;
use protocol::organization::{DirectoryKey, NotTrusted, OrganizationDocument};
use protocol::signed;

use super::approvals::{Two, waits};
use super::*;
use crate::domain::directory_key::{BadRenewal, RenewalRequest, Standing};
use crate::service::directory_key::RenewalRefused;
use crate::service::keys::{read_root_key, root_key_file};

const SPKI: Hash32 = Hash32::from_bytes([5; 32]);

impl World {
    /// What a client says about the organization's document at this moment.
    fn meet(&self) -> Result<protocol::organization::TrustedOrganization, NotTrusted> {
        let document = protocol::codec::encode(&self.services.organization_document(&[SPKI]));
        let document = OrganizationDocument::from_bytes(&document).expect("a document");
        document.verify(self.services.fingerprint(), SPKI, self.ambient.now())
    }

    /// What the root key signs for the present request.
    fn signed(&self) -> Vec<u8> {
        let request = RenewalRequest::from_bytes(&self.services.request_renewal(0).to_bytes()).expect("a request");
        request.sign(&self.root(), None).expect("signed")
    }

    fn root(&self) -> SigningKey {
        read_root_key(&root_key_file(self.folder.path())).expect("the root key")
    }

    /// What the root key signs for another key, which the signer named.
    async fn signed_successor(&self) -> (Vec<u8>, [u8; 32]) {
        let request = self.services.request_successor(&grant(), 0).await.expect("a key");
        let key = request.next().key;
        (request.sign(&self.root(), Some(key)).expect("signed"), key)
    }

    async fn renew(&self, signed: &[u8]) -> Result<u64, RenewalRefused> {
        let renewed = self.services.renew_directory_key(&grant(), signed).await;
        renewed.map(|renewed| renewed.key().serial)
    }

    async fn noted(&self) -> Vec<u64> {
        let entries = self.services.audit(&grant(), 0).await.expect("entries");
        let serial = |event: &AuditEvent| match event {
            AuditEvent::DirectoryKeySet { serial } | AuditEvent::DirectoryKeyRotated { serial } => Some(*serial),
            _ => None,
        };
        entries.iter().filter_map(|entry| serial(&entry.event)).collect()
    }
}

#[tokio::test]
async fn a_renewal_is_in_force_at_once_in_the_log_and_after_a_restart() {
    let mut world = World::with(&["notary03"]).await;
    assert_eq!(world.services.directory_key_standing().1, Standing::Good);
    world.ambient.advance_ms(340 * DAY_MS);
    let (before, standing) = world.services.directory_key_standing();
    assert_eq!(standing, Standing::Ending);
    let mut news = world.services.subscribe();
    let signed = world.signed();
    assert_eq!(world.renew(&signed).await.ok(), Some(2));
    // Whoever reads the leaf and asks is shown the new statement.
    assert_eq!(news.try_recv().expect("told").news.leaves.len(), 1);
    let met = world.meet().expect("trusted");
    assert_eq!((met.directory_key_serial, met.directory_key.to_bytes()), (2, before.key));
    assert_eq!(world.facts().await.directory_key(), Some((2, before.key)));
    assert!(matches!(world.renew(&signed).await, Err(RenewalRefused::Document(BadRenewal::Old))));

    world.ambient.advance_ms(30 * DAY_MS);
    world.restart().await;
    assert_eq!(world.meet().expect("trusted after the old end").directory_key_serial, 2);
    assert_eq!(world.noted().await, [1, 2]);
    world.enroll("notary03", &Client::new(1)).await;
}

#[tokio::test]
async fn a_key_that_has_ended_still_starts_and_is_renewed() {
    let mut world = World::with(&["notary03"]).await;
    world.ambient.advance_ms(400 * DAY_MS);
    world.restart().await;
    assert_eq!(world.services.directory_key_standing().1, Standing::Ended);
    assert_eq!(world.meet().err(), Some(NotTrusted::DirectoryKey));
    assert_eq!(world.renew(&world.signed()).await.ok(), Some(2));
    assert!(world.meet().is_ok());
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
}

#[tokio::test]
async fn what_the_root_did_not_sign_changes_nothing() {
    let world = World::new().await;
    let request = world.services.request_renewal(0);
    let stranger = signing_key(&mut world.ambient.rng());
    assert_eq!(request.sign(&stranger, None), Err(BadRenewal::OtherOrganization));
    let forged = signed::sign(request.next(), &stranger);
    for bad in [forged.as_slice(), b"", &[0; 4_000]] {
        assert!(matches!(world.renew(bad).await, Err(RenewalRefused::Document(_))));
    }
    assert_eq!((world.meet().expect("trusted").directory_key_serial, world.noted().await), (1, vec![1]));
}

/// Killed between the file and the commit, or brought back from an older copy: the log says each serial once, and never an older one.
#[tokio::test]
async fn the_file_and_the_log_find_together_again() {
    let mut world = World::new().await;
    let file = world.folder.path().join("keys/directory.signed");
    let old = std::fs::read(&file).expect("read");
    world.services.inner.keys.put_statement(&world.signed()).expect("written");
    world.restart().await;
    assert_eq!((world.meet().expect("trusted").directory_key_serial, world.noted().await), (2, vec![1, 2]));
    assert_eq!(world.facts().await.directory_key().map(|(serial, _)| serial), Some(2));

    std::fs::write(&file, old).expect("brought back");
    world.restart().await;
    assert_eq!(world.meet().expect("trusted").directory_key_serial, 1);
    assert_eq!(world.renew(&world.signed()).await.ok(), Some(3));
    assert_eq!(world.noted().await, [1, 2, 3]);
    // Replayed as a client replays it: serials only grow.
    assert_eq!(world.facts().await.directory_key().map(|(serial, _)| serial), Some(3));
}

/// Everything that the old key signed goes on counting, because the log that the new one signs names it; and nothing new does.
#[tokio::test]
async fn another_key_takes_over_and_what_was_signed_before_still_counts() {
    let mut world = World::with(&["notary03", "notary04"]).await;
    let first = Client::new(1);
    let enrolled = world.enroll("notary03", &first).await;
    let before = world.services.directory_key_standing().0;
    let (signed, key) = world.signed_successor().await;
    // Asked again, it is the same key; one that nobody made here is not taken.
    assert_eq!(world.services.request_successor(&grant(), 0).await.expect("a key").next().key, key);
    let foreign = signed::sign(&DirectoryKey { key: [7; 32], serial: 9, ..before.clone() }, &world.root());
    assert!(matches!(world.renew(&foreign).await, Err(RenewalRefused::Document(BadRenewal::OtherKey))));

    let mut news = world.services.subscribe();
    assert_eq!(world.renew(&signed).await.ok(), Some(2));
    let told = news.try_recv().expect("told").news.clone();
    let note = Unverified::<SignedCheckpoint>::from_bytes(told.checkpoint);
    let origin = world.services.log_state().origin;
    assert!(note.verify(&origin, &verifying_key(&key).expect("a key")).is_ok(), "the new key signs from its leaf on");
    assert!(note.verify(&origin, &verifying_key(&before.key).expect("a key")).is_err());
    let met = world.meet().expect("trusted");
    assert_eq!((met.directory_key_serial, met.directory_key.to_bytes()), (2, key));
    assert_eq!(world.facts().await.directory_keys_before(2).collect::<Vec<_>>(), [before.key]);

    for _ in 0..2 {
        let keys = world.services.directory_keys();
        let certificate = Unverified::<DeviceCertificate>::from_bytes(enrolled.certificate.clone());
        let certificate = keys.any(|key| certificate.verify(world.services.fingerprint(), key)).expect("certified");
        assert_eq!(world.facts().await.check_certificate(&certificate), Ok(()));
        assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
        assert_eq!(world.noted().await, [1, 2]);
        world.restart().await;
    }
    world.enroll("notary04", &Client::new(2)).await;
    // The key that was replaced is nowhere any more, and neither comes back.
    let folder = world.folder.path().join("keys");
    assert!(!folder.join("directory-next.key").exists());
    assert!(matches!(world.renew(&signed).await, Err(RenewalRefused::Document(BadRenewal::Old))));
    assert_eq!(world.renew(&world.signed()).await.ok(), Some(3));
    assert_eq!(world.meet().expect("trusted").directory_key.to_bytes(), key);
}

/// Killed after the root's word was put down: the next start ends what was begun, whatever step is missing.
#[tokio::test]
async fn a_change_of_keys_that_was_cut_off_is_ended_at_the_next_start() {
    let mut world = World::with(&["notary03"]).await;
    let (signed, key) = world.signed_successor().await;
    let keys = &world.services.inner.keys;
    let mut next = (**keys.statement.load()).clone();
    keys.keep_former(&mut next).expect("written");
    keys.put_statement(&signed).expect("written");
    world.restart().await;
    assert_eq!((world.meet().expect("trusted").directory_key.to_bytes(), world.noted().await), (key, vec![1, 2]));
    assert!(!world.folder.path().join("keys/directory-next.key").exists());
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
    world.enroll("notary03", &Client::new(1)).await;
}

/// The log holds it, the key has not been moved yet: another request meanwhile must not take its place.
#[tokio::test]
async fn a_request_never_writes_over_the_key_in_force() {
    let mut world = World::with(&["notary03"]).await;
    let (signed, key) = world.signed_successor().await;
    let folder = world.folder.path().join("keys");
    let waiting = std::fs::read(folder.join("directory-next.key")).expect("read");
    let old = std::fs::read(folder.join("directory.key")).expect("read");
    assert_eq!(world.renew(&signed).await.ok(), Some(2));
    std::fs::write(folder.join("directory.key"), old).expect("as it was");
    std::fs::write(folder.join("directory-next.key"), waiting).expect("as it was");
    let next = world.services.request_successor(&grant(), 7).await.expect("a key").next().clone();
    assert!(next.key != key && next.serial == 8, "another key, and a serial beyond what devices have seen");
    world.restart().await;
    assert_eq!(world.meet().expect("trusted").directory_key.to_bytes(), key);
}

#[tokio::test]
async fn an_organization_does_not_begin_beside_a_key_that_waits_for_its_root() {
    let (folder, ambient) = (tempfile::tempdir().expect("a folder"), Ambient::fixed(NOW, [7; 32]));
    keys::first_key(folder.path(), &ambient).expect("made");
    let opened = open(folder.path(), &ambient).await;
    assert!(matches!(opened, Err(OpenError::Keys(KeysFault::RootAwaited))));
    assert!(!folder.path().join("keys").exists());
}

#[tokio::test]
async fn another_directory_key_waits_for_somebody_else() {
    let two = Two::open().await;
    let services = &two.world.services;
    let request = services.request_successor(&grant(), 0).await.expect("a key");
    let root = read_root_key(&root_key_file(two.world.folder.path())).expect("the root key");
    let signed = request.sign(&root, Some(request.next().key)).expect("signed");
    let asked = services.renew_directory_key(&two.claire.grant().expect("an owner"), &signed).await;
    let number = match asked {
        Err(RenewalRefused::Service(error)) => waits::<()>(Err(error)),
        done => panic!("{done:?}"),
    };
    let shown = two.shown(number).await;
    assert_eq!((shown.act.word, shown.act.details.len()), ("rotate-directory-key", 1));
    assert_eq!(services.directory_key_standing().0.serial, 1);
    two.agree(&two.marc, number).await.expect("agreed");
    assert_eq!(services.directory_key().to_bytes(), request.next().key);
    // More time for it is not one of these acts.
    let more = services.request_renewal(0).sign(&root, None).expect("signed");
    assert!(services.renew_directory_key(&two.claire.grant().expect("an owner"), &more).await.is_ok());
}

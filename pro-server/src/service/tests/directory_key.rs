//! The directory key's time: told before it ends, renewed by the root alone, in the log once, whatever happens in between.

use protocol::audit::AuditEvent;
use protocol::organization::{NotTrusted, OrganizationDocument};

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
        let request = RenewalRequest::from_bytes(&self.services.request_renewal().to_bytes()).expect("a request");
        request.sign(&read_root_key(&root_key_file(self.folder.path())).expect("the root key")).expect("signed")
    }

    async fn renew(&self, signed: &[u8]) -> Result<u64, RenewalRefused> {
        let renewed = self.services.renew_directory_key(&grant(), self.folder.path(), signed).await;
        renewed.map(|key| key.serial)
    }

    async fn noted(&self) -> Vec<u64> {
        let entries = self.services.audit(&grant(), 0).await.expect("entries");
        let serial = |event: &AuditEvent| match event {
            AuditEvent::DirectoryKeySet { serial } => Some(*serial),
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
    let request = world.services.request_renewal();
    let stranger = signing_key(&mut world.ambient.rng());
    assert_eq!(request.sign(&stranger), Err(BadRenewal::OtherOrganization));
    let forged = protocol::signed::sign(request.next(), &stranger);
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
    keys::put_statement(world.folder.path(), &world.signed()).expect("written");
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

//! What a backup copies, and what a restored state no longer lets in.

use protocol::audit::{AdministratorRole, Assignment};

use super::*;
use crate::config::Sources;
use crate::service::backup::{BackupFault, FOLDER};
use crate::storage;

#[tokio::test]
async fn a_file_too_large_for_a_backup_is_named_and_nothing_stays() {
    let world = World::new().await;
    let (data, large) = (world.folder.path(), world.folder.path().join("large"));
    let file = std::fs::File::create(&large).expect("made");
    let configuration = Sources { file: None, named: vec![("tls.key_file".to_owned(), large.clone())] };
    file.set_len(4 * 1024 * 1024).expect("as large as it may be");
    world.services.snapshot(&grant(), data, &configuration).await.expect("taken");
    file.set_len(4 * 1024 * 1024 + 1).expect("too large");
    let refused = world.services.snapshot(&grant(), data, &configuration).await.err();
    let Some(BackupFault::TooLarge { file, mebibytes_max: 4 }) = refused else { panic!("{refused:?}") };
    assert_eq!(file, large.display().to_string());
    assert!(!data.join(FOLDER).exists(), "no key is left in the copy");
}

#[tokio::test]
async fn a_copy_whose_leaves_are_not_what_was_signed_is_no_backup() {
    let world = World::with(&["notary03"]).await;
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    storage::log::overwrite(&mut tx, 1, b"another").await.expect("damaged");
    tx.commit().await.expect("committed");
    let configuration = Sources { file: None, named: Vec::new() };
    let refused = world.services.snapshot(&grant(), world.folder.path(), &configuration).await.err();
    assert!(matches!(refused, Some(BackupFault::Incoherent)), "{refused:?}");
}

#[tokio::test]
async fn a_restored_state_takes_no_link_and_no_code_of_before() {
    let world = World::with(&["notary03"]).await;
    let link = world
        .services
        .add_administrator(&grant(), &[Assignment::everywhere(AdministratorRole::Owner)])
        .await
        .expect("made")
        .token;
    let code = world.code("notary03").await;
    let client = Client::new(1);
    assert!(world.services.look_up_link(&link).await.is_ok());
    assert!(world.services.begin_enrollment(&client.begin(&code)).await.is_ok());
    world.services.note_restored(NOW).await.expect("noted");
    assert_eq!(world.services.look_up_link(&link).await.err(), Some(Denial::Link.into()));
    let begun = world.services.begin_enrollment(&client.begin(&code)).await;
    assert_eq!(begun.err(), Some(Denial::Code.into()));
    world.enroll("notary03", &client).await;
}

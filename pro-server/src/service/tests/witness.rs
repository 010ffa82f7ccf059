//! A database that was put back while no server ran: nothing is written to it before the root key has said how the log goes on.

use protocol::audit::{AdministratorRole, Assignment, AuditEvent};
use protocol::tlog::ResetReason;

use super::*;
use crate::service::log_reset::Newest;

/// The database as it is now, for another day.
async fn keep(world: &mut World) -> Vec<u8> {
    world.services.close().await;
    let kept = std::fs::read(database(world)).expect("read");
    world.restart().await;
    kept
}

async fn put_back(world: &mut World, kept: &[u8]) {
    world.services.close().await;
    std::fs::write(database(world), kept).expect("written");
    world.restart().await;
}

fn database(world: &World) -> PathBuf {
    world.folder.path().join("isoloir.sqlite")
}

const BEHIND: ServiceError = ServiceError::Unavailable(Outage::Behind);

#[tokio::test]
async fn a_database_that_was_put_back_takes_nothing_but_the_reset_of_its_log() {
    let mut world = World::with(&["notary03", "notary04"]).await;
    let client = Client::new(1);
    world.enroll("notary03", &client).await;
    let code = world.code("notary04").await;
    let kept = keep(&mut world).await;
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    let newest = world.services.log_state().end;
    let newer = keep(&mut world).await;
    assert_eq!(world.services.seen_beyond(), None);

    put_back(&mut world, &kept).await;
    assert_eq!(world.services.seen_beyond(), Some(Newest::Shown(newest)));
    assert_eq!(world.services.suspend_person(&grant(), "notary04").await.err(), Some(BEHIND));
    assert!(world.services.seen_beyond().is_some(), "it stays so");
    // The newest copy is found after all.
    put_back(&mut world, &newer).await;
    world.services.resume_person(&grant(), "notary03").await.expect("as if nothing had been");

    put_back(&mut world, &kept).await;
    let seen = world.services.seen_beyond().expect("put back again");
    let request = world.services.request_reset(ResetReason::Restore, &seen);
    assert!(request.newest.is_some_and(|end| end.size > newest.size), "devices are told how much is lost");
    let signed = world.services.sign_reset(world.folder.path(), &request).expect("a key").expect("here");
    world.services.reset_log(&grant(), &signed).await.expect("reset");
    assert_eq!(world.services.seen_beyond(), None);
    let begun = world.services.begin_enrollment(&client.begin(&code)).await;
    assert_eq!(begun.err(), Some(Denial::Code.into()), "it may have been spent since");
    world.restart().await;
    assert_eq!(world.services.seen_beyond(), None);
    world.services.suspend_person(&grant(), "notary04").await.expect("everything works");

    // To before the reset.
    put_back(&mut world, &newer).await;
    assert!(matches!(world.services.seen_beyond(), Some(Newest::LaterLog { .. })));
}

#[tokio::test]
async fn an_audit_that_was_put_back_is_noticed_though_the_log_is_the_same() {
    let mut world = World::with(&["notary03"]).await;
    let kept = keep(&mut world).await;
    let before = world.services.log_state().end;
    world
        .services
        .add_administrator(&grant(), &[Assignment::everywhere(AdministratorRole::Owner)])
        .await
        .expect("made");
    assert_eq!(world.services.log_state().end, before);
    put_back(&mut world, &kept).await;
    assert!(world.services.seen_beyond().is_some());
    let entries = world.services.audit(&grant(), 0).await.expect("it can be looked at");
    assert!(entries.iter().all(|entry| entry.event != AuditEvent::ServerStopped));
}

#[tokio::test]
async fn what_is_no_word_of_ours_says_nothing() {
    let mut world = World::with(&["notary03"]).await;
    let file = world.folder.path().join("newest.json");
    let other = World::seeded(9).await;
    let foreign = std::fs::read(other.folder.path().join("newest.json")).expect("there");
    for text in [foreign.as_slice(), b"", b"{\"origin\":\"x\"}", &[0xff; 9_000]] {
        std::fs::write(&file, text).expect("written");
        world.restart().await;
        assert_eq!(world.services.seen_beyond(), None);
    }
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    let text = std::fs::read_to_string(&file).expect("there");
    assert!(text.contains("\"log\":{\"size\":"), "written anew: {text}");
}

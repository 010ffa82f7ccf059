//! The use cases on PostgreSQL: what becomes of them when the database goes away, comes back, or is another server's meanwhile.
//! Nothing that was acknowledged is lost, and nothing is signed that another server may have made untrue.

use super::administrators::{Account, first};
use super::*;
use crate::service::administrators::Named;
use crate::storage::suite::{postgres_location, tampering::put_back, writer::cut};

pub(super) async fn world() -> (World, Location) {
    let folder = tempfile::tempdir().expect("a folder");
    let (ambient, location) = (Ambient::fixed(NOW, [7; 32]), postgres_location().await);
    let services = open_at(folder.path(), location.clone(), &ambient).await.expect("opens");
    let world = World { services, ambient, folder };
    world.import(&["notary03", "notary04"]).await;
    (world, location)
}

const TAKEN: ServiceError = ServiceError::Unavailable(Outage::Taken);

#[tokio::test]
async fn postgres_a_restart_finds_everything() {
    let (mut world, location) = world().await;
    let client = Client::new(1);
    world.enroll("notary03", &client).await;
    let before = world.services.log_state();
    world.services.close().await;
    world.services = open_at(world.folder.path(), location, &world.ambient).await.expect("opens again");
    assert_eq!(world.services.log_state().end, before.end);
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    world.facts().await;
}

#[tokio::test]
async fn postgres_a_lost_connection_loses_nothing_that_was_acknowledged() {
    let (world, _) = world().await;
    let client = Client::new(1);
    world.enroll("notary03", &client).await;
    for login in ["notary03", "notary04"] {
        cut(&world.services.inner.storage).await;
        world.services.heartbeat().await.expect("beats over a new connection");
        cut(&world.services.inner.storage).await;
        world.services.suspend_person(&grant(), login).await.expect("suspended");
    }
    let change = world.services.inner.change().await.expect("begins");
    cut(&world.services.inner.storage).await;
    let unheard = change.commit(0..0).await.err();
    assert_eq!(unheard, Some(Outage::Database.into()));
    world.services.resume_person(&grant(), "notary03").await.expect("resumed");
    world.facts().await;
}

#[tokio::test]
async fn postgres_a_server_that_lost_its_database_to_another_signs_nothing() {
    let (world, location) = world().await;
    let change = world.services.inner.change().await.expect("begins");
    cut(&world.services.inner.storage).await;
    let other = open_at(world.folder.path(), location, &world.ambient).await.expect("the other one may");
    other.suspend_person(&grant(), "notary03").await.expect("suspended");
    let shown = world.services.checkpoint();
    assert!(change.commit(0..0).await.is_err());
    assert_eq!(world.services.heartbeat().await, Err(TAKEN));
    assert_eq!(world.services.suspend_person(&grant(), "notary04").await.err(), Some(TAKEN));
    assert_eq!(world.services.checkpoint().note(), shown.note(), "it does not call its old state the newest");

    other.close().await;
    world.services.heartbeat().await.expect("beats again");
    let log = (other.log_state().end, world.services.log_state().end);
    assert_eq!(log.0, log.1, "what the other one did is known");
    world.services.resume_person(&grant(), "notary03").await.expect("it is suspended here too");
    world.facts().await;
}

#[tokio::test]
async fn postgres_a_database_that_was_put_back_is_noticed() {
    let (world, location) = world().await;
    let before = world.services.log_state();
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    cut(&world.services.inner.storage).await;
    let storage = Storage::open(&location, NOW).await.expect("opens");
    let mut tx = storage.begin().await.expect("begins");
    put_back(&mut tx, before.end.size).await;
    tx.commit().await.expect("put back");
    storage.close().await;
    let refused = world.services.heartbeat().await.err();
    assert!(
        matches!(refused, Some(ServiceError::Unavailable(Outage::Behind) | ServiceError::Internal(_))),
        "{refused:?}"
    );
    assert!(world.services.suspend_person(&grant(), "notary04").await.is_err());
}

#[tokio::test]
async fn postgres_what_another_server_took_back_is_worth_nothing_here() {
    let (world, location) = world().await;
    let scope = protocol::audit::IntegrationScope::Provisioning;
    let made = world.services.add_integration(&grant(), scope, "Entra ID", 30).await.expect("made");
    let (_, opened) = Account::set_up(&world, &first(&world).await, "claire").await;
    cut(&world.services.inner.storage).await;
    let other = open_at(world.folder.path(), location, &world.ambient).await.expect("the other one may");
    other.revoke_integration(&grant(), made.id).await.expect("revoked");
    let link = other.reset_administrator(&grant(), Named::Name("claire")).await.expect("reset");
    let newer = other.add_integration(&grant(), scope, "Okta", 30).await.expect("made");
    other.close().await;

    world.services.heartbeat().await.expect("beats again");
    assert_eq!(world.services.admit_integration(&made.token).await.err(), Some(Denial::Token.into()));
    assert_eq!(world.services.resume(&opened.token), None, "whoever was signed in may have been removed");
    assert!(world.services.admit_integration(&newer.token).await.is_ok());
    assert!(world.services.look_up_link(&link.token).await.is_ok());
}

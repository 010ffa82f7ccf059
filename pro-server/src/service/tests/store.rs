//! Moving to another database and back, interrupted and repeated; and backups of PostgreSQL. Afterwards there is one database that may be
//! served, with everything in it, and devices go on.

use super::postgres::world;
use super::*;
use crate::config::Sources;
use crate::service::store::{How, MoveFault, Moved, import, require_empty};
use crate::storage::suite::{postgres_location, tampering::unmark};
use crate::storage::{StorageError, Unusable};

async fn move_to(services: &Services, to: &Location) -> Result<Moved, MoveFault> {
    services.move_to(to, &mut |_, _| ()).await
}

/// Gives up when the first table is done, as a killed command does.
async fn interrupted(services: &Services, to: &Location) {
    let (told, mut hears) = tokio::sync::mpsc::channel(1);
    let mut progress = |table: &str, _| drop(told.try_send(table.to_owned()));
    tokio::select! {
        biased;
        table = hears.recv() => assert!(table.is_some()),
        moved = services.move_to(to, &mut progress) => panic!("not interrupted: {moved:?}"),
    }
}

async fn refusal(folder: &Path, location: &Location, ambient: &Ambient) -> OpenError {
    open_at(folder, location.clone(), ambient).await.err().expect("refused")
}

#[tokio::test]
async fn postgres_and_sqlite_are_moved_between_and_devices_go_on() {
    let mut world = World::with(&["notary03", "notary04"]).await;
    let (client, folder) = (Client::new(1), world.folder.path().to_owned());
    world.enroll("notary03", &client).await;
    let (list, _) = world.fetch(&client, None).await;
    let sqlite = Location::Sqlite(folder.join("isoloir.sqlite"));
    let (postgres, back) = (postgres_location().await, Location::Sqlite(folder.join("back.sqlite")));
    for (from, to) in [(&sqlite, &postgres), (&postgres, &back)] {
        let before = world.services.log_state();
        interrupted(&world.services, to).await;
        world.services.heartbeat().await.expect("the one in use is as it was");
        let moved = move_to(&world.services, to).await.expect("moved");
        assert_eq!((moved.log, moved.how), (before.end, How::Copied));
        let people = moved.tables.iter().find(|table| table.table == "member").expect("the people");
        assert_eq!(people.rows, 2);
        world.services.close().await;
        let left = refusal(&folder, from, &world.ambient).await;
        assert_eq!(left, OpenError::Storage(StorageError::Unusable(Unusable::Moved)), "nobody serves on the old one");
        world.services = open_at(&folder, to.clone(), &world.ambient).await.expect("opens");
        assert_eq!(world.services.log_state().end, before.end);
        assert_eq!(world.fetch(&client, None).await.0.have, list.have, "devices see the same people");
        world.facts().await;
    }
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    world.enroll("notary04", &Client::new(2)).await;
    world.facts().await;
}

#[tokio::test]
async fn postgres_half_a_move_serves_nobody_and_a_whole_one_is_recognized() {
    let world = World::with(&["notary03"]).await;
    let (folder, to) = (world.folder.path(), postgres_location().await);
    interrupted(&world.services, &to).await;
    assert_eq!(refusal(folder, &to, &world.ambient).await, OpenError::Keys(KeysFault::WithoutDatabase));
    let first = move_to(&world.services, &to).await.expect("moved");
    // As if it had been killed before the old one was marked.
    unmark(&world.services.inner.storage).await;
    let second = move_to(&world.services, &to).await.expect("found");
    assert_eq!(second, Moved { how: How::Found, ..first });
    unmark(&world.services.inner.storage).await;
    world.import(&["notary04"]).await;
    assert!(matches!(move_to(&world.services, &to).await, Err(MoveFault::Occupied)), "it has gone on since");
}

#[tokio::test]
async fn postgres_is_not_filled_over_another_organization() {
    let (world, other) = (World::with(&["notary03"]).await, postgres_location().await);
    let folder = tempfile::tempdir().expect("a folder");
    open_at(folder.path(), other.clone(), &Ambient::fixed(NOW, [9; 32])).await.expect("founded").close().await;
    assert!(matches!(move_to(&world.services, &other).await, Err(MoveFault::Occupied)));
    assert!(matches!(require_empty(&other, NOW).await, Err(MoveFault::Occupied)));
    let strange = refusal(world.folder.path(), &other, &world.ambient).await;
    assert_eq!(strange, OpenError::Keys(KeysFault::OtherOrganization));
}

#[tokio::test]
async fn postgres_is_backed_up_and_restored_into_either() {
    let (world, _) = world().await;
    let client = Client::new(1);
    world.enroll("notary03", &client).await;
    let data = world.folder.path();
    let snapshot = world.services.snapshot(&grant(), data, &Sources::default()).await.expect("taken");
    let end = world.services.log_state().end;
    assert_eq!((snapshot.manifest.log, snapshot.manifest.people, snapshot.manifest.devices), (end, 2, 1));
    let file = snapshot.folder.join(crate::backup::manifest::DATABASE);
    let other = postgres_location().await;
    require_empty(&other, NOW).await.expect("empty");
    import(&file, &other, NOW).await.expect("imported");
    assert!(matches!(import(&file, &other, NOW).await, Err(MoveFault::Occupied)), "nothing is written over");
    for place in [other, Location::Sqlite(file)] {
        // What is restored goes into a folder that has seen nothing.
        std::fs::remove_file(data.join("newest.json")).expect("there");
        let restored = open_at(data, place, &world.ambient).await.expect("opens");
        assert_eq!(restored.log_state().end, end);
        restored.suspend_person(&grant(), "notary03").await.expect("suspended");
        restored.close().await;
    }
}

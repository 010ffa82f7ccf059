//! Replay, restart and failure: what is stored is a function of inputs, clock and seed, and a failed change leaves nothing.

use std::sync::Arc;

use protocol::policy::{Policy, PolicyKey};

use super::*;
use crate::storage;
use crate::storage::StorageError;

/// The same acts in the same order; what people say to each other does not reach these services at all.
async fn act(world: &World) {
    world.import(&["notary03", "notary04", "clerk01"]).await;
    let (one, two) = (Client::new(1), Client::new(2));
    world.enroll("notary03", &one).await;
    world.ambient.advance_ms(5_000);
    world.enroll("notary04", &two).await;
    world.services.heartbeat().await.expect("beats");
    world
        .services
        .publish_policy(&grant(), Policy::of(&[(PolicyKey::MessageRetentionDays, "7")]).expect("rows"), 1)
        .await
        .expect("published");
    world.services.suspend_person(&grant(), "notary04").await.expect("suspended");
}

/// SQLite's file change counter and version-valid-for number go by when the first page was last read: that depends on when the process,
/// other databases in it included, runs out of page cache.
const CHANGE_COUNTERS: [std::ops::Range<usize>; 2] = [24..28, 92..96];

#[tokio::test]
async fn two_runs_store_the_same_bytes() {
    let mut stored = Vec::new();
    for other_draws in [0, 3] {
        let world = World::seeded(5).await;
        for _ in 0..other_draws {
            // What signaling draws differs between the worlds.
            let _: [u8; 32] = world.ambient.stream("signaling").bytes();
        }
        act(&world).await;
        world.services.close().await;
        let mut database = std::fs::read(world.folder.path().join("isoloir.sqlite")).expect("the database");
        for place in CHANGE_COUNTERS {
            database.get_mut(place).expect("a header").fill(0);
        }
        assert!(!world.folder.path().join("isoloir.sqlite-wal").exists(), "folded into the file when closed");
        stored.push(database);
    }
    let differs = stored[0].iter().zip(&stored[1]).position(|(one, other)| one != other);
    assert_eq!((differs, stored[0].len()), (None, stored[1].len()), "the databases differ");
}

#[tokio::test]
async fn a_restart_shows_the_same_state() {
    let mut world = World::seeded(6).await;
    act(&world).await;
    let (before, beat) = (world.services.published(), world.services.checkpoint());
    world.restart().await;
    let after = world.services.published();
    let version = after.people.version();
    assert_eq!((version, after.people.digest()), (before.people.version(), before.people.digest()));
    assert_eq!(after.devices_until, before.devices_until);
    assert_eq!(after.policy_bytes, before.policy_bytes);
    assert_eq!(after.devices, before.devices);
    assert_eq!(after.checkpoint.checkpoint().root, beat.checkpoint().root);
    let client = Client::new(3);
    world.import(&["clerk02"]).await;
    world.enroll("clerk02", &client).await;
    let bytes = world.services.directory_answer(client.id(), None).await.expect("an answer");
    let answer = DirectoryAnswer::from_bytes(&bytes).expect("an answer");
    let update = Unverified::<DirectoryUpdate>::from_bytes(answer.update);
    let update = update.verify(&world.services.directory_key()).expect("signed");
    let hash = commitment(&update.salt.expect("told to whoever sees everybody"), update.version, update.digest);
    assert_eq!(world.facts().await.directory(), Some((version + 1, hash)));
}

#[tokio::test]
async fn a_failed_change_leaves_nothing_behind() {
    let world = World::with(&["notary03"]).await;
    let before = world.services.checkpoint();
    let mut change = world.services.inner.change().await.expect("begins");
    change.leaf(&Leaf::DeviceRevoke { device: DeviceId::from_bytes([1; 16]) }).await.expect("appended");
    let unknown = DeviceId::from_bytes([2; 16]);
    let member = MemberId::from_bytes([3; 16]);
    let cause = protocol::audit::Cause::Administrator;
    let failed = change.revoke(unknown, member, cause, &protocol::audit::Party::Server, Why::Revoked).await;
    assert_eq!(failed, Err(StorageError::Conflict { table: "device" }));
    drop(change);
    world.services.heartbeat().await.expect("beats");
    assert_eq!(world.services.checkpoint().checkpoint().root, before.checkpoint().root);
    world.import(&["notary04"]).await;
    world.facts().await;
}

#[tokio::test]
async fn another_organizations_keys_and_lost_keys_are_refused() {
    let (world, other) = (World::with(&["notary03"]).await, World::seeded(9).await);
    world.services.close().await;
    other.services.close().await;
    let keys = world.folder.path().join("keys");
    let aside = world.folder.path().join("aside");
    std::fs::rename(&keys, &aside).expect("moved");
    assert_eq!(open(world.folder.path(), &world.ambient).await.err(), Some(KeysFault::Missing.into()));
    std::fs::rename(other.folder.path().join("keys"), &keys).expect("moved");
    assert_eq!(open(world.folder.path(), &world.ambient).await.err(), Some(KeysFault::OtherOrganization.into()));
    std::fs::remove_dir_all(&keys).expect("removed");
    std::fs::rename(&aside, &keys).expect("moved back");
    assert!(open(world.folder.path(), &world.ambient).await.is_ok());
}

#[tokio::test]
async fn keys_without_their_database_found_nothing() {
    let mut world = World::with(&["notary03"]).await;
    let (database, mark) = (world.folder.path().join("isoloir.sqlite"), world.folder.path().join("keys/founded"));
    // As a program of before the mark left it.
    std::fs::remove_file(&mark).expect("marked");
    world.restart().await;
    assert!(mark.exists(), "the next good start marks it");
    world.services.close().await;
    let aside = world.folder.path().join("aside");
    std::fs::rename(&database, &aside).expect("moved away");
    let refused = open(world.folder.path(), &world.ambient).await.err();
    assert_eq!(refused, Some(KeysFault::WithoutDatabase.into()));
    assert!(!database.exists(), "no other one was made");
    std::fs::rename(&aside, &database).expect("moved back");
    world.restart().await;
    world.services.close().await;
    std::fs::write(&database, b"").expect("an empty one");
    let refused = open(world.folder.path(), &world.ambient).await.err();
    assert_eq!(refused, Some(KeysFault::WithoutDatabase.into()));
}

#[tokio::test]
async fn what_the_log_does_not_say_is_refused() {
    for part in [open::Part::DirectoryLog, open::Part::People] {
        let world = World::with(&["notary03", "notary04"]).await;
        let mut tx = world.services.inner.storage.begin().await.expect("begins");
        if part == open::Part::People {
            let mut member = storage::member::all(&mut tx).await.expect("members").remove(0);
            Arc::make_mut(&mut member.profile).name = "Somebody else".into();
            storage::member::set_profile(&mut tx, member.id, &member.profile).await.expect("renamed");
        } else {
            let leaf = Leaf::DeviceRevoke { device: DeviceId::from_bytes([1; 16]) }.to_bytes();
            storage::log::overwrite(&mut tx, 3, &leaf).await.expect("damaged");
        }
        tx.commit().await.expect("committed");
        world.services.close().await;
        assert_eq!(open(world.folder.path(), &world.ambient).await.err(), Some(OpenError::Integrity(part)));
    }
}

#[tokio::test]
async fn a_log_that_was_cut_is_refused() {
    let world = World::with(&["notary03"]).await;
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    let size = world.services.checkpoint().checkpoint().size;
    storage::log::append(&mut tx, size, b"planted", protocol::tlog::leaf_hash(b"planted")).await.expect("planted");
    tx.commit().await.expect("committed");
    world.services.close().await;
    let refused = open(world.folder.path(), &world.ambient).await.err();
    assert_eq!(refused, Some(OpenError::Integrity(open::Part::DirectoryLog)));
}

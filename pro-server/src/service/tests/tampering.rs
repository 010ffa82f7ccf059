//! What somebody can do to the audit's tables behind the server's back, on both engines: each is found, named, and found where it was.

use super::administration::export;
use super::*;
use crate::domain::audit::Finding;
use crate::storage::suite::tampering::{self, Act};

/// What a check of the stopped server finds.
async fn found(world: &World, location: &Location, against: Option<&str>) -> Vec<Finding> {
    let checked = audit::check_stopped(world.folder.path(), location, against.map(str::as_bytes)).await;
    checked.expect("checked").err().map(|damage| damage.findings().collect()).unwrap_or_default()
}

/// A few changes, so that there is a past.
async fn lived(world: &World) {
    world.import(&["notary05", "notary06"]).await;
    world.services.suspend_person(&grant(), "notary05").await.expect("suspended");
    world.services.resume_person(&grant(), "notary05").await.expect("resumed");
    world.services.suspend_person(&grant(), "notary05").await.expect("suspended");
}

async fn every_act_is_found(world: &World, location: &Location) {
    lived(world).await;
    let earlier = export(world).await;
    let kept = world.services.audit_checkpoint(&grant()).await.expect("a checkpoint").note;
    world.services.resume_person(&grant(), "notary05").await.expect("resumed");
    assert_eq!(found(world, location, Some(&kept)).await, []);
    assert!(audit::verify_export(earlier.as_bytes(), None).is_some_and(|verdict| verdict.is_ok()));

    let storage = &world.services.inner.storage;
    tampering::keep_audit(storage).await;
    for act in Act::ALL {
        tampering::tamper(storage, act).await;
        let codes: Vec<_> = found(world, location, Some(&kept)).await.into_iter().map(Finding::code).collect();
        assert!(codes.contains(&act.code()), "{act:?}: {codes:?}");
        tampering::bring_back_audit(storage).await;
        assert_eq!(found(world, location, Some(&kept)).await, [], "after {act:?}");
    }
}

#[tokio::test]
async fn whatever_is_done_to_the_audits_tables_is_found() {
    let world = World::with(&["notary03", "notary04"]).await;
    let location = world.services.inner.storage.location().clone();
    every_act_is_found(&world, &location).await;
}

#[tokio::test]
async fn postgres_whatever_is_done_to_the_audits_tables_is_found() {
    let (world, location) = postgres::world().await;
    every_act_is_found(&world, &location).await;
}

#[tokio::test]
async fn an_audit_that_was_put_back_and_went_another_way_contradicts_what_was_kept() {
    let world = World::with(&["notary03"]).await;
    let location = world.services.inner.storage.location().clone();
    let file = world.folder.path().join("isoloir.sqlite");
    world.services.close().await;
    let database = std::fs::read(&file).expect("a database");

    let world = World { services: open(world.folder.path(), &world.ambient).await.expect("opens"), ..world };
    lived(&world).await;
    let kept = world.services.audit_checkpoint(&grant()).await.expect("a checkpoint").note;
    world.services.close().await;
    std::fs::write(&file, database).expect("put back");
    let codes = found(&world, &location, Some(&kept)).await.into_iter().map(Finding::code).collect::<Vec<_>>();
    assert_eq!(codes, ["rolled-back", "rolled-back"], "what was kept and the data folder say so");

    // Whoever can do that can take away the server's own word too.
    std::fs::remove_file(world.folder.path().join("newest.json")).expect("taken away");
    let world = World { services: open(world.folder.path(), &world.ambient).await.expect("opens"), ..world };
    world.import(&["clerk01", "clerk02", "clerk03", "clerk04", "clerk05", "clerk06", "clerk07", "clerk08"]).await;
    lived(&world).await;
    assert_eq!(found(&world, &location, None).await, [], "by itself it is whole");
    let codes = found(&world, &location, Some(&kept)).await.into_iter().map(Finding::code).collect::<Vec<_>>();
    assert_eq!(codes, ["forked"]);
    let entries = world.services.audit(&grant(), 0).await.expect("entries").len();
    assert!(world.services.verify_audit(&grant(), Some(kept.as_bytes())).await.expect("checked").is_err());
    let after = world.services.audit(&grant(), 0).await.expect("entries").len();
    assert_eq!(after, entries, "what somebody kept raises no alarm in the audit");

    let other = World::seeded(9).await;
    let other = other.services.audit_checkpoint(&grant()).await.expect("a checkpoint").note;
    let refused = world.services.verify_audit(&grant(), Some(other.as_bytes())).await;
    assert_eq!(refused.err(), Some(Fault::OtherCheckpoint.into()));
}

/// Somebody whom the audit does not know yet keeps a draft, of which it has no entry.
#[tokio::test]
async fn a_draft_is_no_tampering() {
    let world = World::new().await;
    let (version, settings) = world.services.settings(&grant());
    let stranger = LocalAdministrator::of_peer(7, 7).expect("the server's own user");
    world.services.keep_policy_draft(&stranger.grant(), settings, version, None).await.expect("kept");
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
    let by = world.services.policy_draft(&grant()).await.expect("asked").expect("a draft").by;
    assert_eq!(by, Some(audit::PartyView::LocalAdministrator { uid: 7 }));
}

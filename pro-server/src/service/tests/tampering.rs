//! What somebody can do to the audit's tables behind the server's back, on both engines: each is found, named, and found where it was.

use protocol::audit::{AuditEvent, IntegrationScope};

use super::administration::export;
use super::administrators::{Account, first};
use super::*;
use crate::domain::audit::{Finding, Memory};
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

/// Whoever acts is named by a row that nobody signs: the audit holds it to what it was.
async fn names_are_held(world: &World, location: &Location) {
    let claire = Account::set_up(world, &first(world).await, "claire").await.1;
    let roles = ["owner".parse().expect("a role")];
    let made = world.services.add_administrator(&claire.who.grant().expect("an owner"), &roles).await.expect("made");
    Account::set_up(world, &made, "marc").await;
    world.services.add_integration(&grant(), IntegrationScope::Read, "Ansible", 30).await.expect("made");
    assert_eq!(found(world, location, None).await, []);
    let storage = &world.services.inner.storage;
    let codes = async || found(world, location, None).await.into_iter().map(Finding::code).collect::<Vec<_>>();

    tampering::exchange_names(storage, "claire", "marc").await;
    assert_eq!(codes().await, ["party-name", "party-name"]);
    // A name that is said to be of before is recorded, and is not the one that was.
    tampering::forget_that_names_are_recorded(storage).await;
    world.services.note_started().await.expect("noted");
    assert!(codes().await.contains(&"party-name"), "the first word counts");
    tampering::exchange_names(storage, "claire", "marc").await;
    assert_eq!(codes().await, ["party-name", "party-name"], "what was recorded in between stays");
}

#[tokio::test]
async fn names_of_whoever_acts_are_held_to_what_they_were() {
    let world = World::new().await;
    let location = world.services.inner.storage.location().clone();
    names_are_held(&world, &location).await;
}

#[tokio::test]
async fn postgres_names_of_whoever_acts_are_held_to_what_they_were() {
    let (world, location) = postgres::world().await;
    names_are_held(&world, &location).await;
}

/// As earlier programs left it.
#[tokio::test]
async fn names_of_before_are_recorded_at_the_next_start() {
    let world = World::new().await;
    Account::set_up(&world, &first(&world).await, "claire").await;
    let storage = &world.services.inner.storage;
    let recorded = async || {
        let entries = world.services.audit(&grant(), 0).await.expect("entries");
        entries.iter().filter(|entry| matches!(entry.event, AuditEvent::PartyNamed { .. })).count()
    };
    assert_eq!(recorded().await, 1);
    tampering::forget_that_names_are_recorded(storage).await;
    for _ in 0..2 {
        world.services.note_started().await.expect("noted");
        assert_eq!(recorded().await, 2, "once");
    }
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok(), "it says the same");
}

#[tokio::test]
async fn a_verdict_says_when_nothing_remembers_how_far_the_audit_had_gone() {
    let world = World::with(&["notary03"]).await;
    let memory = async || world.services.verify_audit(&grant(), None).await.expect("checked").expect("intact").memory;
    assert_eq!(memory().await, Memory::Compared);
    let newest = world.folder.path().join("newest.json");
    std::fs::write(&newest, "{").expect("written");
    assert_eq!(memory().await, Memory::Lost);
    std::fs::remove_file(&newest).expect("taken away");
    assert_eq!(memory().await, Memory::Lost);
    let file = export(&world).await;
    let of_file = audit::verify_export(file.as_bytes(), None).expect("checked").expect("intact");
    assert_eq!(of_file.memory, Memory::Elsewhere);
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

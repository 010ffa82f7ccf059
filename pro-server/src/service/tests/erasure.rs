//! Erasing a person: nothing names them any more, nothing brings them back by itself, and everything verifies.

use std::sync::Arc;

use protocol::audit::{AuditEvent, Party};
use protocol::codec;
use serde_json::{Value, json};

use super::administration::export;
use super::provisioning::{BASE, body, provider, push};
use super::*;
use crate::domain::audit::Finding;
use crate::domain::erasure::{TombKey, leave_out};
use crate::domain::member::{ExternalId, Profile, Source};
use crate::domain::scim::Refused;
use crate::domain::sync::{Limits, Observation, Seen, SkipReason};
use crate::service::audit::PartyView;
use crate::service::sync::{Agreed, Looked, Observed};

const LOGIN: &str = "wisteria.larkspur";

/// Whether a file of the data folder has this in it.
pub(super) fn is_on_disk(world: &World, what: impl AsRef<[u8]>) -> bool {
    let what = what.as_ref();
    let files = std::fs::read_dir(world.folder.path()).expect("listed").flatten();
    files
        .filter_map(|file| std::fs::read(file.path()).ok())
        .any(|bytes| bytes.windows(what.len()).any(|window| window == what))
}

#[tokio::test]
async fn whoever_is_erased_is_in_no_file_and_every_proof_holds() {
    let world = World::with(&["notary03", LOGIN]).await;
    let client = Client::new(1);
    world.enroll(LOGIN, &client).await;
    let taking_part = world.services.erase_person(&grant(), LOGIN).await.err();
    assert_eq!(taking_part, Some(Fault::TakesPart.into()));
    world.services.suspend_person(&grant(), LOGIN).await.expect("suspended");
    let lines = world.services.export_person(&grant(), LOGIN).await.expect("exported");
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert!(["person", "device", "log", "audit"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let is_export = |line: &Value| line["what"]["event"] == "person_exported";
    assert_eq!(lines.iter().filter(|line| is_export(line)).count(), 1);
    let exported = world.services.audit(&grant(), 0).await.expect("entries").pop().expect("an entry");
    assert_eq!(
        (exported.index, exported.event),
        (lines.last().expect("a line")["index"].as_u64().unwrap_or(0), AuditEvent::PersonExported)
    );
    assert!(matches!(exported.subject, Some(PartyView::Person { .. })), "{:?}", exported.subject);
    assert!(is_on_disk(&world, LOGIN), "it was there");
    let before = export(&world).await;

    let erased = world.services.erase_person(&grant(), LOGIN).await.expect("erased");
    assert_eq!((erased.copies.export_count, erased.copies.backup_count), (1, 0));
    assert_eq!((erased.copies.taken_out_count, erased.copies.taken_out.len(), erased.administrator), (1, 1, false));
    assert!(!is_on_disk(&world, LOGIN));
    assert!(world.services.published().roll.iter().all(|member| member.profile.login.expose() != LOGIN), "in memory");
    let entries = world.services.audit(&grant(), 0).await.expect("entries");
    let named = |party: &PartyView| matches!(party, PartyView::Person { login, .. } if login.expose() != "notary03");
    assert!(!entries.iter().any(|entry| entry.subject.as_ref().is_some_and(named) || named(&entry.actor)));
    let last = entries.last().expect("an entry");
    let AuditEvent::PersonErased { pseudonym: Some(_), backups: 0, exports, taken_out } = last.event else {
        panic!("{:?}", last.event)
    };
    assert_eq!((exports, taken_out), (Some(1), Some(1)));
    assert_eq!(last.subject, None, "it does not say whose");

    let again = world.services.erase_person(&grant(), erased.member).await.expect("nothing left to do");
    assert_eq!(again.pseudonym, None);
    let gone = world.services.erase_person(&grant(), LOGIN).await.err();
    assert_eq!(gone, Some(ServiceError::Missing(Thing::Person)));
    world.facts().await;
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
    for file in [before, export(&world).await] {
        assert!(audit::verify_export(file.as_bytes(), None).is_some_and(|verdict| verdict.is_ok()));
    }
}

#[tokio::test]
async fn a_provider_does_not_bring_an_erased_person_back() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let shown = push(&world, &token, LOGIN).await.expect("added");
    let id: MemberId = shown.id.parse().expect("an id");
    world.services.suspend_person(&grant(), id).await.expect("suspended");
    world.services.erase_person(&grant(), id).await.expect("erased");
    assert!(!is_on_disk(&world, LOGIN));
    assert_eq!(push(&world, &token, LOGIN).await.err(), Some(Refused::Locked.into()));
    let other: Value = json!({"userName": "somebody.else", "active": true});
    world.services.provision_person(&token, BASE, &body(other)).await.expect("somebody else");
}

#[tokio::test]
async fn a_directory_does_not_bring_an_erased_person_back() {
    let key = TombKey::new(Secret::new([7; 32]));
    let seen = |id: &str, place| Seen {
        external_id: ExternalId::parse(id).expect("an id"),
        profile: Arc::new(Profile::parse(id, "A Name", "").expect("a profile")),
        place,
    };
    let mut observation =
        Arc::new(Observation { seen: vec![seen("one", 1), seen("two", 2)], ..Observation::default() });
    let tombs = [key.tomb(Source::LDAP, "two"), key.tomb(Source::SCIM, "one")].into_iter().collect();
    leave_out(&mut observation, Source::LDAP, &key, &tombs);
    assert_eq!(observation.seen.iter().map(|seen| seen.place).collect::<Vec<_>>(), [1]);
    let [left_out] = observation.skipped.as_slice() else { panic!("one") };
    assert_eq!((left_out.place, left_out.reason, &left_out.external_id), (2, SkipReason::Removed, &None));
    let other = TombKey::new(Secret::new([8; 32]));
    assert_ne!(other.tomb(Source::LDAP, "two"), key.tomb(Source::LDAP, "two"), "another server cannot compare");
}

/// As a server is that was killed after the change and before the files were rewritten.
#[tokio::test]
async fn what_a_killed_server_owes_is_done_by_the_next() {
    let mut world = World::with(&[LOGIN]).await;
    let id = world.listed()[0].member;
    world.services.suspend_person(&grant(), LOGIN).await.expect("suspended");
    let mut change = world.services.inner.change().await.expect("begins");
    crate::storage::member::remove(&mut change.tx, id, NOW, &Secret::new([9; 32])).await.expect("removed");
    change.touch(id);
    change.erasure_decided().await.expect("decided").keep(0..0).await.expect("durable");
    assert!(is_on_disk(&world, LOGIN), "in what was freed");

    world.restart().await;
    assert_eq!(world.services.finish_erasures().await, Ok(true));
    assert!(!is_on_disk(&world, LOGIN));
    assert_eq!(world.services.finish_erasures().await, Ok(false), "once");
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_erasure_half_done() {
    let world = World::with(&[LOGIN]).await;
    world.services.suspend_person(&grant(), LOGIN).await.expect("suspended");
    let (mut news, grant) = (world.services.subscribe(), grant());
    tokio::select! {
        biased;
        _ = world.services.erase_person(&grant, LOGIN) => {}
        _ = news.recv() => {}
    }
    // Held until the erasure is done.
    drop(world.services.inner.snapshots.lock().await);
    assert!(!is_on_disk(&world, LOGIN));
    assert_eq!(world.services.finish_erasures().await, Ok(false));
}

/// The source was read before, and still showed the person.
#[tokio::test]
async fn a_run_under_way_does_not_bring_an_erased_person_back() {
    let world = World::new().await;
    let seen = |id: &str, place| Seen {
        external_id: ExternalId::parse(id).expect("an id"),
        profile: Arc::new(Profile::parse(id, "A Name", "").expect("a profile")),
        place,
    };
    let looked = async || {
        let known = world.services.inner.roll().await;
        let observation = Observation { seen: vec![seen(LOGIN, 1), seen("two", 2)], ..Observation::default() };
        let limits = Limits { brake_percent: 100, brake_minimum: 100 };
        let seen = Observed { observation: Arc::new(observation), limits };
        let (plan, report) = world.services.planned(Source::LDAP, &known, &seen, 0);
        Looked { known, spent: 0, seen, plan, report }
    };
    let run = async |looked| {
        let (grant, mut refused) = (grant(), None);
        let run = world.services.carry_out(&grant, Source::LDAP, Agreed::Any, &mut refused, looked);
        run.await.expect("done")
    };
    assert_eq!(run(looked().await).await.counts.added, 2);
    world.services.suspend_person(&grant(), LOGIN).await.expect("suspended");
    let under_way = looked().await;
    world.services.erase_person(&grant(), LOGIN).await.expect("erased");
    let report = run(under_way).await;
    assert_eq!((report.counts.added, report.skipped.first().map(|left| left.reason)), (0, Some(SkipReason::Removed)));
    assert_eq!(world.services.people(&grant()).await.expect("people").len(), 1);
    assert!(!is_on_disk(&world, LOGIN));
}

#[tokio::test]
async fn a_key_of_the_audit_is_in_no_file_once_destroyed_and_found_when_put_back() {
    let world = World::with(&[LOGIN]).await;
    let party = codec::encode(&Party::Member(world.listed()[0].member));
    world.services.suspend_person(&grant(), LOGIN).await.expect("suspended");
    let storage = world.services.inner.storage.clone();
    let row = crate::storage::audit::party(&mut storage.read().await.expect("reads"), &party).await;
    let row = row.expect("read").expect("named");
    assert!(is_on_disk(&world, row.key.expose()), "it was there");
    world.services.erase_from_audit(&grant(), LOGIN).await.expect("erased");
    assert!(!is_on_disk(&world, row.key.expose()));
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());

    let mut tx = storage.begin().await.expect("begins");
    crate::storage::audit::put_party(&mut tx, &party, &row).await.expect("put back");
    tx.commit().await.expect("committed");
    let damage = world.services.verify_audit(&grant(), None).await.expect("checked").expect_err("found");
    assert_eq!(damage.findings().map(Finding::code).collect::<Vec<_>>(), ["party-keys-back"]);
}

#[tokio::test]
async fn a_database_that_a_move_left_behind_is_not_forgotten() {
    let world = World::with(&[LOGIN]).await;
    world.services.suspend_person(&grant(), LOGIN).await.expect("suspended");
    let left = world.folder.path().join(crate::backup::manifest::DATABASE);
    std::fs::write(&left, "everybody").expect("written");
    let refused = world.services.erase_person(&grant(), LOGIN).await.err();
    assert_eq!(refused, Some(Clash::OldDatabase.into()));
    assert_eq!(world.services.erase_from_audit(&grant(), LOGIN).await, Err(Clash::OldDatabase.into()));
    std::fs::remove_file(left).expect("destroyed");
    world.services.erase_person(&grant(), LOGIN).await.expect("erased");
}

/// Somebody who was only removed before, as earlier programs did it.
#[tokio::test]
async fn whoever_was_removed_is_erased_by_id() {
    let world = World::with(&[LOGIN]).await;
    let id = world.services.published().roll.iter().next().expect("somebody").id;
    world.services.remove_person(&grant(), LOGIN).await.expect("removed");
    let erased = world.services.erase_person(&grant(), id).await.expect("erased");
    assert!(erased.pseudonym.is_some());
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
}

#[tokio::test]
async fn postgres_an_erased_person_is_in_no_row_and_every_proof_holds() {
    let (world, location) = postgres::world().await;
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    let erased = world.services.erase_person(&grant(), "notary03").await.expect("erased");
    assert!(erased.pseudonym.is_some());
    let checked = audit::check_stopped(world.folder.path(), &location, None).await.expect("checked");
    assert!(checked.is_ok(), "{checked:?}");
    assert_eq!(world.services.people(&grant()).await.expect("people").len(), 1);
}

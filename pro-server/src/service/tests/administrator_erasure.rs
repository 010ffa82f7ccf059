//! Erasing an administrator who was removed, on both engines: no file has the name any more, two people where two are wanted, and
//! everything verifies.

use protocol::audit::AuditEvent;

use super::administration::export;
use super::administrators::{Account, first};
use super::approvals::{Two, roles, waits};
use super::erasure::is_on_disk;
use super::*;
use crate::domain::access::SignedIn;
use crate::domain::approval::Outcome;
use crate::service::administrators::Named;
use crate::service::approvals::Yield;
use crate::service::audit::PartyView;
use crate::storage::suite::tampering::postgres_files_with;

const NAME: &str = "wisteria.larkspur";

/// Somebody who set up an account, acted, and was removed.
async fn one_who_left(world: &World) -> SignedIn {
    let owner = Account::set_up(world, &first(world).await, "claire").await.1.who;
    let made = world.services.add_administrator(&owner.grant().expect("an owner"), &roles(&["owner"])).await;
    let left = Account::set_up(world, &made.expect("made"), NAME).await.1.who;
    let acting = world.services.erase_administrator(&grant(), Named::Name(NAME)).await.err();
    assert_eq!(acting, Some(Fault::TakesPart.into()));
    world.services.suspend_person(&left.grant().expect("an owner"), "notary03").await.expect("suspended");
    world.services.remove_administrator(&owner.grant().expect("an owner"), Named::Name(NAME)).await.expect("removed");
    left
}

async fn is_forgotten(world: &World, left: &SignedIn, before: String) {
    let entries = world.services.audit(&grant(), 0).await.expect("entries");
    let named = |party: &PartyView| *party == PartyView::Administrator { name: NAME.into() };
    assert!(!entries.iter().any(|entry| named(&entry.actor) || entry.subject.as_ref().is_some_and(named)));
    let last = entries.last().expect("an entry");
    assert!(matches!(last.event, AuditEvent::AdministratorErased { pseudonym: Some(_), backups: 0 }), "{last:?}");
    assert_eq!(last.subject, None, "it does not say whose");
    for whom in [Named::Name(NAME), Named::Id(left.id())] {
        let gone = world.services.erase_administrator(&grant(), whom).await.err();
        assert_eq!(gone, Some(ServiceError::Missing(Thing::Administrator)));
    }
    assert!(world.services.verify_audit(&grant(), None).await.expect("checked").is_ok());
    for file in [before, export(world).await] {
        assert!(audit::verify_export(file.as_bytes(), None).is_some_and(|verdict| verdict.is_ok()));
    }
}

#[tokio::test]
async fn an_administrator_who_left_is_in_no_file_once_erased() {
    let world = World::with(&["notary03"]).await;
    let left = one_who_left(&world).await;
    assert!(is_on_disk(&world, NAME), "the audit names whoever acted");
    let before = export(&world).await;
    let listed = async || world.services.removed_administrators(&grant()).await.expect("listed");
    assert_eq!(listed().await.iter().map(|row| row.id).collect::<Vec<_>>(), [left.id()]);
    let erased = world.services.erase_administrator(&grant(), Named::Name(NAME)).await.expect("erased");
    assert!(listed().await.is_empty());
    assert_eq!((erased.id, erased.pseudonym.is_some()), (left.id(), true));
    assert!(!is_on_disk(&world, NAME));
    is_forgotten(&world, &left, before).await;
}

#[tokio::test]
async fn postgres_an_administrator_who_left_is_in_no_file_once_erased() {
    let (world, _) = postgres::world().await;
    let left = one_who_left(&world).await;
    let storage = &world.services.inner.storage;
    assert!(postgres_files_with(storage, NAME).await > 0, "the audit names whoever acted");
    let before = export(&world).await;
    world.services.erase_administrator(&grant(), Named::Id(left.id())).await.expect("erased");
    assert_eq!(postgres_files_with(storage, NAME).await, 0);
    assert!(!is_on_disk(&world, NAME));
    is_forgotten(&world, &left, before).await;
}

#[tokio::test]
async fn an_administrator_is_erased_by_two_people_and_requests_about_them_forget() {
    let two = Two::open().await;
    let services = &two.world.services;
    let rights = || two.claire.grant().expect("an owner");
    let made = waits(services.add_administrator(&rights(), &roles(&["policy"])).await);
    let Ok(Yield::Link(link)) = two.agree(&two.marc, made).await else { panic!("no link") };
    Account::set_up(&two.world, &link, NAME).await;
    let removal = waits(services.remove_administrator(&rights(), Named::Name(NAME)).await);
    two.agree(&two.marc, removal).await.expect("agreed");
    let erase = waits(services.erase_administrator(&two.claire.grant().expect("an owner"), Named::Name(NAME)).await);
    assert_eq!(two.shown(erase).await.act.word, "erase-administrator");
    assert!(is_on_disk(&two.world, NAME));
    two.agree(&two.marc, erase).await.expect("agreed");
    assert!(!is_on_disk(&two.world, NAME));
    for number in [removal, erase] {
        let shown = two.shown(number).await;
        assert_eq!((shown.act.word, shown.outcome), ("forgotten", Outcome::Done));
    }
}

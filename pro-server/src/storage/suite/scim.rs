//! What providers push, and their tokens, on both engines.

use std::collections::BTreeSet;

use protocol::audit::IntegrationScope;
use protocol::directory::Group;
use protocol::ids::{GroupId, Hash32, IntegrationId};

use super::*;
use crate::storage::integration::{self, IntegrationRow};
use crate::storage::scim::{NewGroup, NewPerson, groups, losses, people};

async fn pushed(tx: &mut Tx, number: u8, login: &str) -> MemberId {
    let id = MemberId::from_bytes([number; 16]);
    let external_id = ExternalId::parse(&format!("id-{number}")).expect("a sample");
    let (source, log_salt, profile) = (Source::SCIM, Secret::new([number; 32]), profile(login));
    let (listing, added) = (Listing::Listed, NOW);
    let member = NewMember { id, source, external_id: &external_id, profile: &profile, listing, log_salt, added };
    member::insert(tx, &member).await.expect("added");
    let external_id = (number == 1).then_some("theirs");
    let person = NewPerson { member: id, user_name: login, external_id, resource: "{}", now: NOW };
    people::insert(tx, &person).await.expect("added");
    id
}

pub(super) async fn what_a_provider_said_comes_back(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.expect("begun");
    let (first, second) = (pushed(&mut tx, 1, "n01").await, pushed(&mut tx, 2, "n02").await);
    let group = GroupId::from_bytes([7; 16]);
    let new = |name, now| NewGroup { id: group, name, resource: "{}", now };
    groups::insert(&mut tx, &new("lyon", NOW)).await.expect("added");
    groups::update(&mut tx, &new("paris", LATER)).await.expect("changed");
    let both = BTreeSet::from([first, second]);
    groups::join(&mut tx, group, &both).await.expect("joined");
    let paris = Group::parse("paris").expect("a group");
    let names = groups::names_of(&mut tx, &both).await.expect("read");
    assert_eq!(names, both.iter().map(|id| (*id, BTreeSet::from([paris.clone()]))).collect());
    groups::leave(&mut tx, group, &BTreeSet::from([first])).await.expect("left");
    people::set_changed(&mut tx, &both, NOW).await.expect("noted");
    member::set_groups(&mut tx, &[first, second], &BTreeSet::from([paris.clone()])).await.expect("set");
    let known = member::groups_of(&mut tx, Source::SCIM, &both).await.expect("read");
    assert_eq!(known.get(&first), Some(&BTreeSet::from([paris])));
    tx.commit().await.expect("committed");

    let mut tx = storage.begin().await.expect("begun");
    let found = people::find_user_name(&mut tx, "n01").await.expect("read");
    assert_eq!(found.iter().map(|row| (row.member, row.listing)).collect::<Vec<_>>(), [(first, Listing::Listed)]);
    assert_eq!(people::find_external_id(&mut tx, "theirs", 9).await.expect("read").len(), 1);
    let page = people::page(&mut tx, 1, 9).await.expect("read");
    assert_eq!(page.iter().map(|row| row.id.expose()).collect::<Vec<_>>(), ["id-2"]);
    assert_eq!(page.first().map(|row| row.changed), Some(NOW.plus_ms(1)), "never twice the same time");
    assert_eq!(people::count(&mut tx).await, Ok(2));
    let row = groups::find_name(&mut tx, "paris").await.expect("read").expect("there");
    assert_eq!((row.id, row.added, row.changed), (group, NOW, LATER));
    assert_eq!(groups::members(&mut tx, group).await, Ok(vec![(second, "id-2".to_owned())]));
    assert_eq!(groups::of_member(&mut tx, second).await.expect("read").len(), 1);
    let twice = NewGroup { id: GroupId::from_bytes([8; 16]), ..new("paris", NOW) };
    assert_eq!(groups::insert(&mut tx, &twice).await, Err(StorageError::Conflict { table: "scim_group" }));
    drop(tx);

    let mut tx = storage.begin().await.expect("begun");
    losses::note(&mut tx, first, NOW, NOW).await.expect("noted");
    losses::note(&mut tx, second, LATER, NOW).await.expect("noted");
    assert_eq!((losses::count(&mut tx, NOW).await, losses::count(&mut tx, LATER).await), (Ok(2), Ok(1)));
    assert_eq!(losses::oldest(&mut tx, NOW).await, Ok(Some(NOW)));
    assert_eq!((people::with_devices(&mut tx, NOW).await, people::with_devices(&mut tx, LATER).await), (Ok(2), Ok(1)));
    assert_eq!(losses::clear(&mut tx).await, Ok(2));
    people::forget(&mut tx, second, NOW).await.expect("forgotten");
    let row = groups::find(&mut tx, group).await.expect("read").expect("there");
    assert_eq!(row.changed, LATER.plus_ms(1), "another group without them");
    assert_eq!(groups::members(&mut tx, group).await, Ok(Vec::new()));
    groups::delete(&mut tx, group).await.expect("deleted");
    assert_eq!((people::count(&mut tx).await, groups::count(&mut tx).await), (Ok(1), Ok(0)));
}

pub(super) async fn a_token_is_a_hash_until_it_is_revoked(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.expect("begun");
    let id = IntegrationId::from_bytes([3; 16]);
    let hash = Some(Hash32::from_bytes([4; 32]));
    let row = IntegrationRow {
        id,
        name: "Entra ID".into(),
        scope: IntegrationScope::Administer,
        hash,
        added: NOW,
        expires: LATER,
        used_day: None,
    };
    integration::insert(&mut tx, &row).await.expect("added");
    integration::set_used(&mut tx, id, 19_000).await.expect("noted");
    let standing = integration::standing(&mut tx).await.expect("read");
    assert_eq!(standing.iter().map(|row| (row.hash, row.used_day)).collect::<Vec<_>>(), [(hash, Some(19_000))]);
    integration::revoke(&mut tx, id).await.expect("revoked");
    assert_eq!(integration::revoke(&mut tx, id).await, Err(StorageError::Conflict { table: "integration" }));
    assert!(integration::standing(&mut tx).await.expect("read").is_empty());
    let kept = integration::find(&mut tx, id).await.expect("read").expect("the audit names it");
    assert_eq!((kept.name.expose().as_str(), kept.hash), ("Entra ID", None));
}

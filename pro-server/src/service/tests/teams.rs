//! Groups as providers push them: their versions, their pages, and how much one request may cost.

use protocol::ids::GroupId;
use serde_json::{Value, json};

use super::postgres::world as postgres_world;
use super::provisioning::{BASE, body, provider, push};
use super::*;
use crate::domain::access::PeoplePush;
use crate::domain::scim::filter;
use crate::domain::scim::patch;
use crate::domain::scim::projection::Projection;
use crate::domain::scim::{Refused, schema};
use crate::service::provisioning::{Expected, PushError, Search, Shown};

async fn make(world: &World, token: &Grant<PeoplePush>, name: &str, members: &[&str]) -> Shown {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let team = body(json!({"displayName": name, "members": members}));
    world.services.provision_group(token, BASE, &team).await.expect("added")
}

async fn change(
    world: &World,
    token: &Grant<PeoplePush>,
    id: &str,
    operations: Value,
    expected: Expected<'_>,
) -> Result<Shown, PushError> {
    let operations = patch::read(&body(json!({"Operations": operations}))).expect("operations");
    world.services.patch_group(token, BASE, id, &operations, expected).await
}

async fn version(world: &World, token: &Grant<PeoplePush>, group: &Shown) -> String {
    world.services.provisioned_group(token, BASE, &group.id, &Projection::Everything).await.expect("there").version
}

async fn person_version(world: &World, token: &Grant<PeoplePush>, id: &str) -> String {
    world.services.provisioned_person(token, BASE, id, &Projection::Everything).await.expect("there").version
}

#[tokio::test]
async fn who_is_in_a_group_is_a_part_of_both_versions() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let (ada, bea) =
        (push(&world, &token, "ada").await.expect("added"), push(&world, &token, "bea").await.expect("added"));
    let lyon = make(&world, &token, "Lyon", &[&ada.id, &bea.id]).await;
    let joined = person_version(&world, &token, &ada.id).await;
    assert_ne!(joined, ada.version);

    let stale = lyon.version.clone();
    world.services.delete_person(&token, BASE, &bea.id, Expected::Any).await.expect("deleted");
    assert_ne!(version(&world, &token, &lyon).await, stale, "somebody is gone from it");
    let rename = || json!([{"op": "replace", "path": "displayName", "value": "Paris"}]);
    let refused = change(&world, &token, &lyon.id, rename(), Expected::Seen(&stale)).await;
    assert_eq!(refused.err(), Some(Refused::Changed.into()));
    assert_eq!(person_version(&world, &token, &ada.id).await, joined, "nothing of hers has changed");

    let seen = version(&world, &token, &lyon).await;
    change(&world, &token, &lyon.id, rename(), Expected::Seen(&seen)).await.expect("renamed");
    let renamed = person_version(&world, &token, &ada.id).await;
    assert_ne!(renamed, joined);
    world.services.delete_group(&token, BASE, &lyon.id, Expected::Any).await.expect("deleted");
    assert_ne!(person_version(&world, &token, &ada.id).await, renamed);
    assert_eq!(world.services.people(&grant()).await.expect("people")[0].groups.len(), 0);
}

#[tokio::test]
async fn what_a_look_up_cannot_have_is_nowhere() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    push(&world, &token, "ada").await.expect("added");
    make(&world, &token, "Lyon", &[]).await;
    nowhere(&world, &token).await;
}

#[tokio::test]
async fn postgres_what_a_look_up_cannot_have_is_nowhere() {
    let (world, _) = postgres_world().await;
    let (_, token) = provider(&world).await;
    push(&world, &token, "ada").await.expect("added");
    make(&world, &token, "Lyon", &[]).await;
    nowhere(&world, &token).await;
}

async fn nowhere(world: &World, token: &Grant<PeoplePush>) {
    for name in ["userName", "externalId", "displayName", "id"] {
        let filter = filter::parse(&format!("{name} eq \"a\\u0000\"")).expect("a filter");
        let search = Search { filter: Some(filter), first: 1, count: 9, projection: Projection::Everything };
        let people = world.services.search_people(token, BASE, &search).await.expect("an answer");
        let groups = world.services.search_groups(token, BASE, &search).await.expect("an answer");
        assert_eq!((people.total, groups.total), (0, 0), "{name}");
    }
}

/// A group of people who are in the database and nowhere else.
async fn crowd(world: &World, count: u32) -> Vec<String> {
    let mut change = world.services.inner.change().await.expect("begins");
    let mut ids = Vec::new();
    for number in 0..count {
        let mut bytes = [7; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let (id, login) = (MemberId::from_bytes(bytes), format!("n{number}"));
        let profile = crate::domain::member::Profile::parse(&login, "Nobody", "").expect("a profile");
        let external_id = crate::domain::member::ExternalId::parse(&id.to_string()).expect("an id");
        let member = crate::storage::member::NewMember {
            id,
            source: crate::domain::member::Source::SCIM,
            external_id: &external_id,
            profile: &profile,
            listing: crate::domain::member::Listing::Absent,
            log_salt: Secret::new([0; 32]),
            added: NOW,
        };
        crate::storage::member::insert(&mut change.tx, &member).await.expect("added");
        let person = crate::storage::scim::NewPerson {
            member: id,
            user_name: &login,
            external_id: None,
            resource: "{}",
            now: NOW,
        };
        crate::storage::scim::people::insert(&mut change.tx, &person).await.expect("added");
        ids.push(id.to_string());
    }
    change.commit(0..0).await.expect("committed");
    ids
}

#[tokio::test]
async fn no_patch_holds_everybody_up() {
    const CROWD: u32 = 2_000;
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let ids = crowd(&world, CROWD).await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let lyon = make(&world, &token, "Lyon", &ids).await;

    // As Okta and Entra ID do it: everybody by name.
    let (first, _) = ids.split_at(900);
    let one_by_one = first.iter().map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}));
    let left = change(&world, &token, &lyon.id, one_by_one.collect(), Expected::Any).await.expect("removed");
    assert_eq!(left.resource.expose()["members"].as_array().map(Vec::len), Some(1_100));
    let back = first.iter().map(|id| json!({"op": "add", "path": "members", "value": [{"value": id}]}));
    let whole = change(&world, &token, &lyon.id, back.collect(), Expected::Any).await.expect("added");
    assert_eq!(whole.resource.expose()["members"].as_array().map(Vec::len), Some(2_000));

    // As somebody does it who means harm.
    let terms = vec!["value pr"; 82].join(" or ");
    let harm = json!({"op": "remove", "path": format!("members[not ({terms})]")});
    let refused = change(&world, &token, &lyon.id, Value::Array(vec![harm; 300]), Expected::Any).await;
    assert_eq!(refused.err(), Some(Refused::TooMany.into()));
    assert_eq!(whole.version, version(&world, &token, &lyon).await);
}

#[tokio::test]
async fn a_page_holds_no_more_members_than_one_group_may_have() {
    const CROWD: usize = 3_000;
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let ids = crowd(&world, CROWD as u32).await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let groups_on_a_page = schema::MEMBERS_MAX / CROWD;
    for number in 0..=groups_on_a_page {
        make(&world, &token, &format!("g{number}"), &ids).await;
        world.ambient.advance_ms(1);
    }
    let total = groups_on_a_page as u64 + 1;
    for filter in [None, Some("displayName sw \"g\"")] {
        let filter = filter.map(|text| filter::parse(text).expect("a filter"));
        let mut search = Search { filter, first: 1, count: 200, projection: Projection::Everything };
        let page = world.services.search_groups(&token, BASE, &search).await.expect("a page");
        assert_eq!((page.total, page.resources.len()), (total, groups_on_a_page));
        search.first += page.resources.len() as u64;
        let rest = world.services.search_groups(&token, BASE, &search).await.expect("a page");
        assert_eq!((rest.total, rest.resources.len()), (total, 1), "what is left comes next");
        search.first = 1;
        search.projection = Projection::parse(None, Some("members")).expect("a projection");
        let names = world.services.search_groups(&token, BASE, &search).await.expect("a page");
        assert_eq!(names.resources.len() as u64, total, "without members a page is as long as ever");
    }
    let unknown = GroupId::from_bytes([1; 16]).to_string();
    let none = world.services.provisioned_group(&token, BASE, &unknown, &Projection::Everything).await;
    assert_eq!(none.err(), Some(Refused::Missing.into()));
}

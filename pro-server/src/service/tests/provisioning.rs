//! What providers push, from the token to the lost device.

use protocol::audit::{AuditEvent, IntegrationScope};
use serde_json::{Value, json};

use super::*;
use crate::domain::access::PeoplePush;
use crate::domain::member::{Listing, Standing};
use crate::domain::scim::projection::Projection;
use crate::domain::scim::{Attributes, Refused, patch};
use crate::service::provisioning::{Expected, PushError, Search, Shown};

pub(super) const BASE: &str = "https://chat.example/scim/v2";

pub(super) fn body(value: Value) -> Attributes {
    value.as_object().expect("an object").clone()
}

pub(super) async fn provider(world: &World) -> (Secret<String>, Grant<PeoplePush>) {
    let made =
        world.services.add_integration(&grant(), IntegrationScope::Provisioning, "Entra ID", 30).await.expect("made");
    let who = world.services.admit_integration(&made.token).await.expect("admitted");
    (made.token, who.grant().expect("its scope"))
}

pub(super) async fn push(world: &World, token: &Grant<PeoplePush>, login: &str) -> Result<Shown, PushError> {
    world.services.provision_person(token, BASE, &body(json!({"userName": login, "active": true}))).await
}

async fn set_active(world: &World, token: &Grant<PeoplePush>, id: &str, to: Value) -> Result<Shown, PushError> {
    let operations = body(json!({"Operations": [{"op": "Replace", "path": "active", "value": to}]}));
    let operations = patch::read(&operations).expect("operations");
    world.services.patch_person(token, BASE, id, &operations, Expected::Any).await
}

fn taken(what: &'static str) -> PushError {
    Refused::Taken(what).into()
}

#[tokio::test]
async fn a_token_stands_over_a_restart_until_it_is_revoked_or_ends() {
    let mut world = World::new().await;
    let (token, _) = provider(&world).await;
    world.restart().await;
    assert!(world.services.admit_integration(&token).await.is_ok());
    let view = world.services.integrations(&grant()).await.expect("a view");
    let [known] = view.as_slice() else { panic!("one token") };
    assert_eq!(known.used.map(|day| day.as_millis() % DAY_MS), Some(0), "the day alone");
    let wrong = world.services.admit_integration(&Secret::new("isoloir-scim-guessed".to_owned())).await;
    assert_eq!(wrong.err(), Some(Denial::Token.into()));
    world.ambient.advance_ms(30 * DAY_MS);
    assert_eq!(world.services.admit_integration(&token).await.err(), Some(Denial::Token.into()));
    world.services.revoke_integration(&grant(), known.id).await.expect("revoked");
    let again = world.services.revoke_integration(&grant(), known.id).await;
    assert_eq!(again, Err(ServiceError::Missing(Thing::Integration)));
    for (name, days) in [("", 30), ("x", 0), ("x", 731)] {
        assert_eq!(
            world.services.add_integration(&grant(), IntegrationScope::Read, name, days).await.err(),
            Some(Fault::Integration.into())
        );
    }
}

#[tokio::test]
async fn a_login_is_given_once_whatever_its_holder_s_source() {
    let world = World::with(&["ada"]).await;
    let (_, token) = provider(&world).await;
    assert_eq!(push(&world, &token, "ADA").await.err(), Some(taken("userName")));
    let bea = push(&world, &token, "Bea@example.test").await.expect("added");
    assert_eq!(bea.resource.expose()["userName"], "Bea@example.test", "as the provider wrote it");
    assert_eq!(push(&world, &token, "bea@EXAMPLE.test").await.err(), Some(taken("userName")));
    assert!(world.listed().iter().any(|person| person.login.expose() == "bea@example.test"));

    // Disabled, the login is somebody else's: coming back is refused, and nothing is half done.
    set_active(&world, &token, &bea.id, json!("False")).await.expect("disabled");
    world.import(&["ada", "bea@example.test"]).await;
    assert_eq!(set_active(&world, &token, &bea.id, json!("True")).await.err(), Some(taken("userName")));
    let seen = world.services.provisioned_person(&token, BASE, &bea.id, &Projection::Everything).await.expect("there");
    assert_eq!(seen.resource.expose()["active"], false);
}

#[tokio::test]
async fn silence_gives_nobody_access_back() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let ada = push(&world, &token, "ada").await.expect("added");
    set_active(&world, &token, &ada.id, json!(false)).await.expect("disabled");
    let put = body(json!({"userName": "ada", "displayName": "Ada"}));
    let replaced = world.services.replace_person(&token, BASE, &ada.id, &put, Expected::Any).await.expect("replaced");
    assert_eq!(replaced.resource.expose()["active"], false);
    let stale = world.services.replace_person(&token, BASE, &ada.id, &put, Expected::Seen(&ada.version)).await;
    assert_eq!(stale.err(), Some(Refused::Changed.into()));
    let seen = Expected::Seen(&replaced.version);
    world.services.delete_person(&token, BASE, &ada.id, seen).await.expect("deleted");
    let gone = world.services.provisioned_person(&token, BASE, &ada.id, &Projection::Everything).await;
    assert_eq!(gone.err(), Some(Refused::Missing.into()));
    assert!(push(&world, &token, "ada").await.is_ok_and(|new| new.id != ada.id));
    world.facts().await;
}

#[tokio::test]
async fn a_search_is_whole_however_it_is_asked() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    for number in 0..5 {
        push(&world, &token, &format!("n{number}")).await.expect("added");
        world.ambient.advance_ms(1);
    }
    let filters =
        [None, Some("userName sw \"n\""), Some("userName eq \"N3\""), Some("active eq false or userName ew \"4\"")];
    for (filter, expected) in filters.into_iter().zip([5, 5, 1, 1]) {
        let mut found = Vec::new();
        for first in 1..=5 {
            let filter = filter.map(|text| crate::domain::scim::filter::parse(text).expect("a filter"));
            let search = Search { filter, first, count: 1, projection: Projection::Everything };
            let page = world.services.search_people(&token, BASE, &search).await.expect("a page");
            assert_eq!(page.total, expected);
            found.extend(page.resources.into_iter().map(|shown| shown.id));
        }
        found.sort();
        found.dedup();
        assert_eq!(found.len() as u64, expected, "{filter:?}");
    }
}

/// Pushed, with a device each.
async fn staff(world: &World, token: &Grant<PeoplePush>, count: u8) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let login = format!("n{number}");
        ids.push(push(world, token, &login).await.expect("added").id);
        world.enroll(&login, &Client::new(number + 1)).await;
    }
    ids
}

#[tokio::test]
async fn the_brake_holds_a_provider_until_somebody_lets_it_go_on() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let ids = staff(&world, &token, 8).await;
    for id in &ids[..5] {
        set_active(&world, &token, id, json!(false)).await.expect("within the day's number");
    }
    let held = |outcome: Result<Shown, PushError>| matches!(outcome, Err(PushError::Braked(_)));
    for number in 0..60 {
        push(&world, &token, &format!("nobody{number}")).await.expect("added");
    }
    assert!(held(set_active(&world, &token, &ids[5], json!(false)).await));
    let deleted = world.services.delete_person(&token, BASE, &ids[5], Expected::Any).await;
    assert!(matches!(deleted, Err(PushError::Braked(_))), "deleting is no way around");

    // Whose devices are gone has lost them, listed again or not: by turns nobody takes more.
    for id in &ids[..5] {
        set_active(&world, &token, id, json!(true)).await.expect("back");
    }
    assert!(held(set_active(&world, &token, &ids[5], json!(false)).await));
    let braked = world.services.pushed(&grant()).await.expect("a view").braked;
    assert!(braked.is_some(), "the console says so");
    let recorded = async || {
        let entries = world.services.audit(&grant(), 0).await.expect("the audit");
        entries.iter().filter(|entry| matches!(entry.event, AuditEvent::DirectoryRunRefused { .. })).count()
    };
    assert_eq!(recorded().await, 1, "once, however often");

    world.services.release_push_brake(&grant()).await.expect("released");
    set_active(&world, &token, &ids[5], json!(false)).await.expect("goes on");
    world.ambient.advance_ms(DAY_MS);
    set_active(&world, &token, &ids[6], json!(false)).await.expect("another day");
}

#[tokio::test]
async fn a_provider_that_never_stops_trying_is_recorded_each_day() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    let ids = staff(&world, &token, 12).await;
    let mut held = 0;
    for _hour in 0..48 {
        for id in &ids {
            held += u32::from(set_active(&world, &token, id, json!(false)).await.is_err());
        }
        world.ambient.advance_ms(DAY_MS / 24);
    }
    assert!(held >= 48, "held at each hour: {held}");
    let entries = world.services.audit(&grant(), 0).await.expect("the audit");
    let recorded = entries.iter().filter(|entry| matches!(entry.event, AuditEvent::DirectoryRunRefused { .. }));
    assert_eq!(recorded.count(), 2, "one entry a day");
}

async fn standing(world: &World, login: &str) -> Vec<Standing> {
    let people = world.services.people(&grant()).await.expect("people");
    people.iter().filter(|person| person.login.expose() == login).map(|person| person.standing).collect()
}

#[tokio::test]
async fn a_lock_by_hand_outlives_whatever_a_provider_says() {
    let world = World::with(&["bea"]).await;
    let (_, token) = provider(&world).await;
    let ada = push(&world, &token, "ada").await.expect("added");
    for login in ["ada", "bea"] {
        world.services.suspend_person(&grant(), login).await.expect("locked");
    }
    world.services.delete_person(&token, BASE, &ada.id, Expected::Any).await.expect("deleted");
    let gone = world.services.provisioned_person(&token, BASE, &ada.id, &Projection::Everything).await;
    assert_eq!(gone.err(), Some(Refused::Missing.into()), "the provider knows nobody of that id any more");
    // Bea, of another source, is locked and listed by nobody.
    let people = world.services.people(&grant()).await.expect("people");
    let bea = people.iter().find(|person| person.login.expose() == "bea").expect("there").member;
    let mut change = world.services.inner.change().await.expect("begins");
    crate::storage::member::set_listing(&mut change.tx, bea, Listing::Absent).await.expect("absent");
    change.commit(0..0).await.expect("committed");
    for login in ["ada", "ADA", "bea"] {
        assert_eq!(push(&world, &token, login).await.err(), Some(Refused::Locked.into()), "{login}");
    }
    let dora = push(&world, &token, "dora").await.expect("added");
    let rename = patch::read(&body(json!({"Operations": [{"op": "replace", "path": "userName", "value": "ada"}]})));
    let renamed = world.services.patch_person(&token, BASE, &dora.id, &rename.expect("read"), Expected::Any).await;
    assert_eq!(renamed.err(), Some(Refused::Locked.into()));
    assert_eq!(standing(&world, "ada").await, [Standing::Locked]);

    // Taken back by hand: whom the provider deleted stays out, whom it adds again is somebody else.
    world.services.resume_person(&grant(), "ada").await.expect("unlocked");
    assert_eq!(standing(&world, "ada").await, [Standing::Suspended]);
    assert!(push(&world, &token, "ada").await.is_ok_and(|new| new.id != ada.id));
    world.facts().await;
}

#[tokio::test]
async fn access_is_taken_whatever_else_a_provider_wants() {
    let world = World::new().await;
    let (_, token) = provider(&world).await;
    push(&world, &token, "taken").await.expect("added");
    let wishes = [
        json!({"op": "replace", "path": "userName", "value": "with space"}),
        json!({"op": "replace", "path": "userName", "value": "taken"}),
        json!({"op": "replace", "path": "no path"}),
        json!({"op": "replace", "path": "id", "value": "mine"}),
        json!({"op": "shout"}),
        json!({"op": "replace", "value": {"active": "False", "displayName": "\u{202e}"}}),
    ];
    for (number, wish) in (0..).zip(wishes) {
        let login = format!("n{number}");
        let person = push(&world, &token, &login).await.expect("added");
        let client = Client::new(number + 1);
        world.enroll(&login, &client).await;
        let mut operations = vec![json!({"op": "replace", "path": "active", "value": "False"})];
        operations.insert(usize::from(number % 2 == 0), wish);
        let operations = patch::read(&body(json!({"Operations": operations}))).expect("operations");
        for _ in 0..2 {
            let answer = world.services.patch_person(&token, BASE, &person.id, &operations, Expected::Any).await;
            assert!(matches!(answer, Err(PushError::WithoutAccess(_))), "{number}: {answer:?}");
        }
        assert_eq!(standing(&world, &login).await, [Standing::Suspended], "under the old login");
        assert!(!world.facts().await.is_live(client.id()));
        world.ambient.advance_ms(DAY_MS);
    }
    let put = push(&world, &token, "by.put").await.expect("added");
    let wish = body(json!({"userName": "a b", "Active": false}));
    let answer = world.services.replace_person(&token, BASE, &put.id, &wish, Expected::Any).await;
    assert_eq!(answer.err(), Some(PushError::WithoutAccess(Refused::Value("userName"))));
    assert_eq!(standing(&world, "by.put").await, [Standing::Suspended]);
    // What is unknown, or no mail address, is no reason to refuse anything.
    let person = push(&world, &token, "easy").await.expect("added");
    let wish = json!({"Operations": [{"op": "replace", "value": {"active": false, "shoeSize": 43, "urn:x:User:y": "z",
        "emails": [{"value": "nobody"}]}}]});
    let operations = patch::read(&body(wish)).expect("operations");
    let answer = world.services.patch_person(&token, BASE, &person.id, &operations, Expected::Any).await;
    assert!(answer.is_ok_and(|shown| shown.resource.expose()["active"] == false));
}

#[tokio::test]
async fn a_request_under_way_ends_with_its_token() {
    let world = World::new().await;
    let scope = IntegrationScope::Provisioning;
    let made = world.services.add_integration(&grant(), scope, "Entra ID", 30).await.expect("made");
    let token = world.services.admit_integration(&made.token).await.expect("admitted").grant().expect("its scope");
    let ada = push(&world, &token, "ada").await.expect("added");
    world.services.revoke_integration(&grant(), made.id).await.expect("revoked");
    let refused = Some(PushError::from(ServiceError::from(Denial::Token)));
    assert_eq!(push(&world, &token, "bea").await.err(), refused);
    assert_eq!(set_active(&world, &token, &ada.id, json!(false)).await.err(), refused);
    let group = body(json!({"displayName": "Lyon"}));
    assert_eq!(world.services.provision_group(&token, BASE, &group).await.err(), refused);
    let deleted = world.services.delete_person(&token, BASE, &ada.id, Expected::Any).await;
    assert_eq!(deleted.err(), refused);
}

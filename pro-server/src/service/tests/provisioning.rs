//! What providers push, from the token to the lost device.

use serde_json::{Value, json};

use super::*;
use protocol::audit::IntegrationScope;

use crate::domain::access::PeoplePush;
use crate::domain::scim::projection::Projection;
use crate::domain::scim::{Attributes, Refused, patch};
use crate::service::provisioning::{Expected, PushError, Search, Shown};

const BASE: &str = "https://chat.example/scim/v2";

fn body(value: Value) -> Attributes {
    value.as_object().expect("an object").clone()
}

async fn provider(world: &World) -> (Secret<String>, Grant<PeoplePush>) {
    let made =
        world.services.add_integration(&grant(), IntegrationScope::Provisioning, "Entra ID", 30).await.expect("made");
    let who = world.services.admit_integration(&made.token).await.expect("admitted");
    (made.token, who.grant().expect("its scope"))
}

async fn push(world: &World, token: &Grant<PeoplePush>, login: &str) -> Result<Shown, PushError> {
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

    world.services.release_push_brake(&grant()).await.expect("released");
    set_active(&world, &token, &ids[5], json!(false)).await.expect("goes on");
    world.ambient.advance_ms(DAY_MS);
    set_active(&world, &token, &ids[6], json!(false)).await.expect("another day");
}

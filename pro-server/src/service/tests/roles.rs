//! Roles: what each may do, over whom, and that whoever is beyond a role is not there for it.

use protocol::audit::{AdministratorRole, Assignment, AuditEvent};

use super::administrators::{Account, first};
use super::*;
use crate::domain::access::{
    CodeWrite, DeviceWrite, LostDevice, NewcomerCode, PeopleRead, PeopleWrite, PolicyWrite, SignedIn,
};
use crate::domain::people_index::Position;
use crate::service::administrators::{Named, Opened};
use crate::service::people_list::Filter;
use crate::service::people_pages::Query;

const STAFF: &[u8] = b"login,name,groups\nanna,Anna,paris\nbruno,Bruno,paris;lyon\ncleo,Cleo,lyon\ndora,Dora,\n";

async fn office() -> (World, Opened) {
    let world = World::new().await;
    world.services.import_people(&grant(), STAFF).await.expect("imported");
    let (_, owner) = Account::set_up(&world, &first(&world).await, "claire").await;
    (world, owner)
}

fn roles(texts: &[&str]) -> Vec<Assignment> {
    texts.iter().map(|text| text.parse().expect("a role")).collect()
}

async fn with(world: &World, name: &'static str, texts: &[&str]) -> SignedIn {
    let made = world.services.add_administrator(&grant(), &roles(texts)).await.expect("made");
    Account::set_up(world, &made, name).await.1.who
}

fn missing<T>(outcome: Result<T, ServiceError>) -> bool {
    matches!(outcome, Err(ServiceError::Missing(Thing::Person | Thing::Device)))
}

#[tokio::test]
async fn lists_searches_and_counts_show_only_who_is_in_reach() {
    let (world, _) = office().await;
    let (anna, bruno) = (Client::new(1), Client::new(2));
    world.enroll("anna", &anna).await;
    world.enroll("bruno", &bruno).await;
    let clerk = with(&world, "lyon", &["people:lyon"]).await;
    let sees = clerk.grant::<PeopleRead>().expect("over Lyon");
    let everybody = world.services.people(&grant()).await.expect("people");
    let id = |login: &str| everybody.iter().find(|person| person.login.expose() == login).expect("there").member;

    let people = world.services.people(&sees).await.expect("people");
    assert_eq!(people.iter().map(|person| person.login.expose().as_str()).collect::<Vec<_>>(), ["bruno", "cleo"]);
    let stretch = world.services.people_after(&sees, Filter::default(), None, 10).await.expect("people");
    assert_eq!((stretch.found.len(), stretch.next), (2, None));
    let text = "a".into();
    let query = Query { text: &text, standing: None, from: Position::Start, rows_max: 10 };
    let page = world.services.people_page(&sees, &query).await.expect("a page");
    assert_eq!((page.found, page.rows.len()), (0, 0), "the search finds neither Anna nor Dora");
    let counts = world.services.people_counts(&sees).await.expect("counts");
    assert_eq!((counts.active, counts.provisioned, counts.devices), (1, 1, 1));
    let devices = world.services.devices_after(&sees, None, 10).await.expect("devices");
    assert_eq!(devices.found.iter().map(|device| device.device).collect::<Vec<_>>(), [bruno.id()]);
    assert_eq!(world.services.devices(&sees, None).await.expect("devices").len(), 1);
    let cards = world.services.card_choices(&clerk.grant::<CodeWrite>().expect("over Lyon")).await.expect("choices");
    assert_eq!(cards.everybody.without_code + cards.everybody.with_code, 1, "Cleo");

    assert!(world.services.person(&sees, id("bruno")).await.is_ok());
    assert!(missing(world.services.person(&sees, id("anna")).await));
    assert!(missing(world.services.person_detail(&sees, id("dora")).await));
    assert!(missing(world.services.devices(&sees, Some("anna")).await));
    assert!(missing(world.services.device(&sees, anna.id()).await));
}

#[tokio::test]
async fn acts_end_at_the_reach_of_a_role() {
    let (world, _) = office().await;
    let anna = Client::new(1);
    world.enroll("anna", &anna).await;
    let clerk = with(&world, "lyon", &["people:lyon"]).await;
    let writes = clerk.grant::<PeopleWrite>().expect("over Lyon");
    assert!(missing(world.services.suspend_person(&writes, "anna").await));
    assert!(missing(world.services.remove_person(&writes, "dora").await));
    assert!(missing(world.services.unlink_person(&writes, "anna").await));
    let revokes = clerk.grant::<DeviceWrite>().expect("over Lyon");
    assert!(missing(world.services.revoke_device(&revokes, anna.id(), None).await));
    let codes = clerk.grant::<CodeWrite>().expect("over Lyon");
    assert!(missing(world.services.create_code(&codes, "anna").await));
    world.services.create_code(&codes, "cleo").await.expect("a code");
    world.services.suspend_person(&writes, "bruno").await.expect("suspended");
    let policy = with(&world, "rules", &["policy:lyon"]).await.grant::<PolicyWrite>().expect("over Lyon");
    let published = world.services.publish_policy(&policy, world.services.policy().policy, 1).await;
    assert_eq!(published.err(), Some(Denial::Role.into()), "the organization's policy is beyond a group");
}

/// A clerk who was bought: sees the people of the group, lets a newcomer in, takes a device away. Becoming somebody is not among it.
#[tokio::test]
async fn a_help_desk_cannot_become_somebody() {
    let (world, _) = office().await;
    let victim = Client::new(1);
    world.enroll("bruno", &victim).await;
    let clerk = with(&world, "desk", &["help-desk:lyon"]).await;
    assert!(clerk.grant::<CodeWrite>().is_err() && clerk.grant::<PeopleWrite>().is_err());
    let codes = clerk.grant::<NewcomerCode>().expect("over Lyon");
    world.services.create_newcomer_code(&codes, "cleo").await.expect("a newcomer");
    assert!(missing(world.services.create_newcomer_code(&codes, "anna").await), "of another group");
    let refused = Some(Denial::NotNewcomer.into());
    assert_eq!(world.services.create_newcomer_code(&codes, "bruno").await.err(), refused, "has a device");
    let revokes = clerk.grant::<LostDevice>().expect("over Lyon");
    world.services.revoke_lost_device(&revokes, victim.id(), None).await.expect("revoked");
    assert_eq!(world.services.create_newcomer_code(&codes, "bruno").await.err(), refused, "had one");
}

#[tokio::test]
async fn roles_change_and_the_session_that_had_them_ends() {
    let (world, owner) = office().await;
    let rights = owner.who.grant().expect("an owner");
    let made = world.services.add_administrator(&rights, &roles(&["auditor"])).await.expect("made");
    let (_, seat) = Account::set_up(&world, &made, "marc").await;
    let marc = Named::Name("marc");
    world.services.assign_roles(&rights, marc, &roles(&["people:lyon", "policy"])).await.expect("assigned");
    assert!(world.services.resume(&seat.token).is_none(), "the session with the other roles is over");
    let listed = world.services.administrators(&grant()).await.expect("listed");
    let held = listed.iter().find(|row| row.id == seat.who.id()).expect("there").roles.clone();
    assert_eq!(held, roles(&["people:lyon", "policy"]));
    let told: Vec<AuditEvent> =
        world.services.audit(&grant(), 0).await.expect("the audit").into_iter().map(|e| e.event).collect();
    assert!(told.contains(&AuditEvent::RoleWithdrawn { role: AdministratorRole::Auditor, group: None }));
    assert!(told.contains(&AuditEvent::RoleGranted { role: AdministratorRole::Policy, group: None }));
    let of_lyon = roles(&["people:lyon"])[0].group_hash();
    assert!(told.contains(&AuditEvent::RoleGranted { role: AdministratorRole::People, group: of_lyon }));
    let before = told.len();
    world.services.assign_roles(&rights, marc, &roles(&["policy", "people:lyon"])).await.expect("the same");
    assert_eq!(world.services.audit(&grant(), 0).await.expect("the audit").len(), before, "nothing changed");
    let none = world.services.assign_roles(&rights, marc, &[]).await;
    assert_eq!(none, Err(Fault::Roles.into()), "whoever may do nothing is removed instead");
}

#[tokio::test]
async fn there_is_always_an_owner_left() {
    let (world, owner) = office().await;
    let rights = owner.who.grant().expect("an owner");
    let claire = Named::Name("claire");
    let oneself = world.services.assign_roles(&rights, claire, &roles(&["auditor"])).await;
    assert_eq!(oneself, Err(Clash::Oneself.into()));
    let last = world.services.assign_roles(&grant(), claire, &roles(&["people", "policy"])).await;
    assert_eq!(last, Err(Clash::LastOwner.into()));
    // A link that waits is nobody who can act.
    world.services.add_administrator(&grant(), &roles(&["owner"])).await.expect("made");
    let last = world.services.assign_roles(&grant(), claire, &roles(&["people"])).await;
    assert_eq!(last, Err(Clash::LastOwner.into()));
    with(&world, "marc", &["owner"]).await;
    world.services.assign_roles(&grant(), claire, &roles(&["people"])).await.expect("there is another one");
    let last = world.services.remove_administrator(&grant(), Named::Name("marc")).await;
    assert_eq!(last, Err(Clash::LastOwner.into()));
}

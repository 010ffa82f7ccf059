//! Groups as the person asks for them: who may be in them, what they are called, and what is kept of what changed.

use protocol::policy::{Policy, PolicyKey};
use serde_json::json;

use super::*;
use crate::core::peer::Relation;
use crate::engine::groups::Place;
use crate::engine::port::GroupChange;
use crate::engine::requests::Refused;

pub(super) fn code<T>(answer: Result<T, Refused>) -> String {
    match answer {
        Err(Refused::Fault(fault)) => fault.code,
        Err(Refused::Engine(error)) => panic!("the engine failed: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// An engine that deals with two colleagues; they are called by their ids.
pub(super) fn office() -> (Engine, [Person; 2]) {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let people = [organization.colleague(), organization.colleague()];
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    for person in &people {
        meet(&mut engine, person);
        engine.peers.get_mut(&person.device()).unwrap().record.relation = Relation::Accepted;
        engine.keep_peer(person.device()).unwrap();
    }
    (engine, people)
}

pub(super) fn id(person: &Person) -> String {
    person.member.to_string()
}

#[tokio::test]
async fn a_group_is_named_by_its_id_or_its_name_and_a_name_of_two_is_refused() {
    let (mut engine, [ada, lea]) = office();
    let begun = engine.create_group(" Rounds ", &[id(&ada)]).ok().unwrap();
    let group: ConversationId = begun["group_id"].as_str().unwrap().parse().unwrap();
    assert_eq!((&begun["name"], &begun["role"]), (&json!("Rounds"), &json!("holds-pen")));
    for name in ["Rounds", "rounds", &group.to_string()] {
        assert_eq!(engine.place(name).ok(), Some(Place::Group(group)));
    }
    assert_eq!(engine.place(&id(&ada)).ok(), Some(Place::Person(ada.member)));
    engine.create_group("Rounds", &[id(&lea)]).ok().unwrap();
    assert_eq!(code(engine.place("Rounds")), "name-ambiguous");
    assert_eq!(engine.place(&group.to_string()).ok(), Some(Place::Group(group)));
    assert_eq!(code(engine.create_group("\n", &[id(&lea)])), "group-name");
    assert_eq!(code(engine.create_group("Nobody", &[])), "group-alone");
}

#[tokio::test]
async fn what_changes_in_a_group_is_told_and_stands_in_its_history() {
    let (mut engine, [ada, lea]) = office();
    let mut events = engine.events.subscribe();
    let begun = engine.create_group("Rounds", &[id(&ada)]).ok().unwrap();
    let group = begun["group_id"].as_str().unwrap().to_owned();
    let add = || GroupChange::Add { who: id(&lea) };
    engine.change_group(&group, add()).ok().unwrap();
    assert_eq!(code(engine.change_group(&group, add())), "group-change");
    let renamed = engine.change_group(&group, GroupChange::Rename { name: "Ward".to_owned() }).ok().unwrap();
    assert_eq!((&renamed["name"], renamed["members"].as_array().unwrap().len()), (&json!("Ward"), 3));
    assert_eq!(told(&mut events, "group"), 3);
    let hello = protocol::message::MessageBody::text("hello".into());
    engine.queue(Place::Group(group.parse().unwrap()), hello, |_| Ok(())).ok().unwrap();

    let history = engine.history("Ward", None, None).ok().unwrap();
    let rows: Vec<_> = history.as_array().unwrap().iter().map(|row| (&row["group"]["change"], &row["text"])).collect();
    let change = |word: &str| json!(word);
    let (created, added, renamed) = (change("created"), change("added"), change("renamed"));
    let (nothing, hello) = (Value::Null, json!("hello"));
    let expected = [(&created, &nothing), (&added, &nothing), (&renamed, &nothing), (&nothing, &hello)];
    assert_eq!(rows.len(), expected.len());
    assert!(expected.iter().all(|row| rows.contains(row)), "{rows:?}");

    let conversations = engine.conversations().ok().unwrap();
    let row = conversations.as_array().unwrap().iter().find(|row| row["login"] == group.as_str()).unwrap();
    assert_eq!((&row["unread"], &row["relation"]), (&json!(0), &json!("accepted")), "one's own acts are not news");
    let waiting = engine.outbox_entries().unwrap();
    let mut owed = [ada.member, lea.member];
    owed.sort_unstable();
    assert!(waiting.iter().all(|entry| {
        let mut to = entry.owed.clone();
        to.sort_unstable();
        to == owed
    }));
}

#[tokio::test]
async fn the_organization_says_who_begins_groups_and_how_large_they_are() {
    let (mut engine, [ada, lea]) = office();
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::GroupMaxMembers, "2")]).unwrap());
    assert_eq!(code(engine.create_group("Rounds", &[id(&ada), id(&lea)])), "policy-group-members");
    let begun = engine.create_group("Rounds", &[id(&ada)]).ok().unwrap();
    let group = begun["group_id"].as_str().unwrap().to_owned();
    let add = GroupChange::Add { who: id(&lea) };
    assert_eq!(code(engine.change_group(&group, add)), "policy-group-members");
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::GroupCreate, "nobody")]).unwrap());
    assert_eq!(code(engine.create_group("Rounds", &[id(&ada)])), "policy-group-create");
}

//! Groups that follow the directory, as the pen-holder's device and its person live with them.

use std::collections::BTreeSet;

use protocol::directory::{DirectoryGroup, Group, GroupPeople, Have, List, digest};
use protocol::limits::DIRECTORY_GROUPS_MS;
use protocol::policy::{Policy, PolicyKey};
use protocol::signaling::message::FetchWhat;
use serde_json::json;

use super::groups::{code, id, office};
use super::*;
use crate::engine::port::GroupChange;

/// The directory answers that our person is in this group, with these people.
fn hear(engine: &mut Engine, name: &str, people: &[MemberId]) {
    let mut people = people.to_vec();
    people.sort_unstable();
    let group = DirectoryGroup { name: Group::parse(name).unwrap(), people: GroupPeople::All(people) };
    engine.on_own_groups(Some(vec![group])).unwrap();
}

/// A group in step with `lyon`, of us and both colleagues; its id.
fn follower() -> (Engine, [Person; 2], String) {
    let (mut engine, people) = office();
    let me = engine.me.account.member;
    hear(&mut engine, "lyon", &[me, people[0].member, people[1].member]);
    let begun = engine.create_from_directory(None, " Lyon ").ok().unwrap();
    assert_eq!((&begun["name"], &begun["directory"]), (&json!("lyon"), &json!({"group": "lyon", "state": "in-step"})));
    let group = begun["group_id"].as_str().unwrap().to_owned();
    (engine, people, group)
}

fn members(engine: &Engine, group: &str) -> BTreeSet<MemberId> {
    let row = engine.group(group.parse().unwrap()).ok().unwrap();
    row.roster.members().collect()
}

fn state(engine: &Engine, group: &str) -> Value {
    engine.show_group(group).ok().unwrap()["directory"]["state"].clone()
}

#[tokio::test]
async fn a_group_follows_the_directory_and_nobody_changes_it_by_hand() {
    let (mut engine, [ada, lea], group) = follower();
    let me = engine.me.account.member;
    for change in [GroupChange::Add { who: id(&lea) }, GroupChange::Remove { who: id(&ada) }] {
        assert_eq!(code(engine.change_group(&group, change)), "group-of-directory");
    }
    let mut events = engine.events.subscribe();
    hear(&mut engine, "lyon", &[me, lea.member]);
    assert_eq!(members(&engine, &group), [me, lea.member].into());
    hear(&mut engine, "lyon", &[me, lea.member]);
    assert_eq!(told(&mut events, "group"), 1, "once");
    hear(&mut engine, "lyon", &[me, ada.member, lea.member]);
    assert_eq!(members(&engine, &group).len(), 3);
    let history = engine.history(&group, None, None).ok().unwrap();
    let rows = history.as_array().unwrap().iter().map(|row| (&row["group"]["change"], &row["group"]["directory"]));
    let rows: Vec<_> = rows.collect();
    for change in ["created", "removed", "added"] {
        assert!(rows.contains(&(&json!(change), &json!("lyon"))), "{rows:?}");
    }
    // Everything else is the members' business.
    engine.change_group(&group, GroupChange::Rename { name: "Ward".to_owned() }).ok().unwrap();
    engine.change_group(&group, GroupChange::Promote { who: id(&ada) }).ok().unwrap();
}

#[tokio::test]
async fn a_group_begins_only_of_a_directory_group_that_is_ours_and_told_whole() {
    let (mut engine, [ada, lea]) = office();
    let me = engine.me.account.member;
    assert_eq!(code(engine.create_from_directory(None, "lyon")), "directory-groups-unknown");
    hear(&mut engine, "lyon", &[me, ada.member, lea.member]);
    assert_eq!(code(engine.create_from_directory(None, "paris")), "directory-group-unknown");
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::GroupMaxMembers, "2")]).unwrap());
    assert_eq!(code(engine.create_from_directory(None, "lyon")), "policy-group-members");
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::GroupCreate, "nobody")]).unwrap());
    assert_eq!(code(engine.create_from_directory(None, "lyon")), "policy-group-create");
    engine.trust.keep_obeying(Policy::default());
    for (people, fault) in
        [(GroupPeople::TooMany, "directory-group-large"), (GroupPeople::Hidden, "directory-group-hidden")]
    {
        let group = DirectoryGroup { name: Group::parse("lyon").unwrap(), people };
        engine.on_own_groups(Some(vec![group])).unwrap();
        assert_eq!(code(engine.create_from_directory(None, "lyon")), fault);
    }
    hear(&mut engine, "lyon", &[me]);
    assert_eq!(code(engine.create_from_directory(None, "lyon")), "group-alone");
    let by_hand = engine.create_group("Rounds", &[id(&ada)]).ok().unwrap();
    assert!(by_hand["directory"].is_null());
    assert_eq!(code(engine.sync_group("Rounds", None)), "group-by-hand");
    hear(&mut engine, "rounds", &[me]);
    assert_eq!(members(&engine, by_hand["group_id"].as_str().unwrap()).len(), 2, "others are left alone");
}

#[tokio::test]
async fn whoever_has_no_device_or_no_room_waits() {
    let (mut engine, [ada, lea], group) = follower();
    let (me, without_device) = (engine.me.account.member, MemberId::random(&mut OsRng));
    hear(&mut engine, "lyon", &[me, ada.member, lea.member, without_device]);
    let shown = engine.show_group(&group).ok().unwrap();
    assert_eq!((&shown["directory"]["state"], &shown["directory"]["waiting"]), (&json!("in-step"), &json!(1)));
    assert_eq!(members(&engine, &group).len(), 3);
    hear(&mut engine, "lyon", &[me, ada.member]);
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::GroupMaxMembers, "2")]).unwrap());
    hear(&mut engine, "lyon", &[me, ada.member, lea.member]);
    assert_eq!(members(&engine, &group), [me, ada.member].into());
}

#[tokio::test]
async fn more_than_half_go_when_the_person_says_so_and_is_told_of_it_once() {
    let (mut engine, _, group) = follower();
    let me = engine.me.account.member;
    let mut events = engine.events.subscribe();
    assert_eq!(code(engine.sync_group(&group, Some(true))), "group-nothing-held");
    hear(&mut engine, "lyon", &[me]);
    hear(&mut engine, "lyon", &[me]);
    assert_eq!((members(&engine, &group).len(), told(&mut events, "alarm")), (3, 1));
    let held = engine.show_group(&group).ok().unwrap();
    assert_eq!(held["directory"]["state"], "held");
    assert_eq!(held["directory"]["would_go"].as_array().map(Vec::len), Some(2));
    engine.sync_group(&group, None).ok().unwrap();
    assert_eq!(members(&engine, &group).len(), 3, "asking is not confirming");
    let confirmed = engine.sync_group(&group, Some(true)).ok().unwrap();
    assert_eq!((members(&engine, &group), &confirmed["directory"]["state"]), ([me].into(), &json!("in-step")));
}

#[tokio::test]
async fn the_pen_is_handed_on_once_when_our_person_is_out_of_the_directorys_group() {
    let (mut engine, [ada, lea], group) = follower();
    let me = engine.me.account.member;
    hear(&mut engine, "paris", &[me]);
    let row = engine.group(group.parse().unwrap()).ok().unwrap();
    let pen = row.roster.pen();
    assert!([ada.member, lea.member].contains(&pen), "somebody else carries on");
    assert_eq!(row.roster.members().count(), 3, "whoever holds the pen then removes us");
    let operations = row.roster.operations();
    hear(&mut engine, "paris", &[me]);
    assert_eq!(engine.group(group.parse().unwrap()).ok().unwrap().roster.operations(), operations);
    assert_eq!(state(&engine, &group), Value::Null);
    assert_eq!(code(engine.sync_group(&group, Some(true))), "group-not-pen");
}

/// What is asked, and when, is the same whether or not any group follows the directory.
#[tokio::test]
async fn the_directory_is_asked_for_all_groups_at_one_rhythm() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let mut engine = open(&disk);
    let (have, named) = (Have { version: 1, class: Hash32::from_bytes([1; 32]) }, Hash32::from_bytes([3; 32]));
    organization.push(&Leaf::DirectoryPublish { version: 1, hash: named });
    organization.tell(&mut engine).unwrap();
    engine.trust.use_list(List::kept(have, vec![], digest(&[])).unwrap(), named);
    let (door, mut at_door) = mpsc::channel(64);
    (engine.door, engine.server) = (door, Server::Online);
    let mut asked = |engine: &mut Engine, at: Timestamp| {
        engine.ask_for_groups(at);
        engine.fetching.clear();
        std::iter::from_fn(|| at_door.try_recv().ok())
            .filter(|command| {
                let whole = FetchWhat::Directory { have: Some(have) };
                matches!(command, SignalCommand::Fetch { what, .. } if *what == whole)
            })
            .count()
    };
    let now = clock::now();
    assert_eq!((asked(&mut engine, now), asked(&mut engine, now.plus_ms(DIRECTORY_GROUPS_MS - 1))), (1, 0));
    assert_eq!(asked(&mut engine, now.plus_ms(DIRECTORY_GROUPS_MS)), 1);
    assert_eq!(asked(&mut engine, now), 1, "a clock that was set back stops nothing");
    engine.server = Server::Offline;
    assert_eq!(asked(&mut engine, now.plus_ms(2 * DIRECTORY_GROUPS_MS)), 0);
}

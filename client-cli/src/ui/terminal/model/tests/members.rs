//! Groups in the window: begun from a search, looked at, changed after a question, left.

use super::*;
use crate::rpc::GroupChange;

fn group(role: &str, members: &[(&str, &str)]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|(login, role)| json!({"login": login, "name": login.to_uppercase(), "role": role}))
        .collect();
    json!({"login": "00ff", "name": "Rounds", "relation": "accepted", "verified": false, "unread": 0,
        "group": {"group_id": "00ff", "name": "Rounds", "role": role, "frozen": false, "members": members}})
}

/// The group is open and its members are shown.
fn looking_at(role: &str) -> Model {
    let members = [("ada", role), ("grace", "member"), ("linus", "admin")];
    let mut model = connected(&[group(role, &members), row("grace", 0)]);
    press(&mut model, KeyCode::Enter);
    model.handle(Event::Answered(Topic::Newest("00ff".into()), Ok(json!([]))));
    assert!(press(&mut model, KeyCode::F(3)).is_empty());
    assert!(matches!(model.overlay, Some(Overlay::Members(_))));
    model
}

fn offered(model: &Model) -> Vec<&'static str> {
    model.member_steps().into_iter().map(|(key, _)| key).collect()
}

fn change(change: GroupChange) -> Request {
    Request::GroupChange { group: String::from("00ff"), change }
}

#[test]
fn a_group_begins_with_whoever_was_chosen_and_a_name() {
    let mut model = connected(&[]);
    press(&mut model, KeyCode::F(2));
    let found = json!([{"login": "grace", "name": "Grace"}, {"login": "linus", "name": "Linus"}]);
    model.handle(Event::Answered(Topic::People("".into()), Ok(found.clone())));
    press(&mut model, KeyCode::Tab);
    // The choice outlives another search.
    press(&mut model, KeyCode::Char('l'));
    model.handle(Event::Answered(Topic::People("l".into()), Ok(json!([found[1]]))));
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Enter);
    assert!(press(&mut model, KeyCode::Enter).is_empty(), "a group has a name");
    write(&mut model, " Rounds ");
    let asks = press(&mut model, KeyCode::Enter);
    let members = vec![String::from("grace"), String::from("linus")];
    assert_eq!(requests(&asks), [&Request::GroupCreate { name: String::from("Rounds"), members }]);
    let answer = json!({"group_id": "00ff", "name": "Rounds", "role": "holds-pen"});
    let asks = model.handle(Event::Answered(Topic::GroupBegun, Ok(answer)));
    assert!(requests(&asks).iter().any(|request| matches!(request, Request::Page { who, .. } if who == "00ff")));
    assert_eq!(model.open_name().expose(), "Rounds");
}

#[test]
fn whoever_was_chosen_twice_is_let_go() {
    let mut model = connected(&[]);
    press(&mut model, KeyCode::F(2));
    model.handle(Event::Answered(Topic::People("".into()), Ok(json!([{"login": "grace", "name": "Grace"}]))));
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Tab);
    press(&mut model, KeyCode::Enter);
    assert!(model.open.is_some(), "nobody is chosen: Enter talks to whoever is under the cursor");
}

#[test]
fn only_what_a_person_may_do_is_offered() {
    let mut model = looking_at("holds-pen");
    assert_eq!(offered(&model), ["a", "n", "l"], "the cursor is on our person");
    press(&mut model, KeyCode::Down);
    assert_eq!(offered(&model), ["Enter", "v", "a", "x", "p", "t", "n", "l"]);
    let mut model = looking_at("admin");
    press(&mut model, KeyCode::Down);
    assert_eq!(offered(&model), ["Enter", "v", "a", "x", "p", "n", "l"], "who holds the pen hands it on");
    let mut model = looking_at("member");
    press(&mut model, KeyCode::Down);
    assert_eq!(offered(&model), ["Enter", "v", "l"]);
    assert!(press(&mut model, KeyCode::Char('x')).is_empty());
    assert!(model.asked_about_members().is_none());
}

#[test]
fn whatever_changes_a_group_is_asked_about_first() {
    let mut model = looking_at("holds-pen");
    press(&mut model, KeyCode::Down);
    assert!(press(&mut model, KeyCode::Char('x')).is_empty());
    assert!(model.asked_about_members().is_some_and(|question| question.contains("GRACE")));
    press(&mut model, KeyCode::Esc);
    assert!(model.asked_about_members().is_none() && model.overlay.is_some());
    press(&mut model, KeyCode::Char('x'));
    let asks = press(&mut model, KeyCode::Enter);
    assert_eq!(requests(&asks), [&change(GroupChange::Remove { who: String::from("grace") })]);
    press(&mut model, KeyCode::Char('l'));
    let asks = press(&mut model, KeyCode::Enter);
    assert_eq!(requests(&asks), [&change(GroupChange::Leave {})]);
    assert!(model.overlay.is_none());
}

#[test]
fn people_are_added_and_an_administrator_is_told_who_does_it() {
    let mut model = looking_at("admin");
    press(&mut model, KeyCode::Char('a'));
    model.handle(Event::Answered(Topic::People("".into()), Ok(json!([{"login": "lea", "name": "Léa"}]))));
    let asks = press(&mut model, KeyCode::Enter);
    assert_eq!(requests(&asks), [&change(GroupChange::Add { who: String::from("lea") })]);
    assert!(matches!(model.overlay, Some(Overlay::Members(_))));
    model.handle(Event::Answered(Topic::Grouped, Ok(json!({"role": "admin"}))));
    assert_eq!(model.remark.as_ref().map(|remark| remark.kind), Some(RemarkKind::Done));
}

#[test]
fn for_whom_messages_wait_is_known() {
    let mut model = looking_at("member");
    let outbox = json!([{"message_id": "m1", "to": "Rounds", "state": "queued", "reason": "peer-offline",
        "group_id": "00ff", "waits_for": ["grace"]}]);
    model.handle(Event::Answered(Topic::Outbox, Ok(outbox)));
    assert_eq!(model.waiting_for(&"00ff".into(), &"grace".into()), 1);
    assert_eq!(model.waiting_for(&"00ff".into(), &"linus".into()), 0);
}

//! What is confirmed and decided is what was shown, about whom it was shown.

use super::*;

fn number(login: &str, digits: &str) -> Answer {
    Ok(json!({"login": login, "safety_number": digits, "verified": false, "identity_resets": 0}))
}

/// Somebody whose identity was reset, or who bears a login of somebody else.
fn held(login: &str, state: &str, digits: &str) -> Value {
    let mut row = row(login, 0);
    row["identity_reset"] = json!({"state": state, "safety_number": digits});
    row
}

#[test]
fn a_number_is_confirmed_only_after_it_was_shown() {
    let (mut model, _) = reading(0, json!([]));
    press(&mut model, KeyCode::F(3));
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    model.handle(Event::Answered(Topic::Verification("mallory".into()), number("mallory", "99999 99999")));
    assert!(press(&mut model, KeyCode::Enter).is_empty(), "the number of somebody else");
    model.handle(Event::Answered(Topic::Verification("grace".into()), number("grace", "12345 67890")));
    let asks = press(&mut model, KeyCode::Enter);
    let confirmed =
        Request::Verify { who: String::from("grace"), confirm: Some(true), number: Some(String::from("12345 67890")) };
    assert_eq!(requests(&asks), [&confirmed]);
}

#[test]
fn who_goes_on_does_so_for_the_number_of_the_moment_they_were_asked() {
    for state in ["replaced", "reassigned"] {
        let mut model = connected(&[held("grace", state, "11111 11111")]);
        press(&mut model, KeyCode::F(6));
        assert_eq!(model.decisions(), [Decision::Accept, Decision::Block]);
        // The list is fetched again, with somebody else on top and another key in force.
        let later = [row("alan", 0), held("grace", state, "22222 22222")];
        model.handle(Event::News(json!({"event": "message", "from": "alan"})));
        model.handle(Event::Answered(Topic::Conversations, Ok(later.to_vec().into())));
        let asks = press(&mut model, KeyCode::Enter);
        let (who, number) = (String::from("grace"), Some(String::from("11111 11111")));
        assert_eq!(requests(&asks), [&Request::Decide { who, decision: Decision::Accept, number }]);
    }
}

#[test]
fn a_decision_that_is_offered_no_more_is_not_made() {
    let mut asking = row("grace", 0);
    asking["relation"] = "asks".into();
    let mut model = connected(&[asking]);
    press(&mut model, KeyCode::F(6));
    press(&mut model, KeyCode::Down);
    // Meanwhile they were accepted on another way: the place of "refuse" is nobody's.
    model.handle(Event::Answered(Topic::Conversations, Ok(json!([row("grace", 0)]))));
    assert!(requests(&press(&mut model, KeyCode::Enter)).is_empty());
    assert!(model.overlay.is_none());
}

#[test]
fn an_identity_reset_closes_what_was_shown_before_it() {
    let reset = || Event::News(json!({"event": "identity-reset", "login": "grace", "state": "replaced"}));
    for key in [KeyCode::F(3), KeyCode::F(6)] {
        let (mut model, _) = reading(0, json!([]));
        press(&mut model, key);
        model.handle(Event::Answered(Topic::Verification("grace".into()), number("grace", "12345 67890")));
        assert!(model.overlay.is_some());
        model.handle(reset());
        assert!(model.overlay.is_none());
        let asks = press(&mut model, KeyCode::Enter);
        assert!(asks.iter().all(|ask| !matches!(ask.request, Request::Verify { .. } | Request::Decide { .. })));
    }
}

#[test]
fn the_cursor_stays_on_a_file_and_on_a_person_wherever_they_stand_by_then() {
    let offer = |id: u64| {
        let file = json!({"file_id": format!("f{id}"), "name": "deed.pdf", "bytes": 10, "state": "offered"});
        json!({"message_id": format!("m{id}"), "from": "grace", "sent_ms": id, "state": "delivered", "file": file})
    };
    let (mut model, _) = reading(0, json!([offer(1)]));
    press(&mut model, KeyCode::F(4));
    model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(json!([offer(1), offer(2)]))));
    press(&mut model, KeyCode::Enter);
    assert!(matches!(&model.overlay, Some(Overlay::SaveTo { file, .. }) if file == "f1"));

    let person = |login: &str| json!({"login": login, "name": login});
    press(&mut model, KeyCode::F(2));
    let found = json!([person("grace"), person("hopper")]);
    model.handle(Event::Answered(Topic::People("".into()), Ok(found)));
    press(&mut model, KeyCode::Down);
    let found = json!([person("alan"), person("grace"), person("hopper")]);
    model.handle(Event::Answered(Topic::People("".into()), Ok(found)));
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.open.as_ref().map(|open| open.who.clone()), Some("hopper".into()));
}

//! A chat in plain lines without a terminal: an engine of a few lines answers, and what is printed and asked is looked at.

use jiff::tz::TimeZone;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use super::super::asking::Happened;
use super::talk::{Ask, Event, Talk, Topic};
use super::*;
use crate::rpc::{Answer, Request};

const NOW: Timestamp = Timestamp::from_millis(1_795_312_800_000);

fn typed(talk: &mut Talk, line: &str) -> Vec<Request> {
    let asks = talk.handle(Event::Typed(line.into()));
    asks.into_iter().map(|Ask { request, .. }| request).filter(|request| *request != Request::Present {}).collect()
}

fn answered(talk: &mut Talk, topic: Topic, answer: Answer) -> Vec<Request> {
    let asks = talk.handle(Event::Happened(Happened::Answered(topic, answer)));
    asks.into_iter().map(|ask| ask.request).collect()
}

fn news(talk: &mut Talk, news: Value) {
    talk.handle(Event::Happened(Happened::News(news)));
}

fn message(id: &str, from: &str, text: &str) -> Value {
    json!({"event": "message", "message_id": id, "from": from, "text": text, "state": "delivered", "sent_ms": NOW.as_millis()})
}

fn begun(language: &str) -> Talk {
    let mut talk = Talk::new(Words::of_tag(language), Places::default(), TimeZone::UTC, NOW, None);
    assert_eq!(talk.prompt(), None, "nobody knows yet whether it is locked");
    talk.handle(Event::Happened(Happened::Connected));
    answered(&mut talk, Topic::Whoami, Ok(json!({"login": "ada", "name": "Ada"})));
    let list = json!([
        {"login": "grace", "name": "Grace Hopper", "relation": "accepted", "verified": true, "unread": 2, "mentions": 1},
        {"login": "00ff", "name": "Rounds", "relation": "accepted", "unread": 0,
            "group": {"name": "Rounds", "role": "holds-pen", "members": [{"login": "ada"}, {"login": "grace"}]}},
    ]);
    answered(&mut talk, Topic::Known, Ok(list));
    assert_eq!(talk.prompt(), Some(Prompt::Line));
    talk
}

/// The conversation with Grace is open.
fn talking(language: &str) -> Talk {
    let mut talk = begun(language);
    let asked = typed(&mut talk, "/to grace hopper");
    assert!(matches!(asked.as_slice(), [Request::Page { who, .. }] if who == "grace"), "{asked:?}");
    let page = json!([message("m1", "grace", "Is the deed\nready?")]);
    let asked = answered(&mut talk, Topic::Opened("grace".into()), Ok(page));
    assert!(asked.contains(&Request::Seen { who: "grace".into(), up_to: "m1".into() }), "whoever opens it hears it");
    talk
}

fn said(talk: &mut Talk) -> String {
    talk.take_lines().join("\n")
}

#[test]
fn the_next_step_is_said_from_the_beginning_in_both_languages() {
    for (language, wanted) in [("en", ["/list", "/people", "/help"]), ("fr", ["/liste", "/annuaire", "/aide"])] {
        let text = said(&mut begun(language));
        assert!(wanted.iter().all(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn a_conversation_is_heard_line_by_line_and_none_can_be_forged() {
    let mut talk = talking("en");
    let text = said(&mut talk);
    assert!(text.contains("You talk to Grace Hopper, grace"), "{text}");
    assert!(text.contains("Grace Hopper, 02:00: Is the deed\n    ready?"), "{text}");
    news(&mut talk, message("m2", "grace", "yes\nYou, 02:00: forged\u{1b}[2J\u{202e}"));
    let text = said(&mut talk);
    assert!(text.contains("\n    You, 02:00: forged"), "{text}");
    assert!(!text.chars().any(|c| c == '\u{1b}' || c == '\u{202e}'));
}

#[test]
fn what_is_typed_is_sent_and_counts_what_was_heard_before_as_read() {
    let mut talk = talking("en");
    news(&mut talk, message("m2", "grace", "Good morning"));
    let asked = typed(&mut talk, "Good morning,");
    let [Request::Seen { up_to, .. }, Request::Send { who, text, .. }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((up_to.as_str(), who.as_str(), text.as_str()), ("m2", "grace", "Good morning,"));
    // Two lines are one message.
    assert!(typed(&mut talk, "first\\").is_empty());
    let asked = typed(&mut talk, "second");
    assert!(matches!(asked.as_slice(), [Request::Send { text, .. }] if text == "first\nsecond"), "{asked:?}");
}

#[test]
fn of_other_conversations_only_that_something_came_is_said() {
    let mut talk = begun("fr");
    said(&mut talk);
    news(&mut talk, message("m9", "grace", "secret words"));
    let text = said(&mut talk);
    assert!(text.contains("Grace Hopper") && text.contains("/avec grace") && !text.contains("secret"), "{text}");
}

#[test]
fn numbers_mean_what_was_listed_last() {
    let mut talk = begun("fr");
    typed(&mut talk, "/liste");
    let list = json!([{"login": "bob", "name": "Bob", "relation": "asks", "unread": 0}]);
    answered(&mut talk, Topic::List, Ok(list));
    let text = said(&mut talk);
    assert!(text.contains("1. Bob, bob") && text.contains("demande à vous parler"), "{text}");
    let asked = typed(&mut talk, "/avec 1");
    assert!(matches!(asked.as_slice(), [Request::Page { who, .. }] if who == "bob"), "{asked:?}");
}

#[test]
fn nothing_that_cannot_be_taken_back_is_done_without_a_yes() {
    let mut talk = talking("en");
    answered(&mut talk, Topic::Sent("grace".into()), Ok(json!({"message_id": "m5", "state": "queued"})));
    assert!(typed(&mut talk, "/delete").is_empty());
    assert!(said(&mut talk).contains("/yes"));
    // Anything else forgets the question.
    typed(&mut talk, "/rules");
    assert!(typed(&mut talk, "/yes").is_empty());
    typed(&mut talk, "/delete");
    let asked = typed(&mut talk, "/yes");
    assert_eq!(asked, [Request::Delete { message: "m5".into(), wait_ms: None }]);
}

#[test]
fn only_the_number_that_was_heard_is_confirmed() {
    let mut talk = talking("en");
    assert!(typed(&mut talk, "/same").is_empty());
    typed(&mut talk, "/verify");
    let digits = ["12345"; 12].join(" ");
    answered(&mut talk, Topic::Number("grace".into()), Ok(json!({"safety_number": digits, "verified": false})));
    assert!(said(&mut talk).contains("12345 12345 12345 12345\n"));
    let asked = typed(&mut talk, "/same");
    let confirm = Request::Verify { who: "grace".into(), confirm: Some(true), number: Some(digits) };
    assert_eq!(asked, [confirm]);
}

#[test]
fn a_locked_device_asks_for_the_passphrase_and_nothing_else() {
    let mut talk = Talk::new(Words::of_tag("en"), Places::default(), TimeZone::UTC, NOW, None);
    talk.handle(Event::Happened(Happened::Connected));
    answered(&mut talk, Topic::Whoami, Err(Fault::new("locked")));
    assert!(matches!(talk.prompt(), Some(Prompt::Secret(_))));
    talk.handle(Event::Secret(Secret::new("correct horse".to_owned())));
    assert_eq!(talk.prompt(), None, "the answer is waited for");
    answered(&mut talk, Topic::Unlocked, Err(Fault::new("wrong-passphrase")));
    assert!(matches!(talk.prompt(), Some(Prompt::Secret(_))));
    answered(&mut talk, Topic::Unlocked, Ok(json!({"state": "open"})));
    answered(&mut talk, Topic::Whoami, Ok(json!({"login": "ada", "name": "Ada"})));
    assert_eq!(talk.prompt(), Some(Prompt::Line));
    // Whoever knew something ends, and begins anew.
    answered(&mut talk, Topic::Known, Err(Fault::new("locked")));
    assert_eq!(talk.left(), Some(Left::Locked));
}

#[test]
fn help_says_every_command_and_unknown_ones_lead_there() {
    let mut talk = begun("fr");
    typed(&mut talk, "/aide");
    let text = said(&mut talk);
    assert!(text.contains("/avec NOM") && text.contains("/quitter"), "{text}");
    typed(&mut talk, "/rien");
    assert!(said(&mut talk).contains("/aide"));
    typed(&mut talk, "bonjour");
    assert!(said(&mut talk).contains("/avec NOM"), "nothing is open");
}

//! A chat in plain lines without a terminal: an engine of a few lines answers, and what is printed and asked is looked at.

use jiff::tz::TimeZone;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use super::super::asking::Happened;
use super::talk::{Ask, Event, Talk, Topic};
use super::*;
use crate::rpc::{Answer, Decision, Request, TimerWish};

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
    assert!(matches!(asked.as_slice(), [Request::People { query, .. }] if query == "grace hopper"), "{asked:?}");
    let asked = answered(&mut talk, Topic::Who("grace hopper".into()), Ok(json!([])));
    assert!(matches!(asked.as_slice(), [Request::Page { who, .. }] if who == "grace"), "{asked:?}");
    let page = json!([message("m1", "grace", "Is the deed\nready?")]);
    let asked = answered(&mut talk, Topic::Opened("grace".into()), Ok(page));
    assert!(asked.contains(&Request::Seen { who: "grace".into(), up_to: "m1".into() }), "whoever opens it hears it");
    talk
}

/// A text went out.
fn sent(talk: &mut Talk, text: &str, id: &str) {
    let topic = sending(talk, text);
    answered(talk, topic, Ok(json!({"message_id": id, "state": "queued"})));
}

/// A text goes out; what its answer will be about.
fn sending(talk: &mut Talk, text: &str) -> Topic {
    let asks = talk.handle(Event::Typed(text.into()));
    let ask = asks.into_iter().find(|ask| matches!(ask.request, Request::Send { .. }));
    ask.unwrap().topic
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
    sent(&mut talk, "Good morning", "m5");
    said(&mut talk);
    assert!(typed(&mut talk, "/delete").is_empty());
    let text = said(&mut talk);
    assert!(text.contains("/yes") && text.contains("Good morning"), "{text}");
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
    talk.handle(Event::Secret(Secret::new("correct horse battery".to_owned())));
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

#[test]
fn what_is_typed_before_a_conversation_is_open_goes_to_nobody() {
    let mut talk = talking("en");
    talk.prompt();
    typed(&mut talk, "/to bob");
    assert_eq!(talk.prompt(), None, "what is typed ahead waits");
    // Even if it comes, it goes to nobody.
    assert!(typed(&mut talk, "for Bob alone").is_empty());
    assert!(said(&mut talk).contains("Not sent: for Bob alone"));
    answered(&mut talk, Topic::Who("bob".into()), Ok(json!([])));
    assert!(said(&mut talk).contains("No conversation is open"));
    assert_eq!(talk.prompt(), Some(Prompt::Line));
    assert!(typed(&mut talk, "for Bob alone").is_empty(), "nor to the one before");
    assert!(said(&mut talk).contains("Not sent: for Bob alone"));
    // The same when the page does not come, and once it does it is Bob.
    typed(&mut talk, "/to bob");
    answered(&mut talk, Topic::Who("bob".into()), Ok(json!([{"login": "bob", "name": "Bob"}])));
    answered(&mut talk, Topic::Opened("bob".into()), Err(Fault::new("no-such-person")));
    assert!(typed(&mut talk, "for Bob alone").is_empty());
    typed(&mut talk, "/to bob");
    answered(&mut talk, Topic::Who("bob".into()), Ok(json!([{"login": "bob", "name": "Bob"}])));
    answered(&mut talk, Topic::Opened("bob".into()), Ok(json!([])));
    assert_eq!(talk.prompt(), Some(Prompt::Line));
    let asked = typed(&mut talk, "for Bob alone");
    assert!(matches!(asked.as_slice(), [Request::Send { who, .. }] if who == "bob"), "{asked:?}");
}

#[test]
fn a_group_that_is_begun_takes_nothing_that_was_meant_for_somebody_else() {
    let mut talk = talking("en");
    talk.prompt();
    typed(&mut talk, "/group Night shift: grace bob");
    assert_eq!(talk.prompt(), None);
    assert!(typed(&mut talk, "for Grace alone").is_empty());
    answered(&mut talk, Topic::GroupBegun, Err(Fault::new("offline")));
    assert_eq!(talk.prompt(), Some(Prompt::Line));
    assert!(typed(&mut talk, "for Grace alone").is_empty());
}

#[test]
fn a_group_called_like_a_login_never_stands_in_for_the_person() {
    let mut talk = begun("en");
    let list = json!([
        {"login": "00aa", "name": "bob", "relation": "accepted", "unread": 0,
            "group": {"name": "bob", "role": "member", "members": [{"login": "ada"}, {"login": "mallory"}]}},
    ]);
    answered(&mut talk, Topic::Known, Ok(list));
    assert!(matches!(typed(&mut talk, "/to Bob").as_slice(), [Request::People { limit: None, .. }]));
    let people = json!([{"login": "bobby", "name": "bob"}, {"login": "bob", "name": "Robert"}]);
    let asked = answered(&mut talk, Topic::Who("Bob".into()), Ok(people));
    assert!(matches!(asked.as_slice(), [Request::Page { who, .. }] if who == "bob"), "{asked:?}");
    answered(&mut talk, Topic::Opened("bob".into()), Ok(json!([])));
    let asked = typed(&mut talk, "hello");
    assert!(matches!(asked.as_slice(), [Request::Send { who, .. }] if who == "bob"), "{asked:?}");
    // Whom nobody is called like is the group.
    typed(&mut talk, "/to bob");
    let asked = answered(&mut talk, Topic::Who("bob".into()), Ok(json!([])));
    assert!(matches!(asked.as_slice(), [Request::Page { who, .. }] if who == "00aa"), "{asked:?}");
}

#[test]
fn no_passphrase_is_read_with_an_echo() {
    let mut talk = Talk::new(Words::of_tag("en"), Places::default(), TimeZone::UTC, NOW, None);
    talk.handle(Event::Happened(Happened::Connected));
    for _ in 0..2 {
        talk.handle(Event::Happened(Happened::Disconnected));
        answered(&mut talk, Topic::Whoami, Err(Fault::new("agent-lost")));
        assert_eq!(talk.prompt(), None, "it may be locked");
    }
    answered(&mut talk, Topic::Whoami, Err(Fault::new("locked")));
    assert!(!said(&mut talk).contains("passphrase"), "the hidden prompt alone asks for it");
    let Some(Prompt::Secret(question)) = talk.prompt() else { panic!("no hidden prompt") };
    assert!(question.contains("locked"), "{question}");
    assert_eq!(talk.prompt(), None, "one at a time");
    // A line is being read when it is locked.
    let mut talk = Talk::new(Words::of_tag("en"), Places::default(), TimeZone::UTC, NOW, None);
    answered(&mut talk, Topic::Whoami, Err(Fault::new("offline")));
    assert_eq!(talk.prompt(), Some(Prompt::Line));
    answered(&mut talk, Topic::Whoami, Err(Fault::new("locked")));
    assert!(said(&mut talk).contains("press Enter first"));
    assert_eq!(talk.prompt(), None);
    assert!(talk.handle(Event::Typed("correct horse".into())).is_empty());
    assert!(!said(&mut talk).contains("horse"));
    assert!(matches!(talk.prompt(), Some(Prompt::Secret(_))));
}

#[test]
fn another_identity_is_accepted_only_for_the_number_that_was_heard() {
    let mut talk = talking("en");
    let row = |number: &str| {
        json!([{"login": "grace", "name": "Grace Hopper", "relation": "accepted", "unread": 0,
            "identity_reset": {"state": "replaced", "safety_number": number}}])
    };
    let [first, second] = ["11111 22222 33333 44444 55555", "66666 66666 66666 66666 66666"];
    answered(&mut talk, Topic::Known, Ok(row(first)));
    said(&mut talk);
    assert!(typed(&mut talk, "/accept").is_empty(), "it is said first");
    let text = said(&mut talk);
    assert!(text.contains("11111 22222 33333 44444\n55555") && text.contains("/yes"), "{text}");
    // Another one comes silently.
    answered(&mut talk, Topic::Known, Ok(row(second)));
    let accepted = Request::Decide { who: "grace".into(), decision: Decision::Accept, number: Some(first.into()) };
    assert_eq!(typed(&mut talk, "/yes"), [accepted]);
}

#[test]
fn only_the_message_that_was_quoted_is_changed() {
    let mut talk = talking("en");
    sent(&mut talk, "the first", "m5");
    let [second, third] = ["the second", "the third"].map(|text| sending(&mut talk, text));
    said(&mut talk);
    let nothing = |talk: &mut Talk, command: &str| {
        assert!(typed(talk, command).is_empty());
        assert!(said(talk).contains("no such message"), "{command}");
        assert!(typed(talk, "/yes").is_empty());
        said(talk);
    };
    nothing(&mut talk, "/delete");
    answered(&mut talk, second, Ok(json!({"message_id": "m6", "state": "queued"})));
    nothing(&mut talk, "/edit words");
    answered(&mut talk, third, Ok(json!({"message_id": "m7", "state": "queued"})));
    assert!(typed(&mut talk, "/edit better words").is_empty());
    let text = said(&mut talk);
    assert!(text.contains("the third") && text.contains("/yes"), "{text}");
    let asked = typed(&mut talk, "/yes");
    assert_eq!(asked, [Request::Edit { message: "m7".into(), text: "better words".into(), wait_ms: None }]);
    // What could not be sent leaves nothing to change.
    let fourth = sending(&mut talk, "the fourth");
    answered(&mut talk, fourth, Err(Fault::new("offline")));
    said(&mut talk);
    nothing(&mut talk, "/delete");
}

#[test]
fn an_answer_and_a_reaction_say_to_what() {
    let mut talk = talking("en");
    said(&mut talk);
    for command in ["/reply yes", "/react 👍"] {
        let asked = typed(&mut talk, command);
        let text = said(&mut talk);
        assert!(text.contains("Grace Hopper") && text.contains("Is the deed ready?"), "{text}");
        let is_meant = match asked.as_slice() {
            [Request::Send { beside, .. }] => beside.reply_to.as_deref() == Some("m1"),
            [Request::React { message, .. }] => message == "m1",
            _ => false,
        };
        assert!(is_meant, "{asked:?}");
    }
}

#[test]
fn files_are_those_of_this_conversation_alone() {
    let files = json!([
        {"file_id": "f1", "name": "hers.pdf", "bytes": 1, "state": "offered", "from": "grace"},
        {"file_id": "f2", "name": "groups.pdf", "bytes": 1, "state": "offered", "from": "grace", "group_id": "00ff"},
    ]);
    let mut talk = talking("en");
    answered(&mut talk, Topic::Files, Ok(files.clone()));
    let text = said(&mut talk);
    assert!(text.contains("hers.pdf") && !text.contains("groups.pdf"), "{text}");
    typed(&mut talk, "/to 00ff");
    answered(&mut talk, Topic::Opened("00ff".into()), Ok(json!([])));
    answered(&mut talk, Topic::Files, Ok(files));
    let text = said(&mut talk);
    assert!(text.contains("groups.pdf") && !text.contains("hers.pdf"), "{text}");
}

#[test]
fn no_part_of_what_is_too_long_is_sent() {
    let mut talk = talking("en");
    talk.handle(Event::TooLong(LineEnd::GoesOn));
    assert!(said(&mut talk).contains("too long"));
    assert!(typed(&mut talk, "its middle\\").is_empty());
    assert!(typed(&mut talk, "its end").is_empty());
    assert_eq!(typed(&mut talk, "another").len(), 1);
    let half = format!("{}\\", "a".repeat(protocol::limits::MESSAGE_TEXT_BYTES_MAX * 2 / 3));
    assert!(typed(&mut talk, &half).is_empty());
    assert!(typed(&mut talk, &half).is_empty());
    assert!(said(&mut talk).contains("too long"));
    assert!(typed(&mut talk, "its end").is_empty());
    assert_eq!(typed(&mut talk, "another").len(), 1);
}

#[test]
fn a_line_is_read_to_its_end() {
    let long = "a".repeat(usize::try_from(LINE_BYTES_MAX).unwrap());
    let mut input = io::Cursor::new(format!("first\r\n{long}/delete\n{long}\\\nlast"));
    let mut next = || line(&mut input).unwrap();
    assert!(matches!(next(), Typed::Line(text) if text.expose() == "first"));
    assert!(matches!(next(), Typed::TooLong(LineEnd::Whole)));
    assert!(matches!(next(), Typed::TooLong(LineEnd::GoesOn)));
    assert!(matches!(next(), Typed::Line(text) if text.expose() == "last"));
    assert!(matches!(next(), Typed::End));
}

#[test]
fn times_are_typed_as_in_the_command_line() {
    let mut talk = talking("fr");
    let mut set = |time: &str| match typed(&mut talk, &format!("/minuteur {time}")).pop() {
        Some(Request::Timer { set, .. }) => set,
        _ => None,
    };
    assert_eq!(set("1h"), Some(TimerWish::Seconds(3_600)));
    assert_eq!(set("7d"), Some(TimerWish::Seconds(604_800)));
    assert_eq!([set("non"), set("off")], [Some(TimerWish::Off), Some(TimerWish::Off)]);
    assert_eq!(set("bientôt"), None);
}

//! The window's promises without a terminal: an engine of a few lines answers, and what is asked of it is looked at.

mod choosing;
mod deciding;
mod exporting;
mod finding;
mod locking;
mod members;
mod pointing;

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::{Value, json};

use super::super::rows::State;
use super::*;
use crate::rpc::{Answer, Decision, Fault};

const SIZE: Size = Size { columns: 80, rows: 24 };
const NOW: Timestamp = Timestamp::from_millis(1_795_312_800_000);

fn window() -> Model {
    let places = Places {
        home: Some(PathBuf::from("/people/ada")),
        current: PathBuf::from("/work"),
        downloads: PathBuf::from("/people/ada/Downloads"),
    };
    Model::new(Words::of_tag("en"), places, TimeZone::UTC, NOW, SIZE)
}

fn press(model: &mut Model, code: KeyCode) -> Vec<Ask> {
    model.handle(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn write(model: &mut Model, text: &str) {
    model.handle(Event::Pasted(text.into()));
}

fn message(number: u64, from: &str) -> Value {
    json!({
        "message_id": format!("m{number}"), "from": from, "text": format!("text {number}"),
        "state": "delivered", "sent_ms": NOW.as_millis() + number * 1_000,
    })
}

fn page(numbers: std::ops::Range<u64>, from: &str) -> Value {
    numbers.map(|number| message(number, from)).collect()
}

fn row(login: &str, unread: u64) -> Value {
    json!({"login": login, "name": login.to_uppercase(), "relation": "accepted", "verified": false,
        "identity_resets": 0, "unread": unread, "last": message(1, login)})
}

/// Connected, with these rows in the list.
fn connected(rows: &[Value]) -> Model {
    let mut model = window();
    model.handle(Event::Connected);
    model.handle(Event::Answered(Topic::Whoami, Ok(json!({"login": "ada", "name": "Ada"}))));
    model.handle(Event::Answered(Topic::Conversations, Ok(rows.to_vec().into())));
    model
}

/// The conversation with Grace is open and shows this page.
fn reading(unread: u64, messages: Value) -> (Model, Vec<Ask>) {
    let mut model = connected(&[row("grace", unread)]);
    press(&mut model, KeyCode::Enter);
    let asks = model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(messages)));
    (model, asks)
}

fn requests(asks: &[Ask]) -> Vec<&Request> {
    asks.iter().map(|ask| &ask.request).collect()
}

#[test]
fn begins_with_who_one_is() {
    let mut model = window().beginning_with(Some(String::from("grace")));
    let asks = model.handle(Event::Connected);
    assert!(requests(&asks).contains(&&Request::Whoami {}));
    assert!(!requests(&asks).contains(&&Request::Conversations {}), "nobody knows yet whose messages are ours");
    let asks = model.handle(Event::Answered(Topic::Whoami, Ok(json!({"login": "ada", "name": "Ada"}))));
    assert_eq!(requests(&asks), [&Request::Conversations {}]);
    write(&mut model, "Good");
    model.handle(Event::Pasted(Personal::new(String::from(" morning"))));
    assert!(press(&mut model, KeyCode::F(3)).is_empty(), "there is nobody to compare numbers with yet");
    let asks = model.handle(Event::Answered(Topic::Conversations, Ok(json!([]))));
    assert!(requests(&asks).iter().any(|request| matches!(request, Request::Page { who, .. } if who == "grace")));
    assert_eq!(model.focus, Focus::Writing);
    assert_eq!(model.draft().text(), "Good morning", "what was typed meanwhile");
    assert!(requests(&asks).iter().any(|request| matches!(request, Request::Verify { who, .. } if who == "grace")));
}

#[test]
fn what_is_written_is_sent_and_comes_back_if_it_was_refused() {
    let (mut model, _) = reading(0, page(0..2, "grace"));
    write(&mut model, "Is the deed\nready?");
    let asks = press(&mut model, KeyCode::Enter);
    let [Ask { topic, request: Request::Send { who, text, wait_ms: None, .. } }] = asks.as_slice() else { panic!() };
    assert_eq!((who.as_str(), text.as_str()), ("grace", "Is the deed\nready?"));
    assert!(model.draft().is_empty());
    write(&mut model, "and");
    model.handle(Event::Answered(topic.clone(), Err(Fault::new("person-left"))));
    assert_eq!(model.draft().text(), "Is the deed\nready?\nand");
    assert_eq!(model.remark.as_ref().map(|remark| remark.kind), Some(RemarkKind::Failed));
}

#[test]
fn nothing_is_sent_of_spaces_and_a_new_line_is_no_message() {
    let (mut model, _) = reading(0, json!([]));
    write(&mut model, " \n ");
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    model.handle(Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::ALT)));
    assert_eq!(model.draft().text(), " \n \n");
}

#[test]
fn a_message_is_seen_when_it_is_on_the_screen_of_somebody_who_is_there() {
    let (mut model, asks) = reading(1, page(0..3, "grace"));
    assert_eq!(requests(&asks), [&Request::Seen { who: String::from("grace"), up_to: String::from("m2") }]);
    assert!(model.handle(Event::Tick(NOW)).iter().all(|ask| ask.topic != Topic::Seen), "it is said once");

    model.handle(Event::Attention(Attention::Elsewhere));
    let news = json!({"event": "message", "message_id": "m3", "from": "grace"});
    let asks = model.handle(Event::News(news));
    assert!(requests(&asks).iter().any(|request| matches!(request, Request::Page { .. })));
    let asks = model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(0..4, "grace"))));
    assert!(asks.iter().all(|ask| ask.topic != Topic::Seen), "nobody looks");
    let asks = model.handle(Event::Attention(Attention::Here));
    assert_eq!(requests(&asks), [&Request::Seen { who: String::from("grace"), up_to: String::from("m3") }]);
}

#[test]
fn many_new_messages_are_read_from_the_first_one_on() {
    let (mut model, asks) = reading(60, page(0..100, "grace"));
    let open = model.open.as_ref().unwrap();
    assert_eq!(open.first_new.as_deref(), Some("m40"));
    assert!(open.scroll > 0);
    let [Ask { request: Request::Seen { up_to, .. }, .. }] = asks.as_slice() else { panic!("{asks:?}") };
    assert_ne!(up_to, "m99", "what is further down was not seen yet");
    let asks = model.handle(Event::Key(KeyEvent::new(KeyCode::End, KeyModifiers::CONTROL)));
    assert_eq!(requests(&asks), [&Request::Seen { who: String::from("grace"), up_to: String::from("m99") }]);
}

#[test]
fn older_messages_are_asked_for_while_scrolling_and_only_as_long_as_there_are_some() {
    let (mut model, _) = reading(0, page(100..200, "grace"));
    let asks = model.handle(Event::Key(KeyEvent::new(KeyCode::Home, KeyModifiers::CONTROL)));
    let older = Request::Page { who: String::from("grace"), before: Some(String::from("m100")), last: 100 };
    assert!(requests(&asks).contains(&&older));
    assert!(press(&mut model, KeyCode::PageUp).is_empty(), "one question at a time");
    model.handle(Event::Answered(Topic::Older("grace".into()), Ok(page(60..100, "grace"))));
    let ids: Vec<_> = model.open.iter().flat_map(|open| &open.messages).map(|message| message.id.clone()).collect();
    assert_eq!(ids.len(), 140);
    assert_eq!((ids[0].as_str(), ids[139].as_str()), ("m60", "m199"));
    assert!(press(&mut model, KeyCode::PageUp).is_empty(), "there is nothing older");
}

#[test]
fn who_reads_further_up_is_not_moved_by_what_comes() {
    let (mut model, _) = reading(0, page(0..100, "grace"));
    press(&mut model, KeyCode::PageUp);
    let before = model.open.as_ref().map(|open| open.scroll).unwrap();
    model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(1..101, "grace"))));
    let after = model.open.as_ref().map(|open| open.scroll).unwrap();
    assert_eq!(after, before + 1);
    assert_eq!(model.open.as_ref().map(|open| open.messages.len()), Some(101));
}

#[test]
fn events_change_states_in_place_and_the_rest_is_asked() {
    let mine = json!([{"message_id": "m1", "from": "ada", "text": "x", "state": "queued", "sent_ms": 1}]);
    let (mut model, _) = reading(0, mine);
    let waiting = json!([{"message_id": "m1", "to": "grace", "state": "queued", "reason": "peer-offline"}]);
    model.handle(Event::Answered(Topic::Outbox, Ok(waiting)));
    assert_eq!(model.waiting["m1"].reason, "peer-offline");
    model.handle(Event::News(json!({"event": "state", "message_id": "m1", "state": "read"})));
    assert_eq!(model.open.as_ref().map(|open| open.messages[0].state.clone()), Some(State::Read));
    assert!(model.waiting.is_empty());
}

#[test]
fn a_question_is_asked_once_and_again_when_it_became_stale() {
    let mut model = connected(&[]);
    let news = || Event::News(json!({"event": "message", "from": "grace"}));
    assert_eq!(requests(&model.handle(news())), [&Request::Conversations {}]);
    assert!(model.handle(news()).is_empty());
    assert!(model.handle(news()).is_empty());
    let asks = model.handle(Event::Answered(Topic::Conversations, Ok(json!([row("grace", 3)]))));
    assert_eq!(requests(&asks), [&Request::Conversations {}]);
    assert!(model.handle(Event::Answered(Topic::Conversations, Ok(json!([row("grace", 3)])))).is_empty());
}

#[test]
fn who_asks_stands_first_and_is_decided_about() {
    let asking = json!({"login": "mallory", "name": "Mallory", "relation": "asks"});
    let mut model = connected(&[row("grace", 0), asking]);
    assert_eq!(model.conversations[0].login, "mallory".into());
    model.selected = Some("mallory".into());
    press(&mut model, KeyCode::F(6));
    assert_eq!(model.decisions(), [Decision::Accept, Decision::Refuse, Decision::Block]);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    let asks = press(&mut model, KeyCode::Enter);
    let block = Request::Decide { who: String::from("mallory"), decision: Decision::Block, number: None };
    assert_eq!(requests(&asks), [&block]);
}

#[test]
fn somebody_new_is_found_in_the_directory() {
    let mut model = connected(&[]);
    let asks = press(&mut model, KeyCode::Char('g'));
    assert_eq!(requests(&asks), [&Request::People { query: String::from("g"), limit: Some(200) }]);
    assert!(press(&mut model, KeyCode::Char('r')).is_empty(), "one search at a time");
    let found = json!([{"login": "ada", "name": "Ada", "you": true}, {"login": "grace", "name": "Grace"}]);
    let asks = model.handle(Event::Answered(Topic::People("g".into()), Ok(found.clone())));
    assert!(matches!(requests(&asks)[..], [Request::People { query, .. }] if query == "gr"));
    model.handle(Event::Answered(Topic::People("gr".into()), Ok(found)));
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.open.as_ref().map(|open| open.who.clone()), Some("grace".into()));
}

#[test]
fn files_are_saved_and_offered_under_paths_of_the_persons_own() {
    let offered = json!([{"message_id": "m1", "from": "grace", "sent_ms": 1, "state": "delivered",
        "file": {"file_id": "f1", "name": "../../etc/passwd", "bytes": 10, "state": "offered"}}]);
    let (mut model, _) = reading(0, offered);
    press(&mut model, KeyCode::F(4));
    press(&mut model, KeyCode::Enter);
    let asks = press(&mut model, KeyCode::Enter);
    let save = Request::Save { file: String::from("f1"), path: String::from("/people/ada/Downloads") };
    assert!(requests(&asks).contains(&&save), "{asks:?}");

    press(&mut model, KeyCode::F(5));
    write(&mut model, "~/deed.pdf\n");
    let asks = press(&mut model, KeyCode::Enter);
    assert!(matches!(requests(&asks)[..], [Request::SendFile { path, .. }] if path == "/people/ada/deed.pdf"));
    model.handle(Event::News(json!({"event": "file", "file_id": "f1", "state": "receiving", "verified_bytes": 5})));
    assert_eq!(model.open_files()[0].0.verified_bytes, 5);
}

#[test]
fn a_lost_agent_is_waited_for_and_everything_is_asked_anew() {
    let (mut model, _) = reading(0, page(0..2, "grace"));
    model.handle(Event::News(json!({"event": "message", "from": "grace"})));
    model.handle(Event::Disconnected);
    assert!(model.banner().is_some());
    assert!(model.handle(Event::Tick(NOW.plus_ms(10_000))).is_empty(), "there is nobody to ask");
    model.handle(Event::Connected);
    let asks = model.handle(Event::Answered(Topic::Whoami, Ok(json!({"login": "ada", "name": "Ada"}))));
    assert!(requests(&asks).contains(&&Request::Conversations {}));
    assert!(requests(&asks).iter().any(|request| matches!(request, Request::Page { .. })));
    assert!(model.banner().is_none());
}

#[test]
fn an_alarm_that_was_told_stands_until_somebody_was_there_to_read_it_and_hides_nothing() {
    let mut model = connected(&[]);
    model.handle(Event::News(json!({"event": "alarm", "alarm": "disk-full"})));
    let stale = json!({"server": "offline", "revocations": "expired", "revocations_known_ms": null});
    model.handle(Event::Answered(Topic::Status, Ok(stale)));
    let shown = model.banner().map(|(_, text)| text).unwrap();
    let never = model.words.say("chat-revocations-never");
    assert!(shown.contains("disk is full") && shown.contains(&never), "{shown}");

    let later = NOW.plus_ms(10 * 3_600_000);
    model.handle(Event::Tick(later));
    assert!(model.banner().unwrap().1.contains("disk is full"), "nobody was there");
    press(&mut model, KeyCode::Down);
    model.handle(Event::Tick(later.plus_ms(TOLD_MS)));
    assert_eq!(model.banner().map(|(_, text)| text), Some(never));
}

#[test]
fn a_fork_is_told_as_long_as_it_stands() {
    let mut model = connected(&[]);
    model.handle(Event::News(json!({"event": "alarm", "alarm": "fork"})));
    let status = |alarm: Value| Ok(json!({"server": "online", "revocations": "known", "alarm": alarm}));
    model.handle(Event::Answered(Topic::Status, status(json!("fork"))));
    press(&mut model, KeyCode::Down);
    model.handle(Event::Tick(NOW.plus_ms(10 * TOLD_MS)));
    assert!(model.banner().unwrap().1.contains("two histories"));
    model.handle(Event::Answered(Topic::Status, status(Value::Null)));
    assert_eq!(model.banner(), None);
}

fn busy() -> Answer {
    Err(Fault::new("busy"))
}

#[test]
fn what_was_asked_in_vain_is_asked_again_with_the_next_tick() {
    let (mut model, asks) = reading(1, page(0..3, "grace"));
    let seen = Request::Seen { who: String::from("grace"), up_to: String::from("m2") };
    assert_eq!(requests(&asks), [&seen]);
    assert!(model.handle(Event::Answered(Topic::Seen, busy())).is_empty(), "not at once: it may fail for long");
    assert!(requests(&model.handle(Event::Tick(NOW))).contains(&&seen));

    assert!(model.handle(Event::Answered(Topic::Whoami, busy())).is_empty());
    assert!(model.handle(Event::Answered(Topic::Conversations, busy())).is_empty());
    assert!(model.handle(Event::Answered(Topic::Newest("grace".into()), busy())).is_empty());
    let asks = model.handle(Event::Tick(NOW));
    assert!(requests(&asks).contains(&&Request::Whoami {}) && requests(&asks).contains(&&Request::Conversations {}));
    assert!(asks.iter().any(|ask| ask.topic == Topic::Newest("grace".into())));

    press(&mut model, KeyCode::F(2));
    model.handle(Event::Answered(Topic::People("".into()), busy()));
    let search = Request::People { query: String::new(), limit: Some(200) };
    assert!(requests(&model.handle(Event::Tick(NOW))).contains(&&search));
    model.handle(Event::Answered(Topic::People("".into()), busy()));
    let asks = press(&mut model, KeyCode::Char('x'));
    assert!(matches!(requests(&asks)[..], [Request::People { query, .. }] if query == "x"), "the search is not dead");
}

#[test]
fn nothing_that_was_written_is_lost_however_long_it_is_together() {
    let (mut model, _) = reading(0, json!([]));
    let (first, second) = ("a".repeat(40_000), "b".repeat(40_000));
    write(&mut model, &first);
    let topic = press(&mut model, KeyCode::Enter).remove(0).topic;
    write(&mut model, &second);
    model.handle(Event::Answered(topic, Err(Fault::new("person-left"))));
    assert!(model.draft().text() == format!("{first}\n{second}"));
}

#[test]
fn an_open_conversation_does_not_grow_without_bound() {
    use super::reading::MESSAGES_MAX;
    let (mut model, _) = reading(0, page(0..100, "grace"));
    let last = MESSAGES_MAX as u64 + 200;
    for first in (50..=last - 100).step_by(50) {
        model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(first..first + 100, "grace"))));
    }
    let open = model.open.as_ref().unwrap();
    assert_eq!(open.messages.len(), MESSAGES_MAX);
    assert_eq!(open.messages.last().map(|message| message.id.clone()), Some(format!("m{}", last - 1)));
}

#[test]
fn whoever_reads_further_up_never_looks_at_an_empty_pane() {
    let (mut model, _) = reading(0, page(0..100, "grace"));
    model.handle(Event::Key(KeyEvent::new(KeyCode::Home, KeyModifiers::CONTROL)));
    let blank = |model: &Model| {
        let open = model.open.as_ref().unwrap();
        let areas = model.areas();
        let (columns, rows) = (usize::from(areas.messages.width), usize::from(areas.messages.height));
        super::super::transcript::visible(model, open, columns, rows).len() < rows
    };
    assert!(!blank(&model));
    // Nothing in common with what was there: much has come meanwhile.
    model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(900..940, "grace"))));
    assert!(!blank(&model));
    model.handle(Event::Key(KeyEvent::new(KeyCode::Home, KeyModifiers::CONTROL)));
    model.handle(Event::Resized(Size { columns: 100, rows: 30 }));
    assert!(!blank(&model));
}

#[test]
fn stale_revocations_are_said_with_their_time() {
    let mut model = connected(&[]);
    let status = json!({"server": "offline", "revocations": "stale", "revocations_known_ms": NOW.as_millis()});
    model.handle(Event::Answered(Topic::Status, Ok(status)));
    assert!(model.banner().is_some_and(|(_, warning)| warning.contains("02:00")), "{:?}", model.banner());
    let status =
        json!({"server": "offline", "revocations": "expired", "revocations_known_ms": null, "reason": "revoked"});
    model.handle(Event::Answered(Topic::Status, Ok(status)));
    assert!(model.banner().is_some_and(|(_, warning)| warning.contains("ended this device's access")));
}

#[test]
fn a_restore_of_the_server_is_told_calmly_and_for_a_day() {
    let mut model = connected(&[]);
    let reset = json!({"reason": "restore", "time_ms": NOW.as_millis(), "entries_lost": 2, "devices_kept_revoked": 1});
    let status = json!({"server": "online", "revocations": "known", "log_reset": reset});
    model.handle(Event::Answered(Topic::Status, Ok(status)));
    let (gravity, text) = model.banner().unwrap();
    assert_eq!(gravity, super::super::wording::Gravity::Notice);
    assert!(text.contains("no attack") && text.contains("2 later entries"), "{text}");
    model.handle(Event::Tick(NOW.plus_ms(2 * 24 * 3_600_000)));
    assert_eq!(model.banner(), None);
}

#[test]
fn keys_leave() {
    for key in
        [KeyEvent::new(KeyCode::F(10), KeyModifiers::NONE), KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)]
    {
        let mut model = connected(&[]);
        model.handle(Event::Key(key));
        assert!(model.left().is_some());
    }
}

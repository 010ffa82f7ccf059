//! Looking for a message and going to it.

use super::*;

fn find(model: &mut Model, words: &str) -> Vec<Ask> {
    press(model, KeyCode::F(8));
    let mut asks = Vec::new();
    for sign in words.chars() {
        asks.extend(press(model, KeyCode::Char(sign)));
    }
    asks
}

fn hit(number: u64) -> Value {
    let mut row = message(number, "grace");
    row["with"] = "grace".into();
    row["line"] = format!("line {number}").into();
    row
}

#[test]
fn words_are_asked_for_as_they_are_typed_one_question_at_a_time() {
    let mut model = connected(&[row("grace", 0)]);
    let asks = find(&mut model, "dée");
    let [Ask { topic, request: Request::Search { words, with: None, before: None, .. } }] = asks.as_slice() else {
        panic!("{asks:?}")
    };
    assert_eq!(words, "d");
    let asks = model.handle(Event::Answered(topic.clone(), Ok(json!([hit(7)]))));
    assert!(matches!(requests(&asks).as_slice(), [Request::Search { words, .. }] if words == "dée"));
    let Some(Overlay::Messages(finding)) = &model.overlay else { panic!() };
    assert_eq!(finding.found.len(), 1);
    for _ in 0..3 {
        press(&mut model, KeyCode::Backspace);
    }
    let Some(Overlay::Messages(finding)) = &model.overlay else { panic!() };
    assert!(finding.found.is_empty(), "nothing is looked for");
}

#[test]
fn enter_goes_to_the_message_however_far_back_and_nothing_counts_as_read_on_the_way() {
    let mut model = connected(&[row("grace", 3)]);
    let asks = find(&mut model, "x");
    model.handle(Event::Answered(asks[0].topic.clone(), Ok(json!([hit(150), hit(20)]))));
    press(&mut model, KeyCode::Down);
    let asks = press(&mut model, KeyCode::Enter);
    assert!(matches!(requests(&asks).as_slice(), [Request::Page { before: None, .. }, ..]));
    let asks = model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(300..400, "grace"))));
    let [Request::Page { before: Some(before), last, .. }] = requests(&asks)[..] else { panic!("{asks:?}") };
    assert_eq!((before.as_str(), *last > 100), ("m300", true));
    let asks = model.handle(Event::Answered(Topic::Older("grace".into()), Ok(page(0..300, "grace"))));
    let open = model.open.as_ref().unwrap();
    assert_eq!(open.found.as_deref(), Some("m20"));
    assert!(open.scroll > 300);
    let [Request::Seen { up_to, .. }] = requests(&asks)[..] else { panic!("{asks:?}") };
    assert!(up_to.strip_prefix('m').unwrap().parse::<u64>().unwrap() < 60, "only what stands on the screen: {up_to}");
}

#[test]
fn a_message_that_is_gone_is_said_to_be_out_of_reach() {
    let mut model = connected(&[row("grace", 0)]);
    let asks = find(&mut model, "x");
    model.handle(Event::Answered(asks[0].topic.clone(), Ok(json!([hit(777)]))));
    press(&mut model, KeyCode::Enter);
    model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(0..5, "grace"))));
    assert_eq!(model.remark.as_ref().map(|remark| remark.kind), Some(RemarkKind::Failed));
    assert_eq!(model.open.as_ref().unwrap().found, None);
}

#[test]
fn what_is_gone_or_deleted_stands_nowhere_else_either() {
    for news in
        [json!({"event": "gone", "messages": ["m1"]}), json!({"event": "deleted", "message_id": "m1", "from": "grace"})]
    {
        let mut answer = message(2, "grace");
        answer["reply"] = json!({"message_id": "m1", "from": "grace", "text": "canary"});
        let (mut model, _) = reading(0, json!([message(1, "grace"), answer]));
        press(&mut model, KeyCode::F(7));
        press(&mut model, KeyCode::Up);
        press(&mut model, KeyCode::Enter);
        write(&mut model, "yes");
        assert!(model.writing_words().is_some(), "control: m1 is being answered");
        let asks = find(&mut model, "x");
        model.handle(Event::Answered(asks[0].topic.clone(), Ok(json!([hit(1), hit(2)]))));
        model.handle(Event::News(news));
        let Some(Overlay::Messages(finding)) = &model.overlay else { panic!() };
        assert_eq!(finding.found.iter().map(|hit| hit.id.as_str()).collect::<Vec<_>>(), ["m2"]);
        let quote = model.open.as_ref().unwrap().messages.last().unwrap().reply.clone().unwrap();
        assert!(!matches!(quote.said, super::super::super::rows::Said::Text(_)), "{quote:?}");
        assert_eq!((model.writing_words(), model.draft().text()), (None, "yes"));
    }
}

#[test]
fn a_message_that_is_gone_while_something_is_asked_of_it_ends_the_question() {
    let (mut model, _) = reading(0, page(0..2, "ada"));
    for key in ['d', '+', 'f'] {
        press(&mut model, KeyCode::F(7));
        press(&mut model, KeyCode::Char(key));
        assert!(model.overlay.is_some(), "{key}");
        model.handle(Event::News(json!({"event": "gone", "messages": ["m7"]})));
        assert!(model.overlay.is_some(), "{key}");
        let last = model.open.as_ref().unwrap().messages.last().unwrap().id.clone();
        model.handle(Event::News(json!({"event": "gone", "messages": [last]})));
        assert!(model.overlay.is_none() && model.chosen().is_none(), "{key}");
        model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(0..2, "ada"))));
        press(&mut model, KeyCode::Esc);
        press(&mut model, KeyCode::Tab);
    }
}

#[test]
fn what_may_have_been_missed_is_shown_anew() {
    let (mut model, _) = reading(0, page(0..3, "grace"));
    let asks = model.handle(Event::News(json!({"event": "missed", "events": 1})));
    assert!(model.open.as_ref().unwrap().messages.is_empty(), "any of them may be gone");
    assert!(requests(&asks).iter().any(|request| matches!(request, Request::Page { before: None, .. })));
}

#[test]
fn a_timer_is_set_for_the_open_conversation_and_what_is_gone_leaves_the_window() {
    let (mut model, _) = reading(0, page(0..3, "grace"));
    press(&mut model, KeyCode::F(9));
    press(&mut model, KeyCode::Down);
    let asks = press(&mut model, KeyCode::Enter);
    let set = Some(crate::rpc::TimerWish::Seconds(TIMERS_S[1]));
    assert_eq!(requests(&asks), [&Request::Timer { who: String::from("grace"), set }]);
    let asks = model.handle(Event::News(json!({"event": "gone", "messages": ["m1"]})));
    let left: Vec<_> = model.open.as_ref().unwrap().messages.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(left, ["m0", "m2"]);
    assert!(model.conversations[0].last.is_none(), "the line in the list is that message");
    assert!(requests(&asks).contains(&&Request::Conversations {}));
}

//! A message is chosen, and what can be done with it is on the screen and is done to it alone.

use super::*;

/// The newest message is chosen in a conversation with one of theirs and one of ours.
fn choosing() -> Model {
    let messages = json!([message(1, "grace"), message(2, "ada")]);
    let (mut model, _) = reading(0, messages);
    press(&mut model, KeyCode::F(7));
    model
}

fn offered(model: &Model) -> Vec<&'static str> {
    model.steps().into_iter().map(|(key, _)| key).collect()
}

#[test]
fn only_what_can_be_done_is_offered() {
    let mut model = choosing();
    assert_eq!(offered(&model), ["↑↓", "r", "+", "e", "d", "f", "c", "Esc"]);
    press(&mut model, KeyCode::Up);
    assert_eq!(offered(&model), ["↑↓", "r", "+", "f", "c", "Esc"], "it is somebody else's");
    assert!(press(&mut model, KeyCode::Char('e')).is_empty() && model.draft().is_empty());
    model.handle(Event::News(json!({"event": "deleted", "message_id": "m1", "from": "grace"})));
    assert_eq!(offered(&model), ["↑↓", "Esc"]);
    press(&mut model, KeyCode::Esc);
    assert_eq!((model.focus, model.chosen().is_none()), (Focus::Writing, true));
}

#[test]
fn what_its_author_closed_is_neither_copied_nor_sent_on() {
    let mut closed = message(1, "grace");
    closed["forwarding"] = "forbidden".into();
    let (mut model, _) = reading(0, json!([closed]));
    press(&mut model, KeyCode::F(7));
    assert_eq!(offered(&model), ["↑↓", "r", "+", "Esc"]);
    press(&mut model, KeyCode::Char('c'));
    assert!(model.take_copied().is_none());
}

#[test]
fn what_one_wrote_is_closed_by_the_organization_and_not_by_oneself() {
    for (word, may) in [("forbidden", true), ("closed", false)] {
        let mut ours = message(1, "ada");
        ours["forwarding"] = word.into();
        let (mut model, _) = reading(0, json!([ours]));
        press(&mut model, KeyCode::F(7));
        press(&mut model, KeyCode::Char('c'));
        assert_eq!((model.take_copied().is_some(), offered(&model).contains(&"f")), (may, may), "{word}");
    }
}

#[test]
fn an_answer_names_its_message_and_esc_makes_it_none() {
    let mut model = choosing();
    press(&mut model, KeyCode::Enter);
    write(&mut model, "yes");
    assert!(model.writing_words().is_some_and(|words| words.contains("text 2")));
    let asks = press(&mut model, KeyCode::Enter);
    let [Request::Send { beside, .. }] = requests(&asks)[..] else { panic!("{asks:?}") };
    assert_eq!(beside.reply_to.as_deref(), Some("m2"));
    press(&mut model, KeyCode::F(7));
    press(&mut model, KeyCode::Char('r'));
    press(&mut model, KeyCode::Esc);
    assert_eq!((model.focus, model.writing_words()), (Focus::Writing, None));
}

#[test]
fn an_edit_has_the_text_as_it_was_written_and_gives_the_draft_back() {
    let mut ours = message(1, "ada");
    ours["text"] = "a\u{200b}b".into();
    let (mut model, _) = reading(0, json!([ours]));
    write(&mut model, "draft");
    press(&mut model, KeyCode::F(7));
    press(&mut model, KeyCode::Char('e'));
    assert_eq!(model.draft().text(), "a\u{200b}b");
    write(&mut model, "!");
    let asks = press(&mut model, KeyCode::Enter);
    let wanted = Request::Edit { message: "m1".into(), text: "a\u{200b}b!".into(), wait_ms: None };
    assert_eq!(requests(&asks), [&wanted]);
    assert_eq!(model.draft().text(), "draft");
    press(&mut model, KeyCode::F(7));
    press(&mut model, KeyCode::Char('e'));
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.draft().text(), "draft", "nothing was edited");
}

#[test]
fn reacting_takes_one_key_and_deleting_asks_first() {
    let mut model = choosing();
    press(&mut model, KeyCode::Char('+'));
    let asks = press(&mut model, KeyCode::Char('1'));
    let wanted = Request::React { message: "m2".into(), emoji: Some("👍".into()), wait_ms: None };
    assert_eq!(requests(&asks), [&wanted]);
    press(&mut model, KeyCode::Char('+'));
    let asks = press(&mut model, KeyCode::Char('0'));
    assert_eq!(requests(&asks), [&Request::React { message: "m2".into(), emoji: None, wait_ms: None }]);
    assert!(press(&mut model, KeyCode::Char('d')).is_empty());
    let asks = press(&mut model, KeyCode::Enter);
    assert_eq!(requests(&asks), [&Request::Delete { message: "m2".into(), wait_ms: None }]);
}

#[test]
fn a_message_is_sent_on_to_whoever_is_found() {
    let mut model = choosing();
    press(&mut model, KeyCode::Char('f'));
    let found = json!([{"login": "linus", "name": "Linus"}]);
    model.handle(Event::Answered(Topic::People(String::new().into()), Ok(found)));
    let asks = press(&mut model, KeyCode::Enter);
    let wanted = Request::Forward { message: "m2".into(), who: "linus".into(), wait_ms: None };
    assert_eq!(requests(&asks), [&wanted]);
    assert!(model.is_open(&"grace".into()), "one stays where one was");
}

#[test]
fn what_is_deleted_goes_from_the_screen_however_far_up_it_stands() {
    let (mut model, _) = reading(0, page(0..100, "grace"));
    model.handle(Event::News(json!({"event": "deleted", "message_id": "m3", "from": "grace"})));
    let open = model.open.as_ref().unwrap();
    assert!(matches!(open.messages[3].said, super::super::super::rows::Said::Deleted));
    assert_eq!(open.messages[3].raw.expose(), "");
}

#[test]
fn the_chosen_message_is_on_the_screen() {
    let (mut model, _) = reading(0, page(0..100, "grace"));
    press(&mut model, KeyCode::F(7));
    press(&mut model, KeyCode::Home);
    let shown = |model: &Model| {
        let open = model.open.as_ref().unwrap();
        let area = model.areas().messages;
        let rows =
            super::super::super::transcript::visible(model, open, usize::from(area.width), usize::from(area.height));
        rows.iter()
            .any(|row| row.to_string().trim() == format!("text {}", model.chosen().unwrap().id.trim_start_matches('m')))
    };
    assert!(shown(&model));
    for _ in 0..60 {
        press(&mut model, KeyCode::Down);
        assert!(shown(&model));
    }
}

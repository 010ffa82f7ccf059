//! The mouse, pasted files and the rules: nothing that no key does, and nothing is sent that was not agreed to.

use super::*;

fn point(model: &mut Model, gesture: Gesture, column: u16, row: u16) -> Vec<Ask> {
    model.handle(Event::Pointed(Pointed { gesture, column, row }))
}

#[test]
fn a_click_opens_a_conversation_and_the_wheel_goes_through_the_list_and_the_messages() {
    let mut model = connected(&[row("grace", 0), row("linus", 0)]);
    let list = model.areas().list;
    point(&mut model, Gesture::WheelDown, list.x, list.y);
    assert_eq!(model.selected, Some("linus".into()));
    let asks = point(&mut model, Gesture::Click, list.x + 2, list.y + 1);
    assert!(matches!(requests(&asks)[..], [Request::Page { who, .. }, ..] if who == "grace"), "{asks:?}");
    model.handle(Event::Answered(Topic::Newest("grace".into()), Ok(page(0..100, "grace"))));
    let messages = model.areas().messages;
    point(&mut model, Gesture::WheelUp, messages.x, messages.y);
    assert_eq!(model.open.as_ref().map(|open| open.scroll), Some(3));
}

#[test]
fn a_click_in_the_bar_presses_the_key_that_stands_there() {
    let mut model = connected(&[row("grace", 0)]);
    let keys = model.areas().keys;
    let find = model.bar(usize::from(keys.width)).into_iter().find(|button| button.name == "F2").unwrap();
    let column = u16::try_from(find.from + 1).unwrap();
    point(&mut model, Gesture::Click, column, keys.y);
    assert!(matches!(model.overlay, Some(Overlay::People(_))));
    let close = model.bar(usize::from(keys.width)).into_iter().find(|button| button.name == "Esc").unwrap();
    point(&mut model, Gesture::Click, u16::try_from(close.from).unwrap(), keys.y);
    assert!(model.overlay.is_none());
}

#[test]
fn a_click_chooses_a_message_and_one_in_the_text_puts_the_cursor_there() {
    let (mut model, _) = reading(0, page(0..3, "grace"));
    let areas = model.areas();
    point(&mut model, Gesture::Click, areas.messages.x + 3, areas.messages.bottom() - 1);
    assert_eq!(model.chosen().map(|message| message.id.clone()), Some(String::from("m2")));
    write(&mut model, "Good evening");
    assert_eq!(model.focus, Focus::Writing);
    point(&mut model, Gesture::Click, areas.editor.x + 2 + 5, areas.editor.y + 1);
    write(&mut model, "best ");
    assert_eq!(model.draft().text(), "Good best evening");
}

#[test]
fn while_locked_a_click_does_nothing() {
    let mut model = window();
    model.handle(Event::Connected);
    model.handle(Event::Answered(Topic::Whoami, Err(Fault::new("locked"))));
    for row in 0..SIZE.rows {
        assert!(point(&mut model, Gesture::Click, 1, row).is_empty());
    }
    assert!(model.overlay.is_none() && model.lock.is_some());
}

#[test]
fn a_file_that_is_pasted_is_sent_after_a_yes_and_otherwise_written() {
    let (mut model, _) = reading(0, json!([]));
    write(&mut model, "file:///srv/ada/My%20deed.pdf\r\n");
    assert!(matches!(&model.overlay, Some(Overlay::Pasted { files, .. }) if files == &["/srv/ada/My deed.pdf"]));
    press(&mut model, KeyCode::Esc);
    assert!(model.draft().text().starts_with("file:///srv/ada/"), "it was meant as words");
    write(&mut model, "'/srv/ada/a.pdf' '/srv/ada/b.pdf'");
    let asks = press(&mut model, KeyCode::Enter);
    let paths: Vec<&str> = requests(&asks)
        .into_iter()
        .filter_map(|request| match request {
            Request::SendFile { path, who, .. } if who == "grace" => Some(path.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(paths, ["/srv/ada/a.pdf", "/srv/ada/b.pdf"]);
}

#[test]
fn the_rules_are_asked_for_and_said_in_sentences() {
    let mut model = connected(&[]);
    let asks = model.handle(Event::Key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL)));
    assert_eq!(requests(&asks), [&Request::Organization {}]);
    let answer = json!({"policy_version": 3, "rules": [{"policy": "file.send", "value": "off", "enforcer": "client"}]});
    model.handle(Event::Answered(Topic::Rules, Ok(answer)));
    let Some(Overlay::Rules { said: Some(said), .. }) = &model.overlay else { panic!() };
    assert!(said.contains("No files can be sent."), "{said}");
    press(&mut model, KeyCode::Esc);
    assert!(model.overlay.is_none());
}

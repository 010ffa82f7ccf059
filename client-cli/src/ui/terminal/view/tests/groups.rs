//! A group on the screen: its header, its members, what can be done, and the questions before it is done.

use super::*;

fn in_group(language: &str, columns: u16, rows: u16) -> Model {
    let mut model = window(language, columns, rows).beginning_with(Some(String::from("00ff")));
    let members = json!([
        {"login": "notary03", "name": "Notary 03", "role": "holds-pen"},
        {"login": "notary07", "name": "Notary 07", "role": "admin"},
        {"login": "notary12", "name": "", "role": "member"},
    ]);
    let group = json!({"group_id": "00ff", "name": "Rounds", "role": "holds-pen", "frozen": false, "members": members});
    let list = json!([
        {"login": "00ff", "name": "Rounds", "relation": "accepted", "unread": 2, "mentions": 1, "group": group},
        {"login": "notary07", "name": "Notary 07", "relation": "accepted", "verified": true, "unread": 0},
    ]);
    model.handle(Event::Answered(Topic::Conversations, Ok(list)));
    let said = json!([text("m1", "notary03", "At four?", "queued", 0)]);
    model.handle(Event::Answered(Topic::Newest("00ff".into()), Ok(said)));
    let outbox = json!([{"message_id": "m1", "to": "Rounds", "state": "queued", "reason": "peer-offline",
        "group_id": "00ff", "waits_for": ["notary07"]}]);
    model.handle(Event::Answered(Topic::Outbox, Ok(outbox)));
    model
}

fn press(model: &mut Model, code: KeyCode) {
    model.handle(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

#[test]
fn a_group_says_how_many_it_has_and_where_they_are_shown_and_for_whom_a_message_waits() {
    for (language, members, whom) in
        [("en", "3 members · F3 shows them", "for Notary 07"), ("fr", "3 membres · F3 les montre", "pour Notary 07")]
    {
        let shown = screen(&in_group(language, 80, 24));
        for wanted in [members, whom, "@ 2", "F3"] {
            assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
        }
    }
}

#[test]
fn members_have_their_role_their_mark_and_what_waits_for_them() {
    let mut model = in_group("en", 80, 24);
    press(&mut model, KeyCode::F(3));
    press(&mut model, KeyCode::Down);
    let shown = screen(&model);
    for wanted in [
        "Rounds · 3 members",
        "You (notary03)",
        "keeps the list of members",
        "│ Notary 07  ",
        "1 message waits for them · ✓ verified · administrator",
        "not verified · member",
        "Enter talk",
        "x remove",
        "l leave the group",
    ] {
        assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
    }
    press(&mut model, KeyCode::Char('x'));
    let shown = screen(&model);
    assert!(shown.contains("Remove Notary 07 from “Rounds”?") && shown.contains("Enter: yes"), "{shown}");
}

#[test]
fn every_frame_of_a_group_fits_into_every_window_in_both_languages() {
    for language in ["en", "fr"] {
        for (columns, rows) in [(60, 16), (80, 24), (120, 36)] {
            let mut model = in_group(language, columns, rows);
            press(&mut model, KeyCode::F(3));
            for key in ['l', 'n'] {
                press(&mut model, KeyCode::Char(key));
                assert!(drawn(&model).iter().all(|line| width(line) <= usize::from(columns)));
                press(&mut model, KeyCode::Esc);
            }
            press(&mut model, KeyCode::F(2));
            let found = json!([{"login": "notary20", "name": "Notary 20"}]);
            model.handle(Event::Answered(Topic::People("".into()), Ok(found)));
            press(&mut model, KeyCode::Tab);
            let shown = screen(&model);
            assert!(shown.contains("✓ Notary 20"), "{shown}");
        }
    }
}

#[test]
fn hints_are_whole_at_eighty_columns() {
    for (language, close) in [("en", "Esc closes"), ("fr", "Échap ferme")] {
        let mut model = in_group(language, 80, 24);
        for key in [KeyCode::F(1), KeyCode::F(2), KeyCode::F(3), KeyCode::F(4), KeyCode::F(5), KeyCode::F(8)] {
            press(&mut model, key);
            let shown = screen(&model);
            assert!(shown.contains(close), "{key:?} in {language}:\n{shown}");
            model.overlay = None;
        }
    }
}

//! What stands on the screen, cell by cell, in both languages and at several sizes; and that nothing a peer writes can break it.

mod groups;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use protocol::time::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};

use super::super::layout::Size;
use super::super::model::{Editor, Event, Model, Naming, Overlay, Places, SafetyNumber, Search, Topic};
use super::super::rows::Verification;
use super::*;
use crate::words::Words;

const NOW: Timestamp = Timestamp::from_millis(1_795_312_800_000);

fn drawn(model: &Model) -> Vec<String> {
    drawn_in(model, model.size)
}

/// In a terminal of this size, whatever the model knows of it.
fn drawn_in(model: &Model, Size { columns, rows }: Size) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut lines = Vec::new();
    for y in 0..rows {
        let mut line = String::new();
        let mut hidden = 0;
        for x in 0..columns {
            let symbol = buffer[(x, y)].symbol();
            // A wide character covers the cell after it.
            if hidden == 0 {
                line.push_str(symbol);
                hidden = width(symbol).saturating_sub(1);
            } else {
                hidden -= 1;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

fn screen(model: &Model) -> String {
    drawn(model).join("\n")
}

fn window(language: &str, columns: u16, rows: u16) -> Model {
    let mut model = Model::new(Words::of_tag(language), Places::default(), TimeZone::UTC, NOW, Size { columns, rows });
    model.handle(Event::Connected);
    model.handle(Event::Answered(Topic::Whoami, Ok(json!({"login": "notary03", "name": "Notary 03"}))));
    model
}

fn text(id: &str, from: &str, text: &str, state: &str, minutes: u64) -> Value {
    json!({"message_id": id, "from": from, "text": text, "state": state, "sent_ms": NOW.as_millis() + minutes * 60_000})
}

fn talking(language: &str, columns: u16, rows: u16, messages: Value) -> Model {
    let mut model = window(language, columns, rows).beginning_with(Some(String::from("notary07")));
    let last = messages.as_array().and_then(|messages| messages.last()).cloned();
    let list = json!([
        {"login": "notary07", "name": "Notary 07", "relation": "accepted", "verified": true, "unread": 0, "last": last},
        {"login": "notary12", "name": "Notary 12", "relation": "asks", "verified": false, "unread": 0},
        {"login": "notary20", "name": "Notary 20", "relation": "revoked", "verified": false, "unread": 4},
        {"login": "notary21", "name": "Notary 21", "relation": "accepted", "verified": false, "unread": 120},
    ]);
    model.handle(Event::Answered(Topic::Conversations, Ok(list)));
    model.handle(Event::Answered(Topic::Newest("notary07".into()), Ok(messages)));
    let status = json!({"server": "online", "revocations": "known", "revocations_known_ms": NOW.as_millis(),
        "links": [{"peer": "notary07", "path": "host", "state": "open"}], "outbox": 1});
    model.handle(Event::Answered(Topic::Status, Ok(status)));
    model.handle(Event::Answered(
        Topic::Outbox,
        Ok(json!([{"message_id": "m4", "to": "notary07", "state": "queued", "reason": "peer-offline"}])),
    ));
    model
}

fn conversation() -> Value {
    json!([
        text("m1", "notary07", "Good morning, is the deed ready?", "delivered", 0),
        text("m2", "notary03", "It is. 契約書 👍", "read", 1),
        {"message_id": "m3", "from": "notary07", "state": "delivered", "sent_ms": NOW.as_millis() + 120_000,
            "file": {"file_id": "f", "name": "annex.pdf", "bytes": 16 << 20, "state": "receiving", "verified_bytes": 4 << 20}},
        text("m4", "notary03", "Thank you.\nUntil tomorrow.", "queued", 3),
    ])
}

#[test]
fn a_conversation_shows_who_when_what_and_where_each_message_is() {
    let shown = screen(&talking("en", 80, 24, conversation()));
    for wanted in [
        "Isoloir · Notary 03",
        "● online",
        "1 message waits",
        "Sunday 22 November 2026",
        "Notary 07  02:00",
        "Good morning, is the deed ready?",
        "You  02:01",
        "It is. 契約書 👍",
        "✓✓ read",
        "File: annex.pdf (16.0 MiB)",
        "█████░░░░░░░░░░░░░░░ 25 % · arriving",
        "Until tomorrow.",
        "waiting on this device",
        "✓ verified · link open",
        "asks",
        "left",
        "99+",
        "F1 Help",
        "F10 Quit",
    ] {
        assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
    }
}

#[test]
fn the_same_in_french() {
    let shown = screen(&talking("fr", 80, 24, conversation()));
    for wanted in [
        "● en ligne",
        "1 message attend",
        "dimanche 22 novembre 2026",
        "Vous  02:01",
        "✓✓ lu",
        "Fichier : annex.pdf (16,0 Mio)",
        "25 % · en cours de réception",
        "en attente sur cet appareil",
        "✓ vérifié · liaison ouverte",
        "demande",
        "parti",
        "F1 Aide",
        "F10 Quitter",
        "Vous : ",
    ] {
        assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
    }
}

/// Everything that can be done to messages was done to these.
fn amended() -> Value {
    let mut all = conversation();
    all[0]["reactions"] = json!([{"from": "notary03", "emoji": "👍"}, {"from": "notary07", "emoji": "👍"}]);
    all[0]["edited_ms"] = NOW.as_millis().into();
    all[1]["reply"] = json!({"message_id": "m1", "from": "notary07", "text": "is the deed\u{1b} ready?"});
    all[1]["text"] = "**It** is, @notary07: [here](https://deed.example/)".into();
    all[1]["mentions"] = json!([{"login": "notary07", "name": "Notary 07"}]);
    all[2] = json!({"message_id": "m3", "from": "notary07", "state": "delivered", "sent_ms": NOW.as_millis() + 120_000,
        "text": null, "deleted": true});
    all
}

#[test]
fn what_was_done_to_messages_shows_and_so_does_since_when_one_waits() {
    let mut model = talking("en", 80, 24, amended());
    let day_ms = 24 * 60 * 60 * 1_000;
    let waits = json!([{"message_id": "m4", "to": "notary07", "state": "queued", "reason": "peer-offline",
        "reached_ms": NOW.as_millis() - 5 * day_ms}]);
    model.handle(Event::Answered(Topic::Outbox, Ok(waits)));
    let shown = screen(&model);
    for wanted in [
        "👍 2 · edited",
        "┃ Notary 07: is the deed\u{25a1} ready?",
        "It is, @Notary 07: here (https://deed.example/)",
        "This message was deleted.",
        "been online since Tuesday",
    ] {
        assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
    }
    let french = screen(&talking("fr", 80, 24, amended()));
    assert!(french.contains("Ce message a été supprimé.") && french.contains("modifié"), "{french}");
}

#[test]
fn what_can_be_done_with_a_message_is_on_the_screen() {
    let mut model = talking("en", 80, 24, conversation());
    let press = |model: &mut Model, code| model.handle(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    press(&mut model, KeyCode::F(7));
    let keys = drawn(&model)[23].clone();
    for step in ["r reply", "+ react", "e edit", "d delete", "f forward", "c copy", "Esc back"] {
        assert!(keys.contains(step), "{step}: {keys}");
    }
    press(&mut model, KeyCode::Char('r'));
    let shown = screen(&model);
    assert!(shown.contains("↪ Answer to You: Thank you. Until tomorrow."), "{shown}");
}

#[test]
fn every_key_is_named_in_both_languages_at_eighty_columns() {
    for language in ["en", "fr"] {
        let lines = drawn(&talking(language, 80, 24, conversation()));
        for key in ["F1", "F2", "F3", "F4", "F5", "F6", "F10"] {
            assert!(lines[23].contains(&format!(" {key} ")), "{key}: {}", lines[23]);
        }
    }
}

#[test]
fn a_window_that_is_too_small_says_so() {
    let shown = screen(&talking("fr", 40, 10, conversation()));
    assert!(shown.contains("trop petite") && shown.contains("60") && !shown.contains("Notary"), "{shown}");
    for (columns, rows) in [(1, 1), (2, 3), (60, 16), (61, 200), (300, 16)] {
        drawn(&talking("en", columns, rows, conversation()));
    }
}

#[test]
fn a_resized_window_is_drawn_anew() {
    let mut model = talking("en", 120, 40, conversation());
    model.handle(Event::Resized(Size { columns: 70, rows: 20 }));
    let lines = drawn(&model);
    assert_eq!(lines.len(), 20);
    assert!(lines.iter().all(|line| width(line) <= 70));
    assert!(lines.join("\n").contains("Until tomorrow."));
}

/// What stands in front of a conversation, one after the other.
fn overlays() -> Vec<Option<Overlay>> {
    let path = || Editor::with("/people/ada/Documents");
    let digits = ["12345"; 12].join(" ");
    let number = SafetyNumber { digits, verification: Verification::Unverified };
    vec![
        None,
        Some(Overlay::Help { scroll: 3 }),
        Some(Overlay::People(Search::default())),
        Some(Overlay::Verify { who: "notary07".into(), number: Some(number) }),
        Some(Overlay::Files { selected: None }),
        Some(Overlay::SaveTo { file: String::from("f"), path: path() }),
        Some(Overlay::Offer { path: path() }),
        Some(Overlay::Export { who: "notary07".into(), path: path() }),
        Some(Overlay::Decide { who: "notary07".into(), number: None, selected: None }),
        Some(Overlay::Rules { said: Some("- a rule\n".repeat(60)), scroll: 9 }),
        Some(Overlay::Pasted { files: vec![String::from("/a/b"); 16], text: "/a/b".into() }),
        Some(Overlay::Name { naming: Naming::Rename("00ff".into()), name: path() }),
    ]
}

#[test]
fn a_terminal_that_has_another_size_than_the_model_knows_is_drawn_as_it_is() {
    let mut model = talking("en", 100, 40, conversation());
    model.drafts.insert("notary07".into(), Editor::with("one\ntwo\nthree\nfour"));
    model.handle(Event::Disconnected);
    for overlay in overlays() {
        // All sizes for the window itself; of what stands in front of it, those at which something changes.
        let step = if overlay.is_none() { 1 } else { 13 };
        model.overlay = overlay;
        for rows in (1..=40).rev().step_by(step) {
            for columns in (1..=100).rev().step_by(step) {
                let lines = drawn_in(&model, Size { columns, rows });
                let fits = columns >= COLUMNS_MIN && rows >= ROWS_MIN;
                assert_eq!(lines[0].starts_with(" Isoloir"), fits, "{columns}×{rows}: {}", lines[0]);
                assert!(!fits || lines[usize::from(rows) - 1].contains("F1"), "{columns}×{rows}");
            }
        }
    }
}

#[test]
fn help_names_every_key_and_can_be_read_to_its_end() {
    for (language, new_line, last) in
        [("en", "Alt+Enter, Ctrl+J ", "F10, Ctrl+Q"), ("fr", "Alt+Entrée, Ctrl+J ", "F10, Ctrl+Q")]
    {
        let mut model = talking(language, 80, 24, conversation());
        model.overlay = Some(Overlay::Help { scroll: 0 });
        let mut shown = screen(&model);
        for _ in 0..8 {
            model.handle(Event::Key(KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE)));
            shown.push_str(&screen(&model));
        }
        let keys =
            ["F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "Ctrl+R", "Ctrl+L", "Tab", "--plain", "--no-mouse", "▌"];
        for wanted in keys.into_iter().chain([new_line, last]) {
            assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
        }
    }
}

#[test]
fn a_safety_number_is_shown_with_its_picture_at_eighty_columns() {
    let mut model = talking("fr", 80, 24, conversation());
    model.overlay = Some(Overlay::Verify { who: "notary07".into(), number: None });
    let digits = "00001 00002 00003 00004 00005 00006 00007 00008 00009 00010 00011 00012";
    let number = json!({"login": "notary07", "safety_number": digits, "verified": false, "identity_resets": 1});
    model.handle(Event::Answered(Topic::Verification("notary07".into()), Ok(number)));
    let shown = screen(&model);
    for wanted in ["00001  00002  00003  00004", "00009  00010  00011  00012", "le numéro a changé", "entre vous", "█"]
    {
        assert!(shown.contains(wanted), "{wanted} is missing:\n{shown}");
    }
}

#[test]
fn people_paths_files_and_decisions_have_their_frames() {
    let mut model = talking("en", 80, 24, conversation());
    let found = json!([{"login": "notary07", "name": "Notary 07"}]);
    model.overlay = Some(Overlay::People(Search::default()));
    model.handle(Event::Answered(Topic::People("".into()), Ok(found)));
    assert!(screen(&model).contains("Find a colleague"));
    model.overlay = Some(Overlay::SaveTo { file: String::from("f"), path: Editor::with("/people/ada/Documents") });
    assert!(screen(&model).contains("› /people/ada/Documents"));
    model.overlay = Some(Overlay::Files { selected: None });
    assert!(screen(&model).contains("↓ annex.pdf"));
    model.overlay = Some(Overlay::Decide { who: "notary07".into(), number: None, selected: None });
    assert!(screen(&model).contains("Block: never"));
}

#[test]
fn who_accepts_somebody_who_may_be_another_person_is_told_so_beside_the_number() {
    for (language, state, wanted) in [
        ("en", "reassigned", "Another person than the one you know"),
        ("fr", "reassigned", "Ce n'est pas la personne que vous connaissez"),
        ("en", "replaced", "Your organization reset this identity"),
        ("fr", "replaced", "Votre organisation a réinitialisé cette identité"),
    ] {
        let mut model = talking(language, 80, 24, conversation());
        let digits = "12345 67890";
        let list = json!([{"login": "notary07", "name": "Notary 07", "relation": "accepted",
            "identity_reset": {"state": state, "safety_number": digits}}]);
        model.handle(Event::Answered(Topic::Conversations, Ok(list)));
        let number = Some(digits.to_owned());
        model.overlay = Some(Overlay::Decide { who: "notary07".into(), number, selected: None });
        let shown = screen(&model);
        assert!(shown.contains(wanted) && shown.contains("12345  67890"), "{shown}");
    }
}

#[test]
fn warnings_stand_across_the_top() {
    let mut model = talking("en", 80, 24, conversation());
    model.handle(Event::Disconnected);
    assert!(drawn(&model)[1].contains("The agent of this data folder has ended"), "{}", screen(&model));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_a_peer_writes_breaks_the_screen(said in any::<String>(), name in any::<String>(), columns in 60u16..140) {
        let messages = json!([text("m1", "notary07", &format!("{said}\u{1b}[2J\u{202e}"), "delivered", 0)]);
        let mut model = talking("en", columns, 24, messages);
        let list = json!([{"login": "notary07", "name": format!("{name}\u{9b}1m\u{7}"), "relation": "accepted",
            "last": text("m1", "notary07", &said, "delivered", 0)}]);
        model.handle(Event::Answered(Topic::Conversations, Ok(list)));
        let lines = drawn(&model);
        let steers = |c: char| c.is_control() || c == '\u{202e}';
        prop_assert!(!lines.iter().any(|line| line.contains(steers)), "a character steers the terminal");
        prop_assert!(lines[0].starts_with(" Isoloir · Notary 03"));
        prop_assert!(lines.iter().skip(1).take(22).all(|line| line.contains('│')), "{}", lines.join("\n"));
    }
}

#[test]
fn while_locked_nothing_stands_there_but_the_question() {
    for (language, title) in [("en", "Locked"), ("fr", "Verrouillé")] {
        let places = Places::default();
        let mut model = Model::new(Words::of_tag(language), places, TimeZone::UTC, NOW, Size { columns: 60, rows: 16 });
        model.handle(Event::Connected);
        model.handle(Event::Answered(Topic::Whoami, Err(crate::rpc::Fault::new("locked"))));
        model.handle(Event::Pasted("canary".into()));
        let shown = screen(&model);
        assert!(shown.contains(title) && shown.contains("••••••") && shown.contains("F10"), "{shown}");
        assert!(!shown.contains("canary") && !shown.contains("F2"), "{shown}");
        let wrong = crate::rpc::Fault::with("wrong-passphrase-left", 2);
        model.handle(Event::Answered(Topic::Unlocked, Err(wrong)));
        assert!(screen(&model).contains('2'), "{}", screen(&model));
    }
}

//! Rows out of answers, whatever version wrote them.

use serde_json::json;

use super::*;

#[test]
fn an_answer_of_another_version_leaves_fields_empty() {
    let strange = Conversation::of(&json!({"login": "a", "relation": "betrothed", "unread": "many"}), "me");
    assert_eq!((strange.relation, strange.unread, strange.name.expose()), (Relation::Unknown, 0, "a"));
    assert_eq!(Message::of(&json!(null), "me").state, State::Theirs);
    assert_eq!(rows(&json!({"not": "a list"})).len(), 0);
}

#[test]
fn a_file_follows_its_events() {
    let mut file = File::of(&json!({"file_id": "f", "name": "a\u{1b}b", "bytes": 10, "state": "offered"}));
    assert_eq!(file.name.expose(), "a\u{25a1}b");
    file.update(&json!({"state": "receiving", "verified_bytes": 5}));
    assert!(file.is_moving());
    file.update(&json!({"state": "saved", "path": "/tmp/a"}));
    assert_eq!((file.state.as_str(), file.verified_bytes), ("saved", 5));
}

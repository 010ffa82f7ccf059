//! Writing a conversation into a folder.

use super::*;
use crate::rpc::Fault;

fn control(model: &mut Model, key: char) {
    model.handle(Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL)));
}

#[test]
fn the_open_conversation_is_written_where_the_person_says_and_what_came_of_it_is_said() {
    let mut model = connected(&[row("grace", 0)]);
    control(&mut model, 'e');
    assert!(model.overlay.is_none(), "which one?");
    let (mut model, _) = reading(0, page(0..2, "grace"));
    control(&mut model, 'e');
    for _ in 0.."isoloir".len() {
        press(&mut model, KeyCode::Backspace);
    }
    write(&mut model, "case 7");
    assert!(press(&mut model, KeyCode::Enter).is_empty(), "the engine writes nothing");
    let folder = PathBuf::from("/people/ada/Downloads/case 7");
    assert_eq!(model.take_export(), Some(Export { who: "grace".into(), folder }));
    assert_eq!(model.take_export(), None, "once");
    let answer = json!({"folder": "/x", "messages": 2, "files": 0, "missing": 0, "left_out": 1});
    model.handle(Event::Answered(Topic::Exported, Ok(answer.clone())));
    let said = |model: &Model| model.remark.as_ref().unwrap().text.clone();
    assert_eq!(said(&model), Words::of_tag("en").exported(&answer).join(" "));
    model.handle(Event::Answered(Topic::Exported, Err(Fault::new("policy-export-forbid"))));
    assert_eq!(said(&model), Words::of_tag("en").fault("policy-export-forbid", None), "in the command's words");
}

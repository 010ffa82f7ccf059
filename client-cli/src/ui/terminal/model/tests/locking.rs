//! The lock from the window: Ctrl+L, what is asked while it is locked, and that nothing stays that was shown.

use super::*;

fn refused(code: &str) -> Answer {
    Err(Fault::new(code))
}

/// A window over a device that is locked from the beginning.
fn locked() -> Model {
    let mut model = window();
    model.handle(Event::Connected);
    model.handle(Event::Answered(Topic::Whoami, refused("locked")));
    model
}

#[test]
fn control_l_locks_and_the_window_ends_with_everything_that_it_showed() {
    let (mut model, _) = reading(0, page(0..2, "grace"));
    let control_l = KeyEvent::new(KeyCode::Char('l'), KeyModifiers::CONTROL);
    assert_eq!(requests(&model.handle(Event::Key(control_l))), [&Request::Lock {}]);
    assert_eq!(model.left(), None, "it is not locked yet");
    model.handle(Event::Answered(Topic::Locked, Ok(json!({"state": "locked"}))));
    assert_eq!(model.left(), Some(Left::Locked));
}

#[test]
fn whoever_else_locks_it_the_window_ends_too() {
    let (mut model, _) = reading(0, page(0..2, "grace"));
    model.handle(Event::News(json!({"event": "locked"})));
    assert_eq!(model.left(), Some(Left::Locked));
    // The event was missed, and the agent answers nothing any more.
    let (mut model, _) = reading(0, page(0..2, "grace"));
    model.handle(Event::Answered(Topic::Outbox, refused("locked")));
    assert_eq!(model.left(), Some(Left::Locked));
}

#[test]
fn what_cannot_be_locked_says_why() {
    let (mut model, _) = reading(0, page(0..2, "grace"));
    model.handle(Event::Answered(Topic::Locked, refused("lock-needs-passphrase")));
    assert_eq!(model.left(), None);
    assert!(model.remark.as_ref().is_some_and(|remark| remark.text.contains("isoloir passphrase set")));
}

#[test]
fn a_passphrase_opens_it_and_a_wrong_one_says_so() {
    let mut model = locked();
    assert_eq!(model.left(), None);
    assert!(press(&mut model, KeyCode::Enter).is_empty(), "nothing was typed");
    for key in "wrong".chars() {
        press(&mut model, KeyCode::Char(key));
    }
    let asks = press(&mut model, KeyCode::Enter);
    let [Request::Unlock { passphrase }] = requests(&asks)[..] else { panic!("{asks:?}") };
    assert_eq!(passphrase.0.expose(), "wrong");
    assert!(press(&mut model, KeyCode::Enter).is_empty(), "one at a time");
    model.handle(Event::Answered(Topic::Unlocked, refused("wrong-passphrase")));
    assert!(model.lock.as_ref().is_some_and(|lock| lock.refused.is_some() && lock.passphrase.is_empty()));

    write(&mut model, "right");
    press(&mut model, KeyCode::Enter);
    let asks = model.handle(Event::Answered(Topic::Unlocked, Ok(json!({"state": "open"}))));
    assert!(requests(&asks).contains(&&Request::Whoami {}));
    let asks = model.handle(Event::Answered(Topic::Whoami, Ok(json!({"login": "ada", "name": "Ada"}))));
    assert!(requests(&asks).contains(&&Request::Conversations {}));
    assert!(model.lock.is_none() && model.left().is_none());
}

#[test]
fn keys_of_the_window_do_nothing_while_it_is_locked() {
    let mut model = locked();
    for key in [KeyCode::F(2), KeyCode::F(5), KeyCode::Tab] {
        assert!(press(&mut model, key).is_empty());
    }
    assert!(model.overlay.is_none());
    press(&mut model, KeyCode::F(10));
    assert_eq!(model.left(), Some(Left::Quit));
}

#[test]
fn unlocked_elsewhere_it_opens_here() {
    let mut model = locked();
    let asks = model.handle(Event::News(json!({"event": "unlocked"})));
    assert!(requests(&asks).contains(&&Request::Whoami {}));
}

#[test]
fn keys_say_now_and_then_that_somebody_is_here() {
    let (mut model, _) = reading(0, page(0..2, "grace"));
    let mut told = 0;
    for second in 1..=60 {
        model.handle(Event::Tick(NOW.plus_ms(second * 1_000)));
        told +=
            requests(&press(&mut model, KeyCode::Char('a'))).iter().filter(|ask| ***ask == Request::Present {}).count();
    }
    assert!((2..=3).contains(&told), "{told}");
}

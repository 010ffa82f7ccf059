//! The bar of keys at the bottom: which keys do something now, where each stands, and which key a click there is. Pure: one place for
//! the drawing and for the pointer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{Focus, Model, Overlay};
use super::text::width;

/// A key with what it does, as it stands in the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// As the model names it.
    pub name: &'static str,
    /// As the person's keyboard names it, with a column on both sides.
    pub key: String,
    pub word: String,
    /// Its first column.
    pub from: usize,
    pub columns: usize,
}

impl Button {
    fn of(model: &Model, name: &'static str, word: &str) -> Self {
        let key = format!(" {} ", model.key_word(name));
        let word = model.words.say(word);
        let columns = width(&key) + width(&word);
        Self { name, key, word, from: 0, columns }
    }

    /// The key that a click here is.
    pub fn pressed(&self) -> Option<KeyEvent> {
        let code = match self.name {
            "Enter" => KeyCode::Enter,
            "Esc" => KeyCode::Esc,
            "↑↓" => return None,
            name => match name.strip_prefix('F').and_then(|number| number.parse().ok()) {
                Some(number) => KeyCode::F(number),
                None => KeyCode::Char(name.chars().next()?),
            },
        };
        Some(KeyEvent::new(code, KeyModifiers::NONE))
    }
}

impl Model {
    /// A key as the person's keyboard names it.
    pub fn key_word(&self, name: &str) -> String {
        match name {
            "Enter" => self.words.say("chat-keys-send"),
            "Esc" => self.words.say("chat-keys-escape"),
            name => name.to_owned(),
        }
    }

    fn keys_now(&self) -> Vec<(&'static str, &'static str)> {
        if let Some(overlay) = &self.overlay {
            // What Enter confirms of a person is said where their number stands, not here.
            let goes_on = !matches!(overlay, Overlay::Help { .. } | Overlay::Verify { .. } | Overlay::Rules { .. });
            let enter = goes_on.then_some(("Enter", "chat-step-go-on"));
            let rest = [("Esc", "chat-step-close"), ("F1", "chat-key-help"), ("F10", "chat-key-quit")];
            return enter.into_iter().chain(rest).collect();
        }
        if self.focus == Focus::Message {
            return self.steps();
        }
        let is_group = self.open_group().is_some();
        let of_group = |group, other| if is_group { group } else { other };
        let mut keys = vec![
            ("F1", "chat-key-help"),
            ("F2", "chat-key-people"),
            ("F3", of_group("chat-key-members", "chat-key-verify")),
            ("F4", "chat-key-files"),
            ("F5", "chat-key-send-file"),
            ("F6", "chat-key-decide"),
            ("F7", "chat-key-message"),
            ("F8", "chat-key-search"),
            ("F9", "chat-key-timer"),
            ("F10", "chat-key-quit"),
        ];
        if is_group {
            keys.retain(|(key, _)| *key != "F6");
        }
        keys
    }

    /// The bar in so many columns; what does not fit is left out before the last one, which leads back.
    pub fn bar(&self, columns: usize) -> Vec<Button> {
        let keys = self.keys_now();
        let mut bar: Vec<Button> = keys.into_iter().map(|(key, word)| Button::of(self, key, word)).collect();
        let taken = |bar: &[Button]| bar.iter().map(|button| button.columns).sum::<usize>();
        while taken(&bar) > columns && bar.len() > 2 {
            bar.remove(bar.len() - 2);
        }
        // Where there is room they stand apart.
        let gap = usize::from(taken(&bar) + bar.len() <= columns);
        let mut from = 0;
        for button in &mut bar {
            button.from = from;
            from += button.columns + gap;
        }
        bar
    }
}

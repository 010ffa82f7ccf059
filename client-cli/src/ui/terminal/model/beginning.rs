//! The conversation that the window was asked to begin with: it opens once the engine said who is known, and what is
//! typed until then waits for it. Must never lose a key, nor keep one from what is on the screen already.

use crossterm::event::KeyEvent;
use protocol::secret::Personal;

use super::{Ask, Model};

/// Keys and pasted texts that wait at most; whoever types more than this ahead sees that nothing comes.
const TYPED_AHEAD_MAX: usize = 1_024;

/// Whom to begin with, and what was typed ahead.
pub(super) struct Beginning {
    who: Personal<String>,
    typed: Vec<Typed>,
}

enum Typed {
    Key(KeyEvent),
    Pasted(Personal<String>),
}

impl Model {
    /// Opens the conversation with this person as soon as the engine answers.
    #[must_use]
    pub fn beginning_with(mut self, who: Option<String>) -> Self {
        self.begin_with = who.map(|who| Beginning { who: Personal::new(who), typed: Vec::new() });
        self
    }

    /// The list is here: opens the conversation and types what waited for it.
    pub(super) fn begin(&mut self, asks: &mut Vec<Ask>) {
        let Some(beginning) = self.begin_with.take() else { return };
        self.open_with(beginning.who, asks);
        for typed in beginning.typed {
            match typed {
                Typed::Key(key) => self.on_key(key, asks),
                Typed::Pasted(text) => self.on_paste(text.expose(), asks),
            }
        }
    }

    /// Whether the key waits for the conversation.
    pub(super) fn typed_ahead(&mut self, key: KeyEvent) -> bool {
        self.ahead(|| Typed::Key(key))
    }

    pub(super) fn pasted_ahead(&mut self, text: &str) -> bool {
        self.ahead(|| Typed::Pasted(Personal::new(text.to_owned())))
    }

    fn ahead(&mut self, typed: impl FnOnce() -> Typed) -> bool {
        // An overlay that was asked for meanwhile, the help, takes its keys itself.
        let Some(beginning) = self.begin_with.as_mut().filter(|_| self.overlay.is_none()) else { return false };
        if beginning.typed.len() < TYPED_AHEAD_MAX {
            beginning.typed.push(typed());
        }
        true
    }
}

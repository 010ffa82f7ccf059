//! What there is to a message beside what it says: what it answers, what others think of it, whom it mentions.

use protocol::secret::Personal;
use serde_json::Value;

use super::super::text::Harmless;
use super::{Said, text};

/// A message that is answered, in short.
#[derive(Debug, Clone)]
pub struct Quote {
    /// Its id.
    pub message: String,
    /// Nobody, if it is not here.
    pub from: Option<Personal<String>>,
    pub said: Said,
}

/// What somebody thinks of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    pub from: Personal<String>,
    pub emoji: Harmless,
}

/// Somebody whom a message mentions.
#[derive(Debug, Clone)]
pub struct Mention {
    pub login: Personal<String>,
    pub name: Harmless,
    pub is_you: bool,
}

impl Quote {
    pub(super) fn of(row: &Value) -> Self {
        let from = row["from"].as_str().map(Into::into);
        Self { message: text(row, "message_id").to_owned(), from, said: Said::of(row) }
    }
}

impl Reaction {
    pub(super) fn of(row: &Value) -> Self {
        Self { from: text(row, "from").into(), emoji: Harmless::of_line(text(row, "emoji")) }
    }
}

impl Mention {
    pub(super) fn of(row: &Value) -> Self {
        Self {
            login: text(row, "login").into(),
            name: Harmless::of_line(text(row, "name")),
            is_you: row["you"] == true,
        }
    }
}

//! What goes with a request: what is wanted of a group, of a timer, of a message. A passphrase among it must never be shown.

use protocol::secret::Secret;
use serde::{Deserialize, Serialize};

/// What a person changes in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum GroupChange {
    /// Let somebody in.
    Add {
        /// Login.
        who: String,
    },
    /// Remove somebody.
    Remove {
        /// Login.
        who: String,
    },
    /// Make somebody an administrator.
    Promote {
        /// Login.
        who: String,
    },
    /// Make an administrator a member like the others.
    Demote {
        /// Login.
        who: String,
    },
    /// Hand the pen to somebody.
    Transfer {
        /// Login.
        who: String,
    },
    /// Call it something else.
    Rename {
        /// What.
        name: String,
    },
    /// Give it another picture, or none.
    Picture {
        /// Base64 (RFC 4648, section 4) of a JPEG or PNG.
        #[serde(default)]
        picture: Option<String>,
    },
    /// Go.
    Leave {},
}

/// How long messages are to be there once they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerWish {
    /// As long as anything else.
    Off,
    /// So long.
    Seconds(u32),
}

/// How fast files may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateWish {
    /// As fast as they can.
    Off,
    /// So many bytes per second.
    Bytes(u64),
}

/// What goes with a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Id of the message that it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Whether readers may send it on; as the organization has it without a word.
    #[serde(default)]
    pub forwarding: Option<SendingOn>,
}

/// Whether readers may send a message on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendingOn {
    /// They may.
    Allowed,
    /// The author asks them not to.
    Forbidden,
}

/// A passphrase on its way over the local socket. Wiped when dropped, never shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Phrase(pub Secret<String>);

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.0.expose().clone()
    }
}

impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl Eq for Phrase {}

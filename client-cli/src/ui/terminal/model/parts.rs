//! What the window is made of: the open conversation, what stands in front of it, and what is known of the server. Plain data.

use std::path::{Path, PathBuf};

use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::super::editor::Editor;
use super::super::rows::{Message, Person, Verification};
use super::super::text::Harmless;
use super::finding::Finding;
use super::members::{Naming, Roll};
use super::reading::MESSAGES_MAX;
use crate::rpc::Decision;

/// Most people who are chosen at once: a group has one more.
const CHOSEN_MAX: usize = protocol::limits::ROSTER_MEMBERS_MAX - 1;

/// A question that must not be asked twice at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Refresh {
    #[default]
    Idle,
    Asked,
    /// Something changed since it was asked.
    AskedAndStale,
}

impl Refresh {
    /// Whether to ask now.
    pub(super) fn wanted(&mut self) -> bool {
        let ask = *self == Self::Idle;
        *self = if ask { Self::Asked } else { Self::AskedAndStale };
        ask
    }

    /// Whether to ask again.
    pub(super) fn answered(&mut self) -> bool {
        std::mem::take(self) == Self::AskedAndStale
    }
}

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    List,
    Writing,
    /// The messages: one of them is chosen.
    Message,
}

/// The server, as far as this device knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Unknown,
    Online,
    Offline,
}

/// How well revocations are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocations {
    Known,
    Stale,
    Expired,
}

/// Why a message waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The stable word of docs/cli.md.
    pub reason: String,
    /// When the other side was last reached.
    pub reached_ms: Option<u64>,
    /// Id of the group that it is in, and logins of those who do not have it.
    pub group: Option<String>,
    pub waits_for: Vec<Personal<String>>,
}

/// A link with somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `connecting`, `open`, `closed`.
    pub state: String,
}

/// The conversation that is open.
pub struct Open {
    pub who: Personal<String>,
    /// As the directory says it, while there is no row in the list.
    pub name: Option<Harmless>,
    pub messages: Vec<Message>,
    /// Rows between the end of the messages and the end of the window.
    pub scroll: usize,
    /// Id of the first message that was new when the conversation was opened.
    pub first_new: Option<String>,
    /// Whether nothing older exists.
    pub whole: bool,
    /// Id of the message that something is to be done with.
    pub chosen: Option<String>,
    /// What the text being written is.
    pub writing: Writing,
    /// Id of a message that was looked for and is not here yet.
    pub(super) goal: Option<String>,
    /// Id of the message that was looked for.
    pub found: Option<String>,
    pub(super) opened: Opened,
    /// Id of the newest message that was said to be seen.
    pub(super) told_seen: Option<String>,
    pub(super) newest: Refresh,
    pub(super) older: Refresh,
}

/// What the text being written is.
#[derive(Debug, Clone, Default)]
pub enum Writing {
    /// A message.
    #[default]
    Message,
    /// An answer to this one.
    Reply { message: String, to: Harmless, said: Harmless },
    /// Another text of this one; what was being written before waits.
    Edit { message: String, before: Editor },
}

impl Open {
    /// Whether its first page is here.
    pub(super) fn has_begun(&self) -> bool {
        self.opened == Opened::Shown
    }

    /// Whether there is no room for older messages.
    pub(super) const fn is_full(&self) -> bool {
        self.messages.len() >= MESSAGES_MAX
    }
}

/// Whether the first page came, and how many of its messages were new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    Waiting { new: u64 },
    Shown,
}

/// Something in front of the conversation.
pub enum Overlay {
    Help {
        scroll: usize,
    },
    People(Search),
    /// Messages that words find.
    Messages(Finding),
    /// With whom, and the number, once it is known.
    Verify {
        who: Personal<String>,
        number: Option<SafetyNumber>,
    },
    /// Id of the file under the cursor.
    Files {
        selected: Option<String>,
    },
    /// Where to save this file.
    SaveTo {
        file: String,
        path: Editor,
    },
    /// Into which folder to write this conversation.
    Export {
        who: Personal<String>,
        path: Editor,
    },
    /// Which file to offer.
    Offer {
        path: Editor,
    },
    /// What to think of this message.
    React {
        message: String,
        emoji: Editor,
    },
    /// Whether to delete this message.
    Delete {
        message: String,
    },
    /// About whom, with the safety number that their row had then, and the decision under the cursor.
    Decide {
        who: Personal<String>,
        number: Option<String>,
        selected: Option<Decision>,
    },
    /// What the organization's rules say, once that is known.
    Rules {
        said: Option<String>,
        scroll: usize,
    },
    /// Whether to send these files, or to write what was pasted.
    Pasted {
        files: Vec<String>,
        text: Personal<String>,
    },
    /// Who is in a group.
    Members(Roll),
    /// What a group is to be called.
    Name {
        naming: Naming,
        name: Editor,
    },
    /// With whom, and which of the timers is under the cursor.
    Timer {
        who: Personal<String>,
        selected: usize,
    },
}

/// What somebody is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To talk to them.
    #[default]
    Talk,
    /// To send this message on to them.
    Forward(String),
    /// To let them into this group.
    Add(Personal<String>),
}

/// Looking for somebody in the directory.
#[derive(Default)]
pub struct Search {
    pub query: Editor,
    /// What whoever is found is for.
    pub purpose: Purpose,
    pub found: Vec<Person>,
    /// Whoever was chosen so far, to begin a group with or to let into one.
    pub chosen: Vec<Person>,
    /// Login under the cursor, once the person has moved it; it stays there wherever they stand by then. The first one without it.
    pub selected: Option<Personal<String>>,
    pub(super) refresh: Refresh,
}

impl Search {
    /// Where the cursor is.
    pub fn place(&self) -> usize {
        place(self.found.iter().map(|person| &person.login), self.selected.as_ref())
    }

    /// Whether somebody was chosen.
    pub fn is_chosen(&self, login: &Personal<String>) -> bool {
        self.chosen.iter().any(|person| person.login == *login)
    }

    /// Chooses the person under the cursor, or lets go of them, and goes to the next one.
    pub(super) fn choose(&mut self) {
        let Some(person) = self.found.get(self.place()).cloned() else { return };
        if self.is_chosen(&person.login) {
            self.chosen.retain(|chosen| chosen.login != person.login);
        } else if self.chosen.len() < CHOSEN_MAX {
            self.chosen.push(person);
        }
        self.go(1);
    }

    pub(super) fn go(&mut self, by: isize) {
        let to = self.place().saturating_add_signed(by).min(self.found.len().saturating_sub(1));
        self.selected = self.found.get(to).map(|person| person.login.clone());
    }
}

/// Where something stands in a list; at its head, if it is not there.
pub fn place<T: PartialEq>(mut list: impl Iterator<Item = T>, wanted: Option<T>) -> usize {
    wanted.and_then(|wanted| list.position(|one| one == wanted)).unwrap_or(0)
}

/// Sixty digits.
#[derive(Debug, Clone)]
pub struct SafetyNumber {
    pub digits: String,
    pub verification: Verification,
}

/// Folders that a path may be relative to, and where files are saved unless told otherwise.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub home: Option<PathBuf>,
    pub current: PathBuf,
    pub downloads: PathBuf,
}

impl Places {
    /// `~` is home, anything else is relative to the folder that the chat was started in.
    pub fn absolute(&self, written: &str) -> PathBuf {
        let home = written.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (home, &self.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            // Without the dots that say "here".
            _ => self.current.join(Path::new(written)).components().collect(),
        }
    }
}

/// A line to the person that goes by itself.
#[derive(Debug, Clone)]
pub struct Remark {
    pub text: String,
    pub kind: RemarkKind,
    pub(super) until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    Done,
    Failed,
}

/// The way to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    Starting,
    Up,
    Lost,
}

/// An alarm that was told once and that `status` does not repeat: it stands until somebody was here and had time to read it.
#[derive(Debug, Clone)]
pub struct Told {
    /// The stable word of docs/cli.md.
    pub alarm: String,
    pub(super) until: Option<Timestamp>,
}

/// The organization's log began anew, signed by its root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReset {
    /// `restore` or `fork`.
    pub reason: String,
    pub time_ms: u64,
    pub entries_lost: u64,
    pub devices_kept_revoked: u64,
}

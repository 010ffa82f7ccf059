//! What the engine can be asked, and what it answers: the types behind `rpc`. There is no request that acts as another person.

mod wishes;

pub use self::wishes::{Beside, GroupChange, Phrase, RateWish, SendingOn, TimerWish};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot};

pub use crate::store::records::Receipts;

/// Requests that wait for the engine.
pub const CALLS_MAX: usize = 64;
/// Events that a slow watcher may lag behind before it is told that it missed some.
pub const EVENTS_MAX: usize = 1_024;

/// What can be asked of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", content = "params", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Who this device is.
    Whoami {},
    /// People whose login or name contains the query.
    People {
        /// Case does not matter; empty finds everybody.
        query: String,
        /// At most so many; all of them without it.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// Acquaintances and who asks.
    Contacts {},
    /// Decide about somebody.
    Decide {
        /// Login.
        who: String,
        /// What.
        decision: Decision,
        /// The safety number that was shown, where the person goes on with another identity: it is for that key and no later one.
        #[serde(default)]
        number: Option<String>,
    },
    /// The safety number with somebody.
    Verify {
        /// Login.
        who: String,
        /// Whether the person compared it and it was the same.
        confirm: Option<bool>,
        /// The number that was compared.
        #[serde(default)]
        number: Option<String>,
    },
    /// Send a text.
    Send {
        /// Login.
        who: String,
        /// UTF-8.
        text: String,
        /// Answer only when delivered, or after this long.
        wait_ms: Option<u64>,
        /// What goes with it.
        #[serde(default)]
        beside: Beside,
    },
    /// Offer a file.
    SendFile {
        /// Login.
        who: String,
        /// Absolute path.
        path: String,
        /// Answer only when delivered, or after this long.
        wait_ms: Option<u64>,
        /// What goes with it.
        #[serde(default)]
        beside: Beside,
    },
    /// Offers, received and made.
    Files {},
    /// Put a received file where the person wants it; pulls it first.
    Save {
        /// File id.
        file: String,
        /// Absolute path.
        path: String,
    },
    /// Take an offer back, or stop a transfer.
    Cancel {
        /// File id.
        file: String,
    },
    /// Move nothing of a file for now.
    PauseFile {
        /// File id.
        file: String,
    },
    /// Go on with it.
    ResumeFile {
        /// File id.
        file: String,
    },
    /// How fast files may move, each way.
    LimitFiles {
        /// From now on; only says what is in force without it.
        #[serde(default)]
        set: Option<RateWish>,
    },
    /// Everybody with whom there are messages or an acquaintance: what is unread, and the last line.
    Conversations {},
    /// Messages with somebody, oldest first. What is returned counts as read.
    History {
        /// Login.
        who: String,
        /// Only messages shown above this one, by its id.
        #[serde(default)]
        before: Option<String>,
        /// Only the newest of them, at most so many.
        #[serde(default)]
        last: Option<usize>,
    },
    /// The same, for a window that says itself what was seen.
    Page {
        /// Login.
        who: String,
        /// Only messages shown above this one, by its id.
        #[serde(default)]
        before: Option<String>,
        /// Only the newest of them, at most so many.
        last: usize,
    },
    /// The person has seen the messages with somebody up to this one.
    Seen {
        /// Login.
        who: String,
        /// Message id.
        up_to: String,
    },
    /// Messages that are not delivered, with the reason.
    Outbox {},
    /// Server, links, outbox.
    Status {},
    /// What the organization's rules say to this person, and who holds them.
    Organization {},
    /// The proof that the organization's log was forked, if it was.
    Evidence {},
    /// The newest signed checkpoint of the organization's log.
    Checkpoint {},
    /// Events from now on.
    Watch {},
    /// Close everything: keys, messages and links leave the process. It serves on, and waits for [`Request::Unlock`].
    Lock {},
    /// Open a locked agent.
    Unlock {
        /// Of this device.
        passphrase: Phrase,
    },
    /// What opens this device from now on.
    SetPassphrase {
        /// What opens it now; none for a key file.
        #[serde(default)]
        present: Option<Phrase>,
        /// None for a key file.
        #[serde(default)]
        next: Option<Phrase>,
    },
    /// The person is here: somebody uses a window.
    Present {},
    /// Groups that this person is or was in.
    Groups {},
    /// A group and who is in it.
    Group {
        /// Its id or name.
        group: String,
    },
    /// Begin a group.
    GroupCreate {
        /// What it is called.
        name: String,
        /// Logins.
        members: Vec<String>,
    },
    /// The picture of a group.
    GroupPicture {
        /// Its id or name.
        group: String,
    },
    /// Begin a group of those who are in a group of the directory; it follows that from then on.
    GroupFromDirectory {
        /// The directory's group.
        from: String,
        /// What it is called; like the directory's without it.
        #[serde(default)]
        name: Option<String>,
    },
    /// Ask the directory now who is in a group that follows it.
    GroupSync {
        /// Its id or name.
        group: String,
        /// Do what was held back, because more than half of the members go.
        #[serde(default)]
        confirm: Option<bool>,
    },
    /// Change a group, or ask whoever holds its pen.
    GroupChange {
        /// Its id or name.
        group: String,
        /// What.
        change: GroupChange,
    },
    /// Messages in which every word begins a word, the newest first. Marks nothing as read.
    Search {
        /// As typed: case and accents do not matter.
        words: String,
        /// Login; everybody without it.
        #[serde(default)]
        with: Option<String>,
        /// Only messages older than this one, by its id.
        #[serde(default)]
        before: Option<String>,
        /// At most so many; 50 without it.
        #[serde(default)]
        last: Option<usize>,
    },
    /// How long messages with somebody are there once they were read.
    Timer {
        /// Login.
        who: String,
        /// From now on; as it is without it.
        #[serde(default)]
        set: Option<TimerWish>,
    },
    /// Messages with somebody, oldest first, for whoever writes them into files. Marks nothing as read.
    Export {
        /// Login.
        who: String,
        /// Only messages after this one, by its id.
        #[serde(default)]
        after: Option<String>,
    },
    /// Another text in the place of one's own.
    Edit {
        /// Message id.
        message: String,
        /// UTF-8.
        text: String,
        /// Answer only when delivered, or after this long.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// Take one's own message back, for everybody.
    Delete {
        /// Message id.
        message: String,
        /// Answer only when delivered, or after this long.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// Say what one thinks of a message, in the place of what one thought before.
    React {
        /// Message id.
        message: String,
        /// An emoji or another short text; nothing takes the reaction back.
        emoji: Option<String>,
        /// Answer only when delivered, or after this long.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// Send a message on.
    Forward {
        /// Message id.
        message: String,
        /// Login.
        who: String,
        /// Answer only when delivered, or after this long.
        #[serde(default)]
        wait_ms: Option<u64>,
    },
    /// Whether authors are told that their messages were read.
    Receipts {
        /// What the person chooses; only says what is in force without it.
        #[serde(default)]
        choose: Option<Receipts>,
    },
}

impl Request {
    /// Whether the person, or a program in their place, does something: then the device is in use. What windows ask by themselves is
    /// none.
    pub const fn is_use(&self) -> bool {
        !matches!(
            self,
            Self::Whoami {}
                | Self::Status {}
                | Self::Outbox {}
                | Self::Conversations {}
                | Self::Page { .. }
                | Self::Seen { .. }
                | Self::Files {}
                | Self::Organization {}
                | Self::People { .. }
                | Self::Contacts {}
                | Self::Groups {}
                | Self::Group { .. }
                | Self::Watch {}
        )
    }
}

/// What the person decides about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Talk to them.
    Accept,
    /// Not now.
    Refuse,
    /// Never.
    Block,
}

/// Why a request failed; the code has words in every language (`error-CODE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}")]
pub struct Fault {
    /// Stable, lower-case, hyphens.
    pub code: String,
    /// A number or word for the text, if it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Fault {
    /// A fault by its code.
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), detail: None }
    }

    /// A fault whose words need a value.
    pub fn with(code: &str, detail: impl ToString) -> Self {
        Self { code: code.to_owned(), detail: Some(detail.to_string()) }
    }
}

/// An object, or an array of objects that the command line prints a line each.
pub type Answer = Result<Value, Fault>;

/// A request on its way to the engine.
#[derive(Debug)]
pub struct Call {
    /// What.
    pub request: Request,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Answer>,
}

/// The way to a running engine in this process.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    /// Requests.
    pub calls: mpsc::Sender<Call>,
    /// Events, as JSON objects.
    pub events: broadcast::Sender<Value>,
}

impl EngineHandle {
    /// Asks the engine.
    pub async fn ask(&self, request: Request) -> Answer {
        let (reply, answer) = oneshot::channel();
        let stopped = || Fault::new("engine-stopped");
        self.calls.send(Call { request, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

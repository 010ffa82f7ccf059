//! What happens to the window, and what it asks of the engine. Plain data.

use crossterm::event::KeyEvent;
use protocol::secret::Personal;
use protocol::time::Timestamp;
use serde_json::Value;

use super::super::super::asking;
use super::super::layout::Size;
use super::pointing::Pointed;
use crate::rpc::Answer;

/// What happens to the window.
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Pointed(Pointed),
    /// Text was pasted.
    Pasted(Personal<String>),
    /// The terminal has another size now.
    Resized(Size),
    /// Whether the person looks at this terminal, where terminals tell.
    Attention(Attention),
    /// The engine can be asked and its events come.
    Connected,
    /// It ended; another attempt follows.
    Disconnected,
    /// The engine's answer to an [`Ask`].
    Answered(Topic, Answer),
    /// An event of `watch`.
    News(Value),
    /// A second has passed.
    Tick(Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    Here,
    Elsewhere,
}

/// A request, and what its answer is about.
pub type Ask = asking::Ask<Topic>;

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    Whoami,
    Status,
    Outbox,
    Conversations,
    /// The newest messages with somebody.
    Newest(Personal<String>),
    /// Older ones than those that are here.
    Older(Personal<String>),
    Seen,
    /// A text; it goes back into the editor if it was not taken.
    Sent(Personal<String>, Personal<String>),
    Offered,
    Saved,
    /// A conversation is in a folder.
    Exported,
    Canceled,
    Decided,
    /// A reaction, a deletion, a message sent on.
    Acted,
    /// The safety number with somebody.
    Verification(Personal<String>),
    People(Personal<String>),
    /// Messages that these words find.
    Found(Personal<String>),
    /// A timer was set.
    Timed,
    /// What the organization's rules say.
    Rules,
    /// A group was changed, or whoever may was asked to.
    Grouped,
    /// A group was begun.
    GroupBegun,
    /// Our person has left a group.
    GroupLeft,
    /// How the person of the open conversation is called.
    Name(Personal<String>),
    Locked,
    Unlocked,
    Present,
}

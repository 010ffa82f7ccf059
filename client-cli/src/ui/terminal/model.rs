//! What the window shows and how it changes: pure. `handle(event)` takes keys, answers, events and the time, and returns what to ask
//! the engine next; drawing is `view`'s. It must never believe its own memory over the engine's: whatever is stale is asked again.

mod answers;
mod beginning;
mod choosing;
mod events;
mod exporting;
mod finding;
mod gone;
mod keys;
mod locking;
mod members;
mod news;
mod overlay;
mod parts;
mod pasting;
mod pointing;
mod reading;
mod rules;
mod timer;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use protocol::secret::Personal;
use protocol::time::Timestamp;

pub use self::choosing::REACTIONS;
pub use self::events::{Ask, Attention, Event, Topic};
pub use self::exporting::Export;
pub use self::finding::Finding;
pub use self::locking::{Left, LockScreen};
pub use self::members::{Naming, Roll};
pub use self::overlay::Whose;
pub use self::parts::{
    Connection, Focus, Link, LogReset, Open, Overlay, Places, Purpose, Remark, RemarkKind, Revocations, SafetyNumber,
    Search, Server, Told, Waiting, Writing, place,
};
use self::parts::{Opened, Refresh};
pub use self::pointing::{Gesture, LIST_ROWS_EACH, Pointed};
pub use self::timer::TIMERS_S;
pub use super::editor::Editor;
use super::layout::Size;
use super::rows::{Conversation, Person};
use super::text::Harmless;
use crate::rpc::Request;
use crate::words::Words;

/// How often the server, the links and what waits are asked for.
const STATUS_EVERY_MS: u64 = 2_000;
/// How long a remark stands.
const REMARK_MS: u64 = 8_000;
/// How long an alarm stands after a key was pressed in front of it.
const TOLD_MS: u64 = 60_000;

/// Everything that the window shows.
pub struct Model {
    pub words: Words,
    pub now: Timestamp,
    pub zone: TimeZone,
    pub size: Size,
    pub me: Option<Person>,
    pub server: Server,
    /// Why the server ended this device's access.
    pub ended: Option<String>,
    pub revocations: Revocations,
    pub known_ms: Option<u64>,
    /// As long as `status` says so.
    pub alarm: Option<String>,
    pub told: Option<Told>,
    pub log_reset: Option<LogReset>,
    pub connection: Connection,
    pub links: BTreeMap<Personal<String>, Link>,
    /// Reasons by message id.
    pub waiting: BTreeMap<String, Waiting>,
    pub conversations: Vec<Conversation>,
    /// Login under the list's cursor.
    pub selected: Option<Personal<String>>,
    pub open: Option<Open>,
    pub drafts: BTreeMap<Personal<String>, Editor>,
    pub focus: Focus,
    pub overlay: Option<Overlay>,
    pub remark: Option<Remark>,
    pub places: Places,
    /// Text that is to be put on the clipboard.
    copied: Option<Harmless>,
    export: Option<Export>,
    /// In place of everything else, while this device is locked.
    pub lock: Option<LockScreen>,
    attention: Attention,
    begin_with: Option<beginning::Beginning>,
    left: Option<Left>,
    /// When the engine is next told that somebody is here.
    present_at: Timestamp,
    status_at: Timestamp,
    status: Refresh,
    outbox: Refresh,
    list: Refresh,
    /// What was asked in vain, the newest of each kind; asked again with the next tick.
    again: Vec<Topic>,
}

impl Model {
    /// An empty window, before the engine said anything.
    pub fn new(words: Words, places: Places, zone: TimeZone, now: Timestamp, size: Size) -> Self {
        Self {
            words,
            now,
            zone,
            size,
            me: None,
            server: Server::Unknown,
            ended: None,
            revocations: Revocations::Known,
            known_ms: None,
            alarm: None,
            told: None,
            log_reset: None,
            connection: Connection::Starting,
            links: BTreeMap::new(),
            waiting: BTreeMap::new(),
            conversations: Vec::new(),
            selected: None,
            open: None,
            drafts: BTreeMap::new(),
            focus: Focus::List,
            overlay: None,
            remark: None,
            places,
            copied: None,
            export: None,
            lock: None,
            attention: Attention::Here,
            begin_with: None,
            left: None,
            present_at: now.plus_ms(locking::PRESENT_EVERY_MS),
            status_at: now,
            status: Refresh::Idle,
            outbox: Refresh::Idle,
            list: Refresh::Idle,
            again: Vec::new(),
        }
    }

    /// Whether the window ends, and how.
    pub const fn left(&self) -> Option<Left> {
        self.left
    }

    /// Text for the clipboard, once.
    pub const fn take_copied(&mut self) -> Option<Harmless> {
        self.copied.take()
    }

    /// Takes what happened; returns what to ask.
    pub fn handle(&mut self, event: Event) -> Vec<Ask> {
        let mut asks = Vec::new();
        match event {
            Event::Key(key) => {
                if let Some(told) = &mut self.told {
                    told.until.get_or_insert(self.now.plus_ms(TOLD_MS));
                }
                self.be_present(&mut asks);
                self.on_key(key, &mut asks);
            }
            Event::Pointed(pointed) => {
                self.be_present(&mut asks);
                self.on_pointed(pointed, &mut asks);
            }
            Event::Pasted(text) => self.on_paste(text.expose(), &mut asks),
            Event::Resized(size) => {
                self.size = size;
                self.keep_in_sight(&mut asks);
            }
            Event::Attention(attention) => self.attention = attention,
            Event::Connected => self.on_connected(&mut asks),
            Event::Disconnected => self.on_disconnected(),
            Event::Answered(topic, answer) => self.on_answer(topic, answer, &mut asks),
            Event::News(news) => self.on_news(&news, &mut asks),
            Event::Tick(now) => self.on_tick(now, &mut asks),
        }
        self.keep_reading(&mut asks);
        asks
    }

    fn on_connected(&mut self, asks: &mut Vec<Ask>) {
        self.connection = Connection::Up;
        self.show_anew(asks);
        // Everything else follows: without it nobody knows whose messages are ours.
        asks.push(Ask { topic: Topic::Whoami, request: Request::Whoami {} });
        self.want_status(asks);
    }

    fn on_disconnected(&mut self) {
        self.connection = Connection::Lost;
        self.server = Server::Unknown;
        self.links.clear();
        // What was asked will not be answered any more.
        (self.status, self.outbox, self.list) = (Refresh::Idle, Refresh::Idle, Refresh::Idle);
        if let Some(open) = &mut self.open {
            (open.newest, open.older) = (Refresh::Idle, Refresh::Idle);
        }
    }

    fn on_tick(&mut self, now: Timestamp, asks: &mut Vec<Ask>) {
        self.now = now;
        if self.remark.as_ref().is_some_and(|remark| remark.until <= now) {
            self.remark = None;
        }
        if self.told.as_ref().and_then(|told| told.until).is_some_and(|until| until <= now) {
            self.told = None;
        }
        if self.connection != Connection::Up {
            return;
        }
        for topic in std::mem::take(&mut self.again) {
            self.ask_again(topic, asks);
        }
        if self.status_at <= now {
            self.status_at = now.plus_ms(STATUS_EVERY_MS);
            self.want_status(asks);
        }
    }

    fn ask_again(&mut self, topic: Topic, asks: &mut Vec<Ask>) {
        match topic {
            Topic::Whoami => asks.push(Ask { topic, request: Request::Whoami {} }),
            Topic::Conversations => self.want_list(asks),
            Topic::Newest(_) => self.want_newest(asks),
            Topic::Name(who) if self.is_open(&who) => self.want_name(who, asks),
            Topic::People(_) => self.want_people(asks),
            Topic::Found(_) => self.want_hits(asks),
            Topic::Seen => {
                if let Some(open) = &mut self.open {
                    open.told_seen = None;
                }
            }
            // The person decides whether to try these once more, or somebody asks for them all the time.
            Topic::Name(_)
            | Topic::Status
            | Topic::Outbox
            | Topic::Older(_)
            | Topic::Sent(..)
            | Topic::Offered
            | Topic::Saved
            | Topic::Exported
            | Topic::Canceled
            | Topic::Decided
            | Topic::Acted
            | Topic::Rules
            | Topic::Grouped
            | Topic::GroupBegun
            | Topic::GroupLeft
            | Topic::Timed
            | Topic::Verification(_)
            | Topic::Locked
            | Topic::Unlocked
            | Topic::Present => {}
        }
    }

    fn want_status(&mut self, asks: &mut Vec<Ask>) {
        if self.status.wanted() {
            asks.push(Ask { topic: Topic::Status, request: Request::Status {} });
        }
        self.want_outbox(asks);
    }

    fn want_outbox(&mut self, asks: &mut Vec<Ask>) {
        if self.outbox.wanted() {
            asks.push(Ask { topic: Topic::Outbox, request: Request::Outbox {} });
        }
    }

    fn want_list(&mut self, asks: &mut Vec<Ask>) {
        if self.list.wanted() {
            asks.push(Ask { topic: Topic::Conversations, request: Request::Conversations {} });
        }
    }

    fn remark(&mut self, kind: RemarkKind, text: String) {
        self.remark = Some(Remark { text, kind, until: self.now.plus_ms(REMARK_MS) });
    }

    /// The row of the list about the open conversation.
    pub fn open_row(&self) -> Option<&Conversation> {
        let open = self.open.as_ref()?;
        self.conversations.iter().find(|row| row.login == open.who)
    }

    /// How the person of the open conversation is called.
    pub fn open_name(&self) -> Harmless {
        let name = self.open_row().map(|row| row.name.clone());
        let open = self.open.as_ref();
        let name = name.or_else(|| open.and_then(|open| open.name.clone()));
        name.or_else(|| open.map(|open| Harmless::of_line(open.who.expose()))).unwrap_or_default()
    }

    /// How somebody is called whom this login names.
    pub fn name_of(&self, who: &Personal<String>) -> Harmless {
        if self.open.as_ref().is_some_and(|open| open.who == *who) {
            return self.open_name();
        }
        let row = self.conversations.iter().find(|row| row.login == *who);
        row.map_or_else(|| Harmless::of_line(who.expose()), |row| row.name.clone())
    }

    /// How the author of a message is called.
    pub fn author_name(&self, login: &Personal<String>) -> Harmless {
        match &self.me {
            Some(me) if me.login == *login => Harmless::of_line(&self.words.say("chat-you")),
            Some(_) | None => self.name_of(login),
        }
    }

    /// What is being written in the open conversation.
    pub fn draft(&self) -> Editor {
        let open = self.open.as_ref();
        open.and_then(|open| self.drafts.get(&open.who)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

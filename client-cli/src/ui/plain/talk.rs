//! What a chat in plain lines knows and says: pure. `handle(event)` takes what was typed, answers, events and the time, and returns what
//! to ask; lines to print gather meanwhile. It must never count a message as read before the person typed something after it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use super::super::asking;
use super::super::terminal::rows::{Conversation, File, Message, Person, Relation};
use super::super::terminal::text::Harmless;
use super::super::terminal::{Left, Places};
use super::Prompt;
use super::commands::{Command, Line};
use crate::rpc::{Phrase, Request};
use crate::words::Words;

/// Longest text that is put together of lines, in bytes: one message.
const TEXT_BYTES_MAX: usize = protocol::limits::MESSAGE_TEXT_BYTES_MAX;
/// Ids of what was said that are remembered.
const SAID_MAX: usize = 10_000;
/// Lines of a beginning.
const TIPS: [&str; 2] = ["plain-begin", "plain-begin-help"];

/// What happens.
pub enum Event {
    Typed(Personal<String>),
    /// The passphrase.
    Secret(Secret<String>),
    Happened(asking::Happened<Topic>),
    Tick(Timestamp),
}

/// A request, and what its answer is about.
pub type Ask = asking::Ask<Topic>;

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    Whoami,
    /// The list, to be known.
    Known,
    /// The list, to be said.
    List,
    /// The newest messages with somebody: they are spoken with from now on.
    Opened(Personal<String>),
    Older(Personal<String>),
    /// Whom words mean: if one, they are spoken with.
    Who(String),
    People,
    Found,
    /// The text goes out.
    Sent(Personal<String>),
    Files,
    Saved,
    Offered,
    Number(Personal<String>),
    Confirmed,
    Members,
    GroupBegun,
    Grouped,
    Timer,
    Rules,
    Status,
    Unlocked,
    /// Nothing is said of it unless it failed.
    Done,
    /// Nothing is said of it at all.
    Quiet,
}

/// Something that is done when the person says yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending(pub Ask);

/// The conversation that is open.
pub struct Open {
    pub who: Personal<String>,
    pub name: Harmless,
    /// Ids of the oldest message that was said, and of the newest of theirs and of ours.
    pub oldest: Option<String>,
    pub theirs: Option<String>,
    pub ours: Option<String>,
    /// Id of the newest message that was said and not yet told to be seen.
    pub unseen: Option<String>,
    /// Ids of what was said here.
    pub said: BTreeSet<String>,
    /// The day that was said last.
    pub day: Option<String>,
}

pub struct Talk {
    pub(super) words: Words,
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
    pub(super) places: Places,
    pub(super) me: Option<Personal<String>>,
    pub(super) has_begun: bool,
    pub(super) is_locked: bool,
    pub(super) is_connected: bool,
    pub(super) begin_with: Option<String>,
    pub(super) open: Option<Open>,
    pub(super) conversations: Vec<Conversation>,
    /// What numbers mean since the last list: logins, or ids of groups.
    pub(super) listed: Vec<Personal<String>>,
    pub(super) files: Vec<File>,
    /// The safety number that was said, and whose it is.
    pub(super) number: Option<(Personal<String>, String)>,
    pub(super) pending: Option<Pending>,
    /// Lines that ended in a backslash.
    unfinished: String,
    lines: Vec<String>,
    pub(super) left: Option<Left>,
}

impl Talk {
    pub fn new(words: Words, places: Places, zone: TimeZone, now: Timestamp, who: Option<String>) -> Self {
        Self {
            words,
            zone,
            now,
            places,
            me: None,
            has_begun: false,
            is_locked: false,
            is_connected: false,
            begin_with: who,
            open: None,
            conversations: Vec::new(),
            listed: Vec::new(),
            files: Vec::new(),
            number: None,
            pending: None,
            unfinished: String::new(),
            lines: Vec::new(),
            left: None,
        }
    }

    /// Whether the chat ends, and how.
    pub const fn left(&self) -> Option<Left> {
        self.left
    }

    /// Lines to print, once.
    pub fn take_lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// What is read next; nothing before it is known whether the device is locked.
    pub fn prompt(&self) -> Option<Prompt> {
        match (self.is_locked, self.has_begun) {
            (true, _) => Some(Prompt::Secret(self.words.say("ask-passphrase"))),
            (false, true) => Some(Prompt::Line),
            (false, false) => None,
        }
    }

    /// Takes what happened; returns what to ask.
    pub fn handle(&mut self, event: Event) -> Vec<Ask> {
        let mut asks = Vec::new();
        match event {
            Event::Typed(line) => self.on_typed(line.expose(), &mut asks),
            Event::Secret(passphrase) => {
                let passphrase = Phrase(passphrase);
                asks.push(Ask { topic: Topic::Unlocked, request: Request::Unlock { passphrase } });
                // The next one is asked for once the answer is here.
                (self.is_locked, self.has_begun) = (false, false);
            }
            Event::Happened(asking::Happened::Connected) => {
                self.is_connected = true;
                asks.push(Ask { topic: Topic::Whoami, request: Request::Whoami {} });
            }
            Event::Happened(asking::Happened::Disconnected) => {
                if std::mem::take(&mut self.is_connected) {
                    self.say_key("chat-agent-lost");
                }
                self.has_begun = true;
            }
            Event::Happened(asking::Happened::Answered(topic, answer)) => self.on_answer(topic, answer, &mut asks),
            Event::Happened(asking::Happened::News(news)) => self.on_news(&news, &mut asks),
            Event::Tick(now) => self.now = now,
        }
        asks
    }

    fn on_typed(&mut self, line: &str, asks: &mut Vec<Ask>) {
        asks.push(Ask { topic: Topic::Quiet, request: Request::Present {} });
        self.tell_seen(asks);
        if let Some(part) = line.strip_suffix('\\') {
            if self.unfinished.len() + part.len() < TEXT_BYTES_MAX {
                self.unfinished.push_str(part);
                self.unfinished.push('\n');
            }
            return;
        }
        let whole = format!("{}{line}", std::mem::take(&mut self.unfinished));
        let words = self.words.clone();
        match Line::of(&whole, &words) {
            Line::Nothing => {}
            Line::Text(text) => self.send(text, asks),
            Line::Command(command, rest) => self.on_command(command, rest, asks),
            Line::Unknown(word) => {
                let word = Harmless::of_line(word);
                let help = Command::Help.word(&words);
                let values = [("word", word.expose().into()), ("help", help.into())];
                let text = words.say_with("plain-unknown", &values);
                self.say(text);
            }
        }
    }

    /// Whoever types has heard what was said before.
    pub(super) fn tell_seen(&mut self, asks: &mut Vec<Ask>) {
        let Some(open) = &mut self.open else { return };
        if let Some(up_to) = open.unseen.take() {
            let request = Request::Seen { who: open.who.expose().clone(), up_to };
            asks.push(Ask { topic: Topic::Quiet, request });
        }
    }

    pub(super) fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    pub(super) fn say_key(&mut self, key: &str) {
        let text = self.words.say(key);
        self.say(text);
    }

    /// Where one begins.
    pub(super) fn say_tips(&mut self) {
        for key in TIPS {
            self.say_key(key);
        }
    }

    pub(super) fn my_login(&self) -> String {
        self.me.as_ref().map(|me| me.expose().clone()).unwrap_or_default()
    }

    pub(super) fn is_me(&self, login: &Personal<String>) -> bool {
        self.me.as_ref() == Some(login)
    }

    pub(super) fn row(&self, login: &Personal<String>) -> Option<&Conversation> {
        self.conversations.iter().find(|row| row.login == *login)
    }

    /// How somebody, or a group, is called.
    pub(super) fn name_of(&self, login: &Personal<String>) -> Harmless {
        if self.is_me(login) {
            return Harmless::of_line(&self.words.say("chat-you"));
        }
        if let Some(row) = self.row(login) {
            return row.name.clone();
        }
        let open = self.open.as_ref().filter(|open| open.who == *login);
        open.map_or_else(|| Harmless::of_line(login.expose()), |open| open.name.clone())
    }

    pub(super) fn relation(&self, row: &Conversation) -> Option<String> {
        Some(self.words.say(match row.relation {
            Relation::Asks => "plain-asks",
            Relation::Revoked => "chat-left",
            Relation::Blocked => "chat-badge-blocked",
            Relation::Refused => "chat-badge-refused",
            Relation::Unknown | Relation::Asked | Relation::Accepted => return None,
        }))
    }

    /// A page of the open conversation is said, and what is last in it is remembered.
    pub(super) fn say_page(&mut self, page: &[Message]) {
        for message in page {
            self.say_message(message);
            self.remember(message);
        }
    }

    pub(super) fn remember(&mut self, message: &Message) {
        let Some(open) = &mut self.open else { return };
        if open.said.len() < SAID_MAX {
            open.said.insert(message.id.clone());
        }
        if message.is_ours() {
            open.ours = Some(message.id.clone());
        } else {
            open.theirs = Some(message.id.clone());
            open.unseen = Some(message.id.clone());
        }
    }

    /// People with their numbers.
    pub(super) fn say_people(&mut self, people: &[Person]) {
        self.listed = people.iter().map(|person| person.login.clone()).collect();
        for (number, person) in (1..).zip(people) {
            let login = Harmless::of_line(person.login.expose());
            let number: u64 = number;
            self.say(format!("{number}. {}, {}", person.name.expose(), login.expose()));
        }
    }
}

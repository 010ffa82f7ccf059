//! What a chat in plain lines knows and says: pure. `handle(event)` takes what was typed, answers, events and the time, and returns what
//! to ask; lines to print gather meanwhile. It must never count a message as read before the person typed something after it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use super::super::asking;
use super::super::terminal::rows::{Conversation, File, Message, Relation};
use super::super::terminal::text::Harmless;
use super::super::terminal::{Left, Places};
use super::commands::{Command, Line};
use super::said::shortened;
use super::{LineEnd, Prompt};
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
    /// A line was too long to be taken.
    TooLong(LineEnd),
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
    /// The text goes out: the how manieth that was asked for here, and how it begins.
    Sent {
        who: Personal<String>,
        nth: u64,
        beginning: Harmless,
    },
    /// A message of ours says this from now on, or is gone.
    Changed {
        message: String,
        beginning: Option<Harmless>,
    },
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

/// A message that was said, and that a command may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub id: String,
    /// Whose it is.
    pub author: Harmless,
    pub beginning: Harmless,
}

/// Lines that ended in a backslash.
enum Unfinished {
    Text(String),
    /// More than one message holds: it is dropped up to its last line.
    TooLong,
}

/// The conversation that is open.
pub struct Open {
    pub who: Personal<String>,
    pub name: Harmless,
    /// Id of the oldest message that was said.
    pub oldest: Option<String>,
    /// The newest of theirs that was said.
    pub theirs: Option<Target>,
    /// The newest of ours; none while one goes out, until it is known which it is.
    pub ours: Option<Target>,
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
    /// Whether a conversation is being opened: until then none is, and no line is read.
    pub(super) is_opening: bool,
    /// Whether something is being read: no other prompt can start.
    is_reading: bool,
    /// Texts that were asked to be sent.
    pub(super) sends: u64,
    pub(super) conversations: Vec<Conversation>,
    /// What numbers mean since the last list: logins, or ids of groups.
    pub(super) listed: Vec<Personal<String>>,
    pub(super) files: Vec<File>,
    /// The safety number that was said, and whose it is.
    pub(super) number: Option<(Personal<String>, String)>,
    pub(super) pending: Option<Pending>,
    unfinished: Unfinished,
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
            // So that it is said when there is nobody from the beginning.
            is_connected: true,
            begin_with: who.filter(|who| !who.trim().is_empty()),
            open: None,
            is_opening: false,
            is_reading: false,
            sends: 0,
            conversations: Vec::new(),
            listed: Vec::new(),
            files: Vec::new(),
            number: None,
            pending: None,
            unfinished: Unfinished::Text(String::new()),
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

    /// What to read now, once: nothing more until it was typed. Nothing before it is known whether the device is locked, so that no
    /// passphrase is read with an echo; and nothing while a conversation is being opened: what is typed ahead waits in the terminal.
    pub fn prompt(&mut self) -> Option<Prompt> {
        if self.is_reading {
            return None;
        }
        let prompt = match (self.is_locked, self.has_begun && !self.is_opening) {
            (true, _) => {
                let question = format!("{} {}", self.words.say("plain-locked"), self.words.say("ask-passphrase"));
                Some(Prompt::Secret(question))
            }
            (false, true) => Some(Prompt::Line),
            (false, false) => None,
        };
        self.is_reading = prompt.is_some();
        prompt
    }

    /// The device is locked, and nothing was shown here. The prompt says so, unless a line is still being read.
    pub(super) fn on_locked(&mut self) {
        if !self.is_locked && self.is_reading {
            self.say_key("plain-locked-enter");
        }
        self.is_locked = true;
    }

    /// Takes what happened; returns what to ask.
    pub fn handle(&mut self, event: Event) -> Vec<Ask> {
        let mut asks = Vec::new();
        match event {
            Event::Typed(line) => {
                self.is_reading = false;
                self.on_typed(line.expose(), &mut asks);
            }
            Event::TooLong(end) => {
                self.is_reading = false;
                self.refuse_too_long(end);
            }
            Event::Secret(passphrase) => {
                self.is_reading = false;
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
            }
            Event::Happened(asking::Happened::Answered(topic, answer)) => self.on_answer(topic, answer, &mut asks),
            Event::Happened(asking::Happened::News(news)) => self.on_news(&news, &mut asks),
            Event::Tick(now) => self.now = now,
        }
        asks
    }

    fn on_typed(&mut self, line: &str, asks: &mut Vec<Ask>) {
        if self.is_locked {
            // It may be a part of the passphrase.
            return;
        }
        if self.is_opening {
            return self.say_not_sent(line);
        }
        asks.push(Ask { topic: Topic::Quiet, request: Request::Present {} });
        self.tell_seen(asks);
        let (line, end) = line.strip_suffix('\\').map_or((line, LineEnd::Whole), |part| (part, LineEnd::GoesOn));
        let before = std::mem::replace(&mut self.unfinished, Unfinished::Text(String::new()));
        let whole = match before {
            Unfinished::Text(before) if before.len() + line.len() < TEXT_BYTES_MAX => format!("{before}{line}"),
            Unfinished::Text(_) => return self.refuse_too_long(end),
            Unfinished::TooLong => {
                if end == LineEnd::GoesOn {
                    self.unfinished = Unfinished::TooLong;
                }
                return;
            }
        };
        if end == LineEnd::GoesOn {
            self.unfinished = Unfinished::Text(format!("{whole}\n"));
            return;
        }
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

    /// None of it is sent, nor what belongs to it and is typed after.
    fn refuse_too_long(&mut self, end: LineEnd) {
        self.unfinished = match end {
            LineEnd::Whole => Unfinished::Text(String::new()),
            LineEnd::GoesOn => Unfinished::TooLong,
        };
        self.pending = None;
        self.say_key("plain-too-long");
    }

    /// Nothing is open: this goes to nobody.
    pub(super) fn say_not_sent(&mut self, text: &str) {
        let text = shortened(Harmless::of_line(text).expose());
        let to = Command::To.word(&self.words);
        let text = self.words.say_with("plain-not-sent", &[("text", text.into()), ("to", to.into())]);
        self.say(text);
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
        let beginning = Harmless::of_line(&self.beginning_of(message));
        let author = Harmless::of_line(&self.author(message));
        let target = Target { id: message.id.clone(), author, beginning };
        let Some(open) = &mut self.open else { return };
        if open.said.len() < SAID_MAX {
            open.said.insert(message.id.clone());
        }
        if message.is_ours() {
            open.ours = Some(target);
        } else {
            open.theirs = Some(target);
            open.unseen = Some(message.id.clone());
        }
    }
}

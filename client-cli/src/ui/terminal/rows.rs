//! The engine's answers and events (docs/cli.md) as the types of this window. Everything that is drawn is [`Harmless`] from here on;
//! logins and ids are kept as they are, for requests only. An answer of another version must never do more than leave a field empty.

mod groups;
mod marks;

use protocol::secret::Personal;
use serde_json::Value;

pub use self::groups::{Group, Member, Rank};
pub use self::marks::{Mention, Quote, Reaction};
use super::text::Harmless;

/// How far an acquaintance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Unknown,
    /// We asked.
    Asked,
    /// They ask.
    Asks,
    Accepted,
    Refused,
    Blocked,
    Revoked,
}

impl Relation {
    fn of(word: &str) -> Self {
        match word {
            "asked" => Self::Asked,
            "asks" => Self::Asks,
            "accepted" => Self::Accepted,
            "refused" => Self::Refused,
            "blocked" => Self::Blocked,
            "revoked" => Self::Revoked,
            _ => Self::Unknown,
        }
    }
}

/// Whether the safety number was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    Verified,
    Unverified,
    /// It was another one before, and the new one was not compared.
    Changed,
}

impl Verification {
    pub fn of(row: &Value) -> Self {
        match (row["verified"] == true, row["identity_resets"].as_u64().unwrap_or_default()) {
            (true, _) => Self::Verified,
            (false, 0) => Self::Unverified,
            (false, _) => Self::Changed,
        }
    }
}

/// Whether the organization reset this person's identity, or gave somebody else's login to them, and nobody here has said to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    Same,
    /// There is no device with a new one yet.
    Ended,
    Replaced,
    /// It is another person than the one who had this login before.
    Reassigned,
}

impl Identity {
    fn of(row: &Value) -> Self {
        match text(&row["identity_reset"], "state") {
            "ended" => Self::Ended,
            "replaced" => Self::Replaced,
            "reassigned" => Self::Reassigned,
            _ => Self::Same,
        }
    }
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub login: Personal<String>,
    pub name: Harmless,
    pub relation: Relation,
    pub verification: Verification,
    pub identity: Identity,
    /// Of the identity with which nobody here has said to go on.
    pub new_number: Option<String>,
    pub unread: u64,
    /// Of those, how many mention this person.
    pub mentions: u64,
    /// How long messages are there once they were read.
    pub timer_s: Option<u64>,
    pub last: Option<Message>,
    /// Who is in it and who may do what, if it is a group.
    pub group: Option<Group>,
}

/// Where a message of ours is, or that it is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Theirs,
    Queued,
    Sent,
    Delivered,
    Read,
    /// With the stable word for why.
    Refused(String),
}

/// A message in the open conversation.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub state: State,
    pub sent_ms: u64,
    /// By which login.
    pub author: Harmless,
    pub said: Said,
    /// What it answers.
    pub reply: Option<Quote>,
    pub is_edited: bool,
    pub is_forwarded: bool,
    /// Whether it may be neither copied nor sent on.
    pub is_closed: bool,
    pub reactions: Vec<Reaction>,
    pub mentions: Vec<Mention>,
    /// As it was written, to be edited.
    pub raw: Personal<String>,
}

/// What a message says.
#[derive(Debug, Clone)]
pub enum Said {
    Text(Harmless),
    File(File),
    Deleted,
    /// A newer version can read it.
    Unreadable,
    /// Of what is answered: it is not on this device.
    Missing,
    /// So many seconds from their reading messages are gone; none of them without a number.
    Timer(Option<u64>),
    /// What changed in the group, as the engine said it: the row's words are made where they are drawn.
    Change(Value),
}

impl Said {
    pub fn of(row: &Value) -> Self {
        match &row["file"] {
            _ if row["deleted"] == true => Self::Deleted,
            _ if row["unreadable"] == true => Self::Unreadable,
            _ if row["missing"] == true => Self::Missing,
            file @ Value::Object(_) => Self::File(File::of(file)),
            _ if row["group"].is_object() => Self::Change(row.clone()),
            // Of what is answered there is the name alone.
            _ if row["timer"].is_object() => Self::Timer(row["timer"]["seconds"].as_u64()),
            Value::String(name) => Self::Text(Harmless::of_line(name)),
            _ => Self::Text(Harmless::of(text(row, "text"))),
        }
    }
}

/// A file of a message.
#[derive(Debug, Clone)]
pub struct File {
    pub id: String,
    pub name: Harmless,
    pub bytes: u64,
    /// The stable word of docs/cli.md.
    pub state: String,
    pub verified_bytes: u64,
    pub path: Option<Harmless>,
    /// Whether its sender says that it is to be heard.
    pub is_sound: bool,
}

/// A message that a search found.
#[derive(Debug, Clone)]
pub struct Hit {
    pub id: String,
    /// With whom the conversation is, if that is known.
    pub with: Option<Personal<String>>,
    pub state: State,
    pub sent_ms: u64,
    pub line: Harmless,
}

impl Hit {
    pub fn of(row: &Value, me: &str) -> Self {
        let message = Message::of(row, me);
        Self {
            id: message.id,
            with: row["with"].as_str().map(Personal::from),
            state: message.state,
            sent_ms: message.sent_ms,
            line: Harmless::of_line(text(row, "line")),
        }
    }
}

/// Somebody of the directory.
#[derive(Debug, Clone)]
pub struct Person {
    pub login: Personal<String>,
    pub name: Harmless,
}

/// By the organization for everybody, by its author for everybody else.
fn is_closed(row: &Value, me: &str) -> bool {
    match text(row, "forwarding") {
        "closed" => true,
        "forbidden" => text(row, "from") != me,
        _ => false,
    }
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}

/// The rows of an answer.
pub fn rows(answer: &Value) -> &[Value] {
    answer.as_array().map_or(&[], Vec::as_slice)
}

impl Conversation {
    pub fn of(row: &Value, me: &str) -> Self {
        let login = text(row, "login");
        let name = match text(row, "name") {
            "" => login,
            name => name,
        };
        Self {
            login: login.into(),
            name: Harmless::of_line(name),
            relation: Relation::of(text(row, "relation")),
            verification: Verification::of(row),
            identity: Identity::of(row),
            new_number: row["identity_reset"]["safety_number"].as_str().map(str::to_owned),
            unread: row["unread"].as_u64().unwrap_or_default(),
            mentions: row["mentions"].as_u64().unwrap_or_default(),
            timer_s: row["timer_s"].as_u64(),
            group: row["group"].is_object().then(|| Group::of(&row["group"])),
            last: row.get("last").filter(|last| last.is_object()).map(|last| Message::of(last, me)),
        }
    }
}

impl State {
    pub fn of(row: &Value) -> Self {
        match text(row, "state") {
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "refused" => Self::Refused(text(row, "reason").to_owned()),
            _ => Self::Queued,
        }
    }
}

impl Message {
    pub fn of(row: &Value, me: &str) -> Self {
        let reply = row["reply"].is_object().then(|| Quote::of(&row["reply"]));
        Self {
            id: text(row, "message_id").to_owned(),
            state: if text(row, "from") == me { State::of(row) } else { State::Theirs },
            sent_ms: row["sent_ms"].as_u64().unwrap_or_default(),
            author: Harmless::of_line(text(row, "from")),
            said: Said::of(row),
            reply,
            is_edited: row["edited_ms"].is_u64(),
            is_forwarded: row["forwarded"] == true,
            is_closed: is_closed(row, me),
            reactions: rows(&row["reactions"]).iter().map(Reaction::of).collect(),
            mentions: rows(&row["mentions"]).iter().map(Mention::of).collect(),
            raw: text(row, "text").into(),
        }
    }

    pub fn is_ours(&self) -> bool {
        self.state != State::Theirs
    }

    /// The file with this id, if it is this message's.
    pub fn file_mut(&mut self, id: &str) -> Option<&mut File> {
        match &mut self.said {
            Said::File(file) if file.id == id => Some(file),
            Said::File(_)
            | Said::Text(_)
            | Said::Deleted
            | Said::Unreadable
            | Said::Missing
            | Said::Timer(_)
            | Said::Change(_) => None,
        }
    }

    pub fn file(&self) -> Option<&File> {
        match &self.said {
            Said::File(file) => Some(file),
            Said::Text(_) | Said::Deleted | Said::Unreadable | Said::Missing | Said::Timer(_) | Said::Change(_) => None,
        }
    }

    /// Takes over what was done to it; what is missing is asked for with the next page.
    pub fn take_act(&mut self, event: &Value) {
        match text(event, "event") {
            "deleted" => {
                (self.said, self.reply, self.raw) = (Said::Deleted, None, Personal::default());
                (self.reactions, self.mentions, self.is_edited) = (Vec::new(), Vec::new(), false);
            }
            "edited" => {
                self.said = Said::of(event);
                self.mentions = rows(&event["mentions"]).iter().map(Mention::of).collect();
                self.raw = text(event, "text").into();
                self.is_edited |= event["edited_ms"].is_u64();
            }
            "reaction" => {
                let from = text(event, "from");
                self.reactions.retain(|reaction| reaction.from.expose() != from);
                if event["emoji"].is_string() {
                    self.reactions.push(Reaction::of(event));
                }
            }
            _ => {}
        }
    }
}

impl File {
    pub fn of(row: &Value) -> Self {
        let mut file = Self {
            id: text(row, "file_id").to_owned(),
            name: Harmless::of_line(text(row, "name")),
            bytes: row["bytes"].as_u64().unwrap_or_default(),
            state: String::new(),
            verified_bytes: 0,
            path: None,
            is_sound: text(row, "media_type").starts_with("audio/"),
        };
        file.update(row);
        file
    }

    /// Takes over what an event says about it.
    pub fn update(&mut self, event: &Value) {
        text(event, "state").clone_into(&mut self.state);
        if let Some(bytes) = event["verified_bytes"].as_u64() {
            self.verified_bytes = bytes;
        }
        if let Some(path) = event["path"].as_str() {
            self.path = Some(Harmless::of_line(path));
        }
    }

    /// Whether the person could fetch it now.
    pub fn is_offered(&self) -> bool {
        matches!(self.state.as_str(), "offered" | "received" | "canceled" | "failed" | "refused")
    }

    /// Whether it is on its way.
    pub fn is_moving(&self) -> bool {
        matches!(self.state.as_str(), "receiving" | "paused")
    }
}

impl Person {
    /// The name, or the login of who has shown none.
    fn called(self) -> Harmless {
        if self.name.expose().is_empty() { Harmless::of_line(self.login.expose()) } else { self.name }
    }

    pub fn of(row: &Value) -> Self {
        Self { login: text(row, "login").into(), name: Harmless::of_line(text(row, "name")) }
    }
}

#[cfg(test)]
mod tests;

//! Messages, people and files as lines that are heard one after the other: who, when, what, and where it is. Whatever somebody wrote is
//! `Harmless`, and its further lines are set in, so that none can pass for a line of this program.

use protocol::secret::Personal;

use super::super::terminal::calendar::Moment;
use super::super::terminal::rows::{Conversation, File, Message, Person, Quote, Said, State, Verification};
use super::super::terminal::text::Harmless;
use super::super::terminal::wording::size_words;
use super::talk::Talk;

/// Before further lines of a message.
const INDENT: &str = "    ";
/// Characters of a message where only its beginning is said.
const SHORT_CHARS_MAX: usize = 60;

impl Talk {
    /// A message, with the day before it if that is another one than before.
    pub(super) fn say_message(&mut self, message: &Message) {
        let moment = Moment::of(message.sent_ms, &self.zone);
        let day = moment.day(&self.words);
        if let Some(open) = &mut self.open
            && open.day.as_ref() != Some(&day)
        {
            open.day = Some(day.clone());
            self.say(day);
        }
        if let Said::Change(change) = &message.said {
            let text = self.words.group_change(change, &change["group"]).unwrap_or_default();
            return self.say(Harmless::of_line(&text).expose().to_owned());
        }
        let who = if message.is_ours() { self.words.say("chat-you") } else { self.author(message) };
        let mut said = Vec::new();
        if let Some(quote) = &message.reply {
            said.push(self.quoted(quote));
        }
        if message.is_forwarded {
            said.push(self.words.say("said-forwarded"));
        }
        said.push(self.said(&message.said).replace('\n', &format!("\n{INDENT}")));
        let said = said.join(" ");
        let time = moment.time();
        let values = [("who", who.into()), ("time", time.into()), ("text", said.into())];
        let line = self.words.say_with("plain-said", &values);
        let after = self.afterwards(message);
        self.say(if after.is_empty() { line } else { format!("{line} ({after})") });
    }

    pub(super) fn author(&self, message: &Message) -> String {
        let login = message.author.expose();
        self.name_of(&login.into()).expose().to_owned()
    }

    /// Why something failed. What the details are from may have written them.
    pub(super) fn fault(&self, code: &str, detail: Option<&str>) -> String {
        Harmless::of_line(&self.words.fault(code, detail)).expose().to_owned()
    }

    /// What was done to it, and where it is.
    fn afterwards(&self, message: &Message) -> String {
        let edited = message.is_edited.then(|| self.words.say("said-edited"));
        let reactions = message
            .reactions
            .iter()
            .map(|reaction| format!("{} {}", reaction.emoji.expose(), self.name_of(&reaction.from).expose()));
        let state = match &message.state {
            State::Theirs => None,
            State::Queued => Some(self.words.say("state-queued")),
            State::Sent => Some(self.words.say("state-sent")),
            State::Delivered => Some(self.words.say("state-delivered")),
            State::Read => Some(self.words.say("state-read")),
            State::Refused(reason) => {
                Some(format!("{}: {}", self.words.say("state-refused"), self.fault(reason, None)))
            }
        };
        edited.into_iter().chain(reactions).chain(state).collect::<Vec<_>>().join(", ")
    }

    fn quoted(&self, quote: &Quote) -> String {
        let who = quote.from.as_ref().map(|from| self.name_of(from).expose().to_owned()).unwrap_or_default();
        let values = [("who", who.into()), ("text", shortened(&self.said(&quote.said)).into())];
        self.words.say_with("plain-answers", &values)
    }

    /// What a message says.
    pub(super) fn said(&self, said: &Said) -> String {
        match said {
            Said::Text(text) => text.expose().to_owned(),
            Said::File(file) => self.file(file),
            Said::Deleted => self.words.say("said-deleted"),
            Said::Unreadable => self.words.say("said-unreadable"),
            Said::Missing => self.words.say("said-missing"),
            Said::Timer(seconds) => self.words.timer_set(&serde_json::json!({"seconds": seconds})),
            Said::Change(change) => {
                let text = self.words.group_change(change, &change["group"]).unwrap_or_default();
                Harmless::of_line(&text).expose().to_owned()
            }
        }
    }

    /// A file, its size and where it is.
    pub(super) fn file(&self, file: &File) -> String {
        let size = size_words(&self.words, file.bytes);
        let name = file.name.expose().to_owned();
        let title = self.words.say_with("chat-file", &[("name", name.into()), ("size", size.into())]);
        let state = match &file.path {
            Some(path) if file.state == "saved" => {
                Some(self.words.say_with("chat-saved", &[("path", path.expose().into())]))
            }
            _ => self.words.try_say(&format!("file-{}", file.state)),
        };
        match state {
            Some(state) => format!("{title}, {state}"),
            None => title,
        }
    }

    /// A row of the list.
    pub(super) fn conversation(&self, row: &Conversation) -> String {
        let login = Harmless::of_line(row.login.expose());
        let mut parts = vec![row.name.expose().to_owned()];
        match &row.group {
            Some(group) => {
                let count = (group.members.len() as u64).into();
                parts.push(self.words.say_with("group-members", &[("count", count)]));
            }
            None if login != row.name => parts.push(login.expose().to_owned()),
            None => {}
        }
        let values = |count: u64| [("count", count.into())];
        if row.unread > 0 {
            parts.push(self.words.say_with("unread-count", &values(row.unread)));
        }
        if row.mentions > 0 {
            parts.push(self.words.say_with("mentions-count", &values(row.mentions)));
        }
        match row.verification {
            Verification::Verified => parts.push(self.words.say("plain-verified")),
            Verification::Changed => parts.push(self.words.say("plain-changed")),
            Verification::Unverified => {}
        }
        if let Some(relation) = self.relation(row) {
            parts.push(relation);
        }
        parts.join(", ")
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

    /// Several who are called alike.
    pub(super) fn say_known(&mut self, known: &[Personal<String>]) {
        let rows = known.iter().filter_map(|who| self.row(who));
        let lines: Vec<String> =
            (1..).zip(rows).map(|(number, row): (u64, _)| format!("{number}. {}", self.conversation(row))).collect();
        self.listed = known.to_vec();
        lines.into_iter().for_each(|line| self.say(line));
    }

    /// Says a safety number; returns what was said.
    pub(super) fn say_digits(&mut self, who: &Personal<String>, number: &str) -> String {
        let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == ' ').collect();
        let name = self.name_of(who).expose().to_owned();
        let title = self.words.say_with("chat-verify-title", &[("who", name.into())]);
        self.say(title);
        let groups: Vec<&str> = digits.split_whitespace().collect();
        for line in groups.chunks(4) {
            self.say(line.join(" "));
        }
        digits
    }
}

/// Its beginning, on one line.
pub fn shortened(text: &str) -> String {
    let line = text.replace('\n', " ");
    let short: String = line.chars().take(SHORT_CHARS_MAX).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}

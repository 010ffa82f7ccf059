//! Choosing a message, and what can be done with it: answer, edit, react, delete, send on, copy. What cannot be done is not offered, and
//! the engine has the last word.

use crossterm::event::{KeyCode, KeyEvent};
use protocol::secret::Personal;

use super::super::editor::Editor;
use super::super::rows::{Message, Said};
use super::super::text::{Harmless, fitted};
use super::keys::edit;
use super::{Ask, Focus, Model, Overlay, Purpose, RemarkKind, Topic, Writing};
use crate::rpc::Request;

/// Reactions that one key says.
pub const REACTIONS: [&str; 8] = ["👍", "👎", "❤", "😂", "😮", "😢", "🙏", "✅"];
/// Columns of what is answered, above the text.
const QUOTE_COLUMNS: usize = 60;

impl Model {
    /// The newest message, or back to writing.
    pub(super) fn choose(&mut self, asks: &mut Vec<Ask>) {
        if self.focus == Focus::Message {
            return self.leave_messages();
        }
        let Some(open) = &self.open else { return self.say_open_first() };
        if let Some(newest) = open.messages.last().map(|message| message.id.clone()) {
            self.choose_message(newest, asks);
        }
    }

    pub(super) fn choose_message(&mut self, id: String, asks: &mut Vec<Ask>) {
        if let Some(open) = &mut self.open {
            open.chosen = Some(id);
        }
        self.focus = Focus::Message;
        self.show_chosen(asks);
    }

    pub(super) fn leave_messages(&mut self) {
        if let Some(open) = &mut self.open {
            open.chosen = None;
        }
        self.focus = Focus::Writing;
    }

    /// The message that something is to be done with.
    pub fn chosen(&self) -> Option<&Message> {
        let open = self.open.as_ref()?;
        let chosen = open.chosen.as_ref()?;
        open.messages.iter().find(|message| message.id == *chosen)
    }

    /// What can be done with it: keys and their words, the most usual first.
    pub fn steps(&self) -> Vec<(&'static str, &'static str)> {
        let mut steps = vec![("↑↓", "chat-step-choose")];
        if let Some(message) = self.chosen() {
            let is_there = !matches!(message.said, Said::Deleted);
            let is_text = matches!(message.said, Said::Text(_));
            let can_go_on = !matches!(message.said, Said::Deleted | Said::Unreadable);
            let offered = [
                (is_there, ("r", "chat-step-reply")),
                (is_there, ("+", "chat-step-react")),
                (message.is_ours() && is_text, ("e", "chat-step-edit")),
                (message.is_ours() && is_there, ("d", "chat-step-delete")),
                (can_go_on && may_leave(message), ("f", "chat-step-forward")),
                (is_text && may_leave(message), ("c", "chat-step-copy")),
            ];
            steps.extend(offered.into_iter().filter(|(is_offered, _)| *is_offered).map(|(_, step)| step));
        }
        steps.push(("Esc", "chat-step-back"));
        steps
    }

    fn is_offered(&self, key: &str) -> bool {
        self.steps().iter().any(|(offered, _)| *offered == key)
    }

    pub(super) fn on_message_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        match key.code {
            KeyCode::Up => self.go(-1, asks),
            KeyCode::Down => self.go(1, asks),
            KeyCode::PageUp => self.go(-10, asks),
            KeyCode::PageDown => self.go(10, asks),
            KeyCode::Home => self.go(isize::MIN, asks),
            KeyCode::End => self.go(isize::MAX, asks),
            KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab => self.leave_messages(),
            KeyCode::Enter => self.step("r", asks),
            KeyCode::Delete => self.step("d", asks),
            KeyCode::Char(c) => self.step(c.encode_utf8(&mut [0; 4]), asks),
            _ => {}
        }
    }

    fn go(&mut self, by: isize, asks: &mut Vec<Ask>) {
        let Some(open) = &mut self.open else { return };
        let at = open.messages.iter().position(|message| Some(&message.id) == open.chosen.as_ref());
        let last = open.messages.len().saturating_sub(1);
        let next = at.map_or(last, |at| at.saturating_add_signed(by)).min(last);
        open.chosen = open.messages.get(next).map(|message| message.id.clone());
        self.show_chosen(asks);
    }

    /// Scrolls as far as needed to have it on the screen, from its beginning on.
    fn show_chosen(&mut self, asks: &mut Vec<Ask>) {
        let height = usize::from(self.areas().messages.height);
        let Some(open) = &self.open else { return };
        let chosen = open.messages.iter().position(|message| Some(&message.id) == open.chosen.as_ref());
        let Some(chosen) = chosen else { return };
        let (scroll, below, through) = (open.scroll, self.rows_from(chosen + 1), self.rows_from(chosen));
        let wanted = if through > scroll + height { through.saturating_sub(height) } else { scroll.min(below) };
        if let Some(open) = &mut self.open {
            open.scroll = wanted;
        }
        // Older ones are asked for before the end is reached.
        self.scroll(0, asks);
    }

    fn step(&mut self, key: &str, asks: &mut Vec<Ask>) {
        let key = if key == "x" { "d" } else { key };
        let Some(message) = self.chosen().cloned().filter(|_| self.is_offered(key)) else { return };
        match key {
            "r" => self.answer(&message),
            "e" => self.edit_chosen(message),
            "+" => self.overlay = Some(Overlay::React { message: message.id, emoji: Editor::default() }),
            "d" => self.overlay = Some(Overlay::Delete { message: message.id }),
            "f" => {
                self.search_for(Purpose::Forward(message.id), asks);
            }
            "c" => {
                if let Said::Text(text) = message.said {
                    self.copied = Some(text);
                    let said = self.words.say("chat-copied");
                    self.remark(RemarkKind::Done, said);
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, message: &Message) {
        let said = self.said_shortly(&message.said);
        let to = if message.is_ours() { Harmless::of_line(&self.words.say("chat-you")) } else { self.open_name() };
        self.end_writing();
        if let Some(open) = &mut self.open {
            open.writing = Writing::Reply { message: message.id.clone(), to, said };
        }
        self.leave_messages();
    }

    fn edit_chosen(&mut self, message: Message) {
        self.end_writing();
        let before = self.draft();
        if let Some(open) = &mut self.open {
            open.writing = Writing::Edit { message: message.id, before };
        }
        self.write(|editor| *editor = Editor::with(message.raw.expose()));
        self.leave_messages();
    }

    /// Whether what is written is an answer or another text.
    pub(super) fn is_answering(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !matches!(open.writing, Writing::Message))
    }

    /// What is written is a message again; what was written before an edit comes back.
    pub(super) fn end_writing(&mut self) {
        let Some(open) = &mut self.open else { return };
        if let Writing::Edit { before, .. } = std::mem::take(&mut open.writing) {
            self.write(|editor| *editor = before);
        }
    }

    /// What a message says, on a row.
    pub fn said_shortly(&self, said: &Said) -> Harmless {
        let said = match said {
            Said::Text(text) => text.expose().to_owned(),
            Said::File(file) => file.name.expose().to_owned(),
            Said::Deleted => self.words.say("said-deleted"),
            Said::Unreadable => self.words.say("said-unreadable"),
            Said::Missing => self.words.say("said-missing"),
            Said::Change(change) => self.words.group_change(change, &change["group"]).unwrap_or_default(),
            Said::Timer(seconds) => self.words.timer_set(&serde_json::json!({"seconds": seconds})),
        };
        Harmless::of_line(&fitted(&said.replace('\n', " "), QUOTE_COLUMNS))
    }

    /// What the text being written is, where it is no message of its own.
    pub fn writing_words(&self) -> Option<String> {
        match &self.open.as_ref()?.writing {
            Writing::Message => None,
            Writing::Reply { to, said, .. } => {
                let values = [("who", to.expose().into()), ("text", said.expose().into())];
                Some(self.words.say_with("chat-answering", &values))
            }
            Writing::Edit { .. } => Some(self.words.say("chat-editing")),
        }
    }

    pub(super) fn on_react_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::React { message, emoji }) = &mut self.overlay else { return };
        let chosen = match key.code {
            KeyCode::Enter if emoji.is_empty() => None,
            KeyCode::Enter => Some(emoji.take()),
            KeyCode::Char('0') if emoji.is_empty() => None,
            KeyCode::Char(digit @ '1'..='8') if emoji.is_empty() => {
                let place = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or_default();
                place.checked_sub(1).and_then(|place| REACTIONS.get(place)).map(|emoji| (*emoji).to_owned())
            }
            _ => return edit(emoji, key),
        };
        let request = Request::React { message: message.clone(), emoji: chosen, wait_ms: None };
        asks.push(Ask { topic: Topic::Acted, request });
        self.overlay = None;
    }

    pub(super) fn on_delete_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Delete { message }) = &self.overlay else { return };
        if key.code == KeyCode::Enter {
            let request = Request::Delete { message: message.clone(), wait_ms: None };
            asks.push(Ask { topic: Topic::Acted, request });
            self.overlay = None;
        }
    }

    pub(super) fn send_on(&mut self, message: String, who: Personal<String>, asks: &mut Vec<Ask>) {
        let request = Request::Forward { message, who: who.into_exposed(), wait_ms: None };
        asks.push(Ask { topic: Topic::Acted, request });
        let said = self.words.say("chat-forwarding");
        self.remark(RemarkKind::Done, said);
    }
}

/// Whether a message may be copied and sent on, as its author and the organization have it.
fn may_leave(message: &Message) -> bool {
    !message.is_closed
}

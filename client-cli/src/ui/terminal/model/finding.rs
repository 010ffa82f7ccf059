//! Looking for messages: what was typed, what the engine found, and going to one of them. A message that was found is shown in its
//! conversation, with everything since; it must never count as read for having been in a list.

use crossterm::event::{KeyCode, KeyEvent};
use protocol::secret::Personal;
use serde_json::Value;

use super::super::editor::Editor;
use super::super::rows::{Hit, rows};
use super::super::transcript;
use super::keys::edit;
use super::parts::Refresh;
use super::{Ask, Model, Overlay, RemarkKind, Topic, place};
use crate::rpc::Request;

/// Most messages shown for a search; more words find fewer.
const HITS_MAX: usize = 100;
/// Messages asked for at once on the way back to one.
pub(super) const LONG_PAGE_MESSAGES: usize = 1_000;
/// Rows above the message that was looked for.
const ROWS_ABOVE: usize = 2;

/// Looking for a message.
#[derive(Default)]
pub struct Finding {
    pub words: Editor,
    pub found: Vec<Hit>,
    /// Id under the cursor, once the person has moved it.
    pub selected: Option<String>,
    refresh: Refresh,
}

impl Finding {
    /// Where the cursor is.
    pub fn place(&self) -> usize {
        place(self.found.iter().map(|hit| &hit.id), self.selected.as_ref())
    }

    fn go(&mut self, by: isize) {
        let to = self.place().saturating_add_signed(by).min(self.found.len().saturating_sub(1));
        self.selected = self.found.get(to).map(|hit| hit.id.clone());
    }
}

impl Model {
    pub(super) fn find_messages(&mut self) {
        self.overlay = Some(Overlay::Messages(Finding::default()));
    }

    pub(super) fn want_hits(&mut self, asks: &mut Vec<Ask>) {
        let Some(Overlay::Messages(finding)) = &mut self.overlay else { return };
        let words = finding.words.text().trim().to_owned();
        if !words.chars().any(char::is_alphanumeric) {
            finding.found.clear();
            return;
        }
        if finding.refresh.wanted() {
            let topic = Topic::Found(words.clone().into());
            asks.push(Ask {
                topic,
                request: Request::Search { words, with: None, before: None, last: Some(HITS_MAX) },
            });
        }
    }

    pub(super) fn on_finding_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Messages(finding)) = &mut self.overlay else { return };
        match key.code {
            KeyCode::Up => finding.go(-1),
            KeyCode::Down => finding.go(1),
            KeyCode::PageUp => finding.go(-10),
            KeyCode::PageDown => finding.go(10),
            KeyCode::Enter => {
                let hit = finding.found.get(finding.place());
                if let Some((who, id)) = hit.and_then(|hit| Some((hit.with.clone()?, hit.id.clone()))) {
                    self.overlay = None;
                    self.go_to(who, id, asks);
                }
            }
            _ => {
                edit(&mut finding.words, key);
                finding.selected = None;
                self.want_hits(asks);
            }
        }
    }

    pub(super) fn take_hits(&mut self, words: &str, answer: &Value, asks: &mut Vec<Ask>) {
        let me = self.me.as_ref().map(|me| me.login.expose().clone()).unwrap_or_default();
        let Some(Overlay::Messages(finding)) = &mut self.overlay else { return };
        let again = finding.refresh.answered() || finding.words.text().trim() != words;
        finding.found = rows(answer).iter().map(|row| Hit::of(row, &me)).collect();
        if again {
            self.want_hits(asks);
        }
    }

    pub(super) fn give_up_hits(&mut self) {
        if let Some(Overlay::Messages(finding)) = &mut self.overlay {
            finding.refresh = Refresh::Idle;
        }
    }

    /// Opens a conversation at one of its messages.
    fn go_to(&mut self, who: Personal<String>, id: String, asks: &mut Vec<Ask>) {
        self.open_with(who, asks);
        if let Some(open) = &mut self.open {
            open.goal = Some(id);
        }
        self.approach(asks);
    }

    /// The message that was looked for stands near the top of the window, or older ones are asked for until it is here.
    pub(super) fn approach(&mut self, asks: &mut Vec<Ask>) {
        let areas = self.areas();
        let (height, columns) = (usize::from(areas.messages.height), usize::from(areas.messages.width));
        let Some(open) = &self.open else { return };
        let Some(goal) = open.goal.clone().filter(|_| open.has_begun()) else { return };
        match open.messages.iter().position(|message| message.id == goal) {
            Some(at) => {
                let below = transcript::rows_from(self, open, columns, at);
                if let Some(open) = &mut self.open {
                    open.scroll = (below + ROWS_ABOVE).saturating_sub(height);
                    (open.goal, open.found) = (None, Some(goal));
                }
                self.keep_in_sight(asks);
            }
            None if open.whole || open.is_full() => {
                if let Some(open) = &mut self.open {
                    open.goal = None;
                }
                let text = self.words.say("chat-search-too-far");
                self.remark(RemarkKind::Failed, text);
            }
            None => self.want_older(asks),
        }
    }
}

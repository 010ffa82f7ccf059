//! What stands in front of a conversation: help, people, the safety number, files, paths and decisions.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::editor::Editor;
use super::super::rows::{Conversation, File, Identity, Message, Person, Relation, Verification};
use super::super::text::Harmless;
use super::keys::edit;
use super::{Ask, Model, Overlay, Purpose, RemarkKind, Topic, place};
use crate::rpc::{Beside, Decision, Request};

/// Most people shown for a search.
const PEOPLE_MAX: usize = 200;

impl Model {
    pub(super) fn on_overlay_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        if key.code == KeyCode::Esc && !matches!(self.overlay, Some(Overlay::Members(_) | Overlay::Pasted { .. })) {
            self.overlay = None;
            return;
        }
        match &mut self.overlay {
            None => {}
            Some(Overlay::Help { scroll }) => match key.code {
                KeyCode::Up => *scroll = scroll.saturating_sub(1),
                KeyCode::Down => *scroll = (*scroll + 1).min(super::super::view::help_rows(&self.words)),
                KeyCode::PageUp => *scroll = scroll.saturating_sub(10),
                KeyCode::PageDown => *scroll = (*scroll + 10).min(super::super::view::help_rows(&self.words)),
                _ => self.overlay = None,
            },
            Some(Overlay::People(_)) => self.on_people_key(key, asks),
            Some(Overlay::Messages(_)) => self.on_finding_key(key, asks),
            Some(Overlay::Verify { .. }) => self.on_verify_key(key, asks),
            Some(Overlay::Files { .. }) => self.on_files_key(key, asks),
            Some(Overlay::SaveTo { path, .. } | Overlay::Export { path, .. } | Overlay::Offer { path }) => {
                match key.code {
                    KeyCode::Enter => self.use_path(asks),
                    _ => edit(path, key),
                }
            }
            Some(Overlay::Decide { .. }) => self.on_decide_key(key, asks),
            Some(Overlay::React { .. }) => self.on_react_key(key, asks),
            Some(Overlay::Delete { .. }) => self.on_delete_key(key, asks),
            Some(Overlay::Timer { .. }) => self.on_timer_key(key, asks),
            Some(Overlay::Rules { .. }) => self.on_rules_key(key),
            Some(Overlay::Pasted { .. }) => self.on_pasted_key(key, asks),
            Some(Overlay::Members(_)) => self.on_members_key(key, asks),
            Some(Overlay::Name { .. }) => self.on_name_key(key, asks),
        }
    }

    pub(super) fn paste_into_overlay(&mut self, text: &str, asks: &mut Vec<Ask>) {
        let line = text.trim_end_matches(['\r', '\n']);
        match &mut self.overlay {
            Some(Overlay::People(search)) => {
                search.query.insert(line);
                self.want_people(asks);
            }
            Some(Overlay::Messages(finding)) => {
                finding.words.insert(line);
                self.want_hits(asks);
            }
            Some(Overlay::SaveTo { path, .. } | Overlay::Export { path, .. } | Overlay::Offer { path }) => {
                path.insert(line)
            }
            Some(Overlay::React { emoji, .. }) => emoji.insert(line),
            Some(Overlay::Name { name, .. }) => name.insert(line),
            Some(
                Overlay::Help { .. }
                | Overlay::Verify { .. }
                | Overlay::Files { .. }
                | Overlay::Decide { .. }
                | Overlay::Delete { .. }
                | Overlay::Rules { .. }
                | Overlay::Pasted { .. }
                | Overlay::Members(_)
                | Overlay::Timer { .. },
            )
            | None => {}
        }
    }

    pub(super) fn want_people(&mut self, asks: &mut Vec<Ask>) {
        if let Some(Overlay::People(search)) = &mut self.overlay
            && search.refresh.wanted()
        {
            let query = search.query.text().to_owned();
            let topic = Topic::People(query.clone().into());
            asks.push(Ask { topic, request: Request::People { query, limit: Some(PEOPLE_MAX) } });
        }
    }

    fn on_people_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::People(search)) = &mut self.overlay else { return };
        match key.code {
            KeyCode::Up => search.go(-1),
            KeyCode::Down => search.go(1),
            KeyCode::PageUp => search.go(-10),
            KeyCode::PageDown => search.go(10),
            KeyCode::Tab if !matches!(search.purpose, Purpose::Forward(_)) => search.choose(),
            KeyCode::Enter if !search.chosen.is_empty() => {
                let (people, purpose) = (std::mem::take(&mut search.chosen), search.purpose.clone());
                self.go_on_with(people, purpose, asks);
            }
            KeyCode::Enter => {
                if let Some(person) = search.found.get(search.place()) {
                    let (who, purpose) = (person.login.clone(), search.purpose.clone());
                    self.overlay = None;
                    match purpose.clone() {
                        Purpose::Talk => self.open_with(who, asks),
                        Purpose::Forward(message) => self.send_on(message, who, asks),
                        Purpose::Add(_) => {
                            let name = Harmless::of_line(who.expose());
                            self.go_on_with(vec![Person { login: who, name }], purpose, asks);
                        }
                    }
                }
            }
            _ => {
                edit(&mut search.query, key);
                search.selected = None;
                self.want_people(asks);
            }
        }
    }

    fn on_verify_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Verify { who, number: Some(number) }) = &self.overlay else { return };
        if key.code == KeyCode::Enter {
            let confirm = Some(number.verification != Verification::Verified);
            let number = Some(number.digits.clone());
            let request = Request::Verify { who: who.expose().clone(), confirm, number };
            asks.push(Ask { topic: Topic::Verification(who.clone()), request });
        }
    }

    /// The files of the open conversation, the newest first, and whether they are ours.
    pub fn open_files(&self) -> Vec<(&File, Whose)> {
        let messages = self.open.iter().flat_map(|open| open.messages.iter().rev());
        let whose = |message: &Message| if message.is_ours() { Whose::Ours } else { Whose::Theirs };
        messages.filter_map(|message| Some((message.file()?, whose(message)))).collect()
    }

    fn on_files_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Files { selected }) = &self.overlay else { return };
        let files = self.open_files();
        let at = place(files.iter().map(|(file, _)| &file.id), selected.as_ref());
        let chosen = files.get(at).map(|(file, whose)| ((*file).clone(), *whose));
        let id_at = |at: usize| files.get(at.min(files.len().saturating_sub(1))).map(|(file, _)| file.id.clone());
        let (above, below) = (id_at(at.saturating_sub(1)), id_at(at + 1));
        match key.code {
            KeyCode::Up => self.overlay = Some(Overlay::Files { selected: above }),
            KeyCode::Down => self.overlay = Some(Overlay::Files { selected: below }),
            KeyCode::Enter => {
                if let Some((file, Whose::Theirs)) = chosen
                    && file.is_offered()
                {
                    let folder = self.places.downloads.to_string_lossy().into_owned();
                    self.overlay = Some(Overlay::SaveTo { file: file.id, path: Editor::with(&folder) });
                }
            }
            KeyCode::Delete | KeyCode::Char('x') => {
                if let Some((file, whose)) = chosen
                    && (file.is_moving() || (whose == Whose::Ours && file.state == "offered"))
                {
                    asks.push(Ask { topic: Topic::Canceled, request: Request::Cancel { file: file.id } });
                }
            }
            _ => {}
        }
    }

    fn use_path(&mut self, asks: &mut Vec<Ask>) {
        let overlay = self.overlay.take();
        let written = match &overlay {
            Some(Overlay::SaveTo { path, .. } | Overlay::Export { path, .. } | Overlay::Offer { path }) => {
                path.text().trim().to_owned()
            }
            _ => return,
        };
        if written.is_empty() {
            return;
        }
        match overlay {
            Some(Overlay::SaveTo { file, .. }) => {
                let Some(path) = self.places.absolute(&written).to_str().map(str::to_owned) else { return };
                asks.push(Ask { topic: Topic::Saved, request: Request::Save { file, path } });
                self.want_newest(asks);
            }
            Some(Overlay::Export { who, .. }) => self.export(who, &written),
            _ => self.offer_file(&written, asks),
        }
    }

    /// Offers this file to whom the conversation is with.
    pub(super) fn offer_file(&mut self, written: &str, asks: &mut Vec<Ask>) {
        let Some(path) = self.places.absolute(written).to_str().map(str::to_owned) else { return };
        let Some(open) = &self.open else { return };
        let who = open.who.expose().clone();
        let request = Request::SendFile { who, path, wait_ms: None, beside: Beside::default() };
        asks.push(Ask { topic: Topic::Offered, request });
        let size = self.size_words(0);
        let text = self.words.say_with("chat-preparing", &[("size", size.into())]);
        self.remark(RemarkKind::Done, text);
    }

    /// What may be decided about the person in question.
    pub fn decisions(&self) -> &'static [Decision] {
        let row = self.person_in_question();
        if row.is_some_and(|row| matches!(row.identity, Identity::Replaced | Identity::Reassigned)) {
            return &[Decision::Accept, Decision::Block];
        }
        match row.map(|row| row.relation) {
            Some(Relation::Asks) => &[Decision::Accept, Decision::Refuse, Decision::Block],
            Some(Relation::Refused | Relation::Blocked) => &[Decision::Accept],
            Some(Relation::Unknown | Relation::Asked | Relation::Accepted) => &[Decision::Block],
            Some(Relation::Revoked) | None => &[],
        }
    }

    /// Whom the decision is about: the one for whom it was opened, whatever is open or under the cursor by now.
    pub fn person_in_question(&self) -> Option<&Conversation> {
        let Some(Overlay::Decide { who, .. }) = &self.overlay else { return None };
        self.conversations.iter().find(|row| row.login == *who)
    }

    fn on_decide_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let decisions = self.decisions();
        let Some(Overlay::Decide { who, number, selected }) = &mut self.overlay else { return };
        let at = place(decisions.iter(), selected.as_ref());
        match key.code {
            KeyCode::Up => *selected = decisions.get(at.saturating_sub(1)).copied(),
            KeyCode::Down => *selected = decisions.get((at + 1).min(decisions.len().saturating_sub(1))).copied(),
            KeyCode::Enter => {
                // What is not offered any more is not decided.
                if let Some(decision) = decisions.iter().find(|decision| Some(**decision) == *selected) {
                    let (who, number) = (who.expose().clone(), number.clone());
                    asks.push(Ask {
                        topic: Topic::Decided,
                        request: Request::Decide { who, decision: *decision, number },
                    });
                }
                self.overlay = None;
            }
            _ => {}
        }
    }
}

/// Who offered a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Ours,
    Theirs,
}

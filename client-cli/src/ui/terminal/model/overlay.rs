//! What stands in front of a conversation: help, people, the safety number, files, paths and decisions.

use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent};

use super::super::editor::Editor;
use super::super::rows::{Conversation, File, Identity, Message, Relation, Verification};
use super::keys::edit;
use super::{Ask, Model, Overlay, RemarkKind, Topic};
use crate::rpc::{Decision, Request};

/// Most people shown for a search.
const PEOPLE_MAX: usize = 200;

impl Model {
    pub(super) fn on_overlay_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        if key.code == KeyCode::Esc {
            self.overlay = None;
            return;
        }
        match &mut self.overlay {
            None => {}
            Some(Overlay::Help { scroll }) => match key.code {
                KeyCode::Up => *scroll = scroll.saturating_sub(1),
                KeyCode::Down => *scroll = (*scroll + 1).min(super::super::view::help_rows(&self.words)),
                _ => self.overlay = None,
            },
            Some(Overlay::People(_)) => self.on_people_key(key, asks),
            Some(Overlay::Verify(_)) => self.on_verify_key(key, asks),
            Some(Overlay::Files { .. }) => self.on_files_key(key, asks),
            Some(Overlay::SaveTo { path, .. } | Overlay::Offer { path }) => match key.code {
                KeyCode::Enter => self.use_path(asks),
                _ => edit(path, key),
            },
            Some(Overlay::Decide { .. }) => self.on_decide_key(key, asks),
        }
    }

    pub(super) fn paste_into_overlay(&mut self, text: &str, asks: &mut Vec<Ask>) {
        let line = text.trim_end_matches(['\r', '\n']);
        match &mut self.overlay {
            Some(Overlay::People(search)) => {
                search.query.insert(line);
                self.want_people(asks);
            }
            Some(Overlay::SaveTo { path, .. } | Overlay::Offer { path }) => path.insert(line),
            Some(Overlay::Help { .. } | Overlay::Verify(_) | Overlay::Files { .. } | Overlay::Decide { .. }) | None => {
            }
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
        let last = search.found.len().saturating_sub(1);
        match key.code {
            KeyCode::Up => search.selected = search.selected.saturating_sub(1),
            KeyCode::Down => search.selected = (search.selected + 1).min(last),
            KeyCode::PageUp => search.selected = search.selected.saturating_sub(10),
            KeyCode::PageDown => search.selected = (search.selected + 10).min(last),
            KeyCode::Enter => {
                if let Some(person) = search.found.get(search.selected) {
                    let who = person.login.clone();
                    self.overlay = None;
                    self.open_with(who, asks);
                }
            }
            _ => {
                edit(&mut search.query, key);
                search.selected = 0;
                self.want_people(asks);
            }
        }
    }

    fn on_verify_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let (Some(Overlay::Verify(Some(number))), Some(open)) = (&self.overlay, &self.open) else { return };
        if key.code == KeyCode::Enter {
            let confirm = Some(number.verification != Verification::Verified);
            let request = Request::Verify { who: open.who.expose().clone(), confirm };
            asks.push(Ask { topic: Topic::Verification, request });
        }
    }

    /// The files of the open conversation, the newest first, and whether they are ours.
    pub fn open_files(&self) -> Vec<(&File, Whose)> {
        let messages = self.open.iter().flat_map(|open| open.messages.iter().rev());
        let whose = |message: &Message| if message.is_ours() { Whose::Ours } else { Whose::Theirs };
        messages.filter_map(|message| Some((message.file()?, whose(message)))).collect()
    }

    fn on_files_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Files { selected }) = self.overlay else { return };
        let files = self.open_files();
        let last = files.len().saturating_sub(1);
        let chosen = files.get(selected).map(|(file, whose)| ((*file).clone(), *whose));
        match key.code {
            KeyCode::Up => self.overlay = Some(Overlay::Files { selected: selected.saturating_sub(1) }),
            KeyCode::Down => self.overlay = Some(Overlay::Files { selected: (selected + 1).min(last) }),
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
            Some(Overlay::SaveTo { path, .. } | Overlay::Offer { path }) => path.text().trim().to_owned(),
            _ => return,
        };
        if written.is_empty() {
            return;
        }
        let Some(path) = self.absolute(&written).to_str().map(str::to_owned) else { return };
        match (overlay, &self.open) {
            (Some(Overlay::SaveTo { file, .. }), _) => {
                asks.push(Ask { topic: Topic::Saved, request: Request::Save { file, path } });
                self.want_newest(asks);
            }
            (Some(Overlay::Offer { .. }), Some(open)) => {
                let request = Request::SendFile { who: open.who.expose().clone(), path, wait_ms: None };
                asks.push(Ask { topic: Topic::Offered, request });
                let size = self.size_words(0);
                let text = self.words.say_with("chat-preparing", &[("size", size.into())]);
                self.remark(RemarkKind::Done, text);
            }
            _ => {}
        }
    }

    /// `~` is home, anything else is relative to the folder that the chat was started in.
    fn absolute(&self, written: &str) -> PathBuf {
        let home = written.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (home, &self.places.home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            // Without the dots that say "here".
            _ => self.places.current.join(Path::new(written)).components().collect(),
        }
    }

    /// What may be decided about the person in question.
    pub fn decisions(&self) -> &'static [Decision] {
        let row = self.person_in_question();
        if row.is_some_and(|row| row.identity == Identity::Replaced) {
            return &[Decision::Accept, Decision::Block];
        }
        match row.map(|row| row.relation) {
            Some(Relation::Asks) => &[Decision::Accept, Decision::Refuse, Decision::Block],
            Some(Relation::Refused | Relation::Blocked) => &[Decision::Accept],
            Some(Relation::Unknown | Relation::Asked | Relation::Accepted) => &[Decision::Block],
            Some(Relation::Revoked) | None => &[],
        }
    }

    /// Whom a decision is about: the open conversation, else the one under the cursor.
    pub fn person_in_question(&self) -> Option<&Conversation> {
        let login = self.open.as_ref().map(|open| &open.who).or(self.selected.as_ref())?;
        self.conversations.iter().find(|row| row.login == *login)
    }

    fn on_decide_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Decide { selected }) = self.overlay else { return };
        let decisions = self.decisions();
        match key.code {
            KeyCode::Up => self.overlay = Some(Overlay::Decide { selected: selected.saturating_sub(1) }),
            KeyCode::Down => {
                let selected = (selected + 1).min(decisions.len().saturating_sub(1));
                self.overlay = Some(Overlay::Decide { selected });
            }
            KeyCode::Enter => {
                if let (Some(decision), Some(person)) = (decisions.get(selected), self.person_in_question()) {
                    let request = Request::Decide { who: person.login.expose().clone(), decision: *decision };
                    asks.push(Ask { topic: Topic::Decided, request });
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

//! What keys do. Every function has a key that each terminal sends; the shorter ones are for those that send more.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use protocol::secret::Personal;

use super::super::editor::{Editor, Motion};
use super::super::rows::{Conversation, Identity, Relation};
use super::{Ask, Focus, Left, Model, Overlay, RemarkKind, Search, Topic, Writing};
use crate::rpc::{Beside, Request};

impl Model {
    pub(super) fn on_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::F(10) => self.left = Some(Left::Quit),
            KeyCode::Char('q' | 'c') if control => self.left = Some(Left::Quit),
            _ if self.lock.is_some() => self.on_lock_key(key, asks),
            KeyCode::Char('l') if control => self.lock_all(asks),
            KeyCode::F(1) => self.overlay = Some(Overlay::Help { scroll: 0 }),
            KeyCode::F(2) => self.search("", asks),
            _ if self.typed_ahead(key) => {}
            KeyCode::F(8) => self.find_messages(),
            KeyCode::F(9) => self.ask_timer(),
            KeyCode::Char('f') if control => self.find_messages(),
            KeyCode::Char('r') if control => self.show_rules(asks),
            // In a text field End goes where this went.
            KeyCode::Char('e') if control => self.ask_export(),
            KeyCode::F(3) => self.verify(asks),
            KeyCode::F(4) => self.files(),
            KeyCode::F(5) => self.offer(),
            KeyCode::F(6) => self.decide(),
            KeyCode::F(7) => self.choose(asks),
            _ if self.overlay.is_some() => self.on_overlay_key(key, asks),
            _ => match self.focus {
                Focus::List => self.on_list_key(key, asks),
                Focus::Writing => self.on_writing_key(key, asks),
                Focus::Message => self.on_message_key(key, asks),
            },
        }
    }

    pub(super) fn on_paste(&mut self, text: &str, asks: &mut Vec<Ask>) {
        if let Some(lock) = &mut self.lock {
            lock.passphrase.insert(text);
        } else if self.pasted_ahead(text) {
            // Until the conversation is here.
        } else if self.overlay.is_some() {
            self.paste_into_overlay(text, asks);
        } else if self.open.is_some() {
            self.leave_messages();
            self.paste_into_draft(text);
        }
    }

    fn on_list_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let page = isize::try_from(self.areas().list.height / 2).unwrap_or(1).max(1);
        match key.code {
            KeyCode::Up => self.select(-1),
            KeyCode::Down => self.select(1),
            KeyCode::PageUp => self.select(-page),
            KeyCode::PageDown => self.select(page),
            KeyCode::Home => self.select(isize::MIN),
            KeyCode::End => self.select(isize::MAX),
            KeyCode::Enter | KeyCode::Right => {
                if let Some(who) = self.selected.clone() {
                    self.open_with(who, asks);
                }
            }
            KeyCode::Tab | KeyCode::Esc | KeyCode::Left if self.open.is_some() => self.focus = Focus::Writing,
            KeyCode::Char('?') => self.overlay = Some(Overlay::Help { scroll: 0 }),
            KeyCode::Char('/') => self.search("", asks),
            // Whoever types here is looking for somebody.
            KeyCode::Char(c) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
                self.search(c.encode_utf8(&mut [0; 4]), asks);
            }
            _ => {}
        }
    }

    fn on_writing_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        if self.open.is_none() {
            self.focus = Focus::List;
            return;
        }
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let page = isize::try_from(self.areas().messages.height.saturating_sub(1)).unwrap_or(1).max(1);
        let lines = self.draft().text().contains('\n');
        match key.code {
            KeyCode::Enter if alt || control || key.modifiers.contains(KeyModifiers::SHIFT) => {
                self.write(|editor| editor.insert("\n"));
            }
            KeyCode::Char('j') if control => self.write(|editor| editor.insert("\n")),
            KeyCode::Enter => self.send(asks),
            KeyCode::Esc if self.is_answering() => self.end_writing(),
            KeyCode::Tab | KeyCode::BackTab | KeyCode::Esc => self.focus = Focus::List,
            KeyCode::Up | KeyCode::Down if control => self.choose(asks),
            KeyCode::Up if alt => self.neighbor(-1, asks),
            KeyCode::Down if alt => self.neighbor(1, asks),
            KeyCode::Char('p') if control => self.neighbor(-1, asks),
            KeyCode::Char('n') if control => self.neighbor(1, asks),
            KeyCode::PageUp => self.scroll(page, asks),
            KeyCode::PageDown => self.scroll(-page, asks),
            KeyCode::Home if control => self.scroll(isize::MAX, asks),
            KeyCode::End if control => self.scroll(isize::MIN, asks),
            KeyCode::Up if !lines => self.scroll(1, asks),
            KeyCode::Down if !lines => self.scroll(-1, asks),
            KeyCode::Char('?') if self.draft().is_empty() => self.overlay = Some(Overlay::Help { scroll: 0 }),
            _ => self.write(|editor| edit(editor, key)),
        }
    }

    pub(super) fn write(&mut self, change: impl FnOnce(&mut Editor)) {
        if let Some(open) = &self.open {
            change(self.drafts.entry(open.who.clone()).or_default());
        }
    }

    fn send(&mut self, asks: &mut Vec<Ask>) {
        let Some(open) = &mut self.open else { return };
        let Some(draft) = self.drafts.get_mut(&open.who) else { return };
        if draft.text().trim().is_empty() {
            return;
        }
        let text = draft.take();
        // Who answers has read, and wants to see the own message go.
        (open.scroll, open.first_new) = (0, None);
        let who = open.who.expose().clone();
        let request = match std::mem::take(&mut open.writing) {
            Writing::Message => Request::Send { who, text: text.clone(), wait_ms: None, beside: Beside::default() },
            Writing::Reply { message, .. } => {
                let beside = Beside { reply_to: Some(message), ..Beside::default() };
                Request::Send { who, text: text.clone(), wait_ms: None, beside }
            }
            Writing::Edit { message, before } => {
                *draft = before;
                Request::Edit { message, text: text.clone(), wait_ms: None }
            }
        };
        asks.push(Ask { topic: Topic::Sent(open.who.clone(), Personal::new(text)), request });
    }

    pub(super) fn select(&mut self, by: isize) {
        let at = self.conversations.iter().position(|row| Some(&row.login) == self.selected.as_ref());
        let next = at.map_or(0, |at| at.saturating_add_signed(by)).min(self.conversations.len().saturating_sub(1));
        self.selected = self.conversations.get(next).map(|row| row.login.clone());
    }

    fn neighbor(&mut self, by: isize, asks: &mut Vec<Ask>) {
        self.select(by);
        if let Some(who) = self.selected.clone() {
            self.open_with(who, asks);
        }
    }

    fn search(&mut self, query: &str, asks: &mut Vec<Ask>) {
        self.overlay = Some(Overlay::People(Search { query: Editor::with(query), ..Search::default() }));
        self.want_people(asks);
    }

    fn verify(&mut self, asks: &mut Vec<Ask>) {
        let Some(open) = &self.open else { return self.say_open_first() };
        let who = open.who.clone();
        if self.group(&who).is_some() {
            return self.show_members(who);
        }
        self.show_number(who, asks);
    }

    pub(super) fn show_number(&mut self, who: Personal<String>, asks: &mut Vec<Ask>) {
        let request = Request::Verify { who: who.expose().clone(), confirm: None, number: None };
        asks.push(Ask { topic: Topic::Verification(who.clone()), request });
        self.overlay = Some(Overlay::Verify { who, number: None });
    }

    fn files(&mut self) {
        if self.open.is_none() {
            return self.say_open_first();
        }
        let selected = self.open_files().first().map(|(file, _)| file.id.clone());
        self.overlay = Some(Overlay::Files { selected });
    }

    fn offer(&mut self) {
        if self.open.is_none() {
            return self.say_open_first();
        }
        self.overlay = Some(Overlay::Offer { path: Editor::default() });
    }

    fn decide(&mut self) {
        // Without an open conversation the question is about the one under the cursor.
        let who = self.open.as_ref().map(|open| &open.who).or(self.selected.as_ref()).cloned();
        let row = self.conversations.iter().find(|row| Some(&row.login) == who.as_ref());
        let may_be_asked = |row: &Conversation| row.relation == Relation::Asks || row.identity != Identity::Same;
        if self.open.is_none() && !row.is_some_and(may_be_asked) {
            return self.say_open_first();
        }
        if let Some(group) = row.filter(|row| row.group.is_some()) {
            return self.show_members(group.login.clone());
        }
        let number = row.and_then(|row| row.new_number.clone());
        self.overlay = who.map(|who| Overlay::Decide { who, number, selected: None });
        let first = self.decisions().first().copied();
        if let Some(Overlay::Decide { selected, .. }) = &mut self.overlay {
            *selected = first;
        }
    }

    pub(super) fn say_open_first(&mut self) {
        let text = self.words.say("chat-open-first");
        self.remark(RemarkKind::Failed, text);
    }
}

/// Keys of every text field.
pub(super) fn edit(editor: &mut Editor, key: KeyEvent) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    match key.code {
        KeyCode::Left if control || alt => editor.go(Motion::WordLeft),
        KeyCode::Right if control || alt => editor.go(Motion::WordRight),
        KeyCode::Left => editor.go(Motion::Left),
        KeyCode::Right => editor.go(Motion::Right),
        KeyCode::Up => editor.go(Motion::Up),
        KeyCode::Down => editor.go(Motion::Down),
        KeyCode::Home => editor.go(Motion::LineStart),
        KeyCode::End => editor.go(Motion::LineEnd),
        KeyCode::Char('a') if control => editor.go(Motion::LineStart),
        KeyCode::Char('w') if control => editor.delete(Motion::WordLeft),
        KeyCode::Backspace if alt => editor.delete(Motion::WordLeft),
        KeyCode::Char('u') if control => editor.delete(Motion::LineStart),
        KeyCode::Char('k') if control => editor.delete(Motion::LineEnd),
        KeyCode::Backspace => editor.delete(Motion::Left),
        KeyCode::Delete => editor.delete(Motion::Right),
        // AltGr reaches some terminals as Ctrl and Alt.
        KeyCode::Char(c) if control == alt => editor.insert(c.encode_utf8(&mut [0; 4])),
        _ => {}
    }
}

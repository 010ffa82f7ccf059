//! What the mouse does: nothing that no key does. A click is where a person looks, and counts as being here.

use super::super::rows::Conversation;
use super::super::transcript;
use super::{Ask, Model};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};

/// Rows of the messages that one notch of the wheel passes.
const WHEEL_ROWS: isize = 3;
/// Rows of one conversation in the list.
pub const LIST_ROWS_EACH: usize = 2;

/// What was done with the mouse, and in which cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointed {
    pub gesture: Gesture,
    pub column: u16,
    pub row: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    Click,
    WheelUp,
    WheelDown,
}

impl Model {
    /// The conversations that fit into so many rows of the list, the one under the cursor among them.
    pub fn listed(&self, height: u16) -> &[Conversation] {
        let fit = (usize::from(height) / LIST_ROWS_EACH).max(1);
        let at = self.conversations.iter().position(|row| Some(&row.login) == self.selected.as_ref()).unwrap_or(0);
        let first = (at + 1).saturating_sub(fit);
        let rows = self.conversations.get(first..).unwrap_or_default();
        rows.get(..fit).unwrap_or(rows)
    }

    pub(super) fn on_pointed(&mut self, pointed: Pointed, asks: &mut Vec<Ask>) {
        if self.lock.is_some() || !self.size.is_enough() {
            return;
        }
        match pointed.gesture {
            Gesture::Click => self.on_click(pointed, asks),
            Gesture::WheelUp => self.on_wheel(pointed, KeyCode::Up, asks),
            Gesture::WheelDown => self.on_wheel(pointed, KeyCode::Down, asks),
        }
    }

    fn on_wheel(&mut self, pointed: Pointed, way: KeyCode, asks: &mut Vec<Ask>) {
        let up = way == KeyCode::Up;
        if self.overlay.is_some() {
            self.on_overlay_key(KeyEvent::new(way, KeyModifiers::NONE), asks);
        } else if row_in(self.areas().list, pointed).is_some() {
            self.select(if up { -1 } else { 1 });
        } else {
            self.scroll(if up { WHEEL_ROWS } else { -WHEEL_ROWS }, asks);
        }
    }

    fn on_click(&mut self, pointed: Pointed, asks: &mut Vec<Ask>) {
        let areas = self.areas();
        if row_in(areas.keys, pointed).is_some() {
            let column = usize::from(pointed.column);
            let bar = self.bar(usize::from(areas.keys.width));
            let button = bar.iter().find(|button| (button.from..button.from + button.columns).contains(&column));
            if let Some(key) = button.and_then(super::super::bar::Button::pressed) {
                self.on_key(key, asks);
            }
        } else if self.overlay.is_some() {
            // What stands in front is used with the keys that it names, or with those of the bar.
        } else if let Some(row) = row_in(areas.list, pointed) {
            let place = usize::from(row) / LIST_ROWS_EACH;
            if let Some(who) = self.listed(areas.list.height).get(place).map(|row| row.login.clone()) {
                self.open_with(who, asks);
            }
        } else if row_in(areas.header, pointed).is_some() {
            self.on_key(KeyEvent::new(KeyCode::F(3), KeyModifiers::NONE), asks);
        } else if let Some(row) = row_in(areas.messages, pointed) {
            self.choose_at(areas.messages, row, asks);
        } else if let Some(row) = row_in(areas.editor, pointed) {
            self.put_cursor(areas.editor, row, pointed.column);
        }
    }

    /// A click on a message chooses it; one beside all messages goes back to writing.
    fn choose_at(&mut self, area: Rect, row: u16, asks: &mut Vec<Ask>) {
        let Some(open) = &self.open else { return };
        let (columns, height) = (usize::from(area.width), usize::from(area.height));
        let clicked = transcript::message_at(self, open, columns, height, usize::from(row));
        match clicked.and_then(|at| open.messages.get(at)).map(|message| message.id.clone()) {
            Some(id) => self.choose_message(id, asks),
            None => self.leave_messages(),
        }
    }

    /// A click into what is being written puts the cursor there.
    fn put_cursor(&mut self, area: Rect, row: u16, column: u16) {
        if self.open.is_none() {
            return;
        }
        self.leave_messages();
        let columns = self.size.editor_columns();
        let room = usize::from(area.height.saturating_sub(1));
        let (_, (at, _)) = self.draft().rows(columns);
        let first = (at + 1).saturating_sub(room);
        // A rule stands above the text, and a prompt before it.
        let row = first + usize::from(row.saturating_sub(1));
        let column = usize::from(column.saturating_sub(area.x)).saturating_sub(2);
        self.write(|editor| editor.go_to(columns, row, column));
    }
}

/// The row of this area that was pointed at.
fn row_in(area: Rect, pointed: Pointed) -> Option<u16> {
    area.contains(Position { x: pointed.column, y: pointed.row }).then(|| pointed.row - area.y)
}

//! What the organization's rules say, to be read in the window.

use crossterm::event::{KeyCode, KeyEvent};
use serde_json::Value;

use super::super::text::{Harmless, wrapped};
use super::{Ask, Model, Overlay, Topic};
use crate::rpc::Request;

/// Columns in which the rules take most rows.
const COLUMNS_MIN: usize = 50;
/// Rows of a page.
const PAGE_ROWS: usize = 10;

impl Model {
    pub(super) fn show_rules(&mut self, asks: &mut Vec<Ask>) {
        self.overlay = Some(Overlay::Rules { said: None, scroll: 0 });
        asks.push(Ask { topic: Topic::Rules, request: Request::Organization {} });
    }

    pub(super) fn take_rules(&mut self, answer: &Value) {
        if let Some(Overlay::Rules { said, .. }) = &mut self.overlay {
            *said = Some(Harmless::of(&self.words.rules(answer)).expose().to_owned());
        }
    }

    pub(super) fn on_rules_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Rules { said, scroll }) = &mut self.overlay else { return };
        let most = said.as_ref().map_or(0, |said| wrapped(said, COLUMNS_MIN).len());
        match key.code {
            KeyCode::Up => *scroll = scroll.saturating_sub(1),
            KeyCode::Down => *scroll = (*scroll + 1).min(most),
            KeyCode::PageUp => *scroll = scroll.saturating_sub(PAGE_ROWS),
            KeyCode::PageDown => *scroll = (*scroll + PAGE_ROWS).min(most),
            _ => self.overlay = None,
        }
    }
}

//! The window and the lock: Ctrl+L, the screen that asks for the passphrase, and telling the engine that somebody is here. What was shown
//! must not stay in this process once it is locked: the window ends, and begins anew.

use crossterm::event::{KeyCode, KeyEvent};
use protocol::secret::Secret;

use super::keys::edit;
use super::parts::Refresh;
use super::{Ask, Editor, Model, Topic};
use crate::rpc::{Fault, Phrase, Request};

/// How often the engine is told that somebody is here, at most.
pub(super) const PRESENT_EVERY_MS: u64 = 20_000;

/// How a window ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The person wants to leave.
    Quit,
    /// The device is locked: this window begins anew, knowing nothing.
    Locked,
}

/// What stands in place of everything while the device is locked.
#[derive(Default)]
pub struct LockScreen {
    /// Never drawn but as dots.
    pub passphrase: Editor,
    /// Why the last one did not open it.
    pub refused: Option<String>,
    /// Whether one is being tried.
    pub is_trying: bool,
}

impl Model {
    pub(super) fn lock_all(&mut self, asks: &mut Vec<Ask>) {
        asks.push(Ask { topic: Topic::Locked, request: Request::Lock {} });
    }

    /// The engine answers nothing but that it is locked.
    pub(super) fn on_locked(&mut self) {
        // What was asked will not be answered any more.
        (self.status, self.outbox, self.list) = (Refresh::Idle, Refresh::Idle, Refresh::Idle);
        if self.me.is_some() {
            // Something was shown here.
            self.left = Some(Left::Locked);
        } else {
            self.lock.get_or_insert_default();
        }
    }

    pub(super) fn on_lock_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(lock) = &mut self.lock else { return };
        match key.code {
            KeyCode::Enter if lock.is_trying || lock.passphrase.is_empty() => {}
            KeyCode::Enter => {
                lock.is_trying = true;
                lock.refused = None;
                let passphrase = Phrase(Secret::new(lock.passphrase.take()));
                asks.push(Ask { topic: Topic::Unlocked, request: Request::Unlock { passphrase } });
            }
            KeyCode::Esc => lock.passphrase = Editor::default(),
            _ => edit(&mut lock.passphrase, key),
        }
    }

    pub(super) fn on_unlock_refused(&mut self, fault: &Fault) {
        let text = self.words.fault(&fault.code, fault.detail.as_deref());
        if let Some(lock) = &mut self.lock {
            lock.is_trying = false;
            lock.refused = Some(text);
        }
    }

    pub(super) fn be_present(&mut self, asks: &mut Vec<Ask>) {
        if self.lock.is_none() && self.me.is_some() && self.present_at <= self.now {
            self.present_at = self.now.plus_ms(PRESENT_EVERY_MS);
            asks.push(Ask { topic: Topic::Present, request: Request::Present {} });
        }
    }
}

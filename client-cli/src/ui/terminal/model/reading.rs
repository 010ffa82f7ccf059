//! Reading a conversation: opening it where the new messages begin, staying in place while more arrive, and saying what was seen.
//! A message counts as seen only when it stood on the screen of a person who is there.

use protocol::secret::Personal;

use super::super::layout::{Areas, Size};
use super::super::transcript;
use super::finding::LONG_PAGE_MESSAGES;
use super::{Ask, Attention, Focus, Model, Open, Opened, Refresh, Topic, Writing};
use crate::rpc::Request;

/// Messages asked for at once.
pub const PAGE_MESSAGES: usize = 100;
/// Messages kept in the window; older ones can be asked for by whoever opens it anew.
pub(super) const MESSAGES_MAX: usize = 20_000;

impl Model {
    /// Opens the conversation with somebody, known or not.
    pub(super) fn open_with(&mut self, who: Personal<String>, asks: &mut Vec<Ask>) {
        self.selected = Some(who.clone());
        self.focus = Focus::Writing;
        if self.is_open(&who) {
            return;
        }
        self.end_writing();
        let new = self.conversations.iter().find(|row| row.login == who).map_or(0, |row| row.unread);
        if !self.conversations.iter().any(|row| row.login == who) {
            self.want_name(who.clone(), asks);
        }
        self.open = Some(Open {
            who,
            name: None,
            messages: Vec::new(),
            scroll: 0,
            first_new: None,
            whole: false,
            chosen: None,
            writing: Writing::default(),
            goal: None,
            found: None,
            opened: Opened::Waiting { new },
            told_seen: None,
            newest: Refresh::Idle,
            older: Refresh::Idle,
        });
        self.want_newest(asks);
        self.want_outbox(asks);
    }

    pub(super) fn want_name(&self, who: Personal<String>, asks: &mut Vec<Ask>) {
        let request = Request::People { query: who.expose().clone(), limit: None };
        asks.push(Ask { topic: Topic::Name(who), request });
    }

    pub(super) fn close(&mut self) {
        self.end_writing();
        self.open = None;
        self.focus = Focus::List;
    }

    pub(super) fn is_open(&self, who: &Personal<String>) -> bool {
        self.open.as_ref().is_some_and(|open| open.who == *who)
    }

    pub(super) fn want_newest(&mut self, asks: &mut Vec<Ask>) {
        let Some(open) = &mut self.open else { return };
        if open.newest.wanted() {
            let request = Request::Page { who: open.who.expose().clone(), before: None, last: PAGE_MESSAGES };
            asks.push(Ask { topic: Topic::Newest(open.who.clone()), request });
        }
    }

    pub(super) fn want_older(&mut self, asks: &mut Vec<Ask>) {
        let Some(open) = &mut self.open else { return };
        let Some(oldest) = open.messages.first() else { return };
        if !open.whole && !open.is_full() && open.older == Refresh::Idle {
            open.older = Refresh::Asked;
            let before = Some(oldest.id.clone());
            let last = if open.goal.is_some() { LONG_PAGE_MESSAGES } else { PAGE_MESSAGES };
            let request = Request::Page { who: open.who.expose().clone(), before, last };
            asks.push(Ask { topic: Topic::Older(open.who.clone()), request });
        }
    }

    /// The panes as they are now.
    pub fn areas(&self) -> Areas {
        self.areas_in(self.size)
    }

    /// The panes in a window of this size.
    pub fn areas_in(&self, size: Size) -> Areas {
        let rows = self.draft().rows(size.editor_columns()).0.len();
        let count = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX);
        Areas::of(size, count(self.banner_rows(size).len()), count(rows))
    }

    pub(super) fn rows_from(&self, first: usize) -> usize {
        let Some(open) = &self.open else { return 0 };
        transcript::rows_from(self, open, usize::from(self.areas().messages.width), first)
    }

    /// The first page is here: the first new message stands at the top, if all of them do not fit.
    pub(super) fn show_from_first_new(&mut self, new: u64) {
        let Some(open) = &mut self.open else { return };
        open.opened = Opened::Shown;
        let theirs = open.messages.iter().enumerate().rev().filter(|(_, message)| !message.is_ours());
        let first =
            usize::try_from(new).ok().and_then(|new| new.checked_sub(1)).and_then(|nth| theirs.take(nth + 1).last());
        let Some((first, id)) = first.map(|(at, message)| (at, message.id.clone())) else { return };
        open.first_new = Some(id);
        let below = self.rows_from(first);
        let height = usize::from(self.areas().messages.height);
        if let Some(open) = &mut self.open {
            open.scroll = below.saturating_sub(height);
        }
    }

    /// New messages do not move what somebody reads further up.
    pub(super) fn stay_in_place(&mut self, grown: usize) {
        let Some(open) = &self.open else { return };
        if open.scroll == 0 || grown == 0 {
            return;
        }
        let added = self.rows_from(open.messages.len().saturating_sub(grown));
        if let Some(open) = &mut self.open {
            open.scroll += added;
        }
    }

    /// Scrolls by so many rows, upwards if positive; asks for older messages before the end is reached.
    pub(super) fn scroll(&mut self, rows: isize, asks: &mut Vec<Ask>) {
        let height = usize::from(self.areas().messages.height);
        let most = self.rows_from(0).saturating_sub(height);
        let Some(open) = &mut self.open else { return };
        open.scroll = open.scroll.saturating_add_signed(rows).min(most);
        if open.scroll + height >= most {
            self.want_older(asks);
        }
    }

    /// Whoever reads further up than there is anything now stands at the oldest message that is here.
    pub(super) fn keep_in_sight(&mut self, asks: &mut Vec<Ask>) {
        if self.open.as_ref().is_some_and(|open| open.scroll > 0) {
            self.scroll(0, asks);
        }
    }

    /// Says which messages were on the screen, once.
    pub(super) fn keep_reading(&mut self, asks: &mut Vec<Ask>) {
        let reading = self.attention == Attention::Here && self.overlay.is_none() && self.size.is_enough();
        if !reading {
            return;
        }
        let areas = self.areas();
        let Some(open) = &self.open else { return };
        // On the way to an older message nobody reads what passes by.
        if open.opened != Opened::Shown || open.goal.is_some() {
            return;
        }
        let Some(newest) = transcript::newest_shown(self, open, usize::from(areas.messages.width)) else { return };
        let seen = (0..=newest).rev().find(|at| open.messages.get(*at).is_some_and(|message| !message.is_ours()));
        let told = open.messages.iter().rposition(|message| Some(&message.id) == open.told_seen.as_ref());
        // Who scrolls back up sees nothing new.
        let Some(seen) = seen.filter(|seen| told.is_none_or(|told| *seen > told)) else { return };
        let Some(id) = open.messages.get(seen).map(|message| message.id.clone()) else { return };
        let Some(open) = &mut self.open else { return };
        open.told_seen = Some(id.clone());
        let request = Request::Seen { who: open.who.expose().clone(), up_to: id };
        asks.push(Ask { topic: Topic::Seen, request });
    }
}

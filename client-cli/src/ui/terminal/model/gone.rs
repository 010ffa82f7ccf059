//! Messages that are gone, deleted or said otherwise: wherever they stood in the window, their words go from there, from answers that quote
//! them, from what is being written and from what was found. What may have been missed must not stay either.

use serde_json::Value;

use super::super::rows::{Quote, Said, rows};
use super::{Ask, Focus, Model, Overlay, Purpose, Writing};

impl Model {
    /// What is gone from the vault is gone from the window at once.
    pub(super) fn on_gone(&mut self, messages: &Value, asks: &mut Vec<Ask>) {
        let gone = |id: &str| rows(messages).iter().any(|message| message.as_str() == Some(id));
        if let Some(open) = &mut self.open {
            open.messages.retain(|message| !gone(&message.id));
        }
        for row in &mut self.conversations {
            if row.last.as_ref().is_some_and(|last| gone(&last.id)) {
                row.last = None;
            }
        }
        self.quote_otherwise(&gone, |quote| (quote.from, quote.said) = (None, Said::Missing));
        self.leave(&gone);
        self.keep_in_sight(asks);
        self.want_newest(asks);
        self.want_list(asks);
    }

    /// Also further up, where no page is asked for again: a deleted text must go from the screen.
    pub(super) fn on_act(&mut self, id: &str, news: &Value, asks: &mut Vec<Ask>) {
        let open = self.open.iter_mut().flat_map(|open| &mut open.messages);
        let listed = self.conversations.iter_mut().filter_map(|row| row.last.as_mut());
        for message in open.chain(listed).filter(|message| message.id == id) {
            message.take_act(news);
        }
        let is_it = |other: &str| other == id;
        match news["event"].as_str() {
            Some("deleted") => {
                self.quote_otherwise(&is_it, |quote| quote.said = Said::Deleted);
                self.leave(&is_it);
            }
            Some("edited") => {
                self.quote_otherwise(&is_it, |quote| quote.said = Said::of(news));
                self.find_without(&is_it);
                self.want_hits(asks);
            }
            _ => {}
        }
        self.want_newest(asks);
        self.want_list(asks);
    }

    /// Events were missed: any message that is shown may be gone by now.
    pub(super) fn show_anew(&mut self, asks: &mut Vec<Ask>) {
        if let Some(open) = &mut self.open {
            open.messages.clear();
            (open.scroll, open.whole) = (0, false);
        }
        self.find_without(&|_| true);
        self.want_hits(asks);
    }

    fn quote_otherwise(&mut self, of: &dyn Fn(&str) -> bool, change: impl Fn(&mut Quote)) {
        let open = self.open.iter_mut().flat_map(|open| &mut open.messages);
        let listed = self.conversations.iter_mut().filter_map(|row| row.last.as_mut());
        let quotes = open.chain(listed).filter_map(|message| message.reply.as_mut());
        quotes.filter(|quote| of(&quote.message)).for_each(change);
    }

    /// Nothing is done any more with messages that are not there.
    fn leave(&mut self, gone: &dyn Fn(&str) -> bool) {
        self.find_without(gone);
        let about = match &self.overlay {
            Some(Overlay::React { message, .. } | Overlay::Delete { message }) => Some(message),
            Some(Overlay::People(search)) => match &search.purpose {
                Purpose::Forward(message) => Some(message),
                _ => None,
            },
            _ => None,
        };
        if about.is_some_and(|message| gone(message)) {
            self.overlay = None;
        }
        let Some(open) = &mut self.open else { return };
        if open.chosen.as_ref().is_some_and(|chosen| gone(chosen) && open.messages.iter().all(|one| one.id != *chosen))
        {
            open.chosen = None;
            if self.focus == Focus::Message {
                self.focus = Focus::Writing;
            }
        }
        let target = match &open.writing {
            Writing::Reply { message, .. } | Writing::Edit { message, .. } => Some(message),
            Writing::Message => None,
        };
        if target.is_some_and(|message| gone(message)) {
            self.end_writing();
        }
    }

    fn find_without(&mut self, gone: &dyn Fn(&str) -> bool) {
        if let Some(Overlay::Messages(finding)) = &mut self.overlay {
            finding.found.retain(|hit| !gone(&hit.id));
        }
    }
}

//! What the engine's events change. An event says that something is new; what it is now, is asked.

use serde_json::Value;

use super::super::rows::State;
use super::super::text::Harmless;
use super::{Ask, Left, Link, Model, Overlay, RemarkKind, Server, Told};

impl Model {
    pub(super) fn on_news(&mut self, news: &Value, asks: &mut Vec<Ask>) {
        let field = |name: &str| news[name].as_str().unwrap_or_default();
        match field("event") {
            "message" => {
                let place = if field("group_id").is_empty() { field("from") } else { field("group_id") };
                if self.open.as_ref().is_some_and(|open| open.who.expose() == place) {
                    self.want_newest(asks);
                }
                self.want_list(asks);
            }
            "edited" | "deleted" | "reaction" => self.on_act(field("message_id"), news, asks),
            "state" => self.on_state(field("message_id"), news, asks),
            "file" => self.on_file(field("file_id"), news, asks),
            "hashing" => {
                let size = self.size_words(news["bytes"].as_u64().unwrap_or_default());
                let text = self.words.say_with("chat-preparing", &[("size", size.into())]);
                self.remark(RemarkKind::Done, text);
            }
            "link" => {
                self.links.insert(field("peer").into(), Link { state: field("state").to_owned() });
                self.want_outbox(asks);
            }
            "contact" => {
                let named = Some(field("name")).filter(|name| !name.is_empty());
                let who = Harmless::of_line(named.unwrap_or(field("login")));
                let text = self.words.say_with("chat-contact-asks", &[("who", who.expose().into())]);
                self.remark(RemarkKind::Done, text);
                self.want_list(asks);
            }
            "revoked" => self.on_person("chat-person-left", field("login"), asks),
            "identity-reset" => {
                // What stands there was shown before this.
                if matches!(self.overlay, Some(Overlay::Verify { .. } | Overlay::Decide { .. })) {
                    self.overlay = None;
                }
                let who = Harmless::of_line(field("login"));
                let text = self.words.identity_reset(who.expose(), news, &self.zone);
                let text = Harmless::of_line(&text).expose().to_owned();
                self.remark(RemarkKind::Failed, format!("{text} {}", self.words.say("chat-identity-reset")));
                self.want_list(asks);
                self.want_newest(asks);
            }
            "server" => {
                self.server = if field("state") == "online" { Server::Online } else { Server::Offline };
                self.want_status(asks);
            }
            "locked" => self.left = Some(Left::Locked),
            "unlocked" => self.on_connected(asks),
            "log-reset" => self.want_status(asks),
            "policy" => {
                let rules = self.words.changed_rules(news);
                if !rules.is_empty() {
                    let rules = Harmless::of_line(&rules.join(" "));
                    let text = self.words.say_with("rules-changed", &[("rules", rules.expose().into())]);
                    self.remark(RemarkKind::Done, text);
                }
            }
            "gone" => self.on_gone(&news["messages"], asks),
            "alarm" => {
                self.told = Some(Told { alarm: field("alarm").to_owned(), until: None });
                self.want_status(asks);
            }
            // So many events are lost, whichever they were.
            "missed" => {
                self.show_anew(asks);
                self.want_newest(asks);
                self.want_list(asks);
                self.want_status(asks);
            }
            "directory" | "group" => self.want_all(asks),
            _ => {}
        }
    }

    /// The list and the open conversation may both say something else now.
    pub(super) fn want_all(&mut self, asks: &mut Vec<Ask>) {
        self.want_list(asks);
        self.want_newest(asks);
    }

    fn on_person(&mut self, key: &str, login: &str, asks: &mut Vec<Ask>) {
        let who = Harmless::of_line(login);
        let text = self.words.say_with(key, &[("who", who.expose().into())]);
        self.remark(RemarkKind::Failed, text);
        self.want_list(asks);
        self.want_newest(asks);
    }

    fn on_state(&mut self, id: &str, news: &Value, asks: &mut Vec<Ask>) {
        let state = State::of(news);
        let open = self.open.iter_mut().flat_map(|open| &mut open.messages);
        let listed = self.conversations.iter_mut().filter_map(|row| row.last.as_mut());
        for message in open.chain(listed).filter(|message| message.id == id && message.is_ours()) {
            message.state = state.clone();
        }
        if matches!(state, State::Queued | State::Sent) {
            self.want_outbox(asks);
        } else {
            self.waiting.remove(id);
        }
    }

    fn on_file(&mut self, id: &str, news: &Value, asks: &mut Vec<Ask>) {
        let event = news["state"].as_str().unwrap_or_default();
        // What the other side fetched is about our own offer, which stands as it is.
        if matches!(event, "served" | "stopped") {
            return;
        }
        let mut known = false;
        for file in self.open.iter_mut().flat_map(|open| &mut open.messages).filter_map(|message| message.file_mut(id))
        {
            if event != "refused" || file.is_moving() {
                file.update(news);
            }
            known = true;
        }
        if !known {
            self.want_newest(asks);
        }
    }
}

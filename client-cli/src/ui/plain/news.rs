//! What the engine's events say in plain lines: in the open conversation what was written, of others only that there is something.

use protocol::secret::Personal;
use serde_json::Value;

use super::super::terminal::Left;
use super::super::terminal::rows::{Message, State};
use super::super::terminal::text::Harmless;
use super::commands::Command;
use super::talk::{Ask, Talk, Topic};
use crate::rpc::Request;

impl Talk {
    pub(super) fn on_news(&mut self, news: &Value, asks: &mut Vec<Ask>) {
        let field = |name: &str| news[name].as_str().unwrap_or_default();
        match field("event") {
            "message" => self.on_message(news, asks),
            "edited" | "deleted" | "reaction" => self.on_act(news),
            "state" => self.on_state(news),
            "file" => self.on_file(news),
            "contact" => {
                let who = Personal::from(field("login"));
                let name = Some(field("name")).filter(|name| !name.is_empty());
                let name = name.map_or_else(|| self.name_of(&who), Harmless::of_line);
                self.say_who_and("chat-contact-asks", &name);
                let login = Harmless::of_line(who.expose());
                let [to, accept, refuse] =
                    [Command::To, Command::Accept, Command::Refuse].map(|command| command.word(&self.words).into());
                let values = [("who", login.expose().into()), ("to", to), ("accept", accept), ("refuse", refuse)];
                let text = self.words.say_with("plain-contact-how", &values);
                self.say(text);
                self.refresh(asks);
            }
            "revoked" => {
                let who = self.name_of(&field("login").into());
                self.say_who_and("chat-person-left", &who);
                self.refresh(asks);
            }
            "identity-reset" => {
                let who = Harmless::of_line(field("login"));
                let text = self.words.identity_reset(who.expose(), news, &self.zone);
                self.say(Harmless::of_line(&text).expose().to_owned());
                // What was said before is another's.
                self.number = None;
                self.refresh(asks);
            }
            "server" => {
                let key = if field("state") == "online" { "server-online" } else { "server-offline" };
                self.say_key(key);
            }
            "group" => {
                if let Some(text) = self.words.group_change(news, news) {
                    let group = self.name_of(&field("group_id").into());
                    let text = Harmless::of_line(&text);
                    let values = [("who", group.expose().into()), ("text", text.expose().into())];
                    let text = self.words.say_with("chat-said", &values);
                    self.say(text);
                }
                self.refresh(asks);
            }
            "policy" => {
                let rules = self.words.changed_rules(news);
                if !rules.is_empty() {
                    let rules = Harmless::of_line(&rules.join(" "));
                    let text = self.words.say_with("rules-changed", &[("rules", rules.expose().into())]);
                    self.say(text);
                }
            }
            "alarm" => {
                let text = self.words.try_say(&format!("alarm-{}", field("alarm")));
                self.say(text.unwrap_or_else(|| self.words.say("alarm-other")));
            }
            "locked" => self.left = Some(Left::Locked),
            "unlocked" => asks.push(Ask { topic: Topic::Whoami, request: Request::Whoami {} }),
            "missed" => {
                self.say_key("plain-missed");
                self.refresh(asks);
            }
            "directory" => self.refresh(asks),
            _ => {}
        }
    }

    fn say_who_and(&mut self, key: &str, who: &Harmless) {
        let text = self.words.say_with(key, &[("who", who.expose().into())]);
        self.say(text);
    }

    fn on_message(&mut self, news: &Value, asks: &mut Vec<Ask>) {
        let place = news["group_id"].as_str().or(news["from"].as_str()).unwrap_or_default();
        let place = Personal::from(place);
        if self.open.as_ref().is_some_and(|open| open.who == place) {
            let message = Message::of(news, &self.my_login());
            self.say_message(&message);
            self.remember(&message);
        } else {
            let to = Command::To.word(&self.words);
            let (name, login) = (self.name_of(&place), Harmless::of_line(place.expose()));
            let is_group = news["group_id"].is_string();
            let called = if is_group { name.clone() } else { login };
            let values = [("who", name.expose().into()), ("to", to.into()), ("login", called.expose().into())];
            let text = self.words.say_with("plain-new", &values);
            self.say(text);
        }
        self.refresh(asks);
    }

    fn on_act(&mut self, news: &Value) {
        let Some(open) = &self.open else { return };
        let from = Personal::from(news["from"].as_str().unwrap_or_default());
        let is_here = news["message_id"].as_str().is_some_and(|id| open.said.contains(id));
        if !is_here || self.is_me(&from) {
            return;
        }
        let who = self.name_of(&from).expose().to_owned();
        let message = Message::of(news, &self.my_login());
        let said = self.beginning_of(&message);
        let theirs = self.open.as_mut().and_then(|open| open.theirs.as_mut());
        if let Some(theirs) = theirs.filter(|theirs| theirs.id == message.id && news["event"] != "reaction") {
            theirs.beginning = Harmless::of_line(&said);
        }
        let emoji = Harmless::of_line(news["emoji"].as_str().unwrap_or_default());
        let key = match news["event"].as_str() {
            Some("edited") => "plain-edited",
            Some("deleted") => "plain-deleted",
            _ if emoji.expose().is_empty() => "plain-reaction-gone",
            _ => "plain-reacted",
        };
        let values = [("who", who.into()), ("text", said.into()), ("emoji", emoji.expose().into())];
        let text = self.words.say_with(key, &values);
        self.say(text);
    }

    /// Of the newest message of ours, where it is.
    fn on_state(&mut self, news: &Value) {
        let id = news["message_id"].as_str();
        if self.open.as_ref().is_none_or(|open| open.ours.as_ref().map(|ours| ours.id.as_str()) != id) {
            return;
        }
        match State::of(news) {
            State::Delivered => self.say_key("plain-delivered"),
            State::Read => self.say_key("plain-read"),
            State::Refused(reason) => {
                let text = format!("{}: {}", self.words.say("state-refused"), self.fault(&reason, None));
                self.say(text);
            }
            State::Queued | State::Sent | State::Theirs => {}
        }
    }

    fn on_file(&mut self, news: &Value) {
        let id = news["file_id"].as_str().unwrap_or_default();
        let Some(file) = self.files.iter_mut().find(|file| file.id == id) else { return };
        let before = file.state.clone();
        if matches!(news["state"].as_str(), Some("served" | "stopped")) {
            return;
        }
        file.update(news);
        if file.state != before {
            let file = file.clone();
            let text = self.file(&file);
            self.say(text);
        }
    }
}

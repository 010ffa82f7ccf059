//! What the engine's answers change.

use std::mem::discriminant;

use protocol::secret::Personal;
use serde_json::Value;

use super::super::rows::{Conversation, Message, Person, Verification, rows};
use super::super::text::Harmless;
use super::reading::{MESSAGES_MAX, PAGE_MESSAGES};
use super::{
    Ask, Left, Link, LogReset, Model, Opened, Overlay, RemarkKind, Revocations, SafetyNumber, Server, Topic, Waiting,
};
use crate::rpc::{Answer, Fault};

/// A message that waits, by its id, and why.
fn waiting(row: &Value) -> Option<(String, Waiting)> {
    let waits_for = rows(&row["waits_for"]).iter().filter_map(|login| login.as_str().map(Personal::from)).collect();
    let waiting = Waiting {
        reason: row["reason"].as_str()?.to_owned(),
        reached_ms: row["reached_ms"].as_u64(),
        group: row["group_id"].as_str().map(str::to_owned),
        waits_for,
    };
    Some((row["message_id"].as_str()?.to_owned(), waiting))
}

impl Model {
    pub(super) fn on_answer(&mut self, topic: Topic, answer: Answer, asks: &mut Vec<Ask>) {
        match answer {
            Ok(answer) => self.take(topic, &answer, asks),
            Err(fault) => self.on_fault(topic, &fault, asks),
        }
    }

    fn take(&mut self, topic: Topic, answer: &Value, asks: &mut Vec<Ask>) {
        match topic {
            Topic::Whoami => {
                self.lock = None;
                self.me = Some(Person::of(answer));
                self.want_list(asks);
                self.want_newest(asks);
            }
            Topic::Status => {
                self.take_status(answer);
                if self.status.answered() {
                    self.want_status(asks);
                }
            }
            Topic::Outbox => {
                self.waiting = rows(answer).iter().filter_map(waiting).collect();
                if self.outbox.answered() {
                    self.want_outbox(asks);
                }
            }
            Topic::Conversations => {
                self.take_list(answer);
                self.begin(asks);
                if self.list.answered() {
                    self.want_list(asks);
                }
            }
            Topic::Newest(who) => self.take_newest(&who, answer, asks),
            Topic::Older(who) => {
                self.take_older(&who, answer);
                self.approach(asks);
            }
            Topic::Seen | Topic::Decided => self.want_list(asks),
            Topic::Timed | Topic::GroupLeft => self.want_all(asks),
            Topic::Rules => self.take_rules(answer),
            Topic::Grouped => self.on_grouped(answer, asks),
            Topic::GroupBegun => self.on_group_begun(answer, asks),
            Topic::Sent(who, _) => {
                if self.is_open(&who) {
                    self.want_newest(asks);
                }
                self.want_list(asks);
            }
            Topic::Offered | Topic::Acted => {
                self.remark = None;
                self.want_newest(asks);
                self.want_list(asks);
            }
            Topic::Saved => self.on_saved(answer, asks),
            Topic::Exported => self.on_exported(answer),
            Topic::Canceled => self.want_newest(asks),
            Topic::Verification(who) => {
                self.take_number(&who, answer);
                self.want_list(asks);
            }
            Topic::Locked => self.left = Some(Left::Locked),
            Topic::Unlocked => self.on_connected(asks),
            Topic::Present => {}
            Topic::People(query) => self.take_people(query.expose(), answer, asks),
            Topic::Found(words) => self.take_hits(words.expose(), answer, asks),
            Topic::Name(who) => {
                let person = rows(answer).iter().map(Person::of).find(|person| person.login == who);
                if let (Some(person), Some(open)) = (person, self.open.as_mut().filter(|open| open.who == who)) {
                    open.name = Some(person.name);
                }
            }
        }
    }

    fn on_saved(&mut self, answer: &Value, asks: &mut Vec<Ask>) {
        let path = Harmless::of_line(answer["path"].as_str().unwrap_or_default());
        let text = self.words.say_with("chat-saved", &[("path", path.expose().into())]);
        self.remark(RemarkKind::Done, text);
        self.want_newest(asks);
    }

    fn on_fault(&mut self, topic: Topic, fault: &Fault, asks: &mut Vec<Ask>) {
        if fault.code == "locked" {
            return self.on_locked();
        }
        match topic {
            Topic::Present => return,
            // It is locked, or on its way: the way back says which.
            Topic::Locked if matches!(fault.code.as_str(), "agent-gone" | "engine-stopped") => return,
            Topic::Locked => {}
            Topic::Unlocked => return self.on_unlock_refused(fault),
            // The state of the connection is shown anyway.
            Topic::Whoami | Topic::Seen | Topic::Name(_) => return self.try_again(topic),
            Topic::Status => return self.status = super::Refresh::Idle,
            Topic::Outbox => return self.outbox = super::Refresh::Idle,
            Topic::Conversations => {
                self.list = super::Refresh::Idle;
                return self.try_again(topic);
            }
            Topic::Newest(ref who) | Topic::Older(ref who) => {
                if let Some(open) = self.open.as_mut().filter(|open| open.who == *who) {
                    (open.newest, open.older) = (super::Refresh::Idle, super::Refresh::Idle);
                    match fault.code.as_str() {
                        // Right after the first start; its event asks again.
                        "directory-unknown" => return,
                        // Nobody has this login: there is nothing to keep open.
                        "unknown-person" => self.close(),
                        _ => self.try_again(topic),
                    }
                }
            }
            Topic::Sent(who, text) => {
                self.drafts.entry(who).or_default().put_back(text.expose());
            }
            Topic::Saved | Topic::Canceled | Topic::Acted => self.want_newest(asks),
            Topic::Verification(_) => {
                self.overlay = None;
                self.want_list(asks);
            }
            Topic::People(_) => {
                if let Some(Overlay::People(search)) = &mut self.overlay {
                    search.refresh = super::Refresh::Idle;
                }
                self.try_again(topic);
            }
            Topic::Found(_) => {
                self.give_up_hits();
                self.try_again(topic);
            }
            Topic::Decided | Topic::Grouped | Topic::GroupLeft => self.want_list(asks),
            Topic::Rules => self.overlay = None,
            Topic::Offered | Topic::Exported | Topic::Timed | Topic::GroupBegun => {}
        }
        let text = self.words.fault(&fault.code, fault.detail.as_deref());
        self.remark(RemarkKind::Failed, text);
    }

    /// With the next tick: whatever made it fail may last.
    fn try_again(&mut self, topic: Topic) {
        let kind = discriminant(&topic);
        self.again.retain(|other| discriminant(other) != kind);
        self.again.push(topic);
    }

    fn take_status(&mut self, status: &Value) {
        self.server = if status["server"] == "online" { Server::Online } else { Server::Offline };
        self.ended = status["reason"].as_str().map(str::to_owned);
        self.known_ms = status["revocations_known_ms"].as_u64();
        self.revocations = match status["revocations"].as_str() {
            Some("stale") => Revocations::Stale,
            Some("expired") => Revocations::Expired,
            _ => Revocations::Known,
        };
        self.alarm = status["alarm"].as_str().map(str::to_owned);
        // From here on it stands as long as it is true.
        if self.told.as_ref().is_some_and(|told| Some(&told.alarm) == self.alarm.as_ref()) {
            self.told = None;
        }
        let reset = &status["log_reset"];
        self.log_reset = reset["reason"].as_str().map(|reason| LogReset {
            reason: reason.to_owned(),
            time_ms: reset["time_ms"].as_u64().unwrap_or_default(),
            entries_lost: reset["entries_lost"].as_u64().unwrap_or_default(),
            devices_kept_revoked: reset["devices_kept_revoked"].as_u64().unwrap_or_default(),
        });
        let link =
            |row: &Value| Some((row["peer"].as_str()?.into(), Link { state: row["state"].as_str()?.to_owned() }));
        self.links.clear();
        for (peer, link) in status["links"].as_array().into_iter().flatten().filter_map(link) {
            // Of several devices the one that is reached counts.
            if self.links.get(&peer).is_none_or(|known| known.state != "open") {
                self.links.insert(peer, link);
            }
        }
    }

    fn take_list(&mut self, answer: &Value) {
        let me = self.me.as_ref().map(|me| me.login.expose().clone()).unwrap_or_default();
        self.conversations = rows(answer).iter().map(|row| Conversation::of(row, &me)).collect();
        // Who asks comes first: somebody waits for the answer.
        self.conversations.sort_by_key(|row| row.relation != super::super::rows::Relation::Asks);
        if self.selected.is_none() {
            self.selected = self.conversations.first().map(|row| row.login.clone());
        }
    }

    fn take_newest(&mut self, who: &Personal<String>, answer: &Value, asks: &mut Vec<Ask>) {
        let me = self.me.as_ref().map(|me| me.login.expose().clone()).unwrap_or_default();
        let Some(open) = self.open.as_mut().filter(|open| open.who == *who) else { return };
        let page: Vec<_> = rows(answer).iter().map(|row| Message::of(row, &me)).collect();
        let first = page.first().map(|message| message.id.clone());
        let joint = first.and_then(|first| open.messages.iter().position(|message| message.id == first));
        let before = open.messages.len();
        match joint {
            Some(joint) => open.messages.truncate(joint),
            // Nothing in common: what is between them is asked for when somebody scrolls there.
            None => {
                open.messages.clear();
                open.whole = page.len() < PAGE_MESSAGES;
            }
        }
        open.messages.extend(page);
        let again = open.newest.answered();
        let (opened, grown) = (open.opened, open.messages.len().saturating_sub(before));
        let excess = open.messages.len().saturating_sub(MESSAGES_MAX);
        if excess > 0 {
            open.messages.drain(..excess);
            open.whole = false;
        }
        match opened {
            Opened::Waiting { new } => self.show_from_first_new(new),
            Opened::Shown => self.stay_in_place(grown),
        }
        self.keep_in_sight(asks);
        self.approach(asks);
        if again {
            self.want_newest(asks);
        }
    }

    fn take_older(&mut self, who: &Personal<String>, answer: &Value) {
        let me = self.me.as_ref().map(|me| me.login.expose().clone()).unwrap_or_default();
        let Some(open) = self.open.as_mut().filter(|open| open.who == *who) else { return };
        let mut page: Vec<_> = rows(answer).iter().map(|row| Message::of(row, &me)).collect();
        open.older = super::Refresh::Idle;
        open.whole = page.len() < PAGE_MESSAGES;
        page.append(&mut open.messages);
        open.messages = page;
    }

    /// A number is shown only to whoever asked for this person's.
    fn take_number(&mut self, asked: &Personal<String>, answer: &Value) {
        if let Some(Overlay::Verify { who, number }) = &mut self.overlay
            && who == asked
        {
            let digits = answer["safety_number"].as_str().unwrap_or_default();
            let digits = digits.chars().filter(|c| c.is_ascii_digit() || *c == ' ').collect();
            *number = Some(SafetyNumber { digits, verification: Verification::of(answer) });
        }
    }

    fn take_people(&mut self, query: &str, answer: &Value, asks: &mut Vec<Ask>) {
        let Some(Overlay::People(search)) = &mut self.overlay else { return };
        let again = search.refresh.answered() || search.query.text() != query;
        let others = rows(answer).iter().filter(|row| row["you"] != true);
        search.found = others.map(Person::of).collect();
        if again {
            self.want_people(asks);
        }
    }
}

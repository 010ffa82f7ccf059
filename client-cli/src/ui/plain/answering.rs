//! What the engine's answers say in plain lines.

use std::collections::BTreeSet;

use protocol::secret::Personal;
use serde_json::Value;

use super::super::terminal::Left;
use super::super::terminal::calendar::Moment;
use super::super::terminal::rows::{Conversation, File, Group, Hit, Message, Person, Relation, State, rows};
use super::super::terminal::text::Harmless;
use super::commands::Command;
use super::doing::PEOPLE_MAX;
use super::said::shortened;
use super::talk::{Ask, Open, Talk, Target, Topic};
use crate::rpc::{Answer, Fault, Request};

impl Talk {
    pub(super) fn on_answer(&mut self, topic: Topic, answer: Answer, asks: &mut Vec<Ask>) {
        match answer {
            Ok(answer) => self.take(topic, &answer, asks),
            Err(fault) => self.on_fault(&topic, &fault),
        }
    }

    fn on_fault(&mut self, topic: &Topic, fault: &Fault) {
        if fault.code == "locked" && *topic != Topic::Unlocked {
            if self.me.is_some() {
                // What was known here must not stay.
                self.left = Some(Left::Locked);
            } else {
                self.on_locked();
            }
            return;
        }
        match topic {
            Topic::Quiet => return,
            Topic::Known if self.begin_with.is_none() => return,
            // Nobody answered: it may be locked. It is asked anew with the next connection.
            Topic::Whoami if fault.code.starts_with("agent-") || fault.code == "busy" => {}
            Topic::Whoami => self.has_begun = true,
            Topic::Unlocked => self.is_locked = true,
            _ => {}
        }
        let text = self.fault(&fault.code, fault.detail.as_deref());
        self.say(text);
        if matches!(topic, Topic::Known | Topic::Opened(_) | Topic::Who(_) | Topic::GroupBegun) {
            self.begin_with = None;
            self.open_nothing();
        }
    }

    /// It was to be opened and could not be.
    fn open_nothing(&mut self) {
        self.is_opening = false;
        self.say_key("plain-nothing-open");
    }

    fn take(&mut self, topic: Topic, answer: &Value, asks: &mut Vec<Ask>) {
        match topic {
            Topic::Whoami => self.begin(answer, asks),
            Topic::Known => {
                self.know(answer);
                if let Some(who) = self.begin_with.take() {
                    self.go_to(&who, asks);
                }
            }
            Topic::List => self.say_list(answer),
            Topic::Opened(who) => self.open(&who, answer, asks),
            Topic::Older(who) => self.say_older(&who, answer),
            Topic::Who(wanted) => self.say_who(&wanted, answer, asks),
            Topic::People => {
                let people = self.others(answer);
                if people.is_empty() {
                    return self.say_key("chat-people-none");
                }
                self.say_people(&people);
                self.say_hint();
            }
            Topic::Found => self.say_hits(answer),
            Topic::Sent { who, nth, beginning } => self.on_sent(&who, nth, beginning, answer),
            Topic::Changed { message, beginning } => self.on_changed(&message, beginning, asks),
            Topic::Files => self.say_files(answer),
            Topic::Saved => {
                let path = Harmless::of_line(answer["path"].as_str().unwrap_or_default());
                let text = self.words.say_with("chat-saved", &[("path", path.expose().into())]);
                self.say(text);
            }
            Topic::Offered => self.say_key("chat-file-leave-it"),
            Topic::Number(who) => self.say_number(who, answer),
            Topic::Confirmed => {
                self.say_key("plain-verified");
                self.refresh(asks);
            }
            Topic::Members => self.say_members(&Group::of(answer)),
            Topic::GroupBegun => {
                match answer["group_id"].as_str() {
                    Some(id) => self.open_with(id.into(), asks),
                    None => self.open_nothing(),
                }
                self.refresh(asks);
            }
            Topic::Grouped => {
                self.say_key(if answer["role"] == "admin" { "chat-group-asked" } else { "plain-done" });
                self.refresh(asks);
            }
            Topic::Timer => {
                let text = self.words.timer_in_force(answer);
                self.say(text);
            }
            Topic::Rules => {
                let text = Harmless::of(&self.words.rules(answer));
                self.say(text.expose().to_owned());
            }
            Topic::Status => self.say_status(answer),
            Topic::Unlocked => {
                self.is_locked = false;
                asks.push(Ask { topic: Topic::Whoami, request: Request::Whoami {} });
            }
            Topic::Done => {
                self.say_key("plain-done");
                self.refresh(asks);
            }
            Topic::Quiet => {}
        }
    }

    fn begin(&mut self, answer: &Value, asks: &mut Vec<Ask>) {
        let is_first = self.me.is_none();
        let me = Person::of(answer);
        self.is_locked = false;
        self.has_begun = true;
        self.is_opening |= self.begin_with.is_some();
        if is_first {
            let name = me.name.expose().to_owned();
            let text = self.words.say_with("plain-you-are", &[("name", name.into())]);
            self.say(text);
        }
        self.me = Some(me.login);
        if is_first {
            self.say_tips();
        }
        self.refresh(asks);
    }

    /// The list is asked for anew, silently.
    pub(super) fn refresh(&self, asks: &mut Vec<Ask>) {
        asks.push(Ask { topic: Topic::Known, request: Request::Conversations {} });
    }

    fn know(&mut self, answer: &Value) {
        let me = self.my_login();
        self.conversations = rows(answer).iter().map(|row| Conversation::of(row, &me)).collect();
    }

    fn say_list(&mut self, answer: &Value) {
        self.know(answer);
        if self.conversations.is_empty() {
            return self.say_tips();
        }
        self.listed = self.conversations.iter().map(|row| row.login.clone()).collect();
        let lines: Vec<String> = (1..)
            .zip(&self.conversations)
            .map(|(number, row)| format!("{number}. {}", self.conversation(row)))
            .collect();
        lines.into_iter().for_each(|line| self.say(line));
        self.say_hint();
    }

    /// How one goes on from a list with numbers.
    fn say_hint(&mut self) {
        let to = Command::To.word(&self.words);
        let text = self.words.say_with("plain-list-hint", &[("to", to.into())]);
        self.say(text);
    }

    fn page(&self, answer: &Value) -> Vec<Message> {
        let me = self.my_login();
        rows(answer).iter().map(|row| Message::of(row, &me)).collect()
    }

    fn open(&mut self, who: &Personal<String>, answer: &Value, asks: &mut Vec<Ask>) {
        let page = self.page(answer);
        // A login may be typed in another way than it is listed. Names mean nothing here: a group may be called like somebody's login.
        let wanted = who.expose().to_lowercase();
        let called = |row: &&Conversation| row.login.expose().to_lowercase() == wanted;
        let row = self.conversations.iter().find(called);
        let who = row.map_or_else(|| who.clone(), |row| row.login.clone());
        let name = self.name_of(&who);
        let about = row.map_or_else(|| name.expose().to_owned(), |row| self.conversation(row));
        let is_asking = row.is_some_and(|row| self.relation(row).is_some());
        self.is_opening = false;
        self.open = Some(Open {
            who,
            name,
            oldest: page.first().map(|message| message.id.clone()),
            theirs: None,
            ours: None,
            unseen: None,
            said: BTreeSet::new(),
            day: None,
        });
        let text = self.words.say_with("plain-opened", &[("who", about.into())]);
        self.say(text);
        if page.is_empty() && !is_asking {
            self.say_key("plain-write");
        }
        self.say_page(&page);
        self.tell_seen(asks);
    }

    fn say_older(&mut self, who: &Personal<String>, answer: &Value) {
        let page = self.page(answer);
        let Some(open) = self.open.as_mut().filter(|open| open.who == *who) else { return };
        open.day = None;
        match page.first() {
            Some(first) => open.oldest = Some(first.id.clone()),
            None => open.oldest = None,
        }
        if page.is_empty() {
            return self.say_key("plain-no-older");
        }
        for message in &page {
            self.say_message(message);
            if let Some(open) = &mut self.open {
                open.said.insert(message.id.clone());
            }
        }
        self.say_key("plain-older-end");
    }

    fn others(&self, answer: &Value) -> Vec<Person> {
        rows(answer).iter().filter(|row| row["you"] != true).map(Person::of).collect()
    }

    fn say_who(&mut self, wanted: &str, answer: &Value, asks: &mut Vec<Ask>) {
        let people = self.others(answer);
        let wanted = wanted.to_lowercase();
        // A login means whom the directory says, however a group or somebody else is called.
        let exact = people.iter().find(|person| person.login.expose().to_lowercase() == wanted);
        let mut called = self.conversations.iter().filter(|row| row.name.expose().to_lowercase() == wanted);
        let known: Vec<Personal<String>> = called.by_ref().map(|row| row.login.clone()).collect();
        match (exact, known.as_slice(), people.as_slice()) {
            (Some(Person { login, .. }), ..) | (None, [login], _) | (None, [], [Person { login, .. }]) => {
                return self.open_with(login.clone(), asks);
            }
            (None, [], []) => self.say_key("chat-people-none"),
            (None, [], people) => {
                self.say_people(people.get(..PEOPLE_MAX).unwrap_or(people));
                self.say_hint();
            }
            (None, known, _) => {
                self.say_known(known);
                self.say_hint();
            }
        }
        self.open_nothing();
    }

    fn say_hits(&mut self, answer: &Value) {
        let me = self.my_login();
        let hits: Vec<Hit> = rows(answer).iter().map(|row| Hit::of(row, &me)).collect();
        if hits.is_empty() {
            return self.say_key("chat-search-none");
        }
        self.listed = hits.iter().map(|hit| hit.with.clone().unwrap_or_default()).collect();
        let now = Moment::of(self.now.as_millis(), &self.zone);
        for (number, hit) in (1u64..).zip(&hits) {
            let time = Moment::of(hit.sent_ms, &self.zone).since(&now, &self.words);
            let who = hit.with.as_ref().map(|who| self.name_of(who).expose().to_owned()).unwrap_or_default();
            self.say(format!("{number}. {who}, {time}: {}", hit.line.expose()));
        }
        self.say_hint();
    }

    fn on_sent(&mut self, who: &Personal<String>, nth: u64, beginning: Harmless, answer: &Value) {
        if let State::Refused(reason) = State::of(answer) {
            let text = format!("{}: {}", self.words.say("state-refused"), self.fault(&reason, None));
            return self.say(text);
        }
        // Of what was sent since it is not known yet which message it is.
        let is_newest = nth == self.sends;
        let author = Harmless::of_line(&self.words.say("chat-you"));
        if let Some(open) = self.open.as_mut().filter(|open| is_newest && open.who == *who) {
            open.ours = answer["message_id"].as_str().map(|id| Target { id: id.to_owned(), author, beginning });
        }
        let row = self.row(who);
        let waits = row.is_some_and(|row| row.relation != Relation::Accepted);
        if waits && row.is_none_or(|row| row.group.is_none()) {
            self.say_key("state-queued");
        }
    }

    fn on_changed(&mut self, message: &str, beginning: Option<Harmless>, asks: &mut Vec<Ask>) {
        if let Some(open) = self.open.as_mut()
            && let Some(ours) = open.ours.take_if(|ours| ours.id == message)
        {
            open.ours = beginning.map(|beginning| Target { beginning, ..ours });
        }
        self.say_key("plain-done");
        self.refresh(asks);
    }

    fn say_files(&mut self, answer: &Value) {
        let with = self.open.as_ref().map(|open| open.who.expose().clone());
        // Of a group's files `from` and `to` are a member and the group's name.
        let is_here = |row: &&Value| match (with.as_deref(), row["group_id"].as_str()) {
            (None, _) => true,
            (Some(with), Some(group)) => group == with,
            (Some(with), None) => row["from"] == with || row["to"] == with,
        };
        self.files = rows(answer).iter().filter(is_here).map(File::of).collect();
        if self.files.is_empty() {
            return self.say_key("plain-no-files");
        }
        let lines: Vec<String> =
            (1u64..).zip(&self.files).map(|(number, file)| format!("{number}. {}", self.file(file))).collect();
        lines.into_iter().for_each(|line| self.say(line));
        let save = Command::Save.word(&self.words);
        let text = self.words.say_with("plain-files-hint", &[("save", save.into())]);
        self.say(text);
    }

    fn say_number(&mut self, who: Personal<String>, answer: &Value) {
        let digits = self.say_digits(&who, answer["safety_number"].as_str().unwrap_or_default());
        let name = self.name_of(&who).expose().to_owned();
        self.say_key(if answer["verified"] == true { "plain-verified" } else { "plain-unverified" });
        let how = self
            .words
            .say_with("plain-verify-how", &[("who", name.into()), ("same", Command::Same.word(&self.words).into())]);
        self.say(how);
        self.number = Some((who, digits));
    }

    fn say_members(&mut self, group: &Group) {
        let count = (group.members.len() as u64).into();
        let count = self.words.say_with("group-members", &[("count", count)]);
        self.say(format!("{}, {count}", group.name.expose()));
        for member in &group.members {
            let name =
                if self.is_me(&member.login) { self.words.say("chat-you") } else { member.name.expose().to_owned() };
            let login = Harmless::of_line(member.login.expose());
            let rank = self.words.say(member.rank.key());
            self.say(format!("{name}, {}, {rank}", login.expose()));
        }
        if group.is_frozen {
            self.say_key("error-group-frozen");
        }
    }

    fn say_status(&mut self, answer: &Value) {
        let server = answer["server"].as_str().unwrap_or("offline");
        let outbox = answer["outbox"].as_u64().unwrap_or_default();
        let waits = match outbox {
            0 => self.words.say("plain-nothing-waits"),
            count => self.words.say_with("chat-waiting-count", &[("count", count.into())]),
        };
        let server = self.words.say(&format!("server-{server}"));
        self.say(server);
        self.say(waits);
        for (prefix, field) in [("ended", "reason"), ("alarm", "alarm")] {
            if let Some(word) = answer[field].as_str() {
                let text = self.words.try_say(&format!("{prefix}-{word}"));
                self.say(text.unwrap_or_else(|| self.words.say("alarm-other")));
            }
        }
        if let Some(open) = &self.open {
            let row = self.row(&open.who);
            let about = row.map_or_else(|| open.name.expose().to_owned(), |row| self.conversation(row));
            let text = self.words.say_with("plain-opened", &[("who", about.into())]);
            self.say(text);
        }
    }

    /// The beginning of what a message says.
    pub(super) fn beginning_of(&self, message: &Message) -> String {
        shortened(&self.said(&message.said))
    }
}

//! What commands ask of the engine. What cannot be taken back is asked about first.

use protocol::secret::Personal;

use super::super::terminal::Left;
use super::commands::Command;
use super::talk::{Ask, Pending, Talk, Topic};
use crate::rpc::{Beside, Decision, GroupChange, Request, TimerWish};

/// Messages that are said when a conversation is opened, and of one step back.
const PAGE_MESSAGES: usize = 10;
/// Most people that a search names.
const PEOPLE_MAX: usize = 20;
/// Most messages that a search names.
const HITS_MAX: usize = 20;

impl Talk {
    pub(super) fn on_command(&mut self, command: Command, rest: &str, asks: &mut Vec<Ask>) {
        if command != Command::Yes {
            self.pending = None;
        }
        let ask = |topic, request| Some(Ask { topic, request });
        let asked = match command {
            Command::Help => return self.say_help(),
            Command::Quit => return self.left = Some(Left::Quit),
            Command::List => ask(Topic::List, Request::Conversations {}),
            Command::To => return self.go_to(rest, asks),
            Command::People => ask(Topic::People, Request::People { query: rest.to_owned(), limit: Some(PEOPLE_MAX) }),
            Command::Search if rest.is_empty() => return self.say_missing(command),
            Command::Search => ask(
                Topic::Found,
                Request::Search { words: rest.to_owned(), with: None, before: None, last: Some(HITS_MAX) },
            ),
            Command::Rules => ask(Topic::Rules, Request::Organization {}),
            Command::Status => ask(Topic::Status, Request::Status {}),
            Command::Lock => ask(Topic::Done, Request::Lock {}),
            Command::Files => ask(Topic::Files, Request::Files {}),
            Command::Save => self.save(rest),
            Command::Group => self.begin_group(rest),
            Command::Yes => {
                let pending = self.pending.take().map(|Pending(ask)| ask);
                if pending.is_none() {
                    self.say_key("plain-nothing-asked");
                }
                pending
            }
            Command::Older
            | Command::Reply
            | Command::Edit
            | Command::Delete
            | Command::React
            | Command::SendFile
            | Command::Verify
            | Command::Same
            | Command::Accept
            | Command::Refuse
            | Command::Block
            | Command::Members
            | Command::Add
            | Command::Remove
            | Command::Leave
            | Command::Timer => self.in_conversation(command, rest),
        };
        asks.extend(asked);
    }

    /// What is about the open conversation.
    fn in_conversation(&mut self, command: Command, rest: &str) -> Option<Ask> {
        let Some(open) = &self.open else {
            self.say_key("plain-open-first");
            return None;
        };
        let (who, theirs, ours, oldest) =
            (open.who.clone(), open.theirs.clone(), open.ours.clone(), open.oldest.clone());
        let needs_words =
            matches!(command, Command::Reply | Command::Edit | Command::SendFile | Command::Add | Command::Remove);
        if needs_words && rest.is_empty() {
            self.say_missing(command);
            return None;
        }
        let (login, text) = (who.expose().clone(), rest.to_owned());
        let ask = |topic, request| Some(Ask { topic, request });
        match command {
            Command::Older => {
                let Some(before) = oldest else {
                    self.say_key("plain-no-older");
                    return None;
                };
                ask(Topic::Older(who), Request::Page { who: login, before: Some(before), last: PAGE_MESSAGES })
            }
            Command::Reply => {
                let beside = Beside { reply_to: self.there(theirs)?.into(), ..Beside::default() };
                ask(Topic::Sent(who), Request::Send { who: login, text, wait_ms: None, beside })
            }
            Command::Edit => ask(Topic::Done, Request::Edit { message: self.there(ours)?, text, wait_ms: None }),
            Command::Delete => {
                let message = self.there(ours)?;
                let delete = Request::Delete { message, wait_ms: None };
                self.ask_first("plain-ask-delete", Ask { topic: Topic::Done, request: delete })
            }
            Command::React => {
                let emoji = Some(text).filter(|text| !text.is_empty());
                ask(Topic::Done, Request::React { message: self.there(theirs)?, emoji, wait_ms: None })
            }
            Command::SendFile => {
                let path = self.places.absolute(rest).to_str()?.to_owned();
                ask(Topic::Offered, Request::SendFile { who: login, path, wait_ms: None, beside: Beside::default() })
            }
            Command::Verify => ask(Topic::Number(who), Request::Verify { who: login, confirm: None, number: None }),
            Command::Same => {
                let Some((_, number)) = self.number.take().filter(|(whose, _)| *whose == who) else {
                    self.say_key("plain-verify-first");
                    return None;
                };
                let request = Request::Verify { who: login, confirm: Some(true), number: Some(number) };
                ask(Topic::Confirmed, request)
            }
            Command::Accept => ask(Topic::Done, self.decided(login, Decision::Accept)),
            Command::Refuse => ask(Topic::Done, self.decided(login, Decision::Refuse)),
            Command::Block => {
                let request = self.decided(login, Decision::Block);
                self.ask_first("plain-ask-block", Ask { topic: Topic::Done, request })
            }
            Command::Members => ask(Topic::Members, Request::Group { group: login }),
            Command::Timer => self.timer(login, rest),
            _ => self.change_group(command, login, text),
        }
    }

    fn change_group(&mut self, command: Command, group: String, who: String) -> Option<Ask> {
        let (key, change) = match command {
            Command::Add => {
                let change = GroupChange::Add { who };
                return Some(Ask { topic: Topic::Grouped, request: Request::GroupChange { group, change } });
            }
            Command::Remove => ("plain-ask-remove", GroupChange::Remove { who }),
            _ => ("plain-ask-leave", GroupChange::Leave {}),
        };
        self.ask_first(key, Ask { topic: Topic::Grouped, request: Request::GroupChange { group, change } })
    }

    fn timer(&mut self, who: String, rest: &str) -> Option<Ask> {
        let set = match rest {
            "" => None,
            "off" => Some(TimerWish::Off),
            seconds => match seconds.parse() {
                Ok(seconds) => Some(TimerWish::Seconds(seconds)),
                Err(_) => {
                    self.say_missing(Command::Timer);
                    return None;
                }
            },
        };
        Some(Ask { topic: Topic::Timer, request: Request::Timer { who, set } })
    }

    fn decided(&self, who: String, decision: Decision) -> Request {
        let number = self.row(&Personal::new(who.clone())).and_then(|row| row.new_number.clone());
        Request::Decide { who, decision, number }
    }

    /// Says what would be done, and waits for a yes.
    fn ask_first(&mut self, key: &str, ask: Ask) -> Option<Ask> {
        let yes = Command::Yes.word(&self.words);
        let who = self.open.as_ref().map(|open| open.name.expose().to_owned()).unwrap_or_default();
        let text = self.words.say_with(key, &[("who", who.into()), ("yes", yes.into())]);
        self.say(text);
        self.pending = Some(Pending(ask));
        None
    }

    fn there(&mut self, message: Option<String>) -> Option<String> {
        if message.is_none() {
            self.say_key("plain-no-message");
        }
        message
    }

    fn say_missing(&mut self, command: Command) {
        let help = self.words.say(&format!("plain-help-{}", command.key()));
        let line = format!("{} {help}", command.word(&self.words));
        self.say(line);
    }

    fn say_help(&mut self) {
        self.say_key("plain-help-how");
        for command in Command::ALL {
            self.say_missing(command);
        }
    }

    /// A number of the last list, somebody who is known, or somebody whom the directory finds.
    fn go_to(&mut self, rest: &str, asks: &mut Vec<Ask>) {
        if rest.is_empty() {
            return self.say_missing(Command::To);
        }
        let listed = rest.parse::<usize>().ok().and_then(|number| self.listed.get(number.checked_sub(1)?));
        let wanted = rest.to_lowercase();
        let is_called = |name: &str| name.to_lowercase() == wanted;
        let mut known =
            self.conversations.iter().filter(|row| is_called(row.login.expose()) || is_called(row.name.expose()));
        let only = known.next().filter(|_| known.next().is_none()).map(|row| &row.login);
        if let Some(who) = listed.or(only).cloned() {
            return self.open_with(who, asks);
        }
        let request = Request::People { query: rest.to_owned(), limit: Some(PEOPLE_MAX) };
        asks.push(Ask { topic: Topic::Who(rest.to_owned()), request });
    }

    pub(super) fn open_with(&mut self, who: Personal<String>, asks: &mut Vec<Ask>) {
        let request = Request::Page { who: who.expose().clone(), before: None, last: PAGE_MESSAGES };
        asks.push(Ask { topic: Topic::Opened(who), request });
    }

    pub(super) fn send(&mut self, text: &str, asks: &mut Vec<Ask>) {
        self.pending = None;
        let Some(open) = &self.open else { return self.say_key("plain-open-first") };
        let who = open.who.expose().clone();
        let request = Request::Send { who, text: text.to_owned(), wait_ms: None, beside: Beside::default() };
        asks.push(Ask { topic: Topic::Sent(open.who.clone()), request });
    }

    /// A number of the last list of files, and perhaps where to.
    fn save(&mut self, rest: &str) -> Option<Ask> {
        let (number, path) = rest.split_once(' ').unwrap_or((rest, ""));
        let number = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some(file) = number.and_then(|at| self.files.get(at)) else {
            self.say_missing(Command::Save);
            return None;
        };
        let path = match path.trim() {
            "" => self.places.downloads.clone(),
            path => self.places.absolute(path),
        };
        let request = Request::Save { file: file.id.clone(), path: path.to_str()?.to_owned() };
        Some(Ask { topic: Topic::Saved, request })
    }

    /// `NAME: LOGIN LOGIN`.
    fn begin_group(&mut self, rest: &str) -> Option<Ask> {
        let (name, people) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let members: Vec<String> =
            people.split([' ', ',']).filter(|login| !login.is_empty()).map(str::to_owned).collect();
        if name.trim().is_empty() || members.is_empty() {
            self.say_missing(Command::Group);
            return None;
        }
        let request = Request::GroupCreate { name: name.trim().to_owned(), members };
        Some(Ask { topic: Topic::GroupBegun, request })
    }
}

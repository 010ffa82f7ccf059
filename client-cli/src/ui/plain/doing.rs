//! What commands ask of the engine. What cannot be taken back is asked about first.

use fluent_templates::fluent_bundle::FluentValue;
use protocol::secret::Personal;

use super::super::terminal::Left;
use super::super::terminal::rows::Identity;
use super::super::terminal::text::Harmless;
use super::commands::Command;
use super::said::shortened;
use super::talk::{Ask, Pending, Talk, Target, Topic};
use crate::durations;
use crate::rpc::{Beside, Decision, GroupChange, Request, TimerWish};

/// Messages that are said when a conversation is opened, and of one step back.
const PAGE_MESSAGES: usize = 10;
/// Most people that a search names.
pub(super) const PEOPLE_MAX: usize = 20;
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
        let (who, oldest) = (open.who.clone(), open.oldest.clone());
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
            Command::Reply | Command::React => self.about_theirs(command, who, text),
            Command::Edit | Command::Delete => self.about_ours(command, text),
            Command::SendFile => {
                // The newest of ours is the file from now on.
                self.going_out();
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
            Command::Accept => self.accept(who),
            Command::Refuse => {
                ask(Topic::Done, Request::Decide { who: login, decision: Decision::Refuse, number: None })
            }
            Command::Block => {
                let request = Request::Decide { who: login, decision: Decision::Block, number: None };
                self.ask_first("plain-ask-block", &[], Ask { topic: Topic::Done, request })
            }
            Command::Members => ask(Topic::Members, Request::Group { group: login }),
            Command::Timer => self.timer(login, rest),
            _ => self.change_group(command, login, text),
        }
    }

    /// To the newest message of theirs that was said: it is said which one that is.
    fn about_theirs(&mut self, command: Command, who: Personal<String>, text: String) -> Option<Ask> {
        let theirs = self.open.as_ref().and_then(|open| open.theirs.clone());
        let Some(Target { id, author, beginning }) = theirs else {
            self.say_key("plain-no-message");
            return None;
        };
        let key = if command == Command::Reply { "plain-replying" } else { "plain-reacting" };
        let values = [("who", author.expose().into()), ("text", beginning.expose().into())];
        let about = self.words.say_with(key, &values);
        self.say(about);
        if command == Command::Reply {
            let beside = Beside { reply_to: Some(id), ..Beside::default() };
            return Some(self.sending(who, text, beside));
        }
        let emoji = Some(text).filter(|text| !text.is_empty());
        Some(Ask { topic: Topic::Done, request: Request::React { message: id, emoji, wait_ms: None } })
    }

    /// To the newest message of ours: only once the person said yes to which one that is.
    fn about_ours(&mut self, command: Command, text: String) -> Option<Ask> {
        let ours = self.open.as_ref().and_then(|open| open.ours.clone());
        let Some(Target { id, beginning, .. }) = ours else {
            self.say_key("plain-no-message");
            return None;
        };
        let message = id.clone();
        let (key, after, request) = if command == Command::Edit {
            let after = Some(begun(&text));
            ("plain-ask-edit", after, Request::Edit { message, text, wait_ms: None })
        } else {
            ("plain-ask-delete", None, Request::Delete { message, wait_ms: None })
        };
        let ask = Ask { topic: Topic::Changed { message: id, beginning: after }, request };
        self.ask_first(key, &[("text", beginning.expose().into())], ask)
    }

    /// Whoever has another identity than before is gone on with only for the number that was said here.
    fn accept(&mut self, who: Personal<String>) -> Option<Ask> {
        let row = self.row(&who).filter(|row| row.identity != Identity::Same);
        let number = row.and_then(|row| row.new_number.clone());
        let login = who.expose().clone();
        let Some(number) = number else {
            let request = Request::Decide { who: login, decision: Decision::Accept, number: None };
            return Some(Ask { topic: Topic::Done, request });
        };
        let number = Some(self.say_digits(&who, &number));
        let request = Request::Decide { who: login, decision: Decision::Accept, number };
        self.ask_first("plain-ask-accept", &[], Ask { topic: Topic::Done, request })
    }

    /// Until the answer nobody knows which message is the newest of ours. Returns the how manieth this is.
    fn going_out(&mut self) -> u64 {
        if let Some(open) = &mut self.open {
            open.ours = None;
        }
        self.sends += 1;
        self.sends
    }

    fn sending(&mut self, who: Personal<String>, text: String, beside: Beside) -> Ask {
        let (nth, beginning) = (self.going_out(), begun(&text));
        let request = Request::Send { who: who.expose().clone(), text, wait_ms: None, beside };
        Ask { topic: Topic::Sent { who, nth, beginning }, request }
    }

    fn change_group(&mut self, command: Command, group: String, who: String) -> Option<Ask> {
        let (name, login) = self.member(&who);
        let (key, change) = match command {
            Command::Add => {
                let change = GroupChange::Add { who };
                return Some(Ask { topic: Topic::Grouped, request: Request::GroupChange { group, change } });
            }
            Command::Remove => ("plain-ask-remove", GroupChange::Remove { who }),
            _ => ("plain-ask-leave", GroupChange::Leave {}),
        };
        let values = [("name", name.expose().into()), ("login", login.expose().into())];
        self.ask_first(key, &values, Ask { topic: Topic::Grouped, request: Request::GroupChange { group, change } })
    }

    /// The name and the login of a member of the open group, as far as they are known.
    fn member(&self, who: &str) -> (Harmless, Harmless) {
        let wanted = who.to_lowercase();
        let group = self.open.as_ref().and_then(|open| self.row(&open.who)).and_then(|row| row.group.as_ref());
        let member =
            group.and_then(|group| group.members.iter().find(|member| member.login.expose().to_lowercase() == wanted));
        let name = member.map_or_else(|| Harmless::of_line(who), |member| member.name.clone());
        (name, Harmless::of_line(member.map_or(who, |member| member.login.expose())))
    }

    fn timer(&mut self, who: String, rest: &str) -> Option<Ask> {
        let off = self.words.say("plain-off");
        let set = match rest.to_lowercase() {
            rest if rest.is_empty() => None,
            rest if rest == "off" || rest == off => Some(TimerWish::Off),
            time => match durations::seconds(&time) {
                Ok(seconds) => Some(TimerWish::Seconds(seconds)),
                Err(_) => {
                    self.say_missing(Command::Timer);
                    return None;
                }
            },
        };
        Some(Ask { topic: Topic::Timer, request: Request::Timer { who, set } })
    }

    /// Says what would be done, and waits for a yes.
    fn ask_first(&mut self, key: &str, about: &[(&'static str, FluentValue<'_>)], ask: Ask) -> Option<Ask> {
        let yes = Command::Yes.word(&self.words);
        let who = self.open.as_ref().map(|open| open.name.expose().to_owned()).unwrap_or_default();
        let values: Vec<_> =
            about.iter().cloned().chain([("who", FluentValue::from(who)), ("yes", yes.into())]).collect();
        let text = self.words.say_with(key, &values);
        self.say(text);
        self.pending = Some(Pending(ask));
        None
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

    /// A number of the last list, the login of somebody who is known, or whom the directory finds. Nothing is open until it is.
    pub(super) fn go_to(&mut self, rest: &str, asks: &mut Vec<Ask>) {
        if rest.is_empty() {
            return self.say_missing(Command::To);
        }
        let listed = rest.parse::<usize>().ok().and_then(|number| self.listed.get(number.checked_sub(1)?));
        let wanted = rest.to_lowercase();
        let known =
            self.conversations.iter().map(|row| &row.login).find(|login| login.expose().to_lowercase() == wanted);
        if let Some(who) = listed.or(known).cloned() {
            return self.open_with(who, asks);
        }
        self.begin_opening();
        // All of them, so that an exact login is among them.
        let request = Request::People { query: rest.to_owned(), limit: None };
        asks.push(Ask { topic: Topic::Who(rest.to_owned()), request });
    }

    /// From here on nobody is written to until a conversation is open.
    fn begin_opening(&mut self) {
        (self.open, self.number, self.pending) = (None, None, None);
        self.begin_with = None;
        self.is_opening = true;
    }

    pub(super) fn open_with(&mut self, who: Personal<String>, asks: &mut Vec<Ask>) {
        self.begin_opening();
        let request = Request::Page { who: who.expose().clone(), before: None, last: PAGE_MESSAGES };
        asks.push(Ask { topic: Topic::Opened(who), request });
    }

    pub(super) fn send(&mut self, text: &str, asks: &mut Vec<Ask>) {
        self.pending = None;
        let Some(open) = &self.open else { return self.say_not_sent(text) };
        let who = open.who.clone();
        let ask = self.sending(who, text.to_owned(), Beside::default());
        asks.push(ask);
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
        self.begin_opening();
        let request = Request::GroupCreate { name: name.trim().to_owned(), members };
        Some(Ask { topic: Topic::GroupBegun, request })
    }
}

/// How a text of ours begins.
fn begun(text: &str) -> Harmless {
    Harmless::of_line(&shortened(text))
}

//! Groups in the window: who is in one, what can be done about each member, and beginning one. Whatever changes a group is asked about
//! first; what cannot be done is not offered, and the engine has the last word.

use crossterm::event::{KeyCode, KeyEvent};
use protocol::secret::Personal;
use serde_json::Value;

use super::super::editor::Editor;
use super::super::rows::{Group, Member, Person, Rank};
use super::super::text::Harmless;
use super::keys::edit;
use super::{Ask, Model, Overlay, Purpose, RemarkKind, Search, Topic, place};
use crate::rpc::{GroupChange, Request};

/// The members of a group on the screen.
pub struct Roll {
    /// Id of the group.
    pub group: Personal<String>,
    /// Login under the cursor.
    pub selected: Option<Personal<String>>,
    /// What is done as soon as the person says yes.
    pub asked: Option<GroupChange>,
}

/// What gets a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naming {
    /// A group that begins with these people.
    Begin(Vec<Personal<String>>),
    /// The group with this id.
    Rename(Personal<String>),
}

impl Model {
    pub(super) fn show_members(&mut self, group: Personal<String>) {
        self.overlay = Some(Overlay::Members(Roll { group, selected: None, asked: None }));
    }

    /// The group with this id.
    pub fn group(&self, id: &Personal<String>) -> Option<&Group> {
        self.conversations.iter().find(|row| row.login == *id)?.group.as_ref()
    }

    /// The group that is open.
    pub fn open_group(&self) -> Option<&Group> {
        self.open_row()?.group.as_ref()
    }

    /// Whether this login is our person's.
    pub fn is_me(&self, login: &Personal<String>) -> bool {
        self.me.as_ref().is_some_and(|me| me.login == *login)
    }

    /// The member under the cursor.
    pub fn chosen_member(&self) -> Option<&Member> {
        let Some(Overlay::Members(roll)) = &self.overlay else { return None };
        let members = &self.group(&roll.group)?.members;
        members.get(place(members.iter().map(|member| &member.login), roll.selected.as_ref()))
    }

    /// How many messages of this group wait for somebody.
    pub fn waiting_for(&self, group: &Personal<String>, login: &Personal<String>) -> usize {
        let of_group = self.waiting.values().filter(|waiting| waiting.group.as_deref() == Some(group.expose()));
        of_group.filter(|waiting| waiting.waits_for.contains(login)).count()
    }

    /// What can be done about the member under the cursor, and in the group: keys and their words.
    pub fn member_steps(&self) -> Vec<(&'static str, &'static str)> {
        let Some(Overlay::Members(roll)) = &self.overlay else { return Vec::new() };
        let Some(group) = self.group(&roll.group) else { return Vec::new() };
        let member = self.chosen_member();
        let other = member.filter(|member| !self.is_me(&member.login));
        let rank = other.map_or(Rank::Outside, |member| member.rank);
        let changes = group.rank.is_admin() && !group.is_frozen;
        let offered = [
            (other.is_some(), ("Enter", "chat-member-talk")),
            (other.is_some(), ("v", "chat-member-verify")),
            (changes, ("a", "chat-member-add")),
            (changes && matches!(rank, Rank::Member | Rank::Admin), ("x", "chat-member-remove")),
            (changes && rank == Rank::Member, ("p", "chat-member-promote")),
            (changes && rank == Rank::Admin, ("p", "chat-member-demote")),
            (changes && group.rank == Rank::HoldsPen && other.is_some(), ("t", "chat-member-transfer")),
            (changes, ("n", "chat-member-rename")),
            (group.rank != Rank::Outside, ("l", "chat-member-leave")),
        ];
        offered.into_iter().filter(|(is_offered, _)| *is_offered).map(|(_, step)| step).collect()
    }

    pub(super) fn on_members_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Members(roll)) = &mut self.overlay else { return };
        if roll.asked.is_some() {
            match key.code {
                KeyCode::Enter => self.change_group(asks),
                KeyCode::Esc => roll.asked = None,
                _ => {}
            }
            return;
        }
        match key.code {
            KeyCode::Esc => self.overlay = None,
            KeyCode::Up => self.go_to_member(-1),
            KeyCode::Down => self.go_to_member(1),
            KeyCode::PageUp => self.go_to_member(-10),
            KeyCode::PageDown => self.go_to_member(10),
            KeyCode::Enter => self.member_step("Enter", asks),
            KeyCode::Delete => self.member_step("x", asks),
            KeyCode::Char(c) => self.member_step(c.encode_utf8(&mut [0; 4]), asks),
            _ => {}
        }
    }

    fn go_to_member(&mut self, by: isize) {
        let Some(Overlay::Members(roll)) = &self.overlay else { return };
        let Some(group) = self.group(&roll.group) else { return };
        let at = place(group.members.iter().map(|member| &member.login), roll.selected.as_ref());
        let to = at.saturating_add_signed(by).min(group.members.len().saturating_sub(1));
        let login = group.members.get(to).map(|member| member.login.clone());
        if let Some(Overlay::Members(roll)) = &mut self.overlay {
            roll.selected = login;
        }
    }

    fn member_step(&mut self, key: &str, asks: &mut Vec<Ask>) {
        let Some((_, step)) = self.member_steps().into_iter().find(|(offered, _)| *offered == key) else { return };
        let Some(Overlay::Members(roll)) = &self.overlay else { return };
        let group = roll.group.clone();
        let member = self.chosen_member().map(|member| member.login.clone()).unwrap_or_default();
        let who = member.expose().clone();
        let change = match step {
            "chat-member-talk" => {
                self.overlay = None;
                return self.open_with(member, asks);
            }
            "chat-member-verify" => return self.show_number(member, asks),
            "chat-member-add" => return self.search_for(Purpose::Add(group), asks),
            "chat-member-rename" => {
                let name = self.group(&group).map(|group| group.name.expose().to_owned()).unwrap_or_default();
                self.overlay = Some(Overlay::Name { naming: Naming::Rename(group), name: Editor::with(&name) });
                return;
            }
            "chat-member-remove" => GroupChange::Remove { who },
            "chat-member-promote" => GroupChange::Promote { who },
            "chat-member-demote" => GroupChange::Demote { who },
            "chat-member-transfer" => GroupChange::Transfer { who },
            _ => GroupChange::Leave {},
        };
        if let Some(Overlay::Members(roll)) = &mut self.overlay {
            roll.asked = Some(change);
        }
    }

    /// What the person says yes or no to.
    pub fn asked_about_members(&self) -> Option<String> {
        let Some(Overlay::Members(Roll { asked: Some(change), group, .. })) = &self.overlay else { return None };
        let (key, login) = match change {
            GroupChange::Remove { who } => ("chat-ask-remove", who.as_str()),
            GroupChange::Promote { who } => ("chat-ask-promote", who.as_str()),
            GroupChange::Demote { who } => ("chat-ask-demote", who.as_str()),
            GroupChange::Transfer { who } => ("chat-ask-transfer", who.as_str()),
            GroupChange::Add { .. }
            | GroupChange::Rename { .. }
            | GroupChange::Picture { .. }
            | GroupChange::Leave {} => ("chat-ask-leave", ""),
        };
        let group = self.group(group)?;
        let member = group.members.iter().find(|member| member.login.expose() == login);
        let who = member.map_or_else(|| Harmless::of_line(login), |member| member.name.clone());
        let values = [("who", who.expose().into()), ("group", group.name.expose().into())];
        Some(self.words.say_with(key, &values))
    }

    fn change_group(&mut self, asks: &mut Vec<Ask>) {
        let Some(Overlay::Members(roll)) = &mut self.overlay else { return };
        let Some(change) = roll.asked.take() else { return };
        let group = roll.group.expose().clone();
        let topic = if change == (GroupChange::Leave {}) { Topic::GroupLeft } else { Topic::Grouped };
        if topic == Topic::GroupLeft {
            self.overlay = None;
        }
        asks.push(Ask { topic, request: Request::GroupChange { group, change } });
    }

    /// Looks for people for this purpose.
    pub(super) fn search_for(&mut self, purpose: Purpose, asks: &mut Vec<Ask>) {
        self.overlay = Some(Overlay::People(Search { purpose, ..Search::default() }));
        self.want_people(asks);
    }

    /// People were chosen, and the person goes on.
    pub(super) fn go_on_with(&mut self, people: Vec<Person>, purpose: Purpose, asks: &mut Vec<Ask>) {
        let logins: Vec<_> = people.into_iter().map(|person| person.login).collect();
        match purpose {
            Purpose::Talk | Purpose::Forward(_) => {
                self.overlay = Some(Overlay::Name { naming: Naming::Begin(logins), name: Editor::default() });
            }
            Purpose::Add(group) => {
                for who in logins {
                    let change = GroupChange::Add { who: who.into_exposed() };
                    let request = Request::GroupChange { group: group.expose().clone(), change };
                    asks.push(Ask { topic: Topic::Grouped, request });
                }
                self.show_members(group);
            }
        }
    }

    pub(super) fn on_name_key(&mut self, key: KeyEvent, asks: &mut Vec<Ask>) {
        let Some(Overlay::Name { naming, name }) = &mut self.overlay else { return };
        let written = name.text().trim().to_owned();
        match key.code {
            KeyCode::Enter if written.is_empty() => {}
            KeyCode::Enter => match naming.clone() {
                Naming::Begin(people) => {
                    let members = people.into_iter().map(Personal::into_exposed).collect();
                    let request = Request::GroupCreate { name: written, members };
                    asks.push(Ask { topic: Topic::GroupBegun, request });
                    self.overlay = None;
                }
                Naming::Rename(group) => {
                    let change = GroupChange::Rename { name: written };
                    let request = Request::GroupChange { group: group.expose().clone(), change };
                    asks.push(Ask { topic: Topic::Grouped, request });
                    self.show_members(group);
                }
            },
            _ => edit(name, key),
        }
    }

    /// A group was begun: it is opened.
    pub(super) fn on_group_begun(&mut self, answer: &Value, asks: &mut Vec<Ask>) {
        let Some(id) = answer["group_id"].as_str() else { return };
        self.open_with(id.into(), asks);
        if let Some(open) = &mut self.open {
            open.name = Some(Harmless::of_line(answer["name"].as_str().unwrap_or_default()));
        }
        self.want_all(asks);
    }

    /// What an administrator wants who does not hold the pen is done once the device that does has heard of it.
    pub(super) fn on_grouped(&mut self, answer: &Value, asks: &mut Vec<Ask>) {
        if answer["role"] == "admin" {
            let text = self.words.say("chat-group-asked");
            self.remark(RemarkKind::Done, text);
        }
        self.want_all(asks);
    }
}

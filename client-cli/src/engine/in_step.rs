//! The engine and groups that follow a group of the directory. The directory is asked for all groups of our own person, at one rhythm,
//! whatever is done with them: the server must never learn from a question which of them have a conversation. What an answer changes,
//! `core::in_step` decides.

use std::collections::{BTreeMap, BTreeSet};

use protocol::directory::{DirectoryGroup, Group, GroupPeople};
use protocol::ids::{ConversationId, MemberId};
use protocol::limits::{DIRECTORY_GROUPS_MS, ROSTER_MEMBERS_MAX};
use protocol::roster::{Roster, RosterChange, is_name};
use protocol::signaling::message::FetchWhat;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use super::groups::refused;
use super::port::Fault;
use super::requests::Refused;
use super::{Engine, EngineError, Server};
use crate::clock;
use crate::conversation::{ConversationError, GroupRefusal, GroupRow};
use crate::core::identity::Bond;
use crate::core::in_step::{Heard, Plan, Reason, plan};
use crate::store::Reading as _;
use crate::store::tables::{GROUPS, IN_STEP};

/// What the directory said last, and how the groups stand that follow it and whose pen is ours.
#[derive(Debug, Default)]
pub(super) struct InStep {
    asked: Option<Timestamp>,
    groups: Option<Vec<DirectoryGroup>>,
    standing: BTreeMap<ConversationId, Standing>,
}

/// How a group stands to the directory's.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// As it says; so many people are still to come.
    Kept { waiting: usize },
    /// These would go, if somebody confirmed it.
    Held(BTreeSet<MemberId>),
    /// It changes nothing.
    Apart(Reason),
    /// It could not be written.
    Refused(GroupRefusal),
}

impl InStep {
    /// The directory is asked at the next occasion.
    pub(super) fn ask_again(&mut self) {
        self.asked = None;
    }
}

impl Standing {
    const fn word(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "in-step",
            Self::Held(_) => "held",
            Self::Apart(Reason::NotOurs) => "not-yours",
            Self::Apart(Reason::TooMany) => "too-many",
            Self::Apart(Reason::Hidden) => "hidden",
            Self::Refused(GroupRefusal::Full) => "full",
            Self::Refused(_) => "waits",
        }
    }

    /// What the person is told once, without asking.
    const fn alarm(&self) -> Option<&'static str> {
        match self {
            Self::Held(_) => Some("directory-group-held"),
            Self::Apart(_) => Some("directory-group-apart"),
            Self::Kept { .. } | Self::Refused(_) => None,
        }
    }
}

impl Engine {
    /// Asks the directory when it is time, whether or not any group follows it.
    pub(super) fn ask_for_groups(&mut self, now: Timestamp) {
        let is_due = self.in_step.asked.is_none_or(|asked| now < asked || now.since(asked) >= DIRECTORY_GROUPS_MS);
        if self.server != Server::Online || !is_due || !self.trust.missing_documents().is_empty() {
            return;
        }
        if let have @ Some(_) = self.trust.have() {
            self.in_step.asked = Some(now);
            self.fetch(FetchWhat::Directory { have });
        }
    }

    /// The directory answered. Of an earlier server, which says nothing of groups, nothing follows.
    pub(super) fn on_own_groups(&mut self, groups: Option<Vec<DirectoryGroup>>) -> Result<(), EngineError> {
        self.in_step.asked = Some(clock::now());
        let Some(groups) = groups else { return Ok(()) };
        self.in_step.groups = Some(groups);
        if self.may_send_now().is_err() || self.trust.fork().is_some() {
            return Ok(());
        }
        let me = self.me.account.member;
        let follows = |group: &GroupRow| group.is_open_to(me) && group.roster.directory().is_some();
        let groups = self.vault.read(|tx| self.conversations.groups(tx))?;
        for group in groups.iter().filter(|group| follows(group)) {
            self.keep_in_step(&group.roster, &BTreeSet::new())?;
        }
        self.review_wants()
    }

    /// Does what the directory's last answer asks of a group whose pen is ours.
    fn keep_in_step(&mut self, roster: &Roster, confirmed: &BTreeSet<MemberId>) -> Result<(), EngineError> {
        let conversation = roster.conversation();
        let Some(groups) = self.in_step.groups.as_deref() else { return Ok(()) };
        let known = self.acquaintances();
        let heard = Heard {
            me: self.me.account.member,
            groups,
            was_in: self.vault.read(|tx| tx.get(&IN_STEP, conversation.as_bytes()))?.is_some(),
            confirmed,
            members_max: self.trust.policy().group_members_max(),
            is_ready: &|member| self.may_come(member),
            has_ended: &|member| known.has_ended(member),
        };
        let standing = match plan(roster, &heard) {
            None => None,
            Some(Plan::Keep { changes, waiting }) => {
                Some(self.follow(conversation, &changes)?.unwrap_or(Standing::Kept { waiting }))
            }
            Some(Plan::HandOn(member)) => self.follow(conversation, &[RosterChange::Transfer { member }])?,
            Some(Plan::Hold(gone)) => Some(Standing::Held(gone)),
            Some(Plan::LeaveAlone(reason)) => Some(Standing::Apart(reason)),
        };
        self.note_standing(conversation, standing);
        Ok(())
    }

    /// Whether somebody can be let in now: a device of theirs counts, and they may be dealt with.
    fn may_come(&self, member: MemberId) -> bool {
        let has_device = self.trust.facts().live_devices(member).next().is_some();
        has_device && self.bond(member) == Bond::Holds && self.may_talk_to(member).is_ok()
    }

    /// Writes changes; what the group does not take is how it stands then.
    fn follow(
        &mut self,
        conversation: ConversationId,
        changes: &[RosterChange],
    ) -> Result<Option<Standing>, EngineError> {
        let written = self
            .converse(|conversations, tx, around| conversations.follow_directory(tx, around, conversation, changes));
        match written {
            Ok(()) => Ok(None),
            Err(EngineError::Conversation(ConversationError::Group(refusal))) => Ok(Some(Standing::Refused(refusal))),
            Err(error) => Err(error),
        }
    }

    fn note_standing(&mut self, conversation: ConversationId, standing: Option<Standing>) {
        let Some(standing) = standing else {
            self.in_step.standing.remove(&conversation);
            return;
        };
        if let Some(alarm) = standing.alarm()
            && self.in_step.standing.get(&conversation) != Some(&standing)
        {
            self.emit(json!({"event": "alarm", "alarm": alarm, "group_id": conversation}));
        }
        self.in_step.standing.insert(conversation, standing);
    }

    /// Begins a group of those who are in a group of the directory, which follows it from then on. It is called like that group, unless
    /// the person calls it otherwise.
    pub(super) fn create_from_directory(&mut self, name: Option<&str>, from: &str) -> Result<Value, Refused> {
        self.may_begin()?;
        let groups = self.in_step.groups.as_deref().ok_or_else(|| Fault::new("directory-groups-unknown"))?;
        let wanted = Group::parse(from).ok();
        let Some(found) = groups.iter().find(|group| Some(&group.name) == wanted.as_ref()) else {
            // Perhaps they came into it a moment ago.
            self.in_step.ask_again();
            self.ask_for_groups(clock::now());
            return Err(Fault::new("directory-group-unknown").into());
        };
        let people = match &found.people {
            GroupPeople::All(people) => people,
            GroupPeople::TooMany => return Err(Fault::with("directory-group-large", ROSTER_MEMBERS_MAX).into()),
            GroupPeople::Hidden => return Err(Fault::new("directory-group-hidden").into()),
        };
        let directory = found.name.clone();
        let name = name.map_or(directory.as_str(), str::trim).to_owned();
        if !is_name(&name) {
            return Err(Fault::new("group-name").into());
        }
        let me = self.me.account.member;
        self.may_hold(people.len())?;
        let others = people.iter().copied().filter(|member| *member != me);
        let (ready, waiting): (BTreeSet<_>, BTreeSet<_>) = others.partition(|member| self.may_come(*member));
        if ready.is_empty() {
            return Err(Fault::new("group-alone").into());
        }
        let mut begun = None;
        let created = self.converse(|conversations, tx, around| {
            let (conversation, outcome) = conversations.create_in_step(tx, around, (&name, directory), &ready)?;
            begun = Some(conversation);
            Ok(outcome)
        });
        created.map_err(refused)?;
        let begun = begun.ok_or_else(|| Fault::new("internal"))?;
        self.note_standing(begun, Some(Standing::Kept { waiting: waiting.len() }));
        self.review_wants()?;
        Ok(self.view_group(&self.group(begun)?))
    }

    /// Asks the directory now; or, where it held back what the directory says, does it.
    pub(super) fn sync_group(&mut self, group: &str, confirm: Option<bool>) -> Result<Value, Refused> {
        self.may_send_now()?;
        let conversation = self.group_named(group)?;
        let row = self.group(conversation)?;
        if row.roster.directory().is_none() {
            return Err(Fault::new("group-by-hand").into());
        }
        let (me, pen) = (self.me.account.member, row.roster.pen());
        if !row.is_open_to(me) {
            return Err(Fault::new("not-member").into());
        }
        if confirm != Some(true) {
            self.in_step.ask_again();
            self.ask_for_groups(clock::now());
        } else if pen != me {
            return Err(Fault::with("group-not-pen", self.login_of(pen)).into());
        } else if let Some(Standing::Held(gone)) = self.in_step.standing.get(&conversation).cloned() {
            self.keep_in_step(&row.roster, &gone)?;
            self.review_wants()?;
        } else {
            return Err(Fault::new("group-nothing-held").into());
        }
        Ok(self.view_group(&self.group(conversation)?))
    }

    /// Which group of the directory a group follows and, if its pen is ours, how it stands.
    pub(super) fn add_step(&self, view: &mut Value, roster: &Roster) {
        let Some(group) = roster.directory() else { return };
        let mut directory = json!({"group": group.as_str()});
        if roster.pen() == self.me.account.member {
            let standing = self.in_step.standing.get(&roster.conversation());
            directory["state"] = standing.map_or("unknown", Standing::word).into();
            match standing {
                Some(Standing::Kept { waiting }) if *waiting > 0 => directory["waiting"] = (*waiting).into(),
                Some(Standing::Held(gone)) => {
                    directory["would_go"] = gone.iter().map(|member| self.login_of(*member)).collect();
                }
                _ => {}
            }
        }
        view["directory"] = directory;
    }

    /// Says of somebody who came or went that the directory wanted it, where that decides.
    pub(super) fn by_directory(&self, conversation: ConversationId, mut change: Value) -> Value {
        // Who cannot read the group now is shown the change all the same.
        let group = self.vault.read(|tx| tx.get(&GROUPS, conversation.as_bytes())).ok().flatten();
        if let Some(directory) = group.as_ref().and_then(|group| group.roster.directory()) {
            change["directory"] = directory.as_str().into();
        }
        change
    }
}

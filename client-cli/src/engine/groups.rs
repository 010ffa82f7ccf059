//! The engine and groups: what the person asks for, what others changed, and whom a name means: somebody, or a group. Who may change
//! what is decided in `conversation`; nobody is let into a group by anything that is said here.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId, MessageId};
use protocol::message::MessageBody;
use protocol::roster::{RosterChange, is_name};
use protocol::secret::Personal;
use serde_json::{Value, json};

use super::port::{Fault, GroupChange};
use super::requests::Refused;
use super::{Engine, EngineError, pictures};
use crate::conversation::{
    ConversationError, Conversations, GroupRefusal, GroupRow, OutboxEntry, Outcome, RosterChanged, Surroundings,
};
use crate::core::peer::{Decision, Input, Relation};
use crate::crypto::mls::Mls;
use crate::store::tables::GROUPS;
use crate::store::{Reading as _, WriteTx};

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// To one person.
    Person(MemberId),
    /// In a group.
    Group(ConversationId),
}

impl Place {
    /// Puts a message of ours there.
    pub(super) fn send(
        self,
        conversations: &mut Conversations<Mls>,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        message: MessageId,
        body: MessageBody,
    ) -> Result<Outcome, ConversationError> {
        match self {
            Self::Person(member) => conversations.send(tx, around, member, message, body),
            Self::Group(group) => conversations.send_in(tx, around, group, message, body),
        }
    }
}

fn fault(refusal: GroupRefusal) -> Fault {
    Fault::new(match refusal {
        GroupRefusal::Unknown => "unknown-group",
        GroupRefusal::NotMember => "not-member",
        GroupRefusal::NotAdmin => "not-admin",
        GroupRefusal::Alone => "group-alone",
        GroupRefusal::Frozen => "group-frozen",
        GroupRefusal::Restored => "group-restored",
        GroupRefusal::Full => "group-full",
        GroupRefusal::Directory => "group-of-directory",
        GroupRefusal::Change => "group-change",
    })
}

/// A refusal is the caller's business, everything else the engine's.
pub(super) fn refused(error: EngineError) -> Refused {
    match error {
        EngineError::Conversation(ConversationError::Group(refusal)) => fault(refusal).into(),
        error => error.into(),
    }
}

impl Engine {
    /// Whom or what a caller names: a group by its id, somebody, or a group by its name. A name of two groups is refused.
    pub(super) fn place(&self, who: &str) -> Result<Place, Refused> {
        let groups = self.vault.read(|tx| self.conversations.groups(tx))?;
        let named = who.trim();
        if let Ok(id) = named.parse::<ConversationId>()
            && groups.iter().any(|group| group.roster.conversation() == id)
        {
            return Ok(Place::Group(id));
        }
        // Whoever makes a group could call it like somebody: a login and an id always mean the person.
        let unknown = match self.find(who) {
            Ok(member) => return Ok(Place::Person(member)),
            Err(unknown) => unknown,
        };
        let is_called = |group: &&GroupRow| group.roster.name().expose().to_lowercase() == named.to_lowercase();
        let is_ours = |group: &&GroupRow| group.roster.is_member(self.me.account.member);
        let mut called: Vec<_> = groups.iter().filter(is_called).collect();
        if called.iter().any(is_ours) {
            called.retain(is_ours);
        }
        if unknown.code == "directory-unknown" {
            // Perhaps it is somebody whom the directory has not shown yet.
            called.retain(is_ours);
        }
        let called: Vec<_> = called.into_iter().map(|group| group.roster.conversation()).collect();
        match called.as_slice() {
            [] => Err(unknown.into()),
            [group] => Ok(Place::Group(*group)),
            ids => {
                let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                Err(Fault::with("name-ambiguous", ids).into())
            }
        }
    }

    /// The conversation there.
    pub(super) fn conversation_at(&self, place: Place) -> ConversationId {
        match place {
            Place::Person(member) => self.conversation_with(member),
            Place::Group(group) => group,
        }
    }

    pub(super) fn group_named(&self, name: &str) -> Result<ConversationId, Refused> {
        match self.place(name)? {
            Place::Group(group) => Ok(group),
            Place::Person(_) => Err(Fault::new("unknown-group").into()),
        }
    }

    pub(super) fn group(&self, conversation: ConversationId) -> Result<GroupRow, Refused> {
        let group = self.vault.read(|tx| tx.get(&GROUPS, conversation.as_bytes()))?;
        group.ok_or_else(|| Fault::new("unknown-group").into())
    }

    /// `group.create`.
    pub(super) fn may_begin(&self) -> Result<(), Fault> {
        self.may_send_now()?;
        if self.trust.policy().begins_groups() { Ok(()) } else { Err(Fault::new("policy-group-create")) }
    }

    /// Begins a group.
    pub(super) fn create_group(&mut self, name: &str, people: &[String]) -> Result<Value, Refused> {
        self.may_begin()?;
        let name = name.trim();
        if !is_name(name) {
            return Err(Fault::new("group-name").into());
        }
        let mut members = BTreeSet::new();
        for who in people {
            members.insert(self.find_recipient(who)?);
        }
        if members.is_empty() {
            return Err(Fault::new("group-alone").into());
        }
        self.may_hold(members.len() + 1)?;
        let mut begun = None;
        let created = self.converse(|conversations, tx, around| {
            let (conversation, outcome) = conversations.create_group(tx, around, name, &members)?;
            begun = Some(conversation);
            Ok(outcome)
        });
        created.map_err(refused)?;
        self.review_wants()?;
        let begun = begun.ok_or_else(|| Fault::new("internal"))?;
        Ok(self.view_group(&self.group(begun)?))
    }

    /// Changes a group, or asks whoever may.
    pub(super) fn change_group(&mut self, group: &str, change: GroupChange) -> Result<Value, Refused> {
        self.may_send_now()?;
        let conversation = self.group_named(group)?;
        let bytes = match &change {
            GroupChange::Picture { picture: Some(text) } => Some(pictures::taken(text)?),
            _ => None,
        };
        let change = self.roster_change(change)?;
        if let RosterChange::Add { .. } = change {
            self.may_hold(self.group(conversation)?.roster.members().count() + 1)?;
        }
        let changed = self.converse(|conversations, tx, around| {
            if let Some(bytes) = bytes {
                conversations.propose_picture(tx, conversation, bytes)?;
            }
            conversations.change_group(tx, around, conversation, change)
        });
        changed.map_err(refused)?;
        self.review_wants()?;
        Ok(self.view_group(&self.group(conversation)?))
    }

    /// `group.max_members`.
    pub(super) fn may_hold(&self, members: usize) -> Result<(), Fault> {
        let most = self.trust.policy().group_members_max();
        if members > most { Err(Fault::with("policy-group-members", most)) } else { Ok(()) }
    }

    fn roster_change(&self, change: GroupChange) -> Result<RosterChange, Refused> {
        let of = |who: &str| self.find(who);
        Ok(match change {
            GroupChange::Add { who } => RosterChange::Add { member: self.find_recipient(&who)? },
            GroupChange::Remove { who } => RosterChange::Remove { member: of(&who)? },
            GroupChange::Promote { who } => RosterChange::Promote { member: of(&who)? },
            GroupChange::Demote { who } => RosterChange::Demote { member: of(&who)? },
            GroupChange::Transfer { who } => RosterChange::Transfer { member: of(&who)? },
            GroupChange::Rename { name } if is_name(name.trim()) => {
                RosterChange::Rename { name: Personal::new(name.trim().to_owned()) }
            }
            GroupChange::Rename { .. } => return Err(Fault::new("group-name").into()),
            GroupChange::Picture { picture: None } => RosterChange::Picture { picture: None },
            GroupChange::Picture { picture: Some(text) } => {
                RosterChange::Picture { picture: Some(Hash32::sha256(&pictures::taken(&text)?)) }
            }
            GroupChange::Leave {} => RosterChange::Remove { member: self.me.account.member },
        })
    }

    /// All groups of this person, those that they left too.
    pub(super) fn groups(&self) -> Result<Value, Refused> {
        let groups = self.vault.read(|tx| self.conversations.groups(tx))?;
        Ok(groups.iter().map(|group| self.view_group(group)).collect())
    }

    /// A group and who is in it.
    pub(super) fn show_group(&self, group: &str) -> Result<Value, Refused> {
        let group = self.group(self.group_named(group)?)?;
        Ok(self.view_group(&group))
    }

    pub(super) fn view_group(&self, group: &GroupRow) -> Value {
        let roster = &group.roster;
        let rank = |member: MemberId| match member {
            member if member == roster.pen() => "holds-pen",
            member if roster.is_admin(member) => "admin",
            member if roster.is_member(member) => "member",
            _ => "none",
        };
        let mut members: Vec<Value> = roster
            .members()
            .map(|member| json!({"login": self.login_of(member), "name": self.name_of(member), "role": rank(member)}))
            .collect();
        members.sort_by_key(|member| member["login"].as_str().map(str::to_owned));
        let mut view = json!({
            "group_id": roster.conversation(),
            "name": roster.name().expose(),
            "role": rank(self.me.account.member),
            "frozen": group.frozen.is_some(),
            "picture": roster.picture(),
            "members": members,
        });
        self.add_step(&mut view, roster);
        view
    }

    /// A group among the conversations, as a row about somebody has its fields.
    pub(super) fn group_rows(&self) -> Result<Vec<(ConversationId, Value)>, Refused> {
        let groups = self.vault.read(|tx| self.conversations.groups(tx))?;
        let is_in = |group: &GroupRow| group.roster.is_member(self.me.account.member);
        let row = |group: &GroupRow| {
            let id = group.roster.conversation();
            let mut row = json!({
                "login": id, "name": group.roster.name().expose(),
                "relation": if is_in(group) { "accepted" } else { "left" },
                "verified": false, "identity_resets": 0,
            });
            row["group"] = self.view_group(group);
            (id, row)
        };
        Ok(groups.iter().map(row).collect())
    }

    /// Whoever is to have something from here is looked for.
    pub(super) fn reach_out(&mut self, to: Place) -> Result<(), EngineError> {
        match to {
            Place::Person(member) => {
                self.meet_identity(member)?;
                self.want(member)
            }
            Place::Group(_) => self.review_wants(),
        }
    }

    /// Whom or what a caller names, if anything may be said there.
    pub(super) fn recipient(&self, who: &str) -> Result<Place, Refused> {
        match self.place(who)? {
            Place::Person(_) => Ok(Place::Person(self.find_recipient(who)?)),
            Place::Group(group) => {
                self.may_send_now()?;
                Ok(Place::Group(group))
            }
        }
    }

    /// What a place is called where it is asked for again.
    pub(super) fn place_word(&self, place: Place) -> String {
        match place {
            Place::Person(member) => self.login_of(member),
            Place::Group(group) => group.to_string(),
        }
    }

    /// What a place is called for eyes.
    pub(super) fn place_name(&self, place: Place) -> Result<Option<String>, EngineError> {
        match place {
            Place::Person(member) => Ok(self.name_of(member)),
            Place::Group(group) => {
                let group = self.vault.read(|tx| tx.get(&GROUPS, group.as_bytes()))?;
                Ok(group.map(|group| group.roster.name().expose().clone()))
            }
        }
    }

    /// What is said of a change, in a history and while it happens: stable words, and people by their logins.
    pub(super) fn view_change(&self, conversation: ConversationId, change: &RosterChange) -> Value {
        let of = |word: &str, member: &MemberId| json!({"change": word, "who": self.login_of(*member)});
        match change {
            RosterChange::Create { name, directory, .. } => {
                let directory = directory.as_ref().map(|group| group.as_str());
                json!({"change": "created", "name": name.expose(), "directory": directory})
            }
            RosterChange::Add { member } => self.by_directory(conversation, of("added", member)),
            RosterChange::Remove { member } => self.by_directory(conversation, of("removed", member)),
            RosterChange::Promote { member } => of("promoted", member),
            RosterChange::Demote { member } => of("demoted", member),
            RosterChange::Transfer { member } => of("transferred", member),
            RosterChange::Rename { name } => json!({"change": "renamed", "name": name.expose()}),
            RosterChange::Picture { .. } => json!({"change": "pictured"}),
            RosterChange::Succeed {} => json!({"change": "succeeded"}),
        }
    }

    /// A roster has changed: watchers are told, and members who asked for contact are let in.
    pub(super) fn on_roster_changed(&mut self, changed: &RosterChanged) -> Result<(), EngineError> {
        let operation = &changed.operation;
        let mut event = self.view_change(operation.conversation, &operation.change);
        event["event"] = "group".into();
        event["group_id"] = json!(operation.conversation);
        event["by"] = self.login_of(operation.by).into();
        self.emit(event);
        let Some(group) = self.vault.read(|tx| tx.get(&GROUPS, operation.conversation.as_bytes()))? else {
            return Ok(());
        };
        self.heed_roster(&group)?;
        if !group.is_open_to(self.me.account.member) {
            return Ok(());
        }
        let asks = |peer: &&super::PeerState| {
            peer.record.relation == Relation::Asked && group.roster.is_member(peer.record.member)
        };
        let asking: Vec<DeviceId> = self.peers.values().filter(asks).map(|peer| peer.record.device).collect();
        for device in asking {
            self.drive(device, Input::Decide(Decision::Accept))?;
        }
        Ok(())
    }

    pub(super) fn on_roster_frozen(&self, group: ConversationId) {
        tracing::warn!("a group's roster showed two histories and was frozen");
        self.emit(json!({"event": "alarm", "alarm": "two-rosters", "group_id": group}));
    }

    /// Whether our person and a member are in a group together: they did not choose each other, and are no strangers.
    pub(super) fn shares_group(&self, member: MemberId) -> bool {
        let groups = self.vault.read(|tx| self.conversations.groups(tx)).unwrap_or_default();
        let me = self.me.account.member;
        groups.iter().any(|group| group.is_open_to(me) && group.roster.is_member(member))
    }

    /// How a conversation is called in the outbox.
    pub(super) fn add_destination(&self, entry: &OutboxEntry, row: &mut Value) -> Result<(), Refused> {
        let group = self.vault.read(|tx| tx.get(&GROUPS, entry.conversation.as_bytes()))?;
        match group {
            Some(group) => {
                row["to"] = group.roster.name().expose().as_str().into();
                row["group_id"] = json!(entry.conversation);
                row["waits_for"] = entry.owed.iter().map(|member| self.login_of(*member)).collect();
            }
            None => row["to"] = entry.owed.first().map(|member| self.login_of(*member)).into(),
        }
        Ok(())
    }

    /// Whether this is a conversation of more than two.
    pub(super) fn is_group(&self, conversation: ConversationId) -> Result<bool, EngineError> {
        Ok(self.vault.read(|tx| tx.get(&GROUPS, conversation.as_bytes()))?.is_some())
    }
}

//! A roster as its operations made it. Deterministic: everybody who has the same operations has the same roster.

use minicbor::{Decode, Encode};

use super::{Departure, Misplaced, RosterChange, RosterOperation, is_name};
use crate::directory::Group;
use crate::ids::{ConversationId, DeviceId, Hash32, MemberId};
use crate::limits::{ROSTER_MEMBERS_MAX, ROSTER_OPERATIONS_MAX, ROSTER_OPERATIONS_RESERVED};
use crate::secret::Personal;

/// One time that somebody is, or was, in a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Membership {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// Number of the operation that let them in.
    #[n(1)]
    pub from: u64,
    /// Number of the operation by which they went.
    #[n(2)]
    pub until: Option<u64>,
    /// They may ask the pen-holder for changes.
    #[n(3)]
    pub is_admin: bool,
    /// They said that they go; the operation that says so is still to come.
    #[n(4)]
    pub has_departed: bool,
    /// They went by their own word, and nobody removed them.
    #[cbor(n(5), default)]
    pub left: bool,
    /// Number of the last operation that gave them the pen; 0 for whoever never got it.
    #[cbor(n(6), default)]
    pub pen_since: u64,
}

/// Who is in a group, and who was.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Roster {
    #[n(0)]
    conversation: ConversationId,
    #[n(1)]
    name: Personal<String>,
    #[n(2)]
    pen: MemberId,
    #[n(3)]
    memberships: Vec<Membership>,
    #[n(4)]
    operations: u64,
    #[n(5)]
    head: Hash32,
    #[n(6)]
    picture: Option<Hash32>,
    #[n(7)]
    directory: Option<Group>,
}

impl Roster {
    /// What the first operation names as the one before.
    pub const NO_PREVIOUS: Hash32 = Hash32::from_bytes([0; 32]);

    /// The roster that this first operation begins; `hash` is that of its signed form, `signer` the device and whose it is.
    pub fn begin(operation: &RosterOperation, hash: Hash32, signer: (DeviceId, MemberId)) -> Result<Self, Misplaced> {
        let (device, creator) = signer;
        let RosterChange::Create { nonce, name, members, directory } = &operation.change else {
            return Err(Misplaced::Order);
        };
        let id = ConversationId::group(nonce, device);
        if operation.number != 0 || operation.previous != Self::NO_PREVIOUS || operation.conversation != id {
            return Err(Misplaced::Order);
        }
        if operation.by != creator {
            return Err(Misplaced::Wish);
        }
        if !is_name(name.expose()) {
            return Err(Misplaced::Change);
        }
        let mut roster = Self {
            conversation: id,
            name: name.clone(),
            pen: creator,
            memberships: Vec::new(),
            operations: 1,
            head: hash,
            picture: None,
            directory: directory.clone(),
        };
        for member in std::iter::once(&creator).chain(members) {
            roster.let_in(*member, 0)?;
        }
        roster.current_mut(creator)?.is_admin = true;
        Ok(roster)
    }

    /// The next operation. `has_ended` says who has left the organization for good.
    pub fn apply(
        &mut self,
        operation: &RosterOperation,
        hash: Hash32,
        signer: MemberId,
        has_ended: &dyn Fn(MemberId) -> bool,
    ) -> Result<(), Misplaced> {
        if operation.conversation != self.conversation
            || operation.number != self.operations
            || operation.previous != self.head
        {
            return Err(Misplaced::Order);
        }
        if self.operations >= room_for(operation, self.pen) {
            return Err(Misplaced::Full);
        }
        let mut next = self.clone();
        next.change(operation, signer, has_ended)?;
        next.operations += 1;
        next.head = hash;
        *self = next;
        Ok(())
    }

    fn change(
        &mut self,
        operation: &RosterOperation,
        signer: MemberId,
        has_ended: &dyn Fn(MemberId) -> bool,
    ) -> Result<(), Misplaced> {
        let RosterOperation { by, change, number, .. } = operation;
        if let RosterChange::Succeed {} = change {
            if *by != signer || self.successor(has_ended) != Some(signer) {
                return Err(Misplaced::Signer);
            }
            return self.give_pen(signer, *number);
        }
        if signer != self.pen {
            return Err(Misplaced::Signer);
        }
        if !self.may_ask(*by, change) {
            return Err(Misplaced::Wish);
        }
        match change {
            RosterChange::Create { .. } | RosterChange::Succeed {} => Err(Misplaced::Order),
            RosterChange::Add { member } => self.let_in(*member, *number),
            RosterChange::Remove { member } if *member == self.pen => Err(Misplaced::Change),
            RosterChange::Remove { member } => {
                let membership = self.current_mut(*member)?;
                (membership.until, membership.has_departed) = (Some(*number), false);
                membership.left = member == by;
                Ok(())
            }
            RosterChange::Promote { member } => self.set_admin(*member, Rank::Member, Rank::Admin),
            RosterChange::Demote { member } if *member == self.pen => Err(Misplaced::Change),
            RosterChange::Demote { member } => self.set_admin(*member, Rank::Admin, Rank::Member),
            RosterChange::Transfer { member } if *member == self.pen => Err(Misplaced::Change),
            RosterChange::Transfer { member } => self.give_pen(*member, *number),
            RosterChange::Rename { name } if !is_name(name.expose()) || *name == self.name => Err(Misplaced::Change),
            RosterChange::Rename { name } => {
                self.name = name.clone();
                Ok(())
            }
            RosterChange::Picture { picture } if *picture == self.picture => Err(Misplaced::Change),
            RosterChange::Picture { picture } => {
                self.picture = *picture;
                Ok(())
            }
        }
    }

    fn give_pen(&mut self, member: MemberId, number: u64) -> Result<(), Misplaced> {
        // Whoever was about to go has to hand it on first.
        let membership = self.current_mut(member)?;
        (membership.is_admin, membership.has_departed, membership.pen_since) = (true, false, number);
        self.pen = member;
        Ok(())
    }

    fn let_in(&mut self, member: MemberId, number: u64) -> Result<(), Misplaced> {
        if self.current(member).is_some() {
            return Err(Misplaced::Change);
        }
        if self.memberships.iter().filter(|membership| membership.until.is_none()).count() >= ROSTER_MEMBERS_MAX {
            return Err(Misplaced::Full);
        }
        let (until, is_admin, has_departed, left, pen_since) = (None, false, false, false, 0);
        self.memberships.push(Membership { member, from: number, until, is_admin, has_departed, left, pen_since });
        Ok(())
    }

    fn set_admin(&mut self, member: MemberId, from: Rank, to: Rank) -> Result<(), Misplaced> {
        let membership = self.current_mut(member)?;
        if membership.is_admin != (from == Rank::Admin) {
            return Err(Misplaced::Change);
        }
        membership.is_admin = to == Rank::Admin;
        Ok(())
    }

    /// A member says that they go. The pen-holder hands the pen on first; alone, they end the group.
    pub fn depart(&mut self, departure: &Departure, signer: MemberId) -> Result<(), Misplaced> {
        if departure.conversation != self.conversation || departure.member != signer {
            return Err(Misplaced::Signer);
        }
        let is_alone = !self.memberships.iter().any(|other| other.until.is_none() && other.member != signer);
        if signer == self.pen && !is_alone {
            return Err(Misplaced::Change);
        }
        let operations = self.operations;
        let membership = self.current_mut(signer)?;
        let since = membership.from.max(membership.pen_since);
        if membership.has_departed || since >= departure.known || departure.known > operations {
            return Err(Misplaced::Order);
        }
        membership.has_departed = true;
        Ok(())
    }

    /// Whether somebody may ask for a change: administrators for any that people may choose, each member for their own going. What counts
    /// is the chain alone: a departure may be known to some and not yet to others.
    pub fn may_ask(&self, by: MemberId, change: &RosterChange) -> bool {
        match change {
            RosterChange::Remove { member } if *member == by => true,
            _ if by != self.pen && !self.is_by_hand(change) => false,
            _ => self.current(by).is_some_and(|membership| membership.is_admin),
        }
    }

    /// Whether people choose this, and not the directory: in a group that is kept in step with it, who is let in or removed is its
    /// business alone, and the pen-holder's device carries it out. Whoever left by their own word may be let in again.
    pub fn is_by_hand(&self, change: &RosterChange) -> bool {
        match change {
            _ if self.directory.is_none() => true,
            RosterChange::Add { member } => self.has_left(*member),
            RosterChange::Remove { .. } => false,
            _ => true,
        }
    }

    /// Who takes the pen when its holder has left the organization: the administrator, else the member, who has been here longest.
    pub fn successor(&self, has_ended: &dyn Fn(MemberId) -> bool) -> Option<MemberId> {
        if !has_ended(self.pen) {
            return None;
        }
        self.heir(has_ended)
    }

    /// Who comes after the pen-holder.
    pub fn heir(&self, has_ended: &dyn Fn(MemberId) -> bool) -> Option<MemberId> {
        let stays = |membership: &&Membership| {
            membership.until.is_none() && membership.member != self.pen && !has_ended(membership.member)
        };
        let admin = self.memberships.iter().filter(stays).find(|membership| membership.is_admin);
        admin.or_else(|| self.memberships.iter().find(stays)).map(|membership| membership.member)
    }

    /// The group.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// What it is called.
    pub fn name(&self) -> &Personal<String> {
        &self.name
    }

    /// SHA-256 of its picture.
    pub fn picture(&self) -> Option<Hash32> {
        self.picture
    }

    /// Who writes its operations.
    pub fn pen(&self) -> MemberId {
        self.pen
    }

    /// The group of the directory with which it is kept in step.
    pub fn directory(&self) -> Option<&Group> {
        self.directory.as_ref()
    }

    /// How many operations made it.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Hash of the last one.
    pub fn head(&self) -> Hash32 {
        self.head
    }

    fn current(&self, member: MemberId) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.member == member && membership.until.is_none())
    }

    fn current_mut(&mut self, member: MemberId) -> Result<&mut Membership, Misplaced> {
        let mut current = self.memberships.iter_mut();
        let current = current.find(|membership| membership.member == member && membership.until.is_none());
        current.ok_or(Misplaced::Change)
    }

    /// Everybody who is in it now, those longest in it first.
    pub fn present(&self) -> impl Iterator<Item = &Membership> {
        self.memberships.iter().filter(|membership| membership.until.is_none() && !membership.has_departed)
    }

    /// The same, by their ids.
    pub fn members(&self) -> impl Iterator<Item = MemberId> {
        self.present().map(|membership| membership.member)
    }

    /// Members who said that they go, and for whom the pen-holder has still to write it down.
    pub fn departing(&self) -> impl Iterator<Item = MemberId> {
        let departing =
            self.memberships.iter().filter(|membership| membership.until.is_none() && membership.has_departed);
        departing.map(|membership| membership.member)
    }

    /// Everybody who ever was in it.
    pub fn ever(&self) -> impl Iterator<Item = MemberId> {
        self.memberships.iter().map(|membership| membership.member)
    }

    /// Whether the chain says that somebody went by their own word and was not let in since.
    pub fn has_left(&self, member: MemberId) -> bool {
        let mut theirs = self.memberships.iter().filter(|membership| membership.member == member);
        theirs.next_back().is_some_and(|membership| membership.left)
    }

    /// Whether somebody is in it now.
    pub fn is_member(&self, member: MemberId) -> bool {
        self.members().any(|present| present == member)
    }

    /// Whether somebody is in it now, and an administrator.
    pub fn is_admin(&self, member: MemberId) -> bool {
        self.present().any(|membership| membership.member == member && membership.is_admin)
    }

    /// Whether somebody was in it after this operation.
    pub fn was_member(&self, member: MemberId, number: u64) -> bool {
        let in_force =
            |membership: &&Membership| membership.from <= number && membership.until.is_none_or(|until| number < until);
        self.memberships.iter().filter(in_force).any(|membership| membership.member == member)
    }

    /// How many of the operations somebody may know: all of them, or as far as the one by which they went; 0 for a stranger.
    pub fn shown_to(&self, member: MemberId) -> u64 {
        let theirs = self.memberships.iter().filter(|membership| membership.member == member);
        theirs.map(|membership| membership.until.map_or(self.operations, |until| until + 1)).max().unwrap_or(0)
    }
}

/// How many operations there may be before this one. By the last ones people can only be freed of each other, and nobody can use them up;
/// a pen-holder hands the pen on in the first half of them, to be able to go.
fn room_for(operation: &RosterOperation, pen: MemberId) -> u64 {
    match operation.change {
        RosterChange::Transfer { .. } if operation.by == pen => ROSTER_OPERATIONS_MAX - ROSTER_OPERATIONS_RESERVED / 2,
        RosterChange::Remove { .. } | RosterChange::Demote { .. } | RosterChange::Succeed {} => ROSTER_OPERATIONS_MAX,
        RosterChange::Create { .. }
        | RosterChange::Add { .. }
        | RosterChange::Promote { .. }
        | RosterChange::Transfer { .. }
        | RosterChange::Rename { .. }
        | RosterChange::Picture { .. } => ROSTER_OPERATIONS_MAX - ROSTER_OPERATIONS_RESERVED,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Member,
    Admin,
}

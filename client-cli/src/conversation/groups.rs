//! Groups as their members change them: the pen-holder's device writes, everybody else asks it, and each may say that they go. Each
//! change is in the vault, with all that follows from it for lanes and queues, before anybody hears of it. It must never let a device
//! of somebody who is out of the group read what is sealed from then on.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::ids::{ConversationId, Hash32, MemberId};
use protocol::message::MessageBody;
use protocol::roster::{Departure, Misplaced, Roster, RosterChange, RosterOperation, Signed};
use protocol::secret::Personal;

use super::outcome::RosterChanged;
use super::rows::{Circle, GroupRow, Held, OperationRow};
use super::sending::{end, outbox_of};
use super::{ConversationError, ConversationRow, Conversations, Event, OutboxPlace, Outcome, Surroundings};
use crate::core::authorship;
use crate::core::outbox::{Happening, Refusal, Standing};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{CONVERSATIONS, GROUPS, RECEIVED_HASHES, RECEIVED_LANES, ROSTER_OPERATIONS};
use crate::store::{Reading, Span, VaultError, WriteTx};

/// Why a group is not changed, or nothing is said in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupRefusal {
    /// No such group here.
    #[error("no such group")]
    Unknown,
    /// The own person is not in it, or not any more.
    #[error("not a member of the group")]
    NotMember,
    /// Only administrators may ask for that.
    #[error("not an administrator of the group")]
    NotAdmin,
    /// Nobody else is in it.
    #[error("nobody else is in the group")]
    Alone,
    /// Two histories of its roster showed.
    #[error("the group's roster showed two histories")]
    Frozen,
    /// This device came back from a backup, and may have written what it does not know any more.
    #[error("the device was restored, and has to hear from all members first")]
    Restored,
    /// No further member, or no further change, finds room.
    #[error("the group is full")]
    Full,
    /// The directory says who is in this group.
    #[error("who is in this group is the directory's business")]
    Directory,
    /// It is so already, or cannot be.
    #[error("the roster cannot change like this")]
    Change,
}

impl From<Misplaced> for GroupRefusal {
    fn from(misplaced: Misplaced) -> Self {
        match misplaced {
            Misplaced::Full => Self::Full,
            Misplaced::Wish | Misplaced::Signer => Self::NotAdmin,
            Misplaced::Change | Misplaced::Order => Self::Change,
        }
    }
}

impl<C: LaneCrypto> Conversations<C> {
    /// Begins a group of our own person and these.
    pub fn create_group(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        name: &str,
        members: &BTreeSet<MemberId>,
    ) -> Result<(ConversationId, Outcome), ConversationError> {
        self.begin_group(tx, around, (name, None), members)
    }

    /// The same, in step with a group of the directory if one is named.
    pub(super) fn begin_group(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (name, directory): (&str, Option<Group>),
        members: &BTreeSet<MemberId>,
    ) -> Result<(ConversationId, Outcome), ConversationError> {
        let mut out = Outcome::default();
        let mut nonce = [0; 32];
        around.rng.fill_bytes(&mut nonce);
        let members = members.iter().copied().filter(|member| *member != self.member).collect();
        let conversation = ConversationId::group(&nonce, self.device);
        let operation = RosterOperation {
            conversation,
            number: 0,
            previous: Roster::NO_PREVIOUS,
            time: around.now,
            by: self.member,
            change: RosterChange::Create { nonce, name: Personal::new(name.to_owned()), members, directory },
        };
        let signed = Signed::new(&operation, around.signer);
        let roster =
            Roster::begin(&operation, signed.hash(), (self.device, self.member)).map_err(GroupRefusal::from)?;
        let group = GroupRow::new(roster);
        self.keep_operation(tx, &operation, signed, self.member, &mut out)?;
        self.after_change(tx, around, &BTreeSet::new(), &group, &mut out)?;
        Ok((conversation, out))
    }

    /// Changes a group: writes it down if we hold the pen, else asks whoever does.
    pub fn change_group(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        change: RosterChange,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        let mut group = self.group(tx, conversation)?;
        if change == (RosterChange::Remove { member: self.member }) {
            self.leave(tx, around, group, &mut out)?;
            return Ok(out);
        }
        if !group.roster.is_by_hand(&change) {
            return Err(GroupRefusal::Directory.into());
        }
        let ended = |member: MemberId| (around.has_ended)(&member);
        if group.roster.successor(&ended) == Some(self.member) {
            self.write(tx, around, &mut group, self.member, RosterChange::Succeed {}, &mut out)?;
        }
        if group.roster.pen() == self.member {
            self.write(tx, around, &mut group, self.member, change, &mut out)?;
            return Ok(out);
        }
        // What the pen-holder would refuse is refused here, where somebody is told.
        let (mut trial, pen) = (group.roster.clone(), group.roster.pen());
        let operation = self.next(around, &group.roster, self.member, change.clone());
        trial.apply(&operation, Hash32::from_bytes([0; 32]), pen, &ended).map_err(GroupRefusal::from)?;
        let message = authorship::draw(&self.device, around.rng);
        self.send_in(tx, around, conversation, message, MessageBody::RosterRequest { change })
    }

    /// Our own person goes. Whoever holds the pen hands it on first; where nobody is left to take it, the group ends.
    fn leave(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        mut group: GroupRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        if group.roster.pen() == self.member {
            let roster = &group.roster;
            let hand_on = match roster.heir(&|member| (around.has_ended)(&member)) {
                Some(heir) => vec![RosterChange::Transfer { member: heir }],
                // They have left the organization.
                None => {
                    let others = roster.members().chain(roster.departing()).filter(|member| *member != self.member);
                    others.map(|member| RosterChange::Remove { member }).collect()
                }
            };
            for change in hand_on {
                self.write(tx, around, &mut group, self.member, change, out)?;
            }
        }
        let (conversation, known) = (group.roster.conversation(), group.roster.operations());
        let departure = Departure { conversation, member: self.member, known, time: around.now };
        let before = group.roster.members().collect();
        group.roster.depart(&departure, self.member).map_err(GroupRefusal::from)?;
        group.departures.push(Signed::new(&departure, around.signer));
        self.after_change(tx, around, &before, &group, out)
    }

    pub(super) fn next(
        &self,
        around: &Surroundings<'_>,
        roster: &Roster,
        by: MemberId,
        change: RosterChange,
    ) -> RosterOperation {
        RosterOperation {
            conversation: roster.conversation(),
            number: roster.operations(),
            previous: roster.head(),
            time: around.now,
            by,
            change,
        }
    }

    /// Signs the next operation. The only place where one gets its number.
    pub(super) fn write(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        group: &mut GroupRow,
        by: MemberId,
        change: RosterChange,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        if self.awaits_others(around, group) {
            return Err(GroupRefusal::Restored.into());
        }
        let operation = self.next(around, &group.roster, by, change);
        let signed = Signed::new(&operation, around.signer);
        let before = group.roster.members().collect();
        let ended = |member: MemberId| (around.has_ended)(&member);
        group.roster.apply(&operation, signed.hash(), self.member, &ended).map_err(GroupRefusal::from)?;
        self.keep_operation(tx, &operation, signed, self.member, out)?;
        self.after_change(tx, around, &before, group, out)
    }

    pub(super) fn keep_operation(
        &self,
        tx: &mut WriteTx<'_>,
        operation: &RosterOperation,
        signed: Signed,
        signer: MemberId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let key = (*operation.conversation.as_bytes(), operation.number);
        let hash = signed.hash();
        tx.put(&ROSTER_OPERATIONS, &key, &OperationRow { signed, signer })?;
        out.events.push(Event::RosterChanged(Box::new(RosterChanged { hash, operation: operation.clone() })));
        Ok(())
    }

    /// What follows from another roster: whoever is out reads nothing more and is owed nothing, and everybody linked hears of it.
    pub(super) fn after_change(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        before: &BTreeSet<MemberId>,
        group: &GroupRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = group.roster.conversation();
        tx.put(&GROUPS, conversation.as_bytes(), group)?;
        self.review_picture(tx, group, out)?;
        let kept = tx.get(&CONVERSATIONS, conversation.as_bytes())?;
        let row = kept.unwrap_or_else(|| ConversationRow::new(None));
        let now: BTreeSet<MemberId> = group.roster.members().collect();
        let is_out = |member: MemberId| !now.contains(&self.member) || !now.contains(&member);
        self.forget_lanes_of(tx, around, conversation, &is_out)?;
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        if !group.roster.is_member(self.member) {
            self.refuse_all(tx, conversation, row, Refusal::NotMember, out)?;
        } else if group.frozen.is_none() {
            self.review_owed(tx, around, conversation, &Circle::group(group), out)?;
        }
        for (peer, member) in self.linked_to(&|member| group.shown_to(member) > 0) {
            self.tell_roster(tx, group, (peer, member), group.told(member), out)?;
            if now.contains(&member) && !before.contains(&member) {
                self.meet(tx, around, conversation, peer, out)?;
            }
        }
        self.pump(tx, around, conversation, out)
    }

    /// Forgets the lanes of devices whose members are out.
    fn forget_lanes_of(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        is_out: &dyn Fn(MemberId) -> bool,
    ) -> Result<(), ConversationError> {
        let lanes = tx.scan(&RECEIVED_LANES, Span::all()).collect::<Result<Vec<_>, _>>()?;
        for (key, received) in lanes.into_iter().filter(|((_, of), _)| of == conversation.as_bytes()) {
            let device = protocol::ids::DeviceId::from_bytes(key.0);
            let Some(known) = (around.enrolled)(&device) else { continue };
            if !is_out(known.member) {
                continue;
            }
            if let Some(lane) = &received.lane {
                self.crypto.discard(tx, &lane.id())?;
            }
            self.forget_key_packages(tx, key)?;
            tx.remove_all(&RECEIVED_HASHES, Span::under(&key))?;
            // What generations there were stays known: whoever comes back begins above them.
            tx.put(&RECEIVED_LANES, &key, &super::ReceivedRow { lane: None, lost: None, ..received })?;
        }
        Ok(())
    }

    /// Messages of a group wait for nobody who is out of it, or has left the organization.
    pub(super) fn review_owed(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        circle: &Circle,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let has_ended = |member: &MemberId| matches!((around.standing)(member), Standing::Ended(_));
        let others = || circle.members.iter().filter(|member| **member != self.member);
        if others().next().is_some() && others().all(has_ended) {
            // The plan refuses everything, and says why.
            return Ok(());
        }
        for (order, mut row) in outbox_of(tx, conversation).collect::<Result<Vec<_>, _>>()? {
            let owed = row.owed.len();
            row.owed.retain(|member| circle.members.contains(member) && !has_ended(member));
            if row.owed.len() == owed {
                continue;
            }
            let place = OutboxPlace { conversation, order };
            match (row.owed.is_empty(), row.held) {
                (true, Held::Somebody) => end(tx, place, &row, Happening::Acknowledged, out)?,
                (true, Held::Nobody) => end(tx, place, &row, Happening::Refused(Refusal::PeerRevoked), out)?,
                (false, _) => tx.put(&crate::store::tables::OUTBOX, &(*conversation.as_bytes(), order), &row)?,
            }
        }
        Ok(())
    }

    /// A group in which our own person takes part.
    pub(super) fn group(&self, tx: &impl Reading, conversation: ConversationId) -> Result<GroupRow, ConversationError> {
        let group: GroupRow = tx.get(&GROUPS, conversation.as_bytes())?.ok_or(GroupRefusal::Unknown)?;
        if group.frozen.is_some() {
            return Err(GroupRefusal::Frozen.into());
        }
        if !group.roster.is_member(self.member) {
            return Err(GroupRefusal::NotMember.into());
        }
        Ok(group)
    }

    /// Whether anything can be said in a group: we are in it, it is not frozen, and we are not alone.
    pub fn is_open(&self, tx: &impl Reading, conversation: ConversationId) -> Result<bool, ConversationError> {
        match self.group(tx, conversation) {
            Ok(group) => Ok(group.roster.members().any(|member| member != self.member)),
            Err(ConversationError::Group(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All groups that this device knows, left ones too.
    pub fn groups(&self, tx: &impl Reading) -> Result<Vec<GroupRow>, VaultError> {
        tx.scan(&GROUPS, Span::all()).map(|row| row.map(|(_, group)| group)).collect()
    }
}

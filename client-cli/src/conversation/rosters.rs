//! Rosters on links: each side says how much it has, and whoever has more sends it. It must never tell anybody but members, and those who
//! went as far as the operation by which they went.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId};
use protocol::limits::ROSTER_OPERATIONS_PER_FRAME_MAX;
use protocol::link::LinkFrame;
use protocol::roster::{Roster, Signed};

use super::rows::{GroupRow, OperationRow};
use super::{ConversationError, Conversations, Outcome, Surroundings};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{GROUPS, ROSTER_OPERATIONS};
use crate::store::{Reading, Span, WriteTx};

/// An open link: its device, and whose it is.
pub(super) type Peer = (DeviceId, MemberId);

impl<C: LaneCrypto> Conversations<C> {
    /// A link opened: says how much of each roster we have that this member may know, and who departs.
    pub(super) fn greet(
        &self,
        tx: &WriteTx<'_>,
        (peer, member): Peer,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        for group in self.groups(tx)? {
            if group.shown_to(member) > 0 {
                self.say_have(tx, &group, (peer, member), out)?;
                self.want_picture(tx, &group, (peer, member), out)?;
                if !group.departures.is_empty() && group.roster.is_member(member) {
                    self.tell_roster(tx, &group, (peer, member), group.roster.operations(), out)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn say_have(
        &self,
        tx: &WriteTx<'_>,
        group: &GroupRow,
        (peer, member): Peer,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (conversation, operations) = (group.roster.conversation(), group.shown_to(member));
        let head = match operations.checked_sub(1) {
            _ if operations == group.roster.operations() => group.roster.head(),
            Some(last) => self.operation(tx, conversation, last)?.map_or(Roster::NO_PREVIOUS, |row| row.signed.hash()),
            None => Roster::NO_PREVIOUS,
        };
        let frame = LinkFrame::RosterHave { conversation, operations, head };
        if !out.frames.iter().any(|(to, sent)| *to == peer && *sent == frame) {
            out.send(peer, frame);
        }
        Ok(())
    }

    /// Something came from a member that what we know of the group does not explain: asks them what they know.
    pub(super) fn ask_for_news(
        &self,
        tx: &WriteTx<'_>,
        conversation: ConversationId,
        (peer, member): Peer,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        match tx.get(&GROUPS, conversation.as_bytes())? {
            Some(group) if group.shown_to(member) > 0 => self.say_have(tx, &group, (peer, member), out),
            Some(_) | None => {
                self.ask_for_roster(conversation, peer, 0, out);
                Ok(())
            }
        }
    }

    /// Asks for operations from this one on, and says nothing of what is here: of a group that we know nothing of, or to see where histories
    /// part.
    pub(super) fn ask_for_roster(&self, conversation: ConversationId, peer: DeviceId, from: u64, out: &mut Outcome) {
        let frame = LinkFrame::RosterHave { conversation, operations: from, head: Roster::NO_PREVIOUS };
        if !out.frames.iter().any(|(to, sent)| *to == peer && *sent == frame) {
            out.send(peer, frame);
        }
    }

    pub(super) fn operation(
        &self,
        tx: &WriteTx<'_>,
        conversation: ConversationId,
        number: u64,
    ) -> Result<Option<OperationRow>, ConversationError> {
        Ok(tx.get(&ROSTER_OPERATIONS, &(*conversation.as_bytes(), number))?)
    }

    /// Sends operations from this one on, as many as a frame takes, and departures.
    pub(super) fn tell_roster(
        &self,
        tx: &WriteTx<'_>,
        group: &GroupRow,
        (peer, member): Peer,
        from: u64,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (conversation, shown) = (group.roster.conversation(), group.shown_to(member));
        let key = *conversation.as_bytes();
        let span = Span::under(&key).starting(&(key, from)).before(&(key, shown));
        let rows = tx.scan(&ROSTER_OPERATIONS, span).take(ROSTER_OPERATIONS_PER_FRAME_MAX);
        let operations: Vec<Signed> = rows.map(|row| row.map(|(_, row)| row.signed)).collect::<Result<_, _>>()?;
        let departures = if group.roster.is_member(member) { group.departures.clone() } else { Vec::new() };
        if !operations.is_empty() || !departures.is_empty() {
            out.send(peer, LinkFrame::Roster { conversation, from, operations, departures });
        }
        Ok(())
    }

    /// Somebody says how much of a roster they have.
    pub(super) fn on_roster_have(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (peer, member): Peer,
        (conversation, operations, head): (ConversationId, u64, Hash32),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut group) = tx.get(&GROUPS, conversation.as_bytes())? else {
            if operations > 0 && head != Roster::NO_PREVIOUS {
                self.ask_for_roster(conversation, peer, 0, out);
            }
            return Ok(());
        };
        let (shown, ours) = (group.shown_to(member), group.roster.operations());
        if head == Roster::NO_PREVIOUS {
            // They ask, and say nothing of what they have.
            return if operations < shown {
                self.tell_roster(tx, &group, (peer, member), operations, out)
            } else {
                Ok(())
            };
        }
        if operations <= ours && group.unheard.contains(&member) {
            group.unheard.retain(|unheard| *unheard != member);
            self.take_up_pen(tx, around, &mut group, out)?;
            return self.on_roster_have(tx, around, (peer, member), (conversation, operations, head), out);
        }
        let last = operations.checked_sub(1).filter(|_| operations <= shown);
        let kept = last.map(|last| self.operation(tx, conversation, last)).transpose()?.flatten();
        if kept.is_some_and(|kept| kept.signed.hash() != head) {
            // They look from the beginning where the histories part.
            self.tell_roster(tx, &group, (peer, member), 0, out)
        } else if operations < shown {
            self.tell_roster(tx, &group, (peer, member), operations, out)
        } else if operations > ours {
            // Even who is out may learn that they are in again.
            let operations = ours;
            out.send(peer, LinkFrame::RosterHave { conversation, operations, head: group.roster.head() });
            Ok(())
        } else {
            if shown == 0 || group.told(member) == operations {
                return Ok(());
            }
            group.tell(member, operations);
            tx.put(&GROUPS, conversation.as_bytes(), &group)?;
            if group.is_open_to(self.member) && group.roster.is_member(member) {
                // Only now they can answer what was asked of them before.
                self.meet(tx, around, conversation, peer, out)?;
            }
            Ok(())
        }
    }

    /// The number of the operation that a message's author believed to be the last, if it is known here.
    pub(super) fn number_of(
        &self,
        tx: &impl Reading,
        group: &GroupRow,
        hash: Hash32,
    ) -> Result<Option<u64>, ConversationError> {
        if hash == group.roster.head() {
            return Ok(group.roster.operations().checked_sub(1));
        }
        let key = *group.roster.conversation().as_bytes();
        for row in tx.scan(&ROSTER_OPERATIONS, Span::under(&key).backwards()) {
            let ((_, number), row) = row?;
            if row.signed.hash() == hash {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// People who have still to hear of a roster from us: everybody from the pen-holder, the pen-holder from whoever departs.
    pub(super) fn untold(&self, group: &GroupRow) -> Vec<MemberId> {
        let roster = &group.roster;
        if roster.pen() == self.member {
            let is_behind =
                |member: &MemberId| group.told(*member) < group.shown_to(*member) || group.unheard.contains(member);
            let ever: BTreeSet<MemberId> = roster.ever().filter(|member| *member != self.member).collect();
            ever.into_iter().filter(is_behind).collect()
        } else if roster.departing().any(|member| member == self.member) {
            vec![roster.pen()]
        } else {
            Vec::new()
        }
    }
}

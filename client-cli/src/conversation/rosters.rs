//! Rosters on links: each side says how much it has, whoever has more sends it, to members alone and to those who went as far as
//! the operation by which they went. Whoever brings an operation, its signer is who counts. It must never believe an operation whose
//! signer it cannot name, and stops everything in a group whose pen-holder wrote two histories.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId};
use protocol::limits::ROSTER_OPERATIONS_PER_FRAME_MAX;
use protocol::link::LinkFrame;
use protocol::roster::{Departure, Roster, RosterChange, RosterOperation, Signed};

use super::rows::{GroupRow, OperationRow};
use super::{ConversationError, Conversations, Event, Outcome, RETRY_MS, Surroundings};
use crate::core::outbox::Standing;
use crate::crypto::lane::{Counting, LaneCrypto};
use crate::store::tables::{GROUPS, ROSTER_OPERATIONS};
use crate::store::{Reading, Span, WriteTx};

/// Groups that a device knows, left ones too; of further ones it takes nothing.
const GROUPS_MAX: usize = 1_024;

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
            if group.roster.shown_to(member) > 0 {
                self.say_have(tx, &group, (peer, member), out)?;
                self.want_picture(tx, &group, (peer, member), out)?;
                if !group.departures.is_empty() && group.roster.is_member(member) {
                    self.tell_roster(tx, &group, (peer, member), group.roster.operations(), out)?;
                }
            }
        }
        Ok(())
    }

    fn say_have(
        &self,
        tx: &WriteTx<'_>,
        group: &GroupRow,
        (peer, member): Peer,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (conversation, operations) = (group.roster.conversation(), group.roster.shown_to(member));
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
            Some(group) if group.roster.shown_to(member) > 0 => self.say_have(tx, &group, (peer, member), out),
            Some(_) | None => {
                self.ask_for_roster(conversation, peer, out);
                Ok(())
            }
        }
    }

    /// Asks for a roster from its beginning: of a group that we know nothing of, or to see where histories part.
    pub(super) fn ask_for_roster(&self, conversation: ConversationId, peer: DeviceId, out: &mut Outcome) {
        let frame = LinkFrame::RosterHave { conversation, operations: 0, head: Roster::NO_PREVIOUS };
        if !out.frames.iter().any(|(to, sent)| *to == peer && *sent == frame) {
            out.send(peer, frame);
        }
    }

    fn operation(
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
        let (conversation, shown) = (group.roster.conversation(), group.roster.shown_to(member));
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
            if operations > 0 {
                self.ask_for_roster(conversation, peer, out);
            }
            return Ok(());
        };
        let (shown, ours) = (group.roster.shown_to(member), group.roster.operations());
        if operations <= ours && group.unheard.contains(&member) {
            group.unheard.retain(|unheard| *unheard != member);
            tx.put(&GROUPS, conversation.as_bytes(), &group)?;
            self.write_departures(tx, around, &mut group, out)?;
            return self.on_roster_have(tx, around, (peer, member), (conversation, operations, head), out);
        }
        if operations < shown {
            self.tell_roster(tx, &group, (peer, member), operations, out)
        } else if operations > ours {
            // Even who is out may learn that they are in again.
            let operations = ours;
            out.send(peer, LinkFrame::RosterHave { conversation, operations, head: group.roster.head() });
            Ok(())
        } else if shown > 0 && operations == ours && head != group.roster.head() {
            self.tell_roster(tx, &group, (peer, member), 0, out)
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

    /// Operations and departures, from whoever has them.
    pub(super) fn on_roster(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        peer: Peer,
        (conversation, from): (ConversationId, u64),
        (operations, departures): (Vec<Signed>, Vec<Signed>),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let kept: Option<GroupRow> = tx.get(&GROUPS, conversation.as_bytes())?;
        let before: BTreeSet<MemberId> = kept.iter().flat_map(|group| group.roster.members()).collect();
        let was = kept.clone();
        let (events_before, mut group) = (out.events.len(), kept);
        let is_full = operations.len() >= ROSTER_OPERATIONS_PER_FRAME_MAX;
        for (number, signed) in (from..).zip(operations) {
            match self.take_operation(tx, around, group.as_mut(), (conversation, number), signed, out)? {
                Taken::Begun(begun) => group = Some(*begun),
                Taken::Known | Taken::Applied => {}
                Taken::Forked => {
                    let Some(group) = group.as_mut().filter(|group| group.frozen.is_none()) else { return Ok(()) };
                    group.frozen = Some(number);
                    out.events.push(Event::RosterFrozen(conversation));
                    // Whoever sent it sees our history too.
                    self.tell_roster(tx, group, peer, number, out)?;
                    return self.after_change(tx, around, &before, group, out);
                }
                Taken::Unfit => {
                    self.ask_where_histories_part(around, conversation, peer.0, out);
                    break;
                }
                Taken::Waits => break,
            }
        }
        let Some(mut group) = group else { return Ok(()) };
        if !is_full && !group.roster.ever().any(|member| member == self.member) {
            // Nobody of ours is in it: it is none of our business.
            out.events.truncate(events_before);
            tx.remove(&GROUPS, conversation.as_bytes())?;
            return Ok(tx.remove_all(&ROSTER_OPERATIONS, Span::under(conversation.as_bytes()))?);
        }
        self.keep_to_our_time(&group, events_before, out);
        for signed in departures {
            self.take_departure(around, &mut group, signed);
        }
        let still: BTreeSet<MemberId> = group.roster.departing().collect();
        let is_open = |signed: &Signed| signed.open::<Departure>().is_ok_and(|(_, said)| still.contains(&said.member));
        group.departures.retain(is_open);
        if was.as_ref() != Some(&group) {
            self.after_change(tx, around, &before, &group, out)?;
            self.write_departures(tx, around, &mut group, out)?;
        }
        // Says that it is here, or asks for the next part.
        if group.roster.shown_to(peer.1) > 0 && (is_full || was.as_ref() != Some(&group)) {
            self.say_have(tx, &group, peer, out)?;
        }
        Ok(())
    }

    /// Asks from the beginning, once in a while: what does not fit may never do.
    fn ask_where_histories_part(
        &mut self,
        around: &Surroundings<'_>,
        conversation: ConversationId,
        peer: DeviceId,
        out: &mut Outcome,
    ) {
        let Some(link) = self.links.get_mut(&peer) else { return };
        if link.asked_roster.is_none_or(|asked| around.now.since(asked) >= RETRY_MS) {
            link.asked_roster = Some(around.now);
            self.ask_for_roster(conversation, peer, out);
        }
    }

    fn take_operation(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        group: Option<&mut GroupRow>,
        (conversation, number): (ConversationId, u64),
        signed: Signed,
        out: &mut Outcome,
    ) -> Result<Taken, ConversationError> {
        let hash = signed.hash();
        let kept = self.operation(tx, conversation, number)?;
        if kept.as_ref().is_some_and(|kept| kept.signed.hash() == hash) {
            return Ok(Taken::Known);
        }
        let Ok((device, operation)) = signed.open::<RosterOperation>() else { return Ok(Taken::Waits) };
        if operation.conversation != conversation || operation.number != number {
            return Ok(Taken::Waits);
        }
        // Perhaps our view of the log is behind: it is sent again with the next link.
        let Some(signer) = (around.enrolled)(&device) else { return Ok(Taken::Waits) };
        if let Standing::Held = (around.standing)(&signer.member) {
            return Ok(Taken::Waits);
        }
        if let Some(kept) = kept {
            // Whoever is out does not end the group of those who are in.
            let is_in = group.is_some_and(|group| group.roster.is_member(signer.member));
            let is_fork = is_in && kept.signer == signer.member && signer.stands == Counting::Counts;
            return Ok(if is_fork { Taken::Forked } else { Taken::Waits });
        }
        match group {
            None if tx.scan(&GROUPS, Span::all()).count() >= GROUPS_MAX => Ok(Taken::Waits),
            None => {
                let Ok(roster) = Roster::begin(&operation, hash, (device, signer.member)) else {
                    return Ok(Taken::Waits);
                };
                self.keep_operation(tx, &operation, signed, signer.member, out)?;
                Ok(Taken::Begun(Box::new(GroupRow::new(roster))))
            }
            Some(group) => {
                let is_new = !group.roster.ever().any(|member| member == self.member);
                // Whoever was not there takes the word of those who were.
                let ended = |member: MemberId| {
                    if is_new { member != signer.member } else { (around.has_ended)(&member) }
                };
                match group.roster.apply(&operation, hash, signer.member, &ended) {
                    Ok(()) => {
                        self.keep_operation(tx, &operation, signed, signer.member, out)?;
                        Ok(Taken::Applied)
                    }
                    Err(_) => Ok(Taken::Unfit),
                }
            }
        }
    }

    /// What changed while our own person was not in the group is not shown.
    fn keep_to_our_time(&self, group: &GroupRow, events_before: usize, out: &mut Outcome) {
        let was_in = |number: u64| group.roster.was_member(self.member, number);
        let earlier = out.events.drain(events_before..).collect::<Vec<_>>();
        out.events.extend(earlier.into_iter().filter(|event| match event {
            Event::RosterChanged(changed) => {
                let number = changed.operation.number;
                was_in(number) || number.checked_sub(1).is_some_and(was_in)
            }
            _ => true,
        }));
    }

    fn take_departure(&self, around: &Surroundings<'_>, group: &mut GroupRow, signed: Signed) {
        let Ok((device, departure)) = signed.open::<Departure>() else { return };
        let Some(signer) = (around.enrolled)(&device) else { return };
        if group.roster.depart(&departure, signer.member).is_ok() {
            group.departures.push(signed);
        }
    }

    /// The pen-holder writes down who departed.
    fn write_departures(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        group: &mut GroupRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        if group.frozen.is_some() || group.roster.pen() != self.member {
            return Ok(());
        }
        for member in group.roster.departing().collect::<Vec<_>>() {
            group.departures.retain(|signed| !signed.open::<Departure>().is_ok_and(|(_, said)| said.member == member));
            match self.write(tx, around, group, member, RosterChange::Remove { member }, out) {
                Ok(()) | Err(ConversationError::Group(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
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
            let ever: BTreeSet<MemberId> = roster.ever().filter(|member| *member != self.member).collect();
            ever.into_iter().filter(|member| group.told(*member) < roster.shown_to(*member)).collect()
        } else if roster.departing().any(|member| member == self.member) {
            vec![roster.pen()]
        } else {
            Vec::new()
        }
    }
}

/// What became of an operation.
enum Taken {
    /// It was here.
    Known,
    /// It began the roster.
    Begun(Box<GroupRow>),
    /// It is the roster's newest now.
    Applied,
    /// It is another one than we have, by the same pen-holder.
    Forked,
    /// It does not follow what we have.
    Unfit,
    /// It cannot be judged now, or is not to be taken.
    Waits,
}

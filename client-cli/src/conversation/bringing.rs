//! Operations and departures that others bring, whoever signed them. It must never believe an operation whose signer it cannot name, and
//! stops everything in a group whose pen-holder wrote two histories.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, MemberId};
use protocol::limits::ROSTER_OPERATIONS_PER_FRAME_MAX;
use protocol::roster::{Departure, Roster, RosterOperation, Signed};

use super::rosters::Peer;
use super::rows::GroupRow;
use super::{ConversationError, Conversations, Event, Outcome, RETRY_MS, Surroundings, passed};
use crate::core::outbox::Standing;
use crate::crypto::lane::{Counting, LaneCrypto};
use crate::store::tables::{GROUPS, ROSTER_OPERATIONS};
use crate::store::{Reading, Span, WriteTx};

impl<C: LaneCrypto> Conversations<C> {
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
        let was: Option<GroupRow> = tx.get(&GROUPS, conversation.as_bytes())?;
        let events_before = out.events.len();
        let is_full = operations.len() >= ROSTER_OPERATIONS_PER_FRAME_MAX;
        let (mut group, mut reached, mut is_whole) = (was.clone(), from, true);
        for signed in operations {
            match self.take_operation(tx, around, group.as_mut(), (conversation, reached), signed, out)? {
                Taken::Begun(begun) => group = Some(*begun),
                Taken::Known | Taken::Applied => {}
                Taken::Forked => return self.freeze(tx, around, (group, reached), peer, out),
                Taken::Parted => {
                    self.show_ours(tx, around, group.as_ref(), (peer, reached), out)?;
                    is_whole = false;
                }
                Taken::Unfit => {
                    self.ask_where_histories_part(around, conversation, peer.0, out);
                    is_whole = false;
                }
                Taken::Waits => is_whole = false,
            }
            if !is_whole {
                break;
            }
            reached = reached.saturating_add(1);
        }
        let Some(mut group) = group else { return Ok(()) };
        let follows = is_full && is_whole;
        if !self.was_in(&group) {
            // Perhaps a later operation lets our person in; nothing is shown or done before.
            out.events.truncate(events_before);
            if !follows {
                return self.forget_group(tx, conversation, out);
            }
            self.ask_for_roster(conversation, peer.0, reached, out);
            return Ok(tx.put(&GROUPS, conversation.as_bytes(), &group)?);
        }
        self.keep_to_our_time(&group, events_before, out);
        self.take_departures(around, &mut group, departures);
        self.hear(was.as_ref(), &mut group, (peer.1, is_whole && !is_full), reached);
        let (is_news, may_know) = (was.as_ref() != Some(&group), group.shown_to(peer.1) > 0);
        if is_news {
            let before = was.iter().flat_map(|group| group.roster.members()).collect();
            self.after_change(tx, around, &before, &group, out)?;
            self.take_up_pen(tx, around, &mut group, out)?;
        }
        if is_news && may_know {
            // Says that it is here, and so asks for the next part.
            self.say_have(tx, &group, peer, out)?;
        } else if follows {
            // Where two histories part may come later.
            self.ask_for_roster(conversation, peer.0, reached, out);
        }
        Ok(())
    }

    /// Two histories: whoever showed the other one sees ours too.
    fn freeze(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (group, number): (Option<GroupRow>, u64),
        peer: Peer,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut group) = group.filter(|group| group.frozen.is_none()) else { return Ok(()) };
        let before = group.roster.members().collect();
        group.frozen = Some(number);
        out.events.push(Event::RosterFrozen(group.roster.conversation()));
        self.tell_roster(tx, &group, peer, number, out)?;
        self.after_change(tx, around, &before, &group, out)
    }

    /// Whether our own person is or was in a group.
    pub(super) fn was_in(&self, group: &GroupRow) -> bool {
        group.roster.ever().any(|member| member == self.member)
    }

    pub(super) fn take_departures(&self, around: &Surroundings<'_>, group: &mut GroupRow, departures: Vec<Signed>) {
        for signed in departures {
            self.take_departure(around, group, signed);
        }
        let still: BTreeSet<MemberId> = group.roster.departing().collect();
        let is_open = |signed: &Signed| signed.open::<Departure>().is_ok_and(|(_, said)| still.contains(&said.member));
        group.departures.retain(is_open);
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
        if link.asked_roster.is_none_or(|asked| passed(asked, RETRY_MS, around.now)) {
            link.asked_roster = Some(around.now);
            self.ask_for_roster(conversation, peer, 0, out);
        }
    }

    /// Whether everything from this operation on is signed by one member.
    fn is_written_by_one(
        &self,
        tx: &impl Reading,
        conversation: ConversationId,
        from: u64,
        signer: MemberId,
    ) -> Result<bool, ConversationError> {
        let key = *conversation.as_bytes();
        for row in tx.scan(&ROSTER_OPERATIONS, Span::under(&key).starting(&(key, from))) {
            if row?.1.signer != signer {
                return Ok(false);
            }
        }
        Ok(true)
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
            let Some(group) = group.filter(|group| group.roster.is_member(signer.member)) else {
                return Ok(Taken::Waits);
            };
            if kept.signer == signer.member {
                // Where somebody else has written on since, the chain has chosen: whoever once held the pen ends no group by what they sign later.
                let is_theirs = self.is_written_by_one(tx, conversation, number, signer.member)?;
                let is_fork = is_theirs && signer.stands == Counting::Counts;
                return Ok(if is_fork { Taken::Forked } else { Taken::Waits });
            }
            let by_heir = (&operation, signer.member);
            return match self.give_way(tx, around, group, by_heir, hash, out)? {
                true => self.keep_operation(tx, &operation, signed, signer.member, out).map(|()| Taken::Applied),
                false => Ok(Taken::Parted),
            };
        }
        match group {
            None => {
                let Ok(roster) = Roster::begin(&operation, hash, (device, signer.member)) else {
                    return Ok(Taken::Waits);
                };
                if !self.find_room(tx, signer.member, out)? {
                    return Ok(Taken::Waits);
                }
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
    /// It is another one than we have, by somebody else: one of them took the pen.
    Parted,
    /// It does not follow what we have.
    Unfit,
    /// It cannot be judged now, or is not to be taken.
    Waits,
}

//! What waits for the pen: departures that have to be written down, and what administrators wish. A wish is judged under the roster that its
//! author knew and under that of now, and is carried out once, whoever has held the pen since. It must never let a device write that came
//! back from a backup, before everybody who is still there was heard.

use protocol::ids::{ConversationId, Hash32, MemberId};
use protocol::roster::{Departure, Roster, RosterChange, RosterOperation};

use super::rows::{GroupRow, Wish};
use super::{ConversationError, Conversations, Outcome, Surroundings};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{GROUPS, ROSTER_OPERATIONS};
use crate::store::{Reading, Span, WriteTx};

/// Wishes of one member that wait in a group; their oldest goes first, and nobody else's.
const WISHES_OF_ONE_MAX: usize = 4;

impl<C: LaneCrypto> Conversations<C> {
    /// Somebody asked for a change. Only the pen-holder answers, by doing it; what cannot be is passed over.
    pub(super) fn on_wish(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        wish: Wish,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(mut group) = tx.get(&GROUPS, conversation.as_bytes())? else { return Ok(()) };
        if group.frozen.is_some() {
            return Ok(());
        }
        let is_known = self.number_of(tx, &group, wish.roster)?.is_some();
        if is_known && !group.roster.may_ask(wish.by, &wish.change) {
            return Ok(());
        }
        let theirs = group.wishes.iter().filter(|waiting| waiting.by == wish.by).count();
        if theirs >= WISHES_OF_ONE_MAX
            && let Some(oldest) = group.wishes.iter().position(|waiting| waiting.by == wish.by)
        {
            group.wishes.remove(oldest);
        }
        group.wishes.push(wish);
        self.take_up_pen(tx, around, &mut group, out)
    }

    /// Does what waits, if we hold the pen and may write.
    pub(super) fn take_up_pen(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        group: &mut GroupRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let key = *group.roster.conversation().as_bytes();
        if self.awaits_others(around, group) || group.frozen.is_some() {
            return Ok(tx.put(&GROUPS, &key, group)?);
        }
        self.write_departures(tx, around, group, out)?;
        for wish in std::mem::take(&mut group.wishes) {
            let Some(number) = self.number_of(tx, group, wish.roster)? else {
                // Its author knows more than we do, perhaps that we hold the pen.
                group.wishes.push(wish);
                continue;
            };
            if group.roster.pen() == self.member && self.still_holds(tx, around, group, &wish, number)? {
                match self.write(tx, around, group, wish.by, wish.change, out) {
                    Ok(()) | Err(ConversationError::Group(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(tx.put(&GROUPS, &key, group)?)
    }

    /// The same in every group: somebody for whom a pen-holder waits may have left the organization.
    pub(super) fn take_up_pens(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        for mut group in self.groups(tx)?.into_iter().filter(|group| !group.unheard.is_empty()) {
            self.take_up_pen(tx, around, &mut group, out)?;
        }
        Ok(())
    }

    /// Whether this device, restored from a backup, has still to hear from somebody. Nobody waits for whoever is gone.
    pub(super) fn awaits_others(&self, around: &Surroundings<'_>, group: &mut GroupRow) -> bool {
        let GroupRow { roster, unheard, .. } = group;
        unheard.retain(|member| roster.is_member(*member) && !(around.has_ended)(member));
        !unheard.is_empty()
    }

    /// After operations that came, as far as `reached`: whoever was let in by them has to be heard as well, and whoever brought all they have
    /// was heard.
    pub(super) fn hear(
        &self,
        was: Option<&GroupRow>,
        group: &mut GroupRow,
        (by, is_all): (MemberId, bool),
        reached: u64,
    ) {
        let Some(was) = was.filter(|_| !group.unheard.is_empty()) else { return };
        let is_new = |member: &MemberId| *member != self.member && !was.roster.is_member(*member);
        let new: Vec<_> = group.roster.members().filter(is_new).collect();
        group.unheard.extend(new);
        if is_all && reached <= group.roster.operations() {
            group.unheard.retain(|member| *member != by);
        }
    }

    /// Whether a wish was not carried out yet, and was its author's to have when it was written.
    fn still_holds(
        &self,
        tx: &WriteTx<'_>,
        around: &Surroundings<'_>,
        group: &GroupRow,
        wish: &Wish,
        number: u64,
    ) -> Result<bool, ConversationError> {
        let conversation = group.roster.conversation();
        let key = *conversation.as_bytes();
        for row in tx.scan(&ROSTER_OPERATIONS, Span::under(&key).starting(&(key, number.saturating_add(1)))) {
            let (_, row) = row?;
            let is_it = |operation: &RosterOperation| operation.by == wish.by && operation.change == wish.change;
            if row.signed.open().is_ok_and(|(_, operation)| is_it(&operation)) {
                return Ok(false);
            }
        }
        let Some(mut then) = self.roster_at(tx, conversation, number)? else { return Ok(false) };
        let (operation, pen) = (self.next(around, &then, wish.by, wish.change.clone()), then.pen());
        Ok(then.apply(&operation, Hash32::from_bytes([0; 32]), pen, &|member| (around.has_ended)(&member)).is_ok())
    }

    /// The roster as it was after an operation that is here.
    pub(super) fn roster_at(
        &self,
        tx: &impl Reading,
        conversation: ConversationId,
        number: u64,
    ) -> Result<Option<Roster>, ConversationError> {
        let key = *conversation.as_bytes();
        let mut roster: Option<Roster> = None;
        for row in tx.scan(&ROSTER_OPERATIONS, Span::under(&key).before(&(key, number.saturating_add(1)))) {
            let (_, row) = row?;
            let Ok((device, operation)) = row.signed.open::<RosterOperation>() else { return Ok(None) };
            let hash = row.signed.hash();
            // Whoever took the pen was next in line: that was judged when it came.
            let had_ended = |member: MemberId| member != row.signer;
            match roster.as_mut() {
                None => roster = Roster::begin(&operation, hash, (device, row.signer)).ok(),
                Some(roster) => {
                    if roster.apply(&operation, hash, row.signer, &had_ended).is_err() {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(roster)
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
        let departing: Vec<_> = group.roster.departing().filter(|member| *member != self.member).collect();
        for member in departing {
            group.departures.retain(|signed| !signed.open::<Departure>().is_ok_and(|(_, said)| said.member == member));
            match self.write(tx, around, group, member, RosterChange::Remove { member }, out) {
                Ok(()) | Err(ConversationError::Group(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

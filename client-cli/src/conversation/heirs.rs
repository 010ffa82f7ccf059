//! The pen is taken from somebody who has left the organization, by the next in line, who did not know their last operations: these are
//! void. It must never give way to anybody who would not be next in line with those operations too: nobody undoes what was done against
//! them.

use protocol::ids::{Hash32, MemberId};
use protocol::roster::{RosterChange, RosterOperation};

use super::rosters::Peer;
use super::rows::{GroupRow, Told};
use super::{ConversationError, Conversations, Outcome, RETRY_MS, Surroundings, passed};
use crate::core::lane::SwapReason;
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{CONVERSATIONS, ROSTER_OPERATIONS};
use crate::store::{Reading as _, Span, WriteTx};

impl<C: LaneCrypto> Conversations<C> {
    /// Goes back to where somebody took the pen, if they may, and takes their operation; whether it did.
    pub(super) fn give_way(
        &self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        group: &mut GroupRow,
        (operation, heir): (&RosterOperation, MemberId),
        hash: Hash32,
        out: &mut Outcome,
    ) -> Result<bool, ConversationError> {
        let (conversation, number) = (operation.conversation, operation.number);
        let has_ended = |member: MemberId| (around.has_ended)(&member);
        let Some(last) = number.checked_sub(1) else { return Ok(false) };
        if operation.change != (RosterChange::Succeed {}) || group.roster.successor(&has_ended) != Some(heir) {
            return Ok(false);
        }
        let Some(mut then) = self.roster_at(tx, conversation, last)? else { return Ok(false) };
        if then.apply(operation, hash, heir, &has_ended).is_err() {
            return Ok(false);
        }
        let key = *conversation.as_bytes();
        tx.remove_all(&ROSTER_OPERATIONS, Span::under(&key).starting(&(key, number)))?;
        let is_void = |member: &MemberId| then.shown_to(*member) == 0;
        let void = group.roster.ever().filter(is_void).map(|member| Told { member, operations: then.operations() });
        group.void.extend(void);
        group.roster = then;
        let told = group.told.iter().map(|told| Told { operations: told.operations.min(number), ..*told });
        group.told = told.collect();
        let departures = std::mem::take(&mut group.departures);
        self.take_departures(around, group, departures);
        if let Some(mut row) = tx.get(&CONVERSATIONS, &key)? {
            // Others never heard of some who may have been let in.
            self.end_lane(tx, conversation, &mut row, SwapReason::Revoked, out)?;
            row.opening = None;
            tx.put(&CONVERSATIONS, &key, &row)?;
        }
        Ok(true)
    }

    /// Whoever showed another operation than we have sees ours too, once in a while.
    pub(super) fn show_ours(
        &mut self,
        tx: &WriteTx<'_>,
        around: &Surroundings<'_>,
        group: Option<&GroupRow>,
        (peer, number): (Peer, u64),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let (Some(link), Some(group)) = (self.links.get_mut(&peer.0), group) else { return Ok(()) };
        if link.shown_ours.is_some_and(|shown| !passed(shown, RETRY_MS, around.now)) {
            return Ok(());
        }
        link.shown_ours = Some(around.now);
        self.tell_roster(tx, group, peer, number, out)
    }
}

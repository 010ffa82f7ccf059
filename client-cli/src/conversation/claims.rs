//! What one of several readers says against our lane in a group: that it cannot read it, holds another history, or knows a later one. That
//! device is let go and asked in again. It must never stop the lane for the others: one reader's word ends it only where nobody else reads
//! it, or once in a while.

use std::cmp::max;

use protocol::ids::{ConversationId, DeviceId};
use protocol::time::HOUR_MS;

use super::rows::Circle;
use super::{ConversationError, ConversationRow, Conversations, Outcome, RETRY_MS, Surroundings, passed};
use crate::core::lane::SwapReason;
use crate::crypto::lane::LaneCrypto;
use crate::store::WriteTx;
use crate::store::tables::CONVERSATIONS;

/// A lane that others read begins anew at most this often because one reader knows a later one. It is true after a restore with a clock that
/// was set back; then that reader reads nothing here before.
const CLAIM_MS: u64 = HOUR_MS;

impl<C: LaneCrypto> Conversations<C> {
    /// Owner: a reader of a group's lane speaks against it, and perhaps names a later generation.
    pub(super) fn on_claim(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (conversation, mut row): (ConversationId, ConversationRow),
        peer: DeviceId,
        (known, reason): (Option<u32>, SwapReason),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        if let (Some(known), Some(link)) = (known, self.links.get_mut(&peer)) {
            let claimed = link.claims.entry(conversation).or_default();
            *claimed = max(*claimed, known);
        }
        if let Some(lane) = &row.owned {
            let reader = lane.readers().iter().find(|reader| reader.device == peer);
            let is_behind = known > Some(lane.id().generation);
            let since = reader.map_or(lane.started(), |reader| reader.admitted);
            if !passed(since, RETRY_MS, around.now) || (reader.is_none() && !is_behind) {
                return Ok(());
            }
            let is_alone = !lane.readers().iter().any(|other| other.device != peer);
            if is_behind && (is_alone || passed(lane.started(), CLAIM_MS, around.now)) {
                row.peer_knows = row.peer_knows.max(known);
                self.end_lane(tx, conversation, &mut row, SwapReason::OwnerWentBack, out)?;
            } else if reader.is_some() {
                self.swap(tx, around, conversation, &mut row, (peer, reason), out)?;
            } else {
                return Ok(());
            }
        } else if let Some(circle) = self.circle_of(tx, conversation, &row)? {
            let known = self.claimed_by_all(around, &circle, conversation);
            if known.is_some() && row.opening <= known {
                (row.opening, row.peer_knows) = (None, row.peer_knows.max(known));
            }
        }
        tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        self.invite_here(tx, around, conversation, &row, peer, out)?;
        self.pump(tx, around, conversation, out)
    }

    /// The generation that everybody who is there claims to know at least.
    fn claimed_by_all(&self, around: &Surroundings<'_>, circle: &Circle, conversation: ConversationId) -> Option<u32> {
        let there = self.links.iter().filter(|(device, _)| self.may_read(around, circle, **device));
        there.map(|(_, link)| link.claims.get(&conversation).copied()).min().flatten()
    }
}

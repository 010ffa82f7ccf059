//! How many groups there is room for. Whoever begins groups has their own share of it, and a group that our person is out of makes room for
//! another. It must never let anybody's groups keep out those that others begin.

use protocol::ids::{ConversationId, DeviceId, MemberId};
use protocol::roster::RosterOperation;
use protocol::time::Timestamp;

use super::rows::GroupRow;
use super::{ConversationError, ConversationRow, Conversations, Outcome};
use crate::core::outbox::Refusal;
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{CONVERSATIONS, GROUPS, PICTURES, RECEIVED_HASHES, RECEIVED_LANES, ROSTER_OPERATIONS};
use crate::store::{Reading, Span, WriteTx};

/// Groups that a device knows, left ones too; of further ones it takes nothing.
const GROUPS_MAX: usize = 1_024;
/// Of them those that one other person began.
const GROUPS_BY_ONE_MAX: usize = 128;

impl<C: LaneCrypto> Conversations<C> {
    /// Whether a group that this member began finds room, perhaps in the place of one that our person is out of.
    pub(super) fn find_room(
        &self,
        tx: &mut WriteTx<'_>,
        creator: MemberId,
        out: &mut Outcome,
    ) -> Result<bool, ConversationError> {
        // One at a time may be on its way here without having let our person in yet.
        let unfinished = |group: &GroupRow| !self.was_in(group) && is_by(group, creator);
        for group in self.groups(tx)?.into_iter().filter(unfinished) {
            self.forget_group(tx, group.roster.conversation(), out)?;
        }
        let groups = self.groups(tx)?;
        let theirs = groups.iter().filter(|group| is_by(group, creator)).count();
        let is_over_share = creator != self.member && theirs >= GROUPS_BY_ONE_MAX;
        if !is_over_share && groups.len() < GROUPS_MAX {
            return Ok(true);
        }
        let goes =
            |group: &&GroupRow| !group.roster.is_member(self.member) && (!is_over_share || is_by(group, creator));
        let mut oldest: Option<(Timestamp, ConversationId)> = None;
        for group in groups.iter().filter(goes) {
            let last = (self.changed(tx, group)?, group.roster.conversation());
            oldest = Some(oldest.map_or(last, |oldest| oldest.min(last)));
        }
        match oldest {
            Some((_, conversation)) => self.forget_group(tx, conversation, out).map(|()| true),
            None => Ok(false),
        }
    }

    /// Groups that came in part and never let our person in.
    pub(super) fn forget_unfinished(&self, tx: &mut WriteTx<'_>, out: &mut Outcome) -> Result<(), ConversationError> {
        for group in self.groups(tx)?.into_iter().filter(|group| !self.was_in(group)) {
            self.forget_group(tx, group.roster.conversation(), out)?;
        }
        Ok(())
    }

    /// All that lanes and rosters keep of a group. What was said in it stays.
    pub(super) fn forget_group(
        &self,
        tx: &mut WriteTx<'_>,
        conversation: ConversationId,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let kept: Option<ConversationRow> = tx.get(&CONVERSATIONS, conversation.as_bytes())?;
        let generation = kept.as_ref().and_then(|row| row.generation);
        if let Some(row) = kept {
            self.refuse_all(tx, conversation, row, Refusal::NotMember, out)?;
        }
        let lanes = tx.scan(&RECEIVED_LANES, Span::all()).collect::<Result<Vec<_>, _>>()?;
        for (key, received) in lanes.into_iter().filter(|((_, of), _)| of == conversation.as_bytes()) {
            if let Some(lane) = received.lane {
                self.crypto.discard(tx, &lane.id())?;
            }
            self.forget_key_packages(tx, key)?;
            tx.remove_all(&RECEIVED_HASHES, Span::under(&key))?;
            tx.remove(&RECEIVED_LANES, &key)?;
        }
        // What generations of our lane there were stays known: in a group that comes again it begins above them.
        match generation {
            Some(_) => {
                let row = ConversationRow { generation, ..ConversationRow::new(None) };
                tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
            }
            None => tx.remove(&CONVERSATIONS, conversation.as_bytes())?,
        }
        tx.remove(&PICTURES, conversation.as_bytes())?;
        tx.remove(&GROUPS, conversation.as_bytes())?;
        Ok(tx.remove_all(&ROSTER_OPERATIONS, Span::under(conversation.as_bytes()))?)
    }

    /// When the last change was, by its author's clock.
    fn changed(&self, tx: &impl Reading, group: &GroupRow) -> Result<Timestamp, ConversationError> {
        let last = (*group.roster.conversation().as_bytes(), group.roster.operations().saturating_sub(1));
        let row = tx.get(&ROSTER_OPERATIONS, &last)?;
        let opened = row.and_then(|row| row.signed.open().ok());
        Ok(opened.map_or(Timestamp::ZERO, |(_, operation): (DeviceId, RosterOperation)| operation.time))
    }
}

fn is_by(group: &GroupRow, creator: MemberId) -> bool {
    group.roster.ever().next() == Some(creator)
}

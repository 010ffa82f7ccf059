//! Groups that follow a group of the directory: begun from one, and changed as `core::in_step` plans. It must never write on anybody's
//! wish but our own person's, whose device holds the pen.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::ids::{ConversationId, MemberId};
use protocol::roster::RosterChange;

use super::{ConversationError, Conversations, GroupRefusal, Outcome, Surroundings};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::IN_STEP;
use crate::store::{Reading as _, WriteTx};

impl<C: LaneCrypto> Conversations<C> {
    /// Begins a group of our own person and these, which follows a group of the directory from then on.
    pub fn create_in_step(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        (name, directory): (&str, Group),
        members: &BTreeSet<MemberId>,
    ) -> Result<(ConversationId, Outcome), ConversationError> {
        let (conversation, outcome) = self.begin_group(tx, around, (name, Some(directory)), members)?;
        tx.put(&IN_STEP, conversation.as_bytes(), &around.now)?;
        Ok((conversation, outcome))
    }

    /// Writes these changes, all or none, with what the directory said. Whoever is next in line takes the pen first.
    pub fn follow_directory(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        conversation: ConversationId,
        changes: &[RosterChange],
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        let mut group = self.group(tx, conversation)?;
        if group.roster.successor(&|member| (around.has_ended)(&member)) == Some(self.member) {
            self.write(tx, around, &mut group, self.member, RosterChange::Succeed {}, &mut out)?;
        }
        if group.roster.pen() != self.member {
            return Err(GroupRefusal::NotAdmin.into());
        }
        for change in changes {
            self.write(tx, around, &mut group, self.member, change.clone(), &mut out)?;
        }
        if group.roster.pen() != self.member {
            // Handed on: with the next time it comes here, it begins anew.
            tx.remove(&IN_STEP, conversation.as_bytes())?;
        } else if tx.get(&IN_STEP, conversation.as_bytes())?.is_none() {
            tx.put(&IN_STEP, conversation.as_bytes(), &around.now)?;
        }
        Ok(out)
    }
}

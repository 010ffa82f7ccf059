//! Whom a change touches, and the roll of everybody that it is made on.

use protocol::ids::{Hash32, MemberId};
use protocol::secret::Secret;
use protocol::time::Timestamp;
use protocol::tlog::{Approval, IdentityOrder};

use crate::domain::member::Member;
use crate::domain::roll::Roll;
use crate::storage::StorageError;

use super::super::directory::{self, Touched};
use super::Change;

impl Change<'_> {
    /// An id for a new person, and the salt of its commitment.
    pub(in crate::service) fn draw_member(&self) -> (MemberId, Secret<[u8; 32]>) {
        (MemberId::from_bytes(self.inner.ambient.bytes()), Secret::new(self.inner.ambient.bytes()))
    }

    /// Something of this person or of their devices changes.
    pub(in crate::service) fn touch(&mut self, member: MemberId) {
        self.added.remove(&member);
        self.touched.insert(member);
    }

    /// Somebody is new and has no device.
    pub(in crate::service) fn touch_new(&mut self, member: Member) {
        self.touched.insert(member.id);
        self.added.insert(member.id, member);
    }

    /// When the member's identity ended, before this change, if no other one has come.
    pub(in crate::service) fn identity_ended(&self, member: MemberId) -> Option<Timestamp> {
        self.turn.trees.facts.identity_ended(member)
    }

    /// Whether a key of the member ended once, before this change.
    pub(in crate::service) fn was_ended(&self, member: MemberId, identity_key: &[u8; 32]) -> bool {
        self.turn.trees.facts.was_ended(member, identity_key)
    }

    /// What the log binds the member's login with.
    pub(in crate::service) fn commitment(&self, member: MemberId) -> Option<Hash32> {
        self.turn.trees.facts.commitment(member)
    }

    /// How many signatures the end of an identity needs.
    pub(in crate::service) fn approvals_needed(&self) -> usize {
        self.turn.trees.facts.approvals_needed()
    }

    /// Of the approvers in force.
    pub(in crate::service) fn approvers_serial(&self) -> Option<u64> {
        self.turn.trees.facts.approvers().map(|approvers| approvers.serial)
    }

    /// Whether as many as the root key asks for agreed to this.
    pub(in crate::service) fn is_agreed(&self, order: &IdentityOrder, approvals: &[Approval]) -> bool {
        self.turn.trees.facts.approvers().is_none_or(|approvers| approvers.agree(order, approvals))
    }

    /// Everybody ever known, as before this change.
    pub(in crate::service) fn roll(&self) -> Roll {
        self.turn.trees.roll.clone()
    }

    /// Whether nobody has changed since this roll.
    pub(in crate::service) fn is_of(&self, roll: &Roll) -> bool {
        self.turn.trees.roll.is(roll)
    }

    /// What this change touches, as it leaves them.
    pub(in crate::service) async fn read_touched(&mut self) -> Result<Touched, StorageError> {
        let (added, mut changed) = (std::mem::take(&mut self.added), std::mem::take(&mut self.touched));
        changed.retain(|id| !added.contains_key(id));
        let mut touched = directory::read(&mut self.tx, &changed).await?;
        touched.members.extend(added.into_values());
        Ok(touched)
    }
}

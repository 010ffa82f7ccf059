//! Leaves that are known to be younger than some moment (spec/log.md §8): what people signed long before is not what they agree to now.
//! Must never count signatures that somebody kept back.

use super::{Facts, LeafRefused};
use crate::limits::{CLOCK_SKEW_MS_MAX, IDENTITY_ORDER_LIFETIME_MS};
use crate::time::Timestamp;
use crate::tlog::Leaf;

impl Facts {
    /// [`Facts::apply`] of a leaf that was not in the log at `known`.
    pub fn apply_since(&mut self, known: Timestamp, leaf: &Leaf) -> Result<(), LeafRefused> {
        if let Leaf::IdentityEnd { at, .. } = leaf
            && self.approvals_needed() > 0
            && known.since(*at) > IDENTITY_ORDER_LIFETIME_MS + CLOCK_SKEW_MS_MAX
        {
            return Err(LeafRefused::Unapproved);
        }
        self.apply(leaf)
    }
}

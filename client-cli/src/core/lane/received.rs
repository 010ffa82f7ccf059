//! The receiver's place in somebody else's lane: strictly in order, each entry once, one history.
//! It must never let an entry through whose predecessor was not the one applied, or go on after two histories showed.

use minicbor::{Decode, Encode};
use protocol::ids::{Hash32, LaneId};
use protocol::lane::{LaneAck, LaneEntry};

/// A lane that this device follows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceivedLane {
    #[n(0)]
    lane: LaneId,
    #[n(1)]
    next_seq: u64,
    #[n(2)]
    head: Hash32,
    #[n(3)]
    frozen: Option<u64>,
}

/// What to do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The next one: apply it, then [`ReceivedLane::advance`].
    Apply,
    /// Applied before: acknowledge again.
    Duplicate,
    /// Entries are missing: ask for them from this one on.
    Gap {
        /// The first missing entry.
        from_seq: u64,
    },
    /// Another entry than the one that was applied under this number: the lane is frozen from now on.
    Equivocation,
    /// The lane is frozen; nothing of it is applied.
    Frozen,
}

/// How an entry's lane relates to the one that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// The same.
    Current,
    /// The owner started anew.
    Newer,
    /// From before the owner started anew.
    Older,
}

impl ReceivedLane {
    /// Joined by this welcome, which may stand anywhere in the lane.
    pub fn joined(welcome: &LaneEntry) -> Self {
        Self { lane: welcome.lane, next_seq: welcome.seq.saturating_add(1), head: welcome.hash(), frozen: None }
    }

    /// The lane's id.
    pub fn id(&self) -> LaneId {
        self.lane
    }

    /// The entry that is awaited.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The number at which two histories showed, if they did.
    pub fn frozen(&self) -> Option<u64> {
        self.frozen
    }

    /// Compares an entry's lane, of the same owner and conversation, with this one.
    pub fn generation_of(&self, other: &LaneId) -> Generation {
        match other.generation.cmp(&self.lane.generation) {
            std::cmp::Ordering::Less => Generation::Older,
            std::cmp::Ordering::Equal => Generation::Current,
            std::cmp::Ordering::Greater => Generation::Newer,
        }
    }

    /// Judges an entry of this lane. `applied` is the hash of the entry applied under the same number, as long as it is kept.
    pub fn judge(&mut self, entry: &LaneEntry, applied: Option<&Hash32>) -> Verdict {
        if self.frozen.is_some() {
            return Verdict::Frozen;
        }
        let verdict = match entry.seq.cmp(&self.next_seq) {
            std::cmp::Ordering::Greater => Verdict::Gap { from_seq: self.next_seq },
            std::cmp::Ordering::Less if applied.is_some_and(|hash| *hash != entry.hash()) => Verdict::Equivocation,
            std::cmp::Ordering::Less => Verdict::Duplicate,
            std::cmp::Ordering::Equal if entry.previous != self.head => Verdict::Equivocation,
            std::cmp::Ordering::Equal => Verdict::Apply,
        };
        if verdict == Verdict::Equivocation {
            self.frozen = Some(entry.seq);
        }
        verdict
    }

    /// The entry was applied; in the same transaction as what it brought.
    pub fn advance(&mut self, entry: &LaneEntry) {
        debug_assert_eq!(entry.seq, self.next_seq);
        self.next_seq = entry.seq.saturating_add(1);
        self.head = entry.hash();
    }

    /// What to acknowledge.
    pub fn ack(&self) -> Option<LaneAck> {
        let seq = self.next_seq.checked_sub(1)?;
        Some(LaneAck { lane: self.lane, seq, hash: self.head })
    }
}

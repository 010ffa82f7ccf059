//! What may happen in the model, what goes over its link, and what must never be.

use std::hash::{Hash, Hasher};

use protocol::codec;
use protocol::ids::LaneId;
use protocol::lane::{LaneAck, LaneEntry};

/// What goes over the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    AskKeyPackage(u32),
    KeyPackage(u32),
    Entry(LaneEntry),
    Ack(LaneAck),
    AskEntries(LaneId, u64),
    Reset(Option<u32>),
}

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Write,
    Link,
    Cut,
    /// A frame arrives; with a crash, what it leads to is durable and nothing of it leaves.
    ToReader(Ending),
    ToOwner(Ending),
    Tick,
    BackUp(Side),
    Restore(Side),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    Crash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Owner,
    Reader,
}

/// What must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Breach {
    /// Two entries under one generation and number.
    NameUsedTwice,
    AppliedTwice,
    OutOfOrder,
    /// The author was told that a message is there, and it is not.
    FalseDelivery,
    /// Honest devices froze a lane.
    Frozen,
    /// Both stayed online, and a message did not arrive.
    Stuck,
}

impl Hash for Frame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::AskKeyPackage(generation) | Self::KeyPackage(generation) => generation.hash(state),
            Self::Entry(entry) => entry.hash().as_bytes().hash(state),
            Self::Ack(ack) => codec::encode(ack).hash(state),
            Self::AskEntries(lane, from_seq) => (lane.generation, from_seq).hash(state),
            Self::Reset(known) => known.hash(state),
        }
    }
}

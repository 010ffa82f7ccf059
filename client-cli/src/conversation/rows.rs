//! The rows that conversations keep in the vault, and how they are read. A row must never outlive the lane or message it is of.

use minicbor::{Decode, Encode};
use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId, MessageId};
use protocol::lane::{HybridClock, LaneEntry};
use protocol::message::{self, MessageBody};
use protocol::time::Timestamp;
use sha2::{Digest, Sha256};

use super::Reach;
use crate::core::lane::{Mark, OwnedLane, ReceivedLane};
use crate::core::outbox::MessageState;
use crate::core::timeline::{ConversationClock, Heads};
use crate::crypto::lane::KeyPackageName;

/// A conversation as this device keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConversationRow {
    /// The other person.
    #[n(0)]
    pub peer: MemberId,
    /// Time of the newest message.
    #[n(1)]
    pub clock: ConversationClock,
    /// Causes of the next message.
    #[n(2)]
    pub heads: Heads,
    /// Place of the next message in the outbox.
    #[n(3)]
    pub next_order: u64,
    /// The newest generation that this device used or asked for.
    #[n(4)]
    pub generation: Option<u32>,
    /// A key package was asked for, for a lane of this generation.
    #[n(5)]
    pub opening: Option<u32>,
    /// The newest generation of ours that the peer claims to know.
    #[n(6)]
    pub peer_knows: Option<u32>,
    /// The lane that this device owns.
    #[n(7)]
    pub owned: Option<OwnedLane>,
}

impl ConversationRow {
    /// Nothing said yet.
    pub fn new(peer: MemberId) -> Self {
        Self {
            peer,
            clock: ConversationClock::default(),
            heads: Heads::default(),
            next_order: 0,
            generation: None,
            opening: None,
            peer_knows: None,
            owned: None,
        }
    }
}

/// An entry of our own lane, kept until all readers have it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnedEntry {
    /// As it goes on links.
    #[n(0)]
    pub entry: LaneEntry,
    /// What the log remembers of it.
    #[n(1)]
    pub mark: Mark,
}

/// A device's lane as this device follows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct ReceivedRow {
    /// The position, while the lane can be read.
    #[n(0)]
    pub lane: Option<ReceivedLane>,
    /// The newest generation that was ever joined or refused.
    #[n(1)]
    pub known_generation: Option<u32>,
    /// The lane cannot be read; when a new one was last asked for.
    #[n(2)]
    pub lost: Option<Timestamp>,
}

/// A key package that waits for its welcome.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyPackageRow {
    /// Name of its private half.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub name: KeyPackageName,
    /// What was answered: a repeated request gets the same bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// When it was made.
    #[n(2)]
    pub made: Timestamp,
}

/// A message of ours that was not delivered yet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OutboxRow {
    /// Its id, the same in every lane it goes through.
    #[n(0)]
    pub message: MessageId,
    /// Its place in display order, fixed when it was written.
    #[n(1)]
    pub clock: HybridClock,
    /// The messages it follows.
    #[n(2)]
    pub heads: Vec<MessageId>,
    /// What it says.
    #[cbor(n(3), with = "message::wire")]
    pub body: MessageBody,
    /// When it was written.
    #[n(4)]
    pub written: Timestamp,
    /// Where it is.
    #[n(5)]
    pub state: MessageState,
    /// Who may have it while it is queued, perhaps again.
    #[cbor(n(6), default)]
    pub left: Reach,
}

/// Where a message is in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OutboxPlace {
    /// The conversation.
    #[n(0)]
    pub conversation: ConversationId,
    /// Place among its messages.
    #[n(1)]
    pub order: u64,
}

/// Key of a row about a device's lane.
pub(super) type LaneKey = ([u8; 16], [u8; 16]);

pub(super) fn lane_key(device: &DeviceId, conversation: &ConversationId) -> LaneKey {
    (*device.as_bytes(), *conversation.as_bytes())
}

/// The members of a conversation of two, sorted.
pub(super) fn roster_of(a: MemberId, b: MemberId) -> [MemberId; 2] {
    if a <= b { [a, b] } else { [b, a] }
}

/// What a message names as the roster its author believed in.
pub(super) fn roster_hash(roster: &[MemberId; 2]) -> Hash32 {
    let mut hash = Sha256::new();
    hash.update(b"isoloir roster v1");
    for member in roster {
        hash.update(member.as_bytes());
    }
    Hash32::from_bytes(hash.finalize().into())
}

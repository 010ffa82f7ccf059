//! The rows that conversations keep in the vault, and how they are read. A row must never outlive the lane or message it is of.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId, MessageId};
use protocol::lane::{HybridClock, LaneEntry};
use protocol::message::{self, MessageBody};
use protocol::roster::{Roster, RosterChange, Signed};
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
    /// The other person of two; nothing in a group.
    #[n(0)]
    pub peer: Option<MemberId>,
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
    /// Nothing in the outbox before this place is queued.
    #[cbor(n(8), default)]
    pub queued_from: u64,
}

impl ConversationRow {
    /// Nothing said yet.
    pub fn new(peer: Option<MemberId>) -> Self {
        Self {
            peer,
            clock: ConversationClock::default(),
            heads: Heads::default(),
            next_order: 0,
            generation: None,
            opening: None,
            peer_knows: None,
            owned: None,
            queued_from: 0,
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
    /// Members of whom no device has acknowledged it.
    #[cbor(n(6), default)]
    pub owed: Vec<MemberId>,
    /// Whether somebody has it.
    #[cbor(n(7), default)]
    pub held: Held,
    /// Who may have it while it is queued, perhaps again.
    #[cbor(n(9), default)]
    pub left: Reach,
    /// The roster under which it was written.
    #[n(8)]
    pub roster: Option<Hash32>,
}

/// Whether anybody has a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Held {
    /// Nobody has acknowledged it.
    #[default]
    #[n(0)]
    Nobody,
    /// At least one member.
    #[n(1)]
    Somebody,
}

/// A group as this device knows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GroupRow {
    /// Who is in it.
    #[n(0)]
    pub roster: Roster,
    /// Number of the operation under which two histories showed: nothing is sent in the group any more.
    #[n(1)]
    pub frozen: Option<u64>,
    /// How many operations the others are known to have.
    #[n(2)]
    pub told: Vec<Told>,
    /// Departures that the pen-holder has still to write down.
    #[n(3)]
    pub departures: Vec<Signed>,
    /// After a restore: members who have still to say how much they have, before anything is written down here.
    #[cbor(n(4), default)]
    pub unheard: Vec<MemberId>,
    /// Changes that were asked for and wait: for that hearing, or for the operation that their author knew.
    #[cbor(n(5), default)]
    pub wishes: Vec<Wish>,
    /// Who was let in by operations that are void: how many they may know, up to the one in their place.
    #[cbor(n(6), default)]
    pub void: Vec<Told>,
}

/// A change that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Wish {
    /// Who.
    #[n(0)]
    pub by: MemberId,
    /// The last operation that they knew.
    #[n(1)]
    pub roster: Hash32,
    /// What.
    #[n(2)]
    pub change: RosterChange,
}

/// How much of a roster a member is known to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Told {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// So many operations.
    #[n(1)]
    pub operations: u64,
}

impl GroupRow {
    /// A group of which nobody was told.
    pub fn new(roster: Roster) -> Self {
        let (told, departures, unheard) = (Vec::new(), Vec::new(), Vec::new());
        Self { roster, frozen: None, told, departures, unheard, wishes: Vec::new(), void: Vec::new() }
    }

    /// Whether this member takes part in it now.
    pub fn is_open_to(&self, member: MemberId) -> bool {
        self.frozen.is_none() && self.roster.is_member(member)
    }

    /// How many of the operations somebody may know; 0 for a stranger.
    pub fn shown_to(&self, member: MemberId) -> u64 {
        let void = self.void.iter().filter(|void| void.member == member).map(|void| void.operations).max();
        self.roster.shown_to(member).max(void.unwrap_or(0))
    }

    /// How many operations somebody is known to have.
    pub fn told(&self, member: MemberId) -> u64 {
        self.told.iter().find(|told| told.member == member).map_or(0, |told| told.operations)
    }

    pub(super) fn tell(&mut self, member: MemberId, operations: u64) {
        self.told.retain(|told| told.member != member);
        self.told.push(Told { member, operations });
    }
}

/// An operation of a group's roster.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OperationRow {
    /// As it was signed.
    #[n(0)]
    pub signed: Signed,
    /// By whom.
    #[n(1)]
    pub signer: MemberId,
}

/// Pictures of a group: the one of its roster, and one that its pen-holder was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PictureRow {
    /// What the roster names, once its bytes are here.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub current: Option<Vec<u8>>,
    /// What this device asked for and the roster does not name yet, the oldest first.
    #[n(1)]
    pub proposed: Vec<ByteVec>,
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

/// Who is in a conversation.
pub(super) struct Circle {
    /// Now; the own person with them.
    pub members: Vec<MemberId>,
    /// Ever.
    pub ever: Vec<MemberId>,
    /// What a message names as the roster its author believed in.
    pub hash: Hash32,
}

impl Circle {
    pub(super) fn pair(a: MemberId, b: MemberId) -> Self {
        let mut members = vec![a, b];
        members.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(b"isoloir roster v1");
        for member in &members {
            hash.update(member.as_bytes());
        }
        let hash = Hash32::from_bytes(hash.finalize().into());
        Self { ever: members.clone(), members, hash }
    }

    pub(super) fn group(group: &GroupRow) -> Self {
        let roster = &group.roster;
        Self { members: roster.members().collect(), ever: roster.ever().collect(), hash: roster.head() }
    }
}

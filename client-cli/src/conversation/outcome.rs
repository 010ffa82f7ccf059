//! What a call on the conversations leads to. Frames go out only after the transaction committed; events carry message bodies
//! and must never be logged.

use protocol::ids::{ConversationId, DeviceId, Hash32, LaneId, MemberId, MessageId};
use protocol::lane::{HybridClock, LaneAck};
use protocol::link::LinkFrame;
use protocol::message::MessageBody;
use protocol::roster::RosterOperation;

use crate::core::lane::SwapReason;
use crate::core::outbox::{MessageState, Waiting};
use crate::crypto::lane::Intruder;

/// Events for the same transaction, frames for after its commit.
#[derive(Debug, Default)]
#[must_use = "events belong into the same transaction, frames leave after its commit"]
pub struct Outcome {
    /// To be written beside, in this order.
    pub events: Vec<Event>,
    /// To be sent on the link to that device, in this order.
    pub frames: Vec<(DeviceId, LinkFrame)>,
}

impl Outcome {
    pub(super) fn send(&mut self, to: DeviceId, frame: LinkFrame) {
        self.frames.push((to, frame));
    }

    /// Acknowledgements are cumulative: a later one replaces those of the same lane that did not leave yet.
    pub(super) fn acknowledge(&mut self, to: DeviceId, ack: LaneAck) {
        self.frames.retain(|(_, frame)| !matches!(frame, LinkFrame::LaneAck(earlier) if earlier.lane == ack.lane));
        self.send(to, LinkFrame::LaneAck(ack));
    }

    /// Joins the outcome of a later call in the same transaction.
    pub fn merge(&mut self, later: Self) {
        self.events.extend(later.events);
        for (to, frame) in later.frames {
            match frame {
                LinkFrame::LaneAck(ack) => self.acknowledge(to, ack),
                other => self.send(to, other),
            }
        }
    }
}

/// What became of a frame.
#[derive(Debug)]
#[must_use]
pub enum Handled {
    /// It was about lanes.
    Lanes(Outcome),
    /// It is for somebody else.
    Other(LinkFrame),
}

/// Something to keep, show or count.
#[derive(Debug)]
pub enum Event {
    /// A message arrived, for the first time.
    Received(Box<Received>),
    /// A message of ours is somewhere else now.
    State {
        /// Its conversation.
        conversation: ConversationId,
        /// Which.
        message: MessageId,
        /// Where it is now.
        state: MessageState,
    },
    /// A lane of ours is open.
    LaneStarted(LaneId),
    /// A lane of the peer's is open.
    LaneJoined(LaneId),
    /// A lane of ours ends; what was not acknowledged goes again in the next.
    LaneEnded {
        /// Which.
        lane: LaneId,
        /// Why.
        reason: SwapReason,
    },
    /// A lane of the peer's cannot be read any more; a new one was asked for.
    LaneLost(LaneId),
    /// The peer's device showed two histories under one number: nothing more of this lane is applied. To be shown.
    LaneFrozen {
        /// Which.
        lane: LaneId,
        /// The number.
        seq: u64,
    },
    /// A lane or an entry was not accepted because of a leaf. To be counted.
    LeafRefused {
        /// Which.
        lane: LaneId,
        /// Why.
        why: Intruder,
    },
    /// An entry was passed over: it is not a message of this lane. To be counted.
    EntryDropped {
        /// Which.
        lane: LaneId,
        /// Its number.
        seq: u64,
    },
    /// A group's roster has changed. To be shown.
    RosterChanged(Box<RosterChanged>),
    /// The picture that a group's roster names is here. To be shown.
    PictureHere(ConversationId),
    /// A group's roster showed two histories: nothing is sent in it any more. To be shown.
    RosterFrozen(ConversationId),
    /// A frame about a lane that its sender has no business with. To be counted.
    Misplaced {
        /// Who sent it.
        from: DeviceId,
    },
}

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub author: MemberId,
    /// On which device.
    pub device: DeviceId,
    /// Its id.
    pub message: MessageId,
    /// Its place in display order, before the id.
    pub clock: HybridClock,
    /// The messages that it follows.
    pub heads: Vec<MessageId>,
    /// What it says.
    pub body: MessageBody,
}

/// An operation that this device has now.
#[derive(Debug)]
pub struct RosterChanged {
    /// Of its signed form.
    pub hash: Hash32,
    /// What it says.
    pub operation: RosterOperation,
}

/// A message that has not been delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Where.
    pub conversation: ConversationId,
    /// Members of whom no device has it.
    pub owed: Vec<MemberId>,
    /// Its id.
    pub message: MessageId,
    /// Where it is.
    pub state: MessageState,
    /// Why it waits, if it is queued and waits.
    pub waiting: Option<Waiting>,
}

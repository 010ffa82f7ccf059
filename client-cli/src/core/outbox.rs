//! The life of a message on its author's device, pure: queued, sent, delivered, read, or refused with a reason.
//! A message must never leave in another order than it was written, and never be lost between two lanes: only an acknowledgement
//! from the peer or a refusal that the person is told ends its life here. Source: `protocol/spec/lanes.md`.

use minicbor::{Decode, Encode};
use protocol::time::{DAY_MS, Timestamp};

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum MessageState {
    /// Waits as plaintext, in the vault.
    #[n(0)]
    Queued,
    /// Sealed into the lane at this place, and handed to the link.
    #[n(1)]
    Sent {
        /// The lane's generation.
        #[n(0)]
        generation: u32,
        /// Place in the lane.
        #[n(1)]
        seq: u64,
    },
    /// Durably applied on one device of each member.
    #[n(2)]
    Delivered,
    /// The person has seen it.
    #[n(3)]
    Read,
    /// It will not be sent.
    #[n(4)]
    Refused(#[n(0)] Refusal),
}

/// Why a message will not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Refusal {
    /// The peer's devices were revoked.
    #[n(0)]
    #[error("the person's devices were revoked")]
    PeerRevoked,
    /// The peer does not accept contact.
    #[n(1)]
    #[error("the person does not accept messages from here")]
    PeerRefused,
    /// It waited longer than messages are kept.
    #[n(2)]
    #[error("the message waited longer than messages are kept")]
    Expired,
    /// This device was revoked.
    #[n(3)]
    #[error("this device was revoked")]
    DeviceRevoked,
    /// The author took it back before it left.
    #[n(4)]
    #[error("the message was taken back")]
    TakenBack,
    /// The author is no member of the group any more.
    #[n(5)]
    #[error("this person is no member of the group any more")]
    NotMember,
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// It was sealed at this place.
    Sealed {
        /// The lane's generation.
        generation: u32,
        /// Place in the lane.
        seq: u64,
    },
    /// The lane it was sealed in ended without an acknowledgement: it goes again, under the same id.
    LaneEnded,
    /// One device of each member has it.
    Acknowledged,
    /// The peer's person has seen it.
    Seen,
    /// It must not be sent.
    Refused(Refusal),
}

/// The message is not where this can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cannot happen to a message in this state")]
pub struct Impossible;

impl MessageState {
    /// The state afterwards.
    pub fn after(self, happening: Happening) -> Result<Self, Impossible> {
        match (self, happening) {
            (Self::Queued, Happening::Sealed { generation, seq }) => Ok(Self::Sent { generation, seq }),
            (Self::Queued | Self::Sent { .. }, Happening::LaneEnded) => Ok(Self::Queued),
            // What goes again for somebody may be here already, from before.
            (Self::Queued | Self::Sent { .. }, Happening::Acknowledged) => Ok(Self::Delivered),
            // The ack may be lost with its link while the peer reads on.
            (Self::Sent { .. } | Self::Delivered | Self::Read, Happening::Seen) => Ok(Self::Read),
            (Self::Delivered, Happening::Acknowledged) => Ok(Self::Delivered),
            (Self::Read, Happening::Acknowledged) => Ok(Self::Read),
            (Self::Queued | Self::Sent { .. }, Happening::Refused(refusal)) => Ok(Self::Refused(refusal)),
            (
                Self::Queued | Self::Sent { .. } | Self::Delivered | Self::Read | Self::Refused(_),
                Happening::Sealed { .. }
                | Happening::LaneEnded
                | Happening::Acknowledged
                | Happening::Seen
                | Happening::Refused(_),
            ) => Err(Impossible),
        }
    }
}

/// How somebody in the conversation stands. Of several the first of these decides what may leave: each message goes to whom it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Both sides accepted the contact and the peer has a certified device.
    Accepted,
    /// First contact was not answered yet.
    Asked,
    /// No device of the person is known here: none is enrolled, or the directory has not brought it yet.
    Unmet,
    /// The organization asks for a comparison of safety numbers first, and there was none with this person's key.
    Unverified,
    /// The organization reset the person's identity, and this one has not said to go on.
    Held,
    /// No message will ever go there.
    Ended(Refusal),
}

impl Standing {
    const fn rank(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Asked => 1,
            Self::Unmet => 2,
            Self::Unverified => 3,
            Self::Held => 4,
            Self::Ended(_) => 5,
        }
    }

    /// Of several people together: the one with whom most may happen.
    pub fn best(of: impl IntoIterator<Item = Self>) -> Option<Self> {
        of.into_iter().min_by_key(|standing| standing.rank())
    }
}

/// Whether an authenticated link to a reader is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Frames go through.
    Open,
    /// Nobody is there.
    Closed,
}

/// How much is known about revocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The newest checkpoint is young enough to send on.
    Known,
    /// The newest checkpoint is so old that nothing is sent.
    Expired,
}

/// The lane that this device owns in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneState {
    /// None yet: a key package has to be asked for.
    Missing,
    /// Asked for a key package.
    Opening,
    /// Takes this many more messages.
    Ready {
        /// Messages.
        room: u64,
    },
}

/// All that decides whether messages may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// Of the peer.
    pub standing: Standing,
    /// To the peer.
    pub link: LinkState,
    /// Of the log.
    pub freshness: Freshness,
    /// Of this device.
    pub lane: LaneState,
}

/// What to do with the messages that wait, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Seal up to this many.
    Seal {
        /// Messages.
        messages_max: u64,
    },
    /// Ask the peer's device for a key package.
    OpenLane,
    /// Nothing now.
    Wait(Waiting),
    /// Refuse them all.
    Refuse(Refusal),
}

/// Why messages stay queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// No device of the person is known here yet.
    Device,
    /// The person was not reached yet, or has not answered the first contact.
    Contact,
    /// The organization asks for a comparison of safety numbers first.
    Verification,
    /// The organization reset the person's identity: our own person has to say whether to go on.
    Identity,
    /// Both must be there at once; one is not.
    PeerOffline,
    /// Revocations are unknown for too long.
    Revocations,
    /// The lane is being set up.
    Lane,
    /// The group's roster showed two histories.
    Roster,
    /// Enough is on the way; an acknowledgement makes room.
    Acknowledgements,
}

/// Decides what may leave. A revoked peer comes before everything, freshness before any sealing.
pub fn plan(situation: Situation) -> Step {
    match (situation.standing, situation.link, situation.freshness, situation.lane) {
        (Standing::Ended(refusal), _, _, _) => Step::Refuse(refusal),
        (Standing::Held, _, _, _) => Step::Wait(Waiting::Identity),
        (Standing::Unmet, _, _, _) => Step::Wait(Waiting::Device),
        (Standing::Unverified, _, _, _) => Step::Wait(Waiting::Verification),
        (Standing::Asked, _, _, _) => Step::Wait(Waiting::Contact),
        (Standing::Accepted, LinkState::Closed, _, _) => Step::Wait(Waiting::PeerOffline),
        (Standing::Accepted, LinkState::Open, Freshness::Expired, _) => Step::Wait(Waiting::Revocations),
        (Standing::Accepted, LinkState::Open, Freshness::Known, LaneState::Missing) => Step::OpenLane,
        (Standing::Accepted, LinkState::Open, Freshness::Known, LaneState::Opening) => Step::Wait(Waiting::Lane),
        (Standing::Accepted, LinkState::Open, Freshness::Known, LaneState::Ready { room: 0 }) => {
            Step::Wait(Waiting::Acknowledgements)
        }
        (Standing::Accepted, LinkState::Open, Freshness::Known, LaneState::Ready { room }) => {
            Step::Seal { messages_max: room }
        }
    }
}

/// Whether a message written then has waited longer than messages are kept; 0 days keep for ever.
pub fn expired(written: Timestamp, now: Timestamp, retention_days: u32) -> bool {
    retention_days != 0 && now.since(written) >= u64::from(retention_days) * DAY_MS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn happenings() -> impl Strategy<Value = Happening> {
        prop_oneof![
            (any::<u32>(), any::<u64>()).prop_map(|(generation, seq)| Happening::Sealed { generation, seq }),
            Just(Happening::LaneEnded),
            Just(Happening::Acknowledged),
            Just(Happening::Seen),
            Just(Happening::Refused(Refusal::PeerRevoked)),
        ]
    }

    proptest! {
        #[test]
        fn an_end_is_an_end(steps in prop::collection::vec(happenings(), 0..40)) {
            let mut state = MessageState::Queued;
            for happening in steps {
                let before = state;
                if let Ok(after) = state.after(happening) {
                    state = after;
                }
                match before {
                    MessageState::Refused(_) => prop_assert_eq!(state, before),
                    MessageState::Read => prop_assert_eq!(state, MessageState::Read),
                    MessageState::Delivered => prop_assert!(matches!(state, MessageState::Delivered | MessageState::Read)),
                    MessageState::Queued | MessageState::Sent { .. } => {}
                }
            }
        }
    }

    const READY: Situation = Situation {
        standing: Standing::Accepted,
        link: LinkState::Open,
        freshness: Freshness::Known,
        lane: LaneState::Ready { room: 3 },
    };

    #[test]
    fn messages_leave_only_when_everything_is_there() {
        assert_eq!(plan(READY), Step::Seal { messages_max: 3 });
        assert_eq!(plan(Situation { link: LinkState::Closed, ..READY }), Step::Wait(Waiting::PeerOffline));
        let unverified = Situation { standing: Standing::Unverified, ..READY };
        assert_eq!(plan(unverified), Step::Wait(Waiting::Verification));
        assert_eq!(plan(Situation { freshness: Freshness::Expired, ..READY }), Step::Wait(Waiting::Revocations));
        assert_eq!(plan(Situation { lane: LaneState::Missing, ..READY }), Step::OpenLane);
        assert_eq!(plan(Situation { lane: LaneState::Opening, ..READY }), Step::Wait(Waiting::Lane));
        assert_eq!(
            plan(Situation { lane: LaneState::Ready { room: 0 }, ..READY }),
            Step::Wait(Waiting::Acknowledgements)
        );
    }

    #[test]
    fn a_revoked_peer_is_refused_whatever_else_holds() {
        for link in [LinkState::Open, LinkState::Closed] {
            for freshness in [Freshness::Known, Freshness::Expired] {
                let standing = Standing::Ended(Refusal::PeerRevoked);
                assert_eq!(plan(Situation { standing, link, freshness, ..READY }), Step::Refuse(Refusal::PeerRevoked));
            }
        }
    }

    #[test]
    fn nothing_leaves_for_an_identity_that_was_reset() {
        for lane in [LaneState::Missing, LaneState::Opening, LaneState::Ready { room: 3 }] {
            assert_eq!(plan(Situation { standing: Standing::Held, lane, ..READY }), Step::Wait(Waiting::Identity));
        }
    }

    #[test]
    fn retention_counts_whole_days_and_zero_keeps() {
        let written = Timestamp::from_millis(10);
        assert!(!expired(written, written.plus_ms(2 * DAY_MS - 1), 2));
        assert!(expired(written, written.plus_ms(2 * DAY_MS), 2));
        assert!(!expired(written, written.plus_ms(9_999 * DAY_MS), 0));
    }
}

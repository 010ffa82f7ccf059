//! Lanes: what each device's own MLS group (RFC 9420) carries in a conversation. Entries are a total order by construction; the
//! plaintext of an application entry is an [`ApplicationBody`], padded.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::codec::{self, Malformed};
use crate::ids::{ConversationId, Hash32, LaneId, MessageId};
use crate::limits::{APPLICATION_PADDING_BYTES, HEADS_MAX, LANE_ENTRY_BYTES_MAX};
use crate::message::{self, MessageBody};

/// What an entry's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryKind {
    /// An MLS Welcome with the ratchet tree, for the device that reads this entry.
    #[n(0)]
    Welcome,
    /// An MLS commit by the owner.
    #[n(1)]
    Commit,
    /// An MLS proposal.
    #[n(2)]
    Proposal,
    /// An MLS application message by the owner.
    #[n(3)]
    Application,
}

/// One entry of a lane.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LaneEntry {
    /// The lane.
    #[n(0)]
    pub lane: LaneId,
    /// 0, 1, 2, … without gaps.
    #[n(1)]
    pub seq: u64,
    /// What `bytes` are.
    #[n(2)]
    pub kind: EntryKind,
    /// MLS bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// [`LaneEntry::hash`] of the entry before; zeros for the first.
    #[n(4)]
    pub previous: Hash32,
}

impl LaneEntry {
    /// What the first entry names as the one before.
    pub const NO_PREVIOUS: Hash32 = Hash32::from_bytes([0; 32]);

    /// SHA-256 of the entry's encoding; chains the lane.
    pub fn hash(&self) -> Hash32 {
        Hash32::sha256(&codec::encode(self))
    }

    /// Whether the entry is within its cap.
    pub fn fits(&self) -> bool {
        self.bytes.len() <= LANE_ENTRY_BYTES_MAX
    }
}

/// What stands where, and nothing of what it says or how long it is.
impl fmt::Debug for LaneEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LaneEntry({}, {:?})", self.seq, self.kind)
    }
}

/// Everything up to and including `seq` is durably applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LaneAck {
    /// The lane.
    #[n(0)]
    pub lane: LaneId,
    /// The last applied entry.
    #[n(1)]
    pub seq: u64,
    /// Its hash.
    #[n(2)]
    pub hash: Hash32,
}

/// A hybrid logical clock (Kulkarni et al., 2014): wall time that never runs behind what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(map)]
pub struct HybridClock {
    /// Milliseconds since the Unix epoch.
    #[n(0)]
    pub ms: u64,
    /// Orders events of one millisecond.
    #[n(1)]
    pub count: u32,
}

/// The plaintext of an application entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ApplicationBody {
    /// The conversation; must be the lane's.
    #[n(0)]
    pub conversation: ConversationId,
    /// The message; a message sent again in a new generation keeps it.
    #[n(1)]
    pub message: MessageId,
    /// The lane's generation.
    #[n(2)]
    pub generation: u32,
    /// The entry's sequence number.
    #[n(3)]
    pub seq: u64,
    /// When, for display order.
    #[n(4)]
    pub clock: HybridClock,
    /// The newest messages that the author had seen.
    #[n(5)]
    pub heads: Vec<MessageId>,
    /// Hash of the roster that the author believed in.
    #[n(6)]
    pub roster: Hash32,
    /// What it says.
    #[cbor(n(7), with = "message::wire")]
    pub body: MessageBody,
}

impl ApplicationBody {
    /// `u32 length ‖ CBOR ‖ zeros` to a multiple of [`APPLICATION_PADDING_BYTES`].
    pub fn to_padded(&self) -> Vec<u8> {
        let body = codec::encode(self);
        let length = body.len() as u32;
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(&body);
        bytes.resize(bytes.len().next_multiple_of(APPLICATION_PADDING_BYTES), 0);
        bytes
    }

    /// Reads a padded body and checks every limit in it.
    pub fn from_padded(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > LANE_ENTRY_BYTES_MAX {
            return Err(Malformed::TooLong { limit_bytes: LANE_ENTRY_BYTES_MAX });
        }
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed::Shape)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Malformed::Shape)?;
        let (body, padding) = rest.split_at_checked(length).ok_or(Malformed::Shape)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Malformed::NotDeterministic);
        }
        let body: Self = codec::decode(body)?;
        body.check()?;
        Ok(body)
    }

    fn check(&self) -> Result<(), Malformed> {
        if self.heads.len() > HEADS_MAX {
            return Err(Malformed::Shape);
        }
        self.body.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MESSAGE_TEXT_BYTES_MAX;

    fn body(text: &str) -> ApplicationBody {
        ApplicationBody {
            conversation: ConversationId::from_bytes([1; 16]),
            message: MessageId::from_bytes([2; 16]),
            generation: 0,
            seq: 1,
            clock: HybridClock { ms: 5, count: 0 },
            heads: vec![],
            roster: Hash32::from_bytes([3; 32]),
            body: MessageBody::text(text.into()),
        }
    }

    #[test]
    fn padding_hides_the_length_and_comes_off_again() {
        let (short, longer) = (body("a").to_padded(), body("a few words more").to_padded());
        assert_eq!(short.len(), longer.len());
        assert_eq!(ApplicationBody::from_padded(&longer), Ok(body("a few words more")));
        let mut dirty = short.clone();
        *dirty.last_mut().unwrap() = 1;
        assert_eq!(ApplicationBody::from_padded(&dirty), Err(Malformed::NotDeterministic));
        let long = "x".repeat(MESSAGE_TEXT_BYTES_MAX + 1);
        assert!(ApplicationBody::from_padded(&body(&long).to_padded()).is_err());
    }
}

//! The frames of a link (spec/links.md §4, spec/frames.cddl): `[kind, [fields]]`, one per message of a channel.
//! Their Debug shows the kind alone: what two people exchange, and how much, reaches no log.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::codec::{self, Malformed};
use crate::ids::{ConversationId, FileId, Hash32, LaneId, MessageId, TransferId};
use crate::lane::{LaneAck, LaneEntry};
use crate::limits::{
    GROUP_PICTURE_BYTES_MAX, LINK_FRAME_BYTES_MAX, ROSTER_MEMBERS_MAX, ROSTER_OPERATIONS_PER_FRAME_MAX,
};
use crate::roster::Signed;

/// Why a holder does not serve a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum FileRefusal {
    /// No such offer in a conversation that both share.
    #[n(0)]
    Unknown,
    /// The file is no longer there.
    #[n(1)]
    Missing,
    /// The file is not the one that was offered.
    #[n(2)]
    Changed,
    /// The sender took the offer back.
    #[n(3)]
    Withdrawn,
    /// Too many transfers at once; ask again later.
    #[n(4)]
    Busy,
    /// Reading failed.
    #[n(5)]
    Unreadable,
}

/// What travels on an authenticated link, after the MAC.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum LinkFrame {
    /// Are you there? Answered by a Pong with the same number.
    #[n(0)]
    Ping {
        /// Repeated in the answer.
        #[n(0)]
        number: u64,
    },
    /// I am.
    #[n(1)]
    Pong {
        /// Of the Ping.
        #[n(0)]
        number: u64,
    },
    /// The newest checkpoint that the sender knows, as a signed note.
    #[n(2)]
    Checkpoint {
        /// Signed note (C2SP signed-note).
        #[cbor(n(0), with = "minicbor::bytes")]
        note: Vec<u8>,
    },
    /// Asks for the log's leaves from an index on.
    #[n(3)]
    LeavesRequest {
        /// First index wanted.
        #[n(0)]
        from: u64,
    },
    /// Leaves in order; the receiver computes the tree itself.
    #[n(4)]
    Leaves {
        /// Index of the first.
        #[n(0)]
        from: u64,
        /// Encoded leaves.
        #[n(1)]
        leaves: Vec<minicbor::bytes::ByteVec>,
    },
    /// Asks for a fresh key package for the asker's lane in a conversation.
    #[n(5)]
    KeyPackageRequest {
        /// The asker's lane that it is for.
        #[n(0)]
        lane: LaneId,
    },
    /// A key package, made for this request and used once.
    #[n(6)]
    KeyPackage {
        /// The lane that it is for.
        #[n(0)]
        lane: LaneId,
        /// MLS KeyPackage (RFC 9420 §10).
        #[cbor(n(1), with = "minicbor::bytes")]
        bytes: Vec<u8>,
    },
    /// The next entry of the sender's own lane.
    #[n(7)]
    LaneEntry(#[n(0)] LaneEntry),
    /// Asks for a lane's entries from a sequence number on.
    #[n(8)]
    LaneRequest {
        /// A lane of the receiver of this frame.
        #[n(0)]
        lane: LaneId,
        /// First sequence number wanted.
        #[n(1)]
        from_seq: u64,
    },
    /// Everything up to a sequence number is durably applied.
    #[n(9)]
    LaneAck(#[n(0)] LaneAck),
    /// The sender's view of the other's lane is lost (a restored or broken state): start a new generation.
    #[n(10)]
    LaneReset {
        /// The conversation.
        #[n(0)]
        conversation: ConversationId,
        /// The newest generation that the sender knew, if any.
        #[n(1)]
        known_generation: Option<u32>,
    },
    /// The person has seen these messages.
    #[n(11)]
    Seen {
        /// At most [`SEEN_PER_FRAME_MAX`].
        #[n(0)]
        messages: Vec<MessageId>,
    },
    /// Opens a transfer: pull pieces of an offered file.
    #[n(12)]
    FileRequest {
        /// Fresh for every run, also on resume.
        #[n(0)]
        transfer: TransferId,
        /// The offer.
        #[n(1)]
        file: FileId,
        /// The conversation of the offer.
        #[n(2)]
        conversation: ConversationId,
        /// First piece wanted.
        #[n(3)]
        from_piece: u64,
        /// Pieces that may be sent before more credit comes.
        #[n(4)]
        credit: u32,
    },
    /// More pieces of a running transfer may be sent.
    #[n(13)]
    FileCredit {
        /// The transfer.
        #[n(0)]
        transfer: TransferId,
        /// That many more.
        #[n(1)]
        pieces: u32,
    },
    /// The holder does not serve, or stops serving.
    #[n(14)]
    FileRefused {
        /// The transfer.
        #[n(0)]
        transfer: TransferId,
        /// Why.
        #[n(1)]
        reason: FileRefusal,
    },
    /// The receiver stops a transfer.
    #[n(15)]
    FileStop {
        /// The transfer.
        #[n(0)]
        transfer: TransferId,
    },
    /// On the bulk channel: a sealed piece with its path in the hash tree.
    #[n(16)]
    FilePiece {
        /// The transfer.
        #[n(0)]
        transfer: TransferId,
        /// Which piece.
        #[n(1)]
        index: u64,
        /// Sealed under the transfer key, nonce = index.
        #[cbor(n(2), with = "minicbor::bytes")]
        sealed: Vec<u8>,
    },
    /// The sender's own newest certificate, for a peer to whom the directory does not show the sender.
    #[n(17)]
    Certificate {
        /// Signed; counts only if the log agrees.
        #[cbor(n(0), with = "minicbor::bytes")]
        certificate: Vec<u8>,
    },
    /// How much of a group's roster the sender has; nothing yet asks for all of it.
    #[n(18)]
    RosterHave {
        /// The group.
        #[n(0)]
        conversation: ConversationId,
        /// So many operations.
        #[n(1)]
        operations: u64,
        /// Hash of the last of them; zeros without any.
        #[n(2)]
        head: Hash32,
    },
    /// Operations of a group's roster in order, and departures that they do not have yet.
    #[n(19)]
    Roster {
        /// The group.
        #[n(0)]
        conversation: ConversationId,
        /// Number of the first.
        #[n(1)]
        from: u64,
        /// Signed operations.
        #[cbor(n(2), decode_with = "bounded::list::<_, _, ROSTER_OPERATIONS_PER_FRAME_MAX>")]
        operations: Vec<Signed>,
        /// Signed departures.
        #[cbor(n(3), decode_with = "bounded::list::<_, _, ROSTER_MEMBERS_MAX>")]
        departures: Vec<Signed>,
    },
    /// Asks a member of a group for its picture.
    #[n(20)]
    PictureWanted {
        /// The group.
        #[n(0)]
        conversation: ConversationId,
        /// SHA-256 of the picture's bytes, as the roster has it.
        #[n(1)]
        picture: Hash32,
    },
    /// The picture of a group.
    #[n(21)]
    Picture {
        /// The group.
        #[n(0)]
        conversation: ConversationId,
        /// JPEG or PNG, for eyes; what it hashes to is what counts.
        #[cbor(
            n(1),
            encode_with = "minicbor::bytes::encode",
            decode_with = "bounded::bytes::<_, GROUP_PICTURE_BYTES_MAX>"
        )]
        bytes: Vec<u8>,
    },
}

/// Message ids in one Seen frame.
pub const SEEN_PER_FRAME_MAX: usize = 256;
/// Frames whose kind is unknown are passed over; this is the highest kind known.
const KIND_MAX: u32 = 21;

/// Why a frame on a link was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Not a frame; the link closes.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A newer kind; ignored.
    #[error("unknown kind of frame")]
    UnknownKind,
}

impl LinkFrame {
    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Name of the kind, for logs and failing tests.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ping { .. } => "Ping",
            Self::Pong { .. } => "Pong",
            Self::Checkpoint { .. } => "Checkpoint",
            Self::LeavesRequest { .. } => "LeavesRequest",
            Self::Leaves { .. } => "Leaves",
            Self::KeyPackageRequest { .. } => "KeyPackageRequest",
            Self::KeyPackage { .. } => "KeyPackage",
            Self::LaneEntry(_) => "LaneEntry",
            Self::LaneRequest { .. } => "LaneRequest",
            Self::LaneAck(_) => "LaneAck",
            Self::LaneReset { .. } => "LaneReset",
            Self::Seen { .. } => "Seen",
            Self::FileRequest { .. } => "FileRequest",
            Self::FileCredit { .. } => "FileCredit",
            Self::FileRefused { .. } => "FileRefused",
            Self::FileStop { .. } => "FileStop",
            Self::FilePiece { .. } => "FilePiece",
            Self::Certificate { .. } => "Certificate",
            Self::RosterHave { .. } => "RosterHave",
            Self::Roster { .. } => "Roster",
            Self::PictureWanted { .. } => "PictureWanted",
            Self::Picture { .. } => "Picture",
        }
    }

    /// Reads a frame, bounded.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrame> {
        match codec::decode_bounded(bytes, LINK_FRAME_BYTES_MAX) {
            Ok(frame) => Ok(frame),
            Err(Malformed::Shape) if is_unknown_kind(bytes) => Err(BadFrame::UnknownKind),
            Err(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for LinkFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

fn is_unknown_kind(bytes: &[u8]) -> bool {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array().is_ok_and(|length| length == Some(2)) && decoder.u32().is_ok_and(|kind| kind > KIND_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_kind_is_told_from_garbage() {
        assert_eq!(LinkFrame::from_bytes(&[0x82, 0x18, 0x63, 0x80]), Err(BadFrame::UnknownKind));
        assert_eq!(LinkFrame::from_bytes(&[0xff]), Err(BadFrame::Malformed(Malformed::Shape)));
        let ping = LinkFrame::Ping { number: 3 };
        assert_eq!(LinkFrame::from_bytes(&ping.to_bytes()), Ok(ping));
    }
}

//! Links: the key of one peer connection, the MACs that open its channels, and the frames that travel on them.
//! Nothing on a channel is processed before its first frame has proved the link key.

use hmac::{Hmac, Mac as _};
use hpke_rs::HpkePublicKey;
use minicbor::{Decode, Encode};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::codec::{self, Malformed};
use crate::ids::{ConversationId, DeviceId, FileId, Hash32, LaneId, LinkId, MessageId, TransferId};
use crate::keys::{self, BadKey, EnvelopeKeyPair, EnvelopePublicKey};
use crate::lane::{LaneAck, LaneEntry};
use crate::limits::LINK_FRAME_BYTES_MAX;
use crate::secret::Secret;

const INFO: &[u8] = b"isoloir link v1";
const EXPORT: &[u8] = b"isoloir link secret v1";

/// Which end of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Made the offer.
    Offerer,
    /// Answered it.
    Answerer,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Offerer => Self::Answerer,
            Self::Answerer => Self::Offerer,
        }
    }
}

/// One of the two data channels of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Everything but pieces of files; stream id 0.
    Control,
    /// Pieces of files; stream id 1.
    Bulk,
}

/// The secret of one link.
#[derive(Debug, Clone)]
pub struct LinkKey(Secret<[u8; 32]>);

/// Everything both ends saw of the signaling that made the link; any difference gives another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkContext {
    /// The link.
    pub link: LinkId,
    /// Who offered.
    pub offerer: DeviceId,
    /// Who answered.
    pub answerer: DeviceId,
    /// SHA-256 fingerprint of the offerer's DTLS certificate.
    pub offerer_fingerprint: [u8; 32],
    /// SHA-256 fingerprint of the answerer's DTLS certificate.
    pub answerer_fingerprint: [u8; 32],
    /// Hash of the envelope with the offer.
    pub offer_envelope: Hash32,
    /// Hash of the envelope with the answer.
    pub answer_envelope: Hash32,
}

/// The answerer's half: an encapsulation for the answer, and the shared secret.
pub fn encapsulate(one_time_key: &EnvelopePublicKey) -> Result<(Vec<u8>, Secret<Vec<u8>>), BadKey> {
    let public = HpkePublicKey::new(one_time_key.as_bytes().to_vec());
    let (encapsulation, secret) =
        keys::hpke().send_export(&public, INFO, None, None, None, EXPORT, 32).map_err(|_| BadKey)?;
    Ok((encapsulation, Secret::new(secret)))
}

/// The offerer's half: the shared secret from the answer's encapsulation.
pub fn decapsulate(encapsulation: &[u8], one_time: &EnvelopeKeyPair) -> Result<Secret<Vec<u8>>, BadKey> {
    keys::hpke()
        .receiver_export(encapsulation, one_time.private(), INFO, None, None, None, EXPORT, 32)
        .map(Secret::new)
        .map_err(|_| BadKey)
}

impl LinkKey {
    /// HKDF over the shared secret and everything that was signaled.
    pub fn derive(secret: &Secret<Vec<u8>>, context: &LinkContext) -> Self {
        Self(keys::derive(
            secret.expose(),
            "isoloir link key v1",
            &[
                context.link.as_bytes(),
                context.offerer.as_bytes(),
                context.answerer.as_bytes(),
                &context.offerer_fingerprint,
                &context.answerer_fingerprint,
                context.offer_envelope.as_bytes(),
                context.answer_envelope.as_bytes(),
            ],
        ))
    }

    /// A key from its bytes, for tests and vectors.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The key's bytes.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The first frame that `role` sends on `channel`: HMAC-SHA-256 (RFC 2104) of 32 bytes.
    pub fn auth_mac(&self, role: Role, channel: Channel) -> [u8; 32] {
        let role: &[u8] = match role {
            Role::Offerer => b"offerer",
            Role::Answerer => b"answerer",
        };
        let channel: &[u8] = match channel {
            Channel::Control => b"control",
            Channel::Bulk => b"bulk",
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.expose()) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(&keys::transcript("isoloir link auth v1", &[role, channel]));
        mac.finalize().into_bytes().into()
    }

    /// Whether `frame` is the MAC that `role` sends on `channel`; in constant time.
    pub fn verify_mac(&self, role: Role, channel: Channel, frame: &[u8]) -> bool {
        self.auth_mac(role, channel).ct_eq(frame).into()
    }
}

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
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
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
}

/// Message ids in one Seen frame.
pub const SEEN_PER_FRAME_MAX: usize = 256;
/// Frames whose kind is unknown are answered by nothing and counted; this is the highest kind known.
const KIND_MAX: u32 = 17;

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

    /// Reads a frame, bounded.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrame> {
        match codec::decode_bounded(bytes, LINK_FRAME_BYTES_MAX) {
            Ok(frame) => Ok(frame),
            Err(Malformed::Shape) if unknown_kind(bytes) => Err(BadFrame::UnknownKind),
            Err(error) => Err(error.into()),
        }
    }
}

fn unknown_kind(bytes: &[u8]) -> bool {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.array().is_ok_and(|length| length == Some(2)) && decoder.u32().is_ok_and(|kind| kind > KIND_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> LinkContext {
        LinkContext {
            link: LinkId::from_bytes([1; 16]),
            offerer: DeviceId::from_bytes([2; 16]),
            answerer: DeviceId::from_bytes([3; 16]),
            offerer_fingerprint: [4; 32],
            answerer_fingerprint: [5; 32],
            offer_envelope: Hash32::from_bytes([6; 32]),
            answer_envelope: Hash32::from_bytes([7; 32]),
        }
    }

    #[test]
    fn both_ends_derive_the_same_key_and_any_difference_gives_another() {
        let one_time = EnvelopeKeyPair::from_seed([9; 32].into()).unwrap();
        let (encapsulation, secret) = encapsulate(one_time.public()).unwrap();
        let other = decapsulate(&encapsulation, &one_time).unwrap();
        let (a, b) = (LinkKey::derive(&secret, &context()), LinkKey::derive(&other, &context()));
        assert_eq!(a.expose(), b.expose());
        let tampered = LinkContext { answerer_fingerprint: [8; 32], ..context() };
        let mac = LinkKey::derive(&secret, &tampered).auth_mac(Role::Offerer, Channel::Control);
        assert!(!b.verify_mac(Role::Offerer, Channel::Control, &mac));
        let mac = a.auth_mac(Role::Offerer, Channel::Control);
        assert!(b.verify_mac(Role::Offerer, Channel::Control, &mac));
        assert!(!b.verify_mac(Role::Answerer, Channel::Control, &mac), "a MAC cannot be reflected");
        assert!(!b.verify_mac(Role::Offerer, Channel::Bulk, &mac), "nor moved to the other channel");
    }

    #[test]
    fn a_newer_kind_is_told_from_garbage() {
        assert_eq!(LinkFrame::from_bytes(&[0x82, 0x18, 0x63, 0x80]), Err(BadFrame::UnknownKind));
        assert_eq!(LinkFrame::from_bytes(&[0xff]), Err(BadFrame::Malformed(Malformed::Shape)));
        let ping = LinkFrame::Ping { number: 3 };
        assert_eq!(LinkFrame::from_bytes(&ping.to_bytes()), Ok(ping));
    }
}

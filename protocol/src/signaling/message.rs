//! The signaling frames (spec/signaling.md, spec/signaling.cddl): one CBOR array `[kind, {fields}]` per binary WebSocket message.
//! A frame must never be decoded beyond its caps, and its Debug shows the kind alone: addresses and envelopes reach no log.

use minicbor::{Decode, Encode};

pub use super::field::{Auth, CloseCode, ErrorCode, FetchWhat, LeafBytes, News, SessionKind, SessionLimits};
use crate::bounded;
use crate::codec;
use crate::ids::{Address, SessionId};
use crate::limits::{
    CERTIFICATE_BYTES_MAX, ENVELOPE_LONG_BYTES, FETCH_PART_BYTES_MAX, SIGNALING_FRAME_BYTES_MAX, SIGNALING_VERSIONS_MAX,
};
use crate::policy::Version;

/// The only signaling version so far.
pub const SIGNAL_VERSION: u16 = 1;
/// Label of the TLS exporter (RFC 8446 §7.5, RFC 5705) that HELLO signs; no context, [`EXPORTER_BYTES`] long.
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-isoloir-signal-v1";
/// Bytes of the TLS exporter value.
pub const EXPORTER_BYTES: usize = 32;

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than [`SIGNALING_FRAME_BYTES_MAX`].
    #[error("frame longer than the limit")]
    TooLong,
    /// Not a frame of the specification, or a field over its cap.
    #[error("malformed frame")]
    Malformed,
    /// Well-formed CBOR of a kind, or with a choice in a field, that this version does not know.
    #[error("unknown kind of frame")]
    UnknownKind,
}

/// What the client sends.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum ClientFrame {
    /// Answers CHALLENGE; the first frame of a client and sent once.
    #[n(1)]
    Hello {
        /// One of the versions of CHALLENGE.
        #[n(0)]
        version: u16,
        /// Which of the two sessions this is.
        #[n(1)]
        kind: SessionKind,
        /// Release of the client program.
        #[n(2)]
        release: Version,
        /// Proof of the device.
        #[n(3)]
        auth: Auth,
    },
    /// Owns the address of `key` while this session lives.
    #[n(2)]
    Sub {
        /// Ed25519 key of the address.
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        key: [u8; 32],
        /// Key that authenticates PUTs to the address.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        put_key: [u8; 32],
        /// Ed25519 by `key`, see [`super::proof::sub`].
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        signature: [u8; 64],
    },
    /// Gives an address of this session up.
    #[n(3)]
    Unsub {
        /// An address owned by SUB in this session.
        #[n(0)]
        address: Address,
    },
    /// An envelope for whoever owns `address` now.
    #[n(4)]
    Put {
        /// Strictly increasing over PUT, FETCH and RENEW of the session.
        #[n(0)]
        n: u64,
        /// Destination.
        #[n(1)]
        address: Address,
        /// HMAC-SHA-256 under the address's put key, see [`super::proof::put`].
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        mac: [u8; 32],
        /// Sealed bytes, opaque to the server.
        #[n(3)]
        #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, ENVELOPE_LONG_BYTES>")]
        envelope: Vec<u8>,
    },
    /// Asks for a document; answered by PARTs or ERROR.
    #[n(5)]
    Fetch {
        /// As in PUT.
        #[n(0)]
        n: u64,
        /// Which document.
        #[n(1)]
        what: FetchWhat,
    },
    /// Asks for a countersigned certificate with a new validity; answered by RENEWED or ERROR.
    #[n(6)]
    Renew {
        /// As in PUT.
        #[n(0)]
        n: u64,
        /// Certificate request, signed by identity and device key.
        #[n(1)]
        #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CERTIFICATE_BYTES_MAX>")]
        request: Vec<u8>,
    },
    /// Says that the client is there; resets the server's silence deadline.
    #[n(7)]
    Beat,
}

/// What the server sends.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum ServerFrame {
    /// First frame on the connection.
    #[n(1)]
    Challenge {
        /// Versions that the server speaks.
        #[n(0)]
        #[cbor(decode_with = "bounded::list::<_, _, SIGNALING_VERSIONS_MAX>")]
        versions: Vec<u16>,
        /// Fresh; HELLO signs it.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        nonce: [u8; 32],
    },
    /// Answers HELLO: the session is open.
    #[n(2)]
    Welcome {
        /// Fresh random id; PUT and SUB bind to it.
        #[n(0)]
        session: SessionId,
        /// Fresh; SUB signs it.
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        nonce: [u8; 32],
        /// Caps of this session.
        #[n(2)]
        limits: SessionLimits,
        /// The newest state, without leaves.
        #[n(3)]
        news: News,
    },
    /// An envelope for an address of this session.
    #[n(3)]
    Deliver {
        /// Which one.
        #[n(0)]
        address: Address,
        /// As in PUT.
        #[n(1)]
        #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, ENVELOPE_LONG_BYTES>")]
        envelope: Vec<u8>,
    },
    /// PUT `n` reached nobody; rate-limited, never for a front door.
    #[n(4)]
    Gone {
        /// Of the PUT.
        #[n(0)]
        n: u64,
    },
    /// The newest state.
    #[n(5)]
    News {
        /// The same bytes to everybody.
        #[n(0)]
        news: News,
    },
    /// A stretch of the answer to FETCH `n`, in order, without gaps.
    #[n(6)]
    Part {
        /// Of the FETCH.
        #[n(0)]
        n: u64,
        /// Bytes before this stretch.
        #[n(1)]
        offset: u64,
        /// Bytes of the whole answer; the same in each part.
        #[n(2)]
        total: u64,
        /// The stretch; empty only if `total` is zero.
        #[n(3)]
        #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, FETCH_PART_BYTES_MAX>")]
        bytes: Vec<u8>,
    },
    /// Answers RENEW `n`; usable once its leaf is in the client's log.
    #[n(7)]
    Renewed {
        /// Of the RENEW.
        #[n(0)]
        n: u64,
        /// COSE_Sign bytes of the new certificate.
        #[n(1)]
        #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CERTIFICATE_BYTES_MAX>")]
        certificate: Vec<u8>,
    },
    /// A newer SUB, in another session, owns this address now.
    #[n(8)]
    Lost {
        /// Which one.
        #[n(0)]
        address: Address,
    },
    /// A request was refused; the session goes on.
    #[n(9)]
    Error {
        /// Of the request, when it had one.
        #[n(0)]
        n: Option<u64>,
        /// Why.
        #[n(1)]
        code: ErrorCode,
    },
    /// The session is over; the WebSocket closes after it.
    #[n(10)]
    Close {
        /// Why.
        #[n(0)]
        code: CloseCode,
    },
}

impl ClientFrame {
    /// The bytes of one WebSocket message.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads one WebSocket message.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        frame(bytes)
    }

    /// Name of the kind, for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "HELLO",
            Self::Sub { .. } => "SUB",
            Self::Unsub { .. } => "UNSUB",
            Self::Put { .. } => "PUT",
            Self::Fetch { .. } => "FETCH",
            Self::Renew { .. } => "RENEW",
            Self::Beat => "BEAT",
        }
    }
}

impl ServerFrame {
    /// The bytes of one WebSocket message.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads one WebSocket message.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        frame(bytes)
    }

    /// Name of the kind, for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Challenge { .. } => "CHALLENGE",
            Self::Welcome { .. } => "WELCOME",
            Self::Deliver { .. } => "DELIVER",
            Self::Gone { .. } => "GONE",
            Self::News { .. } => "NEWS",
            Self::Part { .. } => "PART",
            Self::Renewed { .. } => "RENEWED",
            Self::Lost { .. } => "LOST",
            Self::Error { .. } => "ERROR",
            Self::Close { .. } => "CLOSE",
        }
    }
}

impl std::fmt::Debug for ClientFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::fmt::Debug for ServerFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

fn frame<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, FrameError> {
    if bytes.len() > SIGNALING_FRAME_BYTES_MAX {
        return Err(FrameError::TooLong);
    }
    let mut decoder = minicbor::Decoder::new(bytes);
    match decoder.decode() {
        Ok(frame) if decoder.position() == bytes.len() => Ok(frame),
        Ok(_) => Err(FrameError::Malformed),
        Err(error) if error.is_unknown_variant() && is_one_item(bytes) => Err(FrameError::UnknownKind),
        Err(_) => Err(FrameError::Malformed),
    }
}

fn is_one_item(bytes: &[u8]) -> bool {
    let mut decoder = minicbor::Decoder::new(bytes);
    decoder.skip().is_ok() && decoder.position() == bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_and_its_debug_is_the_kind() {
        let put =
            ClientFrame::Put { n: 7, address: Address::from_bytes([1; 16]), mac: [2; 32], envelope: vec![3; 100] };
        assert_eq!(ClientFrame::from_bytes(&put.to_bytes()), Ok(put.clone()));
        assert_eq!(format!("{put:?}"), "PUT");
        let part = ServerFrame::Part { n: 1, offset: 0, total: 0, bytes: vec![] };
        assert_eq!(ServerFrame::from_bytes(&part.to_bytes()), Ok(part));
    }

    #[test]
    fn unknown_kinds_are_told_from_malformed_ones() {
        // [200, {}] · [200, {}] cut · [7, {}] with a field of a later version · a number · nothing
        assert_eq!(ClientFrame::from_bytes(&[0x82, 0x18, 200, 0xa0]), Err(FrameError::UnknownKind));
        assert_eq!(ClientFrame::from_bytes(&[0x82, 0x18, 200]), Err(FrameError::Malformed));
        assert_eq!(ClientFrame::from_bytes(&[0x82, 0x07, 0xa1, 0x09, 0xf6]), Ok(ClientFrame::Beat));
        assert_eq!(ClientFrame::from_bytes(&[0x01]), Err(FrameError::Malformed));
        assert_eq!(ClientFrame::from_bytes(&[]), Err(FrameError::Malformed));
    }

    #[test]
    fn caps_hold() {
        let at = |len| ClientFrame::Put {
            n: 1,
            address: Address::from_bytes([0; 16]),
            mac: [0; 32],
            envelope: vec![0; len],
        };
        assert!(ClientFrame::from_bytes(&at(ENVELOPE_LONG_BYTES).to_bytes()).is_ok());
        assert_eq!(ClientFrame::from_bytes(&at(ENVELOPE_LONG_BYTES + 1).to_bytes()), Err(FrameError::Malformed));
        assert_eq!(ClientFrame::from_bytes(&vec![0; SIGNALING_FRAME_BYTES_MAX + 1]), Err(FrameError::TooLong));
    }
}

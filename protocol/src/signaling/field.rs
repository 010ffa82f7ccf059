//! The types inside signaling frames (spec/signaling.cddl): kinds, caps, codes, NEWS.
//! Must never have a choice with free text in it.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::directory::Have;
use crate::ids::Hash32;
use crate::limits::{
    CERTIFICATE_BYTES_MAX, CHECKPOINT_BYTES_MAX, LEAF_BYTES_MAX, NEWS_LEAVES_BYTES_MAX, NEWS_LEAVES_MAX,
    PUTS_BURST_MAX, PUTS_PER_SECOND_MAX, REQUESTS_IN_FLIGHT_MAX, SUBSCRIPTIONS_PER_SESSION_MAX,
};

/// Which of a device's two sessions this is (spec/signaling.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum SessionKind {
    /// Front door, log, directory, policy, renewal. No PUT.
    #[n(0)]
    Door,
    /// Relationship addresses and every PUT. No FETCH, no RENEW.
    #[n(1)]
    Relationship,
}

impl SessionKind {
    /// The byte that HELLO signs.
    pub const fn as_byte(self) -> u8 {
        match self {
            Self::Door => 0,
            Self::Relationship => 1,
        }
    }
}

/// How a session proves whose it is. Tokens come with anonymous sessions.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Auth {
    /// By device certificate.
    #[n(0)]
    Device {
        /// COSE_Sign bytes of the device certificate.
        #[n(0)]
        #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CERTIFICATE_BYTES_MAX>")]
        certificate: Vec<u8>,
        /// Ed25519 by the device signature key, see [`super::proof::hello`].
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        signature: [u8; 64],
    },
}

/// What FETCH asks for; only in a door session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum FetchWhat {
    /// A [`crate::tlog::LogBatch`] that starts with this leaf.
    #[n(0)]
    Log {
        /// Index of the first leaf wanted.
        #[n(0)]
        from: u64,
    },
    /// A [`crate::directory::DirectoryAnswer`]: the newest list of people that this reader may see.
    #[n(1)]
    Directory {
        /// The list that is here: the answer may be what changed since.
        #[n(0)]
        have: Option<Have>,
    },
    /// The current signed policy document.
    #[n(2)]
    Policy,
    /// A signed [`crate::directory::DeviceBatch`] that starts here.
    #[n(3)]
    Devices {
        /// `next` of the batch before; 0 at first.
        #[n(0)]
        from: u64,
    },
    /// The [`crate::policy::PolicyLayers`] that apply to this reader, if the current policy names any layers.
    #[n(4)]
    PolicyLayers,
}

/// Caps that the server enforces on this session; the client keeps within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionLimits {
    /// Addresses that the session may own at once.
    #[n(0)]
    pub subscriptions_max: u32,
    /// PUTs in one burst.
    #[n(1)]
    pub put_burst_max: u32,
    /// PUTs per second after the burst.
    #[n(2)]
    pub put_per_s_max: u32,
    /// FETCHes and RENEWs without an answer at once.
    #[n(3)]
    pub in_flight_max: u32,
}

impl SessionLimits {
    /// The caps of [`crate::limits`].
    pub const STANDARD: Self = Self {
        subscriptions_max: SUBSCRIPTIONS_PER_SESSION_MAX as u32,
        put_burst_max: PUTS_BURST_MAX,
        put_per_s_max: PUTS_PER_SECOND_MAX,
        in_flight_max: REQUESTS_IN_FLIGHT_MAX,
    };
}

/// A leaf's bytes on the wire.
#[derive(Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct LeafBytes(
    #[n(0)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, LEAF_BYTES_MAX>")]
    pub Vec<u8>,
);

impl std::fmt::Debug for LeafBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LeafBytes({})", Hash32::sha256(&self.0))
    }
}

/// The newest state, the same bytes to every session: on every change, and as a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct News {
    /// Signed note of the newest checkpoint.
    #[n(0)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CHECKPOINT_BYTES_MAX>")]
    pub checkpoint: Vec<u8>,
    /// Index of the first of `leaves`.
    #[n(1)]
    pub first: u64,
    /// The leaves since the last change, when they fit; the client fetches what it lacks.
    #[n(2)]
    #[cbor(decode_with = "bounded::list::<_, _, NEWS_LEAVES_MAX>")]
    pub leaves: Vec<LeafBytes>,
    /// Version of the current policy.
    #[n(3)]
    pub policy_version: u64,
    /// Version of the newest list of people.
    #[n(4)]
    pub directory_version: u64,
}

impl News {
    /// The same news, without leaves if they are more than one frame carries: the client fetches them.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        let leaves_bytes: usize = self.leaves.iter().map(|leaf| leaf.0.len()).sum();
        if self.leaves.len() > NEWS_LEAVES_MAX || leaves_bytes > NEWS_LEAVES_BYTES_MAX {
            self.leaves = Vec::new();
        }
        self
    }
}

/// Why one request was refused; the session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ErrorCode {
    /// A kind of frame that this server does not know.
    #[n(0)]
    UnknownKind,
    /// Not in this kind of session, or not this address in it.
    #[n(1)]
    NotAllowed,
    /// A cap of WELCOME is reached; later it may work.
    #[n(2)]
    Busy,
    /// The signature or document does not verify.
    #[n(3)]
    BadProof,
    /// There is no such thing.
    #[n(4)]
    Missing,
    /// The server cannot at the moment; ask again later.
    #[n(5)]
    Unavailable,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum CloseCode {
    /// The device is revoked, or its person left the organization.
    #[n(0)]
    Revoked,
    /// The person is suspended.
    #[n(1)]
    Suspended,
    /// A newer session of the same device and kind.
    #[n(2)]
    Replaced,
    /// The server stops; connect again after a pause.
    #[n(3)]
    Draining,
    /// The client's release is under the policy's minimum.
    #[n(4)]
    ClientTooOld,
    /// A frame was not of the specification, or `n` did not increase.
    #[n(5)]
    Malformed,
    /// The client reads too slowly.
    #[n(6)]
    Slow,
    /// No HELLO, or nothing at all, for too long.
    #[n(7)]
    Silent,
    /// HELLO's version is none of CHALLENGE's.
    #[n(8)]
    Version,
    /// HELLO's certificate or signature does not verify.
    #[n(9)]
    Unauthenticated,
    /// More frames than the caps of WELCOME allow, and on.
    #[n(10)]
    Flood,
    /// The server failed.
    #[n(11)]
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SIGNALING_FRAME_BYTES_MAX;
    use crate::signaling::message::ServerFrame;

    #[test]
    fn news_within_limits_fit_a_frame() {
        let news = |leaves: Vec<LeafBytes>| News {
            checkpoint: vec![0; CHECKPOINT_BYTES_MAX],
            first: u64::MAX,
            leaves,
            policy_version: u64::MAX,
            directory_version: u64::MAX,
        };
        let most = vec![LeafBytes(vec![0; NEWS_LEAVES_BYTES_MAX / NEWS_LEAVES_MAX]); NEWS_LEAVES_MAX];
        let kept = news(most.clone()).within_limits();
        assert_eq!(kept.leaves.len(), NEWS_LEAVES_MAX);
        let bytes = ServerFrame::News { news: kept }.to_bytes();
        assert!(bytes.len() <= SIGNALING_FRAME_BYTES_MAX && ServerFrame::from_bytes(&bytes).is_ok());
        let one_more = [most, vec![LeafBytes(vec![0])]].concat();
        assert!(news(one_more).within_limits().leaves.is_empty());
    }
}

//! A stretch of the log with the newest checkpoint: the answer to FETCH of the log (spec/log.md §6).
//! Must never be larger than a client takes.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::codec::{self, Malformed};
use crate::limits::{CHECKPOINT_BYTES_MAX, LEAVES_PER_FETCH_MAX, LOG_BATCH_BYTES_MAX};
use crate::signaling::field::LeafBytes;

/// Leaves from one index on, and the newest checkpoint; ask again from `first + leaves.len()` until its size is reached.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogBatch {
    /// Signed note of the newest checkpoint, unverified.
    #[n(0)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CHECKPOINT_BYTES_MAX>")]
    pub checkpoint: Vec<u8>,
    /// Index of the first of `leaves`.
    #[n(1)]
    pub first: u64,
    /// At most [`LEAVES_PER_FETCH_MAX`].
    #[n(2)]
    #[cbor(decode_with = "bounded::list::<_, _, LEAVES_PER_FETCH_MAX>")]
    pub leaves: Vec<LeafBytes>,
}

impl LogBatch {
    /// The bytes that PARTs carry.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads the bytes that PARTs carried.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        codec::decode_bounded(bytes, LOG_BATCH_BYTES_MAX)
    }
}

//! Proof that a log's key signed two histories (spec/log.md §5). It convinces anybody who has the key, without the leaves.
//! Must never be shown to a person before [`ForkEvidence::verify`].

use minicbor::{Decode, Encode};

use super::checkpoint::SignedCheckpoint;
use super::tree::check_consistency;
use crate::bounded;
use crate::ids::Hash32;
use crate::keys::VerifyingKey;
use crate::limits::{CHECKPOINT_BYTES_MAX, PROOF_HASHES_MAX};
use crate::organization::DirectoryKeys;
use crate::signed::Unverified;

/// Two signed checkpoints of one origin that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ForkEvidence {
    /// Signed note of the larger one, or either when both are of one size.
    #[n(0)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CHECKPOINT_BYTES_MAX>")]
    pub a: Vec<u8>,
    /// Signed note of the other.
    #[n(1)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, CHECKPOINT_BYTES_MAX>")]
    pub b: Vec<u8>,
    /// With different sizes: what `a`'s history had at `b`'s size.
    #[n(2)]
    pub prefix: Option<PrefixProof>,
}

/// Root of an earlier size, and the proof that a later root begins with it (RFC 9162 §2.1.4).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PrefixProof {
    /// Root at the earlier size.
    #[n(0)]
    pub root: Hash32,
    /// Consistency proof.
    #[n(1)]
    #[cbor(decode_with = "bounded::list::<_, _, PROOF_HASHES_MAX>")]
    pub hashes: Vec<Hash32>,
}

/// Why evidence proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotEvidence {
    /// One of the notes is not by this key for this origin.
    #[error("a checkpoint does not verify")]
    Checkpoint,
    /// Both can be true.
    #[error("the checkpoints do not contradict each other")]
    Compatible,
}

impl ForkEvidence {
    /// Evidence of two checkpoints of one size; `None` when they agree or are of different sizes or logs.
    pub fn of_one_size(a: &SignedCheckpoint, b: &SignedCheckpoint) -> Option<Self> {
        let (left, right) = (a.checkpoint(), b.checkpoint());
        let contradicts = left.origin == right.origin && left.size == right.size && left.root != right.root;
        contradicts.then(|| Self { a: a.note().to_vec(), b: b.note().to_vec(), prefix: None })
    }

    /// The keys that signed `a` and `b`.
    pub fn signers(&self, origin: &str, keys: &DirectoryKeys) -> Result<[VerifyingKey; 2], NotEvidence> {
        let signer = |note: &[u8]| {
            let note = Unverified::<SignedCheckpoint>::from_bytes(note);
            keys.any(|key| note.verify(origin, key).map(|_| *key)).map_err(|_| NotEvidence::Checkpoint)
        };
        Ok([signer(&self.a)?, signer(&self.b)?])
    }

    /// Whether the key of `origin`, or one before it, signed each and they contradict each other.
    pub fn verify(&self, origin: &str, keys: &DirectoryKeys) -> Result<(), NotEvidence> {
        let verify = |note: &[u8]| {
            let note = Unverified::<SignedCheckpoint>::from_bytes(note);
            keys.any(|key| note.verify(origin, key)).map_err(|_| NotEvidence::Checkpoint)
        };
        let (a, b) = (verify(&self.a)?, verify(&self.b)?);
        let (a, b) = (a.checkpoint(), b.checkpoint());
        let contradicts = match &self.prefix {
            None => a.size == b.size && a.root != b.root,
            Some(prefix) => {
                b.size < a.size
                    && prefix.root != b.root
                    && check_consistency(&prefix.hashes, b.size, prefix.root, a.size, a.root)
            }
        };
        if contradicts { Ok(()) } else { Err(NotEvidence::Compatible) }
    }
}

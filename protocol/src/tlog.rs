//! The transparency log (spec/log.md): leaves, the Merkle tree of RFC 9162 §2, signed checkpoints (C2SP tlog-checkpoint), and the
//! client's replica. The audit log is the same tree over other leaves. Nothing here must ever trust a root that it did not recompute.

pub use self::batch::LogBatch;
pub use self::checkpoint::{BadCheckpoint, Checkpoint, SignedCheckpoint};
pub use self::evidence::{ForkEvidence, NotEvidence, PrefixProof};
pub use self::facts::{CertificateRefused, DeviceRecord, Facts, LeafRefused};
pub use self::leaf::{BadLeaf, Leaf, member_commitment};
pub use self::replica::{Advance, NewLeaves, Replica, ReplicaRefused};
pub use self::reset::{BadReset, LogEnd, LogReset, ResetReason, VerifiedReset, next_epoch, next_origin};
pub use self::tree::{MerkleTree, check_consistency, check_inclusion, leaf_hash};

mod batch;
mod checkpoint;
mod evidence;
mod facts;
mod leaf;
mod replica;
mod reset;
mod tree;

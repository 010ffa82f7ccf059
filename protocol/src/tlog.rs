//! The transparency log (spec/log.md): leaves, the Merkle tree of RFC 9162 §2, signed checkpoints (C2SP tlog-checkpoint), and the
//! client's replica. The audit log is the same tree over other leaves. Nothing here must ever trust a root that it did not recompute.

pub use self::add_checkpoint::{ADD_CHECKPOINT_BYTES_MAX, AddCheckpoint, Unwitnessed};
pub use self::batch::LogBatch;
pub use self::checkpoint::{BadCheckpoint, Checkpoint, OwnCheckpoints, SignedCheckpoint};
pub use self::cosignature::{Cosignature, WitnessKey, cosign};
pub use self::evidence::{ForkEvidence, NotEvidence, PrefixProof};
pub use self::facts::{CertificateRefused, DeviceRecord, Facts, LeafRefused};
pub use self::identity_end::{Approval, ApproverKey, Approvers, BadApprovers, IdentityOrder, SignedApprovers};
pub use self::leaf::{BadLeaf, Leaf, member_commitment};
pub use self::note_key::{LogKey, NotANoteKey};
pub use self::replica::{Advance, NewLeaves, Replica, ReplicaRefused};
pub use self::reset::{BadReset, LogEnd, LogReset, ResetReason, VerifiedReset, next_epoch, next_origin};
pub use self::tree::{MerkleTree, check_consistency, check_inclusion, leaf_hash};

mod add_checkpoint;
mod batch;
mod checkpoint;
mod cosignature;
mod evidence;
mod facts;
mod identity_end;
mod leaf;
mod note_key;
mod replica;
mod reset;
mod tree;

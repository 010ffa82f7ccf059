//! The client's own copy of the log (spec/log.md §5): it takes leaves, recomputes every root itself, and judges each signed
//! checkpoint, the server's and its peers'. It must never move on a checkpoint that its own leaves do not hash to, nor go back,
//! nor keep a peer's leaves that prove nothing: they would stand in the way of the right ones.

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint::SignedCheckpoint;
use super::evidence::{ForkEvidence, PrefixProof};
use super::facts::{Facts, LeafRefused};
use super::leaf::{BadLeaf, Leaf};
use super::tree::MerkleTree;
use crate::ids::{DeviceId, Hash32};
use crate::limits::{LEAF_BYTES_MAX, STAGED_BYTES_MAX, STAGED_LEAVES_MAX, UNJUDGED_CHECKPOINTS_MAX};
use crate::organization::log_organization;
use crate::signaling::field::LeafBytes;
use crate::time::Timestamp;

/// Proved leaves with their bytes to store. `None`: a kind of a later version, without effect.
pub type NewLeaves = Vec<(LeafBytes, Option<Leaf>)>;

/// What a believed checkpoint changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// These leaves are now part of the log.
    Extended(NewLeaves),
    /// The same log, and the checkpoint is newer than the newest so far.
    Fresher,
    /// It agrees with what was known, and tells nothing new.
    Known,
    /// It may be right: leaves from this index on are missing to say so.
    Behind {
        /// The first missing leaf.
        from: u64,
    },
}

/// Why leaves or a checkpoint were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaRefused {
    /// The leaves do not follow on those that are here; ask for them from `from` on.
    #[error("leaves from {from} on are missing")]
    Gap {
        /// The first missing leaf.
        from: u64,
    },
    /// More leaves, or longer ones, than a client takes.
    #[error("more of the log than a client takes")]
    TooMuch,
    /// The leaves that came do not hash to the signed root. They are thrown away.
    #[error("the leaves do not hash to the signed checkpoint")]
    LeavesDoNotMatch,
    /// The server signed two histories.
    #[error("the log was forked: its key signed two histories")]
    Fork(Box<ForkEvidence>),
    /// The signed log breaks its own rules; the replica goes no further, for good.
    #[error("the signed log breaks its rules at leaf {index}: {why}")]
    Broken {
        /// Which leaf.
        index: u64,
        /// How.
        why: LeafRefused,
    },
    /// The checkpoint is of another log.
    #[error("checkpoint of another log")]
    OtherOrigin,
}

/// A log as far as it is proved.
#[derive(Debug, Clone)]
pub struct Replica {
    origin: String,
    tree: MerkleTree,
    size: u64,
    staged: Vec<LeafBytes>,
    staged_bytes: usize,
    facts: Facts,
    newest: Option<SignedCheckpoint>,
    unjudged: BTreeMap<u64, SignedCheckpoint>,
    fork: Option<ForkEvidence>,
    broken: Option<(u64, LeafRefused)>,
}

impl Replica {
    /// An empty replica of a log that follows another one, in which these devices were revoked.
    pub fn after(origin: impl Into<String>, ended: BTreeSet<DeviceId>) -> Self {
        let mut replica = Self::new(origin);
        replica.bar(ended);
        replica
    }

    /// An empty replica. Stored leaves go in as received ones do: `offer` them, then `advance` to the stored checkpoint.
    pub fn new(origin: impl Into<String>) -> Self {
        let origin = origin.into();
        let facts = log_organization(&origin).map_or_else(Facts::default, Facts::of);
        Self {
            origin,
            tree: MerkleTree::new(),
            size: 0,
            staged: Vec::new(),
            staged_bytes: 0,
            facts,
            newest: None,
            unjudged: BTreeMap::new(),
            fork: None,
            broken: None,
        }
    }

    /// How many leaves are proved.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The first leaf that is not here yet.
    pub fn next_leaf(&self) -> u64 {
        self.tree.size()
    }

    /// The checkpoint of largest size, and of that size the one with the latest time.
    pub fn newest(&self) -> Option<&SignedCheckpoint> {
        self.newest.as_ref()
    }

    /// Whether `root` is the one over the first `size` leaves; `None` when fewer are proved.
    pub fn has_root(&self, size: u64, root: Hash32) -> Option<bool> {
        (size <= self.size).then(|| self.tree.root_at(size) == Some(root))
    }

    /// What the proved leaves say.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The first proof of a fork that was met. The replica goes on along its own history, so that revocations are still heard;
    /// whoever asks it must take no new contact, device or policy from then on.
    pub fn fork(&self) -> Option<&ForkEvidence> {
        self.fork.as_ref()
    }

    /// Takes back the proof of a fork that was met before a restart, verified by the caller. The first one stays.
    pub fn remember_fork(&mut self, evidence: ForkEvidence) {
        self.fork.get_or_insert(evidence);
    }

    /// Takes leaves that no checkpoint covers yet; those already here are passed over. They have no effect before `advance`.
    pub fn offer(&mut self, first: u64, leaves: &[LeafBytes]) -> Result<(), ReplicaRefused> {
        let from = self.next_leaf();
        let known = from.checked_sub(first).ok_or(ReplicaRefused::Gap { from })?;
        let new = usize::try_from(known).ok().and_then(|known| leaves.get(known..)).unwrap_or_default();
        let is_too_long = new.iter().any(|leaf| leaf.0.len() > LEAF_BYTES_MAX);
        let bytes: usize = new.iter().map(|leaf| leaf.0.len()).sum();
        if is_too_long
            || new.len() > STAGED_LEAVES_MAX.saturating_sub(self.staged.len())
            || bytes > STAGED_BYTES_MAX.saturating_sub(self.staged_bytes)
        {
            return Err(ReplicaRefused::TooMuch);
        }
        self.staged_bytes += bytes;
        for leaf in new {
            self.tree.append(&leaf.0);
            self.staged.push(leaf.clone());
        }
        Ok(())
    }

    /// Takes leaves, if they follow, with the checkpoint that came with them. What was staged before may be at fault when they do
    /// not match: then these count alone.
    pub fn hear(
        &mut self,
        first: u64,
        leaves: &[LeafBytes],
        signed: &SignedCheckpoint,
    ) -> Result<Advance, ReplicaRefused> {
        self.offer_following(first, leaves)?;
        match self.advance(signed) {
            Err(ReplicaRefused::LeavesDoNotMatch) if signed.checkpoint().size > self.size => {
                self.offer_following(first, leaves)?;
                self.advance(signed)
            }
            judged => judged,
        }
    }

    fn offer_following(&mut self, first: u64, leaves: &[LeafBytes]) -> Result<(), ReplicaRefused> {
        match self.offer(first, leaves) {
            Ok(()) | Err(ReplicaRefused::Gap { .. }) => Ok(()),
            Err(refused) => Err(refused),
        }
    }

    /// Leaves from somebody who need not be right, a peer: if they prove a checkpoint that waits, they are part of the log, and that
    /// checkpoint is answered with them. If not, everything is as before.
    pub fn prove(
        &mut self,
        first: u64,
        leaves: &[LeafBytes],
    ) -> Result<Option<(SignedCheckpoint, NewLeaves)>, ReplicaRefused> {
        let tail = self.tree.split_off(self.size);
        let (staged, staged_bytes) = (std::mem::take(&mut self.staged), std::mem::take(&mut self.staged_bytes));
        let proved = self.prove_alone(first, leaves);
        self.drop_staged();
        if !matches!(proved, Ok(Some(_))) {
            self.tree.rejoin(tail);
            (self.staged, self.staged_bytes) = (staged, staged_bytes);
        }
        proved
    }

    fn prove_alone(
        &mut self,
        first: u64,
        leaves: &[LeafBytes],
    ) -> Result<Option<(SignedCheckpoint, NewLeaves)>, ReplicaRefused> {
        self.offer_following(first, leaves)?;
        let matches = |signed: &&SignedCheckpoint| {
            let checkpoint = signed.checkpoint();
            self.tree.root_at(checkpoint.size) == Some(checkpoint.root)
        };
        let Some(signed) = self.unjudged.values().rev().find(matches).cloned() else { return Ok(None) };
        match self.advance(&signed)? {
            Advance::Extended(leaves) => Ok(Some((signed, leaves))),
            Advance::Fresher | Advance::Known | Advance::Behind { .. } => Ok(None),
        }
    }

    /// Another key signs from now on: what was shown and not proved under the one before it is forgotten.
    pub fn forget_unproved(&mut self) {
        self.drop_staged();
        self.unjudged.clear();
    }

    /// From now on these devices do not count, whatever the leaves say.
    pub fn bar(&mut self, ended: BTreeSet<DeviceId>) {
        self.facts.bar(ended);
    }

    /// Judges a checkpoint of the log, the server's or a peer's, against the leaves that are here.
    pub fn advance(&mut self, signed: &SignedCheckpoint) -> Result<Advance, ReplicaRefused> {
        let checkpoint = signed.checkpoint();
        if checkpoint.origin != self.origin {
            return Err(ReplicaRefused::OtherOrigin);
        }
        if checkpoint.size <= self.size {
            return self.judge_known(signed);
        }
        if let Some((index, why)) = self.broken {
            return Err(ReplicaRefused::Broken { index, why });
        }
        let Some(root) = self.tree.root_at(checkpoint.size) else {
            self.keep_unjudged(signed)?;
            return Ok(Advance::Behind { from: self.next_leaf() });
        };
        if root != checkpoint.root {
            // The leaves came unsigned, so this may be a liar or an error: nothing is proved, nothing kept.
            self.drop_staged();
            return Err(ReplicaRefused::LeavesDoNotMatch);
        }
        let leaves = self.take_staged(checkpoint.size)?;
        self.newest = Some(signed.clone());
        self.judge_kept();
        Ok(Advance::Extended(leaves))
    }

    fn judge_known(&mut self, signed: &SignedCheckpoint) -> Result<Advance, ReplicaRefused> {
        let checkpoint = signed.checkpoint();
        if self.tree.root_at(checkpoint.size) != Some(checkpoint.root) {
            return match self.evidence_against(signed) {
                Some(evidence) => Err(self.forked(evidence)),
                None => Err(ReplicaRefused::LeavesDoNotMatch),
            };
        }
        let is_fresher = self.newest.as_ref().is_none_or(|newest| {
            let newest = newest.checkpoint();
            checkpoint.size == newest.size && checkpoint.time > newest.time
        });
        if is_fresher {
            self.newest = Some(signed.clone());
        }
        Ok(if is_fresher { Advance::Fresher } else { Advance::Known })
    }

    /// Our newest checkpoint and `other`, which contradicts it.
    fn evidence_against(&self, other: &SignedCheckpoint) -> Option<ForkEvidence> {
        let newest = self.newest.as_ref()?;
        let (size, other_size) = (newest.checkpoint().size, other.checkpoint().size);
        if size == other_size {
            return ForkEvidence::of_one_size(newest, other);
        }
        // No proof speaks of size zero (RFC 9162 §2.1.4): a wrong root there is refused without evidence.
        let root = self.tree.root_at(other_size)?;
        let hashes = self.tree.consistency(other_size, size)?;
        let prefix = Some(PrefixProof { root, hashes });
        Some(ForkEvidence { a: newest.note().to_vec(), b: other.note().to_vec(), prefix })
    }

    fn keep_unjudged(&mut self, signed: &SignedCheckpoint) -> Result<(), ReplicaRefused> {
        let size = signed.checkpoint().size;
        if let Some(evidence) = self.unjudged.get(&size).and_then(|kept| ForkEvidence::of_one_size(kept, signed)) {
            return Err(self.forked(evidence));
        }
        self.unjudged.insert(size, signed.clone());
        if self.unjudged.len() > UNJUDGED_CHECKPOINTS_MAX {
            self.unjudged.pop_first();
        }
        Ok(())
    }

    /// What peers showed before our own log was long enough: a fork found here is told by [`Replica::fork`].
    fn judge_kept(&mut self) {
        let later = self.unjudged.split_off(&self.size.saturating_add(1));
        for signed in std::mem::replace(&mut self.unjudged, later).values() {
            let contradicts = self.tree.root_at(signed.checkpoint().size) != Some(signed.checkpoint().root);
            if let (true, Some(evidence)) = (contradicts, self.evidence_against(signed)) {
                self.forked(evidence);
            }
        }
    }

    fn forked(&mut self, evidence: ForkEvidence) -> ReplicaRefused {
        self.fork.get_or_insert_with(|| evidence.clone());
        ReplicaRefused::Fork(Box::new(evidence))
    }

    fn take_staged(&mut self, size: u64) -> Result<NewLeaves, ReplicaRefused> {
        let count = usize::try_from(size - self.size).unwrap_or(usize::MAX).min(self.staged.len());
        let mut leaves = Vec::with_capacity(count);
        let bytes: usize = self.staged.iter().take(count).map(|leaf| leaf.0.len()).sum();
        self.staged_bytes = self.staged_bytes.saturating_sub(bytes);
        // These leaves were not in the log when the newest checkpoint so far was made.
        let known = self.newest.as_ref().map_or(Timestamp::ZERO, |signed| signed.checkpoint().time);
        for (index, bytes) in (self.size..).zip(self.staged.drain(..count)) {
            let leaf = match Leaf::from_bytes(&bytes.0) {
                Ok(leaf) => self.facts.apply_since(known, &leaf).map(|()| Some(leaf)),
                Err(BadLeaf::UnknownKind) => Ok(None),
                Err(BadLeaf::Malformed) => Err(LeafRefused::Malformed),
            };
            match leaf {
                Ok(leaf) => leaves.push((bytes, leaf)),
                Err(why) => {
                    self.broken = Some((index, why));
                    return Err(ReplicaRefused::Broken { index, why });
                }
            }
        }
        self.size = size;
        Ok(leaves)
    }

    fn drop_staged(&mut self) {
        self.staged.clear();
        self.staged_bytes = 0;
        self.tree.truncate(self.size);
    }
}

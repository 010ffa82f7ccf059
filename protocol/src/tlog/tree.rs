//! A Merkle tree over leaf hashes (RFC 9162 §2.1), kept as the stored hashes of `tlog_tiles`: any earlier root and any proof can be
//! computed from it. It must never take a hash from anybody but its own leaves.

use tlog_tiles::tlog::{self, Hash, HashReader};

use crate::ids::Hash32;
use crate::limits::{LOG_LEAVES_MAX, PROOF_HASHES_MAX};

/// Hash of a leaf: SHA-256 over `0x00 ‖ bytes`.
pub fn leaf_hash(bytes: &[u8]) -> Hash32 {
    Hash32::from_bytes(tlog::record_hash(bytes).0)
}

/// An append-only tree; two hashes of memory per leaf.
#[derive(Clone, Default)]
pub struct MerkleTree {
    size: u64,
    stored: Stored,
}

#[derive(Clone, Default)]
struct Stored(Vec<Hash>);

/// The last leaves of a tree, taken off it.
pub struct Tail {
    begins: u64,
    size: u64,
    stored: Vec<Hash>,
}

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        let read = |index: &u64| usize::try_from(*index).ok().and_then(|index| self.0.get(index)).copied();
        indexes.iter().map(|index| read(index).ok_or(tlog::Error::IndexesNotInTree)).collect()
    }
}

impl MerkleTree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree over these leaf hashes, as a store keeps them.
    pub fn from_leaf_hashes(hashes: impl IntoIterator<Item = Hash32>) -> Self {
        let mut tree = Self::new();
        for hash in hashes {
            tree.append_hash(hash);
        }
        tree
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; answers its index.
    pub fn append(&mut self, leaf: &[u8]) -> u64 {
        self.append_hash(leaf_hash(leaf))
    }

    /// Appends a leaf of which only the hash is at hand; answers its index.
    pub fn append_hash(&mut self, hash: Hash32) -> u64 {
        let index = self.size;
        match tlog::stored_hashes_for_record_hash(index, Hash(*hash.as_bytes()), &self.stored) {
            Ok(hashes) => self.stored.0.extend(hashes),
            Err(error) => unreachable!("a tree holds every hash below its size: {error}"),
        }
        self.size += 1;
        index
    }

    /// Hash of the leaf at `index`.
    pub fn leaf(&self, index: u64) -> Option<Hash32> {
        let place = usize::try_from(tlog::stored_hash_index(0, index)).ok()?;
        self.stored.0.get(place).filter(|_| index < self.size).map(|hash| Hash32::from_bytes(hash.0))
    }

    /// Takes leaves off the end until `size` are left.
    pub fn truncate(&mut self, size: u64) {
        let _ = self.split_off(size);
    }

    /// Takes leaves off the end until `size` are left, so that they can be put back.
    pub fn split_off(&mut self, size: u64) -> Tail {
        let was = self.size;
        self.size = size.min(was);
        let hashes = usize::try_from(tlog::stored_hash_count(self.size)).unwrap_or(usize::MAX);
        Tail { begins: self.size, size: was, stored: self.stored.0.split_off(hashes.min(self.stored.0.len())) }
    }

    /// Puts back what [`MerkleTree::split_off`] took, in the place of what came instead.
    pub fn rejoin(&mut self, tail: Tail) {
        self.truncate(tail.begins);
        if self.size == tail.begins {
            self.stored.0.extend(tail.stored);
            self.size = tail.size;
        }
    }

    /// Root over all leaves.
    pub fn root(&self) -> Hash32 {
        match self.root_at(self.size) {
            Some(root) => root,
            None => unreachable!("a tree has a root at its own size"),
        }
    }

    /// Root over the first `size` leaves; `None` when there are fewer.
    pub fn root_at(&self, size: u64) -> Option<Hash32> {
        if size > self.size {
            return None;
        }
        tlog::tree_hash(size, &self.stored).ok().map(|hash| Hash32::from_bytes(hash.0))
    }

    /// Proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162 §2.1.3.1).
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash32>> {
        if index >= size || size > self.size {
            return None;
        }
        tlog::prove_record(size, index, &self.stored).ok().map(ours)
    }

    /// Proof that the tree of the first `size` leaves begins with that of the first `old_size` (RFC 9162 §2.1.4.1).
    pub fn consistency(&self, old_size: u64, size: u64) -> Option<Vec<Hash32>> {
        if old_size == 0 || old_size > size || size > self.size {
            return None;
        }
        tlog::prove_tree(size, old_size, &self.stored).ok().map(ours)
    }
}

impl std::fmt::Debug for MerkleTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MerkleTree({} leaves, {})", self.size, self.root())
    }
}

/// Checks [`MerkleTree::inclusion`] (RFC 9162 §2.1.3.2).
pub fn check_inclusion(proof: &[Hash32], index: u64, leaf: Hash32, size: u64, root: Hash32) -> bool {
    size <= LOG_LEAVES_MAX
        && proof.len() <= PROOF_HASHES_MAX
        && tlog::check_record(&theirs(proof), size, Hash(*root.as_bytes()), index, Hash(*leaf.as_bytes())).is_ok()
}

/// Checks [`MerkleTree::consistency`] (RFC 9162 §2.1.4.2).
pub fn check_consistency(proof: &[Hash32], old_size: u64, old_root: Hash32, size: u64, root: Hash32) -> bool {
    size <= LOG_LEAVES_MAX
        && proof.len() <= PROOF_HASHES_MAX
        && tlog::check_tree(&theirs(proof), size, Hash(*root.as_bytes()), old_size, Hash(*old_root.as_bytes())).is_ok()
}

fn ours(hashes: Vec<Hash>) -> Vec<Hash32> {
    hashes.into_iter().map(|hash| Hash32::from_bytes(hash.0)).collect()
}

fn theirs(hashes: &[Hash32]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(*hash.as_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(size: u64) -> MerkleTree {
        MerkleTree::from_leaf_hashes((0..size).map(|n| leaf_hash(&n.to_be_bytes())))
    }

    /// RFC 9162 §2.1.1, written as the definition reads.
    fn root_by_definition(leaves: &[Hash32]) -> Hash32 {
        match leaves {
            [] => Hash32::sha256(b""),
            [leaf] => *leaf,
            _ => {
                let split = (leaves.len().next_power_of_two() / 2).max(1);
                let (left, right) = leaves.split_at(split);
                let (left, right) = (root_by_definition(left), root_by_definition(right));
                Hash32::sha256(&[[1].as_slice(), left.as_bytes(), right.as_bytes()].concat())
            }
        }
    }

    proptest! {
        #[test]
        fn roots_are_those_of_the_rfc_at_every_size(size in 0u64..70) {
            let tree = tree(70);
            let leaves: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            prop_assert_eq!(tree.root_at(size), Some(root_by_definition(&leaves)));
        }

        #[test]
        fn a_proof_holds_for_its_leaf_and_no_other(size in 1u64..200, at in 0u64..200, flip in 0usize..64) {
            let index = at % size;
            let tree = tree(size);
            let leaf = leaf_hash(&index.to_be_bytes());
            let proof = tree.inclusion(index, size).unwrap();
            prop_assert!(check_inclusion(&proof, index, leaf, size, tree.root()));
            prop_assert!(!check_inclusion(&proof, index, leaf_hash(b"other"), size, tree.root()));
            prop_assert!(!check_inclusion(&proof, index, leaf, size, leaf_hash(b"other")));
            if !proof.is_empty() {
                let mut changed = proof.clone();
                let place = flip % changed.len();
                changed[place] = leaf_hash(changed[place].as_bytes());
                prop_assert!(!check_inclusion(&changed, index, leaf, size, tree.root()));
                prop_assert!(!check_inclusion(&proof[1..], index, leaf, size, tree.root()));
            }
        }

        #[test]
        fn consistency_holds_between_any_two_sizes_and_not_with_another_history(a in 1u64..150, b in 1u64..150) {
            let (old, new) = (a.min(b), a.max(b));
            let tree = tree(new);
            let old_root = tree.root_at(old).unwrap();
            let proof = tree.consistency(old, new).unwrap();
            prop_assert!(check_consistency(&proof, old, old_root, new, tree.root()));
            prop_assert!(!check_consistency(&proof, old, leaf_hash(b"other"), new, tree.root()));
        }

        #[test]
        fn truncated_is_as_if_never_appended(size in 0u64..100, more in 0u64..100) {
            let mut longer = tree(size + more);
            longer.truncate(size);
            prop_assert_eq!(longer.root(), tree(size).root());
            longer.append(b"next");
            let mut other = tree(size);
            other.append(b"next");
            prop_assert_eq!(longer.root(), other.root());
        }
    }

    #[test]
    fn proofs_from_nowhere_are_refused_and_do_not_panic() {
        let any = leaf_hash(b"any");
        for (index, size) in [(0, 0), (5, 5), (u64::MAX, u64::MAX), (0, u64::MAX), (1, LOG_LEAVES_MAX)] {
            for length in [0, 1, 63, 64, 65, 1_000] {
                assert!(!check_inclusion(&vec![any; length], index, any, size, Hash32::sha256(b"")));
                assert!(!check_consistency(&vec![any; length], index, any, size, Hash32::sha256(b"")));
            }
        }
    }
}

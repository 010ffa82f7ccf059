//! The BLAKE3 tree of a file, cut at pieces of 64 KiB: a piece and its sibling hashes prove themselves against the offered
//! root alone. Pure: it must never touch a file; [`crate::files`] reads and writes. Source: the BLAKE3 paper §2.1, §6.4, and
//! `blake3::hazmat`.
//!
//! A left-balanced binary tree can be walked by levels: node `i` of a level covers nodes `2i` and `2i + 1` below, and a node
//! without a right neighbor is its own parent.

use blake3::hazmat::{HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use protocol::limits::FILE_PIECE_BYTES;

/// Bytes of one hash in a path.
pub const HASH_BYTES: usize = blake3::OUT_LEN;

/// A chaining value: the hash of a subtree below the root.
pub type Node = [u8; HASH_BYTES];

/// What an offer says about content: its size and its BLAKE3 hash. Any piece is judged against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileDigest {
    /// BLAKE3 of the whole file.
    pub root: [u8; HASH_BYTES],
    /// Size of the whole file.
    pub bytes: u64,
}

/// Why bytes are not a piece of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PieceRefused {
    /// The file has no piece with that index.
    #[error("no such piece")]
    Outside,
    /// Too few or too many bytes for this piece and its path.
    #[error("wrong size of piece")]
    Size,
    /// The hashes do not lead to the root.
    #[error("the piece does not belong to the file")]
    Hash,
}

/// A piece that was checked against the root. Only [`FileDigest::verify`] makes one, and only these are sealed or stored.
#[derive(Debug)]
pub struct VerifiedPiece {
    index: u64,
    path_bytes: usize,
    payload: Vec<u8>,
}

impl FileDigest {
    /// How many pieces the file has; an empty file has none.
    pub const fn pieces(&self) -> u64 {
        self.bytes.div_ceil(FILE_PIECE_BYTES as u64)
    }

    /// How many bytes piece `index` has: all pieces are full but the last.
    pub fn piece_bytes(&self, index: u64) -> Option<usize> {
        let start = index.checked_mul(FILE_PIECE_BYTES as u64)?;
        let rest = self.bytes.checked_sub(start).filter(|rest| *rest > 0)?;
        usize::try_from(rest.min(FILE_PIECE_BYTES as u64)).ok()
    }

    /// How many sibling hashes tie piece `index` to the root.
    pub fn path_hashes(&self, index: u64) -> usize {
        levels(index, self.pieces()).filter(|level| level.sibling().is_some()).count()
    }

    /// Checks `payload`, the sibling hashes from the bottom up and then the bytes, against the root.
    pub fn verify(&self, index: u64, payload: Vec<u8>) -> Result<VerifiedPiece, PieceRefused> {
        let piece_bytes = self.piece_bytes(index).ok_or(PieceRefused::Outside)?;
        let path_bytes = self.path_hashes(index) * HASH_BYTES;
        if payload.len() != path_bytes + piece_bytes {
            return Err(PieceRefused::Size);
        }
        let (path, bytes) = payload.split_at(path_bytes);
        if self.root_from(index, path, bytes) == Some(blake3::Hash::from(self.root)) {
            Ok(VerifiedPiece { index, path_bytes, payload })
        } else {
            Err(PieceRefused::Hash)
        }
    }

    fn root_from(&self, index: u64, path: &[u8], bytes: &[u8]) -> Option<blake3::Hash> {
        let pieces = self.pieces();
        if pieces == 1 {
            return Some(blake3::hash(bytes));
        }
        let mut siblings = path.chunks_exact(HASH_BYTES);
        let mut node = leaf(index, bytes);
        for level in levels(index, pieces) {
            let Some(sibling) = level.sibling() else { continue };
            let other: Node = siblings.next()?.try_into().ok()?;
            let (left, right) = if sibling < level.at { (&other, &node) } else { (&node, &other) };
            if level.width == 2 {
                return Some(merge_subtrees_root(left, right, Mode::Hash));
            }
            node = merge_subtrees_non_root(left, right, Mode::Hash);
        }
        None
    }
}

impl VerifiedPiece {
    /// The place of the piece in the file, counted in pieces.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        self.payload.get(self.path_bytes..).unwrap_or_default()
    }

    /// The sibling hashes followed by the content, as sealed for the wire.
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// The content alone.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.payload.drain(..self.path_bytes);
        self.payload
    }
}

/// The hash of piece `index` as a subtree of a file with more than one piece.
pub fn leaf(index: u64, bytes: &[u8]) -> Node {
    blake3::Hasher::new()
        .set_input_offset(index.saturating_mul(FILE_PIECE_BYTES as u64))
        .update(bytes)
        .finalize_non_root()
}

/// One step from a leaf to the root: the node `at` among `width` nodes of its level.
#[derive(Clone, Copy)]
struct Level {
    at: u64,
    width: u64,
}

impl Level {
    fn sibling(self) -> Option<u64> {
        Some(self.at ^ 1).filter(|sibling| *sibling < self.width)
    }
}

/// The levels from leaf `at` of `width` up to, not including, the root.
fn levels(at: u64, width: u64) -> impl Iterator<Item = Level> {
    std::iter::successors(Some(Level { at, width }), |level| {
        Some(Level { at: level.at / 2, width: level.width.div_ceil(2) })
    })
    .take_while(|level| level.width > 1)
}

/// A run of neighboring nodes that begins at a multiple of a power of two at least as long, with all levels above it.
pub struct Subtree {
    levels: Vec<Vec<Node>>,
}

impl Subtree {
    /// Builds the levels above `leaves`; the single node of the last level stands for the whole run.
    pub fn over(leaves: Vec<Node>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below
                .chunks(2)
                .filter_map(|pair| match pair {
                    [left, right] => Some(merge_subtrees_non_root(left, right, Mode::Hash)),
                    [alone] => Some(*alone),
                    _ => None,
                })
                .collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The node that stands for the whole run inside a larger tree; none for an empty run.
    pub fn top(&self) -> Option<Node> {
        self.levels.last().and_then(|level| level.first()).copied()
    }

    /// The root of a file whose whole tree this is; none with fewer than two leaves.
    pub fn root(&self) -> Option<[u8; HASH_BYTES]> {
        let [left, right] = self.levels.iter().rev().nth(1)?.as_slice() else { return None };
        Some(merge_subtrees_root(left, right, Mode::Hash).into())
    }

    /// Appends the sibling hashes of leaf `at`, bottom up, to `path`.
    pub fn append_path(&self, at: usize, path: &mut Vec<u8>) {
        for (height, level) in self.levels.iter().enumerate() {
            if let Some(sibling) = level.get((at >> height) ^ 1) {
                path.extend_from_slice(sibling);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()
    }

    fn digest(content: &[u8]) -> FileDigest {
        FileDigest { root: blake3::hash(content).into(), bytes: content.len() as u64 }
    }

    fn payload(content: &[u8], index: u64) -> Vec<u8> {
        let pieces: Vec<&[u8]> = content.chunks(FILE_PIECE_BYTES).collect();
        let leaves = pieces.iter().zip(0..).map(|(piece, at)| leaf(at, piece)).collect();
        let mut payload = Vec::new();
        Subtree::over(leaves).append_path(index as usize, &mut payload);
        payload.extend_from_slice(pieces[index as usize]);
        payload
    }

    #[test]
    fn an_empty_file_has_no_piece() {
        let empty = digest(b"");
        assert_eq!(empty.pieces(), 0);
        assert_eq!(empty.verify(0, Vec::new()).err(), Some(PieceRefused::Outside));
    }

    #[test]
    fn the_tree_by_levels_has_the_root_of_blake3() {
        for pieces in 2..40 {
            let content = sample(pieces * FILE_PIECE_BYTES - 7);
            let leaves = content.chunks(FILE_PIECE_BYTES).zip(0..).map(|(piece, at)| leaf(at, piece)).collect();
            assert_eq!(Subtree::over(leaves).root(), Some(digest(&content).root), "{pieces} pieces");
        }
    }

    #[test]
    fn a_piece_of_another_place_is_refused() {
        let content = vec![0; 4 * FILE_PIECE_BYTES];
        let wrong = payload(&content, 1);
        assert!(digest(&content).verify(1, wrong.clone()).is_ok());
        for index in [0, 2, 3] {
            assert_eq!(digest(&content).verify(index, wrong.clone()).err(), Some(PieceRefused::Hash));
        }
        assert_eq!(digest(&content).verify(4, wrong).err(), Some(PieceRefused::Outside));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_piece_proves_itself_and_no_flipped_bit_does(
            bytes in 1usize..12 * FILE_PIECE_BYTES, pick in any::<u64>(), flip in any::<usize>(),
        ) {
            let content = sample(bytes);
            let digest = digest(&content);
            let index = pick % digest.pieces();
            let good = payload(&content, index);
            let start = index as usize * FILE_PIECE_BYTES;
            let verified = digest.verify(index, good.clone()).expect("a true piece");
            prop_assert_eq!(verified.bytes(), &content[start..start + digest.piece_bytes(index).expect("inside")]);

            let mut bad = good.clone();
            let bit = flip % (bad.len() * 8);
            bad[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(digest.verify(index, bad).err(), Some(PieceRefused::Hash));
            let mut short = good.clone();
            short.pop();
            prop_assert_eq!(digest.verify(index, short).err(), Some(PieceRefused::Size));
            let mut long = good;
            long.push(0);
            prop_assert_eq!(digest.verify(index, long).err(), Some(PieceRefused::Size));
        }
    }
}

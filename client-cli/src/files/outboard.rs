//! The hash tree of an offered file on disk, so that any piece can be proved without reading the rest: 32 bytes for each 64 KiB.
//! It is made in one pass with constant memory. It must never lie in the open: hashes of content are fingerprints of it.
//!
//! The tree is cut into blocks of 256 nodes, each block sealed: rank 0 holds the hashes of pieces, rank 1 the tops of rank-0
//! blocks, and so on up to a single block. The levels inside a block are computed again when it is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use protocol::limits::FILE_PIECE_BYTES;

use super::disk;
use crate::crypto::file_seal::{FileKey, SALT_BYTES, SEAL_BYTES, TreeSeal};
use crate::crypto::file_tree::{FileDigest, HASH_BYTES, Node, Subtree, leaf};

/// Nodes in a block: 8 KiB for each 16 MiB of file.
const BLOCK_NODES: u64 = 256;
const SLOT_BYTES: u64 = BLOCK_NODES * HASH_BYTES as u64 + SEAL_BYTES as u64;
const FORMAT: &[u8; 4] = b"IsT1";
/// Progress of hashing is told after so many pieces (1 MiB), and at the end.
const PROGRESS_PIECES: u64 = 16;

/// Why a file cannot be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Nothing there.
    #[error("no such file")]
    Missing,
    /// A folder, a device, a pipe.
    #[error("not a regular file")]
    NotAFile,
    /// No permission, or the disk failed.
    #[error("the file cannot be read")]
    Unreadable,
    /// It grew or shrank under our eyes.
    #[error("the file changes while it is read")]
    Changing,
    /// The tree could not be written.
    #[error("the data folder cannot be written")]
    DataFolder,
}

/// The stored tree is missing, cut or not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored hashes of the file are damaged")]
pub struct Damaged;

/// Reads the file once: its digest comes back, its tree goes to `tree_path`, sealed and synced. `progress` hears bytes read.
pub fn hash_file(
    path: &Path,
    tree_path: &Path,
    key: &FileKey,
    salt: [u8; SALT_BYTES],
    progress: &mut dyn FnMut(u64),
) -> Result<FileDigest, HashError> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => HashError::Missing,
        _ => HashError::Unreadable,
    })?;
    let metadata = file.metadata().map_err(|_| HashError::Unreadable)?;
    if !metadata.is_file() {
        return Err(HashError::NotAFile);
    }
    let shape = FileDigest { root: [0; HASH_BYTES], bytes: metadata.len() };
    let mut writer = TreeWriter::create(tree_path, key, salt, shape.pieces()).map_err(|_| HashError::DataFolder)?;
    let mut buffer = vec![0; FILE_PIECE_BYTES];
    let mut alone = blake3::hash(b"");
    for index in 0..shape.pieces() {
        let piece = shape.piece_bytes(index).and_then(|bytes| buffer.get_mut(..bytes)).ok_or(HashError::Changing)?;
        file.read_exact(piece).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => HashError::Changing,
            _ => HashError::Unreadable,
        })?;
        if shape.pieces() == 1 {
            alone = blake3::hash(piece);
        } else {
            writer.push(0, leaf(index, piece)).map_err(|_| HashError::DataFolder)?;
        }
        if (index + 1).is_multiple_of(PROGRESS_PIECES) || index + 1 == shape.pieces() {
            progress((index * FILE_PIECE_BYTES as u64).saturating_add(piece.len() as u64));
        }
    }
    if file.read(&mut [0]).map_err(|_| HashError::Unreadable)? != 0 {
        return Err(HashError::Changing);
    }
    let root = writer.finish().map_err(|_| HashError::DataFolder)?.unwrap_or(alone.into());
    Ok(FileDigest { root, ..shape })
}

/// Where the blocks of each rank begin, counted in slots, and how many nodes the rank has.
struct Layout {
    ranks: Vec<Rank>,
}

#[derive(Clone, Copy)]
struct Rank {
    first_slot: u64,
    nodes: u64,
}

impl Layout {
    /// No rank for files of one piece or none: they need no tree.
    fn of(pieces: u64) -> Self {
        let mut ranks = Vec::new();
        let (mut first_slot, mut nodes) = (0, pieces);
        while nodes > 1 {
            ranks.push(Rank { first_slot, nodes });
            let blocks = nodes.div_ceil(BLOCK_NODES);
            first_slot += blocks;
            nodes = blocks;
        }
        Self { ranks }
    }
}

const fn slot_offset(slot: u64) -> u64 {
    (FORMAT.len() + SALT_BYTES) as u64 + slot * SLOT_BYTES
}

/// Writes the tree as pieces come, one unfinished block for each rank in memory.
struct TreeWriter {
    file: File,
    seal: TreeSeal,
    layout: Layout,
    open: Vec<Vec<Node>>,
    written: Vec<u64>,
}

impl TreeWriter {
    fn create(path: &Path, key: &FileKey, salt: [u8; SALT_BYTES], pieces: u64) -> io::Result<Self> {
        let mut file = disk::private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)?;
        file.write_all(FORMAT)?;
        file.write_all(&salt)?;
        let layout = Layout::of(pieces);
        let ranks = layout.ranks.len();
        Ok(Self {
            file,
            seal: TreeSeal::new(key, &salt),
            layout,
            open: vec![Vec::new(); ranks],
            written: vec![0; ranks],
        })
    }

    fn push(&mut self, rank: usize, node: Node) -> io::Result<()> {
        if self.open.get(rank).is_some_and(|block| block.len() as u64 == BLOCK_NODES) {
            let top = self.close(rank)?.top();
            if let Some(top) = top {
                self.push(rank + 1, top)?;
            }
        }
        if let Some(block) = self.open.get_mut(rank) {
            block.push(node);
        }
        Ok(())
    }

    fn close(&mut self, rank: usize) -> io::Result<Subtree> {
        let nodes = self.open.get_mut(rank).map(std::mem::take).unwrap_or_default();
        if let (Some(layout), Some(written)) = (self.layout.ranks.get(rank), self.written.get_mut(rank)) {
            let slot = layout.first_slot + *written;
            *written += 1;
            self.file.seek(SeekFrom::Start(slot_offset(slot)))?;
            self.file.write_all(&self.seal.seal(slot, nodes.concat()))?;
        }
        Ok(Subtree::over(nodes))
    }

    fn finish(mut self) -> io::Result<Option<[u8; HASH_BYTES]>> {
        let mut root = None;
        for rank in 0..self.open.len() {
            let block = self.close(rank)?;
            if rank + 1 == self.open.len() {
                root = block.root();
            } else if let Some(top) = block.top() {
                self.push(rank + 1, top)?;
            }
        }
        self.file.sync_all()?;
        Ok(root)
    }
}

/// A stored tree, read block by block; one block of each rank is kept.
pub struct Outboard {
    file: File,
    seal: TreeSeal,
    layout: Layout,
    kept: Vec<Option<(u64, Subtree)>>,
}

impl Outboard {
    /// Opens the tree of a file with this digest.
    pub fn open(path: &Path, key: &FileKey, digest: &FileDigest) -> Result<Self, Damaged> {
        let mut file = File::open(path).map_err(|_| Damaged)?;
        let (mut format, mut salt) = ([0; FORMAT.len()], [0; SALT_BYTES]);
        file.read_exact(&mut format).and_then(|()| file.read_exact(&mut salt)).map_err(|_| Damaged)?;
        if &format != FORMAT {
            return Err(Damaged);
        }
        let layout = Layout::of(digest.pieces());
        let kept = layout.ranks.iter().map(|_| None).collect();
        Ok(Self { file, seal: TreeSeal::new(key, &salt), layout, kept })
    }

    /// Appends the sibling hashes of a piece, bottom up, to `path`.
    pub fn append_path(&mut self, index: u64, path: &mut Vec<u8>) -> Result<(), Damaged> {
        let mut at = index;
        for rank in 0..self.layout.ranks.len() {
            let (block, place) = (at / BLOCK_NODES, at % BLOCK_NODES);
            let place = usize::try_from(place).map_err(|_| Damaged)?;
            self.block(rank, block)?.append_path(place, path);
            at = block;
        }
        Ok(())
    }

    fn block(&mut self, rank: usize, block: u64) -> Result<&Subtree, Damaged> {
        let layout = *self.layout.ranks.get(rank).ok_or(Damaged)?;
        let kept = self.kept.get_mut(rank).ok_or(Damaged)?;
        let current = match kept.take() {
            Some((number, subtree)) if number == block => (number, subtree),
            Some(_) | None => (block, read_block(&mut self.file, &self.seal, layout, block)?),
        };
        Ok(&kept.insert(current).1)
    }
}

fn read_block(file: &mut File, seal: &TreeSeal, rank: Rank, block: u64) -> Result<Subtree, Damaged> {
    let nodes = rank.nodes.checked_sub(block * BLOCK_NODES).ok_or(Damaged)?.min(BLOCK_NODES);
    let bytes = usize::try_from(nodes).map_err(|_| Damaged)? * HASH_BYTES;
    let slot = rank.first_slot + block;
    let mut sealed = vec![0; bytes + SEAL_BYTES];
    file.seek(SeekFrom::Start(slot_offset(slot))).and_then(|_| file.read_exact(&mut sealed)).map_err(|_| Damaged)?;
    let opened = seal.open(slot, sealed).map_err(|_| Damaged)?;
    let nodes = opened.chunks_exact(HASH_BYTES).filter_map(|node| Node::try_from(node).ok()).collect();
    Ok(Subtree::over(nodes))
}

#[cfg(test)]
mod tests {
    use protocol::secret::Secret;

    use super::*;

    fn key() -> FileKey {
        Secret::new([3; 32])
    }

    #[test]
    fn any_piece_of_a_file_of_any_size_is_proved_from_its_stored_tree() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, tree) = (folder.path().join("content"), folder.path().join("tree"));
        let piece = FILE_PIECE_BYTES;
        for bytes in
            [0, 1, piece - 1, piece, piece + 1, 2 * piece, 3 * piece + 5, 256 * piece, 256 * piece + 1, 515 * piece + 9]
        {
            let content: Vec<u8> = (0..bytes).map(|at| (at / 7 % 251) as u8).collect();
            std::fs::write(&path, &content).expect("writable");
            let mut heard = 0;
            let digest = hash_file(&path, &tree, &key(), [1; SALT_BYTES], &mut |read| heard = read).expect("hashed");
            assert_eq!(digest.root, *blake3::hash(&content).as_bytes(), "{bytes} bytes");
            assert_eq!((digest.bytes, heard), (bytes as u64, bytes as u64));
            let mut outboard = Outboard::open(&tree, &key(), &digest).expect("a tree");
            for index in 0..digest.pieces() {
                let start = index as usize * piece;
                let mut payload = Vec::new();
                outboard.append_path(index, &mut payload).expect("a path");
                payload.extend_from_slice(&content[start..content.len().min(start + piece)]);
                assert!(digest.verify(index, payload).is_ok(), "piece {index} of {bytes} bytes");
            }
        }
    }

    #[test]
    fn the_stored_tree_shows_no_hash_and_a_changed_one_is_damaged() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, tree) = (folder.path().join("content"), folder.path().join("tree"));
        let content = vec![5; 3 * FILE_PIECE_BYTES];
        std::fs::write(&path, &content).expect("writable");
        let digest = hash_file(&path, &tree, &key(), [1; SALT_BYTES], &mut |_| ()).expect("hashed");
        let mut stored = std::fs::read(&tree).expect("readable");
        for index in 0..3 {
            let node = leaf(index, &content[..FILE_PIECE_BYTES]);
            assert!(!stored.windows(16).any(|window| node.windows(16).any(|part| part == window)));
        }
        *stored.last_mut().expect("not empty") ^= 1;
        std::fs::write(&tree, &stored).expect("writable");
        let mut outboard = Outboard::open(&tree, &key(), &digest).expect("the header is whole");
        assert_eq!(outboard.append_path(0, &mut Vec::new()), Err(Damaged));
        std::fs::write(&tree, b"short").expect("writable");
        assert!(Outboard::open(&tree, &key(), &digest).is_err());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tree = folder.path().join("tree");
        let hash = |path: &Path| hash_file(path, &tree, &key(), [1; SALT_BYTES], &mut |_| ()).err();
        assert_eq!(hash(&folder.path().join("absent")), Some(HashError::Missing));
        assert_eq!(hash(folder.path()), Some(HashError::NotAFile));
    }
}

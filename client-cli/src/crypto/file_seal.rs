//! Seals around pieces of files: on the wire under the key of one transfer, on the receiver's disk until the person saves
//! the file, and around the stored hashes of an offered one. Every key comes from the file key by HKDF-SHA-256 (RFC 5869), every
//! seal is AES-256-GCM with the index as nonce. It must never seal two different plaintexts under one key and nonce.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use protocol::ids::{DeviceId, FileId, TransferId};
use protocol::keys::derive;
use protocol::secret::Secret;

use super::file_tree::VerifiedPiece;

/// The key that an offer carries; everything else is derived from it.
pub type FileKey = Secret<[u8; 32]>;

/// Bytes that a seal adds.
pub const SEAL_BYTES: usize = 16;
/// Bytes of the random salt of a stored tree.
pub const SALT_BYTES: usize = 32;

const TRANSFER_LABEL: &str = "isoloir file transfer v1";
const REST_LABEL: &str = "isoloir file at rest v1";
const TREE_LABEL: &str = "isoloir file tree v1";

/// Sealed bytes that this key did not seal at this index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open")]
pub struct Tampered;

/// A piece out of turn: its index was sealed before or is not the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("piece out of turn")]
pub struct OutOfTurn;

/// The two ends of one run and its random id: what its key is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferEnds {
    /// Drawn anew for every run.
    pub transfer: TransferId,
    /// The device that serves.
    pub holder: DeviceId,
    /// The device that asked.
    pub receiver: DeviceId,
}

/// The holder's side of one run. It only moves forward and cannot be cloned, so that no index is sealed twice.
pub struct TransferSealer {
    cipher: LessSafeKey,
    next: u64,
}

impl TransferSealer {
    /// The sealer of a run that begins at piece `from`.
    pub fn new(key: &FileKey, ends: &TransferEnds, from: u64) -> Self {
        Self { cipher: transfer_cipher(key, ends), next: from }
    }

    /// Seals the next piece of the run with its path.
    pub fn seal_next(&mut self, piece: VerifiedPiece) -> Result<Vec<u8>, OutOfTurn> {
        let index = piece.index();
        if index != self.next {
            return Err(OutOfTurn);
        }
        self.next = index.checked_add(1).ok_or(OutOfTurn)?;
        Ok(seal(&self.cipher, index, piece.into_payload()))
    }
}

/// The receiver's side of one run.
pub struct TransferOpener {
    cipher: LessSafeKey,
}

impl TransferOpener {
    /// The opener of this run.
    pub fn new(key: &FileKey, ends: &TransferEnds) -> Self {
        Self { cipher: transfer_cipher(key, ends) }
    }

    /// Opens piece `index`: its path and bytes, still to be verified against the root.
    pub fn open(&self, index: u64, sealed: Vec<u8>) -> Result<Vec<u8>, Tampered> {
        open(&self.cipher, index, sealed)
    }
}

/// The seal of pieces on the receiver's own disk. A nonce may come twice after a crash, with the same plaintext always: a
/// [`VerifiedPiece`] of one file and index has only one content.
pub struct RestSeal {
    cipher: LessSafeKey,
}

impl RestSeal {
    /// The seal of this file on this disk.
    pub fn new(key: &FileKey, file: FileId) -> Self {
        Self { cipher: cipher(key, REST_LABEL, &[file.as_bytes()]) }
    }

    /// The piece's bytes, sealed.
    pub fn seal(&self, piece: VerifiedPiece) -> Vec<u8> {
        let index = piece.index();
        seal(&self.cipher, index, piece.into_bytes())
    }

    /// The bytes of piece `index`.
    pub fn open(&self, index: u64, sealed: Vec<u8>) -> Result<Vec<u8>, Tampered> {
        open(&self.cipher, index, sealed)
    }
}

/// The seal of a stored hash tree. The salt is drawn when the tree is written, once for each block.
pub struct TreeSeal {
    cipher: LessSafeKey,
}

impl TreeSeal {
    /// The seal of the tree that was written with this salt.
    pub fn new(key: &FileKey, salt: &[u8; SALT_BYTES]) -> Self {
        Self { cipher: cipher(key, TREE_LABEL, &[salt]) }
    }

    /// Block `slot`, sealed.
    pub fn seal(&self, slot: u64, block: Vec<u8>) -> Vec<u8> {
        seal(&self.cipher, slot, block)
    }

    /// Block `slot`, opened.
    pub fn open(&self, slot: u64, sealed: Vec<u8>) -> Result<Vec<u8>, Tampered> {
        open(&self.cipher, slot, sealed)
    }
}

fn transfer_cipher(key: &FileKey, ends: &TransferEnds) -> LessSafeKey {
    cipher(key, TRANSFER_LABEL, &[ends.transfer.as_bytes(), ends.holder.as_bytes(), ends.receiver.as_bytes()])
}

/// AES-256-GCM of the TLS provider: files are the one place where the speed of a seal is felt.
fn cipher(key: &FileKey, label: &str, parts: &[&[u8]]) -> LessSafeKey {
    match UnboundKey::new(&AES_256_GCM, derive(key.expose(), label, parts).expose()) {
        Ok(key) => LessSafeKey::new(key),
        Err(_) => unreachable!("a derived key has the 32 bytes of AES-256"),
    }
}

fn nonce(index: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&index.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

fn seal(cipher: &LessSafeKey, index: u64, mut bytes: Vec<u8>) -> Vec<u8> {
    match cipher.seal_in_place_append_tag(nonce(index), Aad::empty(), &mut bytes) {
        Ok(()) => bytes,
        Err(_) => unreachable!("blocks are far below the 64 GiB of AES-GCM (NIST SP 800-38D §5.2.1.1)"),
    }
}

fn open(cipher: &LessSafeKey, index: u64, mut sealed: Vec<u8>) -> Result<Vec<u8>, Tampered> {
    let opened = cipher.open_in_place(nonce(index), Aad::empty(), &mut sealed).map_err(|_| Tampered)?.len();
    sealed.truncate(opened);
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::file_tree::FileDigest;

    const CONTENT: &[u8] = b"one piece is enough";

    fn piece() -> VerifiedPiece {
        let digest = FileDigest { root: blake3::hash(CONTENT).into(), bytes: CONTENT.len() as u64 };
        digest.verify(0, CONTENT.to_vec()).expect("the true content")
    }

    fn ends(transfer: u8) -> TransferEnds {
        TransferEnds {
            transfer: TransferId::from_bytes([transfer; 16]),
            holder: DeviceId::from_bytes([1; 16]),
            receiver: DeviceId::from_bytes([2; 16]),
        }
    }

    #[test]
    fn an_index_is_sealed_once() {
        let mut sealer = TransferSealer::new(&Secret::new([9; 32]), &ends(3), 0);
        assert!(sealer.seal_next(piece()).is_ok());
        assert_eq!(sealer.seal_next(piece()), Err(OutOfTurn));
    }

    #[test]
    fn a_sealed_piece_opens_only_in_its_own_run_direction_and_place() {
        let key = Secret::new([9; 32]);
        let sealed = TransferSealer::new(&key, &ends(3), 0).seal_next(piece()).expect("first");
        let opener = TransferOpener::new(&key, &ends(3));
        assert_eq!(opener.open(0, sealed.clone()).as_deref(), Ok(CONTENT));
        assert_eq!(opener.open(1, sealed.clone()), Err(Tampered));
        assert_eq!(opener.open(0, sealed[..SEAL_BYTES - 1].to_vec()), Err(Tampered));
        assert_eq!(TransferOpener::new(&key, &ends(4)).open(0, sealed.clone()), Err(Tampered));
        let turned = TransferEnds { holder: ends(3).receiver, receiver: ends(3).holder, ..ends(3) };
        assert_eq!(TransferOpener::new(&key, &turned).open(0, sealed.clone()), Err(Tampered));
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert_eq!(opener.open(0, flipped), Err(Tampered));
        }
    }

    #[test]
    fn at_rest_each_file_has_its_own_key() {
        let key = Secret::new([9; 32]);
        let (mine, other) = (FileId::from_bytes([5; 16]), FileId::from_bytes([6; 16]));
        let sealed = RestSeal::new(&key, mine).seal(piece());
        assert!(!sealed.windows(8).any(|window| CONTENT.windows(8).any(|plain| plain == window)));
        assert_eq!(RestSeal::new(&key, mine).open(0, sealed.clone()).as_deref(), Ok(CONTENT));
        assert_eq!(RestSeal::new(&key, other).open(0, sealed), Err(Tampered));
    }
}

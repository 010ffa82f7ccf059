//! A file of two pieces, cut, proved and sealed as spec/files.md says, from the primitives alone: what the client does in its own
//! way must come to the same bytes.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use blake3::hazmat::HasherExt as _;
use protocol::keys;
use protocol::limits::FILE_PIECE_BYTES;

/// One full piece and a short one.
pub const CONTENT_BYTES: usize = FILE_PIECE_BYTES + 100;

/// Byte *i* is the low byte of i / 256 + i.
pub fn content() -> Vec<u8> {
    (0..CONTENT_BYTES).map(|at| (at / 256 + at) as u8).collect()
}

/// The chaining value of a piece's subtree.
fn subtree(index: usize) -> [u8; 32] {
    let content = content();
    let piece = content.chunks(FILE_PIECE_BYTES).nth(index).expect("a piece");
    blake3::Hasher::new().set_input_offset((index * FILE_PIECE_BYTES) as u64).update(piece).finalize_non_root()
}

/// Sibling hashes from the bottom up, then the bytes. With two pieces there is one sibling.
pub fn payload(index: usize) -> Vec<u8> {
    let content = content();
    let piece = content.chunks(FILE_PIECE_BYTES).nth(index).expect("a piece");
    [&subtree(1 - index), piece].concat()
}

/// Of the run in which device 1 holds the file and device 2 receives it.
pub fn transfer_key() -> [u8; 32] {
    let (holder, receiver) = (super::device_id(1), super::device_id(2));
    let parts: [&[u8]; 3] = [super::peer::TRANSFER.as_bytes(), holder.as_bytes(), receiver.as_bytes()];
    *keys::derive(&[24; 32], "isoloir file transfer v1", &parts).expose()
}

fn nonce(index: usize) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&(index as u64).to_be_bytes());
    nonce
}

pub fn sealed_piece(index: usize) -> Vec<u8> {
    let cipher = Aes256Gcm::new(&transfer_key().into());
    cipher.encrypt(Nonce::from_slice(&nonce(index)), payload(index).as_slice()).expect("memory")
}

pub fn opened_piece(index: usize, sealed: &[u8]) -> Vec<u8> {
    Aes256Gcm::new(&transfer_key().into()).decrypt(Nonce::from_slice(&nonce(index)), sealed).expect("a sealed piece")
}

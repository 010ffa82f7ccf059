//! redb's storage as sealed blocks of 4 KiB: a block opens only with this vault's key and only at its own number.
//! Must never leave the database without a whole block 0: it is the one block that redb writes in place, so it has two
//! physical copies, and the copy that the last sync made durable is never the one written to.
//! All other blocks are copy-on-write, and with two-phase commits durable before block 0 names them: one that does not open
//! was changed from outside.
//!
//! ```text
//!  16384  block 0, copy 0     sealed: sequence number (8), 4096 bytes
//!  24576  block 0, copy 1
//!  32768  block 1             sealed: 4096 bytes
//!  36892  block 2 …
//! ```

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use super::header::{HEAD_BYTES, VaultKeys};
use super::medium::Medium;
use super::seal::{SEAL_BYTES, Sealer};

pub(crate) const BLOCK_BYTES: usize = 4096;
const SEALED_BLOCK_BYTES: usize = BLOCK_BYTES + SEAL_BYTES;
const SEQUENCE_BYTES: usize = 8;
const COPY_BYTES: usize = SEQUENCE_BYTES + BLOCK_BYTES + SEAL_BYTES;
const COPY_STRIDE_BYTES: u64 = 8192;
const BODY_OFFSET: u64 = HEAD_BYTES + 2 * COPY_STRIDE_BYTES;

const BLOCK_BYTES_U64: u64 = BLOCK_BYTES as u64;
const SEALED_BLOCK_BYTES_U64: u64 = SEALED_BLOCK_BYTES as u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BlockError {
    #[error("a block of the vault is not authentic")]
    NotAuthentic,
    #[error("the vault's length is not a whole number of blocks")]
    Length,
}

impl From<BlockError> for io::Error {
    fn from(error: BlockError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// The backend given to redb.
#[derive(Debug)]
pub(crate) struct SealedBlocks {
    medium: Arc<dyn Medium>,
    keys: Arc<VaultKeys>,
    first: Mutex<FirstBlock>,
    health: Arc<Health>,
}

/// Whether the backend still serves: once anything here fails, redb refuses everything and has to be opened again.
#[derive(Debug, Default)]
pub(crate) struct Health(AtomicU8);

const FAILED: u8 = 1;
/// A block other than 0 could not be written: the commit under way has not become the current one.
const FAILED_BEFORE_COMMIT: u8 = 3;

impl Health {
    fn worsen(&self, to: u8) {
        self.0.fetch_or(to, Ordering::AcqRel);
    }

    /// A write of block 0 may be the one that makes a commit current.
    fn may_commit(&self) {
        self.0.fetch_and(FAILED, Ordering::AcqRel);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }

    pub(crate) fn has_failed_before_commit(&self) -> bool {
        self.0.load(Ordering::Acquire) == FAILED_BEFORE_COMMIT
    }
}

/// Block 0 and which of its copies may be written.
struct FirstBlock {
    content: Box<[u8; BLOCK_BYTES]>,
    sequence: u64,
    durable: Twin,
    write: Written,
}

impl std::fmt::Debug for FirstBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstBlock").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    SinceSync,
    Durable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twin {
    Zero,
    One,
}

impl Twin {
    fn other(self) -> Self {
        match self {
            Self::Zero => Self::One,
            Self::One => Self::Zero,
        }
    }

    fn offset(self) -> u64 {
        match self {
            Self::Zero => HEAD_BYTES,
            Self::One => HEAD_BYTES + COPY_STRIDE_BYTES,
        }
    }

    fn place(self) -> [u8; 9] {
        let mut place = block_place(0);
        if let Some(last) = place.last_mut() {
            *last = match self {
                Self::Zero => 1,
                Self::One => 2,
            };
        }
        place
    }
}

/// Associated data of a block: its number, and which copy if it has any.
fn block_place(number: u64) -> [u8; 9] {
    let mut place = [0; 9];
    for (to, from) in place.iter_mut().zip(number.to_be_bytes()) {
        *to = from;
    }
    place
}

fn body_offset(number: u64) -> io::Result<u64> {
    number
        .checked_sub(1)
        .and_then(|before| before.checked_mul(SEALED_BLOCK_BYTES_U64))
        .and_then(|bytes| bytes.checked_add(BODY_OFFSET))
        .ok_or_else(|| BlockError::Length.into())
}

impl SealedBlocks {
    /// Blocks on a medium whose head is written. Syncs it first: what a killed process left in the system's cache
    /// must not count as durable before it is.
    pub(crate) fn open(medium: Arc<dyn Medium>, keys: Arc<VaultKeys>, health: Arc<Health>) -> io::Result<Self> {
        medium.sync()?;
        let mut first = FirstBlock {
            content: Box::new([0; BLOCK_BYTES]),
            sequence: 0,
            durable: Twin::One,
            write: Written::Durable,
        };
        if medium.len_bytes()? > HEAD_BYTES {
            let mut newest = None;
            for copy in [Twin::Zero, Twin::One] {
                if let Some((sequence, content)) = read_copy(&*medium, &keys.blocks, copy)?
                    && newest.as_ref().is_none_or(|(known, _, _)| *known < sequence)
                {
                    newest = Some((sequence, content, copy));
                }
            }
            let (sequence, content, copy) = newest.ok_or(BlockError::NotAuthentic)?;
            first = FirstBlock { content, sequence, durable: copy, write: Written::Durable };
        }
        Ok(Self { medium, keys, first: Mutex::new(first), health })
    }

    fn first(&self) -> MutexGuard<'_, FirstBlock> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_first(&self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let mut first = self.first();
        let end = at.checked_add(bytes.len()).ok_or(BlockError::Length)?;
        first.content.get_mut(at..end).ok_or(BlockError::Length)?.copy_from_slice(bytes);
        first.sequence = first.sequence.checked_add(1).ok_or(BlockError::Length)?;
        first.write = Written::SinceSync;
        self.health.may_commit();
        let copy = first.durable.other();
        let plain = [first.sequence.to_be_bytes().as_slice(), first.content.as_slice()].concat();
        self.medium.write_at(copy.offset(), &self.keys.blocks.seal(&copy.place(), &plain))
    }

    /// Reads whole blocks, none of them block 0.
    fn read_body(&self, number: u64, out: &mut [u8]) -> io::Result<()> {
        let mut sealed = vec![0; out.len() / BLOCK_BYTES * SEALED_BLOCK_BYTES];
        self.medium.read_at(body_offset(number)?, &mut sealed)?;
        let blocks = out.chunks_exact_mut(BLOCK_BYTES).zip(sealed.chunks_exact(SEALED_BLOCK_BYTES));
        for (number, (block, sealed)) in (number..).zip(blocks) {
            let plain = self.keys.blocks.open(&block_place(number), sealed).map_err(|_| BlockError::NotAuthentic)?;
            block.copy_from_slice(&plain);
        }
        Ok(())
    }

    /// Writes whole blocks, none of them block 0, in one write.
    fn write_body(&self, number: u64, bytes: &[u8]) -> io::Result<()> {
        let mut sealed = Vec::with_capacity(bytes.len() / BLOCK_BYTES * SEALED_BLOCK_BYTES);
        for (number, block) in (number..).zip(bytes.chunks_exact(BLOCK_BYTES)) {
            self.keys.blocks.seal_into(&block_place(number), block, &mut sealed);
        }
        let written = self.medium.write_at(body_offset(number)?, &sealed);
        if written.is_err() {
            self.health.worsen(FAILED_BEFORE_COMMIT);
        }
        written
    }
}

fn read_copy(medium: &dyn Medium, sealer: &Sealer, copy: Twin) -> io::Result<Option<(u64, Box<[u8; BLOCK_BYTES]>)>> {
    if medium.len_bytes()? < BODY_OFFSET {
        return Err(BlockError::Length.into());
    }
    let mut sealed = vec![0; COPY_BYTES];
    medium.read_at(copy.offset(), &mut sealed)?;
    let Ok(plain) = sealer.open(&copy.place(), &sealed) else {
        return Ok(None);
    };
    let (sequence, content) = plain.split_first_chunk::<SEQUENCE_BYTES>().ok_or(BlockError::Length)?;
    let content = content.first_chunk::<BLOCK_BYTES>().ok_or(BlockError::Length)?;
    Ok(Some((u64::from_be_bytes(*sequence), Box::new(*content))))
}

/// Cuts a range of logical bytes into its part of block 0, and whole blocks with a partial one at either end.
fn split(offset: u64, len: usize) -> io::Result<Vec<(u64, usize, usize)>> {
    let mut parts = Vec::new();
    let (mut offset, mut left) = (offset, len);
    while left > 0 {
        let number = offset / BLOCK_BYTES_U64;
        let at = usize::try_from(offset % BLOCK_BYTES_U64).map_err(|_| BlockError::Length)?;
        let whole = if number > 0 && at == 0 { left / BLOCK_BYTES * BLOCK_BYTES } else { 0 };
        let taken = if whole > 0 { whole } else { left.min(BLOCK_BYTES - at) };
        parts.push((number, at, taken));
        offset = offset.checked_add(taken as u64).ok_or(BlockError::Length)?;
        left -= taken;
    }
    Ok(parts)
}

impl SealedBlocks {
    fn len_blocks(&self) -> io::Result<u64> {
        let bytes = self.medium.len_bytes()?;
        if bytes <= HEAD_BYTES {
            return Ok(0);
        }
        let body = bytes.checked_sub(BODY_OFFSET).ok_or(BlockError::Length)?;
        if !body.is_multiple_of(SEALED_BLOCK_BYTES_U64) {
            return Err(BlockError::Length.into());
        }
        Ok(body / SEALED_BLOCK_BYTES_U64 + 1)
    }

    fn resize(&self, len: u64) -> io::Result<()> {
        if len == 0 || !len.is_multiple_of(BLOCK_BYTES_U64) {
            return Err(BlockError::Length.into());
        }
        self.medium.resize(body_offset(len / BLOCK_BYTES_U64)?)
    }

    fn read_range(&self, offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        for (number, at, taken) in split(offset, out.len())? {
            let (part, rest) = std::mem::take(&mut out).split_at_mut_checked(taken).ok_or(BlockError::Length)?;
            out = rest;
            if number == 0 {
                let first = self.first();
                part.copy_from_slice(first.content.get(at..at + taken).ok_or(BlockError::Length)?);
            } else if taken.is_multiple_of(BLOCK_BYTES) {
                self.read_body(number, part)?;
            } else {
                let mut block = [0; BLOCK_BYTES];
                self.read_body(number, &mut block)?;
                part.copy_from_slice(block.get(at..at + taken).ok_or(BlockError::Length)?);
            }
        }
        Ok(())
    }

    fn write_range(&self, offset: u64, mut data: &[u8]) -> io::Result<()> {
        for (number, at, taken) in split(offset, data.len())? {
            let (part, rest) = data.split_at_checked(taken).ok_or(BlockError::Length)?;
            data = rest;
            if number == 0 {
                self.write_first(at, part)?;
            } else if taken.is_multiple_of(BLOCK_BYTES) {
                self.write_body(number, part)?;
            } else {
                let mut block = [0; BLOCK_BYTES];
                self.read_body(number, &mut block)?;
                block.get_mut(at..at + taken).ok_or(BlockError::Length)?.copy_from_slice(part);
                self.write_body(number, &block)?;
            }
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        // Held over the sync: a write in between would count as durable without being it.
        let mut first = self.first();
        self.medium.sync()?;
        if first.write == Written::SinceSync {
            first.durable = first.durable.other();
            first.write = Written::Durable;
        }
        Ok(())
    }
}

impl SealedBlocks {
    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.is_err() {
            self.health.worsen(FAILED);
        }
        result
    }
}

impl StorageBackend for SealedBlocks {
    fn len(&self) -> io::Result<u64> {
        self.noted(self.len_blocks().map(|blocks| blocks.saturating_mul(BLOCK_BYTES_U64)))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.noted(self.resize(len))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.noted(self.read_range(offset, out))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.noted(self.write_range(offset, data))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.noted(self.sync())
    }
}

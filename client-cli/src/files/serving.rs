//! The disk side of serving: reads a piece at its original place, proves that it is still the offered one, seals it. It must
//! never seal a piece that does not verify: a changed file is a refusal, not a wrong piece.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::ids::{LinkId, TransferId};
use protocol::limits::FILE_PIECE_BYTES;
use protocol::link::{FileRefusal, LinkFrame};
use tokio::sync::mpsc;

use super::outboard::Outboard;
use super::records::OfferMade;
use crate::core::transfer::holder::SERVE_AHEAD_PIECES;
use crate::crypto::file_seal::{SEAL_BYTES, TransferEnds, TransferSealer};
use crate::crypto::file_tree::HASH_BYTES;

/// Jobs that can wait on one link: the holder gives out no more turns.
pub const JOBS_MAX: usize = SERVE_AHEAD_PIECES;

/// One run: the file, opened at its first turn, and the only sealer of this run.
pub struct Serving {
    offer: OfferMade,
    tree_path: PathBuf,
    transfer: TransferId,
    sealer: TransferSealer,
    next: u64,
    open: Option<(File, Outboard)>,
}

impl Serving {
    /// A run of this offer from piece `from` on. Touches no disk yet.
    pub fn new(offer: OfferMade, tree_path: PathBuf, ends: &TransferEnds, from: u64) -> Self {
        let sealer = TransferSealer::new(&offer.key, ends, from);
        Self { offer, tree_path, transfer: ends.transfer, sealer, next: from, open: None }
    }

    /// Reads, proves and seals the next piece.
    pub fn next_frame(&mut self) -> Result<LinkFrame, FileRefusal> {
        let digest = self.offer.digest();
        let index = self.next;
        let piece_bytes = digest.piece_bytes(index).ok_or(FileRefusal::Unknown)?;
        let path_bytes = digest.path_hashes(index) * HASH_BYTES;
        let (mut file, mut outboard) = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let mut payload = Vec::with_capacity(path_bytes + piece_bytes + SEAL_BYTES);
        outboard.append_path(index, &mut payload).map_err(|_| FileRefusal::Unreadable)?;
        let read = (&mut file).take(piece_bytes as u64).read_to_end(&mut payload);
        if read.map_err(|_| FileRefusal::Unreadable)? < piece_bytes {
            return Err(FileRefusal::Changed);
        }
        let piece = digest.verify(index, payload).map_err(|_| FileRefusal::Changed)?;
        let sealed = self.sealer.seal_next(piece).map_err(|_| FileRefusal::Unknown)?;
        self.next = index.saturating_add(1);
        self.open = Some((file, outboard));
        Ok(LinkFrame::FilePiece { transfer: self.transfer, index, sealed })
    }

    fn open(&self) -> Result<(File, Outboard), FileRefusal> {
        let digest = self.offer.digest();
        let mut file = File::open(self.offer.path.as_path()).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FileRefusal::Missing,
            _ => FileRefusal::Unreadable,
        })?;
        let metadata = file.metadata().map_err(|_| FileRefusal::Unreadable)?;
        if !metadata.is_file() || metadata.len() != digest.bytes {
            return Err(FileRefusal::Changed);
        }
        let outboard =
            Outboard::open(&self.tree_path, &self.offer.key, &digest).map_err(|_| FileRefusal::Unreadable)?;
        let offset = self.next.saturating_mul(FILE_PIECE_BYTES as u64);
        file.seek(SeekFrom::Start(offset)).map_err(|_| FileRefusal::Unreadable)?;
        Ok((file, outboard))
    }
}

/// One turn: the next piece of this run.
pub struct Job {
    /// Which run, for the answer.
    pub transfer: TransferId,
    /// The run itself; its file closes with the last turn.
    pub serving: Arc<Mutex<Serving>>,
}

/// How a turn went.
#[derive(Debug)]
pub struct Report {
    /// The link it was for.
    pub link: LinkId,
    /// The run.
    pub transfer: TransferId,
    /// Whether the piece was handed to the link.
    pub served: Result<(), FileRefusal>,
}

/// Takes turns until the job channel closes; the link's own back-pressure sets the pace. Blocks, so it wants its own thread.
pub fn work(
    link: LinkId,
    mut jobs: mpsc::Receiver<Job>,
    pieces: &mpsc::Sender<LinkFrame>,
    reports: &mpsc::Sender<Report>,
) {
    while let Some(Job { transfer, serving }) = jobs.blocking_recv() {
        let frame = serving.lock().unwrap_or_else(PoisonError::into_inner).next_frame();
        drop(serving);
        // A closed link is told by its owner; here the piece is simply gone.
        let served = frame.map(|frame| drop(pieces.blocking_send(frame)));
        if reports.blocking_send(Report { link, transfer, served }).is_err() {
            return;
        }
    }
}

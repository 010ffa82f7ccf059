//! The disk side of one fetch, on a thread of its own: opens pieces, verifies them against the root, writes, syncs and saves.
//! A sync has its own thread, so that the next pieces do not wait for the disk. It must never write a piece that was not verified,
//! nor one out of order, nor let a sync outlive the parts that it was for.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use protocol::ids::{FileId, TransferId};
use protocol::limits::FILE_CREDIT_PIECES_MAX;
use tokio::sync::mpsc;

use super::part::{self, Part};
use super::records::{Destination, FetchRecord, OfferReceived, PartKind};
use super::{DataFolder, disk, place};
use crate::core::transfer::receiver::Trouble;
use crate::crypto::file_seal::TransferOpener;

/// Jobs that can wait: a window of the current run, one of a run that failed, and what is not a piece.
pub const JOBS_MAX: usize = 2 * FILE_CREDIT_PIECES_MAX as usize + 8;

/// One run as the intake sees it.
pub struct Run {
    /// Its id.
    pub transfer: TransferId,
    /// Its first piece.
    pub from: u64,
    /// Opens its pieces.
    pub opener: TransferOpener,
}

/// What the thread does, in order.
pub enum Job {
    /// Say that it is finished if the whole file is where it shall be: an earlier client may have been killed between saving it
    /// and recording that.
    Look,
    /// Open, verify and write a piece.
    Store {
        /// The run it came in.
        run: Arc<Run>,
        /// Its place.
        index: u64,
        /// Still sealed.
        sealed: Vec<u8>,
    },
    /// Sync what was written; answers with this number of pieces.
    Sync(u64),
    /// Save the whole file; no destination keeps it sealed.
    Finish(Option<Destination>),
    /// Remove what there is of it.
    Discard,
}

/// What the thread answers.
#[derive(Debug)]
pub enum Report {
    /// This piece is written.
    Stored(u64),
    /// This piece is not, nor are those after it.
    StoreFailed(u64, Trouble),
    /// The first so many pieces are on disk for good.
    Synced(u64),
    /// They may not be.
    SyncFailed(Trouble),
    /// The whole file is here, or sealed in the data folder.
    Finished(Option<PathBuf>),
    /// It is not.
    FinishFailed(Trouble),
    /// Nothing of it is left, or it cannot be removed.
    Discarded,
}

/// Which intake speaks: a file may be fetched anew while the thread of an earlier fetch still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The file.
    pub file: FileId,
    /// Counted from the start of the client.
    pub intake: u64,
}

/// Where an intake reports to.
#[derive(Debug, Clone)]
pub struct Reports {
    ticket: Ticket,
    channel: mpsc::Sender<(Ticket, Report)>,
}

impl Reports {
    /// In the name of this intake.
    pub const fn new(ticket: Ticket, channel: mpsc::Sender<(Ticket, Report)>) -> Self {
        Self { ticket, channel }
    }

    /// Blocks until there is room; none is needed when the client stops.
    fn say(&self, report: Report) -> Result<(), ClientStops> {
        self.channel.blocking_send((self.ticket, report)).map_err(|_| ClientStops)
    }
}

/// Nobody hears reports any more.
#[derive(Debug)]
struct ClientStops;

/// The disk side of one fetch.
pub struct Intake {
    offer: OfferReceived,
    record: FetchRecord,
    data: DataFolder,
    part: Option<Part>,
    /// The run of the last piece, and the only index that is written next.
    current: Option<(TransferId, u64)>,
    /// Pieces from before this process, whose plain bytes others may have touched.
    inherited: u64,
    syncing: Option<JoinHandle<Result<(), Trouble>>>,
}

impl Intake {
    /// The intake of a fetch as it was recorded. Touches no disk yet.
    pub fn new(offer: OfferReceived, record: FetchRecord, data: DataFolder) -> Self {
        let inherited = record.verified_pieces;
        Self { offer, record, data, part: None, current: None, inherited, syncing: None }
    }

    /// Works until the job channel closes; blocks, so it wants its own thread.
    pub fn work(mut self, mut jobs: mpsc::Receiver<Job>, reports: &Reports) {
        while let Some(job) = jobs.blocking_recv() {
            let report = match job {
                Job::Look => self.look(),
                Job::Store { run, index, sealed } => self.store(&run, index, sealed),
                Job::Sync(pieces) => self.sync(pieces, reports),
                Job::Finish(destination) => {
                    let _ = self.settle();
                    Some(self.finish(destination))
                }
                Job::Discard => {
                    let _ = self.settle();
                    Some(self.discard())
                }
            };
            if report.is_some_and(|report| reports.say(report).is_err()) {
                break;
            }
        }
        let _ = self.settle();
    }

    fn look(&self) -> Option<Report> {
        let (destination, name) = (self.record.destination.as_ref()?, self.offer.offer.name.expose());
        let path = place::already_placed(destination, name, &self.offer.digest())?;
        disk::remove(&part::part_path(&self.data, &self.record)).ok()?;
        Some(Report::Finished(Some(path)))
    }

    fn store(&mut self, run: &Run, index: u64, sealed: Vec<u8>) -> Option<Report> {
        let expected = match self.current {
            Some((transfer, expected)) if transfer == run.transfer => expected,
            Some(_) | None => {
                if self.settle().is_err() {
                    self.part = None; // what a failed sync was for is written anew
                }
                run.from
            }
        };
        self.current = Some((run.transfer, expected));
        if index != expected {
            return None; // after a failure, until the next run
        }
        match self.try_store(run, index, sealed) {
            Ok(()) => {
                self.current = Some((run.transfer, index + 1));
                Some(Report::Stored(index))
            }
            Err(trouble) => {
                self.current = Some((run.transfer, u64::MAX));
                Some(Report::StoreFailed(index, trouble))
            }
        }
    }

    fn try_store(&mut self, run: &Run, index: u64, sealed: Vec<u8>) -> Result<(), Trouble> {
        let payload = run.opener.open(index, sealed).map_err(|_| Trouble::Invalid)?;
        let piece = self.offer.digest().verify(index, payload).map_err(|_| Trouble::Invalid)?;
        if index == 0 {
            self.part = None;
            self.inherited = 0;
        }
        let part = match self.part.take() {
            Some(part) => part,
            None => self.open(index)?,
        };
        self.part.insert(part).write(piece).map_err(|error| disk::trouble(&error))
    }

    fn open(&self, pieces: u64) -> Result<Part, Trouble> {
        let path = part::part_path(&self.data, &self.record);
        if pieces > 0 {
            return Part::resume(path, &self.offer, self.record.part, pieces);
        }
        if let Some(destination) = &self.record.destination {
            place::check_free(destination)?;
        }
        let noted = match self.record.part {
            PartKind::Sealed => self.data.create(),
            PartKind::Beside => self.data.note_beside(self.record.file, &path),
        };
        noted.map_err(|error| disk::trouble(&error))?;
        Part::create(path, &self.offer, self.record.part)
    }

    /// Begins a sync, which reports by itself; at once only that it cannot begin.
    fn sync(&mut self, pieces: u64, reports: &Reports) -> Option<Report> {
        let _ = self.settle();
        let handle = match self.part.as_ref().map(Part::handle) {
            Some(Ok(handle)) => handle,
            Some(Err(error)) => return Some(Report::SyncFailed(disk::trouble(&error))),
            None => return Some(Report::SyncFailed(Trouble::Disk)),
        };
        let reports = reports.clone();
        let sync = move || {
            let synced = handle.sync_data().map_err(|error| disk::trouble(&error));
            let report = synced.map_or_else(Report::SyncFailed, |()| Report::Synced(pieces));
            // Nobody hears it when the client stops.
            let _ = reports.say(report);
            synced
        };
        match std::thread::Builder::new().name("files-sync".to_owned()).spawn(sync) {
            Ok(thread) => {
                self.syncing = Some(thread);
                None
            }
            Err(error) => Some(Report::SyncFailed(disk::trouble(&error))),
        }
    }

    /// Waits for the last sync, whose report has said the same: it must not be heard after what comes next.
    fn settle(&mut self) -> Result<(), Trouble> {
        self.syncing.take().map_or(Ok(()), |thread| thread.join().unwrap_or(Err(Trouble::Disk)))
    }

    fn discard(&mut self) -> Report {
        self.part = None;
        if self.data.forget_parts(&self.record).is_err() {
            tracing::warn!("the parts of a canceled file could not be removed");
        }
        Report::Discarded
    }

    fn finish(&mut self, destination: Option<Destination>) -> Report {
        match self.try_finish(destination) {
            Ok(path) => {
                if self.data.nothing_beside(self.record.file).is_err() {
                    tracing::warn!("the note of where a file's parts were could not be removed");
                }
                Report::Finished(path)
            }
            Err(trouble) => {
                self.part = None;
                Report::FinishFailed(trouble)
            }
        }
    }

    fn try_finish(&mut self, destination: Option<Destination>) -> Result<Option<PathBuf>, Trouble> {
        let digest = self.offer.digest();
        let name = self.offer.offer.name.expose().clone();
        let resumed_whole = self.inherited == digest.pieces() && digest.pieces() > 0;
        if let (true, Some(destination)) = (resumed_whole, &destination)
            && let Some(path) = place::already_placed(destination, &name, &digest)
        {
            disk::remove(&part::part_path(&self.data, &self.record)).map_err(|error| disk::trouble(&error))?;
            return Ok(Some(path));
        }
        let mut part = match self.part.take() {
            Some(part) => part,
            None => self.open(digest.pieces())?,
        };
        let Some(destination) = destination else { return Ok(None) };
        match self.record.part {
            PartKind::Beside => {
                if self.inherited > 0 && !disk::holds(part.path(), &digest) {
                    return Err(Trouble::Damaged);
                }
                part.sync().map_err(|error| disk::trouble(&error))?;
                place::place(part.path(), &destination, &name).map(Some)
            }
            PartKind::Sealed => {
                let path = self.unseal(&mut part, &destination, &name)?;
                disk::remove(part.path()).map_err(|error| disk::trouble(&error))?;
                Ok(Some(path))
            }
        }
    }

    fn unseal(&self, part: &mut Part, destination: &Destination, name: &str) -> Result<PathBuf, Trouble> {
        place::check_free(destination)?;
        let whole = part::beside(destination, &self.record);
        self.data.note_beside(self.record.file, &whole).map_err(|error| disk::trouble(&error))?;
        disk::remove(&whole).map_err(|error| disk::trouble(&error))?;
        let mut options = OpenOptions::new();
        let file = disk::private(options.write(true).create_new(true)).open(&whole);
        let mut file = file.map_err(|error| disk::trouble(&error))?;
        let placed = part
            .unseal_into(&mut file)
            .and_then(|()| file.sync_all().map_err(|error| disk::trouble(&error)))
            .and_then(|()| place::place(&whole, destination, name));
        if placed.is_err() {
            drop(disk::remove(&whole));
        }
        placed
    }
}

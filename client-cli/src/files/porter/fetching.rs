//! The porter's fetches: each has a receiver, a record and a thread for the disk. It must never let a fetch end without a
//! record that says how.

use std::sync::Arc;

use protocol::ids::{FileId, LinkId, TransferId};
use protocol::limits::FILE_PIECE_BYTES;
use tokio::sync::mpsc;

use super::{Desk, SharedRun, spawn_thread};
use crate::core::transfer::receiver::{End, Input, Output, Receiver, Trouble};
use crate::crypto::file_seal::{TransferEnds, TransferOpener};
use crate::files::intake::{self, Intake, Job, Report};
use crate::files::records::{FetchRecord, FetchState, OfferReceived, PartKind};
use crate::files::{FileEvent, disk};

/// Fetches that hold a link at once; the others wait their turn. Each may have 4 MiB under way.
const FETCHES_AT_ONCE_MAX: usize = 4;

/// One fetch.
pub(super) struct Fetching {
    pub(super) machine: Receiver,
    pub(super) link: Option<LinkId>,
    offer: OfferReceived,
    record: FetchRecord,
    run: Option<SharedRun>,
    jobs: mpsc::Sender<Job>,
}

impl Desk {
    pub(super) fn fetch(&mut self, offer: OfferReceived, mut record: FetchRecord) {
        let file = offer.offer.file;
        if let Some(fetching) = self.fetching.get_mut(&file) {
            if fetching.record.part == PartKind::Sealed && record.destination.is_some() {
                fetching.record.destination = record.destination;
                self.events.push(FileEvent::Persist(fetching.record.clone()));
            }
            return;
        }
        if let Some(discarding) = self.discarding.get_mut(&file) {
            discarding.then = Some((offer, record));
            return;
        }
        record.state = FetchState::Wanted;
        self.events.push(FileEvent::Persist(record.clone()));
        self.start(offer, record);
        self.perform(file);
    }

    fn start(&mut self, offer: OfferReceived, mut record: FetchRecord) {
        let file = offer.offer.file;
        record.file = file;
        let machine = Receiver::new(file, offer.conversation, offer.digest().pieces(), record.verified_pieces);
        let (jobs, work) = mpsc::channel(intake::JOBS_MAX);
        let intake = Intake::new(offer.clone(), record.clone(), self.data.clone());
        let reports = self.intake_reports.clone();
        let started = spawn_thread(move || intake.work(work, &reports));
        self.fetching.insert(file, Fetching { machine, link: None, offer, record, run: None, jobs });
        if started.is_err() {
            self.end_fetch(file, End::Failed(Trouble::Disk));
        }
    }

    pub(super) fn cancel(&mut self, file: FileId) {
        if self.fetching.contains_key(&file) {
            self.drive(file, Input::Stop);
        } else if let Some(discarding) = self.discarding.get_mut(&file) {
            discarding.then = None;
        } else if disk::remove(&self.data.incoming(file)).is_err() {
            tracing::warn!("the parts of a canceled file could not be removed");
        }
    }

    pub(super) fn discard(&mut self, offer: OfferReceived, record: FetchRecord) {
        let file = offer.offer.file;
        if !self.fetching.contains_key(&file) {
            // Nothing moves, but parts may be there.
            self.start(offer, record);
        }
        self.drive(file, Input::Stop);
    }

    /// Gives links to fetches that want one, as many as may move at once.
    pub(super) fn admit(&mut self) {
        let mut moving = self.fetching.values().filter(|fetching| fetching.machine.holds_link()).count();
        while moving < FETCHES_AT_ONCE_MAX {
            let next = self.fetching.iter().find_map(|(file, fetching)| {
                let holder = fetching.offer.holder;
                let link = self.links.iter().rev().find(|(_, link)| link.peer == holder).map(|(id, _)| *id)?;
                fetching.machine.wants_link().then_some((*file, link))
            });
            let Some((file, link)) = next else { return };
            self.drive(file, Input::LinkUp(link));
            moving += 1;
        }
    }

    pub(super) fn intake_reported(&mut self, file: FileId, report: Report) {
        let input = match report {
            Report::Stored(index) => Input::Stored(index),
            Report::StoreFailed(index, trouble) => Input::StoreFailed(index, trouble),
            Report::Synced(pieces) => Input::Synced(pieces),
            Report::SyncFailed(trouble) => Input::SyncFailed(trouble),
            Report::FinishFailed(trouble) => Input::FinishFailed(trouble),
            Report::Discarded => return self.discarded(file),
            Report::Finished(path) => {
                self.finished(file, path.map_or(FetchState::Kept, |path| FetchState::Saved(path.into())));
                Input::Finished
            }
        };
        self.drive(file, input);
    }

    fn finished(&mut self, file: FileId, state: FetchState) {
        if let Some(fetching) = self.fetching.get_mut(&file) {
            fetching.record.state = state;
        } else if let Some(discarding) = self.discarding.get_mut(&file) {
            discarding.record.state = state;
        }
    }

    fn discarded(&mut self, file: FileId) {
        let Some(Discarding { mut record, then }) = self.discarding.remove(&file) else { return };
        // Saved at the very moment it was canceled: the file is there, so the record must say so.
        let end = if matches!(record.state, FetchState::Saved(_)) { End::Done } else { End::Stopped };
        if end == End::Stopped {
            record.state = FetchState::Canceled;
            record.verified_pieces = 0;
        }
        self.events.push(FileEvent::Persist(record));
        self.events.push(FileEvent::FetchEnded { file, end });
        if let Some((offer, mut record)) = then {
            record.verified_pieces = 0;
            self.fetch(offer, record);
        }
    }

    /// Gives one input to a fetch's receiver and performs what it decides.
    pub(super) fn drive(&mut self, file: FileId, input: Input) {
        let now = self.now();
        let Some(fetching) = self.fetching.get_mut(&file) else { return };
        match &input {
            Input::LinkUp(link) => fetching.link = Some(*link),
            Input::LinkDown(_) => fetching.link = None,
            _ => {}
        }
        fetching.machine.handle(now, input, &mut *self.rng);
        self.perform(file);
    }

    fn perform(&mut self, file: FileId) {
        while let Some(fetching) = self.fetching.get_mut(&file) {
            let Some(output) = fetching.machine.poll() else { return };
            match output {
                Output::Begin(transfer, from) => self.begin(file, transfer, from),
                Output::Send(link, frame) => self.send(link, frame),
                Output::Store(index, sealed) => {
                    if let Some(run) = fetching.run.clone() {
                        fetching.give(Job::Store { run, index, sealed });
                    }
                }
                Output::Sync(pieces) => fetching.give(Job::Sync(pieces)),
                Output::Finish => fetching.give(Job::Finish(fetching.record.destination.clone())),
                Output::Progress(pieces) => {
                    let bytes = fetching.offer.offer.bytes;
                    let verified_bytes = pieces.saturating_mul(FILE_PIECE_BYTES as u64).min(bytes);
                    self.events.push(FileEvent::Progress { file, verified_bytes, bytes });
                }
                Output::Persist(pieces) => {
                    fetching.record.verified_pieces = pieces;
                    self.events.push(FileEvent::Persist(fetching.record.clone()));
                }
                Output::Paused(pause) => self.events.push(FileEvent::Paused { file, pause }),
                Output::Ended(end) => self.end_fetch(file, end),
            }
        }
    }

    fn begin(&mut self, file: FileId, transfer: TransferId, from: u64) {
        let Some(fetching) = self.fetching.get_mut(&file) else { return };
        if let Some(earlier) = &fetching.run {
            self.runs.remove(&earlier.transfer);
        }
        let ends = TransferEnds { transfer, holder: fetching.offer.holder, receiver: self.me };
        let opener = TransferOpener::new(&fetching.offer.key(), &ends);
        fetching.run = Some(Arc::new(intake::Run { transfer, from, opener }));
        self.runs.insert(transfer, file);
    }

    fn end_fetch(&mut self, file: FileId, end: End) {
        let Some(mut fetching) = self.fetching.remove(&file) else { return };
        if let Some(run) = &fetching.run {
            self.runs.remove(&run.transfer);
        }
        match end {
            End::Done => {} // said by the report that it is saved or kept
            End::Stopped => {
                // Said when the parts are gone.
                fetching.give(Job::Discard);
                self.discarding.insert(file, Discarding { record: fetching.record, then: None });
                return;
            }
            End::Refused(reason) => fetching.record.state = FetchState::Refused(reason),
            End::Faulty => fetching.record.state = FetchState::Faulty,
            End::Failed(trouble) => fetching.record.state = FetchState::Failed(trouble),
        }
        self.events.push(FileEvent::Persist(fetching.record));
        self.events.push(FileEvent::FetchEnded { file, end });
    }
}

/// A canceled fetch until its parts are gone.
pub(super) struct Discarding {
    record: FetchRecord,
    /// Wanted again meanwhile.
    then: Option<(OfferReceived, FetchRecord)>,
}

impl Fetching {
    /// The machine keeps jobs within [`intake::JOBS_MAX`]; should the thread be gone, the stall timer notices.
    fn give(&self, job: Job) {
        if self.jobs.try_send(job).is_err() {
            tracing::error!("the disk thread of a file does not take its job");
        }
    }
}

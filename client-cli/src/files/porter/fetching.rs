//! The porter's fetches: each has a receiver, a record and a thread for the disk. It must never let a fetch end without a
//! record that says how.

use std::sync::Arc;

use protocol::ids::{DeviceId, FileId, LinkId, TransferId};
use protocol::limits::FILE_PIECE_BYTES;
use protocol::time::Timestamp;
use tokio::sync::mpsc;

use super::{Begun, Desk, Members, SharedRun, spawn_thread};
use crate::core::transfer::receiver::{End, Input, Output, Receiver, Source, Trouble};
use crate::core::transfer::turns::{self, Place, Stand};
use crate::crypto::file_seal::{TransferEnds, TransferOpener};
use crate::files::FileEvent;
use crate::files::intake::{self, Intake, Job, Report, Reports, Ticket};
use crate::files::records::{FetchRecord, FetchState, OfferReceived, PartKind};

/// One fetch.
pub(super) struct Fetching {
    pub(super) machine: Receiver,
    offer: OfferReceived,
    record: FetchRecord,
    /// Whom it is asked of, or was last.
    from: DeviceId,
    intake: Ticket,
    /// When it was last given a link.
    turn: u64,
    run: Option<SharedRun>,
    jobs: mpsc::Sender<Job>,
}

impl Desk {
    pub(super) fn fetch(&mut self, offer: OfferReceived, mut record: FetchRecord, begun: Begun) {
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
        if let (Begun::Earlier, Some(fetching)) = (begun, self.fetching.get(&file)) {
            fetching.give(Job::Look);
        }
        self.perform(file);
    }

    fn start(&mut self, offer: OfferReceived, mut record: FetchRecord) {
        let file = offer.offer.file;
        record.file = file;
        let machine = Receiver::new(file, offer.conversation, offer.digest().pieces(), record.verified_pieces);
        let (jobs, work) = mpsc::channel(intake::JOBS_MAX);
        let intake = Intake::new(offer.clone(), record.clone(), self.data.clone());
        self.intakes += 1;
        let ticket = Ticket { file, intake: self.intakes };
        let reports = Reports::new(ticket, self.intake_reports.clone());
        let started = spawn_thread(move || intake.work(work, &reports));
        let (from, ration) = (offer.holder, self.first_ration());
        self.fetching.insert(file, Fetching { machine, offer, record, from, intake: ticket, turn: 0, run: None, jobs });
        if let Some(fetching) = self.fetching.get_mut(&file) {
            fetching.machine.handle(Timestamp::ZERO, Input::Ration(ration), &mut *self.rng);
        }
        if started.is_err() {
            self.end_fetch(file, End::Failed(Trouble::Disk));
        }
    }

    pub(super) fn discard(&mut self, offer: OfferReceived, record: FetchRecord) {
        let file = offer.offer.file;
        if let Some(discarding) = self.discarding.get_mut(&file) {
            discarding.then = None;
            if !matches!(discarding.record.state, FetchState::Saved(_)) {
                discarding.record.state = record.state;
            }
            return;
        }
        let state = record.state.clone();
        if !self.fetching.contains_key(&file) {
            // Nothing moves, but parts may be there.
            self.start(offer, record);
        }
        if let Some(fetching) = self.fetching.get_mut(&file) {
            fetching.record.state = state;
        }
        self.drive(file, Input::Stop);
    }

    /// Moves nothing of a fetch any more; what is safe stays.
    pub(super) fn pause(&mut self, file: FileId) {
        self.drive(file, Input::Pause);
    }

    /// Who may have which file beside its author: nobody else is asked any more.
    pub(super) fn members(&mut self, members: Members) {
        self.members = members;
        let asked = self.fetching.iter().filter_map(|(file, fetching)| {
            let may_have_it = fetching.from == fetching.offer.holder
                || self.members.get(file).is_some_and(|members| members.contains(&fetching.from));
            fetching.machine.link().filter(|_| !may_have_it).map(|link| (*file, link))
        });
        for (file, link) in asked.collect::<Vec<_>>() {
            self.drive(file, Input::LinkDown(link));
        }
    }

    /// Gives links to fetches that want one, as many as may move at once.
    pub(super) fn admit(&mut self) {
        loop {
            let places: Vec<Place> = self.fetching.iter().map(|(file, fetching)| self.place(*file, fetching)).collect();
            let Some(file) = turns::next(&places) else { return };
            let Some((link, from, source)) = self.fetching.get(&file).and_then(|fetching| self.source(file, fetching))
            else {
                return;
            };
            self.turns += 1;
            if let Some(fetching) = self.fetching.get_mut(&file) {
                (fetching.turn, fetching.from) = (self.turns, from);
            }
            self.drive(file, Input::LinkUp(link, source));
        }
    }

    fn place(&self, file: FileId, fetching: &Fetching) -> Place {
        let (stand, holder) = if fetching.machine.link().is_some() {
            (Stand::Moving, fetching.from)
        } else {
            match self.source(file, fetching).filter(|_| fetching.machine.wants_link()) {
                Some((_, from, _)) => (Stand::Ready, from),
                None => (Stand::Resting, fetching.from),
            }
        };
        Place { file, holder, turn: fetching.turn, stand }
    }

    /// Of whom a file would be asked now: its author, else another member who may have it.
    fn source(&self, file: FileId, fetching: &Fetching) -> Option<(LinkId, DeviceId, Source)> {
        let (author, members) = (fetching.offer.holder, self.members.get(&file));
        let as_author = if members.is_some() { Source::Author } else { Source::Only };
        let others = members.into_iter().flatten().map(|device| (*device, Source::Member));
        std::iter::once((author, as_author)).chain(others).find_map(|(device, source)| {
            let link = self.link_to(device).filter(|link| fetching.machine.takes(*link))?;
            Some((link, device, source))
        })
    }

    fn link_to(&self, device: DeviceId) -> Option<LinkId> {
        self.links.iter().rev().find(|(_, link)| link.peer == device).map(|(id, _)| *id)
    }

    pub(super) fn intake_reported(&mut self, ticket: Ticket, report: Report) {
        let file = ticket.file;
        let fetching = self.fetching.get(&file).map(|fetching| fetching.intake);
        if fetching.or_else(|| self.discarding.get(&file).map(|discarding| discarding.intake)) != Some(ticket) {
            return; // of a fetch that has ended
        }
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
            fetching.record.verified_pieces = fetching.offer.digest().pieces();
            fetching.record.state = state;
        } else if let Some(discarding) = self.discarding.get_mut(&file) {
            discarding.record.state = state;
        }
    }

    fn discarded(&mut self, file: FileId) {
        let Some(Discarding { mut record, then, .. }) = self.discarding.remove(&file) else { return };
        let end = match &record.state {
            // Saved at the very moment it was canceled: the file is there, so the record must say so.
            FetchState::Saved(_) => End::Done,
            FetchState::Refused(reason) => End::Refused(*reason),
            FetchState::Faulty => End::Faulty,
            FetchState::Wanted
            | FetchState::Kept
            | FetchState::Canceled
            | FetchState::Paused
            | FetchState::Failed(_) => {
                record.state = FetchState::Canceled;
                End::Stopped
            }
        };
        if end != End::Done {
            record.verified_pieces = 0;
        }
        self.events.push(FileEvent::Persist(record));
        match then {
            // It goes on: who waits for the file hears of that end.
            Some((offer, mut record)) if end != End::Done => {
                record.verified_pieces = 0;
                self.fetch(offer, record, Begun::Now);
            }
            Some(_) | None => self.events.push(FileEvent::FetchEnded { file, end }),
        }
    }

    /// Gives one input to a fetch's receiver and performs what it decides.
    pub(super) fn drive(&mut self, file: FileId, input: Input) {
        let now = self.now();
        let Some(fetching) = self.fetching.get_mut(&file) else { return };
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
        let ends = TransferEnds { transfer, holder: fetching.from, receiver: self.me };
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
            // Said by the report that it is saved or kept, and by who stopped it.
            End::Done | End::Stopped => {}
            End::Paused => fetching.record.state = FetchState::Paused,
            End::Failed(trouble) => fetching.record.state = FetchState::Failed(trouble),
            End::Refused(reason) => fetching.record.state = FetchState::Refused(reason),
            End::Faulty => fetching.record.state = FetchState::Faulty,
        }
        match end {
            End::Done | End::Paused | End::Failed(_) => {
                self.events.push(FileEvent::Persist(fetching.record));
                self.events.push(FileEvent::FetchEnded { file, end });
            }
            // Said when the parts are gone, which nobody will want any more.
            End::Stopped | End::Refused(_) | End::Faulty => {
                fetching.give(Job::Discard);
                let Fetching { record, intake, .. } = fetching;
                self.discarding.insert(file, Discarding { record, intake, then: None });
            }
        }
    }
}

/// A fetch that ended, until its parts are gone.
pub(super) struct Discarding {
    record: FetchRecord,
    intake: Ticket,
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

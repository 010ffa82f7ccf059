//! The porter's links: frames in, and the serving side of each. It must never serve on a link what was not granted on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use protocol::ids::{DeviceId, FileId, LinkId, TransferId};
use protocol::link::{FileRefusal, LinkFrame};
use tokio::sync::mpsc;

use super::{Desk, LinkPorts, Request, Whom, spawn_thread};
use crate::core::transfer::holder::{Grant, Holder, Input, Output};
use crate::core::transfer::receiver;
use crate::crypto::file_seal::TransferEnds;
use crate::files::FileEvent;
use crate::files::records::{OfferMade, OfferState};
use crate::files::serving::{self, Job, Report, Serving};

/// One open link.
pub(super) struct Link {
    pub(super) peer: DeviceId,
    pub(super) ports: LinkPorts,
    pub(super) holder: Holder,
    /// Open runs and, while a request is judged, the offer it is for.
    servings: BTreeMap<TransferId, Arc<Mutex<Serving>>>,
    /// The thread that takes turns, from the first to the last run.
    jobs: Option<mpsc::Sender<Job>>,
}

impl Link {
    pub(super) fn new(peer: DeviceId, ports: LinkPorts) -> Self {
        Self { peer, ports, holder: Holder::new(), servings: BTreeMap::new(), jobs: None }
    }
}

impl Desk {
    pub(super) fn link_closed(&mut self, link: LinkId) {
        self.links.remove(&link);
        for file in self.fetching.keys().copied().collect::<Vec<_>>() {
            self.drive(file, receiver::Input::LinkDown(link));
        }
    }

    pub(super) fn frame(&mut self, link: LinkId, frame: LinkFrame) {
        match frame {
            LinkFrame::FileCredit { transfer, pieces } => self.turn(link, Input::Credit(transfer, pieces)),
            LinkFrame::FileStop { transfer } => self.turn(link, Input::Stopped(transfer)),
            LinkFrame::FilePiece { transfer, index, sealed } => {
                self.answered(link, transfer, receiver::Input::Piece { transfer, index, sealed });
            }
            LinkFrame::FileRefused { transfer, reason } => {
                self.answered(link, transfer, receiver::Input::Refused { transfer, reason });
            }
            _ => tracing::debug!("a frame that is not for files"),
        }
    }

    /// Only the link that a run was opened on speaks for it.
    fn answered(&mut self, link: LinkId, transfer: TransferId, input: receiver::Input) {
        let Some(file) = self.runs.get(&transfer).copied() else { return };
        if self.fetching.get(&file).is_some_and(|fetching| fetching.machine.link() == Some(link)) {
            self.drive(file, input);
        }
    }

    pub(super) fn requested(&mut self, id: LinkId, request: &Request, offer: Result<OfferMade, FileRefusal>) {
        let offer = offer.and_then(|offer| match offer.state {
            OfferState::Open if offer.file == request.file => Ok(offer),
            OfferState::Open => Err(FileRefusal::Unknown),
            OfferState::Paused => Err(FileRefusal::Busy),
            OfferState::Withdrawn => Err(FileRefusal::Withdrawn),
        });
        let Some(link) = self.links.get_mut(&id) else { return };
        let grant = offer.as_ref().map(|offer| Grant { pieces: offer.digest().pieces() }).map_err(|reason| *reason);
        if let Ok(offer) = offer
            && !link.servings.contains_key(&request.transfer)
        {
            let ends = TransferEnds { transfer: request.transfer, holder: self.me, receiver: link.peer };
            let tree = self.data.tree(offer.file);
            let serving = Serving::new(offer, tree, &ends, request.from);
            link.servings.insert(request.transfer, Arc::new(Mutex::new(serving)));
        }
        let Request { transfer, file, from, credit } = *request;
        self.turn(id, Input::Requested { transfer, file, from, credit, grant });
        // What the holder did not open is forgotten with its key.
        if let Some(link) = self.links.get_mut(&id)
            && !link.holder.is_open(transfer)
        {
            link.servings.remove(&transfer);
        }
    }

    pub(super) fn close(&mut self, files: &[FileId], reason: FileRefusal, whom: &Whom) {
        let is_meant = |link: &Link| match whom {
            Whom::Everybody => true,
            Whom::These(devices) => devices.contains(&link.peer),
        };
        let links = self.links.iter().filter(|(_, link)| is_meant(link));
        for link in links.map(|(id, _)| *id).collect::<Vec<LinkId>>() {
            for file in files {
                self.turn(link, Input::Closed(*file, reason));
            }
        }
    }

    pub(super) fn serving_reported(&mut self, report: Report) {
        let input = match report.served {
            Ok(()) => Input::Served(report.transfer),
            Err(reason) => Input::ServeFailed(report.transfer, reason),
        };
        self.turn(report.link, input);
    }

    /// Gives one input to a link's holder and performs what it decides.
    pub(super) fn turn(&mut self, id: LinkId, input: Input) {
        let now = self.now();
        let Some(link) = self.links.get_mut(&id) else { return };
        link.holder.handle(now, input);
        while let Some(link) = self.links.get_mut(&id) {
            let Some(output) = link.holder.poll(now, &mut self.serving_pace) else { break };
            match output {
                Output::Open(..) => {}
                Output::Serve(transfer) => {
                    self.served_last = Some(id);
                    self.serve(id, transfer);
                }
                Output::Send(frame) => self.send(id, frame),
                Output::Ended(transfer, file, end) => {
                    let Some(link) = self.links.get_mut(&id) else { return };
                    link.servings.remove(&transfer);
                    self.events.push(FileEvent::ServeEnded { file, peer: link.peer, end });
                }
            }
        }
        if let Some(link) = self.links.get_mut(&id)
            && link.holder.is_idle()
        {
            link.jobs = None;
        }
    }

    fn serve(&mut self, id: LinkId, transfer: TransferId) {
        let now = self.now();
        let reports = self.serving_reports.clone();
        let Some(link) = self.links.get_mut(&id) else { return };
        let handed = link.servings.get(&transfer).cloned().and_then(|serving| {
            let jobs = match link.jobs.take() {
                Some(jobs) => jobs,
                None => start_thread(id, link.ports.pieces.clone(), reports)?,
            };
            link.jobs.insert(jobs).try_send(Job { transfer, serving }).ok()
        });
        if handed.is_none() {
            link.holder.handle(now, Input::ServeFailed(transfer, FileRefusal::Busy));
        }
    }
}

fn start_thread(
    link: LinkId,
    pieces: mpsc::Sender<LinkFrame>,
    reports: mpsc::Sender<Report>,
) -> Option<mpsc::Sender<Job>> {
    let (jobs, turns) = mpsc::channel(serving::JOBS_MAX);
    spawn_thread(move || serving::work(link, turns, &pieces, &reports)).ok()?;
    Some(jobs)
}

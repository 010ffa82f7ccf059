//! The porter: one task that owns every transfer of the client, carries out what the machines decide, and never blocks: the
//! disk has threads of its own, links and the engine have bounded channels. It must never wait for the engine while the engine
//! waits for it: events pile up coalesced, at most one of each kind for each file and device.

mod events;
mod fetching;
mod links;
mod pacing;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::sync::Arc;

use protocol::ids::{DeviceId, FileId, LinkId, TransferId};
use protocol::link::{FileRefusal, LinkFrame};
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::events::Events;
use self::fetching::{Discarding, Fetching};
use self::links::Link;
use super::records::{FetchRecord, OfferMade, OfferReceived};
use super::{DataFolder, FileEvent, intake, serving};
use crate::core::transfer::pace::Pace;

/// Commands that may wait for the porter; it never blocks, so they do not wait long.
const COMMANDS_MAX: usize = 64;
/// Events that may wait for the engine, beyond the coalesced ones.
const EVENTS_MAX: usize = 16;
/// Answers of disk threads that may wait for the porter.
const REPORTS_MAX: usize = 64;

/// The porter's task is over, which happens only when the client stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file task has ended")]
pub struct PorterGone;

/// Where the porter puts frames for one link. Frames that do not fit into `control` are lost, and the machines recover; pieces
/// wait, and set the pace of reading.
#[derive(Debug, Clone)]
pub struct LinkPorts {
    /// Everything but pieces.
    pub control: mpsc::Sender<LinkFrame>,
    /// Pieces, 64 KiB each: keep this channel short.
    pub pieces: mpsc::Sender<LinkFrame>,
}

enum Command {
    LinkOpened(LinkId, DeviceId, LinkPorts),
    LinkClosed(LinkId),
    Frame(LinkId, LinkFrame),
    Requested(LinkId, Request, Result<OfferMade, FileRefusal>),
    Fetch(Box<(OfferReceived, FetchRecord)>, Begun),
    Discard(Box<(OfferReceived, FetchRecord)>),
    Pause(FileId),
    Members(Members),
    Limit(Option<NonZeroU64>),
    Close(Vec<FileId>, FileRefusal, Whom),
}

/// Who is not served any more.
enum Whom {
    Everybody,
    These(BTreeSet<DeviceId>),
}

/// Devices of other members that may have a file beside its author's, by the file.
pub type Members = BTreeMap<FileId, BTreeSet<DeviceId>>;

/// When a fetch was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    Now,
    /// By a client that may have been killed at any moment.
    Earlier,
}

struct Request {
    transfer: TransferId,
    file: FileId,
    from: u64,
    credit: u32,
}

/// The engine's handle. The task ends when all handles are gone.
#[derive(Debug, Clone)]
pub struct Porter {
    commands: mpsc::Sender<Command>,
}

/// Starts the porter of this device; call inside a tokio runtime.
pub fn start(
    me: DeviceId,
    data: DataFolder,
    rng: Box<dyn CryptoRngCore + Send>,
) -> (Porter, mpsc::Receiver<FileEvent>) {
    let (commands, wishes) = mpsc::channel(COMMANDS_MAX);
    let (events, heard) = mpsc::channel(EVENTS_MAX);
    let (intake_reports, from_intakes) = mpsc::channel(REPORTS_MAX);
    let (serving_reports, from_servings) = mpsc::channel(REPORTS_MAX);
    let desk = Desk {
        me,
        data,
        rng,
        started: Instant::now(),
        links: BTreeMap::new(),
        fetching: BTreeMap::new(),
        discarding: BTreeMap::new(),
        runs: BTreeMap::new(),
        members: Members::new(),
        serving_pace: Pace::default(),
        fetching_pace: Pace::default(),
        served_last: None,
        fed_last: None,
        events: Events::default(),
        intake_reports,
        serving_reports,
        intakes: 0,
        turns: 0,
    };
    tokio::spawn(desk.run(wishes, from_intakes, from_servings, events));
    (Porter { commands }, heard)
}

impl Porter {
    /// An authenticated link to a device is open.
    pub async fn link_opened(&self, link: LinkId, peer: DeviceId, ports: LinkPorts) -> Result<(), PorterGone> {
        self.tell(Command::LinkOpened(link, peer, ports)).await
    }

    /// A link is gone, or must not be used any more (its device was revoked). Drop the other ends of its ports too: what waits
    /// in them is not called back.
    pub async fn link_closed(&self, link: LinkId) -> Result<(), PorterGone> {
        self.tell(Command::LinkClosed(link)).await
    }

    /// A `FileCredit`, `FileStop`, `FilePiece` or `FileRefused` came on this link. Others are ignored.
    pub async fn frame(&self, link: LinkId, frame: LinkFrame) -> Result<(), PorterGone> {
        self.tell(Command::Frame(link, frame)).await
    }

    /// A `FileRequest` came on this link, and the engine has judged it: the offer, if the link's device is a current device
    /// of the roster, the conversation is the one it was made in and the offer still stands; else the reason.
    pub async fn requested(
        &self,
        link: LinkId,
        request: &LinkFrame,
        offer: Result<OfferMade, FileRefusal>,
    ) -> Result<(), PorterGone> {
        let LinkFrame::FileRequest { transfer, file, from_piece, credit, .. } = request else { return Ok(()) };
        let request = Request { transfer: *transfer, file: *file, from: *from_piece, credit: *credit };
        self.tell(Command::Requested(link, request, offer)).await
    }

    /// Fetches a file, or goes on fetching it from where the record says, whenever a link to its holder is there. Asking
    /// again with another record only changes the destination of a fetch that is kept sealed.
    pub async fn fetch(&self, offer: OfferReceived, record: FetchRecord) -> Result<(), PorterGone> {
        self.tell(Command::Fetch(Box::new((offer, record)), Begun::Now)).await
    }

    /// Like [`Porter::fetch`], for what an earlier client recorded: it may have saved the file and been killed before it could
    /// say so.
    pub async fn resume(&self, offer: OfferReceived, record: FetchRecord) -> Result<(), PorterGone> {
        self.tell(Command::Fetch(Box::new((offer, record)), Begun::Earlier)).await
    }

    /// Stops fetching a file and removes its parts, also those of a fetch that ended; what was saved stays. It ends as the
    /// record says: canceled, or refused.
    pub async fn discard(&self, offer: OfferReceived, record: FetchRecord) -> Result<(), PorterGone> {
        self.tell(Command::Discard(Box::new((offer, record)))).await
    }

    /// Moves nothing of a fetch any more until it is resumed. What is safe stays.
    pub async fn pause(&self, file: FileId) -> Result<(), PorterGone> {
        self.tell(Command::Pause(file)).await
    }

    /// Who may have which file beside its author, instead of what was said before.
    pub async fn members(&self, members: Members) -> Result<(), PorterGone> {
        self.tell(Command::Members(members)).await
    }

    /// Files move at most at this rate each way, in bytes per second.
    pub async fn limit(&self, rate: Option<NonZeroU64>) -> Result<(), PorterGone> {
        self.tell(Command::Limit(rate)).await
    }

    /// Serves these files no more, or not now; who pulls one is told this.
    pub async fn close(&self, files: Vec<FileId>, reason: FileRefusal) -> Result<(), PorterGone> {
        self.tell(Command::Close(files, reason, Whom::Everybody)).await
    }

    /// Serves these files to these devices no more.
    pub async fn close_to(&self, devices: BTreeSet<DeviceId>, files: Vec<FileId>) -> Result<(), PorterGone> {
        self.tell(Command::Close(files, FileRefusal::Unknown, Whom::These(devices))).await
    }

    async fn tell(&self, command: Command) -> Result<(), PorterGone> {
        self.commands.send(command).await.map_err(|_| PorterGone)
    }
}

struct Desk {
    me: DeviceId,
    data: DataFolder,
    rng: Box<dyn CryptoRngCore + Send>,
    started: Instant,
    links: BTreeMap<LinkId, Link>,
    fetching: BTreeMap<FileId, Fetching>,
    /// Fetches that ended and whose parts are being removed.
    discarding: BTreeMap<FileId, Discarding>,
    /// Which fetch a run belongs to.
    runs: BTreeMap<TransferId, FileId>,
    members: Members,
    serving_pace: Pace,
    fetching_pace: Pace,
    /// The link that a piece was served on last: the others go first.
    served_last: Option<LinkId>,
    /// The fetch that was let ask for a piece last.
    fed_last: Option<FileId>,
    events: Events,
    intake_reports: mpsc::Sender<(intake::Ticket, intake::Report)>,
    serving_reports: mpsc::Sender<serving::Report>,
    /// Intakes started so far.
    intakes: u64,
    /// Links given to fetches so far.
    turns: u64,
}

impl Desk {
    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut from_intakes: mpsc::Receiver<(intake::Ticket, intake::Report)>,
        mut from_servings: mpsc::Receiver<serving::Report>,
        events: mpsc::Sender<FileEvent>,
    ) {
        loop {
            let deadline = self.deadline();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some((ticket, report)) = from_intakes.recv() => self.intake_reported(ticket, report),
                Some(report) = from_servings.recv() => self.serving_reported(report),
                Ok(room) = events.reserve(), if !self.events.is_empty() => {
                    if let Some(event) = self.events.pop() {
                        room.send(event);
                    }
                }
                () = at(deadline), if deadline.is_some() => self.tick(),
            }
            self.admit();
            self.feed();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::LinkOpened(link, peer, ports) => {
                self.links.insert(link, Link::new(peer, ports));
            }
            Command::LinkClosed(link) => self.link_closed(link),
            Command::Frame(link, frame) => self.frame(link, frame),
            Command::Requested(link, request, offer) => self.requested(link, &request, offer),
            Command::Fetch(wish, begun) => self.fetch(wish.0, wish.1, begun),
            Command::Discard(wish) => self.discard(wish.0, wish.1),
            Command::Pause(file) => self.pause(file),
            Command::Members(members) => self.members(members),
            Command::Limit(rate) => self.limit(rate),
            Command::Close(files, reason, whom) => self.close(&files, reason, &whom),
        }
    }

    /// Monotonic; only differences matter to the machines.
    fn now(&self) -> Timestamp {
        let elapsed = Instant::now().duration_since(self.started);
        Timestamp::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    fn deadline(&self) -> Option<Instant> {
        let fetching = self.fetching.values().filter_map(|fetching| fetching.machine.deadline());
        let serving = self.links.values().filter_map(|link| link.holder.deadline());
        let at = fetching.chain(serving).chain(self.paces_deadline()).min()?;
        Some(self.started + std::time::Duration::from_millis(at.as_millis()))
    }

    fn tick(&mut self) {
        let files: Vec<FileId> = self.fetching.keys().copied().collect();
        for file in files {
            self.drive(file, crate::core::transfer::receiver::Input::Tick);
        }
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in after(links, self.served_last) {
            self.turn(link, crate::core::transfer::holder::Input::Tick);
        }
    }

    /// Best effort: what does not fit is lost, and the stall timer of the receiver begins the run anew.
    fn send(&self, link: LinkId, frame: LinkFrame) {
        if let Some(link) = self.links.get(&link)
            && link.ports.control.try_send(frame).is_err()
        {
            tracing::debug!("a frame of a file transfer did not fit into its link");
        }
    }
}

/// All of them, beginning behind this one: nobody is always first.
fn after<T: Ord>(mut sorted: Vec<T>, last: Option<T>) -> Vec<T> {
    let first = last.map_or(0, |last| sorted.partition_point(|one| *one <= last));
    sorted.rotate_left(first);
    sorted
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Runs `work` on a thread of its own; the disk may block it for as long as it likes.
fn spawn_thread(work: impl FnOnce() + Send + 'static) -> Result<(), std::io::Error> {
    std::thread::Builder::new().name("files".to_owned()).spawn(work).map(drop)
}

/// A run with its opener, shared with the thread that stores its pieces.
type SharedRun = Arc<intake::Run>;

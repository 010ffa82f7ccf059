//! The engine: the one loop that owns the vault, the cores and the connections of a device. Everything else asks it through
//! `rpc`. Each input is taken whole: it changes the vault in one transaction, and only then is anything sent.

mod acts;
mod amending;
mod composing;
mod decisions;
mod directory;
mod error;
mod export;
mod fetches;
mod file_pace;
mod file_policy;
mod file_views;
mod files;
mod folders;
mod group_changes;
mod groups;
mod guard;
mod history;
mod identities;
mod in_step;
mod lifetimes;
mod links;
mod lock;
mod log;
mod message_views;
mod messages;
pub mod methods;
mod names;
mod offering;
mod organization;
mod peers;
mod pictures;
mod policy;
pub mod port;
mod reach;
mod receipts;
mod renewal;
mod requests;
pub mod search;
mod setup;
mod sharing;
mod standing;
mod start;
mod succession;
#[cfg(test)]
mod tests;
mod traffic;
mod views;
mod wants;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use protocol::ids::{Address, ConversationId, DeviceId, FileId, Hash32, LinkId, MemberId, MessageId};
use protocol::keys::{EnvelopeKeyPair, SigningKey};
use protocol::link::FileRefusal;
use protocol::organization::TrustedOrganization;
use protocol::signaling::client::RequestId;
use protocol::signaling::message::{CloseCode, SessionKind};
use protocol::time::Timestamp;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use self::port::{Answer, Call, Fault};
use self::succession::Enrollment;
use crate::account::{Account, DeviceKeys};
use crate::clock;
use crate::conversation::Conversations;
use crate::core::identity::Identities;
use crate::core::logins::Logins;
use crate::core::trust::{Age, Trust};
use crate::crypto::mls::Mls;
use crate::files::{FileEvent, Porter};
use crate::net::link::{ClosedReason, Link, LinkAnswer, LinkConfig, LinkError, LinkEvents, LinkOffer, Path};
use crate::net::login::LoginError;
use crate::net::signal::{SignalCommand, SignalEvent};
use crate::net::tls::Endpoint;
use crate::store::Vault;
use crate::store::records::LogResetRecord;

pub use error::EngineError;
pub use guard::{Begin, Ended, Guard};
pub use lock::fault_of;
pub use peers::PeerState;

/// Inputs that wait for the loop; links stop reading when it is full.
const INPUTS_MAX: usize = 512;
/// Inputs taken in a row before time and requests get a turn.
const INPUTS_PER_TURN: usize = 64;
/// How often old messages are looked for and the vault is cleaned, at least.
const UPKEEP_MS: u64 = 30_000;

/// A request may wait so long for the first word from the server …
const SETTLING_MS: u64 = 3_000;
/// … and so long if the directory was never received.
const FIRST_DIRECTORY_MS: u64 = 10_000;

/// How an engine runs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The data folder.
    pub data: PathBuf,
    /// Where small files are saved without asking.
    pub downloads: Option<PathBuf>,
    /// The largest file saved without asking.
    pub auto_save_bytes: u64,
}

/// What the loop takes from its tasks.
pub(crate) enum Input {
    Signal(SessionKind, SignalEvent),
    Introduced(Box<Result<TrustedOrganization, LoginError>>),
    OfferMade(DeviceId, LinkId, Result<LinkOffer, LinkError>),
    AnswerMade(DeviceId, LinkId, Result<LinkAnswer, LinkError>),
    LinkReady(DeviceId, LinkId, Result<(Link, LinkEvents), LinkError>),
    Frame(DeviceId, LinkId, Bytes),
    LinkClosed(DeviceId, LinkId, ClosedReason),
    PathKnown(DeviceId, LinkId, Option<Path>),
    File(FileEvent),
    Hashed(Box<offering::Hashed>),
    Held(FileId, Result<(), FileRefusal>),
}

/// A word to the porter; they are carried out in order. Few wait at once: the porter never blocks.
type Errand = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Who this device is, taken out of the vault once.
pub(crate) struct Me {
    pub account: Account,
    pub keys: DeviceKeys,
    pub device: DeviceId,
    pub signature: SigningKey,
    pub envelope: EnvelopeKeyPair,
}

/// What is known of the server right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Online,
    Offline,
    /// It ended our session and coming back is of no use.
    Refused(CloseCode),
}

impl Server {
    /// Of the device's two sessions together: online is who holds both, since only then every message can leave and arrive.
    const fn of_sessions(door: Self, relationship: Self) -> Self {
        match (door, relationship) {
            (refused @ Self::Refused(_), _) | (_, refused @ Self::Refused(_)) => refused,
            (Self::Online, Self::Online) => Self::Online,
            (Self::Offline, _) | (_, Self::Offline) => Self::Offline,
        }
    }
}

/// Somebody who waits for a message's delivery.
struct Waiter {
    message: MessageId,
    until: Timestamp,
    answer: Value,
    reply: oneshot::Sender<Answer>,
}

/// The engine of one device.
pub struct Engine {
    vault: Vault,
    options: Options,
    me: Me,
    trust: Trust,
    conversations: Conversations<Mls>,
    peers: BTreeMap<DeviceId, PeerState>,
    /// Under which keys others are known.
    identities: Identities,
    /// Whom the person means by which login.
    logins: Logins,
    addresses: BTreeMap<Address, DeviceId>,
    /// Hashes of envelopes already taken, until they expire.
    replays: BTreeMap<Hash32, Timestamp>,
    puts: BTreeMap<RequestId, DeviceId>,
    fetching: Vec<protocol::signaling::message::FetchWhat>,
    directory: directory::Following,
    in_step: in_step::InStep,
    next_request: u64,
    door: mpsc::Sender<SignalCommand>,
    relationship: mpsc::Sender<SignalCommand>,
    endpoint: Endpoint,
    introducing: bool,
    introduced_at: Timestamp,
    /// The newest serial of the directory key in the log when the root was last asked.
    asked_serial: u64,
    /// The log was reset and the server does not know this device any more.
    enrollment: Enrollment,
    log_reset: Option<LogResetRecord>,
    server: Server,
    relationship_up: Server,
    waiters: Vec<Waiter>,
    /// Requests that came before the first word from the server.
    early: Vec<Call>,
    settling_until: Timestamp,
    tried: bool,
    age: Age,
    savers: Vec<files::Saver>,
    sharing: sharing::Sharing,
    porter: Porter,
    errands: mpsc::Sender<Errand>,
    /// Until when messages are there that delete themselves.
    lifetimes: lifetimes::Lifetimes,
    /// The words of every message.
    index: search::Search,
    upkeep_at: Timestamp,
    renewed: Option<Vec<u8>>,
    inputs: mpsc::Receiver<Input>,
    input: mpsc::Sender<Input>,
    calls: mpsc::Receiver<Call>,
    events: broadcast::Sender<Value>,
    links: LinkConfig,
    lock_rules: watch::Sender<lock::LockRules>,
}

impl Engine {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) -> Result<(), EngineError> {
        loop {
            let deadline = self.deadline();
            tokio::select! {
                biased;
                _ = &mut stopped => break,
                Some(call) = self.calls.recv() => {
                    // Nobody is shown what is due: not right after a start, nor in front of the clock's own turn.
                    let kept = self.keep_lifetimes(clock::now());
                    self.survive(kept)?;
                    self.answer(call)?;
                }
                Some(input) = self.inputs.recv() => {
                    let taken = self.take_batch(input);
                    self.survive(taken)?;
                }
                () = clock::until(Some(deadline)) => {
                    let ticked = self.tick();
                    self.survive(ticked)?;
                }
            }
            self.answer_early()?;
            let ended = self.end_turn();
            self.survive(ended)?;
        }
        self.shut_down().await
    }

    /// A full disk is no end: nothing was acknowledged, links close, and the peers send again once there is room.
    fn survive(&mut self, result: Result<(), EngineError>) -> Result<(), EngineError> {
        match result {
            Err(error) if error.is_disk_full() => {
                self.emit(serde_json::json!({"event": "alarm", "alarm": "disk-full"}));
                for device in self.peers.keys().copied().collect::<Vec<_>>() {
                    self.close_links(device)?;
                }
                Ok(())
            }
            result => result,
        }
    }

    /// What is in memory beside the vault follows it, and the clock is looked at: all deadlines are its times.
    fn end_turn(&mut self) -> Result<(), EngineError> {
        self.follow_changes()?;
        self.heed_clock(clock::now())
    }

    fn take_batch(&mut self, first: Input) -> Result<(), EngineError> {
        let mut frames = Vec::new();
        let mut next = Some(first);
        for _ in 0..INPUTS_PER_TURN {
            let Some(input) = next.take().or_else(|| self.inputs.try_recv().ok()) else { break };
            // Frames of links are applied together: one transaction, one sync to disk.
            if let Input::Frame(device, link, bytes) = input {
                frames.push((device, link, bytes));
                continue;
            }
            self.take_frames(std::mem::take(&mut frames))?;
            self.take(input)?;
        }
        self.take_frames(frames)
    }

    fn take(&mut self, input: Input) -> Result<(), EngineError> {
        match input {
            Input::Signal(kind, output) => self.on_signal(kind, output),
            Input::Introduced(organization) => self.on_introduced(*organization),
            Input::OfferMade(device, link, offer) => self.on_offer_made(device, link, offer),
            Input::AnswerMade(device, link, answer) => self.on_answer_made(device, link, answer),
            Input::LinkReady(device, link, ready) => self.on_link_ready(device, link, ready),
            Input::LinkClosed(device, link, reason) => self.on_link_closed(device, link, reason),
            Input::PathKnown(device, link, path) => {
                self.on_path_known(device, link, path);
                Ok(())
            }
            Input::File(event) => self.on_file_event(event),
            Input::Hashed(hashed) => self.on_hashed(*hashed),
            Input::Held(file, read) => {
                self.on_held(file, read);
                Ok(())
            }
            Input::Frame(device, link, bytes) => self.take_frames(vec![(device, link, bytes)]),
        }
    }

    fn deadline(&self) -> Timestamp {
        let peers = self.peers.values().filter_map(|peer| peer.machine.deadline());
        let waiters = self.waiters.iter().map(|waiter| waiter.until);
        let early = (!self.early.is_empty()).then_some(self.settling_until);
        let others =
            self.conversations.deadline().into_iter().chain(self.index.deadline()).chain(self.lifetimes.deadline());
        peers.chain(waiters).chain(early).chain(others).fold(self.upkeep_at, Timestamp::min)
    }

    fn tick(&mut self) -> Result<(), EngineError> {
        let now = clock::now();
        self.heed_clock(now)?;
        let due: Vec<_> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.machine.deadline().is_some_and(|at| at <= now))
            .map(|(device, _)| *device)
            .collect();
        for device in due {
            self.drive(device, crate::core::peer::Input::Tick)?;
        }
        if self.conversations.deadline().is_some_and(|at| at <= now) {
            self.converse(|conversations, tx, around| conversations.on_tick(tx, around))?;
        }
        self.give_up_waiting(now)?;
        self.keep_lifetimes(now)?;
        self.index.rest(now);
        if self.upkeep_at <= now {
            self.upkeep_at = now.plus_ms(UPKEEP_MS);
            self.upkeep(now)?;
        }
        Ok(())
    }

    fn upkeep(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.replays.retain(|_, expiry| *expiry >= now);
        self.keep_retention(now)?;
        self.keep_freshness(now)?;
        self.note_open_links(now)?;
        self.keep_certificate(now)?;
        self.keep_directory_key();
        self.keep_card();
        if self.is_unknown_to_server() {
            self.unknown_to_server()?;
        }
        self.review_wants()?;
        self.sweep_index()?;
        self.vault.shred()?;
        Ok(())
    }

    async fn shut_down(mut self) -> Result<(), EngineError> {
        for call in self.early.drain(..) {
            let _ = call.reply.send(Err(Fault::new("engine-stopped")));
        }
        for waiter in self.waiters.drain(..) {
            let _ = waiter.reply.send(Err(Fault::new("engine-stopped")));
        }
        let links = self.peers.values_mut().flat_map(|peer| std::mem::take(&mut peer.links).into_values());
        for live in links.collect::<Vec<_>>() {
            live.link.close().await;
        }
        self.vault.close()?;
        Ok(())
    }

    fn emit(&self, event: Value) {
        // Nobody may be watching.
        let _ = self.events.send(event);
    }

    fn request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }

    fn conversation_with(&self, member: MemberId) -> ConversationId {
        ConversationId::pair(self.me.account.member, member)
    }
}

//! The receiving end of one file: which piece to ask for next, how many may be under way, what is safely on disk, and when to
//! try again. It must never let more than [`FILE_CREDIT_PIECES_MAX`] pieces wait for the disk, or count a piece as received
//! before the shell has verified, written and synced it.

use std::collections::VecDeque;

use protocol::ids::{ConversationId, FileId, LinkId, TransferId};
use protocol::link::LinkFrame;
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;

mod asking;
mod holders;
mod terms;
use self::holders::Holders;
pub use self::terms::{End, Input, Output, Pause, Source, Trouble};

/// Credit is given back in steps of this many pieces (1 MiB).
pub const CREDIT_STEP_PIECES: u64 = 16;
/// The person sees progress at most this often, and at the end.
pub const PROGRESS_MS: u64 = 20;
/// Written pieces are synced at the latest after this many (8 MiB), while the next ones are written; one sync at a time …
pub const SYNC_PIECES: u64 = 128;
/// … or after this long.
pub const SYNC_MS: u64 = 1_000;
/// Credit given and nothing heard for this long: the run is dropped and begun anew.
pub const STALL_MS: u64 = 20_000;
/// The first pause before trying again; it doubles each time …
pub const RETRY_MS_MIN: u64 = 1_000;
/// … up to this.
pub const RETRY_MS_MAX: u64 = 60_000;
/// So many pieces in a row that do not verify end the transfer.
pub const INVALID_PIECES_MAX: u32 = 3;
/// So often a partial file that was changed by others is begun anew.
pub const DAMAGES_MAX: u32 = 2;

#[derive(Debug)]
enum State {
    /// Nothing asked: no link, or the last pieces are on their way to the disk.
    Idle,
    Running(Run),
    Waiting {
        until: Timestamp,
    },
    Finishing,
    Over,
}

#[derive(Debug)]
struct Run {
    link: LinkId,
    transfer: TransferId,
    /// First index that was not asked for.
    asked: u64,
    heard: Timestamp,
}

/// The receiving end of one file.
#[derive(Debug)]
pub struct Receiver {
    file: FileId,
    conversation: ConversationId,
    pieces: u64,
    /// Handed to the shell, in order.
    received: u64,
    /// Verified and written.
    stored: u64,
    /// On disk for good.
    synced: u64,
    syncing: bool,
    unsynced_since: Option<Timestamp>,
    /// When progress may be shown again.
    progress_from: Timestamp,
    link: Option<(LinkId, Source)>,
    /// Of whom the last run was asked, and where.
    ran_as: Source,
    ran_on: Option<LinkId>,
    holders: Holders,
    /// Pieces that may still be asked for; none: as many as there are.
    ration: Option<u64>,
    state: State,
    failures: u32,
    invalid: u32,
    damaged: u32,
    outputs: VecDeque<Output>,
}

impl Receiver {
    /// A receiver of a file of so many `pieces`, of which the first `synced` are on disk for good.
    pub fn new(file: FileId, conversation: ConversationId, pieces: u64, synced: u64) -> Self {
        let synced = synced.min(pieces);
        let mut receiver = Self {
            file,
            conversation,
            pieces,
            received: synced,
            stored: synced,
            synced,
            syncing: false,
            unsynced_since: None,
            progress_from: Timestamp::from_millis(0),
            link: None,
            ran_as: Source::Only,
            ran_on: None,
            holders: Holders::default(),
            ration: None,
            state: State::Idle,
            failures: 0,
            invalid: 0,
            damaged: 0,
            outputs: VecDeque::new(),
        };
        receiver.finish_if_whole();
        receiver
    }

    /// Whether pieces are asked for right now.
    pub const fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// The link that it was given and has not given back: who waits before another attempt lets others go first.
    pub fn link(&self) -> Option<LinkId> {
        self.link.map(|(link, _)| link)
    }

    /// Whether it would run if it were given a link.
    pub fn wants_link(&self) -> bool {
        self.link.is_none() && self.received < self.pieces && matches!(self.state, State::Idle)
    }

    /// Takes one input; `rng` names new runs.
    pub fn handle(&mut self, now: Timestamp, input: Input, rng: &mut dyn CryptoRngCore) {
        if matches!(self.state, State::Over) {
            return;
        }
        match input {
            Input::LinkUp(link, source) => self.link = Some((link, source)),
            Input::LinkDown(link) => self.link_down(link),
            Input::Piece { transfer, index, sealed } => self.piece(now, transfer, index, sealed),
            Input::Refused { transfer, reason } => self.refused(now, transfer, reason),
            Input::Stored(index) => self.stored(now, index),
            Input::StoreFailed(index, trouble) => self.store_failed(now, index, trouble),
            Input::Synced(pieces) => self.synced(now, pieces),
            Input::SyncFailed(trouble) => self.sync_failed(now, trouble),
            Input::Finished => {
                self.drop_run();
                self.end(End::Done);
            }
            Input::FinishFailed(trouble) => self.finish_failed(now, trouble),
            Input::Stop => {
                self.outputs.clear();
                self.drop_run();
                self.end(End::Stopped);
            }
            Input::Pause => {
                self.drop_run();
                self.end(End::Paused);
            }
            Input::Ration(ration) => self.ration(ration),
            Input::Tick => self.tick(now),
        }
        self.run_if_possible(now, rng);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to come back with [`Input::Tick`].
    pub fn deadline(&self) -> Option<Timestamp> {
        let state = match &self.state {
            State::Waiting { until } => Some(*until),
            State::Running(run) if run.asked > self.received => Some(run.heard.plus_ms(STALL_MS)),
            State::Running(_) | State::Idle | State::Finishing | State::Over => None,
        };
        let sync = self.unsynced_since.filter(|_| !self.syncing).map(|since| since.plus_ms(SYNC_MS));
        state.into_iter().chain(sync).chain(self.holders_deadline()).min()
    }

    fn link_down(&mut self, link: LinkId) {
        self.holders.forget(link);
        if self.link() == Some(link) {
            self.link = None;
            if self.is_running() {
                self.state = State::Idle;
            }
        }
    }

    fn piece(&mut self, now: Timestamp, transfer: TransferId, index: u64, sealed: Vec<u8>) {
        let State::Running(run) = &mut self.state else { return };
        if run.transfer != transfer {
            return; // late, from a run that was dropped
        }
        if index != self.received || index >= run.asked {
            return self.blame(now);
        }
        run.heard = now;
        self.received += 1;
        self.outputs.push_back(Output::Store(index, sealed));
        if self.received == self.pieces {
            self.state = State::Idle;
        }
    }

    fn stored(&mut self, now: Timestamp, index: u64) {
        if index != self.stored || index >= self.received {
            return; // of a run before a failure
        }
        self.stored += 1;
        (self.failures, self.invalid) = (0, 0);
        self.holders.found();
        if now >= self.progress_from || self.stored == self.pieces {
            self.progress_from = now.plus_ms(PROGRESS_MS);
            self.outputs.push_back(Output::Progress(self.stored));
        }
        self.unsynced_since.get_or_insert(now);
        self.give_credit();
        if self.stored == self.pieces || self.stored - self.synced >= SYNC_PIECES {
            self.sync();
        }
    }

    fn sync(&mut self) {
        if !self.syncing && self.stored > self.synced {
            self.syncing = true;
            self.unsynced_since = None;
            self.outputs.push_back(Output::Sync(self.stored));
        }
    }

    fn synced(&mut self, now: Timestamp, pieces: u64) {
        self.syncing = false;
        if pieces > self.stored || pieces <= self.synced {
            return;
        }
        self.synced = pieces;
        self.outputs.push_back(Output::Persist(pieces));
        if self.stored > self.synced {
            self.unsynced_since.get_or_insert(now);
            if self.stored == self.pieces {
                self.sync();
            }
        }
        self.finish_if_whole();
    }

    fn finish_if_whole(&mut self) {
        if self.synced == self.pieces {
            self.state = State::Finishing;
            self.outputs.push_back(Output::Finish);
        }
    }

    fn store_failed(&mut self, now: Timestamp, index: u64, trouble: Trouble) {
        if index != self.stored {
            return;
        }
        self.received = self.stored;
        match trouble {
            Trouble::Invalid => self.blame(now),
            Trouble::Full | Trouble::Disk | Trouble::Folder => self.pause(now, Pause::Disk(trouble)),
            Trouble::Damaged => self.begin_anew(now),
            Trouble::Exists => {
                self.drop_run();
                self.end(End::Failed(trouble));
            }
        }
    }

    fn sync_failed(&mut self, now: Timestamp, trouble: Trouble) {
        self.syncing = false;
        self.unsynced_since = None;
        // What a failed sync was to keep may be lost (fsync(2), EIO): only the last good sync counts.
        (self.received, self.stored) = (self.synced, self.synced);
        self.pause(now, Pause::Disk(trouble));
    }

    fn finish_failed(&mut self, now: Timestamp, trouble: Trouble) {
        match trouble {
            Trouble::Damaged => self.begin_anew(now),
            Trouble::Invalid | Trouble::Full | Trouble::Disk | Trouble::Exists | Trouble::Folder => {
                self.end(End::Failed(trouble));
            }
        }
    }

    /// What was recorded as safe is not there any more. Once may be an accident.
    fn begin_anew(&mut self, now: Timestamp) {
        self.damaged += 1;
        if self.damaged > DAMAGES_MAX {
            self.drop_run();
            return self.end(End::Failed(Trouble::Damaged));
        }
        (self.received, self.stored, self.synced) = (0, 0, 0);
        self.unsynced_since = None;
        self.outputs.push_back(Output::Persist(0));
        self.pause(now, Pause::Disk(Trouble::Damaged));
    }

    fn tick(&mut self, now: Timestamp) {
        if let Some(reason) = self.given_up(now) {
            return self.end(End::Refused(reason));
        }
        if self.unsynced_since.is_some_and(|since| now >= since.plus_ms(SYNC_MS)) {
            self.sync();
        }
        match &self.state {
            State::Waiting { until } if now >= *until => self.state = State::Idle,
            State::Running(run) if run.asked > self.received && now >= run.heard.plus_ms(STALL_MS) => {
                self.put_off(now, Pause::Stalled);
            }
            State::Waiting { .. } | State::Running(_) | State::Idle | State::Finishing | State::Over => {}
        }
    }

    fn pause(&mut self, now: Timestamp, pause: Pause) {
        self.retry_later(now);
        self.outputs.push_back(Output::Paused(pause));
    }

    fn retry_later(&mut self, now: Timestamp) {
        self.drop_run();
        self.link = None;
        let pause_ms = RETRY_MS_MIN.saturating_mul(1 << self.failures.min(10)).min(RETRY_MS_MAX);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until: now.plus_ms(pause_ms) };
    }

    fn drop_run(&mut self) {
        if let State::Running(run) = &self.state {
            self.outputs.push_back(Output::Send(run.link, LinkFrame::FileStop { transfer: run.transfer }));
            self.state = State::Idle;
        }
    }

    fn end(&mut self, end: End) {
        self.state = State::Over;
        self.unsynced_since = None;
        self.outputs.push_back(Output::Ended(end));
    }
}

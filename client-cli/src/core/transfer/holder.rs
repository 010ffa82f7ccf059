//! The serving end of one link: whose piece is read next. Runs take turns piece by piece, within the credit each was given. It
//! must never serve without a grant, send beyond credit, or reopen a run by a known id.

use std::collections::{BTreeMap, VecDeque};

use protocol::ids::{FileId, TransferId};
use protocol::limits::{FILE_CREDIT_PIECES_MAX, FILE_PIECE_BYTES, FILE_TRANSFERS_PER_LINK_MAX};
use protocol::link::{FileRefusal, LinkFrame};
use protocol::time::Timestamp;

use super::pace::Pace;

#[cfg(test)]
mod tests;

/// Pieces that may be read and sealed ahead of the link.
pub const SERVE_AHEAD_PIECES: usize = 8;
/// A run without credit and without a word for this long is closed.
pub const IDLE_MS: u64 = 120_000;
/// Ids of ended runs that are remembered, so that none begins again under its old key.
pub const SPENT_IDS_MAX: usize = 1_024;

/// Pieces of a granted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// How many pieces the file has.
    pub pieces: u64,
}

/// What happens to the holder.
#[derive(Debug)]
pub enum Input {
    /// The peer asks for a file. The shell has judged: is it a current device of the roster, was this file offered in a
    /// conversation that both share, does the link belong to that device?
    Requested {
        /// The run it names.
        transfer: TransferId,
        /// The file it names.
        file: FileId,
        /// The first piece it wants.
        from: u64,
        /// The first credit, in pieces.
        credit: u32,
        /// The judgement.
        grant: Result<Grant, FileRefusal>,
    },
    /// The peer gives credit.
    Credit(TransferId, u32),
    /// The peer wants no more.
    Stopped(TransferId),
    /// The shell handed one piece of this run to the link.
    Served(TransferId),
    /// The shell could not.
    ServeFailed(TransferId, FileRefusal),
    /// The offer is not served any more, or not now.
    Closed(FileId, FileRefusal),
    /// The deadline has passed.
    Tick,
}

/// What the shell does for the holder, in this order.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Open the file and make the sealer of this run, which begins at the given piece.
    Open(TransferId, FileId, u64),
    /// Read, verify, seal and send the next piece of the run; answer `Served` or `ServeFailed`.
    Serve(TransferId),
    /// Tell the peer.
    Send(LinkFrame),
    /// Close the file and forget the key; tell the person how it went.
    Ended(TransferId, FileId, End),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The last piece was sent.
    Sent,
    /// The peer stopped it, began anew or went silent.
    Stopped,
    /// It was refused.
    Refused(FileRefusal),
}

#[derive(Debug)]
struct Run {
    file: FileId,
    /// Next piece to serve.
    next: u64,
    /// First piece without credit.
    credit: u64,
    end: u64,
    in_flight: u32,
    heard: Timestamp,
}

/// The serving end of one link.
#[derive(Debug, Default)]
pub struct Holder {
    runs: BTreeMap<TransferId, Run>,
    /// Whose turn it is, front first; holds each run once.
    turns: VecDeque<TransferId>,
    spent: VecDeque<TransferId>,
    in_flight: usize,
    outputs: VecDeque<Output>,
}

impl Holder {
    /// A holder without runs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether no run is open.
    pub fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether this run is open.
    pub fn is_open(&self, transfer: TransferId) -> bool {
        self.runs.contains_key(&transfer)
    }

    /// Takes one input.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Requested { transfer, file, from, credit, grant } => match self.admit(transfer, file, from, grant) {
                Ok(grant) => self.open(now, transfer, file, from, credit, grant),
                Err(reason) => self.refuse(transfer, reason),
            },
            Input::Credit(transfer, pieces) => {
                if let Some(run) = self.runs.get_mut(&transfer) {
                    run.heard = now;
                    run.extend_credit(pieces);
                }
            }
            Input::Stopped(transfer) => self.end(transfer, End::Stopped),
            Input::Served(transfer) => self.served(transfer),
            Input::ServeFailed(transfer, reason) => {
                self.in_flight = self.in_flight.saturating_sub(1);
                self.fail(transfer, reason);
            }
            Input::Closed(file, reason) => {
                for transfer in self.runs_of(file) {
                    self.fail(transfer, reason);
                }
            }
            Input::Tick => {
                let silent: Vec<_> = self
                    .runs
                    .iter()
                    .filter(|(_, run)| run.expires().is_some_and(|at| now >= at))
                    .map(|(id, _)| *id)
                    .collect();
                for transfer in silent {
                    self.end(transfer, End::Stopped);
                }
            }
        }
    }

    /// The next thing to do. Call again after each `Served`: turns are given as pieces leave, at the device's pace.
    pub fn poll(&mut self, now: Timestamp, pace: &mut Pace) -> Option<Output> {
        if let Some(word) = self.outputs.pop_front() {
            return Some(word);
        }
        if !self.wants_turn() || !pace.take(now, FILE_PIECE_BYTES as u64) {
            return None;
        }
        self.next_turn()
    }

    /// Whether a piece could be served now.
    pub fn wants_turn(&self) -> bool {
        self.in_flight < SERVE_AHEAD_PIECES && self.runs.values().any(|run| run.next < run.credit)
    }

    /// When to come back with [`Input::Tick`].
    pub fn deadline(&self) -> Option<Timestamp> {
        self.runs.values().filter_map(Run::expires).min()
    }

    fn admit(
        &mut self,
        transfer: TransferId,
        file: FileId,
        from: u64,
        grant: Result<Grant, FileRefusal>,
    ) -> Result<Grant, FileRefusal> {
        let grant = grant?;
        if self.runs.contains_key(&transfer) || self.spent.contains(&transfer) || from >= grant.pieces {
            return Err(FileRefusal::Unknown);
        }
        // A receiver that begins anew has given up its earlier run of this file.
        for earlier in self.runs_of(file) {
            self.end(earlier, End::Stopped);
        }
        if self.runs.len() >= FILE_TRANSFERS_PER_LINK_MAX {
            return Err(FileRefusal::Busy);
        }
        Ok(grant)
    }

    fn open(&mut self, now: Timestamp, transfer: TransferId, file: FileId, from: u64, credit: u32, grant: Grant) {
        let mut run = Run { file, next: from, credit: from, end: grant.pieces, in_flight: 0, heard: now };
        run.extend_credit(credit);
        self.runs.insert(transfer, run);
        self.turns.push_back(transfer);
        self.outputs.push_back(Output::Open(transfer, file, from));
    }

    fn next_turn(&mut self) -> Option<Output> {
        for _ in 0..self.turns.len() {
            let transfer = self.turns.pop_front()?;
            let Some(run) = self.runs.get_mut(&transfer) else { continue };
            self.turns.push_back(transfer);
            if run.next < run.credit {
                run.next += 1;
                run.in_flight += 1;
                self.in_flight += 1;
                return Some(Output::Serve(transfer));
            }
        }
        None
    }

    fn served(&mut self, transfer: TransferId) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        run.in_flight = run.in_flight.saturating_sub(1);
        if run.next == run.end && run.in_flight == 0 {
            self.end(transfer, End::Sent);
        }
    }

    fn refuse(&mut self, transfer: TransferId, reason: FileRefusal) {
        self.outputs.push_back(Output::Send(LinkFrame::FileRefused { transfer, reason }));
    }

    fn fail(&mut self, transfer: TransferId, reason: FileRefusal) {
        if self.runs.contains_key(&transfer) {
            self.refuse(transfer, reason);
            self.end(transfer, End::Refused(reason));
        }
    }

    fn end(&mut self, transfer: TransferId, end: End) {
        let Some(run) = self.runs.remove(&transfer) else { return };
        self.turns.retain(|turn| *turn != transfer);
        if self.spent.len() >= SPENT_IDS_MAX {
            self.spent.pop_front();
        }
        self.spent.push_back(transfer);
        self.outputs.push_back(Output::Ended(transfer, run.file, end));
    }

    fn runs_of(&self, file: FileId) -> Vec<TransferId> {
        self.runs.iter().filter(|(_, run)| run.file == file).map(|(id, _)| *id).collect()
    }
}

impl Run {
    /// Credit beyond the window is not counted: a peer cannot make us queue more.
    fn extend_credit(&mut self, pieces: u32) {
        let window = self.next.saturating_add(u64::from(FILE_CREDIT_PIECES_MAX));
        self.credit = self.credit.saturating_add(u64::from(pieces)).min(window).min(self.end);
    }

    fn expires(&self) -> Option<Timestamp> {
        (self.in_flight == 0 && self.next == self.credit).then(|| self.heard.plus_ms(IDLE_MS))
    }
}

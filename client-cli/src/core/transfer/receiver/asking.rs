//! What a receiver asks for: runs, and credit in them, within its window and its ration of the device's rate. It must never ask for
//! more than the disk may have to wait for.

use protocol::ids::TransferId;
use protocol::limits::FILE_CREDIT_PIECES_MAX;
use protocol::link::LinkFrame;
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;

use super::{CREDIT_STEP_PIECES, Output, Receiver, Run, State};

impl Receiver {
    pub(super) fn run_if_possible(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        let (State::Idle, Some((link, source))) = (&self.state, self.link) else { return };
        // What somebody else sent is judged first: nobody is blamed for the pieces of another.
        if source != self.ran_as && self.received > self.stored {
            return;
        }
        // What is still on its way to the disk from an earlier run counts against the window.
        let more = self.granted(self.window().saturating_sub(self.received));
        if more == 0 {
            return;
        }
        self.spend(more);
        (self.ran_as, self.ran_on) = (source, Some(link));
        let transfer = TransferId::random(rng);
        self.outputs.push_back(Output::Begin(transfer, self.received));
        self.outputs.push_back(Output::Send(
            link,
            LinkFrame::FileRequest {
                transfer,
                file: self.file,
                conversation: self.conversation,
                from_piece: self.received,
                credit: u32::try_from(more).unwrap_or(FILE_CREDIT_PIECES_MAX),
            },
        ));
        self.state = State::Running(Run { link, transfer, asked: self.received.saturating_add(more), heard: now });
    }

    pub(super) fn give_credit(&mut self) {
        let State::Running(run) = &self.state else { return };
        let window = self.window();
        let more = self.granted(window.saturating_sub(run.asked));
        let is_step = more >= CREDIT_STEP_PIECES || window == self.pieces || self.ration.is_some();
        if more == 0 || !is_step {
            return;
        }
        self.spend(more);
        let State::Running(run) = &mut self.state else { return };
        run.asked = run.asked.saturating_add(more);
        let pieces = u32::try_from(more).unwrap_or(FILE_CREDIT_PIECES_MAX);
        self.outputs.push_back(Output::Send(run.link, LinkFrame::FileCredit { transfer: run.transfer, pieces }));
    }

    /// So many pieces more may be asked for; none: as many as there are.
    pub(super) fn ration(&mut self, more: Option<u64>) {
        self.ration = more.map(|more| self.ration.unwrap_or_default().saturating_add(more));
        self.give_credit();
    }

    /// Whether it would ask for a piece if its ration were not used up.
    pub fn is_hungry(&self) -> bool {
        let asked = match &self.state {
            State::Running(run) => run.asked,
            State::Idle if self.link.is_some() => self.received,
            State::Idle | State::Waiting { .. } | State::Finishing | State::Over => return false,
        };
        self.ration == Some(0) && self.window() > asked
    }

    fn window(&self) -> u64 {
        self.stored.saturating_add(u64::from(FILE_CREDIT_PIECES_MAX)).min(self.pieces)
    }

    fn granted(&self, pieces: u64) -> u64 {
        self.ration.map_or(pieces, |left| left.min(pieces))
    }

    const fn spend(&mut self, pieces: u64) {
        if let Some(left) = &mut self.ration {
            *left = left.saturating_sub(pieces);
        }
    }
}

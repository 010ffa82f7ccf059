//! A receiver and a holder with a link and a disk that can fail, on a virtual clock. It asserts on the way what must always hold.

use std::collections::VecDeque;

use protocol::ids::{ConversationId, FileId, LinkId, TransferId};
use protocol::limits::FILE_CREDIT_PIECES_MAX;
use protocol::link::LinkFrame;
use protocol::time::Timestamp;
use rand_core::OsRng;

use crate::core::transfer::holder::{self, Grant, Holder};
use crate::core::transfer::pace::Pace;
use crate::core::transfer::receiver::{self, End, Output, Receiver, Source, Trouble};

pub const FILE: FileId = FileId::from_bytes([7; 16]);
pub const CONVERSATION: ConversationId = ConversationId::from_bytes([8; 16]);

/// What a test does to the two ends between steps.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    LinkLoss,
    KillReceiver,
    KillHolder,
    DiskFull,
    SyncFails,
    WrongPiece,
    LostFrames,
}

/// A receiver and a holder with one link between them, and the receiver's disk.
pub struct World {
    pub now: Timestamp,
    pub rng: OsRng,
    pub receiver: Receiver,
    pub holder: Holder,
    pub link: Option<LinkId>,
    pub links: u8,
    pub to_holder: VecDeque<LinkFrame>,
    pub to_receiver: VecDeque<LinkFrame>,
    /// Next index of each open run, as its sealer counts.
    pub sealers: Vec<(TransferId, u64)>,
    /// Every (run, index) that was ever sealed.
    pub sealed: Vec<(TransferId, u64)>,
    pub expected: u64,
    pub written: Vec<u64>,
    pub synced: u64,
    pub persisted: u64,
    pub corrupt_next: bool,
    pub full_next: bool,
    pub sync_fails_next: bool,
    pub ended: Option<End>,
    pub pieces: u64,
}

impl World {
    pub fn new(pieces: u64) -> Self {
        Self {
            now: Timestamp::from_millis(1_000),
            rng: OsRng,
            receiver: Receiver::new(FILE, CONVERSATION, pieces, 0),
            holder: Holder::new(),
            link: None,
            links: 0,
            to_holder: VecDeque::new(),
            to_receiver: VecDeque::new(),
            sealers: Vec::new(),
            sealed: Vec::new(),
            expected: 0,
            written: Vec::new(),
            synced: 0,
            persisted: 0,
            corrupt_next: false,
            full_next: false,
            sync_fails_next: false,
            ended: None,
            pieces,
        }
    }

    pub fn tell_receiver(&mut self, input: receiver::Input) {
        self.receiver.handle(self.now, input, &mut self.rng);
    }

    pub fn connect(&mut self) {
        self.links = self.links.wrapping_add(1);
        let link = LinkId::from_bytes([self.links; 16]);
        self.link = Some(link);
        self.tell_receiver(receiver::Input::LinkUp(link, Source::Only));
    }

    pub fn disconnect(&mut self) {
        let Some(link) = self.link.take() else { return };
        self.to_holder.clear();
        self.to_receiver.clear();
        self.holder = Holder::new();
        self.sealers.clear();
        self.tell_receiver(receiver::Input::LinkDown(link));
    }

    /// Nothing is written after a kill but what was synced is there.
    pub fn kill_receiver(&mut self) {
        self.disconnect();
        self.written.truncate(self.persisted as usize);
        self.receiver = Receiver::new(FILE, CONVERSATION, self.pieces, self.persisted);
    }

    pub fn apply(&mut self, fault: Fault) {
        match fault {
            Fault::LinkLoss | Fault::KillHolder => self.disconnect(),
            Fault::KillReceiver => self.kill_receiver(),
            Fault::DiskFull => self.full_next = true,
            Fault::SyncFails => self.sync_fails_next = true,
            Fault::WrongPiece => self.corrupt_next = true,
            Fault::LostFrames => {
                self.to_holder.clear();
                self.to_receiver.clear();
            }
        }
    }

    /// One effect of one end; false when both are idle.
    pub fn step(&mut self) -> bool {
        assert!(self.to_receiver.len() <= FILE_CREDIT_PIECES_MAX as usize + 1, "more in flight than the window");
        if let Some(output) = self.receiver.poll() {
            self.perform_receiver(output);
        } else if let Some(frame) = self.to_holder.pop_front() {
            self.deliver_to_holder(frame);
        } else if let Some(output) = self.holder.poll(self.now, &mut Pace::default()) {
            self.perform_holder(output);
        } else if let Some(frame) = self.to_receiver.pop_front() {
            self.deliver_to_receiver(frame);
        } else if let Some(link) = self.link.filter(|_| self.receiver.wants_link()) {
            self.tell_receiver(receiver::Input::LinkUp(link, Source::Only));
        } else {
            return false;
        }
        true
    }

    pub fn deliver_to_holder(&mut self, frame: LinkFrame) {
        let input = match frame {
            LinkFrame::FileRequest { transfer, file, from_piece, credit, .. } => holder::Input::Requested {
                transfer,
                file,
                from: from_piece,
                credit,
                grant: Ok(Grant { pieces: self.pieces }),
            },
            LinkFrame::FileCredit { transfer, pieces } => holder::Input::Credit(transfer, pieces),
            LinkFrame::FileStop { transfer } => holder::Input::Stopped(transfer),
            other => panic!("a receiver does not send {other:?}"),
        };
        self.holder.handle(self.now, input);
    }

    pub fn deliver_to_receiver(&mut self, frame: LinkFrame) {
        let input = match frame {
            LinkFrame::FilePiece { transfer, index, sealed } => receiver::Input::Piece { transfer, index, sealed },
            LinkFrame::FileRefused { transfer, reason } => receiver::Input::Refused { transfer, reason },
            other => panic!("a holder does not send {other:?}"),
        };
        self.tell_receiver(input);
    }

    pub fn perform_holder(&mut self, output: holder::Output) {
        match output {
            holder::Output::Open(transfer, _, from) => self.sealers.push((transfer, from)),
            holder::Output::Serve(transfer) => {
                let (_, next) = self.sealers.iter_mut().find(|(id, _)| *id == transfer).expect("an open run");
                let index = *next;
                *next += 1;
                assert!(!self.sealed.contains(&(transfer, index)), "sealed twice");
                self.sealed.push((transfer, index));
                let sealed = if std::mem::take(&mut self.corrupt_next) { vec![] } else { index.to_be_bytes().to_vec() };
                self.to_receiver.push_back(LinkFrame::FilePiece { transfer, index, sealed });
                self.holder.handle(self.now, holder::Input::Served(transfer));
            }
            holder::Output::Send(frame) => self.to_receiver.push_back(frame),
            holder::Output::Ended(transfer, _, _) => self.sealers.retain(|(id, _)| *id != transfer),
        }
    }

    pub fn perform_receiver(&mut self, output: Output) {
        match output {
            Output::Begin(_, from) => self.expected = from,
            Output::Send(link, frame) => {
                if self.link == Some(link) {
                    self.to_holder.push_back(frame);
                }
            }
            Output::Store(index, sealed) => self.store(index, &sealed),
            Output::Sync(pieces) => {
                let input = if std::mem::take(&mut self.sync_fails_next) {
                    self.written.truncate(self.synced as usize);
                    receiver::Input::SyncFailed(Trouble::Disk)
                } else {
                    self.synced = self.written.len() as u64;
                    receiver::Input::Synced(pieces)
                };
                self.tell_receiver(input);
            }
            Output::Persist(pieces) => {
                assert!(pieces <= self.synced, "progress recorded before it was safe");
                self.persisted = pieces;
            }
            Output::Finish => self.tell_receiver(receiver::Input::Finished),
            Output::Ended(end) => self.ended = Some(end),
            Output::Progress(_) | Output::Paused(_) => {}
        }
    }

    pub fn store(&mut self, index: u64, sealed: &[u8]) {
        if index != self.expected {
            return;
        }
        let input = if std::mem::take(&mut self.full_next) {
            receiver::Input::StoreFailed(index, Trouble::Full)
        } else if sealed != index.to_be_bytes() {
            receiver::Input::StoreFailed(index, Trouble::Invalid)
        } else {
            self.written.truncate(index as usize);
            self.written.push(index);
            self.expected += 1;
            receiver::Input::Stored(index)
        };
        self.tell_receiver(input);
    }

    /// Moves the clock to the next deadline and ticks both ends.
    pub fn wait(&mut self) {
        let next = self.receiver.deadline().into_iter().chain(self.holder.deadline()).min();
        self.now = next.map_or(self.now.plus_ms(1_000), |at| at.max(self.now));
        self.tell_receiver(receiver::Input::Tick);
        self.holder.handle(self.now, holder::Input::Tick);
    }

    pub fn run_to_end(&mut self) -> End {
        for _ in 0..100_000 {
            if let Some(end) = self.ended {
                return end;
            }
            if !self.step() {
                if self.link.is_none() {
                    self.connect();
                }
                self.wait();
            }
        }
        panic!("no end in sight");
    }
}

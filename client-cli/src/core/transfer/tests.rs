//! Both machines on a virtual network and a virtual clock: links that break, ends that are killed, disks that fail, holders
//! that lie. Whatever happens, the receiver ends with exactly the pieces of the file, and never holds more than its window.

use std::collections::VecDeque;

use proptest::prelude::*;
use protocol::ids::{ConversationId, FileId, LinkId, TransferId};
use protocol::limits::FILE_CREDIT_PIECES_MAX;
use protocol::link::{FileRefusal, LinkFrame};
use protocol::time::Timestamp;
use rand_core::OsRng;

use super::holder::{self, Grant, Holder};
use super::receiver::{self, End, INVALID_PIECES_MAX, Output, Receiver, Trouble};

const FILE: FileId = FileId::from_bytes([7; 16]);
const CONVERSATION: ConversationId = ConversationId::from_bytes([8; 16]);

/// What a test does to the two ends between steps.
#[derive(Debug, Clone, Copy)]
enum Fault {
    LinkLoss,
    KillReceiver,
    KillHolder,
    DiskFull,
    SyncFails,
    WrongPiece,
    LostFrames,
}

/// A receiver and a holder with one link between them, and the receiver's disk.
struct World {
    now: Timestamp,
    rng: OsRng,
    receiver: Receiver,
    holder: Holder,
    link: Option<LinkId>,
    links: u8,
    to_holder: VecDeque<LinkFrame>,
    to_receiver: VecDeque<LinkFrame>,
    /// Next index of each open run, as its sealer counts.
    sealers: Vec<(TransferId, u64)>,
    /// Every (run, index) that was ever sealed.
    sealed: Vec<(TransferId, u64)>,
    expected: u64,
    written: Vec<u64>,
    synced: u64,
    persisted: u64,
    corrupt_next: bool,
    full_next: bool,
    sync_fails_next: bool,
    ended: Option<End>,
    pieces: u64,
}

impl World {
    fn new(pieces: u64) -> Self {
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

    fn tell_receiver(&mut self, input: receiver::Input) {
        self.receiver.handle(self.now, input, &mut self.rng);
    }

    fn connect(&mut self) {
        self.links = self.links.wrapping_add(1);
        let link = LinkId::from_bytes([self.links; 16]);
        self.link = Some(link);
        self.tell_receiver(receiver::Input::LinkUp(link));
    }

    fn disconnect(&mut self) {
        let Some(link) = self.link.take() else { return };
        self.to_holder.clear();
        self.to_receiver.clear();
        self.holder = Holder::new();
        self.sealers.clear();
        self.tell_receiver(receiver::Input::LinkDown(link));
    }

    /// Nothing is written after a kill but what was synced is there.
    fn kill_receiver(&mut self) {
        self.disconnect();
        self.written.truncate(self.persisted as usize);
        self.receiver = Receiver::new(FILE, CONVERSATION, self.pieces, self.persisted);
    }

    fn apply(&mut self, fault: Fault) {
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
    fn step(&mut self) -> bool {
        assert!(self.to_receiver.len() <= FILE_CREDIT_PIECES_MAX as usize + 1, "more in flight than the window");
        if let Some(output) = self.receiver.poll() {
            self.perform_receiver(output);
        } else if let Some(frame) = self.to_holder.pop_front() {
            self.deliver_to_holder(frame);
        } else if let Some(output) = self.holder.poll() {
            self.perform_holder(output);
        } else if let Some(frame) = self.to_receiver.pop_front() {
            self.deliver_to_receiver(frame);
        } else {
            return false;
        }
        true
    }

    fn deliver_to_holder(&mut self, frame: LinkFrame) {
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

    fn deliver_to_receiver(&mut self, frame: LinkFrame) {
        let input = match frame {
            LinkFrame::FilePiece { transfer, index, sealed } => receiver::Input::Piece { transfer, index, sealed },
            LinkFrame::FileRefused { transfer, reason } => receiver::Input::Refused { transfer, reason },
            other => panic!("a holder does not send {other:?}"),
        };
        self.tell_receiver(input);
    }

    fn perform_holder(&mut self, output: holder::Output) {
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

    fn perform_receiver(&mut self, output: Output) {
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

    fn store(&mut self, index: u64, sealed: &[u8]) {
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
    fn wait(&mut self) {
        let next = self.receiver.deadline().into_iter().chain(self.holder.deadline()).min();
        self.now = next.map_or(self.now.plus_ms(1_000), |at| at.max(self.now));
        self.tell_receiver(receiver::Input::Tick);
        self.holder.handle(self.now, holder::Input::Tick);
    }

    fn run_to_end(&mut self) -> End {
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

#[test]
fn a_file_of_any_size_arrives_whole() {
    let window = u64::from(FILE_CREDIT_PIECES_MAX);
    for pieces in [0, 1, 2, window - 1, window, window + 1, 5 * window + 3] {
        let mut world = World::new(pieces);
        assert_eq!(world.run_to_end(), End::Done, "{pieces} pieces");
        assert_eq!(world.written, (0..pieces).collect::<Vec<_>>());
        assert_eq!(world.persisted, if pieces == 0 { 0 } else { pieces });
        assert!(world.holder.is_idle());
    }
}

#[test]
fn a_holder_that_never_sends_what_verifies_is_given_up() {
    let mut world = World::new(10);
    for _ in 0..10_000 {
        if world.ended.is_some() {
            break;
        }
        world.corrupt_next = true;
        if !world.step() {
            if world.link.is_none() {
                world.connect();
            }
            world.wait();
        }
    }
    assert_eq!(world.ended, Some(End::Faulty));
    assert!(world.written.is_empty());
}

#[test]
fn a_changed_file_ends_both_sides_with_the_reason() {
    let mut world = World::new(10);
    world.connect();
    while world.sealers.is_empty() {
        assert!(world.step());
    }
    let transfer = world.sealers[0].0;
    while !matches!(world.holder.poll(), Some(holder::Output::Serve(_))) {}
    world.holder.handle(world.now, holder::Input::ServeFailed(transfer, FileRefusal::Changed));
    assert_eq!(world.run_to_end(), End::Refused(FileRefusal::Changed));
    assert!(world.holder.is_idle());
}

#[test]
fn a_piece_that_was_not_asked_for_is_never_stored() {
    let mut world = World::new(1_000);
    world.connect();
    let Some(Output::Begin(transfer, 0)) = world.receiver.poll() else { panic!("a run begins") };
    while world.receiver.poll().is_some() {}
    let unasked = [u64::from(FILE_CREDIT_PIECES_MAX), 1, u64::MAX];
    for (index, run) in unasked.into_iter().zip([transfer; 3]) {
        world.tell_receiver(receiver::Input::Piece { transfer: run, index, sealed: vec![] });
        while let Some(output) = world.receiver.poll() {
            assert!(!matches!(output, Output::Store(..)), "stored piece {index}");
        }
    }
}

#[test]
fn a_slow_disk_is_not_outrun() {
    let mut receiver = Receiver::new(FILE, CONVERSATION, u64::MAX, 0);
    let (now, link) = (Timestamp::from_millis(1), LinkId::from_bytes([1; 16]));
    let (mut run, mut granted, mut waiting, mut stored) = (None, 0, 0, 0);
    for round in 0..10_000_u64 {
        let input = match run {
            None => receiver::Input::LinkUp(link),
            // The holder sends all it may, and more; the disk finishes one piece in three.
            Some(_) if round % 3 == 0 && waiting > 0 => {
                waiting -= 1;
                stored += 1;
                receiver::Input::Stored(stored - 1)
            }
            Some((transfer, next)) if next < granted => {
                run = Some((transfer, next + 1));
                receiver::Input::Piece { transfer, index: next, sealed: vec![] }
            }
            Some(_) => receiver::Input::Tick,
        };
        receiver.handle(now, input, &mut OsRng);
        while let Some(output) = receiver.poll() {
            match output {
                Output::Begin(transfer, from) => run = Some((transfer, from)),
                Output::Send(_, LinkFrame::FileRequest { credit, .. }) => granted += u64::from(credit),
                Output::Send(_, LinkFrame::FileCredit { pieces, .. }) => granted += u64::from(pieces),
                Output::Store(..) => waiting += 1,
                Output::Progress(_) | Output::Sync(_) => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
        let next = run.map_or(0, |(_, next)| next);
        assert!(waiting + (granted - next) <= u64::from(FILE_CREDIT_PIECES_MAX), "round {round}");
    }
    assert!(stored > 3_000 && granted >= stored);
}

#[test]
fn a_whole_file_that_is_canceled_is_not_put_anywhere() {
    let mut receiver = Receiver::new(FILE, CONVERSATION, 3, 3);
    receiver.handle(Timestamp::ZERO, receiver::Input::Stop, &mut OsRng);
    assert_eq!(receiver.poll(), Some(Output::Ended(End::Stopped)));
    assert_eq!(receiver.poll(), None);
}

#[test]
fn stopping_tells_the_holder() {
    let mut world = World::new(1_000);
    world.connect();
    while world.written.len() < 5 {
        assert!(world.step());
    }
    world.tell_receiver(receiver::Input::Stop);
    while world.step() {}
    assert_eq!(world.ended, Some(End::Stopped));
    assert!(world.holder.is_idle());
}

#[test]
fn a_receiver_that_vanished_frees_its_place() {
    let mut world = World::new(1_000);
    world.connect();
    for _ in 0..40 {
        world.step();
    }
    world.to_holder.clear();
    let holder = &mut world.holder;
    while let Some(output) = holder.poll() {
        if let holder::Output::Serve(id) = output {
            holder.handle(world.now, holder::Input::Served(id));
        }
    }
    let expires = holder.deadline().expect("it waits for credit");
    holder.handle(expires, holder::Input::Tick);
    assert!(holder.is_idle());
}

fn faults() -> impl Strategy<Value = Vec<(usize, Fault)>> {
    let fault = prop_oneof![
        Just(Fault::LinkLoss),
        Just(Fault::KillReceiver),
        Just(Fault::KillHolder),
        Just(Fault::DiskFull),
        Just(Fault::SyncFails),
        Just(Fault::WrongPiece),
        Just(Fault::LostFrames),
    ];
    proptest::collection::vec((0usize..400, fault), 0..12).prop_map(forgivable)
}

/// So many wrong pieces and gaps in a row would rightly end the fetch.
fn forgivable(faults: Vec<(usize, Fault)>) -> Vec<(usize, Fault)> {
    let mut blamed = 0;
    let keep = |(_, fault): &(usize, Fault)| {
        blamed += u32::from(matches!(fault, Fault::WrongPiece | Fault::LostFrames));
        !matches!(fault, Fault::WrongPiece | Fault::LostFrames) || blamed < INVALID_PIECES_MAX
    };
    faults.into_iter().filter(keep).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_breaks_the_file_arrives_whole(pieces in 1u64..600, faults in faults()) {
        let mut world = World::new(pieces);
        world.connect();
        for (steps, fault) in faults {
            for _ in 0..steps {
                if !world.step() {
                    world.wait();
                }
            }
            if world.ended.is_some() {
                break;
            }
            world.apply(fault);
            if world.link.is_none() {
                world.connect();
            }
        }
        prop_assert_eq!(world.run_to_end(), End::Done);
        prop_assert_eq!(world.written, (0..pieces).collect::<Vec<_>>());
    }
}

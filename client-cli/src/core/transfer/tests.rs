//! Both machines on a virtual network and a virtual clock: links that break, ends that are killed, disks that fail, holders
//! that lie. Whatever happens, the receiver ends with exactly the pieces of the file, and never holds more than its window.

mod members;
mod world;

use proptest::prelude::*;
use protocol::ids::{DeviceId, FileId, LinkId, TransferId};
use protocol::limits::FILE_CREDIT_PIECES_MAX;
use protocol::link::{FileRefusal, LinkFrame};
use protocol::time::Timestamp;
use rand_core::OsRng;

use self::world::{CONVERSATION, FILE, Fault, World};
use super::holder;
use super::pace::Pace;
use super::receiver::{self, End, INVALID_PIECES_MAX, Output, Receiver, STALL_MS, Source};
use super::turns::{self, FETCHES_AT_ONCE_MAX, Place, Stand};

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
    while !matches!(world.holder.poll(world.now, &mut Pace::default()), Some(holder::Output::Serve(_))) {}
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
            None => receiver::Input::LinkUp(link, Source::Only),
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

const SILENT: DeviceId = DeviceId::from_bytes([1; 16]);
const SERVING: DeviceId = DeviceId::from_bytes([2; 16]);

/// A fetch among others; a holder who serves answers at once, a silent one never.
struct Fetch {
    file: FileId,
    holder: DeviceId,
    turn: u64,
    receiver: Receiver,
    run: Option<TransferId>,
    done: bool,
}

impl Fetch {
    fn new(number: u8, holder: DeviceId) -> Self {
        let file = FileId::from_bytes([number; 16]);
        Self { file, holder, turn: 0, receiver: Receiver::new(file, CONVERSATION, 3, 0), run: None, done: false }
    }

    fn place(&self) -> Place {
        let stand = match (self.receiver.link(), self.receiver.wants_link()) {
            (Some(_), _) => Stand::Moving,
            (None, true) => Stand::Ready,
            (None, false) => Stand::Resting,
        };
        Place { file: self.file, holder: self.holder, turn: self.turn, stand }
    }

    fn handle(&mut self, now: Timestamp, input: receiver::Input) {
        self.receiver.handle(now, input, &mut OsRng);
        while let Some(output) = self.receiver.poll() {
            match (output, self.run) {
                (Output::Begin(transfer, _), _) => self.run = Some(transfer),
                (Output::Send(_, LinkFrame::FileRequest { .. }), Some(transfer)) if self.holder == SERVING => {
                    for index in 0..3 {
                        self.handle(now, receiver::Input::Piece { transfer, index, sealed: vec![] });
                    }
                }
                (Output::Store(index, _), _) => self.handle(now, receiver::Input::Stored(index)),
                (Output::Sync(pieces), _) => self.handle(now, receiver::Input::Synced(pieces)),
                (Output::Finish, _) => self.handle(now, receiver::Input::Finished),
                (Output::Ended(End::Done), _) => self.done = true,
                _ => {}
            }
        }
    }
}

/// Gives links by turns.
fn admit(now: Timestamp, fetches: &mut [Fetch], turn: &mut u64) {
    loop {
        let places: Vec<Place> = fetches.iter().map(Fetch::place).collect();
        assert!(places.iter().filter(|place| place.stand == Stand::Moving).count() <= FETCHES_AT_ONCE_MAX);
        let Some(file) = turns::next(&places) else { return };
        let fetch = fetches.iter_mut().find(|fetch| fetch.file == file).expect("one of them");
        *turn += 1;
        fetch.turn = *turn;
        fetch.handle(now, receiver::Input::LinkUp(LinkId::from_bytes([9; 16]), Source::Only));
    }
}

#[test]
fn a_colleague_who_never_serves_does_not_keep_the_files_of_others_waiting() {
    let began = Timestamp::from_millis(1_000);
    let (mut now, mut turn) = (began, 0);
    let mut fetches: Vec<Fetch> = (0..12).map(|number| Fetch::new(number, SILENT)).collect();
    admit(now, &mut fetches, &mut turn);
    assert_eq!(turn, FETCHES_AT_ONCE_MAX as u64, "every place is taken");
    fetches.push(Fetch::new(255, SERVING));
    while !fetches.iter().any(|fetch| fetch.done) {
        admit(now, &mut fetches, &mut turn);
        now = fetches.iter().filter_map(|fetch| fetch.receiver.deadline()).min().map_or(now, |next| next.max(now));
        assert!(now <= began.plus_ms(2 * STALL_MS), "it still waits");
        fetches.iter_mut().for_each(|fetch| fetch.handle(now, receiver::Input::Tick));
    }
    // And each of the others has its turn, however often the first ones try again.
    while fetches.iter().any(|fetch| fetch.turn == 0) {
        admit(now, &mut fetches, &mut turn);
        now = fetches.iter().filter_map(|fetch| fetch.receiver.deadline()).min().map_or(now, |next| next.max(now));
        assert!(now <= began.plus_ms(20 * STALL_MS), "one never had a turn");
        fetches.iter_mut().for_each(|fetch| fetch.handle(now, receiver::Input::Tick));
    }
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
    while let Some(output) = holder.poll(world.now, &mut Pace::default()) {
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

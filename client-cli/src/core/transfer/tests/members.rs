//! A receiver among the members of a group: whoever else is asked, only the author's word and the author's pieces can end a fetch.

use proptest::prelude::*;
use protocol::ids::{LinkId, TransferId};
use protocol::link::{FileRefusal, LinkFrame};
use protocol::time::Timestamp;
use rand_core::OsRng;

use super::world::{CONVERSATION, FILE};
use crate::core::transfer::receiver::{End, Input, Output, Pause, Receiver, Source, Trouble};

const AUTHOR: LinkId = LinkId::from_bytes([1; 16]);
const MEMBER: LinkId = LinkId::from_bytes([2; 16]);
const REFUSALS: [FileRefusal; 5] =
    [FileRefusal::Unknown, FileRefusal::Missing, FileRefusal::Changed, FileRefusal::Withdrawn, FileRefusal::Unreadable];

struct Fetch {
    now: Timestamp,
    machine: Receiver,
    run: Option<TransferId>,
    next: u64,
    paused: Vec<Pause>,
    ended: Option<End>,
}

impl Fetch {
    fn new() -> Self {
        let machine = Receiver::new(FILE, CONVERSATION, 5, 0);
        Self { now: Timestamp::from_millis(1), machine, run: None, next: 0, paused: Vec::new(), ended: None }
    }

    fn tell(&mut self, input: Input) {
        self.machine.handle(self.now, input, &mut OsRng);
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Begin(transfer, from) => (self.run, self.next) = (Some(transfer), from),
                Output::Send(_, LinkFrame::FileStop { .. }) => self.run = None,
                Output::Paused(pause) => self.paused.push(pause),
                Output::Ended(end) => self.ended = Some(end),
                _ => {}
            }
        }
    }

    fn link(&mut self, link: LinkId, source: Source) {
        if self.machine.wants_link() && self.machine.takes(link) {
            self.tell(Input::LinkUp(link, source));
        }
    }

    fn refuse(&mut self, reason: FileRefusal) {
        if let Some(transfer) = self.run.take() {
            self.tell(Input::Refused { transfer, reason });
        }
    }

    /// A piece that the disk judges.
    fn piece(&mut self, trouble: Option<Trouble>) {
        let Some(transfer) = self.run else { return };
        let index = self.next;
        self.next += 1;
        self.tell(Input::Piece { transfer, index, sealed: Vec::new() });
        self.tell(trouble.map_or(Input::Stored(index), |trouble| Input::StoreFailed(index, trouble)));
    }

    fn wait(&mut self) {
        if let Some(at) = self.machine.deadline() {
            self.now = self.now.max(at);
        }
        self.tell(Input::Tick);
    }
}

#[test]
fn a_member_who_refuses_or_lies_is_passed_over_and_the_author_is_asked() {
    for reason in REFUSALS {
        let mut fetch = Fetch::new();
        fetch.link(MEMBER, Source::Member);
        fetch.refuse(reason);
        assert!(fetch.ended.is_none() && !fetch.machine.takes(MEMBER) && fetch.machine.wants_link(), "{reason:?}");
        fetch.link(AUTHOR, Source::Author);
        assert!(fetch.machine.is_running());
    }
    let mut fetch = Fetch::new();
    fetch.link(MEMBER, Source::Member);
    fetch.piece(Some(Trouble::Invalid));
    for _ in 0..5 {
        fetch.wait();
    }
    assert!(!fetch.machine.takes(MEMBER), "for as long as that link is open");
    fetch.tell(Input::LinkDown(MEMBER));
    assert!(fetch.machine.takes(MEMBER) && fetch.ended.is_none());
}

#[test]
fn what_the_author_refuses_is_looked_for_elsewhere_and_then_given_up() {
    let mut fetch = Fetch::new();
    fetch.link(AUTHOR, Source::Author);
    fetch.refuse(FileRefusal::Missing);
    assert_eq!((fetch.paused.as_slice(), fetch.ended), (&[Pause::Refused(FileRefusal::Missing)][..], None));
    fetch.wait();
    assert_eq!(fetch.ended, Some(End::Refused(FileRefusal::Missing)));

    let mut fetch = Fetch::new();
    fetch.link(AUTHOR, Source::Author);
    fetch.refuse(FileRefusal::Missing);
    fetch.link(MEMBER, Source::Member);
    fetch.piece(None);
    fetch.tell(Input::LinkDown(MEMBER));
    for _ in 0..3 {
        fetch.wait();
    }
    assert_eq!(fetch.ended, None, "somebody has it");

    let mut fetch = Fetch::new();
    fetch.link(AUTHOR, Source::Author);
    fetch.refuse(FileRefusal::Withdrawn);
    assert_eq!(fetch.ended, Some(End::Refused(FileRefusal::Withdrawn)), "the author's word");
}

#[derive(Debug, Clone, Copy)]
enum Lie {
    Refuse(usize),
    Busy,
    Wrong,
    Gone,
    Silent,
}

proptest! {
    /// A hostile member does what they like whenever they are asked; the author then serves, and the file is whole.
    #[test]
    fn no_member_keeps_the_authors_file_from_arriving(lies in prop::collection::vec(prop_oneof![
        (0_usize..5).prop_map(Lie::Refuse), Just(Lie::Busy), Just(Lie::Wrong), Just(Lie::Gone), Just(Lie::Silent),
    ], 0..40)) {
        let mut fetch = Fetch::new();
        for lie in lies {
            fetch.link(MEMBER, Source::Member);
            match lie {
                Lie::Refuse(at) => fetch.refuse(REFUSALS[at]),
                Lie::Busy => fetch.refuse(FileRefusal::Busy),
                Lie::Wrong => fetch.piece(Some(Trouble::Invalid)),
                Lie::Gone => fetch.tell(Input::LinkDown(MEMBER)),
                Lie::Silent => {}
            }
            fetch.wait();
            prop_assert_eq!(fetch.ended, None);
        }
        fetch.tell(Input::LinkDown(MEMBER));
        for _ in 0..20 {
            fetch.wait();
            fetch.link(AUTHOR, Source::Author);
            if fetch.machine.is_running() {
                fetch.piece(None);
            }
        }
        prop_assert_eq!(fetch.next, 5);
        fetch.tell(Input::Synced(5));
        fetch.tell(Input::Finished);
        prop_assert_eq!(fetch.ended, Some(End::Done));
    }
}

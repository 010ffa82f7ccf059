//! What one reader of several says against an author's lane: it is let go and let in again, and nobody else notices.

use protocol::ids::{Hash32, LaneId};
use protocol::lane::LaneAck;
use protocol::link::LinkFrame;
use protocol::time::HOUR_MS;

use super::crowd::Crowd;
use super::fake::Fake;
use super::world::Commit;
use crate::store::Reading as _;
use crate::store::tables::CONVERSATIONS;

fn lane(crowd: &Crowd<Fake>, at: usize) -> Option<LaneId> {
    let group = crowd.group.unwrap();
    let row = crowd.machines[at].vault.read(|tx| tx.get(&CONVERSATIONS, group.as_bytes())).unwrap();
    row.and_then(|row| row.owned).map(|lane| lane.id())
}

/// Three in a group who have talked.
fn talking(seed: u64) -> Crowd<Fake> {
    let mut crowd = Crowd::fake(seed, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.send(0, Commit::Whole);
    crowd.settle();
    crowd.wait(20_000);
    crowd
}

fn lies(crowd: &Crowd<Fake>) -> Vec<LinkFrame> {
    let (conversation, ours) = (crowd.group.unwrap(), lane(crowd, 0).unwrap());
    let later = LaneId { generation: ours.generation + 40, ..ours };
    let hash = Hash32::from_bytes([9; 32]);
    vec![
        LinkFrame::LaneAck(LaneAck { lane: ours, seq: 1_000, hash }),
        LinkFrame::LaneAck(LaneAck { lane: ours, seq: 1, hash }),
        LinkFrame::LaneAck(LaneAck { lane: later, seq: 0, hash }),
        LinkFrame::LaneReset { conversation, known_generation: Some(later.generation) },
        LinkFrame::LaneReset { conversation, known_generation: None },
    ]
}

#[test]
fn one_reader_does_not_stop_a_lane_that_others_read() {
    let mut crowd = talking(1);
    let (before, ended) = (lane(&crowd, 0), crowd.ended);
    for lie in lies(&crowd) {
        crowd.machines[0].inbox.push_back((2, lie));
        crowd.deliver(0, Commit::Whole);
        assert_eq!(lane(&crowd, 0), before);
        crowd.send(0, Commit::Whole);
        crowd.settle();
        crowd.wait(20_000);
    }
    assert_eq!((lane(&crowd, 0), crowd.ended), (before, ended));
    assert_eq!([1, 2].map(|at| crowd.machines[at].history().len()), [6, 6]);
    crowd.check();
}

#[test]
fn one_who_keeps_on_does_not_keep_a_lane_from_opening() {
    let mut crowd = Crowd::fake(2, 3);
    crowd.begin(0, &[1, 2]);
    crowd.link(0, 2);
    crowd.link(0, 1);
    crowd.send(0, Commit::Whole);
    let conversation = crowd.group.unwrap();
    for _ in 0..30 {
        // Whatever they are asked, they know a later one.
        crowd.machines[0].inbox.retain(|(from, _)| *from != 2);
        let known_generation = u32::try_from(1_800_000_050).ok();
        let reset = LinkFrame::LaneReset { conversation, known_generation };
        crowd.machines[0].inbox.push_front((2, reset));
        crowd.deliver(0, Commit::Whole);
        crowd.deliver(1, Commit::Whole);
        crowd.deliver(0, Commit::Whole);
    }
    assert_eq!(crowd.machines[1].history().len(), 1);
}

#[test]
fn a_device_that_truly_knows_a_later_lane_reads_the_next_one() {
    let mut crowd = talking(3);
    crowd.back_up(0);
    // A lane begins that the backup does not know, and one of them reads it.
    crowd.set_clock(0, HOUR_MS as i64);
    crowd.unlink(0, 1);
    crowd.restore(0);
    crowd.link(0, 2);
    crowd.send(0, Commit::Whole);
    while crowd.deliver(0, Commit::Whole) || crowd.deliver(2, Commit::Whole) {}
    crowd.set_clock(0, 0);
    crowd.restore(0);
    crowd.link(0, 1);
    while crowd.deliver(0, Commit::Whole) || crowd.deliver(1, Commit::Whole) {}
    crowd.send(0, Commit::Whole);
    crowd.settle();
    crowd.check();
}

//! An owner and a reader over any sequence of losses, repeats and swaps: each entry once, in order, nothing let go too early.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::ids::{ConversationId, DeviceId, Hash32, LaneId, MemberId};
use protocol::lane::{EntryKind, LaneAck, LaneEntry};
use protocol::limits::{LANE_ENTRIES_MAX, LANE_UPDATE_MESSAGES, LANE_UPDATE_MS};
use protocol::time::Timestamp;

use super::{Append, Mark, OwnedLane, ReceivedLane, SwapReason, Verdict, next_generation};

const OWNER: DeviceId = DeviceId::from_bytes([1; 16]);
const READER: DeviceId = DeviceId::from_bytes([2; 16]);
const MEMBER: MemberId = MemberId::from_bytes([3; 16]);
const NOW: Timestamp = Timestamp::from_millis(1_000);
const LINKED: fn(&DeviceId) -> bool = |_| true;

struct Log {
    lane: OwnedLane,
    kept: BTreeMap<u64, (LaneEntry, Mark)>,
}

impl Log {
    fn new() -> Self {
        let id = LaneId { device: OWNER, conversation: ConversationId::from_bytes([4; 16]), generation: 9 };
        let mut log = Self { lane: OwnedLane::new(id, NOW), kept: BTreeMap::new() };
        log.lane.admit(NOW, READER, MEMBER);
        log.append(EntryKind::Welcome, 0);
        log
    }

    fn append(&mut self, kind: EntryKind, byte: u8) {
        let (entry, mark) = self.lane.append(NOW, Append { kind, bytes: vec![byte; 10], message: None });
        assert!(self.kept.insert(entry.seq, (entry, mark)).is_none(), "a number is given once");
    }

    fn acknowledge(&mut self, ack: LaneAck) -> Result<(), SwapReason> {
        let mark = self.kept.get(&ack.seq).map(|(_, mark)| mark.clone());
        let acked = self.lane.acknowledge(&READER, &ack, mark.as_ref())?;
        if let Some(through) = acked.released_through {
            self.kept.retain(|seq, _| *seq > through);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn each_entry_is_applied_once_and_in_order(steps in prop::collection::vec((0_u8..4, any::<prop::sample::Index>()), 1..200)) {
        let mut log = Log::new();
        let welcome = log.kept[&0].0.clone();
        let mut reader = ReceivedLane::joined(&welcome);
        let mut applied = BTreeMap::from([(0, welcome.hash())]);
        for (step, pick) in steps {
            match step {
                0 => log.append(EntryKind::Application, 7),
                1 | 2 => {
                    let seqs: Vec<_> = log.kept.keys().copied().collect();
                    let Some(seq) = seqs.get(pick.index(seqs.len().max(1))) else { continue };
                    let entry = log.kept[seq].0.clone();
                    match reader.judge(&entry, applied.get(seq)) {
                        Verdict::Apply => {
                            prop_assert_eq!(*seq, applied.len() as u64);
                            applied.insert(*seq, entry.hash());
                            reader.advance(&entry);
                        }
                        Verdict::Duplicate => prop_assert!(applied.contains_key(seq)),
                        Verdict::Gap { from_seq } => {
                            prop_assert_eq!(from_seq, applied.len() as u64);
                            prop_assert!(log.kept.contains_key(&from_seq), "what is missing is still kept");
                        }
                        Verdict::Equivocation | Verdict::Frozen => prop_assert!(false, "one history"),
                    }
                }
                _ => prop_assert_eq!(log.acknowledge(reader.ack().unwrap()), Ok(())),
            }
        }
        prop_assert_eq!(log.acknowledge(reader.ack().unwrap()), Ok(()));
        prop_assert_eq!(log.kept.len() as u64, log.lane.next_seq() - reader.next_seq());
        prop_assert_eq!(log.lane.bytes_kept(), 10 * log.kept.len() as u64);
    }
}

#[test]
fn an_acknowledgement_that_does_not_fit_starts_a_swap() {
    let mut log = Log::new();
    for byte in 0..5 {
        log.append(EntryKind::Application, byte);
    }
    let ack = |log: &Log, seq: u64| LaneAck { lane: log.lane.id(), seq, hash: log.kept[&seq].1.hash };
    let (second, third) = (ack(&log, 2), ack(&log, 3));
    assert_eq!(log.acknowledge(third), Ok(()));
    assert_eq!(log.acknowledge(third), Ok(()), "a repeat is nothing new");
    assert_eq!(log.acknowledge(second), Err(SwapReason::ReaderWentBack));
    assert_eq!(log.acknowledge(LaneAck { hash: Hash32::from_bytes([0; 32]), ..third }), Err(SwapReason::Diverged));
    assert_eq!(log.acknowledge(LaneAck { seq: 4, ..third }), Err(SwapReason::Diverged));
    assert_eq!(log.acknowledge(LaneAck { seq: 6, ..third }), Err(SwapReason::OwnerWentBack));
}

#[test]
fn another_entry_under_an_applied_number_freezes() {
    let mut log = Log::new();
    log.append(EntryKind::Application, 1);
    let (welcome, first) = (log.kept[&0].0.clone(), log.kept[&1].0.clone());
    let mut reader = ReceivedLane::joined(&welcome);
    assert_eq!(reader.judge(&first, None), Verdict::Apply);
    reader.advance(&first);
    let other = LaneEntry { bytes: vec![9], ..first.clone() };
    assert_eq!(reader.judge(&other, Some(&first.hash())), Verdict::Equivocation);
    assert_eq!(reader.frozen(), Some(1));
    assert_eq!(reader.judge(&first, Some(&first.hash())), Verdict::Frozen);

    let mut reader = ReceivedLane::joined(&welcome);
    let unchained = LaneEntry { previous: Hash32::from_bytes([8; 32]), ..first };
    assert_eq!(reader.judge(&unchained, None), Verdict::Equivocation);
}

#[test]
fn room_ends_before_the_caps_and_comes_back_with_acknowledgements() {
    let mut log = Log::new();
    while log.lane.room(&LINKED) > 0 {
        log.append(EntryKind::Application, 1);
    }
    assert!(log.kept.len() <= LANE_ENTRIES_MAX);
    let last = log.lane.head().unwrap();
    log.acknowledge(last).unwrap();
    assert!(log.kept.is_empty());
    assert!(log.lane.room(&LINKED) > 0);
    log.lane.dismiss(&READER);
    assert_eq!(log.lane.room(&LINKED), 0, "without a reader nothing is sealed");
}

#[test]
fn the_owner_updates_after_a_hundred_messages_or_a_day() {
    let mut log = Log::new();
    let tomorrow = NOW.plus_ms(LANE_UPDATE_MS);
    assert!(!log.lane.update_due(tomorrow), "nothing was sent under this key");
    log.append(EntryKind::Application, 1);
    assert!(!log.lane.update_due(NOW));
    assert!(log.lane.update_due(tomorrow));
    for _ in 1..LANE_UPDATE_MESSAGES {
        log.append(EntryKind::Application, 1);
    }
    assert!(log.lane.update_due(NOW));
    log.append(EntryKind::Commit, 1);
    assert!(!log.lane.update_due(NOW));
}

#[test]
fn each_reader_reaches_from_its_welcome_on_and_holds_back_no_more() {
    let mut log = Log::new();
    log.append(EntryKind::Application, 1);
    let (late, colleague) = (DeviceId::from_bytes([5; 16]), MemberId::from_bytes([6; 16]));
    log.lane.admit(NOW, late, colleague);
    log.append(EntryKind::Welcome, 1);
    log.append(EntryKind::Application, 2);
    assert!(!log.lane.reaches(colleague, 1) && log.lane.reaches(colleague, 3) && log.lane.reaches(MEMBER, 1));
    let head = log.lane.head().unwrap();
    let mark = log.kept[&3].1.clone();
    let acked = log.lane.acknowledge(&late, &head, Some(&mark)).unwrap();
    assert_eq!(acked.reached, Some((2, 3)));
    assert_eq!(acked.released_through, None, "the first device has not got it yet");
    let acked = log.lane.acknowledge(&READER, &head, Some(&mark)).unwrap();
    assert_eq!((acked.reached, acked.released_through), (Some((0, 3)), Some(3)));
}

#[test]
fn a_reader_without_a_link_does_not_stop_the_others_before_the_caps() {
    let mut log = Log::new();
    let away = DeviceId::from_bytes([5; 16]);
    log.lane.admit(NOW, away, MEMBER);
    log.append(EntryKind::Welcome, 1);
    let is_linked = |device: &DeviceId| *device != away;
    while log.lane.straggler().is_none() {
        assert!(log.lane.room(&is_linked) > 0);
        assert!(log.kept.len() < LANE_ENTRIES_MAX);
        log.append(EntryKind::Application, 1);
        log.acknowledge(log.lane.head().unwrap()).unwrap();
    }
    assert_eq!(log.lane.straggler(), Some(away));
    log.lane.dismiss(&away);
    assert_eq!((log.lane.straggler(), log.lane.released_to()), (None, log.lane.next_seq()));
}

#[test]
fn a_generation_is_above_all_that_are_known() {
    let now = Timestamp::from_millis(1_700_000_000_999);
    assert_eq!(next_generation(None, None, now), Some(1_700_000_000));
    assert_eq!(next_generation(Some(1_699_999_999), Some(5), now), Some(1_700_000_000));
    assert_eq!(next_generation(Some(1_700_000_000), None, now), None, "one lane in a second");
    assert_eq!(next_generation(Some(1_700_000_000), None, now.plus_ms(1)), Some(1_700_000_001));
    assert_eq!(next_generation(Some(3), Some(1_700_000_100), now), Some(1_700_000_101), "the clock was set back");
    assert_eq!(
        next_generation(None, Some(u32::MAX), now),
        Some(1_700_000_000),
        "a claim from far ahead is not believed"
    );
}

#[test]
fn the_last_number_there_is_does_not_wrap() {
    let welcome = LaneEntry { seq: u64::MAX, ..Log::new().kept[&0].0.clone() };
    let mut reader = ReceivedLane::joined(&welcome);
    let next = LaneEntry { previous: welcome.hash(), ..welcome };
    assert_eq!(reader.judge(&next, None), Verdict::Apply);
    reader.advance(&next);
    assert_eq!(reader.next_seq(), u64::MAX, "it never goes back to 0");
}

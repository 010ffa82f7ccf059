//! The reader's device in the model: its position, its key packages, and the messages that it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use protocol::codec;
use protocol::ids::Hash32;
use protocol::lane::{EntryKind, LaneAck, LaneEntry};
use protocol::time::Timestamp;

use super::super::{Generation, ReceivedLane, Verdict};
use super::Frame;

/// A lane that was asked for is asked for again after this long.
const RETRY_MS: u64 = 10_000;

/// What is durable on the reader's device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reader {
    lane: Option<ReceivedLane>,
    applied: BTreeMap<u64, Hash32>,
    known_generation: Option<u32>,
    /// A new lane is needed; when it was last asked for.
    lost: Option<Timestamp>,
    key_packages: BTreeSet<u32>,
    /// In the order of arrival.
    pub(super) history: Vec<u8>,
}

impl Hash for Reader {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lane.as_ref().map(codec::encode).hash(state);
        self.applied.iter().for_each(|(seq, hash)| (seq, hash.as_bytes()).hash(state));
        (self.known_generation, self.lost.map(Timestamp::as_millis), &self.key_packages, &self.history).hash(state);
    }
}

impl Reader {
    pub(super) fn is_frozen(&self) -> bool {
        self.lane.as_ref().is_some_and(|lane| lane.frozen().is_some())
    }

    /// How far it is.
    fn ack(&self) -> Option<LaneAck> {
        self.lane.as_ref().and_then(ReceivedLane::ack)
    }

    /// A link opened: the position, or that there is none.
    pub(super) fn report(&mut self, now: Timestamp) -> Vec<Frame> {
        match self.ack() {
            Some(ack) => vec![Frame::Ack(ack)],
            None if self.lost.is_some() => {
                self.lost = Some(now);
                vec![Frame::Reset(self.known_generation)]
            }
            None => Vec::new(),
        }
    }

    pub(super) fn on_tick(&mut self, now: Timestamp) -> Vec<Frame> {
        if self.lost.is_some_and(|asked| now.since(asked) >= RETRY_MS) { self.report(now) } else { Vec::new() }
    }

    pub(super) fn after_restore(&mut self) -> Vec<Frame> {
        if self.lane.take().is_some() || self.known_generation.is_some() {
            self.lost = Some(Timestamp::ZERO);
        }
        self.applied.clear();
        self.key_packages.clear();
        Vec::new()
    }

    pub(super) fn take(&mut self, frame: Frame, now: Timestamp) -> Vec<Frame> {
        match frame {
            Frame::AskKeyPackage(generation) if self.known_generation >= Some(generation) => {
                vec![Frame::Reset(self.known_generation)]
            }
            Frame::AskKeyPackage(generation) => {
                self.key_packages.insert(generation);
                vec![Frame::KeyPackage(generation)]
            }
            Frame::Entry(entry) => self.on_entry(&entry, now),
            Frame::KeyPackage(_) | Frame::Ack(_) | Frame::AskEntries(..) | Frame::Reset(_) => Vec::new(),
        }
    }

    fn on_entry(&mut self, entry: &LaneEntry, now: Timestamp) -> Vec<Frame> {
        match self.lane.as_ref().map(|lane| lane.generation_of(&entry.lane)) {
            Some(Generation::Current) => self.follow(entry),
            Some(Generation::Newer) => self.begin(entry, now),
            Some(Generation::Older) => Vec::new(),
            None if self.known_generation < Some(entry.lane.generation) => self.begin(entry, now),
            None => self.lose(entry.lane.generation, now),
        }
    }

    fn begin(&mut self, entry: &LaneEntry, now: Timestamp) -> Vec<Frame> {
        let generation = entry.lane.generation;
        if entry.kind != EntryKind::Welcome {
            return vec![Frame::AskEntries(entry.lane, 0)];
        }
        if !self.key_packages.contains(&generation) {
            return self.lose(generation, now);
        }
        self.key_packages.clear();
        self.applied.clear();
        (self.known_generation, self.lost) = (Some(generation), None);
        self.keep(entry, ReceivedLane::joined(entry))
    }

    fn follow(&mut self, entry: &LaneEntry) -> Vec<Frame> {
        let Some(mut lane) = self.lane.take() else { return Vec::new() };
        match lane.judge(entry, self.applied.get(&entry.seq)) {
            Verdict::Apply => {
                if let (EntryKind::Application, Some(message)) = (entry.kind, entry.bytes.first())
                    && !self.history.contains(message)
                {
                    self.history.push(*message);
                }
                lane.advance(entry);
                self.keep(entry, lane)
            }
            Verdict::Duplicate => {
                let ack = lane.ack();
                self.lane = Some(lane);
                ack.map(Frame::Ack).into_iter().collect()
            }
            Verdict::Gap { from_seq } => {
                self.lane = Some(lane);
                vec![Frame::AskEntries(entry.lane, from_seq)]
            }
            Verdict::Equivocation | Verdict::Frozen => {
                self.lane = Some(lane);
                Vec::new()
            }
        }
    }

    fn keep(&mut self, entry: &LaneEntry, lane: ReceivedLane) -> Vec<Frame> {
        self.applied.insert(entry.seq, entry.hash());
        let ack = lane.ack();
        self.lane = Some(lane);
        ack.map(Frame::Ack).into_iter().collect()
    }

    fn lose(&mut self, generation: u32, now: Timestamp) -> Vec<Frame> {
        self.lane = None;
        self.known_generation = self.known_generation.max(Some(generation));
        if self.lost.is_some_and(|asked| now.since(asked) < RETRY_MS) {
            return Vec::new();
        }
        self.lost = Some(now);
        vec![Frame::Reset(self.known_generation)]
    }
}

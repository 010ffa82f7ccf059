//! The owner's device in the model: rows of `conversation`, and what its shell does with them.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use protocol::codec;
use protocol::ids::MessageId;
use protocol::lane::{EntryKind, LaneAck, LaneEntry};
use protocol::time::Timestamp;

use super::super::{Append, Mark, OwnedLane, next_generation};
use super::{Frame, MEMBER, READER, lane};
use crate::core::outbox::{Freshness, Happening, LaneState, LinkState, MessageState, Situation, Standing, Step, plan};

/// A reset that comes again so soon is a repeat.
const RETRY_MS: u64 = 10_000;

/// What is durable on the owner's device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Owner {
    lane: Option<OwnedLane>,
    kept: BTreeMap<u64, (LaneEntry, Mark)>,
    outbox: BTreeMap<u8, MessageState>,
    delivered: Vec<u8>,
    generation: Option<u32>,
    opening: Option<u32>,
    reader_knows: Option<u32>,
    /// Stands for the randomness of encryption: what is sealed again after a restore are other bytes.
    incarnation: u8,
}

impl Hash for Owner {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lane.as_ref().map(codec::encode).hash(state);
        for (seq, (entry, mark)) in &self.kept {
            (seq, entry.hash().as_bytes(), codec::encode(mark)).hash(state);
        }
        self.outbox.iter().for_each(|(message, at)| (message, codec::encode(at)).hash(state));
        (&self.delivered, self.generation, self.opening, self.reader_knows, self.incarnation).hash(state);
    }
}

impl Owner {
    pub(super) fn write(&mut self, message: u8) {
        self.outbox.insert(message, MessageState::Queued);
    }

    /// Messages that were not delivered.
    pub(super) fn waiting(&self) -> impl Iterator<Item = u8> + '_ {
        self.outbox.keys().copied()
    }

    /// Messages of which the person was told that they arrived.
    pub(super) fn delivered(&self) -> impl Iterator<Item = u8> + '_ {
        self.delivered.iter().copied()
    }

    /// What is kept for the reader.
    pub(super) fn entries(&self) -> impl Iterator<Item = &LaneEntry> {
        self.kept.values().map(|(entry, _)| entry)
    }

    pub(super) fn on_link_open(&mut self, now: Timestamp, link: LinkState) -> Vec<Frame> {
        let mut out = self.repeat_request();
        out.extend(self.resend(0));
        out.extend(self.pump(now, link));
        out
    }

    pub(super) fn on_tick(&mut self, now: Timestamp, link: LinkState) -> Vec<Frame> {
        self.on_link_open(now, link)
    }

    pub(super) fn after_restore(&mut self, _: Timestamp, incarnation: u8) -> Vec<Frame> {
        self.end_lane();
        self.opening = None;
        self.incarnation = incarnation;
        Vec::new()
    }

    pub(super) fn take(&mut self, frame: Frame, now: Timestamp, link: LinkState) -> Vec<Frame> {
        let mut out = match frame {
            Frame::KeyPackage(generation) => self.on_key_package(generation, now),
            Frame::Ack(ack) => {
                self.on_ack(&ack);
                Vec::new()
            }
            Frame::AskEntries(asked, from_seq) => self.on_request(asked.generation, from_seq),
            Frame::Reset(known) => self.on_reset(known, now),
            Frame::AskKeyPackage(_) | Frame::Entry(_) => Vec::new(),
        };
        out.extend(self.pump(now, link));
        out
    }

    /// Moves the queue as far as the situation allows.
    pub(super) fn pump(&mut self, now: Timestamp, link: LinkState) -> Vec<Frame> {
        if self.outbox.values().all(|state| *state != MessageState::Queued) && self.lane.is_some() {
            return Vec::new();
        }
        let lane = match (&self.lane, self.opening) {
            (Some(lane), _) => LaneState::Ready { room: lane.room(&|_| link == LinkState::Open) },
            (None, Some(_)) => LaneState::Opening,
            (None, None) => LaneState::Missing,
        };
        match plan(Situation { standing: Standing::Accepted, link, freshness: Freshness::Known, lane }) {
            Step::Wait(_) | Step::Refuse(_) => Vec::new(),
            Step::OpenLane => {
                let Some(generation) = next_generation(self.generation, self.reader_knows, now) else {
                    return Vec::new();
                };
                (self.generation, self.opening) = (Some(generation), Some(generation));
                self.repeat_request()
            }
            Step::Seal { messages_max } => {
                let queued = self.outbox.iter().filter(|(_, state)| **state == MessageState::Queued);
                let queued: Vec<u8> = queued.map(|(message, _)| *message).take(messages_max as usize).collect();
                queued.into_iter().filter_map(|message| self.seal(message, now)).collect()
            }
        }
    }

    fn seal(&mut self, message: u8, now: Timestamp) -> Option<Frame> {
        let lane = self.lane.as_mut()?;
        let (generation, seq) = (lane.id().generation, lane.next_seq());
        let id = Some(MessageId::from_bytes([message; 16]));
        let append = Append { kind: EntryKind::Application, bytes: vec![message, self.incarnation], message: id };
        let (entry, mark) = lane.append(now, append);
        self.kept.insert(seq, (entry.clone(), mark));
        let state = MessageState::Queued.after(Happening::Sealed { generation, seq }).expect("it was queued");
        self.outbox.insert(message, state);
        Some(Frame::Entry(entry))
    }

    fn repeat_request(&self) -> Vec<Frame> {
        self.opening.map(Frame::AskKeyPackage).into_iter().collect()
    }

    fn resend(&self, from_seq: u64) -> Vec<Frame> {
        let Some(start) = self.lane.as_ref().and_then(|lane| lane.resume_from(&READER)) else { return Vec::new() };
        let entries = self.kept.range(start.max(from_seq)..);
        entries.map(|(_, (entry, _))| Frame::Entry(entry.clone())).collect()
    }

    fn on_key_package(&mut self, generation: u32, now: Timestamp) -> Vec<Frame> {
        if self.opening != Some(generation) {
            return Vec::new();
        }
        let mut owned = OwnedLane::new(lane(generation), now);
        owned.admit(now, READER, MEMBER);
        let welcome = Append { kind: EntryKind::Welcome, bytes: vec![u8::MAX, self.incarnation], message: None };
        let (entry, mark) = owned.append(now, welcome);
        self.kept.insert(entry.seq, (entry.clone(), mark));
        (self.lane, self.opening) = (Some(owned), None);
        vec![Frame::Entry(entry)]
    }

    fn on_ack(&mut self, ack: &LaneAck) {
        let Some(lane) = self.lane.as_mut() else { return };
        let ours = lane.id().generation;
        if ack.lane.generation < ours {
            return;
        }
        if ack.lane.generation > ours {
            self.reader_knows = self.reader_knows.max(Some(ack.lane.generation));
            return self.end_lane();
        }
        let mark = self.kept.get(&ack.seq).map(|(_, mark)| mark.clone());
        let Ok(acked) = lane.acknowledge(&READER, ack, mark.as_ref()) else { return self.end_lane() };
        if let Some((first, last)) = acked.reached {
            let there = self.kept.range(first..=last).filter_map(|(_, (_, mark))| mark.message);
            for message in there.map(|id| id.as_bytes()[0]).collect::<Vec<_>>() {
                if self.outbox.remove(&message).is_some() {
                    self.delivered.push(message);
                }
            }
        }
        if let Some(through) = acked.released_through {
            self.kept = self.kept.split_off(&(through + 1));
        }
    }

    fn on_request(&mut self, generation: u32, from_seq: u64) -> Vec<Frame> {
        let Some(lane) = self.lane.as_ref().filter(|lane| lane.id().generation == generation) else {
            return Vec::new();
        };
        match lane.requested(&READER, from_seq) {
            Ok(()) => self.resend(from_seq),
            Err(_) => {
                self.end_lane();
                Vec::new()
            }
        }
    }

    fn on_reset(&mut self, known: Option<u32>, now: Timestamp) -> Vec<Frame> {
        self.reader_knows = self.reader_knows.max(known);
        if let Some(lane) = &self.lane {
            if now.since(lane.started()) < RETRY_MS {
                return Vec::new();
            }
            self.end_lane();
        }
        if self.opening <= known {
            self.opening = None;
        }
        self.repeat_request()
    }

    fn end_lane(&mut self) {
        self.lane = None;
        self.kept.clear();
        for state in self.outbox.values_mut() {
            *state = state.after(Happening::LaneEnded).expect("what waits may wait again");
        }
    }
}

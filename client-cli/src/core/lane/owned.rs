//! The owner's lane log: sequence numbers, hash chain, who acknowledged what, and how much may still be appended.
//! It must never give a sequence number twice, or let go of an entry that a reader has not acknowledged.

use minicbor::{Decode, Encode};
use protocol::ids::{DeviceId, Hash32, LaneId, MemberId, MessageId};
use protocol::lane::{EntryKind, LaneAck, LaneEntry};
use protocol::limits::{
    LANE_AGE_MS_MAX, LANE_BYTES_MAX, LANE_DEVICES_MAX, LANE_ENTRIES_MAX, LANE_UPDATE_MESSAGES, LANE_UPDATE_MS,
};
use protocol::time::Timestamp;

/// Entries in flight to a reader; more wait until it acknowledges. Far below the caps of what a lane may keep.
const WINDOW_ENTRIES: u64 = 256;
/// Entries that a lane keeps.
const ENTRIES_MAX: u64 = LANE_ENTRIES_MAX as u64;

/// A lane that this device owns. Small: entries and marks are rows of their own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnedLane {
    #[n(0)]
    lane: LaneId,
    #[n(1)]
    next_seq: u64,
    #[n(2)]
    head: Hash32,
    /// Ciphertext ever appended; differences of it are what is kept.
    #[n(3)]
    bytes_total: u64,
    #[n(4)]
    messages_since_update: u64,
    #[n(5)]
    updated: Timestamp,
    #[n(6)]
    readers: Vec<Reader>,
    #[n(7)]
    started: Timestamp,
}

/// A device that reads the lane.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reader {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// Whose it is.
    #[n(1)]
    pub member: MemberId,
    /// Its welcome: the first entry that is for it.
    #[n(2)]
    pub first_seq: u64,
    #[n(3)]
    acked: Option<Position>,
    /// Ciphertext of the lane before its welcome.
    #[cbor(n(4), default)]
    bytes_before: u64,
    /// When it was let in.
    #[cbor(n(5), default)]
    pub admitted: Timestamp,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Position {
    #[n(0)]
    seq: u64,
    #[n(1)]
    hash: Hash32,
    #[n(2)]
    bytes_total: u64,
}

/// What the owner remembers of an entry until all readers have it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Mark {
    /// Place in the lane.
    #[n(0)]
    pub seq: u64,
    /// The entry's hash, which the next entry and the acknowledgement name.
    #[n(1)]
    pub hash: Hash32,
    /// Ciphertext of the lane up to and with this entry.
    #[n(2)]
    pub bytes_total: u64,
    /// When it was appended.
    #[n(3)]
    pub appended: Timestamp,
    /// The message inside, if there is one.
    #[n(4)]
    pub message: Option<MessageId>,
}

/// What is to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Welcome, commit, proposal or application.
    pub kind: EntryKind,
    /// The MLS message.
    pub bytes: Vec<u8>,
    /// The message inside, if there is one.
    pub message: Option<MessageId>,
}

/// What an acknowledgement brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Acked {
    /// The entries that this device now has and had not before: from the first to the second.
    pub reached: Option<(u64, u64)>,
    /// Entries up to and with this one are held by all readers and can go.
    pub released_through: Option<u64>,
}

/// Why a lane has to be started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SwapReason {
    /// The reader acknowledged less than before: it lost state.
    #[error("the reader went back")]
    ReaderWentBack,
    /// The reader acknowledged what was never sent: this device lost state.
    #[error("the reader is ahead of the log")]
    OwnerWentBack,
    /// The reader holds another entry under the same number.
    #[error("the reader holds another history")]
    Diverged,
    /// The reader asked for it, with a fresh key package.
    #[error("the reader asked for a new lane")]
    Asked,
    /// The oldest entry was kept as long as entries are kept.
    #[error("the reader was silent for too long")]
    Silent,
    /// The lane's MLS state does not fit any more.
    #[error("the lane's keys are lost")]
    StateLost,
    /// A device that read it was revoked.
    #[error("a reader was revoked")]
    Revoked,
    /// The conversation ended.
    #[error("the conversation ended")]
    Closed,
    /// This device was restored from a backup.
    #[error("this device was restored from a backup")]
    Restored,
}

impl OwnedLane {
    /// A lane without entries.
    pub fn new(lane: LaneId, now: Timestamp) -> Self {
        Self {
            lane,
            next_seq: 0,
            head: LaneEntry::NO_PREVIOUS,
            bytes_total: 0,
            messages_since_update: 0,
            updated: now,
            readers: Vec::new(),
            started: now,
        }
    }

    /// The lane's id.
    pub fn id(&self) -> LaneId {
        self.lane
    }

    /// When it began.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// The number that the next entry gets.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// What a reader that has everything acknowledges.
    pub fn head(&self) -> Option<LaneAck> {
        Some(LaneAck { lane: self.lane, seq: self.next_seq.checked_sub(1)?, hash: self.head })
    }

    /// The devices that read it.
    pub fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// A device joins: the next entry must be its welcome.
    pub fn admit(&mut self, now: Timestamp, device: DeviceId, member: MemberId) {
        self.readers.retain(|reader| reader.device != device);
        let (first_seq, bytes_before) = (self.next_seq, self.bytes_total);
        self.readers.push(Reader { device, member, first_seq, acked: None, bytes_before, admitted: now });
    }

    /// Whether a device reads the lane.
    pub fn is_read_by(&self, device: &DeviceId) -> bool {
        self.reader(device).is_some()
    }

    /// Whether another device finds room beside the owner and the readers.
    pub fn takes_readers(&self) -> bool {
        self.readers.len() + 1 < LANE_DEVICES_MAX
    }

    /// Whether a device of this member gets what was appended under `seq`.
    pub fn reaches(&self, member: MemberId, seq: u64) -> bool {
        self.readers.iter().any(|reader| reader.member == member && reader.first_seq <= seq)
    }

    /// A device leaves: what it has not acknowledged no longer holds entries back.
    pub fn dismiss(&mut self, device: &DeviceId) {
        self.readers.retain(|reader| reader.device != *device);
    }

    /// Appends an entry: the only place where a sequence number is given.
    pub fn append(&mut self, now: Timestamp, append: Append) -> (LaneEntry, Mark) {
        let Append { kind, bytes, message } = append;
        let seq = self.next_seq;
        let entry = LaneEntry { lane: self.lane, seq, kind, bytes, previous: self.head };
        let hash = entry.hash();
        self.next_seq += 1;
        self.head = hash;
        self.bytes_total = self.bytes_total.saturating_add(entry.bytes.len() as u64);
        match kind {
            EntryKind::Application => self.messages_since_update += 1,
            EntryKind::Commit => (self.messages_since_update, self.updated) = (0, now),
            EntryKind::Welcome | EntryKind::Proposal => {}
        }
        (entry, Mark { seq, hash, bytes_total: self.bytes_total, appended: now, message })
    }

    /// Whether the owner's leaf key is due for replacement before the next message.
    pub fn update_due(&self, now: Timestamp) -> bool {
        self.messages_since_update >= LANE_UPDATE_MESSAGES
            || (self.messages_since_update > 0 && now.since(self.updated) >= LANE_UPDATE_MS)
    }

    /// How many messages may be appended now. Beyond, they wait as plain rows of the outbox. Readers without a link do not slow the
    /// others down, until they hold back as much as a lane may keep.
    pub fn room(&self, is_linked: &dyn Fn(&DeviceId) -> bool) -> u64 {
        let linked = self.readers.iter().filter(|reader| is_linked(&reader.device));
        let Some(unacked) = linked.map(|reader| self.unacked(reader)).max() else { return 0 };
        if self.bytes_kept() >= LANE_BYTES_MAX {
            return 0;
        }
        // One place stays free for the commit of an update.
        let free = |most: u64, taken: u64| most.saturating_sub(taken.saturating_add(1));
        free(WINDOW_ENTRIES, unacked).min(free(ENTRIES_MAX, self.next_seq - self.released_to()))
    }

    /// The reader who holds back as much as a lane may keep, if there is one.
    pub fn straggler(&self) -> Option<DeviceId> {
        let bytes = |reader: &Reader| self.bytes_total - reader.acked.map_or(reader.bytes_before, |at| at.bytes_total);
        let is_far =
            |reader: &&Reader| self.unacked(reader) + WINDOW_ENTRIES >= ENTRIES_MAX || bytes(reader) >= LANE_BYTES_MAX;
        self.readers.iter().filter(is_far).max_by_key(|reader| self.unacked(reader)).map(|reader| reader.device)
    }

    /// Bytes of ciphertext that some reader has not acknowledged.
    pub fn bytes_kept(&self) -> u64 {
        let acked = |reader: &Reader| reader.acked.map_or(reader.bytes_before, |position| position.bytes_total);
        self.bytes_total - self.readers.iter().map(acked).min().unwrap_or(self.bytes_total)
    }

    /// Whether the oldest kept entry is older than entries get.
    pub fn silent(&self, oldest: &Mark, now: Timestamp) -> bool {
        now.since(oldest.appended) >= LANE_AGE_MS_MAX
    }

    /// The first entry that this reader has not acknowledged; `None` for a device that does not read the lane.
    pub fn resume_from(&self, device: &DeviceId) -> Option<u64> {
        self.reader(device).map(|reader| self.start_of(reader))
    }

    /// Checks what a reader asks for again. Less than it acknowledged means that it lost state.
    pub fn requested(&self, device: &DeviceId, from_seq: u64) -> Result<(), SwapReason> {
        match self.resume_from(device) {
            Some(start) if from_seq < start => Err(SwapReason::ReaderWentBack),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes an acknowledgement; `mark` is the kept mark of the entry it names, if there is one.
    pub fn acknowledge(&mut self, device: &DeviceId, ack: &LaneAck, mark: Option<&Mark>) -> Result<Acked, SwapReason> {
        let released_before = self.released_to();
        let next_seq = self.next_seq;
        let Some(reader) = self.readers.iter_mut().find(|reader| reader.device == *device) else {
            return Ok(Acked::default());
        };
        if ack.seq >= next_seq {
            return Err(SwapReason::OwnerWentBack);
        }
        if ack.seq < reader.first_seq {
            return Err(SwapReason::ReaderWentBack);
        }
        if let Some(position) = reader.acked {
            match ack.seq.cmp(&position.seq) {
                std::cmp::Ordering::Less => return Err(SwapReason::ReaderWentBack),
                std::cmp::Ordering::Equal if ack.hash == position.hash => return Ok(Acked::default()),
                std::cmp::Ordering::Equal => return Err(SwapReason::Diverged),
                std::cmp::Ordering::Greater => {}
            }
        }
        let first = reader.acked.map_or(reader.first_seq, |position| position.seq + 1);
        match mark {
            Some(mark) if mark.seq == ack.seq && mark.hash == ack.hash => {
                reader.acked = Some(Position { seq: mark.seq, hash: mark.hash, bytes_total: mark.bytes_total });
            }
            Some(_) => return Err(SwapReason::Diverged),
            None => return Err(SwapReason::StateLost),
        }
        let released = self.released_to();
        Ok(Acked {
            reached: Some((first, ack.seq)),
            released_through: if released > released_before { released.checked_sub(1) } else { None },
        })
    }

    /// Entries below this number are held by all readers.
    pub fn released_to(&self) -> u64 {
        self.readers.iter().map(|reader| self.start_of(reader)).min().unwrap_or(self.next_seq)
    }

    fn unacked(&self, reader: &Reader) -> u64 {
        self.next_seq - self.start_of(reader)
    }

    fn reader(&self, device: &DeviceId) -> Option<&Reader> {
        self.readers.iter().find(|reader| reader.device == *device)
    }

    fn start_of(&self, reader: &Reader) -> u64 {
        reader.acked.map_or(reader.first_seq, |position| position.seq + 1)
    }
}

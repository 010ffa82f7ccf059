//! What goes to a destination of the audit, and from where it goes on. Pure. A message carries pseudonyms and never a name; nothing
//! counts as arrived before the destination has had time to say that it is gone.

use std::collections::VecDeque;

use data_encoding::HEXLOWER;
use protocol::time::Timestamp;
use serde_json::{Value, json};

/// A stream of messages without receipts (RFC 5425 has none) is believed only so far back: what was sent later before it broke is
/// sent again.
pub const UNSURE_MS: u64 = 30_000;
/// Entries of one destination that are under way and not confirmed; beyond, it waits.
pub const UNSURE_MAX: u64 = 100_000;
/// What is old enough, and still not acknowledged, is looked at again after so long.
const LOOK_AGAIN_MS: u64 = 1_000;

/// Facility 13, "log audit" (RFC 5424 §6.2.1).
const FACILITY: u8 = 13;
/// Severities (RFC 5424 §6.2.1): an integrity alarm is an alert, everything else a notice.
const ALERT: u8 = 1;
const NOTICE: u8 = 5;
const APP_NAME: &str = "isoloir";
/// RFC 5424 §6.2.7.
const MSGID_CHARS_MAX: usize = 32;
/// In place of the event's own word.
const UNDECODABLE: &str = "undecodable_entry";

/// One entry as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub index: u64,
    pub at: Timestamp,
    /// The event's own word.
    pub event: String,
    /// The entry as a JSON object on one line.
    pub json: String,
}

impl Message {
    /// Of an entry's line in an export. `None`: that is no entry.
    pub fn of(line: &Value) -> Option<Self> {
        let index = line.get("index")?.as_u64()?;
        let at = Timestamp::from_millis(line.get("at_ms")?.as_u64()?);
        let event = line.get("what")?.get("event")?.as_str()?.to_owned();
        Some(Self { index, at, event, json: line.to_string() })
    }

    /// Of a row that no entry can be read from. What it is goes out as well: whoever damaged it must not silence what follows.
    pub fn undecodable(index: u64, bytes: &[u8], stated: &[u8]) -> Self {
        let [entry, hash] = [bytes, stated].map(|bytes| HEXLOWER.encode(bytes));
        let json = json!({ "entry": entry, "hash": hash, "index": index, "undecodable": true });
        Self { index, at: Timestamp::ZERO, event: UNDECODABLE.to_owned(), json: json.to_string() }
    }

    /// RFC 5424 in the octet counting of RFC 5425 §4.3. `time` is RFC 3339 in UTC, `host` the server's name.
    pub fn syslog(&self, time: &str, host: &str) -> Vec<u8> {
        let is_alarm = ["integrity_alarm", UNDECODABLE].contains(&self.event.as_str());
        let severity = if is_alarm { ALERT } else { NOTICE };
        let priority = FACILITY * 8 + severity;
        let msgid: String = self.event.chars().take(MSGID_CHARS_MAX).collect();
        let message = format!("<{priority}>1 {time} {host} {APP_NAME} - {msgid} - {}", self.json);
        format!("{} {message}", message.len()).into_bytes()
    }
}

/// Entries up to `last` went out at a time that only grows, and this was the end of them in the stream.
#[derive(Debug, Clone, Copy)]
struct Unsure {
    last: u64,
    sent_ms: u64,
    end_bytes: u64,
}

/// How far a destination has got. Times are milliseconds of a clock that never goes back, whatever is done to the machine's.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Everything before this has arrived.
    confirmed: u64,
    /// The next to send.
    next: u64,
    unsure: VecDeque<Unsure>,
    /// Bytes of this connection.
    sent_bytes: u64,
    /// Old enough was something already, and not acknowledged.
    look_again_ms: Option<u64>,
}

impl Progress {
    /// Goes on where it had got.
    pub fn from(confirmed: u64) -> Self {
        Self { confirmed, next: confirmed, unsure: VecDeque::new(), sent_bytes: 0, look_again_ms: None }
    }

    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// How many more may be sent now.
    pub fn room(&self) -> u64 {
        UNSURE_MAX.saturating_sub(self.next.saturating_sub(self.confirmed))
    }

    /// Entries up to this one were handed over, and the destination said that it has them.
    pub fn arrived(&mut self, last: u64) {
        self.next = last.saturating_add(1);
        self.confirmed = self.next;
        self.unsure.clear();
    }

    /// Entries up to this one were handed over, in so many bytes, to somebody who says nothing.
    pub fn sent(&mut self, last: u64, bytes: u64, now_ms: u64) {
        self.next = last.saturating_add(1);
        self.sent_bytes = self.sent_bytes.saturating_add(bytes);
        self.unsure.push_back(Unsure { last, sent_ms: now_ms, end_bytes: self.sent_bytes });
    }

    /// The connection still stands at this time, and the other machine has acknowledged all of its bytes but so many: what is old
    /// enough and acknowledged has arrived. Whether anything has.
    pub fn stands(&mut self, unacknowledged_bytes: u64, now_ms: u64) -> bool {
        let before = self.confirmed;
        self.look_again_ms = None;
        while let Some(unsure) = self.unsure.front().filter(|unsure| now_ms.saturating_sub(unsure.sent_ms) >= UNSURE_MS)
        {
            // Encryption adds bytes and takes none away: of what was sent later at least so many are on the wire.
            if self.sent_bytes.saturating_sub(unsure.end_bytes) < unacknowledged_bytes {
                self.look_again_ms = Some(now_ms.saturating_add(LOOK_AGAIN_MS));
                break;
            }
            self.confirmed = self.confirmed.max(unsure.last.saturating_add(1));
            self.unsure.pop_front();
        }
        self.confirmed > before
    }

    /// When [`Progress::stands`] says more.
    pub fn deadline_ms(&self) -> Option<u64> {
        self.look_again_ms.or(self.unsure.front().map(|unsure| unsure.sent_ms.saturating_add(UNSURE_MS)))
    }

    /// The connection broke: whatever was unsure is sent again.
    pub fn broke(&mut self) {
        *self = Self::from(self.confirmed);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_a_counted_message_with_its_event_as_its_kind() {
        let line = json!({"index": 7, "at_ms": 5, "what": {"event": "member_suspended"}, "actor": "00"});
        let message = Message::of(&line).expect("an entry");
        let sent = String::from_utf8(message.syslog("2026-01-01T00:00:00.000Z", "chat.example")).expect("text");
        let (length, rest) = sent.split_once(' ').expect("counted");
        assert_eq!(length.parse(), Ok(rest.len()));
        assert!(
            rest.starts_with("<109>1 2026-01-01T00:00:00.000Z chat.example isoloir - member_suspended - {"),
            "{rest}"
        );
        assert!(rest.ends_with('}'));
        let alarm = json!({"index": 8, "at_ms": 5, "what": {"event": "integrity_alarm"}});
        let alarm = Message::of(&alarm).expect("an entry").syslog("-", "-");
        assert!(String::from_utf8_lossy(&alarm).contains("<105>1"));
        assert_eq!(Message::of(&json!({"checkpoint": "x"})), None);
    }

    #[test]
    fn what_was_sent_just_before_a_break_is_sent_again() {
        let mut progress = Progress::from(3);
        progress.sent(5, 300, 1_000);
        progress.sent(6, 100, 20_000);
        assert!(progress.stands(0, 1_000 + UNSURE_MS));
        assert_eq!((progress.confirmed(), progress.next()), (6, 7));
        progress.broke();
        assert_eq!(progress.next(), 6);
    }

    #[test]
    fn what_the_other_machine_has_not_acknowledged_has_not_arrived() {
        let mut progress = Progress::from(0);
        progress.sent(0, 300, 0);
        progress.sent(1, 100, 0);
        assert!(!progress.stands(101, UNSURE_MS), "one byte of the first is under way");
        assert_eq!(progress.deadline_ms(), Some(UNSURE_MS + LOOK_AGAIN_MS), "and nobody turns in circles meanwhile");
        assert!(progress.stands(100, UNSURE_MS));
        assert_eq!(progress.confirmed(), 1);
        assert!(progress.stands(0, UNSURE_MS));
        assert_eq!((progress.confirmed(), progress.deadline_ms()), (2, None));
    }

    #[test]
    fn what_is_under_way_is_bounded_in_entries() {
        let mut progress = Progress::from(5);
        progress.sent(4 + UNSURE_MAX / 2, 1, 0);
        assert_eq!(progress.room(), UNSURE_MAX / 2);
        progress.sent(4 + UNSURE_MAX, 1, 0);
        assert_eq!(progress.room(), 0);
    }

    #[test]
    fn a_damaged_row_goes_out_as_it_is() {
        let message = Message::undecodable(7, &[0xff], &[1, 2]);
        assert_eq!(message.json, r#"{"entry":"ff","hash":"0102","index":7,"undecodable":true}"#);
        let sent = String::from_utf8(message.syslog("1970-01-01T00:00:00.000Z", "h")).expect("text");
        assert!(sent.contains("<105>1 1970-01-01T00:00:00.000Z h isoloir - undecodable_entry - {"), "{sent}");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Send(u8),
        Wait(u16),
        Break,
    }

    proptest! {
        /// A destination that keeps what it got until shortly before each break has everything in the end, each at least once and
        /// never one before an earlier one of the same connection.
        #[test]
        fn nothing_is_missing_whenever_it_breaks(
            steps in prop::collection::vec(prop_oneof![
                (1..9_u8).prop_map(Step::Send), any::<u16>().prop_map(Step::Wait), Just(Step::Break)
            ], 0..60),
        ) {
            let (mut progress, mut now) = (Progress::from(0), 0_u64);
            // What it got on this connection with the time, and what it holds for good.
            let (mut got, mut holds) = (Vec::<(u64, u64)>::new(), std::collections::BTreeSet::new());
            for step in steps {
                match step {
                    Step::Send(count) => {
                        let (first, last) = (progress.next(), progress.next() + u64::from(count) - 1);
                        got.extend((first..=last).map(|index| (index, now)));
                        progress.sent(last, 1, now);
                    }
                    Step::Wait(ms) => {
                        now += u64::from(ms);
                        progress.stands(0, now);
                    }
                    Step::Break => {
                        // It loses everything of the last moments.
                        holds.extend(got.drain(..).filter(|(_, at)| now - at >= UNSURE_MS).map(|(index, _)| index));
                        progress.broke();
                    }
                }
                prop_assert!((0..progress.confirmed()).all(|index| holds.contains(&index)
                    || got.iter().any(|(sent, at)| *sent == index && now - at >= UNSURE_MS)));
            }
        }
    }
}

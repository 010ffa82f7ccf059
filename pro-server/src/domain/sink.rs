//! What goes to a destination of the audit, and from where it goes on. Pure. A message carries pseudonyms and never a name; nothing
//! counts as arrived before the destination has had time to say that it is gone.

use std::collections::VecDeque;

use protocol::time::Timestamp;
use serde_json::Value;

/// A stream of messages without receipts (RFC 5425 has none) is believed only so far back: what was sent later before it broke is
/// sent again.
pub const UNSURE_MS: u64 = 30_000;
/// Unsure messages of one destination; beyond, it waits.
pub const UNSURE_MAX: usize = 10_000;

/// Facility 13, "log audit" (RFC 5424 §6.2.1).
const FACILITY: u8 = 13;
/// Severities (RFC 5424 §6.2.1): an integrity alarm is an alert, everything else a notice.
const ALERT: u8 = 1;
const NOTICE: u8 = 5;
const APP_NAME: &str = "isoloir";
/// RFC 5424 §6.2.7.
const MSGID_CHARS_MAX: usize = 32;

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

    /// RFC 5424 in the octet counting of RFC 5425 §4.3. `time` is RFC 3339 in UTC, `host` the server's name.
    pub fn syslog(&self, time: &str, host: &str) -> Vec<u8> {
        let severity = if self.event == "integrity_alarm" { ALERT } else { NOTICE };
        let priority = FACILITY * 8 + severity;
        let msgid: String = self.event.chars().take(MSGID_CHARS_MAX).collect();
        let message = format!("<{priority}>1 {time} {host} {APP_NAME} - {msgid} - {}", self.json);
        format!("{} {message}", message.len()).into_bytes()
    }
}

/// How far a destination has got.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Everything before this has arrived.
    confirmed: u64,
    /// The next to send.
    next: u64,
    unsure: VecDeque<(u64, Timestamp)>,
}

impl Progress {
    /// Goes on where it had got.
    pub fn from(confirmed: u64) -> Self {
        Self { confirmed, next: confirmed, unsure: VecDeque::new() }
    }

    pub fn next(&self) -> u64 {
        self.next
    }

    pub fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// How many more may be sent now.
    pub fn room(&self) -> usize {
        UNSURE_MAX.saturating_sub(self.unsure.len())
    }

    /// Entries up to this one were handed over, and the destination said that it has them.
    pub fn arrived(&mut self, last: u64) {
        self.next = last.saturating_add(1);
        self.confirmed = self.next;
        self.unsure.clear();
    }

    /// Entries up to this one were handed over to somebody who says nothing.
    pub fn sent(&mut self, last: u64, now: Timestamp) {
        self.next = last.saturating_add(1);
        self.unsure.push_back((last, now));
    }

    /// The connection still stands at this time: what is old enough has arrived. Whether anything has.
    pub fn stands(&mut self, now: Timestamp) -> bool {
        let before = self.confirmed;
        while let Some((last, sent)) = self.unsure.front() {
            if now.since(*sent) < UNSURE_MS {
                break;
            }
            self.confirmed = self.confirmed.max(last.saturating_add(1));
            self.unsure.pop_front();
        }
        self.confirmed > before
    }

    /// When [`Progress::stands`] says more.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.unsure.front().map(|(_, sent)| sent.plus_ms(UNSURE_MS))
    }

    /// The connection broke: whatever was unsure is sent again.
    pub fn broke(&mut self) {
        self.next = self.confirmed;
        self.unsure.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const T: fn(u64) -> Timestamp = Timestamp::from_millis;

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
        progress.sent(5, T(1_000));
        progress.sent(6, T(20_000));
        assert!(progress.stands(T(1_000 + UNSURE_MS)));
        assert_eq!((progress.confirmed(), progress.next()), (6, 7));
        progress.broke();
        assert_eq!(progress.next(), 6);
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
                        progress.sent(last, T(now));
                    }
                    Step::Wait(ms) => {
                        now += u64::from(ms);
                        progress.stands(T(now));
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

//! What the demonstration measured: the one JSON line that a program reads, and whether it is a success.

use std::time::Duration;

use serde_json::{Value, json};

/// The results, filled in step by step.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub enrolled: usize,
    pub sent: usize,
    pub delivered: Vec<Duration>,
    pub file_bytes: u64,
    pub file_duration: Duration,
    pub blake3_equal: Equality,
    pub resumed_after_kill: Equality,
    pub path: String,
    pub first_message: Duration,
    /// The tables of the server that changed while the two talked; empty as it must be.
    pub stored: Value,
}

/// Whether what arrived is what was sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Equality {
    #[default]
    Unequal,
    Equal,
}

impl Equality {
    pub fn of(left: blake3::Hash, right: blake3::Hash) -> Self {
        if left == right { Self::Equal } else { Self::Unequal }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Equal => "yes",
            Self::Unequal => "no",
        }
    }
}

impl Report {
    /// The duration within which this share of the messages was delivered, in milliseconds.
    pub fn percentile_ms(&self, percent: usize) -> u64 {
        let mut sorted = self.delivered.clone();
        sorted.sort();
        let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(rank).map_or(0, |duration| millis(*duration))
    }

    pub fn mib_per_s(&self) -> f64 {
        let seconds = self.file_duration.as_secs_f64();
        if seconds > 0.0 { self.file_bytes as f64 / f64::from(1 << 20) / seconds } else { 0.0 }
    }

    /// Everything arrived, whole, and the server stored nothing.
    pub fn is_success(&self) -> bool {
        self.enrolled == 2
            && self.sent > 0
            && self.delivered.len() == self.sent
            && self.blake3_equal == Equality::Equal
            && self.resumed_after_kill == Equality::Equal
            && self.stored.as_object().is_some_and(serde_json::Map::is_empty)
    }

    /// The line for programs (docs/cli.md).
    pub fn json(&self) -> Value {
        json!({
            "enrolled": self.enrolled,
            "messages": {
                "sent": self.sent,
                "delivered": self.delivered.len(),
                "p50_ms": self.percentile_ms(50),
                "p99_ms": self.percentile_ms(99),
            },
            "file": {
                "bytes": self.file_bytes,
                "mib_per_s": (self.mib_per_s() * 10.0).round() / 10.0,
                "blake3_equal": self.blake3_equal == Equality::Equal,
            },
            "resumed_after_kill": self.resumed_after_kill == Equality::Equal,
            "path": self.path,
            "first_message_ms": millis(self.first_message),
        })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Report {
        Report {
            enrolled: 2,
            sent: 100,
            delivered: (1..=100).rev().map(Duration::from_millis).collect(),
            file_bytes: 64 << 20,
            file_duration: Duration::from_secs(2),
            blake3_equal: Equality::Equal,
            resumed_after_kill: Equality::Equal,
            path: String::from("host"),
            first_message: Duration::from_millis(700),
            stored: json!({}),
        }
    }

    #[test]
    fn says_what_was_measured() {
        let expected = json!({
            "enrolled": 2,
            "messages": { "sent": 100, "delivered": 100, "p50_ms": 50, "p99_ms": 99 },
            "file": { "bytes": 64 << 20, "mib_per_s": 32.0, "blake3_equal": true },
            "resumed_after_kill": true,
            "path": "host",
            "first_message_ms": 700,
        });
        assert_eq!(complete().json(), expected);
        assert!(complete().is_success());
    }

    #[test]
    fn anything_less_is_no_success() {
        let lost = Report { delivered: vec![Duration::ZERO; 99], ..complete() };
        let unequal = Report { blake3_equal: Equality::Unequal, ..complete() };
        let stored = Report { stored: json!({ "message": { "before": 0, "after": 1 } }), ..complete() };
        for report in [lost, unequal, stored, Report { enrolled: 1, ..complete() }, Report::default()] {
            assert!(!report.is_success(), "{report:?}");
        }
    }
}

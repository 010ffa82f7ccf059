//! Lengths of time, and timers, in words.

use serde_json::Value;

use super::Words;

/// Seconds of each unit, and the key of its words.
const UNITS: [(u64, &str); 3] = [(86_400, "duration-days"), (3_600, "duration-hours"), (60, "duration-minutes")];
/// The same, as a mark of a few columns.
const SHORT: [(u64, &str); 3] =
    [(86_400, "duration-short-days"), (3_600, "duration-short-hours"), (60, "duration-short-minutes")];

impl Words {
    /// In the largest unit that leaves no rest.
    pub fn duration(&self, seconds: u64) -> String {
        self.in_units(seconds, UNITS, "duration-seconds")
    }

    /// The same in a few columns.
    pub fn short_duration(&self, seconds: u64) -> String {
        self.in_units(seconds, SHORT, "duration-short-seconds")
    }

    fn in_units(&self, seconds: u64, units: [(u64, &str); 3], smallest: &str) -> String {
        let unit = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
        let (unit, key) = unit.unwrap_or((1, smallest));
        self.say_with(key, &[("count", (seconds / unit).into())])
    }

    /// What the message says that set a timer: the field `timer` of a row.
    pub fn timer_set(&self, timer: &Value) -> String {
        match timer["seconds"].as_u64() {
            Some(seconds) => self.say_with("timer-set", &[("time", self.duration(seconds).into())]),
            None => self.say("timer-taken-back"),
        }
    }

    /// What holds in a conversation: the answer to `timer`.
    pub fn timer_in_force(&self, row: &Value) -> String {
        let chosen = self.timer_set(row);
        let (policy, force) = (row["policy_seconds"].as_u64(), row["in_force"].as_u64());
        match policy.filter(|policy| force == Some(*policy)) {
            Some(policy) => {
                let rule = self.say_with("timer-of-policy", &[("time", self.duration(policy).into())]);
                format!("{chosen}\n{rule}")
            }
            None => chosen,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_said_in_the_largest_unit_that_fits() {
        let said = |tag: &str, seconds| Words::of_tag(tag).duration(seconds);
        assert_eq!([said("en", 60), said("en", 90), said("en", 86_400 * 7)], ["1 minute", "90 seconds", "7 days"]);
        assert_eq!([said("fr", 1), said("fr", 7_200)], ["1 seconde", "2 heures"]);
        assert_eq!(Words::of_tag("en").short_duration(3_600), "1 h");
    }

    #[test]
    fn the_rule_is_said_where_it_is_the_stricter_one() {
        let said = |row: Value| Words::of_tag("en").timer_in_force(&row);
        let both = said(json!({"seconds": 3_600, "policy_seconds": 60, "in_force": 60}));
        assert!(both.contains("1 hour") && both.contains("1 minute"), "{both}");
        let own = said(json!({"seconds": 60, "policy_seconds": 3_600, "in_force": 60}));
        assert!(!own.contains("1 hour"), "{own}");
    }
}

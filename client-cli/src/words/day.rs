//! Days in words. Pure: the time zone is the caller's.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Words;
use crate::plain::plain;

impl Words {
    /// Weekday, day, month, year.
    pub fn day(&self, date: Date) -> String {
        let number = |key: &str, name: &'static str, value: i8| self.say_with(key, &[(name, i64::from(value).into())]);
        self.say_with(
            "chat-date",
            &[
                ("weekday", number("chat-weekday", "weekday", date.weekday().to_monday_one_offset()).into()),
                ("day", i64::from(date.day()).into()),
                ("month", number("chat-month", "month", date.month()).into()),
                ("year", date.year().to_string().into()),
            ],
        )
    }

    /// A moment as people say it: the time today, the weekday within a week, else the date.
    pub fn since(&self, ms: u64, now_ms: u64, zone: &TimeZone) -> String {
        let moment = |ms: u64| {
            let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            at.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
        };
        let (then, now) = (moment(ms), moment(now_ms));
        let days = (now.date() - then.date()).get_days();
        match days {
            ..1 => format!("{:02}:{:02}", then.hour(), then.minute()),
            1 => self.say("since-yesterday"),
            2..7 => {
                let weekday = i64::from(then.date().weekday().to_monday_one_offset());
                self.say_with("chat-weekday", &[("weekday", weekday.into())])
            }
            _ => self.day(then.date()),
        }
    }

    /// That the organization reset somebody's identity, and what to do: of an event `identity-reset`, or of such a field of a row.
    pub fn identity_reset(&self, who: &str, reset: &Value, zone: &TimeZone) -> String {
        if reset["state"] == "reassigned" {
            // Others wrote these: nothing in them must steer a terminal.
            let said = |name: &str| plain(reset[name].as_str().unwrap_or_default()).into();
            let values = [("who", who.into()), ("login", said("of_login")), ("name", said("name"))];
            return self.say_with("identity-reassigned", &values);
        }
        let at = reset["at_ms"].as_i64().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let date = at.map(|at| self.day(at.to_zoned(zone.clone()).date()));
        let key = match (reset["state"] == "ended", date.is_some()) {
            (true, _) => "identity-ended-on",
            (false, true) => "identity-reset-on",
            (false, false) => "identity-reset-once",
        };
        self.say_with(key, &[("who", who.into()), ("date", date.unwrap_or_default().into())])
    }
}

/// Date, hours and minutes (ISO 8601, without the zone): what no calendar has is shown as 1970.
pub fn stamp(ms: u64, zone: &TimeZone) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let at = at.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn since_when_is_said_as_people_say_it() {
        // Sunday 22 November 2026, 02:00.
        let now = 1_795_312_800_000;
        let said = |tag: &str, ago_ms: u64| Words::of_tag(tag).since(now - ago_ms, now, &TimeZone::UTC);
        let day = 24 * 60 * 60 * 1_000;
        assert_eq!((said("en", 0), said("en", 60 * 60 * 1_000)), ("02:00".into(), "01:00".into()));
        assert_eq!((said("en", day), said("fr", day)), ("yesterday".into(), "hier".into()));
        assert_eq!((said("en", 5 * day), said("fr", 5 * day)), ("Tuesday".into(), "mardi".into()));
        assert_eq!(said("en", 7 * day), "Sunday 15 November 2026");
    }

    #[test]
    fn a_stamp_sorts_as_it_reads() {
        assert_eq!(stamp(1_795_312_800_000, &TimeZone::UTC), "2026-11-22 02:00");
        assert_eq!(stamp(u64::MAX, &TimeZone::UTC), "1970-01-01 00:00");
    }

    #[test]
    fn a_reset_says_whose_when_and_what_to_do() {
        let reset = json!({"state": "replaced", "at_ms": 1_795_312_800_000_i64});
        let said = |tag: &str, reset: &Value| Words::of_tag(tag).identity_reset("grace", reset, &TimeZone::UTC);
        assert!(
            said("en", &reset)
                .starts_with("grace's identity was reset by your organization on Sunday 22 November 2026.")
        );
        assert!(said("fr", &reset).contains("dimanche 22 novembre 2026"));
        assert!(!said("en", &json!({"state": "replaced"})).contains(" on "));
        assert!(said("en", &json!({"state": "ended", "at_ms": 1_795_312_800_000_i64})).contains("no device"));
    }
}

//! Days and times as the person's clock and language show them. Pure: the time zone is an argument.

use jiff::tz::TimeZone;

use crate::words::Words;

/// A moment in the person's time zone.
pub struct Moment(jiff::Zoned);

impl Moment {
    /// Of milliseconds since 1970; what no calendar has is shown as 1970.
    pub fn of(ms: u64, zone: &TimeZone) -> Self {
        let at = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        Self(at.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone()))
    }

    pub fn is_same_day(&self, other: &Self) -> bool {
        self.0.date() == other.0.date()
    }

    /// Hours and minutes.
    pub fn time(&self) -> String {
        format!("{:02}:{:02}", self.0.hour(), self.0.minute())
    }

    /// The time, or the date if it is not today (ISO 8601): ten columns at most.
    pub fn short(&self, now: &Self) -> String {
        if self.is_same_day(now) { self.time() } else { self.0.date().to_string() }
    }

    /// Weekday, day, month, year.
    pub fn day(&self, words: &Words) -> String {
        words.day(self.0.date())
    }

    /// The time, with the day if it is not today.
    pub fn since(&self, now: &Self, words: &Words) -> String {
        if self.is_same_day(now) { self.time() } else { format!("{}, {}", self.day(words), self.time()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_said_in_the_persons_language() {
        let moment = Moment::of(1_795_312_800_000, &TimeZone::UTC);
        assert_eq!(moment.time(), "02:00");
        assert_eq!(moment.day(&Words::of_tag("en")), "Sunday 22 November 2026");
        assert_eq!(moment.day(&Words::of_tag("fr")), "dimanche 22 novembre 2026");
        let first = Moment::of(1_767_225_600_000, &TimeZone::UTC);
        assert_eq!(first.day(&Words::of_tag("fr")), "jeudi 1er janvier 2026");
        assert_eq!(first.since(&moment, &Words::of_tag("en")), "Thursday 1 January 2026, 00:00");
        assert_eq!((first.short(&moment).as_str(), moment.short(&moment).as_str()), ("2026-01-01", "02:00"));
        assert_eq!(Moment::of(u64::MAX, &TimeZone::UTC).time(), "00:00");
    }
}

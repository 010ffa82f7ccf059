//! Times as SCIM writes them (RFC 7643 §2.3.5: xsd:dateTime). It reads no clock.

use protocol::time::Timestamp;

/// In UTC, with milliseconds. A time that no calendar has is shown as the beginning of 1970.
pub fn written(time: Timestamp) -> String {
    let at = i64::try_from(time.as_millis()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    format!("{:.3}", at.unwrap_or(jiff::Timestamp::UNIX_EPOCH))
}

/// Milliseconds since 1970, for comparing.
pub fn read(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        let time = Timestamp::from_millis(1_700_000_000_120);
        assert_eq!(written(time), "2023-11-14T22:13:20.120Z");
        assert_eq!(read(&written(time)), Some(1_700_000_000_120));
        assert_eq!(read("2023-11-14T23:13:20+01:00"), Some(1_700_000_000_000));
        assert_eq!(read("yesterday"), None);
        assert_eq!(written(Timestamp::from_millis(u64::MAX)), "1970-01-01T00:00:00.000Z");
    }
}

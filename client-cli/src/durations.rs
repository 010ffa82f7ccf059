//! Times as people write them. It must never cut one that does not fit into another that does.

/// Whole seconds of `90s`, `1h 30m`, `2 days`, or of a number alone, which is seconds. A day has 24 hours. What is less than nothing is 0,
/// what is more than `u32` holds is its largest: callers refuse both with their own bounds.
///
/// # Errors
///
/// It is no time.
pub fn seconds(text: &str) -> Result<u32, jiff::Error> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let span: jiff::Span = text.parse()?;
    let seconds = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())?.as_secs();
    Ok(u32::try_from(seconds).unwrap_or(if seconds < 0 { 0 } else { u32::MAX }))
}

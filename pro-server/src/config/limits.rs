//! `[limits]`: what one server process carries at most. What both ends must agree on is in `protocol::limits`, not here.

use super::reader::Section;

const CONNECTIONS_MAX_DEFAULT: u64 = 20_000;
const CONNECTIONS_PER_SOURCE_MAX_DEFAULT: u64 = 4_000;
const CONNECTIONS_CEILING: u64 = 1_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// TCP connections at one time.
    pub connections_max: usize,
    /// TCP connections at one time from one address (IPv6: one /64). A whole site may share one address.
    pub connections_per_source_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections_max: CONNECTIONS_MAX_DEFAULT as usize,
            connections_per_source_max: CONNECTIONS_PER_SOURCE_MAX_DEFAULT as usize,
        }
    }
}

pub fn read(mut section: Section<'_>) -> Limits {
    let mut count = |key, default| {
        let value = section.integer(key, 1..=CONNECTIONS_CEILING);
        usize::try_from(value.unwrap_or(default)).unwrap_or(usize::MAX)
    };
    let limits = Limits {
        connections_max: count("connections_max", CONNECTIONS_MAX_DEFAULT),
        connections_per_source_max: count("connections_per_source_max", CONNECTIONS_PER_SOURCE_MAX_DEFAULT),
    };
    section.finish();
    limits
}

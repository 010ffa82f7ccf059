//! Single-writer lanes, pure: what the owner's log and the receiver's position decide. Entries are sealed bytes here; keys,
//! rows and links belong to the caller. Source: `protocol/spec/lanes.md`. A lane must never hold two entries with one sequence
//! number, and a receiver must never apply one twice or out of order.

#[cfg(test)]
mod model;
mod owned;
mod received;
#[cfg(test)]
mod tests;

pub use owned::{Acked, Append, Mark, OwnedLane, Reader, SwapReason};
pub use received::{Generation, ReceivedLane, Verdict};

use protocol::time::{DAY_MS, Timestamp};

/// A clock that is behind the generations by no more than this is waited for; by more, it was set back.
const CATCH_UP_S: u32 = 60;

/// The generation of a lane that is started now, or `None` to wait for the next second. It must be above every earlier one of
/// this device in this conversation, also when the device came back from a backup and does not know the last ones: so it is the
/// wall clock in seconds, and never runs ahead of it. Only where the clock was set back it goes on from the highest that is known
/// here (`previous`) or to the reader (`seen`; a claim from more than a day ahead is not believed).
pub fn next_generation(previous: Option<u32>, seen: Option<u32>, now: Timestamp) -> Option<u32> {
    let seconds = |at: Timestamp| u32::try_from(at.as_millis() / 1_000).unwrap_or(u32::MAX - 1);
    let (clock, plausible) = (seconds(now), seconds(now.plus_ms(DAY_MS)));
    let known = previous.max(seen.filter(|generation| *generation <= plausible));
    let above = known.map_or(0, |generation| generation.saturating_add(1));
    if (1..=CATCH_UP_S).contains(&above.saturating_sub(clock)) { None } else { Some(above.max(clock)) }
}

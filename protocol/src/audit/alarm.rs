//! What an integrity alarm in the audit says. A closed list: an alarm never carries what was found.

use minicbor::{Decode, Encode};
use serde::Serialize;

/// Things that must not happen. That the clock went back is kept for what notices it: nothing writes it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// The transparency log does not hash to its own checkpoint.
    #[n(0)]
    LogMismatch,
    /// The audit does not hash to its own checkpoint.
    #[n(1)]
    AuditMismatch,
    /// The clock went back.
    #[n(2)]
    ClockWentBack,
    /// A checkpoint of ours was shown that is newer than our own log, or of another one: the server was rolled back.
    #[n(3)]
    LogBehind,
}

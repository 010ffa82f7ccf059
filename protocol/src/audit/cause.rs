//! Why somebody lost access, without a word about the circumstances.

use minicbor::{Decode, Encode};
use serde::Serialize;

/// Why a person or device lost access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An administrator's decision.
    #[n(0)]
    Administrator,
    /// The person left the directory, its filter, or is disabled there.
    #[n(1)]
    Directory,
    /// A new device took its place after an identity reset.
    #[n(2)]
    Replaced,
}

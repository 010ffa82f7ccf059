//! What the audit says of a directory run: where it read from, and its numbers. Never a name.

use minicbor::{Decode, Encode};
use serde::Serialize;

/// Where a directory run read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The built-in directory.
    #[n(0)]
    Builtin,
    /// A CSV file.
    #[n(1)]
    Csv,
    /// LDAP.
    #[n(2)]
    Ldap,
    /// A provisioning service, which pushes (RFC 7644).
    #[n(3)]
    Scim,
}

/// Numbers of one directory run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize)]
#[cbor(map)]
pub struct RunCounts {
    /// People read.
    #[n(0)]
    pub seen: u64,
    /// New people.
    #[n(1)]
    pub added: u64,
    /// People whose attributes changed.
    #[n(2)]
    pub changed: u64,
    /// People suspended.
    #[n(3)]
    pub suspended: u64,
    /// People taken back.
    #[n(4)]
    pub resumed: u64,
    /// Entries that could not be used.
    #[n(5)]
    pub skipped: u64,
}

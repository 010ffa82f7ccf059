//! Entries that a source shows and that give nobody access all the same. A run treats them exactly as if they were absent; the
//! reason is told as a count, never beside a name.

use super::member::ExternalId;

/// Why an entry gives no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAccess {
    #[error("the account is disabled")]
    Disabled,
    #[error("the account has expired")]
    Expired,
    #[error("the person is not in the required group")]
    OutsideGroup,
}

/// An entry that gives no access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WithoutAccess {
    /// Which entry of the source's answer, counted from 1.
    pub place: u64,
    pub external_id: ExternalId,
    pub cause: NoAccess,
}

/// How many entries gave no access, by cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Withheld {
    pub disabled: u64,
    pub expired: u64,
    pub outside_group: u64,
}

impl Withheld {
    pub fn count(entries: &[WithoutAccess]) -> Self {
        let of = |cause| entries.iter().filter(|entry| entry.cause == cause).count() as u64;
        Self {
            disabled: of(NoAccess::Disabled),
            expired: of(NoAccess::Expired),
            outside_group: of(NoAccess::OutsideGroup),
        }
    }

    /// All causes together.
    pub const fn total(self) -> u64 {
        self.disabled.saturating_add(self.expired).saturating_add(self.outside_group)
    }
}

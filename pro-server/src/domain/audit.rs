//! The audit as anybody can check it: what is read from a file or from the database goes through one reader, which says what is not
//! as it was signed, and where. The format is protocol/spec/audit.md.

use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::time::Timestamp;
use protocol::tlog::{SignedCheckpoint, WitnessKey};

pub use finding::{Damage, FINDINGS_MAX, Finding};
pub use ledger::{Decoded, Ledger};
pub use lines::{EXPORT_CHECKPOINTS_MAX, EXPORT_LINE_BYTES_MAX, Verifier, checkpoint, entry, header};
pub use parties::{KnownParty, Parties};

mod finding;
mod ledger;
mod lines;
mod names;
mod parties;
pub mod proof;
#[cfg(test)]
mod tests;

/// What was checked. Compare the organization with the fingerprint in an enrollment link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub organization: OrganizationFingerprint,
    pub entries: u64,
    pub root: Hash32,
    /// When the checkpoint was signed.
    pub time: Timestamp,
    /// It covers all entries.
    pub checkpoint: SignedCheckpoint,
    /// What those say who were asked for.
    pub witnesses: Vec<Witnessed>,
    pub memory: Memory,
}

/// What was compared with an audit, to find that it was put back to an earlier state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Memory {
    /// A file by itself has none.
    #[default]
    Elsewhere,
    /// How far it had gone, as the data folder says.
    Compared,
    /// The data folder does not say it, or nobody can read what it says.
    Lost,
}

/// What a witness says of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    pub key: WitnessKey,
    /// How many entries it has seen, and when it said so by its own clock.
    pub said: Option<(u64, Timestamp)>,
}

/// The origin line of an organization's audit log.
pub fn origin(organization: OrganizationFingerprint) -> String {
    format!("isoloir.audit/{organization}")
}

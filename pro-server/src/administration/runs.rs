//! What a running server says of directory runs. Logins go to the administrator who asked; what is kept of runs has ids only.

use protocol::ids::{Hash32, MemberId};
use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::domain::source::SourceName;
use crate::domain::withheld::Withheld;

/// What a directory run did, or would do, to one person.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeRow {
    /// `add`, `update`, `suspend` or `resume`.
    pub change: String,
    pub login: String,
}

/// An entry of the directory that was left out, and why.
#[derive(Debug, Serialize, Deserialize)]
pub struct SkippedRow {
    /// Which entry of the source, from 1; the line of a file.
    pub place: u64,
    /// Whose, if known; that person stays as they are.
    pub login: Option<String>,
    pub reason: String,
}

/// A directory run in numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RunRow {
    /// `planned`, `applied`, or `refused` where other sources went on.
    pub state: String,
    /// The name of the source; none of an imported file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub seen: u64,
    pub added: u64,
    pub updated: u64,
    pub suspended: u64,
    pub resumed: u64,
    pub skipped: u64,
    /// Entries that the source shows and that give no access: by cause.
    pub withheld: WithheldRow,
    /// People who lose access or their groups, and how many may.
    pub hit: u64,
    pub allowed: u64,
    /// Names the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Hash32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

impl RunRow {
    /// A run that has done nothing yet.
    pub fn new(source: Option<&SourceName>, state: &str) -> Self {
        RunRow { state: state.to_owned(), source: source.map(SourceName::to_string), ..RunRow::default() }
    }
}

/// Entries without access.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WithheldRow {
    pub disabled: u64,
    pub expired: u64,
    pub outside_group: u64,
}

impl From<Withheld> for WithheldRow {
    fn from(Withheld { disabled, expired, outside_group }: Withheld) -> Self {
        WithheldRow { disabled, expired, outside_group }
    }
}

/// A directory run of the past, or several that ended the same one after the other.
#[derive(Debug, Serialize, Deserialize)]
pub struct PastRunRow {
    pub first_ms: u64,
    pub last_ms: u64,
    pub times: u64,
    pub source: String,
    /// `done`, `braked` or `failed`.
    pub state: String,
    /// Of the brake or of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether an administrator agreed to exactly this, despite the brake.
    pub agreed: bool,
    pub seen: u64,
    pub added: u64,
    pub updated: u64,
    pub suspended: u64,
    pub resumed: u64,
    pub skipped: u64,
    pub withheld: WithheldRow,
    pub hit: u64,
    pub allowed: u64,
    /// The first of those that were left out.
    pub entries: Vec<PastSkippedRow>,
}

/// An entry that was left out of a run. A person stands here by id only.
#[derive(Debug, Serialize, Deserialize)]
pub struct PastSkippedRow {
    pub place: u64,
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<MemberId>,
}

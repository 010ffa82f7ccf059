//! The audit as an administrator sees it: what happened, when, to whom, by whom.

use protocol::audit::AuditEvent;
use protocol::ids::{Hash32, MemberId, OrganizationFingerprint};
use protocol::secret::Personal;
use protocol::time::Timestamp;

/// Who is named by an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartyView {
    Person {
        id: MemberId,
        login: Personal<String>,
    },
    Administrator {
        login: Personal<String>,
    },
    /// Whoever ran a command on the server's machine.
    LocalAdministrator {
        uid: u32,
    },
    /// A provider that pushes people, by the name of its token.
    Integration {
        name: Personal<String>,
    },
    Server,
    /// The party's key was destroyed, or the row is gone.
    Erased,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    pub index: u64,
    pub at: Timestamp,
    pub event: AuditEvent,
    pub subject: Option<PartyView>,
    pub actor: PartyView,
}

/// A person was erased; what is left of them stands in copies that only their keeper can purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    pub backups: u64,
    pub newest_backup: Option<Timestamp>,
    /// Of the audit, with pseudonyms.
    pub exports: u64,
    /// Times that everything about the person was taken out before.
    pub taken_out: u64,
}

/// Which entries: the newest, or those before an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuditPosition {
    #[default]
    Newest,
    /// Entries with a smaller index.
    Before(u64),
}

/// A page of the audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first.
    pub rows: Vec<AuditView>,
    /// Entries in the whole audit; the first has index 0.
    pub entries: u64,
}

/// What a check of the whole audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditVerdict {
    Intact {
        organization: OrganizationFingerprint,
        entries: u64,
        root: Hash32,
        /// When the checkpoint was signed.
        signed: Timestamp,
        memory: AuditMemory,
    },
    /// It was damaged or changed.
    Broken { findings: Vec<AuditFinding> },
}

/// Whether it was compared with how far the server remembers that it had gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditMemory {
    Compared,
    /// Nothing is remembered: an audit that was put back would not be noticed.
    Lost,
}

/// One thing that is not as it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditFinding {
    /// `finding-CODE` has words for it.
    pub code: &'static str,
    /// Where, by the code.
    pub first: Option<u64>,
    pub last: Option<u64>,
}

/// How the audit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditState {
    /// Under the newest checkpoint.
    pub entries: u64,
    pub root: Hash32,
    /// When that was signed.
    pub signed: Timestamp,
    /// None since the start.
    pub checked: Option<AuditCheck>,
    pub sinks: Vec<SinkView>,
    pub witnesses: Vec<WitnessView>,
}

/// A check of the whole audit that somebody had made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditCheck {
    pub at: Timestamp,
    pub is_intact: bool,
}

/// What keeps a destination or a witness back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditFault {
    /// `fault-CODE` has words for it.
    pub code: &'static str,
    pub since: Timestamp,
}

/// A destination of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkView {
    pub name: String,
    /// `sink-kind-KIND` has words for it.
    pub kind: &'static str,
    /// Entries that have arrived.
    pub confirmed: u64,
    pub waiting: u64,
    pub fault: Option<AuditFault>,
}

/// Who else vouches for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessView {
    pub name: String,
    /// How many entries it has seen, and when it said so.
    pub said: Option<(u64, Timestamp)>,
    pub fault: Option<AuditFault>,
}

/// A table of the database, and what its fields say of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTable {
    /// `handover-TABLE` has words for it.
    pub table: String,
    pub rows: u64,
    /// Each with its class, of which `handover-class-CLASS` has words.
    pub fields: Vec<(String, &'static str)>,
}

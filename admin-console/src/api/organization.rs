//! The organization at a glance, its directory runs and its policy, as an administrator sees them.

use protocol::ids::{Hash32, MemberId, OrganizationFingerprint};
use protocol::policy::{PolicyDocument, Version};
use protocol::secret::Personal;
use protocol::time::Timestamp;

pub use protocol::audit::RunCounts;

use super::audit::AuditView;
use super::error::Brake;

/// The first page.
#[derive(Debug, Clone)]
pub struct Overview {
    pub now: Timestamp,
    pub organization: OrganizationFingerprint,
    /// Where clients reach the server.
    pub public_url: String,
    pub version: Version,
    pub started: Timestamp,
    /// When the TLS certificate in use ends.
    pub certificate_not_after: Option<Timestamp>,
    /// The organization's directory key, which its root key signs for a year.
    pub directory_key: DirectoryKeyView,
    pub people: PeopleCounts,
    /// Devices that are not revoked.
    pub devices: u64,
    /// Devices that have a signaling session at this moment; none where so few have one that the number would tell who.
    pub connected: Option<u64>,
    pub policy: PolicyDocument,
    pub directory: DirectoryView,
    pub owners: u32,
    pub audit_entries: u64,
    /// The newest entries, newest first, at most [`Overview::RECENT_MAX`].
    pub recent: Vec<AuditView>,
}

impl Overview {
    /// Entries on the first page.
    pub const RECENT_MAX: usize = 6;
}

/// The directory key's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryKeyView {
    pub not_after: Timestamp,
    pub standing: KeyStanding,
}

/// Whether somebody has to do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStanding {
    Good,
    /// It ends soon.
    Ending,
    /// No device can be enrolled.
    Ended,
}

/// How many people stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeopleCounts {
    pub provisioned: u64,
    pub active: u64,
    pub suspended: u64,
    pub locked: u64,
}

/// Where people come from, beside imported files.
#[derive(Debug, Clone, Default)]
pub struct DirectoryView {
    /// Those that are configured, in their order, then those that are not any more and still have people.
    pub sources: Vec<SourceView>,
}

/// One source that has runs.
#[derive(Debug, Clone)]
pub struct SourceView {
    /// As the configuration has it.
    pub name: String,
    pub state: SourceState,
    /// The last run; a braked or failed one too.
    pub last_run: Option<LastRun>,
}

/// What a source is at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceState {
    /// It is configured no more. Its people stay as they are until an administrator lets them go.
    Left { listed: u64 },
    Ldap {
        /// Without credentials.
        url: String,
        interval_s: u64,
        /// Share of the listed people that may leave in one run.
        brake_percent: u8,
        /// A number of people that may always leave at once.
        brake_minimum: u32,
    },
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct LastRun {
    pub at: Timestamp,
    pub outcome: RunOutcome,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    Done(RunCounts),
    Braked(Brake),
    /// The stable code of what failed, as in [`super::Dependency::Directory`].
    Failed {
        code: String,
    },
}

/// A directory run, done or planned.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Names the plan: equal plans have equal digests.
    pub digest: Hash32,
    /// Why it is not carried out by itself: only with [`Consent::DespiteTheBrake`].
    pub brake: Option<Brake>,
    pub counts: RunCounts,
    /// People who lose access first, then by kind; at most [`super::RUN_ROWS_MAX`].
    pub changes: Vec<RunChange>,
    /// At most [`super::RUN_ROWS_MAX`].
    pub skipped: Vec<SkippedView>,
}

impl RunReport {
    /// Whether it changes nothing.
    pub const fn is_empty(&self) -> bool {
        let RunCounts { added, changed, suspended, resumed, .. } = self.counts;
        added == 0 && changed == 0 && suspended == 0 && resumed == 0
    }
}

/// How a run ended, or several that ended the same one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// Its place in the order of all.
    pub position: u64,
    /// As the configuration has it.
    pub source: String,
    pub outcome: RunOutcome,
    /// Ends of the first and of the last of them.
    pub first: Timestamp,
    pub last: Timestamp,
    /// How many they are.
    pub times: u64,
    /// Whether an administrator said yes to exactly this, despite the brake.
    pub is_agreed: bool,
    /// People who lost access or groups, or would have.
    pub hit: u64,
    /// Entries that the source showed and that gave no access.
    pub without_access: u64,
    pub skipped_count: u64,
    /// The first of them.
    pub skipped: Vec<PastSkipped>,
}

/// An entry that a run left out. Who it is about stands here by id only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSkipped {
    pub place: u64,
    /// If known; that person stayed as they were.
    pub person: Option<MemberId>,
    /// As in [`SkippedView`].
    pub reason: &'static str,
    pub attribute: Option<&'static str>,
}

/// What the administrator has said yes to, beside the plan itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The plan, if the brake lets it.
    WithinTheBrake,
    /// Exactly this plan, whatever the brake says.
    DespiteTheBrake,
}

/// What happens, or would happen, to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunChange {
    pub kind: RunChangeKind,
    pub login: Personal<String>,
}

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunChangeKind {
    Suspend,
    Resume,
    Add,
    Update,
}

/// An entry that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedView {
    /// Which entry of the source, from 1.
    pub place: u64,
    /// Whose, if known; that person stays as they are.
    pub login: Option<Personal<String>>,
    /// `missing`, `unusable`, `several_values`, `duplicate_id`, `duplicate_login`, `login_elsewhere` or `removed`.
    pub reason: &'static str,
    /// `id`, `login`, `name`, `mail` or `groups`, where the reason is about one.
    pub attribute: Option<&'static str>,
}

/// The policy in force.
#[derive(Debug, Clone)]
pub struct PolicyView {
    pub document: PolicyDocument,
    pub reach: Reach,
    /// The newest client version that may be required: the server's own.
    pub version_max: Version,
}

/// Whom a policy reaches: everybody who takes part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// People who are neither suspended nor locked.
    pub people: u64,
    /// Their devices.
    pub devices: u64,
    /// Devices that are told at once, as in [`Overview::connected`]; the others when they come back.
    pub connected: Option<u64>,
}

//! What `pro-server` commands and a running server say to each other over the administration socket: one JSON request line,
//! then JSON reply lines, the last of which is `Done` or `Refused`. Never crosses the network.

use std::path::PathBuf;

use protocol::audit::{Assignment, IntegrationScope};
use protocol::ids::{AdministratorId, DeviceId, Hash32, IntegrationId};
use protocol::secret::Personal;
use protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::console::OpenSession;
use crate::domain::directory_key::Renewed;
use crate::service::administrators::AdministratorView;

pub use accounts::AdministratorOrder;
pub use approvals::{ApprovalOrder, ApprovalRow, DetailRow, approval_state};
pub use handover::StoredRow;
pub use organization::{
    AuditRow, BrokenRow, FindingRow, LogRow, OrganizationRow, PeopleCountsRow, VerdictRow, VerifiedRow,
};
pub use people::{
    CodeRow, DeviceRow, ErasedAdministratorRow, ErasedRow, PersonDetailRow, PersonRow, StateRow, state_of,
};
pub use policy::PolicyRow;
pub use programs::{BrakedRow, IntegrationRow, ProvisioningRow, TokenRow};
pub use runs::{ChangeRow, PastRunRow, PastSkippedRow, PlanRow, RunRow, SkippedRow, SourceRow, WithheldRow};
pub use sinks::SinkRow;
pub use witnesses::{WitnessRow, WitnessedRow};

mod accounts;
mod approvals;
mod handover;
mod organization;
mod people;
pub mod policy;
mod programs;
mod runs;
mod sinks;
mod witnesses;

/// A request line; the largest is a CSV file of all people.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A reply line.
pub const REPLY_BYTES_MAX: usize = 1024 * 1024;

/// What an administrator asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    Health,
    Sync {
        mode: SyncMode,
        /// By its name; all that are configured if none is named.
        source: Option<String>,
    },
    /// How runs went, newest first.
    SyncHistory {
        source: Option<String>,
    },
    PeopleList,
    PeopleImport {
        /// In base64: which of its lines are no UTF-8 is for the reader to say.
        csv: String,
        mode: SyncMode,
    },
    Identity(IdentityRequest),
    PeopleSuspend {
        login: String,
    },
    PeopleResume {
        login: String,
    },
    PeopleRemove {
        login: String,
    },
    PeopleUnlink {
        login: String,
    },
    /// Everything that is kept about a person, a line each.
    PeopleExport {
        login: String,
    },
    /// By login or id.
    Erase {
        whom: String,
    },
    DeviceList {
        login: Option<String>,
    },
    DeviceRevoke {
        device: DeviceId,
    },
    EnrollmentCodeCreate {
        login: String,
    },
    Policy(policy::PolicyOrder),
    AuditList,
    AuditSinks,
    AuditWitnesses,
    Handover,
    AuditExport,
    AuditVerify {
        /// A checkpoint that somebody kept: the audit has to go on from it.
        #[serde(default)]
        against: Option<String>,
        /// Keys of witnesses whose words are told, beside those of the configuration.
        #[serde(default)]
        witnesses: Vec<String>,
    },
    AuditCheckpoint,
    /// Of an entry, or since a checkpoint that somebody kept.
    AuditProve {
        entry: Option<u64>,
        since: Option<String>,
    },
    /// A copy of everything, which stands until the caller goes away.
    Backup,
    LogCheckpoint,
    Administrator(AdministratorOrder),
    Approvals(ApprovalOrder),
    IntegrationList,
    IntegrationAdd {
        scope: IntegrationScope,
        name: String,
        days: u64,
    },
    IntegrationRevoke {
        token: IntegrationId,
    },
    /// Let providers take access from more people than a day's brake allows.
    IntegrationRelease,
    AuditErase {
        login: String,
    },
    /// What the root key has to sign.
    KeysRequest {
        /// A serial that devices may have seen.
        after: u64,
    },
    /// What it has to sign so that another key takes the place of the directory key.
    KeysSuccessor {
        after: u64,
    },
    /// What it has signed, in hexadecimal.
    KeysInstall {
        signed: String,
    },
}

/// Whether a directory run or an import changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncMode {
    Plan,
    Apply,
    /// Exactly the plan of this digest, whatever the brake says.
    Agree {
        digest: Hash32,
    },
}

/// `KEY=VALUE` of `policy set`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Change {
    pub key: String,
    pub value: String,
}

/// A reply line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    Row(Row),
    Refused(Refusal),
    Done,
}

/// One result; with `--json` its `value` is printed as it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Row {
    Person(PersonRow),
    Device(DeviceRow),
    /// What became of a person or device.
    State(StateRow),
    Change(ChangeRow),
    Skipped(SkippedRow),
    Run(RunRow),
    PastRun(PastRunRow),
    Code(CodeRow),
    Policy(PolicyRow),
    PolicyScope(policy::PolicyScopeRow),
    PolicyKind(policy::PolicyKindRow),
    PersonPolicy(policy::PersonPolicyRow),
    PolicyPreview(policy::PolicyPreviewRow),
    PastPolicy(policy::PastPolicyRow),
    Audit(AuditRow),
    Sink(SinkRow),
    Witness(WitnessRow),
    Stored(StoredRow),
    /// A line of an export, as it goes into the file.
    Line(serde_json::Value),
    Verified(VerifiedRow),
    Broken(BrokenRow),
    Erased(ErasedRow),
    ErasedAdministrator(ErasedAdministratorRow),
    /// Where the copy for a backup is.
    Snapshot(SnapshotRow),
    Log(LogRow),
    Administrator(AdministratorRow),
    Session(SignInRow),
    Link(LinkRow),
    Approval(ApprovalRow),
    Integration(IntegrationRow),
    Token(TokenRow),
    Renewal(RenewalRow),
    IdentityOrder(IdentityOrderRow),
    Key(KeyRow),
}

/// The state that `health` answers with.
pub const SERVING: &str = "serving";

/// An account of the console, or a link that waits to become one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AdministratorRow {
    #[schema(value_type = String)]
    pub administrator_id: AdministratorId,
    /// None until set up.
    pub name: Option<String>,
    /// `owner`, `people`, `policy`, `auditor` and `help-desk`; all but the first may be followed by `:GROUP`.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Assignment>,
    /// `active`, `waiting` (for its one-time link to be used) or `expired` (its link is worth nothing any more).
    pub state: String,
    pub signed_in_ms: Option<u64>,
    pub link_expires_ms: Option<u64>,
}

impl AdministratorRow {
    /// As it stands at `now`.
    pub fn of(account: AdministratorView, now: Timestamp) -> Self {
        let state = match account.link_expires {
            None => "active",
            Some(expires) if now < expires => "waiting",
            Some(_) => "expired",
        };
        AdministratorRow {
            administrator_id: account.id,
            name: account.name.map(|name| name.into_exposed()),
            roles: account.roles,
            state: state.to_owned(),
            signed_in_ms: account.signed_in.map(|at| at.as_millis()),
            link_expires_ms: account.link_expires.map(|at| at.as_millis()),
        }
    }
}

/// An open session of the console.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SignInRow {
    /// Names the session, and opens nothing.
    #[schema(value_type = String)]
    #[serde(rename = "sign_in")]
    pub session: Hash32,
    #[schema(value_type = String)]
    pub administrator_id: AdministratorId,
    pub name: String,
    pub opened_ms: u64,
    pub used_ms: u64,
    /// `password`, or `provider` where an identity provider vouched for it.
    pub by: String,
}

impl SignInRow {
    pub fn of(session: OpenSession, name: Personal<String>) -> Self {
        SignInRow {
            session: session.id,
            administrator_id: session.administrator,
            name: name.into_exposed(),
            opened_ms: session.opened.as_millis(),
            used_ms: session.used.as_millis(),
            by: if session.is_from_provider { "provider" } else { "password" }.to_owned(),
        }
    }
}

/// About the end of an identity.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case", deny_unknown_fields)]
pub enum IdentityRequest {
    Reset {
        login: String,
        /// Signed orders, in hexadecimal.
        signed: Vec<String>,
    },
    /// What the approvers have to sign.
    Order { login: String },
    /// `signed` in hexadecimal.
    Approvers { signed: String },
}

/// What the approvers have to sign, in hexadecimal.
#[derive(Debug, Serialize, Deserialize)]
pub struct IdentityOrderRow {
    pub order: String,
}

/// A one-time link for an administrator.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkRow {
    pub link: String,
    pub roles: Vec<Assignment>,
    pub expires_ms: u64,
}

/// A copy of everything, in a folder of the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct SnapshotRow {
    pub folder: PathBuf,
}

/// What the root key has to sign, in hexadecimal.
#[derive(Debug, Serialize, Deserialize)]
pub struct RenewalRow {
    pub request: String,
}

/// The directory key in force.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeyRow {
    /// `renewed`, or `rotated` when it is another key.
    pub state: String,
    pub serial: u64,
    pub not_after_ms: u64,
}

impl From<&Renewed> for KeyRow {
    fn from(renewed: &Renewed) -> Self {
        let (state, key) = match renewed {
            Renewed::Time(key) => ("renewed", key),
            Renewed::Key(key) => ("rotated", key),
        };
        KeyRow { state: state.to_owned(), serial: key.serial, not_after_ms: key.not_after.as_millis() }
    }
}

/// Why an administrator's request was refused. Nothing was changed. `words` says it by its code, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// Stable.
    pub code: String,
    /// More, in English: which lines, which keys.
    pub detail: String,
}

impl Refusal {
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Refusal { code: code.to_owned(), detail: detail.into() }
    }
}

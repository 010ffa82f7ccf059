//! What a running server says of the organization as a whole: its numbers, its policy, its log and its audit.

use protocol::ids::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::witnesses::WitnessedRow;
use crate::domain::audit::{Damage, Finding, Memory, Verified};
use crate::service::audit::{AuditView, PartyView};
use crate::service::log_reset::LogState;

/// The organization at a glance.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganizationRow {
    /// Its fingerprint.
    pub organization: String,
    pub url: String,
    /// Of the server.
    pub version: String,
    pub people: PeopleCountsRow,
    /// Devices that are not revoked.
    pub devices: u64,
    pub policy_version: u64,
    pub log_entries: u64,
    pub directory_key_not_after_ms: u64,
}

/// How many people stand where.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PeopleCountsRow {
    pub provisioned: u64,
    pub active: u64,
    pub suspended: u64,
    pub locked: u64,
}

/// An entry of the audit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditRow {
    pub index: u64,
    pub time_ms: u64,
    /// What, by its name in `event`, with its own fields.
    #[schema(value_type = Object)]
    pub event: serde_json::Value,
    /// A login, `administrator:NAME`, `program:NAME`, `uid:N` of the server's machine, `server`, or `erased:…`.
    pub actor: Option<String>,
    pub subject: Option<String>,
    /// Of a subject that is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person_id: Option<MemberId>,
}

impl From<AuditView> for AuditRow {
    fn from(entry: AuditView) -> Self {
        let person_id = match &entry.subject {
            Some(PartyView::Person { member, .. }) => Some(*member),
            _ => None,
        };
        AuditRow {
            index: entry.index,
            time_ms: entry.at.as_millis(),
            event: serde_json::to_value(entry.event).unwrap_or_default(),
            actor: Some(party_text(entry.actor)),
            subject: entry.subject.map(party_text),
            person_id,
        }
    }
}

/// A party in one word.
pub(super) fn party_text(party: PartyView) -> String {
    match party {
        PartyView::Person { login, .. } => login.into_exposed(),
        PartyView::Integration { name } => format!("program:{}", name.into_exposed()),
        PartyView::Administrator { name } => format!("administrator:{}", name.into_exposed()),
        PartyView::LocalAdministrator { uid } => format!("uid:{uid}"),
        PartyView::Server => "server".to_owned(),
        PartyView::Erased { pseudonym } => format!("erased:{}", data_encoding::HEXLOWER.encode(&pseudonym)),
    }
}

/// An audit that is whole.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VerifiedRow {
    /// `intact`.
    pub state: String,
    pub organization: String,
    pub entries: u64,
    pub root: String,
    /// When the checkpoint was signed.
    pub time_ms: u64,
    /// What each witness says that was asked for.
    #[serde(default)]
    pub witnesses: Vec<WitnessedRow>,
    /// Whether it was compared with how far the server remembers that it had gone: `compared`, or `lost` when the data folder does not
    /// say it. Nothing for a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
}

impl From<&Verified> for VerifiedRow {
    fn from(verified: &Verified) -> Self {
        VerifiedRow {
            state: INTACT.to_owned(),
            organization: verified.organization.to_string(),
            entries: verified.entries,
            root: verified.root.to_string(),
            time_ms: verified.time.as_millis(),
            witnesses: verified.witnesses.iter().map(WitnessedRow::from).collect(),
            memory: match verified.memory {
                Memory::Elsewhere => None,
                Memory::Compared => Some(COMPARED.to_owned()),
                Memory::Lost => Some(LOST.to_owned()),
            },
        }
    }
}

const INTACT: &str = "intact";
const BROKEN: &str = "broken";
const COMPARED: &str = "compared";
const LOST: &str = "lost";

impl VerifiedRow {
    /// Whether nobody can tell from this that the audit was put back.
    pub fn is_without_memory(&self) -> bool {
        self.memory.as_deref() == Some(LOST)
    }
}

/// One thing in an audit that is not as it was signed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FindingRow {
    /// Stable: `changed`, `missing`, `order`, `exchanged`, `rewritten`, `truncated`, `unsigned`, `checkpoint`, `forked`, `rolled-back`, …
    pub code: String,
    /// Where: an entry, a line or a size, by the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// The same in English.
    pub text: String,
}

impl From<Finding> for FindingRow {
    fn from(finding: Finding) -> Self {
        let (first, last) = finding.place();
        FindingRow { code: finding.code().to_owned(), first, last, text: finding.to_string() }
    }
}

/// An audit that is not as it was signed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BrokenRow {
    /// `broken`.
    pub state: String,
    /// At most 20, in the order of the entries.
    pub findings: Vec<FindingRow>,
}

impl From<&Damage> for BrokenRow {
    fn from(damage: &Damage) -> Self {
        BrokenRow { state: BROKEN.to_owned(), findings: damage.findings().map(FindingRow::from).collect() }
    }
}

/// Whether the audit is what was signed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct VerdictRow {
    /// `intact` or `broken`.
    pub state: String,
    /// What was checked, if it is intact.
    pub verified: Option<VerifiedRow>,
    /// What is wrong in one text, if it is broken.
    pub fault: Option<String>,
    /// The same, one by one.
    pub findings: Vec<FindingRow>,
}

impl From<Result<Verified, Damage>> for VerdictRow {
    fn from(checked: Result<Verified, Damage>) -> Self {
        match checked {
            Ok(verified) => VerdictRow {
                state: INTACT.to_owned(),
                verified: Some(VerifiedRow::from(&verified)),
                fault: None,
                findings: Vec::new(),
            },
            Err(damage) => VerdictRow {
                state: BROKEN.to_owned(),
                verified: None,
                fault: Some(damage.to_string()),
                findings: damage.findings().map(FindingRow::from).collect(),
            },
        }
    }
}

/// Where the transparency log is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LogRow {
    pub origin: String,
    pub entries: u64,
    pub root: String,
    /// The signed checkpoint.
    pub note: String,
    /// The log's key, as witnesses are told it.
    #[serde(default)]
    pub key: Option<String>,
}

impl From<LogState> for LogRow {
    fn from(state: LogState) -> Self {
        let (key, root) = (state.key.map(|key| key.to_string()), state.end.root.to_string());
        LogRow { origin: state.origin, entries: state.end.size, root, note: state.note, key }
    }
}

//! What a running server says of its policy: what is in force, for whom, what can be set, and what a draft would change. Scopes are
//! named as people write them: `organization`, `group:NAME`, `person:LOGIN`.

pub mod told;

use std::collections::BTreeMap;

use protocol::policy::{Enforcer, Policy, PolicyDocument, PolicyKey, Rules, ScopeKind};
use protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What `pro-server policy` asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PolicyOrder {
    /// What is in force; of one scope, or everything.
    Show {
        scope: Option<String>,
    },
    /// What can be set.
    Rows,
    /// What is in force for one person.
    Of {
        login: String,
    },
    /// Sets rows at a scope, and publishes that or keeps it as the draft.
    Set(PolicySet),
    /// What the draft would change.
    Preview,
    /// The draft, as it was looked at.
    PublishDraft {
        draft: String,
    },
    Discard,
    History {
        before: Option<u64>,
    },
    /// What a version said is published again.
    RollBack {
        version: u64,
    },
}

/// Rows to set.
#[derive(Debug, Serialize, Deserialize)]
pub struct PolicySet {
    /// The organization, if none is named.
    pub scope: Option<String>,
    pub lock: Lock,
    pub outcome: Outcome,
    /// `default` as a value: not set there any more.
    pub changes: Vec<super::Change>,
}

/// Whether narrower scopes may loosen the rows that are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lock {
    Keep,
    Lock,
    Unlock,
}

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Publish,
    Draft,
}

/// How a row that is not set is written.
pub const UNSET: &str = "default";

/// The policy in force for everybody: each row by its name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyRow {
    pub version: u64,
    /// Rows that groups and persons cannot loosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<String>,
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl From<&PolicyDocument> for PolicyRow {
    fn from(document: &PolicyDocument) -> Self {
        let settings = PolicyKey::ALL.iter().map(|key| (key.name().to_owned(), document.policy.value(*key).into()));
        PolicyRow {
            version: document.version,
            locked: document.rules().locked.iter().map(|key| key.name().to_owned()).collect(),
            settings: settings.collect(),
        }
    }
}

/// What is set at one scope, and nothing that is not.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyScopeRow {
    /// `group:NAME` or `person:LOGIN`.
    pub scope: String,
    pub settings: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<String>,
}

impl PolicyScopeRow {
    pub fn new(scope: String, rules: &Rules) -> Self {
        let locked = rules.locked.iter().map(|key| key.name().to_owned()).collect();
        Self { scope, settings: written(&rules.policy), locked }
    }
}

/// What a policy sets, as people write it.
pub fn written(policy: &Policy) -> BTreeMap<String, String> {
    policy.rows().map(|(key, _)| (key.name().to_owned(), policy.value(key))).collect()
}

/// What is in force for one person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonPolicyRow {
    pub login: String,
    /// Of the policy.
    pub version: u64,
    /// Every row.
    pub settings: BTreeMap<String, String>,
}

impl PersonPolicyRow {
    pub fn new(login: String, version: u64, policy: &Policy) -> Self {
        let settings = PolicyKey::ALL.iter().map(|key| (key.name().to_owned(), policy.value(*key)));
        Self { login, version, settings: settings.collect() }
    }
}

/// A row that can be set.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyKindRow {
    pub policy: String,
    /// What it takes, in the words of `policy set`.
    pub values: String,
    pub default: String,
    /// `server`, `client` (as strong as an unmodified client) or `both`.
    pub enforcer: String,
    /// Kinds of scopes: `organization`, `group`, `person`.
    pub scopes: Vec<String>,
}

impl From<PolicyKey> for PolicyKindRow {
    fn from(key: PolicyKey) -> Self {
        let row = key.row();
        Self {
            policy: row.name.to_owned(),
            values: row.kind.described(),
            default: Policy::default().value(key),
            enforcer: enforcer(row.enforcer).to_owned(),
            scopes: row.scopes.iter().filter_map(|scope| scope_kind(*scope)).map(str::to_owned).collect(),
        }
    }
}

/// A stable word for who obeys.
pub const fn enforcer(enforcer: Enforcer) -> &'static str {
    match enforcer {
        Enforcer::Server => "server",
        Enforcer::Client => "client",
        Enforcer::Both => "both",
    }
}

/// Guests are offered to nobody as long as there are none.
const fn scope_kind(scope: ScopeKind) -> Option<&'static str> {
    match scope {
        ScopeKind::Organization => Some("organization"),
        ScopeKind::Group => Some("group"),
        ScopeKind::Guests => None,
        ScopeKind::Person => Some("person"),
    }
}

/// A version of the policy, or the draft of the next.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PastPolicyRow {
    pub version: u64,
    pub issued_ms: u64,
    /// As the audit names actors; none for the earliest versions.
    pub by: Option<String>,
    /// What it set for everybody.
    pub settings: BTreeMap<String, String>,
    /// Groups and persons with rules of their own.
    pub scopes: u64,
}

impl PastPolicyRow {
    pub fn new(version: u64, issued: Timestamp, by: Option<String>, organization: &Rules, scopes: usize) -> Self {
        let settings = written(&organization.policy);
        Self { version, issued_ms: issued.as_millis(), by, settings, scopes: scopes as u64 }
    }
}

/// What publishing the draft would do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyPreviewRow {
    /// Names exactly this state of the draft, to publish it and nothing else.
    pub draft: String,
    /// The version that the draft was made from.
    pub based_on: u64,
    pub by: Option<String>,
    pub changed_ms: u64,
    /// People who take part.
    pub people: u64,
    /// Of them, those for whom anything changes.
    pub reached: u64,
    /// How many people each group's or person's rules are about.
    pub scopes: BTreeMap<String, u64>,
    pub changes: Vec<PolicyReachedRow>,
    /// What lets somebody do more: `POLICY at SCOPE`.
    pub weakened: Vec<String>,
}

/// What changes for how many.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyReachedRow {
    pub policy: String,
    pub before: String,
    pub after: String,
    pub people: u64,
    /// Of them, by group.
    pub groups: BTreeMap<String, u64>,
}

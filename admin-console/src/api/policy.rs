//! The policy beyond what holds for everybody: rules for groups and persons, the draft, and earlier versions.

use protocol::policy::PolicyKey;
use protocol::time::Timestamp;

use super::PartyView;

/// A row that is set at a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedRule {
    /// `organization`, `group:NAME` or `person:LOGIN`.
    pub scope: String,
    pub key: PolicyKey,
    /// As `policy set` writes it.
    pub value: String,
    /// Narrower scopes cannot loosen it.
    pub is_locked: bool,
}

/// What an administrator wants of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOrder {
    pub scope: String,
    pub key: PolicyKey,
    /// `default`: not set there any more.
    pub value: String,
    pub lock: Lock,
}

/// Whether narrower scopes may loosen a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// As it is.
    Keep,
    Locked,
    Open,
}

/// What the draft changes, for how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftChange {
    pub key: PolicyKey,
    pub before: String,
    pub after: String,
    pub people: u64,
    /// Of them, by group.
    pub groups: Vec<(String, u64)>,
}

/// The draft that is kept.
#[derive(Debug, Clone)]
pub struct PolicyDraft {
    pub based_on: u64,
    /// Names exactly this state of it.
    pub mark: String,
    pub by: Option<PartyView>,
    pub changed: Timestamp,
    pub people: u64,
    pub reached: u64,
    pub changes: Vec<DraftChange>,
    /// Rows that permit more than before, each with its scope.
    pub weakened: Vec<(PolicyKey, String)>,
}

/// An earlier version, or the one in force.
#[derive(Debug, Clone)]
pub struct PolicyVersion {
    pub version: u64,
    pub issued: Timestamp,
    pub by: Option<PartyView>,
}

/// All of it within reach.
#[derive(Debug, Clone, Default)]
pub struct PolicyDesk {
    /// The scopes whose rules this administrator may set, `group:NAME` each; none where every scope is theirs.
    pub own: Vec<String>,
    pub rules: Vec<ScopedRule>,
    pub draft: Option<PolicyDraft>,
    /// Newest first.
    pub versions: Vec<PolicyVersion>,
}

//! Acts that need two people, as the console shows them.

use protocol::audit::{Assignment, IntegrationScope};
use protocol::ids::Hash32;
use protocol::policy::PolicyKey;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::account::Invitation;
use super::audit::PartyView;
use super::people::EnrollmentCode;

/// How many people a dangerous act needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    One,
    Two,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    Waiting,
    Expired,
    /// Agreed to, but the server stopped in between.
    Interrupted,
    Done,
    Refused,
    /// What was agreed to did not fit any more, and was not done.
    Stale,
    /// Agreed to: whoever asked may do it, once, within the hour.
    Open,
}

impl ApprovalState {
    /// The word in keys of texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Expired => "expired",
            Self::Interrupted => "interrupted",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Stale => "stale",
            Self::Open => "open",
        }
    }
}

/// One thing that an act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalDetail {
    Text(Personal<String>),
    Roles(Vec<Assignment>),
    /// What a token is for.
    Scope(IntegrationScope),
    /// A row of the policy that becomes another one.
    Rule(RuleChange),
}

impl From<Personal<String>> for ApprovalDetail {
    fn from(text: Personal<String>) -> Self {
        Self::Text(text)
    }
}

impl From<String> for ApprovalDetail {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for ApprovalDetail {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// What becomes of a row of the policy at a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleChange {
    /// `group:NAME` or `person:LOGIN`; none is everybody.
    pub scope: Option<Personal<String>>,
    pub key: PolicyKey,
    pub becomes: RuleBecomes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleBecomes {
    /// Its value as `policy set` writes it, before and after; none where it is not set.
    Value([Option<String>; 2]),
    /// Narrower scopes cannot loosen it from now on.
    Locked,
    /// They can.
    Open,
}

/// A request for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalView {
    pub number: u64,
    /// The act, as a stable word: `code`, `policy`, …
    pub act: &'static str,
    /// What exactly would be done: a stable word, and what it is about.
    pub details: Vec<(&'static str, ApprovalDetail)>,
    /// Salted SHA-256 of the act.
    pub digest: Hash32,
    pub asker: PartyView,
    pub asked: Timestamp,
    pub expires: Timestamp,
    pub state: ApprovalState,
    pub decider: Option<PartyView>,
    pub decided: Option<Timestamp>,
}

/// The newest requests, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalsView {
    pub quorum: Quorum,
    pub requests: Vec<ApprovalView>,
}

/// What whoever agreed gets to see, once.
#[derive(Debug, Clone)]
pub enum ApprovalYield {
    Nothing,
    /// Whoever asked may do it now.
    Opened,
    Code(EnrollmentCode),
    Link(Invitation),
}

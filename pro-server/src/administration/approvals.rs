//! What waits for a second person, as commands and programs see it.

use protocol::ids::Hash32;
use protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::organization::party_text;
use crate::domain::approval::Outcome;
use crate::service::approvals::{ApprovalView, Detail};

/// What to do about requests for a second person.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ApprovalOrder {
    List,
    /// One, with everybody who is named in it.
    Show {
        number: u64,
    },
    /// Agrees to exactly the act of this digest.
    Approve {
        number: u64,
        digest: Hash32,
    },
    Refuse {
        number: u64,
    },
    /// How many people dangerous acts need.
    Quorum {
        people: u8,
    },
}

/// A request for a second person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ApprovalRow {
    pub number: u64,
    /// `code`, `suspend`, `remove`, `revoke`, `run`, `release-brake`, `add-administrator`, `assign-roles`, `reset-administrator`,
    /// `remove-administrator`, `link-administrator`, `policy`, `erase`, `erase-person`, `erase-administrator`, `quorum-off`, `export-person`, `add-integration`, or `forgotten` once
    /// somebody in it was erased.
    pub act: String,
    /// What it is about: `person`, `device`, `setting`, … with a text each. Of a directory run: how many people lose access
    /// (`loses-access`), and who (`leaver`); in a list, the first of them.
    pub details: Vec<DetailRow>,
    /// Salted SHA-256 of what exactly would be done; agreeing names it.
    #[schema(value_type = String)]
    pub digest: Hash32,
    pub asked_by: String,
    pub asked_ms: u64,
    pub expires_ms: u64,
    /// `waiting`, `expired`, `interrupted`, `done`, `refused`, `stale`, or `open` while whoever asked may do it.
    pub state: String,
    pub decided_by: Option<String>,
    pub decided_ms: Option<u64>,
}

/// One thing that an act is about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DetailRow {
    pub what: String,
    pub value: String,
}

/// The word for how far a request is.
pub fn approval_state(outcome: Outcome, expires: Timestamp, now: Timestamp) -> &'static str {
    match outcome {
        Outcome::Waits if now < expires => "waiting",
        Outcome::Waits => "expired",
        Outcome::Agreed => "interrupted",
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Stale => "stale",
        Outcome::Open => "open",
    }
}

impl ApprovalRow {
    /// As it stands at `now`.
    pub fn of(view: ApprovalView, now: Timestamp) -> Self {
        let detail =
            |(what, detail): (&str, Detail)| DetailRow { what: what.to_owned(), value: detail.text().into_exposed() };
        ApprovalRow {
            number: view.number,
            act: view.act.word.to_owned(),
            details: view.act.details.into_iter().map(detail).collect(),
            digest: view.hash,
            asked_by: party_text(view.asker),
            asked_ms: view.asked.as_millis(),
            expires_ms: view.expires.as_millis(),
            state: approval_state(view.outcome, view.expires, now).to_owned(),
            decided_by: view.decider.map(party_text),
            decided_ms: view.decided.map(|at| at.as_millis()),
        }
    }
}

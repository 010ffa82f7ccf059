//! `/policy`: the one in force, and publishing another that was made from it.

use std::collections::BTreeMap;

use actix_web::web;
use protocol::policy::PolicyKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::administration::PolicyRow;
use crate::domain::access::{PeopleRead, PolicyWrite};
use crate::http::error::{Code, Mistake};
use crate::service::Clash;

use super::answer::{Answer, json};
use super::caller::Caller;
use super::question;

/// A draft: the rows that change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// The version that the draft was made from; another one in force meanwhile is a conflict.
    pub based_on: u64,
    /// Values by the names of their rows, as `GET /policy` writes them.
    pub settings: BTreeMap<String, String>,
}

pub async fn read(caller: Caller) -> Answer {
    caller.grant::<PeopleRead>()?;
    Ok(json(&PolicyRow::from(&caller.services().policy())))
}

pub async fn publish(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<PolicyWrite>()?;
    let change: PolicyChange = question::json(&caller, payload).await?;
    let current = caller.services().policy();
    if change.based_on != current.version {
        return Err(caller.refused(Clash::Stale));
    }
    let mut draft = current.policy;
    let mut wrong = Vec::new();
    for (name, value) in &change.settings {
        match name.parse::<PolicyKey>() {
            Ok(key) => {
                let set = draft.set(key, value);
                wrong.extend(set.err().map(|bad| Mistake::in_field(key.name(), &bad.to_string())));
            }
            Err(bad) => wrong.push(Mistake::in_field("settings", &bad.to_string())),
        }
    }
    if !wrong.is_empty() {
        return Err(caller.problem(Code::Malformed).with(wrong));
    }
    let published = caller.services().publish_policy(&grant, draft, current.version).await;
    let published = published.map_err(|error| caller.refused(error))?;
    caller.told().await;
    Ok(json(&PolicyRow::from(&published)))
}

//! `/policy`: the one in force, its rules for groups and persons, the draft of the next, and its history. A program may publish what
//! permits no more than before; a draft may say anything, and touches nobody.

use std::collections::BTreeMap;

use actix_web::web;
use protocol::policy::{PolicyKey, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::administration::policy::{Lock, Outcome, PersonPolicyRow, PolicyKindRow, PolicyRow, PolicyScopeRow, told};
use crate::domain::access::{PeopleRead, PolicyRead, PolicyRules, PolicyWrite};
use crate::http::error::{Code, Mistake};
use crate::service::Clash;
use crate::service::people::Whom;

use super::answer::{Answer, Page, gone, json};
use super::caller::Caller;
use super::cursor::{self, List};
use super::question::{self, Query};
use super::table::Asked;

/// Versions that are listed at once, at most.
const HISTORY_ROWS: u32 = 50;

/// A draft: the rows that change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// The version that the draft was made from; another one in force meanwhile is a conflict.
    pub based_on: u64,
    /// `organization` (where nothing is said), `group:NAME` or `person:LOGIN`.
    #[serde(default)]
    pub scope: Option<String>,
    /// `keep`, `lock` (narrower scopes cannot loosen these rows) or `unlock`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub lock: Option<Lock>,
    /// `publish`, or `draft`: kept, and in force for nobody.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    /// Values by the names of their rows, as `GET /policy` writes them; `default` takes one back.
    pub settings: BTreeMap<String, String>,
}

/// Which draft is to be published.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDraftOrder {
    /// As `GET /policy/draft` named it; another state of the draft meanwhile is a conflict.
    pub draft: String,
}

/// Where to go back to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRollBack {
    /// The version in force; another one meanwhile is a conflict.
    pub based_on: u64,
    /// The version whose rules are published again.
    pub version: u64,
}

pub async fn read(caller: Caller) -> Answer {
    caller.grant::<PolicyRead>()?;
    Ok(json(&PolicyRow::from(&caller.services().policy())))
}

pub async fn rows(caller: Caller) -> Answer {
    caller.grant::<PolicyRead>()?;
    Query::of(&caller, &[])?;
    Ok(json(&Page::whole(PolicyKey::ALL.iter().map(|key| PolicyKindRow::from(*key)).collect())))
}

pub async fn scopes(caller: Caller) -> Answer {
    let grant = caller.grant::<PolicyRules>()?;
    Query::of(&caller, &[])?;
    let (_, settings) = caller.services().settings(&grant);
    let name = |scope: &Scope| caller.services().scope_name(&grant, Some(scope));
    let rows = settings.layers.iter().map(|(scope, rules)| PolicyScopeRow::new(name(scope), rules));
    Ok(json(&Page::whole(rows.collect())))
}

pub async fn of_person(caller: Caller) -> Answer {
    let (grant, person) = (caller.grant::<PeopleRead>()?, caller.person()?);
    let found = caller.services().policy_of(&grant, Whom::Id(person)).await;
    let (version, policy) = found.map_err(|error| caller.refused(error))?;
    let known = caller.services().person(&grant, person).await.map_err(|error| caller.refused(error))?;
    let login = known.person.login.into_exposed();
    Ok(json(&PersonPolicyRow::new(login, version, &policy)))
}

pub async fn publish(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<PolicyWrite>()?;
    let change: PolicyChange = question::json(&caller, payload).await?;
    let (services, outcome) = (caller.services(), change.outcome.unwrap_or(Outcome::Publish));
    let scope = match &change.scope {
        Some(text) => services.scope_named(&caller.grant()?, text).await.map_err(|error| caller.refused(error))?,
        None => None,
    };
    let made_from = told::to_change(services, &caller.grant()?, outcome).await;
    let mut made = made_from.map_err(|error| caller.refused(error))?;
    if change.based_on != made.version {
        for read in [change.based_on, made.version] {
            let is_in_force = services.is_in_force(&caller.grant()?, read).await;
            if !is_in_force.map_err(|error| caller.refused(error))? {
                return Err(caller.refused(Clash::Stale));
            }
        }
    }
    let settings = change.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let wrong = told::change(&mut made.settings, scope.as_ref(), change.lock.unwrap_or(Lock::Keep), settings);
    let mistake = |(name, bad): (String, protocol::policy::BadPolicy)| match name.parse::<PolicyKey>() {
        Ok(key) => Mistake::in_field(key.name(), &bad.to_string()),
        Err(_) => Mistake::in_field("settings", &bad.to_string()),
    };
    if !wrong.is_empty() {
        return Err(caller.problem(Code::Malformed).with(wrong.into_iter().map(mistake).collect()));
    }
    told::put(services, &grant, made, outcome).await.map_err(|error| caller.refused(error))?;
    caller.told().await;
    read(caller).await
}

pub async fn draft(caller: Caller) -> Answer {
    let grant = caller.grant::<PolicyRules>()?;
    let row = told::preview(caller.services(), &grant).await.map_err(|error| caller.refused(error))?;
    Ok(json(&row))
}

pub async fn discard(caller: Caller) -> Answer {
    let grant = caller.grant::<PolicyWrite>()?;
    caller.services().discard_policy_draft(&grant).await.map_err(|error| caller.refused(error))?;
    Ok(gone())
}

pub async fn publish_draft(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<PolicyWrite>()?;
    let order: PolicyDraftOrder = question::json(&caller, payload).await?;
    let published = caller.services().publish_policy_draft(&grant, &order.draft).await;
    published.map_err(|error| caller.refused(error))?;
    caller.told().await;
    read(caller).await
}

pub async fn history(caller: Caller) -> Answer {
    let grant = caller.grant::<PolicyRules>()?;
    let query = Query::of(&caller, &[Asked::Limit, Asked::After])?;
    let (before, limit) = (query.after(List::Policies)?.map(u64::from_be_bytes), query.limit()?.min(HISTORY_ROWS));
    let past = caller.services().policy_history(&grant, before, limit).await;
    let past = past.map_err(|error| caller.refused(error))?;
    let is_full = past.len() >= limit as usize;
    let next = past.last().filter(|_| is_full).map(|row| cursor::write(List::Policies, &row.version.to_be_bytes()));
    Ok(json(&Page { items: past.into_iter().map(told::past).collect(), next }))
}

pub async fn roll_back(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<PolicyWrite>()?;
    let order: PolicyRollBack = question::json(&caller, payload).await?;
    let published = caller.services().roll_back_policy(&grant, order.version, order.based_on).await;
    published.map_err(|error| caller.refused(error))?;
    caller.told().await;
    read(caller).await
}

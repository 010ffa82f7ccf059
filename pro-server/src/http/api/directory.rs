//! `/directory`: sources, what a run would change, runs, and how earlier ones went.

use actix_web::web;
use protocol::ids::Hash32;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::administration::{PastRunRow, PlanRow, SourceRow};
use crate::domain::access::{DirectoryRead, DirectoryRun};
use crate::http::error::{Code, Mistake};
use crate::service::sync::Agreed;
use crate::service::{ServiceError, Thing};

use super::answer::{Answer, Page, json};
use super::caller::Caller;
use super::cursor::{self, List};
use super::question::{self, Query};
use super::table::Asked;

/// What the brake means for a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Heed {
    /// It holds a run that is too drastic.
    #[default]
    Heed,
    /// Somebody looked at exactly this plan and says yes.
    Overrule,
}

/// A run.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunOrder {
    /// Of the plan that was looked at; without it the run does whatever the source shows.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub digest: Option<Hash32>,
    /// `overrule` needs the digest.
    #[serde(default)]
    pub brake: Heed,
}

pub async fn sources(caller: Caller) -> Answer {
    let grant = caller.grant::<DirectoryRead>()?;
    Query::of(&caller, &[])?;
    let sources = caller.services().sources(&grant).await.map_err(|error| caller.refused(error))?;
    Ok(json(&Page::whole(sources.into_iter().map(SourceRow::from).collect())))
}

pub async fn plan(caller: Caller) -> Answer {
    let grant = caller.grant::<DirectoryRead>()?;
    let name = caller.source();
    let source = caller.services().source(Some(name)).map_err(|error| caller.refused(error))?;
    let report = caller.services().plan_directory(&grant, source).await.map_err(|error| caller.refused(error))?;
    Ok(json(&PlanRow::planned(name, report)))
}

pub async fn run(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<DirectoryRun>()?;
    let order: RunOrder = question::json(&caller, payload).await?;
    let agreed = match (order.digest, order.brake) {
        (None, Heed::Heed) => Agreed::Any,
        (Some(digest), Heed::Heed) => Agreed::Shown(digest),
        (Some(digest), Heed::Overrule) => Agreed::Despite(digest),
        (None, Heed::Overrule) => {
            let wrong = Mistake::in_field("digest", "nobody overrules the brake without the plan that they looked at");
            return Err(caller.problem(Code::Malformed).with(vec![wrong]));
        }
    };
    let name = caller.source();
    let source = caller.services().source(Some(name)).map_err(|error| caller.refused(error))?;
    let done = caller.services().run_directory(&grant, source, agreed).await;
    let done = done.map_err(|error| caller.refused(error))?;
    caller.told().await;
    Ok(json(&PlanRow::applied(name, done)))
}

pub async fn runs(caller: Caller) -> Answer {
    let grant = caller.grant::<DirectoryRead>()?;
    let query = Query::of(&caller, &[Asked::Source, Asked::Limit, Asked::After])?;
    let source = query.source().map(|name| caller.services().source(Some(name))).transpose();
    let source = source.map_err(|error| caller.refused(error))?;
    let (before, limit) = (query.after(List::Runs)?.map(u64::from_be_bytes), query.limit()?);
    let runs = caller.services().runs(&grant, source, before, limit).await.map_err(|error| caller.refused(error))?;
    let is_full = runs.len() >= limit as usize;
    let next = runs.last().filter(|_| is_full).map(|run| cursor::write(List::Runs, &run.position.to_be_bytes()));
    Ok(json(&Page { items: runs.into_iter().map(PastRunRow::from).collect(), next }))
}

pub async fn past(caller: Caller) -> Answer {
    let (grant, position) = (caller.grant::<DirectoryRead>()?, caller.run()?);
    let runs = caller.services().runs(&grant, None, position.checked_add(1), 1).await;
    let found = runs.map_err(|error| caller.refused(error))?.into_iter().find(|run| run.position == position);
    let found = found.ok_or_else(|| caller.refused(ServiceError::Missing(Thing::Run)))?;
    Ok(json(&PastRunRow::from(found)))
}

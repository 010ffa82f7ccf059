//! `/people/import`: people from a file. The file is sent twice, to be looked at and to be taken: nothing of it is kept between.

use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

use crate::administration::{ChangeRow, RunRow};
use crate::domain::access::PeopleImport;
use crate::http::error::Mistake;
use crate::service::import::CSV_BYTES_MAX;

use super::answer::{Answer, json};
use super::caller::Caller;
use super::question::{self, Query};
use super::table::Asked;

/// Bad lines that are told; all are counted.
const BAD_LINES_MAX: usize = 1_000;

/// What an import would do. With a bad line the file is not taken; what the good ones mean is told all the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPlanRow {
    /// In numbers, with the digest to agree to.
    pub run: RunRow,
    pub changes: Vec<ChangeRow>,
    /// The first of them.
    pub bad_lines: Vec<Mistake>,
    pub bad_count: u64,
}

pub async fn plan(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<PeopleImport>()?;
    Query::of(&caller, &[])?;
    let file = question::csv(&caller, payload, CSV_BYTES_MAX).await?;
    let planned = caller.services().plan_import(&grant, &file).await.map_err(|error| caller.refused(error))?;
    let bad_lines = planned.problems.iter().take(BAD_LINES_MAX).map(Mistake::in_line).collect();
    let (run, changes, _) = RunRow::planned(None, planned.report);
    Ok(json(&ImportPlanRow { run, changes, bad_lines, bad_count: planned.problem_count }))
}

pub async fn apply(caller: Caller, payload: web::Payload) -> Answer {
    let grant = caller.grant::<PeopleImport>()?;
    let digest = Query::of(&caller, &[Asked::Digest])?.digest()?;
    let file = question::csv(&caller, payload, CSV_BYTES_MAX).await?;
    let done = caller.services().import_shown(&grant, &file, digest).await.map_err(|error| caller.refused(error))?;
    caller.told().await;
    Ok(json(&RunRow::applied(None, done).0))
}

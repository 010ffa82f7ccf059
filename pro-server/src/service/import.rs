//! People from a file: what an import would do, and doing it. It adds and changes people and takes access from nobody. A file
//! with a bad line is not taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::audit;
use protocol::ids::Hash32;

pub use crate::directory::PEOPLE_MAX;
use crate::directory::csv;
pub use crate::directory::csv::{BadCsv, CSV_BYTES_MAX, LineProblem, LineProblemKind};
use crate::domain::access::{Grant, PeopleImport};
use crate::domain::member::Source;
use crate::domain::roll::Roll;
use crate::domain::sync::{self, Coverage, Limits, Measure, Observation, Plan, Skipped, Telling};

use super::sync::{RunReport, apply};
use super::{Clash, ServiceError, Services};

/// What an import would do.
#[derive(Debug, Clone)]
pub struct ImportReport {
    /// Of the good lines.
    pub report: RunReport,
    /// In the order of the file; more than are told are only counted.
    pub problems: Vec<LineProblem>,
    pub problem_count: u64,
}

/// What is wrong with a file, and what the rest of it means.
struct Read {
    plan: Plan,
    problems: Vec<LineProblem>,
    problem_count: u64,
}

fn read(file: &[u8], known: &Roll) -> Result<Read, ServiceError> {
    let mut contents = csv::read(file)?;
    if contents.groups == csv::Groups::Unsaid {
        keep_groups(&mut contents.observation, known);
    }
    // A part of a source suspends nobody, so the limits are never asked.
    let limits = Limits { brake_percent: 0, brake_minimum: 0 };
    let measure = Measure { limits, telling: &Telling::NONE, spent: 0 };
    let mut plan =
        sync::plan(Source::BUILT_IN, Coverage::Part, known, &contents.observation, measure).heeding_the_brake()?;
    let taken = std::mem::take(&mut plan.skipped);
    let problem_count = contents.problem_count + taken.len() as u64;
    let mut problems = contents.problems;
    problems.extend(taken.iter().map(login_taken));
    problems.sort_by_key(|problem| problem.line);
    Ok(Read { plan, problems, problem_count })
}

/// The plan leaves out only lines whose login somebody else has.
fn login_taken(skipped: &Skipped) -> LineProblem {
    LineProblem { line: skipped.place, kind: LineProblemKind::LoginTaken }
}

/// Everybody stays in the groups that they are in.
fn keep_groups(observation: &mut Observation, known: &Roll) {
    let own = known.iter().filter(|member| member.source == Source::BUILT_IN);
    let groups: BTreeMap<_, _> = own.map(|member| (&member.external_id, &member.profile.groups)).collect();
    for seen in &mut observation.seen {
        let stays = groups.get(&seen.external_id).map(|groups| (*groups).clone()).unwrap_or_default();
        Arc::make_mut(&mut seen.profile).groups = stays;
    }
}

impl Services {
    /// What an import of a CSV file would do; nothing is changed.
    pub async fn plan_import(&self, _: &Grant<PeopleImport>, file: &[u8]) -> Result<ImportReport, ServiceError> {
        let known = self.inner.roll().await;
        let Read { plan, problems, problem_count } = read(file, &known)?;
        Ok(ImportReport { report: RunReport::of(Source::BUILT_IN, &plan, &known), problems, problem_count })
    }

    /// Adds and changes the people of a CSV file. Who is not in the file stays. Any bad line refuses the whole file.
    pub async fn import_people(&self, grant: &Grant<PeopleImport>, file: &[u8]) -> Result<RunReport, ServiceError> {
        self.import(grant, file, None).await
    }

    /// As [`Self::import_people`], if it does exactly what [`Self::plan_import`] showed.
    pub async fn import_shown(
        &self,
        grant: &Grant<PeopleImport>,
        file: &[u8],
        shown: Hash32,
    ) -> Result<RunReport, ServiceError> {
        self.import(grant, file, Some(shown)).await
    }

    async fn import(
        &self,
        grant: &Grant<PeopleImport>,
        file: &[u8],
        shown: Option<Hash32>,
    ) -> Result<RunReport, ServiceError> {
        let mut change = self.inner.change().await?;
        let known = change.roll();
        let Read { plan, problems, .. } = read(file, &known)?;
        if !problems.is_empty() {
            return Err(BadCsv::Lines(problems).into());
        }
        if shown.is_some_and(|digest| plan.digest() != digest) {
            return Err(Clash::Stale.into());
        }
        let report = RunReport::of(Source::BUILT_IN, &plan, &known);
        if !plan.is_empty() {
            apply(&mut change, Source::BUILT_IN, audit::Source::Csv, &known, plan, grant.actor()).await?;
            drop(known);
            change.commit(0..0).await?;
        }
        Ok(report)
    }
}

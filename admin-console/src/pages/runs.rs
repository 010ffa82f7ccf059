//! How directory runs went: newest first, each with its numbers and why entries were left out. A person stands here only as a
//! link to their page.

use actix_web::web;
use askama::Template;

use super::overview::outcome_words;
use super::{Answer, OK, pair};
use crate::api::{LastRun, PAST_RUNS_ROWS, PastRun, PastSkipped, RunOutcome};
use crate::page::Section;
use crate::view::View;
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "runs.html")]
pub struct RunsPage<'a> {
    v: &'a View,
    runs: &'a [PastRun],
    /// Of this source only.
    source: Option<&'a str>,
    place: Place,
}

/// Where in the list a page stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Newest,
    Older,
}

impl<'a> RunsPage<'a> {
    pub(super) fn new(v: &'a View, runs: &'a [PastRun], source: Option<&'a str>, place: Place) -> Self {
        Self { v, runs, source, place }
    }

    fn outcome(&self, run: &PastRun) -> String {
        outcome_words(&LastRun { at: run.last, outcome: run.outcome.clone() }, self.v)
    }

    /// The color of the dot.
    fn tone(&self, run: &PastRun) -> &'static str {
        match &run.outcome {
            RunOutcome::Braked(_) | RunOutcome::Failed { .. } => "danger",
            RunOutcome::Done(_) if run.is_agreed => "danger",
            RunOutcome::Done(counts) if counts.added + counts.changed + counts.suspended + counts.resumed > 0 => {
                "change"
            }
            RunOutcome::Done(_) => "plain",
        }
    }

    fn reason(&self, skipped: &PastSkipped) -> String {
        skipped_words(self.v, skipped.reason, skipped.attribute)
    }

    /// The address of the next older page.
    fn older(&self) -> Option<String> {
        let last = self.runs.last().filter(|_| self.runs.len() == PAST_RUNS_ROWS)?;
        let source = self.source.map(|source| format!("&source={source}")).unwrap_or_default();
        Some(format!("/admin/directory/runs?before={}{source}", last.position))
    }
}

/// Why an entry was left out.
pub(super) fn skipped_words(v: &View, reason: &str, attribute: Option<&str>) -> String {
    let attribute = attribute.map(|attribute| v.t(&format!("attribute-{attribute}")));
    v.t1(&format!("skipped-{}", reason.replace('_', "-")), &attribute.unwrap_or_default())
}

/// `GET /admin/directory/runs?source=NAME&before=POSITION`
pub async fn list(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let source = Some(pair(&pairs, "source")).filter(|source| !source.is_empty());
    let before: Option<u64> = pair(&pairs, "before").parse().ok();
    let runs = signed.api().directory_runs(&signed.who, source, before).await;
    let runs = runs.map_err(|error| signed.refused(&error))?;
    let place = if before.is_some() { Place::Older } else { Place::Newest };
    let content = RunsPage::new(&signed.view, &runs, source, place);
    Ok(signed.page(OK, Section::Directory, "runs-title", &content))
}

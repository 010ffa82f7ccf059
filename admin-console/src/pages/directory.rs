//! Directory runs: what a run would change, shown before anything is; then exactly that, or nothing.

use actix_web::web;
use askama::Template;
use protocol::ids::Hash32;

use super::overview::outcome_words;
use super::runs::skipped_words;
use super::{Answer, OK, pair};
use crate::api::{
    ApiError, Consent, DirectoryView, LastRun, Right, RunChange, RunChangeKind, RunReport, SkippedView, SourceState,
};
use crate::page::Section;
use crate::problem::{Problem, brake_words};
use crate::view::View;
use crate::visit::{Act, Signed, go};

/// The id of the element that htmx swaps.
const PLAN_ID: &str = "plan";
/// Which source: of an address, and of a form.
const SOURCE: &str = "source";

#[derive(Template)]
#[template(path = "directory.html")]
pub struct DirectoryPage<'a> {
    v: &'a View,
    directory: &'a DirectoryView,
    /// Markup of the plan, or of why there is none.
    plan: Option<String>,
    is_done: Done,
}

/// Whether a run was just made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Done {
    No,
    Yes,
}

#[derive(Template)]
#[template(path = "parts/plan.html")]
pub struct PlanPart<'a> {
    v: &'a View,
    report: &'a RunReport,
    source: &'a str,
    digest: String,
    brake: Option<String>,
}

#[derive(Template)]
#[template(path = "parts/plan_refused.html")]
pub struct RefusedPart<'a> {
    v: &'a View,
    problem: Problem,
}

impl<'a> DirectoryPage<'a> {
    pub(super) fn new(v: &'a View, directory: &'a DirectoryView, plan: Option<String>, is_done: Done) -> Self {
        Self { v, directory, plan, is_done }
    }

    fn outcome(&self, run: &LastRun) -> String {
        outcome_words(run, self.v)
    }
}

impl<'a> PlanPart<'a> {
    pub(super) fn new(v: &'a View, source: &'a str, report: &'a RunReport) -> Self {
        let brake = report.brake.map(|brake| brake_words(brake, v.words));
        Self { v, report, source, digest: report.digest.to_string(), brake }
    }

    fn of(&self, kind: &RunChangeKind) -> Vec<&'a RunChange> {
        changes_of(self.report, *kind)
    }

    fn kinds(&self) -> [(RunChangeKind, &'static str, u64); 4] {
        kinds_of(self.report)
    }

    fn skipped_words(&self, skipped: &SkippedView) -> String {
        skipped_words(self.v, skipped.reason, skipped.attribute)
    }
}

/// The changes of one kind.
pub(super) fn changes_of(report: &RunReport, kind: RunChangeKind) -> Vec<&RunChange> {
    report.changes.iter().filter(|change| change.kind == kind).collect()
}

/// Each kind with how many there are, those who lose access first.
pub(super) const fn kinds_of(report: &RunReport) -> [(RunChangeKind, &'static str, u64); 4] {
    let counts = &report.counts;
    [
        (RunChangeKind::Suspend, "suspend", counts.suspended),
        (RunChangeKind::Resume, "resume", counts.resumed),
        (RunChangeKind::Add, "add", counts.added),
        (RunChangeKind::Update, "update", counts.changed),
    ]
}

impl<'a> RefusedPart<'a> {
    pub(super) fn new(v: &'a View, error: &ApiError) -> Self {
        Self { v, problem: Problem::of(error, v.words) }
    }
}

/// The only source needs no name.
fn named(source: &str) -> Option<&str> {
    Some(source).filter(|source| !source.is_empty())
}

async fn directory(signed: &Signed) -> Result<DirectoryView, actix_web::Error> {
    signed.api().directory(&signed.who).await.map_err(|error| signed.refused(&error))
}

/// `GET /admin/directory`
pub async fn show(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let directory = directory(&signed).await?;
    let done = if pair(&pairs, "done") == "run" { Done::Yes } else { Done::No };
    let content = DirectoryPage::new(&signed.view, &directory, None, done);
    Ok(signed.page(OK, Section::Directory, "directory-title", &content))
}

/// `GET /admin/directory/plan?source=NAME`
pub async fn plan(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let source = pair(&pairs, SOURCE);
    let (status, part) = match signed.api().plan_directory(&signed.who, named(source)).await {
        Ok(report) => (OK, PlanPart::new(&signed.view, source, &report).render()),
        Err(error) => {
            let part = RefusedPart::new(&signed.view, &error);
            (part.problem.status, part.render())
        }
    };
    let part = part.map_err(|_| signed.refused(&ApiError::Internal))?;
    if signed.asks_for(PLAN_ID) {
        return Ok(signed.part(status, &Markup(part)));
    }
    let directory = directory(&signed).await?;
    let content = DirectoryPage::new(&signed.view, &directory, Some(part), Done::No);
    Ok(signed.page(status, Section::Directory, "directory-title", &content))
}

/// What is rendered already.
#[derive(Template)]
#[template(source = "{{ self.0|safe }}", ext = "html")]
struct Markup(String);

/// `GET /admin/directory/run`
pub async fn back(_: Signed) -> actix_web::HttpResponse {
    go("/admin/directory")
}

/// `POST /admin/directory/run`
pub async fn run(act: Act) -> Answer {
    let shown: Option<Hash32> = act.form.text("plan").parse().ok();
    let shown = shown.ok_or_else(|| act.problem(&Problem::stale_form(act.words())))?;
    let consent = match act.form.text("brake") {
        "agreed" => Consent::DespiteTheBrake,
        _ => Consent::WithinTheBrake,
    };
    let source = named(act.form.text(SOURCE));
    act.api().run_directory(&act.who, source, shown, consent).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/directory?done=run"))
}

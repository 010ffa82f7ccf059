//! The first page: what needs attention, the organization in numbers, and what happened last.

use askama::Template;
use protocol::time::DAY_MS;

use super::event::Line;
use super::{Answer, OK};
use crate::api::{KeyStanding, LastRun, Overview, Right, RunOutcome, SourceState};
use crate::page::Section;
use crate::problem::{brake_words, directory_words};
use crate::view::View;
use crate::visit::Signed;

/// How long before its end a certificate needs attention.
const CERTIFICATE_NOTICE_MS: u64 = 21 * DAY_MS;

#[derive(Template)]
#[template(path = "overview.html")]
pub struct OverviewPage<'a> {
    v: &'a View,
    overview: &'a Overview,
    attention: Vec<Attention>,
    recent: Vec<Line>,
}

/// Something that an administrator should look at.
struct Attention {
    title: String,
    text: String,
    path: String,
    link: String,
}

impl<'a> OverviewPage<'a> {
    pub(super) fn new(v: &'a View, overview: &'a Overview) -> Self {
        let recent = overview.recent.iter().map(|entry| Line::of(entry, v.words)).collect();
        Self { v, overview, attention: attention(overview, v), recent }
    }

    fn outcome(&self, run: &LastRun) -> String {
        outcome_words(run, self.v)
    }
}

fn attention(overview: &Overview, v: &View) -> Vec<Attention> {
    let say = |key: &str, text: String, path: &str| Attention {
        title: v.t(&format!("attention-{key}-title")),
        text,
        path: path.to_owned(),
        link: v.t(&format!("attention-{key}-link")),
    };
    let mut found = Vec::new();
    for source in &overview.directory.sources {
        let named = |text: String| format!("{} — {text}", v.t1("directory-source-named", &source.name));
        match source.last_run.as_ref().map(|run| &run.outcome) {
            Some(RunOutcome::Braked(brake)) => {
                let path = format!("/admin/directory/plan?source={}", source.name);
                found.push(say("brake", named(brake_words(*brake, v.words)), &path));
            }
            Some(RunOutcome::Failed { code }) => {
                found.push(say("directory", named(directory_words(code, v.words)), "/admin/directory"));
            }
            Some(RunOutcome::Done(_)) | None => {}
        }
    }
    if let Some(end) = overview.certificate_not_after.filter(|end| end.since(overview.now) < CERTIFICATE_NOTICE_MS) {
        found.push(say("certificate", v.t1("attention-certificate-text", &v.moment(end)), "/admin/audit"));
    }
    let key = overview.directory_key;
    let until = v.moment(key.not_after);
    match key.standing {
        KeyStanding::Good => {}
        KeyStanding::Ending => {
            found.push(say("key-ending", v.t1("attention-key-ending-text", &until), "/admin/audit"));
        }
        KeyStanding::Ended => found.push(say("key-ended", v.t1("attention-key-ended-text", &until), "/admin/audit")),
    }
    let people = &overview.people;
    if v.may(Right::DirectorySee) && people.active + people.provisioned + people.suspended + people.locked == 0 {
        found.push(say("nobody", v.t("attention-nobody-text"), "/admin/directory"));
    }
    if overview.owners == 1 {
        found.push(say("one-owner", v.t("attention-one-owner-text"), "/admin/administrators"));
    }
    found
}

/// How a run ended, in a sentence.
pub(super) fn outcome_words(run: &LastRun, v: &View) -> String {
    match &run.outcome {
        RunOutcome::Done(counts) => v.words.say_with(
            "run-done",
            &[
                ("added", v.n(counts.added).into()),
                ("changed", v.n(counts.changed).into()),
                ("suspended", v.n(counts.suspended).into()),
                ("resumed", v.n(counts.resumed).into()),
            ],
        ),
        RunOutcome::Braked(brake) => brake_words(*brake, v.words),
        RunOutcome::Failed { code } => directory_words(code, v.words),
    }
}

/// `GET /admin/`
pub async fn show(signed: Signed) -> Answer {
    let overview = signed.api().overview(&signed.who).await.map_err(|error| signed.refused(&error))?;
    Ok(signed.page(OK, Section::Overview, "overview-title", &OverviewPage::new(&signed.view, &overview)))
}

//! People from a file: every change and every bad line is shown before anything is done; then exactly that, or nothing. The file
//! itself is never in a page.

use actix_web::HttpResponse;
use actix_web::web;
use askama::Template;
use protocol::ids::Hash32;

use super::directory::{Done, changes_of, kinds_of};
use super::{Answer, OK, pair};
use crate::api::{
    ApiError, BadLine, FileFault, ImportLook, ImportPreview, LineFault, Right, RunChange, RunChangeKind, RunReport,
};
use crate::page::Section;
use crate::problem::Problem;
use crate::upload::{FILE_BYTES_MAX, File, Upload};
use crate::view::View;
use crate::visit::{Act, Signed, go};

const ADDRESS: &str = "/admin/people/import";

#[derive(Template)]
#[template(path = "import.html")]
pub struct ImportPage<'a> {
    v: &'a View,
    /// Why the file that was chosen is not read.
    fault: Option<String>,
    is_done: Done,
}

impl<'a> ImportPage<'a> {
    pub(super) fn new(v: &'a View, fault: Option<FileFault>, is_done: Done) -> Self {
        Self { v, fault: fault.map(|fault| fault_words(fault, v)), is_done }
    }

    fn largest(&self) -> String {
        self.v.tn("import-largest", (FILE_BYTES_MAX / (1_024 * 1_024)) as u64)
    }
}

#[derive(Template)]
#[template(path = "import_preview.html")]
pub struct PreviewPage<'a> {
    v: &'a View,
    preview: &'a ImportPreview,
    report: &'a RunReport,
    digest: String,
}

impl<'a> PreviewPage<'a> {
    pub(super) fn new(v: &'a View, preview: &'a ImportPreview) -> Self {
        let report = &preview.report;
        Self { v, preview, report, digest: report.digest.to_string() }
    }

    fn kinds(&self) -> [(RunChangeKind, &'static str, u64); 4] {
        kinds_of(self.report)
    }

    fn of(&self, kind: &RunChangeKind) -> Vec<&'a RunChange> {
        changes_of(self.report, *kind)
    }

    fn line_words(&self, bad: &BadLine) -> String {
        line_words(bad.fault, self.v)
    }
}

fn attribute_words(attribute: &str, v: &View) -> String {
    v.tk("attribute-{}", attribute)
}

fn fault_words(fault: FileFault, v: &View) -> String {
    match fault {
        FileFault::Empty => v.t("import-fault-empty"),
        FileFault::TooLarge { bytes_max } => v.tn("import-fault-too-large", bytes_max / (1_024 * 1_024)),
        FileFault::TooMany { people_max } => v.tn("import-fault-too-many", people_max),
        FileFault::Columns { attribute } => v.t1("import-fault-columns", attribute),
    }
}

fn line_words(fault: LineFault, v: &View) -> String {
    match fault {
        LineFault::Fields { has, expected } => {
            let values = [("has", v.n(has).into()), ("expected", v.n(expected).into())];
            v.words.say_with("import-line-fields", &values)
        }
        LineFault::NotUtf8 => v.t("import-line-not-utf8"),
        LineFault::Unusable { attribute } => v.t1("import-line-unusable", &attribute_words(attribute, v)),
        LineFault::Repeated { attribute, first_line } => {
            let attribute = attribute_words(attribute, v);
            let values = [("what", attribute.into()), ("line", v.n(first_line).into())];
            v.words.say_with("import-line-repeated", &values)
        }
        LineFault::LoginTaken => v.t("import-line-login-taken"),
    }
}

/// `GET /admin/people/import`
pub async fn show(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    signed.must(Right::PeopleImport)?;
    let done = if pair(&pairs, "done") == "import" { Done::Yes } else { Done::No };
    Ok(signed.page(OK, Section::People, "import-title", &ImportPage::new(&signed.view, None, done)))
}

/// `GET` of what only a form leads to.
pub async fn back(_: Signed) -> HttpResponse {
    go(ADDRESS)
}

/// `POST /admin/people/import/preview`
pub async fn preview(upload: Upload) -> Answer {
    let signed = &upload.signed;
    signed.must(Right::PeopleImport)?;
    let look = match upload.file {
        File::TooLarge => ImportLook::Unreadable(FileFault::TooLarge { bytes_max: FILE_BYTES_MAX as u64 }),
        File::Whole(bytes) if bytes.is_empty() => ImportLook::Unreadable(FileFault::Empty),
        File::Whole(bytes) => {
            signed.api().plan_import(&signed.who, bytes).await.map_err(|error| signed.refused(&error))?
        }
    };
    Ok(match look {
        ImportLook::Read(preview) => {
            signed.page(OK, Section::People, "import-preview-title", &PreviewPage::new(&signed.view, &preview))
        }
        ImportLook::Unreadable(fault) => {
            let page = ImportPage::new(&signed.view, Some(fault), Done::No);
            let status = Problem::of(&ApiError::Invalid(Vec::new()), signed.words()).status;
            signed.page(status, Section::People, "import-title", &page)
        }
    })
}

/// `POST /admin/people/import/run`
pub async fn run(act: Act) -> Answer {
    let shown: Option<Hash32> = act.form.text("plan").parse().ok();
    let shown = shown.ok_or_else(|| act.problem(&Problem::stale_form(act.words())))?;
    act.api().run_import(&act.who, shown).await.map_err(|error| act.refused(&error))?;
    Ok(go(&format!("{ADDRESS}?done=import")))
}

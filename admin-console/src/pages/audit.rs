//! The audit: newest first, checked and exported as a whole.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::event::Line;
use super::{Answer, OK, pair};
use crate::api::{AuditFinding, AuditMemory, AuditPage, AuditPosition, AuditVerdict};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed, go};

/// The id of the element that htmx swaps.
const VERDICT_ID: &str = "verdict";

#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditList<'a> {
    v: &'a View,
    page: &'a AuditPage,
    lines: Vec<Line>,
    position: AuditPosition,
    verdict: Option<VerdictPart<'a>>,
}

#[derive(Template)]
#[template(path = "parts/verdict.html")]
pub struct VerdictPart<'a> {
    v: &'a View,
    verdict: &'a AuditVerdict,
}

impl VerdictPart<'_> {
    /// What was found and where, in words.
    fn found(&self, finding: &AuditFinding) -> String {
        let number = |number: Option<u64>| number.map_or_else(String::new, |number| self.v.n(number));
        let key = format!("audit-found-{}", finding.code);
        let (first, last) = (finding.first.unwrap_or_default(), finding.last.unwrap_or_default());
        let places = [
            ("first", number(finding.first).into()),
            ("last", number(finding.last).into()),
            // For the form of the words alone.
            ("first-count", first.into()),
            ("last-count", last.into()),
            ("span", last.saturating_sub(first).saturating_add(1).into()),
        ];
        self.v.words.say_with(&key, &places)
    }
}

impl<'a> AuditList<'a> {
    pub(super) fn new(
        v: &'a View,
        page: &'a AuditPage,
        position: AuditPosition,
        verdict: Option<&'a AuditVerdict>,
    ) -> Self {
        let lines = page.rows.iter().map(|entry| Line::of(entry, v.words)).collect();
        Self { v, page, lines, position, verdict: verdict.map(|verdict| VerdictPart { v, verdict }) }
    }

    /// The address of the next older page.
    fn older(&self) -> Option<String> {
        let last = self.page.rows.last().filter(|last| last.index > 0)?;
        Some(format!("/admin/audit?before={}", last.index))
    }

    fn is_newest(&self) -> bool {
        self.position == AuditPosition::Newest
    }
}

async fn read(signed: &Signed, position: AuditPosition) -> Result<AuditPage, actix_web::Error> {
    signed.api().audit(&signed.who, position).await.map_err(|error| signed.refused(&error))
}

/// `GET /admin/audit`
pub async fn list(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let position = pair(&pairs, "before").parse().map_or(AuditPosition::Newest, AuditPosition::Before);
    let page = read(&signed, position).await?;
    Ok(signed.page(OK, Section::Audit, "audit-title", &AuditList::new(&signed.view, &page, position, None)))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> HttpResponse {
    go("/admin/audit")
}

/// `POST /admin/audit/verify`: changes nothing, but costs a reading of everything, so no other site may ask for it.
pub async fn verify(act: Act) -> Answer {
    let verdict = act.api().verify_audit(&act.who).await.map_err(|error| act.refused(&error))?;
    if act.asks_for(VERDICT_ID) {
        return Ok(act.part(OK, &VerdictPart { v: &act.view, verdict: &verdict }));
    }
    let page = read(&act, AuditPosition::Newest).await?;
    let content = AuditList::new(&act.view, &page, AuditPosition::Newest, Some(&verdict));
    Ok(act.page(OK, Section::Audit, "audit-title", &content))
}

/// `POST /admin/audit/export`: a file.
pub async fn export(act: Act) -> Answer {
    let lines = act.api().export_audit(&act.who).await.map_err(|error| act.refused(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"isoloir-audit.jsonl\""))
        .streaming(lines))
}

//! A one-time enrollment code: a link and its QR code, in the answer to the form that made it and nowhere else.

use actix_web::web;
use askama::Template;
use protocol::ids::MemberId;

use super::{Answer, OK, id};
use crate::api::EnrollmentCode;
use crate::page::Section;
use crate::qr;
use crate::view::View;
use crate::visit::{Act, Signed, go};

#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage<'a> {
    v: &'a View,
    code: &'a EnrollmentCode,
    /// Markup of the QR code.
    qr: String,
}

impl<'a> CodePage<'a> {
    pub(super) fn new(v: &'a View, code: &'a EnrollmentCode) -> Self {
        let qr = qr::svg(code.link.expose(), &v.t("code-qr-label")).unwrap_or_default();
        Self { v, code, qr }
    }
}

/// `GET /admin/people/{id}/code`: after a change of language, for example; the code is not shown again.
pub async fn back(signed: Signed, person: web::Path<String>) -> Answer {
    let person: MemberId = id(&signed, &person)?;
    Ok(go(&format!("/admin/people/{person}")))
}

/// `POST /admin/people/{id}/code`
pub async fn create(act: Act, person: web::Path<String>) -> Answer {
    let person = id(&act, &person)?;
    let code = act.api().create_enrollment_code(&act.who, person).await.map_err(|error| act.refused(&error))?;
    Ok(act.page(OK, Section::People, "code-title", &CodePage::new(&act.view, &code)))
}

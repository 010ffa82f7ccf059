//! What a person may ask of an organization: everything that is kept about them as a file, and to be erased. Erasing is asked on a page
//! that says what will happen; the answer names the copies that the server cannot reach.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::ids::MemberId;

use super::access::Confirm;
use super::{Answer, OK, id};
use crate::api::{Erased, Right};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed};

/// After it: nothing personal is on this page.
#[derive(Template)]
#[template(path = "erased.html")]
pub struct ErasedPage<'a> {
    v: &'a View,
    erased: &'a Erased,
}

impl<'a> ErasedPage<'a> {
    pub(super) fn new(v: &'a View, erased: &'a Erased) -> Self {
        Self { v, erased }
    }
}

/// `GET /admin/people/{id}/erase`
pub async fn ask(signed: Signed, person: web::Path<String>) -> Answer {
    signed.must(Right::PersonErase)?;
    let person: MemberId = id(&signed, &person)?;
    let detail = signed.api().person(&signed.who, person).await.map_err(|error| signed.refused(&error))?;
    let action = format!("/admin/people/{person}/erase");
    let content = Confirm::about(&signed.view, &detail, "erase", action, detail.person.name.expose());
    Ok(signed.page(OK, Section::People, "erase-title", &content))
}

/// `POST /admin/people/{id}/erase`
pub async fn erase(act: Act, person: web::Path<String>) -> Answer {
    let person = id(&act, &person)?;
    let erased = act.api().erase_person(&act.who, person).await.map_err(|error| act.refused(&error))?;
    Ok(act.page(OK, Section::People, "erased-title", &ErasedPage::new(&act.view, &erased)))
}

/// `POST /admin/people/{id}/export`: a file.
pub async fn export(act: Act, person: web::Path<String>) -> Answer {
    let person: MemberId = id(&act, &person)?;
    let lines = act.api().export_person(&act.who, person).await.map_err(|error| act.refused(&error))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"isoloir-person-{person}.jsonl\"")))
        .body(lines))
}

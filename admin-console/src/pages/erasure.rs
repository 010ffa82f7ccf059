//! What a person may ask of an organization: everything that is kept about them as a file, and to be erased, and so may an administrator
//! who was removed. Erasing is asked on a page that says what will happen; the answer names the copies that the server cannot reach.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::ids::MemberId;

use super::access::Confirm;
use super::{Answer, OK, id};
use crate::api::{AdministratorId, ApiError, Erased, RemovedAdministrator, Right, Thing};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed};

const ADMINISTRATORS: &str = "/admin/administrators";

/// Who was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Person,
    Administrator,
}

impl Whose {
    const fn title(self) -> &'static str {
        match self {
            Self::Person => "erased-title",
            Self::Administrator => "erased-administrator-title",
        }
    }
}

/// After it: nothing personal is on this page.
#[derive(Template)]
#[template(path = "erased.html")]
pub struct ErasedPage<'a> {
    v: &'a View,
    erased: &'a Erased,
    title: &'static str,
    /// Where one came from, and its title.
    back: (&'static str, &'static str),
}

impl<'a> ErasedPage<'a> {
    pub(super) fn new(v: &'a View, erased: &'a Erased, whose: Whose) -> Self {
        let back = match whose {
            Whose::Person => ("/admin/people", "people-title"),
            Whose::Administrator => (ADMINISTRATORS, "administrators-title"),
        };
        Self { v, erased, title: whose.title(), back }
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
    Ok(act.page(OK, Section::People, Whose::Person.title(), &ErasedPage::new(&act.view, &erased, Whose::Person)))
}

/// `GET /admin/administrators/{id}/erase`
pub async fn ask_administrator(signed: Signed, account: web::Path<String>) -> Answer {
    signed.must(Right::PersonErase)?;
    let account: AdministratorId = id(&signed, &account)?;
    let gone = signed.api().removed_administrators(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let Some(row) = gone.iter().find(|row| row.id == account) else {
        return Err(signed.refused(&ApiError::Missing(Thing::Administrator)));
    };
    let content = administrator_erasure(&signed.view, row);
    Ok(signed.page(OK, Section::Administrators, "erase-administrator-title", &content))
}

pub(super) fn administrator_erasure<'a>(v: &'a View, row: &RemovedAdministrator) -> Confirm<'a> {
    Confirm {
        v,
        title: v.t1("erase-administrator-ask", row.login.expose()),
        consequences: vec![
            v.t("erase-administrator-consequence-name"),
            v.t("erase-administrator-consequence-person"),
            v.t("erase-consequence-data"),
            v.t("erase-administrator-consequence-back"),
        ],
        action: format!("{ADMINISTRATORS}/{}/erase", row.id),
        button: v.t("erase-do"),
        back: ADMINISTRATORS.to_owned(),
    }
}

/// `POST /admin/administrators/{id}/erase`
pub async fn erase_administrator(act: Act, account: web::Path<String>) -> Answer {
    let account = id(&act, &account)?;
    let erased = act.api().erase_administrator(&act.who, account).await.map_err(|error| act.refused(&error))?;
    let content = ErasedPage::new(&act.view, &erased, Whose::Administrator);
    Ok(act.page(OK, Section::Administrators, Whose::Administrator.title(), &content))
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

//! Who is signed in here at this moment, and ending that.

use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::ids::Hash32;

use super::{Answer, OK, id, pair};
use crate::api::{Right, SessionView, SessionsView};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed, go};

const PAGE: &str = "/admin/sessions";

#[derive(Template)]
#[template(path = "sessions.html")]
pub struct Sessions<'a> {
    v: &'a View,
    sessions: &'a SessionsView,
    /// What has just been done, in words.
    done: String,
}

impl<'a> Sessions<'a> {
    pub(super) fn new(v: &'a View, sessions: &'a SessionsView, done: &str) -> Self {
        let done = match done {
            "ended" => v.t("sessions-ended"),
            "password" => v.t("password-changed"),
            _ => String::new(),
        };
        Self { v, sessions, done }
    }

    /// This one ends by signing out.
    fn may_end(&self, row: &SessionView) -> bool {
        let is_own = self.v.who.as_ref().is_some_and(|who| who.login == row.login);
        !self.is_this(row) && (is_own || self.v.may(Right::AdministratorsChange))
    }

    fn is_this(&self, row: &SessionView) -> bool {
        self.v.who.as_ref().is_some_and(|who| who.session == row.id)
    }
}

/// `GET /admin/sessions`
pub async fn list(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let sessions = signed.api().sessions(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let content = Sessions::new(&signed.view, &sessions, pair(&pairs, "done"));
    Ok(signed.page(OK, Section::Administrators, "sessions-title", &content))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> HttpResponse {
    go(PAGE)
}

/// `POST /admin/sessions/{id}/end`
pub async fn end(act: Act, session: web::Path<String>) -> Answer {
    let session: Hash32 = id(&act, &session)?;
    act.api().end_session(&act.who, session).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/sessions?done=ended"))
}

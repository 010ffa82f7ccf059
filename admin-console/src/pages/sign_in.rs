//! The way in and out: password and TOTP code in one form, so that nobody learns which of them was wrong.

use actix_web::http::{StatusCode, header};
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use protocol::secret::Personal;

use super::{Answer, OK};
use crate::api::{ApiError, Credentials, Denial, ProviderView, Session};
use crate::page::Section;
use crate::problem::Problem;
use crate::view::View;
use crate::visit::{Act, Submission, Visit, go};
use crate::{cookie, next};

#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    v: &'a View,
    login: &'a str,
    /// Where to go afterwards.
    next: &'a str,
    problem: Option<Problem>,
    /// None where somebody proves again who they are: those do not say when that was.
    providers: &'a [ProviderView],
    is_again: bool,
}

impl<'a> SignIn<'a> {
    pub(super) const fn new(
        v: &'a View,
        login: &'a str,
        next: &'a str,
        problem: Option<Problem>,
        providers: &'a [ProviderView],
    ) -> Self {
        Self { v, login, next, problem, providers, is_again: false }
    }

    /// For somebody who is signed in, before a dangerous act.
    pub(super) const fn again(v: &'a View, login: &'a str, next: &'a str, problem: Option<Problem>) -> Self {
        Self { v, login, next, problem, providers: &[], is_again: true }
    }

    /// Where a provider's link leads.
    fn way(&self, provider: &ProviderView) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", self.next).finish();
        format!("/admin/sign-in/with/{}?{query}", provider.name)
    }
}

/// `GET /admin/sign-in`
pub async fn show(visit: Visit, query: web::Query<Vec<(String, String)>>) -> HttpResponse {
    let next = query.iter().find(|(name, _)| name == "next").map_or(next::HOME, |(_, value)| next::page(value));
    let is_again = query.iter().any(|(name, _)| name == "again");
    match &visit.view.who {
        Some(who) if is_again => {
            let content = SignIn::again(&visit.view, who.login.expose(), next, None);
            return visit.page(OK, Section::None, "sign-in-again-title", &content);
        }
        Some(_) => return go(next),
        None => {}
    }
    visit.page(OK, Section::None, "sign-in-title", &SignIn::new(&visit.view, "", next, None, &visit.api().providers()))
}

/// `POST /admin/sign-in`
pub async fn submit(submission: Submission, request: HttpRequest) -> Answer {
    let Submission { visit, form } = submission;
    let credentials = Credentials {
        origin: visit.origin,
        browser: cookie::browser(&request),
        login: Personal::from(form.text("login").trim()),
        password: form.secret("password"),
        code: form.code("code"),
    };
    let next = next::page(form.text("next"));
    match visit.api().sign_in(credentials).await {
        Ok(session) => {
            // One takes the place of the other.
            if let Some(before) = visit.session_shown() {
                visit.api().sign_out(before).await.map_err(|error| visit.refused(&error))?;
            }
            Ok(enter(&session, next))
        }
        Err(error @ ApiError::Denied(Denial::Credentials | Denial::TooMany { .. })) => {
            let problem = Problem::of(&error, visit.words());
            let (status, retry_after_s) = (problem.status, problem.retry_after_s);
            let providers = visit.api().providers();
            let (login, is_again) = (form.text("login").trim(), visit.is_signed_in() && form.text("again") == "yes");
            let (title, content) = if is_again {
                ("sign-in-again-title", SignIn::again(&visit.view, login, next, Some(problem)))
            } else {
                ("sign-in-title", SignIn::new(&visit.view, login, next, Some(problem), &providers))
            };
            let mut response = visit.page(status, Section::None, title, &content);
            if let Some(retry_after_s) = retry_after_s {
                response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
            }
            Ok(response)
        }
        Err(error) => Err(visit.refused(&error)),
    }
}

/// `POST /admin/sign-out`
pub async fn leave(act: Act) -> Answer {
    act.api().sign_out(&act.session).await.map_err(|error| act.refused(&error))?;
    let mut response = go("/admin/sign-in");
    if let Some(cookie) = cookie::clear_session() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // Nothing that was shown stays behind on this machine (W3C Clear Site Data).
    response
        .headers_mut()
        .insert(header::HeaderName::from_static("clear-site-data"), header::HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// Goes in with a fresh session.
pub(super) fn enter(session: &Session, next: &str) -> HttpResponse {
    match (cookie::set_session(&session.token), cookie::set_browser(&session.browser)) {
        (Some(cookie), Some(browser)) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, next))
            .append_header((header::SET_COOKIE, cookie))
            .append_header((header::SET_COOKIE, browser))
            .finish(),
        _ => HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR).finish(),
    }
}

//! Signing in with an identity provider: there and back. What the browser keeps meanwhile is random, counts once, and comes along only
//! from this host. It must never lead anywhere but to the configured provider and to our own pages.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::secret::{Personal, Secret};

use super::sign_in::SignIn;
use super::{Answer, OK, id, pair};
use crate::api::{AdministratorView, ApiError, Arrival, Denial, ProviderAnswer, ProviderView, Right, Session};
use crate::page::Section;
use crate::problem::Problem;
use crate::view::View;
use crate::visit::{Act, Signed, Visit, go};
use crate::{cookie, next};

/// Shown for a moment: a browser that comes from another site does not send the session's cookie along before it has been on a page
/// of ours (`SameSite=Strict`).
#[derive(Template)]
#[template(path = "signed_in.html")]
pub struct SignedIn<'a> {
    v: &'a View,
    next: &'a str,
}

impl<'a> SignedIn<'a> {
    pub(super) const fn new(v: &'a View, next: &'a str) -> Self {
        Self { v, next }
    }
}

/// Somebody whom the provider knows and nobody here.
#[derive(Template)]
#[template(path = "stranger.html")]
pub struct Stranger<'a> {
    v: &'a View,
    provider: &'a str,
    subject: &'a str,
}

impl<'a> Stranger<'a> {
    pub(super) const fn new(v: &'a View, provider: &'a str, subject: &'a str) -> Self {
        Self { v, provider, subject }
    }
}

/// The accounts of one administrator at providers.
#[derive(Template)]
#[template(path = "administrator_account.html")]
pub struct AccountPage<'a> {
    v: &'a View,
    row: &'a AdministratorView,
    providers: &'a [ProviderView],
    subject: &'a str,
    problem: Option<Problem>,
}

impl<'a> AccountPage<'a> {
    pub(super) const fn new(
        v: &'a View,
        row: &'a AdministratorView,
        providers: &'a [ProviderView],
        subject: &'a str,
        problem: Option<Problem>,
    ) -> Self {
        Self { v, row, providers, subject, problem }
    }

    fn login(&self) -> &str {
        self.row.login.as_ref().map_or("", |login| login.expose().as_str())
    }
}

/// `GET /admin/sign-in/with/{provider}`
pub async fn begin(visit: Visit, provider: web::Path<String>, query: web::Query<Vec<(String, String)>>) -> Answer {
    let wanted = next::page(pair(&query, "next"));
    let begun = visit.api().begin_provider_sign_in(&provider, visit.origin).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(error) => return refused(&visit, wanted, &error).await,
    };
    let cookie = cookie::set_sign_in(&begun.token, wanted).ok_or_else(|| visit.refused(&ApiError::Internal))?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, begun.page.expose().as_str()))
        .insert_header((header::SET_COOKIE, cookie))
        .finish())
}

/// `GET /admin/sign-in/callback`
pub async fn finish(visit: Visit, request: actix_web::HttpRequest, query: web::Query<Vec<(String, String)>>) -> Answer {
    let kept = cookie::sign_in(&request);
    let wanted = kept.as_ref().map_or(next::HOME, |(_, wanted)| next::page(wanted)).to_owned();
    let Some((token, _)) = kept else { return refused(&visit, &wanted, &Denial::ProviderExpired.into()).await };
    let mut response = match visit.api().finish_provider_sign_in(&token, answer(&query)).await {
        Ok(Arrival::In(session)) => enter(&visit, &session, &wanted),
        Ok(Arrival::Stranger { provider, subject }) => {
            let content = Stranger::new(&visit.view, &provider, subject.expose());
            visit.page(StatusCode::FORBIDDEN, Section::None, "stranger-title", &content)
        }
        Err(error) => refused(&visit, &wanted, &error).await?,
    };
    if let Some(cookie) = cookie::clear_sign_in() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn answer(query: &[(String, String)]) -> ProviderAnswer {
    // Two of one are nobody's answer.
    let once = |name: &str| match query.iter().filter(|(known, _)| known == name).count() {
        1 => query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
        _ => None,
    };
    match (once("code"), once("state")) {
        (Some(code), Some(state)) => {
            ProviderAnswer::Code { code: Secret::new(code), state: Secret::new(state), issuer: once("iss") }
        }
        _ => ProviderAnswer::Refused,
    }
}

fn enter(visit: &Visit, session: &Session, wanted: &str) -> HttpResponse {
    let mut response = visit.page(OK, Section::None, "signed-in-title", &SignedIn::new(&visit.view, wanted));
    let refresh = header::HeaderValue::from_str(&format!("0; url={wanted}"));
    match (cookie::set_session(&session.token), refresh) {
        (Some(cookie), Ok(refresh)) => {
            response.headers_mut().append(header::SET_COOKIE, cookie);
            if let Some(browser) = cookie::set_browser(&session.browser) {
                response.headers_mut().append(header::SET_COOKIE, browser);
            }
            response.headers_mut().insert(header::HeaderName::from_static("refresh"), refresh);
            response
        }
        _ => HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR).finish(),
    }
}

/// The sign-in page again, with what was wrong.
async fn refused(visit: &Visit, wanted: &str, error: &ApiError) -> Answer {
    let problem = Problem::of(error, visit.words());
    let (status, providers) = (problem.status, visit.api().providers());
    let content = SignIn::new(&visit.view, "", wanted, Some(problem), &providers);
    Ok(visit.page(status, Section::None, "sign-in-title", &content))
}

async fn row(signed: &Signed, account: &str) -> Result<AdministratorView, actix_web::Error> {
    signed.must(Right::AdministratorsChange)?;
    let account = id(signed, account)?;
    let rows = signed.api().administrators(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let found = rows.into_iter().find(|row| row.id == account && row.login.is_some());
    found.ok_or_else(|| signed.refused(&ApiError::Missing(crate::api::Thing::Administrator)))
}

/// `GET /admin/administrators/{id}/account`
pub async fn account(signed: Signed, account: web::Path<String>) -> Answer {
    let row = row(&signed, &account).await?;
    let providers = signed.api().providers();
    let content = AccountPage::new(&signed.view, &row, &providers, "", None);
    Ok(signed.page(OK, Section::Administrators, "account-title", &content))
}

/// `POST /admin/administrators/{id}/account`
pub async fn link(act: Act, account: web::Path<String>) -> Answer {
    let row = row(&act, &account).await?;
    let (provider, subject) = (act.form.text("provider"), act.form.text("subject").trim());
    let linked = act.api().link_administrator(&act.who, row.id, provider, &Personal::from(subject)).await;
    match linked {
        Ok(()) => Ok(go("/admin/administrators?done=linked")),
        Err(error @ (ApiError::Invalid(_) | ApiError::Conflict(_))) => {
            let providers = act.api().providers();
            let problem = Problem::of(&error, act.words());
            let status = problem.status;
            let content = AccountPage::new(&act.view, &row, &providers, subject, Some(problem));
            Ok(act.page(status, Section::Administrators, "account-title", &content))
        }
        Err(error) => Err(act.refused(&error)),
    }
}

/// `POST /admin/administrators/{id}/account/unlink`
pub async fn unlink(act: Act, account: web::Path<String>) -> Answer {
    let row = row(&act, &account).await?;
    act.api().unlink_administrator(&act.who, row.id).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/administrators?done=unlinked"))
}

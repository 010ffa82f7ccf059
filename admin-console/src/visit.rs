//! One request as pages see it: which language, who is signed in, whether htmx asks for a part. Handlers take a [`Visit`], a
//! [`Signed`] or an [`Act`]; the last is the only way to a method of the port that changes something.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::LocalBoxFuture;

use crate::Console;
use crate::api::{AdminApi, Administrator, ApiError, Denial, Origin, Right, SessionToken};
use crate::form::{self, Form};
use crate::page::{self, Section};
use crate::problem::Problem;
use crate::view::View;
use crate::words::{Language, Words};
use crate::{cookie, next};

/// A request by anybody.
pub struct Visit {
    console: web::Data<Console>,
    pub view: View,
    /// The session, or why it could not be looked up.
    session: Result<Option<SessionToken>, ApiError>,
    asks: Asks,
    pub origin: Option<Origin>,
}

/// What the browser wants to show.
enum Asks {
    Page,
    /// The element with this id, or an answer to put there.
    Part(String),
}

impl Visit {
    async fn of(request: &HttpRequest) -> Result<Self, Error> {
        let console =
            request.app_data::<web::Data<Console>>().cloned().ok_or(actix_web::error::ErrorInternalServerError(""))?;
        let accepted = || {
            let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Language::accepted(header.unwrap_or_default())
        };
        let words = Words { language: cookie::language(request).unwrap_or_else(accepted) };
        let mut view = View { words, who: None, csrf: String::new(), here: here(request) };
        let session = match cookie::session(request) {
            None => Ok(None),
            Some(token) => match console.api.session(&token).await {
                Ok(Some(administrator)) => {
                    view.who = Some(administrator);
                    view.csrf = form::csrf(&token);
                    Ok(Some(token))
                }
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            },
        };
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let asks = match (header("hx-request"), header("hx-target")) {
            (Some("true"), target) => Asks::Part(target.unwrap_or_default().to_owned()),
            _ => Asks::Page,
        };
        let origin = request.conn_data::<Origin>().copied();
        Ok(Self { console, view, session, asks, origin })
    }

    pub fn api(&self) -> &dyn AdminApi {
        &*self.console.api
    }

    pub fn words(&self) -> Words {
        self.view.words
    }

    /// The session that the browser shows, whether it stands or not.
    pub fn session_shown(&self) -> Option<&SessionToken> {
        self.session.as_ref().ok().and_then(Option::as_ref)
    }

    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.view.who.is_some()
    }

    /// Whether htmx asks for the element with this id alone.
    pub fn asks_for(&self, id: &str) -> bool {
        matches!(&self.asks, Asks::Part(target) if target == id)
    }

    /// A whole page. `title` is the key of its title.
    pub fn page(&self, status: StatusCode, section: Section, title: &str, content: &impl Template) -> HttpResponse {
        page::whole(&self.view, status, section, &self.words().say(title), content)
    }

    /// One part, for htmx.
    pub fn part(&self, status: StatusCode, part: &impl Template) -> HttpResponse {
        page::part(status, part)
    }

    /// What was refused, why, and what to do.
    pub fn refused(&self, error: &ApiError) -> Error {
        if let ApiError::Denied(Denial::Waits { number }) = error {
            return self.elsewhere(&format!("/admin/approvals/{number}?done=asked"));
        }
        if *error == ApiError::Denied(Denial::SignInAgain) {
            return self.elsewhere(&next::sign_in_again(&self.view.here));
        }
        self.problem(&Problem::of(error, self.words()))
    }

    /// As a page, or as a part where htmx asked for one.
    pub fn problem(&self, problem: &Problem) -> Error {
        let mut response = match self.asks {
            Asks::Part(_) => page::part(problem.status, &problem.part(&self.view)),
            Asks::Page => {
                page::whole(&self.view, problem.status, Section::None, &problem.title, &problem.page(&self.view))
            }
        };
        if let Some(retry_after_s) = problem.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
        }
        InternalError::from_response("refused", response).into()
    }

    /// To the sign-in page, and back here afterwards.
    fn sign_in_first(&self) -> Error {
        self.elsewhere(&next::sign_in(&self.view.here))
    }

    /// To another page of ours instead.
    fn elsewhere(&self, location: &str) -> Error {
        let response = match self.asks {
            Asks::Part(_) => HttpResponse::Forbidden().insert_header(("HX-Redirect", location)).finish(),
            Asks::Page => go(location),
        };
        InternalError::from_response("elsewhere", response).into()
    }
}

/// The page that a person would come back to.
fn here(request: &HttpRequest) -> String {
    request.uri().path_and_query().map(|path| path.as_str().to_owned()).unwrap_or_default()
}

/// To another page of ours, with GET.
pub fn go(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

/// A request by somebody who is signed in. Anybody else is sent to the sign-in page.
pub struct Signed {
    visit: Visit,
    pub who: Administrator,
    pub session: SessionToken,
}

impl Signed {
    async fn of(request: &HttpRequest) -> Result<Self, Error> {
        let visit = Visit::of(request).await?;
        let session = match &visit.session {
            Ok(session) => session.clone(),
            Err(error) => return Err(visit.refused(error)),
        };
        match (visit.view.who.clone(), session) {
            (Some(who), Some(session)) => Ok(Self { visit, who, session }),
            _ => Err(visit.sign_in_first()),
        }
    }

    /// For pages that only lead to a change: who may not make it has nothing to see there.
    pub fn must(&self, right: Right) -> Result<(), Error> {
        if self.who.rights.has(right) { Ok(()) } else { Err(self.refused(&Denial::Role.into())) }
    }
}

impl Deref for Signed {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequest for Signed {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

/// A form that came from a page of this very session.
pub struct Act {
    signed: Signed,
    pub form: Form,
}

impl Deref for Act {
    type Target = Signed;

    fn deref(&self) -> &Signed {
        &self.signed
    }
}

impl FromRequest for Act {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let signed = Signed::of(&request).await?;
            let form = read(&request, &mut payload).await?;
            if form.is_of(&signed.session) {
                Ok(Self { signed, form })
            } else {
                Err(signed.problem(&Problem::stale_form(signed.words())))
            }
        })
    }
}

/// A form from somebody who need not be signed in: sign-in, set-up, language.
pub struct Submission {
    pub visit: Visit,
    pub form: Form,
}

impl FromRequest for Submission {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let visit = Visit::of(&request).await?;
            Ok(Self { visit, form: read(&request, &mut payload).await? })
        })
    }
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Form, Error> {
    Ok(Form::parse(&web::Bytes::from_request(request, payload).await?))
}

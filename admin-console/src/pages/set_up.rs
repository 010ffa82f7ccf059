//! Setting up an account with a one-time link: a name, a password, and an authenticator that proves itself with a code.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use protocol::secret::{Personal, Secret};

use super::sign_in::enter;
use super::{Answer, OK};
use crate::api::{ApiError, Field, FieldProblem, NewAdministrator, SetUp, SetUpReason};
use crate::page::Section;
use crate::problem::{Problem, field_words};
use crate::view::View;
use crate::visit::{Submission, Visit};
use crate::words::Words;
use crate::{next, qr};

/// Characters of the secret between spaces, so that it can be typed.
const SECRET_GROUP_CHARS: usize = 4;

#[derive(Template)]
#[template(path = "set_up.html")]
pub struct SetUpPage<'a> {
    v: &'a View,
    token: &'a str,
    set_up: &'a SetUp,
    /// Markup of the QR code.
    qr: String,
    /// The TOTP secret in groups.
    secret: String,
    login: &'a str,
    /// The account whose password and authenticator are renewed.
    account: Option<&'a str>,
    faults: Faults,
}

/// What is wrong, field by field, in words.
#[derive(Debug, Default)]
pub struct Faults {
    login: Option<String>,
    password: Option<String>,
    again: Option<String>,
    code: Option<String>,
}

impl Faults {
    pub(super) fn of(problems: &[FieldProblem], words: Words) -> Self {
        let of = |field: Field| {
            problems.iter().find(|problem| problem.field == field).map(|problem| field_words(problem, words))
        };
        Self { login: of(Field::Login), password: of(Field::Password), again: None, code: of(Field::Code) }
    }

    const fn any(&self) -> bool {
        self.login.is_some() || self.password.is_some() || self.again.is_some() || self.code.is_some()
    }
}

impl<'a> SetUpPage<'a> {
    pub(super) fn new(v: &'a View, token: &'a str, set_up: &'a SetUp, login: &'a str, faults: Faults) -> Self {
        let qr = qr::svg(set_up.totp_uri.expose(), &v.t("set-up-qr-label")).unwrap_or_default();
        let chars: Vec<char> = set_up.totp_secret.expose().chars().collect();
        let groups: Vec<String> = chars.chunks(SECRET_GROUP_CHARS).map(|group| group.iter().collect()).collect();
        let account = match &set_up.reason {
            SetUpReason::Reset { login } => Some(login.expose().as_str()),
            SetUpReason::First | SetUpReason::Invited => None,
        };
        Self { v, token, set_up, qr, secret: groups.join(" "), login, account, faults }
    }

    /// Why somebody is here, as a key.
    fn reason(&self) -> &'static str {
        match self.set_up.reason {
            SetUpReason::First => "set-up-first",
            SetUpReason::Invited => "set-up-invited",
            SetUpReason::Reset { .. } => "set-up-reset",
        }
    }
}

/// `GET /admin/set-up/{token}`
pub async fn show(visit: Visit, token: web::Path<String>) -> Answer {
    let set_up = offer(&visit, &token).await?;
    let content = SetUpPage::new(&visit.view, &token, &set_up, "", Faults::default());
    Ok(visit.page(OK, Section::None, "set-up-title", &content))
}

/// `POST /admin/set-up/{token}`
pub async fn submit(submission: Submission, token: web::Path<String>) -> Answer {
    let Submission { visit, form } = submission;
    let (login, password) = (form.text("login").trim(), form.secret("password"));
    let account = NewAdministrator { login: Personal::from(login), password, code: form.code("code") };
    let faults = if form.text("password") == form.text("again") {
        match visit.api().set_up(&Secret::new(token.clone()), account).await {
            Ok(session) => return Ok(enter(&session, next::HOME)),
            Err(ApiError::Invalid(problems)) => Faults::of(&problems, visit.words()),
            Err(error) => return Err(visit.problem(&Problem::of(&error, visit.words()))),
        }
    } else {
        Faults { again: Some(visit.words().say("field-again-differs")), ..Faults::default() }
    };
    let set_up = offer(&visit, &token).await?;
    let content = SetUpPage::new(&visit.view, &token, &set_up, login, faults);
    Ok(visit.page(StatusCode::UNPROCESSABLE_ENTITY, Section::None, "set-up-title", &content))
}

async fn offer(visit: &Visit, token: &str) -> Result<SetUp, actix_web::Error> {
    visit.api().look_up_link(&Secret::new(token.to_owned())).await.map_err(|error| visit.refused(&error))
}

//! Another password of one's own: the present one, a code of this moment, the new one twice. It must never send back what was typed.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use super::{Answer, OK};
use crate::api::{ApiError, Denial, Field, PasswordChange};
use crate::cookie;
use crate::page::Section;
use crate::problem::{Problem, field_words};
use crate::view::View;
use crate::visit::{Act, Signed, go};

const PAGE: &str = "/admin/sessions?done=password";

#[derive(Template)]
#[template(path = "password.html")]
pub struct PasswordPage<'a> {
    v: &'a View,
    /// What was refused as a whole.
    problem: Option<Problem>,
    /// What is wrong with the new password.
    next_fault: Option<String>,
    again_fault: Option<String>,
}

impl<'a> PasswordPage<'a> {
    pub(super) const fn new(v: &'a View) -> Self {
        Self { v, problem: None, next_fault: None, again_fault: None }
    }

    pub(super) fn refused(v: &'a View, error: &ApiError) -> Self {
        let page = Self::new(v);
        match error {
            ApiError::Invalid(problems) if problems.iter().all(|problem| problem.field == Field::Password) => {
                let words: Vec<String> = problems.iter().map(|problem| field_words(problem, v.words)).collect();
                Self { next_fault: Some(words.join(" ")), ..page }
            }
            ApiError::Denied(Denial::Credentials) => {
                let problem = Problem { text: v.t("password-wrong"), ..Problem::of(error, v.words) };
                Self { problem: Some(problem), ..page }
            }
            error => Self { problem: Some(Problem::of(error, v.words)), ..page },
        }
    }

    pub(super) fn differing(v: &'a View) -> Self {
        Self { again_fault: Some(v.t("field-again-differs")), ..Self::new(v) }
    }
}

/// `GET /admin/password`
pub async fn show(signed: Signed) -> HttpResponse {
    signed.page(OK, Section::Administrators, "password-title", &PasswordPage::new(&signed.view))
}

/// `POST /admin/password`
pub async fn change(act: Act) -> Answer {
    let (section, title) = (Section::Administrators, "password-title");
    if act.form.text("next") != act.form.text("again") {
        let page = PasswordPage::differing(&act.view);
        return Ok(act.page(StatusCode::UNPROCESSABLE_ENTITY, section, title, &page));
    }
    let (current, code, next) = (act.form.secret("current"), act.form.code("code"), act.form.secret("next"));
    match act.api().change_password(&act.who, &PasswordChange { current, code, next }).await {
        Ok(browser) => {
            let mut response = go(PAGE);
            if let Some(cookie) = cookie::set_browser(&browser) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(error @ (ApiError::Invalid(_) | ApiError::Denied(Denial::Credentials | Denial::TooMany { .. }))) => {
            let problem = Problem::of(&error, act.words());
            let mut response = act.page(problem.status, section, title, &PasswordPage::refused(&act.view, &error));
            if let Some(retry_after_s) = problem.retry_after_s {
                response.headers_mut().insert(header::RETRY_AFTER, retry_after_s.into());
            }
            Ok(response)
        }
        Err(error) => Err(act.refused(&error)),
    }
}

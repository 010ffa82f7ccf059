//! Choosing a language, kept in a cookie of this browser.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::visit::{Submission, go};
use crate::words::Language;
use crate::{cookie, next};

/// `POST /admin/language`
pub async fn choose(submission: Submission) -> HttpResponse {
    let mut response = go(next::page(submission.form.text("next")));
    let cookie = Language::tagged(submission.form.text("language")).and_then(cookie::set_language);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

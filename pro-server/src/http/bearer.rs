//! `Authorization: Bearer …` (RFC 6750 §2.1): the token that a program shows. It must never be logged.

use actix_web::HttpRequest;
use actix_web::http::header;
use protocol::secret::Secret;

/// The token, if there is one.
pub fn token(request: &HttpRequest) -> Option<Secret<String>> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim().to_owned()))
}

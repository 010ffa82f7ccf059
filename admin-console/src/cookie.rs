//! The cookies (RFC 6265bis): the session's, the chosen language, and the one of a sign-in under way. All are `__Host-`: set by this host
//! over TLS only, never for another path or a domain. None is sent along from another site, but for the last one, which a browser
//! brings back from the identity provider.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use data_encoding::HEXLOWER;
use protocol::secret::Secret;

use crate::api::{BROWSER_TOKEN_BYTES, BrowserToken, SESSION_TOKEN_BYTES, SessionToken, SignInToken};
use crate::words::Language;

const SESSION: &str = "__Host-isoloir";
const BROWSER: &str = "__Host-isoloir-browser";
const BROWSER_LIFETIME_S: u32 = 180 * 24 * 60 * 60;
const LANGUAGE: &str = "__Host-isoloir-language";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
const SIGN_IN: &str = "__Host-isoloir-sign-in";
/// Comes along when another site sends the browser here (`Lax`): that is what it is for.
const SIGN_IN_ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";
const SIGN_IN_LIFETIME_S: u32 = 10 * 60;
const LANGUAGE_LIFETIME_S: u32 = 365 * 24 * 60 * 60;

/// The session that the request names.
pub fn session(request: &HttpRequest) -> Option<SessionToken> {
    let bytes = HEXLOWER.decode(value(request, SESSION)?.as_bytes()).ok()?;
    <[u8; SESSION_TOKEN_BYTES]>::try_from(bytes).ok().map(Secret::new)
}

/// What the browser was given when somebody signed in before.
pub fn browser(request: &HttpRequest) -> Option<BrowserToken> {
    let bytes = HEXLOWER.decode(value(request, BROWSER)?.as_bytes()).ok()?;
    <[u8; BROWSER_TOKEN_BYTES]>::try_from(bytes).ok().map(Secret::new)
}

/// `Set-Cookie` by which a browser is known at the next sign-in.
pub fn set_browser(token: &BrowserToken) -> Option<HeaderValue> {
    let text = format!("{BROWSER}={}; Max-Age={BROWSER_LIFETIME_S}; {ATTRIBUTES}", HEXLOWER.encode(token.expose()));
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The language that was chosen before.
pub fn language(request: &HttpRequest) -> Option<Language> {
    value(request, LANGUAGE).and_then(|tag| Language::tagged(&tag))
}

/// `Set-Cookie` for a fresh session; it ends with the browser, or earlier at the server.
pub fn set_session(token: &SessionToken) -> Option<HeaderValue> {
    let mut value =
        HeaderValue::from_str(&format!("{SESSION}={}; {ATTRIBUTES}", HEXLOWER.encode(token.expose()))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Set-Cookie` that takes the session away.
pub fn clear_session() -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{SESSION}=; Max-Age=0; {ATTRIBUTES}")).ok()
}

/// `Set-Cookie` for a sign-in under way, and the page that is wanted afterwards.
pub fn set_sign_in(token: &SignInToken, next: &str) -> Option<HeaderValue> {
    let (token, next) = (HEXLOWER.encode(token.expose()), HEXLOWER.encode(next.as_bytes()));
    let text = format!("{SIGN_IN}={token}.{next}; Max-Age={SIGN_IN_LIFETIME_S}; {SIGN_IN_ATTRIBUTES}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The sign-in that the request names, and the page that was wanted: to be judged again.
pub fn sign_in(request: &HttpRequest) -> Option<(SignInToken, String)> {
    let value = value(request, SIGN_IN)?;
    let (token, next) = value.split_once('.')?;
    let token = <[u8; SESSION_TOKEN_BYTES]>::try_from(HEXLOWER.decode(token.as_bytes()).ok()?).ok()?;
    Some((Secret::new(token), String::from_utf8(HEXLOWER.decode(next.as_bytes()).ok()?).ok()?))
}

/// `Set-Cookie` that takes it away.
pub fn clear_sign_in() -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{SIGN_IN}=; Max-Age=0; {SIGN_IN_ATTRIBUTES}")).ok()
}

/// `Set-Cookie` for a chosen language.
pub fn set_language(language: Language) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{LANGUAGE}={}; Max-Age={LANGUAGE_LIFETIME_S}; {ATTRIBUTES}", language.tag())).ok()
}

fn value(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get_all(header::COOKIE).filter_map(|header| header.to_str().ok()).find_map(|header| {
        header
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(found, value)| (found == name).then(|| value.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_session_is_read_as_it_was_set() {
        let token = Secret::new([7; SESSION_TOKEN_BYTES]);
        let set = set_session(&token).expect("a header");
        let pair = set.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let request = TestRequest::get().insert_header((header::COOKIE, format!("a=b; {pair}; c"))).to_http_request();
        assert_eq!(session(&request).map(|token| *token.expose()), Some([7; SESSION_TOKEN_BYTES]));
        for bad in ["", "00", &"0".repeat(65), &"g".repeat(64)] {
            let request =
                TestRequest::get().insert_header((header::COOKIE, format!("{SESSION}={bad}"))).to_http_request();
            assert!(session(&request).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_cookie_is_for_this_host_and_no_script() {
        let headers =
            [set_session(&Secret::new([0; SESSION_TOKEN_BYTES])), clear_session(), set_language(Language::French)];
        for header in headers {
            let header = header.expect("a header");
            let text = header.to_str().expect("text");
            for attribute in ["__Host-", "Path=/;", "Secure", "HttpOnly", "SameSite=Strict"] {
                assert!(text.contains(attribute), "{text}");
            }
            assert!(!text.contains("Domain"));
        }
    }
}

//! Forms as they come: bounded, decoded, every field a text. What a field means is the page's; whether it may be, the port's.

use protocol::secret::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::api::SessionToken;

/// Largest form.
pub const FORM_BYTES_MAX: usize = 16 * 1_024;
/// Most fields of a form.
const FIELDS_MAX: usize = 64;
/// The hidden field that proves that a form came from a page of this session.
pub const CSRF_FIELD: &str = "csrf";

/// A submitted form.
pub struct Form(Vec<(String, Secret<String>)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body).take(FIELDS_MAX);
        Self(fields.map(|(name, value)| (name.into_owned(), Secret::new(value.into_owned()))).collect())
    }

    /// One field by itself.
    pub fn of_field(name: &str, value: String) -> Self {
        Self(vec![(name.to_owned(), Secret::new(value))])
    }

    /// A field's text; empty when there is no such field.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.expose())
    }

    /// A field's text, to be kept from view.
    pub fn secret(&self, name: &str) -> Secret<String> {
        Secret::new(self.text(name).to_owned())
    }

    /// A six-digit code as people type it, without the spaces they put in.
    pub fn code(&self, name: &str) -> Secret<String> {
        Secret::new(self.text(name).chars().filter(|c| !c.is_whitespace()).collect())
    }

    /// Whether it carries the token of `session`.
    pub fn is_of(&self, session: &SessionToken) -> bool {
        self.text(CSRF_FIELD).as_bytes().ct_eq(csrf(session).as_bytes()).into()
    }
}

/// The CSRF token of a session. It says nothing about the session's own token, and nobody without that can make it.
pub fn csrf(session: &SessionToken) -> String {
    let mut hash = Sha256::new();
    hash.update(b"isoloir console csrf v1\0");
    hash.update(session.expose());
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_belongs_to_one_session() {
        let (ours, other) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let form = Form::parse(format!("a=1&csrf={}", csrf(&ours)).as_bytes());
        assert!(form.is_of(&ours));
        assert!(!form.is_of(&other));
        assert!(!Form::parse(b"a=1").is_of(&ours));
        assert!(!Form::parse(b"csrf=").is_of(&ours));
    }

    #[test]
    fn fields_are_decoded_and_bounded() {
        let form = Form::parse(b"login=a%20b%26&login=second&code=12+34%2056&bad=%ff%");
        assert_eq!(form.text("login"), "a b&");
        assert_eq!(form.code("code").expose(), "123456");
        assert_eq!(form.text("missing"), "");
        assert_eq!(Form::parse("x=1&".repeat(1_000).as_bytes()).0.len(), FIELDS_MAX);
    }
}

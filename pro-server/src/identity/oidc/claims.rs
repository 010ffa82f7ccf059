//! What a provider says of somebody (OpenID Connect Core §5): ID token and userinfo as one set of claims. Pure. Claims are personal:
//! they must never be printed, nor may userinfo change what the signed token says.

use std::fmt;

use protocol::secret::Personal;
use serde_json::{Map, Value};

use crate::config::identity::{PersonClaim, PersonIs, Required};

/// An address, and whether the provider has verified it (Core §5.1).
const VERIFIED_ADDRESS: [&str; 2] = ["email", "email_verified"];
/// Claims about the token and the session; only the signed token speaks of those.
const PROTECTED: [&str; 11] = ["iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "acr", "amr", "sid"];
/// Longest text of a claim that can name a person.
const TEXT_BYTES_MAX: usize = 512;

/// A set of claims.
#[derive(Clone, Default)]
pub struct Claims(Map<String, Value>);

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(…)")
    }
}

/// The claim that should name a person does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unnamed {
    #[error("the provider says nothing that names a person here")]
    Missing,
    #[error("the provider has not verified the mail address")]
    UnverifiedMail,
}

impl Claims {
    /// The claims of a JSON object; nothing else is a set of claims.
    pub fn parse(json: &[u8]) -> Option<Self> {
        match serde_json::from_slice(json).ok()? {
            Value::Object(claims) => Some(Self(claims)),
            _ => None,
        }
    }

    /// Adds what userinfo says and the token leaves out. The subject must be the same: otherwise None (Core §5.3.2).
    pub fn with_userinfo(mut self, userinfo: Self) -> Option<Self> {
        if self.text("sub").is_none() || self.text("sub") != userinfo.text("sub") {
            return None;
        }
        // Whether an address is verified is said of the address beside it, and of no other.
        let says_address = VERIFIED_ADDRESS.iter().any(|name| self.0.contains_key(*name));
        for (name, value) in userinfo.0 {
            if says_address && VERIFIED_ADDRESS.contains(&name.as_str()) {
                continue;
            }
            if !PROTECTED.contains(&name.as_str()) {
                self.0.entry(name).or_insert(value);
            }
        }
        Some(self)
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// Whether a claim is `value`, or a list that has it. Truth and numbers count by how JSON writes them.
    pub fn holds(&self, required: &Required) -> bool {
        match self.value(&required.claim) {
            Some(Value::Array(values)) => values.iter().any(|one| is(one, &required.value)),
            Some(value) => is(value, &required.value),
            None => false,
        }
    }

    /// Whom the claims name. A mail address counts only when the provider says that it has verified it: otherwise people would
    /// become whoever they say they are.
    pub fn person(&self, wanted: &PersonClaim) -> Result<Personal<String>, Unnamed> {
        let text = self.text(&wanted.claim).map(str::trim).filter(|text| !text.is_empty());
        let text = text.filter(|text| text.len() <= TEXT_BYTES_MAX).ok_or(Unnamed::Missing)?;
        if (wanted.claim == "email" || wanted.is == PersonIs::Mail) && !self.has_verified_mail() {
            return Err(Unnamed::UnverifiedMail);
        }
        Ok(Personal::from(text))
    }

    fn has_verified_mail(&self) -> bool {
        // Some providers write truth as text.
        self.value("email_verified").is_some_and(|value| is(value, "true"))
    }

    /// The claim of this very name, else the member at the end of a path of dots (`realm_access.roles`).
    fn value(&self, name: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(name) {
            return Some(value);
        }
        let mut parts = name.split('.');
        let first = self.0.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_object()?.get(part))
    }
}

fn is(value: &Value, text: &str) -> bool {
    match value {
        Value::String(value) => value == text,
        Value::Bool(value) => text == if *value { "true" } else { "false" },
        Value::Number(number) => number.to_string() == text,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claims(json: &str) -> Claims {
        Claims::parse(json.as_bytes()).expect("an object")
    }

    fn required(claim: &str, value: &str) -> Required {
        Required { claim: claim.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn userinfo_fills_gaps_and_changes_nothing() {
        let token = claims(r#"{"sub":"a","email":"token@example.test","acr":"1"}"#);
        let info = claims(r#"{"sub":"a","email":"other@example.test","groups":["g"],"amr":["mfa"],"acr":"2"}"#);
        let both = token.clone().with_userinfo(info).expect("the same subject");
        assert_eq!(both.text("email"), Some("token@example.test"));
        assert!(both.holds(&required("groups", "g")));
        assert!(!both.holds(&required("amr", "mfa")) && !both.holds(&required("acr", "2")));
        let mine = claims(r#"{"sub":"a","email":"mine@example.test","email_verified":true}"#);
        let both = token.clone().with_userinfo(mine.clone()).expect("the same subject");
        let by_mail = PersonClaim { claim: "email".to_owned(), is: PersonIs::Mail };
        assert_eq!(both.person(&by_mail), Err(Unnamed::UnverifiedMail), "another address was verified");
        let silent = claims(r#"{"sub":"a"}"#).with_userinfo(mine).expect("the same subject");
        assert!(silent.person(&by_mail).is_ok());
        assert!(token.clone().with_userinfo(claims(r#"{"sub":"b"}"#)).is_none());
        assert!(token.with_userinfo(claims(r#"{"email":"a@example.test"}"#)).is_none());
    }

    #[test]
    fn a_required_claim_is_text_a_list_or_deeper() {
        let said =
            claims(r#"{"groups":["a","b"],"hd":"example.test","realm_access":{"roles":["x"]},"mfa":true,"a.b":"c"}"#);
        for (claim, value) in
            [("groups", "b"), ("hd", "example.test"), ("realm_access.roles", "x"), ("mfa", "true"), ("a.b", "c")]
        {
            assert!(said.holds(&required(claim, value)), "{claim}");
        }
        for (claim, value) in [("groups", "c"), ("groups", "a,b"), ("realm_access", "x"), ("none", ""), ("hd", "")] {
            assert!(!said.holds(&required(claim, value)), "{claim}");
        }
    }

    #[test]
    fn an_unverified_address_names_nobody() {
        let by = |is| PersonClaim { claim: "email".to_owned(), is };
        for unverified in [
            r#"{"email":"a@example.test"}"#,
            r#"{"email":"a@example.test","email_verified":false}"#,
            r#"{"email":"a@example.test","email_verified":"false"}"#,
        ] {
            assert_eq!(claims(unverified).person(&by(PersonIs::Mail)), Err(Unnamed::UnverifiedMail));
            assert_eq!(claims(unverified).person(&by(PersonIs::Login)), Err(Unnamed::UnverifiedMail));
        }
        for verified in ["true", "\"true\""] {
            let said = claims(&format!(r#"{{"email":"a@example.test","email_verified":{verified}}}"#));
            assert!(said.person(&by(PersonIs::Mail)).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, name: String) {
            if let Some(claims) = Claims::parse(&bytes) {
                let _ = claims.holds(&required(&name, "x"));
            }
        }
    }
}

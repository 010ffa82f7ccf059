//! Tokens that count and, mostly, tokens that do not: each wrong in one way, signed with a real key or with a trick.

use hmac::{Hmac, Mac as _};
use openidconnect::core::CoreEdDsaPrivateSigningKey;
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::claims::Claims;
use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const NOW_S: i64 = 1_700_000_000;
const ISSUER: &str = "https://id.example/realms/staff";

/// A key of the provider by its number.
fn key(number: u8, id: &str) -> CoreEdDsaPrivateSigningKey {
    // PKCS #8 of an Ed25519 seed (RFC 8410 §7).
    let mut der = data_encoding::HEXLOWER.decode(b"302e020100300506032b657004220420").expect("hexadecimal");
    der.extend_from_slice(&[number; 32]);
    let body = data_encoding::BASE64.encode(&der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(id.to_owned()))).expect("a key")
}

fn published() -> CoreJsonWebKeySet {
    CoreJsonWebKeySet::new(vec![key(1, "one").as_verification_key(), key(2, "two").as_verification_key()])
}

const EXPECTED: Expected<'_> = Expected { issuer: ISSUER, client_id: "isoloir", now: NOW };

fn encoded(value: &Value) -> String {
    data_encoding::BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// A token that `by` has signed under the id `kid`.
fn token_by(by: u8, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = key(by, "any").sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes()).expect("signed");
    format!("{message}.{}", data_encoding::BASE64URL_NOPAD.encode(&signature))
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "one", "typ": "JWT" })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "isoloir", "sub": "f1a2", "nonce": "n", "iat": NOW_S, "exp": NOW_S + 300,
        "preferred_username": "notary01", "email_verified": "true",
    })
}

fn with(mut value: Value, name: &str, to: Value) -> Value {
    value[name] = to;
    value
}

fn checked(token: String) -> Result<Claims, BadToken> {
    id_token(&Secret::new(token), Some(&Secret::new("n".to_owned())), EXPECTED, &published())
}

#[test]
fn a_right_token_says_everything_that_it_says() {
    let said = checked(token_by(1, &header(), &claims())).expect("right");
    assert_eq!((said.text("sub"), said.text("preferred_username")), (Some("f1a2"), Some("notary01")));
    let several = with(claims(), "aud", json!(["isoloir"]));
    assert!(checked(token_by(1, &header(), &several)).is_ok());
    // A clock that is a minute off is a clock.
    for (name, time) in [("iat", NOW_S + 60), ("exp", NOW_S - 60)] {
        assert!(checked(token_by(1, &header(), &with(claims(), name, json!(time)))).is_ok(), "{name}");
    }
}

#[test]
fn a_token_that_is_wrong_in_one_way_is_worth_nothing() {
    let bad = |name: &str, to: Value| checked(token_by(1, &header(), &with(claims(), name, to))).err();
    assert_eq!(bad("iss", json!("https://id.example/realms/staff/")), Some(BadToken::Issuer));
    assert_eq!(bad("aud", json!("another")), Some(BadToken::Audience));
    assert_eq!(bad("aud", json!(["isoloir", "another"])), Some(BadToken::Audience));
    assert_eq!(bad("azp", json!("another")), Some(BadToken::Audience));
    assert_eq!(bad("nonce", json!("m")), Some(BadToken::Nonce));
    assert_eq!(bad("nonce", Value::Null), Some(BadToken::Nonce));
    assert_eq!(bad("exp", json!(NOW_S - 600)), Some(BadToken::Time));
    assert_eq!(bad("iat", json!(NOW_S + 600)), Some(BadToken::Time));
    assert_eq!(bad("iat", json!(NOW_S - 3_600)), Some(BadToken::Time));
    assert_eq!(bad("sub", json!("")), Some(BadToken::Subject));
    assert_eq!(bad("sub", json!("a".repeat(256))), Some(BadToken::Subject));
    assert_eq!(bad("sub", Value::Null), Some(BadToken::Malformed));
}

#[test]
fn no_signature_but_one_of_the_published_keys_counts() {
    // Another key under a published name, a key that is not published, and a signature of other claims.
    assert_eq!(checked(token_by(3, &header(), &claims())).err(), Some(BadToken::Signature));
    let unknown = with(header(), "kid", json!("three"));
    assert_eq!(checked(token_by(3, &unknown, &claims())).err(), Some(BadToken::UnknownKey));
    let right = token_by(1, &header(), &claims());
    let parts: Vec<&str> = right.split('.').collect();
    let forged = encoded(&with(claims(), "sub", json!("admin")));
    assert_eq!(checked(format!("{}.{forged}.{}", parts[0], parts[2])).err(), Some(BadToken::Signature));
    // No signature at all.
    for name in ["none", "None", "NONE", "nOnE"] {
        let bare = encoded(&json!({ "alg": name }));
        for end in ["", parts[2]] {
            assert!(checked(format!("{bare}.{}.{end}", parts[1])).is_err(), "{name}");
        }
    }
    // The public key as the secret of an HMAC.
    let public = serde_json::to_value(published()).expect("JSON");
    for secret in [public.to_string(), public["keys"][0]["x"].as_str().unwrap_or_default().to_owned(), "isoloir".into()]
    {
        let message = format!("{}.{}", encoded(&json!({ "alg": "HS256", "kid": "one" })), parts[1]);
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        mac.update(message.as_bytes());
        let signature = data_encoding::BASE64URL_NOPAD.encode(&mac.finalize().into_bytes());
        assert_eq!(checked(format!("{message}.{signature}")).err(), Some(BadToken::Signature));
    }
    // An extension that must be understood.
    let critical = with(header(), "crit", json!(["b64"]));
    assert_eq!(checked(token_by(1, &critical, &claims())).err(), Some(BadToken::Malformed));
}

fn logout() -> Value {
    json!({
        "iss": ISSUER, "aud": "isoloir", "iat": NOW_S, "exp": NOW_S + 120, "jti": "j1", "sub": "f1a2", "sid": "s1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

fn logged_out(claims: &Value) -> Result<Logout, BadToken> {
    let header = json!({ "alg": "EdDSA", "kid": "two", "typ": "logout+jwt" });
    logout_token(&token_by(2, &header, claims), EXPECTED, &published())
}

#[test]
fn a_logout_token_names_a_session_or_a_person() {
    let whole = logged_out(&logout()).expect("right");
    assert!(whole.subject.is_some() && whole.session.is_some());
    let mut by_session = logout();
    by_session.as_object_mut().map(|claims| claims.remove("sub"));
    assert!(logged_out(&by_session).is_ok_and(|told| told.subject.is_none()));
    by_session.as_object_mut().map(|claims| claims.remove("sid"));
    assert_eq!(logged_out(&by_session), Err(BadToken::Subject));
}

#[test]
fn nothing_else_stands_in_for_a_logout_token() {
    let bad = |name: &str, to: Value| logged_out(&with(logout(), name, to)).err();
    assert_eq!(bad("iss", json!("https://other.example")), Some(BadToken::Issuer));
    assert_eq!(bad("aud", json!(["isoloir", "another"])), Some(BadToken::Audience));
    assert_eq!(bad("iat", json!(NOW_S - 3_600)), Some(BadToken::Time));
    assert_eq!(bad("exp", json!(NOW_S - 600)), Some(BadToken::Time));
    assert_eq!(bad("nonce", json!("n")), Some(BadToken::Malformed));
    assert_eq!(bad("events", json!({})), Some(BadToken::Malformed));
    assert_eq!(bad("events", Value::Null), Some(BadToken::Malformed));
    assert_eq!(bad("jti", json!("")), Some(BadToken::Malformed));
    // An ID token, a token of nobody's, and one without a signature.
    assert_eq!(logged_out(&claims()), Err(BadToken::Malformed));
    let stolen = token_by(3, &json!({ "alg": "EdDSA", "kid": "one" }), &logout());
    assert_eq!(logout_token(&stolen, EXPECTED, &published()), Err(BadToken::Signature));
    let unknown = token_by(3, &json!({ "alg": "EdDSA", "kid": "three" }), &logout());
    assert_eq!(logout_token(&unknown, EXPECTED, &published()), Err(BadToken::UnknownKey));
    for name in ["none", "HS256"] {
        let bare = format!("{}.{}.", encoded(&json!({ "alg": name })), encoded(&logout()));
        assert_eq!(logout_token(&bare, EXPECTED, &published()), Err(BadToken::Signature), "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}", parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        for token in [text, parts.join(".")] {
            prop_assert!(logout_token(&token, EXPECTED, &published()).is_err());
            prop_assert!(checked(token).is_err());
        }
    }

    /// Well-formed JSON where any claim or header is anything.
    #[test]
    fn no_claim_panics(name in "iss|aud|sub|exp|iat|nonce|azp|jti|events|sid|email_verified|alg|typ|kid|crit", number: f64, text in ".{0,20}") {
        for value in [json!(number), json!(text), json!([text]), json!({ "a": number }), json!(true), Value::Null] {
            let _ = checked(token_by(1, &header(), &with(claims(), &name, value.clone())));
            let _ = checked(token_by(1, &with(header(), &name, value.clone()), &claims()));
            let _ = logged_out(&with(logout(), &name, value));
        }
    }
}

//! Which tokens count: ID tokens (OpenID Connect Core §3.1.3.7) and logout tokens (Back-Channel Logout 1.0 §2.6). Pure, with the time
//! as an argument. It must never take `none` or a shared secret for a signature, nor say what stood in a token.

use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, EmptyAdditionalClaims, IdToken, IdTokenVerifier, IssuerUrl, JsonWebKey as _,
    JsonWebKeyAlgorithm, Nonce, SignatureVerificationError,
};
use protocol::ids::Hash32;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;
use serde::Deserialize;

use super::claims::Claims;
use super::fault::BadToken;

/// Clocks of provider and server may differ by this much.
pub const CLOCK_SKEW_MS: u64 = 2 * 60 * 1_000;
/// A token is handed over at once; an older one was kept by somebody.
pub const TOKEN_AGE_MS_MAX: u64 = 10 * 60 * 1_000;
/// Longest token.
pub const TOKEN_BYTES_MAX: usize = 64 * 1_024;
/// Longest subject (Core §2) and session id.
const SUBJECT_BYTES_MAX: usize = 255;

/// Signatures by a key that only the provider has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Whose tokens count, and for whom they have to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub now: Timestamp,
}

type Token =
    IdToken<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// The claims of an ID token that was asked for with `nonce`; device codes have none to ask with.
pub fn id_token(
    token: &Secret<String>,
    nonce: Option<&Secret<String>>,
    expected: Expected<'_>,
    keys: &CoreJsonWebKeySet,
) -> Result<Claims, BadToken> {
    if token.expose().len() > TOKEN_BYTES_MAX {
        return Err(BadToken::Malformed);
    }
    let parsed: Token = token.expose().parse().map_err(|_| BadToken::Malformed)?;
    let issuer = IssuerUrl::new(expected.issuer.to_owned()).map_err(|_| BadToken::Issuer)?;
    let now = expected.now;
    let at = chrono::DateTime::from_timestamp_millis(
        i64::try_from(now.minus_ms(CLOCK_SKEW_MS).as_millis()).unwrap_or(i64::MAX),
    );
    let at = at.ok_or(BadToken::Time)?;
    let verifier =
        IdTokenVerifier::new_public_client(ClientId::new(expected.client_id.to_owned()), issuer, keys.clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || at)
            .set_issue_time_verifier_fn(move |issued| {
                let issued = u64::try_from(issued.timestamp_millis()).unwrap_or_default();
                if is_fresh(issued, now) { Ok(()) } else { Err(String::new()) }
            });
    let asked = nonce.map(|nonce| Nonce::new(nonce.expose().clone()));
    let checked = match &asked {
        Some(nonce) => parsed.claims(&verifier, nonce),
        None => parsed.claims(&verifier, |_: Option<&Nonce>| Ok(())),
    };
    let checked = checked.map_err(|error| of_library(&error))?;
    if checked.authorized_party().is_some_and(|party| party.as_str() != expected.client_id) {
        return Err(BadToken::Audience);
    }
    if !is_subject(checked.subject().as_str()) {
        return Err(BadToken::Subject);
    }
    // The bytes that were just verified, with every claim in them.
    let payload = token.expose().split('.').nth(1).unwrap_or_default();
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).map_err(|_| BadToken::Malformed)?;
    Claims::parse(&payload).ok_or(BadToken::Malformed)
}

/// Whether a time is recent, and not of the future.
fn is_fresh(issued_ms: u64, now: Timestamp) -> bool {
    let now_ms = now.as_millis();
    issued_ms <= now_ms.saturating_add(CLOCK_SKEW_MS)
        && now_ms <= issued_ms.saturating_add(TOKEN_AGE_MS_MAX + CLOCK_SKEW_MS)
}

fn is_subject(subject: &str) -> bool {
    (1..=SUBJECT_BYTES_MAX).contains(&subject.len()) && !subject.chars().any(char::is_control)
}

fn of_library(error: &ClaimsVerificationError) -> BadToken {
    match error {
        ClaimsVerificationError::Expired(_) | ClaimsVerificationError::InvalidAuthTime(_) => BadToken::Time,
        ClaimsVerificationError::InvalidAudience(_) => BadToken::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => BadToken::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => BadToken::Nonce,
        ClaimsVerificationError::InvalidSubject(_) => BadToken::Subject,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            BadToken::UnknownKey
        }
        ClaimsVerificationError::SignatureVerification(_) => BadToken::Signature,
        _ => BadToken::Malformed,
    }
}

/// That a session at the provider is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// SHA-256 of its `jti`: it counts once.
    pub id: Hash32,
    pub subject: Option<Personal<String>>,
    pub session: Option<Personal<String>>,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
    b64: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct LogoutClaims {
    iss: String,
    aud: Audience,
    iat: f64,
    exp: Option<f64>,
    jti: String,
    events: std::collections::BTreeMap<String, serde_json::Value>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Checks a logout token. Whether its id was seen before is for who keeps them.
pub fn logout_token(token: &str, expected: Expected<'_>, keys: &CoreJsonWebKeySet) -> Result<Logout, BadToken> {
    let claims: LogoutClaims = signed(token, keys)?;
    if claims.iss != expected.issuer {
        return Err(BadToken::Issuer);
    }
    let for_us = match &claims.aud {
        Audience::One(one) => one == expected.client_id,
        Audience::Many(many) => matches!(many.as_slice(), [one] if one == expected.client_id),
    };
    if !for_us {
        return Err(BadToken::Audience);
    }
    let now_ms = expected.now.as_millis();
    let has_expired = claims.exp.is_some_and(|exp| of_seconds(exp).saturating_add(CLOCK_SKEW_MS) <= now_ms);
    if has_expired || !is_fresh(of_seconds(claims.iat), expected.now) {
        return Err(BadToken::Time);
    }
    // An ID token has no events, a logout token no nonce: neither can stand in for the other.
    let is_logout = claims.events.get(LOGOUT_EVENT).is_some_and(serde_json::Value::is_object);
    if !is_logout || claims.nonce.is_some() || claims.jti.is_empty() {
        return Err(BadToken::Malformed);
    }
    let plain = |text: Option<String>| text.filter(|text| is_subject(text)).map(Personal::new);
    let (subject, session) = (plain(claims.sub), plain(claims.sid));
    if subject.is_none() && session.is_none() {
        return Err(BadToken::Subject);
    }
    Ok(Logout { id: Hash32::sha256(claims.jti.as_bytes()), subject, session })
}

/// The payload of a JWS (RFC 7515 §5.2) that one of `keys` has signed.
fn signed<T: serde::de::DeserializeOwned>(token: &str, keys: &CoreJsonWebKeySet) -> Result<T, BadToken> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(BadToken::Malformed);
    }
    let decoded = |part: &str| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| BadToken::Malformed);
    let (message, signature) = token.rsplit_once('.').ok_or(BadToken::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(BadToken::Malformed)?;
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| BadToken::Malformed)?;
    let kind = header.typ.as_deref().unwrap_or("jwt").to_ascii_lowercase();
    if header.crit.is_some() || header.b64.is_some() || !["jwt", "logout+jwt"].contains(&kind.as_str()) {
        return Err(BadToken::Malformed);
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(BadToken::Signature);
    }
    let signature = decoded(signature)?;
    let fits = |key: &&openidconnect::core::CoreJsonWebKey| {
        let same_id = match (&header.kid, key.key_id()) {
            (Some(wanted), Some(id)) => id.as_str() == wanted,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let signs = key.key_use().is_none_or(|purpose| *purpose == openidconnect::core::CoreJsonWebKeyUse::Signature);
        let same_algorithm = match key.signing_alg() {
            JsonWebKeyAlgorithm::Unspecified => true,
            JsonWebKeyAlgorithm::Algorithm(algorithm) => *algorithm == header.alg,
            JsonWebKeyAlgorithm::Unsupported => false,
        };
        same_id && signs && same_algorithm
    };
    let mut candidates = keys.keys().iter().filter(fits).peekable();
    if candidates.peek().is_none() {
        return Err(BadToken::UnknownKey);
    }
    let holds = candidates.any(|key| key.verify_signature(&header.alg, message.as_bytes(), &signature).is_ok());
    if !holds {
        return Err(BadToken::Signature);
    }
    serde_json::from_slice(&decoded(payload)?).map_err(|_| BadToken::Malformed)
}

/// Milliseconds of a NumericDate (RFC 7519 §2); nonsense is 1970.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from float saturates, and not-a-number is 0"
)]
fn of_seconds(seconds: f64) -> u64 {
    (seconds * 1_000.0) as u64
}

#[cfg(test)]
mod tests;

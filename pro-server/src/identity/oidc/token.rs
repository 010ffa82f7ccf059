//! What the token endpoint is asked and answers (RFC 6749 §3.2, RFC 7636, RFC 8628 §3). Pure: forms and answers, no connection. It
//! must never keep a token, nor repeat a word of the provider's.

use protocol::secret::Secret;
use serde::Deserialize;
use zeroize::Zeroize as _;

use super::fault::{ProviderFault, SignInRefused};
use super::metadata::SecretBy;
use crate::https::{HttpsUrl, Reply, Sent};

/// Between two questions about a device code when the provider does not say (RFC 8628 §3.2).
const INTERVAL_S_DEFAULT: u64 = 5;
/// No provider is asked less often than this, whatever it wishes …
const INTERVAL_S_MAX: u64 = 60;
/// … and no sign-in waits longer.
pub const DEVICE_CODE_LIFETIME_S_MAX: u64 = 15 * 60;
/// Longest code that a person is asked to type.
const USER_CODE_CHARS_MAX: usize = 64;

/// How this server proves itself to the provider.
#[derive(Clone)]
pub struct ClientCredentials {
    pub id: String,
    pub secret: Option<Secret<String>>,
}

impl ClientCredentials {
    /// A form with `pairs`, from this client (RFC 6749 §2.3.1).
    pub fn form<'a>(
        &'a self,
        mut pairs: Vec<(&'a str, &'a str)>,
        by: SecretBy,
    ) -> (Vec<(&'a str, &'a str)>, Option<Secret<String>>) {
        match (&self.secret, by) {
            (Some(secret), SecretBy::Basic) => {
                let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let mut both = encoded(&self.id);
                both.push(':');
                both.push_str(&encoded(secret.expose()));
                (pairs, Some(Secret::new(both)))
            }
            (Some(secret), SecretBy::Post) => {
                pairs.extend([("client_id", self.id.as_str()), ("client_secret", secret.expose())]);
                (pairs, None)
            }
            (None, _) => {
                pairs.push(("client_id", &self.id));
                (pairs, None)
            }
        }
    }
}

/// A form on its way.
pub fn sent<'a>(form: &'a (Vec<(&'a str, &'a str)>, Option<Secret<String>>)) -> Sent<'a> {
    Sent::Form { pairs: &form.0, basic: form.1.clone() }
}

/// What a finished sign-in gives.
pub struct Tokens {
    pub id_token: Secret<String>,
    pub access_token: Option<Secret<String>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
}

/// Reads an answer of the token endpoint.
pub fn tokens(reply: &Reply) -> Result<Tokens, SignInRefused> {
    if reply.status != 200 {
        return Err(refusal(reply));
    }
    let answer: TokenAnswer = serde_json::from_slice(&reply.body).map_err(|_| ProviderFault::Metadata)?;
    let id_token = answer.id_token.ok_or(ProviderFault::Metadata)?;
    Ok(Tokens { id_token: Secret::new(id_token), access_token: answer.access_token.map(Secret::new) })
}

fn refusal(reply: &Reply) -> SignInRefused {
    let error = serde_json::from_slice::<ErrorAnswer>(&reply.body).map(|answer| answer.error);
    match error.as_deref() {
        Ok("authorization_pending") => SignInRefused::Pending,
        Ok("slow_down") => SignInRefused::SlowDown,
        Ok("access_denied") => SignInRefused::Denied,
        // The code is spent, not ours, or too old.
        Ok("expired_token" | "invalid_grant") => SignInRefused::Expired,
        Ok("invalid_client" | "unauthorized_client") => ProviderFault::Client.into(),
        Ok(_) | Err(_) => ProviderFault::Answer { status: reply.status }.into(),
    }
}

/// A sign-in that somebody finishes on another screen.
#[derive(Clone)]
pub struct DeviceCode {
    /// Proves to the provider that it was us who began.
    pub code: Secret<String>,
    /// What the person types there.
    pub user_code: Secret<String>,
    pub page: HttpsUrl,
    /// The same with the code in it.
    pub page_with_code: Option<HttpsUrl>,
    pub lifetime_s: u64,
    pub interval_s: u64,
}

#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: Option<String>,
    /// As some wrote it before the RFC.
    verification_url: Option<String>,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

/// Reads an answer of the device authorization endpoint.
pub fn device_code(reply: &Reply) -> Result<DeviceCode, ProviderFault> {
    if reply.status != 200 {
        return Err(match refusal(reply) {
            SignInRefused::Fault(fault) => fault,
            _ => ProviderFault::Answer { status: reply.status },
        });
    }
    let mut answer: DeviceAnswer = serde_json::from_slice(&reply.body).map_err(|_| ProviderFault::Metadata)?;
    let page = answer.verification_uri.or(answer.verification_url).and_then(|url| HttpsUrl::parse(&url));
    let typed = answer.user_code.chars().count() <= USER_CODE_CHARS_MAX
        && answer.user_code.chars().all(|symbol| symbol.is_ascii_graphic() || symbol == ' ');
    if !typed || answer.user_code.is_empty() {
        answer.device_code.zeroize();
        return Err(ProviderFault::Metadata);
    }
    Ok(DeviceCode {
        code: Secret::new(answer.device_code),
        user_code: Secret::new(answer.user_code),
        page: page.ok_or(ProviderFault::Metadata)?,
        page_with_code: answer.verification_uri_complete.and_then(|url| HttpsUrl::parse(&url)),
        lifetime_s: answer.expires_in.min(DEVICE_CODE_LIFETIME_S_MAX),
        interval_s: answer.interval.unwrap_or(INTERVAL_S_DEFAULT).clamp(1, INTERVAL_S_MAX),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: Zeroizing::new(body.as_bytes().to_vec()) }
    }

    #[test]
    fn refusals_of_the_token_endpoint_are_told_apart() {
        let refused = |error: &str| tokens(&reply(400, &format!(r#"{{"error":"{error}"}}"#))).err();
        assert_eq!(refused("authorization_pending"), Some(SignInRefused::Pending));
        assert_eq!(refused("slow_down"), Some(SignInRefused::SlowDown));
        assert_eq!(refused("access_denied"), Some(SignInRefused::Denied));
        assert_eq!(refused("expired_token"), Some(SignInRefused::Expired));
        assert_eq!(refused("invalid_client"), Some(SignInRefused::Fault(ProviderFault::Client)));
        assert_eq!(refused("server_error"), Some(SignInRefused::Fault(ProviderFault::Answer { status: 400 })));
        assert_eq!(tokens(&reply(200, "{}")).err(), Some(SignInRefused::Fault(ProviderFault::Metadata)));
    }

    #[test]
    fn the_secret_goes_one_way_only_and_is_encoded() {
        let client = ClientCredentials { id: "a:b".to_owned(), secret: Some(Secret::new("s c&t".to_owned())) };
        let (pairs, basic) = client.form(vec![("x", "y")], SecretBy::Basic);
        assert_eq!(pairs, [("x", "y")]);
        assert_eq!(basic.map(|basic| basic.expose().clone()).as_deref(), Some("a%3Ab:s+c%26t"));
        let (pairs, basic) = client.form(Vec::new(), SecretBy::Post);
        assert!(basic.is_none() && pairs.contains(&("client_secret", "s c&t")));
    }

    #[test]
    fn a_page_to_open_is_https_and_a_code_can_be_typed() {
        let answer = |page: &str, code: &str| {
            device_code(&reply(
                200,
                &format!(
                    r#"{{"device_code":"d","user_code":"{code}","verification_uri":"{page}","expires_in":99999999}}"#
                ),
            ))
        };
        let good = answer("https://id.example/device", "ABCD-EFGH").expect("usable");
        assert_eq!((good.lifetime_s, good.interval_s), (DEVICE_CODE_LIFETIME_S_MAX, INTERVAL_S_DEFAULT));
        assert!(answer("http://id.example/device", "ABCD").is_err());
        assert!(answer("https://id.example/device", r"\u001b[2J").is_err());
        assert!(answer("https://id.example/device", "").is_err());
    }

    proptest! {
        #[test]
        fn no_answer_panics(status in 100_u16..600, body: Vec<u8>) {
            let reply = Reply { status, body: Zeroizing::new(body) };
            let _ = (tokens(&reply).is_ok(), device_code(&reply).is_ok());
        }
    }
}

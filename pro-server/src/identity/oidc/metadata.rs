//! What a provider publishes about itself (OpenID Connect Discovery 1.0 §3, RFC 8414): its addresses and its keys (RFC 7517). Every
//! address must be https, and the issuer exactly the configured one.

use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;

use super::fault::ProviderFault;
use crate::https::HttpsUrl;

/// Below the issuer.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// How the client's secret goes to the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretBy {
    Basic,
    Post,
}

/// The addresses of a provider.
#[derive(Debug, Clone)]
pub struct Metadata {
    pub authorization: HttpsUrl,
    pub token: HttpsUrl,
    pub keys: HttpsUrl,
    pub userinfo: Option<HttpsUrl>,
    pub device_authorization: Option<HttpsUrl>,
    pub secret_by: SecretBy,
    /// It says its issuer in every answer of the browser (RFC 9207 §3): an answer without is not its own.
    pub says_issuer: SaysIssuer,
}

/// Whether answers carry `iss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaysIssuer {
    Always,
    Unknown,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the metadata of `issuer` stand.
pub fn address(issuer: &str) -> Option<HttpsUrl> {
    HttpsUrl::parse(&format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/')))
}

impl Metadata {
    pub fn parse(json: &[u8], issuer: &str) -> Result<Self, ProviderFault> {
        let document: Document = serde_json::from_slice(json).map_err(|_| ProviderFault::Metadata)?;
        if document.issuer != issuer {
            return Err(ProviderFault::OtherIssuer);
        }
        let url = |text: &str| HttpsUrl::parse(text).ok_or(ProviderFault::Metadata);
        let optional = |text: Option<String>| text.map(|text| url(&text)).transpose();
        let methods = &document.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|known| known == method);
        Ok(Self {
            authorization: url(&document.authorization_endpoint)?,
            token: url(&document.token_endpoint)?,
            keys: url(&document.jwks_uri)?,
            userinfo: optional(document.userinfo_endpoint)?,
            device_authorization: optional(document.device_authorization_endpoint)?,
            secret_by: if !takes("client_secret_basic") && takes("client_secret_post") {
                SecretBy::Post
            } else {
                SecretBy::Basic
            },
            says_issuer: if document.authorization_response_iss_parameter_supported {
                SaysIssuer::Always
            } else {
                SaysIssuer::Unknown
            },
        })
    }
}

/// The keys of a set; those of unknown kinds are left out.
pub fn keys(json: &[u8]) -> Result<CoreJsonWebKeySet, ProviderFault> {
    serde_json::from_slice(json).map_err(|_| ProviderFault::Metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(change: &str, to: &str) -> String {
        let text = r#"{"issuer":"https://id.example/a","authorization_endpoint":"https://id.example/auth",
            "token_endpoint":"https://id.example/token","jwks_uri":"https://id.example/jwks"}"#;
        text.replace(change, to)
    }

    #[test]
    fn the_issuer_is_the_configured_one_and_everything_is_https() {
        let parsed = |text: &str| Metadata::parse(text.as_bytes(), "https://id.example/a");
        assert!(parsed(&document("", "")).is_ok_and(|metadata| metadata.secret_by == SecretBy::Basic));
        for (change, to, fault) in [
            ("example/a\"", "example/a/\"", ProviderFault::OtherIssuer),
            ("https://id.example/token", "http://id.example/token", ProviderFault::Metadata),
            ("https://id.example/jwks", "file:///jwks", ProviderFault::Metadata),
            ("\"issuer\"", "\"isuer\"", ProviderFault::Metadata),
        ] {
            assert_eq!(parsed(&document(change, to)).err(), Some(fault), "{change}");
        }
        assert!(
            address("https://id.example/a/")
                .is_some_and(|url| url.as_str().ends_with("/a/.well-known/openid-configuration"))
        );
    }
}

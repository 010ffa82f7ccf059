//! What can go wrong with an identity provider, as decisions: an outage that its administrator mends, or a refusal of one sign-in.
//! It must never carry a token, a claim or a word that the provider wrote.

use crate::https::HttpFault;

/// The provider cannot be used at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    #[error("the identity provider: {0}")]
    Http(#[from] HttpFault),
    #[error("the identity provider's metadata or keys cannot be used")]
    Metadata,
    #[error("the identity provider calls itself by another issuer than the configured one")]
    OtherIssuer,
    #[error("the identity provider does not know this server: client_id or client_secret_file is wrong")]
    Client,
    #[error("the identity provider answers with an error: status {status}")]
    Answer { status: u16 },
    #[error("the identity provider has no device authorization endpoint")]
    NoDeviceFlow,
}

impl ProviderFault {
    /// A stable word for scripts, problem documents and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Http(HttpFault::Unreachable) => "provider-unreachable",
            Self::Http(HttpFault::Certificate) => "provider-certificate",
            Self::Http(HttpFault::Timeout) => "provider-timeout",
            Self::Http(HttpFault::TooLarge | HttpFault::Protocol) | Self::Metadata => "provider-metadata",
            Self::OtherIssuer => "provider-issuer",
            Self::Client => "provider-client",
            Self::Answer { .. } => "provider-answer",
            Self::NoDeviceFlow => "provider-no-device-flow",
        }
    }
}

/// Why an ID token or a logout token is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("it is no token")]
    Malformed,
    #[error("its signature does not hold, or is of a kind that is not taken")]
    Signature,
    /// Nothing published signs like that; the keys may have been changed since they were read.
    #[error("its key is not published")]
    UnknownKey,
    #[error("it is from another issuer")]
    Issuer,
    #[error("it is for somebody else")]
    Audience,
    #[error("it is not of this sign-in")]
    Nonce,
    #[error("it has expired, or is from the future")]
    Time,
    #[error("it is about nobody")]
    Subject,
}

/// Why one sign-in gave nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefused {
    #[error(transparent)]
    Fault(#[from] ProviderFault),
    /// The person has not finished yet (RFC 8628 §3.5).
    #[error("the person has not signed in yet")]
    Pending,
    /// Likewise, and it was asked too often.
    #[error("the person has not signed in yet, and the provider was asked too often")]
    SlowDown,
    #[error("the person or the provider said no")]
    Denied,
    #[error("it took too long")]
    Expired,
    #[error("the provider's token: {0}")]
    Token(#[from] BadToken),
    /// The person is not in what `required_claim` asks for.
    #[error("the provider does not say of this person what is required")]
    Required,
}

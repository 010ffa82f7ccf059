//! Enrollment at the organization's server (spec/enrollment.md). The server proves itself before any secret leaves: a
//! password or code can only be given to [`Introduced`], and only [`introduce`] makes one, from the organization's keys and
//! the key of the very connection that the secret will travel on. It must never fall back to a server that proved less.

use bytes::Bytes;
use protocol::codec;
use protocol::enrollment::{
    Begin, Begun, ENROLLMENT_REQUEST_BYTES_MAX, ENROLLMENT_RESPONSE_BYTES_MAX, Finish, Finished, Providers, SignIn,
    SignInBegun,
};
use protocol::ids::OrganizationFingerprint;
use protocol::limits::ORGANIZATION_DOCUMENT_BYTES_MAX;
use protocol::organization::{NotTrusted, OrganizationDocument, TrustedOrganization};
use protocol::time::Timestamp;
use zeroize::Zeroizing;

pub use super::http::Problem;
use super::http::{Http, HttpError};
use super::tls::{self, Endpoint, Permitted, TlsError};

const ORGANIZATION_PATH: &str = "/v1/organization";
const BEGIN_PATH: &str = "/v1/enrollment/begin";
const PROVIDERS_PATH: &str = "/v1/enrollment/providers";
const SIGN_IN_PATH: &str = "/v1/enrollment/sign-in";
const FINISH_PATH: &str = "/v1/enrollment/finish";

/// What the server refused, by the stable code of its problem (RFC 9457).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Login or password is wrong; which one is not said.
    Password,
    /// The directory lets this person not in.
    PasswordBlocked(Block),
    /// This server checks no passwords.
    NoPasswords,
    /// The code is unknown, spent or expired.
    Code,
    /// A password enrolls the first device only.
    CodeNeeded,
    /// It took too long; begin again.
    Ticket,
    Suspended,
    DeviceRevoked,
    /// The person has not signed in at the provider yet.
    SignInPending,
    /// The person or the provider said no.
    SignInRefused,
    SignInExpired,
    /// What the provider said cannot be trusted.
    SignInToken,
    /// The provider does not say of the person what the server requires.
    SignInRequired,
    /// The provider does not say who the person is here, or has not verified it.
    SignInUnnamed,
    /// Nobody here is the person who signed in.
    SignInUnknown,
    /// The person here has signed in with another account before.
    SignInOtherAccount,
    /// The provider cannot be used now, or not like this.
    Provider,
    NoProvider,
    /// After a pause it may work.
    TooManyAttempts,
    /// The server, its database or its directory cannot now.
    Unavailable,
    /// Anything else; the code says what.
    Other,
}

/// Why a directory lets somebody not in whose password it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    PasswordExpired,
    PasswordMustChange,
    Disabled,
    AccountExpired,
    LockedOut,
    Hours,
    Place,
    /// It does not say why.
    Unspecified,
}

/// Why enrollment did not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nothing secret was sent.
    #[error(transparent)]
    NotTrusted(#[from] NotTrusted),
    #[error("the connection to the server was interrupted")]
    Interrupted,
    #[error("the server's answer is not what the specification says")]
    Protocol,
    #[error("the request is larger than the server takes")]
    TooLarge,
    #[error("the server refused: {}", .0.code)]
    Refused(Problem),
}

impl Problem {
    /// What it means for the person.
    pub fn refusal(&self) -> Refusal {
        match (self.code.as_str(), self.status) {
            ("password", _) => Refusal::Password,
            ("password-blocked", _) => Refusal::PasswordBlocked(Block::Unspecified),
            ("password-expired", _) => Refusal::PasswordBlocked(Block::PasswordExpired),
            ("password-must-change", _) => Refusal::PasswordBlocked(Block::PasswordMustChange),
            ("account-disabled", _) => Refusal::PasswordBlocked(Block::Disabled),
            ("account-expired", _) => Refusal::PasswordBlocked(Block::AccountExpired),
            ("account-locked-out", _) => Refusal::PasswordBlocked(Block::LockedOut),
            ("account-hours", _) => Refusal::PasswordBlocked(Block::Hours),
            ("account-place", _) => Refusal::PasswordBlocked(Block::Place),
            ("no-passwords", _) => Refusal::NoPasswords,
            ("code", _) => Refusal::Code,
            ("code-needed", _) => Refusal::CodeNeeded,
            ("ticket", _) => Refusal::Ticket,
            ("suspended", _) => Refusal::Suspended,
            ("device-revoked", _) => Refusal::DeviceRevoked,
            ("sign-in-pending", _) => Refusal::SignInPending,
            ("sign-in-refused", _) => Refusal::SignInRefused,
            ("sign-in-expired", _) => Refusal::SignInExpired,
            ("sign-in-token", _) => Refusal::SignInToken,
            ("sign-in-required", _) => Refusal::SignInRequired,
            ("sign-in-unnamed" | "sign-in-mail", _) => Refusal::SignInUnnamed,
            ("sign-in-unknown", _) => Refusal::SignInUnknown,
            ("sign-in-other-account", _) => Refusal::SignInOtherAccount,
            ("sign-in-way" | "no-such-provider", _) => Refusal::NoProvider,
            ("provider-unreachable" | "provider-timeout", _) => Refusal::Unavailable,
            (code, _) if code.starts_with("provider-") => Refusal::Provider,
            (_, 429) => Refusal::TooManyAttempts,
            (_, 500..) => Refusal::Unavailable,
            _ => Refusal::Other,
        }
    }
}

impl From<HttpError> for LoginError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Interrupted => Self::Interrupted,
            HttpError::Protocol => Self::Protocol,
            HttpError::Problem(problem) => Self::Refused(problem),
        }
    }
}

/// A connection whose server proved that it is the organization's.
pub struct Introduced {
    organization: TrustedOrganization,
    endpoint: Endpoint,
    http: Http,
}

/// Connects and lets the server prove itself: root key against `fingerprint`, this connection's key against the signed list.
pub async fn introduce(
    endpoint: &Endpoint,
    fingerprint: OrganizationFingerprint,
    now: Timestamp,
) -> Result<Introduced, LoginError> {
    let connection = tls::connect(endpoint, &Permitted::FirstContact).await?;
    let mut http = Http::over(connection.stream, endpoint.authority()).await?;
    let document = http.get(ORGANIZATION_PATH, ORGANIZATION_DOCUMENT_BYTES_MAX).await?;
    let document = OrganizationDocument::from_bytes(&document).map_err(|_| LoginError::Protocol)?;
    let organization = document.verify(fingerprint, connection.spki, now)?;
    Ok(Introduced { organization, endpoint: endpoint.clone(), http })
}

impl Introduced {
    /// Its keys, tied to the fingerprint of the link.
    pub fn organization(&self) -> &TrustedOrganization {
        &self.organization
    }

    /// The identity providers that the server knows.
    pub async fn providers(&mut self, now: Timestamp) -> Result<Providers, LoginError> {
        if self.http.is_over().await {
            *self = introduce(&self.endpoint, self.organization.fingerprint, now).await?;
        }
        let answer = self.http.get(PROVIDERS_PATH, ENROLLMENT_RESPONSE_BYTES_MAX).await?;
        codec::decode(&answer).map_err(|_| LoginError::Protocol)
    }

    /// Begins a sign-in with one of them.
    pub async fn begin_sign_in(&mut self, now: Timestamp, sign_in: &SignIn) -> Result<SignInBegun, LoginError> {
        self.exchange(now, SIGN_IN_PATH, Zeroizing::new(codec::encode(sign_in))).await
    }

    /// Proves who the person is. When the server closed the connection meanwhile (people type slowly), a new one is
    /// opened, and its server has to prove itself again first.
    pub async fn begin(&mut self, now: Timestamp, begin: &Begin) -> Result<Begun, LoginError> {
        self.exchange(now, BEGIN_PATH, Zeroizing::new(codec::encode(begin))).await
    }

    /// Hands in the certificate request. To be repeated after an interruption, with a new [`Self::begin`].
    pub async fn finish(&mut self, now: Timestamp, finish: &Finish) -> Result<Finished, LoginError> {
        self.exchange(now, FINISH_PATH, Zeroizing::new(codec::encode(finish))).await
    }

    async fn exchange<T>(&mut self, now: Timestamp, path: &str, body: Zeroizing<Vec<u8>>) -> Result<T, LoginError>
    where
        T: for<'b> minicbor::Decode<'b, ()>,
    {
        if body.len() > ENROLLMENT_REQUEST_BYTES_MAX {
            return Err(LoginError::TooLarge);
        }
        if self.http.is_over().await {
            *self = introduce(&self.endpoint, self.organization.fingerprint, now).await?;
        }
        let answer: Bytes = self.http.post(path, body, ENROLLMENT_RESPONSE_BYTES_MAX).await?;
        codec::decode(&answer).map_err(|_| LoginError::Protocol)
    }
}

#[cfg(test)]
mod tests;

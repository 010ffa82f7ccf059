//! Administrators, their roles, sessions and one-time links. Passwords, codes and tokens are `Secret`, names `Personal`: they
//! must never reach a log line, an error or an address bar, but for the one-time link's own token.

use std::fmt;

pub use protocol::audit::{AdministratorRole as Role, Assignment};
pub use protocol::ids::AdministratorId;
use protocol::ids::Hash32;
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;

use super::rights::Rights;

/// Bytes of a session's token.
pub const SESSION_TOKEN_BYTES: usize = 32;

/// The random bytes that a browser shows in its cookie; the console writes them as hexadecimal.
pub type SessionToken = Secret<[u8; SESSION_TOKEN_BYTES]>;

/// Bytes of what a browser is known by.
pub const BROWSER_TOKEN_BYTES: usize = 60;

/// What a browser keeps after a sign-in to be known at the next one. It opens nothing: whoever has it may try as often as a stranger
/// may, beside the strangers.
pub type BrowserToken = Secret<[u8; BROWSER_TOKEN_BYTES]>;

/// Somebody who is signed in, in one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrator {
    pub id: AdministratorId,
    /// Which of their sessions this is; the name opens nothing.
    pub session: Hash32,
    pub login: Personal<String>,
    /// What they may do, and over whom.
    pub roles: Vec<Assignment>,
    /// What follows from it for pages.
    pub rights: Rights,
}

/// A fresh session: the console puts the token into the cookie.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: SessionToken,
    /// For a cookie that outlives the session.
    pub browser: BrowserToken,
    pub administrator: Administrator,
}

/// The network that a browser is in, under a name that means something only while this server runs. It is not the address, and none
/// can be found from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin(pub [u8; 16]);

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Origin(…)")
    }
}

/// What was typed at sign-in, as it came.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Where it was typed, if the connection says so.
    pub origin: Option<Origin>,
    /// What the browser was given at an earlier sign-in.
    pub browser: Option<BrowserToken>,
    pub login: Personal<String>,
    pub password: Secret<String>,
    /// Six digits; the console has taken spaces out.
    pub code: Secret<String>,
}

/// What a one-time link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetUpReason {
    /// The first owner of this server.
    First,
    /// A new account.
    Invited,
    /// A lost password or TOTP device: the account stays, what it proves itself with is new.
    Reset { login: Personal<String> },
}

/// What somebody with a one-time link sees.
#[derive(Debug, Clone)]
pub struct SetUp {
    pub reason: SetUpReason,
    pub roles: Vec<Assignment>,
    /// The TOTP secret in base32, without padding, for typing.
    pub totp_secret: Secret<String>,
    /// `otpauth://totp/…`, for the QR code; its account label is the server's host, as the login is not chosen yet.
    pub totp_uri: Secret<String>,
    pub expires: Timestamp,
}

/// What was typed to make an account. Both passwords were the same; nothing else was judged.
#[derive(Debug, Clone)]
pub struct NewAdministrator {
    /// Left out of account in a [`SetUpReason::Reset`].
    pub login: Personal<String>,
    pub password: Secret<String>,
    pub code: Secret<String>,
}

/// What was typed for another password of one's own. Both new ones were the same; nothing else was judged.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    pub current: Secret<String>,
    /// Six digits; the console has taken spaces out.
    pub code: Secret<String>,
    pub next: Secret<String>,
}

/// An account in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdministratorView {
    pub id: AdministratorId,
    /// None while the link was not spent.
    pub login: Option<Personal<String>>,
    pub roles: Vec<Assignment>,
    pub last_sign_in: Option<Timestamp>,
    /// When the link ends, while it was not spent.
    pub link_expires: Option<Timestamp>,
    /// Identity providers with which this administrator may sign in, by their labels.
    pub accounts: Vec<String>,
}

/// An identity provider for administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderView {
    /// In addresses.
    pub name: String,
    pub label: String,
}

/// What the browser keeps while it is at a provider; worth nothing afterwards.
pub type SignInToken = Secret<[u8; SESSION_TOKEN_BYTES]>;

/// A sign-in under way.
#[derive(Debug, Clone)]
pub struct ProviderSignIn {
    /// Where the browser goes: an https address of the configured provider.
    pub page: Secret<String>,
    pub token: SignInToken,
}

/// What the browser came back with, as it came.
#[derive(Debug, Clone)]
pub enum ProviderAnswer {
    Code {
        code: Secret<String>,
        state: Secret<String>,
        /// RFC 9207.
        issuer: Option<String>,
    },
    /// Anything else.
    Refused,
}

/// Who came back.
#[derive(Debug, Clone)]
pub enum Arrival {
    In(Session),
    /// Somebody whom the provider knows and who is no administrator here; an owner can link the account.
    Stranger {
        provider: String,
        subject: Personal<String>,
    },
}

/// A link for somebody; shown once, never stored.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub link: Secret<String>,
    pub roles: Vec<Assignment>,
    pub expires: Timestamp,
}

/// Who is signed in, and how long a session lasts at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsView {
    pub open: Vec<SessionView>,
    /// Without any use.
    pub idle_minutes: u64,
    /// Whatever is done in it.
    pub longest_hours: u64,
}

/// An open session of an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    pub id: Hash32,
    pub login: Personal<String>,
    pub opened: Timestamp,
    pub used: Timestamp,
    /// An identity provider vouched for it.
    pub is_from_provider: bool,
}

/// An administrator who was removed, by the name that the audit still shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedAdministrator {
    pub id: AdministratorId,
    pub login: Personal<String>,
    pub removed: Timestamp,
}

//! Signing in at an identity provider (spec/enrollment.md §2): which there are, and how a sign-in begins. Tokens never pass here: the
//! server gets them from the provider itself. What a client holds is the right to finish one sign-in, for one device.

use minicbor::{Decode, Encode};

use super::{secret_bytes, secret_text};
use crate::ids::DeviceId;
use crate::secret::{Personal, Secret};

/// Longest name of a provider, in bytes: lower-case letters, digits and hyphens.
pub const PROVIDER_NAME_BYTES_MAX: usize = 32;
/// The path at which a client's own listener waits for the browser (RFC 8252 §7.3).
pub const LOOPBACK_PATH: &str = "/signed-in";

/// Answer to `GET /v1/enrollment/providers`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Providers {
    /// In the order of the configuration.
    #[n(0)]
    pub providers: Vec<ProviderOffer>,
    /// Whether a directory checks passwords too.
    #[n(1)]
    pub passwords: Passwords,
}

/// Whether a password enrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Passwords {
    /// Nothing here checks passwords.
    #[n(0)]
    Unchecked,
    /// The directory does.
    #[n(1)]
    Checked,
}

/// A provider that people may sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProviderOffer {
    /// What [`SignIn`] calls it.
    #[n(0)]
    pub name: String,
    /// What people call it.
    #[n(1)]
    pub label: String,
    /// At least one.
    #[n(2)]
    pub ways: Vec<OfferedWay>,
}

/// How one may come to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum OfferedWay {
    /// The browser of this device comes back to it.
    #[n(0)]
    #[cbor(map)]
    Browser {
        /// The only port that the provider accepts, if it accepts not any.
        #[n(0)]
        port: Option<u16>,
    },
    /// A code is typed into a browser anywhere (RFC 8628).
    #[n(1)]
    #[cbor(map)]
    Device {},
}

/// How one comes to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Way {
    /// The browser comes back to this port of the loopback interface.
    #[n(0)]
    #[cbor(map)]
    Browser {
        /// Where the client listens.
        #[n(0)]
        port: u16,
    },
    /// A code is typed.
    #[n(1)]
    #[cbor(map)]
    Device {},
}

/// `POST /v1/enrollment/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignIn {
    /// One of [`Providers`].
    #[n(0)]
    pub provider: String,
    /// The device that is to be enrolled: the sign-in is worth nothing for another one.
    #[n(1)]
    pub device: DeviceId,
    /// How.
    #[n(2)]
    pub way: Way,
}

/// Answer to [`SignIn`].
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct SignInBegun {
    /// The right to finish it, for [`super::Credential::Provider`].
    #[cbor(n(0), with = "secret_bytes")]
    pub flow: Secret<[u8; 32]>,
    /// After this it is worth nothing.
    #[n(1)]
    pub lifetime_s: u32,
    /// What the person does.
    #[n(2)]
    pub step: SignInStep,
}

/// What the person does at the provider.
#[derive(Debug, Clone, Encode, Decode)]
pub enum SignInStep {
    /// Opens a page in the browser of this device.
    #[n(0)]
    #[cbor(map)]
    Browser {
        /// An https address.
        #[cbor(n(0), with = "secret_text")]
        page: Secret<String>,
        /// What comes back with the browser; anything else is not the answer.
        #[cbor(n(1), with = "secret_text")]
        state: Secret<String>,
    },
    /// Opens a page anywhere and types a code.
    #[n(1)]
    #[cbor(map)]
    Device {
        /// An https address.
        #[n(0)]
        page: String,
        /// What to type.
        #[cbor(n(1), with = "secret_text")]
        user_code: Secret<String>,
        /// The page with the code in it.
        #[n(2)]
        page_with_code: Option<Personal<String>>,
        /// Asking more often than this does not help.
        #[n(3)]
        interval_s: u32,
    },
}

/// What the browser brought back (RFC 6749 §4.1.2, RFC 9207).
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Callback {
    /// Worth nothing without what the server keeps (RFC 7636).
    #[cbor(n(0), with = "secret_text")]
    pub code: Secret<String>,
    /// Of [`SignInStep::Browser`].
    #[cbor(n(1), with = "secret_text")]
    pub state: Secret<String>,
    /// `iss`, if it came along.
    #[n(2)]
    pub issuer: Option<String>,
}

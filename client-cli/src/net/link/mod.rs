//! A *link*: one WebRTC peer connection between two devices with two negotiated, reliable, ordered data channels.
//! Nothing is processed on a link before both ends proved the link key on both channels. It must never speak to a far
//! end whose DTLS certificate is not the one in the sealed envelope, buffer without bound, or name an address in a log
//! or an error. Sources: RFC 8831 (data channels), RFC 8445 (ICE), RFC 8827 (DTLS fingerprints), `protocol.md` §5.

mod interfaces;
mod open;
mod peer;
mod runtime;
mod sdp;
mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use open::{LinkAnswer, LinkOffer, PendingLink};
pub use protocol::limits::{LINK_AUTH_TIMEOUT_MS, LINK_FRAME_BYTES_MAX, SDP_BYTES_MAX};
pub use protocol::link::{Channel, LinkKey, Role};
pub use stream::{Link, LinkEvent, LinkEvents};

/// How long a link may take to open and authenticate, from the moment both descriptions are known.
pub const LINK_OPEN_TIMEOUT: Duration = Duration::from_millis(LINK_AUTH_TIMEOUT_MS);

/// SHA-256 over a DTLS certificate, as in `a=fingerprint:sha-256`.
pub type CertificateFingerprint = [u8; 32];

/// What a link needs to know about the network.
#[derive(Clone, Debug, Default)]
pub struct LinkConfig {
    /// STUN servers as `host:port`; none is fine where both ends see each other.
    pub stun_servers: Vec<String>,
    /// Where candidates come from.
    pub interfaces: Interfaces,
}

/// Which local addresses become host candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interfaces {
    /// Every address a peer can reach; loopback only when there is no other.
    #[default]
    Routable,
    /// Loopback only: two clients on one machine, and tests.
    Loopback,
}

/// How the packets of a link travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Straight between two addresses of the devices themselves.
    Host,
    /// Straight, through at least one address translation.
    Srflx,
    /// Through the organization's relay.
    Relay,
}

impl Path {
    /// The word used in `status` and in the command line contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Srflx => "srflx",
            Self::Relay => "relay",
        }
    }
}

/// Why an open link ended. The first reason stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosedReason {
    #[error("closed here")]
    Local,
    #[error("closed by the other device")]
    Peer,
    #[error("the other device no longer answers")]
    Lost,
    #[error("the other device sent a frame above the limit")]
    FrameTooLarge,
}

/// Why the far end was refused; each is a person's business, not a network fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The description names another certificate than the envelope, or the far end did not prove the one it names
    /// although the path between the devices works.
    #[error("the other device did not prove the certificate named in its sealed envelope")]
    Fingerprint,
    /// The first frame of a channel was not the right MAC.
    #[error("the other device does not hold the key of this link")]
    Mac,
    /// The path and the certificate are right, the MAC never came.
    #[error("the other device did not authenticate in time")]
    Silent,
    /// The session description is too big or cannot be read.
    #[error("the session description cannot be used")]
    Description,
}

/// Why a link did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("refused: {0}")]
    Refused(#[from] Refused),
    #[error("no direct path to the other device was found in time")]
    Unreachable,
    #[error("the other device closed before the link was open")]
    Closed,
    /// The step of our own connection stack that failed. Its message is dropped: it may name addresses.
    #[error("the connection stack failed at: {0}")]
    Stack(&'static str),
}

/// Why a frame was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("the frame is above {LINK_FRAME_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the link is closed")]
    Closed,
}

//! What goes into a server session and what comes out (spec/signaling.md §5). Must never carry more about a device than its caller
//! needs to decide, nor show addresses, keys or envelopes in Debug.

use std::fmt;
use std::sync::Arc;

use crate::certificate::DeviceCertificate;
use crate::ids::{Address, OrganizationFingerprint, SessionId};
use crate::organization::DirectoryKeys;
use crate::policy::Version;
use crate::secret::Secret;
use crate::signaling::field::{CloseCode, ErrorCode, FetchWhat, News, SessionKind, SessionLimits};
use crate::signaling::message::EXPORTER_BYTES;
use crate::signaling::proof;

/// What a session must know from the start.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The organization whose certificates count.
    pub organization: OrganizationFingerprint,
    /// The keys that countersigned them.
    pub directory_keys: DirectoryKeys,
    /// Exporter of this TLS connection, [`super::message::EXPORTER_LABEL`].
    pub exporter: [u8; EXPORTER_BYTES],
    /// Caps told in WELCOME and enforced.
    pub limits: SessionLimits,
}

/// What happens to a session.
pub enum Input {
    /// One binary WebSocket message.
    Frame(Vec<u8>),
    /// The answer to [`Output::Authenticate`].
    Verdict(Verdict),
    /// An envelope for an address of this session.
    Deliver {
        /// Which one.
        address: Address,
        /// As the sender sent it.
        envelope: Vec<u8>,
    },
    /// A routed PUT reached nobody. Never given for a front door.
    Gone {
        /// Of the PUT.
        n: u64,
    },
    /// Another session owns this address now.
    Lost {
        /// Which one.
        address: Address,
    },
    /// Encoded [`ServerFrame::News`], the same bytes to everybody.
    News(Arc<[u8]>),
    /// The answer to [`Output::Fetch`].
    Fetched {
        /// Of the FETCH.
        n: u64,
        /// The document, or why not.
        answer: Result<Arc<[u8]>, ErrorCode>,
    },
    /// The answer to [`Output::Renew`].
    Renewed {
        /// Of the RENEW.
        n: u64,
        /// The new certificate, or why not.
        answer: Result<Vec<u8>, ErrorCode>,
    },
    /// The server ends the session: revoked, replaced, draining, slow, failed.
    End(CloseCode),
    /// The connection is gone.
    Disconnected,
    /// The deadline has come.
    Tick,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Frame(_) => "Frame",
            Self::Verdict(_) => "Verdict",
            Self::Deliver { .. } => "Deliver",
            Self::Gone { .. } => "Gone",
            Self::Lost { .. } => "Lost",
            Self::News(_) => "News",
            Self::Fetched { .. } => "Fetched",
            Self::Renewed { .. } => "Renewed",
            Self::End(_) => "End",
            Self::Disconnected => "Disconnected",
            Self::Tick => "Tick",
        })
    }
}

/// Whether the device may have the session.
pub enum Verdict {
    /// Certificate in the log, not revoked, person active, release new enough.
    Live {
        /// The device's front door, the only address of a door session.
        front_door: Address,
        /// The newest state; its leaves are not sent.
        news: News,
    },
    /// Not so.
    Refused(CloseCode),
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live { .. } => f.write_str("Live"),
            Self::Refused(code) => write!(f, "Refused({code:?})"),
        }
    }
}

/// What the caller must do.
pub enum Output {
    /// Send these bytes as one binary WebSocket message.
    Send(Arc<[u8]>),
    /// Decide about this device and answer with [`Input::Verdict`].
    Authenticate(Box<Hello>),
    /// This session owns the address now; the session that owned it gets [`Input::Lost`].
    Own {
        /// The address.
        address: Address,
        /// Checks PUTs to it.
        put_key: Secret<[u8; 32]>,
    },
    /// This session no longer owns the address.
    Disown {
        /// The address.
        address: Address,
    },
    /// Pass the envelope on if [`Route::is_authentic`] under the owner's put key; else answer [`Input::Gone`].
    Route(Route),
    /// Read the document and answer with [`Input::Fetched`].
    Fetch {
        /// Of the FETCH.
        n: u64,
        /// Which document.
        what: FetchWhat,
    },
    /// Countersign if all is well and answer with [`Input::Renewed`].
    Renew {
        /// Of the RENEW.
        n: u64,
        /// As received, unverified.
        request: Vec<u8>,
    },
    /// The last output: close the WebSocket, forget every address of the session.
    Close(CloseCode),
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send(_) => "Send",
            Self::Authenticate(_) => "Authenticate",
            Self::Own { .. } => "Own",
            Self::Disown { .. } => "Disown",
            Self::Route(_) => "Route",
            Self::Fetch { .. } => "Fetch",
            Self::Renew { .. } => "Renew",
            Self::Close(_) => "Close",
        })
    }
}

/// A device that proved itself; whether it is live the caller knows.
#[derive(Debug)]
pub struct Hello {
    /// The verified certificate; its time is checked too.
    pub certificate: DeviceCertificate,
    /// Which of its two sessions.
    pub kind: SessionKind,
    /// Release of the client program.
    pub release: Version,
    /// Id of this session.
    pub session: SessionId,
}

/// A PUT on its way; carries what its MAC covers, so that another node can check it too.
pub struct Route {
    /// The sender's session.
    pub session: SessionId,
    /// Of the PUT.
    pub n: u64,
    /// Destination.
    pub address: Address,
    /// Of the PUT.
    pub mac: [u8; 32],
    /// Opaque.
    pub envelope: Vec<u8>,
}

impl Route {
    /// Whether the sender was given the capability of the address.
    pub fn is_authentic(&self, put_key: &Secret<[u8; 32]>) -> bool {
        proof::is_put(put_key, self.session, self.n, self.address, &self.envelope, &self.mac)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Route(…)")
    }
}

/// Why an input had no effect; for counters. What the peer must know is already among the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refused {
    /// The frame is not of the specification; the session ends.
    #[error("malformed frame")]
    Malformed,
    /// A kind of frame that this version does not know.
    #[error("unknown kind of frame")]
    UnknownKind,
    /// A frame before or instead of HELLO, or a second HELLO; the session ends.
    #[error("frame out of turn")]
    OutOfTurn,
    /// HELLO's version is not offered; the session ends.
    #[error("version not offered")]
    Version,
    /// HELLO's certificate does not verify or its time is over; the session ends.
    #[error("certificate refused")]
    Certificate,
    /// HELLO's or SUB's signature does not verify.
    #[error("signature does not verify")]
    Signature,
    /// `n` did not increase; the session ends.
    #[error("request number did not increase")]
    Replay,
    /// Not in this kind of session.
    #[error("not allowed in this kind of session")]
    NotAllowed,
    /// Over a cap of WELCOME.
    #[error("over a limit of the session")]
    Busy,
    /// The caller said no; the session ends.
    #[error("device refused")]
    Device,
    /// Nothing came for too long; the session ends.
    #[error("nothing came for too long")]
    Silent,
    /// The caller answered something that was not asked, or the session is over.
    #[error("input that fits no request")]
    Stray,
}

//! What goes into a client session and what comes out (spec/signaling.md §6). Must never show keys or envelopes in Debug.

use crate::ids::{Address, SessionId};
use crate::keys::SigningKey;
use crate::policy::Version;
use crate::secret::Secret;
use crate::signaling::field::{CloseCode, ErrorCode, FetchWhat, News, SessionLimits};
use crate::signaling::message::EXPORTER_BYTES;
use crate::time::Timestamp;

/// What the device proves itself with.
#[derive(Clone)]
pub struct Device {
    /// COSE_Sign bytes of the device certificate.
    pub certificate: Vec<u8>,
    /// The device signature key.
    pub key: SigningKey,
    /// Release of this program.
    pub release: Version,
}

/// The caller's own name for a PUT, FETCH or RENEW.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// What happens to a session.
pub enum ClientInput {
    /// Connect, and stay connected.
    Start,
    /// The network changed: do not wait for the end of the pause.
    Nudge,
    /// Disconnect and stay so.
    Stop,
    /// The connection is open; the server showed a permitted TLS key.
    Connected {
        /// TLS exporter of the connection, [`crate::signaling::message::EXPORTER_LABEL`].
        exporter: [u8; EXPORTER_BYTES],
    },
    /// The connection is gone, or could not be opened; never said of an older one than the last [`ClientOutput::Connect`] asked for.
    Disconnected,
    /// One binary WebSocket message.
    Frame(Vec<u8>),
    /// Own the address of `key`, in this and every later connection.
    Own {
        /// Key of the address.
        key: SigningKey,
        /// Checks PUTs to it: [`crate::keys::put_key`].
        put_key: Secret<[u8; 32]>,
    },
    /// Give an address up for good.
    Disown {
        /// Which one.
        address: Address,
    },
    /// Send an envelope.
    Put {
        /// Comes back in [`ClientOutput::Gone`] or [`ClientOutput::Failed`].
        id: RequestId,
        /// Destination.
        address: Address,
        /// Derived from the capability that the destination gave.
        put_key: Secret<[u8; 32]>,
        /// Sealed bytes.
        envelope: Vec<u8>,
    },
    /// Ask for a document; door session only.
    Fetch {
        /// Comes back with the answer.
        id: RequestId,
        /// Which one.
        what: FetchWhat,
    },
    /// Ask for a renewed certificate; door session only.
    Renew {
        /// Comes back with the answer.
        id: RequestId,
        /// Signed certificate request.
        request: Vec<u8>,
    },
    /// The certificate for the next connection.
    Certificate(Vec<u8>),
    /// The deadline has come.
    Tick,
}

/// What WELCOME said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcomed {
    /// Id of the session.
    pub session: SessionId,
    /// Its caps.
    pub limits: SessionLimits,
    /// The newest state, unverified and without leaves.
    pub news: News,
}

/// What the caller must do or know.
pub enum ClientOutput {
    /// Open a connection; answer with `Connected` or `Disconnected`.
    Connect,
    /// Send these bytes as one binary WebSocket message.
    Send(Vec<u8>),
    /// Close the connection; what still comes from it is to be thrown away.
    Disconnect,
    /// The session is open and the addresses are owned.
    Online(Welcomed),
    /// The session is gone with every request in it; the next attempt is at `until`.
    Offline {
        /// When `Connect` comes again.
        until: Timestamp,
    },
    /// The server ended the session and coming back is of no use; `Start` tries again.
    Ended(CloseCode),
    /// An envelope for an own address, unverified.
    Delivered {
        /// Which one.
        address: Address,
        /// Sealed bytes.
        envelope: Vec<u8>,
    },
    /// The PUT reached nobody.
    Gone(RequestId),
    /// Another session owns this address now.
    Lost {
        /// Which one.
        address: Address,
    },
    /// The newest state, unverified.
    News(News),
    /// The whole document, unverified.
    Fetched {
        /// Of the FETCH.
        id: RequestId,
        /// As it was asked for.
        what: FetchWhat,
        /// Unverified.
        bytes: Vec<u8>,
    },
    /// The renewed certificate, unverified.
    Renewed {
        /// Of the RENEW.
        id: RequestId,
        /// Unverified.
        certificate: Vec<u8>,
    },
    /// The server refused a request; without an id it was a SUB or an unknown frame.
    Failed {
        /// Of the request.
        id: Option<RequestId>,
        /// Why.
        code: ErrorCode,
    },
}

impl std::fmt::Debug for ClientOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "Connect",
            Self::Send(_) => "Send",
            Self::Disconnect => "Disconnect",
            Self::Online(_) => "Online",
            Self::Offline { .. } => "Offline",
            Self::Ended(_) => "Ended",
            Self::Delivered { .. } => "Delivered",
            Self::Gone(_) => "Gone",
            Self::Lost { .. } => "Lost",
            Self::News(_) => "News",
            Self::Fetched { .. } => "Fetched",
            Self::Renewed { .. } => "Renewed",
            Self::Failed { .. } => "Failed",
        })
    }
}

/// Why an input had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ClientRefused {
    /// There is no open session; ask again after [`ClientOutput::Online`].
    #[error("not connected to the server")]
    Offline,
    /// Too many requests wait already.
    #[error("too many requests at once")]
    Busy,
    /// Not in this kind of session.
    #[error("not allowed in this kind of session")]
    NotAllowed,
    /// An address or request that is not this session's.
    #[error("no such address or request here")]
    Unknown,
    /// The input does not fit the state of the connection.
    #[error("not at this point of the connection")]
    NotNow,
    /// The server sent a frame that is not of the specification; the connection is given up.
    #[error("malformed frame from the server")]
    Malformed,
    /// The server sent a kind of frame that this version does not know; ignored.
    #[error("unknown kind of frame from the server")]
    UnknownKind,
    /// The server sent a frame out of turn, or parts that do not fit; the connection is given up.
    #[error("frame out of turn from the server")]
    OutOfTurn,
    /// The server speaks no version of this client.
    #[error("no common version")]
    Version,
}

//! The shell of one signaling session (spec/signaling.md): it carries the machine `protocol::signaling::client` over a
//! WebSocket (RFC 6455) on the pinned TLS stream. One task for each session; two are never open for one, because the old
//! socket is gone before the machine asks for the next. It must never decide, queue without bound, or show an address.

mod shell;
mod socket;
#[cfg(test)]
mod tests;

use std::time::Duration;

use protocol::ids::{Address, Hash32};
use protocol::keys::SigningKey;
use protocol::limits::SUBSCRIPTIONS_PER_SESSION_MAX;
use protocol::secret::Secret;
use protocol::signaling::client::{ClientRefused, Device, RequestId, Welcomed};
use protocol::signaling::field::{CloseCode, ErrorCode, FetchWhat, News, SessionKind};
use rand_core::CryptoRngCore;
use tokio::sync::mpsc;

use super::tls::{Endpoint, TlsError};

/// Commands waiting for the session's task: at a start, every address is owned at once.
const COMMANDS_MAX: usize = SUBSCRIPTIONS_PER_SESSION_MAX + 256;
/// Events waiting for the engine; beyond it the socket is not read.
const EVENTS_MAX: usize = 64;

/// Which session, as whom, to where.
pub struct SignalConfig {
    pub endpoint: Endpoint,
    /// SHA-256 of the server keys that the directory signed.
    pub permitted: Vec<Hash32>,
    pub kind: SessionKind,
    pub device: Device,
}

/// What the engine asks of a session.
pub enum SignalCommand {
    /// The network changed: connect now rather than at the end of the pause.
    Nudge,
    /// Connect again after [`SignalEvent::Ended`].
    Start,
    /// Own the address of `key`, in this and every later connection.
    Own {
        key: SigningKey,
        put_key: Secret<[u8; 32]>,
    },
    Disown {
        address: Address,
    },
    /// Send an envelope; [`SignalEvent::Gone`], [`SignalEvent::Failed`] or [`SignalEvent::Refused`] tell when it did not go.
    Put {
        id: RequestId,
        address: Address,
        put_key: Secret<[u8; 32]>,
        envelope: Vec<u8>,
    },
    Fetch {
        id: RequestId,
        what: FetchWhat,
    },
    Renew {
        id: RequestId,
        request: Vec<u8>,
    },
    /// The certificate for the next connection.
    Certificate(Vec<u8>),
    /// The server keys for the next connection.
    Permit(Vec<Hash32>),
}

/// What happens in a session.
#[derive(Debug)]
pub enum SignalEvent {
    Online(Welcomed),
    /// Every request under way is lost; the next attempt comes by itself.
    Offline {
        retry_in: Duration,
        fault: Option<SignalFault>,
    },
    /// The server ended it and coming back is of no use; [`SignalCommand::Start`] tries all the same.
    Ended(CloseCode),
    Delivered {
        address: Address,
        envelope: Vec<u8>,
    },
    /// The PUT reached nobody.
    Gone(RequestId),
    /// Another session owns this address now.
    Lost {
        address: Address,
    },
    /// The newest state, unverified.
    News(News),
    Fetched {
        id: RequestId,
        what: FetchWhat,
        bytes: Vec<u8>,
    },
    Renewed {
        id: RequestId,
        certificate: Vec<u8>,
    },
    /// The server refused a request.
    Failed {
        id: Option<RequestId>,
        code: ErrorCode,
    },
    /// The request was not sent.
    Refused {
        id: Option<RequestId>,
        why: ClientRefused,
    },
}

/// Why a connection could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalFault {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the server opens no signaling session")]
    NoWebSocket,
}

/// The queue is full; ask again when events were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many commands wait for the signaling session")]
pub struct Busy;

/// The engine's end of a session. Dropping it ends the session.
pub struct Signal {
    commands: mpsc::Sender<SignalCommand>,
    events: mpsc::Receiver<SignalEvent>,
}

impl Signal {
    /// Starts the task; the session connects at once (a relationship session after a small random pause) and for ever again.
    pub fn open(config: SignalConfig, entropy: Box<dyn CryptoRngCore + Send>) -> Self {
        let (commands, from_engine) = mpsc::channel(COMMANDS_MAX);
        let (to_engine, events) = mpsc::channel(EVENTS_MAX);
        tokio::spawn(shell::run(config, entropy, from_engine, to_engine));
        Self { commands, events }
    }

    /// The two halves, for an owner that waits for events elsewhere.
    pub fn split(self) -> (mpsc::Sender<SignalCommand>, mpsc::Receiver<SignalEvent>) {
        (self.commands, self.events)
    }

    /// Never waits, so that the engine and the session cannot wait for each other.
    pub fn command(&self, command: SignalCommand) -> Result<(), Busy> {
        self.commands.try_send(command).map_err(|_| Busy)
    }

    /// The next event; `None` only after a panic of the task. Dropping the future loses nothing.
    pub async fn event(&mut self) -> Option<SignalEvent> {
        self.events.recv().await
    }
}

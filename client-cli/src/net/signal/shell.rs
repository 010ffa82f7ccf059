//! The loop of one session: inputs to the machine, its outputs done. Time is a count of this process's own milliseconds, so
//! that a wall clock set back or forth neither ends a session nor keeps a dead one.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use protocol::ids::Hash32;
use protocol::signaling::client::{ClientInput, ClientOutput, ClientRefused, ClientSession, RequestId};
use protocol::signaling::message::EXPORTER_BYTES;
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::socket::{self, Moved, Reading, Socket};
use super::{EVENTS_MAX, SignalCommand, SignalConfig, SignalEvent, SignalFault};
use crate::net::tls::{Endpoint, Permitted};

type Connecting = Pin<Box<dyn Future<Output = Result<(Socket, [u8; EXPORTER_BYTES]), SignalFault>> + Send>>;

/// At most one of both is there.
enum Line {
    Down,
    Opening(Connecting),
    Up(Box<Socket>),
}

struct Shell {
    machine: ClientSession,
    entropy: Box<dyn CryptoRngCore + Send>,
    endpoint: Endpoint,
    permitted: Vec<Hash32>,
    line: Line,
    fault: Option<SignalFault>,
    pending: VecDeque<SignalEvent>,
    started: Instant,
}

pub(super) async fn run(
    config: SignalConfig,
    entropy: Box<dyn CryptoRngCore + Send>,
    mut commands: mpsc::Receiver<SignalCommand>,
    events: mpsc::Sender<SignalEvent>,
) {
    let SignalConfig { endpoint, permitted, kind, device } = config;
    let mut shell = Shell {
        machine: ClientSession::new(kind, device),
        entropy,
        endpoint,
        permitted,
        line: Line::Down,
        fault: None,
        pending: VecDeque::new(),
        started: Instant::now(),
    };
    shell.input(None, ClientInput::Start);
    loop {
        let room = shell.pending.len() < EVENTS_MAX;
        let taking = room && !matches!(&shell.line, Line::Up(socket) if socket.is_busy());
        let tick = shell.machine.deadline().map(|at| shell.started + Duration::from_millis(at.as_millis()));
        let reading = if shell.pending.is_empty() { Reading::Allowed } else { Reading::Paused };
        tokio::select! {
            () = events.closed() => return,
            permit = events.reserve(), if !shell.pending.is_empty() => {
                let (Ok(permit), Some(event)) = (permit, shell.pending.pop_front()) else { return };
                permit.send(event);
            }
            command = commands.recv(), if taking => match command {
                Some(command) => shell.command(command),
                None => return,
            },
            () = until(tick) => shell.input(None, ClientInput::Tick),
            moved = shell.line.moved(reading) => shell.moved(moved),
        }
    }
}

async fn until(tick: Option<Instant>) {
    match tick {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

enum LineMoved {
    Opened(Result<(Socket, [u8; EXPORTER_BYTES]), SignalFault>),
    Moved(Moved),
}

impl Line {
    async fn moved(&mut self, reading: Reading) -> LineMoved {
        match self {
            Self::Down => std::future::pending().await,
            Self::Opening(connecting) => LineMoved::Opened(connecting.await),
            Self::Up(socket) => LineMoved::Moved(socket.run(reading).await),
        }
    }
}

impl Shell {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn command(&mut self, command: SignalCommand) {
        let (id, input) = match command {
            SignalCommand::Nudge => (None, ClientInput::Nudge),
            SignalCommand::Start => (None, ClientInput::Start),
            SignalCommand::Own { key, put_key } => (None, ClientInput::Own { key, put_key }),
            SignalCommand::Disown { address } => (None, ClientInput::Disown { address }),
            SignalCommand::Put { id, address, put_key, envelope } => {
                (Some(id), ClientInput::Put { id, address, put_key, envelope })
            }
            SignalCommand::Fetch { id, what } => (Some(id), ClientInput::Fetch { id, what }),
            SignalCommand::Renew { id, request } => (Some(id), ClientInput::Renew { id, request }),
            SignalCommand::Certificate(certificate) => (None, ClientInput::Certificate(certificate)),
            SignalCommand::Permit(permitted) => {
                self.permitted = permitted;
                return;
            }
        };
        self.input(id, input);
    }

    fn moved(&mut self, moved: LineMoved) {
        match moved {
            LineMoved::Opened(Ok((socket, exporter))) => {
                self.line = Line::Up(Box::new(socket));
                self.input(None, ClientInput::Connected { exporter });
            }
            LineMoved::Opened(Err(fault)) => {
                self.line = Line::Down;
                self.fault = Some(fault);
                self.input(None, ClientInput::Disconnected);
            }
            LineMoved::Moved(Moved::Read(frame)) => self.input(None, ClientInput::Frame(frame.into())),
            LineMoved::Moved(Moved::Written) => {}
            LineMoved::Moved(Moved::Over) => {
                self.line = Line::Down;
                self.input(None, ClientInput::Disconnected);
            }
        }
    }

    /// One input, then every output.
    fn input(&mut self, id: Option<RequestId>, input: ClientInput) {
        let from_network = matches!(input, ClientInput::Frame(_));
        let now = self.now();
        let refused = self.machine.handle(now, &mut *self.entropy, input).err();
        while let Some(output) = self.machine.poll() {
            self.perform(output);
        }
        match refused {
            // Too late or too early for it: nothing was asked that anybody waits for.
            None | Some(ClientRefused::NotNow) if id.is_none() => {}
            Some(why) if from_network => tracing::debug!(%why, "a frame from the server was not taken"),
            Some(why) => self.pending.push_back(SignalEvent::Refused { id, why }),
            None => {}
        }
    }

    fn perform(&mut self, output: ClientOutput) {
        let event = match output {
            ClientOutput::Connect => {
                let permitted = Permitted::Pinned(self.permitted.clone());
                self.line = Line::Opening(Box::pin(socket::connect(self.endpoint.clone(), permitted)));
                return;
            }
            ClientOutput::Send(frame) => {
                if let Line::Up(socket) = &mut self.line {
                    socket.queue(frame);
                }
                return;
            }
            ClientOutput::Disconnect => {
                self.line = Line::Down;
                return;
            }
            ClientOutput::Online(welcomed) => SignalEvent::Online(welcomed),
            ClientOutput::Offline { until } => {
                let retry_in = Duration::from_millis(until.since(self.now()));
                SignalEvent::Offline { retry_in, fault: self.fault.take() }
            }
            ClientOutput::Ended(code) => SignalEvent::Ended(code),
            ClientOutput::Delivered { address, envelope } => SignalEvent::Delivered { address, envelope },
            ClientOutput::Gone(id) => SignalEvent::Gone(id),
            ClientOutput::Lost { address } => SignalEvent::Lost { address },
            ClientOutput::News(news) => SignalEvent::News(news),
            ClientOutput::Fetched { id, what, bytes } => SignalEvent::Fetched { id, what, bytes },
            ClientOutput::Renewed { id, certificate } => SignalEvent::Renewed { id, certificate },
            ClientOutput::Failed { id, code } => SignalEvent::Failed { id, code },
        };
        self.pending.push_back(event);
    }
}

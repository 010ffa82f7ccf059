//! `GET /v1/signal`: carries one signaling session over a WebSocket (RFC 6455). The machine in `protocol` decides; this drives
//! it: frames in, outputs done, one frame at a time on its way out. Never logs a frame, an address or an end.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseReason, Message, ProtocolError};
use bytes::Bytes;
use futures_util::Sink as _;
use protocol::codec;
use protocol::ids::DeviceId;
use protocol::limits::{
    PUTS_BURST_MAX, PUTS_PER_SECOND_MAX, REQUESTS_IN_FLIGHT_MAX, SIGNALING_FRAME_BYTES_MAX,
    SUBSCRIPTIONS_PER_SESSION_MAX,
};
use protocol::policy::Version;
use protocol::signaling::field::{CloseCode, ErrorCode, FetchWhat, SessionLimits};
use protocol::signaling::server::{Hello, Input, Output, ServerSession, Terms, Verdict};
use protocol::time::Timestamp;

use super::State;
use super::error::{Code, Problem};
use crate::service::ServiceError;
use crate::tasks::hub::{Post, Stopped};
use crate::telemetry::{count, names};
use crate::tls::Exporter;

/// Frames read while one waits to be written: a client that asks but does not read is not served without end.
const READS_WHILE_WRITING_MAX: usize = 64;
/// For CLOSE and what stands before it, once the session is over.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a frame may wait for the client to read.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

const SESSION_LIMITS: SessionLimits = SessionLimits {
    subscriptions_max: SUBSCRIPTIONS_PER_SESSION_MAX as u32,
    put_burst_max: PUTS_BURST_MAX,
    put_per_s_max: PUTS_PER_SECOND_MAX,
    in_flight_max: REQUESTS_IN_FLIGHT_MAX,
};

/// Opens the WebSocket; the server speaks first.
pub async fn open(
    state: web::Data<State>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if state.stop.is_cancelled() {
        return Err(state.problem(Code::Unavailable));
    }
    let Some(Exporter(exporter)) = request.conn_data::<Exporter>().copied() else {
        return Err(state.problem(Code::Internal));
    };
    let terms = Terms {
        organization: state.services.fingerprint(),
        directory_keys: state.services.directory_keys(),
        exporter,
        limits: SESSION_LIMITS,
    };
    let (response, writer, reader) =
        actix_ws::handle(&request, payload).map_err(|_| state.problem(Code::NotWebSocket))?;
    let reader = reader
        .max_frame_size(SIGNALING_FRAME_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(SIGNALING_FRAME_BYTES_MAX);
    let session = ServerSession::new(state.ambient.now(), terms, &mut state.ambient.stream("signaling").rng());
    let state = state.get_ref().clone();
    let driver = Driver { state, session, writer, post: None, outgoing: None, reads: 0, entered: None };
    actix_rt::spawn(driver.run(reader));
    Ok(response)
}

/// One socket: its session, and what is on its way out.
struct Driver {
    state: State,
    session: ServerSession,
    writer: actix_ws::Session,
    /// Set once the hub knows the session.
    post: Option<Post>,
    entered: Option<Entered>,
    /// The frame that waits for the client to read.
    outgoing: Option<Outgoing>,
    reads: usize,
}

/// Who the session is.
#[derive(Clone, Copy)]
struct Entered {
    device: DeviceId,
    /// Of the client program.
    release: Version,
    /// The policy under which it may be here.
    policy_version: u64,
}

struct Outgoing {
    message: Message,
    /// Whoever has not read by then is too slow.
    until: tokio::time::Instant,
}

/// What woke the driver.
enum Event {
    Frame(Vec<u8>),
    Ping(Bytes),
    NotAFrame,
    Nothing,
    Disconnected,
    FromHub(Input),
    End(CloseCode),
    Writable,
    TooSlow,
    Tick,
}

/// Whether a frame can be taken for writing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Free,
    Taken,
}

/// The session is over.
struct Over;

impl Driver {
    async fn run(mut self, mut reader: AggregatedMessageStream) {
        count(names::SESSIONS_OPENED);
        while self.step(&mut reader).await.is_ok() {}
        // If the hub is gone, it forgot everybody with it.
        let _ = self.state.hub.leave(self.session.id()).await;
    }

    async fn step(&mut self, reader: &mut AggregatedMessageStream) -> Result<(), Over> {
        self.advance().await?;
        let event = self.next_event(reader).await;
        self.take(event).await
    }

    /// Does what the session wants done, until a frame waits to be written or there is nothing more to do.
    async fn advance(&mut self) -> Result<(), Over> {
        while self.outgoing.is_none() {
            let Some(output) = self.session.poll() else { break };
            match output {
                Output::Send(bytes) => self.enqueue(Message::Binary(Bytes::from_owner(bytes))),
                Output::Close(code) => return Err(self.farewell(code).await),
                Output::Authenticate(hello) => self.authenticate(&hello).await?,
                Output::Own { address, put_key } => {
                    let id = self.session.id();
                    self.state.hub.own(id, address, put_key).await.map_err(|Stopped| Over)?;
                }
                Output::Disown { address } => {
                    let id = self.session.id();
                    self.state.hub.disown(id, address).await.map_err(|Stopped| Over)?;
                }
                Output::Route(route) => self.state.hub.route(route).await.map_err(|Stopped| Over)?,
                Output::Fetch { n, what } => {
                    let answer = self.fetch(what).await;
                    self.handle(Input::Fetched { n, answer });
                }
                Output::Renew { n, request } => {
                    let answer = self.renew(&request).await;
                    self.handle(Input::Renewed { n, answer });
                }
            }
        }
        Ok(())
    }

    fn verdict(&self, hello: &Hello) -> Verdict {
        if self.state.stop.is_cancelled() {
            return Verdict::Refused(CloseCode::Draining);
        }
        self.state.services.admit(&hello.certificate, hello.release)
    }

    async fn fetch(&self, what: FetchWhat) -> Result<Arc<[u8]>, ErrorCode> {
        let Entered { device, .. } = self.entered.ok_or(ErrorCode::NotAllowed)?;
        let services = &self.state.services;
        let answer = match what {
            FetchWhat::Log { from } => services.log_batch(from).await.map(|batch| codec::encode(&batch).into()),
            FetchWhat::Policy => Ok(services.published().policy_bytes.clone()),
            FetchWhat::PolicyLayers => services.policy_layers(device).map(Arc::from),
            FetchWhat::Directory { have } => services.directory_answer(device, have).await.map(Arc::from),
            FetchWhat::Devices { from } => services.device_batch(device, from).await.map(Arc::from),
        };
        answer.map_err(|error| error_code(&error))
    }

    async fn renew(&self, request: &[u8]) -> Result<Vec<u8>, ErrorCode> {
        let Entered { device, .. } = self.entered.ok_or(ErrorCode::NotAllowed)?;
        self.state.services.renew_device(device, request).await.map_err(|error| error_code(&error))
    }

    fn is_over(&self) -> bool {
        self.session.deadline().is_none()
    }

    fn enqueue(&mut self, message: Message) {
        let patience = if self.is_over() { FAREWELL_TIMEOUT } else { WRITE_TIMEOUT };
        let until = tokio::time::Instant::now() + patience;
        self.outgoing = Some(Outgoing { message, until });
        self.reads = 0;
    }

    async fn authenticate(&mut self, hello: &Hello) -> Result<(), Over> {
        let verdict = self.verdict(hello);
        if matches!(verdict, Verdict::Live { .. }) {
            let device = hello.certificate.body().device;
            let entered = self.state.hub.enter(hello.session, device, hello.kind).await;
            self.post = Some(entered.map_err(|Stopped| Over)?);
            let policy_version = self.state.services.published().policy.version;
            self.entered = Some(Entered { device, release: hello.release, policy_version });
            // Revoked while it entered: the hub knew nothing of it then, so it is asked once more.
            if let refused @ Verdict::Refused(_) = self.verdict(hello) {
                self.handle(Input::Verdict(refused));
                return Ok(());
            }
        } else {
            count(names::SESSIONS_REFUSED);
        }
        self.handle(Input::Verdict(verdict));
        Ok(())
    }

    /// Another policy may ask for a newer client than this one.
    fn look_again(&mut self) {
        let (services, entered) = (&self.state.services, self.entered.as_mut());
        let current = services.published().policy.version;
        let Some(entered) = entered.filter(|entered| entered.policy_version != current) else { return };
        entered.policy_version = current;
        if let Err(code) = services.stays(entered.device, entered.release) {
            self.handle(Input::End(code));
        }
    }

    async fn next_event(&mut self, reader: &mut AggregatedMessageStream) -> Event {
        let over = self.is_over();
        let (outgoing, writer) = (&self.outgoing, &mut self.writer);
        let reading = outgoing.is_none() || self.reads < READS_WHILE_WRITING_MAX;
        let until = outgoing.as_ref().map(|outgoing| outgoing.until);
        let tick = wait_until(&self.state, self.session.deadline());
        // A session that the hub does not know yet is not among those that it drains.
        let unknown = self.post.is_none() && !over;
        let stop = self.state.stop.clone();
        let stopping = async move {
            if !unknown {
                return std::future::pending().await;
            }
            stop.cancelled().await;
        };
        // The queue rests while a frame waits, so that it fills and senders are told.
        let from_hub = from_hub(self.post.as_mut(), if outgoing.is_none() { Room::Free } else { Room::Taken });
        tokio::select! {
            biased;
            event = from_hub => event,
            writable = poll_fn(|cx| Pin::new(&mut *writer).poll_ready(cx)), if outgoing.is_some() => match writable {
                Ok(()) => Event::Writable,
                Err(_) => Event::Disconnected,
            },
            message = reader.recv(), if reading => incoming(message),
            () = sleep_until(until) => Event::TooSlow,
            () = stopping => Event::End(CloseCode::Draining),
            () = tick => Event::Tick,
        }
    }

    async fn take(&mut self, event: Event) -> Result<(), Over> {
        match event {
            Event::Frame(bytes) => {
                self.reads += 1;
                self.handle(Input::Frame(bytes));
            }
            Event::Ping(bytes) => {
                self.reads += 1;
                if self.outgoing.is_none() {
                    self.enqueue(Message::Pong(bytes));
                }
            }
            Event::NotAFrame => self.handle(Input::End(CloseCode::Malformed)),
            Event::Disconnected => {
                self.handle(Input::Disconnected);
                return Err(Over);
            }
            Event::FromHub(input) => {
                let is_news = matches!(input, Input::News(_));
                self.handle(input);
                if is_news {
                    self.look_again();
                }
            }
            Event::End(code) => {
                // It comes once.
                self.post = None;
                self.handle(Input::End(code));
            }
            Event::Nothing => self.reads += 1,
            Event::Writable => {
                if let Some(outgoing) = self.outgoing.take() {
                    Pin::new(&mut self.writer).start_send(outgoing.message).map_err(|_| Over)?;
                }
            }
            // Nothing more can be told to it.
            Event::TooSlow => return Err(Over),
            Event::Tick => self.handle(Input::Tick),
        }
        Ok(())
    }

    fn handle(&mut self, input: Input) {
        if self.session.handle(self.state.ambient.now(), input).is_err() {
            count(names::FRAMES_REFUSED);
        }
        if self.outgoing.is_some() && self.is_over() {
            // Over: what waited gives way to CLOSE, which comes next.
            self.outgoing = None;
        }
    }

    /// The session's last word was CLOSE, already handed to the writer; the WebSocket closes after it.
    async fn farewell(&mut self, code: CloseCode) -> Over {
        let reason = CloseReason { code: actix_ws::CloseCode::Normal, description: None };
        let reason = match code {
            CloseCode::Malformed => CloseReason { code: actix_ws::CloseCode::Protocol, ..reason },
            CloseCode::Draining => CloseReason { code: actix_ws::CloseCode::Away, ..reason },
            CloseCode::Internal => CloseReason { code: actix_ws::CloseCode::Error, ..reason },
            _ => reason,
        };
        // A client that does not read it is gone anyhow.
        let _ = tokio::time::timeout(FAREWELL_TIMEOUT, self.writer.clone().close(Some(reason))).await;
        Over
    }
}

fn error_code(error: &ServiceError) -> ErrorCode {
    match error {
        ServiceError::Denied(_) => ErrorCode::NotAllowed,
        ServiceError::Missing(_) => ErrorCode::Missing,
        ServiceError::Conflict(_) => ErrorCode::Busy,
        ServiceError::Invalid(_) => ErrorCode::BadProof,
        ServiceError::Unavailable(_) => ErrorCode::Unavailable,
        ServiceError::Internal(_) | ServiceError::BadLeaf(_) => {
            tracing::error!(code = error.code(), "a signaling request failed: {error}");
            ErrorCode::Unavailable
        }
    }
}

/// What the hub has for the session. An end passes by everything else; the queue waits until there is room.
async fn from_hub(post: Option<&mut Post>, room: Room) -> Event {
    let Some(post) = post else { return std::future::pending().await };
    tokio::select! {
        biased;
        end = &mut post.end => Event::End(end.unwrap_or(CloseCode::Draining)),
        input = post.inputs.recv(), if room == Room::Free => match input {
            Some(input) => Event::FromHub(input),
            None => Event::End(CloseCode::Draining),
        },
    }
}

fn incoming(message: Option<Result<AggregatedMessage, ProtocolError>>) -> Event {
    match message {
        Some(Ok(AggregatedMessage::Binary(bytes))) => Event::Frame(bytes.to_vec()),
        Some(Ok(AggregatedMessage::Ping(bytes))) => Event::Ping(bytes),
        Some(Ok(AggregatedMessage::Pong(_))) => Event::Nothing,
        Some(Ok(AggregatedMessage::Text(_))) => Event::NotAFrame,
        Some(Ok(AggregatedMessage::Close(_))) | Some(Err(ProtocolError::Io(_))) | None => Event::Disconnected,
        Some(Err(_)) => Event::NotAFrame,
    }
}

async fn wait_until(state: &State, deadline: Option<Timestamp>) {
    match deadline {
        Some(deadline) => tokio::time::sleep(Duration::from_millis(deadline.since(state.ambient.now()))).await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

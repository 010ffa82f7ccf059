//! The server's half of one signaling session, sans-IO (spec/signaling.md). `handle` takes one input, then `poll` is drained until
//! `None`, then `deadline` says when to call `handle(Tick)`. It owns no address table, no database and no socket; it must never
//! route, own or fetch anything before the device is authenticated and its caller said that it is live.

use std::collections::VecDeque;
use std::sync::Arc;

use rand_core::CryptoRngCore;

use self::open::Open;
pub use self::port::{Hello, Input, Output, Refused, Route, Terms, Verdict};
use super::field::{Auth, CloseCode, ErrorCode, News, SessionKind};
use super::message::{ClientFrame, FrameError, SIGNAL_VERSION, ServerFrame};
use super::proof;
use crate::certificate::{BadCertificate, DeviceCertificate};
use crate::ids::SessionId;
use crate::limits::{FETCH_PART_BYTES_MAX, HELLO_TIMEOUT_MS, SIGNALING_SILENCE_MS};
use crate::policy::Version;
use crate::signed::Unverified;
use crate::time::Timestamp;

mod open;
mod port;

enum State {
    Challenged { nonce: [u8; 32] },
    Deciding { kind: SessionKind },
    Open(Box<Open>),
    Over,
}

struct Answer {
    n: u64,
    bytes: Arc<[u8]>,
    sent_bytes: usize,
}

/// One session of one connection.
pub struct ServerSession {
    terms: Terms,
    session: SessionId,
    welcome_nonce: [u8; 32],
    state: State,
    outputs: VecDeque<Output>,
    answers: VecDeque<Answer>,
    heard: Timestamp,
}

impl ServerSession {
    /// A session on a connection that just opened; the first output is CHALLENGE.
    pub fn new(now: Timestamp, terms: Terms, rng: &mut dyn CryptoRngCore) -> Self {
        let (mut nonce, mut welcome_nonce) = ([0; 32], [0; 32]);
        rng.fill_bytes(&mut nonce);
        rng.fill_bytes(&mut welcome_nonce);
        let session = SessionId::random(rng);
        let mut this = Self {
            terms,
            session,
            welcome_nonce,
            state: State::Challenged { nonce },
            outputs: VecDeque::new(),
            answers: VecDeque::new(),
            heard: now,
        };
        this.send(&ServerFrame::Challenge { versions: vec![SIGNAL_VERSION], nonce });
        this
    }

    /// The id that WELCOME tells.
    pub fn id(&self) -> SessionId {
        self.session
    }

    /// The next thing to do, `None` when there is nothing. A long answer is cut as it is polled, so a caller that waits for its
    /// socket between polls holds one part at a time.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let answer = self.answers.front_mut()?;
        let end = answer.sent_bytes.saturating_add(FETCH_PART_BYTES_MAX).min(answer.bytes.len());
        let frame = ServerFrame::Part {
            n: answer.n,
            offset: answer.sent_bytes as u64,
            total: answer.bytes.len() as u64,
            bytes: answer.bytes.get(answer.sent_bytes..end).unwrap_or_default().to_vec(),
        };
        answer.sent_bytes = end;
        if end == answer.bytes.len() {
            self.finish_answer();
        }
        Some(Output::Send(frame.to_bytes().into()))
    }

    /// When to call `handle(Tick)`.
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            State::Challenged { .. } | State::Deciding { .. } => Some(self.heard.plus_ms(HELLO_TIMEOUT_MS)),
            State::Open(_) => Some(self.heard.plus_ms(SIGNALING_SILENCE_MS)),
            State::Over => None,
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Result<(), Refused> {
        if matches!(self.state, State::Over) {
            return Err(Refused::Stray);
        }
        match input {
            Input::Frame(bytes) => self.on_frame(now, &bytes),
            Input::Verdict(verdict) => self.on_verdict(now, verdict),
            Input::Deliver { address, envelope } => self.on_deliver(address, envelope),
            Input::Gone { n } => self.on_gone(now, n),
            Input::Lost { address } => self.on_lost(address),
            Input::News(bytes) => {
                self.open()?;
                self.outputs.push_back(Output::Send(bytes));
                Ok(())
            }
            Input::Fetched { n, answer } => self.on_fetched(n, answer),
            Input::Renewed { n, answer } => self.on_renewed(n, answer),
            Input::End(code) => {
                self.close(code);
                Ok(())
            }
            Input::Disconnected => {
                self.state = State::Over;
                self.outputs.clear();
                self.answers.clear();
                Ok(())
            }
            Input::Tick => self.on_tick(now),
        }
    }

    fn on_tick(&mut self, now: Timestamp) -> Result<(), Refused> {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.close(CloseCode::Silent);
            return Err(Refused::Silent);
        }
        Ok(())
    }

    fn on_frame(&mut self, now: Timestamp, bytes: &[u8]) -> Result<(), Refused> {
        let frame = match ClientFrame::from_bytes(bytes) {
            Ok(frame) => frame,
            Err(FrameError::UnknownKind) if matches!(self.state, State::Open(_)) => {
                self.heard = now;
                return self.fault(now, None, ErrorCode::UnknownKind, Refused::UnknownKind);
            }
            Err(FrameError::UnknownKind | FrameError::TooLong | FrameError::Malformed) => {
                return self.end(CloseCode::Malformed, Refused::Malformed);
            }
        };
        match frame {
            ClientFrame::Hello { version, kind, release, auth } => self.on_hello(now, version, kind, release, auth),
            frame => {
                if !matches!(self.state, State::Open(_)) {
                    return self.end(CloseCode::Malformed, Refused::OutOfTurn);
                }
                self.heard = now;
                self.on_open_frame(now, frame)
            }
        }
    }

    fn on_hello(
        &mut self,
        now: Timestamp,
        version: u16,
        kind: SessionKind,
        release: Version,
        auth: Auth,
    ) -> Result<(), Refused> {
        let State::Challenged { nonce } = self.state else {
            return self.end(CloseCode::Malformed, Refused::OutOfTurn);
        };
        if version != SIGNAL_VERSION {
            return self.end(CloseCode::Version, Refused::Version);
        }
        let Auth::Device { certificate, signature } = auth;
        let certificate = Unverified::<DeviceCertificate>::from_bytes(certificate);
        let Ok(certificate) = self.terms.directory_keys.any(|key| certificate.verify(self.terms.organization, key))
        else {
            return self.end(CloseCode::Unauthenticated, Refused::Certificate);
        };
        let is_timely = match certificate.check_time(now) {
            Ok(()) => true,
            // A device that was away comes for its renewal: it proves its key below, and its caller says whether it is live.
            Err(BadCertificate::Expired) => kind == SessionKind::Door,
            Err(_) => false,
        };
        let Some(key) = certificate.signature_key().ok().filter(|_| is_timely) else {
            return self.end(CloseCode::Unauthenticated, Refused::Certificate);
        };
        if !proof::is_hello(&key, &nonce, &self.terms.exporter, kind, &signature) {
            return self.end(CloseCode::Unauthenticated, Refused::Signature);
        }
        self.state = State::Deciding { kind };
        self.heard = now;
        let hello = Hello { certificate, kind, release, session: self.session };
        self.outputs.push_back(Output::Authenticate(Box::new(hello)));
        Ok(())
    }

    fn on_verdict(&mut self, now: Timestamp, verdict: Verdict) -> Result<(), Refused> {
        let State::Deciding { kind } = self.state else {
            return Err(Refused::Stray);
        };
        let (front_door, news) = match verdict {
            Verdict::Live { front_door, news } => (front_door, news),
            Verdict::Refused(code) => return self.end(code, Refused::Device),
        };
        let limits = self.terms.limits;
        self.state = State::Open(Box::new(Open::new(now, kind, front_door, self.welcome_nonce, &limits)));
        self.heard = now;
        let news = News { leaves: Vec::new(), ..news };
        let welcome = ServerFrame::Welcome { session: self.session, nonce: self.welcome_nonce, limits, news };
        self.send(&welcome);
        Ok(())
    }

    fn finish_answer(&mut self) {
        if let (Some(answer), State::Open(open)) = (self.answers.pop_front(), &mut self.state) {
            open.finished(answer.n);
        }
    }

    fn open(&mut self) -> Result<&mut Open, Refused> {
        match &mut self.state {
            State::Open(open) => Ok(open),
            State::Challenged { .. } | State::Deciding { .. } | State::Over => Err(Refused::Stray),
        }
    }

    /// Tells the client what it did wrong; one that goes on too long is closed.
    fn fault(&mut self, now: Timestamp, n: Option<u64>, code: ErrorCode, refused: Refused) -> Result<(), Refused> {
        if !self.open()?.faults.take(now) {
            return self.end(CloseCode::Flood, refused);
        }
        self.send(&ServerFrame::Error { n, code });
        Err(refused)
    }

    fn end(&mut self, code: CloseCode, refused: Refused) -> Result<(), Refused> {
        self.close(code);
        Err(refused)
    }

    fn close(&mut self, code: CloseCode) {
        self.state = State::Over;
        self.answers.clear();
        self.send(&ServerFrame::Close { code });
        self.outputs.push_back(Output::Close(code));
    }

    fn send(&mut self, frame: &ServerFrame) {
        self.outputs.push_back(Output::Send(frame.to_bytes().into()));
    }
}

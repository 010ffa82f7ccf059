//! The client's half of signaling, sans-IO (spec/signaling.md). One machine per kind of session, for the life of the process: it
//! keeps the addresses across connections, connects again after a jittered pause, and numbers and paces PUTs.
//! `handle` takes one input, then `poll` is drained until `None`, then `deadline` says when to call `handle(Tick)`.
//! It must never send anything before CHALLENGE, and it queues nothing for a later session: what was not sent, the caller repeats.

use std::collections::{BTreeMap, VecDeque};

use rand_core::CryptoRngCore;

use self::owned::Owned;
pub use self::port::{ClientInput, ClientOutput, ClientRefused, Device, RequestId, Welcomed};
use self::requests::Requests;
use super::field::{Auth, CloseCode, SessionKind};
use super::message::{ClientFrame, EXPORTER_BYTES, FrameError, SIGNAL_VERSION, ServerFrame};
use super::pace::{BackOff, spread_ms};
use super::proof;
use crate::ids::{Address, SessionId};
use crate::keys::SigningKey;
use crate::limits::{HELLO_TIMEOUT_MS, SIGNALING_BEAT_MS, SIGNALING_SILENCE_MS};
use crate::secret::Secret;
use crate::time::Timestamp;

mod owned;
mod port;
mod requests;

/// First pause before connecting again; doubles.
const RECONNECT_BASE_MS: u64 = 500;
/// Longest pause before connecting again.
const RECONNECT_CAP_MS: u64 = 20_000;
/// A session that lasted this long was a success: the next pause is the shortest again.
const STABLE_MS: u64 = 10_000;
/// A device's two sessions never open at the same moment: the relationship session starts within this.
const OPENING_SPREAD_MS: u64 = 500;
/// A connection that is not open by then is given up.
const CONNECT_TIMEOUT_MS: u64 = 15_000;

enum State {
    /// `Start` was not called, or a code ended it for good.
    Stopped,
    /// Waits until the time has come to connect.
    Pausing { until: Timestamp },
    /// The caller opens the connection.
    Connecting { until: Timestamp },
    /// Connected; CHALLENGE or WELCOME is still to come.
    Greeting { exporter: [u8; EXPORTER_BYTES], said_hello: bool, until: Timestamp },
    /// WELCOME came.
    Open(Box<Open>),
}

struct Open {
    session: SessionId,
    nonce: [u8; 32],
    requests: Requests,
    since: Timestamp,
    heard: Timestamp,
    beat_at: Timestamp,
}

/// One of a device's two sessions, over all its connections.
pub struct ClientSession {
    kind: SessionKind,
    device: Device,
    state: State,
    owned: BTreeMap<Address, Owned>,
    back_off: BackOff,
    outputs: VecDeque<ClientOutput>,
}

impl ClientSession {
    /// A machine that waits for [`ClientInput::Start`].
    pub fn new(kind: SessionKind, device: Device) -> Self {
        Self {
            kind,
            device,
            state: State::Stopped,
            owned: BTreeMap::new(),
            back_off: BackOff::new(RECONNECT_BASE_MS, RECONNECT_CAP_MS),
            outputs: VecDeque::new(),
        }
    }

    /// The next thing to do, `None` when there is nothing.
    pub fn poll(&mut self) -> Option<ClientOutput> {
        self.outputs.pop_front()
    }

    /// When to call `handle(Tick)`.
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            State::Stopped => None,
            State::Pausing { until } | State::Connecting { until } | State::Greeting { until, .. } => Some(*until),
            State::Open(open) => {
                let dead_at = open.heard.plus_ms(SIGNALING_SILENCE_MS);
                let next = open.requests.deadline().map_or(dead_at, |at| at.min(dead_at));
                Some(next.min(open.beat_at))
            }
        }
    }

    /// Whether PUT, FETCH and RENEW can be taken now.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Takes one input.
    pub fn handle(
        &mut self,
        now: Timestamp,
        rng: &mut dyn CryptoRngCore,
        input: ClientInput,
    ) -> Result<(), ClientRefused> {
        match input {
            ClientInput::Start => self.on_start(now, rng),
            ClientInput::Nudge => self.on_nudge(now),
            ClientInput::Stop => {
                self.disconnect();
                self.state = State::Stopped;
                Ok(())
            }
            ClientInput::Connected { exporter } => self.on_connected(now, exporter),
            ClientInput::Disconnected => {
                self.lost(now, rng);
                Ok(())
            }
            ClientInput::Frame(bytes) => self.on_frame(now, rng, &bytes),
            ClientInput::Own { key, put_key } => {
                self.on_own(now, key, put_key);
                Ok(())
            }
            ClientInput::Disown { address } => self.on_disown(now, address),
            ClientInput::Put { id, address, put_key, envelope } => self.with_open(now, |open, outputs| {
                open.requests.put(now, open.session, id, address, put_key, envelope, outputs)
            }),
            ClientInput::Fetch { id, what } => {
                self.with_open(now, |open, outputs| open.requests.fetch(now, id, what, outputs))
            }
            ClientInput::Renew { id, request } => {
                self.with_open(now, |open, outputs| open.requests.renew(now, id, request, outputs))
            }
            ClientInput::Certificate(certificate) => {
                self.device.certificate = certificate;
                Ok(())
            }
            ClientInput::Tick => {
                self.on_tick(now, rng);
                Ok(())
            }
        }
    }

    fn on_start(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) -> Result<(), ClientRefused> {
        if !matches!(self.state, State::Stopped) {
            return Err(ClientRefused::NotNow);
        }
        self.back_off.reset();
        match self.kind {
            SessionKind::Door => self.connect(now),
            SessionKind::Relationship => {
                self.state = State::Pausing { until: now.plus_ms(spread_ms(OPENING_SPREAD_MS, rng)) };
            }
        }
        Ok(())
    }

    /// The network changed: there is no point in waiting.
    fn on_nudge(&mut self, now: Timestamp) -> Result<(), ClientRefused> {
        if !matches!(self.state, State::Pausing { .. }) {
            return Err(ClientRefused::NotNow);
        }
        self.connect(now);
        Ok(())
    }

    fn on_connected(&mut self, now: Timestamp, exporter: [u8; EXPORTER_BYTES]) -> Result<(), ClientRefused> {
        if !matches!(self.state, State::Connecting { .. }) {
            return Err(ClientRefused::NotNow);
        }
        self.state = State::Greeting { exporter, said_hello: false, until: now.plus_ms(HELLO_TIMEOUT_MS) };
        Ok(())
    }

    fn on_tick(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        match &mut self.state {
            State::Stopped => {}
            State::Pausing { until } if now >= *until => self.connect(now),
            State::Connecting { until } | State::Greeting { until, .. } if now >= *until => self.give_up(now, rng),
            State::Pausing { .. } | State::Connecting { .. } | State::Greeting { .. } => {}
            State::Open(open) => {
                if now >= open.heard.plus_ms(SIGNALING_SILENCE_MS) || open.requests.is_overdue(now) {
                    return self.give_up(now, rng);
                }
                open.requests.send_waiting(now, open.session, &mut self.outputs);
                if now >= open.beat_at {
                    open.beat_at = now.plus_ms(SIGNALING_BEAT_MS);
                    self.outputs.push_back(ClientOutput::Send(ClientFrame::Beat.to_bytes()));
                }
            }
        }
    }

    fn on_own(&mut self, now: Timestamp, key: SigningKey, put_key: Secret<[u8; 32]>) {
        let address = Address::of_key(key.verifying_key().as_bytes());
        let owned = Owned { key, put_key };
        if let State::Open(open) = &mut self.state {
            open.beat_at = now.plus_ms(SIGNALING_BEAT_MS);
            self.outputs.push_back(ClientOutput::Send(owned.sub(&open.nonce, open.session)));
        }
        self.owned.insert(address, owned);
    }

    fn on_disown(&mut self, now: Timestamp, address: Address) -> Result<(), ClientRefused> {
        self.owned.remove(&address).ok_or(ClientRefused::Unknown)?;
        if let State::Open(open) = &mut self.state {
            open.beat_at = now.plus_ms(SIGNALING_BEAT_MS);
            self.outputs.push_back(ClientOutput::Send(ClientFrame::Unsub { address }.to_bytes()));
        }
        Ok(())
    }

    fn on_frame(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, bytes: &[u8]) -> Result<(), ClientRefused> {
        if !matches!(self.state, State::Greeting { .. } | State::Open(_)) {
            return Err(ClientRefused::NotNow);
        }
        let frame = match ServerFrame::from_bytes(bytes) {
            Ok(frame) => frame,
            // A server of a later version may say more than this client knows.
            Err(FrameError::UnknownKind) => return Err(ClientRefused::UnknownKind),
            Err(FrameError::TooLong | FrameError::Malformed) => {
                self.give_up(now, rng);
                return Err(ClientRefused::Malformed);
            }
        };
        let result = match frame {
            ServerFrame::Challenge { versions, nonce } => self.on_challenge(&versions, &nonce),
            ServerFrame::Welcome { session, nonce, limits, news } => {
                let requests = Requests::new(now, self.kind, limits);
                self.on_welcome(now, session, nonce, requests, Welcomed { session, limits, news })
            }
            ServerFrame::Close { code } => {
                self.on_close(now, rng, code);
                Ok(())
            }
            frame => self.on_open_frame(now, frame),
        };
        if result == Err(ClientRefused::OutOfTurn) {
            self.give_up(now, rng);
        }
        result
    }

    fn on_open_frame(&mut self, now: Timestamp, frame: ServerFrame) -> Result<(), ClientRefused> {
        let State::Open(open) = &mut self.state else {
            return Err(ClientRefused::OutOfTurn);
        };
        open.heard = now;
        if now.since(open.since) >= STABLE_MS {
            self.back_off.reset();
        }
        match frame {
            ServerFrame::Deliver { address, envelope } => {
                if !self.owned.contains_key(&address) {
                    return Err(ClientRefused::Unknown);
                }
                self.outputs.push_back(ClientOutput::Delivered { address, envelope });
                Ok(())
            }
            ServerFrame::Lost { address } => {
                if !self.owned.contains_key(&address) {
                    return Err(ClientRefused::Unknown);
                }
                self.outputs.push_back(ClientOutput::Lost { address });
                Ok(())
            }
            ServerFrame::News { news } => {
                self.outputs.push_back(ClientOutput::News(news));
                Ok(())
            }
            ServerFrame::Gone { n } => open.requests.on_gone(n, &mut self.outputs),
            ServerFrame::Part { n, offset, total, bytes } => {
                open.requests.on_part(now, n, offset, total, &bytes, &mut self.outputs)
            }
            ServerFrame::Renewed { n, certificate } => open.requests.on_renewed(now, n, certificate, &mut self.outputs),
            ServerFrame::Error { n, code } => open.requests.on_error(now, n, code, &mut self.outputs),
            ServerFrame::Challenge { .. } | ServerFrame::Welcome { .. } | ServerFrame::Close { .. } => {
                Err(ClientRefused::OutOfTurn)
            }
        }
    }

    fn on_challenge(&mut self, versions: &[u16], nonce: &[u8; 32]) -> Result<(), ClientRefused> {
        let State::Greeting { exporter, said_hello, .. } = &mut self.state else {
            return Err(ClientRefused::OutOfTurn);
        };
        if *said_hello {
            return Err(ClientRefused::OutOfTurn);
        }
        if !versions.contains(&SIGNAL_VERSION) {
            self.stop(CloseCode::Version);
            return Err(ClientRefused::Version);
        }
        let signature = proof::hello(&self.device.key, nonce, exporter, self.kind);
        let auth = Auth::Device { certificate: self.device.certificate.clone(), signature };
        let hello = ClientFrame::Hello { version: SIGNAL_VERSION, kind: self.kind, release: self.device.release, auth };
        *said_hello = true;
        self.outputs.push_back(ClientOutput::Send(hello.to_bytes()));
        Ok(())
    }

    fn on_welcome(
        &mut self,
        now: Timestamp,
        session: SessionId,
        nonce: [u8; 32],
        requests: Requests,
        welcomed: Welcomed,
    ) -> Result<(), ClientRefused> {
        let State::Greeting { said_hello: true, .. } = self.state else {
            return Err(ClientRefused::OutOfTurn);
        };
        for owned in self.owned.values() {
            self.outputs.push_back(ClientOutput::Send(owned.sub(&nonce, session)));
        }
        let beat_at = now.plus_ms(SIGNALING_BEAT_MS);
        self.state = State::Open(Box::new(Open { session, nonce, requests, since: now, heard: now, beat_at }));
        self.outputs.push_back(ClientOutput::Online(welcomed));
        Ok(())
    }

    fn on_close(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, code: CloseCode) {
        match code {
            // Coming back would end the same way; the caller learns why and may `Start` again.
            CloseCode::Revoked
            | CloseCode::Suspended
            | CloseCode::Replaced
            | CloseCode::ClientTooOld
            | CloseCode::Version
            | CloseCode::Unauthenticated => self.stop(code),
            CloseCode::Draining
            | CloseCode::Malformed
            | CloseCode::Slow
            | CloseCode::Silent
            | CloseCode::Flood
            | CloseCode::Internal => self.give_up(now, rng),
        }
    }

    fn with_open<F>(&mut self, now: Timestamp, request: F) -> Result<(), ClientRefused>
    where
        F: FnOnce(&mut Open, &mut VecDeque<ClientOutput>) -> Result<(), ClientRefused>,
    {
        let State::Open(open) = &mut self.state else {
            return Err(ClientRefused::Offline);
        };
        request(open, &mut self.outputs)?;
        open.beat_at = now.plus_ms(SIGNALING_BEAT_MS);
        Ok(())
    }

    fn connect(&mut self, now: Timestamp) {
        self.state = State::Connecting { until: now.plus_ms(CONNECT_TIMEOUT_MS) };
        self.outputs.push_back(ClientOutput::Connect);
    }

    fn stop(&mut self, code: CloseCode) {
        self.disconnect();
        self.state = State::Stopped;
        self.outputs.push_back(ClientOutput::Ended(code));
    }

    fn give_up(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        self.disconnect();
        self.lost(now, rng);
    }

    fn disconnect(&mut self) {
        if matches!(self.state, State::Connecting { .. } | State::Greeting { .. } | State::Open(_)) {
            self.outputs.push_back(ClientOutput::Disconnect);
        }
    }

    /// Without a connection: pause, then connect again. Late news of an older connection changes nothing.
    fn lost(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        if matches!(self.state, State::Stopped | State::Pausing { .. }) {
            return;
        }
        let until = now.plus_ms(self.back_off.next_ms(rng));
        self.state = State::Pausing { until };
        self.outputs.push_back(ClientOutput::Offline { until });
    }
}

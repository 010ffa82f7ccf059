//! An open server session: SUB, PUT, FETCH, RENEW and their answers, with the caps that WELCOME told (spec/signaling.md §4).
//! Must never take a request whose number did not increase, or one of the other kind of session.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::port::{Output, Refused, Route};
use super::{Answer, ServerSession};
use crate::ids::Address;
use crate::keys;
use crate::secret::Secret;
use crate::signaling::field::{CloseCode, ErrorCode, SessionKind, SessionLimits};
use crate::signaling::message::{ClientFrame, ServerFrame};
use crate::signaling::pace::Bucket;
use crate::signaling::proof;
use crate::time::Timestamp;

/// Errors that a session may cause before it is closed for it: a burst of this many …
const FAULTS_BURST_MAX: u32 = 32;
/// … then this many per second.
const FAULTS_PER_S_MAX: u32 = 1;
/// SUBs and UNSUBs per second, each a signature check, after one burst of twice the subscriptions.
const SUBS_PER_S_MAX: u32 = 32;
/// FETCHes and RENEWs: a burst of this many, for a device that knows nothing yet …
const ASKS_BURST_MAX: u32 = 512;
/// … then this many per second.
const ASKS_PER_S_MAX: u32 = 32;
/// GONEs told to one session: a burst of this many …
const GONE_BURST_MAX: u32 = 64;
/// … then this many per second. The others are silent.
const GONE_PER_S_MAX: u32 = 8;

/// What a session knows once it is open.
pub(super) struct Open {
    kind: SessionKind,
    front_door: Address,
    nonce: [u8; 32],
    last_n: u64,
    owned: BTreeSet<Address>,
    in_flight: BTreeSet<u64>,
    puts: Bucket,
    subs: Bucket,
    asks: Bucket,
    gone: Bucket,
    pub(super) faults: Bucket,
}

impl Open {
    pub(super) fn new(
        now: Timestamp,
        kind: SessionKind,
        front_door: Address,
        nonce: [u8; 32],
        limits: &SessionLimits,
    ) -> Self {
        Self {
            kind,
            front_door,
            nonce,
            last_n: 0,
            owned: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            puts: Bucket::full(now, limits.put_burst_max, limits.put_per_s_max),
            subs: Bucket::full(now, limits.subscriptions_max.saturating_mul(2), SUBS_PER_S_MAX),
            asks: Bucket::full(now, ASKS_BURST_MAX, ASKS_PER_S_MAX),
            gone: Bucket::full(now, GONE_BURST_MAX, GONE_PER_S_MAX),
            faults: Bucket::full(now, FAULTS_BURST_MAX, FAULTS_PER_S_MAX),
        }
    }

    pub(super) fn finished(&mut self, n: u64) {
        self.in_flight.remove(&n);
    }
}

impl ServerSession {
    pub(super) fn on_open_frame(&mut self, now: Timestamp, frame: ClientFrame) -> Result<(), Refused> {
        match frame {
            ClientFrame::Hello { .. } => self.end(CloseCode::Malformed, Refused::OutOfTurn),
            ClientFrame::Sub { key, put_key, signature } => self.on_sub(now, &key, put_key, &signature),
            ClientFrame::Unsub { address } => self.on_unsub(address),
            ClientFrame::Put { n, address, mac, envelope } => {
                self.advance(n)?;
                let open = self.open()?;
                if open.kind != SessionKind::Relationship {
                    return self.fault(now, Some(n), ErrorCode::NotAllowed, Refused::NotAllowed);
                }
                if !open.puts.take(now) {
                    return self.fault(now, Some(n), ErrorCode::Busy, Refused::Busy);
                }
                let route = Route { session: self.session, n, address, mac, envelope };
                self.outputs.push_back(Output::Route(route));
                Ok(())
            }
            ClientFrame::Fetch { n, what } => {
                self.ask(now, n)?;
                self.outputs.push_back(Output::Fetch { n, what });
                Ok(())
            }
            ClientFrame::Renew { n, request } => {
                self.ask(now, n)?;
                self.outputs.push_back(Output::Renew { n, request });
                Ok(())
            }
            ClientFrame::Beat => Ok(()),
        }
    }

    fn on_sub(
        &mut self,
        now: Timestamp,
        key: &[u8; 32],
        put_key: [u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), Refused> {
        let put_key = Secret::new(put_key);
        let (session, limits) = (self.session, self.terms.limits);
        let address = Address::of_key(key);
        let open = self.open()?;
        if !open.subs.take(now) {
            return self.fault(now, None, ErrorCode::Busy, Refused::Busy);
        }
        let is_front_door = address == open.front_door;
        if is_front_door != (open.kind == SessionKind::Door) {
            return self.fault(now, None, ErrorCode::NotAllowed, Refused::NotAllowed);
        }
        if !open.owned.contains(&address) && open.owned.len() >= limits.subscriptions_max as usize {
            return self.fault(now, None, ErrorCode::Busy, Refused::Busy);
        }
        let is_signed = keys::verifying_key(key)
            .is_ok_and(|key| proof::is_sub(&key, &open.nonce, session, put_key.expose(), signature));
        if !is_signed {
            return self.fault(now, None, ErrorCode::BadProof, Refused::Signature);
        }
        open.owned.insert(address);
        self.outputs.push_back(Output::Own { address, put_key });
        Ok(())
    }

    fn on_unsub(&mut self, address: Address) -> Result<(), Refused> {
        let open = self.open()?;
        // One that was just lost to a newer session may be on its way here: no fault.
        if !open.owned.remove(&address) {
            return Err(Refused::NotAllowed);
        }
        self.outputs.push_back(Output::Disown { address });
        Ok(())
    }

    /// A request that is answered: `n`, the kind of session, the cap of those in flight, the rate.
    fn ask(&mut self, now: Timestamp, n: u64) -> Result<(), Refused> {
        self.advance(n)?;
        let in_flight_max = self.terms.limits.in_flight_max as usize;
        let open = self.open()?;
        if open.kind != SessionKind::Door {
            return self.fault(now, Some(n), ErrorCode::NotAllowed, Refused::NotAllowed);
        }
        if open.in_flight.len() >= in_flight_max || !open.asks.take(now) {
            return self.fault(now, Some(n), ErrorCode::Busy, Refused::Busy);
        }
        open.in_flight.insert(n);
        Ok(())
    }

    fn advance(&mut self, n: u64) -> Result<(), Refused> {
        let open = self.open()?;
        if n <= open.last_n {
            return self.end(CloseCode::Malformed, Refused::Replay);
        }
        open.last_n = n;
        Ok(())
    }

    pub(super) fn on_deliver(&mut self, address: Address, envelope: Vec<u8>) -> Result<(), Refused> {
        if !self.open()?.owned.contains(&address) {
            return Err(Refused::Stray);
        }
        self.send(&ServerFrame::Deliver { address, envelope });
        Ok(())
    }

    pub(super) fn on_gone(&mut self, now: Timestamp, n: u64) -> Result<(), Refused> {
        let open = self.open()?;
        if n == 0 || n > open.last_n {
            return Err(Refused::Stray);
        }
        if !open.gone.take(now) {
            return Err(Refused::Busy);
        }
        self.send(&ServerFrame::Gone { n });
        Ok(())
    }

    pub(super) fn on_lost(&mut self, address: Address) -> Result<(), Refused> {
        if !self.open()?.owned.remove(&address) {
            return Err(Refused::Stray);
        }
        self.send(&ServerFrame::Lost { address });
        Ok(())
    }

    pub(super) fn on_fetched(&mut self, n: u64, answer: Result<Arc<[u8]>, ErrorCode>) -> Result<(), Refused> {
        if !self.open()?.in_flight.contains(&n) || self.answers.iter().any(|answer| answer.n == n) {
            return Err(Refused::Stray);
        }
        match answer {
            Ok(bytes) => self.answers.push_back(Answer { n, bytes, sent_bytes: 0 }),
            Err(code) => {
                self.open()?.in_flight.remove(&n);
                self.send(&ServerFrame::Error { n: Some(n), code });
            }
        }
        Ok(())
    }

    pub(super) fn on_renewed(&mut self, n: u64, answer: Result<Vec<u8>, ErrorCode>) -> Result<(), Refused> {
        if !self.open()?.in_flight.remove(&n) {
            return Err(Refused::Stray);
        }
        self.send(&match answer {
            Ok(certificate) => ServerFrame::Renewed { n, certificate },
            Err(code) => ServerFrame::Error { n: Some(n), code },
        });
        Ok(())
    }
}

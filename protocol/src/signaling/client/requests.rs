//! The requests of one open client session: numbering, pacing of PUTs, reassembly of answers (spec/signaling.md §4).
//! Must never hold more of an answer than the cap of what was asked for, nor keep a request beyond its session.

use std::collections::{BTreeMap, VecDeque};

use super::port::{ClientOutput, ClientRefused, RequestId};
use crate::ids::{Address, SessionId};
use crate::limits::{
    DEVICE_BATCH_BYTES_MAX, DIRECTORY_ANSWER_BYTES_MAX, LOG_BATCH_BYTES_MAX, POLICY_BYTES_MAX,
    POLICY_LAYERS_ANSWER_BYTES_MAX, SIGNALING_ANSWER_TIMEOUT_MS,
};
use crate::secret::Secret;
use crate::signaling::field::{ErrorCode, FetchWhat, SessionKind, SessionLimits};
use crate::signaling::message::ClientFrame;
use crate::signaling::pace::Bucket;
use crate::signaling::proof;
use crate::time::Timestamp;

/// PUTs that wait for their turn.
const WAITING_MAX: usize = 1_024;
/// PUTs of which a GONE is still understood.
const RECENT_PUTS_MAX: usize = 1_024;
/// FETCHes and RENEWs that wait for one in flight.
const WAITING_ASKS_MAX: usize = 16;

struct Put {
    id: RequestId,
    address: Address,
    put_key: Secret<[u8; 32]>,
    envelope: Vec<u8>,
}

enum Ask {
    Fetch(FetchWhat),
    Renew(Vec<u8>),
}

enum Pending {
    Fetch { what: FetchWhat, bytes: Vec<u8> },
    Renew,
}

struct InFlight {
    id: RequestId,
    pending: Pending,
    progress: Timestamp,
}

pub(super) struct Requests {
    kind: SessionKind,
    limits: SessionLimits,
    last_n: u64,
    pace: Bucket,
    waiting: VecDeque<Put>,
    waiting_since: Timestamp,
    recent: VecDeque<(u64, RequestId)>,
    asks: VecDeque<(RequestId, Ask)>,
    in_flight: BTreeMap<u64, InFlight>,
}

impl Requests {
    pub(super) fn new(now: Timestamp, kind: SessionKind, limits: SessionLimits) -> Self {
        Self {
            kind,
            limits,
            last_n: 0,
            // A quarter of the burst is left to the network, which may bring closer together what was sent apart.
            pace: Bucket::full(now, limits.put_burst_max - limits.put_burst_max / 4, limits.put_per_s_max),
            waiting: VecDeque::new(),
            waiting_since: now,
            recent: VecDeque::new(),
            asks: VecDeque::new(),
            in_flight: BTreeMap::new(),
        }
    }

    /// When the next PUT may go, or an answer is overdue.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let next_put = if self.waiting.is_empty() { None } else { self.pace.ready_at(self.waiting_since) };
        let overdue =
            self.in_flight.values().map(|request| request.progress.plus_ms(SIGNALING_ANSWER_TIMEOUT_MS)).min();
        match (next_put, overdue) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        self.in_flight.values().any(|request| now >= request.progress.plus_ms(SIGNALING_ANSWER_TIMEOUT_MS))
    }

    #[expect(clippy::too_many_arguments, reason = "one per field of PUT")]
    pub(super) fn put(
        &mut self,
        now: Timestamp,
        session: SessionId,
        id: RequestId,
        address: Address,
        put_key: Secret<[u8; 32]>,
        envelope: Vec<u8>,
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        if self.kind != SessionKind::Relationship {
            return Err(ClientRefused::NotAllowed);
        }
        if self.waiting.len() >= WAITING_MAX {
            return Err(ClientRefused::Busy);
        }
        self.waiting.push_back(Put { id, address, put_key, envelope });
        self.send_waiting(now, session, outputs);
        Ok(())
    }

    /// Sends as many waiting PUTs as the server's rate allows.
    pub(super) fn send_waiting(&mut self, now: Timestamp, session: SessionId, outputs: &mut VecDeque<ClientOutput>) {
        self.waiting_since = now;
        while !self.waiting.is_empty() && self.pace.take(now) {
            let Some(Put { id, address, put_key, envelope }) = self.waiting.pop_front() else {
                return;
            };
            let n = self.next_n();
            if self.recent.len() == RECENT_PUTS_MAX {
                self.recent.pop_front();
            }
            self.recent.push_back((n, id));
            let mac = proof::put(&put_key, session, n, address, &envelope);
            outputs.push_back(ClientOutput::Send(ClientFrame::Put { n, address, mac, envelope }.to_bytes()));
        }
    }

    pub(super) fn fetch(
        &mut self,
        now: Timestamp,
        id: RequestId,
        what: FetchWhat,
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        self.ask(now, id, Ask::Fetch(what), outputs)
    }

    pub(super) fn renew(
        &mut self,
        now: Timestamp,
        id: RequestId,
        request: Vec<u8>,
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        self.ask(now, id, Ask::Renew(request), outputs)
    }

    fn ask(
        &mut self,
        now: Timestamp,
        id: RequestId,
        ask: Ask,
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        if self.kind != SessionKind::Door {
            return Err(ClientRefused::NotAllowed);
        }
        if self.asks.len() >= WAITING_ASKS_MAX {
            return Err(ClientRefused::Busy);
        }
        self.asks.push_back((id, ask));
        self.send_asks(now, outputs);
        Ok(())
    }

    fn send_asks(&mut self, now: Timestamp, outputs: &mut VecDeque<ClientOutput>) {
        while self.in_flight.len() < self.limits.in_flight_max as usize {
            let Some((id, ask)) = self.asks.pop_front() else {
                return;
            };
            let n = self.next_n();
            let (frame, pending) = match ask {
                Ask::Fetch(what) => (ClientFrame::Fetch { n, what }, Pending::Fetch { what, bytes: Vec::new() }),
                Ask::Renew(request) => (ClientFrame::Renew { n, request }, Pending::Renew),
            };
            self.in_flight.insert(n, InFlight { id, pending, progress: now });
            outputs.push_back(ClientOutput::Send(frame.to_bytes()));
        }
    }

    pub(super) fn on_gone(&mut self, n: u64, outputs: &mut VecDeque<ClientOutput>) -> Result<(), ClientRefused> {
        let at = self.recent.iter().position(|(recent, _)| *recent == n).ok_or(ClientRefused::Unknown)?;
        let (_, id) = self.recent.remove(at).ok_or(ClientRefused::Unknown)?;
        outputs.push_back(ClientOutput::Gone(id));
        Ok(())
    }

    pub(super) fn on_part(
        &mut self,
        now: Timestamp,
        n: u64,
        offset: u64,
        total: u64,
        part: &[u8],
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        let request = self.in_flight.get_mut(&n).ok_or(ClientRefused::OutOfTurn)?;
        let Pending::Fetch { what, bytes } = &mut request.pending else {
            return Err(ClientRefused::OutOfTurn);
        };
        let end = offset.checked_add(part.len() as u64).ok_or(ClientRefused::OutOfTurn)?;
        let fits = total <= bytes_max(*what) as u64 && offset == bytes.len() as u64 && end <= total;
        if !fits || (part.is_empty() && total != 0) {
            return Err(ClientRefused::OutOfTurn);
        }
        bytes.extend_from_slice(part);
        request.progress = now;
        if end == total {
            let fetched = ClientOutput::Fetched { id: request.id, what: *what, bytes: std::mem::take(bytes) };
            self.in_flight.remove(&n);
            outputs.push_back(fetched);
            self.send_asks(now, outputs);
        }
        Ok(())
    }

    pub(super) fn on_renewed(
        &mut self,
        now: Timestamp,
        n: u64,
        certificate: Vec<u8>,
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        match self.in_flight.get(&n) {
            Some(InFlight { id, pending: Pending::Renew, .. }) => {
                outputs.push_back(ClientOutput::Renewed { id: *id, certificate });
                self.in_flight.remove(&n);
                self.send_asks(now, outputs);
                Ok(())
            }
            Some(InFlight { pending: Pending::Fetch { .. }, .. }) | None => Err(ClientRefused::OutOfTurn),
        }
    }

    pub(super) fn on_error(
        &mut self,
        now: Timestamp,
        n: Option<u64>,
        code: ErrorCode,
        outputs: &mut VecDeque<ClientOutput>,
    ) -> Result<(), ClientRefused> {
        let id = match n {
            None => None,
            Some(n) => match self.in_flight.remove(&n) {
                Some(request) => Some(request.id),
                None => {
                    let at = self.recent.iter().position(|(recent, _)| *recent == n).ok_or(ClientRefused::Unknown)?;
                    self.recent.remove(at).map(|(_, id)| id)
                }
            },
        };
        outputs.push_back(ClientOutput::Failed { id, code });
        self.send_asks(now, outputs);
        Ok(())
    }

    fn next_n(&mut self) -> u64 {
        self.last_n = self.last_n.saturating_add(1);
        self.last_n
    }
}

const fn bytes_max(what: FetchWhat) -> usize {
    match what {
        FetchWhat::Log { .. } => LOG_BATCH_BYTES_MAX,
        FetchWhat::Directory { .. } => DIRECTORY_ANSWER_BYTES_MAX,
        FetchWhat::Policy => POLICY_BYTES_MAX,
        FetchWhat::PolicyLayers => POLICY_LAYERS_ANSWER_BYTES_MAX,
        FetchWhat::Devices { .. } => DEVICE_BATCH_BYTES_MAX,
    }
}

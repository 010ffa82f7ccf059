//! Who is there now, and where an envelope goes: `handle` takes one input, then `poll` is drained. All of it is forgotten with
//! the session it belongs to. It must never tell a sender more than "not delivered", and to those who lack the address's
//! capability it must say that always, in the same time (spec/signaling.md).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use protocol::ids::{Address, DeviceId, SessionId};
use protocol::limits::FRONT_DOOR_PUTS_PER_DAY_MAX;
use protocol::secret::Secret;
use protocol::signaling::field::{CloseCode, SessionKind};
use protocol::signaling::server::Route;
use protocol::time::{DAY_MS, Timestamp};

use super::throttle::{Rate, Throttle};

/// PUTs to front doors by one device.
const FRONT_DOOR_RATE: Rate =
    Rate { burst: FRONT_DOOR_PUTS_PER_DAY_MAX, refill_ms: DAY_MS / FRONT_DOOR_PUTS_PER_DAY_MAX as u64 };
/// PUTs to front doors by all devices together.
const FRONT_DOOR_RATE_ALL: Rate = Rate { burst: 100_000, refill_ms: 1 };

/// What happens.
#[derive(Debug)]
pub enum Input {
    /// A device's session is open.
    Enter { session: SessionId, device: DeviceId, kind: SessionKind },
    /// A session is over.
    Leave { session: SessionId },
    /// A valid SUB.
    Own { session: SessionId, address: Address, put_key: Secret<[u8; 32]> },
    /// An UNSUB.
    Disown { session: SessionId, address: Address },
    /// A PUT.
    Route(Route),
    /// The receiver's queue was full, or gone, when an envelope was handed over.
    Undelivered(Undelivered),
    /// The front doors of the directory in force.
    FrontDoors(BTreeSet<Address>),
    /// These devices may not be here any more.
    Expel { devices: Vec<DeviceId>, code: CloseCode },
    /// Encoded NEWS for everybody.
    News(Arc<[u8]>),
    /// The server stops.
    Drain,
}

/// What must be told if an envelope cannot be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undelivered {
    from: SessionId,
    n: u64,
    door: Door,
}

/// What to do.
#[derive(Debug)]
pub enum Output {
    /// Hand an envelope to the owner's queue; if that fails, come back with [`Input::Undelivered`].
    Deliver { to: SessionId, address: Address, envelope: Vec<u8>, otherwise: Undelivered },
    /// Tell the sender that PUT `n` reached nobody.
    Gone { to: SessionId, n: u64 },
    /// Tell the session that another one owns the address now.
    Lost { to: SessionId, address: Address },
    /// Give everybody the same bytes; who cannot take them is too slow.
    News(Arc<[u8]>),
    /// End a session.
    End { session: SessionId, code: CloseCode },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Front,
    Relationship,
}

struct Seat {
    device: DeviceId,
    kind: SessionKind,
    owned: BTreeSet<Address>,
}

struct Owner {
    session: SessionId,
    put_key: Secret<[u8; 32]>,
}

/// The presence of one server process.
pub struct Presence {
    seats: BTreeMap<SessionId, Seat>,
    sessions: BTreeMap<(DeviceId, SessionKind), SessionId>,
    owners: BTreeMap<Address, Owner>,
    front_doors: BTreeSet<Address>,
    /// Checks the MAC of PUTs to nobody, so that they take as long as the others.
    decoy: Secret<[u8; 32]>,
    throttle: Throttle,
    outputs: VecDeque<Output>,
}

impl Presence {
    /// `decoy` and `salt` are fresh random bytes.
    pub fn new(decoy: [u8; 32], salt: [u8; 32]) -> Self {
        Presence {
            seats: BTreeMap::new(),
            sessions: BTreeMap::new(),
            owners: BTreeMap::new(),
            front_doors: BTreeSet::new(),
            decoy: Secret::new(decoy),
            throttle: Throttle::new(FRONT_DOOR_RATE, FRONT_DOOR_RATE_ALL, salt),
            outputs: VecDeque::new(),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Sessions open now.
    pub fn sessions(&self) -> usize {
        self.seats.len()
    }

    /// Devices that have a session now; how many, and never which.
    pub fn devices(&self) -> usize {
        let mut devices: Vec<DeviceId> = self.sessions.keys().map(|(device, _)| *device).collect();
        devices.dedup();
        devices.len()
    }

    pub fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Enter { session, device, kind } => self.enter(session, device, kind),
            Input::Leave { session } => {
                self.leave(session);
            }
            Input::Own { session, address, put_key } => self.own(session, address, put_key),
            Input::Disown { session, address } => self.disown(session, address),
            Input::Route(route) => self.route(now, route),
            Input::Undelivered(undelivered) => self.undelivered(undelivered),
            Input::FrontDoors(addresses) => self.front_doors = addresses,
            Input::Expel { devices, code } => self.expel(&devices, code),
            Input::News(bytes) => self.outputs.push_back(Output::News(bytes)),
            Input::Drain => {
                let all: Vec<SessionId> = self.seats.keys().copied().collect();
                for session in all {
                    self.end(session, CloseCode::Draining);
                }
            }
        }
    }

    fn enter(&mut self, session: SessionId, device: DeviceId, kind: SessionKind) {
        if let Some(older) = self.sessions.insert((device, kind), session) {
            self.end(older, CloseCode::Replaced);
            // Ending the older one removed the entry that is the newer one's.
            self.sessions.insert((device, kind), session);
        }
        let seat = Seat { device, kind, owned: BTreeSet::new() };
        self.seats.insert(session, seat);
    }

    fn leave(&mut self, session: SessionId) -> Option<Seat> {
        let seat = self.seats.remove(&session)?;
        for address in &seat.owned {
            self.owners.remove(address);
        }
        let place = (seat.device, seat.kind);
        if self.sessions.get(&place) == Some(&session) {
            self.sessions.remove(&place);
        }
        Some(seat)
    }

    fn end(&mut self, session: SessionId, code: CloseCode) {
        if self.leave(session).is_some() {
            self.outputs.push_back(Output::End { session, code });
        }
    }

    fn own(&mut self, session: SessionId, address: Address, put_key: Secret<[u8; 32]>) {
        let Some(seat) = self.seats.get_mut(&session) else {
            return;
        };
        seat.owned.insert(address);
        let owner = Owner { session, put_key };
        let Some(before) = self.owners.insert(address, owner) else {
            return;
        };
        if before.session == session {
            return;
        }
        if let Some(loser) = self.seats.get_mut(&before.session) {
            loser.owned.remove(&address);
            self.outputs.push_back(Output::Lost { to: before.session, address });
        }
    }

    fn disown(&mut self, session: SessionId, address: Address) {
        if let Some(seat) = self.seats.get_mut(&session)
            && seat.owned.remove(&address)
        {
            self.owners.remove(&address);
        }
    }

    /// One way for all: look up, check the MAC (under a decoy key if nobody is there), decide.
    fn route(&mut self, now: Timestamp, route: Route) {
        let (from, n, address) = (route.session, route.n, route.address);
        let Some(sender) = self.seats.get(&from) else {
            return;
        };
        let device = sender.device;
        let owner = self.owners.get(&address);
        let authentic = route.is_authentic(owner.map_or(&self.decoy, |owner| &owner.put_key));
        let to = owner.map(|owner| owner.session).filter(|_| authentic);
        let door = self.door(address);
        let within = match door {
            Door::Front => self.throttle.attempt(device.as_bytes(), now).is_ok(),
            Door::Relationship => true,
        };
        let otherwise = Undelivered { from, n, door };
        match to.filter(|_| within) {
            Some(to) => self.outputs.push_back(Output::Deliver { to, address, envelope: route.envelope, otherwise }),
            None => self.undelivered(otherwise),
        }
    }

    /// A front door never answers: whether its device is there is nobody's business before a contact.
    fn undelivered(&mut self, undelivered: Undelivered) {
        match undelivered.door {
            Door::Front => {}
            Door::Relationship => self.outputs.push_back(Output::Gone { to: undelivered.from, n: undelivered.n }),
        }
    }

    fn door(&self, address: Address) -> Door {
        let of_door_session = || {
            let owner = self.owners.get(&address)?;
            self.seats.get(&owner.session).map(|seat| seat.kind)
        };
        if self.front_doors.contains(&address) || of_door_session() == Some(SessionKind::Door) {
            Door::Front
        } else {
            Door::Relationship
        }
    }

    fn expel(&mut self, devices: &[DeviceId], code: CloseCode) {
        for device in devices {
            for kind in [SessionKind::Door, SessionKind::Relationship] {
                if let Some(session) = self.sessions.get(&(*device, kind)).copied() {
                    self.end(session, code);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

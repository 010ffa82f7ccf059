//! Who may connect: caps on open connections and on handshakes, in all and per source. Held in RAM while a connection lives,
//! forgotten with it; never logged, never counted per source.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::secret::Secret;
use sha2::{Digest as _, Sha256};

use crate::config::Limits;
use crate::service::Asker;

/// TLS handshakes at one time.
pub const HANDSHAKES_MAX: usize = 1_024;
/// TLS handshakes at one time from one source.
pub const HANDSHAKES_PER_SOURCE_MAX: usize = 256;

/// One IPv4 address, or one IPv6 /64: what one host or site commonly has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

impl Source {
    fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Source::V4(ip),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Source::V6([a, b, c, d])
            }
        }
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Load {
    connections: usize,
    handshakes: usize,
}

#[derive(Debug, Default)]
struct Loads {
    all: Load,
    sources: HashMap<Source, Load>,
}

/// Shared by all workers.
#[derive(Debug, Clone)]
pub struct Admission {
    limits: Limits,
    /// Of the names of networks; it ends with this run.
    salt: Secret<[u8; 32]>,
    loads: Arc<Mutex<Loads>>,
}

impl Admission {
    pub fn new(limits: Limits, salt: [u8; 32]) -> Self {
        Admission { limits, salt: Secret::new(salt), loads: Arc::default() }
    }

    /// What handlers may know of the source: enough to limit what it guesses, not where it is.
    pub fn asker(&self, ip: IpAddr) -> Asker {
        let hash = Sha256::new().chain_update(self.salt.expose());
        let hash = match Source::of(ip) {
            Source::V4(ip) => hash.chain_update([4]).chain_update(ip.octets()),
            Source::V6(site) => hash.chain_update([6]).chain_update(site.map(u16::to_be_bytes).concat()),
        };
        let digest: [u8; 32] = hash.finalize().into();
        let mut name = [0; 16];
        name.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Asker(name)
    }

    /// A place for a new connection from `ip`, handshake still to come; `None` when a cap is reached.
    pub fn admit(&self, ip: IpAddr) -> Option<Place> {
        let source = Source::of(ip);
        let mut loads = lock(&self.loads);
        let there = loads.sources.get(&source).copied().unwrap_or_default();
        let free = loads.all.connections < self.limits.connections_max
            && loads.all.handshakes < HANDSHAKES_MAX
            && there.connections < self.limits.connections_per_source_max
            && there.handshakes < HANDSHAKES_PER_SOURCE_MAX;
        if !free {
            return None;
        }
        for load in loads.both(source) {
            load.connections += 1;
            load.handshakes += 1;
        }
        Some(Place { source, stage: Stage::Handshake, loads: self.loads.clone() })
    }

    /// Connections open now.
    pub fn connections(&self) -> usize {
        lock(&self.loads).all.connections
    }
}

impl Loads {
    fn both(&mut self, source: Source) -> [&mut Load; 2] {
        [&mut self.all, self.sources.entry(source).or_default()]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Handshake,
    Established,
}

/// A connection's place; dropping it frees the place and forgets the source.
#[derive(Debug)]
pub struct Place {
    source: Source,
    stage: Stage,
    loads: Arc<Mutex<Loads>>,
}

impl Place {
    /// The handshake is over.
    pub fn established(&mut self) {
        if self.stage == Stage::Handshake {
            self.stage = Stage::Established;
            for load in lock(&self.loads).both(self.source) {
                load.handshakes = load.handshakes.saturating_sub(1);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.established();
        let mut loads = lock(&self.loads);
        for load in loads.both(self.source) {
            load.connections = load.connections.saturating_sub(1);
        }
        if loads.sources.get(&self.source).is_some_and(|load| load.connections == 0) {
            loads.sources.remove(&self.source);
        }
    }
}

fn lock(loads: &Mutex<Loads>) -> MutexGuard<'_, Loads> {
    loads.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn caps_hold_and_places_come_back() {
        let admission = Admission::new(Limits { connections_max: 3, connections_per_source_max: 2 }, [1; 32]);
        let one = admission.admit(ip("192.0.2.1")).expect("free");
        let _two = admission.admit(ip("::ffff:192.0.2.1")).expect("free");
        assert!(admission.admit(ip("192.0.2.1")).is_none(), "two of one source");
        let _three = admission.admit(ip("2001:db8::1")).expect("another source");
        assert!(admission.admit(ip("198.51.100.1")).is_none(), "three in all");
        drop(one);
        admission.admit(ip("192.0.2.1")).expect("free again");
    }

    #[test]
    fn an_ipv6_site_is_one_source() {
        let admission = Admission::new(Limits { connections_max: 10, connections_per_source_max: 1 }, [1; 32]);
        let _one = admission.admit(ip("2001:db8::1")).expect("free");
        assert!(admission.admit(ip("2001:db8::ffff:1")).is_none());
        assert!(admission.admit(ip("2001:db8:0:1::1")).is_some());
        let asker = |text: &str| admission.asker(ip(text));
        assert!(asker("2001:db8::1") == asker("2001:db8::ffff:1") && asker("192.0.2.1") == asker("::ffff:192.0.2.1"));
        assert!(asker("2001:db8::1") != asker("2001:db8:0:1::1") && asker("192.0.2.1") != asker("192.0.2.2"));
        let next_run = Admission::new(Limits::default(), [2; 32]);
        assert!(next_run.asker(ip("192.0.2.1")) != asker("192.0.2.1"), "the name ends with the run");
    }

    #[test]
    fn handshakes_have_their_own_cap_and_nothing_is_remembered() {
        let admission = Admission::new(Limits::default(), [1; 32]);
        let source = ip("192.0.2.1");
        let mut places: Vec<Place> =
            (0..HANDSHAKES_PER_SOURCE_MAX).map(|_| admission.admit(source).expect("free")).collect();
        assert!(admission.admit(source).is_none());
        places.first_mut().expect("some").established();
        admission.admit(source).expect("one handshake is over");
        drop(places);
        assert!(lock(&admission.loads).sources.is_empty());
        assert_eq!(admission.connections(), 0);
    }
}

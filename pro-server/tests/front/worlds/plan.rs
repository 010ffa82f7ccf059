//! Two worlds: the same people, acts and totals, but others talk to others, in another order, by other addresses.

use protocol::limits::{ENVELOPE_LONG_BYTES, ENVELOPE_SHORT_BYTES};

pub const PEOPLE: [&str; 6] = ["notary01", "notary02", "notary03", "notary04", "notary05", "notary06"];
pub const LETTERS: usize = 12;
/// Suspended in both worlds, in the middle of their sessions.
pub const SUSPENDED: usize = 1;

/// A person by their place in [`PEOPLE`].
pub type Person = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    One,
    Other,
}

/// Where an envelope is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    FrontDoor,
    Relationship,
}

#[derive(Debug, Clone, Copy)]
pub struct Letter {
    pub from: Person,
    pub to: Person,
    pub place: Place,
    pub envelope_bytes: usize,
}

/// Everything in which the worlds differ.
pub struct Plan {
    /// Who comes online, in this order.
    pub arrivals: [Person; 6],
    /// Never opens a door session; somebody knocks in vain.
    pub away: Person,
    /// Opens a second relationship session, which ends the first.
    pub again: Person,
    /// Puts to an address that nobody owns, and to the door of whoever is away.
    pub stray: Person,
    pub letters: [Letter; LETTERS],
    /// Relationship addresses come from here.
    pub seed: [u8; 32],
}

const fn contact(from: Person, to: Person) -> Letter {
    Letter { from, to, place: Place::FrontDoor, envelope_bytes: ENVELOPE_LONG_BYTES }
}

const fn announce(from: Person, to: Person) -> Letter {
    Letter { from, to, place: Place::Relationship, envelope_bytes: ENVELOPE_SHORT_BYTES }
}

const fn offer(from: Person, to: Person) -> Letter {
    Letter { from, to, place: Place::Relationship, envelope_bytes: ENVELOPE_LONG_BYTES }
}

/// Three couples, one of them talkative.
const ONE: Plan = Plan {
    arrivals: [0, 1, 2, 3, 4, 5],
    away: 5,
    again: 0,
    stray: 2,
    letters: [
        contact(0, 1),
        announce(1, 0),
        offer(0, 1),
        offer(1, 0),
        announce(0, 1),
        announce(0, 1),
        contact(2, 3),
        announce(3, 2),
        announce(2, 3),
        contact(5, 4),
        announce(4, 5),
        announce(5, 4),
    ],
    seed: [1; 32],
};

/// Everybody a little, and nobody with the partner of the other world.
const OTHER: Plan = Plan {
    arrivals: [3, 5, 0, 4, 2, 1],
    away: 2,
    again: 4,
    stray: 5,
    letters: [
        announce(2, 5),
        contact(0, 3),
        announce(3, 0),
        contact(2, 5),
        announce(5, 2),
        offer(4, 1),
        announce(1, 4),
        contact(4, 1),
        announce(3, 5),
        announce(5, 0),
        offer(2, 0),
        announce(4, 0),
    ],
    seed: [2; 32],
};

impl World {
    pub fn plan(self) -> &'static Plan {
        match self {
            World::One => &ONE,
            World::Other => &OTHER,
        }
    }
}

/// The comparison is only worth something if the totals are equal and the graphs are not.
#[test]
fn the_worlds_differ_in_the_graph_alone() {
    let totals = |plan: &Plan| {
        let doors = plan.letters.iter().filter(|letter| letter.place == Place::FrontDoor).count();
        let bytes: usize = plan.letters.iter().map(|letter| letter.envelope_bytes).sum();
        (doors, bytes)
    };
    assert_eq!(totals(&ONE), totals(&OTHER));
    for plan in [&ONE, &OTHER] {
        let mut arrivals = plan.arrivals;
        arrivals.sort_unstable();
        assert_eq!(arrivals, [0, 1, 2, 3, 4, 5]);
        assert!(plan.letters.iter().all(|letter| letter.place != Place::FrontDoor || letter.to != plan.away));
        assert!(plan.letters.iter().all(|letter| letter.from != letter.to));
        assert!(![plan.away, plan.again].contains(&SUSPENDED));
    }
    for one in ONE.letters {
        assert!(OTHER.letters.iter().all(|other| (one.from, one.to) != (other.from, other.to)));
    }
}

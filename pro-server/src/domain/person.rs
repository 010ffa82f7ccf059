//! Where a person stands, and what each event makes of it: one small machine, fed by every source and by administrators. It is
//! made of three facts, each of which belongs to one party, so that the order in which their events come cannot matter. A source
//! must never give access to somebody whom an administrator has locked, and nothing brings back whom one has removed.

use super::member::{Enrolled, Listing, Lock, Member, Standing};

/// What a person's standing is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The source's: whether it lists the person.
    pub listing: Listing,
    /// The administrators': whether they have locked the person.
    pub lock: Lock,
    /// The person's: whether they have a device that is good.
    pub enrolled: Enrolled,
}

/// What can happen to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The source shows the person, with access.
    Seen,
    /// The source shows the person without access: disabled, expired, outside the required group, `active: false`.
    WithoutAccess,
    /// The source shows all it has, and the person is not in it.
    Gone,
    /// An administrator suspends the person by hand.
    Locked,
    /// An administrator takes that back.
    Unlocked,
    /// A device was certified for the person.
    Enrolled,
    /// The last good device was revoked.
    Disenrolled,
    /// An administrator erases the person, or the source deletes them for good.
    Removed,
}

/// What an event means for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// As before.
    Same,
    /// Every device is to be revoked, every session and every code to end.
    Lost,
    /// The person may enroll again.
    Regained,
}

/// The person after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub person: Person,
    pub access: Access,
}

/// An event that cannot happen to this person now. It changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    #[error("the person is removed for good")]
    Removed,
    #[error("the person is locked already")]
    AlreadyLocked,
    #[error("the person is not locked")]
    NotLocked,
    #[error("the person may have no device")]
    NoAccess,
}

impl Person {
    /// Somebody whom a source has just shown for the first time.
    pub const NEW: Self = Self { listing: Listing::Listed, lock: Lock::Open, enrolled: Enrolled::No };

    /// A person as stored.
    pub const fn of(member: &Member, enrolled: Enrolled) -> Self {
        Self { listing: member.listing, lock: member.lock, enrolled }
    }

    pub const fn standing(self) -> Standing {
        Standing::of(self.listing, self.lock, self.enrolled)
    }

    /// What the event makes of the person.
    pub fn on(self, event: Event) -> Result<Step, Impossible> {
        if self.listing == Listing::Removed {
            return Err(Impossible::Removed);
        }
        let next = match event {
            Event::Seen => Self { listing: Listing::Listed, ..self },
            Event::WithoutAccess | Event::Gone => Self { listing: Listing::Absent, ..self },
            Event::Locked if self.lock == Lock::Locked => return Err(Impossible::AlreadyLocked),
            Event::Locked => Self { lock: Lock::Locked, ..self },
            Event::Unlocked if self.lock == Lock::Open => return Err(Impossible::NotLocked),
            Event::Unlocked => Self { lock: Lock::Open, ..self },
            Event::Enrolled if !self.standing().may_take_part() => return Err(Impossible::NoAccess),
            Event::Enrolled => Self { enrolled: Enrolled::Yes, ..self },
            Event::Disenrolled => Self { enrolled: Enrolled::No, ..self },
            Event::Removed => Self { listing: Listing::Removed, ..self },
        };
        let access = match (self.standing().may_take_part(), next.standing().may_take_part()) {
            (true, false) => Access::Lost,
            (false, true) => Access::Regained,
            (true, true) | (false, false) => Access::Same,
        };
        // Whoever may take no part keeps no device.
        let enrolled = if next.standing().may_take_part() { next.enrolled } else { Enrolled::No };
        Ok(Step { person: Self { enrolled, ..next }, access })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOURCE: [Event; 4] = [Event::Seen, Event::WithoutAccess, Event::Gone, Event::Removed];
    const BY_HAND: [Event; 2] = [Event::Locked, Event::Unlocked];
    const ALL: [Event; 8] = [
        Event::Seen,
        Event::WithoutAccess,
        Event::Gone,
        Event::Locked,
        Event::Unlocked,
        Event::Enrolled,
        Event::Disenrolled,
        Event::Removed,
    ];

    /// What cannot happen changes nothing.
    fn after(person: Person, event: Event) -> Person {
        person.on(event).map_or(person, |step| step.person)
    }

    fn person() -> impl Strategy<Value = Person> {
        prop::collection::vec(prop::sample::select(&ALL[..]), 0..8)
            .prop_map(|events| events.into_iter().fold(Person::NEW, after))
    }

    proptest! {
        /// However many events come in whatever order: no device without access, none through a lock, none after removal.
        #[test]
        fn every_order_of_events_is_safe(events in prop::collection::vec(prop::sample::select(&ALL[..]), 0..40)) {
            let (mut person, mut locked, mut removed) = (Person::NEW, false, false);
            for event in events {
                let before = person;
                let step = person.on(event);
                person = after(person, event);
                if step.is_ok() {
                    locked = match event { Event::Locked => true, Event::Unlocked => false, _ => locked };
                    removed |= event == Event::Removed;
                }
                let takes_part = person.standing().may_take_part();
                prop_assert!(takes_part || person.enrolled == Enrolled::No, "a device without access");
                prop_assert!(!takes_part || !(locked || removed), "access through a lock or after removal");
                let was = before.standing().may_take_part();
                let access = step.map_or(Access::Same, |step| step.access);
                prop_assert_eq!(access == Access::Lost, was && !takes_part, "a loss is not told");
                prop_assert_eq!(access == Access::Regained, !was && takes_part, "a gain is not told");
            }
        }

        /// A source's events and an administrator's, each in their own order, end the same however they fall between each other.
        #[test]
        fn every_interleaving_ends_the_same(
            start in person(),
            of_source in prop::collection::vec(prop::sample::select(&SOURCE[..]), 0..6),
            by_hand in prop::collection::vec(prop::sample::select(&BY_HAND[..]), 0..6),
            order in prop::collection::vec(any::<bool>(), 12),
        ) {
            let apart = of_source.iter().chain(&by_hand).copied().fold(start, after);
            let (mut source, mut hand) = (of_source.iter().copied(), by_hand.iter().copied());
            let mut mixed = start;
            for source_first in order {
                let next = if source_first { source.next() } else { hand.next() };
                mixed = next.into_iter().fold(mixed, after);
            }
            mixed = source.chain(hand).fold(mixed, after);
            let has_access = |person: Person| person.standing().may_take_part();
            prop_assert_eq!(has_access(mixed), has_access(apart));
            if mixed.listing != Listing::Removed {
                prop_assert_eq!((mixed.listing, mixed.lock), (apart.listing, apart.lock));
            }
            if by_hand.last() == Some(&Event::Locked) {
                prop_assert!(!has_access(mixed), "a sync won over a lock");
            }
        }

        /// The same news twice is no news.
        #[test]
        fn a_source_may_repeat_itself(start in person(), event in prop::sample::select(&SOURCE[..])) {
            let once = after(start, event);
            prop_assert_eq!(after(once, event), once);
        }
    }

    #[test]
    fn however_a_source_takes_access_it_means_the_same() {
        let enrolled = after(Person::NEW, Event::Enrolled);
        assert_eq!(enrolled.standing(), Standing::Active);
        let gone = enrolled.on(Event::Gone);
        assert_eq!(gone, enrolled.on(Event::WithoutAccess));
        assert_eq!(gone.map(|step| (step.person.standing(), step.access)), Ok((Standing::Suspended, Access::Lost)));
    }
}

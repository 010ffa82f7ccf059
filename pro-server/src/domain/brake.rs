//! The brake: from how many people a plan takes something, and from how many it may. A mistake in a directory looks just like
//! everybody having left, so whoever is hit beyond the limits is hit only after somebody has looked at exactly that plan.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::time::DAY_MS;

use super::member::{Listing, Lock, Member};

/// How long what runs took from people counts against the next ones: ten small runs may not do what one may not.
pub const BRAKE_WINDOW_MS: u64 = DAY_MS;

/// When a run is too drastic to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Share of the listed people, 0 to 100.
    pub brake_percent: u8,
    /// A number of people that may always be hit.
    pub brake_minimum: u32,
}

/// The groups of which losing one takes something from a person: by which people are found, or which have rules of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Telling {
    Every,
    These(BTreeSet<Group>),
}

impl Telling {
    /// No group says anything about its people.
    pub const NONE: Self = Self::These(BTreeSet::new());

    fn holds(&self, group: &Group) -> bool {
        match self {
            Self::Every => true,
            Self::These(groups) => groups.contains(group),
        }
    }
}

/// What a plan is held against.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'a> {
    pub limits: Limits,
    /// What the policy in force makes of groups.
    pub telling: &'a Telling,
    /// People whom the runs of the last [`BRAKE_WINDOW_MS`] have hit, without those that somebody said yes to.
    pub spent: u64,
}

/// The people whom a plan takes something from, its blast radius. Who is locked has nothing to lose and is not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Blast {
    /// They lose access.
    pub access: u64,
    /// They keep it, but lose all their groups, or one by which they are found or have rules.
    pub groups: u64,
    /// Of all these, so many may be hit now.
    pub allowed: u64,
}

impl Blast {
    /// Everybody who is hit.
    pub const fn hit(&self) -> u64 {
        self.access.saturating_add(self.groups)
    }
}

/// The run is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Brake {
    /// The source showed nobody although people are listed.
    #[error(
        "the directory shows nobody, but {listed} people are listed; check base_dn, filter and the service account"
    )]
    Empty { listed: u64 },
    /// More people would be hit than the limits allow.
    #[error(
        "{hit} people would lose access or their groups, at most {allowed} may now, within 24 hours; if this is right, agree to exactly this plan by its digest"
    )]
    TooMany { hit: u64, allowed: u64 },
    /// Nobody can say whether those who are missing have left.
    #[error(
        "{hit} people would lose access or their groups, while some entries show neither id nor login, or a whole base shows nobody any more; if this is right, agree to exactly this plan by its digest"
    )]
    Doubtful { hit: u64 },
}

impl Brake {
    /// A stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty { .. } => "brake-empty",
            Self::TooMany { .. } => "brake",
            Self::Doubtful { .. } => "brake-doubtful",
        }
    }
}

impl Measure<'_> {
    /// Whether a person in the groups `before` loses something by being in `after`.
    pub(super) fn hits(&self, before: &BTreeSet<Group>, after: &BTreeSet<Group>) -> bool {
        (after.is_empty() && !before.is_empty()) || before.difference(after).any(|group| self.telling.holds(group))
    }

    /// How many may be hit now. What the last runs took counts: from the people as from the number.
    pub(super) fn allowed(&self, listed: u64) -> u64 {
        let base = listed.saturating_add(self.spent);
        let share = base.saturating_mul(u64::from(self.limits.brake_percent.min(100))) / 100;
        share.max(u64::from(self.limits.brake_minimum)).saturating_sub(self.spent)
    }
}

/// What a plan of `own` people does to them, where `gone` leave and `regrouped` are in other groups than before.
pub(super) fn blast<'m>(
    own: impl Iterator<Item = &'m Member>,
    gone: &[&Member],
    regrouped: impl Iterator<Item = (&'m Member, &'m BTreeSet<Group>)>,
    measure: Measure<'_>,
) -> Blast {
    let listed = own.filter(|member| member.may_take_part()).count() as u64;
    let access = gone.iter().filter(|member| member.lock == Lock::Open).count() as u64;
    let is_hit = |(member, after): &(&Member, &BTreeSet<Group>)| {
        member.may_take_part() && measure.hits(&member.profile.groups, after)
    };
    Blast { access, groups: regrouped.filter(is_hit).count() as u64, allowed: measure.allowed(listed) }
}

/// Why a plan does not go through by itself; `seen` are the people whom the source shows.
pub(super) fn braked<'m>(
    own: impl Iterator<Item = &'m Member>,
    seen: usize,
    gone: usize,
    blast: Blast,
) -> Option<Brake> {
    if seen == 0 && gone > 0 {
        let listed = own.filter(|member| member.listing == Listing::Listed && member.lock == Lock::Open).count();
        return Some(Brake::Empty { listed: listed as u64 });
    }
    (blast.hit() > blast.allowed).then_some(Brake::TooMany { hit: blast.hit(), allowed: blast.allowed })
}

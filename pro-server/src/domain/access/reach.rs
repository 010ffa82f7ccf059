//! Over whom a permission is: everybody, or the people of some groups. It must never grow on the way: what is put together of two
//! reaches no further than either.

use std::collections::BTreeSet;

use protocol::directory::Group;

/// Over whom something is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Everybody,
    /// Whoever is in one of these groups.
    Groups(BTreeSet<Group>),
}

impl Reach {
    /// Whether somebody of these groups is inside.
    pub fn holds(&self, groups: &BTreeSet<Group>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Groups(own) => !own.is_disjoint(groups),
        }
    }

    /// The groups that it ends at.
    pub fn groups(&self) -> Option<&BTreeSet<Group>> {
        match self {
            Self::Everybody => None,
            Self::Groups(own) => Some(own),
        }
    }

    /// Whoever is inside both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everybody, reach) | (reach, Self::Everybody) => reach.clone(),
            (Self::Groups(one), Self::Groups(other)) => Self::Groups(one & other),
        }
    }
}

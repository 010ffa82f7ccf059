//! Where a row may be set, and what is in force for one person: the most specific scope wins, a tie goes to the stricter, and what a
//! wider scope locked can only become stricter (docs/adr/0017). It must never depend on the order of layers.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use super::rows::PolicyKey;
use super::value::Value;
use super::{BadPolicy, Policy};
use crate::directory::Group;
use crate::ids::MemberId;

/// A kind of scope; a later one is more specific.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// Everybody.
    Organization,
    /// Whoever is in a group.
    Group,
    /// Guests.
    Guests,
    /// One person.
    Person,
}

/// A scope that is narrower than the organization. Whose it is is personal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Scope {
    /// Whoever is in this group.
    #[n(0)]
    Group(#[n(0)] Group),
    /// Guests. No version of the server has any yet, and none publishes such a layer.
    #[n(1)]
    Guests,
    /// This person.
    #[n(2)]
    Person(#[n(0)] MemberId),
}

impl Scope {
    /// Of which kind.
    pub const fn kind(&self) -> ScopeKind {
        match self {
            Self::Group(_) => ScopeKind::Group,
            Self::Guests => ScopeKind::Guests,
            Self::Person(_) => ScopeKind::Person,
        }
    }

    /// Whether it is about a colleague with these groups. Guests are nobody's colleagues.
    pub fn is_about(&self, member: MemberId, groups: &BTreeSet<Group>) -> bool {
        match self {
            Self::Group(group) => groups.contains(group),
            Self::Guests => false,
            Self::Person(person) => *person == member,
        }
    }
}

/// `group:NAME`, `guests`, `person:MEMBER-ID`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => write!(f, "group:{}", group.as_str()),
            Self::Guests => f.write_str("guests"),
            Self::Person(member) => write!(f, "person:{member}"),
        }
    }
}

impl FromStr for Scope {
    type Err = BadPolicy;

    fn from_str(text: &str) -> Result<Self, BadPolicy> {
        match text.split_once(':') {
            Some(("group", name)) => Group::parse(name).map(Self::Group).map_err(|_| BadPolicy::Scope),
            Some(("person", id)) => id.parse().map(Self::Person).map_err(|_| BadPolicy::Scope),
            None if text == "guests" => Ok(Self::Guests),
            Some(_) | None => Err(BadPolicy::Scope),
        }
    }
}

/// The rows that are set at one scope, and which of them are locked there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// What is set.
    pub policy: Policy,
    /// Rows that narrower scopes cannot loosen.
    pub locked: BTreeSet<PolicyKey>,
}

/// What is in force for somebody to whom exactly these layers apply.
pub fn effective(organization: &Rules, layers: &[(ScopeKind, &Rules)]) -> Policy {
    let mut policy = Policy::default();
    for key in PolicyKey::ALL.iter().copied() {
        if let Some(value) = in_force(key, organization, layers) {
            policy.put(key, value);
        }
    }
    policy
}

fn in_force(key: PolicyKey, organization: &Rules, layers: &[(ScopeKind, &Rules)]) -> Option<Value> {
    let kind = key.kind();
    let mut set = organization.policy.own(key).cloned();
    // What nothing narrower may loosen.
    let mut bound = organization.locked.contains(&key).then(|| organization.policy.at(key).clone());
    for scope in [ScopeKind::Group, ScopeKind::Guests, ScopeKind::Person] {
        let here =
            || layers.iter().filter(|(of, rules)| *of == scope && key.is_for(scope) && rules.policy.own(key).is_some());
        let values = here().filter_map(|(_, rules)| rules.policy.own(key)).cloned();
        let Some(value) = values.reduce(|a, b| kind.strictest(&a, &b)) else { continue };
        let value = bound.as_ref().map_or_else(|| value.clone(), |bound| kind.strictest(bound, &value));
        if here().any(|(_, rules)| rules.locked.contains(&key)) {
            bound = Some(value.clone());
        }
        set = Some(value);
    }
    set
}

//! Whether a change of the policy lets anybody do more than before. Pure, and careful: it may call a weakening what in the end
//! loosens nothing for anybody, but never the other way round.

use protocol::policy::{PolicyKey, Scope, ScopeKind, Value, Weakening};

use super::Settings;

/// A row that a draft weakens, and where; no scope is the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakened {
    pub scope: Option<Scope>,
    pub key: PolicyKey,
}

/// Every weakening in `draft`.
pub fn weakened(current: &Settings, draft: &Settings) -> Vec<Weakened> {
    PolicyKey::ALL.iter().flat_map(|key| Compared { key: *key, current, draft }.weakened()).collect()
}

/// The first row in which `draft` permits more than `current`, or has clients delete what people wrote. Such a change is for a
/// person to answer for, not for a program.
pub fn loosened(current: &Settings, draft: &Settings) -> Option<PolicyKey> {
    weakened(current, draft).first().map(|weakened| weakened.key)
}

struct Compared<'s> {
    key: PolicyKey,
    current: &'s Settings,
    draft: &'s Settings,
}

impl<'s> Compared<'s> {
    fn weakened(&self) -> Vec<Weakened> {
        let narrower = self.current.layers.keys().chain(self.draft.layers.keys());
        let mut scopes: Vec<Option<&'s Scope>> = std::iter::once(None).chain(narrower.map(Some)).collect();
        scopes.sort_unstable();
        scopes.dedup();
        let key = self.key;
        let weaker = scopes.into_iter().filter(|scope| self.is_weaker_at(*scope));
        weaker.map(|scope| Weakened { scope: scope.cloned(), key }).collect()
    }

    fn own(&self, settings: &'s Settings, scope: Option<&Scope>) -> Option<&'s Value> {
        settings.at(scope).and_then(|rules| rules.policy.own(self.key))
    }

    fn is_weaker_at(&self, scope: Option<&'s Scope>) -> bool {
        let (before, after) = (self.own(self.current, scope), self.own(self.draft, scope));
        if self.key.row().weakening == Weakening::EitherWay {
            let value = |value: Option<&Value>| match scope {
                None => Some(value.unwrap_or(&self.key.row().default).clone()),
                Some(_) => value.cloned(),
            };
            return value(before) != value(after) || self.binds_otherwise(scope);
        }
        self.is_unlocked(scope) || self.is_looser(scope, before, after)
    }

    fn is_looser(&self, scope: Option<&'s Scope>, before: Option<&Value>, after: Option<&Value>) -> bool {
        let is_as_strict = |a: &Value, b: &Value| self.key.kind().is_as_strict(a, b);
        let Some(scope) = scope else {
            let default = &self.key.row().default;
            return !is_as_strict(after.unwrap_or(default), before.unwrap_or(default));
        };
        match (before, after) {
            (None, None) => false,
            (Some(before), Some(after)) => !is_as_strict(after, before),
            // It takes the place of something wider …
            (None, Some(after)) => self.beside(self.current, scope).any(|wider| !is_as_strict(after, wider)),
            // … or something wider takes its place.
            (Some(before), None) => self.beside(self.draft, scope).any(|wider| !is_as_strict(wider, before)),
        }
    }

    /// What may be in force for somebody for whom a scope says nothing: what everybody has, and what other groups say.
    fn beside(&self, settings: &'s Settings, scope: &'s Scope) -> impl Iterator<Item = &'s Value> {
        let groups =
            settings.layers.iter().filter(move |(other, _)| *other != scope && other.kind() < ScopeKind::Person);
        let groups = groups.filter_map(|(_, rules)| rules.policy.own(self.key));
        groups.chain([settings.organization.policy.at(self.key)])
    }

    fn is_locked(&self, settings: &Settings, scope: Option<&Scope>) -> bool {
        settings.at(scope).is_some_and(|rules| rules.locked.contains(&self.key))
    }

    /// Whether something narrower stands there.
    fn has_narrower(&self, scope: Option<&Scope>) -> bool {
        let kind = |scope: Option<&Scope>| scope.map_or(ScopeKind::Organization, Scope::kind);
        self.draft.set_for(self.key).any(|(other, _)| kind(other) > kind(scope))
    }

    /// A lock is gone under which something narrower stands.
    fn is_unlocked(&self, scope: Option<&Scope>) -> bool {
        self.is_locked(self.current, scope) && !self.is_locked(self.draft, scope) && self.has_narrower(scope)
    }

    /// A lock came or went over something narrower, which says something else by that alone.
    fn binds_otherwise(&self, scope: Option<&Scope>) -> bool {
        self.is_locked(self.current, scope) != self.is_locked(self.draft, scope) && self.has_narrower(scope)
    }
}

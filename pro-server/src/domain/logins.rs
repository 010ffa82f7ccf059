//! Who gets which login when a directory changes. A login is never given to two, and never moves to a newcomer by a guess.

use std::collections::BTreeMap;

use super::member::{ExternalId, Login};

/// Somebody who has a login before the run.
pub(super) struct Holder<'a> {
    pub(super) now: &'a Login,
    /// The own entry and the login that it asks for; none if the login stands whatever the run shows.
    pub(super) wants: Option<(&'a ExternalId, &'a Login)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim<'a> {
    /// Somebody whose login stands.
    Fixed,
    Entry(&'a ExternalId),
    Disputed,
}

/// The entries that get the login they ask for. A holder whose entry still has the login keeps it; of several newcomers
/// none gets it; a holder who does not get a new login keeps the old one, and whoever hoped for that one goes without.
pub(super) fn settle<'a>(
    holders: &[Holder<'a>],
    entries: impl Iterator<Item = (&'a ExternalId, &'a Login)> + Clone,
) -> Vec<&'a ExternalId> {
    let mut claims: BTreeMap<&Login, Claim<'a>> = BTreeMap::new();
    for (id, login) in entries.clone() {
        claims.entry(login).and_modify(|claim| *claim = Claim::Disputed).or_insert(Claim::Entry(id));
    }
    for holder in holders {
        match holder.wants {
            None => claims.insert(holder.now, Claim::Fixed),
            Some((id, login)) if login == holder.now => claims.insert(login, Claim::Entry(id)),
            Some(_) => None,
        };
    }

    let movers: BTreeMap<&ExternalId, &Holder<'a>> =
        holders.iter().filter_map(|holder| holder.wants.map(|(id, _)| (id, holder))).collect();
    let loses = |claims: &BTreeMap<&Login, Claim<'a>>, id: &ExternalId, login: &Login| {
        claims.get(login).is_none_or(|claim| *claim != Claim::Entry(id))
    };
    let mut stuck: Vec<&Holder<'a>> = movers
        .values()
        .filter(|holder| holder.wants.is_some_and(|(id, login)| loses(&claims, id, login)))
        .copied()
        .collect();
    // Each step fixes one more login, so this ends.
    while let Some(holder) = stuck.pop() {
        if let Some(Claim::Entry(displaced)) = claims.insert(holder.now, Claim::Fixed) {
            stuck.extend(movers.get(displaced).copied());
        }
    }
    entries.filter(|(id, login)| !loses(&claims, id, login)).map(|(id, _)| id).collect()
}

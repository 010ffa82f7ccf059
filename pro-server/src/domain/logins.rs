//! Who gets which login when a directory changes. A login is never given to two, and never moves to a newcomer by a guess.

use std::collections::HashMap;

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

/// The entries that do not get the login they ask for. A holder whose entry still has the login keeps it; of several newcomers
/// none gets it; a holder who does not get a new login keeps the old one, and whoever hoped for that one goes without.
/// `entries` are those that ask for another login than they have; nobody is a holder twice, and no login is held twice.
pub(super) fn losers<'a>(
    holders: &[Holder<'a>],
    entries: impl Iterator<Item = (&'a ExternalId, &'a Login)> + Clone,
) -> Vec<&'a ExternalId> {
    let mut claims: HashMap<&Login, Claim<'a>> = HashMap::new();
    for (id, login) in entries.clone() {
        claims.entry(login).and_modify(|claim| *claim = Claim::Disputed).or_insert(Claim::Entry(id));
    }
    if claims.is_empty() {
        return Vec::new();
    }
    for holder in holders {
        let stays = holder.wants.is_none_or(|(_, login)| login == holder.now);
        if let Some(claim) = claims.get_mut(holder.now).filter(|_| stays) {
            *claim = Claim::Fixed;
        }
    }

    let loses = |claims: &HashMap<&Login, Claim<'a>>, id: &ExternalId, login: &Login| {
        claims.get(login).is_none_or(|claim| *claim != Claim::Entry(id))
    };
    let moves = |holder: &Holder<'a>| holder.wants.filter(|(_, login)| *login != holder.now);
    let is_stuck = |holder: &&Holder<'a>| moves(holder).is_some_and(|(id, login)| loses(&claims, id, login));
    let mut stuck: Vec<&Holder<'a>> = holders.iter().filter(is_stuck).collect();
    // Each step fixes one more login, so this ends.
    if !stuck.is_empty() {
        let movers = holders.iter().filter_map(|holder| moves(holder).map(|(id, _)| (id, holder)));
        let movers: HashMap<&ExternalId, &Holder<'a>> = movers.collect();
        while let Some(holder) = stuck.pop() {
            if let Some(Claim::Entry(displaced)) = claims.insert(holder.now, Claim::Fixed) {
                stuck.extend(movers.get(displaced).copied());
            }
        }
    }
    entries.filter(|(id, login)| loses(&claims, id, login)).map(|(id, _)| id).collect()
}

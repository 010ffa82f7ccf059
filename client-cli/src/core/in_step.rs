//! What becomes of a group when the directory answers: who goes, who comes, and when nothing is changed. Pure. It must never take a part
//! of an answer for the whole, empty a group on the directory's word alone, or bring somebody back who left by their own.
//! Source: `protocol/spec/roster.md` §5.

use std::collections::BTreeSet;

use protocol::directory::{DirectoryGroup, GroupPeople};
use protocol::ids::MemberId;
use protocol::limits::ROSTER_MEMBERS_MAX;
use protocol::roster::{Roster, RosterChange};

/// What was heard, and what is known beside it.
pub struct Heard<'a> {
    /// Our own person.
    pub me: MemberId,
    /// The groups of the directory that they are in.
    pub groups: &'a [DirectoryGroup],
    /// They were in the right one since they hold the pen.
    pub was_in: bool,
    /// Whose removal somebody confirmed.
    pub confirmed: &'a BTreeSet<MemberId>,
    /// `group.max_members`.
    pub members_max: usize,
    /// Whether a person has a device that counts, and may be dealt with.
    pub is_ready: &'a dyn Fn(MemberId) -> bool,
    /// Who has left the organization.
    pub has_ended: &'a dyn Fn(MemberId) -> bool,
}

/// What the pen-holder's device does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// These changes, in this order; perhaps none.
    Keep {
        /// Removals first.
        changes: Vec<RosterChange>,
        /// People who are still to come: without a device, or without room.
        waiting: usize,
    },
    /// Nothing, before somebody confirms that these go: they are more than half of the members.
    Hold(BTreeSet<MemberId>),
    /// Our own person is not in the directory's group any more: the next in line takes the pen, and goes on.
    HandOn(MemberId),
    /// Nothing.
    LeaveAlone(Reason),
}

/// Why the directory's answer changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Our own person is not in its group, and nobody takes the pen.
    NotOurs,
    /// More people are in it than a group holds.
    TooMany,
    /// Some are in it whom our person may not see.
    Hidden,
}

/// What to do; `None` where it is not ours to do.
pub fn plan(roster: &Roster, heard: &Heard<'_>) -> Option<Plan> {
    let name = roster.directory()?;
    if roster.pen() != heard.me && roster.successor(heard.has_ended) != Some(heard.me) {
        return None;
    }
    let told = heard.groups.iter().find(|group| group.name == *name).map(|group| &group.people);
    Some(match told {
        Some(GroupPeople::All(people)) => keep(roster, people, heard),
        Some(GroupPeople::TooMany) => Plan::LeaveAlone(Reason::TooMany),
        Some(GroupPeople::Hidden) => Plan::LeaveAlone(Reason::Hidden),
        // A group that was renamed or deleted is nobody's: the pen does not go through all hands.
        None => match roster.heir(heard.has_ended).filter(|_| heard.was_in) {
            Some(heir) => Plan::HandOn(heir),
            None => Plan::LeaveAlone(Reason::NotOurs),
        },
    })
}

fn keep(roster: &Roster, people: &[MemberId], heard: &Heard<'_>) -> Plan {
    let told: BTreeSet<MemberId> = people.iter().copied().chain([heard.me]).collect();
    let present: BTreeSet<MemberId> = roster.members().collect();
    let departing: BTreeSet<MemberId> = roster.departing().collect();
    let gone: BTreeSet<MemberId> = present.difference(&told).copied().collect();
    if gone.len() * 2 > present.len() && !gone.is_subset(heard.confirmed) {
        return Plan::Hold(gone);
    }
    let is_new = |member: &MemberId| !departing.contains(member) && !roster.has_left(*member);
    let new: Vec<MemberId> = told.difference(&present).copied().filter(is_new).collect();
    let stay = (present.len() + departing.len()).saturating_sub(gone.len());
    let room = heard.members_max.min(ROSTER_MEMBERS_MAX).saturating_sub(stay);
    let ready = new.iter().copied().filter(|member| (heard.is_ready)(*member));
    let added: Vec<MemberId> = ready.take(room).collect();
    let waiting = new.len().saturating_sub(added.len());
    let removed = gone.into_iter().map(|member| RosterChange::Remove { member });
    let changes = removed.chain(added.into_iter().map(|member| RosterChange::Add { member })).collect();
    Plan::Keep { changes, waiting }
}

#[cfg(test)]
mod tests;

//! Whether administrators and programs are still called what the audit holds: their names stand in rows that nobody signs, so an entry
//! commits to each. It must never carry a name.

use std::collections::BTreeMap;

use protocol::audit::{AuditEntry, AuditEvent};
use protocol::ids::Hash32;

use super::finding::Finding;
use super::parties::Parties;

/// By pseudonym: the entry that recorded the name, and what it holds.
#[derive(Default)]
pub(super) struct Names(BTreeMap<[u8; 16], (u64, Hash32)>);

impl Names {
    /// The next entry may record one. A name never changes.
    pub(super) fn entry(&mut self, index: u64, entry: &AuditEntry) -> Option<Finding> {
        let (AuditEvent::PartyNamed { commitment }, Some(subject)) = (&entry.event, &entry.subject) else {
            return None;
        };
        let (_, before) = self.0.entry(subject.pseudonym).or_insert((index, *commitment));
        (before != commitment).then_some(Finding::PartyName { index })
    }

    /// What the rows say of them now.
    pub(super) fn finish<'s>(&'s self, parties: &'s Parties) -> impl Iterator<Item = Finding> + 's {
        let is_other = |pseudonym: &[u8; 16], commitment| parties.is_called(*pseudonym, commitment) == Some(false);
        let others = self.0.iter().filter(move |(pseudonym, (_, commitment))| is_other(pseudonym, *commitment));
        others.map(|(_, (index, _))| Finding::PartyName { index: *index })
    }
}

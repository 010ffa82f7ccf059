//! Whether the keys of the parties are those that the entries need: none changed, none added, none gone but by an erasure that the
//! audit tells of, none back after one.

use std::collections::{BTreeMap, BTreeSet};

use protocol::audit::{AuditEntry, AuditEvent, Party, PartyKey, SealedParty, name_commitment};
use protocol::codec;
use protocol::ids::Hash32;
use protocol::secret::Personal;

use super::finding::Finding;

/// A row: the party as encoded, and its key.
pub struct KnownParty {
    pub party: Vec<u8>,
    pub key: PartyKey,
}

/// All rows by pseudonym, and what entries said of them.
#[derive(Default)]
pub struct Parties {
    rows: BTreeMap<[u8; 16], KnownParty>,
    used: BTreeSet<[u8; 16]>,
    /// Without a row, with the first entry that names them.
    gone: BTreeMap<[u8; 16], u64>,
    /// Of whom an entry says that their key was destroyed.
    erased: BTreeSet<[u8; 16]>,
    /// What the rows of administrators and programs say, by the encoding of the party; none if nobody has read them.
    names: Option<BTreeMap<Vec<u8>, Personal<String>>>,
    /// Erasures that do not say of whom, as earlier programs wrote them.
    unnamed_erasures: u64,
}

impl Parties {
    pub fn new(rows: impl IntoIterator<Item = ([u8; 16], KnownParty)>) -> Self {
        Self { rows: rows.into_iter().collect(), ..Self::default() }
    }

    /// And what administrators and programs are called, by the encoding of the party.
    pub fn named(self, names: BTreeMap<Vec<u8>, Personal<String>>) -> Self {
        Self { names: Some(names), ..self }
    }

    /// Whether the party has the name that this commits to; nothing if it cannot be known, as after an erasure.
    pub(super) fn is_called(&self, pseudonym: [u8; 16], commitment: Hash32) -> Option<bool> {
        let (row, names) = (self.rows.get(&pseudonym)?, self.names.as_ref()?);
        let Ok(party) = minicbor::decode::<Party>(&row.party) else { return Some(false) };
        let name = names.get(&row.party);
        Some(name.is_some_and(|name| name_commitment(&row.key, &party, name.expose()) == commitment))
    }

    /// The next entry names these.
    pub(super) fn entry(&mut self, index: u64, entry: &AuditEntry) -> Option<Finding> {
        match &entry.event {
            AuditEvent::PartyErased { pseudonym: None } => self.unnamed_erasures += 1,
            AuditEvent::PartyErased { pseudonym }
            | AuditEvent::PersonErased { pseudonym, .. }
            | AuditEvent::AdministratorErased { pseudonym, .. } => {
                self.erased.extend(pseudonym.map(|name| *name.as_bytes()));
            }
            _ => {}
        }
        let sealed = entry.subject.iter().chain([&entry.actor]);
        // No short circuit: each is noted.
        sealed.filter_map(|sealed| self.party(index, sealed)).last()
    }

    fn party(&mut self, index: u64, sealed: &SealedParty) -> Option<Finding> {
        if !self.used.insert(sealed.pseudonym) {
            return None;
        }
        let Some(row) = self.rows.get(&sealed.pseudonym) else {
            self.gone.insert(sealed.pseudonym, index);
            return None;
        };
        let is_same = sealed.open(&row.key).is_ok_and(|party| codec::encode(&party) == row.party);
        if is_same { None } else { Some(Finding::PartyKey { index }) }
    }

    pub(super) fn finish(&self) -> impl Iterator<Item = Finding> {
        let unexplained: Vec<u64> =
            self.gone.iter().filter(|(name, _)| !self.erased.contains(*name)).map(|(_, index)| *index).collect();
        let count = (unexplained.len() as u64).saturating_sub(self.unnamed_erasures);
        let index = unexplained.into_iter().min().unwrap_or_default();
        let gone = (count > 0).then_some(Finding::PartyKeysGone { index, count });
        let foreign = self.rows.keys().filter(|name| !self.used.contains(*name)).count() as u64;
        let foreign = (foreign > 0).then_some(Finding::PartyKeysForeign { count: foreign });
        let back = self.rows.keys().filter(|name| self.erased.contains(*name)).count() as u64;
        let back = (back > 0).then_some(Finding::PartyKeysBack { count: back });
        gone.into_iter().chain(foreign).chain(back)
    }
}

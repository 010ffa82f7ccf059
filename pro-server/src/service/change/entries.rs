//! Entries of the audit, each with its subject and its actor sealed under keys of their own. A change asks once by what the audit names
//! somebody. It must never go on naming a party whose key it has destroyed by what that party was called before.

use std::collections::BTreeMap;

use protocol::audit::{AuditEntry, AuditEvent, Party, PartyKey, SealedParty};
use protocol::codec;
use protocol::ids::MemberId;
use protocol::tlog::leaf_hash;

use super::Change;
use crate::storage::audit::PartyRow;
use crate::storage::{self, StorageError};

/// What is stored of parties, by their encoding; none of whom the audit does not name.
#[derive(Default)]
pub(super) struct Parties(BTreeMap<Vec<u8>, Option<PartyRow>>);

impl Change<'_> {
    /// Appends an event about a person to the audit.
    pub(in crate::service) async fn audit(
        &mut self,
        event: AuditEvent,
        subject: Option<MemberId>,
        actor: &Party,
    ) -> Result<(), StorageError> {
        self.audit_about(event, subject.map(Party::Member).as_ref(), actor).await
    }

    /// Appends an event to the audit.
    pub(in crate::service) async fn audit_about(
        &mut self,
        event: AuditEvent,
        subject: Option<&Party>,
        actor: &Party,
    ) -> Result<(), StorageError> {
        self.look_up(subject.into_iter().chain([actor])).await?;
        let subject = match subject {
            Some(party) => Some(self.seal(party).await?),
            None => None,
        };
        let actor = self.seal(actor).await?;
        let entry = codec::encode(&AuditEntry { at: self.now, event, subject, actor });
        let hash = leaf_hash(&entry);
        let position = self.turn.trees.audit.append_hash(hash);
        self.entries += 1;
        storage::audit::append(&mut self.tx, position, &entry, hash).await
    }

    pub(in crate::service) async fn seal(&mut self, party: &Party) -> Result<SealedParty, StorageError> {
        let row = self.party(party).await?;
        Ok(SealedParty::seal(party, row.pseudonym, &row.key, &mut self.inner.ambient.rng()))
    }

    /// By what the audit names a party, from now on if not before.
    pub(super) async fn party(&mut self, party: &Party) -> Result<PartyRow, StorageError> {
        self.look_up([party]).await?;
        let encoded = codec::encode(party);
        if let Some(Some(row)) = self.parties.0.get(&encoded) {
            return Ok(row.clone());
        }
        let ambient = &self.inner.ambient;
        let row = PartyRow { pseudonym: ambient.bytes(), key: PartyKey::new(ambient.bytes()) };
        storage::audit::put_party(&mut self.tx, &encoded, &row).await?;
        self.parties.0.insert(encoded, Some(row.clone()));
        Ok(row)
    }

    /// Reads what is stored of those whom this change has not asked for, all at once.
    async fn look_up<'p>(&mut self, parties: impl IntoIterator<Item = &'p Party>) -> Result<(), StorageError> {
        let mut unknown: Vec<Vec<u8>> = parties.into_iter().map(codec::encode).collect();
        unknown.retain(|party| !self.parties.0.contains_key(party));
        let found = storage::audit::parties_among(&mut self.tx, &unknown).await?;
        self.parties.0.extend(unknown.into_iter().map(|party| (party, None)));
        self.parties.0.extend(found.into_iter().map(|(party, row)| (party, Some(row))));
        Ok(())
    }

    /// Destroys the key of a party, given by its encoding; entries made later name it by a pseudonym of their own.
    pub(in crate::service) async fn erase_party(&mut self, party: &[u8]) -> Result<(), StorageError> {
        self.parties.0.remove(party);
        storage::audit::erase_party(&mut self.tx, party).await
    }
}

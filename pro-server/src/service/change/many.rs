//! The parts of a change that come many at a time: leaves, and audit entries about people whom the audit has never named. They
//! stand as if each had been appended by itself.

use protocol::audit::{AuditEntry, AuditEvent, Party, PartyKey, SealedParty};
use protocol::codec;
use protocol::tlog::{Leaf, leaf_hash};

use super::Change;
use crate::storage::audit::PartyRow;
use crate::storage::{self, StorageError};

impl Change<'_> {
    /// Appends leaves to the directory log.
    pub(in crate::service) async fn leaves(&mut self, leaves: &[Leaf]) -> Result<(), StorageError> {
        let first = self.turn.trees.log.size();
        let mut rows = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let bytes = leaf.to_bytes();
            let hash = leaf_hash(&bytes);
            self.turn.trees.log.append_hash(hash);
            rows.push((bytes, hash));
        }
        storage::log::append_all(&mut self.tx, first, &rows).await?;
        self.leaves.extend(rows.into_iter().map(|(bytes, _)| bytes));
        Ok(())
    }

    /// Appends the same event to the audit about each of these parties, none of whom it has ever named.
    pub(in crate::service) async fn audit_new(
        &mut self,
        event: &AuditEvent,
        subjects: &[Party],
        actor: &Party,
    ) -> Result<(), StorageError> {
        let acting = self.party(actor).await?;
        let first = self.turn.trees.audit.size();
        let (mut parties, mut rows) = (Vec::with_capacity(subjects.len()), Vec::with_capacity(subjects.len()));
        for subject in subjects {
            let ambient = &self.inner.ambient;
            let named = PartyRow { pseudonym: ambient.bytes(), key: PartyKey::new(ambient.bytes()) };
            let mut rng = ambient.rng();
            let subject_sealed = SealedParty::seal(subject, named.pseudonym, &named.key, &mut rng);
            let actor = SealedParty::seal(actor, acting.pseudonym, &acting.key, &mut rng);
            let entry = AuditEntry { at: self.now, event: event.clone(), subject: Some(subject_sealed), actor };
            let entry = codec::encode(&entry);
            let hash = leaf_hash(&entry);
            self.turn.trees.audit.append_hash(hash);
            parties.push((codec::encode(subject), named));
            rows.push((entry, hash));
        }
        storage::audit::put_parties(&mut self.tx, &parties).await?;
        storage::audit::append_all(&mut self.tx, first, &rows).await?;
        self.entries = self.entries.saturating_add(rows.len() as u64);
        Ok(())
    }
}

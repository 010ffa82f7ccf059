//! Names of administrators and programs in the audit: an entry holds a name to what it was and does not tell it. Who is blamed for an act
//! would else depend on a row that anybody who writes the database can change.

use protocol::audit::{AuditEvent, Party, name_commitment};

use crate::storage::{StorageError, administrator, integration};

use super::Change;

impl Change<'_> {
    /// Records the name of an administrator or a program.
    pub(in crate::service) async fn audit_name(
        &mut self,
        of: &Party,
        name: &str,
        actor: &Party,
    ) -> Result<(), StorageError> {
        let key = self.party(of).await?.key;
        let event = AuditEvent::PartyNamed { commitment: name_commitment(&key, of, name) };
        self.audit_about(event, Some(of), actor).await?;
        match of {
            Party::Administrator(id) => administrator::set_recorded(&mut self.tx, *id).await,
            Party::Integration(id) => integration::set_recorded(&mut self.tx, *id).await,
            Party::Member(_) | Party::LocalAdministrator { .. } | Party::Server => Ok(()),
        }
    }

    /// Records every name that was there before names were recorded.
    pub(in crate::service) async fn audit_names_of_before(&mut self) -> Result<(), StorageError> {
        let administrators = administrator::unrecorded_names(&mut self.tx).await?;
        let administrators = administrators.into_iter().map(|(id, name)| (Party::Administrator(id), name));
        let programs = integration::unrecorded_names(&mut self.tx).await?;
        let programs = programs.into_iter().map(|(id, name)| (Party::Integration(id), name));
        for (party, name) in administrators.chain(programs) {
            self.audit_name(&party, name.expose(), &Party::Server).await?;
        }
        Ok(())
    }
}

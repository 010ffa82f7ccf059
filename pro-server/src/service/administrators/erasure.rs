//! Erasing an administrator who was removed: the name goes, and the key under which the audit names them. It must never touch an account
//! that can still be used: whoever acts is named.

use protocol::audit::{AuditEvent, Party};
use protocol::codec;
use protocol::ids::{AdministratorId, Pseudonym};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::access::{AuditErase, Grant};
use crate::domain::approval::Act;
use crate::domain::member::Login;
use crate::service::erasure::Copies;
use crate::service::{Fault, ServiceError, Services, Thing};
use crate::storage::{self, Tx, administrator, approval, sign_in_link};

use super::Named;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedAdministrator {
    pub id: AdministratorId,
    /// Under which the audit named the administrator, if it did.
    pub pseudonym: Option<Pseudonym>,
    pub copies: Copies,
}

/// An administrator who was removed and can be erased.
#[derive(Debug, Clone)]
pub struct RemovedAdministrator {
    pub id: AdministratorId,
    pub name: Personal<String>,
    pub removed: Timestamp,
}

impl Services {
    /// Those whom [`Services::erase_administrator`] erases, the last one who was removed first.
    pub async fn removed_administrators(
        &self,
        _: &Grant<AuditErase>,
    ) -> Result<Vec<RemovedAdministrator>, ServiceError> {
        let rows = administrator::removed(&mut self.inner.storage.read().await?).await?;
        let view = |(id, name, removed)| RemovedAdministrator { id, name, removed };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Erases an administrator who was removed, by name or id; of several removed ones with one name, the one who was removed first. It
    /// returns when the files of the database hold nothing of them; should that fail, it is done later.
    pub async fn erase_administrator(
        &self,
        grant: &Grant<AuditErase>,
        whom: Named<'_>,
    ) -> Result<ErasedAdministrator, ServiceError> {
        let alone = self.no_copy_under_way().await?;
        let copies = self.copies(None).await?;
        let mut change = self.inner.change().await?;
        let id = erasable(&mut change.tx, whom).await?;
        let mut change = self.gate(change, grant, Act::EraseAdministrator(id)).await?;
        administrator::forget(&mut change.tx, id).await?;
        sign_in_link::remove_administrator(&mut change.tx, id).await?;
        approval::forget_administrator(&mut change.tx, id).await?;
        let party = codec::encode(&Party::Administrator(id));
        let known = storage::audit::party(&mut change.tx, &party).await?;
        if known.is_some() {
            change.erase_party(&party).await?;
        }
        let pseudonym = known.map(|row| Pseudonym::from_bytes(row.pseudonym));
        let event = AuditEvent::AdministratorErased { pseudonym, backups: copies.backup_count };
        change.audit(event, None, grant.actor()).await?;
        let decided = change.erasure_decided().await?;
        self.carry_out_erasure(Some(decided), alone).await?;
        Ok(ErasedAdministrator { id, pseudonym, copies })
    }
}

/// Whoever can still act is removed first; whoever has no name any more is erased.
async fn erasable(tx: &mut Tx, whom: Named<'_>) -> Result<AdministratorId, ServiceError> {
    let missing = ServiceError::Missing(Thing::Administrator);
    match whom {
        Named::Id(id) => match administrator::find(tx, id).await? {
            Some(row) if row.removed.is_none() => Err(Fault::TakesPart.into()),
            Some(row) if row.name.is_some() => Ok(id),
            Some(_) | None => Err(missing),
        },
        Named::Name(name) => {
            let Ok(name) = Login::parse(name) else { return Err(missing) };
            match administrator::removed_of_name(tx, &name).await?.first() {
                Some(id) => Ok(*id),
                None if administrator::find_name(tx, &name).await?.is_some() => Err(Fault::TakesPart.into()),
                None => Err(missing),
            }
        }
    }
}

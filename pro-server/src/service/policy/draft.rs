//! The draft: one for the organization, kept until it is published or discarded. It changes nothing for anybody.

use protocol::audit::SealedParty;
use protocol::codec;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PolicyRules, PolicyWrite};
use crate::domain::policy::Settings;
use crate::service::audit::{Names, PartyView};
use crate::service::{ServiceError, Services};
use crate::storage::policy::DraftRow;
use crate::storage::{self, StorageError};

/// The draft as an administrator sees it.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// The version that it was made from.
    pub version: u64,
    pub settings: Settings,
    /// Who changed it last.
    pub by: Option<PartyView>,
    pub changed: Timestamp,
}

impl Services {
    /// The draft, if there is one.
    pub async fn policy_draft(&self, _: &Grant<PolicyRules>) -> Result<Option<DraftView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let Some(row) = storage::policy::draft(&mut tx).await? else { return Ok(None) };
        let damaged = StorageError::Corrupt { table: "policy_draft", column: "settings" };
        let settings = Settings::from_bytes(&row.settings).ok_or(damaged)?;
        let by = match codec::decode::<SealedParty>(&row.actor) {
            Ok(sealed) => Some(Names::default().of(&mut tx, &sealed).await?),
            Err(_) => None,
        };
        Ok(Some(DraftView { version: row.version, settings, by, changed: row.changed }))
    }

    /// Keeps a draft that was made from version `version`, in the place of another one.
    pub async fn keep_policy_draft(
        &self,
        grant: &Grant<PolicyWrite>,
        settings: Settings,
        version: u64,
    ) -> Result<(), ServiceError> {
        let settings = settings.tidied();
        self.check_policy(grant, &settings, version)?;
        let mut change = self.inner.change().await?;
        let actor = codec::encode(&change.seal(grant.actor()).await?);
        let row = DraftRow { version, settings: settings.to_bytes(), actor, changed: change.now };
        storage::policy::put_draft(&mut change.tx, &row).await?;
        Ok(change.set_aside().await?)
    }

    /// Forgets the draft, if there is one.
    pub async fn discard_policy_draft(&self, _: &Grant<PolicyWrite>) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        storage::policy::discard_draft(&mut change.tx).await?;
        Ok(change.set_aside().await?)
    }
}

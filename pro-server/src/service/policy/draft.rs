//! The draft: one for the organization, kept until it is published or discarded. It changes nothing for anybody.

use protocol::audit::{Party, SealedParty};
use protocol::codec;
use protocol::policy::PolicyDocument;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PolicyRules, PolicyWrite};
use crate::domain::policy::{Settings, check};
use crate::service::audit::{Names, PartyView, party_view};
use crate::service::{Clash, ServiceError, Services, Thing};
use crate::storage::policy::DraftRow;
use crate::storage::{self, StorageError};

use super::{caught_up, may_publish, refused};

/// The draft as an administrator sees it.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// The version that it was made from.
    pub version: u64,
    /// Names exactly this state of it.
    pub mark: String,
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
        let by = match (codec::decode::<Party>(&row.actor), codec::decode::<SealedParty>(&row.actor)) {
            (Ok(party), _) => Some(party_view(&mut tx, Some(party), [0; 16]).await?),
            // As earlier programs kept it.
            (Err(_), Ok(sealed)) => Some(Names::default().of(&mut tx, &sealed).await?),
            (Err(_), Err(_)) => None,
        };
        Ok(Some(DraftView { version: row.version, mark: row.mark(), settings, by, changed: row.changed }))
    }

    /// Keeps a draft that was made from version `version`, in the place of the one with this mark, or of none. Whoever changed
    /// another state of the draft than the present one would undo what somebody else did meanwhile.
    pub async fn keep_policy_draft(
        &self,
        grant: &Grant<PolicyWrite>,
        settings: Settings,
        version: u64,
        over: Option<&str>,
    ) -> Result<(), ServiceError> {
        let settings = settings.tidied();
        let mut change = self.inner.change().await?;
        let published = self.published();
        let version = caught_up(&mut change.tx, &published, version).await?;
        may_publish(grant, &published.settings(), &settings)?;
        check(&published.policy, version, &settings, change.now).map_err(refused)?;
        let present = storage::policy::draft(&mut change.tx).await?.map(|row| row.mark());
        if present.as_deref() != over {
            return Err(Clash::Stale.into());
        }
        // An id that names no person, and goes with the draft. The audit's own name for it comes with the first entry.
        let actor = codec::encode(grant.actor());
        let row = DraftRow { version, settings: settings.to_bytes(), actor, changed: change.now };
        storage::policy::put_draft(&mut change.tx, &row).await?;
        Ok(change.set_aside().await?)
    }

    /// Publishes the draft, if it is still the one with this mark: exactly what was looked at.
    pub async fn publish_policy_draft(
        &self,
        grant: &Grant<PolicyWrite>,
        mark: &str,
    ) -> Result<PolicyDocument, ServiceError> {
        let row = storage::policy::draft(&mut self.inner.storage.read().await?).await?;
        let row = row.ok_or(ServiceError::Missing(Thing::Policy))?;
        if row.mark() != mark {
            return Err(Clash::Stale.into());
        }
        let damaged = StorageError::Corrupt { table: "policy_draft", column: "settings" };
        let settings = Settings::from_bytes(&row.settings).ok_or(damaged)?;
        self.publish_policy(grant, settings, row.version).await
    }

    /// Forgets the draft, if there is one.
    pub async fn discard_policy_draft(&self, _: &Grant<PolicyWrite>) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        storage::policy::discard_draft(&mut change.tx).await?;
        Ok(change.set_aside().await?)
    }
}

//! The draft: one for the organization, and one for whoever sets the rules of some groups alone, which says nothing of what is beyond
//! them. Kept until it is published or discarded; it changes nothing for anybody.

use protocol::audit::{Party, SealedParty};
use protocol::codec;
use protocol::policy::PolicyDocument;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PolicyRules, PolicyWrite, Reach};
use crate::domain::policy::{Settings, check};
use crate::service::audit::{Names, PartyView, party_view};
use crate::service::{Clash, ServiceError, Services, Thing};
use crate::storage::policy::{DraftId, DraftRow};
use crate::storage::{self, StorageError, Tx};

use super::{caught_up, is_of_now, may_draft, refused};

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

/// What a draft says.
fn said(row: &DraftRow) -> Result<Settings, StorageError> {
    let damaged = StorageError::Corrupt { table: "policy_draft", column: "settings" };
    Settings::from_bytes(&row.settings).ok_or(damaged)
}

impl Services {
    /// The draft within reach, if there is one. One for some groups that says what is in force has done its work.
    async fn draft_of(&self, tx: &mut Tx, reach: &Reach) -> Result<Option<(DraftRow, Settings)>, StorageError> {
        let own = reach.groups();
        let Some(row) = storage::policy::draft(tx, DraftId::of(own)).await? else { return Ok(None) };
        let settings = said(&row)?;
        let is_done = own.is_some() && settings == self.published().settings().within(own);
        Ok((!is_done).then_some((row, settings)))
    }

    /// The draft, if there is one.
    pub async fn policy_draft(&self, grant: &Grant<PolicyRules>) -> Result<Option<DraftView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let Some((row, settings)) = self.draft_of(&mut tx, grant.reach()).await? else { return Ok(None) };
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
        let mut change = self.inner.change().await?;
        let (published, own) = (self.published(), grant.reach().groups());
        let current = published.settings();
        let settings = settings.tidied().beside(&current, own);
        let version = caught_up(&mut change.tx, &published, version, own).await?;
        is_of_now(own, &published, version)?;
        may_draft(grant, &current, &settings)?;
        check(&published.policy, version, &settings, change.now).map_err(refused)?;
        let present = self.draft_of(&mut change.tx, grant.reach()).await?.map(|(row, _)| row.mark());
        if present.as_deref() != over {
            return Err(Clash::Stale.into());
        }
        // An id that names no person, and goes with the draft. The audit's own name for it comes with the first entry.
        let actor = codec::encode(grant.actor());
        let row = DraftRow { version, settings: settings.within(own).to_bytes(), actor, changed: change.now };
        storage::policy::put_draft(&mut change.tx, DraftId::of(own), &row).await?;
        Ok(change.set_aside().await?)
    }

    /// Publishes the draft, if it is still the one with this mark: exactly what was looked at.
    pub async fn publish_policy_draft(
        &self,
        grant: &Grant<PolicyWrite>,
        mark: &str,
    ) -> Result<PolicyDocument, ServiceError> {
        let found = self.draft_of(&mut self.inner.storage.read().await?, grant.reach()).await?;
        let (row, settings) = found.ok_or(ServiceError::Missing(Thing::Policy))?;
        if row.mark() != mark {
            return Err(Clash::Stale.into());
        }
        self.publish_policy(grant, settings, row.version).await
    }

    /// Forgets the draft, if there is one.
    pub async fn discard_policy_draft(&self, grant: &Grant<PolicyWrite>) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        storage::policy::discard_draft(&mut change.tx, DraftId::of(grant.reach().groups())).await?;
        Ok(change.set_aside().await?)
    }
}

//! Earlier policies: what they said, who published them and when, and going back to one, which is a new version.

use protocol::audit::SealedParty;
use protocol::codec;
use protocol::policy::{PolicyDocument, Rules};
use protocol::signed::Unverified;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PolicyRules, PolicyWrite};
use crate::domain::policy::Settings;
use crate::service::audit::{Names, PartyView};
use crate::service::{ServiceError, Services, Thing};
use crate::storage::policy::PublishedRow;
use crate::storage::{self, StorageError, Tx};

/// Versions that are read for one page by whoever sees some groups alone: most versions may be about others.
const LOOKED_AT_MAX: usize = 500;

/// A policy that was published.
#[derive(Debug, Clone)]
pub struct PastPolicy {
    pub version: u64,
    pub issued: Timestamp,
    /// Nobody noted who published the earliest ones.
    pub by: Option<PartyView>,
    /// What it set for everybody.
    pub organization: Rules,
    /// Groups and persons with rules of their own.
    pub scopes: usize,
}

impl Services {
    /// Versions before `before` (or the newest) that said something new within reach, newest first.
    pub async fn policy_history(
        &self,
        grant: &Grant<PolicyRules>,
        before: Option<u64>,
        count_max: u32,
    ) -> Result<Vec<PastPolicy>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let (mut names, mut past) = (Names::default(), Vec::new());
        let (own, mut before) = (grant.reach().groups(), before.unwrap_or(i64::MAX as u64));
        let mut looked_at = 0;
        // One after the other: what one version says of everybody's groups may be long.
        while past.len() < count_max as usize && looked_at < LOOKED_AT_MAX {
            let Some(row) = storage::policy::before(&mut tx, before).await? else { break };
            (before, looked_at) = (row.version, looked_at + 1);
            let Some((issued, settings)) = self.said(&row) else { break };
            let settings = settings.within(own);
            if own.is_some() && self.said_before(&mut tx, before).await?.is_some_and(|s| s.within(own) == settings) {
                continue;
            }
            let by = match row.said.as_ref().and_then(|row| codec::decode::<SealedParty>(&row.actor).ok()) {
                Some(sealed) => Some(names.of(&mut tx, &sealed).await?),
                None => None,
            };
            let (organization, scopes) = (settings.organization, settings.layers.len());
            past.push(PastPolicy { version: row.version, issued, by, organization, scopes });
        }
        Ok(past)
    }

    /// What the version before this one said.
    async fn said_before(&self, tx: &mut Tx, version: u64) -> Result<Option<Settings>, StorageError> {
        let row = storage::policy::before(tx, version).await?;
        Ok(row.and_then(|row| self.said(&row)).map(|(_, settings)| settings))
    }

    /// Everything that a version said; for whoever sees some groups alone, what it said of those, beside what is in force.
    pub async fn settings_of(&self, grant: &Grant<PolicyRules>, version: u64) -> Result<Settings, ServiceError> {
        let past = self.said_at(&mut self.inner.storage.read().await?, version).await?.ok_or_else(missing)?;
        let own = grant.reach().groups();
        Ok(self.published().settings().back_to(past, own).within(own))
    }

    /// Everything that a version said, if it is known.
    pub(in crate::service) async fn said_at(
        &self,
        tx: &mut Tx,
        version: u64,
    ) -> Result<Option<Settings>, StorageError> {
        let row = storage::policy::find(tx, version).await?;
        Ok(row.and_then(|row| self.said(&row)).map(|(_, settings)| settings))
    }

    /// Publishes what version `to` said within reach, as the one after `expected`.
    pub async fn roll_back_policy(
        &self,
        grant: &Grant<PolicyWrite>,
        to: u64,
        expected: u64,
    ) -> Result<PolicyDocument, ServiceError> {
        let past = self.said_at(&mut self.inner.storage.read().await?, to).await?.ok_or_else(missing)?;
        let back = self.published().settings().back_to(past, grant.reach().groups());
        self.publish_policy(grant, back, expected).await
    }

    /// What a stored version says. One from before there were layers says it in its document alone; where that was signed by a key
    /// that was never ours, nobody can tell.
    fn said(&self, row: &PublishedRow) -> Option<(Timestamp, Settings)> {
        if let Some(said) = &row.said {
            return Some((said.issued, Settings::from_bytes(&said.settings)?));
        }
        let document = Unverified::<PolicyDocument>::from_bytes(row.document.clone());
        let document = self.inner.keys.directory_keys().any(|key| document.verify(key)).ok()?;
        Some((document.issued, Settings { organization: document.rules(), ..Settings::default() }))
    }
}

fn missing() -> ServiceError {
    ServiceError::Missing(Thing::Policy)
}

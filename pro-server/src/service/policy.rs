//! Publishing a policy: signed, stored, in the log and in the audit, with the version that the draft was made from checked.

use protocol::audit::{AuditEvent, Party};
use protocol::policy::{Policy, PolicyDocument};
use protocol::tlog::Leaf;

use crate::domain::access::{Grant, PolicyWrite};
use crate::domain::policy::{BadDraft, loosened, next_document};
use crate::storage::{self, StorageError};

use super::change::Change;
use super::open::sign_policy;
use super::{Clash, Denial, Fault, Inner, ServiceError, Services};

impl Services {
    /// The policy in force.
    pub fn policy(&self) -> PolicyDocument {
        self.published().policy.clone()
    }

    /// Whether `draft` could be published now; nothing is changed.
    pub fn check_policy(&self, _: &Grant<PolicyWrite>, draft: Policy, expected: u64) -> Result<(), ServiceError> {
        let current = self.policy();
        next_document(&current, expected, draft, self.inner.ambient.now()).map_err(refused)?;
        Ok(())
    }

    /// Publishes `draft`, which was made from version `expected`.
    pub async fn publish_policy(
        &self,
        grant: &Grant<PolicyWrite>,
        draft: Policy,
        expected: u64,
    ) -> Result<PolicyDocument, ServiceError> {
        let mut change = self.inner.change().await?;
        let current = self.policy();
        if matches!(grant.actor(), Party::Integration(_))
            && let Some(row) = loosened(&current.policy, &draft)
        {
            return Err(Denial::OnlyPeople(row).into());
        }
        let next = next_document(&current, expected, draft, change.now).map_err(refused)?;
        put(&mut change, next.clone(), &self.inner, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(next)
    }
}

fn refused(bad: Vec<BadDraft>) -> ServiceError {
    let is_stale = bad.iter().all(|fault| matches!(fault, BadDraft::Stale { .. }));
    if is_stale { Clash::Stale.into() } else { Fault::Policy(bad).into() }
}

/// Stores, logs and audits a new policy as part of `change`.
pub(super) async fn put(
    change: &mut Change<'_>,
    document: PolicyDocument,
    inner: &Inner,
    actor: &Party,
) -> Result<(), StorageError> {
    let (bytes, hash) = sign_policy(&document, &inner.keys);
    let version = document.version;
    storage::policy::put(&mut change.tx, version, &bytes).await?;
    change.leaf(&Leaf::PolicyPublish { version, hash }).await?;
    change.audit(AuditEvent::PolicyPublished { version, hash }, None, actor).await?;
    change.set_policy(document, bytes);
    Ok(())
}

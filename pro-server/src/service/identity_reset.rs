//! Ending a person's identity (spec/log.md §8): an act of the organization, in the log before anybody can enroll under another key. It
//! must never let a new identity in without the leaf that tells everybody, nor leave a device of the old one in force.

use protocol::audit::{AuditEvent, Cause, Party};
use protocol::secret::Personal;
use protocol::tlog::{Approval, IdentityOrder, Leaf, SignedApprovers};

use crate::domain::access::{CodeWrite, Grant, ServerKeep};
use crate::domain::approval::Act;
use crate::domain::approver::{Agreement, Asked};
use crate::domain::member::Member;
use crate::storage;

use super::change::Change;
use super::enrollment::NewCode;
use super::people::{Whom, person_within};
use super::published::Why;
use super::{Denial, Fault, ServiceError, Services};

impl Services {
    /// What the approvers whom the root key named have to sign so that a person's identity can end.
    pub async fn identity_order(
        &self,
        grant: &Grant<CodeWrite>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<Asked, ServiceError> {
        let mut change = self.inner.change().await?;
        let member = person_within(&mut change.tx, whom.into(), grant.reach()).await?;
        let (organization, at) = (self.fingerprint(), change.now);
        let identity_key = member.identity_key.ok_or(Fault::Order)?;
        let commitment = change.commitment(member.id).ok_or(Fault::Order)?;
        let salt = storage::member::log_salt(&mut change.tx, member.id).await?.ok_or(Fault::Order)?;
        let order = IdentityOrder { organization, member: member.id, identity_key, at, commitment };
        let login = Personal::new(member.profile.login.expose().to_owned());
        Ok(Asked::new(order, login, &salt))
    }

    /// Ends a person's identity: the key and every device count no more from now on, everybody is told, and the person gets a one-time
    /// code for a new device. Done again before that device came, it only makes another code. Where the root key named approvers,
    /// it takes their signatures instead of a second person here.
    pub async fn reset_identity(
        &self,
        grant: &Grant<CodeWrite>,
        whom: impl Into<Whom<'_>>,
        agreement: Option<&Agreement>,
    ) -> Result<NewCode, ServiceError> {
        let mut change = self.inner.change().await?;
        let member = person_within(&mut change.tx, whom.into(), grant.reach()).await?;
        if !member.may_take_part() {
            return Err(Denial::Suspended.into());
        }
        let (needed, ended) = (change.approvals_needed(), change.identity_ended(member.id));
        // Signatures count where the root key asks for them, and once.
        if agreement.is_some() && (needed == 0 || ended.is_some() || member.identity_key.is_none()) {
            return Err(Fault::Order.into());
        }
        if member.identity_key.is_some() && agreement.is_none() {
            if needed > 0 && ended.is_none() {
                return Err(Denial::Unapproved.into());
            }
            change = self.gate(change, grant, Act::ResetIdentity(member.id)).await?;
        }
        end_identity(&mut change, &member, agreement, Cause::Administrator, grant.actor()).await?;
        self.code_for(change, &member, grant.actor()).await
    }

    /// From now on these people's signatures are needed before an identity ends: the root key says so, and nobody else can.
    pub async fn set_approvers(&self, grant: &Grant<ServerKeep>, signed: &[u8]) -> Result<u8, ServiceError> {
        let document = SignedApprovers::from_bytes(signed).map_err(|_| Fault::Approvers)?;
        let approvers = document.verify(self.fingerprint()).map_err(|_| Fault::Approvers)?;
        let mut change = self.inner.change().await?;
        if change.approvers_serial() >= Some(approvers.serial) {
            return Err(Fault::Approvers.into());
        }
        change.leaf(&Leaf::ApproversSet { document }).await?;
        let people = u8::try_from(approvers.keys.len()).unwrap_or(u8::MAX);
        let event = AuditEvent::ApproversSet { needed: approvers.needed, people };
        change.audit(event, None, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(approvers.needed)
    }
}

/// The leaf, the audit entry, and every device's end: unless there is no identity, or it has ended already.
pub(super) async fn end_identity(
    change: &mut Change<'_>,
    member: &Member,
    agreement: Option<&Agreement>,
    cause: Cause,
    actor: &Party,
) -> Result<(), ServiceError> {
    let Some(identity_key) = member.identity_key.filter(|_| change.identity_ended(member.id).is_none()) else {
        return Ok(());
    };
    let (id, organization, now) = (member.id, change.inner.keys.fingerprint, change.now);
    if let Some(agreement) = agreement {
        // Clients judge by the checkpoint that they have, whose time never goes back: as they do, so does the server.
        let now = now.max(change.inner.published.load().checkpoint.checkpoint().time);
        agreement.fits(organization, id, identity_key, now).map_err(|_| Fault::Order)?;
    }
    let at = agreement.map_or(now, |agreement| agreement.order.at);
    let approvals: Vec<Approval> = agreement.map(|agreement| agreement.approvals.clone()).unwrap_or_default();
    let commitment = change.commitment(id).ok_or(Fault::Order)?;
    if !change.is_agreed(&IdentityOrder { organization, member: id, identity_key, at, commitment }, &approvals) {
        return Err(Denial::Unapproved.into());
    }
    let count = u8::try_from(approvals.len()).unwrap_or(u8::MAX);
    change.leaf(&Leaf::IdentityEnd { member: id, identity_key, at, approvals }).await?;
    change.audit(AuditEvent::IdentityEnded { approvals: count }, Some(id), actor).await?;
    change.revoke_all(id, cause, actor, Why::Revoked).await?;
    Ok(())
}

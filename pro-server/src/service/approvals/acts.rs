//! Doing what two people agreed to: each act by the use case that would have done it at once, with the grant of whoever agreed.

use crate::domain::access::{
    AdministratorWrite, ApprovalRead, AuditErase, CodeWrite, DeviceWrite, DirectoryRun, IntegrationWrite, NotGranted,
    PeopleWrite, Person, PersonExport, PolicyWrite, PushBrakeRelease, Reach, ServerKeep,
};
use crate::domain::approval::{Act, Agreed, Request};
use crate::domain::policy::Settings;
use crate::service::administrators::{Named, NewToken};
use crate::service::enrollment::NewCode;
use crate::service::people::person_within;
use crate::service::policy::may_publish;
use crate::service::{Clash, ServiceError, Services, Thing, sync};
use crate::storage::{StorageError, Tx};

fn damaged() -> StorageError {
    StorageError::Corrupt { table: "approval", column: "act" }
}

/// What whoever agreed gets to see, once.
#[derive(Debug, Clone)]
pub enum Yield {
    Nothing,
    /// Whoever asked may do it now.
    Opened,
    Code(NewCode),
    Link(NewToken),
}

impl Services {
    /// Whether somebody has the permission that the act itself needs, over whom it is about. For whoever sees no requests, or not
    /// this one, there is none.
    pub(super) async fn may_decide(
        &self,
        tx: &mut Tx,
        who: &impl Person,
        request: &Request,
    ) -> Result<(), ServiceError> {
        let is_seen = match who.allowed::<ApprovalRead>() {
            Ok(grant) => self.is_seen(tx, &grant, request).await?,
            Err(NotGranted) => false,
        };
        let refused = |NotGranted| match is_seen {
            true => ServiceError::from(NotGranted),
            false => ServiceError::Missing(Thing::Approval),
        };
        let reach = match &request.act {
            Act::Code(_) | Act::ResetIdentity(_) => who.allowed::<CodeWrite>().map(|grant| grant.reach().clone()),
            Act::Suspend(_) | Act::Remove(_) => who.allowed::<PeopleWrite>().map(|grant| grant.reach().clone()),
            Act::Revoke { .. } => who.allowed::<DeviceWrite>().map(|grant| grant.reach().clone()),
            Act::Run { .. } => who.allowed::<DirectoryRun>().map(|grant| grant.reach().clone()),
            Act::ReleaseBrake => who.allowed::<PushBrakeRelease>().map(|grant| grant.reach().clone()),
            Act::AddAdministrator(_)
            | Act::AssignRoles { .. }
            | Act::ResetAdministrator(_)
            | Act::RemoveAdministrator(_)
            | Act::LinkAdministrator { .. }
            | Act::QuorumOff => who.allowed::<AdministratorWrite>().map(|grant| grant.reach().clone()),
            Act::Policy { based_on, settings } => {
                let grant = who.allowed::<PolicyWrite>().map_err(refused)?;
                let draft = Settings::from_bytes(settings).ok_or(damaged())?;
                let before = self.settings_before(tx, *based_on).await?;
                return may_publish(&grant, &before, &draft).map_err(refused);
            }
            Act::Erase(_) | Act::ErasePerson(_) | Act::EraseAdministrator(_) | Act::Forgotten => {
                who.allowed::<AuditErase>().map(|grant| grant.reach().clone())
            }
            Act::RotateDirectoryKey(_) => who.allowed::<ServerKeep>().map(|grant| grant.reach().clone()),
            Act::ExportPerson(_) => who.allowed::<PersonExport>().map(|grant| grant.reach().clone()),
            Act::AddIntegration { .. } => who.allowed::<IntegrationWrite>().map(|grant| grant.reach().clone()),
        };
        match (reach.map_err(refused)?, request.act.member()) {
            (Reach::Everybody, _) => Ok(()),
            (reach @ Reach::Groups(_), Some(member)) => {
                let found = person_within(tx, member.into(), &reach).await;
                found.map(drop).map_err(|_| ServiceError::Missing(Thing::Approval))
            }
            (Reach::Groups(_), None) => Err(ServiceError::Missing(Thing::Approval)),
        }
    }

    pub(super) async fn perform(&self, who: &impl Person, agreed: &Agreed, act: &Act) -> Result<Yield, ServiceError> {
        match act {
            Act::Code(member) => return self.create_code(&agreed.grant(who)?, *member).await.map(Yield::Code),
            Act::ResetIdentity(member) => {
                return self.reset_identity(&agreed.grant(who)?, *member, None).await.map(Yield::Code);
            }
            Act::AddAdministrator(roles) => {
                return self.add_administrator(&agreed.grant(who)?, roles).await.map(Yield::Link);
            }
            Act::ResetAdministrator(id) => {
                return self.reset_administrator(&agreed.grant(who)?, Named::Id(*id)).await.map(Yield::Link);
            }
            Act::Suspend(member) => self.suspend_person(&agreed.grant(who)?, *member).await?,
            Act::Remove(member) => self.remove_person(&agreed.grant(who)?, *member).await?,
            Act::Revoke { device, member } => {
                self.revoke_device(&agreed.grant(who)?, *device, Some(*member)).await?;
            }
            Act::Run { source, plan, .. } => {
                let source = self.source(Some(source))?;
                self.run_directory(&agreed.grant(who)?, source, sync::Agreed::Despite(*plan)).await.map(drop)?;
            }
            Act::ReleaseBrake => self.release_push_brake(&agreed.grant(who)?).await?,
            Act::AssignRoles { administrator, roles } => {
                self.assign_roles(&agreed.grant(who)?, Named::Id(*administrator), roles).await?;
            }
            Act::LinkAdministrator { administrator, provider, subject } => {
                let (grant, whom) = (agreed.grant(who)?, Named::Id(*administrator));
                self.link_administrator(&grant, whom, provider, subject.expose()).await?;
            }
            Act::RemoveAdministrator(id) => self.remove_administrator(&agreed.grant(who)?, Named::Id(*id)).await?,
            Act::Policy { based_on, settings } => {
                let draft = Settings::from_bytes(settings).ok_or(damaged())?;
                let (draft, version) = self.carried_over(draft, *based_on).await?;
                self.publish_policy(&agreed.grant(who)?, draft, version).await.map(drop)?;
            }
            Act::Erase(member) => self.erase_from_audit(&agreed.grant(who)?, *member).await?,
            Act::ErasePerson(member) => self.erase_person(&agreed.grant(who)?, *member).await.map(drop)?,
            Act::EraseAdministrator(id) => {
                self.erase_administrator(&agreed.grant(who)?, Named::Id(*id)).await.map(drop)?;
            }
            Act::QuorumOff => self.need_one_person(&agreed.grant(who)?).await?,
            Act::RotateDirectoryKey(signed) => self.rotate_directory_key(&agreed.grant(who)?, signed).await?,
            // Whoever asked does these; what named somebody who was erased is nothing any more.
            Act::ExportPerson(_) | Act::AddIntegration { .. } | Act::Forgotten => return Err(Clash::Stale.into()),
        }
        Ok(Yield::Nothing)
    }

    /// What two people agreed to, among what is in force now, and which version that is. What was published meanwhile for others stays.
    async fn carried_over(&self, draft: Settings, based_on: u64) -> Result<(Settings, u64), ServiceError> {
        let published = self.published();
        let mut tx = self.inner.storage.read().await?;
        let Some(before) = self.said_at(&mut tx, based_on).await? else { return Ok((draft, based_on)) };
        let carried = draft.carried_over(&before, &published.settings()).ok_or(Clash::Stale)?;
        Ok((carried, published.policy.version))
    }
}

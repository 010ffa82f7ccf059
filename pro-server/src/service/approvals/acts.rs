//! Doing what two people agreed to: each act by the use case that would have done it at once, with the grant of whoever agreed.

use crate::domain::access::{
    AdministratorWrite, AuditErase, CodeWrite, DeviceWrite, DirectoryRun, NotGranted, PeopleWrite, Person, PolicyWrite,
    PushBrakeRelease,
};
use crate::domain::approval::{Act, Agreed};
use crate::domain::policy::Settings;
use crate::service::administrators::{Named, NewToken};
use crate::service::enrollment::NewCode;
use crate::service::{ServiceError, Services, sync};
use crate::storage::StorageError;

fn damaged() -> StorageError {
    StorageError::Corrupt { table: "approval", column: "act" }
}

/// What whoever agreed gets to see, once.
#[derive(Debug, Clone)]
pub enum Yield {
    Nothing,
    Code(NewCode),
    Link(NewToken),
}

impl Services {
    /// Whether somebody has the permission that the act itself needs.
    pub(super) fn may_decide(&self, who: &impl Person, act: &Act) -> Result<(), NotGranted> {
        match act {
            Act::Code(_) => who.allowed::<CodeWrite>().map(drop),
            Act::Suspend(_) | Act::Remove(_) => who.allowed::<PeopleWrite>().map(drop),
            Act::Revoke(_) => who.allowed::<DeviceWrite>().map(drop),
            Act::Run { .. } => who.allowed::<DirectoryRun>().map(drop),
            Act::ReleaseBrake => who.allowed::<PushBrakeRelease>().map(drop),
            Act::AddAdministrator(_)
            | Act::AssignRoles { .. }
            | Act::ResetAdministrator(_)
            | Act::LinkAdministrator { .. }
            | Act::QuorumOff => who.allowed::<AdministratorWrite>().map(drop),
            Act::Policy { .. } => who.allowed::<PolicyWrite>().map(drop),
            Act::Erase(_) | Act::ErasePerson(_) => who.allowed::<AuditErase>().map(drop),
        }
    }

    pub(super) async fn perform(&self, who: &impl Person, agreed: &Agreed, act: &Act) -> Result<Yield, ServiceError> {
        match act {
            Act::Code(member) => return self.create_code(&agreed.grant(who)?, *member).await.map(Yield::Code),
            Act::AddAdministrator(roles) => {
                return self.add_administrator(&agreed.grant(who)?, roles).await.map(Yield::Link);
            }
            Act::ResetAdministrator(id) => {
                return self.reset_administrator(&agreed.grant(who)?, Named::Id(*id)).await.map(Yield::Link);
            }
            Act::Suspend(member) => self.suspend_person(&agreed.grant(who)?, *member).await?,
            Act::Remove(member) => self.remove_person(&agreed.grant(who)?, *member).await?,
            Act::Revoke(device) => self.revoke_device(&agreed.grant(who)?, *device, None).await?,
            Act::Run { source, plan } => {
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
            Act::Policy { based_on, settings } => {
                let settings = Settings::from_bytes(settings).ok_or(damaged())?;
                self.publish_policy(&agreed.grant(who)?, settings, *based_on).await.map(drop)?;
            }
            Act::Erase(member) => self.erase_from_audit(&agreed.grant(who)?, *member).await?,
            Act::ErasePerson(member) => self.erase_person(&agreed.grant(who)?, *member).await.map(drop)?,
            Act::QuorumOff => self.need_one_person(&agreed.grant(who)?).await?,
        }
        Ok(Yield::Nothing)
    }
}

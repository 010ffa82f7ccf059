//! Permission as a value: a use case that needs one takes a `Grant`, and a grant comes only from somebody who proved who
//! they are. There is no other way in, and no permission that lets one person act as another.

use std::marker::PhantomData;

use protocol::audit::{AdministratorRole as Role, Party};
use protocol::ids::{AdministratorId, ProvisionerId};

mod sealed {
    pub trait Sealed {}
}

/// Something that may be allowed.
pub trait Permission: sealed::Sealed {
    /// The least role that has it; every higher one has it too.
    const LEAST: Role;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $least:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Permission for $name {
            const LEAST: Role = Role::$least;
        }
    )+};
}

permissions! {
    /// List people and their devices.
    PeopleRead: Auditor,
    /// Import, suspend, resume.
    PeopleWrite: Owner,
    /// Revoke a device.
    DeviceWrite: Owner,
    /// Make a one-time enrollment code.
    CodeWrite: Owner,
    /// Publish a policy.
    PolicyWrite: Owner,
    /// See what a directory run would change.
    DirectoryRead: Auditor,
    /// Start a directory run.
    DirectoryRun: Owner,
    /// List, export and verify the audit.
    AuditRead: Auditor,
    /// Destroy the key under which the audit names a person.
    AuditErase: Owner,
    /// List the administrators of the console.
    AdministratorRead: Auditor,
    /// Add, reset and remove administrators of the console.
    AdministratorWrite: Owner,
    /// List the provisioning tokens.
    ProvisionerRead: Auditor,
    /// Make and revoke provisioning tokens; release the brake of pushed people.
    ProvisionerWrite: Owner,
    /// Push people and groups.
    PeoplePush: Owner,
    /// Copy everything out, keys included; begin another log.
    ServerKeep: Owner,
}

/// The permission `P`, and whose it is: the actor that the audit names.
#[derive(Debug)]
pub struct Grant<P: Permission> {
    actor: Party,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> Grant<P> {
    fn to(actor: Party) -> Self {
        Self { actor, permission: PhantomData }
    }

    /// Who acts.
    pub fn actor(&self) -> &Party {
        &self.actor
    }
}

impl Grant<DirectoryRun> {
    /// For the run that the server starts by itself, on its timer.
    pub fn timed() -> Self {
        Self::to(Party::Server)
    }
}

/// Somebody on the server's own machine, over the administration socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalAdministrator {
    uid: u32,
}

/// Neither root nor the user that the server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only root and the server's own user may administer it here")]
pub struct NotAdministrator;

const ROOT_UID: u32 = 0;

impl LocalAdministrator {
    /// The peer of the administration socket, by the user number that the kernel reports, beside the server's own.
    pub fn of_peer(peer_uid: u32, server_uid: u32) -> Result<Self, NotAdministrator> {
        if peer_uid == ROOT_UID || peer_uid == server_uid { Ok(Self { uid: peer_uid }) } else { Err(NotAdministrator) }
    }

    /// Whoever owns the server owns every permission there is.
    pub fn grant<P: Permission>(self) -> Grant<P> {
        Grant::to(Party::LocalAdministrator { uid: self.uid })
    }
}

/// A provider whose token has just been checked. It may push people, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioner {
    id: ProvisionerId,
}

impl Provisioner {
    /// Only where a token has just been checked.
    pub(super) fn new(id: ProvisionerId) -> Self {
        Self { id }
    }

    pub fn id(self) -> ProvisionerId {
        self.id
    }

    /// The one permission that its tokens are made for.
    pub fn grant(self) -> Grant<PeoplePush> {
        Grant::to(Party::Provisioner(self.id))
    }
}

/// Somebody who signed in to the console, with the role that the account has at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    id: AdministratorId,
    role: Role,
}

/// The role does not have this permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this administrator may look and not change")]
pub struct NotGranted;

impl SignedIn {
    /// Only where a password and a second factor have just been checked.
    pub(super) fn new(id: AdministratorId, role: Role) -> Self {
        SignedIn { id, role }
    }

    pub fn id(self) -> AdministratorId {
        self.id
    }

    pub fn role(self) -> Role {
        self.role
    }

    /// The permission, if the role has it.
    pub fn grant<P: Permission>(self) -> Result<Grant<P>, NotGranted> {
        if self.role >= P::LEAST { Ok(Grant::to(Party::Administrator(self.id))) } else { Err(NotGranted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_looks_and_an_owner_acts() {
        let id = AdministratorId::from_bytes([1; 16]);
        let (owner, auditor) = (SignedIn::new(id, Role::Owner), SignedIn::new(id, Role::Auditor));
        assert!(owner.grant::<PeopleWrite>().is_ok_and(|grant| *grant.actor() == Party::Administrator(id)));
        assert!(auditor.grant::<PeopleRead>().is_ok() && auditor.grant::<AuditRead>().is_ok());
        for refused in [
            auditor.grant::<PeopleWrite>().err(),
            auditor.grant::<DeviceWrite>().err(),
            auditor.grant::<CodeWrite>().err(),
            auditor.grant::<PolicyWrite>().err(),
            auditor.grant::<DirectoryRun>().err(),
            auditor.grant::<AdministratorWrite>().err(),
        ] {
            assert_eq!(refused, Some(NotGranted));
        }
    }

    #[test]
    fn a_stranger_on_the_machine_gets_nothing() {
        assert_eq!(LocalAdministrator::of_peer(1001, 1000), Err(NotAdministrator));
        assert!(LocalAdministrator::of_peer(1000, 1000).is_ok());
        let root = LocalAdministrator::of_peer(0, 1000).map(LocalAdministrator::grant::<PolicyWrite>);
        assert!(root.is_ok_and(|grant| *grant.actor() == Party::LocalAdministrator { uid: 0 }));
    }
}

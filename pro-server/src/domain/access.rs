//! Permission as a value: a use case that needs one takes a `Grant`, and a grant comes only from somebody who proved who
//! they are. There is no other way in, and no permission that lets one person act as another.

use std::marker::PhantomData;

use protocol::audit::{AdministratorRole as Role, IntegrationScope as Scope, Party};
use protocol::ids::{AdministratorId, IntegrationId};

mod sealed {
    pub trait Sealed {}
}

/// Something that may be allowed.
pub trait Permission: sealed::Sealed {
    /// The least role that has it; every higher one has it too.
    const LEAST: Role;
    /// The scopes whose tokens have it. With none it is for people only.
    const SCOPES: &'static [Scope];
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $least:ident, [$($scope:ident),*]),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Permission for $name {
            const LEAST: Role = Role::$least;
            const SCOPES: &'static [Scope] = &[$(Scope::$scope),*];
        }
    )+};
}

// Each with the least role and the scopes that have it. A program makes no token and no administrator, so that it cannot outlive
// its own revocation; it lets nobody's name go out of the audit; and the keys are not its business (ADR 15).
permissions! {
    /// List people and their devices.
    PeopleRead: Auditor, [Read, Administer],
    /// Import, suspend, resume.
    PeopleWrite: Owner, [Administer],
    /// Revoke a device.
    DeviceWrite: Owner, [Administer],
    /// Make a one-time enrollment code.
    CodeWrite: Owner, [Administer],
    /// Publish a policy.
    PolicyWrite: Owner, [Administer],
    /// See what a directory run would change.
    DirectoryRead: Auditor, [Read, Administer],
    /// Start a directory run.
    DirectoryRun: Owner, [Administer],
    /// List, export and verify the audit.
    AuditRead: Auditor, [Read, Administer],
    /// Erase a person from everything that is kept, or from the audit alone.
    AuditErase: Owner, [],
    /// Take out everything that is kept about a person.
    PersonExport: Owner, [Administer],
    /// List the administrators of the console.
    AdministratorRead: Auditor, [Read, Administer],
    /// Add, reset and remove administrators of the console.
    AdministratorWrite: Owner, [],
    /// List the tokens of programs.
    IntegrationRead: Auditor, [Read, Administer],
    /// Make a token for a program.
    IntegrationWrite: Owner, [],
    /// Revoke a program's token.
    IntegrationRevoke: Owner, [Administer],
    /// Release the brake of pushed people.
    PushBrakeRelease: Owner, [Administer],
    /// Push people and groups.
    PeoplePush: Owner, [Provisioning],
    /// Copy everything out, keys included; begin another log.
    ServerKeep: Owner, [],
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

/// A program whose token has just been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integration {
    id: IntegrationId,
    scope: Scope,
}

/// The token is good, and was made for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token of the scope {} may not do this", .0.name())]
pub struct OutOfScope(pub Scope);

impl Integration {
    /// Only where a token has just been checked.
    pub(super) fn new(id: IntegrationId, scope: Scope) -> Self {
        Self { id, scope }
    }

    pub fn id(self) -> IntegrationId {
        self.id
    }

    pub fn scope(self) -> Scope {
        self.scope
    }

    /// The permission, if tokens of this scope have it.
    pub fn grant<P: Permission>(self) -> Result<Grant<P>, OutOfScope> {
        if P::SCOPES.contains(&self.scope) {
            Ok(Grant::to(Party::Integration(self.id)))
        } else {
            Err(OutOfScope(self.scope))
        }
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
    fn a_program_does_what_its_token_was_made_for() {
        let with = |scope| Integration::new(IntegrationId::from_bytes([2; 16]), scope);
        let (pushes, reads, acts) = (with(Scope::Provisioning), with(Scope::Read), with(Scope::Administer));
        assert!(pushes.grant::<PeoplePush>().is_ok_and(|grant| *grant.actor() == Party::Integration(pushes.id())));
        assert_eq!(pushes.grant::<PeopleRead>().err(), Some(OutOfScope(Scope::Provisioning)));
        assert!(reads.grant::<PeopleRead>().is_ok() && acts.grant::<PeopleRead>().is_ok());
        assert!(reads.grant::<PeopleWrite>().is_err() && acts.grant::<PeopleWrite>().is_ok());
        for who in [reads, acts] {
            assert!(who.grant::<PeoplePush>().is_err());
        }
        for only_people in [
            acts.grant::<AdministratorWrite>().err(),
            acts.grant::<IntegrationWrite>().err(),
            acts.grant::<AuditErase>().err(),
            acts.grant::<ServerKeep>().err(),
        ] {
            assert_eq!(only_people, Some(OutOfScope(Scope::Administer)));
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

//! Permission as a value: a use case that needs one takes a `Grant`, and a grant comes only from somebody who proved who
//! they are. There is no other way in, and no permission that lets one person act as another.

use std::marker::PhantomData;

use protocol::audit::Party;

mod sealed {
    pub trait Sealed {}
}

/// Something that may be allowed.
pub trait Permission: sealed::Sealed {}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Permission for $name {}
    )+};
}

permissions! {
    /// List people and their devices.
    PeopleRead,
    /// Import, suspend, resume.
    PeopleWrite,
    /// Revoke a device.
    DeviceWrite,
    /// Make a one-time enrollment code.
    CodeWrite,
    /// Publish a policy.
    PolicyWrite,
    /// Start a directory run, or see what it would change.
    DirectoryRun,
    /// List, export and verify the audit.
    AuditRead,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_on_the_machine_gets_nothing() {
        assert_eq!(LocalAdministrator::of_peer(1001, 1000), Err(NotAdministrator));
        assert!(LocalAdministrator::of_peer(1000, 1000).is_ok());
        let root = LocalAdministrator::of_peer(0, 1000).map(LocalAdministrator::grant::<PolicyWrite>);
        assert!(root.is_ok_and(|grant| *grant.actor() == Party::LocalAdministrator { uid: 0 }));
    }
}

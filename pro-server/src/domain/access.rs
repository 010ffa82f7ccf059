//! Permission as a value: a use case that needs one takes a `Grant`, and a grant comes only from somebody who proved who
//! they are. There is no other way in, and no permission that lets one person act as another.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use protocol::audit::{AdministratorRole as Role, Assignment, IntegrationScope as Scope, Party};
use protocol::directory::Group;
use protocol::ids::{AdministratorId, Hash32, IntegrationId};
use protocol::time::Timestamp;

pub use reach::Reach;

mod reach;

mod sealed {
    pub trait Sealed {}
}

/// What a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// People: a role over a group has it over the people of that group.
    People,
    /// The organization as a whole: a role over a group does not have it.
    Organization,
}

/// Something that may be allowed.
pub trait Permission: sealed::Sealed {
    /// The roles that have it.
    const ROLES: &'static [Role];
    /// What it is about.
    const ABOUT: About;
    /// The scopes whose tokens have it. With none it is for people only.
    const SCOPES: &'static [Scope];
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $about:ident, [$($role:ident),+], [$($scope:ident),*]),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl Permission for $name {
                const ROLES: &'static [Role] = &[$(Role::$role),+];
                const ABOUT: About = About::$about;
                const SCOPES: &'static [Scope] = &[$(Scope::$scope),*];
            }
        )+

        /// Every permission by its name, with the roles and the scopes that have it: for tests that nothing is left out.
        pub const PERMISSIONS: &[(&str, About, &[Role], &[Scope])] =
            &[$((stringify!($name), <$name as Permission>::ABOUT, <$name as Permission>::ROLES, <$name as Permission>::SCOPES)),+];
    };
}

// Each with what it is about, the roles and the scopes that have it. A program makes no token and no administrator, so that it
// cannot outlive its own revocation; it lets nobody's name go out of the audit; and the keys are not its business (ADR 15). A help
// desk makes no code for somebody who ever had a device: that would be the way to become them (ADR 19).
permissions! {
    /// List people and their devices.
    PeopleRead: People, [Owner, People, Auditor, HelpDesk], [Read, Administer],
    /// Suspend, resume, remove.
    PeopleWrite: People, [Owner, People], [Administer],
    /// Take a file of people.
    PeopleImport: Organization, [Owner, People], [Administer],
    /// Revoke a device.
    DeviceWrite: People, [Owner, People], [Administer],
    /// Revoke a lost device, a few in a day.
    LostDevice: People, [Owner, People, HelpDesk], [Administer],
    /// Make a one-time enrollment code for a newcomer, who has never had a device.
    NewcomerCode: People, [Owner, People, HelpDesk], [Administer],
    /// Make a one-time enrollment code for anybody.
    CodeWrite: People, [Owner, People], [Administer],
    /// See the policy, as every client does.
    PolicyRead: People, [Owner, People, Policy, Auditor], [Read, Administer],
    /// See the rules of groups and persons, the draft, earlier versions: over a group those of that group.
    PolicyRules: People, [Owner, Policy, Auditor], [Read, Administer],
    /// Publish a policy.
    PolicyWrite: People, [Owner, Policy], [Administer],
    /// See what a directory run would change.
    DirectoryRead: Organization, [Owner, People, Auditor], [Read, Administer],
    /// Start a directory run.
    DirectoryRun: Organization, [Owner, People], [Administer],
    /// List, export and verify the audit.
    AuditRead: Organization, [Owner, Auditor], [Read, Administer],
    /// Erase a person from everything that is kept, or from the audit alone.
    AuditErase: Organization, [Owner], [],
    /// Take out everything that is kept about a person.
    PersonExport: Organization, [Owner], [Administer],
    /// List the administrators of the console.
    AdministratorRead: Organization, [Owner, Auditor], [Read, Administer],
    /// Add, reset and remove administrators of the console, and say what they may do.
    AdministratorWrite: Organization, [Owner], [],
    /// See what waits for a second person. Agreeing needs the permission of the act itself.
    ApprovalRead: People, [Owner, People, Policy, Auditor], [Read, Administer],
    /// List the tokens of programs.
    IntegrationRead: Organization, [Owner, People, Auditor], [Read, Administer],
    /// Make a token for a program.
    IntegrationWrite: Organization, [Owner], [],
    /// Revoke a program's token.
    IntegrationRevoke: Organization, [Owner], [Administer],
    /// Release the brake of pushed people.
    PushBrakeRelease: Organization, [Owner, People], [Administer],
    /// Push people and groups.
    PeoplePush: Organization, [Owner], [Provisioning],
    /// Copy everything out, keys included; begin another log.
    ServerKeep: Organization, [Owner], [],
}

/// A dangerous act is for whoever typed password and second factor no longer ago.
pub const FRESH_MS: u64 = 5 * 60 * 1_000;

/// When whoever acts proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved {
    /// By being on the server's machine, or by a program's token.
    Always,
    At(Timestamp),
    /// At an identity provider, which does not say when.
    Elsewhere,
}

impl Proved {
    /// Whether that is recent enough for a dangerous act.
    pub fn is_fresh(self, now: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::At(at) => now < at.plus_ms(FRESH_MS),
            Self::Elsewhere => false,
        }
    }
}

/// Who stands behind a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// Its actor alone.
    One,
    /// Somebody asked, and the actor agreed to exactly that.
    Two,
}

/// The permission `P`, whose it is (the actor that the audit names), and over whom.
#[derive(Debug)]
pub struct Grant<P: Permission> {
    actor: Party,
    reach: Reach,
    behind: Behind,
    proved: Proved,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> Grant<P> {
    fn to(actor: Party, reach: Reach) -> Self {
        Self { actor, reach, behind: Behind::One, proved: Proved::Always, permission: PhantomData }
    }

    /// Only where a second person has just agreed.
    pub(super) fn of_two(self) -> Self {
        Self { behind: Behind::Two, ..self }
    }

    /// Whether a second person agreed.
    pub fn behind(&self) -> Behind {
        self.behind
    }

    /// When its actor proved who they are.
    pub fn proved(&self) -> Proved {
        self.proved
    }

    /// Who acts.
    pub fn actor(&self) -> &Party {
        &self.actor
    }

    /// Over whom.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The same, over nobody whom `other` does not reach: what somebody reads in order to change it ends where the change does.
    #[must_use]
    pub fn narrowed_to<Q: Permission>(self, other: &Grant<Q>) -> Self {
        Self { reach: self.reach.and(&other.reach), ..self }
    }
}

impl Grant<PolicyWrite> {
    /// Whether rows may be set for the people of `group`, or for everybody if none: a role over a group sets those of its group alone.
    pub fn may_set(&self, group: Option<&Group>) -> Result<(), NotGranted> {
        let inside = match (&self.reach, group) {
            (Reach::Everybody, _) => true,
            (Reach::Groups(own), Some(group)) => own.contains(group),
            (Reach::Groups(_), None) => false,
        };
        if inside { Ok(()) } else { Err(NotGranted) }
    }
}

impl Grant<DirectoryRun> {
    /// For the run that the server starts by itself, on its timer.
    pub fn timed() -> Self {
        Self::to(Party::Server, Reach::Everybody)
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
        Grant::to(Party::LocalAdministrator { uid: self.uid }, Reach::Everybody)
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
            Ok(Grant::to(Party::Integration(self.id), Reach::Everybody))
        } else {
            Err(OutOfScope(self.scope))
        }
    }
}

/// Somebody who signed in to the console, with the roles that the account has at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    id: AdministratorId,
    roles: Arc<[Assignment]>,
    session: Hash32,
    proved: Proved,
}

/// No role has this permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no role of this administrator allows this")]
pub struct NotGranted;

impl SignedIn {
    /// Only where a password and a second factor have just been checked.
    pub(super) fn new(id: AdministratorId, roles: Arc<[Assignment]>, session: Hash32, proved: Proved) -> Self {
        SignedIn { id, roles, session, proved }
    }

    /// Which session this is; the name opens nothing.
    pub fn session(&self) -> Hash32 {
        self.session
    }

    pub fn id(&self) -> AdministratorId {
        self.id
    }

    pub fn roles(&self) -> &[Assignment] {
        &self.roles
    }

    /// The permission, if a role has it, over everybody whom such roles reach together.
    pub fn grant<P: Permission>(&self) -> Result<Grant<P>, NotGranted> {
        let reach = self.reach(P::ROLES, P::ABOUT).ok_or(NotGranted)?;
        Ok(Grant { proved: self.proved, ..Grant::to(Party::Administrator(self.id), reach) })
    }

    /// Whether a role has the permission.
    pub fn may<P: Permission>(&self) -> bool {
        self.reach(P::ROLES, P::ABOUT).is_some()
    }

    fn reach(&self, roles: &[Role], about: About) -> Option<Reach> {
        let held = || self.roles.iter().filter(|held| roles.contains(&held.role()));
        if held().any(|held| held.group().is_none()) {
            return Some(Reach::Everybody);
        }
        let groups: BTreeSet<Group> = held().filter_map(|held| held.group().cloned()).collect();
        match about {
            About::People if !groups.is_empty() => Some(Reach::Groups(groups)),
            About::People | About::Organization => None,
        }
    }
}

/// A person who acts: at the console, or on the server's own machine. A program is none.
pub trait Person: sealed::Sealed + Sync {
    /// Who the audit names.
    fn party(&self) -> Party;
    /// When they proved who they are.
    fn proved(&self) -> Proved;
    /// The permission, if they have it.
    fn allowed<P: Permission>(&self) -> Result<Grant<P>, NotGranted>;
}

impl sealed::Sealed for SignedIn {}
impl Person for SignedIn {
    fn party(&self) -> Party {
        Party::Administrator(self.id)
    }

    fn proved(&self) -> Proved {
        self.proved
    }

    fn allowed<P: Permission>(&self) -> Result<Grant<P>, NotGranted> {
        self.grant()
    }
}

impl sealed::Sealed for LocalAdministrator {}
impl Person for LocalAdministrator {
    fn party(&self) -> Party {
        Party::LocalAdministrator { uid: self.uid }
    }

    fn proved(&self) -> Proved {
        Proved::Always
    }

    fn allowed<P: Permission>(&self) -> Result<Grant<P>, NotGranted> {
        Ok(self.grant())
    }
}

#[cfg(test)]
mod tests;

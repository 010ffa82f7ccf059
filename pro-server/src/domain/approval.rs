//! Acts that need two people. A request holds exactly what would be done; another person agrees to that and to nothing else, once,
//! within a day. It must never let somebody agree to what they asked for themselves, nor a program agree to anything.

use std::collections::{BTreeMap, VecDeque};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use protocol::audit::{Assignment, DangerousAct, IntegrationScope, Party};
use protocol::codec;
use protocol::ids::{AdministratorId, DeviceId, Hash32, MemberId};
use protocol::policy::Scope;
use protocol::secret::Personal;
use protocol::time::{DAY_MS, HOUR_MS, Timestamp};

use super::access::{Grant, NotGranted, Permission, Person};
use super::member::Lock;
use super::policy::Settings;
use super::roll::Roll;
use super::sync::{Blast, Plan};

/// A request that nobody decided by then is worth nothing.
pub const APPROVAL_LIFETIME_MS: u64 = DAY_MS;
/// Requests of one administrator that wait at one time.
pub const WAITING_MAX: usize = 20;
/// What was opened for whoever asked can be done for this long.
pub const OPEN_MS: u64 = HOUR_MS;
/// Before the hashed bytes of an act: what the audit keeps of a request opens nothing once the salt is gone.
const HASH_LABEL: &[u8] = b"isoloir approval v1";
/// People whom one administrator takes access from within [`LOSS_WINDOW_MS`] without a second person.
pub const LOSSES_MAX: usize = 10;
/// People who are named in a request for a directory run; all are counted.
pub const LEAVERS_NAMED_MAX: usize = 1_000;
/// Losses are forgotten after this long.
pub const LOSS_WINDOW_MS: u64 = DAY_MS;

/// What a directory run would do to people, as far as a second person has to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct RunEffect {
    /// So many lose access …
    #[n(0)]
    pub access: u64,
    /// … and so many keep it, and lose groups that say something about them.
    #[n(1)]
    pub groups: u64,
    #[n(2)]
    pub added: u64,
    #[n(3)]
    pub changed: u64,
    /// Those who lose access, at most [`LEAVERS_NAMED_MAX`].
    #[n(4)]
    pub leavers: Vec<MemberId>,
}

impl RunEffect {
    /// Of a plan for the people who are `known`. Whoever is locked has no access to lose.
    pub fn of(plan: &Plan, blast: Blast, known: &Roll) -> Self {
        let has_access = |id: &MemberId| known.get(*id).is_some_and(|member| member.lock == Lock::Open);
        let leavers = plan.suspend.iter().copied().filter(has_access).take(LEAVERS_NAMED_MAX).collect();
        let (added, changed) = (plan.add.len() as u64, plan.update.len() as u64);
        Self { access: blast.access, groups: blast.groups, added, changed, leavers }
    }
}

/// What exactly would be done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Act {
    /// An enrollment code for somebody who has had a device.
    #[n(0)]
    Code(#[n(0)] MemberId),
    #[n(1)]
    Suspend(#[n(0)] MemberId),
    #[n(2)]
    Remove(#[n(0)] MemberId),
    #[n(3)]
    Revoke {
        #[n(0)]
        device: DeviceId,
        #[n(1)]
        member: MemberId,
    },
    /// A directory run that the brake held, as it was shown.
    #[n(4)]
    Run {
        #[n(0)]
        source: String,
        #[n(1)]
        plan: Hash32,
        /// What it would do, for whoever agrees; nothing in requests of earlier programs.
        #[n(2)]
        effect: Option<RunEffect>,
    },
    /// Providers take access away again, beyond what they may in a day.
    #[n(5)]
    ReleaseBrake,
    #[n(6)]
    AddAdministrator(#[n(0)] Vec<Assignment>),
    #[n(7)]
    AssignRoles {
        #[n(0)]
        administrator: AdministratorId,
        #[n(1)]
        roles: Vec<Assignment>,
    },
    /// Another way in for an administrator: a new password and second factor.
    #[n(8)]
    ResetAdministrator(#[n(0)] AdministratorId),
    /// Another way in: an account at an identity provider.
    #[n(9)]
    LinkAdministrator {
        #[n(0)]
        administrator: AdministratorId,
        #[n(1)]
        provider: String,
        #[n(2)]
        subject: Personal<String>,
    },
    #[n(10)]
    Policy {
        #[n(0)]
        based_on: u64,
        /// As they are stored.
        #[n(1)]
        settings: ByteVec,
    },
    /// Out of the audit.
    #[n(11)]
    Erase(#[n(0)] MemberId),
    /// From everything that the server keeps.
    #[n(13)]
    ErasePerson(#[n(0)] MemberId),
    /// Nothing needs two people any more.
    #[n(12)]
    QuorumOff,
    /// Everything that is kept about a person, taken out.
    #[n(14)]
    ExportPerson(#[n(0)] MemberId),
    /// A token for a program that changes something.
    #[n(15)]
    AddIntegration {
        #[n(0)]
        scope: IntegrationScope,
        #[n(1)]
        name: Personal<String>,
        #[n(2)]
        days: u64,
    },
    /// It named somebody who was erased.
    #[n(16)]
    Forgotten,
    /// The identity ends; a code for a new device.
    #[n(17)]
    ResetIdentity(#[n(0)] MemberId),
    /// An account of an administrator ends.
    #[n(18)]
    RemoveAdministrator(#[n(0)] AdministratorId),
    /// One who was removed: the name, and out of the audit.
    #[n(19)]
    EraseAdministrator(#[n(0)] AdministratorId),
    /// The root's word about another directory key.
    #[n(20)]
    RotateDirectoryKey(#[n(0)] ByteVec),
}

impl Act {
    pub const fn kind(&self) -> DangerousAct {
        match self {
            Self::Code(_) | Self::ResetIdentity(_) => DangerousAct::IdentityReset,
            Self::Suspend(_) | Self::Remove(_) | Self::Revoke { .. } | Self::Run { .. } | Self::ReleaseBrake => {
                DangerousAct::AccessLoss
            }
            Self::AddAdministrator(_)
            | Self::AssignRoles { .. }
            | Self::ResetAdministrator(_)
            | Self::RemoveAdministrator(_)
            | Self::LinkAdministrator { .. }
            | Self::AddIntegration { .. } => DangerousAct::Roles,
            Self::Policy { .. } => DangerousAct::Policy,
            Self::Erase(_) | Self::ErasePerson(_) | Self::EraseAdministrator(_) | Self::Forgotten => {
                DangerousAct::Erasure
            }
            Self::ExportPerson(_) => DangerousAct::Export,
            Self::QuorumOff => DangerousAct::Quorum,
            Self::RotateDirectoryKey(_) => DangerousAct::DirectoryKey,
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Whom it is about, if it is about one person.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Self::Code(member)
            | Self::ResetIdentity(member)
            | Self::Suspend(member)
            | Self::Remove(member)
            | Self::Revoke { member, .. }
            | Self::Erase(member)
            | Self::ErasePerson(member)
            | Self::ExportPerson(member) => Some(*member),
            Self::Run { .. }
            | Self::ReleaseBrake
            | Self::AddAdministrator(_)
            | Self::AssignRoles { .. }
            | Self::ResetAdministrator(_)
            | Self::RemoveAdministrator(_)
            | Self::EraseAdministrator(_)
            | Self::LinkAdministrator { .. }
            | Self::Policy { .. }
            | Self::QuorumOff
            | Self::RotateDirectoryKey(_)
            | Self::AddIntegration { .. }
            | Self::Forgotten => None,
        }
    }

    /// Whether the person stands in it, in whatever place.
    pub fn names(&self, member: MemberId) -> bool {
        match self {
            Self::Policy { settings, .. } => Settings::from_bytes(settings)
                .is_none_or(|settings| settings.layers.keys().any(|scope| *scope == Scope::Person(member))),
            Self::Run { effect: Some(effect), .. } => effect.leavers.contains(&member),
            other => other.member() == Some(member),
        }
    }

    /// Whether it is about this administrator.
    pub fn is_about(&self, administrator: AdministratorId) -> bool {
        match self {
            Self::AssignRoles { administrator: of, .. } | Self::LinkAdministrator { administrator: of, .. } => {
                *of == administrator
            }
            Self::ResetAdministrator(of) | Self::RemoveAdministrator(of) | Self::EraseAdministrator(of) => {
                *of == administrator
            }
            _ => false,
        }
    }

    /// Whether agreeing opens it for whoever asked, who then gets what it yields, instead of doing it at once.
    pub fn is_for_the_asker(&self) -> bool {
        matches!(self, Self::ExportPerson(_) | Self::AddIntegration { .. })
    }
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Waits,
    /// Agreed to, and not known to be done: the server stopped in between. It is not done again.
    Agreed,
    Done,
    Refused,
    /// What was agreed to did not fit any more, or whoever asked is not who they were.
    Stale,
    /// Agreed to: whoever asked may do it, once.
    Open,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub number: u64,
    pub act: Act,
    pub salt: [u8; 16],
    pub asker: Party,
    pub asked: Timestamp,
    pub expires: Timestamp,
    pub outcome: Outcome,
    pub decider: Option<Party>,
    pub decided: Option<Timestamp>,
}

/// Why somebody cannot decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecidable {
    #[error("whoever asked cannot agree; it takes another person")]
    Oneself,
    #[error("this request has been decided already")]
    Decided,
    #[error("this request is older than a day; ask again")]
    Expired,
    #[error("this is not what the request says; look again")]
    OtherAct,
}

/// Whether two acts are of one person. Whoever is on the server's machine is one, under whatever user number: root can be anybody there.
fn is_same_person(one: &Party, other: &Party) -> bool {
    let is_local = |party: &Party| matches!(party, Party::LocalAdministrator { .. });
    one == other || (is_local(one) && is_local(other))
}

impl Request {
    /// Both people see it, besides the words, and the audit keeps it. Without the salt, which goes when somebody in the act is erased,
    /// nobody finds out by trying what it was.
    pub fn hash(&self) -> Hash32 {
        Hash32::sha256(&[HASH_LABEL, &self.salt, &self.act.to_bytes()].concat())
    }

    /// Whether whoever asked may do `act` now, because somebody else agreed.
    pub fn opens(&self, asker: &Party, act: &Act, now: Timestamp) -> bool {
        let is_fresh = self.decided.is_some_and(|decided| now < decided.plus_ms(OPEN_MS));
        self.outcome == Outcome::Open && is_fresh && self.asker == *asker && self.act == *act
    }

    /// Agrees to exactly what was `shown`.
    pub fn agree(&self, who: &impl Person, shown: Hash32, now: Timestamp) -> Result<Agreed, Undecidable> {
        self.undecided(now)?;
        if is_same_person(&self.asker, &who.party()) {
            return Err(Undecidable::Oneself);
        }
        if self.hash() != shown { Err(Undecidable::OtherAct) } else { Ok(Agreed(())) }
    }

    /// Refuses, or takes back what one asked for.
    pub fn refuse(&self, now: Timestamp) -> Result<(), Undecidable> {
        self.undecided(now)
    }

    fn undecided(&self, now: Timestamp) -> Result<(), Undecidable> {
        match self.outcome {
            Outcome::Waits if now < self.expires => Ok(()),
            Outcome::Waits => Err(Undecidable::Expired),
            Outcome::Agreed | Outcome::Done | Outcome::Refused | Outcome::Stale | Outcome::Open => {
                Err(Undecidable::Decided)
            }
        }
    }
}

/// Two people stand behind something.
#[derive(Debug)]
pub struct Agreed(());

impl Agreed {
    /// The permission of whoever agreed, with both behind it.
    pub fn grant<P: Permission>(&self, who: &impl Person) -> Result<Grant<P>, NotGranted> {
        who.allowed().map(Grant::of_two)
    }
}

/// Who took access from how many people of late. In memory: a restart forgets it, and no administrator restarts the server from the
/// console.
#[derive(Debug, Default)]
pub struct Losses(BTreeMap<Vec<u8>, VecDeque<Timestamp>>);

impl Losses {
    /// Whether this one may take access from one more person alone.
    pub fn is_spent(&mut self, actor: &Party, now: Timestamp) -> bool {
        let Some(times) = self.0.get_mut(&codec::encode(actor)) else { return false };
        times.retain(|at| now < at.plus_ms(LOSS_WINDOW_MS));
        times.len() >= LOSSES_MAX
    }

    /// One more person lost access.
    pub fn note(&mut self, actor: &Party, now: Timestamp) {
        let times = self.0.entry(codec::encode(actor)).or_default();
        times.push_back(now);
        while times.len() > LOSSES_MAX {
            times.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;

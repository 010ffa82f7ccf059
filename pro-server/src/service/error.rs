//! Why a use case was refused or failed: one enum for all, one variant for each decision. It must never carry a name, a
//! login or a secret; what a person reads is chosen by `code`.

mod code;

use protocol::certificate::BadCertificate;
use protocol::policy::PolicyKey;
use protocol::tlog::LeafRefused;

use crate::directory::csv::BadCsv;
use crate::directory::fault::LdapFault;
use crate::directory::ldap::Hindrance;
use crate::domain::access::{NotGranted, OutOfScope};
use crate::domain::account::BadAccount;
use crate::domain::policy::BadDraft;
use crate::domain::sync::Brake;
use crate::domain::throttle::TooMany;
use crate::identity::oidc::fault::ProviderFault;
use crate::identity::password::PasswordRefused;
use crate::storage::{StorageError, Unusable};

use super::sign_in::SignInDenial;

/// The outcome of a use case that was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error("there is no such {0}")]
    Missing(Thing),
    #[error(transparent)]
    Conflict(#[from] Clash),
    #[error(transparent)]
    Invalid(#[from] Fault),
    #[error(transparent)]
    Unavailable(#[from] Outage),
    #[error("the server's state is damaged or was changed by something else: {0}")]
    Internal(StorageError),
    /// A fault of this program: what it was about to write would break the log for every device.
    #[error("nothing was changed, because this would have put into the log what no log may hold: {0}")]
    BadLeaf(#[from] LeafRefused),
}

/// Somebody may not do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("the login or the password is wrong")]
    Password,
    #[error("the directory does not let this person in: {0}")]
    PasswordBlocked(Hindrance),
    #[error("this server checks no passwords; an enrollment code is needed")]
    NoPasswords,
    #[error("the enrollment code is unknown, has expired, or was used by another device")]
    Code,
    #[error("a password enrolls the first device only; an administrator has to make an enrollment code")]
    CodeNeeded,
    #[error("the enrollment took too long or the server was restarted meanwhile; begin again")]
    Ticket,
    #[error("this person is suspended")]
    Suspended,
    #[error("this device is revoked; a device is never taken back, a new one has to be enrolled")]
    DeviceRevoked,
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Of an administrator; which of the three is not told.
    #[error("the name, the password or the code is wrong")]
    SignIn,
    #[error("the one-time link is unknown, spent or has expired")]
    Link,
    #[error("no role of this administrator allows this")]
    Role,
    /// Kept for a second person, under this number.
    #[error("this needs a second person and waits for one, as request {0}")]
    Waits(u64),
    /// Of a program.
    #[error("this needs two people, and a program is none")]
    TwoPeople,
    /// A dangerous act, and the password was typed too long ago.
    #[error("this is a dangerous act; sign in again")]
    SignInAgain,
    #[error("whoever asked cannot agree; it takes another person")]
    OwnRequest,
    #[error("access was taken from many within a day; somebody with the role people or owner has to go on")]
    TooManyLost,
    /// Of a help desk.
    #[error("this person has had a device before; a help desk makes codes for newcomers only")]
    NotNewcomer,
    #[error("the root key named approvers, and they have not agreed to the end of this identity")]
    Unapproved,
    #[error(transparent)]
    SignInAt(#[from] SignInDenial),
    /// Of a program; which of the three is not told.
    #[error("the token is unknown, revoked or has expired")]
    Token,
    /// Of a program: the token is good, but not for this.
    #[error(transparent)]
    OutOfScope(#[from] OutOfScope),
    /// Of a program: a person has to answer for this.
    #[error("{0} would permit more than it does, or delete what people wrote; that is for an administrator to decide")]
    OnlyPeople(PolicyKey),
}

/// Something that was named and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Person,
    Device,
    Administrator,
    /// An open session of the console.
    Session,
    Integration,
    /// A request for a second person, by its number.
    Approval,
    /// No `[directory.ldap]` is configured.
    Directory,
    /// A directory run by its place, kept no more or never.
    Run,
    /// A source of people by its name.
    Source,
    /// No `[[identity.oidc]]` has this name, or not for this.
    Provider,
    /// A version of the policy, or its draft.
    Policy,
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Person => "person",
            Self::Device => "device",
            Self::Administrator => "administrator",
            Self::Integration => "token",
            Self::Approval => "request",
            Self::Session => "session",
            Self::Directory => "directory: [directory.ldap] is not configured",
            Self::Run => "directory run",
            Self::Source => "source of people",
            Self::Provider => "identity provider",
            Self::Policy => "version of the policy",
        })
    }
}

/// The request is fine but does not fit the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    #[error(transparent)]
    Brake(#[from] Brake),
    #[error("this person is suspended already")]
    AlreadySuspended,
    #[error("this person was not suspended by hand; who left the directory comes back through the directory")]
    NotLocked,
    #[error("somebody listed has this login already")]
    LoginTaken,
    #[error("this device is revoked already")]
    AlreadyRevoked,
    #[error("this is the last owner who can sign in")]
    LastOwner,
    #[error("it takes two owners who can sign in")]
    TooFewOwners,
    #[error("too many requests wait for a second person; decide some first")]
    TooManyWaiting,
    #[error("this request has been decided already")]
    Decided,
    #[error("this request is older than a day; ask again")]
    RequestExpired,
    #[error("nobody removes themselves")]
    Oneself,
    #[error("the administrator has an account with this provider, or the account is somebody else's")]
    Linked,
    #[error("there is no account at an identity provider to forget")]
    NotLinked,
    #[error("there are as many tokens as there may be; revoke one first")]
    TooManyIntegrations,
    /// It would hold whom nothing may hold any more.
    #[error("a backup is being taken; wait until it is written")]
    BackupUnderWay,
    /// Somebody was erased, and is still in freed places of the database's files.
    #[error("the files of the database could not be rewritten yet")]
    NotCompacted,
    /// The database of before a move is left, and holds everybody.
    #[error("the database of before the move is still in the data folder")]
    OldDatabase,
    /// Somebody else changed the same thing at the same moment.
    #[error("something else was changed at the same moment; look again")]
    Stale,
}

/// The request itself cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the login has characters that no login has")]
    Login,
    #[error("the person is in too many groups")]
    Groups,
    #[error(transparent)]
    Csv(#[from] BadCsv),
    #[error("{} faults in the policy", .0.len())]
    Policy(Vec<BadDraft>),
    #[error("no such scope; write organization, group:NAME or person:LOGIN")]
    Scope,
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
    /// The certificate request is well-formed and signed, but not for this enrollment.
    #[error("the certificate request does not fit the enrollment")]
    RequestMismatch,
    #[error("the certificate would last longer than the policy allows; update this client")]
    CertificateTooLong,
    #[error("the envelope key is not usable")]
    EnvelopeKey,
    #[error("{} faults in the account", .0.len())]
    Account(Vec<BadAccount>),
    /// The audit goes on naming whoever takes part.
    #[error("this person still takes part; suspend them first")]
    TakesPart,
    #[error("the audit does not name this person")]
    Unnamed,
    #[error("the audit has no such entry")]
    NoEntry,
    /// What an audit shall be compared with.
    #[error("this is no checkpoint of this organization's audit, and no export that ends with one")]
    OtherCheckpoint,
    #[error("the identity provider is not to be come to in this way")]
    SignInWay,
    #[error("a token has a name of at most 64 bytes and lives between 1 and 730 days")]
    Integration,
    #[error("no identity provider calls anybody so")]
    Subject,
    #[error("this is no order to end this identity, or it is of another one or more than a week old")]
    Order,
    #[error("this list of approvers is not signed by the root key, or not newer than the one in force")]
    Approvers,
    #[error("an administrator has between 1 and 32 roles")]
    Roles,
    /// Whoever a page ended with is gone meanwhile.
    #[error("the place where this page begins is gone")]
    Place,
}

/// Something that the server needs does not work at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    #[error(transparent)]
    Directory(#[from] LdapFault),
    #[error(transparent)]
    Provider(#[from] ProviderFault),
    #[error("the database does not answer")]
    Database,
    #[error("the disk is full; free some space, nothing was changed")]
    Disk,
    /// Of one database there is one server.
    #[error("another server serves on the database")]
    Taken,
    #[error(
        "the database is older than what this server has shown; restore a backup instead of going back in the database"
    )]
    Behind,
    #[error("too many enrollments are under way; try again in some minutes")]
    Enrollments,
}

impl From<StorageError> for ServiceError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full => Self::Unavailable(Outage::Disk),
            StorageError::Unusable(Unusable::Taken) => Self::Unavailable(Outage::Taken),
            StorageError::Driver { .. }
            | StorageError::Unusable(_)
            | StorageError::HeldBack
            | StorageError::NotOwned { .. } => Self::Unavailable(Outage::Database),
            StorageError::Conflict { .. } => Self::Conflict(Clash::Stale),
            StorageError::Corrupt { .. } => Self::Internal(error),
        }
    }
}

impl From<PasswordRefused> for ServiceError {
    fn from(refused: PasswordRefused) -> Self {
        match refused {
            PasswordRefused::Wrong => Denial::Password.into(),
            PasswordRefused::Blocked(hindrance) => Denial::PasswordBlocked(hindrance).into(),
            PasswordRefused::NoDirectory => Denial::NoPasswords.into(),
            PasswordRefused::TooMany(too_many) => Denial::TooMany(too_many).into(),
            PasswordRefused::Directory(fault) => Outage::Directory(fault).into(),
        }
    }
}

impl From<NotGranted> for ServiceError {
    fn from(_: NotGranted) -> Self {
        Self::Denied(Denial::Role)
    }
}

impl From<OutOfScope> for ServiceError {
    fn from(refused: OutOfScope) -> Self {
        Self::Denied(Denial::OutOfScope(refused))
    }
}

impl From<BadCsv> for ServiceError {
    fn from(bad: BadCsv) -> Self {
        Self::Invalid(Fault::Csv(bad))
    }
}

impl From<Brake> for ServiceError {
    fn from(brake: Brake) -> Self {
        Self::Conflict(Clash::Brake(brake))
    }
}

impl From<BadCertificate> for ServiceError {
    fn from(bad: BadCertificate) -> Self {
        Self::Invalid(Fault::Certificate(bad))
    }
}

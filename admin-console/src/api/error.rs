//! Why something was refused or failed: small enums, one variant for each decision. They must never carry a name, a login or a
//! secret; what a person reads is chosen by the variant.

/// The outcome of a request that was not done. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    #[error(transparent)]
    Denied(#[from] Denial),
    #[error("there is no such {0:?}")]
    Missing(Thing),
    #[error(transparent)]
    Conflict(#[from] Clash),
    #[error("{} fields cannot be used", .0.len())]
    Invalid(Vec<FieldProblem>),
    #[error(transparent)]
    Unavailable(#[from] Dependency),
    #[error("the server failed; its own log says more")]
    Internal,
}

/// Somebody may not do this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    #[error("no role allows this")]
    Role,
    /// It waits for a second person now, under this number.
    #[error("request {number} waits for a second person")]
    Waits { number: u64 },
    #[error("nobody agrees to their own request")]
    OwnRequest,
    /// A dangerous act, and the password was typed too long ago.
    #[error("a dangerous act needs a fresh sign-in")]
    SignInAgain,
    #[error("access was taken from many within a day")]
    TooManyLost,
    /// To a help desk.
    #[error("this person has had a device before")]
    NotNewcomer,
    /// It takes signatures that come by file.
    #[error("the root key named approvers, and they have not agreed")]
    Unapproved,
    #[error("the name, the password or the code is wrong")]
    Credentials,
    #[error("the one-time link is unknown, spent or has expired")]
    Link,
    #[error("the sign-in was refused at the identity provider")]
    ProviderRefused,
    #[error("the sign-in took too long, or was finished in another window")]
    ProviderExpired,
    #[error("what the identity provider said cannot be trusted")]
    ProviderToken,
    #[error("the identity provider does not say what is required")]
    ProviderRequired,
    #[error("too many attempts; the next one counts in {retry_after_s} s")]
    TooMany { retry_after_s: u64 },
}

/// Something that was named and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Person,
    Device,
    Administrator,
    Integration,
    /// A request for a second person.
    Approval,
    /// An open session.
    Session,
    /// No LDAP directory is configured.
    Directory,
    /// A source of people, by its name.
    Source,
    /// No identity provider has this name, or not for administrators.
    Provider,
    /// A version of the policy, or its draft.
    Policy,
}

/// The request is fine but does not fit the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    #[error(transparent)]
    Brake(#[from] Brake),
    #[error("this person is suspended already")]
    AlreadySuspended,
    #[error("this person was not suspended by hand")]
    NotLocked,
    #[error("this person is suspended")]
    Suspended,
    #[error("this device is revoked already")]
    AlreadyRevoked,
    #[error("the last owner cannot be removed")]
    LastOwner,
    #[error("it takes two owners")]
    TooFewOwners,
    #[error("too many requests wait")]
    TooManyWaiting,
    #[error("this request has been decided")]
    Decided,
    #[error("this request is too old")]
    RequestExpired,
    #[error("nobody removes their own account")]
    Oneself,
    #[error("there are as many provisioning tokens as there may be")]
    TooManyIntegrations,
    #[error("a backup is being taken")]
    BackupUnderWay,
    /// It holds whoever is to be erased.
    #[error("the database of before a move is still there")]
    OldDatabase,
    #[error("this administrator has an account there, or the account is somebody else's")]
    Linked,
    #[error("this administrator has no account at an identity provider")]
    NotLinked,
    #[error("something else was changed at the same moment; look again")]
    Stale,
    /// A policy cannot be dated before the one in force.
    #[error("the server's clock is behind; check its time")]
    ClockWentBack,
}

/// A directory run is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Brake {
    #[error("the directory shows nobody, but {listed} people are listed")]
    Empty { listed: u64 },
    #[error("{hit} people would lose access or their groups, at most {allowed} may now")]
    TooMany { hit: u64, allowed: u64 },
    #[error("{hit} people would lose access or their groups, and the source may not show everybody")]
    Doubtful { hit: u64 },
}

/// A field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Login,
    Password,
    Code,
    FileMaxBytes,
    MessageRetentionDays,
    ClientMinVersion,
    DirectoryVisibility,
    PolicyScope,
    PolicyValue,
    TokenName,
    /// What an identity provider calls somebody.
    Subject,
    /// A role, and the group that it is over.
    Roles,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    Empty,
    /// Has characters that it may not have, or is no number.
    Malformed,
    TooShort {
        chars_min: u32,
    },
    TooLong {
        chars_max: u32,
    },
    /// Well known, or made from the login.
    Guessable,
    /// Somebody else has it.
    Taken,
    /// The password that it was.
    Kept,
    /// A code that is not the one of this moment.
    Wrong,
    OutOfRange {
        min: u64,
        max: u64,
    },
    /// Newer than the server: no client could come in.
    LocksEverybodyOut,
}

/// One fault of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldProblem {
    pub field: Field,
    pub fault: FieldFault,
}

/// Something that the server needs does not work at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Dependency {
    /// The stable code of the directory's fault (`ldap-unreachable`, `ldap-timeout`, …).
    #[error("the directory does not work: {code}")]
    Directory { code: &'static str },
    /// The stable code of the identity provider's fault (`provider-unreachable`, …).
    #[error("the identity provider does not work: {code}")]
    Provider { code: &'static str },
    #[error("the database does not answer")]
    Database,
    #[error("the disk is full")]
    Disk,
}

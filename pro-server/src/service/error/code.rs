//! The stable word of each refusal. A word that was released must never change: scripts and translations know it.

use crate::directory::csv::{BadCsv, LineProblem};

use super::{Clash, Denial, Fault, Outage, ServiceError, Thing};

impl ServiceError {
    /// A stable word for scripts, problem documents and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(denial) => denial.code(),
            Self::Missing(Thing::Person) => "no-such-person",
            Self::Missing(Thing::Device) => "no-such-device",
            Self::Missing(Thing::Administrator) => "no-such-administrator",
            Self::Missing(Thing::Integration) => "no-such-token",
            Self::Missing(Thing::Approval) => "no-such-request",
            Self::Missing(Thing::Session) => "no-such-session",
            Self::Missing(Thing::Directory) => "no-directory",
            Self::Missing(Thing::Run) => "no-such-run",
            Self::Missing(Thing::Source) => "no-such-source",
            Self::Missing(Thing::Provider) => "no-such-provider",
            Self::Missing(Thing::Policy) => "no-such-policy",
            Self::Conflict(clash) => clash.code(),
            Self::Invalid(fault) => fault.code(),
            Self::Unavailable(Outage::Directory(fault)) => fault.code(),
            Self::Unavailable(Outage::Provider(fault)) => fault.code(),
            Self::Unavailable(Outage::Database) => "database",
            Self::Unavailable(Outage::Disk) => "disk-full",
            Self::Unavailable(Outage::Taken) => "store-taken",
            Self::Unavailable(Outage::Behind) => "store-behind",
            Self::Unavailable(Outage::Enrollments) => "enrollments-busy",
            Self::Internal(_) | Self::BadLeaf(_) => "internal",
        }
    }
}

impl Denial {
    const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordBlocked(hindrance) => hindrance.code(),
            Self::NoPasswords => "no-passwords",
            Self::Code => "code",
            Self::CodeNeeded => "code-needed",
            Self::Ticket => "ticket",
            Self::Suspended => "suspended",
            Self::DeviceRevoked => "device-revoked",
            Self::TooMany(_) => "too-many-attempts",
            Self::SignIn => "sign-in",
            Self::Link => "link",
            Self::Role => "role",
            Self::Waits(_) => "waits",
            Self::TwoPeople => "two-people",
            Self::OwnRequest => "own-request",
            Self::SignInAgain => "sign-in-again",
            Self::TooManyLost => "too-many-lost",
            Self::NotNewcomer => "not-a-newcomer",
            Self::Unapproved => "unapproved",
            Self::SignInAt(denial) => denial.code(),
            Self::Token => "token",
            Self::OutOfScope(_) => "scope",
            Self::OnlyPeople(_) => "only-people",
        }
    }
}

impl Clash {
    const fn code(self) -> &'static str {
        match self {
            Self::Brake(brake) => brake.code(),
            Self::AlreadySuspended => "already-suspended",
            Self::NotLocked => "not-suspended-by-hand",
            Self::LoginTaken => "login-taken",
            Self::AlreadyRevoked => "already-revoked",
            Self::LastOwner => "last-owner",
            Self::TooFewOwners => "too-few-owners",
            Self::TooManyWaiting => "too-many-waiting",
            Self::Decided => "decided",
            Self::RequestExpired => "request-expired",
            Self::Oneself => "oneself",
            Self::Linked => "linked",
            Self::NotLinked => "not-linked",
            Self::TooManyIntegrations => "too-many-tokens",
            Self::BackupUnderWay => "backup-under-way",
            Self::OldDatabase => "old-database",
            Self::NotCompacted => "not-compacted",
            Self::Stale => "stale",
        }
    }
}

impl Fault {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Csv(_) => "csv",
            Self::Groups => "groups",
            Self::Policy(_) => "policy",
            Self::Scope => "policy-scope",
            Self::Certificate(_) => "certificate",
            Self::RequestMismatch => "request-mismatch",
            Self::CertificateTooLong => "certificate-too-long",
            Self::EnvelopeKey => "envelope-key",
            Self::Account(_) => "account",
            Self::TakesPart => "takes-part",
            Self::Unnamed => "unnamed",
            Self::NoEntry => "no-such-entry",
            Self::OtherCheckpoint => "other-checkpoint",
            Self::SignInWay => "sign-in-way",
            Self::Integration => "token-name",
            Self::Subject => "subject",
            Self::Roles => "roles",
            Self::Order => "identity-order",
            Self::Approvers => "approvers",
            Self::Place => "place",
        }
    }

    /// The lines of a CSV file that are to blame.
    pub fn lines(&self) -> &[LineProblem] {
        match self {
            Self::Csv(BadCsv::Lines(lines)) => lines,
            _ => &[],
        }
    }
}

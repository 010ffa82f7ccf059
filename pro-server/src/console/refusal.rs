//! What the use cases refuse, as the console says it. It must never carry more than the variant says.

use admin_console::api::{ApiError, Brake, Clash, Denial, Dependency, Field, FieldFault, FieldProblem, Thing};

use crate::domain::account::{BadAccount, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use crate::domain::policy::BadDraft;
use crate::domain::sync;
use crate::service::sign_in::SignInDenial;
use crate::service::{self, Fault, Outage, ServiceError};

/// Failures of ours are logged, and nothing of the request.
pub(super) fn refused(error: ServiceError) -> ApiError {
    match error {
        ServiceError::Denied(denial) => denied(denial),
        ServiceError::Missing(thing) => ApiError::Missing(match thing {
            service::Thing::Person => Thing::Person,
            service::Thing::Device => Thing::Device,
            service::Thing::Administrator => Thing::Administrator,
            service::Thing::Integration => Thing::Integration,
            service::Thing::Approval => Thing::Approval,
            service::Thing::Session => Thing::Session,
            service::Thing::Directory | service::Thing::Run => Thing::Directory,
            service::Thing::Source => Thing::Source,
            service::Thing::Provider => Thing::Provider,
            service::Thing::Policy => Thing::Policy,
        }),
        // The server's log says more, and the same from the command line does the rest.
        ServiceError::Conflict(service::Clash::NotCompacted) => Dependency::Database.into(),
        ServiceError::Conflict(clash) => clashed(clash).into(),
        ServiceError::Invalid(Fault::Account(bad)) => ApiError::Invalid(bad.into_iter().map(of_account).collect()),
        ServiceError::Invalid(Fault::Integration) => {
            ApiError::Invalid(vec![FieldProblem { field: Field::TokenName, fault: FieldFault::Malformed }])
        }
        ServiceError::Invalid(Fault::Subject) => {
            let fault = FieldFault::Malformed;
            ApiError::Invalid(vec![FieldProblem { field: Field::Subject, fault }])
        }
        // The page that asks is shown of nobody who takes part.
        ServiceError::Invalid(Fault::TakesPart) => Clash::Stale.into(),
        ServiceError::Invalid(Fault::Roles) => {
            ApiError::Invalid(vec![FieldProblem { field: Field::Roles, fault: FieldFault::Malformed }])
        }
        ServiceError::Invalid(Fault::Policy(bad)) => of_policy(&bad),
        ServiceError::Unavailable(Outage::Directory(fault)) => Dependency::Directory { code: fault.code() }.into(),
        ServiceError::Unavailable(Outage::Provider(fault)) => Dependency::Provider { code: fault.code() }.into(),
        ServiceError::Unavailable(Outage::Database | Outage::Taken | Outage::Behind) => Dependency::Database.into(),
        ServiceError::Unavailable(Outage::Disk) => Dependency::Disk.into(),
        // The console asks for none of these.
        error @ (ServiceError::Invalid(
            Fault::Login
            | Fault::Groups
            | Fault::Csv(_)
            | Fault::Certificate(_)
            | Fault::RequestMismatch
            | Fault::CertificateTooLong
            | Fault::EnvelopeKey
            | Fault::Unnamed
            | Fault::OtherCheckpoint
            | Fault::NoEntry
            | Fault::Place
            | Fault::Order
            | Fault::Approvers
            | Fault::SignInWay
            | Fault::Scope,
        )
        | ServiceError::Unavailable(Outage::Enrollments)
        | ServiceError::Internal(_)
        | ServiceError::BadLeaf(_)) => {
            tracing::error!(code = error.code(), "a request of the console failed: {error}");
            ApiError::Internal
        }
    }
}

fn denied(denial: service::Denial) -> ApiError {
    match denial {
        service::Denial::SignIn => Denial::Credentials.into(),
        service::Denial::Link => Denial::Link.into(),
        service::Denial::TooMany(too_many) => {
            Denial::TooMany { retry_after_s: too_many.retry_after_ms.div_ceil(1_000) }.into()
        }
        service::Denial::Waits(number) => Denial::Waits { number }.into(),
        service::Denial::OwnRequest => Denial::OwnRequest.into(),
        service::Denial::SignInAgain => Denial::SignInAgain.into(),
        service::Denial::TooManyLost => Denial::TooManyLost.into(),
        service::Denial::NotNewcomer => Denial::NotNewcomer.into(),
        service::Denial::Unapproved => Denial::Unapproved.into(),
        service::Denial::Suspended => Clash::Suspended.into(),
        service::Denial::DeviceRevoked => Clash::AlreadyRevoked.into(),
        service::Denial::SignInAt(denial) => match denial {
            SignInDenial::Refused => Denial::ProviderRefused,
            SignInDenial::Expired | SignInDenial::Pending { .. } => Denial::ProviderExpired,
            SignInDenial::Token(_) => Denial::ProviderToken,
            SignInDenial::Required
            | SignInDenial::Unnamed
            | SignInDenial::UnverifiedMail
            | SignInDenial::Unknown
            | SignInDenial::OtherAccount => Denial::ProviderRequired,
        }
        .into(),
        service::Denial::Role
        | service::Denial::Password
        | service::Denial::PasswordBlocked(_)
        | service::Denial::NoPasswords
        | service::Denial::Code
        | service::Denial::CodeNeeded
        | service::Denial::Ticket
        | service::Denial::Token
        | service::Denial::OutOfScope(_)
        | service::Denial::TwoPeople
        | service::Denial::OnlyPeople(_) => Denial::Role.into(),
    }
}

fn clashed(clash: service::Clash) -> Clash {
    match clash {
        service::Clash::Brake(brake) => Clash::Brake(braked(brake)),
        service::Clash::AlreadySuspended => Clash::AlreadySuspended,
        service::Clash::NotLocked => Clash::NotLocked,
        service::Clash::AlreadyRevoked => Clash::AlreadyRevoked,
        // The console pushes nobody.
        service::Clash::LoginTaken => Clash::Stale,
        service::Clash::LastOwner => Clash::LastOwner,
        service::Clash::TooFewOwners => Clash::TooFewOwners,
        service::Clash::TooManyWaiting => Clash::TooManyWaiting,
        service::Clash::Decided => Clash::Decided,
        service::Clash::RequestExpired => Clash::RequestExpired,
        service::Clash::Oneself => Clash::Oneself,
        service::Clash::TooManyIntegrations => Clash::TooManyIntegrations,
        service::Clash::BackupUnderWay => Clash::BackupUnderWay,
        service::Clash::OldDatabase => Clash::OldDatabase,
        service::Clash::Linked => Clash::Linked,
        service::Clash::NotLinked => Clash::NotLinked,
        service::Clash::Stale | service::Clash::NotCompacted => Clash::Stale,
    }
}

pub(super) fn braked(brake: sync::Brake) -> Brake {
    match brake {
        sync::Brake::Empty { listed } => Brake::Empty { listed },
        sync::Brake::TooMany { hit, allowed } => Brake::TooMany { hit, allowed },
        sync::Brake::Doubtful { hit } => Brake::Doubtful { hit },
    }
}

fn of_account(bad: BadAccount) -> FieldProblem {
    let (field, fault) = match bad {
        BadAccount::Name => (Field::Login, FieldFault::Malformed),
        BadAccount::NameTaken => (Field::Login, FieldFault::Taken),
        BadAccount::PasswordTooShort => (Field::Password, FieldFault::TooShort { chars_min: PASSWORD_CHARS_MIN }),
        BadAccount::PasswordTooLong => (Field::Password, FieldFault::TooLong { chars_max: PASSWORD_CHARS_MAX }),
        BadAccount::PasswordGuessable => (Field::Password, FieldFault::Guessable),
        BadAccount::PasswordKept => (Field::Password, FieldFault::Kept),
        BadAccount::Code => (Field::Code, FieldFault::Wrong),
    };
    FieldProblem { field, fault }
}

/// A draft of another version, or a clock that is wrong, comes before any field.
fn of_policy(bad: &[BadDraft]) -> ApiError {
    if bad.iter().any(|bad| matches!(bad, BadDraft::Stale { .. })) {
        return Clash::Stale.into();
    }
    if bad.iter().any(|bad| matches!(bad, BadDraft::ClockWentBack)) {
        return Clash::ClockWentBack.into();
    }
    let field = |bad: &BadDraft| match bad {
        BadDraft::NotThere(_) | BadDraft::NoGuests | BadDraft::TooMuch | BadDraft::LocksEverybodyOut => {
            Some(FieldProblem { field: Field::ClientMinVersion, fault: FieldFault::LocksEverybodyOut })
        }
        BadDraft::Stale { .. } | BadDraft::ClockWentBack => None,
    };
    ApiError::Invalid(bad.iter().filter_map(field).collect())
}

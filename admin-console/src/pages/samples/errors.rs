//! Every refusal and fault that a page can have to tell.

use crate::api::*;

pub fn every_fault() -> Vec<FieldProblem> {
    let faults = [
        FieldFault::Empty,
        FieldFault::Malformed,
        FieldFault::TooShort { chars_min: 12 },
        FieldFault::TooLong { chars_max: 64 },
        FieldFault::Guessable,
        FieldFault::Taken,
        FieldFault::Wrong,
        FieldFault::OutOfRange { min: 7, max: 3_650 },
        FieldFault::LocksEverybodyOut,
    ];
    let fields = [
        Field::FileMaxBytes,
        Field::MessageRetentionDays,
        Field::ClientMinVersion,
        Field::DirectoryVisibility,
        Field::Login,
        Field::Password,
        Field::Code,
        Field::TokenName,
        Field::PolicyScope,
        Field::PolicyValue,
    ];
    fields.into_iter().flat_map(|field| faults.map(|fault| FieldProblem { field, fault })).collect()
}

pub fn every_error() -> Vec<ApiError> {
    let mut errors: Vec<ApiError> = [
        Clash::Brake(Brake::Empty { listed: 2 }),
        Clash::Brake(Brake::TooMany { hit: 1, allowed: 1 }),
        Clash::Brake(Brake::Doubtful { hit: 3 }),
        Clash::AlreadySuspended,
        Clash::NotLocked,
        Clash::Suspended,
        Clash::AlreadyRevoked,
        Clash::LastOwner,
        Clash::Oneself,
        Clash::TooManyIntegrations,
        Clash::BackupUnderWay,
        Clash::OldDatabase,
        Clash::Linked,
        Clash::NotLinked,
        Clash::Stale,
        Clash::ClockWentBack,
    ]
    .map(ApiError::from)
    .into();
    let denials = [
        Denial::Role,
        Denial::Credentials,
        Denial::Link,
        Denial::TooMany { retry_after_s: 1 },
        Denial::ProviderRefused,
        Denial::ProviderExpired,
        Denial::ProviderToken,
        Denial::ProviderRequired,
    ];
    errors.extend(denials.map(ApiError::from));
    errors.extend(
        [
            Thing::Person,
            Thing::Device,
            Thing::Administrator,
            Thing::Directory,
            Thing::Source,
            Thing::Provider,
            Thing::Integration,
            Thing::Policy,
        ]
        .map(ApiError::Missing),
    );
    errors.extend([Dependency::Database, Dependency::Disk].map(ApiError::from));
    let codes = ["ldap-unreachable", "ldap-start-tls", "ldap-of-another-version"];
    errors.extend(codes.map(|code| ApiError::from(Dependency::Directory { code })));
    errors.extend(
        ["provider-unreachable", "provider-of-another-version"]
            .map(|code| ApiError::from(Dependency::Provider { code })),
    );
    errors.extend([ApiError::Internal, ApiError::Invalid(every_fault())]);
    errors
}

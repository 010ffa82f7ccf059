//! What was refused or failed, in words: what, why, and what to do next. A part inside a page, or a page of its own.

use actix_web::http::StatusCode;
use askama::Template;

use crate::api::{ApiError, Brake, Clash, Denial, Dependency, Field, FieldFault, FieldProblem, Thing};
use crate::view::View;
use crate::words::Words;

/// A problem in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    pub title: String,
    /// Why.
    pub text: String,
    /// What to do.
    pub next: String,
    pub retry_after_s: Option<u64>,
}

/// As it stands inside a page.
#[derive(Template)]
#[template(path = "parts/problem.html")]
pub struct ProblemPart<'a> {
    v: &'a View,
    problem: &'a Problem,
}

/// As a page of its own.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct ProblemPage<'a> {
    v: &'a View,
    problem: &'a Problem,
}

impl Problem {
    /// In words.
    pub fn of(error: &ApiError, words: Words) -> Self {
        let (status, key) = kind(error);
        let mut problem = Self::named(status, key, words);
        match error {
            ApiError::Denied(Denial::TooMany { retry_after_s }) => {
                problem.next = words.say_with(
                    "problem-too-many-next",
                    &[("n", (*retry_after_s).into()), ("count", words.number(*retry_after_s).into())],
                );
                problem.retry_after_s = Some(*retry_after_s);
            }
            ApiError::Conflict(Clash::Brake(brake)) => problem.text = brake_words(*brake, words),
            ApiError::Unavailable(Dependency::Provider { code }) => problem.text = provider_words(code, words),
            ApiError::Unavailable(Dependency::Directory { code }) => problem.text = directory_words(code, words),
            ApiError::Invalid(problems) => {
                let lines: Vec<String> = problems.iter().map(|problem| field_words(problem, words)).collect();
                problem.text = lines.join(" ");
            }
            _ => {}
        }
        problem
    }

    /// A page that is not there.
    pub fn no_page(words: Words) -> Self {
        Self::named(StatusCode::NOT_FOUND, "no-page", words)
    }

    /// A form that was not made for this session.
    pub fn stale_form(words: Words) -> Self {
        Self::named(StatusCode::FORBIDDEN, "stale-form", words)
    }

    fn named(status: StatusCode, key: &str, words: Words) -> Self {
        let say = |part: &str| words.try_say(&format!("problem-{key}{part}")).unwrap_or_default();
        Self { status, title: say("-title"), text: say("-text"), next: say("-next"), retry_after_s: None }
    }

    pub fn part<'a>(&'a self, view: &'a View) -> ProblemPart<'a> {
        ProblemPart { v: view, problem: self }
    }

    pub fn page<'a>(&'a self, view: &'a View) -> ProblemPage<'a> {
        ProblemPage { v: view, problem: self }
    }
}

/// The status, and the middle of the keys `problem-…-title`, `-text` and `-next`.
const fn kind(error: &ApiError) -> (StatusCode, &'static str) {
    match error {
        ApiError::Denied(Denial::Role) => (StatusCode::FORBIDDEN, "role"),
        ApiError::Denied(Denial::Waits { .. }) => (StatusCode::FORBIDDEN, "waits"),
        ApiError::Denied(Denial::OwnRequest) => (StatusCode::FORBIDDEN, "own-request"),
        ApiError::Denied(Denial::SignInAgain) => (StatusCode::FORBIDDEN, "sign-in-again"),
        ApiError::Denied(Denial::TooManyLost) => (StatusCode::FORBIDDEN, "too-many-lost"),
        ApiError::Denied(Denial::NotNewcomer) => (StatusCode::FORBIDDEN, "newcomer"),
        ApiError::Denied(Denial::Unapproved) => (StatusCode::FORBIDDEN, "unapproved"),
        ApiError::Denied(Denial::Credentials) => (StatusCode::FORBIDDEN, "credentials"),
        ApiError::Denied(Denial::Link) => (StatusCode::GONE, "link"),
        ApiError::Denied(Denial::ProviderRefused) => (StatusCode::FORBIDDEN, "provider-refused"),
        ApiError::Denied(Denial::ProviderExpired) => (StatusCode::GONE, "provider-expired"),
        ApiError::Denied(Denial::ProviderToken) => (StatusCode::FORBIDDEN, "provider-token"),
        ApiError::Denied(Denial::ProviderRequired) => (StatusCode::FORBIDDEN, "provider-required"),
        ApiError::Denied(Denial::TooMany { .. }) => (StatusCode::TOO_MANY_REQUESTS, "too-many"),
        ApiError::Missing(thing) => (StatusCode::NOT_FOUND, missing(*thing)),
        ApiError::Conflict(clash) => (StatusCode::CONFLICT, conflict(*clash)),
        ApiError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        ApiError::Unavailable(Dependency::Directory { .. }) => (StatusCode::SERVICE_UNAVAILABLE, "directory"),
        ApiError::Unavailable(Dependency::Provider { .. }) => (StatusCode::SERVICE_UNAVAILABLE, "provider"),
        ApiError::Unavailable(Dependency::Database) => (StatusCode::SERVICE_UNAVAILABLE, "database"),
        ApiError::Unavailable(Dependency::Disk) => (StatusCode::SERVICE_UNAVAILABLE, "disk"),
        ApiError::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

const fn missing(thing: Thing) -> &'static str {
    match thing {
        Thing::Person => "no-person",
        Thing::Device => "no-device",
        Thing::Administrator => "no-administrator",
        Thing::Integration => "no-token",
        Thing::Approval => "no-approval",
        Thing::Session => "no-session",
        Thing::Directory => "no-directory",
        Thing::Source => "no-source",
        Thing::Provider => "no-provider",
        Thing::Policy => "no-policy",
    }
}

const fn conflict(clash: Clash) -> &'static str {
    match clash {
        Clash::Brake(_) => "brake",
        Clash::AlreadySuspended => "already-suspended",
        Clash::NotLocked => "not-locked",
        Clash::Suspended => "suspended",
        Clash::AlreadyRevoked => "already-revoked",
        Clash::LastOwner => "last-owner",
        Clash::Oneself => "oneself",
        Clash::TooFewOwners => "too-few-owners",
        Clash::TooManyWaiting => "too-many-waiting",
        Clash::Decided => "decided",
        Clash::RequestExpired => "request-expired",
        Clash::TooManyIntegrations => "too-many-tokens",
        Clash::BackupUnderWay => "backup-under-way",
        Clash::OldDatabase => "old-database",
        Clash::Linked => "linked",
        Clash::NotLinked => "not-linked",
        Clash::Stale => "stale",
        Clash::ClockWentBack => "clock",
    }
}

/// Why the brake holds.
pub fn brake_words(brake: Brake, words: Words) -> String {
    match brake {
        Brake::Empty { listed } => {
            words.say_with("brake-empty", &[("n", listed.into()), ("count", words.number(listed).into())])
        }
        Brake::TooMany { hit, allowed } => words.say_with(
            "brake-too-many",
            &[("n", hit.into()), ("count", words.number(hit).into()), ("allowed", words.number(allowed).into())],
        ),
        Brake::Doubtful { hit } => {
            words.say_with("brake-doubtful", &[("n", hit.into()), ("count", words.number(hit).into())])
        }
    }
}

/// What is wrong with the directory, by the stable code of its fault.
pub fn directory_words(code: &str, words: Words) -> String {
    words.try_say(&format!("directory-{code}")).unwrap_or_else(|| words.say("directory-ldap-other"))
}

/// What is wrong with the identity provider.
fn provider_words(code: &str, words: Words) -> String {
    words.try_say(code).unwrap_or_else(|| words.say("provider-answer"))
}

/// What is wrong with a field, and what fits.
pub fn field_words(problem: &FieldProblem, words: Words) -> String {
    let number = |number: u64| words.number(number).into();
    match problem.fault {
        FieldFault::Empty => words.say("field-empty"),
        FieldFault::Malformed => words.say(match problem.field {
            Field::Login => "field-login-malformed",
            Field::ClientMinVersion => "field-version-malformed",
            Field::PolicyScope => "field-policy-scope-malformed",
            Field::PolicyValue => "field-policy-value-malformed",
            Field::DirectoryVisibility => "field-groups-malformed",
            Field::TokenName => "field-token-name-malformed",
            Field::Subject => "field-subject-malformed",
            Field::Roles => "field-roles-malformed",
            Field::Password | Field::Code | Field::FileMaxBytes | Field::MessageRetentionDays => "field-malformed",
        }),
        FieldFault::TooShort { chars_min } => {
            words.say_with("field-too-short", &[("count", number(u64::from(chars_min)))])
        }
        FieldFault::TooLong { chars_max } => {
            words.say_with("field-too-long", &[("count", number(u64::from(chars_max)))])
        }
        FieldFault::Guessable => words.say("field-guessable"),
        FieldFault::Taken => words.say("field-taken"),
        FieldFault::Kept => words.say("field-password-kept"),
        FieldFault::Wrong => words.say("field-code-wrong"),
        FieldFault::OutOfRange { min, max } => {
            words.say_with("field-out-of-range", &[("min", number(min)), ("max", number(max))])
        }
        FieldFault::LocksEverybodyOut => words.say("field-locks-everybody-out"),
    }
}

//! Problems as HTTP says them (RFC 9457): a stable code, a random request id, nothing about who asked or what was in it.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use crate::service::error::{Clash, Denial, Fault, Outage, ServiceError, Thing};
use crate::service::import::LineProblem;
use crate::service::sign_in::SignInDenial;

/// The media type of every body that is no problem (RFC 8949 §9.5).
pub const CBOR: &str = "application/cbor";

/// Lines of a file that a problem tells.
const MISTAKES_MAX: usize = 1_000;
/// The code of a token that lets nobody in.
const TOKEN_CODE: &str = "token";

/// What the HTTP layer itself refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    NoSuchPath,
    WrongMethod,
    /// Not the CBOR of the specification.
    Malformed,
    TooLarge,
    WrongMediaType,
    TooSlow,
    NotWebSocket,
    /// The query of the URL has what the path does not take.
    Query,
    /// The server stops, or its database does not answer.
    Unavailable,
    Internal,
}

impl Code {
    /// Stable from now on; and what it means.
    const fn parts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Code::NoSuchPath => ("no-such-path", StatusCode::NOT_FOUND, "there is nothing at this path"),
            Code::WrongMethod => {
                ("wrong-method", StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
            }
            Code::Malformed => ("malformed", StatusCode::BAD_REQUEST, "the body is not what the specification says"),
            Code::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Code::WrongMediaType => {
                ("wrong-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/cbor")
            }
            Code::TooSlow => ("too-slow", StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Code::Query => ("query", StatusCode::BAD_REQUEST, "the query of the URL is not understood"),
            Code::NotWebSocket => ("not-websocket", StatusCode::UPGRADE_REQUIRED, "this path speaks WebSocket"),
            Code::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "the server cannot serve now"),
            Code::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "the server failed"),
        }
    }
}

/// A refusal of one request.
#[derive(Debug, Clone)]
pub struct Problem {
    code: &'static str,
    status: StatusCode,
    title: Cow<'static, str>,
    retry_after_s: Option<u64>,
    /// Random; the log line of a failure of ours has the same.
    request: [u8; 8],
    /// What to do next.
    next: Option<&'static str>,
    problems: Vec<Mistake>,
}

/// One thing that is wrong with a request. It must never repeat what was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Mistake {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Of a file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub detail: String,
}

impl Mistake {
    pub fn in_field(field: &str, detail: &str) -> Self {
        Self { field: Some(field.to_owned()), line: None, detail: detail.to_owned() }
    }

    pub fn in_line(problem: &LineProblem) -> Self {
        Self { field: None, line: Some(problem.line), detail: problem.kind.to_string() }
    }
}

/// A problem as it is written (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemRow {
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// Stable: the last part of `type`.
    pub code: String,
    /// Names the request in the server's log, where the server failed.
    pub request: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What is wrong with the request, where it is more than one thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub problems: Vec<Mistake>,
}

impl State {
    /// A problem with a fresh request id.
    pub fn problem(&self, code: Code) -> Problem {
        Problem { request: self.request_id(), ..Problem::without_state(code) }
    }

    /// What a use case refused. Failures of ours are logged, with the request id and nothing about the request.
    pub fn refusal(&self, error: &ServiceError) -> Problem {
        let request = self.request_id();
        let status = status(error);
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            let id = data_encoding::HEXLOWER.encode(&request);
            tracing::error!(request = id, code = error.code(), "a request failed: {error}");
            return Problem { request, ..Problem::without_state(Code::Internal) };
        }
        let retry_after_s = match error {
            ServiceError::Denied(Denial::TooMany(too_many)) => Some(too_many.retry_after_ms.div_ceil(1_000)),
            ServiceError::Denied(Denial::SignInAt(SignInDenial::Pending { retry_after_ms })) => {
                Some(retry_after_ms.div_ceil(1_000))
            }
            _ => None,
        };
        let title = error.to_string().into();
        Problem { code: error.code(), status, title, retry_after_s, request, next: None, problems: mistakes(error) }
    }

    fn request_id(&self) -> [u8; 8] {
        self.ambient.stream("request").bytes()
    }
}

/// What of a request is wrong, one by one.
fn mistakes(error: &ServiceError) -> Vec<Mistake> {
    match error {
        ServiceError::Invalid(Fault::Policy(bad)) => {
            bad.iter().map(|bad| Mistake { field: None, line: None, detail: bad.to_string() }).collect()
        }
        ServiceError::Invalid(fault) => fault.lines().iter().take(MISTAKES_MAX).map(Mistake::in_line).collect(),
        _ => Vec::new(),
    }
}

/// One decision for each variant; a new one does not compile until it has its status.
fn status(error: &ServiceError) -> StatusCode {
    match error {
        ServiceError::Denied(denial) => denied(denial),
        ServiceError::Missing(
            Thing::Person
            | Thing::Device
            | Thing::Administrator
            | Thing::Integration
            | Thing::Approval
            | Thing::Session
            | Thing::Directory
            | Thing::Run
            | Thing::Source
            | Thing::Provider
            | Thing::Policy,
        ) => StatusCode::NOT_FOUND,
        ServiceError::Conflict(
            Clash::Brake(_)
            | Clash::AlreadySuspended
            | Clash::NotLocked
            | Clash::LoginTaken
            | Clash::AlreadyRevoked
            | Clash::LastOwner
            | Clash::Oneself
            | Clash::TooFewOwners
            | Clash::TooManyWaiting
            | Clash::Decided
            | Clash::RequestExpired
            | Clash::Linked
            | Clash::NotLinked
            | Clash::TooManyIntegrations
            | Clash::BackupUnderWay
            | Clash::NotCompacted
            | Clash::OldDatabase
            | Clash::Stale,
        )
        | ServiceError::Invalid(Fault::TakesPart | Fault::Unnamed) => StatusCode::CONFLICT,
        ServiceError::Invalid(
            Fault::Login
            | Fault::Groups
            | Fault::Csv(_)
            | Fault::Policy(_)
            | Fault::Scope
            | Fault::Certificate(_)
            | Fault::RequestMismatch
            | Fault::CertificateTooLong
            | Fault::EnvelopeKey
            | Fault::Account(_)
            | Fault::SignInWay
            | Fault::Integration
            | Fault::OtherCheckpoint
            | Fault::NoEntry
            | Fault::Subject
            | Fault::Roles
            | Fault::Order
            | Fault::Approvers
            | Fault::Place,
        ) => StatusCode::BAD_REQUEST,
        ServiceError::Unavailable(
            Outage::Directory(_)
            | Outage::Provider(_)
            | Outage::Database
            | Outage::Disk
            | Outage::Taken
            | Outage::Behind
            | Outage::Enrollments,
        ) => StatusCode::SERVICE_UNAVAILABLE,
        ServiceError::Internal(_) | ServiceError::BadLeaf(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn denied(denial: &Denial) -> StatusCode {
    match denial {
        Denial::Password | Denial::Code | Denial::SignIn | Denial::Token => StatusCode::UNAUTHORIZED,
        Denial::PasswordBlocked(_)
        | Denial::NoPasswords
        | Denial::CodeNeeded
        | Denial::Suspended
        | Denial::DeviceRevoked
        | Denial::Role
        | Denial::NotNewcomer
        | Denial::Unapproved
        | Denial::Waits(_)
        | Denial::TwoPeople
        | Denial::OwnRequest
        | Denial::SignInAgain
        | Denial::TooManyLost
        | Denial::OutOfScope(_)
        | Denial::OnlyPeople(_)
        | Denial::SignInAt(
            SignInDenial::Refused
            | SignInDenial::Token(_)
            | SignInDenial::Required
            | SignInDenial::Unnamed
            | SignInDenial::UnverifiedMail
            | SignInDenial::Unknown
            | SignInDenial::OtherAccount,
        ) => StatusCode::FORBIDDEN,
        // As RFC 8628 §3.5 answers it.
        Denial::SignInAt(SignInDenial::Pending { .. }) => StatusCode::BAD_REQUEST,
        Denial::SignInAt(SignInDenial::Expired) => StatusCode::GONE,
        Denial::Ticket | Denial::Link => StatusCode::GONE,
        Denial::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
    }
}

impl Problem {
    /// Where there is nothing that could draw an id.
    pub fn without_state(code: Code) -> Self {
        let (code, status, title) = code.parts();
        let (title, request) = (title.into(), [0; 8]);
        Problem { code, status, title, retry_after_s: None, request, next: None, problems: Vec::new() }
    }

    /// The stable word.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// With what to do next.
    #[must_use]
    pub fn advised(self, next: &'static str) -> Self {
        Self { next: Some(next), ..self }
    }

    /// With what is wrong, one by one.
    #[must_use]
    pub fn with(self, problems: Vec<Mistake>) -> Self {
        Self { problems, ..self }
    }

    /// In other words.
    #[must_use]
    pub fn titled(self, title: String) -> Self {
        Self { title: title.into(), ..self }
    }

    /// The same under another status, where a protocol asks for it.
    #[must_use]
    pub fn or_instead(self, usual: StatusCode, wanted: StatusCode) -> Self {
        if self.status == usual { Self { status: wanted, ..self } } else { self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        if let Some(retry_after_s) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, retry_after_s.to_string()));
        }
        if self.status == StatusCode::UPGRADE_REQUIRED {
            response.insert_header((header::UPGRADE, "websocket"));
        }
        if self.code == TOKEN_CODE {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"api\""));
        }
        let row = ProblemRow {
            r#type: format!("urn:isoloir:problem:{}", self.code),
            title: self.title.clone().into_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            request: data_encoding::HEXLOWER.encode(&self.request),
            next: self.next.map(str::to_owned),
            problems: self.problems.clone(),
        };
        response.body(serde_json::to_string(&row).unwrap_or_default())
    }
}

/// Anything that is at no path.
pub async fn no_such_path(state: web::Data<State>) -> HttpResponse {
    state.problem(Code::NoSuchPath).error_response()
}

/// A path with a method that it does not have.
pub async fn wrong_method(state: web::Data<State>) -> HttpResponse {
    state.problem(Code::WrongMethod).error_response()
}

/// A body of CBOR.
pub fn cbor(bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, CBOR)).body(bytes)
}

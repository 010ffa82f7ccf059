//! Answers as SCIM gives them: resources with their ETag and address, pages, and errors (RFC 7644 §3.12). An error says nothing of
//! what was sent.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::Value;

use crate::domain::scim::documents::{self, MEDIA_TYPE};
use crate::domain::scim::projection::Projection;
use crate::domain::scim::schema::ResourceType;
use crate::domain::scim::version;
use crate::http::State;
use crate::http::error::Code;
use crate::service::provisioning::{Found, PushError, Shown};
use crate::service::{Denial, ServiceError};

use super::{Provider, question};

/// A refusal or a failure.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
    retry_after_s: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into(), retry_after_s: None }
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed")
    }

    pub fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, crate::domain::scim::Refused::Missing.to_string())
    }

    /// What the HTTP layer refuses of a body.
    pub fn of_body(code: Code) -> Self {
        match code {
            Code::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            Code::TooSlow => Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Code::WrongMediaType => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be application/scim+json or application/json",
            ),
            _ => Self::syntax(),
        }
    }

    pub fn syntax() -> Self {
        let refused = crate::domain::scim::Refused::Syntax;
        Self { kind: refused.kind(), ..Self::new(StatusCode::BAD_REQUEST, refused.to_string()) }
    }

    /// Failures of ours are logged, and nothing of the request.
    pub fn of(state: &State, error: &PushError) -> Self {
        match error {
            PushError::Refused(refused) | PushError::WithoutAccess(refused) => {
                let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
                Self { kind: refused.kind(), ..Self::new(status, error.to_string()) }
            }
            PushError::Braked(brake) => {
                let retry_after_s = Some(brake.retry_after_ms.div_ceil(1_000));
                Self { retry_after_s, ..Self::new(StatusCode::TOO_MANY_REQUESTS, brake.to_string()) }
            }
            PushError::Service(ServiceError::Denied(Denial::TooMany(too_many))) => {
                let retry_after_s = Some(too_many.retry_after_ms.div_ceil(1_000));
                Self { retry_after_s, ..Self::new(StatusCode::TOO_MANY_REQUESTS, too_many.to_string()) }
            }
            PushError::Service(ServiceError::Denied(denial @ Denial::OutOfScope(_))) => {
                Self::new(StatusCode::FORBIDDEN, denial.to_string())
            }
            PushError::Service(ServiceError::Denied(denial)) => Self::new(StatusCode::UNAUTHORIZED, denial.to_string()),
            PushError::Service(ServiceError::Conflict(clash)) => Self::new(StatusCode::CONFLICT, clash.to_string()),
            PushError::Service(ServiceError::Unavailable(outage)) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, outage.to_string())
            }
            PushError::Service(
                error @ (ServiceError::Missing(_)
                | ServiceError::Invalid(_)
                | ServiceError::Internal(_)
                | ServiceError::BadLeaf(_)),
            ) => {
                let id = data_encoding::HEXLOWER.encode(&state.ambient.stream("request").bytes::<8>());
                tracing::error!(request = id, code = error.code(), "a push failed: {error}");
                Self::internal()
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE));
        if let Some(retry_after_s) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, retry_after_s.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"scim\""));
        }
        response.body(documents::error(self.status.as_u16(), self.kind, &self.detail).to_string())
    }
}

/// A document.
pub fn document(value: &Value) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, MEDIA_TYPE)).body(value.to_string())
}

/// A resource with its ETag.
pub fn resource(
    status: StatusCode,
    shown: Shown,
    kind: &'static ResourceType,
    projection: &Projection,
) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE)).insert_header((header::ETAG, shown.version.clone()));
    let location = shown.resource.expose().get("meta").and_then(|meta| meta.get("location")).and_then(Value::as_str);
    if let Some(location) = location {
        response.insert_header((header::LOCATION, location));
    }
    response.body(shown.projected(kind, projection).into_json().to_string())
}

/// A resource that was read, unless the provider has this version already.
pub fn unless_known(
    provider: &Provider,
    shown: Shown,
    kind: &'static ResourceType,
    projection: &Projection,
) -> HttpResponse {
    let known = question::tags(provider, header::IF_NONE_MATCH);
    if known.is_some_and(|known| version::names(&known, &shown.version)) {
        return HttpResponse::NotModified().insert_header((header::ETAG, shown.version)).finish();
    }
    resource(StatusCode::OK, shown, kind, projection)
}

/// A page.
pub fn page(first: u64, found: Found) -> HttpResponse {
    let resources = found.resources.into_iter().map(Shown::into_json).collect();
    document(&documents::list(found.total, first, resources))
}

/// What was deleted.
pub fn gone() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Anything that is at no path.
pub async fn no_such_path() -> HttpResponse {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path").error_response()
}

/// A path with a method that it does not have.
pub async fn wrong_method() -> HttpResponse {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method").error_response()
}

//! Answers: documents, pages, and what to do about a refusal.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;

pub type Answer = Result<HttpResponse, Problem>;

/// Part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    pub items: Vec<T>,
    /// For `after`, to go on; none behind the last page.
    pub next: Option<String>,
}

impl<T: ToSchema> Page<T> {
    /// A list that has no other pages, because what it lists is bounded.
    pub fn whole(items: Vec<T>) -> Self {
        Page { items, next: None }
    }
}

/// A document.
pub fn json(value: &impl Serialize) -> HttpResponse {
    document(StatusCode::OK, value)
}

/// Something that was made.
pub fn created(value: &impl Serialize) -> HttpResponse {
    document(StatusCode::CREATED, value)
}

fn document(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_string(value) {
        Ok(text) => HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "application/json")).body(text),
        // Rows are plain data.
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// Done, and there is nothing to show.
pub fn gone() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// The problem with the next step, where there is one.
pub fn advised(problem: Problem) -> Problem {
    let next = match problem.code() {
        "token" => "show a token that is in force: pro-server integration add, or the console under Integrations",
        "scope" => "use a token whose scope has this; openapi.json names the scopes of each route",
        "only-people" => "let an administrator publish it: in the console, or with pro-server policy set",
        "too-many-attempts" => "wait for as many seconds as Retry-After says",
        "no-such-person" => "GET /api/v1/people?search=LOGIN finds the person_id",
        "no-such-device" => "GET /api/v1/devices lists them",
        "no-such-source" | "no-directory" => "GET /api/v1/directory/sources lists them",
        "no-such-run" => "GET /api/v1/directory/runs lists them",
        "no-such-token" => "GET /api/v1/integrations lists them",
        "no-such-policy" => {
            "PATCH /api/v1/policy with \"outcome\": \"draft\" makes a draft; GET /api/v1/policy/history lists versions"
        }
        "place" => "begin again without after",
        "already-suspended" => "nothing is to be done; POST …/resume takes it back",
        "not-suspended-by-hand" => "let the source list the person again",
        "stale" => "read it again and decide anew",
        "csv" => "correct these lines and send the whole file again",
        "brake-empty" | "brake" => {
            "POST …/plan, look at it, and agree to exactly its digest with \"brake\": \"overrule\""
        }
        "query" | "malformed" => "openapi.json says what this route takes",
        "disk-full" => "free some space on the server",
        "database" | "unavailable" => "try again in a minute; pro-server doctor says more",
        _ => return problem,
    };
    problem.advised(next)
}

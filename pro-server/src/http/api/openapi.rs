//! `/api/v1/openapi.json`: what programs may ask here and what they are answered (OpenAPI 3.1). The routes come from the table that
//! mounts them and the shapes from the types that are written, so that none can say more than the other. It needs no token.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::PATH;
use super::audit::LINES;
use super::question::{LIMIT_DEFAULT, LIMIT_MAX, SEARCH_CHARS_MAX, STATES};
use super::table::{Answered, Asked, ROUTES, Route, Sent, Shape, parameters};
use crate::administration::state_of;
use crate::http::State;
use crate::http::error::ProblemRow;

/// What every route may answer: no token, another scope, too many wrong tokens, the server cannot serve.
const ALWAYS: [u16; 4] = [401, 403, 429, 503];
/// What a query that is not understood is answered, here and with a body.
const WITH_QUERY: [u16; 1] = [400];
/// What a body adds.
const WITH_BODY: [u16; 4] = [400, 408, 413, 415];

/// Who may read what there is: everybody.
pub async fn read(state: web::Data<State>) -> HttpResponse {
    let document = document(&format!("{}{PATH}", state.url));
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(document.to_string())
}

/// The document. `base` is the address of `/api/v1`.
pub fn document(base: &str) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut parts = Vec::new();
    for route in ROUTES {
        paths.entry(route.path).or_default().insert(route.verb.name().to_owned(), operation(route));
        for shape in shapes(route) {
            parts.push(((shape.name)().into_owned(), (shape.schema)()));
            (shape.parts)(&mut parts);
        }
    }
    parts.push((ProblemRow::name().into_owned(), ProblemRow::schema()));
    ProblemRow::schemas(&mut parts);
    let schemas: Map<String, Value> =
        parts.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Administration",
            "description": "What programs administer. Times are milliseconds since 1970. Refusals are problems (RFC 9457).",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    })
}

fn shapes(route: &Route) -> impl Iterator<Item = Shape> {
    let sent = match route.sent {
        Sent::Json(shape) => Some(shape),
        Sent::Nothing | Sent::Csv => None,
    };
    let answered = match route.answered {
        Answered::Json(_, shape) => Some(shape),
        Answered::Lines | Answered::Nothing => None,
    };
    sent.into_iter().chain(answered)
}

fn reference(shape: Shape) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", (shape.name)())})
}

fn operation(route: &Route) -> Value {
    let mut asked: Vec<Value> = parameters(route.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    asked.extend(route.asked.iter().map(|asked| query(*asked)));
    let scopes: Vec<&str> = route.scopes.iter().map(|scope| scope.name()).collect();
    let operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "description": format!("Scopes: {}.", scopes.join(", ")),
        "parameters": asked,
        "responses": responses(route),
        "x-scopes": scopes,
    });
    let content = match route.sent {
        Sent::Nothing => None,
        Sent::Json(shape) => Some(json!({"application/json": {"schema": reference(shape)}})),
        Sent::Csv => Some(json!({"text/csv": {"schema": {"type": "string"}}})),
    };
    match content {
        Some(content) => with(operation, "requestBody", json!({"required": true, "content": content})),
        None => operation,
    }
}

/// The object with one more member.
pub(super) fn with(mut object: Value, name: &str, member: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.insert(name.to_owned(), member);
    }
    object
}

/// `post_people_person_suspend`
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '-']).filter(|word| !word.is_empty());
    let words = words.map(|word| word.trim_matches(['{', '}']));
    std::iter::once(route.verb.name()).chain(words).collect::<Vec<_>>().join("_")
}

/// Every status that a route can answer with.
pub fn refusals(route: &Route) -> Vec<u16> {
    let body: &[u16] = if matches!(route.sent, Sent::Nothing) { &[] } else { &WITH_BODY };
    // A list that asks nothing says so too.
    let query: &[u16] = &WITH_QUERY;
    let mut all = [&ALWAYS, query, body, route.refused].concat();
    all.sort_unstable();
    all.dedup();
    all
}

fn responses(route: &Route) -> Value {
    let problem = json!({"$ref": format!("#/components/schemas/{}", ProblemRow::name())});
    let mut all = Map::new();
    for status in refusals(route) {
        let refusal = json!({
            "description": meaning(status),
            "content": {"application/problem+json": {"schema": problem}},
        });
        let refusal = match status {
            429 => {
                let seconds = json!({"schema": {"type": "integer", "minimum": 0}});
                with(refusal, "headers", json!({"Retry-After": seconds}))
            }
            _ => refusal,
        };
        all.insert(status.to_string(), refusal);
    }
    let (status, success) = match route.answered {
        Answered::Json(status, shape) => {
            (status, json!({"description": "Done", "content": {"application/json": {"schema": reference(shape)}}}))
        }
        Answered::Lines => {
            (200, json!({"description": "A line of JSON each", "content": {LINES: {"schema": {"type": "string"}}}}))
        }
        Answered::Nothing => (204, json!({"description": "Done"})),
    };
    all.insert(status.to_string(), success);
    Value::Object(all)
}

const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is not understood; `problems` says what of it",
        401 => "No token, or one that is unknown, revoked or has expired",
        403 => "The token's scope does not have this, or it is for people to decide",
        404 => "There is no such thing",
        408 => "The body did not come in time",
        409 => "It does not fit the present state",
        413 => "The body is too large",
        415 => "The body is of another type",
        429 => "Too many wrong tokens; wait",
        503 => "The server cannot serve now, or the source of people does not answer",
        _ => "Refused",
    }
}

fn query(asked: Asked) -> Value {
    let states = STATES.map(state_of);
    let (schema, what) = match asked {
        Asked::Limit => (
            json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT}),
            "The most that a page holds",
        ),
        Asked::After => (json!({"type": "string"}), "The `next` of the page before"),
        Asked::Search => (
            json!({"type": "string", "maxLength": SEARCH_CHARS_MAX}),
            "Stands in the login, name or mail, whatever its case",
        ),
        Asked::Group => (json!({"type": "string"}), "In the group of this name"),
        Asked::State => (json!({"type": "string", "enum": states}), "Who stand so"),
        Asked::Source => (json!({"type": "string"}), "Of this source"),
        Asked::Order => {
            (json!({"type": "string", "enum": ["oldest", "newest"], "default": "oldest"}), "Which come first")
        }
        Asked::From => (json!({"type": "integer", "minimum": 0}), "The index of the entry to begin with"),
        Asked::Digest => (json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}), "The digest that the plan told"),
    };
    let required = matches!(asked, Asked::Digest);
    json!({"name": asked.name(), "in": "query", "required": required, "description": what, "schema": schema})
}

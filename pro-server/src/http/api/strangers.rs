//! `/v1/openapi.json`: the endpoints that take input from strangers, before anybody is known: signing in, enrolling, and a
//! provider that ends sessions. Their bodies are CBOR as `protocol/spec/enrollment.md` has it. It needs no token.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::openapi::with;
use crate::http::State;
use crate::http::error::CBOR;

/// What every one of them may answer.
const ALWAYS: [u16; 1] = [503];
/// What a body that is not understood is answered, and one by somebody who asks too often.
const WITH_BODY: [u16; 5] = [400, 408, 413, 415, 429];

/// Who may read what there is: everybody.
pub async fn read(state: web::Data<State>) -> HttpResponse {
    let document = document(&state.url.to_string());
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(document.to_string())
}

/// The document. `base` is the public address.
pub fn document(base: &str) -> Value {
    let cbor = || json!({CBOR: {"schema": {"type": "string", "format": "binary"}}});
    let form = json!({"application/x-www-form-urlencoded": {"schema": {
        "type": "object", "required": ["logout_token"], "properties": {"logout_token": {"type": "string"}},
    }}});
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Identity",
            "description": "Signing in, enrolling a device, and a provider that ends sessions",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": base}],
        "paths": {
            "/v1/enrollment/providers": {
                "get": operation("Who may say who a person is", None, Some(&cbor()), &[]),
            },
            "/v1/enrollment/sign-in": {
                "post": operation("Begins a sign-in", Some(&cbor()), Some(&cbor()), &[403, 404, 410]),
            },
            "/v1/enrollment/begin": {
                "post": operation("Says who a person is", Some(&cbor()), Some(&cbor()), &[401, 403, 404, 409, 410]),
            },
            "/v1/enrollment/finish": {
                "post": operation("Makes a device known", Some(&cbor()), Some(&cbor()), &[401, 403, 404, 409, 410]),
            },
            "/v1/sign-out/{provider}": {
                "post": at_provider(operation("A provider ends sessions of the console", Some(&form), None, &[401, 404, 410])),
            },
        },
    })
}

fn at_provider(operation: Value) -> Value {
    let provider =
        json!({"name": "provider", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}});
    with(operation, "parameters", json!([provider]))
}

fn operation(what: &str, sent: Option<&Value>, answered: Option<&Value>, refused: &[u16]) -> Value {
    let body: &[u16] = if sent.is_some() { &WITH_BODY } else { &[] };
    let problem = json!({"application/problem+json": {"schema": {"type": "object"}}});
    let mut responses: Map<String, Value> = [&ALWAYS, body, refused]
        .concat()
        .iter()
        .map(|status| (status.to_string(), json!({"description": "Refused", "content": problem})))
        .collect();
    let success = answered
        .map_or_else(|| json!({"description": "Done"}), |content| json!({"description": "Done", "content": content}));
    responses.insert("200".to_owned(), success);
    let operation = json!({"summary": what, "responses": responses});
    match sent {
        Some(content) => with(operation, "requestBody", json!({"required": true, "content": content})),
        None => operation,
    }
}

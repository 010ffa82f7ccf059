//! `GET /v1/organization`: how the server proves itself before any secret leaves the client (protocol.md §2).

use actix_web::{HttpResponse, web};
use protocol::codec;

use super::State;
use super::error::cbor;

/// The signed `OrganizationDocument`, made for the TLS keys that are shown now.
pub async fn read(state: web::Data<State>) -> HttpResponse {
    let document = state.services.organization_document(&state.permitted.keys());
    cbor(codec::encode(&document))
}

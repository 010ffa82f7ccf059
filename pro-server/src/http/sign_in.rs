//! `GET /v1/enrollment/providers` and `POST /v1/enrollment/sign-in` (spec/enrollment.md §2). No token ever passes here.

use actix_web::{HttpRequest, HttpResponse, web};
use protocol::codec;
use protocol::enrollment::{ENROLLMENT_REQUEST_BYTES_MAX, SignIn};

use super::State;
use super::body::document;
use super::error::{Problem, cbor};
use crate::service::Asker;

pub async fn providers(state: web::Data<State>) -> HttpResponse {
    cbor(codec::encode(&state.services.providers()))
}

pub async fn begin(
    state: web::Data<State>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let sign_in: SignIn = document(&state, &request, payload, ENROLLMENT_REQUEST_BYTES_MAX).await?;
    let services = state.services.asked_by(request.conn_data::<Asker>().copied());
    let begun = services.begin_sign_in(&sign_in).await;
    begun.map(|begun| cbor(codec::encode(&begun))).map_err(|error| state.refusal(&error))
}

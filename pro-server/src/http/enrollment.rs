//! `POST /v1/enrollment/begin` and `finish` (spec/enrollment.md). Never answers which of login and password was wrong.

use actix_web::{HttpRequest, HttpResponse, web};
use protocol::codec;
use protocol::enrollment::{Begin, ENROLLMENT_REQUEST_BYTES_MAX, Finish};

use super::State;
use super::body::document;
use super::error::{Problem, cbor};
use crate::service::Asker;

pub async fn begin(
    state: web::Data<State>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let begin: Begin = document(&state, &request, payload, ENROLLMENT_REQUEST_BYTES_MAX).await?;
    let services = state.services.asked_by(request.conn_data::<Asker>().copied());
    let begun = services.begin_enrollment(&begin).await;
    begun.map(|begun| cbor(codec::encode(&begun))).map_err(|error| state.refusal(&error))
}

pub async fn finish(
    state: web::Data<State>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let finish: Finish = document(&state, &request, payload, ENROLLMENT_REQUEST_BYTES_MAX).await?;
    let finished = state.services.finish_enrollment(&finish).await;
    finished.map(|finished| cbor(codec::encode(&finished))).map_err(|error| state.refusal(&error))
}

//! `POST /v1/sign-out/{provider}` (OpenID Connect Back-Channel Logout 1.0 §2.5): a provider says that a sign-in is over, and the sessions
//! of the console that came from it end. Only a signed logout token says so; who sends it does not matter.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use protocol::secret::Secret;

use super::State;
use super::body::form;
use super::error::Problem;
use crate::service::Asker;

/// A form with one token.
const FORM_BYTES_MAX: usize = 80 * 1_024;
const FIELD: &str = "logout_token";

pub async fn at_provider(
    state: web::Data<State>,
    request: HttpRequest,
    provider: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = form(&state, &request, payload, FORM_BYTES_MAX).await?;
    let token = form_urlencoded::parse(&body).find(|(name, _)| name == FIELD).map(|(_, value)| value.into_owned());
    let services = state.services.asked_by(request.conn_data::<Asker>().copied());
    let followed = services.sign_out_at_provider(&provider, &Secret::new(token.unwrap_or_default())).await;
    match followed {
        Ok(()) => Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish()),
        // §2.8: whatever is wrong with the token is a 400.
        Err(error) => Err(state.refusal(&error).or_instead(StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST)),
    }
}

//! `/healthz`: the process answers. `/readyz`: it can serve, its database included. For load balancers; they say nothing else.

use actix_web::{HttpResponse, web};

use super::State;
use super::error::{Code, Problem};

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

pub async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    if state.stop.is_cancelled() || !state.services.is_ready().await {
        return Err(state.problem(Code::Unavailable));
    }
    Ok(live().await)
}

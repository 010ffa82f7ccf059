//! `/scim/v2` (RFC 7644): providers push people and groups. Whoever asks shows a token first, before a byte of the body is read.
//! It must never log or echo what was sent.
//!
//! | path | method | |
//! |---|---|---|
//! | `/Users`, `/Groups` | GET, POST | [`people`], [`groups`] |
//! | `/Users/.search`, `/Groups/.search` | POST | the same as GET, with the question in the body; `/.search` asks both |
//! | `/Users/{id}`, `/Groups/{id}` | GET, PUT, PATCH, DELETE | |
//! | `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` | GET | what there is: [`about`] |
//! | `/openapi.json` | GET | all of this as OpenAPI, without a token: [`openapi`] |

pub mod about;
mod answer;
pub mod groups;
pub mod openapi;
pub mod people;
mod question;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::{State, bearer};
use crate::config::http::SCIM_PATH;
use crate::domain::access::{Grant, PeoplePush};
use crate::service::{Denial, ServiceError};

use answer::Problem;

/// Where it begins.
pub const PATH: &str = SCIM_PATH;
/// A body: a group with all of its members, each as this server shows it.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Everything below [`PATH`].
pub fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(path).default_service(web::to(answer::wrong_method));
    config.service(
        web::scope(PATH)
            // An id that is no text is nobody's.
            .app_data(web::PathConfig::default().error_handler(|_, _| Problem::missing().into()))
            .service(at("/Users").route(get().to(people::list)).route(post().to(people::create)))
            .service(at("/Users/.search").route(post().to(people::search)))
            .service(
                at("/Users/{id}")
                    .route(get().to(people::read))
                    .route(put().to(people::replace))
                    .route(patch().to(people::change))
                    .route(delete().to(people::remove)),
            )
            .service(at("/Groups").route(get().to(groups::list)).route(post().to(groups::create)))
            .service(at("/Groups/.search").route(post().to(groups::search)))
            .service(
                at("/Groups/{id}")
                    .route(get().to(groups::read))
                    .route(put().to(groups::replace))
                    .route(patch().to(groups::change))
                    .route(delete().to(groups::remove)),
            )
            .service(at("/.search").route(post().to(about::search)))
            .service(at("/ServiceProviderConfig").route(get().to(about::service_provider)))
            .service(at("/ResourceTypes").route(get().to(about::resource_types)))
            .service(at("/ResourceTypes/{name}").route(get().to(about::resource_type)))
            .service(at("/Schemas").route(get().to(about::schemas)))
            .service(at("/Schemas/{urn}").route(get().to(about::schema)))
            .service(at("/openapi.json").route(get().to(openapi::read)))
            .default_service(web::to(answer::no_such_path)),
    );
}

/// A request of a provider whose token is good.
pub struct Provider {
    pub state: web::Data<State>,
    pub grant: Grant<PeoplePush>,
    request: HttpRequest,
}

impl Provider {
    async fn of(request: HttpRequest) -> Result<Self, Problem> {
        let state = request.app_data::<web::Data<State>>().cloned().ok_or_else(Problem::internal)?;
        let token = bearer::token(&request).ok_or(ServiceError::Denied(Denial::Token));
        let admitted = match token {
            Ok(token) => state.services.admit_integration(&token).await,
            Err(error) => Err(error),
        };
        let granted = admitted.and_then(|who| Ok(who.grant()?));
        let grant = granted.map_err(|error| Problem::of(&state, &error.into()))?;
        Ok(Self { state, grant, request })
    }

    /// The address of `/scim/v2`.
    pub fn base(&self) -> &str {
        &self.state.scim
    }

    /// A header as text.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    fn refused(&self, error: impl Into<crate::service::provisioning::PushError>) -> Problem {
        Problem::of(&self.state, &error.into())
    }
}

impl FromRequest for Provider {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

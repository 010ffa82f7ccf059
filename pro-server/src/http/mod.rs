//! The whole URL space of the public port, on one page. Handlers translate between HTTP and `service`; they decide nothing,
//! see no peer address, and log nothing about a request but its id when the server fails.
//!
//! | path | method | |
//! |---|---|---|
//! | `/v1/organization` | GET | the keys of the organization, signed: [`organization`] |
//! | `/v1/enrollment/providers` | GET | who may say who a person is: [`sign_in`] |
//! | `/v1/enrollment/sign-in` | POST | begins a sign-in with one of them: [`sign_in`] |
//! | `/v1/enrollment/begin` | POST | authenticates a person: [`enrollment`] |
//! | `/v1/enrollment/finish` | POST | makes a device known: [`enrollment`] |
//! | `/v1/sign-out/{provider}` | POST | a provider ends sessions of the console: [`sign_out`] |
//! | `/v1/signal` | GET | WebSocket of a signaling session: [`signal`] |
//! | `/admin/…` | | the administration console: [`admin_console`] over [`crate::console`] |
//! | `/v1/openapi.json` | GET | the four before, for machines: [`api`] |
//! | `/scim/v2/…` | | people and groups that providers push: [`scim`] |
//! | `/api/v1/…` | | programs administer: [`api`] |
//! | `/healthz` | GET | the process lives: [`health`] |
//! | `/readyz` | GET | it can serve: [`health`] |

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::{App, Error, Route, web};
use admin_console::Console;
use tokio_util::sync::CancellationToken;

use crate::clock::Ambient;
use crate::config::PublicUrl;
use crate::service::Services;
use crate::tasks::bulletins::Announced;
use crate::tasks::certificate::Permitted;
use crate::tasks::hub::Hub;
use crate::telemetry::{count, names};

pub mod accept;
pub mod admission;
pub mod api;
mod bearer;
mod body;
pub mod enrollment;
pub mod error;
pub mod health;
pub mod metrics;
pub mod organization;
pub mod scim;
pub mod sign_in;
pub mod sign_out;
pub mod signal;

/// What the handlers reach; a cheap clone.
#[derive(Clone)]
pub struct State {
    pub services: Services,
    pub hub: Hub,
    /// TLS keys that `/v1/organization` permits.
    pub permitted: Permitted,
    pub ambient: Ambient,
    pub stop: CancellationToken,
    pub console: web::Data<Console>,
    pub transport: Transport,
    /// The address of `/scim/v2`.
    pub scim: Arc<str>,
    /// The public address.
    pub url: PublicUrl,
    pub announced: Announced,
}

/// Whether a browser may be told to use nothing but TLS with this host (RFC 6797).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// With the server's own certificate that would take a person's only way past the warning away; on another port than
    /// 443 it would bind whatever else the host serves without TLS.
    Unpinned,
    Strict,
}

/// A year (RFC 6797 §6.1); nothing about hosts below this one.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// The application of one worker.
pub fn app(
    state: State,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let at = |path: &str, route: Route| web::resource(path).route(route).default_service(web::to(error::wrong_method));
    let strict = match state.transport {
        Transport::Unpinned => DefaultHeaders::new(),
        Transport::Strict => DefaultHeaders::new().add((header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT)),
    };
    let console = admin_console::configure(state.console.clone());
    App::new()
        .app_data(web::Data::new(state))
        .wrap_fn(|request, service| {
            count(names::REQUESTS);
            service.call(request)
        })
        .wrap(strict)
        .wrap(
            DefaultHeaders::new()
                .add((header::CACHE_CONTROL, "no-store"))
                .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
        )
        .configure(console)
        .service(at("/v1/organization", web::get().to(organization::read)))
        .service(at("/v1/enrollment/providers", web::get().to(sign_in::providers)))
        .service(at("/v1/enrollment/sign-in", web::post().to(sign_in::begin)))
        .service(at("/v1/enrollment/begin", web::post().to(enrollment::begin)))
        .service(at("/v1/enrollment/finish", web::post().to(enrollment::finish)))
        .service(at("/v1/sign-out/{provider}", web::post().to(sign_out::at_provider)))
        .service(at("/v1/signal", web::get().to(signal::open)))
        .service(at("/v1/openapi.json", web::get().to(api::read_strangers)))
        .configure(scim::routes)
        .configure(api::routes)
        .service(at("/healthz", web::get().to(health::live)))
        .service(at("/readyz", web::get().to(health::ready)))
        .default_service(web::to(error::no_such_path))
}

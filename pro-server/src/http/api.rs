//! `/api/v1`: programs administer. Whoever asks shows a token first, before a byte of the body is read; its scope is looked at
//! next. Handlers translate between HTTP and `service` and decide nothing. It must never log or echo what was sent.
//!
//! All routes stand in one table, [`table::ROUTES`]: what is mounted here and what `/openapi.json` says come from it alone.

mod answer;
mod approvals;
mod audit;
mod caller;
mod cursor;
mod devices;
mod directory;
mod import;
mod openapi;
mod organization;
mod people;
mod policy;
mod programs;
mod question;
mod strangers;
pub mod table;

use actix_web::web::{self, ServiceConfig};

use super::error;
use crate::config::http::API_PATH;
use table::{ROUTES, Verb};

pub use openapi::document;
pub use strangers::read as read_strangers;

/// Where it begins.
pub const PATH: &str = API_PATH;

/// Everything below [`PATH`].
pub fn routes(config: &mut ServiceConfig) {
    let mut scope = web::scope(PATH);
    let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
    paths.dedup();
    for path in paths {
        let mut resource = web::resource(path).default_service(web::to(error::wrong_method));
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let method = match route.verb {
                Verb::Get => web::get(),
                Verb::Post => web::post(),
                Verb::Patch => web::patch(),
                Verb::Delete => web::delete(),
            };
            resource = resource.route((route.handler)(method));
        }
        scope = scope.service(resource);
    }
    let description = web::resource("/openapi.json").route(web::get().to(openapi::read));
    config.service(
        scope
            .service(description.default_service(web::to(error::wrong_method)))
            .default_service(web::to(error::no_such_path)),
    );
}

#[cfg(test)]
mod tests;

//! The pages, one file each, and their addresses. A page reads the request, asks the port, and shows; it decides nothing.

pub mod access;
pub mod administrators;
pub mod approvals;
pub mod audit;
pub mod audit_state;
pub mod cards;
pub mod code;
pub mod directory;
pub mod erasure;
pub mod event;
pub mod handover;
pub mod import;
pub mod integrations;
pub mod language;
pub mod overview;
pub mod password;
pub mod people;
pub mod person;
pub mod policy;
pub mod roles;
pub mod runs;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod with_provider;

use std::str::FromStr;

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig, get, post};
use actix_web::{Error, HttpResponse};

use crate::assets;
use crate::problem::Problem;
use crate::visit::{Visit, go};

/// What a handler answers.
pub type Answer = Result<HttpResponse, Error>;

const OK: StatusCode = StatusCode::OK;

/// Everything below `/admin`.
pub fn routes(config: &mut ServiceConfig) {
    let at = web::resource::<&str>;
    config
        .service(at("").route(get().to(home)))
        .service(at("/").route(get().to(overview::show)))
        .service(at("/static/{name}").route(get().to(assets::serve)))
        .service(at("/language").route(post().to(language::choose)))
        .service(at("/sign-in").route(get().to(sign_in::show)).route(post().to(sign_in::submit)))
        .service(at("/sign-in/with/{provider}").route(get().to(with_provider::begin)))
        .service(at("/sign-in/callback").route(get().to(with_provider::finish)))
        .service(at("/sign-out").route(post().to(sign_in::leave)))
        .service(at("/set-up/{token}").route(get().to(set_up::show)).route(post().to(set_up::submit)))
        .service(at("/people").route(get().to(people::list)))
        .service(at("/people/import").route(get().to(import::show)))
        .service(at("/people/import/preview").route(get().to(import::back)).route(post().to(import::preview)))
        .service(at("/people/import/run").route(get().to(import::back)).route(post().to(import::run)))
        .service(at("/people/cards").route(get().to(cards::choose)))
        .service(at("/people/cards/print").route(get().to(cards::back)).route(post().to(cards::print)))
        .service(at("/people/{id}").route(get().to(person::show)))
        .service(at("/people/{id}/code").route(get().to(code::back)).route(post().to(code::create)))
        .service(at("/people/{id}/reset").route(get().to(access::ask_reset)).route(post().to(access::reset)))
        .service(at("/people/{id}/suspend").route(get().to(access::ask_suspend)).route(post().to(access::suspend)))
        .service(at("/people/{id}/erase").route(get().to(erasure::ask)).route(post().to(erasure::erase)))
        .service(at("/people/{id}/export").route(get().to(code::back)).route(post().to(erasure::export)))
        .service(at("/people/{id}/resume").route(get().to(access::ask_resume)).route(post().to(access::resume)))
        .service(
            at("/people/{id}/devices/{device}/revoke")
                .route(get().to(access::ask_revoke))
                .route(post().to(access::revoke)),
        )
        .service(at("/directory").route(get().to(directory::show)))
        .service(at("/directory/runs").route(get().to(runs::list)))
        .service(at("/directory/plan").route(get().to(directory::plan)))
        .service(at("/directory/run").route(get().to(directory::back)).route(post().to(directory::run)))
        .service(at("/integrations").route(get().to(integrations::show)))
        .service(at("/integrations/add").route(get().to(integrations::back)).route(post().to(integrations::add)))
        .service(
            at("/integrations/release")
                .route(get().to(integrations::ask_release))
                .route(post().to(integrations::release)),
        )
        .service(
            at("/integrations/{id}/revoke")
                .route(get().to(integrations::ask_revoke))
                .route(post().to(integrations::revoke)),
        )
        .configure(policy_desk)
        .service(at("/policy").route(get().to(policy::show)))
        .service(at("/policy/review").route(get().to(policy::back)).route(post().to(policy::review)))
        .service(at("/policy/publish").route(get().to(policy::back)).route(post().to(policy::publish)))
        .service(at("/audit").route(get().to(audit::list)))
        .service(at("/audit/state").route(get().to(audit_state::show)))
        .service(at("/audit/handover").route(get().to(handover::show)))
        .service(at("/audit/verify").route(get().to(audit::back)).route(post().to(audit::verify)))
        .service(at("/audit/export").route(get().to(audit::back)).route(post().to(audit::export)));
    power_routes(config);
}

/// Who may do what, and with whom.
fn power_routes(config: &mut ServiceConfig) {
    let at = web::resource::<&str>;
    config
        .service(at("/approvals").route(get().to(approvals::list)))
        .service(at("/approvals/quorum").route(get().to(approvals::ask_quorum)).route(post().to(approvals::quorum)))
        .service(at("/approvals/{number}").route(get().to(approvals::show)))
        .service(
            at("/approvals/{number}/approve").route(get().to(approvals::back)).route(post().to(approvals::approve)),
        )
        .service(at("/approvals/{number}/refuse").route(get().to(approvals::back)).route(post().to(approvals::refuse)))
        .service(at("/password").route(get().to(password::show)).route(post().to(password::change)))
        .service(at("/sessions").route(get().to(sessions::list)))
        .service(at("/sessions/{id}/end").route(get().to(sessions::back)).route(post().to(sessions::end)))
        .service(at("/administrators").route(get().to(administrators::list)))
        .service(
            at("/administrators/invite").route(get().to(administrators::back)).route(post().to(administrators::invite)),
        )
        .service(at("/administrators/{id}/roles").route(get().to(roles::show)).route(post().to(roles::assign)))
        .service(
            at("/administrators/{id}/account")
                .route(get().to(with_provider::account))
                .route(post().to(with_provider::link)),
        )
        .service(
            at("/administrators/{id}/account/unlink")
                .route(get().to(administrators::back))
                .route(post().to(with_provider::unlink)),
        )
        .service(
            at("/administrators/{id}/remove")
                .route(get().to(administrators::ask_remove))
                .route(post().to(administrators::remove)),
        )
        .service(
            at("/administrators/{id}/erase")
                .route(get().to(erasure::ask_administrator))
                .route(post().to(erasure::erase_administrator)),
        );
}

/// Changing the policy: for everybody, and for groups and persons.
fn policy_desk(config: &mut ServiceConfig) {
    let at = web::resource::<&str>;
    config
        .service(at("/policy/edit").route(get().to(policy::edit)))
        .service(at("/policy/desk").route(get().to(policy::desk::show)))
        .service(at("/policy/desk/rule").route(get().to(policy::desk::back)).route(post().to(policy::desk::rule)))
        .service(at("/policy/desk/version").route(get().to(policy::desk::back)).route(post().to(policy::desk::version)))
        .service(at("/policy/desk/publish").route(get().to(policy::desk::back)).route(post().to(policy::desk::publish)))
        .service(
            at("/policy/desk/discard").route(get().to(policy::desk::back)).route(post().to(policy::desk::discard)),
        );
}

async fn home() -> HttpResponse {
    go(crate::next::HOME)
}

/// Anything else.
pub async fn no_page(visit: Visit) -> Answer {
    Err(visit.problem(&Problem::no_page(visit.words())))
}

/// An identifier in an address; anything else is a page that is not there.
fn id<T: FromStr>(visit: &Visit, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| visit.problem(&Problem::no_page(visit.words())))
}

/// The value of a query string's field; empty when it is not there.
fn pair<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

//! `/scim/v2/Groups`: groups of people. It translates between HTTP and `service`, and decides nothing.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::scim::patch;
use crate::domain::scim::schema::TEAM;

use super::Provider;
use super::answer::{self, Problem};
use super::question::{self, Query, Seen};

type Answer = Result<HttpResponse, Problem>;

pub async fn list(provider: Provider) -> Answer {
    let search = Query::of(&provider)?.search().map_err(|refused| provider.refused(refused))?;
    let found = provider.state.services.search_groups(&provider.grant, provider.base(), &search).await;
    found.map(|found| answer::page(search.first, found)).map_err(|error| provider.refused(error))
}

pub async fn search(provider: Provider, payload: web::Payload) -> Answer {
    let body = question::object(&provider, payload).await?;
    let search = question::search_of(&body).map_err(|refused| provider.refused(refused))?;
    let found = provider.state.services.search_groups(&provider.grant, provider.base(), &search).await;
    found.map(|found| answer::page(search.first, found)).map_err(|error| provider.refused(error))
}

pub async fn create(provider: Provider, payload: web::Payload) -> Answer {
    let projection = Query::of(&provider)?.projection().map_err(|refused| provider.refused(refused))?;
    let body = question::object(&provider, payload).await?;
    let shown = provider.state.services.provision_group(&provider.grant, provider.base(), &body).await;
    let shown = shown.map_err(|error| provider.refused(error))?;
    Ok(answer::resource(StatusCode::CREATED, shown, &TEAM, &projection))
}

pub async fn read(provider: Provider, id: web::Path<String>) -> Answer {
    let projection = Query::of(&provider)?.projection().map_err(|refused| provider.refused(refused))?;
    let shown = provider.state.services.provisioned_group(&provider.grant, provider.base(), &id, &projection).await;
    let shown = shown.map_err(|error| provider.refused(error))?;
    Ok(answer::unless_known(&provider, shown, &TEAM, &projection))
}

pub async fn replace(provider: Provider, id: web::Path<String>, payload: web::Payload) -> Answer {
    let projection = Query::of(&provider)?.projection().map_err(|refused| provider.refused(refused))?;
    let body = question::object(&provider, payload).await?;
    let (services, seen) = (&provider.state.services, Seen::of(&provider));
    let shown = services.replace_group(&provider.grant, provider.base(), &id, &body, seen.expected()).await;
    let shown = shown.map_err(|error| provider.refused(error))?;
    Ok(answer::resource(StatusCode::OK, shown, &TEAM, &projection))
}

pub async fn change(provider: Provider, id: web::Path<String>, payload: web::Payload) -> Answer {
    let projection = Query::of(&provider)?.projection().map_err(|refused| provider.refused(refused))?;
    let body = question::object(&provider, payload).await?;
    let operations = patch::read(&body).map_err(|refused| provider.refused(refused))?;
    let (services, seen) = (&provider.state.services, Seen::of(&provider));
    let shown = services.patch_group(&provider.grant, provider.base(), &id, &operations, seen.expected()).await;
    let shown = shown.map_err(|error| provider.refused(error))?;
    Ok(answer::resource(StatusCode::OK, shown, &TEAM, &projection))
}

pub async fn remove(provider: Provider, id: web::Path<String>) -> Answer {
    let (services, seen) = (&provider.state.services, Seen::of(&provider));
    let removed = services.delete_group(&provider.grant, provider.base(), &id, seen.expected()).await;
    removed.map(|()| answer::gone()).map_err(|error| provider.refused(error))
}

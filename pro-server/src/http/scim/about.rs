//! What this server can do, which types and which schemas it has (RFC 7644 §4), and the search through all of it (§3.4.3).

use actix_web::{HttpResponse, ResponseError as _, web};
use serde_json::Value;

use crate::domain::scim::{Refused, documents};
use crate::service::provisioning::{PushError, Search};

use super::Provider;
use super::answer::{self, Problem};
use super::question;

/// People, then groups.
pub async fn search(provider: Provider, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let body = question::object(&provider, payload).await?;
    let search = question::search_of(&body).map_err(|refused| provider.refused(refused))?;
    let (services, base) = (&provider.state.services, provider.base());
    let people = services.search_people(&provider.grant, base, &search).await;
    let mut found = people.map_err(|error| provider.refused(error))?;
    let rest = Search {
        first: search.first.saturating_sub(found.total).max(1),
        count: search.count.saturating_sub(found.resources.len() as u64),
        ..search.clone()
    };
    let groups = services.search_groups(&provider.grant, base, &rest).await;
    let groups = groups.map_err(|error| provider.refused(error))?;
    found.total += groups.total;
    found.resources.extend(groups.resources);
    Ok(answer::page(search.first, found))
}

pub async fn service_provider(provider: Provider) -> HttpResponse {
    answer::document(&documents::service_provider(provider.base()))
}

pub async fn resource_types(provider: Provider) -> HttpResponse {
    whole(documents::resource_types(provider.base()))
}

pub async fn schemas(provider: Provider) -> HttpResponse {
    whole(documents::schemas(provider.base()))
}

pub async fn resource_type(provider: Provider, name: web::Path<String>) -> HttpResponse {
    one(&provider, documents::resource_types(provider.base()), &name)
}

pub async fn schema(provider: Provider, urn: web::Path<String>) -> HttpResponse {
    one(&provider, documents::schemas(provider.base()), &urn)
}

fn whole(documents: Vec<Value>) -> HttpResponse {
    answer::document(&documents::list(documents.len() as u64, 1, documents))
}

fn one(provider: &Provider, documents: Vec<Value>, id: &str) -> HttpResponse {
    let found = documents.into_iter().find(|document| document.get("id").and_then(Value::as_str) == Some(id));
    match found {
        Some(found) => answer::document(&found),
        None => Problem::of(&provider.state, &PushError::Refused(Refused::Missing)).error_response(),
    }
}

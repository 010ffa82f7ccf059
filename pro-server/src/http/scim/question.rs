//! What a provider asks: the query of a URL, the body of a request, the version that it has seen. All of it bounded.

use actix_web::http::header;
use actix_web::web;
use serde_json::Value;

use crate::domain::scim::documents::PAGE_RESOURCES_MAX;
use crate::domain::scim::filter;
use crate::domain::scim::projection::Projection;
use crate::domain::scim::{Attributes, Refused};
use crate::http::body;
use crate::http::error::Code;
use crate::service::provisioning::{Expected, Search};

use super::answer::Problem;
use super::{BODY_BYTES_MAX, Provider};

/// Resources on a page when nobody says how many.
const COUNT_DEFAULT: u64 = 100;

/// The query of a URL.
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(provider: &Provider) -> Result<Self, Problem> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(provider.request.query_string());
        pairs.map(|pairs| Self(pairs.into_inner())).map_err(|_| Problem::syntax())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &'static str) -> Result<Option<i64>, Refused> {
        self.text(name).map(|text| text.trim().parse().map_err(|_| Refused::Value(name))).transpose()
    }

    pub fn projection(&self) -> Result<Projection, Refused> {
        Projection::parse(self.text("attributes"), self.text("excludedAttributes"))
    }

    pub fn search(&self) -> Result<Search, Refused> {
        search(self.text("filter"), self.number("startIndex")?, self.number("count")?, self.projection()?)
    }
}

/// Out of bounds is the nearest bound (RFC 7644 §3.4.2.4).
fn search(
    text: Option<&str>,
    first: Option<i64>,
    count: Option<i64>,
    projection: Projection,
) -> Result<Search, Refused> {
    let filter = text.map(str::trim).filter(|text| !text.is_empty());
    Ok(Search {
        filter: filter.map(filter::parse).transpose().map_err(|_| Refused::Filter)?,
        first: first.map_or(1, |first| u64::try_from(first).unwrap_or(1).max(1)),
        count: count.map_or(COUNT_DEFAULT, |count| u64::try_from(count).unwrap_or(0)).min(PAGE_RESOURCES_MAX),
        projection,
    })
}

/// The body of a `.search` (RFC 7644 §3.4.3).
pub fn search_of(body: &Attributes) -> Result<Search, Refused> {
    let number = |name: &'static str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(Refused::Value(name)),
    };
    let names = |name: &'static str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(names)) => {
            let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
            names.map(|names| Some(names.join(","))).ok_or(Refused::Value(name))
        }
        Some(_) => Err(Refused::Value(name)),
    };
    let filter = match body.get("filter") {
        None | Some(Value::Null) => None,
        Some(Value::String(filter)) => Some(filter.as_str()),
        Some(_) => return Err(Refused::Filter),
    };
    let (only, without) = (names("attributes")?, names("excludedAttributes")?);
    let projection = Projection::parse(only.as_deref(), without.as_deref())?;
    search(filter, number("startIndex")?, number("count")?, projection)
}

/// The JSON object in the body.
pub async fn object(provider: &Provider, payload: web::Payload) -> Result<Attributes, Problem> {
    let media_type = provider.header(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    let is_json = |value: &str| {
        ["application/scim+json", "application/json"].iter().any(|known| known.eq_ignore_ascii_case(value))
    };
    if !media_type.is_some_and(is_json) {
        return Err(Problem::of_body(Code::WrongMediaType));
    }
    let bytes = body::bytes(&provider.request, payload, BODY_BYTES_MAX).await.map_err(Problem::of_body)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) | Err(_) => Err(Problem::syntax()),
    }
}

/// Which versions a header names: all its lines, as one. A line that is no text names none, and counts.
pub fn tags(provider: &Provider, name: header::HeaderName) -> Option<String> {
    let lines: Vec<&str> =
        provider.request.headers().get_all(name).map(|line| line.to_str().unwrap_or_default()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// The version that a change is meant for.
pub struct Seen(Option<String>);

impl Seen {
    pub fn of(provider: &Provider) -> Self {
        Self(tags(provider, header::IF_MATCH))
    }

    pub fn expected(&self) -> Expected<'_> {
        self.0.as_deref().map_or(Expected::Any, Expected::Seen)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn out_of_bounds_is_the_nearest_bound() {
        let of = |first, count| {
            search(None, first, count, Projection::Everything).map(|search| (search.first, search.count))
        };
        assert_eq!(of(None, None), Ok((1, COUNT_DEFAULT)));
        assert_eq!(of(Some(-7), Some(-1)), Ok((1, 0)));
        assert_eq!(of(Some(0), Some(i64::MAX)), Ok((1, PAGE_RESOURCES_MAX)));
        assert!(search(Some("a eq"), None, None, Projection::Everything).is_err());
    }

    #[test]
    fn a_search_in_a_body_is_the_same_question() {
        let of = |value: Value| search_of(value.as_object().expect("an object"));
        let asked = of(json!({"filter": "userName pr", "startIndex": 2, "count": 3, "attributes": ["userName"]}));
        assert!(asked.is_ok_and(|asked| asked.filter.is_some() && asked.first == 2 && asked.count == 3));
        for bad in [json!({"filter": 3}), json!({"count": "3"}), json!({"attributes": "a"}), json!({"attributes": [1]})]
        {
            assert!(of(bad.clone()).is_err(), "{bad}");
        }
    }
}

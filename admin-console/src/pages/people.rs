//! People: search and filter, a page at a time.

use actix_web::web;
use askama::Template;
use protocol::ids::MemberId;
use protocol::secret::Personal;

use super::{Answer, OK};
use crate::api::{Neighbor, PeoplePage, PeoplePosition, PeopleQuery, Right, Standing};
use crate::page::Section;
use crate::view::View;
use crate::visit::Signed;

/// The id of the element that htmx swaps.
const LIST_ID: &str = "people";

#[derive(Template)]
#[template(path = "people.html")]
pub struct People<'a> {
    v: &'a View,
    query: &'a PeopleQuery,
    list: List<'a>,
}

#[derive(Template)]
#[template(path = "parts/people.html")]
pub struct List<'a> {
    v: &'a View,
    query: &'a PeopleQuery,
    page: &'a PeoplePage,
}

impl<'a> People<'a> {
    pub(super) fn new(v: &'a View, query: &'a PeopleQuery, page: &'a PeoplePage) -> Self {
        Self { v, query, list: List { v, query, page } }
    }

    fn is_chosen(&self, standing: &Standing) -> bool {
        self.query.standing == Some(*standing)
    }
}

impl List<'_> {
    /// Whether anything narrows the list.
    fn is_narrowed(&self) -> bool {
        !self.query.text.expose().is_empty() || self.query.standing.is_some()
    }

    fn earlier(&self) -> Option<String> {
        let first = self.page.rows.first().filter(|_| self.page.earlier == Neighbor::Some)?;
        Some(address(self.query, PeoplePosition::Before(first.id)))
    }

    fn later(&self) -> Option<String> {
        let last = self.page.rows.last().filter(|_| self.page.later == Neighbor::Some)?;
        Some(address(self.query, PeoplePosition::After(last.id)))
    }
}

/// The address of another page of the same search.
fn address(query: &PeopleQuery, position: PeoplePosition) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if !query.text.expose().is_empty() {
        pairs.append_pair("q", query.text.expose());
    }
    if let Some(standing) = query.standing {
        pairs.append_pair("standing", standing.name());
    }
    match position {
        PeoplePosition::Start => {}
        PeoplePosition::After(id) => drop(pairs.append_pair("after", &id.to_string())),
        PeoplePosition::Before(id) => drop(pairs.append_pair("before", &id.to_string())),
    }
    format!("/admin/people?{}", pairs.finish())
}

/// What a query string asks for; what makes no sense in it is left out.
fn read(pairs: &[(String, String)]) -> PeopleQuery {
    let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let id = |name: &str| value(name).parse::<MemberId>().ok();
    let text: String = value("q").trim().chars().take(PeopleQuery::TEXT_CHARS_MAX).collect();
    let position = match (id("after"), id("before")) {
        (Some(after), _) => PeoplePosition::After(after),
        (None, Some(before)) => PeoplePosition::Before(before),
        (None, None) => PeoplePosition::Start,
    };
    PeopleQuery { text: Personal::new(text), standing: Standing::named(value("standing")), position }
}

/// `GET /admin/people`
pub async fn list(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let query = read(&pairs);
    let page = signed.api().people(&signed.who, &query).await.map_err(|error| signed.refused(&error))?;
    let content = People::new(&signed.view, &query, &page);
    Ok(if signed.asks_for(LIST_ID) {
        signed.part(OK, &content.list)
    } else {
        signed.page(OK, Section::People, "people-title", &content)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let query = PeopleQuery {
            text: Personal::from("a&b=c é"),
            standing: Some(Standing::Locked),
            position: PeoplePosition::After(MemberId::from_bytes([7; 16])),
        };
        let written = address(&query, query.position);
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(written.split_once('?').expect("a query").1.as_bytes()).into_owned().collect();
        assert_eq!(read(&pairs), query);
    }

    #[test]
    fn nonsense_is_left_out() {
        let pairs = [("after".to_owned(), "x".to_owned()), ("standing".to_owned(), "king".to_owned())];
        assert_eq!(read(&pairs), PeopleQuery::default());
        let long = [("q".to_owned(), "é".repeat(1_000))];
        assert_eq!(read(&long).text.expose().chars().count(), PeopleQuery::TEXT_CHARS_MAX);
    }
}

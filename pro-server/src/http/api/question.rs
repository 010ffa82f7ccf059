//! What a program asks: the query of a URL and the body of a request. All of it bounded, and what is not known is refused.

use actix_web::http::header;
use actix_web::web;
use protocol::directory::Group;
use protocol::ids::Hash32;
use protocol::secret::Personal;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::administration::state_of;
use crate::domain::member::Standing;
use crate::http::body;
use crate::http::error::{Code, Mistake, Problem};

use super::caller::Caller;
use super::cursor::{self, List};
use super::table::Asked;

/// Rows on a page when nobody says how many.
pub const LIMIT_DEFAULT: u32 = 100;
/// The most rows on a page.
pub const LIMIT_MAX: u32 = 500;
/// A body of JSON.
const JSON_BYTES_MAX: usize = 64 * 1024;
/// The longest text that is looked for.
pub const SEARCH_CHARS_MAX: usize = 200;

/// People's standings that a query can name.
pub const STATES: [Standing; 4] = [Standing::Provisioned, Standing::Active, Standing::Suspended, Standing::Locked];

/// The query of a URL.
pub struct Query<'c> {
    caller: &'c Caller,
    pairs: Vec<(String, String)>,
}

impl<'c> Query<'c> {
    /// Refuses whatever the route does not ask for: a misspelt filter would find everybody.
    pub fn of(caller: &'c Caller, asked: &[Asked]) -> Result<Self, Problem> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(caller.request.query_string());
        let Ok(pairs) = pairs else { return Err(caller.problem(Code::Query)) };
        let query = Self { caller, pairs: pairs.into_inner() };
        let is_known = |name: &str| asked.iter().any(|known| known.name() == name);
        for (place, (name, _)) in query.pairs.iter().enumerate() {
            let repeated = query.pairs.iter().take(place).any(|(earlier, _)| earlier == name);
            if !is_known(name) || repeated {
                let wrong = if repeated { "it stands here twice" } else { "there is no such parameter" };
                // A name that nobody knows is not repeated: it could be anything.
                let field = asked.iter().find(|known| known.name() == name).map_or("?", |known| known.name());
                return Err(query.wrong(field, wrong));
            }
        }
        Ok(query)
    }

    fn wrong(&self, field: &str, detail: &str) -> Problem {
        self.caller.problem(Code::Query).with(vec![Mistake::in_field(field, detail)])
    }

    fn text(&self, asked: Asked) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == asked.name()).map(|(_, value)| value.as_str())
    }

    fn refused(&self, asked: Asked, detail: &str) -> Problem {
        self.wrong(asked.name(), detail)
    }

    pub fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.text(Asked::Limit) else { return Ok(LIMIT_DEFAULT) };
        let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        limit.ok_or_else(|| self.refused(Asked::Limit, &format!("a number from 1 to {LIMIT_MAX}")))
    }

    pub fn after<const N: usize>(&self, list: List) -> Result<Option<[u8; N]>, Problem> {
        let Some(text) = self.text(Asked::After) else { return Ok(None) };
        let place = cursor::read(list, text);
        place.map(Some).ok_or_else(|| self.refused(Asked::After, "it is not the next of this list"))
    }

    pub fn search(&self) -> Result<Option<Personal<String>>, Problem> {
        let Some(text) = self.text(Asked::Search) else { return Ok(None) };
        if text.chars().count() > SEARCH_CHARS_MAX {
            return Err(self.refused(Asked::Search, &format!("at most {SEARCH_CHARS_MAX} characters")));
        }
        Ok(Some(Personal::from(text)))
    }

    pub fn group(&self) -> Result<Option<Group>, Problem> {
        let group = self.text(Asked::Group).map(Group::parse).transpose();
        group.map_err(|_| self.refused(Asked::Group, "no group can be called so"))
    }

    pub fn state(&self) -> Result<Option<Standing>, Problem> {
        let Some(text) = self.text(Asked::State) else { return Ok(None) };
        let state = STATES.into_iter().find(|state| state_of(*state) == text);
        state.map(Some).ok_or_else(|| self.refused(Asked::State, "provisioned, active, suspended or locked"))
    }

    pub fn source(&self) -> Option<&str> {
        self.text(Asked::Source)
    }

    /// Which end the audit is read from.
    pub fn order(&self) -> Result<List, Problem> {
        match self.text(Asked::Order) {
            None | Some("oldest") => Ok(List::Oldest),
            Some("newest") => Ok(List::Newest),
            Some(_) => Err(self.refused(Asked::Order, "oldest or newest")),
        }
    }

    pub fn from(&self) -> Result<Option<u64>, Problem> {
        let from = self.text(Asked::From).map(str::parse::<u64>).transpose();
        let from = from.ok().filter(|from| from.is_none_or(|from| i64::try_from(from).is_ok()));
        from.ok_or_else(|| self.refused(Asked::From, "the index of an entry, from 0"))
    }

    pub fn digest(&self) -> Result<Hash32, Problem> {
        let digest = self.text(Asked::Digest).and_then(|text| text.parse().ok());
        digest.ok_or_else(|| self.refused(Asked::Digest, "the digest that the plan told"))
    }
}

/// The bytes of the body, if they are of this type.
async fn bytes(
    caller: &Caller,
    payload: web::Payload,
    media_type: &str,
    bytes_max: usize,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let told = caller.header(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    if !told.is_some_and(|told| told.eq_ignore_ascii_case(media_type)) {
        let detail = format!("the body must be {media_type}");
        return Err(caller.problem(Code::WrongMediaType).titled(detail));
    }
    body::bytes(&caller.request, payload, bytes_max).await.map_err(|code| caller.problem(code))
}

/// The JSON document in the body.
pub async fn json<T: DeserializeOwned>(caller: &Caller, payload: web::Payload) -> Result<T, Problem> {
    let bytes = bytes(caller, payload, "application/json", JSON_BYTES_MAX).await?;
    let read = serde_json::from_slice(&bytes);
    // Where it is wrong, not what stands there.
    read.map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        caller.problem(Code::Malformed).with(vec![Mistake::in_field("body", &at)])
    })
}

/// The CSV file in the body.
pub async fn csv(caller: &Caller, payload: web::Payload, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    bytes(caller, payload, "text/csv", bytes_max).await
}

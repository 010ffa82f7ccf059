//! Looking for pushed people and groups. What an index finds is looked up; every other filter is held against each resource, a
//! stretch at a time, and one such search at a time.

use serde_json::Value;

use crate::domain::access::{Grant, PeoplePush};
use crate::domain::member::ExternalId;
use crate::domain::scim::compare::holds;
use crate::domain::scim::documents::PAGE_RESOURCES_MAX;
use crate::domain::scim::filter::Filter;
use crate::domain::scim::projection::Projection;
use crate::domain::scim::schema::{MEMBERS_MAX, PERSON, ResourceType, TEAM};
use crate::service::Services;
use crate::storage::scim::{GroupRow, PersonRow};
use crate::storage::{self, Tx};

use super::{Found, PushError, Search, Shown, groups, people};

/// Rows that are read at once.
const STRETCH_ROWS: u64 = 500;
/// Members that all groups of a page have together, unless one alone has more: the page is shorter then, and says so.
const PAGE_MEMBERS_MAX: usize = MEMBERS_MAX;

/// The page that is being put together.
struct Window<'s> {
    kind: &'static ResourceType,
    search: &'s Search,
    total: u64,
    resources: Vec<Shown>,
    /// Members that are on it.
    members: usize,
    is_full: bool,
}

impl<'s> Window<'s> {
    fn new(kind: &'static ResourceType, search: &'s Search) -> Self {
        Self { kind, search, total: 0, resources: Vec::new(), members: 0, is_full: false }
    }

    /// The next of the page, unless it is full.
    fn put(&mut self, shown: Shown) {
        let members = shown.resource.expose().get("members").and_then(Value::as_array).map_or(0, Vec::len);
        self.is_full |= !self.resources.is_empty() && self.members + members > PAGE_MEMBERS_MAX;
        if !self.is_full {
            self.members += members;
            self.resources.push(shown.projected(self.kind, &self.search.projection));
        }
    }

    /// One more that may be of the page.
    fn offer(&mut self, shown: Shown) -> Result<(), PushError> {
        if let Some(filter) = &self.search.filter
            && !holds(filter, self.kind, shown.resource.expose())?
        {
            return Ok(());
        }
        self.total += 1;
        let end = self.search.first.saturating_add(self.search.count);
        if (self.search.first..end).contains(&self.total) {
            self.put(shown);
        }
        Ok(())
    }

    fn found(self) -> Found {
        Found { total: self.total, resources: self.resources }
    }
}

/// What has to be read of each resource: what is shown, and what the filter asks for.
fn needed(search: &Search, costly: &str) -> Projection {
    let asked = search.filter.as_ref().is_some_and(|filter| filter.mentions(costly));
    if asked || search.projection.shows(costly) { Projection::Everything } else { without(costly) }
}

fn without(name: &str) -> Projection {
    Projection::parse(None, Some(name)).unwrap_or_default()
}

/// Nothing that is kept has a control character; PostgreSQL would not even look for a NUL.
fn is_nowhere(text: &str) -> bool {
    text.contains(char::is_control)
}

async fn indexed_people(tx: &mut Tx, filter: &Filter) -> Result<Option<Vec<PersonRow>>, PushError> {
    Ok(match filter.equality() {
        Some((_, text)) if is_nowhere(text) => Some(Vec::new()),
        Some((name, text)) if name.eq_ignore_ascii_case("userName") => {
            Some(storage::scim::people::find_user_name(tx, text.trim().to_lowercase().as_str()).await?)
        }
        Some((name, text)) if name.eq_ignore_ascii_case("externalId") => {
            Some(storage::scim::people::find_external_id(tx, text, PAGE_RESOURCES_MAX).await?)
        }
        Some((name, text)) if name.eq_ignore_ascii_case("id") => Some(match ExternalId::parse(text) {
            Ok(id) => storage::scim::people::find(tx, &id).await?.into_iter().collect(),
            Err(_) => Vec::new(),
        }),
        Some(_) | None => None,
    })
}

async fn indexed_groups(tx: &mut Tx, filter: &Filter) -> Result<Option<Vec<GroupRow>>, PushError> {
    Ok(match filter.equality() {
        Some((_, text)) if is_nowhere(text) => Some(Vec::new()),
        Some((name, text)) if name.eq_ignore_ascii_case("displayName") => {
            let found = storage::scim::groups::find_name(tx, text.trim().to_lowercase().as_str()).await?;
            Some(found.into_iter().collect())
        }
        Some((name, text)) if name.eq_ignore_ascii_case("id") => Some(match text.parse() {
            Ok(id) => storage::scim::groups::find(tx, id).await?.into_iter().collect(),
            Err(_) => Vec::new(),
        }),
        Some(_) | None => None,
    })
}

impl Services {
    /// A page of people.
    pub async fn search_people(&self, _: &Grant<PeoplePush>, base: &str, search: &Search) -> Result<Found, PushError> {
        let needed = needed(search, "groups");
        let mut window = Window::new(&PERSON, search);
        let mut tx = self.inner.storage.read().await?;
        let Some(filter) = &search.filter else {
            let rows = storage::scim::people::page(&mut tx, search.first.saturating_sub(1), search.count).await?;
            let mut resources = Vec::with_capacity(rows.len());
            for row in rows {
                let shown = people::show(&mut tx, base, &row, &needed).await?;
                resources.push(shown.projected(&PERSON, &search.projection));
            }
            return Ok(Found { total: storage::scim::people::count(&mut tx).await?, resources });
        };
        if let Some(rows) = indexed_people(&mut tx, filter).await? {
            for row in rows {
                window.offer(people::show(&mut tx, base, &row, &needed).await?)?;
            }
            return Ok(window.found());
        }
        // Others write and read between two stretches.
        drop(tx);
        let _turn = self.inner.searches.lock().await;
        for skip in (0..).step_by(STRETCH_ROWS as usize) {
            let mut tx = self.inner.storage.read().await?;
            let rows = storage::scim::people::page(&mut tx, skip, STRETCH_ROWS).await?;
            let is_last = (rows.len() as u64) < STRETCH_ROWS;
            for row in rows {
                window.offer(people::show(&mut tx, base, &row, &needed).await?)?;
            }
            if is_last {
                break;
            }
        }
        Ok(window.found())
    }

    /// A page of groups.
    pub async fn search_groups(&self, _: &Grant<PeoplePush>, base: &str, search: &Search) -> Result<Found, PushError> {
        let needed = needed(search, "members");
        let mut window = Window::new(&TEAM, search);
        let mut tx = self.inner.storage.read().await?;
        let Some(filter) = &search.filter else {
            let rows = storage::scim::groups::page(&mut tx, search.first.saturating_sub(1), search.count).await?;
            for row in rows {
                window.put(groups::show(&mut tx, base, &row, &needed).await?);
                if window.is_full {
                    break;
                }
            }
            return Ok(Found { total: storage::scim::groups::count(&mut tx).await?, ..window.found() });
        };
        if let Some(rows) = indexed_groups(&mut tx, filter).await? {
            for row in rows {
                window.offer(groups::show(&mut tx, base, &row, &needed).await?)?;
            }
            return Ok(window.found());
        }
        // Others write and read between two stretches.
        drop(tx);
        let _turn = self.inner.searches.lock().await;
        for skip in (0..).step_by(STRETCH_ROWS as usize) {
            let mut tx = self.inner.storage.read().await?;
            let rows = storage::scim::groups::page(&mut tx, skip, STRETCH_ROWS).await?;
            let is_last = (rows.len() as u64) < STRETCH_ROWS;
            for row in rows {
                window.offer(groups::show(&mut tx, base, &row, &needed).await?)?;
            }
            if is_last {
                break;
            }
        }
        Ok(window.found())
    }
}

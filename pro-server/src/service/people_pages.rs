//! People as the console shows them: a page at a time, found by text, whatever their number. Reads only.

use std::collections::VecDeque;

use protocol::ids::MemberId;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PeopleRead};
use crate::domain::member::Standing;
use crate::storage::people::{self, Counts};

pub use crate::storage::device::DeviceRow;
pub use crate::storage::people::{PersonRow, Position};

use super::{ServiceError, Services, Thing};

/// Rows that a search reads at one time; between two such reads others have their turn.
const SEARCH_ROWS: u32 = 2_000;

/// Which people.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Stands in the login, name or mail, whatever its case; empty finds everybody.
    pub text: &'a Personal<String>,
    pub standing: Option<Standing>,
    pub from: Position,
    pub rows_max: usize,
}

/// A page, in the order of (login, id).
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub rows: Vec<PersonRow>,
    /// On all pages.
    pub found: u64,
    /// Whether there are such people before and after.
    pub earlier: bool,
    pub later: bool,
}

/// One person with everything known.
#[derive(Debug, Clone)]
pub struct PersonDetail {
    pub person: PersonRow,
    /// Revoked ones included, newest first.
    pub devices: Vec<DeviceRow>,
    /// Of the enrollment code that waits to be spent.
    pub code_expires: Option<Timestamp>,
}

impl Services {
    /// A page of people. From somebody who is gone meanwhile: the first.
    pub async fn people_page(&self, _: &Grant<PeopleRead>, query: &Query<'_>) -> Result<Page, ServiceError> {
        let text = query.text.expose().trim().to_lowercase();
        let page = if text.is_empty() { self.browse(query).await? } else { self.search(query, &text).await? };
        let is_gone = page.rows.is_empty() && !matches!(query.from, Position::Start);
        if !is_gone {
            return Ok(page);
        }
        let start = Query { from: Position::Start, ..query.clone() };
        if text.is_empty() { self.browse(&start).await } else { self.search(&start, &text).await }
    }

    /// By the order alone: the database finds the place.
    async fn browse(&self, query: &Query<'_>) -> Result<Page, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let found = people::counts(&mut tx).await?.at(query.standing);
        let one_more = u32::try_from(query.rows_max.saturating_add(1)).unwrap_or(u32::MAX);
        let mut rows = people::page(&mut tx, query.standing, query.from, one_more).await?;
        let goes_on = rows.len() > query.rows_max;
        rows.truncate(query.rows_max);
        let (earlier, later) = match query.from {
            Position::Start => (false, goes_on),
            Position::After(_) => (true, goes_on),
            Position::Before(_) => {
                rows.reverse();
                (goes_on, true)
            }
        };
        Ok(Page { rows, found, earlier, later })
    }

    /// By text: everybody is read, in turns, because no index of the database folds case as people expect.
    async fn search(&self, query: &Query<'_>, text: &str) -> Result<Page, ServiceError> {
        let mut window = Window::new(query.from, query.rows_max);
        let mut from = Position::Start;
        loop {
            let mut tx = self.inner.storage.read().await?;
            let rows = people::page(&mut tx, None, from, SEARCH_ROWS).await?;
            drop(tx);
            let Some(last) = rows.last() else { return Ok(window.page()) };
            from = Position::After(last.id);
            for row in rows {
                window.pass(row.id);
                if query.standing.is_none_or(|standing| standing == row.standing) && fits(&row, text) {
                    window.take(row);
                }
            }
        }
    }

    /// One person with everything known.
    pub async fn person_detail(&self, _: &Grant<PeopleRead>, id: MemberId) -> Result<PersonDetail, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let person = people::find(&mut tx, id).await?.ok_or(ServiceError::Missing(Thing::Person))?;
        let mut devices = crate::storage::device::of_member(&mut tx, id).await?;
        devices.sort_by_key(|device| (std::cmp::Reverse(device.enrolled), device.id));
        let code_expires = people::code_expires(&mut tx, id, self.inner.ambient.now()).await?;
        Ok(PersonDetail { person, devices, code_expires })
    }

    /// How many people stand where.
    pub async fn people_counts(&self, _: &Grant<PeopleRead>) -> Result<Counts, ServiceError> {
        Ok(people::counts(&mut self.inner.storage.read().await?).await?)
    }
}

fn fits(row: &PersonRow, text: &str) -> bool {
    let mail = row.mail.as_ref().map(Personal::expose);
    [Some(row.login.expose()), Some(row.name.expose()), mail]
        .into_iter()
        .flatten()
        .any(|value| value.to_lowercase().contains(text))
}

/// Keeps one page of what passes by in order.
struct Window {
    from: Position,
    rows_max: usize,
    /// Whether the person from whom the page is counted has passed.
    passed: bool,
    rows: VecDeque<PersonRow>,
    found: u64,
    earlier: bool,
    later: bool,
}

impl Window {
    fn new(from: Position, rows_max: usize) -> Self {
        Window { from, rows_max, passed: false, rows: VecDeque::new(), found: 0, earlier: false, later: false }
    }

    fn pass(&mut self, id: MemberId) {
        if let Position::After(anchor) | Position::Before(anchor) = self.from {
            self.passed |= anchor == id;
        }
    }

    fn take(&mut self, row: PersonRow) {
        self.found = self.found.saturating_add(1);
        match self.from {
            Position::Start => self.keep_first(row),
            Position::After(anchor) if self.passed && row.id != anchor => self.keep_first(row),
            Position::After(_) => self.earlier = true,
            Position::Before(_) if self.passed => self.later = true,
            Position::Before(_) => {
                self.rows.push_back(row);
                if self.rows.len() > self.rows_max {
                    self.rows.pop_front();
                    self.earlier = true;
                }
            }
        }
    }

    fn keep_first(&mut self, row: PersonRow) {
        if self.rows.len() < self.rows_max { self.rows.push_back(row) } else { self.later = true }
    }

    fn page(self) -> Page {
        // Before somebody who never passed would be the end of the list.
        let is_lost = matches!(self.from, Position::Before(_)) && !self.passed;
        let rows = if is_lost { Vec::new() } else { self.rows.into() };
        Page { rows, found: self.found, earlier: self.earlier, later: self.later }
    }
}

//! People as the console shows them: a page at a time, found by text, whatever their number. Reads only.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use protocol::ids::MemberId;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PeopleRead, PolicyRead};
use crate::domain::member::Standing;
use crate::domain::people_index::{Asked, Found, PeopleIndex};
use crate::storage::people;

pub use crate::domain::people_index::{Counts, Position};
pub use crate::storage::device::DeviceRow;
pub use crate::storage::people::PersonRow;

use super::published::{DeviceStanding, Published};
use super::{ServiceError, Services, Thing};

/// Which people.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Each of its words stands in the login, name or mail, whatever its case and accents; empty finds everybody.
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

/// The index of a published state.
#[derive(Default)]
pub(super) struct IndexKept(Option<(Arc<Published>, Arc<PeopleIndex>)>);

impl Services {
    /// A page of people. From somebody who is gone meanwhile: the first.
    pub async fn people_page(&self, grant: &Grant<PeopleRead>, query: &Query<'_>) -> Result<Page, ServiceError> {
        let index = self.people_index().await?;
        let within = grant.reach().groups();
        let asked = Asked { text: query.text.expose(), standing: query.standing, group: None, within };
        let page = |from| index.page(asked, from, query.rows_max);
        let found = page(query.from).filter(|found| !found.entries.is_empty()).or_else(|| page(Position::Start));
        let Found { entries, count, earlier, later } = found.unwrap_or_default();
        let ids: Vec<MemberId> = entries.iter().map(|entry| entry.id).collect();
        let mut rows = people::of_ids(&mut self.inner.storage.read().await?, &ids).await?;
        rows.sort_unstable_by(|one, other| (one.login.expose(), one.id).cmp(&(other.login.expose(), other.id)));
        Ok(Page { rows, found: count, earlier, later })
    }

    /// Everybody who is not removed, in order, as of the newest change.
    pub(super) async fn people_index(&self) -> Result<Arc<PeopleIndex>, ServiceError> {
        let published = self.published();
        {
            let kept = self.inner.people_index.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((of, index)) = &kept.0
                && of.roll.is(&published.roll)
                && Arc::ptr_eq(&of.devices, &published.devices)
            {
                return Ok(Arc::clone(index));
            }
        }
        let state = Arc::clone(&published);
        let making = tokio::task::spawn_blocking(move || PeopleIndex::new(state.roll.iter(), &devices(&state)));
        let index = Arc::new(making.await.map_err(|_| super::Outage::Database)?);
        self.inner.people_index.lock().unwrap_or_else(PoisonError::into_inner).0 =
            Some((published, Arc::clone(&index)));
        Ok(index)
    }

    /// One person with everything known.
    pub async fn person_detail(&self, grant: &Grant<PeopleRead>, id: MemberId) -> Result<PersonDetail, ServiceError> {
        let index = self.people_index().await?;
        let inside = index.get(id).is_some_and(|entry| grant.reach().holds(&entry.profile.groups));
        if !inside {
            return Err(ServiceError::Missing(Thing::Person));
        }
        let mut tx = self.inner.storage.read().await?;
        let person = people::find(&mut tx, id).await?.ok_or(ServiceError::Missing(Thing::Person))?;
        let mut devices = crate::storage::device::of_member(&mut tx, id).await?;
        devices.sort_by_key(|device| (std::cmp::Reverse(device.enrolled), device.id));
        let code_expires = people::code_expires(&mut tx, id, self.inner.ambient.now()).await?;
        Ok(PersonDetail { person, devices, code_expires })
    }

    /// How many people within reach stand where.
    pub async fn people_counts(&self, grant: &Grant<PeopleRead>) -> Result<Counts, ServiceError> {
        Ok(self.people_index().await?.counts_within(grant.reach().groups()))
    }
}

impl Services {
    /// How many people a policy reaches: numbers for whoever publishes one and sees nobody.
    pub async fn policy_reach(&self, grant: &Grant<PolicyRead>) -> Result<Counts, ServiceError> {
        Ok(self.people_index().await?.counts_within(grant.reach().groups()))
    }
}

/// Devices that are not revoked, by whose they are.
fn devices(published: &Published) -> HashMap<MemberId, u64> {
    let mut devices: HashMap<MemberId, u64> = HashMap::new();
    for standing in published.devices.values() {
        if let DeviceStanding::Live { member, .. } = standing {
            *devices.entry(*member).or_default() += 1;
        }
    }
    devices
}

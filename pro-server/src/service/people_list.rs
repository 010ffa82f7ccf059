//! Everybody, a stretch at a time, for programs and commands that go through all of them. What one stretch costs does not depend
//! on how many people there are, nor on how few of them are looked for. Reads only.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::ids::{DeviceId, MemberId};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::access::{Grant, PeopleRead};
use crate::domain::member::{Source, Standing};
use crate::domain::people_index::{Asked, Entry, Position};
use crate::storage;
use crate::storage::device_list::{self, OwnedDeviceRow};

use super::devices::{DeviceState, DeviceView};
use super::{Fault, ServiceError, Services, Thing};

/// A person, with the name of the source.
#[derive(Debug, Clone)]
pub struct PersonSeen {
    pub id: MemberId,
    pub login: Personal<String>,
    pub name: Personal<String>,
    pub mail: Option<Personal<String>>,
    pub groups: BTreeSet<Group>,
    pub source: String,
    pub standing: Standing,
    pub devices: u64,
}

/// Which people; nothing said finds everybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Each of its words stands in the login, name or mail, whatever its case and accents.
    pub text: Option<&'a Personal<String>>,
    pub group: Option<&'a Group>,
    pub standing: Option<Standing>,
}

/// Those who were found, in the order of (login, id), and behind whom it goes on, if it does.
#[derive(Debug, Clone)]
pub struct Stretch<T, P> {
    pub found: Vec<T>,
    pub next: Option<P>,
}

/// One person with everything known.
#[derive(Debug, Clone)]
pub struct PersonDetail {
    pub person: PersonSeen,
    /// Revoked ones included.
    pub devices: Vec<DeviceView>,
    /// Of the enrollment code that waits to be spent.
    pub code_expires: Option<Timestamp>,
}

impl Services {
    /// At most `count_max` people behind `after`.
    pub async fn people_after(
        &self,
        grant: &Grant<PeopleRead>,
        filter: Filter<'_>,
        after: Option<MemberId>,
        count_max: u32,
    ) -> Result<Stretch<PersonSeen, MemberId>, ServiceError> {
        let text = filter.text.map_or("", |text| text.expose());
        let within = grant.reach().groups();
        let asked = Asked { text, standing: filter.standing, group: filter.group, within };
        let index = self.people_index().await?;
        let from = after.map_or(Position::Start, Position::After);
        let page = index.page(asked, from, count_max as usize).ok_or(Fault::Place)?;
        let next = page.entries.last().filter(|_| page.later).map(|entry| entry.id);
        Ok(Stretch { found: page.entries.into_iter().map(|entry| self.seen(entry)).collect(), next })
    }

    /// One person with everything known.
    pub async fn person(&self, grant: &Grant<PeopleRead>, id: MemberId) -> Result<PersonDetail, ServiceError> {
        let index = self.people_index().await?;
        let found = index.get(id).filter(|entry| grant.reach().holds(&entry.profile.groups));
        let person = self.seen(found.ok_or(ServiceError::Missing(Thing::Person))?);
        let mut tx = self.inner.storage.read().await?;
        let devices = storage::device::brief_of(&mut tx, id).await?;
        let code_expires = storage::people::code_expires(&mut tx, id, self.inner.ambient.now()).await?;
        let view = |device: storage::device::DeviceBrief| DeviceView {
            device: device.id,
            member: id,
            login: person.login.clone(),
            state: DeviceState::of(device.revoked),
            enrolled: device.enrolled,
            not_after: device.not_after,
        };
        let devices = devices.into_iter().map(view).collect();
        Ok(PersonDetail { devices, code_expires, person })
    }

    /// The devices of people within reach among the next `count_max` behind `after`, by id, revoked ones included.
    pub async fn devices_after(
        &self,
        grant: &Grant<PeopleRead>,
        after: Option<DeviceId>,
        count_max: u32,
    ) -> Result<Stretch<DeviceView, DeviceId>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let mut rows = device_list::devices_after(&mut tx, after, count_max.saturating_add(1)).await?;
        let goes_on = rows.len() > count_max as usize;
        rows.truncate(count_max as usize);
        let next = rows.last().filter(|_| goes_on).map(|row| row.id);
        if grant.reach().groups().is_some() {
            let index = self.people_index().await?;
            let inside = |id| index.get(id).is_some_and(|entry| grant.reach().holds(&entry.profile.groups));
            rows.retain(|row| inside(row.member));
        }
        let view = |row: OwnedDeviceRow| DeviceView {
            device: row.id,
            member: row.member,
            login: row.login,
            state: DeviceState::of(row.revoked),
            enrolled: row.enrolled,
            not_after: row.not_after,
        };
        Ok(Stretch { found: rows.into_iter().map(view).collect(), next })
    }

    fn seen(&self, entry: &Entry) -> PersonSeen {
        let profile = &entry.profile;
        PersonSeen {
            id: entry.id,
            login: profile.login.expose().into(),
            name: profile.name.clone(),
            mail: profile.mail.clone(),
            groups: profile.groups.clone(),
            source: self.source_name(entry.source),
            standing: entry.standing,
            devices: entry.devices,
        }
    }

    pub(super) fn source_name(&self, source: Source) -> String {
        self.origin(source).map(|origin| origin.name.to_string()).unwrap_or_default()
    }
}

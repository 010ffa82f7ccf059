//! Pushed groups: created, replaced, patched, deleted. Whoever joins or leaves one has other groups from that change on.

use std::collections::{BTreeMap, BTreeSet};

use protocol::audit::Party;
use protocol::directory::Group;
use protocol::ids::{GroupId, MemberId};
use protocol::limits::GROUPS_PER_PERSON_MAX;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::domain::access::{Grant, PeoplePush};
use crate::domain::member::ExternalId;
use crate::domain::scim::patch::{self, Operation};
use crate::domain::scim::projection::Projection;
use crate::domain::scim::schema::TEAM;
use crate::domain::scim::{Attributes, Refused, shape};
use crate::service::Services;
use crate::service::change::Change;
use crate::service::pushed;
use crate::storage::scim::{GroupRow, NewGroup};
use crate::storage::{self, StorageError, Tx};

use super::{Expected, PushError, Shown, shown, stored, written};

const TABLE: &str = "scim_group";
/// From this many on everybody's id is read at once.
const LOOK_UPS_MAX: usize = 64;

async fn row(tx: &mut Tx, id: &str) -> Result<GroupRow, PushError> {
    let id: GroupId = id.parse().map_err(|_| Refused::Missing)?;
    Ok(storage::scim::groups::find(tx, id).await?.ok_or(Refused::Missing)?)
}

/// A group as shown; `members` only where they are asked for.
pub(super) async fn show(
    tx: &mut Tx,
    base: &str,
    row: &GroupRow,
    projection: &Projection,
) -> Result<Shown, StorageError> {
    let mut resource = stored(&row.resource, TABLE)?;
    if projection.shows("members") {
        let members = storage::scim::groups::members(tx, row.id).await?;
        let member = |(_, id): (MemberId, String)| {
            let reference = format!("{base}/Users/{id}");
            json!({"value": id, "$ref": reference, "type": "User"})
        };
        let members: Vec<Value> = members.into_iter().map(member).collect();
        if !members.is_empty() {
            resource.insert("members".to_owned(), Value::Array(members));
        }
    }
    Ok(shown(&TEAM, base, &row.id.to_string(), (row.added, row.changed), resource))
}

/// A group as a provider wants it.
struct Team {
    /// In small letters, as policies say it.
    name: Group,
    /// Without the members.
    resource: Attributes,
    /// Ids that providers know.
    members: Vec<String>,
}

impl Team {
    fn read(mut resource: Attributes) -> Result<Self, Refused> {
        let shown = resource.get("displayName").and_then(Value::as_str).unwrap_or_default();
        let name = Group::parse(shown).map_err(|_| Refused::Value("displayName"))?;
        let members = match resource.remove("members") {
            Some(Value::Array(members)) => members,
            _ => Vec::new(),
        };
        let id = |member: &Value| {
            // Groups within groups come as people: providers resolve them.
            let is_person =
                member.get("type").and_then(Value::as_str).is_none_or(|kind| kind.eq_ignore_ascii_case("user"));
            let id = member.get("value").and_then(Value::as_str).filter(|_| is_person);
            id.map(str::to_owned).ok_or(Refused::Value("members"))
        };
        let members = members.iter().map(id).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { name, resource, members })
    }

    async fn people(&self, tx: &mut Tx) -> Result<BTreeSet<MemberId>, PushError> {
        let unknown = Refused::Value("members");
        let mut people = BTreeSet::new();
        if self.members.len() > LOOK_UPS_MAX {
            let all: BTreeMap<String, MemberId> =
                storage::scim::people::members_of_ids(tx).await?.into_iter().collect();
            for id in &self.members {
                people.insert(*all.get(id).ok_or(unknown)?);
            }
        } else {
            for id in &self.members {
                let id = ExternalId::parse(id).map_err(|_| unknown)?;
                let row = storage::scim::people::find(tx, &id).await?;
                people.insert(row.ok_or(unknown)?.member);
            }
        }
        Ok(people)
    }

    async fn is_free(&self, tx: &mut Tx, own: Option<GroupId>) -> Result<(), PushError> {
        let holder = storage::scim::groups::find_name(tx, self.name.as_str()).await?;
        match holder {
            Some(holder) if Some(holder.id) != own => Err(Refused::Taken("displayName").into()),
            Some(_) | None => Ok(()),
        }
    }

    fn kept<'a>(&'a self, id: GroupId, text: &'a str, now: Timestamp) -> NewGroup<'a> {
        NewGroup { id, name: self.name.as_str(), resource: text, now }
    }
}

/// Gives these people the groups that they are in now. They are other resources from now on: their groups are a part of them.
async fn regroup(change: &mut Change<'_>, people: &BTreeSet<MemberId>, actor: &Party) -> Result<(), PushError> {
    let mut names = storage::scim::groups::names_of(&mut change.tx, people).await?;
    if names.values().any(|names| names.len() > GROUPS_PER_PERSON_MAX) {
        return Err(Refused::TooMany.into());
    }
    storage::scim::people::set_changed(&mut change.tx, people, change.now).await?;
    let people = people.iter().map(|id| (*id, names.remove(id).unwrap_or_default())).collect();
    Ok(pushed::regroup(change, people, actor).await?)
}

impl Services {
    /// A group, with its members if `projection` shows them.
    pub async fn provisioned_group(
        &self,
        _: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        projection: &Projection,
    ) -> Result<Shown, PushError> {
        let mut tx = self.inner.storage.read().await?;
        let row = row(&mut tx, id).await?;
        Ok(show(&mut tx, base, &row, projection).await?)
    }

    /// Adds a group.
    pub async fn provision_group(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        body: &Attributes,
    ) -> Result<Shown, PushError> {
        let team = Team::read(shape::resource(&TEAM, body)?)?;
        let mut change = self.push(grant).await?;
        team.is_free(&mut change.tx, None).await?;
        let id = GroupId::from_bytes(self.inner.ambient.bytes());
        let (people, text) = (team.people(&mut change.tx).await?, written(&team.resource));
        let now = change.now;
        storage::scim::groups::insert(&mut change.tx, &team.kept(id, &text, now)).await?;
        storage::scim::groups::join(&mut change.tx, id, &people).await?;
        regroup(&mut change, &people, grant.actor()).await?;
        let row = row(&mut change.tx, &id.to_string()).await?;
        let shown = show(&mut change.tx, base, &row, &Projection::Everything).await?;
        change.commit(0..0).await?;
        Ok(shown)
    }

    /// Replaces a group (PUT).
    pub async fn replace_group(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        body: &Attributes,
        expected: Expected<'_>,
    ) -> Result<Shown, PushError> {
        self.change_group(grant, base, id, expected, |_| shape::resource(&TEAM, body)).await
    }

    /// Changes some of a group (PATCH).
    pub async fn patch_group(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        operations: &[Operation],
        expected: Expected<'_>,
    ) -> Result<Shown, PushError> {
        let patched = |mut resource: Attributes| {
            patch::apply(&TEAM, &mut resource, operations)?;
            shape::resource(&TEAM, &resource)
        };
        self.change_group(grant, base, id, expected, patched).await
    }

    async fn change_group(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        expected: Expected<'_>,
        change_to: impl FnOnce(Attributes) -> Result<Attributes, Refused>,
    ) -> Result<Shown, PushError> {
        let mut change = self.push(grant).await?;
        let before = row(&mut change.tx, id).await?;
        let was = show(&mut change.tx, base, &before, &Projection::Everything).await?;
        expected.check(&was)?;
        // In the form in which a provider would say it: without what this server adds.
        let said = shape::resource(&TEAM, &was.resource.into_exposed())?;
        let team = Team::read(change_to(said)?)?;
        team.is_free(&mut change.tx, Some(before.id)).await?;
        let old = storage::scim::groups::members(&mut change.tx, before.id).await?;
        let old: BTreeSet<MemberId> = old.into_iter().map(|(member, _)| member).collect();
        let new = team.people(&mut change.tx).await?;
        let text = written(&team.resource);
        let mut touched: BTreeSet<MemberId> = old.symmetric_difference(&new).copied().collect();
        if !touched.is_empty() || text != *before.resource.expose() {
            let now = change.now.max(before.changed.plus_ms(1));
            storage::scim::groups::update(&mut change.tx, &team.kept(before.id, &text, now)).await?;
        }
        storage::scim::groups::leave(&mut change.tx, before.id, &(&old - &new)).await?;
        storage::scim::groups::join(&mut change.tx, before.id, &(&new - &old)).await?;
        if team.name.as_str() != before.name {
            touched.extend(new);
        }
        regroup(&mut change, &touched, grant.actor()).await?;
        let row = row(&mut change.tx, id).await?;
        let shown = show(&mut change.tx, base, &row, &Projection::Everything).await?;
        change.commit(0..0).await?;
        Ok(shown)
    }

    /// Removes a group; the people in it stay.
    pub async fn delete_group(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        expected: Expected<'_>,
    ) -> Result<(), PushError> {
        let mut change = self.push(grant).await?;
        let row = row(&mut change.tx, id).await?;
        expected.check(&show(&mut change.tx, base, &row, &Projection::Everything).await?)?;
        let members = storage::scim::groups::members(&mut change.tx, row.id).await?;
        let members: BTreeSet<MemberId> = members.into_iter().map(|(member, _)| member).collect();
        storage::scim::groups::leave(&mut change.tx, row.id, &members).await?;
        storage::scim::groups::delete(&mut change.tx, row.id).await?;
        regroup(&mut change, &members, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}

//! Pushed people: created, replaced, patched, deleted.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::domain::access::{Grant, PeoplePush};
use crate::domain::member::{ExternalId, Listing, Login, Member, Profile, Source};
use crate::domain::scim::patch::{self, Operation, Verb};
use crate::domain::scim::projection::Projection;
use crate::domain::scim::schema::PERSON;
use crate::domain::scim::{Attributes, Refused, person, shape};
use crate::service::Services;
use crate::service::pushed::{self, Holder, Pushed};
use crate::storage::scim::{NewPerson, PersonRow};
use crate::storage::{self, StorageError, Tx};

use super::{Expected, PushError, Shown, brake, member, shown, stored, written};

const TABLE: &str = "scim_person";

/// The id in an address.
fn id_of(text: &str) -> Result<ExternalId, Refused> {
    ExternalId::parse(text).map_err(|_| Refused::Missing)
}

async fn row(tx: &mut Tx, id: &str) -> Result<PersonRow, PushError> {
    Ok(storage::scim::people::find(tx, &id_of(id)?).await?.ok_or(Refused::Missing)?)
}

/// What a provider has said of a person, as a provider would say it.
fn said(row: &PersonRow) -> Result<Attributes, StorageError> {
    let mut resource = stored(&row.resource, TABLE)?;
    resource.insert("active".to_owned(), Value::Bool(row.listing == Listing::Listed));
    Ok(resource)
}

/// A person as shown; `groups` only where they are asked for.
pub(super) async fn show(
    tx: &mut Tx,
    base: &str,
    row: &PersonRow,
    projection: &Projection,
) -> Result<Shown, StorageError> {
    let mut resource = said(row)?;
    if projection.shows("groups") {
        let groups = storage::scim::groups::of_member(tx, row.member).await?;
        let group = |group: storage::scim::GroupRow| {
            let resource = stored(&group.resource, "scim_group")?;
            let reference = format!("{base}/Groups/{}", group.id);
            Ok(json!({"value": group.id.to_string(), "display": resource.get("displayName"), "$ref": reference}))
        };
        let groups = groups.into_iter().map(group).collect::<Result<Vec<Value>, StorageError>>()?;
        if !groups.is_empty() {
            resource.insert("groups".to_owned(), Value::Array(groups));
        }
    }
    Ok(shown(&PERSON, base, row.id.expose(), (row.added, row.changed), resource))
}

/// The groups that somebody is in, as policies say them.
async fn groups(tx: &mut Tx, member: MemberId) -> Result<BTreeSet<Group>, PushError> {
    let rows = storage::scim::groups::of_member(tx, member).await?;
    rows.iter().map(|row| Group::parse(&row.name).map_err(|_| Refused::Value("displayName").into())).collect()
}

/// No login is given twice, whatever source its holder comes from.
async fn is_free(tx: &mut Tx, login: &Login, person: Option<&Member>, listing: Listing) -> Result<(), PushError> {
    let holder = pushed::holder(tx, person, login, access(listing)).await?;
    if holder == Some(Holder::Locked) {
        return Err(Refused::Locked.into());
    }
    let said = storage::scim::people::find_user_name(tx, login.expose()).await?;
    let is_said = said.iter().any(|row| person.is_none_or(|person| person.id != row.member));
    if is_said || holder.is_some() { Err(Refused::Taken("userName").into()) } else { Ok(()) }
}

const fn access(listing: Listing) -> Pushed {
    match listing {
        Listing::Listed => Pushed::Active,
        Listing::Absent | Listing::Removed => Pushed::Inactive,
    }
}

/// What is kept of a person of one form; whether they have access is kept in their row.
fn kept<'a>(
    member: MemberId,
    profile: &'a Profile,
    resource: &'a Attributes,
    text: &'a str,
    now: Timestamp,
) -> NewPerson<'a> {
    NewPerson {
        member,
        user_name: profile.login.expose(),
        external_id: resource.get("externalId").and_then(Value::as_str),
        resource: text,
        now,
    }
}

impl Services {
    /// A person, with their groups if `projection` shows them. `base` is the address of `/scim/v2`, here and everywhere.
    pub async fn provisioned_person(
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

    /// Adds a person.
    pub async fn provision_person(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        body: &Attributes,
    ) -> Result<Shown, PushError> {
        let mut resource = shape::resource(&PERSON, body)?;
        let (profile, listing) = (person::profile(&resource)?, person::listing(&resource));
        resource.remove("active");
        let mut change = self.push(grant).await?;
        is_free(&mut change.tx, &profile.login, None, listing).await?;
        let external_id = resource.get("externalId").and_then(Value::as_str);
        for called in external_id.into_iter().chain([profile.login.expose()]) {
            let tomb = self.inner.tombs.tomb(Source::SCIM, called);
            if storage::erasure::has(&mut change.tx, Source::SCIM, &tomb).await? {
                // Whoever was erased comes back by an administrator's act, and by nothing that repeats itself.
                return Err(Refused::Locked.into());
            }
        }
        let member = pushed::create(&mut change, &profile, access(listing), grant.actor()).await?;
        let text = written(&resource);
        let person = kept(member, &profile, &resource, &text, change.now);
        storage::scim::people::insert(&mut change.tx, &person).await?;
        let row = row(&mut change.tx, &member.to_string()).await?;
        let shown = show(&mut change.tx, base, &row, &Projection::Everything).await?;
        change.commit(0..0).await?;
        Ok(shown)
    }

    /// Replaces what is said of a person (PUT).
    pub async fn replace_person(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        body: &Attributes,
        expected: Expected<'_>,
    ) -> Result<Shown, PushError> {
        let replaced = |before: Attributes| {
            let mut resource = shape::resource(&PERSON, body)?;
            // A provider that says nothing of it leaves it as it is: nobody comes back by silence.
            if let (false, Some(active)) = (resource.contains_key("active"), before.get("active")) {
                resource.insert("active".to_owned(), active.clone());
            }
            Ok(resource)
        };
        let access = patch::access(&patch::keys(Verb::Replace, body));
        self.change_or_suspend(grant, base, id, expected, replaced, access).await
    }

    /// Changes some of what is said of a person (PATCH).
    pub async fn patch_person(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        operations: &[Operation],
        expected: Expected<'_>,
    ) -> Result<Shown, PushError> {
        let patched = |mut resource: Attributes| {
            patch::apply(&PERSON, &mut resource, operations)?;
            shape::resource(&PERSON, &resource)
        };
        self.change_or_suspend(grant, base, id, expected, patched, patch::access(operations)).await
    }

    /// Changes a person, or takes their access alone: a provider says in one request that somebody left and what else is new of
    /// them, and asks the same again and again.
    async fn change_or_suspend(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        expected: Expected<'_>,
        change_to: impl FnOnce(Attributes) -> Result<Attributes, Refused>,
        access: Option<Listing>,
    ) -> Result<Shown, PushError> {
        let outcome = match self.change_person(grant, base, id, expected, change_to).await {
            Err(PushError::Refused(refused)) if access == Some(Listing::Absent) && refused.is_of_the_rest() => {
                let without_access = |mut said: Attributes| {
                    said.insert("active".to_owned(), Value::Bool(false));
                    Ok(said)
                };
                let taken = self.change_person(grant, base, id, expected, without_access).await;
                taken.and(Err(PushError::WithoutAccess(refused)))
            }
            outcome => outcome,
        };
        self.settled(outcome, grant.actor()).await
    }

    async fn change_person(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        expected: Expected<'_>,
        change_to: impl FnOnce(Attributes) -> Result<Attributes, Refused>,
    ) -> Result<Shown, PushError> {
        let mut change = self.push(grant).await?;
        let before = row(&mut change.tx, id).await?;
        expected.check(&show(&mut change.tx, base, &before, &Projection::Everything).await?)?;
        let mut resource = change_to(said(&before)?)?;
        let listing = person::listing(&resource);
        resource.remove("active");
        let member = member(&mut change.tx, before.member).await?;
        let profile = person::profile(&resource)?.with_groups(groups(&mut change.tx, member.id).await?);
        let profile = profile.map_err(Refused::from)?;
        is_free(&mut change.tx, &profile.login, Some(&member), listing).await?;
        brake(&mut change, &member, listing).await?;
        let text = written(&resource);
        if text != *before.resource.expose() || listing != member.listing {
            let now = change.now.max(before.changed.plus_ms(1));
            let person = kept(member.id, &profile, &resource, &text, now);
            storage::scim::people::update(&mut change.tx, &person).await?;
        }
        pushed::replace(&mut change, member.id, &profile, access(listing), grant.actor()).await?;
        let row = row(&mut change.tx, id).await?;
        let shown = show(&mut change.tx, base, &row, &Projection::Everything).await?;
        change.commit(0..0).await?;
        Ok(shown)
    }

    /// Takes a person's access away and forgets what the provider said. Who was deleted is never the same person again.
    pub async fn delete_person(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        expected: Expected<'_>,
    ) -> Result<(), PushError> {
        let outcome = self.take_out(grant, base, id, expected).await;
        self.settled(outcome, grant.actor()).await
    }

    async fn take_out(
        &self,
        grant: &Grant<PeoplePush>,
        base: &str,
        id: &str,
        expected: Expected<'_>,
    ) -> Result<(), PushError> {
        let mut change = self.push(grant).await?;
        let row = row(&mut change.tx, id).await?;
        expected.check(&show(&mut change.tx, base, &row, &Projection::Everything).await?)?;
        let member = member(&mut change.tx, row.member).await?;
        brake(&mut change, &member, Listing::Absent).await?;
        pushed::delete(&mut change, member.id, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }
}

//! People whom a provisioning service pushes (RFC 7644), one at a time: created, replaced, suspended, resumed, deleted, regrouped.
//! They go through the same machine and the same change as everybody else. It must never touch a person of another source. Whether a
//! provider may take so many people's access is asked before, by `provisioning`.

use std::collections::{BTreeMap, BTreeSet};

use protocol::audit::{self, AuditEvent, Cause, Party, RunCounts};
use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::limits::GROUPS_PER_PERSON_MAX;
use protocol::tlog::{Leaf, member_commitment};

use crate::domain::member::{ExternalId, Listing, Lock, Login, Member, Profile, Source, Unusable};
use crate::domain::person::Event;
use crate::storage::member::NewMember;
use crate::storage::{self, StorageError, Tx};

use super::change::Change;
use super::standing::happen;
use super::{Clash, Fault, ServiceError, Thing};

/// Whether a pushed person is to have access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    Active,
    Inactive,
}

impl Pushed {
    const fn event(self) -> Event {
        match self {
            Self::Active => Event::Seen,
            Self::Inactive => Event::WithoutAccess,
        }
    }
}

/// A pushed person who is not deleted.
pub(super) async fn find(tx: &mut Tx, id: MemberId) -> Result<Member, ServiceError> {
    let found = storage::member::find(tx, id).await?;
    let found = found.filter(|member| member.source == Source::SCIM && member.listing != Listing::Removed);
    found.ok_or(ServiceError::Missing(Thing::Person))
}

/// Who stands in the way of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// One listed person has a login, whatever their source.
    Listed,
    /// Whoever is locked keeps it too: adding the same person once more must not undo what an administrator did.
    Locked,
}

/// Who keeps `person`, or somebody new, from having this login.
pub(super) async fn holder(
    tx: &mut Tx,
    person: Option<&Member>,
    login: &Login,
    pushed: Pushed,
) -> Result<Option<Holder>, StorageError> {
    let mut others = storage::member::holders(tx, login).await?;
    others.retain(|other| person.is_none_or(|person| person.id != other.id));
    let wants_access = pushed == Pushed::Active;
    // Who has the login and access already only keeps them.
    let comes_by_it = person
        .is_none_or(|person| person.profile.login != *login || (wants_access && person.listing != Listing::Listed));
    if comes_by_it && others.iter().any(|other| other.lock == Lock::Locked) {
        return Ok(Some(Holder::Locked));
    }
    let is_listed = others.iter().any(|other| other.listing == Listing::Listed);
    Ok((wants_access && is_listed).then_some(Holder::Listed))
}

async fn claim(tx: &mut Tx, person: Option<&Member>, login: &Login, pushed: Pushed) -> Result<(), ServiceError> {
    match holder(tx, person, login, pushed).await? {
        Some(Holder::Listed | Holder::Locked) => Err(Clash::LoginTaken.into()),
        None => Ok(()),
    }
}

/// Adds a person. The id is new whatever the provider calls them: who is deleted and comes again is somebody else.
pub(super) async fn create(
    change: &mut Change<'_>,
    profile: &Profile,
    pushed: Pushed,
    actor: &Party,
) -> Result<MemberId, ServiceError> {
    claim(&mut change.tx, None, &profile.login, pushed).await?;
    let listing = match pushed {
        Pushed::Active => Listing::Listed,
        Pushed::Inactive => Listing::Absent,
    };
    let (id, log_salt) = change.draw_member();
    let commitment = member_commitment(&log_salt, id, profile.login.expose());
    let external_id = ExternalId::parse(&id.to_string()).map_err(|Unusable(_)| Fault::Login)?;
    let (source, added) = (Source::SCIM, change.now);
    let member = NewMember { id, source, external_id: &external_id, profile, listing, log_salt, added };
    storage::member::insert(&mut change.tx, &member).await?;
    change.touch(id);
    change.leaf(&Leaf::MemberAdd { member: id, commitment }).await?;
    change.audit(AuditEvent::MemberAdded, Some(id), actor).await?;
    Ok(id)
}

/// Everything about a person, as the provider says it now.
pub(super) async fn replace(
    change: &mut Change<'_>,
    id: MemberId,
    profile: &Profile,
    pushed: Pushed,
    actor: &Party,
) -> Result<(), ServiceError> {
    let member = find(&mut change.tx, id).await?;
    claim(&mut change.tx, Some(&member), &profile.login, pushed).await?;
    // Access goes before the rest changes, and comes after it.
    if pushed == Pushed::Inactive {
        happen(change, &member, pushed.event(), Cause::Directory, actor).await?;
    }
    if *member.profile != *profile {
        storage::member::set_profile(&mut change.tx, id, profile).await?;
        change.touch(id);
        let counts = RunCounts { seen: 1, changed: 1, ..RunCounts::default() };
        change.audit(AuditEvent::DirectoryRun { source: audit::Source::Scim, counts }, Some(id), actor).await?;
    }
    if pushed == Pushed::Active {
        happen(change, &member, pushed.event(), Cause::Directory, actor).await?;
    }
    Ok(())
}

/// The groups of all of these people, and nothing else: one change, one entry in the audit, however many they are.
pub(super) async fn regroup(
    change: &mut Change<'_>,
    people: BTreeMap<MemberId, BTreeSet<Group>>,
    actor: &Party,
) -> Result<(), ServiceError> {
    let known = storage::member::groups_of(&mut change.tx, Source::SCIM, &people.keys().copied().collect()).await?;
    let mut changed = BTreeMap::<BTreeSet<Group>, Vec<MemberId>>::new();
    for (id, groups) in people {
        let before = known.get(&id).ok_or(ServiceError::Missing(Thing::Person))?;
        if groups.len() > GROUPS_PER_PERSON_MAX {
            return Err(Fault::Groups.into());
        }
        if *before != groups {
            change.touch(id);
            changed.entry(groups).or_default().push(id);
        }
    }
    let mut counts = RunCounts { seen: known.len() as u64, ..RunCounts::default() };
    for (groups, people) in &changed {
        counts.changed += people.len() as u64;
        storage::member::set_groups(&mut change.tx, people, groups).await?;
    }
    if counts.changed > 0 {
        change.audit(AuditEvent::DirectoryRun { source: audit::Source::Scim, counts }, None, actor).await?;
    }
    Ok(())
}

/// Removes a person for good, and what the provider said of them. Of whoever is locked the row stays, and with it the login and the
/// lock, until an administrator takes either away.
pub(super) async fn delete(change: &mut Change<'_>, id: MemberId, actor: &Party) -> Result<(), ServiceError> {
    let member = find(&mut change.tx, id).await?;
    if member.lock == Lock::Open {
        happen(change, &member, Event::Removed, Cause::Directory, actor).await?;
        return Ok(());
    }
    let alone = Profile::clone(&member.profile).with_groups(BTreeSet::new()).map_err(|Unusable(_)| Fault::Groups)?;
    replace(change, id, &alone, Pushed::Inactive, actor).await?;
    storage::scim::people::forget(&mut change.tx, id, change.now).await?;
    Ok(())
}

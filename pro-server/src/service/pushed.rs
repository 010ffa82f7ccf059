//! People whom a provisioning service pushes (RFC 7644), one at a time: created, replaced, suspended, resumed, deleted, regrouped.
//! They go through the same machine and the same change as everybody else. It must never touch a person of another source. Whether a
//! provider may take so many people's access is asked before, by `provisioning`.

use std::collections::BTreeSet;

use protocol::audit::{self, AuditEvent, Cause, Party, RunCounts};
use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::tlog::{Leaf, member_commitment};

use crate::domain::member::{ExternalId, Listing, Member, Profile, Source, Unusable};
use crate::domain::person::Event;
use crate::storage::member::NewMember;
use crate::storage::{self, Tx};

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

/// A login belongs to one listed person, whatever their source.
async fn claim(tx: &mut Tx, id: Option<MemberId>, profile: &Profile) -> Result<(), ServiceError> {
    let holder = storage::member::find_login(tx, &profile.login).await?;
    let is_taken = holder.is_some_and(|holder| holder.listing == Listing::Listed && Some(holder.id) != id);
    if is_taken { Err(Clash::LoginTaken.into()) } else { Ok(()) }
}

/// Adds a person. The id is new whatever the provider calls them: who is deleted and comes again is somebody else.
pub(super) async fn create(
    change: &mut Change<'_>,
    profile: &Profile,
    pushed: Pushed,
    actor: &Party,
) -> Result<MemberId, ServiceError> {
    let listing = match pushed {
        Pushed::Active => {
            claim(&mut change.tx, None, profile).await?;
            Listing::Listed
        }
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
    if pushed == Pushed::Active {
        claim(&mut change.tx, Some(id), profile).await?;
    }
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

/// The groups of a person, and nothing else.
pub(super) async fn regroup(
    change: &mut Change<'_>,
    id: MemberId,
    groups: BTreeSet<Group>,
    actor: &Party,
) -> Result<(), ServiceError> {
    let member = find(&mut change.tx, id).await?;
    let pushed = if member.listing == Listing::Listed { Pushed::Active } else { Pushed::Inactive };
    let profile = Profile::clone(&member.profile).with_groups(groups).map_err(|Unusable(_)| Fault::Groups)?;
    replace(change, id, &profile, pushed, actor).await
}

/// Removes a person for good.
pub(super) async fn delete(change: &mut Change<'_>, id: MemberId, actor: &Party) -> Result<(), ServiceError> {
    let member = find(&mut change.tx, id).await?;
    happen(change, &member, Event::Removed, Cause::Directory, actor).await?;
    Ok(())
}

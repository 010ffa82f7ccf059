//! Carries out what `domain::person` says of an event: rows, revocations, codes and audit, as part of one change. Whatever moves
//! a person goes through here, so that access is lost and regained in one way only.

use protocol::audit::{AuditEvent, Cause, Party};
use protocol::secret::Secret;

use crate::domain::member::{Enrolled, Listing, Member};
use crate::domain::person::{Access, Event, Impossible, Person, Step};
use crate::storage;

use super::change::Change;
use super::published::Why;
use super::{Clash, Denial, ServiceError, Thing};

impl From<Impossible> for ServiceError {
    fn from(impossible: Impossible) -> Self {
        match impossible {
            Impossible::Removed => Self::Missing(Thing::Person),
            Impossible::AlreadyLocked => Clash::AlreadySuspended.into(),
            Impossible::NotLocked => Clash::NotLocked.into(),
            Impossible::NoAccess => Denial::Suspended.into(),
        }
    }
}

/// The event happens to the person, for whom `cause` and `actor` stand in the audit. Devices are read when they are revoked, so
/// whether there are any need not be known.
pub(super) async fn happen(
    change: &mut Change<'_>,
    member: &Member,
    event: Event,
    cause: Cause,
    actor: &Party,
) -> Result<Step, ServiceError> {
    let (id, before) = (member.id, Person::of(member, Enrolled::No));
    let step = before.on(event)?;
    let after = step.person;
    change.touch(id);
    if after.lock != before.lock {
        storage::member::set_lock(&mut change.tx, id, after.lock).await?;
    }
    match after.listing {
        listing if listing == before.listing => {}
        Listing::Removed => {
            let log_salt = Secret::new(change.inner.ambient.bytes());
            storage::member::remove(&mut change.tx, id, change.now, &log_salt).await?;
            storage::sign_in_link::remove_member(&mut change.tx, id).await?;
        }
        listing @ (Listing::Listed | Listing::Absent) => {
            storage::member::set_listing(&mut change.tx, id, listing).await?;
        }
    }
    if !after.standing().may_take_part() {
        storage::code::withdraw(&mut change.tx, id).await?;
    }
    let told = match (event, step.access) {
        (Event::Removed, _) => Some(AuditEvent::MemberRemoved { cause }),
        // An administrator's act stands in the audit even where the source had been first.
        (Event::Locked, _) | (_, Access::Lost) => Some(AuditEvent::MemberSuspended { cause }),
        (Event::Unlocked, _) | (_, Access::Regained) => Some(AuditEvent::MemberResumed { cause }),
        (_, Access::Same) => None,
    };
    if let Some(told) = told {
        change.audit(told, Some(id), actor).await?;
    }
    if step.access == Access::Lost {
        change.revoke_all(id, cause, actor, Why::Suspended).await?;
    }
    Ok(step)
}

//! Applies a plan of people: who comes, changes, comes back and goes, in one change. It must never apply a part of one.

use std::sync::Arc;

use protocol::audit::{self, AuditEvent, Cause, Party};
use protocol::tlog::{Leaf, member_commitment};

use crate::domain::member::{Listing, Lock, Member, Source};
use crate::domain::person::Event;
use crate::domain::roll::Roll;
use crate::domain::sync::{Plan, Seen};
use crate::service::ServiceError;
use crate::service::change::Change;
use crate::service::standing::happen;
use crate::storage::member::NewMember;
use crate::storage::{self, StorageError};

use super::counts;

/// New people who are stored together.
const ADDED_TOGETHER: usize = 4_096;

/// Applies a whole plan as part of `change`.
pub(in crate::service) async fn apply(
    change: &mut Change<'_>,
    source: Source,
    reader: audit::Source,
    known: &Roll,
    plan: Plan,
    actor: &Party,
) -> Result<(), ServiceError> {
    change.audit(AuditEvent::DirectoryRun { source: reader, counts: counts(&plan) }, None, actor).await?;
    for member in plan.suspend.iter().filter_map(|id| known.get(*id)) {
        happen(change, member, Event::Gone, Cause::Directory, actor).await?;
    }
    update(change, known, &plan, actor).await?;
    add(change, source, &plan.add, actor).await?;
    Ok(())
}

/// A login may move from one person to another in one run, so whoever changes logins lets go of the old one first.
async fn update(change: &mut Change<'_>, known: &Roll, plan: &Plan, actor: &Party) -> Result<(), ServiceError> {
    let mut listed_again = Vec::new();
    for (id, profile) in &plan.update {
        change.touch(*id);
        let moves = known.get(*id).filter(|m| m.listing == Listing::Listed && m.profile.login != profile.login);
        if moves.is_some() {
            storage::member::set_listing(&mut change.tx, *id, Listing::Absent).await?;
            listed_again.push(*id);
        }
    }
    for (id, profile) in &plan.update {
        storage::member::set_profile(&mut change.tx, *id, profile).await?;
    }
    for id in listed_again {
        storage::member::set_listing(&mut change.tx, id, Listing::Listed).await?;
    }
    for member in plan.restore.iter().filter_map(|id| known.get(*id)) {
        happen(change, member, Event::Seen, Cause::Directory, actor).await?;
    }
    Ok(())
}

/// People who come for the first time: rows, leaves and entries of all of them, many at a time.
async fn add(change: &mut Change<'_>, source: Source, added: &[Seen], actor: &Party) -> Result<(), StorageError> {
    // In parts: what is on its way to the database is not in memory for everybody at once.
    for part in added.chunks(ADDED_TOGETHER) {
        let (mut members, mut leaves, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
        for seen in part {
            let (id, log_salt) = change.draw_member();
            let commitment = member_commitment(&log_salt, id, seen.profile.login.expose());
            let (external_id, profile) = (&seen.external_id, &seen.profile);
            let (listing, added) = (Listing::Listed, change.now);
            members.push(NewMember { id, source, external_id, profile, listing, log_salt, added });
            leaves.push(Leaf::MemberAdd { member: id, commitment });
            subjects.push(Party::Member(id));
            change.touch_new(Member {
                id,
                source,
                external_id: external_id.clone(),
                profile: Arc::clone(&seen.profile),
                listing,
                lock: Lock::Open,
                identity_key: None,
            });
        }
        storage::member::insert_all(&mut change.tx, &members).await?;
        change.leaves(&leaves).await?;
        change.audit_new(&AuditEvent::MemberAdded, &subjects, actor).await?;
    }
    Ok(())
}

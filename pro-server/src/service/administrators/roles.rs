//! What administrators may do: giving roles and taking them away. There is always somebody left who has everything.

use std::collections::BTreeSet;

use protocol::audit::{Assignment, AuditEvent, Party};

use crate::domain::access::{AdministratorWrite, Grant};
use crate::domain::approval::Act;
use crate::service::{Clash, Fault, ServiceError, Services};
use crate::storage::administrator::{self, AdministratorRow};
use crate::storage::{Tx, administrator_role, approval};

use super::desk::lock;
use super::{Named, named};

/// Roles of one administrator.
pub const ROLES_MAX: usize = 32;

/// Has everything, or will once the link is spent.
pub(super) fn is_owner(row: &AdministratorRow) -> bool {
    row.roles.iter().any(Assignment::is_owner)
}

/// Has everything, and can sign in.
pub(in crate::service) fn can_act(row: &AdministratorRow) -> bool {
    is_owner(row) && row.password.is_some()
}

/// Whether enough owners stay without this one: one, or two while dangerous acts need two people.
pub(super) async fn owners_left(tx: &mut Tx, row: &AdministratorRow) -> Result<(), ServiceError> {
    if !can_act(row) {
        return Ok(());
    }
    let all = administrator::all(tx).await?;
    match all.iter().filter(|other| other.id != row.id && can_act(other)).count() {
        0 => Err(Clash::LastOwner.into()),
        1 if approval::needs_two(tx).await? => Err(Clash::TooFewOwners.into()),
        _ => Ok(()),
    }
}

pub(super) fn granted(assignment: &Assignment) -> AuditEvent {
    AuditEvent::RoleGranted { role: assignment.role(), group: assignment.group_hash() }
}

fn withdrawn(assignment: &Assignment) -> AuditEvent {
    AuditEvent::RoleWithdrawn { role: assignment.role(), group: assignment.group_hash() }
}

/// Each once, and at least one: whoever may do nothing is no administrator.
pub(super) fn judged(roles: &[Assignment]) -> Result<Vec<Assignment>, ServiceError> {
    let once: BTreeSet<&Assignment> = roles.iter().collect();
    if once.is_empty() || once.len() > ROLES_MAX {
        Err(Fault::Roles.into())
    } else {
        Ok(once.into_iter().cloned().collect())
    }
}

impl Services {
    /// Gives an administrator exactly these roles; sessions end, and the next one has them. Nobody changes their own, and the last
    /// owner who can sign in stays one.
    pub async fn assign_roles(
        &self,
        grant: &Grant<AdministratorWrite>,
        whom: Named<'_>,
        roles: &[Assignment],
    ) -> Result<(), ServiceError> {
        let roles = judged(roles)?;
        let mut change = self.inner.change().await?;
        let row = named(&mut change.tx, whom).await?;
        if *grant.actor() == Party::Administrator(row.id) {
            return Err(Clash::Oneself.into());
        }
        let stays_owner = roles.iter().any(Assignment::is_owner);
        if !stays_owner {
            owners_left(&mut change.tx, &row).await?;
        }
        let subject = Party::Administrator(row.id);
        let before: BTreeSet<&Assignment> = row.roles.iter().collect();
        let after: BTreeSet<&Assignment> = roles.iter().collect();
        if before == after {
            return Ok(());
        }
        let act = Act::AssignRoles { administrator: row.id, roles: roles.clone() };
        let mut change = self.gate(change, grant, act).await?;
        approval::put_aside(&mut change.tx, Some(&subject)).await?;
        for gone in before.difference(&after) {
            administrator_role::remove(&mut change.tx, row.id, gone).await?;
            change.audit_about(withdrawn(gone), Some(&subject), grant.actor()).await?;
        }
        for new in after.difference(&before) {
            administrator_role::put(&mut change.tx, row.id, new).await?;
            change.audit_about(granted(new), Some(&subject), grant.actor()).await?;
        }
        lock(&self.inner.desk.sessions).close_all(row.id);
        change.commit(0..0).await?;
        Ok(())
    }
}

//! Table `administrator_role`: what administrators may do, and over whom.

use std::collections::BTreeMap;

use protocol::audit::{AdministratorRole, Assignment};
use protocol::directory::Group;
use protocol::ids::AdministratorId;

use super::row::Column;
use super::{StorageError, Tx};

const TABLE: &str = "administrator_role";

type Columns = (Vec<u8>, i64, String);

fn number_of(role: AdministratorRole) -> i64 {
    match role {
        AdministratorRole::Auditor => 1,
        AdministratorRole::Owner => 2,
        AdministratorRole::People => 3,
        AdministratorRole::Policy => 4,
        AdministratorRole::HelpDesk => 5,
    }
}

fn read((id, role, group): Columns) -> Result<(AdministratorId, Assignment), StorageError> {
    let column = |name| Column(TABLE, name);
    let role = AdministratorRole::ALL.into_iter().find(|known| number_of(*known) == role);
    let role = role.ok_or_else(|| column("role").corrupt())?;
    let assignment = match group.as_str() {
        "" => Assignment::everywhere(role),
        group => {
            let group = Group::parse(group).map_err(|_| column("group_name").corrupt())?;
            Assignment::of_group(role, group).map_err(|_| column("role").corrupt())?
        }
    };
    Ok((AdministratorId::from_bytes(column("administrator_id").bytes(&id)?), assignment))
}

/// Gives a role; one that is there already is a conflict.
pub async fn put(tx: &mut Tx, id: AdministratorId, assignment: &Assignment) -> Result<(), StorageError> {
    let insert = "INSERT INTO administrator_role (administrator_id, role, group_name) VALUES ($1, $2, $3)";
    let group = assignment.group().map_or("", Group::as_str).to_owned();
    let statement = sqlx::query(insert).bind(id.as_bytes().to_vec()).bind(number_of(assignment.role())).bind(group);
    tx.one(TABLE, statement).await
}

/// Takes a role away; one that is not there is a conflict.
pub async fn remove(tx: &mut Tx, id: AdministratorId, assignment: &Assignment) -> Result<(), StorageError> {
    let delete = "DELETE FROM administrator_role WHERE administrator_id = $1 AND role = $2 AND group_name = $3";
    let group = assignment.group().map_or("", Group::as_str).to_owned();
    let statement = sqlx::query(delete).bind(id.as_bytes().to_vec()).bind(number_of(assignment.role())).bind(group);
    tx.one(TABLE, statement).await
}

/// Takes all roles of an administrator away.
pub async fn remove_all(tx: &mut Tx, id: AdministratorId) -> Result<(), StorageError> {
    let delete = "DELETE FROM administrator_role WHERE administrator_id = $1";
    tx.run(TABLE, sqlx::query(delete).bind(id.as_bytes().to_vec())).await.map(drop)
}

/// The roles of one administrator.
pub async fn of(tx: &mut Tx, id: AdministratorId) -> Result<Vec<Assignment>, StorageError> {
    let select = "SELECT administrator_id, role, group_name FROM administrator_role WHERE administrator_id = $1
        ORDER BY role, group_name";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec())).await?;
    rows.into_iter().map(|row| read(row).map(|(_, assignment)| assignment)).collect()
}

/// Everybody's.
pub async fn all(tx: &mut Tx) -> Result<BTreeMap<AdministratorId, Vec<Assignment>>, StorageError> {
    let select = "SELECT administrator_id, role, group_name FROM administrator_role
        ORDER BY administrator_id, role, group_name";
    let mut held: BTreeMap<AdministratorId, Vec<Assignment>> = BTreeMap::new();
    for row in tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await? {
        let (id, assignment) = read(row)?;
        held.entry(id).or_default().push(assignment);
    }
    Ok(held)
}

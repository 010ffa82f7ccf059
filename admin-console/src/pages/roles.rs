//! What an administrator may do: roles, each over everybody or over the people of some groups.

use actix_web::web;
use askama::Template;
use protocol::directory::Group;

use super::{Answer, OK, id};
use crate::api::{
    AdministratorId, AdministratorView, ApiError, Assignment, Field, FieldFault, FieldProblem, Right, Role, Thing,
};
use crate::form::Form;
use crate::page::Section;
use crate::problem::Problem;
use crate::view::View;
use crate::visit::{Act, Signed, go};

/// What stands between groups in a field.
const SEPARATOR: &str = "; ";

/// A role in the form.
pub struct RoleChoice {
    pub(super) role: Role,
    pub(super) is_chosen: bool,
    /// Over whose people; empty for everybody.
    pub(super) groups: String,
}

#[derive(Template)]
#[template(path = "administrator_roles.html")]
pub struct RolesPage<'a> {
    v: &'a View,
    row: &'a AdministratorView,
    choices: Vec<RoleChoice>,
    problem: Option<Problem>,
}

impl<'a> RolesPage<'a> {
    pub(super) fn new(v: &'a View, row: &'a AdministratorView, roles: &[Assignment], problem: Option<Problem>) -> Self {
        Self { v, row, choices: choices(roles), problem }
    }

    fn whose(&self) -> String {
        let waiting = || self.v.t("administrators-link-waits");
        self.row.login.as_ref().map_or_else(waiting, |login| login.expose().clone())
    }
}

/// The form as it stands for somebody with these roles.
pub(super) fn choices(roles: &[Assignment]) -> Vec<RoleChoice> {
    let choice = |role| {
        let held = || roles.iter().filter(move |held| held.role() == role);
        let everywhere = held().any(|held| held.group().is_none());
        let groups: Vec<&str> = held().filter_map(|held| held.group().map(Group::as_str)).collect();
        let groups = if everywhere { String::new() } else { groups.join(SEPARATOR) };
        RoleChoice { role, is_chosen: held().next().is_some(), groups }
    };
    Role::ALL.into_iter().map(choice).collect()
}

/// The roles that a form chose.
pub(super) fn of_form(form: &Form) -> Result<Vec<Assignment>, ApiError> {
    let wrong = || ApiError::Invalid(vec![FieldProblem { field: Field::Roles, fault: FieldFault::Malformed }]);
    let mut roles = Vec::new();
    for role in Role::ALL.into_iter().filter(|role| !form.text(&format!("role-{}", role.name())).is_empty()) {
        let groups = form.text(&format!("groups-{}", role.name()));
        let mut named = groups.split([';', ',']).map(str::trim).filter(|name| !name.is_empty()).peekable();
        if named.peek().is_none() {
            roles.push(Assignment::everywhere(role));
        }
        for name in named {
            let group = Group::parse(name).map_err(|_| wrong())?;
            roles.push(Assignment::of_group(role, group).map_err(|_| wrong())?);
        }
    }
    if roles.is_empty() { Err(wrong()) } else { Ok(roles) }
}

async fn row(signed: &Signed, account: &str) -> Result<AdministratorView, actix_web::Error> {
    signed.must(Right::AdministratorsChange)?;
    let account: AdministratorId = id(signed, account)?;
    let rows = signed.api().administrators(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let found = rows.into_iter().find(|row| row.id == account);
    found.ok_or_else(|| signed.refused(&ApiError::Missing(Thing::Administrator)))
}

/// `GET /admin/administrators/{id}/roles`
pub async fn show(signed: Signed, account: web::Path<String>) -> Answer {
    let row = row(&signed, &account).await?;
    let content = RolesPage::new(&signed.view, &row, &row.roles, None);
    Ok(signed.page(OK, Section::Administrators, "roles-title", &content))
}

/// `POST /admin/administrators/{id}/roles`
pub async fn assign(act: Act, account: web::Path<String>) -> Answer {
    let row = row(&act, &account).await?;
    let roles = match of_form(&act.form) {
        Ok(roles) => roles,
        Err(error) => {
            let problem = Problem::of(&error, act.words());
            let status = problem.status;
            let content = RolesPage::new(&act.view, &row, &row.roles, Some(problem));
            return Ok(act.page(status, Section::Administrators, "roles-title", &content));
        }
    };
    act.api().assign_roles(&act.who, row.id, &roles).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/administrators?done=assigned"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_it_shows() {
        let roles: Vec<Assignment> =
            ["people:lyon", "people:paris", "auditor"].map(|role| role.parse().expect("a role")).into();
        let mut body = form_urlencoded::Serializer::new(String::new());
        for choice in choices(&roles).iter().filter(|choice| choice.is_chosen) {
            body.append_pair(&format!("role-{}", choice.role.name()), "yes");
            body.append_pair(&format!("groups-{}", choice.role.name()), &choice.groups);
        }
        assert_eq!(of_form(&Form::parse(body.finish().as_bytes())), Ok(roles));
        for wrong in ["", "role-owner=yes&groups-owner=lyon", "groups-people=lyon"] {
            assert!(of_form(&Form::parse(wrong.as_bytes())).is_err(), "{wrong}");
        }
    }
}

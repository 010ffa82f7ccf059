//! Who may sign in here: the list, one-time links for new ones, removal.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::access::Confirm;
use super::roles::{self, RoleChoice};
use super::{Answer, OK, id, pair};
use crate::api::{AdministratorId, AdministratorView, Invitation, ProviderView, RemovedAdministrator, Right};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed, go};

#[derive(Template)]
#[template(path = "administrators.html")]
pub struct Administrators<'a> {
    v: &'a View,
    rows: &'a [AdministratorView],
    /// Who were removed, for whoever may erase them.
    gone: &'a [RemovedAdministrator],
    /// Whether there is any provider to link an account of.
    linkable: bool,
    choices: Vec<RoleChoice>,
    /// The key of what was just done.
    done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "invitation.html")]
pub struct InvitationPage<'a> {
    v: &'a View,
    invitation: &'a Invitation,
}

impl<'a> Administrators<'a> {
    pub(super) fn new(
        v: &'a View,
        (rows, gone): (&'a [AdministratorView], &'a [RemovedAdministrator]),
        providers: &[ProviderView],
        done: &str,
    ) -> Self {
        let done = match done {
            "removed" => Some("done-removed"),
            "linked" => Some("done-linked"),
            "assigned" => Some("done-assigned"),
            "unlinked" => Some("done-unlinked"),
            _ => None,
        };
        Self { v, rows, gone, linkable: !providers.is_empty(), choices: roles::choices(&[]), done }
    }

    fn is_oneself(&self, row: &AdministratorView) -> bool {
        self.v.who.as_ref().is_some_and(|who| who.id == row.id)
    }
}

impl<'a> InvitationPage<'a> {
    pub(super) const fn new(v: &'a View, invitation: &'a Invitation) -> Self {
        Self { v, invitation }
    }
}

/// `GET /admin/administrators`
pub async fn list(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let rows = signed.api().administrators(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let gone = match signed.view.may(Right::PersonErase) {
        true => signed.api().removed_administrators(&signed.who).await.map_err(|error| signed.refused(&error))?,
        false => Vec::new(),
    };
    let (rows, done) = ((rows.as_slice(), gone.as_slice()), pair(&pairs, "done"));
    let content = Administrators::new(&signed.view, rows, &signed.api().providers(), done);
    Ok(signed.page(OK, Section::Administrators, "administrators-title", &content))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> HttpResponse {
    go("/admin/administrators")
}

/// `POST /admin/administrators/invite`
pub async fn invite(act: Act) -> Answer {
    act.must(Right::AdministratorsChange)?;
    let roles = roles::of_form(&act.form).map_err(|error| act.refused(&error))?;
    let invitation = act.api().invite_administrator(&act.who, &roles).await.map_err(|error| act.refused(&error))?;
    let content = InvitationPage::new(&act.view, &invitation);
    Ok(act.page(OK, Section::Administrators, "invitation-title", &content))
}

/// `GET /admin/administrators/{id}/remove`
pub async fn ask_remove(signed: Signed, account: web::Path<String>) -> Answer {
    signed.must(Right::AdministratorsChange)?;
    let account: AdministratorId = id(&signed, &account)?;
    let rows = signed.api().administrators(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let Some(row) = rows.iter().find(|row| row.id == account) else {
        return Err(signed.refused(&crate::api::ApiError::Missing(crate::api::Thing::Administrator)));
    };
    let content = removal(&signed.view, row);
    Ok(signed.page(OK, Section::Administrators, "remove-title", &content))
}

pub(super) fn removal<'a>(v: &'a View, row: &AdministratorView) -> Confirm<'a> {
    let (title, consequences) = match &row.login {
        Some(login) => (
            v.t1("remove-ask", login.expose()),
            vec![v.t("remove-consequence-sessions"), v.t("remove-consequence-audit"), v.t("remove-consequence-back")],
        ),
        None => (v.t("withdraw-ask"), vec![v.t("withdraw-consequence")]),
    };
    Confirm {
        v,
        title,
        consequences,
        action: format!("/admin/administrators/{}/remove", row.id),
        button: v.t(if row.login.is_some() { "remove-do" } else { "withdraw-do" }),
        back: "/admin/administrators".to_owned(),
    }
}

/// `POST /admin/administrators/{id}/remove`
pub async fn remove(act: Act, account: web::Path<String>) -> Answer {
    let account = id(&act, &account)?;
    act.api().remove_administrator(&act.who, account).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/administrators?done=removed"))
}

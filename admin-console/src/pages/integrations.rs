//! Programs with a token of their own: providers that push people (SCIM), and those that administer; and what the brake holds.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::access::Confirm;
use super::{Answer, OK, id, pair};
use crate::api::{
    ApiError, Field, FieldFault, FieldProblem, Integration, IntegrationId, IntegrationScope, IntegrationsView,
    NewIntegration, PushBrake, Right, Thing,
};
use crate::page::Section;
use crate::problem::Problem;
use crate::view::View;
use crate::visit::{Act, Signed, go};

/// Days that a token may be made for.
pub const DAYS: [u64; 4] = [90, 180, DAYS_OFFERED, 730];
const DAYS_OFFERED: u64 = 365;

const PAGE: &str = "/admin/integrations";

#[derive(Template)]
#[template(path = "integrations.html")]
pub struct IntegrationsPage<'a> {
    v: &'a View,
    providers: &'a IntegrationsView,
    done: String,
}

#[derive(Template)]
#[template(path = "integrations_token.html")]
pub struct TokenPage<'a> {
    v: &'a View,
    made: &'a NewIntegration,
}

impl<'a> IntegrationsPage<'a> {
    pub(super) fn new(v: &'a View, providers: &'a IntegrationsView, done: &str) -> Self {
        let done = match done {
            "revoked" => v.t("done-token-revoked"),
            "released" => v.t("done-push-released"),
            _ => String::new(),
        };
        Self { v, providers, done }
    }

    fn braked(&self, brake: &PushBrake) -> String {
        let number = |number| self.v.words.number(number).into();
        let would_lose = brake.would_lose;
        self.v.words.say_with(
            "push-braked-text",
            &[("n", would_lose.into()), ("count", number(would_lose)), ("allowed", number(brake.allowed))],
        )
    }

    fn scope(&self, scope: impl std::borrow::Borrow<IntegrationScope>) -> String {
        self.v.t(scope_word(*scope.borrow()))
    }

    fn is_offered(&self, days: impl std::borrow::Borrow<u64>) -> bool {
        *days.borrow() == DAYS_OFFERED
    }
}

impl<'a> TokenPage<'a> {
    pub(super) const fn new(v: &'a View, made: &'a NewIntegration) -> Self {
        Self { v, made }
    }
}

/// What a token is for, in a word.
pub(super) const fn scope_word(scope: IntegrationScope) -> &'static str {
    match scope {
        IntegrationScope::Provisioning => "scope-provisioning",
        IntegrationScope::Read => "scope-read",
        IntegrationScope::Administer => "scope-administer",
    }
}

/// `GET /admin/integrations`
pub async fn show(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let providers = signed.api().integrations(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let content = IntegrationsPage::new(&signed.view, &providers, pair(&pairs, "done"));
    Ok(signed.page(OK, Section::Directory, "integrations-title", &content))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> HttpResponse {
    go(PAGE)
}

/// `POST /admin/integrations/add`
pub async fn add(act: Act) -> Answer {
    act.must(Right::IntegrationsAdd)?;
    let days = act.form.text("days").parse().map_err(|_| act.problem(&Problem::stale_form(act.words())))?;
    let scope = IntegrationScope::named(act.form.text("scope"));
    let scope = scope.ok_or_else(|| act.problem(&Problem::stale_form(act.words())))?;
    let name = act.form.text("name").trim();
    if name.is_empty() {
        let problem = FieldProblem { field: Field::TokenName, fault: FieldFault::Empty };
        return Err(act.refused(&ApiError::Invalid(vec![problem])));
    }
    let made = act.api().add_integration(&act.who, scope, name, days).await.map_err(|error| act.refused(&error))?;
    let content = TokenPage::new(&act.view, &made);
    Ok(act.page(OK, Section::Directory, "token-title", &content))
}

/// `GET /admin/integrations/{id}/revoke`
pub async fn ask_revoke(signed: Signed, token: web::Path<String>) -> Answer {
    signed.must(Right::IntegrationsRevoke)?;
    let token: IntegrationId = id(&signed, &token)?;
    let providers = signed.api().integrations(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let Some(known) = providers.tokens.iter().find(|known| known.id == token) else {
        return Err(signed.refused(&ApiError::Missing(Thing::Integration)));
    };
    let content = revocation(&signed.view, known);
    Ok(signed.page(OK, Section::Directory, "token-revoke-title", &content))
}

pub(super) fn revocation<'a>(v: &'a View, token: &Integration) -> Confirm<'a> {
    Confirm {
        v,
        title: v.t1("token-revoke-ask", token.name.expose()),
        consequences: match token.scope {
            IntegrationScope::Provisioning => {
                vec![v.t("token-revoke-consequence-now"), v.t("token-revoke-consequence-people")]
            }
            IntegrationScope::Read | IntegrationScope::Administer => vec![v.t("token-revoke-consequence-now")],
        },
        action: format!("{PAGE}/{}/revoke", token.id),
        button: v.t("token-revoke-do"),
        back: PAGE.to_owned(),
    }
}

/// `POST /admin/integrations/{id}/revoke`
pub async fn revoke(act: Act, token: web::Path<String>) -> Answer {
    let token = id(&act, &token)?;
    act.api().revoke_integration(&act.who, token).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/integrations?done=revoked"))
}

/// `GET /admin/integrations/release`
pub async fn ask_release(signed: Signed) -> Answer {
    signed.must(Right::BrakeRelease)?;
    let content = release_confirm(&signed.view);
    Ok(signed.page(OK, Section::Directory, "push-release-title", &content))
}

pub(super) fn release_confirm(v: &View) -> Confirm<'_> {
    Confirm {
        v,
        title: v.t("push-release-ask"),
        consequences: vec![v.t("push-release-consequence-look"), v.t("push-release-consequence-devices")],
        action: format!("{PAGE}/release"),
        button: v.t("push-release-do"),
        back: PAGE.to_owned(),
    }
}

/// `POST /admin/integrations/release`
pub async fn release(act: Act) -> Answer {
    act.api().release_push_brake(&act.who).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/integrations?done=released"))
}

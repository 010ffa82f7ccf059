//! The policy's desk: rules for groups and persons, one rule at a time into the draft, whom the draft reaches, and going back to an
//! earlier version. Nothing is in force before the draft is published, and what is published is what was shown.

use actix_web::web;
use askama::Template;
use protocol::policy::{Policy, PolicyKey};

use super::label;
use super::words::written;
use crate::api::{ApiError, Field, FieldFault, FieldProblem, Lock, PartyView, PolicyDesk, Right, RuleOrder};
use crate::page::Section;
use crate::pages::event::party_words;
use crate::pages::{Answer, OK, pair};
use crate::problem::Problem;
use crate::view::View;
use crate::visit::{Act, Signed, go};

const PAGE: &str = "/admin/policy/desk";

#[derive(Template)]
#[template(path = "policy_desk.html")]
pub struct DeskPage<'a> {
    v: &'a View,
    desk: &'a PolicyDesk,
    done: String,
}

impl<'a> DeskPage<'a> {
    pub(in crate::pages) fn new(v: &'a View, desk: &'a PolicyDesk, done: &str) -> Self {
        let done = match done {
            "published" => v.t("done-published"),
            "discarded" => v.t("policy-draft-discarded"),
            _ => String::new(),
        };
        Self { v, desk, done }
    }

    fn label(&self, key: &PolicyKey) -> String {
        label(*key, self.v)
    }

    fn party(&self, party: &Option<PartyView>) -> String {
        party.as_ref().map_or_else(String::new, |party| party_words(party, self.v.words))
    }

    /// A value in words.
    fn say(&self, key: &PolicyKey, value: &str) -> String {
        written(*key, value, self.v)
    }

    fn keys(&self) -> &'static [PolicyKey] {
        PolicyKey::ALL
    }

    fn default(&self, key: &PolicyKey) -> String {
        Policy::default().value(*key)
    }
}

/// `GET /admin/policy/desk`
pub async fn show(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let desk = signed.api().policy_desk(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let content = DeskPage::new(&signed.view, &desk, pair(&pairs, "done"));
    Ok(signed.page(OK, Section::Policy, "policy-desk-title", &content))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> actix_web::HttpResponse {
    go(PAGE)
}

/// `POST /admin/policy/desk/rule`
pub async fn rule(act: Act) -> Answer {
    act.must(Right::PolicyChange)?;
    let text = |name: &str| act.form.text(name).trim().to_owned();
    let key: PolicyKey = text("rule").parse().map_err(|_| act.problem(&Problem::stale_form(act.words())))?;
    let (scope, value) = (text("scope"), text("value"));
    if value.is_empty() {
        let problem = FieldProblem { field: Field::PolicyValue, fault: FieldFault::Empty };
        return Err(act.refused(&ApiError::Invalid(vec![problem])));
    }
    let scope = if scope.is_empty() { "organization".to_owned() } else { scope };
    let lock = match text("lock").as_str() {
        "lock" => Lock::Locked,
        "unlock" => Lock::Open,
        _ => Lock::Keep,
    };
    let order = RuleOrder { scope, key, value, lock };
    act.api().draft_rule(&act.who, &order).await.map_err(|error| act.refused(&error))?;
    Ok(go(PAGE))
}

/// `POST /admin/policy/desk/version`
pub async fn version(act: Act) -> Answer {
    act.must(Right::PolicyChange)?;
    let version = act.form.text("version").parse().map_err(|_| act.problem(&Problem::stale_form(act.words())))?;
    act.api().draft_version(&act.who, version).await.map_err(|error| act.refused(&error))?;
    Ok(go(PAGE))
}

/// `POST /admin/policy/desk/publish`
pub async fn publish(act: Act) -> Answer {
    act.must(Right::PolicyChange)?;
    act.api().publish_draft(&act.who, act.form.text("shown")).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/policy/desk?done=published"))
}

/// `POST /admin/policy/desk/discard`
pub async fn discard(act: Act) -> Answer {
    act.must(Right::PolicyChange)?;
    act.api().discard_draft(&act.who).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/policy/desk?done=discarded"))
}

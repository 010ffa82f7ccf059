//! Acts that need two people: what waits, what exactly would be done, and agreeing to it or not. Whoever asked sees that they wait.

use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::ids::Hash32;

use super::access::Confirm;
use super::administrators::InvitationPage;
use super::code::CodePage;
use super::event::party_words;
use super::integrations::scope_word;
use super::{Answer, OK, id, pair, policy};
use crate::api::{
    ApprovalDetail, ApprovalState, ApprovalView, ApprovalYield, ApprovalsView, PartyView, Quorum, Right, RuleBecomes,
    RuleChange,
};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed, go};

const PAGE: &str = "/admin/approvals";

#[derive(Template)]
#[template(path = "approvals.html")]
pub struct Approvals<'a> {
    v: &'a View,
    seen: &'a ApprovalsView,
    done: Option<&'static str>,
}

impl<'a> Approvals<'a> {
    pub(super) fn new(v: &'a View, seen: &'a ApprovalsView, done: &str) -> Self {
        let known = ["approved", "opened", "refused", "two", "one"].into_iter().find(|known| *known == done);
        Self { v, seen, done: known }
    }

    fn party(&self, party: &PartyView) -> String {
        party_words(party, self.v.words)
    }

    fn told(&self, detail: &ApprovalDetail) -> String {
        told(detail, self.v)
    }
}

/// What an act is about, in the words of the pages that it is done on.
fn told(detail: &ApprovalDetail, v: &View) -> String {
    match detail {
        ApprovalDetail::Text(text) => text.expose().clone(),
        ApprovalDetail::Roles(roles) => v.assignments(roles),
        ApprovalDetail::Scope(scope) => v.t(scope_word(*scope)),
        ApprovalDetail::Rule(rule) => {
            let said = rule_told(rule, v);
            match &rule.scope {
                Some(scope) => {
                    let at = [("scope", scope.expose().clone().into()), ("told", said.into())];
                    v.words.say_with("approval-rule-at", &at)
                }
                None => said,
            }
        }
    }
}

fn rule_told(rule: &RuleChange, v: &View) -> String {
    let label = policy::label(rule.key, v);
    match &rule.becomes {
        RuleBecomes::Value(values) => {
            let said = |value: &Option<String>| match value {
                Some(value) => policy::written(rule.key, value, v),
                None => v.t("approval-rule-unset"),
            };
            let [before, after] = values.each_ref().map(said);
            let values = [("rule", label.into()), ("before", before.into()), ("after", after.into())];
            v.words.say_with("approval-rule-value", &values)
        }
        RuleBecomes::Locked => v.t1("approval-rule-lock", &label),
        RuleBecomes::Open => v.t1("approval-rule-unlock", &label),
    }
}

#[derive(Template)]
#[template(path = "approval.html")]
pub struct Approval<'a> {
    v: &'a View,
    request: &'a ApprovalView,
    /// It was just asked for.
    is_new: bool,
}

impl<'a> Approval<'a> {
    pub(super) fn new(v: &'a View, request: &'a ApprovalView, done: &str) -> Self {
        Self { v, request, is_new: done == "asked" }
    }

    fn party(&self, party: &PartyView) -> String {
        party_words(party, self.v.words)
    }

    fn detail(&self, what: &str) -> String {
        self.v.t(&format!("act-detail-{what}"))
    }

    fn told(&self, detail: &ApprovalDetail) -> String {
        told(detail, self.v)
    }

    fn is_own(&self) -> bool {
        let own = self.v.who.as_ref().map(|who| PartyView::Administrator { login: who.login.clone() });
        own.as_ref() == Some(&self.request.asker)
    }
}

/// `GET /admin/approvals`
pub async fn list(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let seen = signed.api().approvals(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let content = Approvals::new(&signed.view, &seen, pair(&pairs, "done"));
    Ok(signed.page(OK, Section::Approvals, "approvals-title", &content))
}

/// `GET /admin/approvals/{number}`
pub async fn show(signed: Signed, number: web::Path<String>, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let number = id(&signed, &number)?;
    let request = signed.api().approval(&signed.who, number).await.map_err(|error| signed.refused(&error))?;
    let content = Approval::new(&signed.view, &request, pair(&pairs, "done"));
    Ok(signed.page(OK, Section::Approvals, "approvals-title", &content))
}

/// `GET` of what takes a form only.
pub async fn back(_: Signed) -> HttpResponse {
    go(PAGE)
}

/// `POST /admin/approvals/{number}/approve`
pub async fn approve(act: Act, number: web::Path<String>) -> Answer {
    let number = id(&act, &number)?;
    let digest: Hash32 = id(&act, act.form.text("digest"))?;
    let done = act.api().approve(&act.who, number, digest).await.map_err(|error| act.refused(&error))?;
    Ok(match done {
        ApprovalYield::Nothing => go("/admin/approvals?done=approved"),
        ApprovalYield::Opened => go("/admin/approvals?done=opened"),
        ApprovalYield::Code(code) => act.page(OK, Section::Approvals, "code-title", &CodePage::new(&act.view, &code)),
        ApprovalYield::Link(invitation) => {
            act.page(OK, Section::Approvals, "invitation-title", &InvitationPage::new(&act.view, &invitation))
        }
    })
}

/// `POST /admin/approvals/{number}/refuse`
pub async fn refuse(act: Act, number: web::Path<String>) -> Answer {
    let number = id(&act, &number)?;
    act.api().refuse_approval(&act.who, number).await.map_err(|error| act.refused(&error))?;
    Ok(go("/admin/approvals?done=refused"))
}

/// `GET /admin/approvals/quorum`
pub async fn ask_quorum(signed: Signed) -> Answer {
    signed.must(Right::AdministratorsChange)?;
    let seen = signed.api().approvals(&signed.who).await.map_err(|error| signed.refused(&error))?;
    Ok(signed.page(OK, Section::Approvals, "quorum-title", &quorum_confirm(&signed.view, seen.quorum)))
}

pub(super) fn quorum_confirm(v: &View, now: Quorum) -> Confirm<'_> {
    let (key, to) = match now {
        Quorum::One => ("quorum-two", "2"),
        Quorum::Two => ("quorum-one", "1"),
    };
    Confirm {
        v,
        title: v.t(&format!("{key}-ask")),
        consequences: vec![v.t(&format!("{key}-consequence")), v.t(&format!("{key}-consequence-more"))],
        action: format!("{PAGE}/quorum?people={to}"),
        button: v.t(&format!("{key}-do")),
        back: PAGE.to_owned(),
    }
}

/// `POST /admin/approvals/quorum`
pub async fn quorum(act: Act, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let (quorum, done) = match pair(&pairs, "people") {
        "2" => (Quorum::Two, "two"),
        _ => (Quorum::One, "one"),
    };
    act.api().set_quorum(&act.who, quorum).await.map_err(|error| act.refused(&error))?;
    Ok(go(&format!("{PAGE}?done={done}")))
}

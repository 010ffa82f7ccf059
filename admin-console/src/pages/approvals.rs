//! Acts that need two people: what waits, what exactly would be done, and agreeing to it or not. Whoever asked sees that they wait.

use actix_web::{HttpResponse, web};
use askama::Template;
use protocol::ids::Hash32;

use super::access::Confirm;
use super::administrators::InvitationPage;
use super::code::CodePage;
use super::event::party_words;
use super::{Answer, OK, id, pair};
use crate::api::{ApprovalState, ApprovalView, ApprovalYield, ApprovalsView, PartyView, Quorum, Right};
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

    /// A detail; roles and settings are told as they are.
    fn detail(&self, what: &str) -> String {
        self.v.t(&format!("act-detail-{what}"))
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

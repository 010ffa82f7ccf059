//! Resetting an identity, suspending, resuming, revoking: each is asked on a page that says what will happen, and done by a form on that page.

use actix_web::web;
use askama::Template;
use protocol::ids::{DeviceId, MemberId};

use super::code::CodePage;
use super::{Answer, OK, id};
use crate::api::{DeviceState, PersonDetail, Right};
use crate::page::Section;
use crate::view::View;
use crate::visit::{Act, Signed, go};

/// Asks before something is done.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct Confirm<'a> {
    pub(super) v: &'a View,
    pub(super) title: String,
    /// What will happen, a sentence each.
    pub(super) consequences: Vec<String>,
    pub(super) action: String,
    pub(super) button: String,
    /// Where "no" leads.
    pub(super) back: String,
}

impl<'a> Confirm<'a> {
    /// About something that is done to a person. `verb` is the first word of the keys.
    pub(super) fn about(v: &'a View, detail: &PersonDetail, verb: &str, action: String, what: &str) -> Self {
        let consequence = |part: &str| v.words.try_say(&format!("{verb}-consequence-{part}"));
        let active = detail.devices.iter().filter(|device| device.state == DeviceState::Active).count() as u64;
        Self {
            v,
            title: v.t1(&format!("{verb}-ask"), what),
            consequences: std::iter::once(v.tn(&format!("{verb}-consequence-devices"), active))
                .chain(["access", "peers", "data", "back"].into_iter().filter_map(consequence))
                .collect(),
            action,
            button: v.t(&format!("{verb}-do")),
            back: person_page(detail.person.id),
        }
    }
}

fn ask(signed: &Signed, detail: &PersonDetail, verb: &str, action: String, what: &str) -> actix_web::HttpResponse {
    let content = Confirm::about(&signed.view, detail, verb, action, what);
    signed.page(OK, Section::People, &format!("{verb}-title"), &content)
}

fn person_page(person: MemberId) -> String {
    format!("/admin/people/{person}")
}

async fn detail(signed: &Signed, right: Right, person: &str) -> Result<PersonDetail, actix_web::Error> {
    signed.must(right)?;
    let person = id(signed, person)?;
    signed.api().person(&signed.who, person).await.map_err(|error| signed.refused(&error))
}

/// `GET /admin/people/{id}/reset`
pub async fn ask_reset(signed: Signed, person: web::Path<String>) -> Answer {
    let detail = detail(&signed, Right::CodeForAnybody, &person).await?;
    let action = format!("/admin/people/{}/reset", detail.person.id);
    Ok(ask(&signed, &detail, "reset", action, detail.person.name.expose()))
}

/// `POST /admin/people/{id}/reset`: the code for the new device is in the answer, and nowhere else.
pub async fn reset(act: Act, person: web::Path<String>) -> Answer {
    let person = id(&act, &person)?;
    let code = act.api().reset_identity(&act.who, person).await.map_err(|error| act.refused(&error))?;
    Ok(act.page(OK, Section::People, "code-title", &CodePage::new(&act.view, &code)))
}

/// `GET /admin/people/{id}/suspend`
pub async fn ask_suspend(signed: Signed, person: web::Path<String>) -> Answer {
    let detail = detail(&signed, Right::PeopleChange, &person).await?;
    let action = format!("/admin/people/{}/suspend", detail.person.id);
    Ok(ask(&signed, &detail, "suspend", action, detail.person.name.expose()))
}

/// `POST /admin/people/{id}/suspend`
pub async fn suspend(act: Act, person: web::Path<String>) -> Answer {
    let person = id(&act, &person)?;
    act.api().suspend_person(&act.who, person).await.map_err(|error| act.refused(&error))?;
    Ok(go(&format!("{}?done=suspended", person_page(person))))
}

/// `GET /admin/people/{id}/resume`
pub async fn ask_resume(signed: Signed, person: web::Path<String>) -> Answer {
    let detail = detail(&signed, Right::PeopleChange, &person).await?;
    let action = format!("/admin/people/{}/resume", detail.person.id);
    Ok(ask(&signed, &detail, "resume", action, detail.person.name.expose()))
}

/// `POST /admin/people/{id}/resume`
pub async fn resume(act: Act, person: web::Path<String>) -> Answer {
    let person = id(&act, &person)?;
    act.api().resume_person(&act.who, person).await.map_err(|error| act.refused(&error))?;
    Ok(go(&format!("{}?done=resumed", person_page(person))))
}

/// `GET /admin/people/{id}/devices/{device}/revoke`
pub async fn ask_revoke(signed: Signed, path: web::Path<(String, String)>) -> Answer {
    let (person, device) = path.into_inner();
    let detail = detail(&signed, Right::DeviceRevoke, &person).await?;
    let device: DeviceId = id(&signed, &device)?;
    let action = format!("/admin/people/{}/devices/{device}/revoke", detail.person.id);
    let what = signed.view.device(&device);
    Ok(ask(&signed, &detail, "revoke", action, &what))
}

/// `POST /admin/people/{id}/devices/{device}/revoke`
pub async fn revoke(act: Act, path: web::Path<(String, String)>) -> Answer {
    let (person, device) = path.into_inner();
    let (person, device) = (id(&act, &person)?, id(&act, &device)?);
    act.api().revoke_device(&act.who, person, device).await.map_err(|error| act.refused(&error))?;
    Ok(go(&format!("{}?done=revoked", person_page(person))))
}

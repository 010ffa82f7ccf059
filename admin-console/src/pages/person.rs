//! One person: who they are, where they stand, their devices, and what can be done.

use actix_web::web;
use askama::Template;
use protocol::ids::MemberId;

use super::{Answer, OK, id};
use crate::api::{DeviceState, PersonDetail, Right, Standing};
use crate::page::Section;
use crate::view::View;
use crate::visit::Signed;

/// What was just done, as a redirect says it.
const DONE: [&str; 3] = ["suspended", "resumed", "revoked"];

#[derive(Template)]
#[template(path = "person.html")]
pub struct Person<'a> {
    v: &'a View,
    detail: &'a PersonDetail,
    done: Option<&'static str>,
}

impl<'a> Person<'a> {
    pub(super) fn new(v: &'a View, detail: &'a PersonDetail, done: Option<&'static str>) -> Self {
        Self { v, detail, done }
    }

    fn may_enroll(&self) -> bool {
        matches!(self.detail.person.standing, Standing::Provisioned | Standing::Active)
    }

    /// A help desk makes codes for those who never had a device.
    fn may_get_code(&self) -> bool {
        let newcomer = self.detail.devices.is_empty() && self.v.may(Right::CodeForNewcomers);
        self.may_enroll() && (newcomer || self.v.may(Right::CodeForAnybody))
    }

    /// Whoever never had a device has no identity to end.
    fn may_be_reset(&self) -> bool {
        self.may_enroll() && !self.detail.devices.is_empty() && self.v.may(Right::CodeForAnybody)
    }

    fn is_locked(&self) -> bool {
        self.detail.person.standing == Standing::Locked
    }
}

/// `GET /admin/people/{id}`
pub async fn show(signed: Signed, person: web::Path<String>, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    let person: MemberId = id(&signed, &person)?;
    let detail = signed.api().person(&signed.who, person).await.map_err(|error| signed.refused(&error))?;
    let done = pairs.iter().find(|(name, _)| name == "done");
    let done = done.and_then(|(_, value)| DONE.into_iter().find(|known| known == value));
    Ok(signed.page(OK, Section::People, "person-title", &Person::new(&signed.view, &detail, done)))
}

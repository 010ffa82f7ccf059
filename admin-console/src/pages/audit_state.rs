//! How the audit stands: its newest checkpoint, when it was checked last, where it is sent, and who else vouches for it.

use askama::Template;

use super::{Answer, OK};
use crate::api::{AuditFault, AuditState};
use crate::page::Section;
use crate::view::View;
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "audit_state.html")]
pub struct AuditStatePage<'a> {
    v: &'a View,
    state: &'a AuditState,
}

impl<'a> AuditStatePage<'a> {
    pub(super) fn new(v: &'a View, state: &'a AuditState) -> Self {
        Self { v, state }
    }

    /// What is wrong and the next step. A server of a later version knows faults that have no words here.
    fn fault(&self, fault: &AuditFault) -> String {
        self.v.words.try_say(&format!("fault-{}", fault.code)).unwrap_or_else(|| fault.code.to_owned())
    }
}

/// `GET /admin/audit/state`
pub async fn show(signed: Signed) -> Answer {
    let state = signed.api().audit_state(&signed.who).await.map_err(|error| signed.refused(&error))?;
    Ok(signed.page(OK, Section::Audit, "state-title", &AuditStatePage::new(&signed.view, &state)))
}

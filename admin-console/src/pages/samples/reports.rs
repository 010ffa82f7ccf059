//! How the audit stands, and what the server can hand over, in each of their states.

use super::Gallery;
use crate::api::{AuditCheck, AuditFault, AuditPage, AuditPosition, AuditState};
use crate::fake::sample;
use crate::pages::audit::AuditList;
use crate::pages::audit_state::AuditStatePage;
use crate::pages::handover::HandoverPage;

pub(super) fn hang(gallery: &mut Gallery<'_>) {
    let v = gallery.v;
    let state = sample::audit_state();
    gallery.hang("audit state", &AuditStatePage::new(v, &state));
    let fault = Some(AuditFault { code: "of-a-later-version", since: sample::NOW });
    let mut troubled = state.clone();
    troubled.checked = Some(AuditCheck { at: sample::NOW, is_intact: false });
    for sink in &mut troubled.sinks {
        (sink.name, sink.fault) = (sample::HOSTILE.to_owned(), fault);
    }
    for witness in &mut troubled.witnesses {
        witness.name = sample::HOSTILE.to_owned();
    }
    gallery.hang("audit state with trouble", &AuditStatePage::new(v, &troubled));
    let alone = AuditState { checked: None, sinks: Vec::new(), witnesses: Vec::new(), ..state };
    gallery.hang("audit state of a new server", &AuditStatePage::new(v, &alone));
    gallery.hang("empty audit", &AuditList::new(v, &AuditPage::default(), AuditPosition::Newest, None));
    gallery.hang("hand-over", &HandoverPage::new(v, &sample::stored()));
}

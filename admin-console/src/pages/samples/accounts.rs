//! Pages about who administers, from samples.

use protocol::ids::Hash32;
use protocol::secret::Personal;

use super::super::administrators::{Administrators, InvitationPage, removal};
use super::super::approvals::{Approval, Approvals, quorum_confirm};
use super::super::erasure::administrator_erasure;
use super::super::password::PasswordPage;
use super::super::roles::RolesPage;
use super::super::sessions::Sessions;
use super::super::with_provider::AccountPage;
use super::Gallery;
use crate::api::*;
use crate::fake::{Fake, approvals as waiting, sample};
use crate::problem::Problem;

pub(super) async fn administrators(gallery: &mut Gallery<'_>, fake: &Fake, who: &Administrator) {
    let v = gallery.v;
    let mut rows = fake.administrators(who).await.expect("rows");
    let waiting = AdministratorView {
        id: AdministratorId::from_bytes([9; 16]),
        login: None,
        last_sign_in: None,
        link_expires: Some(sample::NOW),
        roles: vec![Assignment::everywhere(Role::Auditor), "help-desk:étude lyon".parse().expect("a role")],
        accounts: Vec::new(),
    };
    let hostile = AdministratorView {
        id: AdministratorId::from_bytes([8; 16]),
        login: Some(Personal::from(sample::HOSTILE)),
        link_expires: None,
        accounts: vec![sample::HOSTILE.to_owned()],
        ..waiting.clone()
    };
    rows.extend([waiting, hostile]);
    let who = v.who.as_ref().map(|who| who.session);
    let session = |id, is_from_provider| SessionView {
        id,
        login: "<b>somebody else".into(),
        opened: sample::NOW,
        used: sample::NOW,
        is_from_provider,
    };
    let open = vec![session(who.unwrap_or(Hash32::sha256(b"own")), false), session(Hash32::sha256(b"other"), true)];
    let sessions = SessionsView { open, idle_minutes: 1, longest_hours: 12 };
    gallery.hang("sessions", &Sessions::new(v, &sessions, "ended"));
    gallery.hang("sessions after a new password", &Sessions::new(v, &sessions, "password"));
    gallery.hang("password", &PasswordPage::new(v));
    gallery.hang("password typed differently", &PasswordPage::differing(v));
    let faults = [FieldFault::Kept, FieldFault::Guessable].map(|fault| FieldProblem { field: Field::Password, fault });
    let refusals =
        [ApiError::Invalid(faults.into()), Denial::Credentials.into(), Denial::TooMany { retry_after_s: 9 }.into()];
    for refusal in refusals {
        gallery.hang("password refused", &PasswordPage::refused(v, &refusal));
    }
    let gone = RemovedAdministrator {
        id: AdministratorId::from_bytes([7; 16]),
        login: sample::HOSTILE.into(),
        removed: sample::NOW,
    };
    let gone: Vec<RemovedAdministrator> = if v.may(Right::PersonErase) { vec![gone] } else { Vec::new() };
    gallery.hang("administrators", &Administrators::new(v, (&rows, &gone), &sample::providers(), "removed"));
    gallery.hang("administrators without providers", &Administrators::new(v, (&rows, &[]), &[], "linked"));
    for row in &gone {
        gallery.hang("erase an administrator", &administrator_erasure(v, row));
    }
    if v.may(Right::AdministratorsChange) {
        gallery.hang("invitation", &InvitationPage::new(v, &sample::invitation()));
        for row in &rows {
            gallery.hang("remove", &removal(v, row));
            gallery.hang("roles", &RolesPage::new(v, row, &row.roles, None));
            let wrong = FieldProblem { field: Field::Roles, fault: FieldFault::Malformed };
            let problem = Problem::of(&ApiError::Invalid(vec![wrong]), v.words);
            gallery.hang("roles with faults", &RolesPage::new(v, row, &row.roles, Some(problem)));
            let providers = sample::providers();
            let problem = Problem::of(&Clash::Linked.into(), v.words);
            gallery.hang("account", &AccountPage::new(v, row, &providers, sample::HOSTILE, Some(problem)));
        }
    }
}

pub(super) fn approvals(gallery: &mut Gallery<'_>) {
    let v = gallery.v;
    for quorum in [Quorum::One, Quorum::Two] {
        for done in ["approved", "opened", "refused", "two", "one", ""] {
            let seen = ApprovalsView { quorum, requests: waiting::samples() };
            gallery.hang("approvals", &Approvals::new(v, &seen, done));
        }
        if v.may(Right::AdministratorsChange) {
            gallery.hang("quorum", &quorum_confirm(v, quorum));
        }
    }
    gallery.hang("no approvals", &Approvals::new(v, &ApprovalsView { quorum: Quorum::Two, requests: Vec::new() }, ""));
    for request in waiting::samples() {
        gallery.hang("approval", &Approval::new(v, &request, if request.number == 1 { "asked" } else { "" }));
    }
}

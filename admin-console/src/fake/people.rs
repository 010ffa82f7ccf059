//! What is done to one person of the organization in memory.

use bytes::Bytes;
use protocol::audit::{AuditEvent, Cause};
use protocol::ids::MemberId;
use protocol::time::DAY_MS;

use super::sample;
use super::state::{State, party};
use crate::api::*;

pub(super) fn suspend(state: &mut State, who: &Administrator, person: MemberId) -> Result<(), ApiError> {
    let now = state.now;
    let detail = state.person(person)?;
    if detail.person.standing == Standing::Locked {
        return Err(Clash::AlreadySuspended.into());
    }
    (detail.person.standing, detail.person.devices, detail.code_expires) = (Standing::Locked, 0, None);
    for device in detail.devices.iter_mut().filter(|device| device.state == DeviceState::Active) {
        device.state = DeviceState::Revoked { at: now };
    }
    let view = detail.person.clone();
    state.record(AuditEvent::MemberSuspended { cause: Cause::Administrator }, Some(&view), party(who));
    Ok(())
}

pub(super) fn export(state: &mut State, person: MemberId) -> Result<Bytes, ApiError> {
    let login = state.person(person)?.person.login.expose().clone();
    Ok(format!("{{\"kind\":\"person\",\"login\":{login:?}}}\n").into())
}

pub(super) fn erase(state: &mut State, who: &Administrator, person: MemberId) -> Result<Erased, ApiError> {
    if state.person(person)?.person.standing <= Standing::Active {
        return Err(Clash::Stale.into());
    }
    state.people.retain(|detail| detail.person.id != person);
    for entry in &mut state.audit {
        if matches!(entry.subject, Some(PartyView::Person { id, .. }) if id == person) {
            entry.subject = Some(PartyView::Erased);
        }
    }
    state.record(
        AuditEvent::PersonErased { pseudonym: None, backups: 1, exports: Some(0), taken_out: Some(0) },
        None,
        party(who),
    );
    Ok(Erased { backups: 1, newest_backup: Some(state.now), exports: 0, taken_out: 0 })
}

pub(super) fn reset_identity(
    state: &mut State,
    who: &Administrator,
    person: MemberId,
) -> Result<EnrollmentCode, ApiError> {
    let (now, expires) = (state.now, state.now.plus_ms(3 * DAY_MS));
    let detail = state.person(person)?;
    if detail.person.standing > Standing::Active {
        return Err(Clash::Suspended.into());
    }
    for device in detail.devices.iter_mut().filter(|device| device.state == DeviceState::Active) {
        device.state = DeviceState::Revoked { at: now };
    }
    detail.person.devices = 0;
    detail.code_expires = Some(expires);
    let view = detail.person.clone();
    state.record(AuditEvent::IdentityEnded { approvals: 0 }, Some(&view), party(who));
    state.record(AuditEvent::EnrollmentCodeCreated, Some(&view), party(who));
    Ok(EnrollmentCode { person: view, link: sample::enrollment_link(), expires })
}

pub(super) fn create_code(
    state: &mut State,
    who: &Administrator,
    person: MemberId,
) -> Result<EnrollmentCode, ApiError> {
    let expires = state.now.plus_ms(3 * DAY_MS);
    let detail = state.person(person)?;
    if detail.person.standing > Standing::Active {
        return Err(Clash::Suspended.into());
    }
    if !who.rights.has(Right::CodeForAnybody) && !detail.devices.is_empty() {
        return Err(Denial::NotNewcomer.into());
    }
    detail.code_expires = Some(expires);
    let view = detail.person.clone();
    state.record(AuditEvent::EnrollmentCodeCreated, Some(&view), party(who));
    Ok(EnrollmentCode { person: view, link: sample::enrollment_link(), expires })
}

//! Accounts in the organization in memory: what one must look like, and how one comes in.

use std::collections::BTreeSet;

use protocol::audit::AuditEvent;
use protocol::ids::Hash32;
use protocol::secret::Secret;
use protocol::time::DAY_MS;

use super::state::{party, session_name};
use super::{CODE, PASSWORD, State};
use crate::api::*;

/// Wrong attempts before the next one has to wait.
const ATTEMPTS_MAX: u32 = 5;
const RETRY_AFTER_S: u64 = 30;

const LOGIN_CHARS_MAX: u32 = 64;
const PASSWORD_CHARS_MIN: u32 = 12;

/// Everything that is wrong with it.
fn judge(account: &NewAdministrator, state: &State, own: AdministratorId) -> Vec<FieldProblem> {
    let mut faults = Vec::new();
    let mut fault = |field, fault| faults.push(FieldProblem { field, fault });
    let login = account.login.expose();
    let of_others = |row: &&AdministratorView| row.id != own && row.login.as_ref() == Some(&account.login);
    if login.is_empty() {
        fault(Field::Login, FieldFault::Empty);
    } else if login.chars().count() > LOGIN_CHARS_MAX as usize {
        fault(Field::Login, FieldFault::TooLong { chars_max: LOGIN_CHARS_MAX });
    } else if login.chars().any(|c| !c.is_alphanumeric() && !"._-@".contains(c)) {
        fault(Field::Login, FieldFault::Malformed);
    } else if state.accounts.iter().any(|row| of_others(&row)) {
        fault(Field::Login, FieldFault::Taken);
    }
    let password = account.password.expose();
    if password.chars().count() < PASSWORD_CHARS_MIN as usize {
        fault(Field::Password, FieldFault::TooShort { chars_min: PASSWORD_CHARS_MIN });
    } else if password.contains(login.as_str()) {
        fault(Field::Password, FieldFault::Guessable);
    }
    if account.code.expose() != CODE {
        fault(Field::Code, FieldFault::Wrong);
    }
    faults
}

pub(super) fn set_up(
    state: &mut State,
    token: &Secret<String>,
    account: &NewAdministrator,
) -> Result<Session, ApiError> {
    let place = state.links.iter().position(|(link, _)| link == token.expose()).ok_or(Denial::Link)?;
    let id = state.links.get(place).map(|(_, id)| *id).ok_or(Denial::Link)?;
    let faults = judge(account, state, id);
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    state.links.remove(place);
    for row in state.accounts.iter_mut().filter(|row| row.id == id) {
        (row.login, row.link_expires) = (Some(account.login.clone()), None);
    }
    state.session_of(id)
}

pub(super) fn sign_in(state: &mut State, credentials: &Credentials) -> Result<Session, ApiError> {
    if state.failures >= ATTEMPTS_MAX {
        return Err(Denial::TooMany { retry_after_s: RETRY_AFTER_S }.into());
    }
    let row = state.accounts.iter().find(|row| row.login.as_ref() == Some(&credentials.login));
    let is_right = credentials.password.expose() == PASSWORD && credentials.code.expose() == CODE;
    match row.map(|row| row.id).filter(|_| is_right) {
        Some(id) => {
            state.failures = 0;
            state.session_of(id)
        }
        None => {
            state.failures += 1;
            Err(Denial::Credentials.into())
        }
    }
}

pub(super) fn change_password(
    state: &mut State,
    who: &Administrator,
    typed: &PasswordChange,
) -> Result<BrowserToken, ApiError> {
    let invalid = |fault| ApiError::Invalid(vec![FieldProblem { field: Field::Password, fault }]);
    if typed.next.expose().chars().count() < PASSWORD_CHARS_MIN as usize {
        return Err(invalid(FieldFault::TooShort { chars_min: PASSWORD_CHARS_MIN }));
    }
    if typed.current.expose() != PASSWORD || typed.code.expose() != CODE {
        return Err(Denial::Credentials.into());
    }
    if typed.next.expose() == typed.current.expose() {
        return Err(invalid(FieldFault::Kept));
    }
    state.record(AuditEvent::AdministratorPasswordChanged, None, party(who));
    Ok(Secret::new([8; BROWSER_TOKEN_BYTES]))
}

pub(super) fn remove(state: &mut State, account: AdministratorId) -> Result<(), ApiError> {
    let place = state.accounts.iter().position(|row| row.id == account);
    let row = state.accounts.remove(place.ok_or(ApiError::Missing(Thing::Administrator))?);
    let removed = state.now;
    state.removed.extend(row.login.map(|login| RemovedAdministrator { id: account, login, removed }));
    state.sessions.retain(|(_, id)| *id != account);
    state.links.retain(|(_, id)| *id != account);
    Ok(())
}

pub(super) fn erase(state: &mut State, who: &Administrator, account: AdministratorId) -> Result<Erased, ApiError> {
    let place = state.removed.iter().position(|row| row.id == account);
    let gone = PartyView::Administrator {
        login: state.removed.remove(place.ok_or(ApiError::Missing(Thing::Administrator))?).login,
    };
    for entry in &mut state.audit {
        for named in entry.subject.iter_mut().chain([&mut entry.actor]).filter(|named| **named == gone) {
            *named = PartyView::Erased;
        }
    }
    state.record(AuditEvent::AdministratorErased { pseudonym: None, backups: 1 }, None, party(who));
    Ok(Erased { backups: 1, newest_backup: Some(state.now), exports: 0, taken_out: 0 })
}

pub(super) fn invite(state: &mut State, roles: &[Assignment]) -> Invitation {
    let (drawn, expires) = (state.draw(), state.now.plus_ms(DAY_MS));
    let [a, b, c, d, ..] = drawn;
    let id = AdministratorId::from_bytes([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let token = id.to_string();
    let link = Secret::new(format!("https://isoloir.example/admin/set-up/{token}"));
    state.links.push((token, id));
    state.accounts.push(AdministratorView {
        id,
        login: None,
        roles: roles.to_vec(),
        last_sign_in: None,
        link_expires: Some(expires),
        accounts: Vec::new(),
    });
    Invitation { link, roles: roles.to_vec(), expires }
}

/// One for each administrator who is signed in.
pub(super) fn sessions(state: &State, who: &Administrator) -> SessionsView {
    let sees_all = who.rights.has(Right::AdministratorsSee);
    let open = state.sessions.iter().map(|(_, account)| *account).filter(|account| sees_all || *account == who.id);
    let accounts: BTreeSet<AdministratorId> = open.collect();
    let view = |account| {
        let login = state.administrator(account)?.login;
        let (opened, used) = (state.now, state.now);
        Some(SessionView { id: session_name(account), login, opened, used, is_from_provider: false })
    };
    SessionsView { open: accounts.into_iter().filter_map(view).collect(), idle_minutes: 5, longest_hours: 1 }
}

pub(super) fn end_session(state: &mut State, who: &Administrator, session: Hash32) -> Result<(), ApiError> {
    if session != who.session && !who.rights.has(Right::AdministratorsChange) {
        return Err(Denial::Role.into());
    }
    let before = state.sessions.len();
    state.sessions.retain(|(_, account)| session_name(*account) != session);
    if state.sessions.len() == before { Err(ApiError::Missing(Thing::Session)) } else { Ok(()) }
}

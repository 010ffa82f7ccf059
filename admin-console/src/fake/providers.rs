//! Sign-in with identity providers in memory: the code that comes back is the name of whoever signs in.

use protocol::secret::{Personal, Secret};

use super::sample;
use super::state::State;
use crate::api::*;

/// Where a sign-in leads.
pub const PAGE: &str = "https://id.example/auth";
/// What every browser keeps meanwhile.
pub const TOKEN: [u8; SESSION_TOKEN_BYTES] = [7; SESSION_TOKEN_BYTES];

pub(super) fn known() -> Vec<ProviderView> {
    sample::providers().into_iter().take(1).collect()
}

pub(super) fn begin(provider: &str) -> Result<ProviderSignIn, ApiError> {
    if !known().iter().any(|known| known.name == provider) {
        return Err(ApiError::Missing(Thing::Provider));
    }
    Ok(ProviderSignIn { page: Secret::new(PAGE.to_owned()), token: Secret::new(TOKEN) })
}

pub(super) fn finish(state: &mut State, token: &SignInToken, answer: &ProviderAnswer) -> Result<Arrival, ApiError> {
    let ProviderAnswer::Code { code, .. } = answer else { return Err(Denial::ProviderRefused.into()) };
    if *token.expose() != TOKEN {
        return Err(Denial::ProviderExpired.into());
    }
    let is_named = |row: &&AdministratorView| row.login.as_ref().is_some_and(|login| login.expose() == code.expose());
    match state.accounts.iter().find(is_named).map(|row| row.id) {
        Some(id) => state.session_of(id).map(Arrival::In),
        None => Ok(Arrival::Stranger { provider: "staff".to_owned(), subject: Personal::from(sample::HOSTILE) }),
    }
}

pub(super) fn link(
    state: &mut State,
    account: AdministratorId,
    provider: &str,
    subject: &Personal<String>,
) -> Result<(), ApiError> {
    if subject.expose().is_empty() {
        return Err(ApiError::Invalid(vec![FieldProblem { field: Field::Subject, fault: FieldFault::Empty }]));
    }
    let row = state.accounts.iter_mut().find(|row| row.id == account);
    let row = row.ok_or(ApiError::Missing(Thing::Administrator))?;
    if !row.accounts.is_empty() {
        return Err(Clash::Linked.into());
    }
    row.accounts.push(provider.to_owned());
    Ok(())
}

pub(super) fn unlink(state: &mut State, account: AdministratorId) -> Result<(), ApiError> {
    let row = state.accounts.iter_mut().find(|row| row.id == account);
    row.ok_or(ApiError::Missing(Thing::Administrator))?.accounts.clear();
    Ok(())
}

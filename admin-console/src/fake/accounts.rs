//! What an account must look like in the organization in memory.

use super::{CODE, State};
use crate::api::*;

const LOGIN_CHARS_MAX: u32 = 64;
const PASSWORD_CHARS_MIN: u32 = 12;

/// Everything that is wrong with it.
pub(super) fn judge(account: &NewAdministrator, state: &State, own: AdministratorId) -> Vec<FieldProblem> {
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

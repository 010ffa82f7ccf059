//! The `admin` commands: who may use the console. A link goes to the caller's terminal and nowhere else.

use protocol::audit::Assignment;
use protocol::ids::{AdministratorId, Hash32};

use super::admin::{Administration, Caller, Stopped};
use crate::administration::{AdministratorOrder, AdministratorRow, ErasedAdministratorRow, LinkRow, Row, SignInRow};
use crate::service::Services;
use crate::service::administrators::{Named, NewPassword, NewToken};

/// By name, or by the id that `list` shows: a link that waits has no name.
fn named(whom: &str) -> Named<'_> {
    whom.parse::<AdministratorId>().map_or(Named::Name(whom), Named::Id)
}

pub async fn perform(caller: &mut Caller, to: &Administration, order: AdministratorOrder) -> Result<(), Stopped> {
    match order {
        AdministratorOrder::List => list(caller, &to.services).await,
        AdministratorOrder::Add { roles } => add(caller, to, &roles).await,
        AdministratorOrder::Roles { whom, roles } => assign(caller, &to.services, &whom, &roles).await,
        AdministratorOrder::Reset { whom } => reset(caller, to, &whom).await,
        AdministratorOrder::Remove { whom } => remove(caller, &to.services, &whom).await,
        AdministratorOrder::Erase { whom, .. } => erase(caller, &to.services, &whom).await,
        AdministratorOrder::Password { name, current, code, next } => {
            let typed = NewPassword { current: &current, code: &code, next: &next };
            to.services.change_password_of(named(&name), typed).await?;
            caller.state(Some(name), None, "password-changed").await
        }
        AdministratorOrder::Sessions => sessions(caller, &to.services).await,
        AdministratorOrder::EndSession { session } => end_session(caller, &to.services, session).await,
    }
}

async fn list(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let now = services.now();
    for account in services.administrators(&caller.grant()).await? {
        caller.row(Row::Administrator(AdministratorRow::of(account, now))).await?;
    }
    Ok(())
}

async fn add(caller: &mut Caller, to: &Administration, roles: &[Assignment]) -> Result<(), Stopped> {
    let made = to.services.add_administrator(&caller.grant(), roles).await?;
    link(caller, to, &made).await
}

async fn reset(caller: &mut Caller, to: &Administration, whom: &str) -> Result<(), Stopped> {
    let made = to.services.reset_administrator(&caller.grant(), named(whom)).await?;
    link(caller, to, &made).await
}

async fn erase(caller: &mut Caller, services: &Services, whom: &str) -> Result<(), Stopped> {
    let erased = services.erase_administrator(&caller.grant(), named(whom)).await?;
    caller.row(Row::ErasedAdministrator(ErasedAdministratorRow::from(erased))).await
}

async fn assign(caller: &mut Caller, services: &Services, whom: &str, roles: &[Assignment]) -> Result<(), Stopped> {
    services.assign_roles(&caller.grant(), named(whom), roles).await?;
    caller.state(Some(whom.to_owned()), None, "assigned").await
}

async fn remove(caller: &mut Caller, services: &Services, whom: &str) -> Result<(), Stopped> {
    services.remove_administrator(&caller.grant(), named(whom)).await?;
    caller.state(Some(whom.to_owned()), None, "removed").await
}

async fn sessions(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    for (session, name) in services.sessions(&caller.person()).await? {
        caller.row(Row::Session(SignInRow::of(session, name))).await?;
    }
    Ok(())
}

async fn end_session(caller: &mut Caller, services: &Services, session: Hash32) -> Result<(), Stopped> {
    services.end_session(&caller.person(), session).await?;
    caller.state(None, None, "ended").await
}

async fn link(caller: &mut Caller, to: &Administration, made: &NewToken) -> Result<(), Stopped> {
    let link = to.url.set_up_link(&made.token).expose().clone();
    caller.row(Row::Link(LinkRow { link, roles: made.roles.clone(), expires_ms: made.expires.as_millis() })).await
}

//! `/integrations`, `/provisioning`, `/administrators`, `/administrators/present`: who has access, the brake of what is pushed, and ending a program's access.
//! None is made here: that is for people.

use crate::administration::{AdministratorRow, IntegrationRow, ProvisioningRow, SignInRow};
use crate::domain::access::{AdministratorRead, IntegrationRead, IntegrationRevoke, PushBrakeRelease};

use super::answer::{Answer, Page, gone, json};
use super::caller::Caller;
use super::question::Query;

pub async fn list(caller: Caller) -> Answer {
    let grant = caller.grant::<IntegrationRead>()?;
    Query::of(&caller, &[])?;
    let now = caller.services().now();
    let known = caller.services().integrations(&grant).await.map_err(|error| caller.refused(error))?;
    Ok(json(&Page::whole(known.into_iter().map(|known| IntegrationRow::of(known, now)).collect())))
}

pub async fn revoke(caller: Caller) -> Answer {
    let (grant, id) = (caller.grant::<IntegrationRevoke>()?, caller.integration()?);
    caller.services().revoke_integration(&grant, id).await.map_err(|error| caller.refused(error))?;
    Ok(gone())
}

pub async fn administrators(caller: Caller) -> Answer {
    let grant = caller.grant::<AdministratorRead>()?;
    Query::of(&caller, &[])?;
    let now = caller.services().now();
    let known = caller.services().administrators(&grant).await.map_err(|error| caller.refused(error))?;
    Ok(json(&Page::whole(known.into_iter().map(|known| AdministratorRow::of(known, now)).collect())))
}

pub async fn sign_ins(caller: Caller) -> Answer {
    let grant = caller.grant::<AdministratorRead>()?;
    Query::of(&caller, &[])?;
    let open = caller.services().every_session(&grant).await.map_err(|error| caller.refused(error))?;
    Ok(json(&Page::whole(open.into_iter().map(|(session, name)| SignInRow::of(session, name)).collect())))
}

pub async fn pushed(caller: Caller) -> Answer {
    let pushed = caller.services().pushed(&caller.grant::<IntegrationRead>()?).await;
    pushed.map(|pushed| json(&ProvisioningRow::from(pushed))).map_err(|error| caller.refused(error))
}

pub async fn release(caller: Caller) -> Answer {
    let released = caller.services().release_push_brake(&caller.grant::<PushBrakeRelease>()?).await;
    released.map_err(|error| caller.refused(error))?;
    pushed(caller).await
}

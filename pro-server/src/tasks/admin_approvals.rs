//! The `approvals` commands: what waits for a second person. Whoever runs commands on this machine is one person, whatever their number.

use protocol::ids::Hash32;

use super::admin::{Administration, Caller, Stopped};
use crate::administration::{ApprovalOrder, ApprovalRow, CodeRow, LinkRow, Row};
use crate::service::Services;
use crate::service::approvals::Yield;

pub async fn perform(caller: &mut Caller, to: &Administration, order: ApprovalOrder) -> Result<(), Stopped> {
    match order {
        ApprovalOrder::List => list(caller, &to.services).await,
        ApprovalOrder::Show { number } => {
            let found = to.services.approval(&caller.grant(), number).await?;
            caller.row(Row::Approval(ApprovalRow::of(found, to.services.now()))).await
        }
        ApprovalOrder::Approve { number, digest } => agree(caller, to, number, digest).await,
        ApprovalOrder::Refuse { number } => refuse(caller, &to.services, number).await,
        ApprovalOrder::Quorum { people } => quorum(caller, &to.services, people).await,
    }
}

async fn list(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let seen = services.approvals(&caller.grant()).await?;
    for request in seen.requests {
        caller.row(Row::Approval(ApprovalRow::of(request, seen.now))).await?;
    }
    Ok(())
}

async fn agree(caller: &mut Caller, to: &Administration, number: u64, digest: Hash32) -> Result<(), Stopped> {
    match to.services.approve(&caller.person(), number, digest).await? {
        Yield::Nothing => caller.state(None, None, "approved").await,
        Yield::Opened => caller.state(None, None, "opened").await,
        Yield::Code(code) => {
            let link = to.url.enrollment_link(to.services.fingerprint(), code.code);
            let (login, expires_ms) = (code.login.into_exposed(), code.expires.as_millis());
            caller.row(Row::Code(CodeRow { login, link: link.expose().clone(), expires_ms })).await
        }
        Yield::Link(made) => {
            let link = to.url.set_up_link(&made.token).expose().clone();
            caller.row(Row::Link(LinkRow { link, roles: made.roles, expires_ms: made.expires.as_millis() })).await
        }
    }
}

async fn refuse(caller: &mut Caller, services: &Services, number: u64) -> Result<(), Stopped> {
    services.refuse_approval(&caller.person(), number).await?;
    caller.state(None, None, "refused").await
}

async fn quorum(caller: &mut Caller, services: &Services, people: u8) -> Result<(), Stopped> {
    if people > 1 {
        services.need_two_people(&caller.grant()).await?;
        caller.state(None, None, "two-people").await
    } else {
        services.need_one_person(&caller.grant()).await?;
        caller.state(None, None, "one-person").await
    }
}

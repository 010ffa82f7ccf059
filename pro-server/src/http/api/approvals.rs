//! `/approvals`: acts that wait for a second person. Read only: a program asks for nothing dangerous, and agrees to nothing.

use crate::administration::ApprovalRow;
use crate::domain::access::ApprovalRead;

use super::answer::{Answer, Page, json};
use super::caller::Caller;

pub async fn list(caller: Caller) -> Answer {
    let seen = caller.services().approvals(&caller.grant::<ApprovalRead>()?).await;
    let seen = seen.map_err(|error| caller.refused(error))?;
    let items = seen.requests.into_iter().map(|request| ApprovalRow::of(request, seen.now)).collect();
    Ok(json(&Page { items, next: None }))
}

pub async fn read(caller: Caller) -> Answer {
    let (grant, number) = (caller.grant::<ApprovalRead>()?, caller.approval()?);
    let found = caller.services().approval(&grant, number).await.map_err(|error| caller.refused(error))?;
    Ok(json(&ApprovalRow::of(found, caller.services().now())))
}

//! `/devices`: everybody's, and revoking one.

use protocol::ids::DeviceId;

use crate::administration::DeviceRow;
use crate::domain::access::{DeviceWrite, PeopleRead};

use super::answer::{Answer, Page, json};
use super::caller::Caller;
use super::cursor::{self, List};
use super::question::Query;
use super::table::Asked;

pub async fn list(caller: Caller) -> Answer {
    let grant = caller.grant()?;
    let query = Query::of(&caller, &[Asked::Limit, Asked::After])?;
    let after = query.after(List::Devices)?.map(DeviceId::from_bytes);
    let stretch = caller.services().devices_after(&grant, after, query.limit()?).await;
    let stretch = stretch.map_err(|error| caller.refused(error))?;
    Ok(json(&Page {
        items: stretch.found.into_iter().map(DeviceRow::from).collect(),
        next: stretch.next.map(|id| cursor::write(List::Devices, id.as_bytes())),
    }))
}

pub async fn revoke(caller: Caller) -> Answer {
    let (grant, device) = (caller.grant::<DeviceWrite>()?, caller.device()?);
    let revoked = caller.services().revoke_device(&grant, device, None).await;
    revoked.map_err(|error| caller.refused(error))?;
    caller.told().await;
    let shown = caller.services().device(&caller.grant::<PeopleRead>()?, device).await;
    shown.map(|device| json(&DeviceRow::from(device))).map_err(|error| caller.refused(error))
}

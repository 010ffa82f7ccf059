//! `/organization` and `/log/checkpoint`: what and where the organization is, in a few numbers.

use protocol::policy::Version;

use crate::administration::{LogRow, OrganizationRow, PeopleCountsRow};
use crate::domain::access::{PeopleRead, PolicyRead};

use super::answer::{Answer, json};
use super::caller::Caller;

pub async fn read(caller: Caller) -> Answer {
    let services = caller.services();
    let counts = services.people_counts(&caller.grant::<PeopleRead>()?).await;
    let counts = counts.map_err(|error| caller.refused(error))?;
    let (key, _) = services.directory_key_standing();
    Ok(json(&OrganizationRow {
        organization: services.fingerprint().to_string(),
        url: caller.state.url.to_string(),
        version: Version::current().to_string(),
        people: PeopleCountsRow {
            provisioned: counts.provisioned,
            active: counts.active,
            suspended: counts.suspended,
            locked: counts.locked,
        },
        devices: counts.devices,
        policy_version: services.policy().version,
        log_entries: services.log_state().end.size,
        directory_key_not_after_ms: key.not_after.as_millis(),
    }))
}

pub async fn checkpoint(caller: Caller) -> Answer {
    caller.grant::<PolicyRead>()?;
    Ok(json(&LogRow::from(caller.services().log_state())))
}

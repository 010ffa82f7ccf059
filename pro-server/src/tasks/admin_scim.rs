//! The `scim` commands: tokens of providers. A new token goes to the caller's terminal and nowhere else.

use protocol::ids::ProvisionerId;

use super::admin::{Administration, Caller, Stopped};
use crate::administration::{ProvisionerRow, Row, TokenRow};
use crate::service::Services;

/// What a provider's `/scim/v2` is below.
const SCIM_PATH: &str = "/scim/v2";

pub async fn list(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let now = services.now();
    for token in services.provisioning(&caller.grant()).await?.provisioners {
        let row = ProvisionerRow {
            provisioner_id: token.id,
            name: token.name.into_exposed(),
            state: if now < token.expires { "active" } else { "expired" }.to_owned(),
            expires_ms: token.expires.as_millis(),
            used_ms: token.used.map(|day| day.as_millis()),
        };
        caller.row(Row::Provisioner(row)).await?;
    }
    Ok(())
}

pub async fn add(caller: &mut Caller, to: &Administration, name: &str, days: u64) -> Result<(), Stopped> {
    let made = to.services.add_provisioner(&caller.grant(), name, days).await?;
    let row = TokenRow {
        provisioner_id: made.id,
        url: format!("{}{SCIM_PATH}", to.url),
        token: made.token.expose().clone(),
        expires_ms: made.expires.as_millis(),
    };
    caller.row(Row::Token(row)).await
}

pub async fn revoke(caller: &mut Caller, services: &Services, token: ProvisionerId) -> Result<(), Stopped> {
    services.revoke_provisioner(&caller.grant(), token).await?;
    caller.state(None, None, "revoked").await
}

pub async fn release(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    services.release_push_brake(&caller.grant()).await?;
    caller.state(None, None, "released").await
}

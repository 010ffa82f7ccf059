//! The `integration` commands: tokens of programs. A new token goes to the caller's terminal and nowhere else.

use protocol::audit::IntegrationScope;
use protocol::ids::IntegrationId;

use super::admin::{Administration, Caller, Stopped};
use crate::administration::{IntegrationRow, Row, TokenRow};
use crate::service::Services;

pub async fn list(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let now = services.now();
    for token in services.integrations(&caller.grant()).await? {
        caller.row(Row::Integration(IntegrationRow::of(token, now))).await?;
    }
    Ok(())
}

/// A token to be made.
pub struct Order {
    pub scope: IntegrationScope,
    pub name: String,
    pub days: u64,
}

pub async fn add(caller: &mut Caller, to: &Administration, order: Order) -> Result<(), Stopped> {
    let Order { scope, name, days } = order;
    let made = to.services.add_integration(&caller.grant(), scope, &name, days).await?;
    let row = TokenRow {
        integration_id: made.id,
        scope,
        url: to.url.of_scope(scope),
        token: made.token.expose().clone(),
        expires_ms: made.expires.as_millis(),
    };
    caller.row(Row::Token(row)).await
}

pub async fn revoke(caller: &mut Caller, services: &Services, token: IntegrationId) -> Result<(), Stopped> {
    services.revoke_integration(&caller.grant(), token).await?;
    caller.state(None, None, "revoked").await
}

pub async fn release(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    services.release_push_brake(&caller.grant()).await?;
    caller.state(None, None, "released").await
}

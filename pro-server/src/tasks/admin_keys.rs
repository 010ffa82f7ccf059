//! The `keys` commands at the running server. The root key is never seen here: its word comes signed.

use data_encoding::HEXLOWER;

use super::admin::{Administration, Caller, Stopped};
use crate::administration::{KeyRow, Refusal, RenewalRow, Row};
use crate::domain::directory_key::BadRenewal;
use crate::service::Services;
use crate::service::directory_key::RenewalRefused;

pub async fn request(caller: &mut Caller, services: &Services, after: u64) -> Result<(), Stopped> {
    let request = HEXLOWER.encode(&services.request_renewal(after).to_bytes());
    caller.row(Row::Renewal(RenewalRow { request })).await
}

pub async fn successor(caller: &mut Caller, services: &Services, after: u64) -> Result<(), Stopped> {
    let request = services.request_successor(&caller.grant(), after).await.map_err(refused)?;
    caller.row(Row::Renewal(RenewalRow { request: HEXLOWER.encode(&request.to_bytes()) })).await
}

pub async fn install(caller: &mut Caller, to: &Administration, signed: &str) -> Result<(), Stopped> {
    let signed = HEXLOWER.decode(signed.as_bytes()).map_err(|_| refused(BadRenewal::Malformed.into()))?;
    let renewed = to.services.renew_directory_key(&caller.grant(), &signed).await.map_err(refused)?;
    tracing::info!(until = %crate::telemetry::rfc3339(renewed.key().not_after), serial = renewed.key().serial, "the directory key was renewed");
    caller.row(Row::Key(KeyRow::from(&renewed))).await
}

fn refused(why: RenewalRefused) -> Stopped {
    match why {
        RenewalRefused::Service(error) => error.into(),
        why => Stopped::Refused(Refusal::new(why.code(), why.to_string())),
    }
}

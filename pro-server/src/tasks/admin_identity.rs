//! The end of an identity over the administration socket. Must never answer with more than the code, the order, or that it is done.

use data_encoding::HEXLOWER;

use super::admin::{Administration, Caller, Stopped};
use crate::administration::{IdentityOrderRow, IdentityRequest, Row};
use crate::domain::approver::Agreement;
use crate::service::{Fault, ServiceError};

fn bytes(hex: &str, fault: Fault) -> Result<Vec<u8>, ServiceError> {
    HEXLOWER.decode(hex.as_bytes()).map_err(|_| fault.into())
}

pub async fn perform(
    caller: &mut Caller,
    administration: &Administration,
    order: IdentityRequest,
) -> Result<(), Stopped> {
    let (services, who) = (administration.services.clone(), caller.person());
    match order {
        IdentityRequest::Reset { login, signed } => {
            let files: Result<Vec<_>, _> = signed.iter().map(|hex| bytes(hex, Fault::Order)).collect();
            let agreement = Agreement::of(&files?).map_err(|_| ServiceError::from(Fault::Order))?;
            let code = services.reset_identity(&who.grant(), login.as_str(), agreement.as_ref()).await?;
            administration.code(caller, code).await
        }
        IdentityRequest::Order { login } => {
            let order = services.identity_order(&who.grant(), login.as_str()).await?;
            let order = HEXLOWER.encode(&order.to_bytes());
            caller.row(Row::IdentityOrder(IdentityOrderRow { order })).await
        }
        IdentityRequest::Approvers { signed } => {
            services.set_approvers(&who.grant(), &bytes(&signed, Fault::Approvers)?).await?;
            caller.state(None, None, "approvers-named").await
        }
    }
}

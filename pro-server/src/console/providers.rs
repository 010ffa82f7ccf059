//! Sign-in with an identity provider as the console does it: which there are, there and back, and whose account is whose.

use admin_console::api::{
    Administrator, AdministratorId, ApiError, Arrival, Origin, ProviderAnswer, ProviderSignIn, ProviderView,
    SignInToken,
};
use protocol::secret::Personal;

use super::Desk;
use super::accounts::session;
use super::refusal::refused;
use crate::service::Asker;
use crate::service::administrators::Named;
use crate::service::administrators::provider::{Answer, Arrived};

/// Below the public URL; it is registered with the provider.
const CALLBACK_PATH: &str = "/admin/sign-in/callback";
const HTTPS_PORT: &str = ":443";

impl Desk {
    pub(super) fn offered(&self) -> Vec<ProviderView> {
        let view = |provider: crate::service::administrators::provider::ProviderName| ProviderView {
            name: provider.name,
            label: provider.label,
        };
        self.services.console_providers().into_iter().map(view).collect()
    }

    pub(super) async fn sent(&self, provider: &str, origin: Option<Origin>) -> Result<ProviderSignIn, ApiError> {
        let services = self.services.asked_by(origin.map(|Origin(network)| Asker(network)));
        let begun = services.begin_console_sign_in(provider, &self.callback()).await.map_err(refused)?;
        Ok(ProviderSignIn { page: begun.page, token: begun.token })
    }

    pub(super) async fn arrived(&self, token: &SignInToken, answer: ProviderAnswer) -> Result<Arrival, ApiError> {
        let answer = match answer {
            ProviderAnswer::Code { code, state, issuer } => Answer::code(code, state, issuer),
            ProviderAnswer::Refused => Answer::Refused,
        };
        Ok(match self.services.finish_console_sign_in(token, answer).await.map_err(refused)? {
            Arrived::In(opened) => Arrival::In(session(opened)),
            Arrived::Stranger { provider, subject } => Arrival::Stranger { provider, subject },
        })
    }

    pub(super) async fn linked(
        &self,
        who: &Administrator,
        account: AdministratorId,
        provider: &str,
        subject: &Personal<String>,
    ) -> Result<(), ApiError> {
        let linked =
            self.services.link_administrator(&self.grant(who)?, Named::Id(account), provider, subject.expose()).await;
        linked.map_err(refused)
    }

    pub(super) async fn unlinked(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        self.services.unlink_administrator(&self.grant(who)?, Named::Id(account)).await.map_err(refused)
    }

    /// As browsers write it: without the port that https has anyway.
    fn callback(&self) -> String {
        let url = self.url.to_string();
        format!("{}{CALLBACK_PATH}", url.strip_suffix(HTTPS_PORT).unwrap_or(&url))
    }
}

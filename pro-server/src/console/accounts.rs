//! Administrators as the console shows them: links, set-up, sign-in, the list.

use admin_console::api::{
    Administrator, AdministratorId, AdministratorView, ApiError, Credentials, Invitation, NewAdministrator, Origin,
    Role, Session, SetUp, SetUpReason,
};
use protocol::secret::Secret;

use super::Desk;
use super::refusal::refused;
use crate::domain::totp;
use crate::service::Asker;
use crate::service::administrators::{LinkReason, Named, Opened, Typed};

pub(super) fn session(opened: Opened) -> Session {
    let administrator = Administrator { id: opened.who.id(), login: opened.name, role: opened.who.role() };
    Session { token: opened.token, administrator }
}

impl Desk {
    pub(super) async fn looked_up(&self, token: &Secret<String>) -> Result<SetUp, ApiError> {
        let seen = self.services.look_up_link(token).await.map_err(refused)?;
        Ok(SetUp {
            reason: match seen.reason {
                LinkReason::First => SetUpReason::First,
                LinkReason::Invited => SetUpReason::Invited,
                LinkReason::Reset(login) => SetUpReason::Reset { login },
            },
            role: seen.role,
            totp_secret: totp::base32(&seen.totp),
            totp_uri: totp::key_uri(&seen.totp, &self.url.host),
            expires: seen.expires,
        })
    }

    pub(super) async fn made(&self, token: &Secret<String>, account: &NewAdministrator) -> Result<Session, ApiError> {
        let name = account.login.expose();
        let typed = Typed { name, password: &account.password, code: &account.code };
        self.services.set_up(token, typed).await.map(session).map_err(refused)
    }

    pub(super) async fn entered(&self, credentials: &Credentials) -> Result<Session, ApiError> {
        let name = credentials.login.expose();
        let typed = Typed { name, password: &credentials.password, code: &credentials.code };
        let asker = credentials.origin.map(|Origin(network)| Asker(network));
        self.services.asked_by(asker).sign_in(typed).await.map(session).map_err(refused)
    }

    pub(super) async fn listed(&self, who: &Administrator) -> Result<Vec<AdministratorView>, ApiError> {
        let rows = self.services.administrators(&self.grant(who)?).await.map_err(refused)?;
        let view = |row: crate::service::administrators::AdministratorView| AdministratorView {
            id: row.id,
            login: row.name,
            role: row.role,
            last_sign_in: row.signed_in,
            link_expires: row.link_expires,
            accounts: row.accounts,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    pub(super) async fn invited(&self, who: &Administrator, role: Role) -> Result<Invitation, ApiError> {
        let made = self.services.add_administrator(&self.grant(who)?, role).await.map_err(refused)?;
        let link = self.url.set_up_link(&made.token);
        Ok(Invitation { link, role, expires: made.expires })
    }

    pub(super) async fn removed(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        let account = Named::Id(account);
        self.services.remove_administrator(&self.grant(who)?, account).await.map_err(refused)
    }
}

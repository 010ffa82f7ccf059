//! Administrators as the console shows them: links, set-up, sign-in, the list.

use admin_console::api::{
    Administrator, AdministratorId, AdministratorView, ApiError, Assignment, BrowserToken, Credentials, Erased,
    Invitation, NewAdministrator, Origin, PasswordChange, RemovedAdministrator, Right, Rights, Session, SetUp,
    SetUpReason,
};
use protocol::secret::{Personal, Secret};

use super::Desk;
use super::audit::left;
use super::refusal::refused;
use crate::domain::access::{
    AdministratorRead, AdministratorWrite, ApprovalRead, AuditErase, AuditRead, CodeWrite, DirectoryRead, DirectoryRun,
    IntegrationRead, IntegrationRevoke, IntegrationWrite, LostDevice, NewcomerCode, PeopleImport, PeopleRead,
    PeopleWrite, PersonExport, PolicyRead, PolicyRules, PolicyWrite, PushBrakeRelease, SignedIn,
};
use crate::domain::totp;
use crate::service::Asker;
use crate::service::administrators::{LinkReason, Named, NewPassword, Opened, Typed};

pub(super) fn session(opened: Opened) -> Session {
    Session { administrator: administrator(&opened.who, opened.name), token: opened.token, browser: opened.browser }
}

/// Somebody who is signed in, with what pages may offer them: it follows from the permissions, and decides nothing.
pub(super) fn administrator(who: &SignedIn, login: Personal<String>) -> Administrator {
    Administrator { id: who.id(), session: who.session(), login, roles: who.roles().to_vec(), rights: rights(who) }
}

fn rights(who: &SignedIn) -> Rights {
    let has = |right: &Right| match right {
        Right::PeopleSee => who.may::<PeopleRead>(),
        Right::PeopleChange => who.may::<PeopleWrite>(),
        Right::PeopleImport => who.may::<PeopleImport>(),
        Right::PersonExport => who.may::<PersonExport>(),
        Right::PersonErase => who.may::<AuditErase>(),
        Right::DeviceRevoke => who.may::<LostDevice>(),
        Right::CodeForNewcomers => who.may::<NewcomerCode>(),
        Right::CodeForAnybody => who.may::<CodeWrite>(),
        Right::PolicySee => who.may::<PolicyRead>(),
        Right::PolicyRules => who.may::<PolicyRules>(),
        Right::PolicyChange => who.may::<PolicyWrite>(),
        Right::PolicyForEverybody => who.grant::<PolicyWrite>().is_ok_and(|grant| grant.may_set(None).is_ok()),
        Right::DirectorySee => who.may::<DirectoryRead>(),
        Right::DirectoryRun => who.may::<DirectoryRun>(),
        Right::AuditSee => who.may::<AuditRead>(),
        Right::AdministratorsSee => who.may::<AdministratorRead>(),
        Right::AdministratorsChange => who.may::<AdministratorWrite>(),
        Right::ApprovalsSee => who.may::<ApprovalRead>(),
        Right::ApprovalsDecide => who.may::<ApprovalRead>() && (who.may::<PeopleWrite>() || who.may::<PolicyWrite>()),
        Right::IntegrationsSee => who.may::<IntegrationRead>(),
        Right::IntegrationsAdd => who.may::<IntegrationWrite>(),
        Right::IntegrationsRevoke => who.may::<IntegrationRevoke>(),
        Right::BrakeRelease => who.may::<PushBrakeRelease>(),
    };
    Right::ALL.into_iter().filter(has).collect()
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
            roles: seen.roles,
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
        self.services
            .asked_by(asker)
            .sign_in_from(typed, credentials.browser.as_ref())
            .await
            .map(session)
            .map_err(refused)
    }

    pub(super) async fn password_changed(
        &self,
        who: &Administrator,
        typed: &PasswordChange,
    ) -> Result<BrowserToken, ApiError> {
        let typed = NewPassword { current: &typed.current, code: &typed.code, next: &typed.next };
        self.services.change_password(&self.person(who)?, typed).await.map_err(refused)
    }

    pub(super) async fn listed(&self, who: &Administrator) -> Result<Vec<AdministratorView>, ApiError> {
        let rows = self.services.administrators(&self.grant(who)?).await.map_err(refused)?;
        let view = |row: crate::service::administrators::AdministratorView| AdministratorView {
            id: row.id,
            login: row.name,
            roles: row.roles,
            last_sign_in: row.signed_in,
            link_expires: row.link_expires,
            accounts: row.accounts,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    pub(super) async fn invited(&self, who: &Administrator, roles: &[Assignment]) -> Result<Invitation, ApiError> {
        let made = self.services.add_administrator(&self.grant(who)?, roles).await.map_err(refused)?;
        let link = self.url.set_up_link(&made.token);
        Ok(Invitation { link, roles: made.roles, expires: made.expires })
    }

    pub(super) async fn assigned(
        &self,
        who: &Administrator,
        account: AdministratorId,
        roles: &[Assignment],
    ) -> Result<(), ApiError> {
        self.services.assign_roles(&self.grant(who)?, Named::Id(account), roles).await.map_err(refused)
    }

    pub(super) async fn removed(&self, who: &Administrator, account: AdministratorId) -> Result<(), ApiError> {
        let account = Named::Id(account);
        self.services.remove_administrator(&self.grant(who)?, account).await.map_err(refused)
    }

    pub(super) async fn gone(&self, who: &Administrator) -> Result<Vec<RemovedAdministrator>, ApiError> {
        let rows = self.services.removed_administrators(&self.grant(who)?).await.map_err(refused)?.into_iter();
        Ok(rows.map(|row| RemovedAdministrator { id: row.id, login: row.name, removed: row.removed }).collect())
    }

    pub(super) async fn forgotten(&self, who: &Administrator, account: AdministratorId) -> Result<Erased, ApiError> {
        let grant = self.grant(who)?;
        let erased = self.services.erase_administrator(&grant, Named::Id(account)).await.map_err(refused)?;
        Ok(left(&erased.copies))
    }
}

#[cfg(test)]
mod tests {
    use protocol::audit::AdministratorRole;

    use super::*;
    use crate::domain::console::Sessions;

    /// The organization in memory offers what the server does, for each role, over everybody and over a group.
    #[test]
    fn the_console_offers_what_the_permissions_allow() {
        for role in AdministratorRole::ALL {
            let group = ":lyon".to_owned();
            for text in [role.name().to_owned(), role.name().to_owned() + &group] {
                let Ok(assignment) = text.parse::<Assignment>() else { continue };
                let (id, key) = (AdministratorId::from_bytes([1; 16]), protocol::ids::Hash32::sha256(b"key"));
                let now = protocol::time::Timestamp::from_millis(1);
                let who = Sessions::default().open(key, id, [assignment.clone()].into(), None, now);
                assert_eq!(rights(&who), Rights::of_roles(&[assignment]), "{text}");
            }
        }
    }
}

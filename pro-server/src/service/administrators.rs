//! Who administers: one-time links, removal, the list; `entry` has set-up and sign-in. It must never store a password, a token
//! or an open TOTP secret.

mod desk;
mod entry;
mod erasure;
mod password;
pub mod provider;
mod roles;
mod sessions;

use protocol::audit::{AdministratorRole, Assignment, AuditEvent, Party};
use protocol::ids::AdministratorId;
use protocol::secret::{Personal, Secret};
use protocol::time::{DAY_MS, Timestamp};

use crate::domain::access::{AdministratorRead, AdministratorWrite, Behind, Grant, SignedIn};
use crate::domain::approval::Act;
use crate::domain::member::Login;
use crate::domain::totp::TotpSecret;
use crate::storage::administrator::{self, AdministratorRow, NewLink};
use crate::storage::{Tx, approval, sign_in_link};

use super::change::Change;
use super::{Clash, Denial, ServiceError, Services, Thing};

pub(super) use desk::Desk;
pub use desk::{BrowserToken, SessionToken};
use desk::{TOKEN_BYTES, lock, token_key};
pub use erasure::{ErasedAdministrator, RemovedAdministrator};
pub use password::NewPassword;
pub(super) use roles::can_act;
use roles::{granted, is_owner, judged, owners_left};

/// A one-time link is worth something for this long.
pub const LINK_LIFETIME_MS: u64 = DAY_MS;

/// A session that has just been opened.
#[derive(Debug, Clone)]
pub struct Opened {
    pub token: SessionToken,
    /// For the browser to be known again.
    pub browser: BrowserToken,
    pub who: SignedIn,
    pub name: Personal<String>,
}

/// A one-time link, before it has an address.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Shown once, never stored.
    pub token: Secret<String>,
    pub roles: Vec<Assignment>,
    pub expires: Timestamp,
}

/// What a one-time link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkReason {
    /// Nobody can sign in yet.
    First,
    Invited,
    /// The account keeps its name.
    Reset(Personal<String>),
}

/// What somebody with a one-time link sees.
#[derive(Debug, Clone)]
pub struct LinkView {
    pub reason: LinkReason,
    pub roles: Vec<Assignment>,
    pub totp: TotpSecret,
    pub expires: Timestamp,
}

/// An account, or a link that waits.
#[derive(Debug, Clone)]
pub struct AdministratorView {
    pub id: AdministratorId,
    pub name: Option<Personal<String>>,
    pub roles: Vec<Assignment>,
    pub signed_in: Option<Timestamp>,
    pub link_expires: Option<Timestamp>,
    /// Identity providers, by their labels.
    pub accounts: Vec<String>,
}

/// Which administrator.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    Name(&'a str),
    Id(AdministratorId),
}

/// What was typed to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    pub name: &'a str,
    pub password: &'a Secret<String>,
    pub code: &'a Secret<String>,
}

const OWNER: Assignment = Assignment::everywhere(AdministratorRole::Owner);

async fn named(tx: &mut Tx, whom: Named<'_>) -> Result<AdministratorRow, ServiceError> {
    let found = match whom {
        Named::Id(id) => administrator::find(tx, id).await?,
        Named::Name(name) => {
            let name = Login::parse(name).map_err(|_| ServiceError::Missing(Thing::Administrator))?;
            administrator::find_name(tx, &name).await?
        }
    };
    found.filter(|row| row.removed.is_none()).ok_or(ServiceError::Missing(Thing::Administrator))
}

impl Services {
    /// For the start: a link for the first owner while nobody has ever set up an account; earlier such links are worth nothing.
    pub async fn first_owner(&self) -> Result<Option<NewToken>, ServiceError> {
        let mut change = self.inner.change().await?;
        let known = administrator::all(&mut change.tx).await?;
        if known.iter().any(|row| row.name.is_some()) {
            return Ok(None);
        }
        let waiting = known.iter().find(|row| is_owner(row));
        let made = match waiting {
            Some(row) => self.renew(&mut change, row, &Party::Server).await?,
            None => self.add(&mut change, &[OWNER], &Party::Server).await?,
        };
        change.commit(0..0).await?;
        Ok(Some(made))
    }

    /// Makes an account with these roles that waits for its link to be spent.
    pub async fn add_administrator(
        &self,
        grant: &Grant<AdministratorWrite>,
        roles: &[Assignment],
    ) -> Result<NewToken, ServiceError> {
        let roles = judged(roles)?;
        let act = Act::AddAdministrator(roles.clone());
        let mut change = self.gate(self.inner.change().await?, grant, act).await?;
        let made = self.add(&mut change, &roles, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(made)
    }

    /// For a lost password or second factor: both are worth nothing from now on, sessions end, and a new link is the only way in.
    pub async fn reset_administrator(
        &self,
        grant: &Grant<AdministratorWrite>,
        whom: Named<'_>,
    ) -> Result<NewToken, ServiceError> {
        let mut change = self.inner.change().await?;
        let row = named(&mut change.tx, whom).await?;
        let mut change = self.gate(change, grant, Act::ResetAdministrator(row.id)).await?;
        approval::put_aside(&mut change.tx, Some(&Party::Administrator(row.id))).await?;
        let made = self.renew(&mut change, &row, grant.actor()).await?;
        lock(&self.inner.desk.sessions).close_all(row.id);
        change.commit(0..0).await?;
        Ok(made)
    }

    /// Removes an account or a link that waits. Nobody removes themselves, nor the last owner who can sign in.
    pub async fn remove_administrator(
        &self,
        grant: &Grant<AdministratorWrite>,
        whom: Named<'_>,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let row = named(&mut change.tx, whom).await?;
        if *grant.actor() == Party::Administrator(row.id) {
            return Err(Clash::Oneself.into());
        }
        // A link that waits is nobody yet. Whoever agreed was asked when agreeing.
        let is_alone = row.password.is_some() && grant.behind() == Behind::One;
        if is_alone && !grant.proved().is_fresh(change.now) {
            return Err(Denial::SignInAgain.into());
        }
        owners_left(&mut change.tx, &row).await?;
        if row.password.is_some() {
            change = self.gate(change, grant, Act::RemoveAdministrator(row.id)).await?;
        }
        let now = change.now;
        administrator::remove(&mut change.tx, row.id, now).await?;
        sign_in_link::remove_administrator(&mut change.tx, row.id).await?;
        let subject = Party::Administrator(row.id);
        approval::put_aside(&mut change.tx, Some(&subject)).await?;
        change.audit_about(AuditEvent::AdministratorRemoved, Some(&subject), grant.actor()).await?;
        lock(&self.inner.desk.sessions).close_all(row.id);
        change.commit(0..0).await?;
        Ok(())
    }

    /// Everybody who may sign in, by name, and links that wait.
    pub async fn administrators(&self, _: &Grant<AdministratorRead>) -> Result<Vec<AdministratorView>, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let rows = administrator::all(&mut tx).await?;
        let labels = self.labels(&mut tx).await?;
        let accounts = |id| labels.iter().filter(|(of, _)| *of == id).map(|(_, label)| label.clone()).collect();
        let view = |row: AdministratorRow| AdministratorView {
            accounts: accounts(row.id),
            id: row.id,
            name: row.name,
            roles: row.roles,
            signed_in: row.signed_in,
            link_expires: row.link_expires,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    async fn add(
        &self,
        change: &mut Change<'_>,
        roles: &[Assignment],
        actor: &Party,
    ) -> Result<NewToken, ServiceError> {
        let id = AdministratorId::from_bytes(self.inner.ambient.bytes());
        let (made, sealed) = self.draw(id, roles, change.now);
        let link = NewLink { hash: token_key(&made.token), expires: made.expires, totp_sealed: &sealed };
        let now = change.now;
        administrator::insert(&mut change.tx, id, roles, &link, now).await?;
        let subject = Party::Administrator(id);
        if let Some(role) = roles.first().map(Assignment::role) {
            change.audit_about(AuditEvent::AdministratorAdded { role }, Some(&subject), actor).await?;
        }
        // Whoever is added with one role over everybody needs no second entry.
        for more in
            roles.iter().enumerate().filter(|(at, more)| *at > 0 || more.group().is_some()).map(|(_, more)| more)
        {
            change.audit_about(granted(more), Some(&subject), actor).await?;
        }
        Ok(made)
    }

    async fn renew(
        &self,
        change: &mut Change<'_>,
        row: &AdministratorRow,
        actor: &Party,
    ) -> Result<NewToken, ServiceError> {
        let (made, sealed) = self.draw(row.id, &row.roles, change.now);
        let link = NewLink { hash: token_key(&made.token), expires: made.expires, totp_sealed: &sealed };
        administrator::reset(&mut change.tx, row.id, &link).await?;
        sign_in_link::remove_administrator(&mut change.tx, row.id).await?;
        let subject = Party::Administrator(row.id);
        change.audit_about(AuditEvent::AdministratorReset, Some(&subject), actor).await?;
        Ok(made)
    }

    /// A token, and a sealed TOTP secret for whoever spends it.
    fn draw(&self, id: AdministratorId, roles: &[Assignment], now: Timestamp) -> (NewToken, Vec<u8>) {
        let bytes = zeroize::Zeroizing::new(self.inner.ambient.bytes::<TOKEN_BYTES>());
        let token = Secret::new(data_encoding::BASE64URL_NOPAD.encode(&*bytes));
        let sealed = self.inner.desk.seal.seal(id, &Secret::new(self.inner.ambient.bytes()));
        lock(&self.inner.desk.links).put(token_key(&token));
        (NewToken { token, roles: roles.to_vec(), expires: now.plus_ms(LINK_LIFETIME_MS) }, sealed)
    }
}

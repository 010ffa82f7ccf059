//! More time for the directory key: the root signs the same key again under a later serial, and the log says so; or another key in its
//! place, which two people may have to agree to. It must never take a statement that the root did not sign.

use std::sync::Arc;

use protocol::audit::{AuditEvent, Party};
use protocol::organization::DirectoryKey;
use protocol::tlog::Leaf;

use crate::domain::access::{Grant, ServerKeep};
use crate::domain::approval::Act;
use crate::domain::directory_key::{self, BadRenewal, RenewalRequest, Renewed, Standing};
use crate::storage;

use super::change::Change;
use super::keys::Statement;
use super::{Clash, Inner, KeysFault, Outage, ServiceError, Services};

/// Why the directory key got no more time. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RenewalRefused {
    #[error(transparent)]
    Document(#[from] BadRenewal),
    #[error(transparent)]
    Keys(#[from] KeysFault),
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The file holds it, the log does not yet; the server goes on by itself.
    #[error("the root key's word is in force and is not in the log yet: {0}")]
    Begun(ServiceError),
}

impl RenewalRefused {
    /// A stable word for scripts and translations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Document(BadRenewal::Malformed) => "renewal-malformed",
            Self::Document(BadRenewal::OtherOrganization) => "renewal-other-organization",
            Self::Document(BadRenewal::OtherKey) => "renewal-other-key",
            Self::Document(BadRenewal::Unnamed) => "renewal-unnamed",
            Self::Document(BadRenewal::Old) => "renewal-old",
            Self::Document(BadRenewal::Time) => "renewal-time",
            Self::Keys(_) => "renewal-keys",
            Self::Service(error) => error.code(),
            Self::Begun(_) => "renewal-begun",
        }
    }
}

impl Services {
    /// The directory key's time as the root signed it, and how it stands now.
    pub fn directory_key_standing(&self) -> (DirectoryKey, Standing) {
        let key = self.inner.keys.statement.load().key.clone();
        let standing = Standing::of(&key, self.now());
        (key, standing)
    }

    /// What the root has to sign so that the directory key gets more time. `after` is a serial that devices may have seen.
    pub fn request_renewal(&self, after: u64) -> RenewalRequest {
        let statement = self.inner.keys.statement.load();
        RenewalRequest::new(&statement.key, &statement.signed, statement.logged.max(after), self.now())
    }

    /// What the root has to sign so that another key takes the place of the directory key. The key is made now, if none waits yet.
    pub async fn request_successor(&self, _: &Grant<ServerKeep>, after: u64) -> Result<RenewalRequest, RenewalRefused> {
        // While another change of keys is under way, the key that waits is the one in force.
        let _turn = self.inner.turn().await?;
        let (keys, now) = (&self.inner.keys, self.now());
        let key = keys.successor(&self.inner.ambient)?.verifying_key().to_bytes();
        let statement = keys.statement.load();
        Ok(RenewalRequest::of_successor(&statement.key, &statement.signed, statement.logged.max(after), key, now))
    }

    /// Puts the root's new word in force, into the `keys` folder, and into the log. Another key is one of the acts that need two
    /// people where any does.
    pub async fn renew_directory_key(
        &self,
        grant: &Grant<ServerKeep>,
        signed: &[u8],
    ) -> Result<Renewed, RenewalRefused> {
        let keys = &self.inner.keys;
        let mut change = self.inner.change().await?;
        let before = keys.statement.load_full();
        let waiting = keys.waiting()?;
        let waits = waiting.as_ref().map(|key| key.verifying_key().to_bytes());
        let key = directory_key::renewed(signed, &before.key, waits, before.logged, &keys.root, change.now)?;
        let mut after = Statement { key: key.clone(), signed: signed.to_vec(), ..(*before).clone() };
        if let Some(signer) = waiting.filter(|_| key.key != before.key.key) {
            change = self.gate(change, grant, Act::RotateDirectoryKey(signed.to_vec().into())).await?;
            keys.keep_former(&mut after)?;
            after.signer = signer;
        }
        // The file is the change: from here on nothing goes back, and what is signed is signed with the key that it is about. Devices that
        // ask are shown it at once. Wherever this ends, a heartbeat or the next start puts into the log what the file says.
        keys.put_statement(signed)?;
        keys.statement.store(Arc::new(after.clone()));
        let noted = async {
            note(&mut change, &key, Some(&before.key.key), grant.actor()).await?;
            change.commit(0..0).await
        };
        noted.await.map_err(RenewalRefused::Begun)?;
        keys.statement.store(Arc::new(Statement { logged: key.serial, ..after }));
        if key.key == before.key.key {
            return Ok(Renewed::Time(key));
        }
        if let Err(fault) = keys.settle_successor() {
            tracing::warn!(%fault, "the directory key that was replaced still lies in the keys folder; the next start removes it");
        }
        Ok(Renewed::Key(key))
    }

    /// Ends a change of statements that was cut off.
    pub(super) async fn keep_statement_logged(&self) -> Result<(), ServiceError> {
        let statement = self.inner.keys.statement.load();
        if statement.logged < statement.key.serial { log_statement(&self.inner).await } else { Ok(()) }
    }

    /// Puts another directory key in force, for the second person who agreed to it.
    pub(super) async fn rotate_directory_key(
        &self,
        grant: &Grant<ServerKeep>,
        signed: &[u8],
    ) -> Result<(), ServiceError> {
        self.renew_directory_key(grant, signed).await.map(drop).map_err(|refused| match refused {
            RenewalRefused::Document(_) => Clash::Stale.into(),
            RenewalRefused::Keys(fault) => {
                tracing::error!(%fault, "the keys folder cannot be written; nothing was changed");
                Outage::Disk.into()
            }
            RenewalRefused::Service(error) | RenewalRefused::Begun(error) => error,
        })
    }
}

/// Leaf and entry of a statement; `before` is the key that was in force.
pub(super) async fn note(
    change: &mut Change<'_>,
    key: &DirectoryKey,
    before: Option<&[u8; 32]>,
    actor: &Party,
) -> Result<(), ServiceError> {
    let serial = key.serial;
    change.leaf(&Leaf::DirectoryKeySet { serial, key: key.key }).await?;
    let event = match before {
        Some(before) if *before != key.key => AuditEvent::DirectoryKeyRotated { serial },
        Some(_) | None => AuditEvent::DirectoryKeySet { serial },
    };
    Ok(change.audit(event, None, actor).await?)
}

/// The log says what the `keys` folder says: after the founding, and after a renewal that ended half way.
pub(super) async fn log_statement(inner: &Arc<Inner>) -> Result<(), ServiceError> {
    let statement = inner.keys.statement.load_full();
    let mut change = inner.change().await?;
    let newest = newest(&mut change.tx).await?;
    let logged = newest.map_or(0, |(serial, _)| serial);
    if statement.key.serial > logged {
        note(&mut change, &statement.key, newest.as_ref().map(|(_, key)| key), &Party::Server).await?;
        change.commit(0..0).await?;
    }
    inner.keys.settle().map_err(|_| Outage::Disk)?;
    let logged = logged.max(statement.key.serial);
    inner.keys.statement.store(Arc::new(Statement { logged, ..statement.as_ref().clone() }));
    Ok(())
}

/// The newest serial that the log names, and its key.
async fn newest(tx: &mut storage::Tx) -> Result<Option<(u64, [u8; 32])>, ServiceError> {
    let newest = storage::log::newest_of_kind(tx, Leaf::DIRECTORY_KEY_SET).await?;
    Ok(newest.and_then(|leaf| match Leaf::from_bytes(&leaf) {
        Ok(Leaf::DirectoryKeySet { serial, key }) => Some((serial, key)),
        Ok(_) | Err(_) => None,
    }))
}

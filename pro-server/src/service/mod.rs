//! The use cases. [`Services`] is the one door to everything that the server keeps: it owns the transactions, and whatever a
//! use case changes comes with its log leaves and audit entries, or not at all. It must never learn about communications.

pub mod administrators;
pub mod approvals;
mod asker;
pub mod audit;
pub mod backup;
pub mod cards;
mod change;
mod compaction;
pub mod cosigners;
pub mod devices;
mod directory;
pub mod directory_key;
pub mod enrollment;
pub mod erasure;
pub mod error;
pub mod handover;
mod identity_reset;
pub mod import;
pub mod integrations;
pub mod keys;
pub mod log;
pub mod log_reset;
pub mod news;
mod open;
pub mod people;
pub mod people_list;
pub mod people_pages;
pub mod personal;
pub mod policy;
pub mod provisioning;
pub mod published;
pub mod pushed;
pub mod runs;
mod seal;
pub mod sign_in;
pub mod sinks;
pub mod sources;
mod standing;
pub mod store;
pub mod sync;
#[cfg(test)]
mod tests;
mod trees;
mod updates;
pub mod witness;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::keys::VerifyingKey;
use protocol::organization::{DirectoryKeys, OrganizationDocument, TlsKeys};
use protocol::time::Timestamp;
use protocol::tlog::VerifiedReset;
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;

use crate::clock::Ambient;
use crate::config::IdentityConfig;
use crate::config::directory::DirectoryConfig;
use crate::domain::erasure::TombKey;
use crate::domain::unguessable::Unguessable;
use crate::identity::password::PasswordCheck;
use crate::storage::{Location, Storage};

pub use asker::Asker;
pub use error::{Clash, Denial, Fault, Outage, ServiceError, Thing};
pub use keys::KeysFault;
pub use news::Bulletin;
pub use open::OpenError;
pub use published::{DeviceStanding, Published, Why};

use administrators::Desk;
use asker::Askers;
use cosigners::Cosigners;
use enrollment::Tickets;
use integrations::Pushes;
use keys::Keys;
use people_pages::IndexKept;
use sign_in::SignIns;
use sinks::Fares;
use sources::Sources;
use trees::Trees;
use updates::Updates;
use witness::Witness;

/// The directory's TLS key list is signed for this long; it is signed again whenever it is asked for.
const TLS_KEYS_LIFETIME_MS: u64 = 7 * protocol::time::DAY_MS;

/// What the services need to know.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// The data folder; it exists and only the server's user can enter it.
    pub data: PathBuf,
    pub database: Location,
    pub directory: DirectoryConfig,
    pub identity: IdentityConfig,
}

/// The transparency log that is written.
struct CurrentLog {
    origin: String,
    /// The root's word for it, unless it is the organization's first one.
    reset: Option<VerifiedReset>,
}

/// Every use case of the server; a cheap clone.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
    asker: Option<Asker>,
}

struct Inner {
    /// Entropy for what is persisted.
    ambient: Ambient,
    storage: Storage,
    /// Where the database would be if none were configured; one that is there and not in use was left behind by a move.
    own_database: Location,
    keys: Keys,
    /// The present log; another one begins when the log is reset.
    log: ArcSwap<CurrentLog>,
    audit_origin: String,
    /// How far the logs had gone when the server last ran.
    witness: Witness,
    sources: Sources,
    passwords: PasswordCheck,
    /// Networks that guess passwords of the directory.
    askers: Askers,
    /// Attempts with one-time codes.
    codes: Mutex<Unguessable>,
    tickets: Mutex<Tickets>,
    /// With identity providers.
    sign_ins: SignIns,
    people_index: Mutex<IndexKept>,
    /// Who took access from how many of late.
    losses: Mutex<crate::domain::approval::Losses>,
    /// One copy for a backup at a time.
    snapshots: Arc<tokio::sync::Mutex<()>>,
    /// One change at a time.
    trees: Arc<tokio::sync::Mutex<Trees>>,
    published: ArcSwap<Published>,
    /// Of the published list of people.
    updates: Updates,
    news: broadcast::Sender<Arc<Bulletin>>,
    /// What is recorded when its cause has been answered already.
    notes: TaskTracker,
    /// Of the administrators.
    desk: Desk,
    /// What marks whom no source may bring back.
    tombs: TombKey,
    /// Of the providers that push people.
    pushes: Pushes,
    /// One search through all of what they pushed at a time.
    searches: tokio::sync::Mutex<()>,
    /// Entries of the audit, for whoever waits for the next.
    audit_size: tokio::sync::watch::Sender<u64>,
    /// How the destinations of the audit fare.
    sinks: Mutex<Fares>,
    /// What the witnesses of the audit said last.
    cosigners: Mutex<Cosigners>,
    /// When the audit was checked last, and whether it was intact.
    checked: Mutex<Option<(Timestamp, bool)>>,
}

impl Services {
    /// The organization's name in every enrollment link.
    pub fn fingerprint(&self) -> OrganizationFingerprint {
        self.inner.keys.fingerprint
    }

    /// The key that countersigns certificates and signs checkpoints.
    pub fn directory_key(&self) -> VerifyingKey {
        self.inner.keys.directory().verifying_key()
    }

    /// That key, and those in whose place it came: what they signed counts as far as the log names it.
    pub fn directory_keys(&self) -> DirectoryKeys {
        self.inner.keys.directory_keys()
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.inner.ambient.now()
    }

    /// What is shown at this moment.
    pub fn published(&self) -> Arc<Published> {
        self.inner.published.load_full()
    }

    /// Every change and heartbeat from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Bulletin>> {
        self.inner.news.subscribe()
    }

    /// The document of `GET /v1/organization`, for TLS keys with these SHA-256 of their SubjectPublicKeyInfo.
    pub fn organization_document(&self, tls_keys: &[Hash32]) -> OrganizationDocument {
        let keys = &self.inner.keys;
        let not_after = self.inner.ambient.now().plus_ms(TLS_KEYS_LIFETIME_MS);
        let tls_keys = TlsKeys { spki_sha256: tls_keys.to_vec(), not_after };
        let log = self.inner.log.load();
        let by = keys.statement.load();
        OrganizationDocument::new(&keys.root, by.signed.clone(), &tls_keys, &by.signer, log.reset.as_ref())
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        match self.inner.storage.read().await {
            Ok(mut tx) => crate::storage::organization::fingerprint(&mut tx).await.is_ok_and(|found| found.is_some()),
            Err(_) => false,
        }
    }

    /// Waits for what is being recorded and for the change under way, and closes the database. Nothing works afterwards.
    pub async fn close(&self) {
        self.inner.notes.close();
        self.inner.notes.wait().await;
        let _turn = self.inner.trees.lock().await;
        self.inner.storage.close().await;
    }
}

//! Opening the server's state: keys, schema, and on the very first start the organization itself. It must never show a state that
//! does not hash to its own checkpoints, nor found an organization a second time on the same keys.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use protocol::audit::{AuditEvent, Party};
use protocol::directory::commitment;
use protocol::ids::{Hash32, OrganizationFingerprint};
use protocol::organization::log_origin;
use protocol::policy::{PolicyDocument, Rules};
use protocol::signed::{self, Unverified};
use protocol::time::Timestamp;
use protocol::tlog::{Checkpoint, MerkleTree, SignedCheckpoint, VerifiedReset};
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;

use crate::backup::manifest::DATABASE;
use crate::clock::Ambient;
use crate::config::IdentityConfig;
use crate::config::identity::OidcConfig;
use crate::domain::people::People;
use crate::domain::policy::{Layers, Settings};
use crate::domain::roll::Roll;
use crate::domain::throttle::Rate;
use crate::domain::unguessable::Unguessable;
use crate::identity::oidc::Provider;
use crate::identity::password::{PASSWORD_RATE_EACH_NETWORK, PasswordCheck};
use crate::storage::log::Tree;
use crate::storage::{self, Location, Storage, StorageError, Tx};

use super::administrators::Desk;
use super::asker::Askers;
use super::enrollment::Tickets;
use super::integrations::Pushes;
use super::keys::{self, Keys, KeysFault};
use super::news::BULLETINS_MAX;
use super::published::Published;
use super::seal::Seal;
use super::sign_in::SignIns;
use super::sources::Sources;
use super::trees::{BadLog, Trees};
use super::updates::Updates;
use super::witness::Witness;
use super::{CurrentLog, Inner, ServiceConfig, ServiceError, Services, directory, directory_key};

/// Attempts with wrong codes, all together: a code has 128 bits, this is only so that nobody keeps the database busy.
const CODE_RATE: Rate = Rate { burst: 500, refill_ms: 20 };

/// Why the server cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Keys(#[from] KeysFault),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The stored state is not the one that was signed.
    #[error("{0} does not match its signature; restore a backup, and keep the damaged state for examination")]
    Integrity(Part),
    #[error("identity provider {name}: ca_file, or the system, has no usable root certificate")]
    ProviderRoots { name: String },
}

/// A part of the stored state that is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    DirectoryLog,
    AuditLog,
    Policy,
    People,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::DirectoryLog => "the directory log",
            Self::AuditLog => "the audit log",
            Self::Policy => "the policy",
            Self::People => "the list of people",
        })
    }
}

impl OpenError {
    /// The same when it comes to light while the server serves.
    pub(super) fn while_serving(self) -> ServiceError {
        match self {
            Self::Storage(error) => error.into(),
            Self::Service(error) => error,
            Self::Keys(_) | Self::Integrity(_) | Self::ProviderRoots { .. } => {
                StorageError::Corrupt { table: "checkpoint", column: "note" }.into()
            }
        }
    }
}

impl From<BadLog> for OpenError {
    fn from(bad: BadLog) -> Self {
        match bad {
            BadLog::Storage(error) => Self::Storage(error),
            BadLog::Leaf => Self::Integrity(Part::DirectoryLog),
        }
    }
}

impl Services {
    /// Opens the state in the data folder; the first start makes a new organization. A database that was put back can be looked at,
    /// and nothing can be written but the reset of its log.
    pub async fn open(config: ServiceConfig, ambient: &Ambient) -> Result<Self, OpenError> {
        let persisted = ambient.stream("persisted");
        if let Location::Sqlite(file) = &config.database
            && keys::is_founded(&config.data)?
            && !file.try_exists().map_err(KeysFault::from)?
        {
            // Before an empty one is made there.
            return Err(KeysFault::WithoutDatabase.into());
        }
        let storage = Storage::open(&config.database, persisted.now()).await?;
        let mut tx = storage.begin().await?;
        let founded = storage::organization::fingerprint(&mut tx).await?;
        let keys = keys_of(&config, founded, &persisted)?;
        let links = storage::administrator::waiting_links(&mut tx).await?;
        let seal = Seal::open(&config.data, &persisted)?;
        let tombs = seal.tombs();
        let desk = Desk::new(seal, links, tx.tenure(), ambient);
        let codes = storage::code::hashes(&mut tx).await?;
        let salts = ["code throttle", "code uses"].map(|purpose| ambient.stream(purpose).bytes());
        let (trees, log, published) = match founded {
            Some(_) => load(&mut tx, &keys).await?,
            None => empty(&mut tx, &keys).await?,
        };
        let standing = storage::integration::standing(&mut tx).await?;
        let pushes = Pushes::new(standing, config.directory.scim.limits, ambient);
        let sources = Sources::open(&mut tx, config.directory).await?;
        tx.commit().await?;

        let providers = providers(config.identity, ambient)?;
        let witness = Witness::ask(&config.data, keys.fingerprint, &log.origin, &trees);
        let is_put_back = witness.beyond().is_some();
        let inner = Arc::new(Inner {
            passwords: PasswordCheck::new(sources.directories(), ambient),
            askers: Askers::new(PASSWORD_RATE_EACH_NETWORK, ambient.stream("password networks").bytes()),
            codes: Mutex::new(Unguessable::new(codes.into_iter().collect(), CODE_RATE, salts)),
            tickets: Mutex::new(Tickets::new(ambient.stream("tickets"))),
            sign_ins: SignIns::new(providers, ambient),
            people_index: Mutex::default(),
            losses: Mutex::default(),
            ambient: persisted,
            storage,
            own_database: Location::Sqlite(config.data.join(DATABASE)),
            audit_origin: crate::domain::audit::origin(keys.fingerprint),
            witness,
            keys,
            log: ArcSwap::from_pointee(log),
            sources,
            snapshots: Arc::default(),
            audit_size: tokio::sync::watch::Sender::new(trees.audit.size()),
            trees: Arc::new(tokio::sync::Mutex::new(trees)),
            published: ArcSwap::from_pointee(published),
            updates: Updates::default(),
            news: broadcast::Sender::new(BULLETINS_MAX),
            notes: TaskTracker::new(),
            desk,
            tombs,
            pushes,
            searches: tokio::sync::Mutex::default(),
            sinks: Mutex::default(),
            cosigners: Mutex::default(),
            checked: Mutex::default(),
        });
        match founded {
            None => found(&inner).await?,
            Some(_) if is_put_back => return Ok(Self { inner, asker: None }),
            Some(_) => publish_unpublished(&inner).await?,
        }
        directory_key::log_statement(&inner).await?;
        keys::note_founded(&config.data, inner.keys.fingerprint)?;
        Ok(Self { inner, asker: None })
    }
}

impl Inner {
    /// What is kept in memory beside the logs, anew: who may sign in and push is as another server may have left it.
    pub(super) async fn recall(&self, tx: &mut Tx) -> Result<(), StorageError> {
        self.pushes.reload(storage::integration::standing(tx).await?);
        let codes = storage::code::hashes(tx).await?.into_iter().collect();
        self.codes.lock().unwrap_or_else(PoisonError::into_inner).replace(codes);
        self.desk.reload(storage::administrator::waiting_links(tx).await?, tx.tenure());
        Ok(())
    }
}

fn providers(config: IdentityConfig, ambient: &Ambient) -> Result<Vec<Arc<Provider>>, OpenError> {
    let provider = |config: OidcConfig| {
        let name = config.name.clone();
        Provider::new(config, ambient).map(Arc::new).map_err(|_| OpenError::ProviderRoots { name })
    };
    config.oidc.into_iter().map(provider).collect()
}

/// The log that is written: the first one, or the one that the newest reset began.
async fn current_log(tx: &mut Tx, keys: &Keys) -> Result<CurrentLog, OpenError> {
    let Some(document) = storage::log::newest_reset(tx).await? else {
        return Ok(CurrentLog { origin: log_origin(keys.fingerprint, 0), reset: None });
    };
    let reset = Unverified::<VerifiedReset>::from_bytes(document).verify(keys.fingerprint, &keys.root);
    let reset = reset.map_err(|_| OpenError::Integrity(Part::DirectoryLog))?;
    Ok(CurrentLog { origin: reset.document().new_origin.clone(), reset: Some(reset) })
}

/// The keys of the organization that the database is for, made when neither exists.
fn keys_of(
    config: &ServiceConfig,
    founded: Option<OrganizationFingerprint>,
    ambient: &Ambient,
) -> Result<Keys, KeysFault> {
    match (Keys::load(&config.data)?, founded) {
        (Some(keys), Some(fingerprint)) if fingerprint != keys.fingerprint => Err(KeysFault::OtherOrganization),
        // A second log under the same keys would be a fork to every device.
        (Some(_), None) if keys::is_founded(&config.data)? => Err(KeysFault::WithoutDatabase),
        (Some(keys), _) => Ok(keys),
        (None, Some(_)) => Err(KeysFault::Missing),
        // Another organization would begin, with its root key here.
        (None, None) if keys::waiting_first(&config.data)?.is_some() => Err(KeysFault::RootAwaited),
        (None, None) => {
            Keys::create(&config.data, ambient)?;
            Keys::load(&config.data)?.ok_or(KeysFault::Missing)
        }
    }
}

/// What there is before the first commit.
async fn empty(tx: &mut Tx, keys: &Keys) -> Result<(Trees, CurrentLog, Published), OpenError> {
    let log = CurrentLog { origin: log_origin(keys.fingerprint, 0), reset: None };
    let root = MerkleTree::new().root();
    let checkpoint = Checkpoint { origin: log.origin.clone(), size: 0, root, time: Timestamp::ZERO };
    let published = Published {
        checkpoint: checkpoint.sign(&keys.directory()).map_err(|_| OpenError::Integrity(Part::DirectoryLog))?,
        policy: unpublished(),
        policy_bytes: Arc::new([]),
        layers: Arc::default(),
        roll: Roll::default(),
        people: Arc::new(People::unpublished(0)),
        devices: Arc::default(),
        devices_until: 1,
    };
    Ok((Trees::load(tx, keys.fingerprint).await?, log, published))
}

/// Before the first policy.
fn unpublished() -> PolicyDocument {
    PolicyDocument::new(0, Timestamp::ZERO, Rules::default(), None)
}

/// Founds the organization: its first keys, policy and (empty) directory, in the log and the audit.
async fn found(inner: &Arc<Inner>) -> Result<(), ServiceError> {
    let mut change = inner.change().await?;
    let (now, server) = (change.now, Party::Server);
    storage::organization::found(&mut change.tx, inner.keys.fingerprint, now).await?;
    change.audit(AuditEvent::OrganizationCreated, None, &server).await?;

    let statement = inner.keys.statement.load_full();
    directory_key::note(&mut change, &statement.key, None, &server).await?;

    super::policy::put(&mut change, &unpublished(), &Settings::default(), super::policy::Saying::New, &server).await?;
    change.commit(0..0).await?;
    Ok(())
}

/// After an upgrade from a program that published the directory in another form.
async fn publish_unpublished(inner: &Arc<Inner>) -> Result<(), ServiceError> {
    if inner.published.load().people.is_published() {
        return Ok(());
    }
    let mut change = inner.change().await?;
    for member in change.roll().iter() {
        change.touch(member.id);
    }
    change.commit(0..0).await?;
    Ok(())
}

/// The trees, the log that is written and what is shown, checked against their signatures and against what the log says.
pub(super) async fn load(tx: &mut Tx, keys: &Keys) -> Result<(Trees, CurrentLog, Published), OpenError> {
    let log = current_log(tx, keys).await?;
    let trees = Trees::load(tx, keys.fingerprint).await?;
    if trees.facts.reset() != log.reset.as_ref().map(VerifiedReset::hash) {
        return Err(OpenError::Integrity(Part::DirectoryLog));
    }
    let published = published(tx, keys, &trees, &log.origin).await?;
    let policy = (published.policy.version, Hash32::sha256(&published.policy_bytes));
    if trees.facts.policy() != Some(policy) {
        return Err(OpenError::Integrity(Part::Policy));
    }
    Ok((trees, log, published))
}

async fn published(tx: &mut Tx, keys: &Keys, trees: &Trees, log_origin: &str) -> Result<Published, OpenError> {
    let audit_origin = crate::domain::audit::origin(keys.fingerprint);
    let checkpoint = check(tx, keys, &trees.log, Tree::Directory, log_origin)
        .await?
        .ok_or(OpenError::Integrity(Part::DirectoryLog))?;
    check(tx, keys, &trees.audit, Tree::Audit, &audit_origin).await?.ok_or(OpenError::Integrity(Part::AuditLog))?;

    let damaged = OpenError::Integrity(Part::Policy);
    let (version, policy_bytes) = storage::policy::newest(tx).await?.ok_or(damaged.clone())?;
    let policy = Unverified::<PolicyDocument>::from_bytes(policy_bytes.clone());
    let policy = keys.directory_keys().any(|key| policy.verify(key)).map_err(|_| damaged.clone())?;
    let layers = match storage::policy::layers(tx, version).await? {
        Some(kept) => Layers::from_bytes(&kept).ok_or(damaged.clone())?,
        None => Layers::default(),
    };
    if layers.root() != policy.layers {
        return Err(damaged);
    }
    let list = storage::organization::published_list(tx).await?;
    let people = match list.salt {
        Some(salt) => {
            let people = People::new(list.version, list.issued, salt, trees.roll.iter());
            let said = (list.version, commitment(&salt, list.version, people.digest()));
            if trees.facts.directory() != Some(said) {
                return Err(OpenError::Integrity(Part::People));
            }
            people
        }
        // Before there were commitments: nothing of it can be shown, and `open` publishes the next version.
        None => People::unpublished(list.version),
    };
    let devices = directory::devices(tx, &trees.roll).await?;
    Ok(Published {
        checkpoint,
        policy,
        policy_bytes: policy_bytes.into(),
        layers: Arc::new(layers),
        roll: trees.roll.clone(),
        people: Arc::new(people),
        devices: Arc::new(devices.into_iter().collect()),
        devices_until: storage::device::next_sequence(tx).await?,
    })
}

/// The newest stored checkpoint of a tree, if it is signed and is the tree.
pub(super) async fn check(
    tx: &mut Tx,
    keys: &Keys,
    tree: &MerkleTree,
    which: Tree,
    origin: &str,
) -> Result<Option<SignedCheckpoint>, StorageError> {
    let Some((size, note)) = storage::log::newest_checkpoint(tx, which).await? else { return Ok(None) };
    let note = Unverified::<SignedCheckpoint>::from_bytes(note.into_bytes());
    let signed = keys.directory_keys().any(|key| note.verify(origin, key)).ok();
    Ok(signed.filter(|signed| {
        let said = signed.checkpoint();
        said.size == size && said.size == tree.size() && said.root == tree.root()
    }))
}

/// Signs a policy document; beside `found` also for later versions.
pub(super) fn sign_policy(document: &PolicyDocument, keys: &Keys) -> (Vec<u8>, Hash32) {
    let bytes = signed::sign(document, &keys.directory());
    let hash = Hash32::sha256(&bytes);
    (bytes, hash)
}

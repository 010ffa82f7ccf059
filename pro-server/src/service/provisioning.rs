//! People and groups as providers push them (RFC 7644): each request is one change, through the same machine as every other source's.
//! It must never believe a provider that suddenly takes everybody's access away, nor touch a lock that an administrator set.

mod groups;
mod people;
mod search;

use protocol::audit::{AuditEvent, Party, Source as Reader};
use protocol::ids::MemberId;
use protocol::secret::Personal;
use protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::domain::access::{Grant, PeoplePush};
use crate::domain::member::{Listing, Member};
use crate::domain::push::{self, LOSS_WINDOW_MS, Losses, PushBrake};
use crate::domain::scim::filter::Filter;
use crate::domain::scim::projection::Projection;
use crate::domain::scim::schema::ResourceType;
use crate::domain::scim::{Attributes, Refused, moment, version};
use crate::storage::{self, StorageError, Tx};

use super::ServiceError;
use super::change::Change;
use super::integrations::lock;

/// Why a push is not done. Nothing was changed, or access alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The person was to lose access, and has: that never waits for what else a provider wants.
    #[error("{0}; the person's access was taken all the same, and nothing else was changed")]
    WithoutAccess(Refused),
    #[error(transparent)]
    Braked(#[from] PushBrake),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StorageError> for PushError {
    fn from(error: StorageError) -> Self {
        Self::Service(error.into())
    }
}

/// A resource as shown, with its ETag.
#[derive(Debug, Clone)]
pub struct Shown {
    pub id: String,
    pub version: String,
    pub resource: Personal<Attributes>,
}

/// A page that was asked for.
#[derive(Debug, Clone)]
pub struct Search {
    pub filter: Option<Filter>,
    /// Counted from 1.
    pub first: u64,
    pub count: u64,
    pub projection: Projection,
}

/// A page.
#[derive(Debug, Clone)]
pub struct Found {
    pub total: u64,
    pub resources: Vec<Shown>,
}

/// What a change may be made to: any version, or only one that a provider has seen.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'a> {
    Any,
    /// The value of `If-Match`.
    Seen(&'a str),
}

impl Expected<'_> {
    fn check(self, shown: &Shown) -> Result<(), Refused> {
        match self {
            Expected::Seen(header) if !version::names(header, &shown.version) => Err(Refused::Changed),
            Expected::Seen(_) | Expected::Any => Ok(()),
        }
    }
}

/// Puts together what is shown. `base` is the address of `/scim/v2`.
fn shown(
    kind: &'static ResourceType,
    base: &str,
    id: &str,
    times: (Timestamp, Timestamp),
    mut resource: Attributes,
) -> Shown {
    let extensions = kind.extensions.iter().map(|schema| schema.urn).filter(|urn| resource.contains_key(*urn));
    let schemas: Vec<&str> = std::iter::once(kind.schema.urn).chain(extensions).collect();
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), id.into());
    let version = version::of(&resource, times.1);
    let meta = json!({
        "resourceType": kind.name,
        "created": moment::written(times.0),
        "lastModified": moment::written(times.1),
        "location": format!("{base}{}/{id}", kind.endpoint),
        "version": version,
    });
    resource.insert("meta".to_owned(), meta);
    Shown { id: id.to_owned(), version, resource: Personal::new(resource) }
}

impl Shown {
    /// Cut to what was asked for.
    pub fn projected(self, kind: &'static ResourceType, projection: &Projection) -> Self {
        let resource = Personal::new(projection.of(kind, self.resource.into_exposed()));
        Self { resource, ..self }
    }

    /// As JSON.
    pub fn into_json(self) -> Value {
        Value::Object(self.resource.into_exposed())
    }
}

fn stored(resource: &Personal<String>, table: &'static str) -> Result<Attributes, StorageError> {
    serde_json::from_str(resource.expose()).map_err(|_| StorageError::Corrupt { table, column: "resource" })
}

fn written(resource: &Attributes) -> String {
    serde_json::to_string(resource).unwrap_or_default()
}

/// One person's row.
async fn member(tx: &mut Tx, id: MemberId) -> Result<Member, PushError> {
    Ok(storage::member::find(tx, id).await?.ok_or(Refused::Missing)?)
}

/// Before somebody loses their devices: whether today's providers may still take any.
async fn brake(change: &mut Change<'_>, member: &Member, after: Listing) -> Result<(), PushError> {
    let devices = storage::device::brief_of(&mut change.tx, member.id).await?;
    let devices = devices.iter().filter(|device| device.revoked.is_none()).count();
    if !push::loses(member, devices, after) {
        return Ok(());
    }
    let (now, since) = (change.now, change.now.minus_ms(LOSS_WINDOW_MS));
    let losses = Losses {
        lost: storage::scim::losses::count(&mut change.tx, since).await?,
        oldest: storage::scim::losses::oldest(&mut change.tx, since).await?,
        with_devices: storage::scim::people::with_devices(&mut change.tx, since).await?,
    };
    push::brake(losses, change.inner.pushes.limits, now)?;
    storage::scim::losses::note(&mut change.tx, member.id, now, since).await?;
    Ok(())
}

impl super::Services {
    /// Begins what a provider wants changed. Its token may have been revoked since the request began; that took a turn, as this
    /// does, so no change comes after it.
    async fn push(&self, grant: &Grant<PeoplePush>) -> Result<Change<'_>, PushError> {
        let change = self.inner.change().await?;
        self.inner.pushes.check(grant.actor(), change.now).map_err(ServiceError::from)?;
        Ok(change)
    }

    /// Ends a push. What the brake refuses is recorded once a day, however often a provider tries again; whether it could be
    /// recorded or not, the provider waits.
    async fn settled<T>(&self, outcome: Result<T, PushError>, actor: &Party) -> Result<T, PushError> {
        if let Err(PushError::Braked(brake)) = &outcome {
            lock(&self.inner.pushes.braked).last = Some((self.inner.ambient.now(), *brake));
            if let Err(error) = self.record(*brake, actor).await {
                tracing::error!(code = error.code(), "a refusal by the brake could not be recorded: {error}");
            }
        }
        outcome
    }

    async fn record(&self, brake: PushBrake, actor: &Party) -> Result<(), ServiceError> {
        let is_known = |now: Timestamp| {
            lock(&self.inner.pushes.braked).recorded.is_some_and(|at| at > now.minus_ms(LOSS_WINDOW_MS))
        };
        if is_known(self.inner.ambient.now()) {
            return Ok(());
        }
        let mut change = self.inner.change().await?;
        let now = change.now;
        if is_known(now) {
            return Ok(());
        }
        let (source, would_suspend, allowed) = (Reader::Scim, brake.would_lose, brake.allowed);
        change.audit(AuditEvent::DirectoryRunRefused { source, would_suspend, allowed }, None, actor).await?;
        change.commit(0..0).await?;
        lock(&self.inner.pushes.braked).recorded = Some(now);
        Ok(())
    }
}

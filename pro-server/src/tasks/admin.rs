//! Answers `pro-server` commands over the administration socket. Each caller is one connection with one request; what it may
//! do follows from its user. Rows go out as they are made; a caller that does not read is dropped.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use protocol::ids::DeviceId;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::bulletins::Announced;
use crate::administration::{CodeRow, REQUEST_BYTES_MAX, Refusal, Reply, Request, Row, SERVING, SnapshotRow, StateRow};
use crate::config::{PublicUrl, Sources};
use crate::domain::access::{Grant, LocalAdministrator, Permission};
use crate::service::backup::BackupFault;
use crate::service::enrollment::NewCode;
use crate::service::people_list::Filter;
use crate::service::{Clash, Denial, Fault, ServiceError, Services};
use crate::unix::AdminListener;

/// Commands at one time.
const CALLERS_MAX: usize = 16;
/// For the request to come.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// For one reply line to be taken.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);
/// For a backup to be sealed and written, however slow the disk is.
const SEALING_TIMEOUT: Duration = Duration::from_secs(6 * 60 * 60);
/// People who are read at one time.
const PEOPLE_ROWS: u32 = 1_000;
/// Lines of detail in a refusal.
const DETAILS_MAX: usize = 20;

/// What commands need.
#[derive(Clone)]
pub struct Administration {
    pub services: Services,
    pub announced: Announced,
    pub url: PublicUrl,
    pub data: PathBuf,
    pub sources: Sources,
}

/// Serves callers until cancelled.
pub async fn serve(listener: Arc<AdminListener>, administration: Administration, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CALLERS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { return };
        let Ok((stream, peer)) = accepted else { continue };
        let Ok(administrator) = LocalAdministrator::of_peer(peer.uid, peer.server_uid) else { continue };
        let administration = administration.clone();
        tokio::spawn(async move {
            // The caller went away: nobody is left to be told.
            let _ = administration.answer(stream, administrator).await;
            drop(place);
        });
    }
}

/// A refusal, or the caller went away.
pub(super) enum Stopped {
    Refused(Refusal),
    Gone,
}

impl From<ServiceError> for Stopped {
    fn from(error: ServiceError) -> Self {
        Stopped::Refused(refusal(&error))
    }
}

impl From<std::io::Error> for Stopped {
    fn from(_: std::io::Error) -> Self {
        Stopped::Gone
    }
}

/// One connection.
pub(super) struct Caller {
    stream: BufReader<UnixStream>,
    administrator: LocalAdministrator,
}

impl Caller {
    /// The permission that the use case asks for.
    pub(super) fn grant<P: Permission>(&self) -> Grant<P> {
        self.administrator.grant()
    }

    /// Who asks.
    pub(super) fn person(&self) -> LocalAdministrator {
        self.administrator
    }

    async fn request(&mut self) -> Result<Request, Stopped> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stream).take(REQUEST_BYTES_MAX as u64);
        let read = bounded.read_until(b'\n', &mut line);
        tokio::time::timeout(REQUEST_TIMEOUT, read).await.map_err(|_| Stopped::Gone)??;
        serde_json::from_slice(&line).map_err(|_| Stopped::Refused(Refusal::new("malformed", "")))
    }

    pub(super) async fn row(&mut self, row: Row) -> Result<(), Stopped> {
        self.reply(&Reply::Row(row)).await
    }

    pub(super) async fn state(
        &mut self,
        login: Option<String>,
        device_id: Option<DeviceId>,
        state: &str,
    ) -> Result<(), Stopped> {
        self.row(Row::State(StateRow { login, device_id, state: state.to_owned() })).await
    }

    /// Waits until the caller has gone away, which is what it does when it needs nothing more.
    async fn gone(&mut self) -> Result<(), Stopped> {
        let mut rest = [0; 1];
        let _ = tokio::time::timeout(SEALING_TIMEOUT, self.stream.read(&mut rest)).await;
        Err(Stopped::Gone)
    }

    async fn reply(&mut self, reply: &Reply) -> Result<(), Stopped> {
        let mut line = serde_json::to_vec(reply).map_err(|_| Stopped::Gone)?;
        line.push(b'\n');
        let written = tokio::time::timeout(REPLY_TIMEOUT, self.stream.get_mut().write_all(&line)).await;
        Ok(written.map_err(|_| Stopped::Gone)??)
    }
}

impl Administration {
    async fn answer(mut self, stream: UnixStream, administrator: LocalAdministrator) -> Result<(), Stopped> {
        let mut caller = Caller { stream: BufReader::new(stream), administrator };
        let last = match self.perform(&mut caller).await {
            Ok(()) => {
                // Whoever is suspended or revoked is out when the command ends.
                self.announced.all(&self.services).await;
                Reply::Done
            }
            Err(Stopped::Refused(refusal)) => Reply::Refused(refusal),
            Err(Stopped::Gone) => return Err(Stopped::Gone),
        };
        caller.reply(&last).await
    }

    async fn perform(&mut self, caller: &mut Caller) -> Result<(), Stopped> {
        let (services, who) = (self.services.clone(), caller.administrator);
        match caller.request().await? {
            Request::Health if services.is_ready().await => caller.state(None, None, SERVING).await,
            Request::Health => Err(Stopped::Refused(Refusal::new("database", ""))),
            Request::Sync { mode, source } => super::admin_sync::sync(caller, &services, mode, source.as_deref()).await,
            Request::SyncHistory { source } => super::admin_sync::history(caller, &services, source.as_deref()).await,
            Request::PeopleImport { csv, mode } => super::admin_sync::import(caller, &services, &csv, mode).await,
            Request::PeopleList => people(caller, &services).await,
            Request::PeopleSuspend { login } => {
                services.suspend_person(&who.grant(), login.as_str()).await?;
                caller.state(Some(login), None, "locked").await
            }
            Request::PeopleResume { login } => {
                services.resume_person(&who.grant(), login.as_str()).await?;
                caller.state(Some(login), None, "provisioned").await
            }
            Request::PeopleRemove { login } => {
                services.remove_person(&who.grant(), login.as_str()).await?;
                caller.state(Some(login), None, "removed").await
            }
            Request::PeopleUnlink { login } => {
                services.unlink_person(&who.grant(), login.as_str()).await?;
                caller.state(Some(login), None, "unlinked").await
            }
            Request::PeopleExport { login } => super::admin_audit::export_person(caller, &services, &login).await,
            Request::Erase { whom } => super::admin_audit::erase(caller, &services, &whom).await,
            Request::DeviceList { login } => devices(caller, &services, login.as_deref()).await,
            Request::DeviceRevoke { device } => {
                services.revoke_device(&who.grant(), device, None).await?;
                caller.state(None, Some(device), "revoked").await
            }
            Request::EnrollmentCodeCreate { login } => self.made_code(caller, &login).await,
            Request::Identity(order) => super::admin_identity::perform(caller, self, order).await,
            Request::Policy(order) => super::admin_policy::perform(caller, &services, order).await,
            Request::AuditList => super::admin_audit::list(caller, &services).await,
            Request::Handover => super::admin_audit::handover(caller, &services).await,
            Request::AuditSinks => super::admin_audit::sinks(caller, &services).await,
            Request::AuditExport => super::admin_audit::export(caller, &services).await,
            Request::AuditErase { login } => super::admin_audit::erase_party(caller, &services, login).await,
            Request::AuditVerify { against, witnesses } => {
                super::admin_audit::verify(caller, &services, against, &witnesses).await
            }
            Request::AuditWitnesses => super::admin_audit::witnesses(caller, &services).await,
            Request::AuditProve { entry, since } => super::admin_audit::prove(caller, &services, entry, since).await,
            Request::AuditCheckpoint => super::admin_audit::checkpoint(caller, &services).await,
            Request::Backup => self.backup(caller).await,
            Request::LogCheckpoint => caller.row(Row::Log(services.log_state().into())).await,
            Request::KeysRequest { after } => super::admin_keys::request(caller, &services, after).await,
            Request::KeysSuccessor { after } => super::admin_keys::successor(caller, &services, after).await,
            Request::KeysInstall { signed } => super::admin_keys::install(caller, self, &signed).await,
            Request::IntegrationList => super::admin_integrations::list(caller, &services).await,
            Request::IntegrationAdd { scope, name, days } => {
                let order = super::admin_integrations::Order { scope, name, days };
                super::admin_integrations::add(caller, self, order).await
            }
            Request::IntegrationRevoke { token } => super::admin_integrations::revoke(caller, &services, token).await,
            Request::IntegrationRelease => super::admin_integrations::release(caller, &services).await,
            Request::Approvals(order) => super::admin_approvals::perform(caller, self, order).await,
            Request::Administrator(order) => super::admin_accounts::perform(caller, self, order).await,
        }
    }

    /// The caller seals the copy; it is gone when the caller is.
    async fn backup(&self, caller: &mut Caller) -> Result<(), Stopped> {
        let taken = self.services.snapshot(&caller.grant(), &self.data, &self.sources).await;
        let snapshot = taken.map_err(|fault| {
            tracing::warn!("no backup could be taken: {fault}");
            match fault {
                BackupFault::Service(error) => error.into(),
                fault => Stopped::Refused(Refusal::new(fault.code(), fault.to_string())),
            }
        })?;
        caller.row(Row::Snapshot(SnapshotRow { folder: snapshot.folder.clone() })).await?;
        caller.gone().await
    }

    async fn made_code(&self, caller: &mut Caller, login: &str) -> Result<(), Stopped> {
        let code = self.services.create_code(&caller.grant(), login).await?;
        self.code(caller, code).await
    }

    pub(super) async fn code(&self, caller: &mut Caller, code: NewCode) -> Result<(), Stopped> {
        let link = self.url.enrollment_link(self.services.fingerprint(), code.code);
        let row = CodeRow {
            login: code.login.into_exposed(),
            link: link.expose().clone(),
            expires_ms: code.expires.as_millis(),
        };
        caller.row(Row::Code(row)).await
    }
}

async fn people(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let mut after = None;
    loop {
        let stretch = services.people_after(&caller.grant(), Filter::default(), after, PEOPLE_ROWS).await?;
        for person in stretch.found {
            caller.row(Row::Person(person.into())).await?;
        }
        after = stretch.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn devices(caller: &mut Caller, services: &Services, login: Option<&str>) -> Result<(), Stopped> {
    for device in services.devices(&caller.grant(), login).await? {
        caller.row(Row::Device(device.into())).await?;
    }
    Ok(())
}

/// What the administrator is told. The details name lines and keys, which are theirs.
pub fn refusal(error: &ServiceError) -> Refusal {
    let detail = match error {
        ServiceError::Conflict(Clash::Brake(brake)) => brake.to_string(),
        // What the command says is the number, to be decided on.
        ServiceError::Denied(Denial::Waits(number)) => number.to_string(),
        ServiceError::Invalid(Fault::Policy(bad)) => joined(bad.iter()),
        ServiceError::Invalid(Fault::Account(bad)) => joined(bad.iter()),
        ServiceError::Invalid(fault @ Fault::Csv(_)) if !fault.lines().is_empty() => joined(fault.lines().iter()),
        other => other.to_string(),
    };
    if let ServiceError::Internal(_) | ServiceError::BadLeaf(_) = error {
        tracing::error!(code = error.code(), "a command failed: {error}");
    }
    Refusal::new(error.code(), detail)
}

fn joined<T: std::fmt::Display>(problems: impl ExactSizeIterator<Item = T>) -> String {
    let more = problems.len().saturating_sub(DETAILS_MAX);
    let mut lines: Vec<String> = problems.take(DETAILS_MAX).map(|problem| problem.to_string()).collect();
    if more > 0 {
        lines.push(format!("+ {more}"));
    }
    lines.join("; ")
}

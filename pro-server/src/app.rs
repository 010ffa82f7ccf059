//! The order in which a server starts and stops. Everything here can run inside a test: `App::start`, then `Running::stop`.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actix_web::web;
use admin_console::Console;
use protocol::ids::OrganizationFingerprint;
use protocol::secret::Secret;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Ambient;
use crate::config::{Config, DirectoryConfig, IdentityConfig, PublicUrl, Sources};
use crate::console::{self, Desk, HeldFiles};
use crate::http::accept::{self, Front};
use crate::http::admission::Admission;
use crate::http::{State, metrics};
use crate::service::{KeysFault, OpenError, ServiceConfig, Services};
use crate::storage::{Location, StorageError, Unusable};
use crate::tasks::admin::Administration;
use crate::tasks::bulletins::Announced;
use crate::tasks::certificate::{Certificate, Permitted};
use crate::tasks::hub::{Hub, HubLoop};
use crate::tasks::{admin, bulletins, directory, erasure, heartbeat, key_notice, stun, supervise};
use crate::telemetry;
use crate::tls::{self, Identity, Shown};
use crate::unix::{self, AdminListener, FolderLock};
use folder::{open_folder, remove};
use sockets::{Sockets, reachable, transport};

mod folder;
mod sinks;
mod sockets;

const READY_FILE: &str = "ready.json";
/// Everything has to be over by then; what is not is left behind.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("another server runs on this data folder")]
    Taken,
    #[error("the data folder cannot be used: {0}")]
    Folder(io::ErrorKind),
    #[error("a restore into this data folder was interrupted")]
    RestoreUnfinished,
    #[error("the log has to be reset before this restored server may serve")]
    LogResetPending,
    #[error("the database of this organization is missing")]
    NoDatabase,
    #[error("the database belongs to another organization than the keys")]
    OtherKeys,
    #[error("the database is older than what this server has shown")]
    PutBack,
    #[error(transparent)]
    Store(#[from] Unusable),
    #[error("{address} cannot be used: {kind}")]
    Listen { address: SocketAddr, kind: io::ErrorKind },
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// The server.
pub struct App;

/// How one gets into the administration console.
#[derive(Debug, Clone)]
pub enum Door {
    /// Nobody is an administrator yet: whoever opens this link first becomes the first owner.
    FirstOwner(Secret<String>),
    SignIn(String),
}

impl Door {
    fn url(&self) -> &str {
        match self {
            Door::FirstOwner(link) => link.expose(),
            Door::SignIn(url) => url,
        }
    }
}

/// A server that serves.
pub struct Running {
    pub url: PublicUrl,
    pub fingerprint: OrganizationFingerprint,
    /// The public port as bound.
    pub address: SocketAddr,
    pub stun: Option<SocketAddr>,
    pub metrics: Option<SocketAddr>,
    pub console: Door,
    pub services: Services,
    hub: Hub,
    data: PathBuf,
    sources: Sources,
    /// No new connections, no new commands.
    front: CancellationToken,
    /// The loops behind.
    back: CancellationToken,
    reload: Arc<Notify>,
    tasks: Vec<JoinHandle<()>>,
    threads: Vec<thread::JoinHandle<()>>,
    _lock: FolderLock,
}

impl App {
    /// Starts everything; when this returns, the server serves and `ready.json` stands.
    pub async fn start(config: Config, ambient: Ambient) -> Result<Running, StartError> {
        let lock = open_folder(&config.data)?;
        let sockets = Sockets::bind(&config)?;
        let services = open_services(&config, &ambient).await?;
        let url = config.http.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(reachable(sockets.address)));
        let identity = match &config.tls {
            Some(files) => Identity::from_files(files),
            None => Identity::own(&config.data, &url.host, &ambient.stream("tls")),
        };
        let identity = identity.map_err(anyhow::Error::from)?;
        let (shown, permitted) = (Arc::new(Shown::new(&identity)), Permitted::new(&identity));
        let console = match services.first_owner().await.map_err(anyhow::Error::from)? {
            Some(made) => Door::FirstOwner(url.set_up_link(&made.token)),
            None => Door::SignIn(url.console()),
        };
        let (front, back) = (CancellationToken::new(), CancellationToken::new());
        let (hub, hub_loop) = Hub::new(&ambient);
        let mut running = Running {
            url,
            fingerprint: services.fingerprint(),
            address: sockets.address,
            stun: sockets.stun.as_ref().and_then(|socket| socket.local_addr().ok()),
            metrics: sockets.metrics.as_ref().and_then(|listener| listener.local_addr().ok()),
            console,
            services,
            hub,
            data: config.data.clone(),
            sources: config.sources.clone(),
            front,
            back,
            reload: Arc::default(),
            tasks: Vec::new(),
            threads: Vec::new(),
            _lock: lock,
        };
        running.start_hub(hub_loop);
        let certificate = config.tls.clone().map(|files| Certificate {
            files,
            shown: shown.clone(),
            permitted: permitted.clone(),
            reload: running.reload.clone(),
            services: running.services.clone(),
        });
        let announced = running.start_loops(certificate)?;
        running.start_sinks(&config);
        let state = State {
            services: running.services.clone(),
            hub: running.hub.clone(),
            permitted,
            console: running.console_over(announced.clone(), shown.clone(), ambient.clone()),
            url: running.url.clone(),
            announced,
            transport: transport(&config, &running.url),
            scim: format!("{}{}", running.url, crate::http::scim::PATH).into(),
            ambient,
            stop: running.front.clone(),
        };
        running.start_listeners(&config, sockets, shown, state)?;
        running.services.note_started().await.map_err(anyhow::Error::from)?;
        running.announce()?;
        tracing::info!("serving");
        Ok(running)
    }
}

impl Running {
    /// Presence cannot be started again: without its hub the server stops.
    fn start_hub(&mut self, hub_loop: HubLoop) {
        let (front, back) = (self.front.clone(), self.back.clone());
        self.tasks.push(tokio::spawn(async move {
            let _fail = front.drop_guard();
            hub_loop.run(back).await;
        }));
    }

    fn console_over(&self, announced: Announced, shown: Arc<Shown>, ambient: Ambient) -> web::Data<Console> {
        let desk = Desk {
            services: self.services.clone(),
            hub: self.hub.clone(),
            announced,
            url: self.url.clone(),
            shown,
            started: ambient.now(),
            ambient,
            files: HeldFiles::default(),
        };
        web::Data::new(Console { api: Arc::new(desk), site: console::site(&self.url, self.address) })
    }

    fn start_loops(&mut self, certificate: Option<Certificate>) -> Result<Announced, StartError> {
        let (told, announced) = Announced::new();
        let (services, hub) = (self.services.clone(), self.hub.clone());
        self.spawn("bulletins", move |stop| bulletins::run(services.clone(), hub.clone(), told.clone(), stop));
        let (services, front) = (self.services.clone(), self.front.clone());
        self.spawn("heartbeat", move |stop| heartbeat::run(services.clone(), front.clone(), stop));
        let services = self.services.clone();
        self.spawn("directory key", move |stop| key_notice::run(services.clone(), stop));
        let services = self.services.clone();
        self.spawn("erasure", move |stop| erasure::run(services.clone(), stop));
        for (source, interval_s) in self.services.timed_sources() {
            let services = self.services.clone();
            self.spawn("directory", move |stop| directory::run(services.clone(), source, interval_s, stop));
        }
        if let Some(certificate) = certificate {
            self.spawn("certificate", move |stop| certificate.clone().run(stop));
        }
        let listener = AdminListener::bind(&self.data).map_err(|error| StartError::Folder(error.kind()))?;
        let listener = Arc::new(listener);
        let administration = Administration {
            services: self.services.clone(),
            announced: announced.clone(),
            url: self.url.clone(),
            data: self.data.clone(),
            sources: self.sources.clone(),
        };
        let front = self.front.clone();
        self.tasks.push(supervise("administration", front, move |stop| {
            admin::serve(listener.clone(), administration.clone(), stop)
        }));
        Ok(announced)
    }

    fn start_listeners(
        &mut self,
        config: &Config,
        sockets: Sockets,
        shown: Arc<Shown>,
        state: State,
    ) -> Result<(), StartError> {
        let failed = |error: io::Error| StartError::Other(error.into());
        let tls = tls::server_config(shown).map_err(anyhow::Error::from)?;
        let admission = Admission::new(config.limits, state.ambient.stream("networks").bytes());
        let front = Front { tls: Arc::new(tls), admission, state, stop: self.front.clone() };
        self.threads = accept::start(&sockets.public, config.http.workers, &front).map_err(failed)?;
        if let Some(socket) = sockets.stun {
            socket.set_nonblocking(true).map_err(failed)?;
            let socket = Arc::new(tokio::net::UdpSocket::from_std(socket).map_err(failed)?);
            self.spawn("stun", move |stop| stun::serve(socket.clone(), stop));
        }
        if let Some(listener) = sockets.metrics {
            let handle = telemetry::metrics_handle();
            self.threads.push(metrics::start(listener, handle, self.front.clone()).map_err(failed)?);
        }
        Ok(())
    }

    fn spawn<F, L>(&mut self, name: &'static str, make: F)
    where
        F: Fn(CancellationToken) -> L + Send + 'static,
        L: Future<Output = ()> + Send + 'static,
    {
        self.tasks.push(supervise(name, self.back.clone(), make));
    }

    fn announce(&self) -> Result<(), StartError> {
        let ready = serde_json::json!({
            "url": self.url.to_string(),
            "console_url": self.console.url(),
            "organization_fingerprint": self.fingerprint.to_string(),
            "pid": std::process::id(),
        });
        unix::write_private(&self.data.join(READY_FILE), format!("{ready}\n").as_bytes())
            .map_err(|error| StartError::Folder(error.kind()))
    }

    /// Reads the certificate files again.
    pub fn reload(&self) {
        self.reload.notify_one();
    }

    /// Returns if the server cannot go on.
    pub async fn failed(&self) {
        self.front.cancelled().await;
    }

    /// Takes nothing new, ends every session with CLOSE, finishes what is under way, and closes the database.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Err(error) = remove(&self.data.join(READY_FILE)) {
            tracing::warn!(kind = ?error.kind(), "ready.json cannot be removed");
        }
        self.front.cancel();
        // The hub can only be gone if it failed, and then it has no sessions.
        let _ = self.hub.drain().await;
        let threads = std::mem::take(&mut self.threads);
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().all(|thread| thread.join().is_ok()));
        let threads_ended = tokio::time::timeout(STOP_TIMEOUT, joined).await;
        self.back.cancel();
        let tasks = std::mem::take(&mut self.tasks);
        let tasks_ended = tokio::time::timeout(STOP_TIMEOUT, async {
            for task in tasks {
                let _ = task.await;
            }
        });
        let tasks_ended = tasks_ended.await;
        self.services.note_stopped().await?;
        self.services.close().await;
        if !matches!(threads_ended, Ok(Ok(true))) || tasks_ended.is_err() {
            tracing::warn!("not everything ended in time");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

impl Drop for Running {
    /// A start that failed half way, or a test that let go: the loops end by themselves.
    fn drop(&mut self) {
        self.front.cancel();
        self.back.cancel();
    }
}

/// The server's state without the server: for commands that work while none runs.
pub async fn open_offline(data: &Path, database: &Location, ambient: &Ambient) -> Result<Services, OpenError> {
    let config = ServiceConfig {
        data: data.to_owned(),
        database: database.clone(),
        directory: DirectoryConfig::default(),
        identity: IdentityConfig::default(),
    };
    Services::open(config, ambient).await
}

async fn open_services(config: &Config, ambient: &Ambient) -> Result<Services, StartError> {
    let service = ServiceConfig {
        data: config.data.clone(),
        database: config.store.clone(),
        directory: config.directory.clone(),
        identity: config.identity.clone(),
    };
    let opened = Services::open(service, ambient).await.map_err(|error| match error {
        OpenError::Keys(KeysFault::WithoutDatabase) => StartError::NoDatabase,
        OpenError::Keys(KeysFault::OtherOrganization) => StartError::OtherKeys,
        OpenError::Storage(StorageError::Unusable(why)) => StartError::Store(why),
        error => StartError::Other(error.into()),
    });
    let services = opened?;
    if services.seen_beyond().is_some() {
        services.close().await;
        return Err(StartError::PutBack);
    }
    Ok(services)
}

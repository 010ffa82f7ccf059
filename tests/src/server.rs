//! The real `pro-server` in a folder of its own: started, asked, killed and started again on the same port.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::fd::AsFd as _;
use rustix::fs::inotify;
use serde_json::Value;

use crate::process::readable;
use crate::{Finished, Place, Process, binary, step};

/// A server and its data folder. The folder belongs to the caller.
pub struct Server {
    data: PathBuf,
    config: Option<PathBuf>,
    listen: SocketAddr,
    place: Place,
    process: Option<Process>,
    ready: Ready,
}

/// What `ready.json` says (docs/cli.md).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ready {
    pub url: String,
    /// The one-time link to the console, until the first administrator has used it.
    pub console_url: Option<String>,
    pub organization_fingerprint: String,
    pub pid: u32,
}

/// How to start a server; only the data folder is needed.
#[derive(Clone, Debug)]
pub struct Setup {
    pub data: PathBuf,
    pub config: Option<PathBuf>,
    /// Port 0 takes a free one at the first start and keeps it.
    pub listen: SocketAddr,
    pub place: Place,
}

impl Setup {
    /// On a free loopback port of this host, without a configuration.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), config: None, listen: SocketAddr::from(([127, 0, 0, 1], 0)), place: Place::Host }
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// When it ends first or does not serve in time, with its last words.
    pub fn start(self) -> Result<Server> {
        let mut server = Server {
            data: self.data,
            config: self.config,
            listen: self.listen,
            place: self.place,
            process: None,
            ready: Ready::default(),
        };
        server.start()?;
        Ok(server)
    }
}

impl Server {
    /// Starts it again where it was, on the same port.
    ///
    /// # Errors
    /// When it runs, ends early or does not serve in time.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "the server runs already");
        fs::create_dir_all(&self.data)?;
        let announcement = self.data.join("ready.json");
        match fs::remove_file(&announcement) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut command = self.place.command(&binary::built("pro-server")?);
        fs::create_dir_all(self.temporary())?;
        command.env("TMPDIR", self.temporary());
        command.arg("serve").arg("--data").arg(&self.data).args(["--listen", &self.listen.to_string()]);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        let mut process = Process::spawn("pro-server", command)?;
        self.ready = wait_until_ready(&announcement, &mut process)?;
        ensure!(self.ready.pid == process.id(), "ready.json names process {}, not {}", self.ready.pid, process.id());
        if self.listen.port() == 0 {
            self.listen.set_port(port_of(&self.ready.url)?);
        }
        self.process = Some(process);
        Ok(())
    }

    /// The configuration that the next start reads.
    pub fn configure(&mut self, config: &Path) {
        self.config = Some(config.to_owned());
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("the server does not run")?.kill()
    }

    /// SIGTERM; the server drains and must end with code 0.
    ///
    /// # Errors
    /// When it does not.
    pub fn stop(&mut self) -> Result<()> {
        let mut process = self.process.take().context("the server does not run")?;
        let status = process.terminate()?;
        ensure!(status.success(), "the server ended with {status}{}", process.last_words());
        Ok(())
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder for its temporary files, beside its data.
    pub fn temporary(&self) -> PathBuf {
        self.data.with_file_name("server-temporary")
    }

    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listen
    }

    /// What it logged and is still kept.
    pub fn log(&self) -> Vec<String> {
        self.process.as_ref().map(Process::stderr).unwrap_or_default()
    }

    /// Waits until its log, as far as it is kept, is what is awaited.
    ///
    /// # Errors
    /// When it does not run, ends, or the time is over first.
    pub fn awaited_log<T>(&self, timeout: Duration, awaited: impl Fn(&VecDeque<String>) -> Option<T>) -> Result<T> {
        self.process.as_ref().context("the server does not run")?.awaited_stderr(timeout, awaited)
    }

    /// The enrollment link without a code.
    pub fn link(&self) -> String {
        format!("{}/#{}", self.ready.url.trim_end_matches('/'), self.ready.organization_fingerprint)
    }

    /// Runs an administration command such as `["sync", "--plan"]` and returns what it left, whatever its exit code.
    ///
    /// # Errors
    /// When it cannot run or does not end in time.
    pub fn ask<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Finished> {
        let mut command = self.place.command(&binary::built("pro-server")?);
        command.arg("--data").arg(&self.data);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        command.args(arguments);
        Process::run("pro-server", command, step())
    }

    /// Runs an administration command that must end with code 0; returns its standard output.
    ///
    /// # Errors
    /// With what it wrote to standard error otherwise.
    pub fn admin<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Vec<String>> {
        let what = arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
        Ok(self.ask(arguments)?.success(&format!("pro-server {what}"))?.stdout)
    }

    /// Creates a one-time code; returns the enrollment link that carries it.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn code_link(&self, login: &str) -> Result<String> {
        let lines = self.admin(&["enrollment-code", "create", login])?;
        lines
            .iter()
            .flat_map(|line| line.split(|c: char| c.is_whitespace() || c == '"'))
            .find(|word| word.starts_with("https://"))
            .map(str::to_owned)
            .with_context(|| format!("no link in {lines:?}"))
    }
}

impl Ready {
    fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let text =
            |name: &str| value[name].as_str().map(str::to_owned).with_context(|| format!("ready.json has no {name}"));
        Ok(Self {
            url: text("url")?,
            console_url: value["console_url"].as_str().map(str::to_owned),
            organization_fingerprint: text("organization_fingerprint")?,
            pid: value["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).context("ready.json has no pid")?,
        })
    }
}

/// Waits until the file stands, or the process ends, or the time is over.
pub(crate) fn wait_until_ready(announcement: &Path, process: &mut Process) -> Result<Ready> {
    let folder = announcement.parent().context("a file has a folder")?;
    let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
    let done = inotify::WatchFlags::CLOSE_WRITE | inotify::WatchFlags::MOVED_TO;
    let above = folder.parent().context("a folder has a parent")?;
    inotify::add_watch(&watch, above, inotify::WatchFlags::CREATE)?;
    let until = Instant::now() + step();
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    loop {
        // Not made yet: its making is an event too.
        let _ = inotify::add_watch(&watch, folder, done);
        if let Some(ready) = fs::read_to_string(announcement).ok().and_then(|text| Ready::parse(&text).ok()) {
            return Ok(ready);
        }
        let left = until.saturating_duration_since(Instant::now());
        if process.has_ended()? {
            bail!("the server ended before it served{}", process.last_words());
        }
        if left.is_zero() {
            bail!("the server does not serve within {:?}{}", step(), process.last_words());
        }
        readable(&[watch.as_fd(), process.pidfd().as_fd()], left.min(Duration::from_secs(10)))?;
        let mut events = inotify::Reader::new(&watch, &mut buffer);
        while events.next().is_ok() {}
    }
}

fn port_of(url: &str) -> Result<u16> {
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap_or_default();
    port.parse().with_context(|| format!("no port in {url}"))
}

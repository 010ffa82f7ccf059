//! The real image in a real container (podman and runc, no registry, no daemon), with its own storage in a temporary folder.
//! Needs root. What it starts ends when it is dropped.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Ready, wait_until_ready};
use crate::{Finished, Place, Process, binary};

/// Copies each layer once; two slow cores.
const BUILD_TIMEOUT: Duration = Duration::from_secs(180);
/// Within what a hard limit of any machine allows.
const ULIMITS: [&str; 4] = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"];
const VOLUME: &str = "data";

/// Images, containers and volumes of one test.
pub struct Engine {
    storage: TempDir,
}

/// A running container whose volume is the server's data folder.
pub struct Container<'a> {
    engine: &'a Engine,
    name: String,
    data: PathBuf,
    process: Process,
    pub ready: Ready,
}

/// How to run the server.
pub struct Run<'a> {
    pub image: &'a str,
    pub name: &'a str,
    /// Where its network is.
    pub place: &'a Place,
    /// Further options of `podman run`.
    pub options: &'a [String],
}

impl Engine {
    /// # Errors
    /// When there is no room for it.
    pub fn new() -> Result<Self> {
        let storage = tempfile::Builder::new().prefix("isoloir-images-").tempdir()?;
        for folder in ["images", "state", "tmp"] {
            std::fs::create_dir(storage.path().join(folder))?;
        }
        Ok(Self { storage })
    }

    fn command(&self) -> Result<Command> {
        let folder = |name: &str| self.storage.path().join(name);
        let mut podman = Command::new(binary::installed("podman", &[])?);
        podman.arg("--root").arg(folder("images")).arg("--runroot").arg(folder("state"));
        podman.arg("--tmpdir").arg(folder("tmp")).env("TMPDIR", folder("tmp"));
        podman.args(["--storage-driver", "vfs", "--events-backend", "none", "--log-level", "error"]);
        podman.args(["--runtime", "runc", "--cgroup-manager", "cgroupfs"]);
        Ok(podman)
    }

    /// Runs podman to its end.
    ///
    /// # Errors
    /// With what it wrote to standard error, when its exit code is not 0.
    pub fn ask<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Finished> {
        let mut command = self.command()?;
        command.args(arguments);
        Process::run("podman", command, BUILD_TIMEOUT)?.success("podman (needs root)")
    }

    /// Builds the Dockerfile in `context`; nothing may be fetched for it.
    ///
    /// # Errors
    /// When it cannot be built from what is there.
    pub fn build(&self, context: &Path, tag: &str) -> Result<()> {
        let mut command = self.command()?;
        command.args(["build", "--isolation", "chroot", "--format", "docker", "--pull=never"]);
        command.args(["--tag", tag]).arg(context);
        Process::run("podman build", command, BUILD_TIMEOUT)?.success("podman build (needs root)").map(drop)
    }

    /// What podman says of an image.
    ///
    /// # Errors
    /// When there is none.
    pub fn image(&self, tag: &str) -> Result<Value> {
        let said = self.ask(&["image", "inspect", tag])?.stdout.join("\n");
        serde_json::from_str::<Value>(&said)?.get(0).cloned().context("no image")
    }

    /// Starts a server and waits until it serves.
    ///
    /// # Errors
    /// When it does not.
    pub fn run(&self, run: &Run<'_>) -> Result<Container<'_>> {
        let data = self.volume()?;
        let Place::Namespace(network) = run.place else { anyhow::bail!("a container needs a network of its own") };
        let mut command = self.command()?;
        command.args(["run", "--rm", "--pull", "never", "--log-driver", "none", "--no-healthcheck"]);
        command.args(["--name", run.name, "--network", &format!("ns:/run/netns/{network}")]);
        command.args(["--volume", &format!("{VOLUME}:/data")]).args(ULIMITS).args(run.options);
        command.arg(run.image);
        let mut process = Process::spawn("podman run", command)?;
        // The image's `PRO_SERVER_DATA` is /data/isoloir.
        let ready = wait_until_ready(&data.join("isoloir/ready.json"), &mut process)?;
        Ok(Container { engine: self, name: run.name.to_owned(), data, process, ready })
    }

    /// The folder of the volume, which is made unless it stands.
    fn volume(&self) -> Result<PathBuf> {
        let made = self.ask(&["volume", "create", "--ignore", VOLUME]);
        // Older versions do not know `--ignore`.
        if made.is_err() && self.ask(&["volume", "inspect", VOLUME]).is_err() {
            self.ask(&["volume", "create", VOLUME])?;
        }
        let said = self.ask(&["volume", "inspect", "--format", "{{.Mountpoint}}", VOLUME])?;
        said.stdout.first().map(PathBuf::from).context("the volume has no folder")
    }
}

impl Container<'_> {
    /// Runs a command in the container, as its user.
    ///
    /// # Errors
    /// With what it wrote to standard error, when its exit code is not 0.
    pub fn exec(&self, arguments: &[&str]) -> Result<Vec<String>> {
        Ok(self.engine.ask(&[&["exec", &self.name], arguments].concat())?.stdout)
    }

    /// Puts a file into the volume.
    ///
    /// # Errors
    /// When the volume cannot be written.
    pub fn put(&self, name: &str, text: &str) -> Result<()> {
        std::fs::write(self.data.join(name), text).context("the volume")
    }

    /// The process id of the server, as this host sees it.
    ///
    /// # Errors
    /// When it does not run.
    pub fn id(&self) -> Result<u32> {
        let said = self.engine.ask(&["inspect", "--format", "{{.State.Pid}}", &self.name])?;
        let id = said.stdout.first().and_then(|line| line.trim().parse().ok()).filter(|id| *id != 0);
        id.context("the container has no process")
    }

    /// SIGTERM to the server, which must end with code 0.
    ///
    /// # Errors
    /// When it does not.
    pub fn stop(mut self) -> Result<()> {
        let status = self.process.terminate()?;
        ensure!(status.success(), "the container ended with {status}{}", self.process.last_words());
        Ok(())
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // Removed by itself when it was stopped.
        let _ = self.engine.ask(&["rm", "--force", "--time", "5", &self.name]);
    }
}

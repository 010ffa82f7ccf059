//! The real `isoloir` in a folder of its own, used as a script uses it (docs/cli.md): JSON lines and exit codes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{Finished, Place, Process, binary, step};

/// A person's client. Its passphrase stands in a file beside the data folder, never inside.
pub struct Client {
    login: String,
    data: PathBuf,
    passphrase_file: PathBuf,
    place: Place,
    agent_options: Vec<String>,
    agent: Option<Process>,
}

/// A message or a file offer that was handed to the client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sent {
    pub message_id: String,
    pub state: String,
    pub file_id: Option<String>,
}

/// The lines of `isoloir watch`.
pub struct Events(Process);

/// Exit code 3: persisted, not delivered within the time given.
pub const CODE_NOT_YET: i32 = 3;

impl Client {
    /// A client that keeps everything below `folder`, not enrolled yet.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: &Path, login: &str, place: Place) -> Result<Self> {
        let home = folder.join(login);
        fs::create_dir_all(home.join("temporary"))?;
        let passphrase_file = home.join("passphrase");
        fs::write(&passphrase_file, format!("the passphrase of {login}"))?;
        Ok(Self {
            login: login.to_owned(),
            data: home.join("data"),
            passphrase_file,
            place,
            agent_options: Vec::new(),
            agent: None,
        })
    }

    /// Files that colleagues offer, up to `bytes_max`, are saved into `folder` without asking. Takes effect when the agent starts.
    #[must_use]
    pub fn saving_into(mut self, folder: &Path, bytes_max: u64) -> Self {
        self.agent_options = vec![
            String::from("--downloads"),
            folder.display().to_string(),
            String::from("--auto-save-bytes"),
            bytes_max.to_string(),
        ];
        self
    }

    pub fn login(&self) -> &str {
        &self.login
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder for its temporary files, beside its data.
    pub fn temporary(&self) -> PathBuf {
        self.data.with_file_name("temporary")
    }

    pub fn passphrase_file(&self) -> &Path {
        &self.passphrase_file
    }

    /// The process id of its agent.
    pub fn agent_id(&self) -> Option<u32> {
        self.agent.as_ref().map(Process::id)
    }

    /// The most memory that its agent has held since it was started, in bytes (`VmHWM` of proc(5)).
    ///
    /// # Errors
    /// When none runs.
    pub fn resident_bytes_max(&self) -> Result<u64> {
        let agent = self.agent_id().context("no agent runs")?;
        let status = fs::read_to_string(format!("/proc/{agent}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes << 10)
    }

    /// The command line up to the subcommand.
    fn command(&self) -> Result<std::process::Command> {
        let mut command = self.place.command(&binary::built("isoloir")?);
        command.env("TMPDIR", self.temporary());
        command.arg("--data").arg(&self.data).arg("--json").arg("--passphrase-file").arg(&self.passphrase_file);
        Ok(command)
    }

    /// Runs a command and returns what it left, whatever its exit code.
    ///
    /// # Errors
    /// When it cannot run or does not end in time.
    pub fn ask<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Finished> {
        self.ask_within(arguments, step())
    }

    /// Like [`Self::ask`], with a time limit of its own.
    ///
    /// # Errors
    /// When it cannot run or does not end in time.
    pub fn ask_within<A: AsRef<OsStr>>(&self, arguments: &[A], timeout: Duration) -> Result<Finished> {
        let mut command = self.command()?;
        command.args(arguments);
        Process::run("isoloir", command, timeout)
    }

    /// Starts a command in this environment and lets it run.
    ///
    /// # Errors
    /// When it cannot start.
    pub fn begin<A: AsRef<OsStr>>(&self, arguments: &[A], environment: &[(&str, &OsStr)]) -> Result<Process> {
        let mut command = self.command()?;
        for name in ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(name);
        }
        command.args(arguments).envs(environment.iter().copied());
        Process::spawn("isoloir", command)
    }

    /// Runs a command that must end with code 0; returns the objects it printed.
    ///
    /// # Errors
    /// With what it wrote to standard error otherwise, or when a line is not JSON.
    pub fn json<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Vec<Value>> {
        let finished = self.ask(arguments)?.success(&format!("isoloir of {}", self.login))?;
        objects(&finished.stdout)
    }

    /// Enrolls with a link that carries a one-time code.
    ///
    /// # Errors
    /// When the enrollment is refused.
    pub fn enroll(&self, link: &str) -> Result<()> {
        self.json(&["enroll", link]).map(drop)
    }

    /// Enrolls with the directory password.
    ///
    /// # Errors
    /// When the enrollment is refused.
    pub fn enroll_with_password(&self, link: &str, password: &str) -> Result<()> {
        self.ask_to_enroll(link, password)?.success(&format!("enrollment of {}", self.login)).map(drop)
    }

    /// Tries to enroll with the directory password and returns what came of it.
    ///
    /// # Errors
    /// When the program cannot run.
    pub fn ask_to_enroll(&self, link: &str, password: &str) -> Result<Finished> {
        let file = self.passphrase_file.with_file_name("directory-password");
        fs::write(&file, password)?;
        let arguments = ["enroll", link, "--login", &self.login, "--password-file"].map(OsStr::new);
        let arguments: Vec<&OsStr> = arguments.into_iter().chain([file.as_os_str()]).collect();
        self.ask(&arguments)
    }

    /// Starts its agent and waits until it serves.
    ///
    /// # Errors
    /// When it runs, ends early or does not serve in time.
    pub fn start_agent(&mut self) -> Result<()> {
        ensure!(self.agent.is_none(), "the agent of {} runs already", self.login);
        let mut command = self.command()?;
        command.arg("agent").args(&self.agent_options);
        let mut agent = Process::spawn("isoloir agent", command)?;
        agent.next_line(step(), |line| line.contains("ready").then_some(()))?;
        self.agent = Some(agent);
        Ok(())
    }

    /// SIGKILL to the agent.
    ///
    /// # Errors
    /// When none runs.
    pub fn kill_agent(&mut self) -> Result<()> {
        self.agent.take().context("no agent runs")?.kill()
    }

    /// SIGTERM to the agent, which must end with code 0.
    ///
    /// # Errors
    /// When it does not.
    pub fn stop_agent(&mut self) -> Result<()> {
        let mut agent = self.agent.take().context("no agent runs")?;
        let status = agent.terminate()?;
        ensure!(status.success(), "the agent of {} ended with {status}{}", self.login, agent.last_words());
        Ok(())
    }

    /// What the agent logged and is still kept.
    pub fn log(&self) -> Vec<String> {
        self.agent.as_ref().map(Process::stderr).unwrap_or_default()
    }

    /// Subscribes to the events of the agent. The first event awaited can be one that happens after this returns.
    ///
    /// # Errors
    /// When the subscription does not stand in time.
    pub fn watch(&self) -> Result<Events> {
        let mut command = self.command()?;
        command.arg("watch");
        let mut events = Events(Process::spawn("isoloir watch", command)?);
        events.next("the first event", |event| (event["event"] == "watching").then_some(()))?;
        Ok(events)
    }

    /// Opens a chat in a terminal of this size, in the language of this POSIX locale.
    ///
    /// # Errors
    /// When it cannot be started.
    #[cfg(feature = "terminal")]
    pub fn chat(&self, arguments: &[&str], locale: &str, columns: u16, rows: u16) -> Result<crate::terminal::Terminal> {
        let mut command = self.command()?;
        command.env("TERM", "xterm-256color").env("LC_ALL", locale).arg("chat").args(arguments);
        crate::terminal::Terminal::spawn(&format!("the chat of {}", self.login), command, columns, rows)
    }

    /// Hands over a message; does not wait for its delivery.
    ///
    /// # Errors
    /// When it is refused.
    pub fn send(&self, to: &str, text: &str) -> Result<Sent> {
        sent(&self.json(&["send", to, text])?)
    }

    /// Hands over a message and waits until it is delivered.
    ///
    /// # Errors
    /// When it is refused, or not delivered in time.
    pub fn deliver(&self, to: &str, text: &str) -> Result<Sent> {
        let wait = step().as_secs().to_string();
        let finished = self.ask_within(&["send", to, text, "--wait", &wait], step() * 2)?;
        let finished = finished.success(&format!("a message from {} to {to}", self.login))?;
        let sent = sent(&objects(&finished.stdout)?)?;
        ensure!(sent.state == "delivered" || sent.state == "read", "code 0 but the state is {}", sent.state);
        Ok(sent)
    }

    /// Has compared the safety number with somebody: it is the one that is shown now.
    ///
    /// # Errors
    /// When there is none, or it is not confirmed.
    pub fn compare(&self, with: &str) -> Result<Value> {
        let shown = self.json(&["verify", with])?.into_iter().next().context("no number was printed")?;
        let number = shown["safety_number"].as_str().context("no number")?;
        let confirmed = self.json(&["verify", with, &format!("--confirm={number}")])?;
        confirmed.into_iter().next().context("verify printed nothing")
    }

    /// Offers a file; does not wait.
    ///
    /// # Errors
    /// When it is refused.
    pub fn send_file(&self, to: &str, path: &Path) -> Result<Sent> {
        sent(&self.json(&[OsStr::new("send-file"), OsStr::new(to), path.as_os_str()])?)
    }

    /// The conversation with somebody, oldest first.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn history(&self, with: &str) -> Result<Vec<Value>> {
        self.json(&["history", with])
    }

    /// What `status` says now.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn status(&self) -> Result<Value> {
        self.json(&["status"])?.into_iter().next().context("status printed nothing")
    }
}

impl Events {
    /// Waits for the next event that `wanted` accepts, passing over the others.
    ///
    /// # Errors
    /// When it does not come in time; `what` names it.
    pub fn next<T>(&mut self, what: &str, wanted: impl Fn(&Value) -> Option<T>) -> Result<T> {
        self.next_within(step(), what, wanted)
    }

    /// Like [`Self::next`], with a time limit of its own.
    ///
    /// # Errors
    /// When it does not come in time; `what` names it.
    pub fn next_within<T>(&mut self, timeout: Duration, what: &str, wanted: impl Fn(&Value) -> Option<T>) -> Result<T> {
        let parsed = |line: &str| serde_json::from_str::<Value>(line).ok().and_then(|event| wanted(&event));
        self.0.next_line(timeout, parsed).with_context(|| format!("waiting for {what}"))
    }

    /// Waits until this message has been delivered or read.
    ///
    /// # Errors
    /// When that does not come in time.
    pub fn delivered(&mut self, message_id: &str) -> Result<()> {
        self.next("a delivery", |event| {
            let arrived = event["state"] == "delivered" || event["state"] == "read";
            (event["message_id"] == message_id && arrived).then_some(())
        })
    }
}

fn objects(lines: &[String]) -> Result<Vec<Value>> {
    let written = lines.iter().filter(|line| !line.is_empty());
    written.map(|line| serde_json::from_str(line).with_context(|| format!("not one JSON object: {line}"))).collect()
}

fn sent(printed: &[Value]) -> Result<Sent> {
    let object = printed.last().context("nothing was printed")?;
    let text = |name: &str| object[name].as_str().map(str::to_owned);
    Ok(Sent {
        message_id: text("message_id").context("no message_id")?,
        state: text("state").context("no state")?,
        file_id: text("file_id"),
    })
}

//! An agent's local socket, asked as a script would (JSON-RPC 2.0, a line each), so that no process start is in the figures.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

pub struct Agent(BufReader<UnixStream>);

impl Agent {
    /// The agent of this data folder.
    ///
    /// # Errors
    /// When none runs.
    pub fn of(data: &Path) -> Result<Self> {
        // A socket's path may have 108 bytes only: the folder is named through its open handle instead.
        let folder = File::open(data)?;
        let stream = UnixStream::connect(format!("/proc/self/fd/{}/agent.sock", folder.as_raw_fd()))?;
        stream.set_read_timeout(Some(tests::step() * 5))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// With what the agent refused.
    pub fn ask(&mut self, method: &str, params: &Value) -> Result<Value> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.0.get_mut().write_all(format!("{request}\n").as_bytes())?;
        let mut answer = self.line()?;
        ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        Ok(answer["result"].take())
    }

    /// A message, from the request until it is delivered.
    ///
    /// # Errors
    /// When it is not delivered within the time.
    pub fn deliver(&mut self, to: &str, text: &str, within: Duration) -> Result<()> {
        let wait_ms = u64::try_from(within.as_millis())?;
        let sent = self.ask("send", &json!({"who": to, "text": text, "wait_ms": wait_ms}))?;
        ensure!(sent["state"] == "delivered", "the message is {}", sent["state"]);
        Ok(())
    }

    /// Turns into events, all of them from now on.
    ///
    /// # Errors
    /// When the agent refuses.
    pub fn watch(mut self) -> Result<Self> {
        self.ask("watch", &json!({}))?;
        Ok(self)
    }

    /// The next event that `wanted` accepts, after [`Self::watch`].
    ///
    /// # Errors
    /// When none comes in time.
    pub fn event<T>(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> Option<T>) -> Result<T> {
        loop {
            let message = self.line().with_context(|| format!("waiting for {what}"))?;
            if let Some(found) = wanted(&message["params"]) {
                return Ok(found);
            }
        }
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        ensure!(self.0.read_line(&mut line)? > 0, "the agent has ended");
        Ok(serde_json::from_str(&line)?)
    }
}

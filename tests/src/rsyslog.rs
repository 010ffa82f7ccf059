//! A real rsyslog that takes messages over TLS (RFC 5425) and writes them, as they came, to its standard output.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::openldap::certificates;
use crate::postgres::free_port;
use crate::{Process, binary, step};

/// An rsyslog in a folder of its own; it can be stopped and started again on the same port.
pub struct Rsyslog {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl Rsyslog {
    /// # Errors
    /// When rsyslog is not installed or does not start.
    pub fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-rsyslog-").tempdir()?;
        certificates(folder.path())?;
        let port = free_port()?;
        fs::write(folder.path().join("rsyslog.conf"), configuration(&folder.path().display().to_string(), port))?;
        let mut rsyslog = Self { process: None, port, folder };
        rsyslog.start_again()?;
        Ok(rsyslog)
    }

    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> Result<()> {
        let mut command = Command::new(binary::installed("rsyslogd", &["/usr/sbin"])?);
        command.args(["-n", "-i"]).arg(self.folder.path().join("pid"));
        command.arg("-f").arg(self.folder.path().join("rsyslog.conf"));
        self.process = Some(Process::spawn("rsyslogd", command)?);
        Ok(())
    }

    /// As an update of the machine would.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub fn stop(&mut self) -> Result<()> {
        self.process.take().context("rsyslog does not run")?.terminate().map(drop)
    }

    /// Waits for the next message that `wanted` accepts; the ones before it are passed over.
    ///
    /// # Errors
    /// When it does not run, or none comes in time.
    pub fn next_message<T>(&mut self, wanted: impl FnMut(&str) -> Option<T>) -> Result<T> {
        self.process.as_mut().context("rsyslog does not run")?.next_line(step(), wanted)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The roots that its certificate is from.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
        }
    }
}

fn configuration(home: &str, port: u16) -> String {
    format!(
        "global(workDirectory=\"{home}\" maxMessageSize=\"64k\" defaultNetstreamDriver=\"gtls\"
  defaultNetstreamDriverCAFile=\"{home}/ca.pem\" defaultNetstreamDriverCertFile=\"{home}/server.pem\"
  defaultNetstreamDriverKeyFile=\"{home}/server.key\")
module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" streamDriver.authMode=\"anon\")
input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")
template(name=\"as-it-came\" type=\"string\" string=\"%rawmsg%\\n\")
action(type=\"omfile\" file=\"/dev/stdout\" template=\"as-it-came\")
"
    )
}

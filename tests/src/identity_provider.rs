//! A certified OpenID Connect provider (npm `oidc-provider`) on loopback, over TLS under an authority of its own, and a person with a
//! browser for it. Ended by its process id when dropped. `cargo xtask test` installs its modules into the target folder.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::openldap::certificates;
use crate::postgres::free_port;
use crate::{Process, binary, step};

/// The client that people sign in through, and the one of the console.
pub const CLIENTS: [&str; 2] = ["isoloir", "console"];
const SECRET: &str = "the secret of the test client";

const PROVIDER: &str = include_str!("../fixtures/identity-provider/provider.mjs");
const BROWSER: &str = include_str!("../fixtures/identity-provider/browser.mjs");

/// A running provider.
pub struct IdentityProvider {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl IdentityProvider {
    /// Starts one that knows these people, each with what it says of them; the console's client comes back to `console`.
    ///
    /// # Errors
    /// When Node.js or the modules are not installed, or it does not start.
    pub fn start(people: &Value, console: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-provider-").tempdir()?;
        let home = folder.path();
        certificates(home)?;
        let modules = binary::identity_provider()?.join("node_modules");
        ensure!(modules.is_dir(), "the modules of the identity provider are not installed: `cargo xtask test` does it");
        fs::write(home.join("provider.mjs"), PROVIDER)?;
        fs::write(home.join("browser.mjs"), BROWSER)?;
        fs::write(home.join("secret"), SECRET)?;
        let port = free_port()?;
        let device = "urn:ietf:params:oauth:grant-type:device_code";
        let native = json!({
            "client_id": CLIENTS[0], "client_secret": SECRET, "application_type": "native",
            "redirect_uris": ["http://127.0.0.1/signed-in"], "response_types": ["code"],
            "grant_types": ["authorization_code", device],
        });
        let web = json!({
            "client_id": CLIENTS[1], "client_secret": SECRET, "response_types": ["code"],
            "redirect_uris": [format!("{console}admin/sign-in/callback")],
            "backchannel_logout_uri": format!("{console}v1/sign-out/console"), "backchannel_logout_session_required": true,
        });
        let setup = json!({
            "modules": modules, "port": port, "certificate": home.join("server.pem"), "key": home.join("server.key"),
            "clients": [native, web], "people": people,
        });
        fs::write(home.join("setup.json"), setup.to_string())?;
        let mut provider = Self { process: None, port, folder };
        provider.start_again()?;
        Ok(provider)
    }

    /// Starts it where it was, with other keys.
    ///
    /// # Errors
    /// When it runs or does not start.
    pub fn start_again(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "the identity provider runs already");
        let mut command = self.node("provider.mjs")?;
        command.arg(self.path("setup.json"));
        let mut process = Process::spawn("oidc-provider", command)?;
        process.next_line(step(), |line| (line == "ready").then_some(()))?;
        self.process = Some(process);
        Ok(())
    }

    /// Ends it at once.
    ///
    /// # Errors
    /// When it does not run.
    pub fn stop(&mut self) -> Result<()> {
        self.process.take().context("the identity provider does not run")?.kill()
    }

    /// Waits until a client has followed a logout token.
    ///
    /// # Errors
    /// When none does in time.
    pub fn has_told(&mut self) -> Result<()> {
        let process = self.process.as_mut().context("the identity provider does not run")?;
        process.next_line(step(), |line| (line == "backchannel").then_some(()))
    }

    pub fn issuer(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The authority that signed its certificate, and [`Self::server_certificate`].
    pub fn ca_file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate and a key for a server on `localhost`, that the provider trusts.
    pub fn server_certificate(&self) -> (PathBuf, PathBuf) {
        (self.path("server.pem"), self.path("server.key"))
    }

    /// A section of a server's configuration for one of [`CLIENTS`], with more keys at its end.
    pub fn configuration(&self, client: &str, more: &str) -> String {
        format!(
            "[[identity.oidc]]\nname = \"{client}\"\nlabel = \"Test provider\"\nissuer = \"{}\"\nclient_id = \"{client}\"\n\
             client_secret_file = \"{}\"\nca_file = \"{}\"\nscopes = [\"openid\", \"profile\", \"email\", \"groups\"]\n{more}\n",
            self.issuer(),
            self.path("secret").display(),
            self.ca_file().display(),
        )
    }

    /// A program that opens an address as `login` and does what the pages ask for; as `-`, it says no.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn browser(&self, login: &str) -> Result<PathBuf> {
        let program = self.path(&format!("browser-of-{login}"));
        let node = binary::installed("node", &[])?;
        let (script, roots) = (self.path("browser.mjs"), self.ca_file());
        let text = format!(
            "#!/bin/sh\nNODE_EXTRA_CA_CERTS='{}' exec '{}' '{}' '{login}' \"$1\"\n",
            roots.display(),
            node.display(),
            script.display()
        );
        fs::write(&program, text)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700))?;
        Ok(program)
    }

    /// Opens an address as `login` and waits until the last page.
    ///
    /// # Errors
    /// When the browser fails.
    pub fn open(&self, login: &str, page: &str) -> Result<Vec<String>> {
        let mut command = Command::new(self.browser(login)?);
        command.arg(page);
        Ok(Process::run("browser", command, step())?.success("browser")?.stdout)
    }

    fn node(&self, script: &str) -> Result<Command> {
        let mut command = Command::new(binary::installed("node", &[])?);
        command.env("NODE_EXTRA_CA_CERTS", self.ca_file()).arg(self.path(script));
        Ok(command)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// What a browser is named by, for a client that opens one.
pub fn named(browser: &Path) -> (&'static str, &OsStr) {
    ("BROWSER", browser.as_os_str())
}

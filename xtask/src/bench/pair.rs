//! A server and two enrolled clients with their agents, in one folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tests::server::{Server, Setup};
use tests::{Client, Place};

use super::agent::Agent;
use super::usage;

/// Files up to this size are saved without asking.
const AUTO_SAVE_BYTES_MAX: u64 = 8 << 30;

/// Fields are dropped in this order.
pub struct Pair {
    pub first: Client,
    pub second: Client,
    _server: Server,
    pub downloads: PathBuf,
}

impl Pair {
    /// Starts everything; nobody has spoken yet.
    ///
    /// # Errors
    /// When a step fails.
    pub fn start(folder: &Path) -> Result<Self> {
        let downloads = folder.join("downloads");
        fs::create_dir(&downloads)?;
        let server = with_people(folder, 2)?;
        let mut first = Client::new(folder, &login(1), Place::Host)?;
        let mut second = Client::new(folder, &login(2), Place::Host)?.saving_into(&downloads, AUTO_SAVE_BYTES_MAX);
        for client in [&mut first, &mut second] {
            client.enroll(&server.code_link(client.login())?)?;
            client.start_agent()?;
        }
        Ok(Self { first, second, _server: server, downloads })
    }

    pub fn agent(&self) -> Result<Agent> {
        Agent::of(self.first.data())
    }

    /// The two agents.
    ///
    /// # Errors
    /// When one does not run.
    pub fn pids(&self) -> Result<[u32; 2]> {
        let pid = |client: &Client| client.agent_id().context("no agent runs");
        Ok([pid(&self.first)?, pid(&self.second)?])
    }

    /// CPU seconds of both agents so far.
    ///
    /// # Errors
    /// When one does not run.
    pub fn cpu_s(&self) -> Result<[f64; 2]> {
        let [first, second] = self.pids()?;
        Ok([usage::cpu_s(first)?, usage::cpu_s(second)?])
    }
}

pub fn login(person: usize) -> String {
    format!("notary{person:03}")
}

/// Here everybody comes from one address, of which a server takes fewer sessions than of all.
const ONE_ADDRESS: &str = "[limits]\nconnections_per_source_max = 20000\n";

/// A server with nothing else configured that knows so many people.
///
/// # Errors
/// When it does not serve.
pub fn with_people(folder: &Path, people: usize) -> Result<Server> {
    let config = folder.join("server.toml");
    fs::write(&config, ONE_ADDRESS)?;
    let server = Setup { config: Some(config), ..Setup::in_folder(folder.join("server")) }.start()?;
    let file = folder.join("people.csv");
    let rows = (1..=people).map(|person| format!("{0},Notary {person},{0}@example.test\n", login(person)));
    fs::write(&file, std::iter::once(String::from("login,name,mail\n")).chain(rows).collect::<String>())?;
    server.admin(&[Path::new("people").as_os_str(), Path::new("import").as_os_str(), file.as_os_str()])?;
    Ok(server)
}

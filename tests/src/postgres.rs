//! A throwaway PostgreSQL in a temporary folder, on a free loopback port, without durability. Ended by its id when dropped.

mod seized;

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{Process, binary, process::Finished, step};

/// The variable under which the storage tests find their server.
pub const URL_VARIABLE: &str = "ISOLOIR_TEST_POSTGRES_URL";

const SETTINGS: [&str; 9] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "log_destination=stderr",
    "logging_collector=off",
    "lc_messages=C",
    "max_connections=200",
];

/// A running PostgreSQL whose `postgres` user needs no password.
pub struct Postgres {
    process: Process,
    port: u16,
    folder: TempDir,
}

impl Postgres {
    /// Initializes and starts one.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// With these settings more, such as `autovacuum=off`.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start_with(settings: &[&str]) -> Result<Self> {
        Self::start_in(folder()?, settings)
    }

    /// With a certificate for `localhost`; its authority is [`Self::ca_file`].
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    #[cfg(feature = "openldap")]
    pub fn with_certificate() -> Result<Self> {
        let folder = folder()?;
        crate::openldap::certificates(folder.path())?;
        let key = folder.path().join("server.key");
        // It refuses a key that others may read.
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        if let Some(user) = unprivileged()? {
            chown(&key, Some(user.uid), Some(user.gid))?;
        }
        let setting = |name: &str, file: &str| format!("{name}={}", folder.path().join(file).display());
        let (certificate, key) = (setting("ssl_cert_file", "server.pem"), setting("ssl_key_file", "server.key"));
        // A second address, which the certificate is not for.
        Self::start_in(folder, &["ssl=on", &certificate, &key, "listen_addresses=127.0.0.1,127.0.0.2"])
    }

    fn start_in(folder: TempDir, settings: &[&str]) -> Result<Self> {
        let user = unprivileged()?;
        let data = folder.path().join("data");
        let mut command = Command::new(binary::postgres("initdb")?);
        command.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
        command.arg(&data).current_dir(folder.path());
        demote(&mut command, user.as_ref());
        Process::run("initdb", command, step()).and_then(|finished: Finished| finished.success("initdb"))?;

        let port = free_port()?;
        let mut command = Command::new(binary::postgres("postgres")?);
        command.arg("-D").arg(&data).current_dir(folder.path()).args(["-p", &port.to_string()]);
        for setting in SETTINGS.iter().chain(settings) {
            command.args(["-c", setting]);
        }
        // The line that says it is ready goes to standard error: have it on standard output.
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(command.get_program()).args(command.get_args());
        shell.current_dir(folder.path());
        demote(&mut shell, user.as_ref());
        let mut process = Process::spawn("postgres", shell)?;
        process.next_line(step(), |line| line.contains("ready to accept connections").then_some(()))?;
        Ok(Self { process, port, folder })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority of its certificate.
    pub fn ca_file(&self) -> std::path::PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What a statement answers, row by row.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn ask(&self, text: &str) -> Result<Vec<String>> {
        Ok(psql(text, &self.url())?.stdout)
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// A folder that the user of PostgreSQL may enter.
fn folder() -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("isoloir-postgres-").tempdir()?;
    if let Some(user) = unprivileged()? {
        chown(folder.path(), Some(user.uid), Some(user.gid))
            .context("cannot hand the folder to the user of PostgreSQL")?;
    }
    Ok(folder)
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is its fast shutdown: clients are disconnected.
        let _ = self.process.signal(Signal::INT);
        let _ = self.process.wait(step());
    }
}

/// A port that nobody uses on loopback now.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Where a server of a test keeps its state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Engine {
    /// The file in its data folder, as without configuration.
    Sqlite,
    /// A database of its own in the PostgreSQL of the suite.
    Postgres,
}

/// The same tests for both engines; the module in a test's name says which. Each takes an [`Engine`].
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() -> anyhow::Result<()> { super::$name($crate::postgres::Engine::Sqlite) })+
        }
        mod postgres {
            $(#[test] fn $name() -> anyhow::Result<()> { super::$name($crate::postgres::Engine::Postgres) })+
        }
    };
}

/// A database in the PostgreSQL of the suite, empty at first; gone when dropped.
pub struct Database {
    server: String,
    name: String,
    stays: bool,
}

impl Database {
    /// Makes one.
    ///
    /// # Errors
    /// When the suite has no PostgreSQL.
    pub fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("isoloir_it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut database = Self::named(&name)?;
        database.stays = false;
        Ok(database)
    }

    /// One with this name, which is nobody else's; it stays.
    ///
    /// # Errors
    /// When there is no PostgreSQL.
    pub fn named(name: &str) -> Result<Self> {
        let server = std::env::var(URL_VARIABLE)
            .with_context(|| format!("{URL_VARIABLE} is not set; `cargo xtask test` starts a PostgreSQL for it"))?;
        let database = Self { server, name: name.to_owned(), stays: true };
        database.ask(&format!("CREATE DATABASE {} TEMPLATE template0", database.name))?;
        Ok(database)
    }

    /// Another one with the same content, which nobody uses now.
    ///
    /// # Errors
    /// When somebody does.
    pub fn copied(&self) -> Result<Self> {
        let copy = Self::new()?;
        copy.ask(&format!("DROP DATABASE {}", copy.name))?;
        copy.ask(&format!("CREATE DATABASE {} TEMPLATE {}", copy.name, self.name))?;
        Ok(copy)
    }

    /// Its URL, without a password.
    pub fn url(&self) -> String {
        let base = self.server.rsplit_once('/').map_or(self.server.as_str(), |(base, _)| base);
        format!("{base}/{}", self.name)
    }

    /// The section of a server's configuration that names it.
    pub fn configuration(&self) -> String {
        format!("[store]\nurl = '{}'\n", self.url())
    }

    fn ask(&self, text: &str) -> Result<Finished> {
        psql(text, &self.server)
    }

    fn ask_here(&self, text: &str) -> Result<Finished> {
        psql(text, &self.url())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The suite's PostgreSQL goes as a whole soon after.
        if self.stays {
            return;
        }
        let _ = self.ask(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

fn psql(text: &str, url: &str) -> Result<Finished> {
    let mut command = Command::new(binary::postgres("psql")?);
    command.args(["-At", "-v", "ON_ERROR_STOP=1", "-c", text, url]);
    Process::run("psql", command, step())?.success("psql")
}

struct User {
    uid: u32,
    gid: u32,
}

/// PostgreSQL refuses to run as root: the user it is then given to.
fn unprivileged() -> Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let accounts = fs::read_to_string(Path::new("/etc/passwd")).context("/etc/passwd")?;
    let user = ["postgres", "nobody"].iter().find_map(|name| account(&accounts, name));
    ensure!(user.is_some(), "neither a user postgres nor nobody exists to run PostgreSQL as");
    Ok(user)
}

fn account(accounts: &str, name: &str) -> Option<User> {
    let fields: Vec<&str> =
        accounts.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|f| f.first() == Some(&name))?;
    Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}

fn demote(command: &mut Command, user: Option<&User>) {
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_while_it_lives_and_leaves_nothing() -> Result<()> {
        let server = Postgres::start()?;
        let (folder, process) = (server.folder.path().to_path_buf(), server.process.id());
        let mut command = Command::new(binary::postgres("psql")?);
        command.args(["-At", "-c", "SELECT 6 * 7", &server.url()]);
        assert_eq!(Process::run("psql", command, step())?.success("psql")?.stdout, ["42"]);
        drop(server);
        assert!(!folder.exists());
        assert!(!Path::new("/proc").join(process.to_string()).exists());
        Ok(())
    }
}

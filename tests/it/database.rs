//! The server's database as it goes wrong in real life: a connection that somebody could listen to, a database that somebody puts
//! back to an earlier day. Each is refused in words that say what to do.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::Value;
use tempfile::TempDir;
use tests::postgres::{Database, Engine, Postgres};
use tests::server::{Server, Setup};
use tests::{Finished, Place, Process, binary, on_both_engines, step};

on_both_engines!(a_database_that_was_put_back_serves_nobody_before_its_log_is_reset);

fn pro_server(data: &Path, config: Option<&Path>, arguments: &[&str]) -> Result<Finished> {
    let mut command = Place::Host.command(&binary::built("pro-server")?);
    command.env("LC_ALL", "C").arg("--data").arg(data);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command.args(arguments);
    Process::run("pro-server", command, step())
}

/// A server whose database can be kept and put back.
struct Town {
    server: Server,
    config: Option<PathBuf>,
    database: Option<Database>,
    folder: TempDir,
}

/// A database of an earlier day.
enum Kept {
    File(PathBuf),
    Postgres(Database),
}

impl Town {
    fn start(engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut setup = Setup::in_folder(folder.path().join("server"));
        let database = if engine == Engine::Postgres { Some(Database::new()?) } else { None };
        if let Some(database) = &database {
            let config = folder.path().join("server.toml");
            fs::write(&config, database.configuration())?;
            setup.config = Some(config);
        }
        let config = setup.config.clone();
        Ok(Self { server: setup.start()?, config, database, folder })
    }

    fn import(&self, login: &str) -> Result<()> {
        let file = self.folder.path().join("people.csv");
        fs::write(&file, format!("login,name\n{login},Notary\n"))?;
        self.server.admin(&[Path::new("people"), Path::new("import"), &file]).map(drop)
    }

    fn file(&self) -> PathBuf {
        self.server.data().join("server.db")
    }

    /// Of a server that is stopped.
    fn keep(&self, name: &str) -> Result<Kept> {
        match &self.database {
            Some(database) => Ok(Kept::Postgres(database.copied()?)),
            None => {
                let kept = self.folder.path().join(name);
                fs::copy(self.file(), &kept)?;
                Ok(Kept::File(kept))
            }
        }
    }

    fn put_back(&mut self, kept: Kept) -> Result<()> {
        match kept {
            Kept::File(kept) => fs::copy(kept, self.file()).map(drop)?,
            Kept::Postgres(database) => {
                fs::write(self.config.as_ref().context("a configuration")?, database.configuration())?;
                self.database = Some(database);
            }
        }
        Ok(())
    }

    fn ask(&self, arguments: &[&str]) -> Result<Finished> {
        pro_server(self.server.data(), self.config.as_deref(), arguments)
    }
}

fn a_database_that_was_put_back_serves_nobody_before_its_log_is_reset(engine: Engine) -> Result<()> {
    let mut town = Town::start(engine)?;
    town.import("notary001")?;
    town.server.stop()?;
    let (yesterday, other) = (town.keep("yesterday.db")?, town.keep("other.db")?);
    town.server.start()?;
    town.import("notary002")?;
    town.server.stop()?;
    let today = town.keep("today.db")?;

    town.put_back(yesterday)?;
    let refused = town.ask(&["serve", "--listen", "127.0.0.1:0"])?;
    assert_eq!(refused.code, Some(1));
    for words in ["older than what this server has shown", "put the newest copy back", "pro-server log reset"] {
        ensure!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let found = town.ask(&["--json", "doctor"])?.stdout.join("\n");
    ensure!(found.contains("database-put-back"), "{found}");
    // The newest one is found after all: nothing has happened.
    town.put_back(today)?;
    town.server.start()?;
    assert_eq!(town.server.admin(&["people", "list"])?.len(), 2);
    town.server.stop()?;

    town.put_back(other)?;
    let reset: Value =
        serde_json::from_str(&town.ask(&["--json", "log", "reset"])?.success("log reset")?.stdout.join(""))?;
    assert_eq!(reset["log"], "reset");
    town.server.start()?;
    assert_eq!(town.server.admin(&["people", "list"])?.len(), 1, "what was put back is what there is");
    town.import("notary003")?;
    town.server.stop()
}

/// A root that has signed nothing.
fn another_authority(file: &Path) -> Result<()> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(fs::write(file, authority.self_signed(&KeyPair::generate()?)?.pem())?)
}

#[test]
fn postgres_is_believed_by_its_certificate_alone() -> Result<()> {
    let postgres = Postgres::with_certificate()?;
    let folder = tempfile::tempdir()?;
    let (data, config, other) =
        (folder.path().join("data"), folder.path().join("server.toml"), folder.path().join("ca.pem"));
    another_authority(&other)?;
    let configured = |url: &str, ca_file: Option<&Path>| -> Result<()> {
        let ca_file = ca_file.map(|file| format!("ca_file = {:?}\n", file.display().to_string())).unwrap_or_default();
        Ok(fs::write(&config, format!("[store]\nurl = '{url}'\n{ca_file}"))?)
    };
    let url = |host: &str| format!("postgres://postgres@{host}:{}/postgres", postgres.port());
    let ca_file = postgres.ca_file();
    for (url, ca_file) in [
        (url("localhost"), Some(other.as_path())),
        // The right authority, and a name that the certificate is not for.
        (url("127.0.0.2"), Some(ca_file.as_path())),
        // Public authorities only.
        (format!("{}?sslmode=verify-full", url("localhost")), None),
    ] {
        configured(&url, ca_file)?;
        let refused = pro_server(&data, Some(&config), &["serve", "--listen", "127.0.0.1:0"])?;
        assert_eq!(refused.code, Some(1), "{url}");
        let what = ["cannot be protected", "not for that name or not signed by a known authority", "[store] ca_file"];
        ensure!(what.iter().all(|words| refused.stderr.contains(words)), "{url}: {}", refused.stderr);
    }
    configured(&url("localhost"), Some(&ca_file))?;
    let mut server = Setup { config: Some(config.clone()), ..Setup::in_folder(data.clone()) }.start()?;
    let ours = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'isoloir'";
    let protected = postgres.ask(&format!("SELECT DISTINCT ssl, version {ours}"))?;
    assert_eq!(protected, ["t|TLSv1.3"], "every connection");
    let found = pro_server(&data, Some(&config), &["--json", "doctor"])?.stdout.join("\n");
    ensure!(found.contains("database-postgres-fine") && !found.contains("database-open"), "{found}");
    server.stop()
}

#[test]
fn postgres_that_is_not_on_this_machine_is_never_asked_in_the_open_by_forgetting_it() -> Result<()> {
    let database = Database::new()?;
    let folder = tempfile::tempdir()?;
    let (data, config) = (folder.path().join("data"), folder.path().join("server.toml"));
    // A name of this machine that does not look like one.
    let elsewhere = database.url().replace("127.0.0.1", "127.1");
    fs::write(&config, format!("[store]\nurl = '{elsewhere}'\n"))?;
    let refused = pro_server(&data, Some(&config), &["serve", "--listen", "127.0.0.1:0"])?;
    assert_eq!(refused.code, Some(1));
    ensure!(refused.stderr.contains("the server offers no TLS"), "{}", refused.stderr);
    // Whoever says that it may be so is told by the doctor what that means.
    fs::write(&config, format!("[store]\nurl = '{elsewhere}?sslmode=prefer'\n"))?;
    let found = pro_server(&data, Some(&config), &["--json", "doctor"])?.stdout.join("\n");
    ensure!(found.contains("database-open"), "{found}");
    Ok(())
}

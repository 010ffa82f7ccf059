//! The stage of the end-to-end tests: an organization whose people come from a real OpenLDAP (or from a CSV file), its server,
//! and two colleagues with their clients. Everything stands in one temporary folder, temporary files included.

use std::cell::{Ref, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tests::client::Client;
use tests::openldap::{self, OpenLdap};
use tests::postgres::{Database, Engine};
use tests::server::{Server, Setup};
use tests::{Place, step};

/// The largest offer that is saved without asking.
const AUTO_SAVE_BYTES_MAX: u64 = 4 << 30;

/// One organization at a time: the tests measure durations, and two cores carry no more. (With nextest, its test group.)
static ONE: Mutex<()> = Mutex::new(());

/// Two colleagues and their server. Fields are dropped in this order.
pub struct Office {
    pub first: Client,
    pub second: Client,
    pub server: Server,
    pub directory: Option<OpenLdap>,
    engine: Engine,
    databases: RefCell<Vec<Database>>,
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// Where each of the three runs, and where the server listens.
pub struct Places {
    pub server: Place,
    pub first: Place,
    pub second: Place,
    pub listen: [u8; 4],
    pub engine: Engine,
}

impl Places {
    pub fn here() -> Self {
        Self::on(Engine::Sqlite)
    }

    /// Here, with the server's state on this engine.
    pub fn on(engine: Engine) -> Self {
        Self { server: Place::Host, first: Place::Host, second: Place::Host, listen: [127, 0, 0, 1], engine }
    }
}

impl Office {
    /// People 1 and 2 of a directory of that many, enrolled with their directory passwords, their agents running.
    pub fn with_directory(people: usize, filter: &str) -> Result<Self> {
        Self::with_directory_on(Engine::Sqlite, people, filter)
    }

    /// The same with the server's state on this engine.
    pub fn with_directory_on(engine: Engine, people: usize, filter: &str) -> Result<Self> {
        Self::of_directory_on(engine, OpenLdap::start(people)?, filter)
    }

    /// The same with a directory that runs already.
    pub fn of_directory(directory: OpenLdap, filter: &str) -> Result<Self> {
        Self::of_directory_on(Engine::Sqlite, directory, filter)
    }

    fn of_directory_on(engine: Engine, directory: OpenLdap, filter: &str) -> Result<Self> {
        let office = Self::closed(Places::on(engine), Some(directory), filter)?;
        office.server.admin(&["sync"])?;
        let mut office = office;
        for (client, person) in [(&office.first, 1), (&office.second, 2)] {
            client.enroll_with_password(&office.server.link(), &openldap::password(person))?;
        }
        office.open()?;
        Ok(office)
    }

    /// Two people of a CSV file, enrolled with one-time codes, their agents running.
    pub fn with_codes(places: Places) -> Result<Self> {
        let mut office = Self::closed(places, None, "")?;
        let people = office.path("people.csv");
        let row = |person| format!("{},{},\n", openldap::login(person), openldap::name(person));
        fs::write(&people, format!("login,name,mail\n{}", (1..=40).map(row).collect::<String>()))?;
        office.server.admin(&[Path::new("people"), Path::new("import"), &people])?;
        for client in [&office.first, &office.second] {
            client.enroll(&office.server.code_link(client.login())?)?;
        }
        office.open()?;
        Ok(office)
    }

    /// The server runs; nobody is enrolled.
    pub fn closed(places: Places, directory: Option<OpenLdap>, filter: &str) -> Result<Self> {
        let configuration = directory.as_ref().map(|directory| directory.configuration(filter));
        Self::set_up(places, directory, configuration)
    }

    /// As [`Self::closed`], with this configuration of the server.
    pub fn configured(places: Places, directory: OpenLdap, configuration: &str) -> Result<Self> {
        Self::set_up(places, Some(directory), Some(configuration.to_owned()))
    }

    fn set_up(places: Places, directory: Option<OpenLdap>, configuration: Option<String>) -> Result<Self> {
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::Builder::new().prefix("isoloir-office-").tempdir()?;
        let root = folder.path();
        let downloads = root.join("downloads");
        fs::create_dir(&downloads)?;
        let mut setup = Setup::in_folder(root.join("server"));
        setup.place = places.server;
        setup.listen = (places.listen, 0).into();
        let databases = RefCell::default();
        setup.config = written(places.engine, &databases, &setup.data, &configuration.unwrap_or_default())?;
        let server = setup.start()?;
        let first = Client::new(root, &openldap::login(1), places.first)?;
        let second = Client::new(root, &openldap::login(2), places.second)?;
        let first = first.saving_into(&downloads, AUTO_SAVE_BYTES_MAX);
        let second = second.saving_into(&downloads, AUTO_SAVE_BYTES_MAX);
        Ok(Self { first, second, server, directory, engine: places.engine, databases, folder, _alone: alone })
    }

    /// Both clients' agents run.
    pub fn open(&mut self) -> Result<()> {
        self.first.start_agent()?;
        self.second.start_agent()
    }

    pub fn directory(&self) -> Result<&OpenLdap> {
        self.directory.as_ref().context("this office has no LDAP directory")
    }

    /// The configuration of a server in that folder, with an empty database of its own, if it needs one.
    pub fn empty_store(&self, data: &Path) -> Result<Option<PathBuf>> {
        written(self.engine, &self.databases, data, "")
    }

    /// A database that no server uses yet.
    pub fn new_database(&self) -> Result<Ref<'_, Database>> {
        self.databases.borrow_mut().push(Database::new()?);
        Ref::filter_map(self.databases.borrow(), |databases| databases.last()).ok().context("just made")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of that many MiB that looks random, the same for the same name.
    pub fn file(&self, name: &str, mebibytes: u64) -> Result<(PathBuf, blake3::Hash)> {
        let path = self.path(name);
        let mut file = fs::File::create(&path)?;
        let mut random = blake3::Hasher::new().update(name.as_bytes()).finalize_xof();
        let mut hasher = blake3::Hasher::new();
        let mut block = vec![0_u8; 1 << 20];
        for _ in 0..mebibytes {
            random.fill(&mut block);
            hasher.update(&block);
            std::io::Write::write_all(&mut file, &block)?;
        }
        Ok((path, hasher.finalize()))
    }
}

/// Writes `DATA.toml` when the server in `data` needs a configuration.
fn written(
    engine: Engine,
    databases: &RefCell<Vec<Database>>,
    data: &Path,
    configuration: &str,
) -> Result<Option<PathBuf>> {
    let mut text = configuration.to_owned();
    if engine == Engine::Postgres {
        let database = Database::new()?;
        text.push_str(&database.configuration());
        databases.borrow_mut().push(database);
    }
    if text.is_empty() {
        return Ok(None);
    }
    let config = config_of(data);
    fs::write(&config, text)?;
    Ok(Some(config))
}

/// Where the configuration of the server in `data` is, if it needs one.
pub fn config_of(data: &Path) -> PathBuf {
    data.with_extension("toml")
}

/// Both histories hold the same messages: the same ids, texts and senders, each once.
pub fn assert_same_history(left: &Client, right: &Client) -> Result<()> {
    let said = |client: &Client, with: &Client| -> Result<Vec<(String, String, String)>> {
        let text = |message: &serde_json::Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let history = client.history(with.login())?;
        let mut said: Vec<_> =
            history.iter().map(|m| (text(m, "message_id"), text(m, "from"), text(m, "text"))).collect();
        said.sort();
        Ok(said)
    };
    let (ours, theirs) = (said(left, right)?, said(right, left)?);
    assert_eq!(ours, theirs);
    let ids: std::collections::BTreeSet<&String> = ours.iter().map(|(id, _, _)| id).collect();
    ensure!(ids.len() == ours.len(), "a message was delivered twice");
    Ok(())
}

/// Waits until the file is saved; returns its path.
pub fn saved(events: &mut tests::client::Events, file_id: &str) -> Result<PathBuf> {
    events.next_within(step() * 5, "the whole file", |event| {
        let done = event["file_id"] == file_id && event["state"] == "saved";
        done.then(|| event["path"].as_str().map(PathBuf::from)).flatten()
    })
}

pub fn hash(path: &Path) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut fs::File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize())
}

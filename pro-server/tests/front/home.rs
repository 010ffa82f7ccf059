//! Where the server of a test keeps its state: a folder of its own and, on PostgreSQL, a database of its own. Each test runs on both
//! engines. It must never fall back from one to the other.

use std::path::Path;

use pro_server::app::{App, Running, StartError};
use pro_server::clock::Ambient;
use pro_server::config::{Config, MetricsListen};
use pro_server::storage::{Location, PostgresUrl};
use tempfile::TempDir;
use tests::postgres::{Database, Engine};

/// The same tests for both engines; the module in a test's name says which.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(tests::postgres::Engine::Sqlite).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(tests::postgres::Engine::Postgres).await; })+
        }
    };
}
pub(crate) use on_both_engines;

/// Gone when dropped.
pub struct Home {
    folder: TempDir,
    database: Option<Database>,
}

impl Home {
    pub fn on(engine: Engine) -> Self {
        Self::with((engine == Engine::Postgres).then(|| Database::new().expect("a database")))
    }

    pub fn with(database: Option<Database>) -> Self {
        Home { folder: tempfile::tempdir().expect("a temp folder"), database }
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Its database in PostgreSQL.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    pub fn configuration(&self) -> Config {
        let mut config = Config::embedded(self.data());
        let free = "127.0.0.1:0".parse().expect("an address");
        config.http.listen = free;
        config.http.workers = 1;
        config.metrics = MetricsListen::Chosen(free);
        if let Some(database) = &self.database {
            config.store = Location::Postgres(PostgresUrl::parse(&database.url(), None).expect("a URL"));
        }
        config
    }

    pub async fn start(&self) -> Running {
        self.try_start().await.expect("started")
    }

    pub async fn try_start(&self) -> Result<Running, StartError> {
        App::start(self.configuration(), Ambient::system()).await
    }
}

//! Noninterference: what a server keeps and emits is a function of who its people are and of totals, and of nothing else. Two
//! worlds with the same people, acts and totals but another graph of who talks to whom must leave the same bytes: database,
//! write-ahead log and its index, keys, all files of the data folder (killed, and stopped), log at TRACE, metrics, audit export. On
//! PostgreSQL the database is each table as its rows lie, and all files of a PostgreSQL that serves nobody else.
//! `tests::persisted` says what is normalized of a write-ahead log, `life::copy` what of two other files, `tests::postgres` what of
//! a PostgreSQL; nothing else is.
//!
//! Each world lives in a process of its own, because log and metrics belong to the process, and because what a process draws
//! at random (the order of hash maps, addresses in memory) must not show either. Holds under equal totals; it says nothing
//! about somebody who watches the traffic.

mod leak;
mod life;
mod plan;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use leak::Leak;
use plan::{LETTERS, World};
use tests::persisted::{Persisted, differences, persisted};
use tests::postgres::{Engine, Postgres, URL_VARIABLE};

const WORLD: &str = "ISOLOIR_TEST_WORLD";
const ENGINE: &str = "ISOLOIR_TEST_ENGINE";
const LEAK: &str = "ISOLOIR_TEST_LEAK";
const OUT: &str = "ISOLOIR_TEST_OUT";
/// Generous: slow cores, debug builds.
const LIFE_TIMEOUT: Duration = Duration::from_secs(120);

/// Of a PostgreSQL: it tidies up by its clock, and only if it is told to.
const BY_NO_CLOCK: &str = "autovacuum=off";

/// The name of [`a_world_lives_to_its_end`], which the comparisons start in other processes.
const LIFE: &str = "worlds::a_world_lives_to_its_end";

/// By itself, the first world. Without sleeps or retries: whatever does not happen fails.
#[tokio::test]
async fn a_world_lives_to_its_end() {
    let world = match std::env::var(WORLD).as_deref() {
        Ok("Other") => World::Other,
        _ => World::One,
    };
    let engine = match std::env::var(ENGINE).as_deref() {
        Ok("Postgres") => Engine::Postgres,
        _ => Engine::Sqlite,
    };
    let leak = match std::env::var(LEAK).as_deref() {
        Ok("Log") => Leak::Log,
        Ok("Metric") => Leak::Metric,
        Ok("Rows") => Leak::Rows,
        _ => Leak::None,
    };
    let own = tempfile::tempdir().expect("a temp folder");
    let out = std::env::var_os(OUT).map_or_else(|| own.path().to_path_buf(), Into::into);
    tokio::time::timeout(LIFE_TIMEOUT, life::live(world, engine, leak, &out)).await.expect("in time");
    assert!(out.join("stopped/keys/directory.key").exists());
}

/// What a world leaves, lived in a process of its own and, on PostgreSQL, with a server of its own, which is seized as well.
fn left(world: World, engine: Engine, leak: Leak) -> Persisted {
    let out = tempfile::tempdir().expect("a temp folder");
    let postgres = (engine == Engine::Postgres).then(|| Postgres::start_with(&[BY_NO_CLOCK]).expect("a PostgreSQL"));
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", LIFE, "--nocapture"]);
    command.env(WORLD, format!("{world:?}")).env(LEAK, format!("{leak:?}")).env(OUT, out.path());
    command.env(ENGINE, format!("{engine:?}"));
    if let Some(postgres) = &postgres {
        command.env(URL_VARIABLE, postgres.url());
    }
    let ended = command.output().expect("started");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    if let Some(postgres) = postgres {
        postgres.seize(&out.path().join("postgres")).expect("seized");
    }
    persisted(out.path()).expect("read")
}

/// The files that tell the worlds apart.
fn telling(engine: Engine, leak: Leak) -> Vec<String> {
    differences(&left(World::One, engine, leak), &left(World::Other, engine, leak))
}

mod sqlite {
    use super::Engine::Sqlite;

    #[test]
    fn who_talks_to_whom_leaves_no_trace() {
        super::who_talks_to_whom_leaves_no_trace(Sqlite, &["server.db", "keys/directory.key"]);
    }

    #[test]
    fn rows_in_the_order_of_arrival_are_seen() {
        super::rows_in_the_order_of_arrival_are_seen(Sqlite, "server.db");
    }
}

mod postgres {
    use super::Engine::Postgres;

    #[test]
    fn who_talks_to_whom_leaves_no_trace() {
        let tables = ["member", "device", "log_leaf", "audit_entry"].map(|name| format!("tables/public.{name}"));
        let files: Vec<&str> = tables.iter().map(String::as_str).chain(["keys/directory.key"]).collect();
        super::who_talks_to_whom_leaves_no_trace(Postgres, &files);
    }

    #[test]
    fn rows_in_the_order_of_arrival_are_seen() {
        super::rows_in_the_order_of_arrival_are_seen(Postgres, "tables/public.delivery");
    }
}

/// `kept`: files that a killed and a stopped server leave.
fn who_talks_to_whom_leaves_no_trace(engine: Engine, kept: &[&str]) {
    let (one, other) = (left(World::One, engine, Leak::None), left(World::Other, engine, Leak::None));
    assert_eq!(differences(&one, &other), Vec::<String>::new());

    // That the two are equal says something only if everything is there.
    let file = |name: &str| one.get(Path::new(name)).unwrap_or_else(|| panic!("no {name}: {:?}", one.keys()));
    let text = |name: &str| String::from_utf8(file(name).clone()).expect("UTF-8");
    let more: &[&str] = match engine {
        Engine::Sqlite => &["killed/server.db-wal", "killed/wal-index"],
        Engine::Postgres => &["postgres/PG_VERSION", "postgres/write-ahead-log"],
    };
    let names = kept.iter().flat_map(|name| ["killed", "stopped"].map(|state| format!("{state}/{name}")));
    for name in names.chain(["killed/ready.json"].iter().chain(more).map(|name| (*name).to_owned())) {
        assert!(!file(&name).is_empty(), "{name}");
    }
    let delivered = format!("isoloir_signal_envelopes_delivered_total {LETTERS}\n");
    assert!(text("metrics").contains(&delivered), "{}", text("metrics"));
    assert!(text("metrics").contains("isoloir_signal_sessions_opened_total 12\n"), "{}", text("metrics"));
    assert!(text("log").contains("serving") && text("log").contains("stopped"), "{}", text("log"));
    assert!(text("audit.jsonl").lines().count() > 20, "{}", text("audit.jsonl"));
}

/// `table`: where the planted rows are.
fn rows_in_the_order_of_arrival_are_seen(engine: Engine, table: &str) {
    let told = telling(engine, Leak::Rows);
    let at = ["killed", "stopped"].map(|state| format!("{state}/{table}"));
    let in_database = |line: &String| line.starts_with("postgres/") || at.iter().any(|at| line.starts_with(at));
    assert!(told.iter().any(|line| line.starts_with("killed/")), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with(&format!("{} ", at[1]))), "{told:?}");
    assert!(told.iter().all(in_database), "{told:?}");
}

#[test]
fn an_address_in_the_log_is_seen() {
    let told = telling(Engine::Sqlite, Leak::Log);
    assert!(told.len() == 1 && told[0].starts_with("log "), "{told:?}");
}

#[test]
fn a_metric_per_session_is_seen() {
    let told = telling(Engine::Sqlite, Leak::Metric);
    assert!(told.len() == 1 && told[0].starts_with("metrics "), "{told:?}");
}

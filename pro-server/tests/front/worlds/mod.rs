//! Noninterference: what a server keeps and emits is a function of who its people are and of totals, and of nothing else. Two
//! worlds with the same people, acts and totals but another graph of who talks to whom must leave the same bytes: database,
//! write-ahead log and its index, keys, all files of the data folder (killed, and stopped), log at TRACE, metrics, audit export.
//! `tests::persisted` says what is normalized of a write-ahead log, `life::copy` what of two other files; nothing else is.
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

const WORLD: &str = "ISOLOIR_TEST_WORLD";
const LEAK: &str = "ISOLOIR_TEST_LEAK";
const OUT: &str = "ISOLOIR_TEST_OUT";
/// Generous: slow cores, debug builds.
const LIFE_TIMEOUT: Duration = Duration::from_secs(120);

/// The name of [`a_world_lives_to_its_end`], which the comparisons start in other processes.
const LIFE: &str = "worlds::a_world_lives_to_its_end";

/// By itself, the first world. Without sleeps or retries: whatever does not happen fails.
#[tokio::test]
async fn a_world_lives_to_its_end() {
    let world = match std::env::var(WORLD).as_deref() {
        Ok("Other") => World::Other,
        _ => World::One,
    };
    let leak = match std::env::var(LEAK).as_deref() {
        Ok("Log") => Leak::Log,
        Ok("Metric") => Leak::Metric,
        Ok("Rows") => Leak::Rows,
        _ => Leak::None,
    };
    let own = tempfile::tempdir().expect("a temp folder");
    let out = std::env::var_os(OUT).map_or_else(|| own.path().to_path_buf(), Into::into);
    tokio::time::timeout(LIFE_TIMEOUT, life::live(world, leak, &out)).await.expect("in time");
    assert!(out.join("stopped/server.db").exists());
}

/// What a world leaves, lived in a process of its own.
fn left(world: World, leak: Leak) -> Persisted {
    let out = tempfile::tempdir().expect("a temp folder");
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", LIFE, "--nocapture"]);
    command.env(WORLD, format!("{world:?}")).env(LEAK, format!("{leak:?}")).env(OUT, out.path());
    let ended = command.output().expect("started");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    persisted(out.path()).expect("read")
}

/// The files that tell the worlds apart.
fn telling(leak: Leak) -> Vec<String> {
    differences(&left(World::One, leak), &left(World::Other, leak))
}

#[test]
fn who_talks_to_whom_leaves_no_trace() {
    let (one, other) = (left(World::One, Leak::None), left(World::Other, Leak::None));
    assert_eq!(differences(&one, &other), Vec::<String>::new());

    // That the two are equal says something only if everything is there.
    let file = |name: &str| one.get(Path::new(name)).unwrap_or_else(|| panic!("no {name}: {:?}", one.keys()));
    let text = |name: &str| String::from_utf8(file(name).clone()).expect("UTF-8");
    for name in [
        "killed/server.db",
        "killed/server.db-wal",
        "killed/wal-index",
        "killed/ready.json",
        "killed/keys/directory.key",
        "stopped/server.db",
        "stopped/keys/directory.key",
    ] {
        assert!(!file(name).is_empty(), "{name}");
    }
    let delivered = format!("isoloir_signal_envelopes_delivered_total {LETTERS}\n");
    assert!(text("metrics").contains(&delivered), "{}", text("metrics"));
    assert!(text("metrics").contains("isoloir_signal_sessions_opened_total 12\n"), "{}", text("metrics"));
    assert!(text("log").contains("serving") && text("log").contains("stopped"), "{}", text("log"));
    assert!(text("audit.jsonl").lines().count() > 20, "{}", text("audit.jsonl"));
}

#[test]
fn an_address_in_the_log_is_seen() {
    let told = telling(Leak::Log);
    assert!(told.len() == 1 && told[0].starts_with("log "), "{told:?}");
}

#[test]
fn a_metric_per_session_is_seen() {
    let told = telling(Leak::Metric);
    assert!(told.len() == 1 && told[0].starts_with("metrics "), "{told:?}");
}

#[test]
fn rows_in_the_order_of_arrival_are_seen() {
    let told = telling(Leak::Rows);
    let in_database = |line: &String| ["killed/server.db", "stopped/server.db"].iter().any(|at| line.starts_with(at));
    assert!(told.iter().any(|line| line.starts_with("killed/")), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("stopped/server.db ")), "{told:?}");
    assert!(told.iter().all(in_database), "{told:?}");
}

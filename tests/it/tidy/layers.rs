//! Rules about who may know whom: pure cores, one direction of imports, the transaction in two rooms only.

use anyhow::Result;
use regex::Regex;

use super::{Tracked, code, hold, tracked};

/// Rooms that decide and never act.
const PURE: [&str; 3] = ["pro-server/src/domain/", "client-cli/src/core/", "protocol/src/"];

/// What no file of a room may import from its own crate.
const FORBIDDEN: [(&str, &[&str]); 15] = [
    ("pro-server/src/domain", &["storage", "directory", "identity", "service", "http", "tasks", "app", "config"]),
    ("pro-server/src/storage", &["directory", "identity", "service", "http", "tasks", "app"]),
    ("pro-server/src/directory", &["storage", "identity", "service", "http", "tasks", "app"]),
    ("pro-server/src/identity", &["storage", "service", "http", "tasks", "app"]),
    ("pro-server/src/service", &["http", "tasks", "app"]),
    ("pro-server/src/http", &["storage", "app"]),
    ("pro-server/src/tasks", &["http", "app", "console"]),
    ("pro-server/src/console", &["storage", "directory", "identity", "http", "app"]),
    ("client-cli/src/core", &["crypto", "net", "store", "engine", "rpc", "ui"]),
    ("client-cli/src/crypto", &["net", "engine", "rpc", "ui"]),
    ("client-cli/src/net", &["store", "engine", "rpc", "ui"]),
    ("client-cli/src/store", &["net", "engine", "rpc", "ui"]),
    ("client-cli/src/engine", &["rpc", "ui"]),
    ("client-cli/src/rpc", &["ui", "store", "net", "crypto"]),
    (
        "client-cli/src/ui",
        &[
            "account",
            "cli",
            "conversation",
            "core",
            "crypto",
            "engine",
            "enrollment",
            "files",
            "net",
            "platform",
            "store",
        ],
    ),
];

fn in_room(path: &str, room: &str) -> bool {
    path.strip_prefix(room).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

fn purity(file: &Tracked) -> Result<Vec<String>> {
    if !PURE.iter().any(|room| file.path.starts_with(room)) {
        return Ok(Vec::new());
    }
    let impure = Regex::new(r"\b(tokio|sqlx|actix\w*|ldap3)\b|\basync\s+fn\b|::now\(")?;
    let lines = code(&file.text).filter(|(_, line)| impure.is_match(line));
    Ok(lines
        .map(|(number, line)| format!("{}:{number}: a core decides and does not act: {}", file.path, line.trim()))
        .collect())
}

fn direction(file: &Tracked) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (room, forbidden) in FORBIDDEN.iter().filter(|(room, _)| in_room(&file.path, room)) {
        let import = Regex::new(&format!(r"\bcrate::(\{{[^}}]*\b)?({})\b", forbidden.join("|")))?;
        found.extend(
            code(&file.text)
                .filter(|(_, line)| import.is_match(line))
                .map(|(number, line)| format!("{}:{number}: {room} may not know this: {}", file.path, line.trim())),
        );
    }
    Ok(found)
}

fn transactions(file: &Tracked) -> Result<Vec<String>> {
    let rooms = ["pro-server/src/service", "pro-server/src/storage"];
    if !file.path.starts_with("pro-server/src/") || rooms.iter().any(|room| in_room(&file.path, room)) {
        return Ok(Vec::new());
    }
    let transaction = Regex::new(r"\bTx\b")?;
    let lines = code(&file.text).filter(|(_, line)| transaction.is_match(line));
    Ok(lines
        .map(|(number, line)| {
            format!("{}:{number}: a transaction outside service and storage: {}", file.path, line.trim())
        })
        .collect())
}

fn check(rule: impl Fn(&Tracked) -> Result<Vec<String>>) -> Result<()> {
    let found: Result<Vec<_>> = tracked()?.iter().filter(|file| file.is_rust()).map(rule).collect();
    hold(found?.concat());
    Ok(())
}

#[test]
fn cores_decide_and_do_not_act() -> Result<()> {
    check(purity)
}

#[test]
fn imports_go_one_way() -> Result<()> {
    check(direction)
}

#[test]
fn a_transaction_is_owned_by_a_service() -> Result<()> {
    check(transactions)
}

#[test]
fn the_rules_bite() -> Result<()> {
    let file = |path: &str, text: &str| Tracked { path: path.to_owned(), text: text.to_owned() };
    for bad in ["use tokio::sync::mpsc;", "pub async fn run()", "let now = SystemTime::now();", "use sqlx::Row;"] {
        assert_eq!(purity(&file("pro-server/src/domain/sync.rs", bad))?.len(), 1, "{bad}");
        assert_eq!(purity(&file("pro-server/src/tasks/sync.rs", bad))?.len(), 0, "{bad}");
    }
    assert_eq!(purity(&file("client-cli/src/core/lane.rs", "//! No tokio here."))?.len(), 0);
    assert_eq!(direction(&file("pro-server/src/http/sync.rs", "use crate::storage::member;"))?.len(), 1);
    assert_eq!(direction(&file("pro-server/src/service/sync.rs", "use crate::{domain::sync, http};"))?.len(), 1);
    assert_eq!(direction(&file("pro-server/src/service.rs", "use crate::storage::Tx;"))?.len(), 0);
    assert_eq!(direction(&file("client-cli/src/engine/mod.rs", "crate::ui::show()"))?.len(), 1);
    assert_eq!(direction(&file("client-cli/src/ui/terminal/model.rs", "use crate::engine::port::Request;"))?.len(), 1);
    assert_eq!(direction(&file("client-cli/src/ui/terminal/model.rs", "use crate::rpc::Request;"))?.len(), 0);
    assert_eq!(transactions(&file("pro-server/src/http/a.rs", "fn a(tx: &mut Tx<'_>)"))?.len(), 1);
    assert_eq!(transactions(&file("pro-server/src/service/a.rs", "fn a(tx: &mut Tx<'_>)"))?.len(), 0);
    Ok(())
}

//! Rules about the repository: what the documents name exists, migrations come in pairs, no forbidden dependency, nothing of
//! the machine it was written on.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use regex::Regex;

use super::{Tracked, hold, root, tracked};

/// One provider of cryptography, nothing from the host, no GPL.
const BANNED: [&str; 6] = ["ring", "openssl", "openssl-sys", "native-tls", "actix-governor", "rusqlite"];
/// A decision fits on a page.
const DECISION_LINES_MAX: usize = 60;

fn paths_in(text: &str) -> Result<Vec<String>> {
    let quoted = Regex::new(r"`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+/?)`|\]\(([A-Za-z0-9_.][^)#:\s]*)(?:#[^)]*)?\)")?;
    let found = quoted.captures_iter(text).filter_map(|found| found.get(1).or(found.get(2)));
    Ok(found.map(|path| path.as_str().to_owned()).collect())
}

#[test]
fn paths_in_the_map_exist() -> Result<()> {
    let mut missing = Vec::new();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "docs/threat-model.md"] {
        let text = std::fs::read_to_string(root().join(document)).with_context(|| document.to_owned())?;
        let paths = paths_in(&text)?;
        ensure!(!paths.is_empty(), "{document} names no path");
        missing.extend(
            paths.into_iter().filter(|path| !root().join(path).exists()).map(|path| format!("{document}: {path}")),
        );
    }
    hold(missing);
    Ok(())
}

#[test]
fn the_path_rule_bites() -> Result<()> {
    let paths = paths_in(
        "see `protocol/src/ids.rs`, [the guide](docs/cli.md#send), `cargo`, `/v1/signal`, https://example.org/a",
    )?;
    assert_eq!(paths, ["protocol/src/ids.rs", "docs/cli.md"]);
    Ok(())
}

fn migrations(files: &[Tracked], engine: &str) -> BTreeSet<String> {
    let folder = format!("migrations/{engine}/");
    files
        .iter()
        .filter_map(|file| file.path.strip_prefix(&folder))
        .filter(|name| name.ends_with(".sql"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn migrations_come_in_pairs() -> Result<()> {
    let files = tracked()?;
    let (sqlite, postgres) = (migrations(&files, "sqlite"), migrations(&files, "postgres"));
    assert_eq!(sqlite, postgres);
    let well_named = Regex::new(r"^\d{4}_[a-z0-9_]+\.sql$")?;
    hold(sqlite.into_iter().filter(|name| !well_named.is_match(name)).collect());
    Ok(())
}

#[test]
fn decisions_are_numbered_and_fit_on_a_page() -> Result<()> {
    let files = tracked()?;
    let mut decisions: Vec<&Tracked> = files.iter().filter(|file| file.path.starts_with("docs/adr/")).collect();
    decisions.sort_by(|left, right| left.path.cmp(&right.path));
    ensure!(!decisions.is_empty(), "no decision is recorded");
    let mut found = Vec::new();
    for (index, decision) in decisions.iter().enumerate() {
        if !decision.path.starts_with(&format!("docs/adr/{:04}-", index + 1)) {
            found.push(format!("{}: out of order", decision.path));
        }
        if decision.text.lines().count() > DECISION_LINES_MAX {
            found.push(format!("{}: longer than a page", decision.path));
        }
    }
    hold(found);
    Ok(())
}

#[test]
fn forbidden_crates_are_not_built() -> Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "tree",
        "--workspace",
        "--locked",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--edges",
        "normal,build,dev",
    ]);
    let listed = command.current_dir(root()).output().context("cargo tree")?;
    ensure!(listed.status.success(), "cargo tree: {}", String::from_utf8_lossy(&listed.stderr));
    let built: BTreeSet<String> = String::from_utf8(listed.stdout)?
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    ensure!(built.contains("rustls"), "cargo tree listed {} crates without rustls", built.len());
    hold(BANNED.iter().filter(|name| built.contains(**name)).map(|name| format!("{name} is built in")).collect());
    Ok(())
}

/// Paths of a developer's machine and of its tools; written apart so that this file holds its own rule.
const MACHINE: &str =
    concat!(r"/work/(ma", r"in|sha", r"red)|/tmp/(w", r"t|s", r"k)/|\.\./sha", r"red/|/home/\w+/|/ro", r"ot/\.");

#[test]
fn nothing_names_the_machine_it_was_written_on() -> Result<()> {
    let machine = Regex::new(MACHINE)?;
    assert!(machine.is_match(concat!("/tmp/w", "t/x")));
    let mut found = Vec::new();
    for file in tracked()? {
        let lines = file.text.lines().enumerate().filter(|(_, line)| machine.is_match(line));
        found.extend(lines.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())));
    }
    hold(found);
    Ok(())
}

#[test]
fn each_topic_of_the_protocol_has_its_text() -> Result<()> {
    let files = tracked()?;
    let written = |name: &&str| files.iter().any(|file| file.path == format!("protocol/spec/{name}.md"));
    let topics =
        ["certificate", "envelope", "files", "ids-and-codec", "lanes", "limits", "links", "log", "policy", "signaling"];
    hold(
        topics.iter().filter(|name| !written(name)).map(|name| format!("protocol/spec/{name}.md is missing")).collect(),
    );
    Ok(())
}

//! The server's state moves to PostgreSQL and back while people work with it: nothing changes but the place, and no client notices more
//! than a restart. What an administrator does wrong meanwhile is refused in words.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::postgres::{Database, Engine};
use tests::server::Setup;
use tests::{Finished, Place, Process, binary, step};

use crate::office::{Office, Places, assert_same_history, config_of};

fn pro_server<A: AsRef<OsStr>>(office: &Office, arguments: &[A]) -> Result<Finished> {
    let data = office.server.data();
    let mut command = Place::Host.command(&binary::built("pro-server")?);
    command.env("LC_ALL", "C").arg("--data").arg(data);
    if config_of(data).exists() {
        command.arg("--config").arg(config_of(data));
    }
    command.args(arguments);
    Process::run("pro-server", command, step())
}

fn refused<A: AsRef<OsStr>>(office: &Office, arguments: &[A], words: &str) -> Result<()> {
    let finished = pro_server(office, arguments)?;
    assert_ne!(finished.code, Some(0));
    ensure!(finished.stderr.contains(words), "{}", finished.stderr);
    Ok(())
}

fn only(finished: &Finished) -> Result<Value> {
    Ok(serde_json::from_str(finished.stdout.first().context("nothing printed")?)?)
}

fn serve_again(office: &mut Office) -> Result<()> {
    let (listen, data) = (office.server.address(), office.server.data().to_path_buf());
    let config = Some(config_of(&data)).filter(|config| config.exists());
    office.server = Setup { listen, config, ..Setup::in_folder(data) }.start()?;
    Ok(())
}

#[test]
fn postgres_takes_a_running_organization_and_gives_it_back() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    let database = Database::new()?;
    office.first.deliver(office.second.login(), "before")?;
    let to = ["--json", "store", "copy", "--to", &database.url()];
    refused(&office, &to, "Stop it first")?;
    let before: Value = serde_json::from_str(&office.server.admin(&["--json", "log", "checkpoint"])?.join(""))?;
    office.server.stop()?;
    let moved = only(&pro_server(&office, &to)?.success("store copy")?)?;
    assert_eq!(moved["state"], "copied");
    let people = moved["tables"].as_array().context("tables")?.iter().find(|table| table["table"] == "member");
    assert_eq!(people.context("people")?["rows"], 40);
    ensure!(before["note"].as_str().is_some_and(|note| note.contains(&moved["log"]["entries"].to_string())), "{moved}");

    refused(&office, &["serve", "--listen", "127.0.0.1:0"], "moved elsewhere")?;
    fs::write(config_of(office.server.data()), database.configuration())?;
    serve_again(&mut office)?;
    office.first.deliver(office.second.login(), "on PostgreSQL")?;
    office.second.deliver(office.first.login(), "and back")?;
    let found = pro_server(&office, &["--json", "doctor"])?.stdout.join("\n");
    ensure!(found.contains("database-postgres-fine"), "{found}");
    // A killed server lets go of the database by itself.
    office.server.kill()?;
    serve_again(&mut office)?;
    office.first.deliver(office.second.login(), "after a crash")?;

    office.server.stop()?;
    let file = office.server.data().join("server.db");
    fs::rename(&file, office.path("left-behind.db"))?;
    let back = [OsStr::new("--json"), OsStr::new("store"), OsStr::new("copy"), OsStr::new("--to"), file.as_os_str()];
    assert_eq!(only(&pro_server(&office, &back)?.success("store copy")?)?["state"], "copied");
    fs::remove_file(config_of(office.server.data()))?;
    serve_again(&mut office)?;
    office.second.deliver(office.first.login(), "on SQLite again")?;
    assert!(office.first.status()?["alarm"].is_null(), "nobody takes a move for an attack");
    assert_same_history(&office.first, &office.second)
}

#[test]
fn postgres_serves_one_server_and_says_what_is_wrong() -> Result<()> {
    let office = Office::closed(Places::on(Engine::Postgres), None, "")?;
    let second = office.path("second");
    let serve = |data: &Path, config: &Path| -> Result<Finished> {
        let mut command = Place::Host.command(&binary::built("pro-server")?);
        command.env("LC_ALL", "C").arg("--data").arg(data).arg("--config").arg(config);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Process::run("pro-server", command, step())
    };
    let taken = serve(&second, &config_of(office.server.data()))?;
    assert_eq!(taken.code, Some(1));
    ensure!(taken.stderr.contains("Another server serves on the database"), "{}", taken.stderr);
    let config = office.path("elsewhere.toml");
    for (url, words) in [
        ("postgres://postgres@127.0.0.1:1/isoloir", "cannot be reached"),
        ("postgres://nobody@HERE/postgres", "does not let this user"),
        ("postgres://postgres@HERE/nothing_here", "There is no database"),
        ("postgres://postgres@HERE/postgres?sslmode=verify-full", "cannot be protected"),
        ("postgres://postgres:canary@HERE/postgres", "holds a password"),
    ] {
        let database = office.new_database()?.url();
        let here = database.rsplit('@').next().and_then(|rest| rest.split('/').next()).context("an address")?;
        fs::write(&config, format!("[store]\nurl = '{}'\n", url.replace("HERE", here)))?;
        let refused = serve(&second, &config)?;
        assert_ne!(refused.code, Some(0), "{url}");
        ensure!(refused.stderr.contains(words) && !refused.stderr.contains("canary"), "{}", refused.stderr);
    }
    Ok(())
}

#[test]
fn postgres_is_migrated_before_a_server_starts() -> Result<()> {
    let mut office = Office::closed(Places::here(), None, "")?;
    office.server.stop()?;
    let database = Database::new()?;
    let config = office.path("new.toml");
    fs::write(&config, database.configuration())?;
    let migrate = |plan: &[&str]| -> Result<Value> {
        let mut command = Place::Host.command(&binary::built("pro-server")?);
        command
            .arg("--data")
            .arg(office.path("new"))
            .arg("--config")
            .arg(&config)
            .args(["--json", "migrate"])
            .args(plan);
        only(&Process::run("pro-server migrate", command, step())?.success("migrate")?)
    };
    let planned = migrate(&["--plan"])?;
    assert_eq!((&planned["state"], &planned["migrations"][0]), (&"planned".into(), &"0001_initial".into()));
    assert_eq!(migrate(&[])?["migrations"], planned["migrations"], "it does what it said");
    assert_eq!(migrate(&["--plan"])?["migrations"], Value::Array(Vec::new()));
    Ok(())
}

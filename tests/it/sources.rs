//! Several directories at once: each is read by itself, a person belongs to one, and one that leaves the configuration takes
//! nobody with it.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::Place;
use tests::client::Client;
use tests::openldap::{self, OpenLdap};
use tests::samba::{self, SHORT_DOMAIN, Samba};
use tests::server::Server;

use crate::office::{Office, Places};

/// From a change in a directory that is read on its timer to the last closed link of somebody who left.
const LEFT_MAX: Duration = Duration::from_secs(60);

/// Paris has everybody whose login ends in 1, Lyon in 2, and both claim number 13.
const PARIS: &str = "(&(employeeType=staff)(|(uid=*1)(uid=notary013)))";
const LYON: &str = "(&(employeeType=staff)(|(uid=*2)(uid=notary013)))";

fn section(directory: &OpenLdap, name: &str, filter: &str, interval_s: u64) -> String {
    let section = directory.configuration(filter).replace("interval_s = 3600", &format!("interval_s = {interval_s}"));
    section.replace("[directory.ldap]", &format!("[[directory.ldap]]\nname = {name:?}"))
}

fn rows(server: &Server, arguments: &[&str]) -> Result<Vec<Value>> {
    let finished = server.ask(&[&["--json"], arguments].concat())?;
    finished.stdout.iter().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn state(server: &Server, login: &str) -> Result<Option<String>> {
    let people = rows(server, &["people", "list"])?;
    let person = people.iter().find(|person| person["login"] == login);
    Ok(person.and_then(|person| person["state"].as_str()).map(str::to_owned))
}

/// The run of a source among rows of `sync`.
fn run<'r>(rows: &'r [Value], source: &str) -> Result<&'r Value> {
    rows.iter().find(|row| row["source"] == source).with_context(|| format!("no run of {source}"))
}

#[test]
fn two_directories_serve_side_by_side_and_each_keeps_its_own() -> Result<()> {
    let directory = OpenLdap::start(60)?;
    let (paris, lyon) = (section(&directory, "paris", PARIS, 3600), section(&directory, "lyon", LYON, 5));
    let mut office = Office::configured(Places::here(), directory, &format!("{paris}{lyon}"))?;
    let (first, second) = (openldap::login(1), openldap::login(2));

    let synced = rows(&office.server, &["sync"])?;
    ensure!(run(&synced, "paris")?["state"] == "applied" && run(&synced, "lyon")?["state"] == "applied", "{synced:?}");
    let skipped = synced.iter().find(|row| row["reason"] == "somebody of another source has this login");
    ensure!(skipped.is_some(), "the one whom both claim is not told: {synced:?}");
    assert_eq!(state(&office.server, "notary013")?.as_deref(), Some("provisioned"), "they belong to the first");
    for (client, person) in [(&office.first, 1), (&office.second, 2)] {
        client.enroll_with_password(&office.server.link(), &openldap::password(person))?;
    }
    office.open()?;
    office.first.deliver(office.second.login(), "from Paris to Lyon")?;

    // Nobody asks: the timer of Lyon does.
    let mut events = office.first.watch()?;
    let left = Instant::now();
    office.directory()?.replace(&second, "employeeType", "left")?;
    events.next("the closed link", |event| {
        (event["event"] == "link" && event["peer"] == second && event["state"] == "closed").then_some(())
    })?;
    let taken = left.elapsed();
    assert!(taken <= LEFT_MAX, "the link was closed {taken:?} after the change");
    assert_eq!(state(&office.server, &second)?.as_deref(), Some("suspended"));
    assert_eq!(state(&office.server, &first)?.as_deref(), Some("active"), "Paris has nothing to do with it");
    let history = rows(&office.server, &["sync", "--history", "--source", "lyon"])?;
    ensure!(history.iter().any(|run| run["suspended"] == 1 && run["hit"] == 1), "not in the history: {history:?}");

    office.server.stop()?;
    fs::write(office.path("server.toml"), &lyon)?;
    office.server.start()?;
    rows(&office.server, &["sync"])?;
    assert_eq!(
        state(&office.server, &first)?.as_deref(),
        Some("active"),
        "who left the configuration took somebody along"
    );
    let refused = office.server.ask(&["sync", "--source", "paris"])?;
    assert_eq!(refused.code, Some(1), "everybody of Paris went without a word");
    let shown = rows(&office.server, &["sync", "--plan", "--source", "paris"])?;
    ensure!(shown.iter().any(|row| row["change"] == "suspend" && row["login"] == first), "{shown:?}");
    let digest = run(&shown, "paris")?["digest"].as_str().context("no digest")?.to_owned();
    let other = "00".repeat(32);
    assert_eq!(office.server.ask(&["sync", "--source", "paris", "--agree", &other])?.code, Some(1), "another plan");
    office.server.admin(&["sync", "--source", "paris", "--agree", &digest])?;
    assert_eq!(state(&office.server, &first)?.as_deref(), Some("suspended"));
    let history = rows(&office.server, &["sync", "--history", "--source", "paris"])?;
    ensure!(history.first().is_some_and(|run| run["agreed"] == true), "who agreed is not in the history: {history:?}");
    Ok(())
}

/// An Active Directory domain and an OpenLDAP side by side. Whoever the domain disables in the middle of a link is out by itself.
#[test]
fn a_domain_and_an_openldap_are_one_organization() -> Result<()> {
    const ENABLED: u32 = 512;
    const DISABLED: u32 = 514;
    let (domain, directory) = (Samba::start()?, OpenLdap::start(3)?);
    domain.set_password(1, ENABLED)?;
    let account = format!("{SHORT_DOMAIN}\\administrator");
    let headed = |name: &str| format!("[[directory.ldap]]\nname = {name:?}");
    let ad = domain.configuration(&account).replace("[directory.ldap]", &headed("domain"));
    let unix = section(&directory, "unix", "(employeeType=staff)", 3600);
    let mut office = Office::configured(Places::here(), directory, &format!("{ad}{unix}"))?;
    let synced = rows(&office.server, &["sync"])?;
    ensure!(run(&synced, "domain")?["state"] == "applied" && run(&synced, "unix")?["state"] == "applied", "{synced:?}");

    let (clerk, notary) = (format!("{}@ad.example.test", samba::login(1)), openldap::login(1));
    let mut other = Client::new(&office.path("domain"), &clerk, Place::Host)?;
    other.enroll_with_password(&office.server.link(), samba::password())?;
    office.first.enroll_with_password(&office.server.link(), &openldap::password(1))?;
    other.start_agent()?;
    office.first.start_agent()?;
    office.first.deliver(&clerk, "from one directory to the other")?;

    let mut events = office.first.watch()?;
    let left = Instant::now();
    domain.set_password(1, DISABLED)?;
    events.next("the closed link", |event| {
        (event["event"] == "link" && event["peer"] == clerk && event["state"] == "closed").then_some(())
    })?;
    let taken = left.elapsed();
    assert!(taken <= LEFT_MAX, "the link was closed {taken:?} after the change");
    assert_eq!(state(&office.server, &clerk)?.as_deref(), Some("suspended"));
    assert_eq!(
        state(&office.server, &notary)?.as_deref(),
        Some("active"),
        "the other directory has nothing to do with it"
    );
    Ok(())
}

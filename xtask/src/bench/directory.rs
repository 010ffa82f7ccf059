//! Everybody of a large organization out of a real OpenLDAP, on both database engines: the first run, an unchanged one, and one of a
//! hundred changes, beside `ldapsearch` of the same entries in the same run.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};
use tests::openldap::{self, OpenLdap};
use tests::postgres::{Engine, Postgres};
use tests::server::{Server, Setup};
use tests::{binary, step};

use super::figure::{Figure, Report, percentile_ms};
use super::{Load, pages, usage};

const FILTER: &str = "(objectClass=inetOrgPerson)";
/// People whom the directory changes at once.
const CHANGED: usize = 100;
/// What the first run may take beyond the search.
const BEYOND_SEARCH_S: f64 = 15.0;

struct Names {
    first: &'static str,
    cpu: &'static str,
    memory: &'static str,
    unchanged: &'static str,
    increment: &'static str,
    page: &'static str,
}

const ENGINES: [(Engine, Names); 2] = [
    (
        Engine::Sqlite,
        Names {
            first: "directory, first run, SQLite",
            cpu: "directory, CPU of the first run, SQLite",
            memory: "directory, most memory, SQLite",
            unchanged: "directory, unchanged run, SQLite",
            increment: "directory, 100 changes, SQLite",
            page: "directory, a page or a search, p99, SQLite",
        },
    ),
    (
        Engine::Postgres,
        Names {
            first: "directory, first run, PostgreSQL",
            cpu: "directory, CPU of the first run, PostgreSQL",
            memory: "directory, most memory, PostgreSQL",
            unchanged: "directory, unchanged run, PostgreSQL",
            increment: "directory, 100 changes, PostgreSQL",
            page: "directory, a page or a search, p99, PostgreSQL",
        },
    ),
];

/// # Errors
/// When a program fails.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let directory = OpenLdap::crowd(load.people, load.groups)?;
    for (round, (engine, names)) in ENGINES.iter().enumerate() {
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::start()?),
        };
        let place = folder.join(format!("server{round}"));
        fs::create_dir(&place)?;
        let store = postgres.as_ref().map(|postgres| format!("[store]\nurl = '{}'\n", postgres.url()));
        let config = place.join("server.toml");
        let ldap = directory.configuration(FILTER) + &OpenLdap::group_configuration();
        fs::write(&config, store.unwrap_or_default() + &ldap)?;
        let setup = Setup { config: Some(config), ..Setup::in_folder(place.join("data")) };
        of_engine(&directory, setup, names, (round, load), report)?;
    }
    Ok(())
}

fn of_engine(
    directory: &OpenLdap,
    setup: Setup,
    names: &Names,
    (round, load): (usize, &Load),
    report: &mut Report,
) -> Result<()> {
    let search = search_s(directory)?;
    let start = Instant::now();
    let mut server = setup.start()?;
    runs(&server, |runs| !runs.is_empty())?;
    let first = start.elapsed().as_secs_f64();
    let pid = server.ready().pid;
    report.add(Figure::new(names.first, first, "s").beside("ldapsearch", search).at_most(search + BEYOND_SEARCH_S));
    report.add(Figure::new(names.cpu, usage::cpu_s(pid)?, "s").at_most(10.0));

    let search = search_s(directory)?;
    let start = Instant::now();
    server.admin(&["sync"])?;
    let unchanged = start.elapsed().as_secs_f64();
    report.add(Figure::new(names.unchanged, unchanged, "s").beside("ldapsearch", search).at_most(search * 1.5));

    let so_far: u64 = changed(&server.log()).iter().sum();
    directory.change(&changes(round))?;
    let start = Instant::now();
    runs(&server, |runs| runs.iter().sum::<u64>() >= so_far + CHANGED as u64)?;
    report.add(Figure::new(names.increment, start.elapsed().as_secs_f64(), "s").at_most(0.5));
    let memory_mib = || Ok::<_, anyhow::Error>(usage::memory_kib(pid, "VmHWM")? / 1024.0);
    let of_runs = memory_mib()?;
    let page = percentile_ms(&pages::taken(&server, load)?, 99);
    report.add(Figure::new(names.page, page, "ms").at_most(20.0));
    report
        .add(Figure::new(names.memory, of_runs, "MiB").beside("with lists and searches", memory_mib()?).at_most(300.0));
    server.stop()
}

/// What the server asks of a person: who it is, and whether the account is open.
const OF_PEOPLE: [&str; 8] =
    ["entryUUID", "uid", "cn", "mail", "nsAccountLock", "loginDisabled", "pwdAccountLockedTime", "shadowExpire"];
const OF_GROUPS: [&str; 5] = ["entryUUID", "cn", "member", "uniqueMember", "memberUid"];

/// What `ldapsearch` takes for the same entries and attributes, over TLS too, in seconds.
fn search_s(directory: &OpenLdap) -> Result<f64> {
    let start = Instant::now();
    for (base, filter, attributes) in
        [("people", FILTER, OF_PEOPLE.as_slice()), ("groups", "(objectClass=groupOfNames)", &OF_GROUPS)]
    {
        let mut command = Command::new(binary::installed("ldapsearch", &[])?);
        command.args(["-x", "-LLL", "-H", &directory.tls_url(), "-D", openldap::SERVICE_DN, "-y"]);
        command.arg(directory.service_password_file()).env("LDAPTLS_CACERT", directory.ca_file());
        command.args(["-b", &format!("ou={base},{}", openldap::SUFFIX), filter]).args(attributes);
        let status = command.stdout(Stdio::null()).status()?;
        ensure!(status.success(), "ldapsearch ended with {status}");
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Another name for each of the first people.
fn changes(round: usize) -> String {
    let change = |person| {
        let dn = openldap::dn(&openldap::login(person));
        format!("dn: {dn}\nchangetype: modify\nreplace: cn\ncn: Notary {person} of round {round}\n\n")
    };
    (1..=CHANGED).map(change).collect()
}

/// How many people each run so far changed, as the server's log says it.
fn changed<'l>(log: impl IntoIterator<Item = &'l String>) -> Vec<u64> {
    let updated = |line: &String| {
        let said = line.split_once("\"updated\":").filter(|_| line.contains("\"directory run\""))?.1;
        said.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    log.into_iter().filter_map(updated).collect()
}

/// Waits until the runs so far have changed what is awaited.
fn runs(server: &Server, awaited: impl Fn(&[u64]) -> bool) -> Result<()> {
    server.awaited_log(4 * step(), |log| awaited(&changed(log)).then_some(()))
}

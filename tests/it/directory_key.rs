//! The yearly step: the directory key ends, everybody who looks after the server is told in time and with the command, and a renewal by
//! the root key costs nobody anything: neither who is there, nor who comes back after the old end, nor who was late. The same for the
//! step that nobody hopes for: another key in its place.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::client::Client;
use tests::netns::{Host, NetNs};
use tests::server::{Server, Setup};
use tests::{Finished, Place, Process, binary, openldap, step};

use crate::office::{Office, Places};

const DAY_S: i64 = 86_400;
/// The clients keep the server's address.
const PORT: u16 = 39_472;

/// An organization whose programs run on the day that is asked for.
struct Calendar {
    office: Office,
    namespace: String,
    _network: NetNs,
}

impl Calendar {
    fn new() -> Result<Self> {
        binary::installed("faketime", &[])?;
        let network = NetNs::start()?;
        let Place::Namespace(namespace) = network.place(Host::Server) else { anyhow::bail!("a host is a namespace") };
        // Only its folder and its turn are needed.
        let mut office = Office::closed(Places::here(), None, "")?;
        office.server.stop()?;
        Ok(Self { office, namespace, _network: network })
    }

    /// So many days from today.
    fn day(&self, days: i64) -> Place {
        Place::Then { namespace: self.namespace.clone(), behind_s: -days * DAY_S }
    }

    fn data(&self) -> PathBuf {
        self.office.path("yearly/server")
    }

    fn serve(&self, days: i64) -> Result<Server> {
        let (place, listen) = (self.day(days), ([127, 0, 0, 1], PORT).into());
        Setup { place, listen, ..Setup::in_folder(self.data()) }.start()
    }

    /// Founded that many days from today, with people in it.
    fn found(&self, days: i64) -> Result<()> {
        let mut server = self.serve(days)?;
        self.import(&server)?;
        server.stop()
    }

    fn import(&self, server: &Server) -> Result<()> {
        let people = self.office.path("people.csv");
        let row = |person| format!("{},{}\n", openldap::login(person), openldap::name(person));
        fs::write(&people, format!("login,name\n{}", (1..=5).map(row).collect::<String>()))?;
        server.admin(&[Path::new("people"), Path::new("import"), &people])?;
        Ok(())
    }

    /// A command of `pro-server` on that day, on the data folder or, with another one, on another machine.
    fn command<A: AsRef<OsStr>>(&self, days: i64, data: &Path, locale: &str, arguments: &[A]) -> Result<Finished> {
        let mut command = self.day(days).command(&binary::built("pro-server")?);
        command.env("LC_ALL", locale).arg("--data").arg(data).args(arguments);
        Process::run("pro-server", command, step())
    }

    /// What doctor finds about the keys, beside the root key that lies there: its code, and its words in both languages.
    fn doctor(&self, days: i64) -> Result<(String, String)> {
        let seen = self.command(days, &self.data(), "C", &["--json", "doctor"])?;
        let findings = seen.stdout.iter().map(|line| Ok(serde_json::from_str::<Value>(line)?));
        let findings = findings.collect::<Result<Vec<_>>>()?;
        let about = |finding: &&Value| finding["part"] == "keys" && finding["code"] != "keys-root-here";
        let code = findings.iter().find(about).and_then(|finding| finding["code"].as_str()).context("no finding")?;
        let french = self.command(days, &self.data(), "fr_FR.UTF-8", &["doctor"])?.stdout.join("\n");
        Ok((code.to_owned(), format!("{}\n{french}", seen.stdout.join("\n"))))
    }

    fn client(&self, person: usize, days: i64) -> Result<Client> {
        Client::new(&self.office.path("yearly"), &openldap::login(person), self.day(days))
    }
}

fn only(finished: &[String]) -> Result<Value> {
    Ok(serde_json::from_str(finished.first().context("nothing printed")?)?)
}

/// What the server said about its key since it started.
fn told(server: &Server, what: &str) -> bool {
    server.log().iter().any(|line| line.contains(what) && line.contains("keys renew"))
}

fn until(client: &Client) -> Result<Option<u64>> {
    Ok(client.status()?["directory_key_until_ms"].as_u64())
}

#[test]
fn a_key_renewed_in_time_costs_nobody_anything() -> Result<()> {
    let calendar = Calendar::new()?;
    calendar.found(-340)?;
    // Today: twenty-five days are left.
    let mut server = calendar.serve(0)?;
    let (code, words) = calendar.doctor(0)?;
    assert_eq!(code, "keys-ending");
    assert_eq!(words.matches("pro-server keys renew").count(), 2, "{words}");
    let (mut first, mut second) = (calendar.client(1, 0)?, calendar.client(2, 0)?);
    for client in [&mut first, &mut second] {
        client.enroll(&server.code_link(client.login())?)?;
        client.start_agent()?;
    }
    first.deliver(second.login(), "before")?;
    second.stop_agent()?;
    ensure!(told(&server, "ends"), "{:?}", server.log());

    let mut events = first.watch()?;
    let renewed = only(&server.admin(&["--json", "keys", "renew"])?)?;
    assert_eq!((renewed["state"].as_str(), renewed["serial"].as_u64()), (Some("renewed"), Some(2)));
    let end = renewed["not_after_ms"].as_u64();
    events.next("the new end of the key", |event| {
        (event["event"] == "directory-key" && event["until_ms"].as_u64() == end).then_some(())
    })?;
    assert_eq!(until(&first)?, end);
    assert_eq!(calendar.doctor(0)?.0, "keys-fine");
    let again = server.ask(&["keys", "install", "/nowhere"])?;
    assert_eq!(again.code, Some(1));
    first.stop_agent()?;
    server.stop()?;

    // After the old end: who was away comes back, somebody new comes.
    let server = calendar.serve(30)?;
    ensure!(!server.log().iter().any(|line| line.contains("keys renew")), "{:?}", server.log());
    let (mut first, mut second, third) = (calendar.client(1, 30)?, calendar.client(2, 30)?, calendar.client(3, 30)?);
    second.start_agent()?;
    first.start_agent()?;
    second.deliver(first.login(), "I was away")?;
    first.deliver(second.login(), "nothing has happened")?;
    third.enroll(&server.code_link(third.login())?)?;
    for client in [&first, &second] {
        let status = client.status()?;
        ensure!(status["alarm"].is_null() && status["reason"].is_null(), "{status}");
        assert_eq!(status["directory_key_until_ms"].as_u64(), end, "{status}");
    }
    Ok(())
}

#[test]
fn a_key_that_has_ended_is_renewed_where_the_root_key_is_kept() -> Result<()> {
    let calendar = Calendar::new()?;
    calendar.found(-370)?;
    let (data, elsewhere) = (calendar.data(), calendar.office.path("safe"));
    fs::create_dir(&elsewhere)?;
    let root = elsewhere.join("root.key");
    fs::rename(data.join("keys/organization-root.key"), &root)?;

    let mut server = calendar.serve(0)?;
    let (code, words) = calendar.doctor(0)?;
    assert_eq!(code, "keys-expired");
    assert_eq!(words.matches("pro-server keys request").count(), 2, "{words}");
    let mut first = calendar.client(1, 0)?;
    let link = server.code_link(first.login())?;
    ensure!(first.enroll(&link).is_err(), "a device believed a key that has ended");
    ensure!(told(&server, "ended"), "{:?}", server.log());
    let alone = server.ask(&["keys", "renew"])?;
    assert_eq!(alone.code, Some(1));
    ensure!(alone.stderr.contains("keys install"), "it says the way: {}", alone.stderr);

    // The request from the running server; signed where there is no server; brought to the server while it rests.
    let (request, signed) = (elsewhere.join("keys.request"), elsewhere.join("keys.signed"));
    server.admin(&[Path::new("keys"), Path::new("request"), &request])?;
    server.stop()?;
    let sign = |key: &Path, to: &Path| {
        let verb = [OsStr::new("--json"), OsStr::new("keys"), OsStr::new("sign"), OsStr::new("--root-key")];
        let arguments = [verb.as_slice(), &[key.as_os_str(), request.as_os_str(), to.as_os_str()]].concat();
        calendar.command(0, &elsewhere.join("no-server"), "C", &arguments)
    };
    let strange = elsewhere.join("strange.key");
    fs::write(&strange, "07".repeat(32))?;
    let refused = sign(&strange, &elsewhere.join("strange.signed"))?;
    assert_eq!(refused.code, Some(1), "{:?}", refused.stdout);
    let done = only(&sign(&root, &signed)?.success("keys sign")?.stdout)?;
    assert_eq!((done["state"].as_str(), done["serial"].as_u64()), (Some("signed"), Some(2)));
    let install = [OsStr::new("keys"), OsStr::new("install"), signed.as_os_str()];
    calendar.command(0, &data, "C", &install)?.success("keys install")?;
    let twice = calendar.command(0, &data, "C", &install)?;
    assert_eq!(twice.code, Some(1));
    ensure!(twice.stderr.contains("in force already"), "{}", twice.stderr);

    let server = calendar.serve(0)?;
    assert_eq!(calendar.doctor(0)?.0, "keys-fine");
    first.enroll(&server.code_link(first.login())?)?;
    first.start_agent()?;
    ensure!(first.status()?["alarm"].is_null());
    Ok(())
}

/// The root key is elsewhere, one device is there and one is away, and a third comes when the first key is history.
#[test]
fn another_key_takes_over_and_nobody_is_lost() -> Result<()> {
    let calendar = Calendar::new()?;
    calendar.found(-10)?;
    let (data, elsewhere) = (calendar.data(), calendar.office.path("safe"));
    fs::create_dir(&elsewhere)?;
    let root = elsewhere.join("root.key");
    fs::rename(data.join("keys/organization-root.key"), &root)?;

    let server = calendar.serve(0)?;
    let [mut first, mut second, mut third] = [calendar.client(1, 0)?, calendar.client(2, 0)?, calendar.client(3, 0)?];
    for client in [&mut first, &mut second] {
        client.enroll(&server.code_link(client.login())?)?;
        client.start_agent()?;
    }
    first.deliver(second.login(), "before")?;
    second.stop_agent()?;

    let (request, signed) = (elsewhere.join("keys.request"), elsewhere.join("keys.signed"));
    let [keys, json] = [OsStr::new("keys"), OsStr::new("--json")];
    let asked = server.admin(&[json, keys, OsStr::new("request"), OsStr::new("--rotate"), request.as_os_str()])?;
    let new_key = only(&asked)?["key"].as_str().context("the new key")?.to_owned();
    let sign = |named: &[&OsStr]| {
        let verb = [json, keys, OsStr::new("sign"), OsStr::new("--root-key"), root.as_os_str()];
        let arguments = [verb.as_slice(), named, &[request.as_os_str(), signed.as_os_str()]].concat();
        calendar.command(0, &elsewhere.join("no-server"), "C", &arguments)
    };
    let unnamed = sign(&[])?;
    assert_eq!(unnamed.code, Some(1));
    ensure!(unnamed.stderr.contains("--new-key"), "it says the way: {}", unnamed.stderr);
    sign(&[OsStr::new("--new-key"), OsStr::new(&new_key)])?.success("keys sign")?;

    let mut events = first.watch()?;
    let installed = only(&server.admin(&[json, keys, OsStr::new("install"), signed.as_os_str()])?)?;
    assert_eq!((installed["state"].as_str(), installed["serial"].as_u64()), (Some("rotated"), Some(2)));
    events.next("the other key", |event| {
        (event["event"] == "directory-key" && event["replaced"] == true).then_some(())
    })?;

    third.enroll(&server.code_link(third.login())?)?;
    third.start_agent()?;
    third.deliver(first.login(), "I only know the new key")?;
    second.start_agent()?;
    second.deliver(first.login(), "I was away")?;
    first.deliver(second.login(), "nothing has happened")?;
    third.deliver(second.login(), "nor between us")?;
    first.stop_agent()?;
    first.start_agent()?;
    first.deliver(third.login(), "nor after a restart")?;
    for client in [&first, &second, &third] {
        let status = client.status()?;
        ensure!(status["alarm"].is_null() && status["reason"].is_null(), "{status}");
    }
    server.admin(&["audit", "verify"])?;
    assert_eq!(calendar.doctor(0)?.0, "keys-fine");
    Ok(())
}

/// The root key is made on another machine, and only what it signs comes to the server.
#[test]
fn an_organization_begins_without_its_root_key() -> Result<()> {
    let calendar = Calendar::new()?;
    let (data, elsewhere) = (calendar.data(), calendar.office.path("safe"));
    fs::create_dir(&elsewhere)?;
    let [root, request, signed] = ["root.key", "root.request", "root.signed"].map(|name| elsewhere.join(name));
    let apart = elsewhere.join("no-server");
    let run = |data: &Path, arguments: &[&OsStr]| {
        let verb = [OsStr::new("--json"), OsStr::new("root")];
        calendar.command(0, data, "C", &[verb.as_slice(), arguments].concat())
    };
    let text = OsStr::new;
    let created = only(&run(&apart, &[text("create"), root.as_os_str()])?.success("root create")?.stdout)?;
    let organization = created["organization"].as_str().context("a fingerprint")?.to_owned();
    ensure!(run(&apart, &[text("create"), root.as_os_str()])?.code == Some(1), "a root key was written over");

    let asked = only(&run(&data, &[text("request"), request.as_os_str()])?.success("root request")?.stdout)?;
    let key = asked["key"].as_str().context("the directory key")?;
    let sign = |key: &str| {
        let named = [text("sign"), text("--root-key"), root.as_os_str(), text("--directory-key"), text(key)];
        run(&apart, &[named.as_slice(), &[request.as_os_str(), signed.as_os_str()]].concat())
    };
    assert_eq!(sign(&"07".repeat(32))?.code, Some(1), "another key than the one that was named");
    sign(key)?.success("root sign")?;
    let install = |organization: &str| {
        run(&data, &[text("install"), text("--organization"), text(organization), signed.as_os_str()])
    };
    assert_eq!(install(&"07".repeat(32))?.code, Some(1), "another organization than the one that was named");
    install(&organization)?.success("root install")?;
    let again = install(&organization)?;
    ensure!(again.code == Some(1) && again.stderr.contains("has keys already"), "{}", again.stderr);

    let server = calendar.serve(0)?;
    calendar.import(&server)?;
    let mut first = calendar.client(1, 0)?;
    let link = server.code_link(first.login())?;
    ensure!(link.contains(&organization), "the link names another organization");
    first.enroll(&link)?;
    first.start_agent()?;
    ensure!(first.status()?["alarm"].is_null());
    ensure!(!data.join("keys/organization-root.key").exists() && !data.join("keys.first").exists());
    assert_eq!(calendar.doctor(0)?.0, "keys-fine");
    let alone = server.ask(&["keys", "renew"])?;
    ensure!(alone.code == Some(1) && alone.stderr.contains("keys install"), "it says the way: {}", alone.stderr);
    Ok(())
}

//! The restore drill: back up while serving, go on, lose the disk, restore elsewhere. Clients go on with the right words: a restore
//! is not an attack, what was revoked stays revoked, and whoever was enrolled after the backup is told what to do.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::client::Client;
use tests::postgres::Engine;
use tests::server::Setup;
use tests::{Finished, Place, Process, binary, step};

use crate::office::{Office, Places, assert_same_history, config_of};

/// A backup's passphrase, in a file.
fn passphrase(office: &Office) -> Result<PathBuf> {
    let file = office.path("backup-passphrase");
    fs::write(&file, "a passphrase for the drill\n")?;
    Ok(file)
}

fn pro_server<A: AsRef<OsStr>>(data: &Path, arguments: &[A]) -> Result<Finished> {
    let mut command = Place::Host.command(&binary::built("pro-server")?);
    command.env("LC_ALL", "C").arg("--data").arg(data).arg("--json");
    let config = config_of(data);
    if config.exists() {
        command.arg("--config").arg(config);
    }
    command.args(arguments);
    Process::run("pro-server", command, step())
}

fn backup(office: &Office, name: &str) -> Result<PathBuf> {
    let file = office.path(name);
    let (passphrase, data) = (passphrase(office)?, office.server.data());
    let arguments = [Path::new("backup"), &file, Path::new("--passphrase-file"), &passphrase];
    pro_server(data, &arguments)?.success("backup")?;
    Ok(file)
}

/// Restores into a folder of that name, saying what is known about the log.
fn restore(office: &Office, from: &Path, name: &str, known: &[&OsStr]) -> Result<(PathBuf, Finished)> {
    let data = office.path(name);
    let passphrase = passphrase(office)?;
    if !data.exists() {
        office.empty_store(&data)?;
    }
    let mut arguments =
        vec![OsStr::new("restore"), from.as_os_str(), OsStr::new("--passphrase-file"), passphrase.as_os_str()];
    arguments.extend(known);
    let finished = pro_server(&data, &arguments)?;
    Ok((data, finished))
}

fn only(finished: &Finished) -> Result<Value> {
    let line = finished.stdout.first().with_context(|| format!("nothing printed: {}", finished.stderr))?;
    Ok(serde_json::from_str(line)?)
}

/// The newest checkpoint that the client has, in a file as an administrator would keep it.
fn newest_checkpoint(office: &Office, client: &Client) -> Result<PathBuf> {
    let shown = client.json(&["checkpoint"])?;
    let note = shown.first().and_then(|shown| shown["note"].as_str()).context("no note")?;
    let file = office.path("newest-checkpoint");
    fs::write(&file, note)?;
    Ok(file)
}

/// The disk is lost: the server is killed and nothing of its folder is left. A restored one takes its address.
fn lose(office: &mut Office) -> Result<()> {
    office.server.kill()?;
    Ok(fs::remove_dir_all(office.server.data())?)
}

fn serve_again(office: &mut Office, data: &Path) -> Result<()> {
    let listen = office.server.address();
    let config = Some(config_of(data)).filter(|config| config.exists());
    office.server = Setup { listen, config, ..Setup::in_folder(data) }.start()?;
    Ok(())
}

/// Waits until the client has followed the restored server's log.
fn followed(client: &Client) -> Result<Value> {
    let mut events = client.watch()?;
    if let Some(reset) = client.status()?.get("log_reset").filter(|reset| reset.is_object()) {
        return Ok(reset.clone());
    }
    events.next("the word about the restore", |event| (event["event"] == "log-reset").then(|| event.clone()))
}

fn colleague(office: &Office, login: &str) -> Result<Client> {
    let mut client = Client::new(&office.path(""), login, Place::Host)?;
    client.enroll(&office.server.code_link(login)?)?;
    client.start_agent()?;
    Ok(client)
}

tests::on_both_engines! {
    a_lost_disk_costs_nothing_but_what_came_after_the_backup,
    a_backup_that_is_up_to_date_resets_nothing,
}

fn a_lost_disk_costs_nothing_but_what_came_after_the_backup(engine: Engine) -> Result<()> {
    let mut office = Office::with_codes(Places::on(engine))?;
    let third = colleague(&office, "notary003")?;
    office.first.deliver(office.second.login(), "before the backup")?;
    third.deliver(office.first.login(), "I am still trusted")?;
    let newest = newest_checkpoint(&office, &office.first)?;
    let file = backup(&office, "drill.backup")?;
    // Whoever has the backup and its passphrase, but not the root key, has a server whose log did not end.
    let copied = restore(&office, &file, "copied", &[OsStr::new("--newest-checkpoint"), newest.as_os_str()])?;
    assert_eq!(only(&copied.1.success("restore of the copy")?)?["log"], "goes-on");

    // What comes after the backup: somebody is enrolled, somebody is revoked.
    let mut fourth = colleague(&office, "notary004")?;
    fourth.deliver(office.first.login(), "I am new")?;
    let mut events = office.first.watch()?;
    let devices = office.server.admin(&["--json", "device", "list", third.login()])?.join("\n");
    let device: Value = serde_json::from_str(&devices)?;
    office.server.admin(&["device", "revoke", device["device_id"].as_str().context("no device")?])?;
    events.next("the revocation", |event| {
        (event["event"] == "revoked" && event["login"] == third.login()).then_some(())
    })?;
    let newest = newest_checkpoint(&office, &office.first)?;

    lose(&mut office)?;
    let checked = pro_server(&office.path("nowhere"), &check(&office, &file)?)?.success("restore --check")?;
    assert_eq!(only(&checked)?["state"], "restorable");
    assert!(!office.path("nowhere").exists(), "a check touches nothing");
    let known = [OsStr::new("--newest-checkpoint"), newest.as_os_str()];
    let (data, restored) = restore(&office, &file, "elsewhere", &known)?;
    assert_eq!(only(&restored.success("restore")?)?["log"], "reset");
    serve_again(&mut office, &data)?;

    for client in [&office.first, &office.second] {
        let reset = followed(client)?;
        assert_eq!(reset["reason"], "restore");
        let status = client.status()?;
        assert!(status["alarm"].is_null(), "a restore is not an attack: {status}");
        assert_eq!(status["log_reset"]["devices_kept_revoked"], 1, "{status}");
    }
    office.first.deliver(office.second.login(), "after the restore")?;
    office.second.deliver(office.first.login(), "and back")?;
    assert_same_history(&office.first, &office.second)?;
    let told = office.first.ask(&["send", third.login(), "are you back?"])?;
    assert_eq!(told.code, Some(1), "who was revoked stays revoked: {:?}", told.stdout);

    lost_enrollment(&mut office, &mut fourth, [&copied.0, &data])?;
    // Nothing restarts the log: a client that comes later remembers what it knew.
    office.first.kill_agent()?;
    office.first.start_agent()?;
    office.first.deliver(office.second.login(), "after a restart")?;
    let told = office.first.ask(&["send", third.login(), "and now?"])?;
    assert_eq!(told.code, Some(1), "a restart forgets no revocation");
    Ok(())
}

/// Whoever was enrolled after the backup is told so, keeps everything, and goes on with a new code in the same folder: at the server
/// that was restored, and not at one that shows what was before.
fn lost_enrollment(office: &mut Office, fourth: &mut Client, [copied, data]: [&Path; 2]) -> Result<()> {
    let mut events = fourth.watch()?;
    if fourth.status()?["reason"] != "enrollment-lost" {
        events.next("the lost enrollment", |event| (event["reason"] == "enrollment-lost").then_some(()))?;
    }
    drop(events);
    let refused = fourth.ask(&["send", office.first.login(), "hello?"])?;
    assert_eq!(refused.code, Some(1));
    ensure!(refused.stderr.contains("enrollment code"), "it says what to do: {}", refused.stderr);
    fourth.stop_agent()?;
    office.server.kill()?;
    serve_again(office, copied)?;
    let refused = fourth.ask(&["enroll", &office.server.code_link(fourth.login())?])?;
    assert_eq!(refused.code, Some(1));
    ensure!(refused.stderr.contains("Nothing was sent to it"), "it says why: {}", refused.stderr);
    office.server.kill()?;
    serve_again(office, data)?;
    fourth.enroll(&office.server.code_link(fourth.login())?)?;
    fourth.start_agent()?;
    fourth.deliver(office.first.login(), "I am new again")?;
    office.first.deliver(fourth.login(), "welcome back")?;
    assert_same_history(fourth, &office.first)
}

fn check(office: &Office, file: &Path) -> Result<Vec<PathBuf>> {
    Ok(vec!["restore".into(), "--check".into(), file.into(), "--passphrase-file".into(), passphrase(office)?])
}

fn a_backup_that_is_up_to_date_resets_nothing(engine: Engine) -> Result<()> {
    let mut office = Office::with_codes(Places::on(engine))?;
    office.first.deliver(office.second.login(), "before")?;
    let file = backup(&office, "fresh.backup")?;
    let newest = newest_checkpoint(&office, &office.second)?;
    lose(&mut office)?;
    let known = [OsStr::new("--newest-checkpoint"), newest.as_os_str()];
    let (data, restored) = restore(&office, &file, "elsewhere", &known)?;
    assert_eq!(only(&restored.success("restore")?)?["log"], "goes-on");
    serve_again(&mut office, &data)?;
    office.second.deliver(office.first.login(), "after")?;
    assert!(office.second.status()?["log_reset"].is_null());
    let audit = office.server.admin(&["--json", "audit", "list"])?.join("\n");
    assert!(audit.contains("backup_taken") && audit.contains("backup_restored"), "{audit}");
    Ok(())
}

#[test]
fn an_offline_root_key_signs_elsewhere() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    let root = office.path("root.key");
    fs::rename(office.server.data().join("keys/organization-root.key"), &root)?;
    let file = backup(&office, "without-root.backup")?;
    lose(&mut office)?;
    let (data, restored) = restore(&office, &file, "elsewhere", &[OsStr::new("--without-checkpoint")])?;
    let restored = restored.success("restore")?;
    assert_eq!(only(&restored)?["log"], "reset-pending");
    assert_eq!(only(&restored)?["root_key"], false);

    let listen = office.server.address();
    let early = pro_server(&data, &["serve", "--listen", &listen.to_string()])?;
    assert_eq!(early.code, Some(1), "a server whose log may be behind does not serve");
    assert!(early.stderr.contains("log reset"), "it says what to do: {}", early.stderr);

    // Somebody else's root key signs nothing for this organization.
    let (request, signed) = (data.join("log-reset.request"), office.path("signed"));
    let sign = |key: &Path| {
        let arguments = [OsStr::new("log"), OsStr::new("sign"), OsStr::new("--root-key"), key.as_os_str()];
        let arguments: Vec<&OsStr> = arguments.into_iter().chain([request.as_os_str(), signed.as_os_str()]).collect();
        pro_server(&office.path("nowhere"), &arguments)
    };
    let other = office.path("other.key");
    fs::write(&other, "11".repeat(32))?;
    assert_eq!(sign(&other)?.code, Some(1));
    assert!(!signed.exists());
    sign(&root)?.success("log sign")?;
    pro_server(&data, &[OsStr::new("log"), OsStr::new("reset"), signed.as_os_str()])?.success("log reset")?;
    let again = pro_server(&data, &[OsStr::new("log"), OsStr::new("reset"), signed.as_os_str()])?;
    assert_eq!(again.code, Some(1), "a document resets one state once");

    serve_again(&mut office, &data)?;
    followed(&office.first)?;
    followed(&office.second)?;
    office.first.deliver(office.second.login(), "after")?;
    Ok(())
}

#[test]
fn what_cannot_be_restored_says_so_and_touches_nothing() -> Result<()> {
    let office = Office::closed(Places::here(), None, "")?;
    let file = backup(&office, "a.backup")?;
    let known = [OsStr::new("--without-checkpoint")];

    let again = pro_server(
        office.server.data(),
        &[OsStr::new("backup"), file.as_os_str(), OsStr::new("--passphrase-file"), passphrase(&office)?.as_os_str()],
    )?;
    assert_eq!(again.code, Some(1), "no backup is written over");
    let full = office.server.data().to_path_buf();
    let name = full.file_name().and_then(OsStr::to_str).context("a name")?.to_owned();
    let (_, refused) = restore(&office, &file, &name, &known)?;
    assert_eq!(refused.code, Some(1), "nothing is restored over a server");
    assert!(refused.stderr.contains("not empty"), "{}", refused.stderr);

    let bytes = fs::read(&file)?;
    let damaged = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = office.path(name);
        fs::write(&path, bytes)?;
        Ok(path)
    };
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let cases = [
        (damaged("cut", &bytes[..bytes.len() - 100])?, "damaged or incomplete"),
        (damaged("flipped", &flipped)?, "damaged or incomplete"),
        (damaged("foreign", b"PK\x03\x04 something else")?, "not a backup"),
    ];
    for (file, words) in &cases {
        let (data, refused) = restore(&office, file, "new", &known)?;
        assert_eq!(refused.code, Some(1));
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        assert!(!data.exists(), "nothing was made");
        let checked = pro_server(&data, &check(&office, file)?)?;
        assert_eq!(checked.code, Some(1), "a check finds it too");
    }
    fs::write(office.path("backup-wrong"), "another passphrase\n")?;
    let wrong = office.path("backup-wrong");
    let arguments = [OsStr::new("restore"), file.as_os_str(), OsStr::new("--passphrase-file"), wrong.as_os_str()];
    let arguments: Vec<&OsStr> = arguments.into_iter().chain(known).collect();
    let refused = pro_server(&office.path("new"), &arguments)?;
    assert!(refused.stderr.contains("passphrase is wrong"), "{}", refused.stderr);
    let unsaid = restore(&office, &file, "new", &[])?.1;
    assert_eq!(unsaid.code, Some(2), "what is known about the log has to be said");
    assert!(!office.path("new").exists());
    Ok(())
}

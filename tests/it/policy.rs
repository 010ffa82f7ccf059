//! Policies bind: the server refuses, or the stock client obeys and says why; at once, for those whom they are about and nobody else.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tests::client::Events;
use tests::{Client, openldap};

use crate::office::{Office, Places};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Waits until another policy is in force there.
fn policy(events: &mut Events) -> Result<()> {
    events.next("the policy", |event| (event["event"] == "policy").then_some(()))
}

/// The code with which a command is refused.
fn refused(client: &Client, arguments: &[&Path]) -> Result<String> {
    let finished = client.ask(arguments)?;
    anyhow::ensure!(finished.code == Some(1), "it went well: {:?}", finished.stdout);
    let said: Value = serde_json::from_str(finished.stdout.last().context("nothing said")?)?;
    Ok(said["error"].as_str().context("no code")?.to_owned())
}

fn set(office: &Office, arguments: &[&str]) -> Result<()> {
    office.server.admin(&[&["policy", "set"], arguments].concat()).map(drop)
}

#[test]
fn files_of_other_types_neither_leave_nor_arrive_and_only_for_those_it_is_about() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (mut events, mut their_events) = (office.first.watch()?, office.second.watch()?);
    let (program, _) = office.file("tool.exe", 1)?;
    let (deed, _) = office.file("deed.pdf", 1)?;
    let send = |path: &Path| refused(&office.first, &[Path::new("send-file"), Path::new(office.second.login()), path]);

    set(&office, &["file.send=types:pdf,docx"])?;
    policy(&mut events)?;
    assert_eq!(send(&program)?, "policy-file-type");
    set(&office, &["file.send=types:pdf", "file.max_bytes=1000"])?;
    policy(&mut events)?;
    assert_eq!(send(&deed)?, "policy-file-too-large");
    set(&office, &["file.send=off", "file.max_bytes=default"])?;
    policy(&mut events)?;
    assert_eq!(send(&deed)?, "policy-file-off");

    // One person alone may not fetch any; the lock of another row does not touch that.
    set(&office, &["--lock", "file.send=all"])?;
    let person = format!("person:{}", office.second.login());
    set(&office, &["--scope", &person, "file.receive=off", "file.send=off"])?;
    let of_file = |event: &Value| (event["event"] == "policy").then(|| event["changes"].to_string());
    for _ in 0..6 {
        if their_events.next("their policy", of_file)?.contains("file.receive") {
            break;
        }
    }
    let offered = office.first.send_file(office.second.login(), &program)?;
    let file_id = offered.file_id.context("no file_id")?;
    events.delivered(&offered.message_id)?;
    let to = office.path("copy.exe");
    let save = [Path::new("save"), Path::new(&file_id), to.as_path()];
    assert_eq!(refused(&office.second, &save)?, "policy-file-receive-off");
    anyhow::ensure!(!to.exists(), "nothing of it arrived");
    let shown = office.server.admin(&["--json", "policy", "of", office.second.login()])?;
    assert!(shown[0].contains("\"file.receive\":\"off\""), "{shown:?}");
    let shown = office.server.admin(&["--json", "policy", "of", office.first.login()])?;
    assert!(shown[0].contains("\"file.receive\":\"all\""), "{shown:?}");
    Ok(())
}

#[test]
fn nothing_is_sent_to_somebody_who_was_not_verified_where_that_is_asked() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let mut events = office.first.watch()?;
    set(&office, &["contact.verify_required=all"])?;
    policy(&mut events)?;
    let send = [Path::new("send"), Path::new(office.second.login()), Path::new("hello")];
    assert_eq!(refused(&office.first, &send)?, "policy-verify-first");
    office.first.compare(office.second.login())?;
    office.first.deliver(office.second.login(), "hello, verified")?;
    Ok(())
}

#[test]
fn what_was_written_before_waits_for_the_verification_that_is_asked_for() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "while nothing was asked")?;
    office.second.stop_agent()?;
    let mut events = office.first.watch()?;
    let held = office.first.send(office.second.login(), "written before the rule")?;
    set(&office, &["contact.verify_required=all"])?;
    policy(&mut events)?;
    office.second.start_agent()?;
    // The other way round there is a link: nothing but the rule holds the message back.
    office.second.compare(office.first.login())?;
    office.second.deliver(office.first.login(), "are you there?")?;
    let waiting = office.first.json(&["outbox"])?;
    let waiting: Vec<_> = waiting.iter().map(|entry| (&entry["message_id"], &entry["reason"])).collect();
    assert_eq!(waiting, [(&Value::from(held.message_id.as_str()), &Value::from("verification"))]);
    office.first.compare(office.second.login())?;
    events.delivered(&held.message_id)
}

#[test]
fn whom_somebody_cannot_find_gets_silence_where_that_is_asked() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let mut events = office.second.watch()?;
    let second = format!("person:{}", office.second.login());
    set(&office, &["--scope", &second, "directory.visibility=none", "contact.block_unknown=on"])?;
    policy(&mut events)?;
    let asked = office.first.send(office.second.login(), "are you there?")?;
    let reason = office.first.json(&["outbox"])?[0]["reason"].clone();
    assert_eq!(reason, "contact", "it is not delivered");
    set(&office, &["--scope", &second, "contact.auto_accept=nobody"])?;
    policy(&mut events)?;
    assert_eq!(office.second.json(&["contacts"])?, Vec::<Value>::new(), "nothing is shown of it");
    let mut theirs = office.first.watch()?;
    set(&office, &["--scope", &second, "contact.block_unknown=off", "contact.auto_accept=all"])?;
    theirs.delivered(&asked.message_id)
}

#[test]
fn files_are_saved_only_in_the_folder_for_them_where_that_is_asked() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (mut events, mut their_events) = (office.first.watch()?, office.second.watch()?);
    set(&office, &["file.save_location=folder"])?;
    policy(&mut their_events)?;
    let (path, _) = office.file("large.bin", 1)?;
    let offered = office.first.send_file(office.second.login(), &path)?;
    events.delivered(&offered.message_id)?;
    let file_id = offered.file_id.context("no file_id")?;
    let elsewhere = office.path("copy.bin");
    let save = [Path::new("save"), Path::new(&file_id), elsewhere.as_path()];
    assert_eq!(refused(&office.second, &save)?, "policy-save-folder");
    assert!(!elsewhere.exists(), "nothing of it is there");
    // What is saved by itself goes to that folder.
    let saved = crate::office::saved(&mut their_events, &file_id)?;
    assert!(saved.starts_with(office.path("downloads")));
    Ok(())
}

#[test]
fn a_certificate_that_became_too_long_is_exchanged_for_a_shorter_one() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let ends = || -> Result<u64> {
        let shown = office.server.admin(&["--json", "device", "list", office.first.login()])?;
        let device: Value = serde_json::from_str(shown.first().context("no device")?)?;
        device["not_after_ms"].as_u64().with_context(|| format!("no end: {device}"))
    };
    let before = ends()?;
    let mut events = office.first.watch()?;
    set(&office, &["identity.cert_lifetime_days=7"])?;
    let until = events.next("a certificate", |event| {
        if event["event"] == "certificate" { event["until_ms"].as_u64() } else { None }
    })?;
    assert!(until + 80 * DAY_MS < before, "{until} is not much earlier than {before}");
    assert_eq!(ends()?, until);
    office.first.deliver(office.second.login(), "with the new one")?;
    Ok(())
}

#[test]
fn a_device_needs_a_code_where_administrators_approve_devices() -> Result<()> {
    let filter = "(objectClass=inetOrgPerson)";
    let office = Office::closed(Places::here(), Some(openldap::OpenLdap::start(3)?), filter)?;
    office.server.admin(&["sync"])?;
    set(&office, &["identity.device_approval=admin"])?;
    let refused = office.first.ask_to_enroll(&office.server.link(), &openldap::password(1))?;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stdout.join("").contains("code-needed"), "{:?}", refused.stdout);
    office.first.enroll(&office.server.code_link(office.first.login())?)?;
    set(&office, &["identity.device_approval=auto"])?;
    office.second.enroll_with_password(&office.server.link(), &openldap::password(2))
}

#[test]
fn a_draft_touches_nobody_and_a_version_comes_back() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let mut events = office.first.watch()?;
    set(&office, &["--draft", "file.send=off"])?;
    let preview: Value = serde_json::from_str(&office.server.admin(&["--json", "policy", "preview"])?[0])?;
    assert_eq!((&preview["reached"], &preview["people"]), (&40.into(), &40.into()));
    assert_eq!(preview["changes"][0]["policy"], "file.send");
    let show = || office.server.admin(&["--json", "policy", "show"]);
    assert!(show()?[0].contains("\"file.send\":\"all\""), "a draft is in force");
    let looked_at = preview["draft"].as_str().context("no mark")?;
    set(&office, &["--draft", "file.max_bytes=5"])?;
    assert!(office.server.admin(&["policy", "publish", looked_at]).is_err(), "it is another draft meanwhile");
    set(&office, &["--draft", "file.max_bytes=default"])?;
    let preview: Value = serde_json::from_str(&office.server.admin(&["--json", "policy", "preview"])?[0])?;
    office.server.admin(&["policy", "publish", preview["draft"].as_str().context("no mark")?])?;
    policy(&mut events)?;
    assert!(show()?[0].contains("\"file.send\":\"off\""));
    assert!(office.server.admin(&["policy", "preview"]).is_err(), "the draft is gone");
    office.server.admin(&["policy", "rollback", "1"])?;
    policy(&mut events)?;
    assert!(show()?[0].contains("\"file.send\":\"all\""));
    let history = office.server.admin(&["--json", "policy", "history"])?;
    let versions: Vec<Value> = history.iter().map(|line| serde_json::from_str(line)).collect::<Result<_, _>>()?;
    assert_eq!(versions.iter().filter_map(|version| version["version"].as_u64()).collect::<Vec<_>>(), [3, 2, 1]);
    assert!(versions[0]["by"].as_str().is_some_and(|by| by.starts_with("uid:")), "{versions:?}");
    Ok(())
}

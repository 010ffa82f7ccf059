//! The main job: two colleagues from a real directory talk peer to peer through a server they own; one leaves.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::client::{CODE_NOT_YET, Client};
use tests::openldap::OpenLdap;
use tests::postgres::Engine;
use tests::{Place, openldap};

use crate::office::{Office, Places, assert_same_history, hash, saved};

/// Who works here, as the directory says it.
const STAFF: &str = "(&(objectClass=inetOrgPerson)(employeeType=staff))";
/// From a change in a directory that tells it to the last closed link: two seconds until it is known here, and two for the link.
const CHANGE_MAX: Duration = Duration::from_secs(4);
/// From the end of a directory run to the last closed link of somebody who left.
const REVOCATION_MAX: Duration = Duration::from_secs(2);

fn open_link(status: &Value, peer: &str) -> Option<String> {
    let links = status["links"].as_array()?;
    let link = links.iter().find(|link| link["peer"] == peer && link["state"] == "open")?;
    link["path"].as_str().map(str::to_owned)
}

/// Waits until the client says that the server is online.
fn online(client: &Client) -> Result<()> {
    let mut events = client.watch()?;
    if client.status()?["server"] == "online" {
        return Ok(());
    }
    events.next("the server", |event| (event["event"] == "server" && event["state"] == "online").then_some(()))
}

#[test]
fn two_colleagues_of_the_directory_talk_over_a_link_of_their_own() -> Result<()> {
    let office = Office::with_directory(200, STAFF)?;
    let (first, second) = (&office.first, &office.second);
    first.deliver(second.login(), "Is the deed ready?")?;
    second.deliver(first.login(), "It is.")?;
    assert_eq!(open_link(&first.status()?, second.login()).as_deref(), Some("host"));
    assert_same_history(first, second)?;

    let (path, original) = office.file("deed.pdf", 16)?;
    let mut events = second.watch()?;
    let offered = first.send_file(second.login(), &path)?;
    let arrived = saved(&mut events, &offered.file_id.context("no file_id")?)?;
    assert_eq!(hash(&arrived)?, original);
    Ok(())
}

#[test]
fn a_link_goes_on_without_the_server() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "before")?;
    office.server.kill()?;
    office.first.deliver(office.second.login(), "during")?;
    office.second.deliver(office.first.login(), "during, back")?;
    let (path, original) = office.file("annex.pdf", 16)?;
    let mut events = office.second.watch()?;
    let offered = office.first.send_file(office.second.login(), &path)?;
    assert_eq!(hash(&saved(&mut events, &offered.file_id.context("no file_id")?)?)?, original);

    office.server.start()?;
    online(&office.first)?;
    online(&office.second)?;
    office.second.deliver(office.first.login(), "after")?;
    assert_same_history(&office.first, &office.second)
}

#[test]
fn a_message_waits_for_an_absent_colleague_across_restarts() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "hello")?;
    office.second.stop_agent()?;

    let waiting = office.first.ask(&["send", office.second.login(), "for later", "--wait", "1"])?;
    assert_eq!(waiting.code, Some(CODE_NOT_YET), "{}", waiting.stderr);
    let second_message = office.first.send(office.second.login(), "and this")?;
    assert!(["queued", "sent"].contains(&second_message.state.as_str()), "{second_message:?}");
    assert_eq!(office.first.json(&["outbox"])?.len(), 2);

    office.first.kill_agent()?;
    office.server.kill()?;
    office.server.start()?;
    office.first.start_agent()?;
    let mut events = office.first.watch()?;
    office.second.start_agent()?;
    events.delivered(&second_message.message_id)?;
    assert_eq!(office.first.json(&["outbox"])?.len(), 0);
    assert_same_history(&office.first, &office.second)?;
    assert_eq!(office.second.history(office.first.login())?.len(), 3);
    Ok(())
}

#[test]
fn who_leaves_the_directory_is_out_within_two_seconds() -> Result<()> {
    let office = Office::with_directory(200, STAFF)?;
    let (first, second) = (&office.first, &office.second);
    first.deliver(second.login(), "hello")?;
    let mut seen_by_first = first.watch()?;
    let mut seen_by_second = second.watch()?;

    office.directory()?.replace(second.login(), "employeeType", "left")?;
    let plan = office.server.admin(&["sync", "--plan"])?.join("\n");
    ensure!(plan.contains(second.login()), "the plan does not name who leaves:\n{plan}");
    first.deliver(second.login(), "the plan has changed nothing")?;

    office.server.admin(&["sync"])?;
    let ended = Instant::now();
    seen_by_first.next("the closed link", |event| {
        (event["event"] == "link" && event["peer"] == second.login() && event["state"] == "closed").then_some(())
    })?;
    let taken = ended.elapsed();
    assert!(taken <= REVOCATION_MAX, "the link was closed {taken:?} after the run");

    let refused = first.ask(&["send", second.login(), "are you there?"])?;
    assert_eq!(refused.code, Some(1));
    assert!(!refused.stderr.trim().is_empty(), "a refusal says why");
    seen_by_second
        .next("the reason", |event| (event["event"] == "server" && event["reason"] == "suspended").then_some(()))?;
    assert!(second.status()?["reason"].is_string(), "the status has no reason");
    let told = second.ask(&["send", first.login(), "am I there?"])?;
    assert_eq!(told.code, Some(1));
    assert!(!told.stderr.trim().is_empty(), "the one who left is told why");
    Ok(())
}

#[test]
fn a_directory_that_tells_changes_is_followed_within_two_seconds() -> Result<()> {
    let office = Office::of_directory(OpenLdap::syncing(200)?, STAFF)?;
    let (first, second) = (&office.first, &office.second);
    first.deliver(second.login(), "hello")?;
    let mut seen_by_first = first.watch()?;
    let mut seen_by_second = second.watch()?;
    office.directory()?.replace(second.login(), "employeeType", "left")?;
    let changed = Instant::now();
    seen_by_first.next("the closed link", |event| {
        (event["event"] == "link" && event["peer"] == second.login() && event["state"] == "closed").then_some(())
    })?;
    let taken = changed.elapsed();
    assert!(taken <= CHANGE_MAX, "the link was closed {taken:?} after the change");
    seen_by_second
        .next("the reason", |event| (event["event"] == "server" && event["reason"] == "suspended").then_some(()))
}

tests::on_both_engines! { a_shrunken_directory_locks_nobody_out }

fn a_shrunken_directory_locks_nobody_out(engine: Engine) -> Result<()> {
    let office = Office::with_directory_on(engine, 60, STAFF)?;
    office.first.deliver(office.second.login(), "hello")?;
    let leave = |person: usize| {
        let dn = openldap::dn(&openldap::login(person));
        format!("dn: {dn}\nchangetype: modify\nreplace: employeeType\nemployeeType: left\n\n")
    };
    office.directory()?.change(&(1..=30).map(leave).collect::<String>())?;
    let braked = office.server.ask(&["sync"])?;
    assert_eq!(braked.code, Some(1), "{}", braked.stderr);
    assert!(!braked.stderr.trim().is_empty(), "the brake says what it prevented");
    office.second.deliver(office.first.login(), "still here")?;
    Ok(())
}

#[test]
fn a_file_that_may_no_longer_be_sent_stays_here() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    // The third saves nothing without being asked.
    let mut third = Client::new(&office.path(""), "notary003", Place::Host)?;
    third.enroll(&office.server.code_link(third.login())?)?;
    third.start_agent()?;
    let (path, original) = office.file("annex.pdf", 1)?;
    let offered = office.first.send_file(third.login(), &path)?;
    let file_id = offered.file_id.context("no file_id")?;
    let (mut first_events, mut events) = (office.first.watch()?, third.watch()?);
    first_events.delivered(&offered.message_id)?;

    let policy = |events: &mut tests::client::Events, rule: &str| -> Result<()> {
        office.server.admin(&["policy", "set", rule])?;
        events.next("the policy", |event| (event["event"] == "policy").then_some(()))
    };
    policy(&mut first_events, "file.send=off")?;
    let to = office.path("annex-of-the-third.pdf");
    let arguments = [Path::new("save"), Path::new(&file_id), &to, Path::new("--wait"), Path::new("0")];
    assert_eq!(third.ask(&arguments)?.code, Some(CODE_NOT_YET));
    let at = |state: &'static str| {
        let file_id = file_id.clone();
        move |event: &Value| (event["file_id"] == file_id.as_str() && event["state"] == state).then_some(())
    };
    events.next("the pause", at("paused"))?;
    ensure!(!to.exists(), "nothing of it left the sender");
    policy(&mut first_events, "file.send=all")?;
    events.next("the file", at("saved"))?;
    assert_eq!(hash(&to)?, original);
    office.first.stop_agent()
}

//! Locking as two colleagues see it: what is sent to a locked device waits with its sender and comes when it is opened; what the policy
//! asks of passphrases; a bot that speaks JSON-RPC beside real clients.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::client::{Client, Events};
use tests::terminal::key;
use tests::{Process, binary, step};

use crate::office::{Office, Places};

/// Exit code of a command while the agent is locked.
const CODE_LOCKED: i32 = 4;
/// Exit code where nothing opens.
const CODE_DOES_NOT_OPEN: i32 = 5;

fn one(client: &Client, arguments: &[&str]) -> Result<Value> {
    client.json(arguments)?.into_iter().next().context("nothing was printed")
}

fn set(office: &Office, rule: &str) -> Result<()> {
    office.server.admin(&["policy", "set", rule]).map(drop)
}

fn policy(events: &mut Events) -> Result<()> {
    events.next("the policy", |event| (event["event"] == "policy").then_some(()))
}

fn refused(client: &Client, arguments: &[&str]) -> Result<String> {
    let finished = client.ask(arguments)?;
    let printed: Value = serde_json::from_str(finished.stdout.first().context("nothing was printed")?)?;
    Ok(printed["error"].as_str().context("no error")?.to_owned())
}

#[test]
fn what_is_sent_to_a_locked_device_waits_with_its_sender_and_comes_when_it_is_opened() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (ada, berthe) = (&office.first, &office.second);
    ada.deliver(berthe.login(), "before")?;
    let mut watched = berthe.watch()?;
    let process = berthe.agent_id();
    assert_eq!(one(berthe, &["lock"])?["state"], "locked");
    watched.next("the lock", |event| (event["event"] == "locked").then_some(()))?;
    assert_eq!(berthe.ask(&["history", ada.login()])?.code, Some(CODE_LOCKED));

    let waiting = ada.send(berthe.login(), "while it is locked")?;
    assert_eq!(waiting.state, "queued");
    assert_eq!(one(berthe, &["status"])?["state"], "locked");
    let mut events = ada.watch()?;
    assert_eq!(one(berthe, &["unlock"])?["state"], "open");
    events.delivered(&waiting.message_id)?;
    watched.next("the message", |event| (event["text"] == "while it is locked").then_some(()))?;
    assert_eq!(berthe.agent_id(), process, "it is the same process to whoever looks after it");
    Ok(())
}

#[test]
fn a_window_locks_with_control_l_and_opens_with_the_passphrase() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.second.stop_agent()?;
    let (ada, berthe) = (&office.first, &office.second);
    let passphrase = fs::read_to_string(berthe.passphrase_file())?;
    // With an engine of its own, and beside an agent.
    let left = ada.chat(&[berthe.login()], "en_US.UTF-8", 80, 24)?;
    let right = berthe.chat(&[ada.login()], "fr_FR.UTF-8", 80, 24)?;
    left.shows(&["● online"])?;
    right.shows(&["● en ligne"])?;
    left.type_in("Is the deed ready?")?;
    left.type_in(key::ENTER)?;
    right.shows(&["Is the deed ready?"])?;

    right.type_in("\u{c}")?;
    right.shows(&["Verrouillé"])?;
    right.hides("Is the deed ready?")?;
    left.type_in("\u{c}")?;
    left.shows(&["Locked", "messages wait with their senders"])?;
    left.type_in("not this one")?;
    left.type_in(key::ENTER)?;
    left.shows(&["The passphrase is wrong"])?;
    for (chat, login) in [(&left, ada), (&right, berthe)] {
        chat.type_in(&fs::read_to_string(login.passphrase_file())?)?;
        chat.type_in(key::ENTER)?;
        chat.shows(&["Is the deed ready?"])?;
        ensure!(!chat.screen().contains(passphrase.trim()), "a passphrase is never shown");
    }
    Ok(())
}

#[test]
fn the_policy_asks_for_a_passphrase_and_until_there_is_one_nothing_is_done() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.stop_agent()?;
    let (next, path) = (office.path("next"), office.path("next").display().to_string());
    fs::write(&next, "a passphrase for later\n")?;
    assert_eq!(one(&office.first, &["passphrase", "remove"])?["opens_with"], "key-file");
    let mut bare = Command::new(binary::built("isoloir")?);
    bare.env("LC_ALL", "C").args(["--json", "--data"]).arg(office.first.data()).arg("agent");
    let mut agent = Process::spawn("isoloir agent", bare)?;
    agent.next_line(step(), |line| line.contains("ready").then_some(()))?;
    office.first.deliver(office.second.login(), "without a passphrase")?;

    let mut events = office.first.watch()?;
    set(&office, "device.app_lock=required")?;
    policy(&mut events)?;
    let send = ["send", office.second.login(), "not now"];
    assert_eq!(refused(&office.first, &send)?, "passphrase-required");
    assert_eq!(one(&office.first, &["status"])?["reason"], "passphrase-required");
    assert_eq!(office.second.send(office.first.login(), "for later")?.state, "queued");

    let chosen = one(&office.first, &["passphrase", "set", "--new-passphrase-file", &path])?;
    assert_eq!(chosen["opens_with"], "passphrase");
    office.first.deliver(office.second.login(), "with a passphrase")?;
    events.next("what waited", |event| (event["text"] == "for later").then_some(()))?;
    ensure!(!office.first.data().join("vault.key").exists(), "the key file is gone");
    agent.terminate().map(drop)
}

#[test]
fn after_so_many_wrong_passphrases_nothing_is_left_however_often_the_program_is_killed() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    let mut events = office.first.watch()?;
    office.server.admin(&["policy", "set", "device.app_lock=optional", "device.lock_wipe_after=3"])?;
    policy(&mut events)?;
    drop(events);
    office.first.kill_agent()?;
    let wrong = office.path("wrong");
    let tried = |passphrase: &str| -> Result<String> {
        fs::write(&wrong, passphrase)?;
        let mut command = Command::new(binary::built("isoloir")?);
        command.args(["--json", "--data"]).arg(office.first.data()).arg("--passphrase-file").arg(&wrong).arg("whoami");
        let finished = Process::run("isoloir", command, step())?;
        ensure!(finished.code == Some(CODE_DOES_NOT_OPEN), "{:?}", finished.code);
        let printed: Value = serde_json::from_str(finished.stdout.first().context("nothing was printed")?)?;
        Ok(printed["error"].as_str().context("no error")?.to_owned())
    };
    assert_eq!(tried("not this one")?, "wrong-passphrase-left");
    assert_eq!(tried("nor this one")?, "wrong-passphrase-left");
    for _ in 0..3 {
        assert_eq!(
            tried("not this one")?,
            "wrong-passphrase-left",
            "a service with an old one, started again and again"
        );
    }
    assert_eq!(tried("nor that one")?, "vault-wiped");
    let left: Vec<_> =
        fs::read_dir(office.first.data())?.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    ensure!(left.iter().all(|name| name == "agent.sock"), "{left:?}");
    assert_eq!(refused(&office.first, &["whoami"])?, "not-enrolled");
    Ok(())
}

#[test]
fn the_example_bot_answers_a_colleague() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let mut bot = Command::new(binary::installed("python3", &[])?);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../client-cli/examples/answering_bot.py");
    bot.arg(script).arg(binary::built("isoloir")?).arg("--data").arg(office.second.data());
    let mut bot = Process::spawn("the example bot", bot)?;
    let mut events = office.first.watch()?;
    office.first.deliver(office.second.login(), "how many are these")?;
    events.next("its answer", |event| (event["text"] == "4 words").then_some(()))?;
    bot.terminate().map(drop)
}

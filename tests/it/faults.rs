//! Kills, a full disk, a server that is away: nothing acknowledged is lost, nothing comes twice, and a person is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::client::Client;
use tests::process::Process;
use tests::{Place, step};

use crate::office::{Office, Places, assert_same_history, hash, saved};

/// Messages handed over while somebody is being killed.
const MESSAGES: usize = 60;
/// One kill after so many messages.
const KILL_EVERY: usize = 7;
/// A disk that the client fills quickly.
const DISK_MIB: u32 = 24;

/// Which of the three is killed next.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Sender,
    Receiver,
    Server,
}

/// Kills and starts again.
fn strike(office: &mut Office, victim: Victim) -> Result<()> {
    match victim {
        Victim::Sender => office.first.kill_agent().and_then(|()| office.first.start_agent()),
        Victim::Receiver => office.second.kill_agent().and_then(|()| office.second.start_agent()),
        Victim::Server => office.server.kill().and_then(|()| office.server.start()),
    }
}

#[test]
fn kills_lose_nothing_and_repeat_nothing() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "hello")?;
    let mut last = String::new();
    let mut victims = [Victim::Sender, Victim::Receiver, Victim::Server].into_iter().cycle();
    for number in 1..=MESSAGES {
        // Not waited for: the kill falls wherever the message then is.
        last = office.first.send(office.second.login(), &format!("message {number}"))?.message_id;
        if number % KILL_EVERY == 0 {
            strike(&mut office, victims.next().unwrap_or(Victim::Server))?;
        }
    }
    let mut events = office.first.watch()?;
    let history = office.first.history(office.second.login())?;
    let arrived = history.iter().any(|m| m["message_id"] == last.as_str() && m["state"] == "delivered");
    if !arrived {
        events.next_within(step() * 3, "the last delivery", |event| {
            (event["message_id"] == last.as_str() && event["state"] == "delivered").then_some(())
        })?;
    }
    assert_same_history(&office.first, &office.second)?;
    assert_eq!(office.second.history(office.first.login())?.len(), MESSAGES + 1);
    Ok(())
}

#[test]
fn a_file_survives_a_kill_of_either_side() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "hello")?;
    for (name, victim) in [("one.bin", Victim::Receiver), ("two.bin", Victim::Sender)] {
        let (path, original) = office.file(name, 128)?;
        let mut events = office.second.watch()?;
        let file_id = office.first.send_file(office.second.login(), &path)?.file_id.context("no file_id")?;
        let there = |event: &serde_json::Value| {
            let done = (event["file_id"] == file_id.as_str()).then(|| event["verified_bytes"].as_u64()).flatten()?;
            (done > 16 << 20).then_some(done)
        };
        let done = events.next("the middle of the file", there)?;
        ensure!(done < 128 << 20, "the file was whole before the kill");
        strike(&mut office, victim)?;
        if matches!(victim, Victim::Receiver) {
            events = office.second.watch()?;
        }
        assert_eq!(hash(&saved(&mut events, &file_id)?)?, original, "{victim:?}");
    }
    Ok(())
}

#[test]
fn a_withheld_server_is_noticed_and_survived() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.server.kill()?;
    let mut events = office.first.watch()?;
    if office.first.status()?["server"] != "offline" {
        events.next("the loss", |event| (event["event"] == "server" && event["state"] == "offline").then_some(()))?;
    }
    let waiting = office.first.send(office.second.login(), "for when it is back")?;
    assert_eq!(waiting.state, "queued");
    office.server.start()?;
    events.delivered(&waiting.message_id)
}

/// A small file system of its own; unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Result<Self> {
        fs::create_dir_all(at)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={DISK_MIB}m"), "isoloir-test"]).arg(at);
        Process::run("mount", mount, step())?.success("mount (needs root)")?;
        Ok(Self(at.to_path_buf()))
    }

    /// Takes all space that is left; gives it back when the file is removed.
    fn fill(&self) -> Result<PathBuf> {
        let ballast = self.0.join("ballast");
        let mut file = fs::File::create(&ballast)?;
        for size in [1 << 20, 4096] {
            let block = vec![1_u8; size];
            while std::io::Write::write_all(&mut file, &block).is_ok() {}
        }
        Ok(ballast)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_backup_that_does_not_fit_says_so_and_leaves_nothing() -> Result<()> {
    let office = Office::closed(Places::here(), None, "")?;
    let passphrase = office.path("backup-passphrase");
    fs::write(&passphrase, "a passphrase for a full disk")?;
    let home = office.path("small");
    let disk = Disk::mount(&home)?;
    let ballast = disk.fill()?;
    let file = home.join("a.backup");
    let arguments = [Path::new("backup"), &file, Path::new("--passphrase-file"), &passphrase];
    let refused = office.server.ask(&arguments)?;
    assert_eq!(refused.code, Some(1));
    ensure!(refused.stderr.contains("full"), "it says that the disk is full: {}", refused.stderr);
    let left: Vec<_> = fs::read_dir(&home)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    assert_eq!(left, std::slice::from_ref(&ballast), "nothing is left behind");
    fs::remove_file(ballast)?;
    office.server.ask(&arguments)?.success("backup once there is room").map(drop)
}

#[test]
fn a_full_disk_is_told_and_the_old_state_stays() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    let home = office.path("small");
    let disk = Disk::mount(&home)?;
    let mut third = Client::new(&home, "notary003", Place::Host)?;
    third.enroll(&office.server.code_link(third.login())?)?;
    third.start_agent()?;
    third.deliver(office.second.login(), "there is room")?;

    let ballast = disk.fill()?;
    let long = "x".repeat(8_000);
    let refused = (0..200).map(|_| third.ask(&["send", office.second.login(), &long])).find(|sent| match sent {
        Ok(finished) => finished.code != Some(0),
        Err(_) => true,
    });
    let refused = refused.context("the disk never was full")??;
    assert_eq!(refused.code, Some(1));
    assert!(!refused.stderr.trim().is_empty(), "it says that the disk is full");
    let known = third.history(office.second.login())?;
    assert!(known.iter().any(|message| message["text"] == "there is room"));

    fs::remove_file(ballast)?;
    third.kill_agent()?;
    third.start_agent()?;
    third.deliver(office.second.login(), "there is room again")?;
    assert_same_history(&third, &office.second)?;
    office.second.stop_agent()
}

#[test]
fn a_file_that_fills_the_disk_can_be_canceled_and_leaves_room() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let home = office.path("small");
    let disk = Disk::mount(&home)?;
    let downloads = home.join("downloads");
    fs::create_dir(&downloads)?;
    let mut third = Client::new(&home, "notary003", Place::Host)?.saving_into(&downloads, 1 << 30);
    third.enroll(&office.server.code_link(third.login())?)?;
    third.start_agent()?;
    third.deliver(office.second.login(), "there is room")?;

    let (path, _) = office.file("larger-than-the-disk", u64::from(DISK_MIB) * 2)?;
    let mut events = third.watch()?;
    let file_id = office.second.send_file(third.login(), &path)?.file_id.context("no file_id")?;
    let is = |event: &serde_json::Value, state: &str| {
        (event["file_id"] == file_id.as_str() && event["state"] == state).then_some(())
    };
    events.next("the full disk", |event| is(event, "paused"))?;
    let ballast = disk.fill()?;
    third.json(&["cancel", &file_id])?;
    events.next("the end of the transfer", |event| is(event, "canceled"))?;
    let left = fs::read_dir(&downloads)?.count();
    assert_eq!(left, 0, "parts of the file are left");
    third.deliver(office.second.login(), "there is room again")?;
    fs::remove_file(ballast)?;
    third.stop_agent()
}

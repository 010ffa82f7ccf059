//! What conversations cost beyond the message on an open link: the arrival of everything that waited for somebody who was away, what the
//! vault writes for each message, and the memory of an agent that has many conversations.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tests::{Client, Place};

use super::agent::Agent;
use super::figure::{Figure, Report};
use super::pair::{Pair, login, with_people};
use super::{Load, usage};

/// For every message of the shorter and of the longer absence.
const CATCH_UP_S: [f64; 2] = [2.0, 15.0];
/// Of an agent.
const AGENT_MIB: f64 = 60.0;
/// UTF-8 of each message whose writing is counted.
const TEXT_BYTES: usize = 1_024;
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// # Errors
/// When a program fails or a message does not arrive.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let mut pair = Pair::start(folder)?;
    let to = pair.second.login().to_owned();
    pair.agent()?.deliver(&to, "The first page", DELIVERY_TIMEOUT)?;
    writes(&pair, load, report)?;
    let named = ["catching up on what waited a day", "catching up on what waited a month"];
    for ((name, count), wanted_s) in named.into_iter().zip(load.waiting).zip(CATCH_UP_S) {
        let (seconds, cpu_s) = catch_up(&mut pair, count)?;
        let wanted_s = wanted_s * count as f64 / if wanted_s > CATCH_UP_S[0] { 10_000.0 } else { 2_000.0 };
        report.add(Figure::new(name, seconds, "s").at_most(wanted_s));
        report.add(Figure::new("the same, CPU of both ends for each message", cpu_s * 1e3 / count as f64, "ms"));
    }
    drop(pair);
    let many = folder.join("many");
    std::fs::create_dir(&many)?;
    memory(&many, load, report)
}

/// Bytes that the sender's disk is given for each byte of text, from the request to the delivery.
fn writes(pair: &Pair, load: &Load, report: &mut Report) -> Result<()> {
    let [first, second] = pair.pids()?;
    let text = "x".repeat(TEXT_BYTES);
    let mut agent = pair.agent()?;
    let before = [usage::written_bytes(first)?, usage::written_bytes(second)?];
    for _ in 0..load.messages {
        agent.deliver(pair.second.login(), &text, DELIVERY_TIMEOUT)?;
    }
    let said = (load.messages * TEXT_BYTES) as f64;
    for (end, pid, before) in [("author's", first, before[0]), ("reader's", second, before[1])] {
        let written = usage::written_bytes(pid)? - before;
        let name = if end == "author's" {
            "written for each byte, author's vault"
        } else {
            "written for each byte, reader's vault"
        };
        report.add(Figure::new(name, written / said, "×"));
    }
    Ok(())
}

/// So many messages wait for the second, whose agent then starts: seconds from the open link to the last delivery, and the CPU of both.
fn catch_up(pair: &mut Pair, count: usize) -> Result<(f64, f64)> {
    pair.second.stop_agent()?;
    let (to, mut agent) = (pair.second.login().to_owned(), pair.agent()?);
    let mut last = Value::Null;
    for number in 0..count {
        last = agent.ask("send", &json!({"who": to, "text": format!("Page {number}"), "wait_ms": null}))?["message_id"]
            .take();
    }
    let mut events = agent.watch()?;
    let before = usage::cpu_s(pair.first.agent_id().context("no agent runs")?)?;
    pair.second.start_agent()?;
    let open = |event: &Value| (event["event"] == "link" && event["state"] == "open").then(Instant::now);
    let opened = events.event("the link", open)?;
    let arrived = |event: &Value| (event["message_id"] == last && event["state"] == "delivered").then_some(());
    events.event("the last message", arrived)?;
    let seconds = opened.elapsed().as_secs_f64();
    let [first, second] = pair.cpu_s()?;
    Ok((seconds, first - before + second))
}

/// Private and shared memory of an agent with so many conversations, each with a message.
fn memory(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let server = with_people(folder, load.conversations + 1)?;
    let mut client = Client::new(folder, &login(1), Place::Host)?;
    client.enroll(&server.code_link(client.login())?)?;
    client.start_agent()?;
    let mut agent = Agent::of(client.data())?;
    for person in 2..load.conversations + 2 {
        agent.ask("send", &json!({"who": login(person), "text": "Are you there?", "wait_ms": null}))?;
    }
    let listed = agent.ask("conversations", &json!({}))?.as_array().map_or(0, Vec::len);
    anyhow::ensure!(listed == load.conversations, "{listed} conversations");
    let mib = usage::memory_kib(client.agent_id().context("no agent runs")?, "VmRSS")? / 1_024.0;
    report.add(Figure::new("memory of an agent with many conversations", mib, "MiB").at_most(AGENT_MIB));
    client.stop_agent()
}

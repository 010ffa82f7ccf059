//! Messages through both real clients: from the request to `delivered`, on an open link; and how long a link takes to open in the
//! product, signaling through the server included.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::figure::{Figure, Report, percentile_ms};
use super::pair::Pair;
use super::profile::Profile;
use super::{Load, rivals};

/// Messages before the first that counts: contact, link, lanes both ways.
const WARM_UP: usize = 10;
/// The sender stores the message, the receiver stores it, the sender stores that it arrived.
const DURABLE_WRITES_PER_MESSAGE: f64 = 3.0;
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// # Errors
/// When a program fails or a message is not delivered.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let mut pair = Pair::start(folder)?;
    let to = pair.second.login().to_owned();
    let mut agent = pair.agent()?;
    let first = timed(|| agent.deliver(&to, "The first page", DELIVERY_TIMEOUT))?;
    for _ in 0..WARM_UP {
        agent.deliver(&to, "Another page", DELIVERY_TIMEOUT)?;
    }
    let before = pair.cpu_s()?;
    let mut taken = Vec::with_capacity(load.messages);
    for number in 0..load.messages {
        let text = format!("Page {number}");
        taken.push(timed(|| agent.deliver(&to, &text, DELIVERY_TIMEOUT))?);
    }
    let after = pair.cpu_s()?;
    let profile = Profile::of(&pair.pids()?, folder)?;
    for number in 0..load.messages {
        agent.deliver(&to, &format!("Page {number} again"), DELIVERY_TIMEOUT)?;
    }
    report.explain("messages, both ends", profile.shares()?);
    let floor = rivals::durable_write_ms(folder)? * DURABLE_WRITES_PER_MESSAGE;
    let named = "three durable writes of 4 KiB";
    report.add(Figure::new("message sent to delivered, p50", percentile_ms(&taken, 50), "ms").beside(named, floor));
    report.add(Figure::new("message sent to delivered, p99", percentile_ms(&taken, 99), "ms").beside(named, floor));
    let cpu_s: f64 = after.iter().sum::<f64>() - before.iter().sum::<f64>();
    report.add(Figure::new("message, CPU of both ends", cpu_s * 1e3 / load.messages as f64, "ms"));
    let mut opened = Vec::new();
    for _ in 0..load.reopens {
        opened.push(reopened(&mut pair)?);
    }
    report.add(
        Figure::new("link open through the server, p50", percentile_ms(&opened, 50), "ms")
            .beside("first message ever: contact, link, delivery", first.as_secs_f64() * 1e3)
            .at_most(1_000.0),
    );
    Ok(())
}

fn timed(act: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let started = Instant::now();
    act()?;
    Ok(started.elapsed())
}

/// The second agent starts anew; the time between the `connecting` and the `open` of the first one's link to it.
fn reopened(pair: &mut Pair) -> Result<Duration> {
    pair.second.stop_agent()?;
    let mut events = pair.agent()?.watch()?;
    pair.agent()?.ask("send", &json!({"who": pair.second.login(), "text": "Are you back?", "wait_ms": null}))?;
    pair.second.start_agent()?;
    let mut connecting = None;
    events.event("the link to open", |event| {
        if event["event"] != "link" {
            return None;
        }
        if event["state"] == "connecting" {
            connecting = Some(Instant::now());
        }
        (event["state"] == "open").then_some(())
    })?;
    Ok(connecting.context("the link was open before it was connecting")?.elapsed())
}

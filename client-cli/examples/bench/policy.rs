//! A policy that reaches many connected devices: the driver is told once the last of them has it. Each device has both its sessions; the
//! door fetches the document as a client does, the relationship session hears of it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use client_cli::net::signal::{Signal, SignalCommand, SignalEvent};
use protocol::signaling::client::RequestId;
use protocol::signaling::field::{FetchWhat, SessionKind};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::signal::{Enrolled, enroll, online};
use crate::{Words, print};

/// Devices that are enrolled, and sessions that are opened, at one time.
const AT_ONCE_MAX: usize = 16;
/// Words that wait for the driver.
const SESSIONS_MAX: usize = 65_536;
const PATIENCE: Duration = Duration::from_secs(120);

/// `--links FILE`: a file with one enrollment link with a code on each line. After the next line on standard input, a policy is
/// awaited by every session.
pub async fn run(words: &Words) -> anyhow::Result<()> {
    let links = std::fs::read_to_string(words.value("--links").context("--links FILE")?)?;
    let mut steps = BufReader::new(tokio::io::stdin()).lines();
    let mut enrolled = Vec::new();
    for some in links.lines().collect::<Vec<_>>().chunks(AT_ONCE_MAX) {
        let mut under_way = JoinSet::new();
        for link in some {
            under_way.spawn(enroll(link.parse()?));
        }
        while let Some(device) = under_way.join_next().await {
            enrolled.push(device??);
        }
    }
    let (done, mut dones) = mpsc::channel(SESSIONS_MAX);
    let mut sessions = 0;
    for some in enrolled.chunks(AT_ONCE_MAX) {
        let mut opening = JoinSet::new();
        for device in some {
            for kind in [SessionKind::Door, SessionKind::Relationship] {
                let device: Enrolled = device.clone();
                opening.spawn(async move { Ok::<_, anyhow::Error>((online(&device, kind).await?, kind)) });
            }
        }
        while let Some(opened) = opening.join_next().await {
            let (signal, kind) = opened??;
            sessions += 1;
            tokio::spawn(wait(signal, kind, done.clone()));
        }
    }
    print(&serde_json::json!({"sessions": sessions}))?;

    steps.next_line().await?;
    for _ in 0..sessions {
        tokio::time::timeout(PATIENCE, dones.recv()).await?.context("a session ended")??;
    }
    print(&serde_json::json!({"arrived": sessions}))?;
    steps.next_line().await?;
    Ok(())
}

/// Until a newer policy than the first that is heard of has arrived; the session stays open.
async fn wait(mut signal: Signal, kind: SessionKind, done: mpsc::Sender<anyhow::Result<()>>) {
    let arrived = arrived(&mut signal, kind).await;
    let _ = done.send(arrived).await;
    while signal.event().await.is_some() {}
}

async fn arrived(signal: &mut Signal, kind: SessionKind) -> anyhow::Result<()> {
    let mut known = None;
    loop {
        match signal.event().await {
            Some(SignalEvent::News(news)) if *known.get_or_insert(news.policy_version) < news.policy_version => {
                known = Some(news.policy_version);
                match kind {
                    SessionKind::Door => {
                        signal.command(SignalCommand::Fetch { id: RequestId(1), what: FetchWhat::Policy })?;
                    }
                    SessionKind::Relationship => return Ok(()),
                }
            }
            Some(SignalEvent::Fetched { .. }) => return Ok(()),
            Some(SignalEvent::News(_)) => {}
            other => bail!("no policy arrived: {other:?}"),
        }
    }
}

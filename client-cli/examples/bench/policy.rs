//! A policy that reaches many connected devices: the driver is told once the last of them has it. Each device has both its sessions; the
//! door fetches the document as a client does, the relationship session hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    let interrupted = Arc::new(AtomicUsize::new(0));
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
            let ((signal, policy), kind) = opened??;
            sessions += 1;
            let listener = Listener { signal, kind, policy, interrupted: Arc::clone(&interrupted) };
            tokio::spawn(listener.wait(done.clone()));
        }
    }
    print(&serde_json::json!({"sessions": sessions}))?;

    steps.next_line().await?;
    for _ in 0..sessions {
        tokio::time::timeout(PATIENCE, dones.recv()).await?.context("a session ended")??;
    }
    let interrupted = interrupted.load(Ordering::Relaxed);
    print(&serde_json::json!({"arrived": sessions, "interrupted": interrupted}))?;
    steps.next_line().await?;
    Ok(())
}

struct Listener {
    signal: Signal,
    kind: SessionKind,
    /// Known when the session was opened.
    policy: u64,
    interrupted: Arc<AtomicUsize>,
}

impl Listener {
    /// Until a newer policy has arrived; the session stays open.
    async fn wait(mut self, done: mpsc::Sender<anyhow::Result<()>>) {
        let arrived = self.arrived().await;
        let _ = done.send(arrived).await;
        while self.signal.event().await.is_some() {}
    }

    async fn arrived(&mut self) -> anyhow::Result<()> {
        loop {
            let policy = match self.signal.event().await {
                Some(SignalEvent::News(news)) => news.policy_version,
                Some(SignalEvent::Online(welcomed)) => welcomed.news.policy_version,
                Some(SignalEvent::Fetched { .. }) => return Ok(()),
                // It comes back by itself, and is counted.
                Some(SignalEvent::Offline { .. }) => {
                    self.interrupted.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                other => bail!("no policy arrived: {other:?}"),
            };
            if policy > self.policy {
                self.policy = policy;
                match self.kind {
                    SessionKind::Door => {
                        self.signal.command(SignalCommand::Fetch { id: RequestId(1), what: FetchWhat::Policy })?;
                    }
                    SessionKind::Relationship => return Ok(()),
                }
            }
        }
    }
}

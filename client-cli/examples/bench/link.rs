//! One link between two processes: opening, round trip, throughput, CPU, memory. The near process starts the far one, through
//! `--prefix "ip netns exec far"` when given, and talks to it over pipes in place of sealed envelopes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use client_cli::net::link::{
    Interfaces, LINK_OPEN_TIMEOUT, Link, LinkAnswer, LinkConfig, LinkEvent, LinkEvents, LinkKey, LinkOffer, PendingLink,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};

use crate::{Words, percentile_us, print, usage};

const FRAME_BYTES: usize = 64 * 1024;
const MIB: usize = 1024 * 1024;

/// A far process and the pipes to it.
struct Far {
    child: tokio::process::Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

fn configuration(words: &Words) -> LinkConfig {
    LinkConfig {
        stun_servers: words.value("--stun").map(str::to_owned).into_iter().collect(),
        interfaces: if words.has("--loopback") { Interfaces::Loopback } else { Interfaces::Routable },
    }
}

fn key() -> LinkKey {
    LinkKey::from_bytes([7; 32])
}

/// `--opens N --pings N --mib N --idle N`, all bounded by their numbers.
pub async fn near(words: &Words) -> anyhow::Result<()> {
    let config = configuration(words);
    let (opens, pings) = (words.number("--opens", 1)?, words.number("--pings", 1_000)?);
    let (mebibytes, idle) = (words.number("--mib", 256)?, words.number("--idle", 0)?);
    let mut far = Far::start(words)?;
    let mut opened = Vec::with_capacity(opens);
    for _ in 1..opens {
        let started = Instant::now();
        let (link, mut events) = far.link(&config).await?;
        opened.push(started.elapsed());
        // Open here is not yet open there.
        round_trips(&link, &mut events, 1).await?;
        link.close().await;
    }
    let started = Instant::now();
    let (link, mut events) = far.link(&config).await?;
    opened.push(started.elapsed());
    opened.sort();
    let path = link.path().await.map(|path| path.as_str());
    let round_trips = round_trips(&link, &mut events, pings).await?;
    let before = usage::cpu_s();
    let taken = send_bulk(&link, &mut events, mebibytes).await?;
    let near_cpu_s = usage::cpu_s() - before;
    link.send_control(Bytes::from_static(b"usage")).await?;
    let LinkEvent::Control(far_usage) = events.recv().await else { bail!("closed") };
    let (far_cpu_s, far_rss_kib): (f64, u64) = serde_json::from_slice(&far_usage)?;
    let near_rss_kib = usage::peak_rss_kib();
    link.close().await;
    drop(far.to);
    far.child.wait().await?;
    print(&serde_json::json!({
        "path": path,
        "open_p50_us": percentile_us(&opened, 50),
        "open_max_us": percentile_us(&opened, 100),
        "rtt_p50_us": percentile_us(&round_trips, 50),
        "rtt_p99_us": percentile_us(&round_trips, 99),
        "mib": mebibytes,
        "seconds": taken.as_secs_f64(),
        "near_cpu_s": near_cpu_s,
        "far_cpu_s": far_cpu_s,
        "near_peak_rss_kib": near_rss_kib,
        "far_peak_rss_kib": far_rss_kib,
        "idle_pair_kib": idle_links(&config, idle).await?,
    }))
}

impl Far {
    fn start(words: &Words) -> anyhow::Result<Self> {
        let own = std::env::current_exe()?.display().to_string();
        let prefix = words.value("--prefix").unwrap_or_default();
        let mut command: Vec<&str> = prefix.split_whitespace().chain([own.as_str(), "link-far"]).collect();
        if words.has("--loopback") {
            command.push("--loopback");
        }
        if let Some(stun) = words.value("--stun") {
            command.extend(["--stun", stun]);
        }
        let (program, rest) = command.split_first().context("a program")?;
        let mut child =
            tokio::process::Command::new(program).args(rest).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let to = child.stdin.take().context("stdin")?;
        let from = BufReader::new(child.stdout.take().context("stdout")?).lines();
        Ok(Self { child, to, from })
    }

    async fn link(&mut self, config: &LinkConfig) -> anyhow::Result<(Link, LinkEvents)> {
        let offer = LinkOffer::create(config).await?;
        let line = serde_json::to_string(&(offer.sdp(), offer.fingerprint()))? + "\n";
        self.to.write_all(line.as_bytes()).await?;
        let (answer, fingerprint) = description(&mut self.from).await?.context("the far process ended")?;
        open(offer.accept_answer(&answer, &fingerprint).await?).await
    }
}

/// Answers one link after the other until its standard input ends.
pub async fn far(words: &Words) -> anyhow::Result<()> {
    let config = configuration(words);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some((offer, fingerprint)) = description(&mut lines).await? {
        let answer = LinkAnswer::create(&config, &offer, &fingerprint).await?;
        print(&serde_json::to_value((&answer.sdp, answer.fingerprint))?)?;
        let (link, mut events) = open(answer.pending).await?;
        echo(&link, &mut events).await?;
    }
    Ok(())
}

async fn echo(link: &Link, events: &mut LinkEvents) -> anyhow::Result<()> {
    let (mut received, mut cpu_s) = (0, None);
    loop {
        match events.recv().await {
            LinkEvent::Bulk(frame) => {
                cpu_s.get_or_insert_with(usage::cpu_s);
                received += frame.len();
            }
            LinkEvent::Control(frame) if &frame[..] == b"usage" => {
                let used = usage::cpu_s() - cpu_s.unwrap_or_default();
                link.send_control(serde_json::to_vec(&(used, usage::peak_rss_kib()))?.into()).await?;
            }
            LinkEvent::Control(frame) if frame.starts_with(b"until ") => {
                let wanted: usize = std::str::from_utf8(&frame[6..])?.parse()?;
                while received < wanted {
                    let LinkEvent::Bulk(frame) = events.recv().await else { bail!("closed") };
                    received += frame.len();
                }
                link.send_control(Bytes::from_static(b"all there")).await?;
            }
            LinkEvent::Control(frame) => link.send_control(frame).await?,
            LinkEvent::Closed(_) => return Ok(()),
        }
    }
}

async fn open(pending: PendingLink) -> anyhow::Result<(Link, LinkEvents)> {
    Ok(pending.open(key(), LINK_OPEN_TIMEOUT).await?)
}

async fn description<R: AsyncRead + Unpin>(
    lines: &mut Lines<BufReader<R>>,
) -> anyhow::Result<Option<(String, [u8; 32])>> {
    let line = lines.next_line().await?;
    Ok(line.map(|line| serde_json::from_str(&line)).transpose()?)
}

async fn round_trips(link: &Link, events: &mut LinkEvents, count: usize) -> anyhow::Result<Vec<Duration>> {
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        let sent = Instant::now();
        link.send_control(Bytes::from_static(&[1; 64])).await?;
        ensure!(matches!(events.recv().await, LinkEvent::Control(_)), "closed");
        taken.push(sent.elapsed());
    }
    taken.sort();
    Ok(taken)
}

async fn send_bulk(link: &Link, events: &mut LinkEvents, mebibytes: usize) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let frame = Bytes::from(vec![7; FRAME_BYTES]);
    for _ in 0..mebibytes * MIB / FRAME_BYTES {
        link.send_bulk(frame.clone()).await?;
    }
    link.send_control(format!("until {}", mebibytes * MIB).into()).await?;
    ensure!(matches!(events.recv().await, LinkEvent::Control(_)), "closed");
    Ok(started.elapsed())
}

/// Growth of resident memory for each pair of idle ends, both in this process.
async fn idle_links(config: &LinkConfig, count: usize) -> anyhow::Result<Option<u64>> {
    if count == 0 {
        return Ok(None);
    }
    let before = usage::rss_kib();
    let mut held = Vec::new();
    for _ in 0..count {
        let offer = LinkOffer::create(config).await?;
        let answer = LinkAnswer::create(config, offer.sdp(), &offer.fingerprint()).await?;
        let near = offer.accept_answer(&answer.sdp, &answer.fingerprint).await?;
        held.push(tokio::try_join!(open(near), open(answer.pending))?);
    }
    Ok(Some(usage::rss_kib().saturating_sub(before) / count as u64))
}

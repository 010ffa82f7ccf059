//! Measures one link between two processes: opening, round trip, throughput, memory. The near process starts the far one
//! (`--far`), through `--prefix "ip netns exec far"` when given, and talks to it over pipes in place of sealed envelopes.
//! It must never be part of the product: it authenticates nothing but the link.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use client_cli::net::link::{
    Interfaces, LINK_OPEN_TIMEOUT, Link, LinkAnswer, LinkConfig, LinkEvent, LinkEvents, LinkKey, LinkOffer, PendingLink,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader, Lines};

const FRAME_BYTES: usize = 64 * 1024;
const PINGS: usize = 1_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let config = LinkConfig {
        stun_servers: value("--stun").into_iter().collect(),
        interfaces: if has("--loopback") { Interfaces::Loopback } else { Interfaces::Routable },
    };
    if has("--far") {
        return far(&config).await;
    }
    let mebibytes: usize = value("--mib").map_or(Ok(256), |text| text.parse())?;
    let idle: usize = value("--idle").map_or(Ok(0), |text| text.parse())?;
    near(&config, &value("--prefix").unwrap_or_default(), mebibytes, idle).await
}

fn key() -> LinkKey {
    LinkKey::from_bytes([7; 32])
}

async fn near(config: &LinkConfig, prefix: &str, mebibytes: usize, idle: usize) -> anyhow::Result<()> {
    let own = std::env::current_exe()?.display().to_string();
    let mut words: Vec<&str> = prefix.split_whitespace().chain([own.as_str(), "--far"]).collect();
    if config.interfaces == Interfaces::Loopback {
        words.push("--loopback");
    }
    if let [stun] = config.stun_servers.as_slice() {
        words.extend(["--stun", stun]);
    }
    let (program, rest) = words.split_first().context("a program")?;
    let mut child =
        tokio::process::Command::new(program).args(rest).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut to_far = child.stdin.take().context("stdin")?;
    let mut from_far = BufReader::new(child.stdout.take().context("stdout")?).lines();

    let started = Instant::now();
    let offer = LinkOffer::create(config).await?;
    let gathered = started.elapsed();
    let line = serde_json::to_string(&(offer.sdp(), offer.fingerprint()))? + "\n";
    to_far.write_all(line.as_bytes()).await?;
    let (answer, fingerprint) = description(&mut from_far).await?;
    let connecting = Instant::now();
    let (link, mut events) = open(offer.accept_answer(&answer, &fingerprint).await?).await?;
    let (opened, whole) = (connecting.elapsed(), started.elapsed());

    let path = link.path().await.map(|path| path.as_str());
    let rtt_p50 = round_trips(&link, &mut events).await?;
    let taken = send_bulk(&link, &mut events, mebibytes).await?;
    let rss_near = peak_rss_kib();
    link.send_control(Bytes::from_static(b"rss")).await?;
    let LinkEvent::Control(rss_far) = events.recv().await else { bail!("closed") };
    link.close().await;
    drop(to_far);
    child.wait().await?;
    let idle_kib = idle_links(config, idle).await?;
    let report = serde_json::json!({
        "path": path,
        "gather_ms": gathered.as_millis(),
        "open_ms": opened.as_millis(),
        "offer_to_open_ms": whole.as_millis(),
        "rtt_p50_us": rtt_p50.as_micros(),
        "mib": mebibytes,
        "mib_per_s": mebibytes as f64 / taken.as_secs_f64(),
        "mbit_per_s": mebibytes as f64 * 8.388_608 / taken.as_secs_f64(),
        "peak_rss_near_kib": rss_near,
        "peak_rss_far_kib": String::from_utf8_lossy(&rss_far).parse::<u64>()?,
        "idle_link_pair_kib": idle_kib,
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

async fn far(config: &LinkConfig) -> anyhow::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let (offer, fingerprint) = description(&mut lines).await?;
    let answer = LinkAnswer::create(config, &offer, &fingerprint).await?;
    let line = serde_json::to_string(&(&answer.sdp, answer.fingerprint))?;
    writeln!(std::io::stdout(), "{line}")?;
    let (link, mut events) = open(answer.pending).await?;
    let mut received = 0u64;
    loop {
        match events.recv().await {
            LinkEvent::Bulk(frame) => received += frame.len() as u64,
            LinkEvent::Control(frame) if &frame[..] == b"rss" => {
                link.send_control(peak_rss_kib().to_string().into()).await?;
            }
            LinkEvent::Control(frame) if frame.starts_with(b"until ") => {
                let wanted: u64 = std::str::from_utf8(&frame[6..])?.parse()?;
                while received < wanted {
                    let LinkEvent::Bulk(frame) = events.recv().await else { bail!("closed") };
                    received += frame.len() as u64;
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

async fn description<R: AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>) -> anyhow::Result<(String, [u8; 32])> {
    let line = lines.next_line().await?.context("the other process ended")?;
    Ok(serde_json::from_str(&line)?)
}

async fn round_trips(link: &Link, events: &mut LinkEvents) -> anyhow::Result<Duration> {
    let mut taken = Vec::with_capacity(PINGS);
    for _ in 0..PINGS {
        let sent = Instant::now();
        link.send_control(Bytes::from_static(&[1; 64])).await?;
        ensure!(matches!(events.recv().await, LinkEvent::Control(_)), "closed");
        taken.push(sent.elapsed());
    }
    taken.sort();
    Ok(taken[PINGS / 2])
}

async fn send_bulk(link: &Link, events: &mut LinkEvents, mebibytes: usize) -> anyhow::Result<Duration> {
    let started = Instant::now();
    for n in 0..mebibytes * 1024 * 1024 / FRAME_BYTES {
        link.send_bulk(vec![n as u8; FRAME_BYTES].into()).await?;
    }
    let wanted = mebibytes * 1024 * 1024;
    link.send_control(format!("until {wanted}").into()).await?;
    ensure!(matches!(events.recv().await, LinkEvent::Control(_)), "closed");
    Ok(started.elapsed())
}

/// Growth of resident memory for each pair of idle ends, both in this process.
async fn idle_links(config: &LinkConfig, count: usize) -> anyhow::Result<Option<u64>> {
    if count == 0 {
        return Ok(None);
    }
    let before = status_kib("VmRSS:");
    let mut held = Vec::new();
    for _ in 0..count {
        let offer = LinkOffer::create(config).await?;
        let answer = LinkAnswer::create(config, offer.sdp(), &offer.fingerprint()).await?;
        let near = offer.accept_answer(&answer.sdp, &answer.fingerprint).await?;
        held.push(tokio::try_join!(open(near), open(answer.pending))?);
    }
    Ok(Some(status_kib("VmRSS:").saturating_sub(before) / count as u64))
}

fn peak_rss_kib() -> u64 {
    status_kib("VmHWM:")
}

fn status_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

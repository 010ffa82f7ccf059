//! The far ends and the rivals of `cargo xtask bench`: one link between two processes, signaling sessions in bulk, a copy over TLS, a
//! large audit, a vault full of messages.
//! Each prints its figures as JSON lines. It must never be part of the product: it authenticates nothing but what it measures.

mod audit;
mod link;
mod policy;
mod search;
mod signal;
mod tls;
mod usage;

use std::io::Write as _;

use anyhow::{Context as _, bail};
use mimalloc::MiMalloc;

/// That of the programs that it stands for.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What follows the name of the part.
pub struct Words(Vec<String>);

impl Words {
    /// The word after `--name`.
    fn value(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn number(&self, name: &str, otherwise: usize) -> anyhow::Result<usize> {
        Ok(self.value(name).map_or(Ok(otherwise), str::parse)?)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| word == name)
    }
}

/// One line for the driver.
fn print(line: &serde_json::Value) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// The share of `sorted` durations below this percentage, in microseconds.
fn percentile_us(sorted: &[std::time::Duration], percent: usize) -> u128 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).map_or(0, std::time::Duration::as_micros)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut words = std::env::args().skip(1);
    let part = words.next().context("link, search, signal, policy, tls-serve, tls-drive, tls-hold or tls-echo")?;
    let words = Words(words.collect());
    match part.as_str() {
        // On a worker, as in the client: the thread that only waits for `main` would be woken for each frame.
        "link" => tokio::spawn(async move { link::near(&words).await }).await?,
        "link-far" => tokio::spawn(async move { link::far(&words).await }).await?,
        "audit" => audit::run(&words),
        "search" => search::run(&words),
        "signal" => signal::run(&words).await,
        "policy" => policy::run(&words).await,
        "tls-serve" => tls::serve(&words),
        "tls-drive" => tls::drive(&words),
        "tls-hold" => tls::hold(&words),
        "tls-echo" => tls::echo(),
        _ => bail!("no such part: {part}"),
    }
}

//! One world of the noninterference test: the whole server in this process with a fixed clock and fixed entropy, and scripted
//! devices that talk along a graph. Two worlds differ in the graph only. It is no part of the product.
//!
//! `world FOLDER PORT GRAPH LEAK` prints `talked` when everything has been said, then serves until SIGTERM (a clean end) or
//! SIGKILL. Everything it persists or emits stands below FOLDER: `data/`, `log`, `metrics`.

mod device;
mod leak;

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use device::Device;
use leak::Leak;
use pro_server::app::{App, Running};
use pro_server::clock::Ambient;
use pro_server::config::{Config, MetricsListen, StunListen};
use pro_server::telemetry;
use protocol::time::Timestamp;
use tests::{Process, binary, openldap, step};
use tokio::signal::unix::{SignalKind, signal};

/// 2026-01-01T00:00:00Z; it stands still.
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const SEED: [u8; 32] = [7; 32];
const PEOPLE: usize = 6;
/// Envelopes that each device sends along its one edge.
const ENVELOPES: usize = 4;

struct Arguments {
    folder: PathBuf,
    port: u16,
    graph: Graph,
    leak: Leak,
}

/// Who talks to whom: a ring. Everybody sends as many envelopes as everybody else, and receives as many.
#[derive(Clone, Copy, Debug)]
struct Graph {
    /// Everybody talks to the one this many places further.
    stride: usize,
}

impl Graph {
    fn peer(self, device: usize) -> usize {
        (device + self.stride) % PEOPLE
    }
}

impl Arguments {
    fn parse() -> Result<Self> {
        let given: Vec<String> = std::env::args().skip(1).collect();
        let [folder, port, stride, leak] = given.as_slice() else {
            anyhow::bail!("usage: world FOLDER PORT STRIDE LEAK");
        };
        let stride = stride.parse().context("STRIDE")?;
        ensure!((1..PEOPLE).contains(&stride), "a stride is between 1 and {}", PEOPLE - 1);
        let graph = Graph { stride };
        Ok(Self { folder: folder.into(), port: port.parse().context("PORT")?, graph, leak: leak.parse()? })
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse()?;
    let ambient = Ambient::fixed(NOW, SEED);
    let log = Arc::new(File::create(arguments.folder.join("log"))?);
    tracing::subscriber::set_global_default(telemetry::subscriber(ambient.clone(), "trace", log))?;
    let metrics = telemetry::metrics_handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let data = arguments.folder.join("data");
        let running = App::start(configuration(&data, arguments.port), ambient).await?;
        let devices = enroll(&running, &arguments.folder).await?;
        talk(devices, &arguments, &data).await?;
        fs::write(arguments.folder.join("metrics"), metrics.render())?;
        println!("talked");
        signal(SignalKind::terminate())?.recv().await;
        running.stop().await
    })
}

fn configuration(data: &Path, port: u16) -> Config {
    let mut config = Config::embedded(data);
    config.http.listen = SocketAddr::from(([127, 0, 0, 1], port));
    config.http.workers = 1;
    config.metrics = MetricsListen::Chosen(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.stun = StunListen::Off;
    config
}

/// The same people, devices and administrative acts in every world.
async fn enroll(running: &Running, folder: &Path) -> Result<Vec<Device>> {
    let people = folder.join("people.csv");
    let rows: String = (1..=PEOPLE).map(|n| format!("{},{},\n", openldap::login(n), openldap::name(n))).collect();
    fs::write(&people, format!("login,name,mail\n{rows}"))?;
    let data = folder.join("data");
    let file = people.display().to_string();
    administer(&data, ["people", "import", &file]).await?;
    let mut devices = Vec::new();
    for person in 1..=PEOPLE {
        let printed = administer(&data, ["enrollment-code", "create", &openldap::login(person)]).await?;
        let link = printed.iter().flat_map(|line| line.split(|c: char| c.is_whitespace() || c == '"'));
        let link = link.into_iter().find(|word| word.starts_with("https://")).context("no link")?;
        devices.push(Device::enroll(link, person, NOW).await?);
    }
    let _ = running;
    Ok(devices)
}

/// Everybody sends to their peer, in the same order in every world, each envelope awaited at its end.
async fn talk(mut devices: Vec<Device>, arguments: &Arguments, data: &Path) -> Result<()> {
    for device in &mut devices {
        device.connect().await?;
    }
    for round in 0..ENVELOPES {
        for from in 0..devices.len() {
            let to = arguments.graph.peer(from);
            let target = devices.get(to).context("no such device")?.target(round == 0);
            arguments.leak.plant(data, from, target.address).await?;
            devices.get_mut(from).context("no such device")?.put(&target)?;
            devices.get_mut(to).context("no such device")?.delivered(&target).await?;
        }
    }
    for device in devices {
        device.disconnect().await;
    }
    Ok(())
}

/// An administration command of the real program; its loop needs this runtime meanwhile.
async fn administer<const N: usize>(data: &Path, arguments: [&str; N]) -> Result<Vec<String>> {
    let mut command = Command::new(binary::built("pro-server")?);
    command.arg("--data").arg(data).args(arguments);
    let run = move || Process::run("pro-server", command, step()).and_then(|finished| finished.success("pro-server"));
    Ok(tokio::task::spawn_blocking(run).await??.stdout)
}

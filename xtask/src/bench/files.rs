//! A file from one real client to the other, from the request to send it until it is saved, beside `scp`, a copy over TLS and the
//! disk alone; every one of them durable at the end. The middle of three runs counts; the profile has a run of its own.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::agent::Agent;
use super::figure::{Figure, Report};
use super::pair::Pair;
use super::profile::Profile;
use super::rivals::{self, Copied};
use super::{Load, usage};

/// # Errors
/// When a program fails or the file arrives changed.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let pair = Pair::start(folder)?;
    let warm = rivals::random_file(folder, "warm", 1)?;
    product(&pair, &warm)?;
    let file = rivals::random_file(folder, "file", load.file_mib)?;
    let tls = middle(|| Ok(rivals::tls(folder, &file, load)?.copy), |copied| copied.seconds)?;
    let scp = middle(|| rivals::scp(folder, &file), |copied| copied.seconds)?;
    let disk = middle(|| rivals::disk(folder, &file), |copied| copied.seconds)?;
    let sent = middle(|| product(&pair, &file), |sent| sent.moved.seconds)?;
    let profile = Profile::of(&pair.pids()?, folder)?;
    product(&pair, &file)?;
    report.explain("a file, both ends", profile.shares()?);

    let gbit_s = |copied: Copied| load.file_mib as f64 * 8.388_608e-3 / copied.seconds;
    let per_gib = |copied: Copied| copied.cpu_s * 1024.0 / load.file_mib as f64;
    let rivals = [("scp", scp), ("TLS over TCP", tls), ("read, write and sync alone", disk)];
    let figure = |name, value: &dyn Fn(Copied) -> f64, of: Copied, unit| {
        rivals
            .iter()
            .fold(Figure::new(name, value(of), unit), |figure, (rival, copied)| figure.beside(rival, value(*copied)))
    };
    report.add(figure("file, on the way", &gbit_s, sent.moved, "Gbit/s").at_least(2.0));
    report.add(figure("file, CPU of both ends on the way", &per_gib, sent.moved, "s/GiB").at_most(7.0));
    report.add(figure("file, hashed before and on the way", &gbit_s, sent.whole, "Gbit/s"));
    report.add(figure("file, CPU of both ends in all", &per_gib, sent.whole, "s/GiB"));
    let [sender, receiver] = pair.pids()?;
    report.add(
        Figure::new("file, most memory of one end", most_memory(sender, receiver)?, "MiB")
            .beside("the file", load.file_mib as f64)
            .at_most(128.0),
    );
    Ok(())
}

/// The one of three runs that is neither the fastest nor the slowest.
fn middle<T>(mut run: impl FnMut() -> Result<T>, seconds: impl Fn(&T) -> f64) -> Result<T> {
    let mut runs = [run()?, run()?, run()?];
    runs.sort_by(|one, other| seconds(one).total_cmp(&seconds(other)));
    let [_, middle, _] = runs;
    Ok(middle)
}

fn most_memory(sender: u32, receiver: u32) -> Result<f64> {
    Ok(usage::memory_kib(sender, "VmHWM")?.max(usage::memory_kib(receiver, "VmHWM")?) / 1024.0)
}

struct Sent {
    /// From the offer to the saved file.
    moved: Copied,
    /// With the sender's hashing before the offer.
    whole: Copied,
}

fn product(pair: &Pair, file: &Path) -> Result<Sent> {
    let mut events = Agent::of(pair.second.data())?.watch()?;
    let mut agent = pair.agent()?;
    let (started, cpu_s) = (Instant::now(), sum(pair)?);
    let offered = agent.ask("send_file", &json!({"who": pair.second.login(), "path": file, "wait_ms": null}))?;
    let (hashed, hashed_cpu_s) = (started.elapsed(), sum(pair)? - cpu_s);
    let saved = events.event("the file to be saved", |event| {
        let ours = event["event"] == "file" && event["file_id"] == offered["file_id"];
        (ours && event["state"] == "saved").then(|| event["path"].as_str().map(str::to_owned)).flatten()
    })?;
    let whole = Copied { seconds: started.elapsed().as_secs_f64(), cpu_s: sum(pair)? - cpu_s };
    let saved = pair.downloads.join(saved);
    ensure!(hash(&saved)? == hash(file)?, "the file arrived changed");
    fs::remove_file(saved).context("the saved file")?;
    let moved = Copied { seconds: whole.seconds - hashed.as_secs_f64(), cpu_s: whole.cpu_s - hashed_cpu_s };
    Ok(Sent { moved, whole })
}

fn sum(pair: &Pair) -> Result<f64> {
    Ok(pair.cpu_s()?.iter().sum())
}

fn hash(path: &Path) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize())
}

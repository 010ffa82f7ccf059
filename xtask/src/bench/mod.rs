//! `cargo xtask bench`: what the release programs cost on this machine, each figure beside a floor or a rival of the same run, and
//! what the CPU time went into. Everything runs on loopback in temporary folders; every load is bounded in count and time.

mod agent;
mod audit;
mod conversations;
mod directory;
mod figure;
mod files;
mod link;
mod machine;
mod messages;
mod pages;
mod pair;
mod policy;
mod profile;
mod rivals;
mod search;
mod server;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use tests::binary;

use crate::requirements::{Purpose, Requirements};
use crate::{cargo, interrupt, requirements};
use figure::Report;
use machine::Machine;

/// A program is missing and cannot be installed from here.
const CODE_MISSING: u8 = 2;

#[derive(Args)]
pub struct Options {
    /// Smaller loads: a look, not a figure to quote.
    #[arg(long)]
    quick: bool,
    /// Only the steps whose name has this in it: `link`, `server`, `messages`, `conversations`, `file`, `directory`, `audit`, `policy`, `vault`.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Where the figures go as JSON; otherwise `bench.json` in the target folder.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    messages: usize,
    file_mib: u64,
    opens: usize,
    reopens: usize,
    pings: usize,
    devices: usize,
    routing: usize,
    starts: usize,
    people: usize,
    groups: usize,
    questions: usize,
    acts: usize,
    entries: usize,
    sessions: usize,
    /// Messages that wait for somebody who was away, a shorter and a longer time.
    waiting: [usize; 2],
    conversations: usize,
    kept: usize,
}

const FULL: Load = Load {
    messages: 500,
    file_mib: 1_024,
    opens: 20,
    reopens: 5,
    pings: 5_000,
    devices: 200,
    routing: 64,
    starts: 5,
    people: 100_000,
    groups: 2_000,
    questions: 100,
    acts: 1_000,
    entries: 1_000_000,
    sessions: 10_000,
    waiting: [2_000, 10_000],
    conversations: 200,
    kept: 100_000,
};
const QUICK: Load = Load {
    messages: 50,
    file_mib: 128,
    opens: 5,
    reopens: 2,
    pings: 500,
    devices: 24,
    routing: 16,
    starts: 2,
    people: 5_000,
    groups: 100,
    questions: 20,
    acts: 100,
    entries: 100_000,
    sessions: 200,
    waiting: [200, 1_000],
    conversations: 20,
    kept: 10_000,
};

/// Builds the release programs and hands over to the driver beside them.
///
/// # Errors
/// When a step fails.
pub fn run(options: &Options) -> Result<ExitCode> {
    let _interrupted = interrupt::caught()?;
    if let Requirements::Missing(line) = requirements::meet(Purpose::Bench)? {
        eprintln!("The measurement compares with programs that are not installed. Install them, then run this again:");
        eprintln!("{line}");
        return Ok(ExitCode::from(CODE_MISSING));
    }
    let packages = ["-p", "pro-server", "-p", "client-cli", "-p", "xtask"];
    let mut build = cargo::command(&["build", "--release", "--locked", "--bins", "--example", "bench"]);
    build.args(packages);
    cargo::step("release build", build)?;
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(|profile| profile.parent()).context("this executable is in a target folder")?;
    let json = options.json.clone().unwrap_or_else(|| target.join("bench.json"));
    // The rig looks for programs beside the executable that runs it.
    let mut driver = std::process::Command::new(target.join("release").join("xtask"));
    driver.arg("bench-driver").arg("--json").arg(std::path::absolute(json)?).current_dir(cargo::root());
    if options.quick {
        driver.arg("--quick");
    }
    if let Some(only) = &options.only {
        driver.arg("--only").arg(only);
    }
    let status = driver.status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// The driver: measures, prints the table, writes the JSON file.
///
/// # Errors
/// When a measurement cannot be taken.
pub fn drive(options: &Options) -> Result<ExitCode> {
    let _interrupted = interrupt::caught()?;
    let load = if options.quick { QUICK } else { FULL };
    let machine = Machine::look()?;
    let mut report = Report::default();
    let folder = tempfile::Builder::new().prefix("isoloir-bench-").tempdir()?;
    eprintln!("── {}", machine.line());
    let steps: [(&str, Step); 9] = [
        ("the link and its rival", link::measure),
        ("the server", server::measure),
        ("messages", messages::measure),
        ("conversations", conversations::measure),
        ("a file and its rivals", files::measure),
        ("people of a directory", directory::measure),
        ("the audit", audit::measure),
        ("a policy", policy::measure),
        ("a full vault", search::measure),
    ];
    let is_wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    for (name, step) in steps.into_iter().filter(|(name, _)| is_wanted(name)) {
        eprintln!("── {name}");
        let place = folder.path().join(name.replace(' ', "-"));
        std::fs::create_dir(&place)?;
        step(&place, &load, &mut report).with_context(|| name.to_owned())?;
        std::fs::remove_dir_all(&place)?;
    }
    println!("{}", machine.line());
    print!("{}", report.table());
    if let Some(json) = &options.json {
        let mut value = report.json();
        value["machine"] = machine.json();
        value["quick"] = options.quick.into();
        std::fs::write(json, format!("{value:#}\n"))?;
        println!("{}", json.display());
    }
    Ok(ExitCode::SUCCESS)
}

type Step = fn(&std::path::Path, &Load, &mut Report) -> Result<()>;

/// The other programs of the measurement (`client-cli/examples/bench`).
fn part(name: &str) -> Result<std::process::Command> {
    let client = binary::built("isoloir")?;
    let examples = client.parent().context("a program has a folder")?.join("examples");
    let mut command = std::process::Command::new(examples.join("bench"));
    command.arg(name);
    Ok(command)
}

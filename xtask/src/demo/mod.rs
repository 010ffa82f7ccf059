//! `cargo xtask demo`: a server with nothing configured, two clients, messages both ways, files, a kill in the middle of one;
//! each step with its time, and at the end what the server stored about it. Everything it shows is checked, not asserted.

mod report;
mod stage;
mod words;

use std::process::ExitCode;
use std::sync::mpsc::Receiver;

use anyhow::Result;
use clap::Args;
use stage::Stage;
use words::{Destination, Words};

use crate::{cargo, interrupt};
use report::Report;

#[derive(Args)]
pub struct Options {
    /// Ends after the last step instead of staying until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Ends with one line of JSON on standard output; the words go to standard error.
    #[arg(long)]
    json: bool,
}

/// Shows everything.
///
/// # Errors
/// When a step cannot be carried out.
pub fn run(options: &Options) -> Result<ExitCode> {
    let words = Words::new(if options.json { Destination::Err } else { Destination::Out });
    let interrupted = interrupt::caught()?;
    words.say("demo-title", &[]);
    words.say("demo-building", &[]);
    cargo::build_programs()?;

    // The first second belongs to the demonstration, not to the build.
    let words = words.restarted();
    let shown = Stage::open().and_then(|mut stage| show(&mut stage, &words).map(|report| (stage, report)));
    let (stage, report) = match shown {
        Ok(shown) => shown,
        // The terminal has sent Ctrl-C to the programs too: what failed is no news.
        Err(_) if interrupted.try_recv().is_ok() => {
            words.say("demo-interrupted", &[]);
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => {
            words.say("demo-failed", &[("reason", format!("{error:#}").into())]);
            return Ok(ExitCode::FAILURE);
        }
    };
    if !options.once {
        stay(&stage, &words, &interrupted);
    }
    if options.json {
        println!("{}", report.json());
    }
    Ok(if report.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(stage: &mut Stage, words: &Words) -> Result<Report> {
    let mut report = Report::default();
    stage.people(words)?;
    stage.enroll(words, &mut report)?;
    let before = stage.stored()?;
    stage.first_message(words, &mut report)?;
    stage.messages(words, &mut report)?;
    stage.file(words, &mut report)?;
    stage.kill_and_resume(words, &mut report)?;
    stage.compare(&before, words, &mut report)?;
    Ok(report)
}

fn stay(stage: &Stage, words: &Words, interrupted: &Receiver<()>) {
    if let Some(url) = stage.console_url() {
        words.say("demo-console", &[]);
        words.print(&format!("    {url}"));
    }
    words.say("demo-by-hand", &[]);
    for command in stage.chat_commands() {
        words.print(&format!("    {command}"));
    }
    words.say("demo-by-script", &[]);
    for command in stage.script_commands() {
        words.print(&format!("    {command}"));
    }
    words.say("demo-staying", &[("folder", stage.folder().display().to_string().into())]);
    // Ends with Ctrl-C, or when nothing can send one any more.
    let _ = interrupted.recv();
    words.say("demo-ended", &[]);
}

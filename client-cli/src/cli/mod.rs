//! The command line (docs/cli.md): parse, find or start the engine, ask it, print. With `--json` one object per line on standard
//! output; words for people go to standard error. It must never print a secret or take one as an argument.

mod amending;
mod arguments;
mod deciding;
mod enroll;
mod export;
mod files;
mod groups;
mod locking;
mod picture;
mod programs;
mod said;
mod show;
mod show_groups;
mod staying;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};
use protocol::secret::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use self::arguments::{Cli, Command, ContactCommand, Global, localized};
use self::deciding::Compared;
use crate::core::trust::ForkReport;
use crate::engine::{self, Begin, EngineError, Guard, Options};
use crate::platform;
use crate::rpc::{Caller, Decision, Fault, Request};
use crate::sign_in::{Preference, Wish};
use crate::store::{Protection, Unlock, Vault, VaultError};
use crate::words::Words;

/// Done.
const DONE: u8 = 0;
/// Failed; standard error says why.
const FAILED: u8 = 1;
/// Wrong usage.
const USAGE: u8 = 2;
/// Persisted, but not delivered within `--wait`.
const NOT_DELIVERED: u8 = 3;
/// The agent of this data folder is locked.
const LOCKED: u8 = 4;
/// There is nothing here that opens: trying again is of no use, and may cost the vault.
const DOES_NOT_OPEN: u8 = 5;

/// Longest secret read from a file, in bytes.
const SECRET_FILE_BYTES_MAX: u64 = 4_096;
/// Longest report of a fork that is read from a file, in bytes.
const EVIDENCE_FILE_BYTES_MAX: u64 = 64 << 10;

/// Why a command failed.
enum Failure {
    /// The engine's answer, or the like.
    Fault(Fault),
    /// Persisted, not delivered in time.
    NotDelivered,
    /// The engine cannot run.
    Engine(EngineError),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotEnrolled | EngineError::Vault(VaultError::Missing) => {
                Self::Fault(Fault::new("not-enrolled"))
            }
            EngineError::Vault(error) => Self::Fault(engine::fault_of(&error)),
            error => Self::Engine(error),
        }
    }
}

/// Runs one command and says how it ended.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words = Words::of_environment();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = localized(Cli::command(), &words).try_get_matches_from(&arguments);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { DONE };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    // A log line in the middle of a chat would stand between the messages.
    if !matches!(cli.command, Command::Chat { .. }) || !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        start_log();
    }
    let printer = show::Printer { json: cli.global.json, words };
    let shell = Shell { global: cli.global, printer: &printer, arguments: &arguments };
    match shell.dispatch(cli.command).await {
        Ok(()) => ExitCode::from(DONE),
        Err(Failure::NotDelivered) => {
            printer.note("not-delivered-yet");
            ExitCode::from(NOT_DELIVERED)
        }
        Err(Failure::Fault(fault)) => {
            printer.fault(&fault);
            ExitCode::from(exit_code(&fault))
        }
        Err(Failure::Engine(error)) => {
            tracing::error!(%error, "the engine stopped");
            printer.fault(&Fault::new("internal"));
            ExitCode::from(FAILED)
        }
    }
}

fn exit_code(fault: &Fault) -> u8 {
    match fault.code.as_str() {
        "usage" | "enrollment-link" => USAGE,
        "locked" => LOCKED,
        "not-enrolled"
        | "vault-wiped"
        | "wrong-passphrase"
        | "wrong-passphrase-left"
        | "wrong-key-file"
        | "key-file-missing"
        | "key-file-needed"
        | "passphrase-needed" => DOES_NOT_OPEN,
        _ => FAILED,
    }
}

/// Own targets at the level of `ISOLOIR_LOG`, everything else at WARN at most: others would log addresses.
fn start_log() {
    let level = std::env::var("ISOLOIR_LOG").unwrap_or_else(|_| "error".to_owned());
    let own = if level.bytes().all(|byte| byte.is_ascii_alphabetic()) { level } else { "error".to_owned() };
    let filter = tracing_subscriber::EnvFilter::new(format!("off,client_cli={own},protocol={own}"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

struct Shell<'a> {
    global: Global,
    printer: &'a show::Printer,
    /// As this program was started: its name first.
    arguments: &'a [OsString],
}

/// The engine that answers a command, and what must be ended with it.
struct Session {
    caller: Caller,
    running: Option<Guard>,
}

impl Shell<'_> {
    async fn dispatch(&self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Enroll { link, login, password_file, sso, device_code } => {
                let preference =
                    if device_code || !platform::has_browser() { Preference::Device } else { Preference::Browser };
                let sso = sso.or(device_code.then_some(None));
                let sso = sso.map(|provider| Wish { provider, preference });
                self.enroll(&link, enroll::Typed { login, password_file, sso, preference }).await
            }
            Command::Agent { stay, notify } => self.agent(&stay, notify).await,
            Command::Chat { who, stay, look } => self.chat(who, &stay, &look).await,
            Command::Watch => self.watch().await,
            Command::Whoami => self.ask(Request::Whoami {}).await,
            Command::People { query } => self.ask(Request::People { query, limit: None }).await,
            Command::Contacts { decision: None } => self.ask(Request::Contacts {}).await,
            Command::Contacts { decision: Some(decision) } => {
                let (who, decision) = match decision {
                    ContactCommand::Accept { who } => (who, Decision::Accept),
                    ContactCommand::Refuse { who } => (who, Decision::Refuse),
                    ContactCommand::Block { who } => (who, Decision::Block),
                };
                self.decide(who, decision).await
            }
            Command::Verify { who, confirm: Some(number), .. } => self.compare(who, Compared::Same(number)).await,
            Command::Verify { who, unconfirm: true, .. } => self.compare(who, Compared::TakenBack).await,
            Command::Verify { who, .. } => self.ask(Request::Verify { who, confirm: None, number: None }).await,
            Command::Send { who, text, wait, with } => {
                let wait_ms = wait_ms(wait);
                self.ask_delivered(Request::Send { who, text, wait_ms, beside: with.into() }, wait_ms).await
            }
            Command::SendFile { who, paths, wait, with } => {
                self.send_files(&who, &paths, wait_ms(wait), with.into()).await
            }
            Command::Files { change } => self.files(change).await,
            Command::Save { file_id, path, wait } => self.save(file_id, &path, wait_ms(wait)).await,
            Command::Cancel { file_id } => self.ask(Request::Cancel { file: file_id }).await,
            Command::Conversations => self.ask(Request::Conversations {}).await,
            Command::History { who, last, before } => self.ask(Request::History { who, before, last }).await,
            Command::Group { command } => self.group(command).await,
            Command::Outbox => self.ask(Request::Outbox {}).await,
            Command::Status => self.ask(Request::Status {}).await,
            Command::Organization => self.ask(Request::Organization {}).await,
            Command::Evidence { check: None } => self.ask(Request::Evidence {}).await,
            Command::Evidence { check: Some(file) } => self.check_evidence(&file),
            Command::Checkpoint => self.ask(Request::Checkpoint {}).await,
            Command::Message(command) => self.amend(command).await,
            Command::Timer { who, seconds } => self.ask(Request::Timer { who, set: seconds }).await,
            Command::Export { who, folder } => self.export(who, &folder).await,
            Command::Search { words, with, last, before } => {
                self.ask(Request::Search { words: words.join(" "), with, before, last }).await
            }
            Command::Passphrase { change } => self.passphrase(change).await,
            Command::Lock => self.lock().await,
            Command::Unlock => self.unlock_agent().await,
            Command::Rpc { schema: true } => self.schema(),
            Command::Rpc { schema: false } => self.rpc().await,
            Command::Completion { shell } => self.completion(shell),
        }
    }

    /// Needs no vault and no server: anybody who is handed the file can check it.
    fn check_evidence(&self, path: &Path) -> Result<(), Failure> {
        let mut text = Vec::new();
        let file = std::fs::File::open(path).map_err(|_| Fault::new("file-unreadable"))?;
        file.take(EVIDENCE_FILE_BYTES_MAX).read_to_end(&mut text).map_err(|_| Fault::new("file-unreadable"))?;
        let report: ForkReport = serde_json::from_slice(&text).map_err(|_| Fault::new("not-evidence"))?;
        report.check().map_err(|_| Fault::new("not-evidence"))?;
        self.printer.proved(&report);
        Ok(())
    }

    fn data(&self) -> Result<PathBuf, Failure> {
        let folder = self.global.data.clone().or_else(platform::default_data_folder);
        folder.ok_or_else(|| Fault::new("no-data-folder").into())
    }

    /// The agent if one runs, else an engine of our own for the length of this command.
    async fn session(&self) -> Result<Session, Failure> {
        let data = self.data()?;
        if let Some(caller) = Caller::of_agent(&data).await.map_err(|_| Fault::new("agent-gone"))? {
            return Ok(Session { caller, running: None });
        }
        let unlock = self.unlock(&data)?;
        self.own_session(&data, &unlock)
    }

    fn own_session(&self, data: &Path, unlock: &Unlock) -> Result<Session, Failure> {
        let running = self.guard(data, open(data, unlock)?)?;
        Ok(Session { caller: Caller::Here(running.handle.clone()), running: Some(running) })
    }

    fn guard(&self, data: &Path, begin: Begin) -> Result<Guard, Failure> {
        let options = Options {
            data: data.to_owned(),
            downloads: self.global.downloads.as_deref().map(absolute).transpose()?.map(PathBuf::from),
            auto_save_bytes: self.global.auto_save_bytes,
        };
        Ok(Guard::start(begin, options)?)
    }

    /// With what the vault opens: the passphrase file, the key file of an unattended client, or the person's own words.
    fn unlock(&self, data: &Path) -> Result<Unlock, Failure> {
        if self.global.passphrase_file.is_none() && protection(data)? == Protection::KeyFile {
            return Ok(Unlock::KeyFile);
        }
        Ok(Unlock::Passphrase(self.typed_passphrase()?))
    }

    /// The passphrase of this device, from the file or typed.
    fn typed_passphrase(&self) -> Result<Secret<String>, Failure> {
        if let Some(path) = &self.global.passphrase_file {
            return read_secret(path);
        }
        if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            return Err(Fault::new("passphrase-needed").into());
        }
        let typed = rpassword::prompt_password(self.printer.words.say("ask-passphrase"));
        Ok(Secret::new(typed.map_err(|_| Fault::new("no-terminal"))?))
    }

    async fn ask(&self, request: Request) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let answer = session.caller.ask(request.clone()).await;
        session.end().await?;
        self.printer.answer(&request, &answer?);
        Ok(())
    }

    async fn ask_delivered(&self, request: Request, wait_ms: Option<u64>) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let answer = session.caller.ask(request.clone()).await;
        session.end().await?;
        let answer = answer?;
        self.printer.answer(&request, &answer);
        match answer["state"].as_str() {
            Some("refused") => Err(Fault::new(answer["reason"].as_str().unwrap_or("internal")).into()),
            Some("delivered" | "read") => Ok(()),
            _ if wait_ms.is_some() => Err(Failure::NotDelivered),
            _ => Ok(()),
        }
    }

    async fn save(&self, file: String, path: &Path, wait_ms: Option<u64>) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let request = Request::Save { file: file.clone(), path: absolute(path)? };
        let bar = self.printer.progress();
        let watching = match &session.caller {
            Caller::Here(engine) => Some(Caller::Here(engine.clone())),
            Caller::Agent(_) => Caller::of_agent(&self.data()?).await.ok().flatten(),
        };
        let watcher = watching.map(|caller| tokio::spawn(show::follow_file(caller, file, bar)));
        let patience = Duration::from_millis(wait_ms.unwrap_or(u64::MAX / 2));
        let answer = tokio::select! {
            answer = session.caller.ask(request.clone()) => Some(answer),
            () = tokio::time::sleep(patience) => None,
            _ = platform::asked_to_stop() => None,
        };
        if let Some(watcher) = watcher {
            watcher.abort();
        }
        session.end().await?;
        self.printer.answer(&request, &answer.ok_or(Failure::NotDelivered)??);
        Ok(())
    }
}

impl Session {
    async fn end(self) -> Result<(), Failure> {
        match self.running {
            Some(running) => Ok(running.stop().await.map(drop)?),
            None => Ok(()),
        }
    }
}

/// Seconds as a person writes them.
fn wait_ms(wait: Option<f64>) -> Option<u64> {
    wait.map(|seconds| (seconds.clamp(0.0, 1e9) * 1_000.0) as u64)
}

fn open(data: &Path, unlock: &Unlock) -> Result<Begin, Failure> {
    let vault = Vault::open(data, unlock).map_err(|error| Failure::Fault(engine::fault_of(&error)))?;
    Ok(Begin::Open(vault))
}

fn protection(data: &Path) -> Result<Protection, Failure> {
    Vault::protection_of(data).map_err(|error| Failure::Fault(engine::fault_of(&error)))
}

fn absolute(path: &Path) -> Result<String, Failure> {
    let path = std::path::absolute(path).map_err(|_| Fault::new("file-unreadable"))?;
    path.into_os_string().into_string().map_err(|_| Fault::new("path-not-text").into())
}

/// A secret from a file: its first line, without the line end. Bounded.
fn read_secret(path: &Path) -> Result<Secret<String>, Failure> {
    let unreadable = |_| Fault::new("secret-file");
    let mut text = Zeroizing::new(String::new());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(SECRET_FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line.to_owned())),
        Some(_) | None => Err(Fault::new("secret-empty").into()),
    }
}

/// Rows of an answer: a list prints a line each, an object one.
fn rows(answer: &Value) -> &[Value] {
    match answer {
        Value::Array(rows) => rows,
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        let contract = include_str!("../../../docs/cli.md");
        let table = contract.split("| exit code | meaning |").nth(1).unwrap().split("\n\n").next().unwrap();
        let number = |line: &str| line.split('|').nth(1).and_then(|code| code.trim().parse::<i32>().ok());
        let written: Vec<i32> = table.lines().filter_map(number).collect();
        let ours = [DONE, FAILED, USAGE, NOT_DELIVERED, LOCKED, DOES_NOT_OPEN].map(i32::from);
        assert_eq!(written, ours.into_iter().chain([show::READER_GONE]).collect::<Vec<_>>());
        for (word, code) in
            [("locked", LOCKED), ("usage", USAGE), ("vault-wiped", DOES_NOT_OPEN), ("unknown-person", FAILED)]
        {
            assert_eq!(exit_code(&Fault::new(word)), code);
        }
    }
}

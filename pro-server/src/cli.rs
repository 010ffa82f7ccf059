//! The command line: `serve` runs the server; every other command asks the one that runs on the data folder.
//! Results go to stdout, words about them to stderr; exit code 0 done, 1 failed, 2 wrong usage, 3 what was
//! checked is not as it has to be.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use data_encoding::BASE64;

use crate::administration::{AdministratorOrder, IdentityRequest, Refusal, Reply, Request, Row};
use crate::app::{App, Door, StartError};
use crate::clock::Ambient;
use crate::config::{self, Config, Problems};
use crate::domain::directory_key::Standing;
use crate::service::Services;
use crate::storage::Location;
use crate::unix;
use crate::words::Words;
use arguments::integration::Order;
use arguments::{Arguments, Output, Verb};
use call::Call;
use offline::Site;
use show::{Show, tell};

mod approver;
pub mod arguments;
mod audit;
mod backup;
mod call;
mod doctor;
mod document;
mod keys;
mod log;
mod offline;
mod restore;
mod root;
mod secret;
mod show;
mod store;
mod witness;

const FAILED: u8 = 1;
const USAGE: u8 = 2;
/// Something was checked, and is not as it has to be.
const FOUND: u8 = 3;

/// Why a command ended without its result.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Said(String),
    #[error("wrong usage")]
    Usage(String),
    /// What was checked is not as it has to be.
    #[error("found")]
    Found(String),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Runs the process's command line.
pub fn run() -> ExitCode {
    let environment = |name: &str| std::env::var(name).ok();
    let words = Words::of_environment(environment);
    let arguments = match arguments::parse(&words, std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) if is_help(&error) => {
            let _ = error.print();
            return ExitCode::from(USAGE);
        }
        Err(error) => {
            eprintln!("{}\n{}", arguments::explain(&words, &error), words.say("usage-help"));
            return ExitCode::from(USAGE);
        }
    };
    match command(&words, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said(text)) => {
            eprintln!("{text}");
            ExitCode::from(FAILED)
        }
        Err(Failure::Usage(text)) => {
            eprintln!("{text}");
            ExitCode::from(USAGE)
        }
        Err(Failure::Found(text)) => {
            eprintln!("{text}");
            ExitCode::from(FOUND)
        }
        Err(Failure::Other(error)) => {
            eprintln!("{}", words.say_with("serve-failed", &[("reason", format!("{error:#}").into())]));
            ExitCode::from(FAILED)
        }
    }
}

fn is_help(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

fn command(words: &Words, arguments: Arguments) -> Result<(), Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    let data = arguments.data.clone().unwrap_or_else(|| config::data_default(environment));
    let config_file = arguments.config.clone();
    let site = Site { data: &data, config: config_file.as_deref() };
    match arguments.verb {
        Verb::Serve { listen } => {
            // What is not UTF-8 cannot be meant for us.
            let text =
                |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
            let set = std::env::vars_os().filter_map(text);
            let config = Config::load(arguments.config.as_deref(), &data, set);
            let mut config = config.map_err(|problems| config_refused(words, &problems))?;
            if let Some(listen) = listen {
                config.http.listen = listen;
            }
            serve(words, config)
        }
        Verb::Audit(arguments::audit::Order::Verify { file, against, witnesses }) => {
            let order = audit::Order { site, file: file.as_deref(), against: against.as_deref(), witnesses };
            audit::verify(words, arguments.output, &order)
        }
        Verb::Backup { file, passphrase_file } => {
            let passphrase_file = passphrase_file.as_deref();
            backup::run(words, arguments.output, &backup::Order { site, file: &file, passphrase_file })
        }
        Verb::RestoreCheck { file, passphrase_file } => {
            restore::check(words, arguments.output, &file, passphrase_file.as_deref())
        }
        Verb::Restore { file, passphrase_file, newest } => {
            let passphrase_file = passphrase_file.as_deref();
            restore::run(words, arguments.output, &restore::Order { site, file: &file, passphrase_file, newest })
        }
        Verb::Doctor => doctor::run(words, arguments.output, site),
        Verb::LogReset { signed, reason, newest } => {
            log::run_reset(words, arguments.output, &log::ResetOrder { site, signed, reason, newest })
        }
        Verb::Migrate(what) => store::migrate(words, arguments.output, site, what),
        Verb::StoreCopy(destination) => store::copy(words, arguments.output, site, &destination),
        Verb::Witness(order) => witness::run(words, arguments.output, site, order),
        Verb::Keys(order) => keys::run(words, arguments.output, site, order),
        Verb::Root(order) => root::run(words, arguments.output, site, order),
        Verb::PeopleResetIdentity { login, request: Some(file), .. } => {
            approver::write_order(words, arguments.output, &data, login, &file)
        }
        Verb::Approver(order) if !matches!(order, approver::Order::Install { .. }) => {
            approver::run(words, arguments.output, order)
        }
        Verb::LogSign { key, request, file } => log::run_sign(words, arguments.output, &key, &request, &file),
        verb => ask(words, arguments.output, &data, verb),
    }
}

fn config_refused(words: &Words, problems: &Problems) -> Failure {
    let mut text = words.say("config-refused");
    for problem in problems.iter() {
        text.push_str("\n  ");
        text.push_str(&words.problem(problem));
    }
    Failure::Usage(text)
}

fn serve(words: &Words, config: Config) -> Result<(), Failure> {
    let ambient = Ambient::system();
    crate::telemetry::install(ambient.clone());
    // A refusal by the system is not fatal: the shipped unit and container forbid both as well.
    for limit in [unix::disable_core_dumps(), unix::raise_open_files()] {
        if let Err(error) = limit {
            tracing::warn!(kind = ?error.kind(), "a process limit cannot be set");
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let (data, store) = (config.data.clone(), config.store.clone());
    runtime.block_on(async {
        let mut requests = unix::Requests::listen().map_err(anyhow::Error::from)?;
        let running = App::start(config, ambient).await.map_err(|error| start_failure(words, &data, &store, error))?;
        let fingerprint = running.fingerprint.to_string();
        let url = running.url.to_string();
        eprintln!("{}", words.say_with("serve-ready", &[("url", url.into()), ("fingerprint", fingerprint.into())]));
        console(words, &running.console);
        key_ending(words, &running.services);
        notify(unix::Notice::Ready);
        let end = loop {
            tokio::select! {
                request = requests.next() => match request {
                    unix::Request::Stop => break Ok(()),
                    unix::Request::Reload => running.reload(),
                },
                () = running.failed() => break Err(Failure::Said(words.say("serve-broken"))),
            }
        };
        notify(unix::Notice::Stopping);
        eprintln!("{}", words.say("serve-stopping"));
        running.stop().await?;
        end
    })
}

fn notify(notice: unix::Notice) {
    if let Err(error) = unix::notify(notice) {
        tracing::warn!(kind = ?error.kind(), "systemd cannot be told");
    }
}

/// Whoever starts the server by hand sees it at once; the log says it every day.
fn key_ending(words: &Words, services: &Services) {
    let (key, standing) = services.directory_key_standing();
    let id = match standing {
        Standing::Good => return,
        Standing::Ending => "serve-key-ending",
        Standing::Ended => "serve-key-ended",
    };
    eprintln!("{}", words.say_with(id, &[("until", crate::telemetry::rfc3339(key.not_after).into())]));
}

/// On standard output: standard error is the log.
fn console(words: &Words, door: &Door) {
    let told = match door {
        Door::FirstOwner(link) => writeln!(io::stdout(), "{}\n\n{}\n", words.say("serve-console-first"), link.expose()),
        Door::SignIn(url) => {
            writeln!(io::stdout(), "{}", words.say_with("serve-console", &[("url", url.as_str().into())]))
        }
    };
    // Whoever started it may have stopped reading; the server serves.
    drop(told);
}

fn start_failure(words: &Words, data: &Path, store: &Location, error: StartError) -> Failure {
    let folder = || data.display().to_string();
    Failure::Said(match error {
        StartError::Taken => words.say_with("serve-taken", &[("folder", folder().into())]),
        StartError::Folder(kind) => {
            words.say_with("serve-folder", &[("folder", folder().into()), ("reason", kind.to_string().into())])
        }
        StartError::RestoreUnfinished => words.say_with("serve-restore-unfinished", &[("folder", folder().into())]),
        StartError::LogResetPending => words.say_with("serve-log-pending", &[("folder", folder().into())]),
        StartError::NoDatabase => offline::no_database(words, data, store),
        StartError::OtherKeys => {
            words.say_with("serve-other-keys", &[("folder", folder().into()), ("place", store.to_string().into())])
        }
        StartError::PutBack => words.say_with("serve-put-back", &[("place", store.to_string().into())]),
        StartError::Store(why) => offline::store(words, store, why),
        StartError::Listen { address, kind } => words
            .say_with("serve-listen", &[("address", address.to_string().into()), ("reason", kind.to_string().into())]),
        StartError::Other(error) => words.say_with("serve-failed", &[("reason", format!("{error:#}").into())]),
    })
}

/// Asks the running server and shows what it answers.
fn ask(words: &Words, output: Output, data: &Path, verb: Verb) -> Result<(), Failure> {
    let export = match &verb {
        Verb::Audit(arguments::audit::Order::Export { file } | arguments::audit::Order::Prove { file, .. })
        | Verb::PeopleExport { file, .. } => Some(file.clone()),
        _ => None,
    };
    let request = request(words, verb)?;
    let mut call = call(words, data, &request)?;
    match export {
        Some(file) => write_export(words, output, &mut call, &file),
        None => {
            let mut show = Show { words, output, to: io::stdout().lock() };
            each_row(words, &mut call, |row| Ok(show.row(&row)?)).map(|_| ())
        }
    }
}

/// A request to the server that runs on `data`.
fn call(words: &Words, data: &Path, request: &Request) -> Result<Call, Failure> {
    Call::open(data, request).map_err(|error| {
        let id = match error.kind() {
            io::ErrorKind::PermissionDenied => "admin-denied",
            _ => "admin-not-running",
        };
        Failure::Said(words.say_with(id, &[("folder", data.display().to_string().into())]))
    })
}

fn request(words: &Words, verb: Verb) -> Result<Request, Failure> {
    Ok(match verb {
        Verb::Health => Request::Health,
        Verb::Sync { mode, source } => Request::Sync { mode, source },
        Verb::SyncHistory { source } => Request::SyncHistory { source },
        Verb::PeopleList => Request::PeopleList,
        Verb::PeopleImport { file, mode } => Request::PeopleImport { csv: BASE64.encode(&read(words, &file)?), mode },
        Verb::PeopleResetIdentity { login, signed, .. } => {
            Request::Identity(IdentityRequest::Reset { login, signed: approver::signed(words, &signed)? })
        }
        Verb::Approver(approver::Order::Install { signed }) => approver::install(words, &signed)?,
        Verb::PeopleSuspend { login } => Request::PeopleSuspend { login },
        Verb::PeopleResume { login } => Request::PeopleResume { login },
        Verb::PeopleRemove { for_good: false, .. } => return Err(Failure::Usage(words.say("people-remove-unsaid"))),
        Verb::PeopleRemove { login, .. } => Request::PeopleRemove { login },
        Verb::PeopleUnlink { login } => Request::PeopleUnlink { login },
        Verb::PeopleExport { login, .. } => Request::PeopleExport { login },
        Verb::Erase { for_good: false, .. } => return Err(Failure::Usage(words.say("erase-unsaid"))),
        Verb::Erase { whom, .. } => Request::Erase { whom },
        Verb::DeviceList { login } => Request::DeviceList { login },
        Verb::DeviceRevoke { device } => Request::DeviceRevoke { device },
        Verb::CodeCreate { login } => Request::EnrollmentCodeCreate { login },
        Verb::Policy(order) => Request::Policy(order),
        Verb::Audit(order) => audit::request(words, order)?,
        Verb::Administrator(AdministratorOrder::Erase { is_for_good: false, .. }) => {
            return Err(Failure::Usage(words.say("admin-erase-unsaid")));
        }
        Verb::Administrator(order) => Request::Administrator(order),
        Verb::OwnPassword { name } => Request::Administrator(secret::own_password(words, name)?),
        Verb::LogCheckpoint => Request::LogCheckpoint,
        Verb::Approvals(order) => Request::Approvals(order),
        Verb::Integration(Order::List) => Request::IntegrationList,
        Verb::Integration(Order::Add { scope, name, days }) => Request::IntegrationAdd { scope, name, days },
        Verb::Integration(Order::Revoke { token }) => Request::IntegrationRevoke { token },
        Verb::Integration(Order::Release) => Request::IntegrationRelease,
        // These do not ask a server.
        Verb::Backup { .. }
        | Verb::Restore { .. }
        | Verb::RestoreCheck { .. }
        | Verb::Doctor
        | Verb::Migrate(_)
        | Verb::StoreCopy(_)
        | Verb::LogReset { .. }
        | Verb::LogSign { .. }
        | Verb::Approver(_)
        | Verb::Keys(_)
        | Verb::Root(_)
        | Verb::Witness(_)
        | Verb::Serve { .. } => return Err(Failure::Usage(words.say("usage-help"))),
    })
}

/// Hands each row to `act` until the server is done; how many there were.
fn each_row(words: &Words, call: &mut Call, mut act: impl FnMut(Row) -> Result<()>) -> Result<u64, Failure> {
    let mut rows = 0;
    loop {
        match call.next() {
            Ok(Some(Reply::Row(row))) => {
                act(row)?;
                rows += 1;
            }
            Ok(Some(Reply::Done)) => return Ok(rows),
            Ok(Some(Reply::Refused(refusal))) => return Err(refused(words, &refusal)),
            Ok(None) | Err(_) => return Err(Failure::Said(words.say("admin-lost"))),
        }
    }
}

fn refused(words: &Words, refusal: &Refusal) -> Failure {
    Failure::Said(show::refusal(words, refusal))
}

fn read(words: &Words, file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match file.to_str() {
        Some("-") => io::stdin().lock().read_to_end(&mut bytes),
        _ => std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut bytes)),
    };
    read.map(|_| bytes).map_err(|error| file_failure(words, file, &error))
}

fn write_export(words: &Words, output: Output, call: &mut Call, file: &Path) -> Result<(), Failure> {
    let failure = |error: io::Error| file_failure(words, file, &error);
    let mut to = unix::create_private(file).map(io::BufWriter::new).map_err(failure)?;
    let lines = each_row(words, call, |row| {
        if let Row::Line(line) = row {
            writeln!(to, "{line}")?;
        }
        Ok(())
    })?;
    to.into_inner().map_err(|error| failure(error.into_error()))?.sync_all().map_err(failure)?;
    let name = file.display().to_string();
    match output {
        Output::Json => tell!("{}", serde_json::json!({ "lines": lines, "file": name })),
        Output::People => {
            tell!("{}", words.say_with("row-exported", &[("lines", lines.into()), ("file", name.into())]))
        }
    }
    Ok(())
}

fn file_failure(words: &Words, file: &Path, error: &io::Error) -> Failure {
    let (file, reason) = (file.display().to_string(), error.kind().to_string());
    Failure::Said(words.say_with("admin-file", &[("file", file.into()), ("reason", reason.into())]))
}

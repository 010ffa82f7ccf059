//! The command line: which commands there are. Every word of it comes from `words`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use protocol::ids::{DeviceId, Hash32};
use protocol::tlog::ResetReason;

use super::restore::NewestKnown;
use crate::administration::SyncMode;
use crate::administration::policy::PolicyOrder;
use crate::words::Words;

mod admin;
mod approvals;
mod approver;
pub mod audit;
pub mod integration;
mod keys;
mod policy;
mod root;
mod store;
mod witness;

/// A parsed command line.
#[derive(Debug)]
pub struct Arguments {
    pub config: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub output: Output,
    pub verb: Verb,
}

/// For whom the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    People,
    Json,
}

/// What to do.
#[derive(Debug)]
pub enum Verb {
    Serve { listen: Option<SocketAddr> },
    Health,
    Sync { mode: SyncMode, source: Option<String> },
    SyncHistory { source: Option<String> },
    PeopleList,
    PeopleImport { file: PathBuf, mode: SyncMode },
    PeopleSuspend { login: String },
    PeopleResetIdentity { login: String, request: Option<PathBuf>, signed: Vec<PathBuf> },
    Approver(super::approver::Order),
    PeopleResume { login: String },
    PeopleRemove { login: String, for_good: bool },
    PeopleUnlink { login: String },
    PeopleExport { login: String, file: PathBuf },
    Erase { whom: String, for_good: bool },
    DeviceList { login: Option<String> },
    DeviceRevoke { device: DeviceId },
    CodeCreate { login: String },
    Policy(PolicyOrder),
    Audit(audit::Order),
    Backup { file: PathBuf, passphrase_file: Option<PathBuf> },
    Restore { file: PathBuf, passphrase_file: Option<PathBuf>, newest: NewestKnown },
    RestoreCheck { file: PathBuf, passphrase_file: Option<PathBuf> },
    Doctor,
    Migrate(super::store::Migrate),
    StoreCopy(super::store::Destination),
    LogCheckpoint,
    LogReset { signed: Option<PathBuf>, reason: ResetReason, newest: Option<PathBuf> },
    LogSign { key: PathBuf, request: PathBuf, file: PathBuf },
    Keys(super::keys::Order),
    Root(super::root::Order),
    Integration(integration::Order),
    Witness(super::witness::Order),
    Approvals(crate::administration::ApprovalOrder),
    Administrator(crate::administration::AdministratorOrder),
    OwnPassword { name: String },
}

/// The command tree in one language.
pub fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let group =
        |name: &'static str, about: &str| verb(name, about).subcommand_required(true).arg_required_else_help(true);
    let login = || Arg::new("login").value_name("LOGIN").required(true).help(words.say("arg-login"));
    let file = |help: &str| {
        let path = value_parser!(PathBuf);
        Arg::new("file").value_name("FILE").value_parser(path).help(words.say(help))
    };
    let for_good = |help: &str| Arg::new("for-good").long("for-good").action(ArgAction::SetTrue).help(words.say(help));
    let serve = verb("serve", "about-serve").arg(
        Arg::new("listen")
            .long("listen")
            .value_name("IP:PORT")
            .value_parser(value_parser!(SocketAddr))
            .help(words.say("arg-listen")),
    );
    let health = verb("health", "about-health");
    let sync = verb("sync", "about-sync").args(plan_arguments(words)).args(sync_arguments(words));
    let people = group("people", "about-people").subcommands([
        verb("list", "about-people-list"),
        verb("import", "about-people-import").arg(file("arg-csv").required(true)).args(plan_arguments(words)),
        verb("suspend", "about-people-suspend").arg(login()),
        verb("reset-identity", "about-people-reset-identity").arg(login()).args(approver::files(words)),
        verb("resume", "about-people-resume").arg(login()),
        verb("remove", "about-people-remove").arg(login()).arg(for_good("arg-remove-for-good")),
        verb("unlink", "about-people-unlink").arg(login()),
        verb("export", "about-people-export").args([login(), file("arg-person-export").required(true)]),
    ]);
    let device = group("device", "about-device").subcommands([
        verb("list", "about-device-list").arg(login().required(false)),
        verb("revoke", "about-device-revoke").arg(
            Arg::new("device")
                .value_name("DEVICE_ID")
                .required(true)
                .value_parser(|text: &str| text.parse::<DeviceId>())
                .help(words.say("arg-device")),
        ),
    ]);
    let code = group("enrollment-code", "about-code").subcommands([verb("create", "about-code-create").arg(login())]);
    let policy = policy::command(words);
    let admin = admin::command(words, group("admin", "about-admin").visible_alias("administrator"), verb);
    base(Command::new("pro-server"), words)
        .about(words.say("about"))
        .version(env!("CARGO_PKG_VERSION"))
        .disable_version_flag(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(global(words))
        .subcommands([serve, health, sync, people, device, code, policy, audit::command(words), admin])
        .subcommands([integration::command(words), audit::erase(words), witness::command(words)])
        .subcommands([approvals::command(words), approver::command(words)])
        .subcommands(keeping(words))
}

/// A plan is shown, or exactly one that was shown is agreed to.
fn plan_arguments(words: &Words) -> [Arg; 2] {
    let digest = Arg::new("agree").long("agree").value_name("DIGEST").value_parser(|text: &str| text.parse::<Hash32>());
    [
        Arg::new("plan").long("plan").action(ArgAction::SetTrue).help(words.say("arg-plan")),
        digest.conflicts_with("plan").help(words.say("arg-agree")),
    ]
}

fn mode_of(matches: &ArgMatches) -> SyncMode {
    match matches.get_one::<Hash32>("agree") {
        Some(digest) => SyncMode::Agree { digest: *digest },
        None if matches.get_flag("plan") => SyncMode::Plan,
        None => SyncMode::Apply,
    }
}

fn sync_arguments(words: &Words) -> [Arg; 2] {
    [
        Arg::new("history")
            .long("history")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["plan", "agree"])
            .help(words.say("arg-history")),
        Arg::new("source").long("source").value_name("NAME").help(words.say("arg-source")),
    ]
}

/// The commands that keep the server's state: backup, restore, log, keys.
fn keeping(words: &Words) -> [Command; 8] {
    let path = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(words.say(help))
    };
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let passphrase = || path("passphrase-file", "FILE", "arg-passphrase-file").long("passphrase-file");
    let newest = || path("newest-checkpoint", "FILE", "arg-newest-checkpoint").long("newest-checkpoint");
    let flag =
        |name: &'static str, help: &str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(words.say(help));
    let backup =
        verb("backup", "about-backup").arg(path("file", "FILE", "arg-backup").required(true)).arg(passphrase());
    let restore = verb("restore", "about-restore")
        .arg(path("file", "FILE", "arg-restore").required(true))
        .arg(passphrase())
        .arg(flag("check", "arg-check"))
        .arg(newest())
        .arg(flag("without-checkpoint", "arg-without-checkpoint").conflicts_with("newest-checkpoint"));
    let reason = Arg::new("reason").long("reason").value_name("restore|fork").default_value("restore");
    let reset = verb("reset", "about-log-reset")
        .arg(path("file", "SIGNED", "arg-log-signed"))
        .arg(reason.value_parser(["restore", "fork"]).hide_possible_values(true).help(words.say("arg-log-reason")))
        .arg(newest());
    let sign = verb("sign", "about-log-sign")
        .arg(path("root-key", "KEY", "arg-root-key").long("root-key").required(true))
        .arg(path("request", "REQUEST", "arg-log-request").required(true))
        .arg(path("file", "SIGNED", "arg-log-to").required(true));
    let log = verb("log", "about-log").subcommand_required(true).arg_required_else_help(true);
    [
        backup,
        restore,
        verb("doctor", "about-doctor"),
        log.subcommands([verb("checkpoint", "about-log-checkpoint"), reset, sign]),
        keys::command(words),
        root::command(words),
        store::migrate(words),
        store::command(words),
    ]
}

fn global(words: &Words) -> [Arg; 4] {
    let path = |name: &'static str, value: &'static str, env: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .env(env)
            .hide_env_values(true)
            .value_parser(value_parser!(PathBuf))
            .global(true)
    };
    [
        path("config", "FILE", "PRO_SERVER_CONFIG").help(words.say("arg-config")),
        path("data", "DIR", "PRO_SERVER_DATA").help(words.say("arg-data")),
        Arg::new("json").long("json").action(ArgAction::SetTrue).global(true).help(words.say("arg-json")),
        Arg::new("version").long("version").action(ArgAction::Version).help(words.say("arg-version")),
    ]
}

/// What every command has: help and headings in the reader's language.
fn base(command: Command, words: &Words) -> Command {
    let template = format!("{{about}}\n\n{} {{usage}}\n\n{{all-args}}\n", words.say("heading-usage"));
    command
        .help_template(template)
        .subcommand_help_heading(words.say("heading-commands"))
        .subcommand_value_name(words.say("heading-command"))
        .next_help_heading(words.say("heading-options"))
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).help(words.say("arg-help")))
}

/// Reads the command line.
pub fn parse<I>(words: &Words, line: I) -> Result<Arguments, clap::Error>
where
    I: IntoIterator<Item = std::ffi::OsString>,
{
    let matches = command(words).try_get_matches_from(line)?;
    let verb = verb_of(&matches).ok_or_else(|| {
        // Unreachable while `command` requires subcommands and their arguments.
        clap::Error::new(clap::error::ErrorKind::MissingSubcommand)
    })?;
    let path = |name| matches.get_one::<PathBuf>(name).cloned();
    Ok(Arguments {
        config: path("config"),
        data: path("data"),
        output: if matches.get_flag("json") { Output::Json } else { Output::People },
        verb,
    })
}

fn path_of(matches: &ArgMatches, name: &str) -> Option<PathBuf> {
    matches.get_one::<PathBuf>(name).cloned()
}

fn sync_of(matches: &ArgMatches) -> Verb {
    let source = matches.get_one::<String>("source").cloned();
    let mode = mode_of(matches);
    if matches.get_flag("history") { Verb::SyncHistory { source } } else { Verb::Sync { mode, source } }
}

/// What `restore` was asked for.
fn restore_of(inner: &ArgMatches) -> Option<Verb> {
    let (file, passphrase_file) = (path_of(inner, "file")?, path_of(inner, "passphrase-file"));
    if inner.get_flag("check") {
        return Some(Verb::RestoreCheck { file, passphrase_file });
    }
    let newest = match path_of(inner, "newest-checkpoint") {
        Some(newest) => NewestKnown::In(newest),
        None if inner.get_flag("without-checkpoint") => NewestKnown::Nowhere,
        None => NewestKnown::Unsaid,
    };
    Some(Verb::Restore { file, passphrase_file, newest })
}

fn verb_of(matches: &ArgMatches) -> Option<Verb> {
    let (name, inner) = matches.subcommand()?;
    Some(match name {
        "serve" => Verb::Serve { listen: inner.get_one("listen").copied() },
        "health" => Verb::Health,
        "sync" => sync_of(inner),
        "erase" => audit::erase_of(inner)?,
        "doctor" => Verb::Doctor,
        "migrate" => Verb::Migrate(store::what(inner)),
        "backup" => Verb::Backup { file: path_of(inner, "file")?, passphrase_file: path_of(inner, "passphrase-file") },
        "restore" => restore_of(inner)?,
        group => {
            let (name, leaf) = inner.subcommand()?;
            let text = |id| leaf.get_one::<String>(id).cloned();
            let file = |()| leaf.get_one::<PathBuf>("file").cloned();
            match (group, name) {
                ("people", "list") => Verb::PeopleList,
                ("people", "import") => Verb::PeopleImport { file: file(())?, mode: mode_of(leaf) },
                ("people", "reset-identity") => Verb::PeopleResetIdentity {
                    login: text("login")?,
                    request: path_of(leaf, "request"),
                    signed: leaf.get_many("signed").map(|files| files.cloned().collect()).unwrap_or_default(),
                },
                ("approver", name) => Verb::Approver(approver::order(name, leaf)?),
                ("people", "suspend") => Verb::PeopleSuspend { login: text("login")? },
                ("people", "resume") => Verb::PeopleResume { login: text("login")? },
                ("people", "remove") => {
                    Verb::PeopleRemove { login: text("login")?, for_good: leaf.get_flag("for-good") }
                }
                ("people", "export") => Verb::PeopleExport { login: text("login")?, file: file(())? },
                ("people", "unlink") => Verb::PeopleUnlink { login: text("login")? },
                ("device", "list") => Verb::DeviceList { login: text("login") },
                ("device", "revoke") => Verb::DeviceRevoke { device: leaf.get_one("device").copied()? },
                ("enrollment-code", "create") => Verb::CodeCreate { login: text("login")? },
                ("policy", name) => Verb::Policy(policy::order(name, leaf)?),
                ("audit", name) => Verb::Audit(audit::order(name, leaf)?),
                ("log", "checkpoint") => Verb::LogCheckpoint,
                ("log", "reset") => {
                    let reason = match text("reason").as_deref() {
                        Some("fork") => ResetReason::Fork,
                        _ => ResetReason::Restore,
                    };
                    Verb::LogReset { signed: file(()), reason, newest: path_of(leaf, "newest-checkpoint") }
                }
                ("log", "sign") => {
                    let (key, request) = (path_of(leaf, "root-key")?, path_of(leaf, "request")?);
                    Verb::LogSign { key, request, file: file(())? }
                }
                ("store", "copy") => Verb::StoreCopy(store::destination(leaf)),
                ("approvals", name) => Verb::Approvals(approvals::order(name, leaf)?),
                ("witness", name) => Verb::Witness(witness::order(name, leaf)?),
                ("integration", name) => Verb::Integration(integration::order(name, leaf)?),
                ("keys", name) => Verb::Keys(keys::order(name, leaf)?),
                ("root", name) => Verb::Root(root::order(name, leaf)?),
                ("admin", "password") => Verb::OwnPassword { name: leaf.get_one::<String>("whom").cloned()? },
                ("admin", name) => Verb::Administrator(admin::order(name, leaf)?),
                _ => return None,
            }
        }
    })
}

/// A wrong command line, said in the reader's language, with the usage of the command concerned.
pub fn explain(words: &Words, error: &clap::Error) -> String {
    use clap::error::{ContextKind, ErrorKind};
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let id = match error.kind() {
        ErrorKind::UnknownArgument => "usage-unknown-argument",
        ErrorKind::InvalidSubcommand => "usage-unknown-command",
        ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => "usage-missing",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage-invalid-value",
        _ => "usage-wrong",
    };
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => context(ContextKind::InvalidSubcommand),
        _ => argument,
    };
    let mut text = words.say_with(id, &[("what", what.into())]);
    if let Some(usage) = error.get(ContextKind::Usage) {
        text.push_str("\n\n");
        text.push_str(&usage.to_string().replace("Usage:", &words.say("heading-usage")));
    }
    text
}

#[cfg(test)]
mod tests;

//! `audit`: what can be asked of the log of administrative acts.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use protocol::tlog::WitnessKey;

use super::{Verb, base, path_of};
use crate::words::Words;

/// What to do with the audit.
#[derive(Debug)]
pub enum Order {
    List,
    Sinks,
    Handover,
    Export { file: PathBuf },
    Verify { file: Option<PathBuf>, against: Option<PathBuf>, witnesses: Vec<WitnessKey> },
    Witnesses,
    Checkpoint,
    Prove { file: PathBuf, entry: Option<u64>, since: Option<PathBuf> },
    Erase { login: String, for_good: bool },
}

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let path = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(words.say(help))
    };
    let login = Arg::new("login").value_name("LOGIN").required(true).help(words.say("arg-login"));
    let for_good = Arg::new("for-good").long("for-good").action(ArgAction::SetTrue).help(words.say("arg-for-good"));
    let entry = Arg::new("entry").long("entry").value_name("N").value_parser(value_parser!(u64));
    let entry = entry.required_unless_present("since").conflicts_with("since").help(words.say("arg-proof-entry"));
    let since = path("since", "OLDER", "arg-against").long("since");
    let witness = Arg::new("witness").long("witness").value_name("KEY").action(ArgAction::Append);
    let witness = witness.value_parser(|text: &str| text.parse::<WitnessKey>()).help(words.say("arg-witness"));
    let against = path("against", "OLDER", "arg-against").long("against");
    verb("audit", "about-audit").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("list", "about-audit-list"),
        verb("export", "about-audit-export").arg(path("file", "FILE", "arg-export").required(true)),
        verb("verify", "about-audit-verify").arg(path("file", "FILE", "arg-verify")).args([against, witness]),
        verb("checkpoint", "about-audit-checkpoint"),
        verb("prove", "about-audit-prove")
            .arg(path("file", "FILE", "arg-proof-file").required(true))
            .args([entry, since]),
        verb("sinks", "about-audit-sinks"),
        verb("witnesses", "about-audit-witnesses"),
        verb("handover", "about-handover"),
        verb("erase", "about-audit-erase").arg(login).arg(for_good),
    ])
}

pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    Some(match name {
        "list" => Order::List,
        "sinks" => Order::Sinks,
        "witnesses" => Order::Witnesses,
        "handover" => Order::Handover,
        "export" => Order::Export { file: path_of(leaf, "file")? },
        "verify" => Order::Verify {
            file: path_of(leaf, "file"),
            against: path_of(leaf, "against"),
            witnesses: leaf.get_many("witness").unwrap_or_default().cloned().collect(),
        },
        "checkpoint" => Order::Checkpoint,
        "prove" => Order::Prove {
            file: path_of(leaf, "file")?,
            entry: leaf.get_one("entry").copied(),
            since: path_of(leaf, "since"),
        },
        "erase" => {
            Order::Erase { login: leaf.get_one::<String>("login")?.clone(), for_good: leaf.get_flag("for-good") }
        }
        _ => return None,
    })
}

/// `erase`: a person, from everything.
pub(super) fn erase(words: &Words) -> Command {
    let whom = Arg::new("whom").value_name("LOGIN|ID").required(true).help(words.say("arg-erase-whom"));
    let for_good =
        Arg::new("for-good").long("for-good").action(ArgAction::SetTrue).help(words.say("arg-erase-for-good"));
    base(Command::new("erase"), words).about(words.say("about-erase")).args([whom, for_good])
}

pub(super) fn erase_of(matches: &ArgMatches) -> Option<Verb> {
    let whom = matches.get_one::<String>("whom")?.clone();
    Some(Verb::Erase { whom, for_good: matches.get_flag("for-good") })
}

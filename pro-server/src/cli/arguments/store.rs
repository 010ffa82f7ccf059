//! The commands about the database: `migrate` and `store copy`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use super::{base, path_of};
use crate::cli::store::{Destination, Migrate};
use crate::words::Words;

pub(super) fn migrate(words: &Words) -> Command {
    let plan = Arg::new("plan").long("plan").action(ArgAction::SetTrue).help(words.say("arg-migrate-plan"));
    base(Command::new("migrate"), words).about(words.say("about-migrate")).arg(plan)
}

pub(super) fn command(words: &Words) -> Command {
    let path = |name: &'static str, help: &str| {
        Arg::new(name).long(name).value_name("FILE").value_parser(value_parser!(PathBuf)).help(words.say(help))
    };
    let copy = base(Command::new("copy"), words)
        .about(words.say("about-store-copy"))
        .arg(Arg::new("to").long("to").value_name("URL|FILE").help(words.say("arg-store-to")))
        .arg(path("to-file", "arg-store-to-file"))
        .arg(path("ca-file", "arg-store-ca-file"))
        .group(ArgGroup::new("destination").args(["to", "to-file"]).required(true));
    let group = base(Command::new("store"), words).about(words.say("about-store"));
    group.subcommand_required(true).arg_required_else_help(true).subcommands([copy])
}

pub(super) fn what(matches: &ArgMatches) -> Migrate {
    if matches.get_flag("plan") { Migrate::Plan } else { Migrate::Apply }
}

pub(super) fn destination(leaf: &ArgMatches) -> Destination {
    let to = leaf.get_one::<String>("to").cloned();
    Destination { to, to_file: path_of(leaf, "to-file"), ca_file: path_of(leaf, "ca-file") }
}

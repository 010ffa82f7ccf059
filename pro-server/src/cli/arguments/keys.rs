//! The `keys` commands of the command line.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{base, path_of};
use crate::cli::keys::Order;
use crate::words::Words;

pub(super) fn command(words: &Words) -> Command {
    let path = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(words.say(help))
    };
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let root_key = |help: &str| path("root-key", "KEY", help).long("root-key");
    verb("keys", "about-keys").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("renew", "about-keys-renew").arg(root_key("arg-root-key-here")),
        verb("request", "about-keys-request").arg(path("file", "FILE", "arg-keys-to").required(true)),
        verb("sign", "about-keys-sign")
            .arg(root_key("arg-root-key").required(true))
            .arg(path("request", "REQUEST", "arg-keys-request").required(true))
            .arg(path("file", "SIGNED", "arg-keys-to").required(true)),
        verb("install", "about-keys-install").arg(path("file", "SIGNED", "arg-keys-signed").required(true)),
    ])
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    Some(match name {
        "renew" => Order::Renew { root_key: path_of(leaf, "root-key") },
        "request" => Order::Request { file: path_of(leaf, "file")? },
        "sign" => Order::Sign {
            key: path_of(leaf, "root-key")?,
            request: path_of(leaf, "request")?,
            file: path_of(leaf, "file")?,
        },
        "install" => Order::Install { signed: path_of(leaf, "file")? },
        _ => return None,
    })
}

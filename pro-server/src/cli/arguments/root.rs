//! The `root` commands of the command line.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use protocol::ids::OrganizationFingerprint;

use super::keys::directory_key;
use super::{base, path_of};
use crate::cli::root::Order;
use crate::words::Words;

pub(super) fn command(words: &Words) -> Command {
    let path = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(words.say(help)).required(true)
    };
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let key = Arg::new("directory-key").long("directory-key").value_name("HEX").required(true);
    let organization = Arg::new("organization").long("organization").value_name("FINGERPRINT").required(true);
    verb("root", "about-root").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("create", "about-root-create").arg(path("file", "KEY", "arg-root-create")),
        verb("request", "about-root-request").arg(path("file", "FILE", "arg-keys-to")),
        verb("sign", "about-root-sign")
            .arg(path("root-key", "KEY", "arg-root-key").long("root-key"))
            .arg(key.value_parser(directory_key).help(words.say("arg-root-directory-key")))
            .arg(path("request", "REQUEST", "arg-root-request"))
            .arg(path("file", "SIGNED", "arg-keys-to")),
        verb("install", "about-root-install")
            .arg(
                organization
                    .value_parser(|text: &str| text.parse::<OrganizationFingerprint>())
                    .help(words.say("arg-root-organization")),
            )
            .arg(path("file", "SIGNED", "arg-root-signed")),
    ])
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    Some(match name {
        "create" => Order::Create { file: path_of(leaf, "file")? },
        "request" => Order::Request { file: path_of(leaf, "file")? },
        "sign" => Order::Sign {
            key: path_of(leaf, "root-key")?,
            directory_key: leaf.get_one::<[u8; 32]>("directory-key").copied()?,
            request: path_of(leaf, "request")?,
            file: path_of(leaf, "file")?,
        },
        "install" => Order::Install {
            organization: leaf.get_one::<OrganizationFingerprint>("organization").copied()?,
            signed: path_of(leaf, "file")?,
        },
        _ => return None,
    })
}

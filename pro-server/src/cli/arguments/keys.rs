//! The `keys` commands of the command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use data_encoding::HEXLOWER_PERMISSIVE;

use super::{base, path_of};
use crate::cli::keys::{Order, Wanted};
use crate::words::Words;

pub(super) fn command(words: &Words) -> Command {
    let path = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(words.say(help))
    };
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let root_key = |help: &str| path("root-key", "KEY", help).long("root-key");
    let after = || {
        let after = Arg::new("after").long("after").value_name("SERIAL").default_value("0").hide_default_value(true);
        after.value_parser(value_parser!(u64)).help(words.say("arg-keys-after"))
    };
    verb("keys", "about-keys").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("renew", "about-keys-renew").arg(root_key("arg-root-key-here")).arg(after()),
        verb("rotate", "about-keys-rotate").arg(root_key("arg-root-key-here")).arg(after()),
        verb("request", "about-keys-request")
            .arg(after())
            .arg(Arg::new("rotate").long("rotate").action(ArgAction::SetTrue).help(words.say("arg-keys-rotate")))
            .arg(path("file", "FILE", "arg-keys-to").required(true)),
        verb("sign", "about-keys-sign")
            .arg(root_key("arg-root-key").required(true))
            .arg(
                Arg::new("new-key")
                    .long("new-key")
                    .value_name("HEX")
                    .value_parser(directory_key)
                    .help(words.say("arg-keys-new-key")),
            )
            .arg(path("request", "REQUEST", "arg-keys-request").required(true))
            .arg(path("file", "SIGNED", "arg-keys-to").required(true)),
        verb("install", "about-keys-install").arg(path("file", "SIGNED", "arg-keys-signed").required(true)),
    ])
}

/// An Ed25519 public key, as `keys request --rotate` and `root request` show it.
pub(super) fn directory_key(text: &str) -> Result<[u8; 32], &'static str> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or("64 hexadecimal digits")
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    let after = || leaf.get_one::<u64>("after").copied();
    Some(match name {
        "renew" => Order::Renew { root_key: path_of(leaf, "root-key"), wanted: Wanted::Time, after: after()? },
        "rotate" => Order::Renew { root_key: path_of(leaf, "root-key"), wanted: Wanted::Successor, after: after()? },
        "request" => {
            let wanted = if leaf.get_flag("rotate") { Wanted::Successor } else { Wanted::Time };
            Order::Request { file: path_of(leaf, "file")?, wanted, after: after()? }
        }
        "sign" => Order::Sign {
            key: path_of(leaf, "root-key")?,
            new_key: leaf.get_one::<[u8; 32]>("new-key").copied(),
            request: path_of(leaf, "request")?,
            file: path_of(leaf, "file")?,
        },
        "install" => Order::Install { signed: path_of(leaf, "file")? },
        _ => return None,
    })
}

//! The `approver` commands of the command line, and the files of `people reset-identity`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use data_encoding::HEXLOWER;
use protocol::ids::MemberId;

use super::{base, path_of};
use crate::cli::approver::{Consent, Order};
use crate::words::Words;

/// A public key as `approver key` prints it.
fn public_key(text: &str) -> Result<[u8; 32], String> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| "64 hexadecimal digits".to_owned())
}

fn path(words: &Words, name: &'static str, value: &'static str, help: &str) -> Arg {
    Arg::new(name).value_name(value).value_parser(value_parser!(PathBuf)).help(words.say(help))
}

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let to = || path(words, "file", "FILE", "arg-keys-to").required(true);
    let number = |name: &'static str, help: &str| Arg::new(name).long(name).value_name("N").help(words.say(help));
    verb("approver", "about-approver").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("key", "about-approver-key").arg(to()),
        verb("name", "about-approver-name")
            .arg(path(words, "root-key", "KEY", "arg-root-key").long("root-key").required(true))
            .arg(number("needed", "arg-approver-needed").required(true).value_parser(value_parser!(u8)))
            .arg(number("serial", "arg-approver-serial").required(true).value_parser(value_parser!(u64)))
            .arg(to())
            .arg(
                Arg::new("keys")
                    .value_name("PUBLIC_KEY")
                    .action(ArgAction::Append)
                    .num_args(0..)
                    .value_parser(public_key)
                    .help(words.say("arg-approver-keys")),
            ),
        verb("install", "about-approver-install").arg(path(words, "file", "SIGNED", "arg-keys-signed").required(true)),
        verb("sign", "about-approver-sign")
            .arg(path(words, "key", "KEY", "arg-approver-key").long("key").required(true))
            .arg(
                Arg::new("person-id")
                    .long("person-id")
                    .value_name("ID")
                    .value_parser(value_parser!(MemberId))
                    .help(words.say("arg-approver-person")),
            )
            .arg(Arg::new("yes").long("yes").action(ArgAction::SetTrue).help(words.say("arg-approver-yes")))
            .arg(path(words, "order", "ORDER", "arg-approver-order").required(true))
            .arg(to()),
    ])
}

/// The files of `people reset-identity`.
pub(super) fn files(words: &Words) -> [Arg; 2] {
    [
        path(words, "request", "FILE", "arg-reset-request").long("request").conflicts_with("signed"),
        path(words, "signed", "FILE", "arg-reset-signed").long("signed").action(ArgAction::Append),
    ]
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    let file = path_of(leaf, "file")?;
    Some(match name {
        "key" => Order::Key { file },
        "name" => Order::Name {
            root_key: path_of(leaf, "root-key")?,
            serial: leaf.get_one::<u64>("serial").copied()?,
            needed: leaf.get_one::<u8>("needed").copied()?,
            keys: leaf.get_many::<[u8; 32]>("keys").map(|keys| keys.copied().collect()).unwrap_or_default(),
            file,
        },
        "install" => Order::Install { signed: file },
        "sign" => Order::Sign {
            key: path_of(leaf, "key")?,
            order: path_of(leaf, "order")?,
            file,
            person: leaf.get_one::<MemberId>("person-id").copied(),
            consent: if leaf.get_flag("yes") { Consent::Given } else { Consent::Asked },
        },
        _ => return None,
    })
}

//! The `scim` commands of the command line: tokens of providers, and the brake of what they push.

use clap::{Arg, ArgMatches, Command, value_parser};
use protocol::ids::ProvisionerId;

use super::base;
use crate::domain::provisioners::{PROVISIONER_DAYS_MAX, PROVISIONER_DAYS_MIN};
use crate::words::Words;

/// What to do.
#[derive(Debug)]
pub enum Order {
    List,
    Add { name: String, days: u64 },
    Revoke { token: ProvisionerId },
    Release,
}

/// Days that a token lives when nobody says how many.
const DAYS_DEFAULT: &str = "365";

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let name = Arg::new("name").value_name("NAME").required(true).help(words.say("arg-token-name"));
    let days = Arg::new("days")
        .long("days")
        .value_name("DAYS")
        .value_parser(value_parser!(u64).range(PROVISIONER_DAYS_MIN..=PROVISIONER_DAYS_MAX))
        .default_value(DAYS_DEFAULT)
        .hide_default_value(true)
        .help(words.say("arg-token-days"));
    let token = Arg::new("token")
        .value_name("TOKEN_ID")
        .required(true)
        .value_parser(|text: &str| text.parse::<ProvisionerId>())
        .help(words.say("arg-token"));
    verb("scim", "about-scim").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("list", "about-scim-list"),
        verb("add", "about-scim-add").arg(name).arg(days),
        verb("revoke", "about-scim-revoke").arg(token),
        verb("release", "about-scim-release"),
    ])
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    Some(match name {
        "list" => Order::List,
        "add" => {
            Order::Add { name: leaf.get_one::<String>("name").cloned()?, days: leaf.get_one::<u64>("days").copied()? }
        }
        "revoke" => Order::Revoke { token: leaf.get_one("token").copied()? },
        "release" => Order::Release,
        _ => return None,
    })
}

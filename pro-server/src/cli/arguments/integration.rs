//! The `integration` commands of the command line: tokens of programs, and the brake of what providers push.

use clap::{Arg, ArgMatches, Command, value_parser};
use protocol::audit::IntegrationScope;
use protocol::ids::IntegrationId;

use super::base;
use crate::domain::integrations::{INTEGRATION_DAYS_MAX, INTEGRATION_DAYS_MIN};
use crate::words::Words;

/// What to do.
#[derive(Debug)]
pub enum Order {
    List,
    Add { scope: IntegrationScope, name: String, days: u64 },
    Revoke { token: IntegrationId },
    Release,
}

/// Days that a token lives when nobody says how many.
const DAYS_DEFAULT: &str = "365";

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let name = Arg::new("name").long("name").value_name("NAME").required(true).help(words.say("arg-token-name"));
    let scope = Arg::new("scope")
        .long("scope")
        .value_name("provisioning|read|administer")
        .required(true)
        .value_parser(IntegrationScope::ALL.map(IntegrationScope::name))
        .hide_possible_values(true)
        .help(words.say("arg-token-scope"));
    let days = Arg::new("days")
        .long("days")
        .value_name("DAYS")
        .value_parser(value_parser!(u64).range(INTEGRATION_DAYS_MIN..=INTEGRATION_DAYS_MAX))
        .default_value(DAYS_DEFAULT)
        .hide_default_value(true)
        .help(words.say("arg-token-days"));
    let token = Arg::new("token")
        .value_name("TOKEN_ID")
        .required(true)
        .value_parser(|text: &str| text.parse::<IntegrationId>())
        .help(words.say("arg-token"));
    verb("integration", "about-integration").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("list", "about-integration-list"),
        verb("add", "about-integration-add").args([scope, name, days]),
        verb("revoke", "about-integration-revoke").arg(token),
        verb("release", "about-integration-release"),
    ])
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    Some(match name {
        "list" => Order::List,
        "add" => Order::Add {
            scope: leaf.get_one::<String>("scope").and_then(|name| IntegrationScope::named(name))?,
            name: leaf.get_one::<String>("name").cloned()?,
            days: leaf.get_one::<u64>("days").copied()?,
        },
        "revoke" => Order::Revoke { token: leaf.get_one("token").copied()? },
        "release" => Order::Release,
        _ => return None,
    })
}

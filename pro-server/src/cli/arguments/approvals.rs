//! The `approvals` commands of the command line: acts that need two people.

use clap::{Arg, ArgMatches, Command, value_parser};
use protocol::ids::Hash32;

use super::base;
use crate::administration::ApprovalOrder as Order;
use crate::words::Words;

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let number = || {
        let arg = Arg::new("number").value_name("NUMBER").required(true).value_parser(value_parser!(u64));
        arg.help(words.say("arg-approval"))
    };
    let digest = Arg::new("digest")
        .value_name("DIGEST")
        .required(true)
        .value_parser(|text: &str| text.parse::<Hash32>())
        .help(words.say("arg-approval-digest"));
    let people = Arg::new("people")
        .value_name("1|2")
        .required(true)
        .value_parser(value_parser!(u8).range(1..=2))
        .help(words.say("arg-quorum"));
    verb("approvals", "about-approvals").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("list", "about-approvals-list"),
        verb("show", "about-approvals-show").arg(number()),
        verb("approve", "about-approvals-approve").args([number(), digest]),
        verb("refuse", "about-approvals-refuse").arg(number()),
        verb("quorum", "about-approvals-quorum").arg(people),
    ])
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    let number = || leaf.get_one::<u64>("number").copied();
    Some(match name {
        "list" => Order::List,
        "show" => Order::Show { number: number()? },
        "approve" => Order::Approve { number: number()?, digest: leaf.get_one::<Hash32>("digest").copied()? },
        "refuse" => Order::Refuse { number: number()? },
        "quorum" => Order::Quorum { people: leaf.get_one::<u8>("people").copied()? },
        _ => return None,
    })
}

//! The `admin` commands of the command line: who may use the console.

use clap::{Arg, ArgAction, ArgMatches, Command};
use protocol::audit::{AdministratorRole, Assignment};
use protocol::ids::Hash32;

use crate::administration::AdministratorOrder as Order;
use crate::words::Words;

pub(super) fn command(words: &Words, group: Command, verb: impl Fn(&'static str, &str) -> Command) -> Command {
    let whom = || Arg::new("whom").value_name("NAME").required(true).help(words.say("arg-administrator"));
    let role = |help: &str| {
        let arg = Arg::new("role").value_name("ROLE[:GROUP]").action(ArgAction::Append);
        arg.value_parser(|text: &str| text.parse::<Assignment>()).help(words.say(help))
    };
    let session = Arg::new("session").value_name("SESSION").required(true);
    let session = session.value_parser(|text: &str| text.parse::<Hash32>()).help(words.say("arg-session"));
    let for_good =
        Arg::new("for-good").long("for-good").action(ArgAction::SetTrue).help(words.say("arg-erase-for-good"));
    group.subcommands([
        verb("list", "about-admin-list"),
        verb("add", "about-admin-add").arg(role("arg-role").long("role")),
        verb("roles", "about-admin-roles").arg(whom()).arg(role("arg-roles").required(true).num_args(1..)),
        verb("reset", "about-admin-reset").arg(whom()),
        verb("password", "about-admin-password").arg(whom()),
        verb("remove", "about-admin-remove").arg(whom()),
        verb("erase", "about-admin-erase").args([whom(), for_good]),
        verb("sessions", "about-admin-sessions"),
        verb("end-session", "about-admin-end-session").arg(session),
    ])
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    let whom = || leaf.get_one::<String>("whom").cloned();
    Some(match name {
        "list" => Order::List,
        "add" => Order::Add { roles: roles_of(leaf) },
        "roles" => Order::Roles { whom: whom()?, roles: roles_of(leaf) },
        "reset" => Order::Reset { whom: whom()? },
        "remove" => Order::Remove { whom: whom()? },
        "erase" => Order::Erase { whom: whom()?, is_for_good: leaf.get_flag("for-good") },
        "sessions" => Order::Sessions,
        "end-session" => Order::EndSession { session: leaf.get_one::<Hash32>("session").copied()? },
        _ => return None,
    })
}

/// Those that were named; an owner if none was.
fn roles_of(matches: &ArgMatches) -> Vec<Assignment> {
    let named = matches.get_many::<Assignment>("role");
    named.map_or_else(|| vec![Assignment::everywhere(AdministratorRole::Owner)], |named| named.cloned().collect())
}

//! The `policy` commands of the command line.

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::base;
use crate::administration::Change;
use crate::administration::policy::{Lock, Outcome, PolicyOrder, PolicySet};
use crate::words::Words;

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let flag =
        |name: &'static str, help: &str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(words.say(help));
    let scope =
        || Arg::new("scope").long("scope").value_name("group:NAME|person:LOGIN").help(words.say("arg-policy-scope"));
    let changes = Arg::new("changes")
        .value_name("KEY=VALUE")
        .required(true)
        .num_args(1..)
        .value_parser(key_value)
        .help(words.say("arg-changes"));
    let version = |name: &'static str| Arg::new(name).value_name("VERSION").value_parser(value_parser!(u64));
    let login = Arg::new("login").value_name("LOGIN").required(true).help(words.say("arg-login"));
    let draft = Arg::new("draft").value_name("DRAFT").required(true).help(words.say("arg-policy-publish"));
    let before = version("before").long("before").help(words.say("arg-policy-before"));
    verb("policy", "about-policy").subcommand_required(true).arg_required_else_help(true).subcommands([
        verb("show", "about-policy-show").arg(scope()),
        verb("rows", "about-policy-rows"),
        verb("of", "about-policy-of").arg(login),
        verb("set", "about-policy-set").arg(scope()).args([
            flag("lock", "arg-policy-lock").conflicts_with("unlock"),
            flag("unlock", "arg-policy-unlock"),
            flag("draft", "arg-policy-draft"),
            changes,
        ]),
        verb("preview", "about-policy-preview"),
        verb("publish", "about-policy-publish").arg(draft),
        verb("discard", "about-policy-discard"),
        verb("history", "about-policy-history").arg(before),
        verb("rollback", "about-policy-rollback")
            .arg(version("version").required(true).help(words.say("arg-policy-version"))),
    ])
}

fn key_value(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE")?;
    if key.trim().is_empty() {
        return Err("KEY=VALUE");
    }
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// `None` for no command of these.
pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<PolicyOrder> {
    let scope = || leaf.get_one::<String>("scope").cloned();
    Some(match name {
        "show" => PolicyOrder::Show { scope: scope() },
        "rows" => PolicyOrder::Rows,
        "of" => PolicyOrder::Of { login: leaf.get_one::<String>("login").cloned()? },
        "set" => {
            let lock = match (leaf.get_flag("lock"), leaf.get_flag("unlock")) {
                (true, _) => Lock::Lock,
                (false, true) => Lock::Unlock,
                (false, false) => Lock::Keep,
            };
            let outcome = if leaf.get_flag("draft") { Outcome::Draft } else { Outcome::Publish };
            let changes = leaf.get_many::<(String, String)>("changes")?.cloned();
            let changes = changes.map(|(key, value)| Change { key, value }).collect();
            PolicyOrder::Set(PolicySet { scope: scope(), lock, outcome, changes })
        }
        "preview" => PolicyOrder::Preview,
        "publish" => PolicyOrder::PublishDraft { draft: leaf.get_one::<String>("draft").cloned()? },
        "discard" => PolicyOrder::Discard,
        "history" => PolicyOrder::History { before: leaf.get_one("before").copied() },
        "rollback" => PolicyOrder::RollBack { version: leaf.get_one("version").copied()? },
        _ => return None,
    })
}

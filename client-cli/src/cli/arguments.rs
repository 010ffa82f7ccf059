//! The arguments of the command line; their help is in the locales. A secret must never be an argument.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::files::FilesCommand;
use crate::durations;
use crate::rpc::{Beside, SendingOn, TimerWish};
use crate::words::Words;

#[derive(Parser)]
#[command(name = "isoloir", version, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args)]
pub(super) struct Global {
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[arg(long, global = true)]
    pub json: bool,
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR")]
    pub downloads: Option<PathBuf>,
    #[arg(long, global = true, value_name = "BYTES", default_value_t = 0)]
    pub auto_save_bytes: u64,
}

#[derive(Subcommand)]
pub(super) enum Command {
    Enroll {
        link: String,
        #[arg(long)]
        login: Option<String>,
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        #[arg(
            long,
            value_name = "PROVIDER",
            num_args = 0..=1,
            require_equals = true,
            conflicts_with_all = ["login", "password_file"]
        )]
        sso: Option<Option<String>>,
        #[arg(long, conflicts_with_all = ["login", "password_file"])]
        device_code: bool,
    },
    Whoami,
    People {
        #[arg(default_value = "")]
        query: String,
    },
    Contacts {
        #[command(subcommand)]
        decision: Option<ContactCommand>,
    },
    Verify {
        who: String,
        #[arg(long, value_name = "NUMBER", num_args = 0..=1, require_equals = true, conflicts_with = "unconfirm")]
        confirm: Option<Option<String>>,
        #[arg(long)]
        unconfirm: bool,
    },
    Send {
        who: String,
        text: String,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
        #[command(flatten)]
        with: With,
    },
    SendFile {
        who: String,
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
        #[command(flatten)]
        with: With,
    },
    Files {
        #[command(subcommand)]
        change: Option<FilesCommand>,
    },
    Save {
        file_id: String,
        path: PathBuf,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
    },
    Cancel {
        file_id: String,
    },
    Conversations,
    History {
        who: String,
        #[arg(long, value_name = "COUNT")]
        last: Option<usize>,
        #[arg(long, value_name = "MESSAGE_ID")]
        before: Option<String>,
    },
    Chat {
        who: Option<String>,
        #[command(flatten)]
        stay: Stay,
        #[command(flatten)]
        look: Look,
    },
    Outbox,
    Status,
    Organization,
    Evidence {
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
    Checkpoint,
    Watch,
    Agent {
        #[command(flatten)]
        stay: Stay,
        #[arg(long, value_enum, value_name = "WHAT", default_value_t = Notify::Nothing)]
        notify: Notify,
    },
    Passphrase {
        #[command(subcommand)]
        change: PassphraseCommand,
    },
    Lock,
    Unlock,
    Rpc {
        #[arg(long)]
        schema: bool,
    },
    Completion {
        shell: clap_complete::Shell,
    },
    Search {
        #[arg(required = true)]
        words: Vec<String>,
        #[arg(long, value_name = "WHO")]
        with: Option<String>,
        #[arg(long, value_name = "COUNT")]
        last: Option<usize>,
        #[arg(long, value_name = "MESSAGE_ID")]
        before: Option<String>,
    },
    Timer {
        who: String,
        #[arg(value_name = "TIME|off", value_parser = timer)]
        seconds: Option<TimerWish>,
    },
    Export {
        who: String,
        folder: PathBuf,
    },
    Group {
        #[command(subcommand)]
        command: GroupCommand,
    },
    #[command(flatten)]
    Message(MessageCommand),
}

/// How long, or `off`.
fn timer(text: &str) -> Result<TimerWish, jiff::Error> {
    // What does not fit is refused in the engine's words, as every number out of bounds.
    if text == "off" { Ok(TimerWish::Off) } else { durations::seconds(text).map(TimerWish::Seconds) }
}

/// What a notification on the desktop shows of a message.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Notify {
    /// There is no notification.
    #[value(name = "none")]
    Nothing,
    /// From whom.
    Sender,
    /// From whom, and what.
    Content,
}

/// How a command that stays begins.
#[derive(Args)]
pub(super) struct Stay {
    #[arg(long)]
    pub locked: bool,
}

/// How a conversation looks in the terminal.
#[derive(Args)]
pub(super) struct Look {
    #[arg(long)]
    pub plain: bool,
    #[arg(long, conflicts_with = "plain")]
    pub no_mouse: bool,
}

#[derive(Subcommand)]
pub(super) enum PassphraseCommand {
    Set {
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    Change {
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    Remove,
}

#[derive(Subcommand)]
pub(super) enum GroupCommand {
    Create {
        #[arg(required_unless_present = "from_directory")]
        name: Option<String>,
        #[arg(required_unless_present = "from_directory", conflicts_with = "from_directory")]
        people: Vec<String>,
        #[arg(long, value_name = "GROUP")]
        from_directory: Option<String>,
    },
    List,
    Show {
        group: String,
    },
    Add {
        group: String,
        #[arg(required = true)]
        people: Vec<String>,
    },
    Remove {
        group: String,
        #[arg(required = true)]
        people: Vec<String>,
    },
    Promote {
        group: String,
        who: String,
    },
    Demote {
        group: String,
        who: String,
    },
    Transfer {
        group: String,
        who: String,
    },
    Rename {
        group: String,
        name: String,
    },
    Leave {
        group: String,
    },
    Picture {
        group: String,
        #[arg(value_name = "FILE|none")]
        picture: Option<PathBuf>,
        #[arg(long, value_name = "FILE", conflicts_with = "picture")]
        save: Option<PathBuf>,
    },
    Sync {
        group: String,
        #[arg(long)]
        confirm: bool,
    },
}

/// What is done to messages that are there.
#[derive(Subcommand)]
pub(super) enum MessageCommand {
    Edit {
        message_id: String,
        text: String,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
    },
    Delete {
        message_id: String,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
    },
    React {
        message_id: String,
        emoji: Option<String>,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
    },
    Forward {
        message_id: String,
        who: String,
        #[arg(long, value_name = "SECONDS")]
        wait: Option<f64>,
    },
    Receipts {
        choice: Option<Choice>,
    },
}

/// What goes with a message.
#[derive(Args)]
pub(super) struct With {
    #[arg(long, value_name = "MESSAGE_ID")]
    reply: Option<String>,
    #[arg(long)]
    no_forward: bool,
    #[arg(long, conflicts_with = "no_forward")]
    let_forward: bool,
}

impl From<With> for Beside {
    fn from(with: With) -> Self {
        let forwarding = match (with.no_forward, with.let_forward) {
            (true, _) => Some(SendingOn::Forbidden),
            (false, true) => Some(SendingOn::Allowed),
            (false, false) => None,
        };
        Self { reply_to: with.reply, forwarding }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Choice {
    On,
    Off,
}

#[derive(Subcommand)]
pub(super) enum ContactCommand {
    Accept { who: String },
    Refuse { who: String },
    Block { who: String },
}

/// Every text of `--help` in the person's language: `help-COMMAND` and `help-COMMAND-ARGUMENT`; below another command
/// `help-OTHER-COMMAND` too, where one word means two things.
pub(super) fn localized(command: clap::Command, words: &Words) -> clap::Command {
    localized_below(command, None, words)
}

fn localized_below(command: clap::Command, parent: Option<&str>, words: &Words) -> clap::Command {
    let name = command.get_name().to_owned();
    let below = parent.map(|parent| format!("help-{parent}-{name}"));
    let own = below.filter(|key| words.try_say(key).is_some()).unwrap_or_else(|| format!("help-{name}"));
    let mut command = command.mut_args(|arg| {
        let id = arg.get_id().as_str().replace('_', "-");
        let text = words.try_say(&format!("{own}-{id}")).or_else(|| words.try_say(&format!("help-arg-{id}")));
        match text {
            Some(text) => arg.help(text),
            None => arg,
        }
    });
    if let Some(about) = words.try_say(&own) {
        command = command.about(about);
    }
    let subcommands: Vec<_> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for sub in subcommands {
        command = command.mut_subcommand(sub, |sub| localized_below(sub, Some(&name), words));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_as_people_write_them() {
        let seconds = |text| timer(text).ok().map(|wish| if let TimerWish::Seconds(s) = wish { s } else { 0 });
        assert_eq!(seconds("3600"), Some(3_600));
        assert_eq!(seconds("1h 30m"), Some(5_400));
        assert_eq!(seconds("2 days"), Some(172_800));
        assert_eq!(seconds("1w"), Some(604_800));
        assert_eq!(seconds("off"), Some(0));
        // No number that fits in a message: refused with the bounds, not cut.
        assert_eq!(seconds("9000 years"), None);
        assert_eq!(seconds("200 weeks"), Some(120_960_000));
        assert_eq!(seconds("-1h"), Some(0));
        assert_eq!(seconds("soon"), None);
    }
}

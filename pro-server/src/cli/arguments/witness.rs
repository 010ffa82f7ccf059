//! The arguments of `pro-server witness`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use protocol::tlog::LogKey;

use super::{base, path_of};
use crate::cli::witness::{Order, Serve};
use crate::config::CertificateFiles;
use crate::words::Words;

pub(super) fn command(words: &Words) -> Command {
    let verb = |name: &'static str, about: &str| base(Command::new(name), words).about(words.say(about));
    let long = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).long(name).value_name(value).help(words.say(help))
    };
    let log = |text: &str| text.parse::<LogKey>();
    let listen = long("listen", "IP:PORT", "arg-listen").value_parser(value_parser!(SocketAddr)).required(true);
    let certificate = long("certificate", "FILE", "arg-witness-certificate").value_parser(value_parser!(PathBuf));
    let key = long("key", "FILE", "arg-witness-key").value_parser(value_parser!(PathBuf));
    let serve = verb("serve", "about-witness-serve").args([
        listen,
        long("name", "NAME", "arg-witness-name").required(true),
        long("log", "KEY", "arg-witness-log").value_parser(log).action(ArgAction::Append).required(true),
        long("host", "HOST", "arg-witness-host").default_value("localhost").hide_default_value(true),
        certificate.requires("key"),
        key.requires("certificate"),
    ]);
    let origin = Arg::new("origin").value_name("ORIGIN").required(true).help(words.say("arg-witness-origin"));
    let group = verb("witness", "about-witness").subcommand_required(true).arg_required_else_help(true);
    group.subcommands([serve, verb("forget", "about-witness-forget").arg(origin)])
}

pub(super) fn order(name: &str, leaf: &ArgMatches) -> Option<Order> {
    let text = |id: &str| leaf.get_one::<String>(id).cloned();
    Some(match name {
        "serve" => {
            let certificate = path_of(leaf, "certificate").zip(path_of(leaf, "key"));
            Order::Serve(Serve {
                listen: leaf.get_one("listen").copied()?,
                name: text("name")?,
                host: text("host")?,
                logs: leaf.get_many::<LogKey>("log")?.cloned().collect(),
                certificate: certificate
                    .map(|(certificate_file, key_file)| CertificateFiles { certificate_file, key_file }),
            })
        }
        "forget" => Order::Forget { origin: text("origin")? },
        _ => return None,
    })
}

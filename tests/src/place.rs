//! Where a program runs: on this host, or in a network namespace of it.

use std::path::Path;
use std::process::Command;

/// Where a program runs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Place {
    #[default]
    Host,
    /// The name of a namespace made by [`crate::netns::NetNs`]. The process keeps its id: `ip` replaces itself by it.
    Namespace(String),
    /// In a namespace, with a clock that is so many seconds behind (libfaketime): for data that has grown old.
    Then { namespace: String, behind_s: i64 },
}

/// Where Debian puts it, in the folder of the architecture.
const FAKETIME: &str = "faketime/libfaketimeMT.so.1";

impl Place {
    /// A command that runs `program` there.
    pub fn command(&self, program: &Path) -> Command {
        match self {
            Self::Host => Command::new(program),
            Self::Namespace(name) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", name]).arg(program);
                command
            }
            Self::Then { namespace, behind_s } => {
                let mut command = Self::Namespace(namespace.clone()).command(program);
                let library = format!("/usr/lib/{}-linux-gnu/{FAKETIME}", std::env::consts::ARCH);
                command.env("LD_PRELOAD", library).env("FAKETIME", format!("{:+}s", -behind_s));
                // What measures durations goes on as it is.
                command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
                command
            }
        }
    }
}

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
}

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
        }
    }
}

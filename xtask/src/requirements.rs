//! The servers and tools that the suite needs. As root on Debian or Ubuntu what is missing is installed, and no installed
//! service starts by itself; anywhere else nothing is touched.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use tests::binary;

use crate::cargo;

/// While this file says no, Debian's packages start no service (`invoke-rc.d`, Debian policy §9.3.3).
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// "Action not allowed."
const POLICY_REFUSES: &str = "#!/bin/sh\nexit 101\n";

const SBIN: [&str; 2] = ["/usr/sbin", "/sbin"];

/// A program, and the Debian package that brings it.
struct Requirement {
    program: &'static str,
    package: &'static str,
}

const REQUIRED: [Requirement; 6] = [
    Requirement { program: "slapd", package: "slapd" },
    Requirement { program: "ldapmodify", package: "ldap-utils" },
    Requirement { program: "initdb", package: "postgresql" },
    Requirement { program: "ip", package: "iproute2" },
    Requirement { program: "mount", package: "mount" },
    Requirement { program: "git", package: "git" },
];

/// What came of the search.
pub enum Requirements {
    Met,
    /// The line with which a person installs the rest.
    Missing(String),
}

/// Finds what is missing and installs it where that is possible.
///
/// # Errors
/// When the installation fails.
pub fn meet() -> Result<Requirements> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(Requirements::Met);
    }
    let line = format!("apt-get update && apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !rustix::process::geteuid().is_root() || !Path::new("/etc/debian_version").exists() {
        return Ok(Requirements::Missing(line));
    }
    eprintln!("── installing {}", missing.join(" "));
    let _no_service_starts = Policy::refuse()?;
    cargo::step("apt-get update", apt(&["update", "-qq"]))?;
    let mut install = apt(&["install", "-qq", "-y", "--no-install-recommends"]);
    install.args(&missing);
    cargo::step("apt-get install", install)?;
    match self::missing() {
        rest if rest.is_empty() => Ok(Requirements::Met),
        _ => Ok(Requirements::Missing(line)),
    }
}

/// The packages whose program is nowhere.
fn missing() -> Vec<&'static str> {
    let absent = |requirement: &&Requirement| match requirement.program {
        "initdb" => binary::postgres("initdb").is_err(),
        program => binary::installed(program, &SBIN).is_err(),
    };
    REQUIRED.iter().filter(absent).map(|requirement| requirement.package).collect()
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Our policy file; removed when dropped. One that stands already is the machine's own and is left as it is.
struct Policy {
    ours: Option<&'static Path>,
}

impl Policy {
    fn refuse() -> Result<Self> {
        let path = Path::new(POLICY);
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o755).open(path) {
            Ok(mut file) => {
                let policy = Self { ours: Some(path) };
                file.write_all(POLICY_REFUSES.as_bytes())?;
                Ok(policy)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Self { ours: None }),
            Err(error) => Err(error).context(POLICY),
        }
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if let Some(path) = self.ours {
            let _ = fs::remove_file(path);
        }
    }
}

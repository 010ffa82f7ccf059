//! The servers and tools that the suite and the measurement need. As root on Debian or Ubuntu what is missing is
//! installed, and no installed service starts by itself; anywhere else nothing is touched but the target folder and the toolchain.

mod modules;
mod tools;

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use tests::binary;

use crate::cargo;

/// The folder of this machine's libraries in Debian.
#[cfg(target_arch = "x86_64")]
macro_rules! multiarch {
    () => {
        "x86_64-linux-gnu"
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! multiarch {
    () => {
        "aarch64-linux-gnu"
    };
}

/// While this file says no, Debian's packages start no service (`invoke-rc.d`, Debian policy §9.3.3).
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// "Action not allowed."
const POLICY_REFUSES: &str = "#!/bin/sh\nexit 101\n";

/// TLS of rsyslog: a module, no program of its own.
const GTLS: &str = concat!("/usr/lib/", multiarch!(), "/rsyslog/lmnsd_gtls.so");

const SBIN: [&str; 2] = ["/usr/sbin", "/sbin"];

/// A program, by name or by path, and the Debian package that brings it.
struct Requirement {
    program: &'static str,
    package: &'static str,
    of: Purpose,
}

/// What is going to be done.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Purpose {
    /// The whole suite, which bundles too.
    Suite,
    /// Only what `cargo xtask bundle` compiles with.
    Bundle,
    /// Only what `cargo xtask bench` compares with, and what says where the time went.
    Bench,
    /// The servers that both the suite and the measurement start.
    Servers,
}

impl Purpose {
    fn needs(self, of: Self) -> bool {
        self == of || matches!((self, of), (Self::Suite, Self::Bundle | Self::Servers) | (Self::Bench, Self::Servers))
    }
}

const REQUIRED: [Requirement; 26] = [
    Requirement { program: "musl-gcc", package: "musl-tools", of: Purpose::Bundle },
    Requirement { program: "slapd", package: "slapd", of: Purpose::Servers },
    Requirement { program: "ldapmodify", package: "ldap-utils", of: Purpose::Servers },
    Requirement { program: "samba", package: "samba-ad-dc", of: Purpose::Suite },
    // What a new domain is made from; no program of its own.
    Requirement { program: "/usr/share/samba/setup/provision.ldif", package: "samba-ad-provision", of: Purpose::Suite },
    Requirement { program: "ldbadd", package: "ldb-tools", of: Purpose::Suite },
    Requirement { program: "initdb", package: "postgresql", of: Purpose::Servers },
    Requirement { program: "ip", package: "iproute2", of: Purpose::Suite },
    Requirement { program: "faketime", package: "faketime", of: Purpose::Suite },
    Requirement { program: "mount", package: "mount", of: Purpose::Suite },
    Requirement { program: "git", package: "git", of: Purpose::Suite },
    Requirement { program: "chromium", package: "chromium", of: Purpose::Suite },
    Requirement { program: "chromedriver", package: "chromium-driver", of: Purpose::Suite },
    Requirement { program: "podman", package: "podman", of: Purpose::Suite },
    Requirement { program: "runc", package: "runc", of: Purpose::Suite },
    Requirement { program: "systemd-analyze", package: "systemd", of: Purpose::Suite },
    Requirement { program: "python3", package: "python3-venv", of: Purpose::Suite },
    Requirement { program: "dbus-daemon", package: "dbus-daemon", of: Purpose::Suite },
    Requirement { program: "node", package: "nodejs", of: Purpose::Suite },
    Requirement { program: "npm", package: "npm", of: Purpose::Suite },
    Requirement { program: "sshd", package: "openssh-server", of: Purpose::Bench },
    Requirement { program: "rsyslogd", package: "rsyslog", of: Purpose::Suite },
    Requirement { program: GTLS, package: "rsyslog-gnutls", of: Purpose::Suite },
    Requirement { program: "curl", package: "curl", of: Purpose::Bench },
    Requirement { program: "scp", package: "openssh-client", of: Purpose::Bench },
    Requirement { program: "perf", package: "linux-perf", of: Purpose::Bench },
];

/// The target of the static programs.
pub const STATIC_TARGET: &str = "x86_64-unknown-linux-musl";

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
pub fn meet(purpose: Purpose) -> Result<Requirements> {
    if let Requirements::Missing(line) = meet_packages(purpose)? {
        return Ok(Requirements::Missing(line));
    }
    let (target, tools, modules) = match purpose {
        Purpose::Suite => (meet_target()?, tools::meet()?, modules::meet()?),
        Purpose::Bundle => (meet_target()?, None, None),
        Purpose::Bench | Purpose::Servers => (None, None, None),
    };
    let lines: Vec<String> = [target, tools, modules].into_iter().flatten().collect();
    Ok(if lines.is_empty() { Requirements::Met } else { Requirements::Missing(lines.join("\n")) })
}

fn meet_packages(purpose: Purpose) -> Result<Requirements> {
    let missing = missing(purpose);
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
    match self::missing(purpose) {
        rest if rest.is_empty() => Ok(Requirements::Met),
        _ => Ok(Requirements::Missing(line)),
    }
}

/// The packages whose program is nowhere.
fn missing(purpose: Purpose) -> Vec<&'static str> {
    let absent = |requirement: &&Requirement| match requirement.program {
        _ if !purpose.needs(requirement.of) => false,
        "initdb" => binary::postgres("initdb").is_err(),
        "python3" => !tools::possible(),
        program => binary::installed(program, &SBIN).is_err(),
    };
    REQUIRED.iter().filter(absent).map(|requirement| requirement.package).collect()
}

/// The standard library for static programs; otherwise the line with which a person installs it.
fn meet_target() -> Result<Option<String>> {
    let mut ask = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    ask.args(["--print", "target-libdir", "--target", STATIC_TARGET]).current_dir(cargo::root());
    let said = ask.output().context("rustc")?;
    if Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_dir() {
        return Ok(None);
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", STATIC_TARGET]).current_dir(cargo::root()).stdin(Stdio::null());
    let added = cargo::step("standard library for static programs", add);
    Ok(added.is_err().then(|| format!("rustup target add {STATIC_TARGET}     # in {}", cargo::root().display())))
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

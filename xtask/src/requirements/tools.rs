//! The checkers of the chart, of the Dockerfile and of the provisioning endpoints, by exact version in a Python virtual environment in the target folder.
//! Touches nothing outside it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use tests::binary;

use crate::cargo;

/// What is installed: names and exact versions.
const PINNED: &str = include_str!("tools.txt");
/// In the environment: what it was made from.
const STAMP: &str = "tools.txt";

/// Whether Python can make a virtual environment (Debian has that in a package of its own).
pub fn possible() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Makes the environment unless it stands; otherwise the line with which a person makes it.
///
/// # Errors
/// When the target folder cannot be used.
pub fn meet() -> Result<Option<String>> {
    let folder = binary::tools()?;
    if stands(&folder) {
        return Ok(None);
    }
    let made = cargo::step("checkers: environment", python(&folder))
        .and_then(|()| cargo::step("checkers: install", pip(&folder)));
    if made.is_err() {
        let at = folder.display();
        let pinned = cargo::root().join("xtask/src/requirements").join(STAMP);
        let from = pinned.display();
        return Ok(Some(format!(
            "python3 -m venv {at} && {at}/bin/pip install --requirement {from} && cp {from} {at}/{STAMP}"
        )));
    }
    fs::write(folder.join(STAMP), PINNED)?;
    Ok(None)
}

/// Whether it was made from these versions and its interpreter still runs: it is a link to the system's, which an upgrade or a
/// cache carried to another machine breaks.
fn stands(folder: &Path) -> bool {
    let made_from = fs::read_to_string(folder.join(STAMP));
    let runs = || {
        let mut python = Command::new(folder.join("bin/python"));
        python
            .args(["-c", "import yaml, kubernetes_validate, schemathesis, scim2_cli"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        python.status().is_ok_and(|status| status.success())
    };
    made_from.is_ok_and(|made_from| made_from == PINNED) && runs()
}

fn python(folder: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "venv", "--clear"]).arg(folder);
    command
}

fn pip(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("bin/pip"));
    command.args(["install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--requirement"]);
    command.arg(cargo::root().join("xtask/src/requirements").join(STAMP));
    command
}

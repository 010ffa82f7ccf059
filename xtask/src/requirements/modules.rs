//! The modules of the identity provider that the suite signs in with, by exact version and hash (npm's lock file) in the target
//! folder. Touches nothing outside it, and runs no script of a module.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use tests::binary;

use crate::cargo;

/// Where the two files stand in the repository.
const SOURCE: &str = "tests/fixtures/identity-provider";
/// What is installed, and what it is made from.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// Written last.
const STAMP: &str = "installed-from.json";

/// Installs the modules unless they stand; otherwise the line with which a person does.
///
/// # Errors
/// When the target folder cannot be used.
pub fn meet() -> Result<Option<String>> {
    let (folder, source) = (binary::identity_provider()?, cargo::root().join(SOURCE));
    let lock = fs::read(source.join(FILES[1]))?;
    if fs::read(folder.join(STAMP)).is_ok_and(|stamp| stamp == lock) {
        return Ok(None);
    }
    fs::create_dir_all(&folder)?;
    for file in FILES {
        fs::copy(source.join(file), folder.join(file))?;
    }
    if cargo::step("identity provider: modules", npm(&folder)).is_err() {
        let (from, to) = (source.display(), folder.display());
        return Ok(Some(format!(
            "cp {from}/package*.json {to}/ && npm ci --ignore-scripts --prefix {to} && cp {from}/{} {to}/{STAMP}",
            FILES[1]
        )));
    }
    fs::write(folder.join(STAMP), lock)?;
    Ok(None)
}

fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
    command.stdin(Stdio::null());
    command
}

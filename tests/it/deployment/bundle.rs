//! The bundle: programs that need nothing of the host, sums that hold, an archive with what an administrator needs.

use std::process::Command;

use anyhow::{Result, ensure};
use tests::{Process, binary, step};

use super::bundled;

#[test]
fn the_sums_hold() -> Result<()> {
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(binary::bundle()?);
    let checked = Process::run("sha256sum", check, step())?.success("sha256sum")?;
    ensure!(checked.stdout.len() == 3, "two programs and an archive: {:?}", checked.stdout);
    Ok(())
}

#[test]
fn the_programs_name_no_machine() -> Result<()> {
    let cargo = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))?;
    let target = binary::target()?.display().to_string();
    let here = [cargo.as_str(), target.as_str(), env!("CARGO_MANIFEST_DIR")];
    let found = aho_corasick::AhoCorasick::new(here)?;
    for program in ["pro-server", "isoloir"] {
        let bytes = std::fs::read(bundled(program)?)?;
        let place = found.find(&bytes).map(|found| {
            String::from_utf8_lossy(bytes.get(found.start()..).unwrap_or_default())
                .chars()
                .take(120)
                .collect::<String>()
        });
        ensure!(place.is_none(), "{program} names {place:?}");
    }
    Ok(())
}

#[test]
fn the_archive_has_everything_for_a_bare_machine() -> Result<()> {
    let name = format!("isoloir-{}-x86_64-linux", env!("CARGO_PKG_VERSION"));
    let mut list = Command::new("tar");
    list.args(["--list", "--file"]).arg(bundled(&format!("{name}.tar.gz"))?);
    let listed = Process::run("tar", list, step())?.success("tar")?.stdout;
    for path in [
        "pro-server",
        "isoloir",
        "LICENSE",
        "pro-server.service",
        "isoloir-agent.service",
        "docs/install.md",
        "docs/server.md",
        "docker/compose.yaml",
        "helm/Chart.yaml",
    ] {
        ensure!(listed.contains(&format!("{name}/{path}")), "{path} is missing: {listed:?}");
    }
    Ok(())
}

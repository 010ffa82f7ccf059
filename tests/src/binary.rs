//! Finds the programs under test. They are built by `cargo xtask test` (or `cargo build --workspace --bins`) into the same
//! target folder as the running test; this never builds and never searches `PATH` for them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The path of a program of this workspace, such as `pro-server`, beside the running executable.
///
/// # Errors
/// When it has not been built there.
pub fn built(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("this executable has no path")?;
    // A test is in target/debug/deps, a program in target/debug.
    for folder in own.ancestors().skip(1).take(2) {
        let candidate = folder.join(name);
        if candidate.is_file() {
            return Ok(candidate);
        }
    }
    bail!("{name} is not built beside this test: run `cargo xtask test`, or `cargo build --workspace --bins` first")
}

/// The target folder of cargo that this executable stands in.
///
/// # Errors
/// When it stands in none.
pub fn target() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this executable has no path")?;
    // Cargo marks the folder for backup programs (bford.info/cachedir) if it makes it, and keeps this file in it in any case.
    let is_marked = |folder: &Path| ["CACHEDIR.TAG", ".rustc_info.json"].iter().any(|mark| folder.join(mark).is_file());
    let found = own.ancestors().find(|folder| is_marked(folder));
    found.map(Path::to_path_buf).context("this executable is in no target folder of cargo")
}

/// Where `cargo xtask bundle` puts what people install.
///
/// # Errors
/// When there is no target folder.
pub fn bundle() -> Result<PathBuf> {
    Ok(target()?.join("bundle"))
}

/// Where `cargo xtask test` installs the checkers of the chart and the Dockerfile.
///
/// # Errors
/// When there is no target folder.
pub fn tools() -> Result<PathBuf> {
    Ok(target()?.join("checkers"))
}

/// Where `cargo xtask test` installs the modules of the identity provider.
///
/// # Errors
/// When there is no target folder.
pub fn identity_provider() -> Result<PathBuf> {
    Ok(target()?.join("identity-provider"))
}

/// A checker of [`tools`], such as `helm`.
///
/// # Errors
/// When it is not installed there.
pub fn tool(name: &str) -> Result<PathBuf> {
    let path = tools()?.join("bin").join(name);
    path.is_file().then_some(path).with_context(|| format!("{name} is not installed: `cargo xtask test` installs it"))
}

/// A program of the system, searched in `PATH` and then in the given folders (Debian keeps servers out of a user's `PATH`).
///
/// # Errors
/// When it is nowhere.
pub fn installed(name: &str, folders: &[&str]) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(folders.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
        .with_context(|| format!("{name} is not installed: `cargo xtask test` installs it or prints what to install"))
}

/// A program of PostgreSQL; Debian keeps one folder per version.
///
/// # Errors
/// When no version is installed.
pub fn postgres(name: &str) -> Result<PathBuf> {
    if let Ok(found) = installed(name, &[]) {
        return Ok(found);
    }
    let versions = Path::new("/usr/lib/postgresql");
    let mut found: Vec<PathBuf> = versions
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|candidate| candidate.is_file())
        .collect();
    found.sort();
    found
        .pop()
        .with_context(|| format!("{name} is not installed: `cargo xtask test` installs it or prints what to install"))
}

//! The rules of the house that a test can hold (docs: CONTRIBUTING.md). Each rule is a function over text, and is itself tested
//! with a text that breaks it: a rule that cannot fail is no rule.

mod layers;
mod limits;
mod locales;
mod repository;
mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, str};

use anyhow::{Context as _, Result, ensure};

/// A file of the repository, as text.
struct Tracked {
    /// Relative to the root, with `/`.
    path: String,
    text: String,
}

impl Tracked {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// What is tracked and what would be: files that are neither committed nor ignored count too.
fn tracked() -> Result<Vec<Tracked>> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let listed = command.output().context("git")?;
    ensure!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let mut files = Vec::new();
    for path in str::from_utf8(&listed.stdout)?.split_terminator('\0') {
        // A binary file, or one deleted and not committed yet, has no text to judge.
        if let Ok(text) = fs::read_to_string(root().join(path)) {
            files.push(Tracked { path: path.to_owned(), text });
        }
    }
    ensure!(files.iter().any(|file| file.path == "Cargo.toml"), "no files found");
    Ok(files)
}

/// Fails with one line for each violation.
fn hold(violations: Vec<String>) {
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

/// The lines of code of a Rust text with their numbers: no comments, and nothing from the tests at its end on.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim_end() != "#[cfg(test)]")
        .map(|(number, line)| (number + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

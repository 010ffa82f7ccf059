//! What people install: the bundle, the image in a container, the chart, the unit. Each is the true thing, made by
//! `cargo xtask bundle` or taken from the repository as it is.

mod bundle;
mod chart;
mod image;
mod unit;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tests::{Process, binary, step};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A path in the bundle.
fn bundled(path: &str) -> Result<PathBuf> {
    let found = binary::bundle()?.join(path);
    found.exists().then_some(found).with_context(|| format!("{path} is not bundled: run `cargo xtask bundle` first"))
}

/// The documents of a YAML file, read by the checkers' own parser.
fn yaml(file: &Path) -> Result<Vec<Value>> {
    const PRINT: &str = "import json, sys, yaml\n\
        for document in yaml.safe_load_all(open(sys.argv[1])):\n    if document: print(json.dumps(document))";
    let mut python = Command::new(binary::tool("python")?);
    python.args(["-c", PRINT]).arg(file);
    let printed = Process::run("python", python, step())?.success(&file.display().to_string())?;
    printed.stdout.iter().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

//! `doctor`: looks at everything a server needs and says what is wrong with it, each finding with a next step (`words`: `doctor-CODE`).
//! It must never change anything, nor show a name, a password or what a directory wrote.

use std::path::Path;

use crate::clock::Ambient;
use crate::config::{Config, Problem, Problems};
use crate::storage::Location;
use crate::unix;

mod audit;
mod certificate;
mod directory;
mod folder;
mod ports;
mod provider;
mod state;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Fine,
    /// It works, and will not for long, or not as well as it could.
    Warning,
    /// It does not work.
    Problem,
}

/// Which part was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Configuration,
    Folder,
    Disk,
    Keys,
    Clock,
    Database,
    Certificate,
    Ports,
    Directory,
    IdentityProvider,
    Audit,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub part: Part,
    pub severity: Severity,
    /// Stable; `doctor-CODE` has words for it.
    pub code: &'static str,
    /// What the words need: paths, addresses, numbers, dates.
    pub values: Vec<(&'static str, String)>,
    /// What is wrong with a key of the configuration, which has words of its own.
    pub problem: Option<Problem>,
}

impl Finding {
    fn new(part: Part, severity: Severity, code: &'static str) -> Self {
        Self { part, severity, code, values: Vec::new(), problem: None }
    }

    fn fine(part: Part, code: &'static str) -> Self {
        Self::new(part, Severity::Fine, code)
    }

    fn warning(part: Part, code: &'static str) -> Self {
        Self::new(part, Severity::Warning, code)
    }

    fn problem(part: Part, code: &'static str) -> Self {
        Self::new(part, Severity::Problem, code)
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}

/// Looks at everything. What cannot be looked at because of something else that is wrong is left out.
/// `store` is where the database is, if that can be told.
pub async fn examine(
    config: &Result<Config, Problems>,
    store: Option<&Location>,
    data: &Path,
    ambient: &Ambient,
) -> Vec<Finding> {
    let now = ambient.now();
    let serves = unix::is_locked(data);
    let mut found = match config {
        Ok(_) => vec![Finding::fine(Part::Configuration, "config-fine")],
        Err(problems) => problems.iter().map(wrong_key).collect(),
    };
    found.extend(folder::examine(data));
    if let Some(store) = store {
        found.extend(state::examine(data, store, now).await);
    }
    if let Ok(config) = config {
        found.extend(certificate::examine(config, now));
        found.extend(ports::examine(config, if serves { ports::Ours::Serve } else { ports::Ours::Rest }));
        found.extend(directory::examine(config, now).await);
        found.extend(provider::examine(config, ambient).await);
        found.extend(audit::examine(config, store).await);
    }
    found
}

fn wrong_key(problem: &Problem) -> Finding {
    let finding = Finding::problem(Part::Configuration, "config-wrong").with("key", &problem.key);
    Finding { problem: Some(problem.clone()), ..finding }
}

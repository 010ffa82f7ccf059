//! `doctor`: what was found, in words with the next step, or as JSON lines. Exit code 1 when something does not work.

use super::Failure;
use super::arguments::Output;
use super::offline::Site;
use super::show::tell;
use crate::clock::Ambient;
use crate::config::Config;
use crate::doctor::{self, Finding, Severity};
use crate::words::Words;

pub fn run(words: &Words, output: Output, site: Site<'_>) -> Result<(), Failure> {
    let environment = std::env::vars_os();
    let environment =
        environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = Config::load(site.config, site.data, environment);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    let found =
        runtime.block_on(doctor::examine(&config, site.location(words).ok().as_ref(), site.data, &Ambient::system()));
    for finding in &found {
        match output {
            Output::Json => tell!("{}", value(words, finding)),
            Output::People => tell!("{} {}", mark(words, finding.severity), say(words, finding)),
        }
    }
    let problems = found.iter().filter(|finding| finding.severity == Severity::Problem).count();
    match (problems, output) {
        (0, Output::Json) => Ok(()),
        (0, Output::People) => {
            tell!("{}", words.say("doctor-all-fine"));
            Ok(())
        }
        (count, _) => Err(Failure::Said(words.say_with("doctor-problems", &[("count", count.into())]))),
    }
}

fn mark(words: &Words, severity: Severity) -> String {
    words.say(match severity {
        Severity::Fine => "doctor-mark-fine",
        Severity::Warning => "doctor-mark-warning",
        Severity::Problem => "doctor-mark-problem",
    })
}

fn say(words: &Words, finding: &Finding) -> String {
    if let Some(problem) = &finding.problem {
        return words.problem(problem);
    }
    let values: Vec<_> = finding.values.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    let own = words.try_say_with(&format!("doctor-{}", finding.code), &values);
    let own = own.or_else(|| of_the_audit(words, finding));
    // A directory's faults have their words from directory runs.
    own.or_else(|| words.try_say_with(&format!("refused-{}", finding.code), &values))
        // A database's are those of a start that fails.
        .or_else(|| words.try_say_with(finding.code, &values))
        .unwrap_or_else(|| finding.code.to_owned())
}

/// What keeps a destination or a witness back has its words from `audit sinks` and `audit witnesses`.
fn of_the_audit(words: &Words, finding: &Finding) -> Option<String> {
    let reason = words.try_say_with(&format!("fault-{}", finding.code), &[])?;
    let name = finding.values.iter().find(|(name, _)| *name == "name").map(|(_, name)| name.as_str())?;
    Some(words.say_with("doctor-audit-fault", &[("name", name.into()), ("reason", reason.into())]))
}

fn value(words: &Words, finding: &Finding) -> serde_json::Value {
    let mut value = serde_json::json!({
        "part": finding.part,
        "severity": finding.severity,
        "code": finding.code,
        "text": say(words, finding),
    });
    if let Some(object) = value.as_object_mut() {
        object.extend(finding.values.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
    }
    value
}

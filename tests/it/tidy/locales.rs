//! Words for people: every key stands in English and in French, with the same variables, and every file parses.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use fluent_syntax::ast;
use fluent_syntax::parser;
use regex::Regex;

use super::{Tracked, hold, tracked};

/// Key (message or message.attribute) → the variables in it.
type Keys = BTreeMap<String, BTreeSet<String>>;

fn keys(file: &Tracked) -> Result<Keys> {
    let resource = parser::parse(file.text.as_str());
    let errors = resource.as_ref().err().map(|(_, errors)| format!("{errors:?}"));
    ensure!(errors.is_none(), "{}: {}", file.path, errors.unwrap_or_default());
    let variable = Regex::new(r"\$([A-Za-z][\w-]*)")?;
    let mut keys = Keys::new();
    for entry in resource.map(|resource| resource.body).unwrap_or_default() {
        let id = match &entry {
            ast::Entry::Message(message) => message.id.name.to_owned(),
            ast::Entry::Term(term) => format!("-{}", term.id.name),
            _ => continue,
        };
        let text = fluent_syntax::serializer::serialize(&ast::Resource { body: vec![entry] });
        keys.insert(id, variable.captures_iter(&text).map(|found| found[1].to_owned()).collect());
    }
    Ok(keys)
}

/// What differs between a file and its translation.
fn differences(path: &str, original: &Keys, translation: &Keys) -> Vec<String> {
    let mut found = Vec::new();
    for key in original.keys().chain(translation.keys()).collect::<BTreeSet<_>>() {
        match (original.get(key), translation.get(key)) {
            (Some(left), Some(right)) if left != right => found.push(format!("{path}: {key} has other variables")),
            (Some(_), None) => found.push(format!("{path}: {key} is missing in French")),
            (None, Some(_)) => found.push(format!("{path}: {key} is missing in English")),
            _ => {}
        }
    }
    found
}

#[test]
fn every_text_stands_in_both_languages() -> Result<()> {
    let files: Vec<Tracked> = tracked()?.into_iter().filter(|file| file.path.ends_with(".ftl")).collect();
    let mut found = Vec::new();
    for file in &files {
        let (english, french) = (file.path.replace("/fr/", "/en/"), file.path.replace("/en/", "/fr/"));
        let of = |path: &str| files.iter().find(|file| file.path == path).map(keys).transpose();
        found.extend(differences(&english, &of(&english)?.unwrap_or_default(), &of(&french)?.unwrap_or_default()));
    }
    found.dedup();
    hold(found);
    Ok(())
}

#[test]
fn the_rule_bites() -> Result<()> {
    let keys = |text: &str| keys(&Tracked { path: String::from("a.ftl"), text: text.to_owned() });
    let english = keys("done = Done in { $seconds } s\nonly-english = Here\n")?;
    assert_eq!(differences("a", &english, &keys("done = Fini en { $seconds } s\nonly-english = Ici\n")?).len(), 0);
    assert_eq!(differences("a", &english, &keys("done = Fini en { $secondes } s\n")?).len(), 2);
    assert!(keys("done = { $broken\n").is_err());
    Ok(())
}

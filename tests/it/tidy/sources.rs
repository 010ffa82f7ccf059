//! Rules about a single Rust file: how it opens, how long it is, what its names and its text may be.

use anyhow::Result;
use regex::Regex;

use super::{Tracked, code, hold, tracked};

/// A file is one thing; a longer one is two.
const FILE_LINES_MAX: usize = 400;

fn check(rule: impl Fn(&Tracked) -> Vec<String>) -> Result<()> {
    hold(tracked()?.iter().filter(|file| file.is_rust()).flat_map(rule).collect());
    Ok(())
}

fn opening(file: &Tracked) -> Vec<String> {
    let opens = file.text.starts_with("//! ");
    (!opens)
        .then(|| format!("{}: does not open with `//!`: what it is, what it must never do", file.path))
        .into_iter()
        .collect()
}

fn length(file: &Tracked) -> Vec<String> {
    let lines = file.text.lines().count();
    (lines > FILE_LINES_MAX)
        .then(|| format!("{}: {lines} lines, at most {FILE_LINES_MAX}", file.path))
        .into_iter()
        .collect()
}

fn names(file: &Tracked) -> Result<Vec<String>> {
    let vague = Regex::new(
        r"(?i)^\s*(pub(\([^)]*\))?\s+)?((async|const|unsafe)\s+)*(fn|struct|enum|trait|mod|type)\s+(get_\w*|\w*manager\w*|\w*helper\w*|utils?|common)\b",
    )?;
    let path = Regex::new(r"(^|/)[^/]*(manager|helper)[^/]*\.rs$|(^|/)(utils?|common)(\.rs|/)")?;
    let mut found: Vec<String> = code(&file.text)
        .filter(|(_, line)| vague.is_match(line))
        .map(|(number, line)| format!("{}:{number}: a name that says nothing: {}", file.path, line.trim()))
        .collect();
    if path.is_match(&file.path) {
        found.push(format!("{}: a file name that says nothing", file.path));
    }
    Ok(found)
}

fn unfinished(file: &Tracked) -> Result<Vec<String>> {
    // Written apart so that this file holds its own rule.
    let marks = Regex::new(concat!(r"\b(TO", r"DO|FIX", r"ME|XX", r"X)\b|#\[ign", r"ore\b"))?;
    // A figure to be taken by hand is no test and may stand aside.
    let measurement = |line: &str| line.contains("= \"a measurement");
    let lines = file.text.lines().enumerate().filter(|(_, line)| marks.is_match(line) && !measurement(line));
    Ok(lines.map(|(number, line)| format!("{}:{}: unfinished: {}", file.path, number + 1, line.trim())).collect())
}

fn sql(file: &Tracked) -> Result<Vec<String>> {
    let rooms =
        ["pro-server/src/storage/", "pro-server/src/storage.rs", "client-cli/src/store/", "client-cli/src/store.rs"];
    let product = ["protocol/src/", "pro-server/src/", "admin-console/src/", "client-cli/src/"];
    if rooms.iter().any(|room| file.path.starts_with(room)) || !product.iter().any(|part| file.path.starts_with(part)) {
        return Ok(Vec::new());
    }
    let text = Regex::new(
        r#"\b(SELECT\b.+\bFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(CREATE|DROP|ALTER)\s+TABLE)\b"#,
    )?;
    let lines = code(&file.text).filter(|(_, line)| text.is_match(line));
    Ok(lines.map(|(number, line)| format!("{}:{number}: SQL outside storage: {}", file.path, line.trim())).collect())
}

#[test]
fn every_file_opens_with_what_it_is() -> Result<()> {
    check(opening)
}

#[test]
fn every_file_is_one_thing() -> Result<()> {
    check(length)
}

#[test]
fn names_say_something() -> Result<()> {
    let found: Result<Vec<_>> = tracked()?.iter().filter(|file| file.is_rust()).map(names).collect();
    hold(found?.concat());
    Ok(())
}

#[test]
fn nothing_is_left_unfinished_or_ignored() -> Result<()> {
    let found: Result<Vec<_>> = tracked()?.iter().filter(|file| file.is_rust()).map(unfinished).collect();
    hold(found?.concat());
    Ok(())
}

#[test]
fn sql_stands_in_storage_only() -> Result<()> {
    let found: Result<Vec<_>> = tracked()?.iter().map(sql).collect();
    hold(found?.concat());
    Ok(())
}

#[test]
fn the_rules_bite() -> Result<()> {
    let file = |path: &str, text: &str| Tracked { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(opening(&file("a.rs", "fn main() {}\n")).len(), 1);
    assert_eq!(length(&file("a.rs", &"\n".repeat(FILE_LINES_MAX + 1))).len(), 1);
    for bad in [
        "pub(crate) async fn get_member() {}",
        "pub struct SessionManager;",
        "mod util;",
        "mod common {",
        "fn sync_helper()",
    ] {
        assert_eq!(names(&file("a.rs", bad))?.len(), 1, "{bad}");
    }
    assert_eq!(names(&file("src/utils.rs", ""))?.len(), 1);
    assert_eq!(names(&file("a.rs", "// fn get_member\nfn getter() {}\nfn member()"))?.len(), 0);
    for (left, right, found) in
        [("// TO", "DO later", 1), ("#[ign", "ore]", 1), ("#[ign", "ore = \"a measurement\"]", 0)]
    {
        assert_eq!(unfinished(&file("a.rs", &[left, right].concat()))?.len(), found, "{left}{right}");
    }
    assert_eq!(sql(&file("pro-server/src/service/a.rs", "\"SELECT id FROM member\""))?.len(), 1);
    assert_eq!(sql(&file("pro-server/src/storage/a.rs", "\"SELECT id FROM member\""))?.len(), 0);
    assert_eq!(sql(&file("client-cli/src/engine.rs", "execute(\"DELETE  FROM member\")"))?.len(), 1);
    Ok(())
}

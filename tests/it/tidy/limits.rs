//! The caps of the code and of the specification are the same: each constant of `protocol/src/limits.rs` stands with its value in
//! `protocol/spec/limits.md`, and nothing else does.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use regex::Regex;

use super::root;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The value of a constant expression of that file: numbers and `DAY_MS`, joined by `*` or `<<`.
fn value(expression: &str) -> Result<u64> {
    let mut words = expression.split_whitespace();
    let mut total = number(words.next().context("an empty expression")?)?;
    while let Some(operator) = words.next() {
        let right = number(words.next().context("an operator without its right side")?)?;
        total = match operator {
            "*" => total.checked_mul(right),
            "<<" => u32::try_from(right).ok().and_then(|bits| total.checked_shl(bits)),
            _ => bail!("{expression}: this test does not know {operator}"),
        }
        .with_context(|| format!("{expression} is too large"))?;
    }
    Ok(total)
}

fn number(word: &str) -> Result<u64> {
    if word.ends_with("DAY_MS") {
        return Ok(DAY_MS);
    }
    word.replace('_', "").parse().with_context(|| format!("{word} is no number"))
}

fn coded(text: &str) -> Result<BTreeMap<String, u64>> {
    let constant = Regex::new(r"(?m)^pub const ([A-Z0-9_]+): \w+ = ([^;]+);$")?;
    constant.captures_iter(text).map(|found| Ok((found[1].to_owned(), value(&found[2])?))).collect()
}

fn written(text: &str) -> Result<BTreeMap<String, u64>> {
    let row = Regex::new(r"(?m)^\| `([A-Z0-9_]+)` \| (\d+) \|")?;
    row.captures_iter(text).map(|found| Ok((found[1].to_owned(), found[2].parse()?))).collect()
}

#[test]
fn caps_are_the_same_in_the_code_and_in_the_text() -> Result<()> {
    let coded = coded(&fs::read_to_string(root().join("protocol/src/limits.rs"))?)?;
    ensure!(!coded.is_empty(), "no limits found");
    assert_eq!(coded, written(&fs::read_to_string(root().join("protocol/spec/limits.md"))?)?);
    Ok(())
}

#[test]
fn the_rule_bites() -> Result<()> {
    let coded = coded(
        "pub const A_MS: u64 = 2 * crate::time::DAY_MS;\npub const B: usize = 1 << 4;\npub const C: u32 = 1_000;\n",
    )?;
    assert_eq!(coded, written("| `A_MS` | 172800000 | a |\n| `B` | 16 | b |\n| `C` | 1000 | c |\n")?);
    assert_ne!(coded, written("| `A_MS` | 172800000 | a |\n| `B` | 17 | b |\n| `C` | 1000 | c |\n")?);
    assert!(value("1 + 1").is_err());
    Ok(())
}

//! Every label that the code puts into a signature, a key or a hash stands in the specification: without one of them nobody else
//! comes to the same bytes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The string literals of a text, before its tests, that begin with the name that all labels begin with.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let literals = code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| line.split('"'));
    literals.filter(|literal| literal.starts_with("isoloir ") && literal.ends_with(|last: char| last.is_ascii_digit()))
}

#[test]
fn every_label_stands_in_the_specification() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut sources, mut texts) = (Vec::new(), Vec::new());
    files(&root.join("src"), &mut sources);
    files(&root.join("spec"), &mut texts);
    let sources: Vec<String> = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let texts = texts.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let texts: String = texts.map(|path| fs::read_to_string(path).unwrap()).collect();
    let used: BTreeSet<&str> = sources.iter().flat_map(|source| labels(source)).collect();
    assert!(used.len() > 20 && used.contains("isoloir link auth v1"), "{used:?}");
    let missing: Vec<_> = used.iter().filter(|label| !texts.contains(**label)).collect();
    assert!(missing.is_empty(), "the specification does not name {missing:?}");
}

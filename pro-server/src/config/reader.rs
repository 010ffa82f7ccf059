//! One table of the configuration, read key by key, so that *every* problem is found in one go and told with its full name.
//! Never stops at the first problem, never keeps a value in a problem.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::problem::{Expected, ProblemKind, Problems};

/// Names at most this many edits away are suggested for an unknown key.
const SUGGESTION_EDITS_MAX: usize = 3;

/// A table being consumed: what is left when [`Section::finish`] is called is unknown.
pub struct Section<'p> {
    path: String,
    table: Table,
    present: Presence,
    known: Vec<&'static str>,
    folder: &'p Path,
    problems: &'p mut Problems,
}

/// Whether the section was written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Written,
    Absent,
}

/// How a table stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// `[section]`
    Alone,
    /// `[[section]]`
    InList,
}

impl<'p> Section<'p> {
    /// `folder` is what relative paths are relative to: the folder of the configuration file.
    pub fn root(table: Table, folder: &'p Path, problems: &'p mut Problems) -> Self {
        Section { path: String::new(), table, present: Presence::Written, known: Vec::new(), folder, problems }
    }

    /// The sub-section `key`: empty and [`Presence::Absent`] if it is not written.
    pub fn section(&mut self, key: &'static str) -> Section<'_> {
        let (table, present) = match self.take(key) {
            Some(Value::Table(table)) => (table, Presence::Written),
            Some(_) => {
                self.problem(key, ProblemKind::Wrong(Expected::Table));
                (Table::new(), Presence::Absent)
            }
            None => (Table::new(), Presence::Absent),
        };
        Section {
            path: self.full(key),
            table,
            present,
            known: Vec::new(),
            folder: self.folder,
            problems: self.problems,
        }
    }

    /// Each table of `key`: a section, or a list of at most `count_max` of them, which are then told by their place from 1 on.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        count_max: usize,
        mut read: impl FnMut(Written, &mut Section<'_>) -> T,
    ) -> Vec<T> {
        let path = self.full(key);
        let tables: Vec<(String, Written, Table)> = match self.take(key) {
            None => Vec::new(),
            Some(Value::Table(table)) => vec![(path, Written::Alone, table)],
            Some(Value::Array(entries)) if entries.len() <= count_max && entries.iter().all(Value::is_table) => {
                let tables = entries.into_iter().enumerate().filter_map(|(place, entry)| match entry {
                    Value::Table(table) => Some((entry_path(&path, place), Written::InList, table)),
                    _ => None,
                });
                tables.collect()
            }
            Some(_) => {
                self.problem(key, ProblemKind::Wrong(Expected::Sections { max: count_max }));
                Vec::new()
            }
        };
        let read_one = |(path, written, table)| {
            let (present, known, problems) = (Presence::Written, Vec::new(), &mut *self.problems);
            let mut section = Section { path, table, present, known, folder: self.folder, problems };
            let value = read(written, &mut section);
            section.finish();
            value
        };
        tables.into_iter().map(read_one).collect()
    }

    pub fn presence(&self) -> Presence {
        self.present
    }

    /// Whether `key` is written, right or wrong.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub fn text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => self.wrong(key, Expected::Text),
        }
    }

    pub fn required_text(&mut self, key: &'static str) -> Option<String> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.problem(key, ProblemKind::Missing);
            return None;
        }
        self.text(key)
    }

    /// One text, or a list of at most `count_max`, none of them empty.
    pub fn texts(&mut self, key: &'static str, count_max: usize) -> Option<Vec<String>> {
        let values = match self.take(key)? {
            Value::Array(values) if (1..=count_max).contains(&values.len()) => values,
            Value::Array(_) => return self.wrong(key, Expected::Texts { max: count_max }),
            value => vec![value],
        };
        let text = |value| match value {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        };
        let texts: Option<Vec<String>> = values.into_iter().map(text).collect();
        if texts.is_none() {
            return self.wrong(key, Expected::Texts { max: count_max });
        }
        texts
    }

    pub fn required_texts(&mut self, key: &'static str, count_max: usize) -> Option<Vec<String>> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            self.problem(key, ProblemKind::Missing);
            return None;
        }
        self.texts(key, count_max)
    }

    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        match self.take(key)? {
            Value::Boolean(value) => Some(value),
            _ => self.wrong(key, Expected::Boolean),
        }
    }

    pub fn integer(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let expected = Expected::Integer { min: *range.start(), max: *range.end() };
        match self.take(key)? {
            Value::Integer(value) => match u64::try_from(value) {
                Ok(value) if range.contains(&value) => Some(value),
                _ => self.wrong(key, expected),
            },
            _ => self.wrong(key, expected),
        }
    }

    pub fn socket_address(&mut self, key: &'static str) -> Option<SocketAddr> {
        match self.take(key)? {
            Value::String(text) => match text.parse() {
                Ok(address) => Some(address),
                Err(_) => self.wrong(key, Expected::SocketAddress),
            },
            _ => self.wrong(key, Expected::SocketAddress),
        }
    }

    /// A path that something will be written to, made absolute against the configuration's folder.
    pub fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.required_text(key).map(|path| self.folder.join(path))
    }

    /// A path, made absolute against the configuration's folder. The file must be readable now.
    pub fn file(&mut self, key: &'static str) -> Option<PathBuf> {
        let path = self.folder.join(self.text(key)?);
        match std::fs::File::open(&path) {
            Ok(_) => Some(path),
            Err(error) => {
                self.problem(key, ProblemKind::Unreadable(error.kind()));
                None
            }
        }
    }

    /// Reads the file that `key` names, at most `bytes_max`; a final line break is cut. For secrets given by `*_file`.
    pub fn file_contents(&mut self, key: &'static str, bytes_max: usize) -> Option<String> {
        use std::io::Read as _;
        let path = self.file(key)?;
        let mut text = String::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(bytes_max as u64).read_to_string(&mut text));
        match read {
            Ok(_) => {
                let length = text.trim_end_matches(['\r', '\n']).len();
                text.truncate(length);
                Some(text)
            }
            Err(error) => {
                self.problem(key, ProblemKind::Unreadable(error.kind()));
                None
            }
        }
    }

    /// Records a problem with `key` of this section.
    pub fn problem(&mut self, key: &str, kind: ProblemKind) {
        let key = self.full(key);
        self.problems.add(key, kind);
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        for key in self.table.keys() {
            let nearest = self
                .known
                .iter()
                .map(|known| (edits(known, key), *known))
                .filter(|(distance, _)| *distance <= SUGGESTION_EDITS_MAX)
                .min()
                .map(|(_, known)| known.to_owned());
            let name = join(&self.path, key);
            self.problems.add(name, ProblemKind::Unknown { nearest });
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.table.remove(key)
    }

    fn wrong<T>(&mut self, key: &str, expected: Expected) -> Option<T> {
        self.problem(key, ProblemKind::Wrong(expected));
        None
    }

    fn full(&self, key: &str) -> String {
        join(&self.path, key)
    }
}

/// How the entry at `place` of a list is called.
pub(super) fn entry_path(list: &str, place: usize) -> String {
    format!("{list}.{}", place.saturating_add(1))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Levenshtein distance over bytes.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let cost = diagonal + usize::from(x != y);
            diagonal = *cell;
            *cell = cost.min(diagonal + 1).min(left + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(edits("listen", "listen"), 0);
        assert_eq!(edits("listen", "lsiten"), 2);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}

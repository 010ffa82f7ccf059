//! People from a CSV file (RFC 4180): `login,name,mail` and perhaps `id` and `groups`, in any order of columns, comma or semicolon.
//! A file is taken whole or not at all, and every bad line is told at once.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use protocol::directory::Group;

use crate::domain::member::{Attribute, ExternalId, Profile, Unusable};
use crate::domain::sync::{Observation, Seen};

use super::PEOPLE_MAX;

/// A larger file is refused unread.
pub const CSV_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bad lines that are told; the rest is counted.
const PROBLEMS_MAX: usize = 1_000;

/// What is wrong with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize)]
pub struct LineProblem {
    /// Line of the file, from 1.
    pub line: u64,
    #[source]
    pub kind: LineProblemKind,
}

impl std::fmt::Display for LineProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum LineProblemKind {
    #[error("it has {has} fields instead of {expected}")]
    Fields { has: usize, expected: usize },
    #[error("it is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    #[error("the {attribute} is empty, too long, or has characters that it may not have")]
    Unusable { attribute: Attribute },
    #[error("the {attribute} is the same as in line {first_line}")]
    Repeated { attribute: Attribute, first_line: u64 },
    #[error("somebody else has this login already")]
    LoginTaken,
}

/// Why a file was not taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCsv {
    #[error("the file is larger than {CSV_BYTES_MAX} bytes")]
    TooLarge,
    #[error("the file has more than {PEOPLE_MAX} people")]
    TooMany,
    #[error(
        "the first line must name the columns login, name, mail and perhaps id and groups; the column {0} is missing, unknown or doubled"
    )]
    Header(Attribute),
    #[error("{} lines cannot be used", .0.len())]
    Lines(Vec<LineProblem>),
}

/// Whether a file says in which groups people are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Groups {
    /// In a column of its own.
    Said,
    /// Nowhere: people stay in the groups that they are in.
    #[default]
    Unsaid,
}

/// What is in a file. The observation's entries are in the order of the lines.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The good lines.
    pub observation: Observation,
    pub groups: Groups,
    /// The first of the bad ones, in the order of the file; more of them are only counted.
    pub problems: Vec<LineProblem>,
    pub problem_count: u64,
}

/// Reads a whole file, good and bad lines.
pub fn read(bytes: &[u8]) -> Result<Contents, BadCsv> {
    if bytes.len() > CSV_BYTES_MAX {
        return Err(BadCsv::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).from_reader(bytes);
    // Reading memory cannot fail, and the byte reader takes everything: what is left is handled line by line.
    let columns = Columns::of(reader.byte_headers().map_err(|_| BadCsv::Header(Attribute::Login))?)?;
    let mut file = File::default();
    for record in reader.into_byte_records() {
        let Ok(record) = record else { break };
        let line = record.position().map_or(0, |position| line_of(bytes, position));
        if record.iter().all(|field| field.trim_ascii().is_empty()) {
            continue;
        }
        match columns.read(line, record) {
            Ok(seen) => file.add(line, seen),
            Err(kind) => file.problem(line, kind),
        }
        if file.seen.len() > PEOPLE_MAX {
            return Err(BadCsv::TooMany);
        }
    }
    let groups = if columns.groups.is_some() { Groups::Said } else { Groups::Unsaid };
    let observation = Observation { seen: file.seen, ..Observation::default() };
    Ok(Contents { observation, groups, problems: file.problems, problem_count: file.problem_count })
}

/// Spreadsheets write semicolons where the comma is the decimal sign.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if header.contains(&b';') { b';' } else { b',' }
}

/// The reader counts from where the record before ended; empty lines may stand between.
fn line_of(bytes: &[u8], position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n');
    position.line().saturating_add(breaks.count() as u64)
}

struct Columns {
    count: usize,
    login: usize,
    name: usize,
    mail: Option<usize>,
    id: Option<usize>,
    groups: Option<usize>,
}

impl Columns {
    fn of(header: &ByteRecord) -> Result<Self, BadCsv> {
        let find = |name: &str, attribute| {
            let mut places =
                header.iter().enumerate().filter(|(_, field)| field.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
            match (places.next(), places.next()) {
                (place, None) => Ok(place.map(|(index, _)| index)),
                (_, Some(_)) => Err(BadCsv::Header(attribute)),
            }
        };
        Ok(Self {
            count: header.len(),
            login: find("login", Attribute::Login)?.ok_or(BadCsv::Header(Attribute::Login))?,
            name: find("name", Attribute::Name)?.ok_or(BadCsv::Header(Attribute::Name))?,
            mail: find("mail", Attribute::Mail)?,
            id: find("id", Attribute::Id)?,
            groups: find("groups", Attribute::Groups)?,
        })
    }

    fn read(&self, line: u64, record: ByteRecord) -> Result<Seen, LineProblemKind> {
        if record.len() != self.count {
            return Err(LineProblemKind::Fields { has: record.len(), expected: self.count });
        }
        let record = StringRecord::from_byte_record(record).map_err(|_| LineProblemKind::NotUtf8)?;
        let field = |index: Option<usize>| index.and_then(|index| record.get(index)).unwrap_or_default();
        let unusable = |Unusable(attribute)| LineProblemKind::Unusable { attribute };
        let profile =
            Profile::parse(field(Some(self.login)), field(Some(self.name)), field(self.mail)).map_err(unusable)?;
        let profile = profile.with_groups(groups(field(self.groups)).map_err(unusable)?).map_err(unusable)?;
        let id = field(self.id).trim();
        // Without an id of its own, a person is their login.
        let external_id =
            ExternalId::parse(if id.is_empty() { profile.login.expose() } else { id }).map_err(unusable)?;
        Ok(Seen { external_id, profile: profile.into(), place: line })
    }
}

/// Names with semicolons between them.
fn groups(field: &str) -> Result<BTreeSet<Group>, Unusable> {
    let names = field.split(';').filter(|name| !name.trim().is_empty());
    names.map(|name| Group::parse(name).map_err(|_| Unusable(Attribute::Groups))).collect()
}

#[derive(Default)]
struct File {
    seen: Vec<Seen>,
    problems: Vec<LineProblem>,
    problem_count: u64,
    lines_by_login: BTreeMap<String, u64>,
    lines_by_id: BTreeMap<String, u64>,
}

impl File {
    fn add(&mut self, line: u64, seen: Seen) {
        let login = first_line(&mut self.lines_by_login, seen.profile.login.expose(), line);
        let id = first_line(&mut self.lines_by_id, seen.external_id.expose(), line);
        let repeated = login.map(|line| (Attribute::Login, line)).or(id.map(|line| (Attribute::Id, line)));
        match repeated {
            Some((attribute, first_line)) => self.problem(line, LineProblemKind::Repeated { attribute, first_line }),
            None => self.seen.push(seen),
        }
    }

    fn problem(&mut self, line: u64, kind: LineProblemKind) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(LineProblem { line, kind });
        }
    }
}

/// The line that had `key` before, if any.
fn first_line(lines: &mut BTreeMap<String, u64>, key: &str, line: u64) -> Option<u64> {
    match lines.get(key) {
        Some(first) => Some(*first),
        None => {
            lines.insert(key.to_owned(), line);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn logins(text: &[u8]) -> Vec<String> {
        read(text).expect("usable").observation.seen.iter().map(|seen| seen.profile.login.expose().to_owned()).collect()
    }

    #[test]
    fn quotes_a_byte_order_mark_semicolons_and_empty_lines() {
        assert_eq!(
            logins(b"\xef\xbb\xbflogin,name,mail\nn1,\"Notary, \"\"first\"\"\",\nn2,Notary 02,n2@example.test\n\n"),
            ["n1", "n2"]
        );
        assert_eq!(logins(b"Mail;Name;Login;id\r\n;Notary 01;N1;7\r\n"), ["n1"]);
        assert_eq!(logins(b"login,name\n"), [""; 0]);
    }

    #[test]
    fn groups_have_a_column_of_their_own_or_are_not_said() {
        let file = b"login;name;groups\nn1;One;\"Paris; LYON;paris\"\nn2;Two;\n";
        let Contents { observation, groups, .. } = read(file).expect("usable");
        let names = |at: usize| observation.seen[at].profile.groups.iter().map(Group::as_str).collect::<Vec<_>>();
        assert_eq!((names(0), names(1), groups), (vec!["lyon", "paris"], vec![], Groups::Said));
        assert_eq!(read(b"login,name\nn1,One\n").map(|contents| contents.groups), Ok(Groups::Unsaid));
        let bad = format!("login,name,groups\nn1,One,{}\n", "x".repeat(257));
        let problems = read(bad.as_bytes()).expect("read").problems;
        assert_eq!(problems[0].kind, LineProblemKind::Unusable { attribute: Attribute::Groups });
    }

    #[test]
    fn every_bad_line_is_told_with_its_number() {
        let file =
            b"login,name,mail\nn1,Notary 01,\nn 2,Notary 02,\nn3,Notary 03\nn4,\"two\nlines\",\nn1,Again,\nn5,\xff,\n";
        let Contents { problems, observation, .. } = read(file).expect("read");
        assert_eq!(observation.seen.len(), 1, "the good line is there too");
        let told: Vec<(u64, LineProblemKind)> = problems.iter().map(|p| (p.line, p.kind)).collect();
        assert_eq!(
            told,
            [
                (3, LineProblemKind::Unusable { attribute: Attribute::Login }),
                (4, LineProblemKind::Fields { has: 2, expected: 3 }),
                (5, LineProblemKind::Unusable { attribute: Attribute::Name }),
                (7, LineProblemKind::Repeated { attribute: Attribute::Login, first_line: 2 }),
                (8, LineProblemKind::NotUtf8),
            ]
        );
    }

    #[test]
    fn a_file_without_its_columns_is_refused() {
        assert_eq!(read(b"").err(), Some(BadCsv::Header(Attribute::Login)));
        assert_eq!(read(b"login,mail\n").err(), Some(BadCsv::Header(Attribute::Name)));
        assert_eq!(read(b"login,name,login\n").err(), Some(BadCsv::Header(Attribute::Login)));
    }

    proptest! {
        #[test]
        fn no_file_can_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut file = b"login,name,mail,id,groups\n".to_vec();
            file.extend(body);
            let _ = read(&file);
        }
    }
}

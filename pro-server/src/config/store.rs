//! `[store]`: where the database is. Without it, a file in the data folder. A URL with a password comes by `url_file`, never from here.

use std::path::Path;

use super::problem::{Expected, ProblemKind};
use super::reader::Section;
use crate::backup::manifest::DATABASE;
use crate::storage::{BadUrl, Location, PostgresUrl};

/// A file larger than this holds no URL.
const URL_BYTES_MAX: usize = 4 * 1024;
const URL: &str = "url";
const URL_FILE: &str = "url_file";

pub fn read(mut section: Section<'_>, data: &Path) -> Location {
    let ca_file = section.file("ca_file");
    let (has_url, has_file) = (section.has(URL), section.has(URL_FILE));
    let url = section.text(URL);
    let from_file = section.file_contents(URL_FILE, URL_BYTES_MAX);
    if has_url && has_file {
        section.problem(URL, ProblemKind::Excludes("store.url_file"));
    } else if ca_file.is_some() && !has_url && !has_file {
        section.problem("ca_file", ProblemKind::Needs("store.url_file"));
    }
    let (key, text) = if has_file { (URL_FILE, from_file) } else { (URL, url) };
    let location = text.and_then(|text| match PostgresUrl::parse(text.trim(), ca_file.as_deref()) {
        Ok(url) if key == URL && url.has_password() => {
            section.problem(URL, ProblemKind::SecretInside("store.url_file"));
            None
        }
        Ok(url) => Some(Location::Postgres(url)),
        Err(bad) => {
            section.problem(key, ProblemKind::Wrong(expected(bad)));
            None
        }
    });
    section.finish();
    location.unwrap_or_else(|| Location::Sqlite(data.join(DATABASE)))
}

fn expected(bad: BadUrl) -> Expected {
    match bad {
        BadUrl::Scheme => Expected::PostgresUrl,
        BadUrl::Database => Expected::PostgresDatabase,
        BadUrl::Parameter => Expected::PostgresParameters,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Problems};
    use super::*;

    fn read(text: &str, url_file: &str) -> Result<String, Problems> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("server.toml");
        std::fs::write(folder.path().join("url"), url_file).expect("written");
        std::fs::write(&file, text).expect("written");
        Config::location(Some(&file), Path::new("data"), std::iter::empty()).map(|location| location.to_string())
    }

    fn kinds(outcome: Result<String, Problems>) -> Vec<ProblemKind> {
        outcome.expect_err("refused").iter().map(|problem| problem.kind.clone()).collect()
    }

    #[test]
    fn without_a_word_it_is_a_file_in_the_data_folder() {
        assert_eq!(read("", ""), Ok("data/server.db".to_owned()));
        assert_eq!(read("[http]\nlisten = 12", ""), Ok("data/server.db".to_owned()), "other sections are not asked");
    }

    #[test]
    fn a_url_comes_from_a_file_or_has_no_password() {
        let place = Ok("db.example:5432/isoloir".to_owned());
        assert_eq!(read("[store]\nurl_file = 'url'", "postgres://a:canary@db.example/isoloir\n"), place);
        assert_eq!(read("[store]\nurl = 'postgres://a@db.example/isoloir'", ""), place);
        let inside = kinds(read("[store]\nurl = 'postgres://a:canary@db.example/isoloir'", ""));
        assert_eq!(inside, [ProblemKind::SecretInside("store.url_file")]);
    }

    #[test]
    fn what_does_not_fit_together_is_told() {
        use Expected::{PostgresDatabase, PostgresParameters, PostgresUrl};
        for (url, expected) in [
            ("mysql://a@b/c", PostgresUrl),
            ("postgres://a@b", PostgresDatabase),
            ("postgres://a@b/c?d=e", PostgresParameters),
        ] {
            assert_eq!(kinds(read(&format!("[store]\nurl = '{url}'"), "")), [ProblemKind::Wrong(expected)], "{url}");
        }
        let both = "[store]\nurl = 'postgres://a@b/c'\nurl_file = 'url'";
        assert_eq!(kinds(read(both, "postgres://a@b/c")), [ProblemKind::Excludes("store.url_file")]);
        assert_eq!(kinds(read("[store]\nca_file = 'url'", "")), [ProblemKind::Needs("store.url_file")]);
    }
}

//! A file of people on the command line: what taking it would do is shown first, and exactly that is done.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tests::server::{Server, Setup};

struct Town {
    server: Server,
    file: PathBuf,
    _folder: TempDir,
}

impl Town {
    fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Setup::in_folder(folder.path().join("server")).start()?;
        Ok(Self { server, file: folder.path().join("people.csv"), _folder: folder })
    }

    /// Exit code and rows of `people import` of this content.
    fn import(&self, content: &[u8], arguments: &[&str]) -> Result<(Option<i32>, Vec<Value>)> {
        fs::write(&self.file, content)?;
        let file = self.file.display().to_string();
        let finished = self.server.ask(&[&["--json", "people", "import", &file], arguments].concat())?;
        let rows = finished.stdout.iter().map(|line| Ok(serde_json::from_str(line)?)).collect::<Result<_>>()?;
        Ok((finished.code, rows))
    }

    fn people(&self) -> Result<usize> {
        Ok(self.server.admin(&["people", "list"])?.len())
    }
}

fn digest(rows: &[Value]) -> Result<String> {
    Ok(rows.last().and_then(|run| run["digest"].as_str()).context("no digest")?.to_owned())
}

#[test]
fn a_file_is_looked_at_first_and_taken_exactly_so() -> Result<()> {
    let town = Town::start()?;
    let good = b"login,name,mail\nnotary001,One,\nnotary002,Two,\n";
    let (code, rows) = town.import(good, &["--plan"])?;
    assert_eq!((code, town.people()?), (Some(0), 0), "nothing was done");
    let added: Vec<&str> =
        rows.iter().filter(|row| row["change"] == "add").filter_map(|row| row["login"].as_str()).collect();
    assert_eq!(added, ["notary001", "notary002"]);
    assert_eq!(rows.last().context("a total")?["state"], "planned");
    let shown = digest(&rows)?;

    let more = b"login,name,mail\nnotary001,One,\nnotary002,Two,\nnotary003,Three,\n";
    assert_eq!(town.import(more, &["--agree", &shown])?.0, Some(1), "another file");
    assert_eq!(town.people()?, 0);
    assert_eq!(town.import(good, &["--agree", &shown])?.0, Some(0));
    assert_eq!(town.people()?, 2);
    assert_eq!(town.import(good, &["--agree", &shown])?.0, Some(1), "there is nothing of it left to do");
    Ok(())
}

#[test]
fn every_line_that_cannot_be_used_is_told_and_the_file_is_not_taken() -> Result<()> {
    let town = Town::start()?;
    let bad = b"login,name,mail\nnotary001,One,\nnotary001,Again,\n,Nobody,\nnotary004,Ren\xe9e,\nnotary005,Five\nnotary006,Six,\n";
    let (code, rows) = town.import(bad, &["--plan"])?;
    assert_eq!(code, Some(1));
    let lines: Vec<u64> =
        rows.iter().filter(|row| row["reason"].is_string()).filter_map(|row| row["place"].as_u64()).collect();
    assert_eq!(lines, [3, 4, 5, 6], "{rows:?}");
    let total = rows.last().context("a total")?;
    ensure!(total["skipped"] == 4 && total["added"] == 2 && total["digest"].is_null(), "{total}");
    let said = town.server.ask(&["people", "import", &town.file.display().to_string(), "--plan"])?;
    ensure!(said.stdout.join("\n").contains("UTF-8") && !said.stderr.is_empty(), "{said:?}");
    assert_eq!((town.import(bad, &[])?.0, town.people()?), (Some(1), 0));
    Ok(())
}

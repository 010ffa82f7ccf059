//! The audit as an administrator checks it at night, with the real program: of a running server, of a stopped one, of a file; and a
//! person who is erased, of whom no file of the server and no file of its database holds anything from then on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tests::canary::Canaries;
use tests::postgres::{Engine, Postgres};
use tests::server::{Server, Setup};
use tests::{Finished, Place, Process, binary, on_both_engines, step};

on_both_engines!(an_erased_person_is_in_no_file_and_every_proof_holds);

const LOGIN: &str = "canary.wisteria";
const NAME: &str = "Canary Wisteria-Larkspur";
const MAIL: &str = "canary.marigold@example.org";
const GROUP: &str = "canary-foxglove-team";
/// Exit code when something is not as it was signed.
const FOUND: i32 = 3;

/// A server, and whatever it needs.
struct Desk {
    server: Server,
    config: Option<PathBuf>,
    postgres: Option<Postgres>,
    folder: TempDir,
}

impl Desk {
    fn open(engine: Engine) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut setup = Setup::in_folder(folder.path().join("server"));
        let postgres = if engine == Engine::Postgres { Some(Postgres::start()?) } else { None };
        if let Some(postgres) = &postgres {
            let config = folder.path().join("server.toml");
            fs::write(&config, format!("[store]\nurl = '{}'\n", postgres.url()))?;
            setup.config = Some(config);
        }
        let config = setup.config.clone();
        Ok(Self { server: setup.start()?, config, postgres, folder })
    }

    /// A command of a server that may be stopped.
    fn ask(&self, arguments: &[&str]) -> Result<Finished> {
        let mut command = Place::Host.command(&binary::built("pro-server")?);
        command.env("LC_ALL", "C").arg("--data").arg(self.server.data());
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        command.args(arguments);
        Process::run("pro-server", command, step())
    }

    fn import(&self, lines: &str) -> Result<()> {
        let file = self.folder.path().join("people.csv");
        fs::write(&file, format!("login,name,mail,groups\n{lines}\n"))?;
        self.server.admin(&[Path::new("people"), Path::new("import"), &file])?;
        Ok(fs::remove_file(file)?)
    }

    /// A file that does not exist yet.
    fn file(&self, name: &str) -> Result<String> {
        Ok(self.folder.path().join(name).to_str().context("a path")?.to_owned())
    }

    fn verified(&self, arguments: &[&str]) -> Result<Value> {
        let seen = self.ask(&[&["--json", "audit", "verify"], arguments].concat())?.success("audit verify")?;
        Ok(serde_json::from_str(&seen.stdout.join(""))?)
    }
}

fn an_erased_person_is_in_no_file_and_every_proof_holds(engine: Engine) -> Result<()> {
    let mut desk = Desk::open(engine)?;
    let (before, after, personal) =
        (desk.file("before.jsonl")?, desk.file("after.jsonl")?, desk.file("personal.jsonl")?);
    desk.import(&format!("notary01,Notary,,\n{LOGIN},{NAME},{MAIL},{GROUP}\nnotary02,Notary,,"))?;
    desk.server.code_link(LOGIN)?;
    // Under another name for a while, and back.
    desk.import(&format!("{LOGIN},Other {NAME},{MAIL},{GROUP}"))?;
    desk.import(&format!("{LOGIN},{NAME},{MAIL},{GROUP}"))?;
    desk.server.admin(&["audit", "export", &before])?;

    let refused = desk.ask(&["erase", LOGIN, "--for-good"])?;
    ensure!(refused.code == Some(1) && refused.stderr.contains("Suspend them first"), "{}", refused.stderr);
    let unsaid = desk.ask(&["erase", LOGIN])?;
    ensure!(unsaid.code == Some(2) && unsaid.stderr.contains("--for-good"), "{}", unsaid.stderr);
    desk.server.admin(&["people", "export", LOGIN, &personal])?;
    let told = fs::read_to_string(&personal)?;
    for what in [LOGIN, NAME, MAIL, GROUP, "\"kind\":\"audit\"", "\"kind\":\"log\""] {
        ensure!(told.contains(what), "{what} is missing: {told}");
    }
    fs::remove_file(&personal)?;
    desk.server.admin(&["people", "suspend", LOGIN])?;
    desk.server.admin(&["backup", &desk.file("backup")?, "--passphrase-file", &passphrase(&desk)?])?;
    fs::remove_file(desk.file("backup")?)?;

    let canaries = Canaries::new([LOGIN, NAME, MAIL, GROUP])?;
    ensure!(engine == Engine::Postgres || !canaries.search(desk.server.data())?.is_empty(), "it was there");
    let erased: Value = serde_json::from_str(&desk.server.admin(&["--json", "erase", LOGIN, "--for-good"])?.join(""))?;
    ensure!(erased["state"] == "erased" && erased["backups"] == 1 && erased["exports"] == 1, "{erased}");
    assert_eq!(canaries.search(desk.server.data())?, [], "while the server serves");
    ensure!(canaries.search_bytes(desk.server.log().join("\n").as_bytes()).is_empty(), "in the log");

    // Again, by the id: there is nothing left to do, and it says so in the same way.
    let id = erased["person_id"].as_str().context("an id")?;
    desk.server.admin(&["erase", id, "--for-good"])?;
    desk.server.admin(&["audit", "export", &after])?;
    for arguments in [&[][..], &["--against", &before], &[&before], &[&after, "--against", &before]] {
        assert_eq!(desk.verified(arguments)?["state"], "intact", "{arguments:?}");
    }
    desk.server.stop()?;
    assert_eq!(desk.verified(&["--against", &before])?["state"], "intact", "of the stopped server");
    assert_eq!(canaries.search(desk.server.data())?, [], "after the end");
    if let Some(postgres) = desk.postgres.take() {
        let seized = desk.folder.path().join("seized");
        postgres.seize(&seized)?;
        assert_eq!(canaries.search(&seized)?, [], "in the files of PostgreSQL");
        return Ok(());
    }
    desk.server.start()?;
    assert_eq!(desk.server.admin(&["people", "list"])?.len(), 2);
    desk.server.stop()
}

fn passphrase(desk: &Desk) -> Result<String> {
    let file = desk.file("passphrase")?;
    fs::write(&file, "a passphrase that is long enough\n")?;
    Ok(file)
}

#[test]
fn a_changed_audit_is_told_with_its_place_and_the_next_step() -> Result<()> {
    let mut desk = Desk::open(Engine::Sqlite)?;
    desk.import("notary01,Notary,,\nnotary02,Notary,,")?;
    desk.server.admin(&["people", "suspend", "notary01"])?;
    let (file, note) = (desk.file("audit.jsonl")?, desk.file("note")?);
    desk.server.admin(&["audit", "export", &file])?;
    fs::write(&note, desk.server.admin(&["audit", "checkpoint"])?.join("\n") + "\n")?;
    assert_eq!(desk.verified(&["--against", &note])?["state"], "intact");

    let text = fs::read_to_string(&file)?;
    let dropped: String =
        text.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| format!("{line}\n")).collect();
    fs::write(&file, dropped)?;
    let broken = desk.ask(&["audit", "verify", &file])?;
    assert_eq!(broken.code, Some(FOUND));
    for words in ["NOT as it was signed", "is missing: its row was dropped", "What to do now"] {
        ensure!(broken.stderr.contains(words), "{}", broken.stderr);
    }
    let broken = desk.ask(&["--json", "audit", "verify", &file])?;
    let verdict: Value = serde_json::from_str(&broken.stdout.join(""))?;
    ensure!(broken.code == Some(FOUND) && verdict["findings"][0]["code"] == "missing", "{verdict}");

    // The database goes back to the day before, and its folder forgets: what was kept elsewhere still says so.
    desk.server.stop()?;
    let (database, newest) = (desk.server.data().join("server.db"), desk.server.data().join("newest.json"));
    let day_before = fs::read(&database)?;
    desk.server.start()?;
    desk.import("notary03,Notary,,")?;
    fs::write(&note, desk.server.admin(&["audit", "checkpoint"])?.join("\n") + "\n")?;
    desk.server.stop()?;
    fs::write(&database, day_before)?;
    fs::remove_file(newest)?;
    assert_eq!(desk.verified(&[])?["state"], "intact");
    let back = desk.ask(&["audit", "verify", "--against", &note])?;
    ensure!(back.code == Some(FOUND) && back.stderr.contains("was put back"), "{}", back.stderr);
    Ok(())
}

#[test]
fn a_proof_convinces_somebody_who_has_nothing_else() -> Result<()> {
    let mut desk = Desk::open(Engine::Sqlite)?;
    desk.import("notary01,Notary,,")?;
    let (note, of_entry, since) = (desk.file("note")?, desk.file("entry.json")?, desk.file("since.json")?);
    fs::write(&note, desk.server.admin(&["audit", "checkpoint"])?.join("\n") + "\n")?;
    let older: Value = serde_json::from_str(&desk.server.admin(&["--json", "audit", "checkpoint"])?.join(""))?;
    desk.server.admin(&["people", "suspend", "notary01"])?;
    desk.server.admin(&["audit", "prove", &of_entry, "--entry", "2"])?;
    desk.server.admin(&["audit", "prove", &since, "--since", &note])?;
    let refused = desk.ask(&["audit", "prove", &desk.file("none")?, "--entry", "9999"])?;
    ensure!(refused.code == Some(1) && refused.stderr.contains("no such entry"), "{}", refused.stderr);
    desk.server.stop()?;

    // Without a server, and without its audit.
    let proven = desk.verified(&[&of_entry])?;
    ensure!(proven["state"] == "proven" && proven["entry"]["index"] == 2, "{proven}");
    let proven = desk.verified(&[&since])?;
    ensure!(proven["since"] == older["entries"] && proven["entries"].as_u64() > older["entries"].as_u64(), "{proven}");
    let said = desk.ask(&["audit", "verify", &since])?.success("audit verify")?;
    ensure!(said.stdout.join("").contains("as signed earlier"), "{:?}", said.stdout);

    for file in [&of_entry, &since] {
        let text = fs::read_to_string(file)?;
        let hash = text.find("\"proof\":[\"").context("hashes")? + "\"proof\":[\"".len();
        let other = if text.as_bytes()[hash] == b'0' { "1" } else { "0" };
        fs::write(file, format!("{}{other}{}", &text[..hash], &text[hash + 1..]))?;
        let broken = desk.ask(&["audit", "verify", file])?;
        ensure!(
            broken.code == Some(FOUND) && broken.stderr.contains("does not lead to the signed root"),
            "{}",
            broken.stderr
        );
    }
    Ok(())
}

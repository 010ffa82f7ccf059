//! A witness on another machine vouches for the audit, with the real programs: it survives being killed, its word is in every export, and a
//! server that was put back hears of it with words.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tests::server::{Server, Setup};
use tests::{Finished, Place, Process, binary, step};

const NAME: &str = "witness.example/w";

struct Witness {
    folder: PathBuf,
    listen: String,
    log: String,
    key: String,
    process: Option<Process>,
}

impl Witness {
    fn start(folder: PathBuf, log: &str) -> Result<Self> {
        let listen = "127.0.0.1:0".to_owned();
        let mut witness = Self { folder, listen, log: log.to_owned(), key: String::new(), process: None };
        witness.start_again()?;
        let url = witness.ready()?["url"].as_str().context("a url")?.to_owned();
        let port = url.rsplit(':').next().context("a port")?;
        witness.listen = format!("127.0.0.1:{port}");
        Ok(witness)
    }

    /// On the same port and with the same memory.
    fn start_again(&mut self) -> Result<()> {
        let mut command = Place::Host.command(&binary::built("pro-server")?);
        command.env("LC_ALL", "C").args(["witness", "serve", "--name", NAME, "--log", &self.log]);
        command.args(["--listen", &self.listen]).arg("--data").arg(&self.folder);
        let mut process = Process::spawn("the witness", command)?;
        let is_key = |line: &str| line.starts_with(NAME).then(|| line.to_owned());
        self.key = process.next_line(step(), is_key)?;
        self.process = Some(process);
        Ok(())
    }

    fn kill(&mut self) -> Result<()> {
        self.process.take().context("no witness")?.kill()
    }

    fn ready(&self) -> Result<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(self.folder.join("ready.json"))?)?)
    }

    fn config(&self) -> Result<String> {
        let (url, ca_file) = (self.ready()?["url"].clone(), self.folder.join("tls-certificate.pem"));
        Ok(format!("[[audit.witnesses]]\nkey = \"{}\"\nurl = {url}\nca_file = {ca_file:?}\n", self.key))
    }

    fn forget(&self, origin: &str) -> Result<Finished> {
        let mut command = Place::Host.command(&binary::built("pro-server")?);
        command.env("LC_ALL", "C").args(["witness", "forget", origin]).arg("--data").arg(&self.folder);
        Process::run("witness forget", command, step())
    }
}

struct Desk {
    server: Server,
    witness: Witness,
    origin: String,
    folder: TempDir,
}

impl Desk {
    /// A server whose audit a witness watches.
    fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Setup::in_folder(folder.path().join("server")).start()?;
        let checkpoint = json(&server, &["audit", "checkpoint"])?;
        let log = checkpoint["key"].as_str().context("a key")?;
        let witness = Witness::start(folder.path().join("witness"), log)?;
        let config = folder.path().join("server.toml");
        fs::write(&config, witness.config()?)?;
        server.stop()?;
        server.configure(&config);
        server.start()?;
        let people = folder.path().join("people.csv");
        fs::write(&people, "login,name\nnotary01,Notary\n")?;
        server.admin(&["people".as_ref(), "import".as_ref(), people.as_os_str()])?;
        let origin = checkpoint["origin"].as_str().context("an origin")?.to_owned();
        Ok(Self { server, witness, origin, folder })
    }

    fn acts(&self, count: usize) -> Result<()> {
        (0..count).try_for_each(|_| self.server.code_link("notary01").map(drop))
    }

    fn entries(&self) -> Result<u64> {
        json(&self.server, &["audit", "checkpoint"])?["entries"].as_u64().context("a size")
    }

    /// Waits until the server says this of its witness.
    fn told(&self, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let until = Instant::now() + step();
        loop {
            let row = json(&self.server, &["audit", "witnesses"])?;
            if wanted(&row) {
                return Ok(row);
            }
            ensure!(Instant::now() < until, "the witness: {row}");
        }
    }

    /// What the doctor finds of the witness.
    fn examined(&self) -> Result<String> {
        let mut command = Place::Host.command(&binary::built("pro-server")?);
        let config = self.folder.path().join("server.toml");
        command.env("LC_ALL", "C").arg("--data").arg(self.server.data()).arg("--json");
        command.arg("--config").arg(config).arg("doctor");
        let found = Process::run("pro-server doctor", command, step())?.stdout;
        let found = found.iter().map(|line| serde_json::from_str::<Value>(line)).collect::<Result<Vec<_>, _>>()?;
        let codes = found.iter().filter_map(|finding| finding["code"].as_str());
        let of_witness = codes.filter(|code| code.starts_with("witness-")).collect::<Vec<_>>();
        let [code] = of_witness.as_slice() else { anyhow::bail!("{found:?}") };
        Ok((*code).to_owned())
    }

    /// Waits until everything that there is now is cosigned.
    fn cosigned(&self) -> Result<u64> {
        let entries = self.entries()?;
        let row = self.told(|row| row["entries"].as_u64() >= Some(entries) && row["fault"].is_null())?;
        row["entries"].as_u64().context("a size")
    }
}

fn json(server: &Server, arguments: &[&str]) -> Result<Value> {
    Ok(serde_json::from_str(&server.admin(&[&["--json"], arguments].concat())?.join(""))?)
}

#[test]
fn a_witness_that_was_killed_goes_on_and_its_word_is_in_an_export() -> Result<()> {
    let mut desk = Desk::open()?;
    desk.acts(3)?;
    let first = desk.cosigned()?;
    desk.witness.kill()?;
    desk.acts(3)?;
    desk.told(|row| row["fault"] == "witness-unreachable")?;
    desk.witness.start_again()?;
    let second = desk.cosigned()?;
    ensure!(second > first, "{second} after {first}");

    let export = desk.folder.path().join("audit.jsonl");
    desk.server.admin(&["audit".as_ref(), "export".as_ref(), export.as_os_str()])?;
    let file = export.to_str().context("a path")?;
    let verified = json(&desk.server, &["audit", "verify", file, "--witness", &desk.witness.key])?;
    let said = &verified["witnesses"][0];
    ensure!(
        verified["state"] == "intact" && said["name"] == NAME && said["entries"].as_u64() >= Some(second),
        "{verified}"
    );
    let running = json(&desk.server, &["audit", "verify"])?;
    ensure!(running["witnesses"][0]["entries"].as_u64() >= Some(second), "{running}");

    // Nobody's word is taken for that of somebody else.
    let stranger = Witness::start(desk.folder.path().join("stranger"), &desk.witness.log)?;
    let verified = json(&desk.server, &["audit", "verify", file, "--witness", &stranger.key])?;
    ensure!(verified["state"] == "intact" && verified["witnesses"][0]["entries"].is_null(), "{verified}");
    Ok(())
}

#[test]
fn a_server_that_was_put_back_is_refused_by_its_witness_with_words() -> Result<()> {
    let mut desk = Desk::open()?;
    desk.acts(1)?;
    desk.server.stop()?;
    let (database, newest) = (desk.server.data().join("server.db"), desk.server.data().join("newest.json"));
    let day_before = fs::read(&database)?;
    desk.server.start()?;
    desk.acts(8)?;
    let seen = desk.cosigned()?;
    desk.server.stop()?;
    fs::write(&database, day_before)?;
    fs::remove_file(newest)?;

    // Nothing here is left that could tell; the witness can.
    desk.server.start()?;
    desk.told(|row| row["fault"] == "witness-ahead")?;
    let words = desk.server.admin(&["audit", "witnesses"])?.join("");
    ensure!(words.contains("IT HAS SEEN MORE OF THIS AUDIT THAN THERE IS HERE"), "{words}");
    let log = desk.server.log().join("\n");
    ensure!(log.contains("this server was put back to an earlier state"), "{log}");
    let alarms = desk.server.admin(&["--json", "audit", "list"])?;
    ensure!(alarms.iter().any(|line| line.contains("log_behind")), "no alarm for whoever gets the audit elsewhere");

    ensure!(desk.examined()? == "witness-ahead", "the doctor says what it is");

    // It grows beyond what the witness has seen, in another way.
    while desk.entries()? <= seen {
        desk.acts(1)?;
    }
    desk.told(|row| row["fault"] == "witness-forked")?;
    ensure!(desk.examined()? == "witness-forked", "the doctor says what it is");

    let forgotten = desk.witness.forget(&desk.origin)?.success("witness forget")?;
    ensure!(forgotten.stdout.join("").contains("Forgotten"), "{:?}", forgotten.stdout);
    desk.cosigned()?;
    ensure!(desk.examined()? == "witness-fine", "nothing is wrong any more");
    Ok(())
}

//! What people write, call their files and type as passwords stands nowhere on disk in the clear: not in the server's folder,
//! not in a client's store, not in a temporary file, in no usual encoding. And not in what either program prints.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use tests::canary::{Canaries, Found};
use tests::openldap;

use crate::office::{Office, saved};

const MESSAGE: &str = "canary-message-wisteria-41";
const ANSWER: &str = "canary-answer-marigold-87";
const FILE_NAME: &str = "canary-file-name-larkspur-23";

/// What must not be found, apart from what each person's own secrets are.
fn canaries(office: &Office) -> Result<Canaries> {
    let passphrases = [&office.first, &office.second].map(|client| fs::read_to_string(client.passphrase_file()));
    let [first, second] = passphrases;
    let (first, second) = (first?, second?);
    let (first_password, second_password) = (openldap::password(1), openldap::password(2));
    Canaries::new([MESSAGE, ANSWER, FILE_NAME, first.trim(), second.trim(), &first_password, &second_password])
}

/// Folders that belong to the programs. Passphrase files, the offered file and the downloads stand outside.
fn searched(office: &Office) -> Vec<PathBuf> {
    let mut folders = vec![office.server.data().to_path_buf(), office.server.temporary()];
    for client in [&office.first, &office.second] {
        folders.extend([client.data().to_path_buf(), client.temporary()]);
    }
    folders
}

fn found(office: &Office) -> Result<Vec<Found>> {
    let canaries = canaries(office)?;
    let found: Result<Vec<_>> = searched(office).iter().map(|folder| canaries.search(folder)).collect();
    Ok(found?.concat())
}

fn talked() -> Result<Office> {
    let mut office = Office::with_directory(8, "(objectClass=inetOrgPerson)")?;
    office.first.deliver(office.second.login(), MESSAGE)?;
    office.second.deliver(office.first.login(), ANSWER)?;
    let (path, _) = office.file(FILE_NAME, 4)?;
    let mut events = office.second.watch()?;
    let offered = office.first.send_file(office.second.login(), &path)?;
    saved(&mut events, &offered.file_id.context("no file_id")?)?;
    drop(events);
    // One that waits, too: the outbox is on disk.
    office.second.stop_agent()?;
    office.first.send(office.second.login(), MESSAGE)?;
    Ok(office)
}

#[test]
fn nothing_said_or_typed_stands_on_disk_or_in_a_log() -> Result<()> {
    let mut office = talked()?;
    assert_eq!(found(&office)?, [], "while they run");
    let canaries = canaries(&office)?;
    for (whose, log) in [("server", office.server.log()), ("client", office.first.log())] {
        assert_eq!(canaries.search_bytes(log.join("\n").as_bytes()), [], "in what the {whose} printed");
    }
    office.first.kill_agent()?;
    office.server.kill()?;
    assert_eq!(found(&office)?, [], "after kill -9");
    office.server.start()?;
    office.server.stop()?;
    assert_eq!(found(&office)?, [], "after a clean end");

    // The control: a search that cannot find is no proof.
    for (number, folder) in searched(&office).iter().enumerate() {
        let planted = data_encoding::BASE64.encode(format!("row {number}: {MESSAGE}").as_bytes());
        fs::write(folder.join("planted"), planted)?;
        assert_eq!(found(&office)?.len(), 1, "planted in {}", folder.display());
        fs::remove_file(folder.join("planted"))?;
    }
    Ok(())
}

//! Upgrades keep all data: the programs of today on the data folders of an earlier version (tests/fixtures/README.md).

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::Place;
use tests::client::Client;
use tests::netns::{Host, NetNs};
use tests::server::Setup;

use crate::office::{Office, Places};

/// When the fixture was made, in seconds since 1970, and a few minutes more.
const MADE_S: u64 = 1_795_313_400;
/// Its address is part of what the clients keep.
const PORT: u16 = 39_471;

/// An empty folder is not kept by a repository; the programs make theirs.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long ago the fixture was made, only the real clock says")]
fn since_made_s() -> Result<i64> {
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(i64::try_from(now_s)? - i64::try_from(MADE_S)?)
}

fn lines(printed: &[String]) -> Result<Vec<Value>> {
    printed.iter().map(|line| serde_json::from_str(line).with_context(|| line.clone())).collect()
}

#[test]
fn a_server_and_clients_from_before_go_on_with_everything() -> Result<()> {
    // Without it the programs would run today, and the certificates of that day have ended.
    tests::binary::installed("faketime", &[])?;
    let network = NetNs::start()?;
    let Place::Namespace(namespace) = network.place(Host::Server) else { anyhow::bail!("a host is a namespace") };
    let then = Place::Then { namespace, behind_s: since_made_s()? };

    // Only its folder and its turn are needed.
    let mut office = Office::closed(Places::here(), None, "")?;
    office.server.stop()?;
    let root = office.path("upgrade");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/before-0002"), &root)?;
    let setup =
        Setup { place: then.clone(), listen: ([127, 0, 0, 1], PORT).into(), ..Setup::in_folder(root.join("server")) };
    let server = setup.start()?;

    let people = lines(&server.admin(&["--json", "people", "list"])?)?;
    let states: Vec<&str> = people.iter().filter_map(|person| person["state"].as_str()).collect();
    assert_eq!(states, ["active", "active", "locked"]);
    assert_eq!(server.admin(&["--json", "device", "list"])?.len(), 3);
    let policy = lines(&server.admin(&["--json", "policy", "show"])?)?;
    assert_eq!(policy[0]["version"], 2);
    assert_eq!(policy[0]["file.max_bytes"], "1073741824");
    let verified = lines(&server.admin(&["--json", "audit", "verify"])?)?;
    ensure!(verified[0]["entries"].as_u64() > Some(20), "the audit goes on: {verified:?}");

    let mut first = Client::new(&root, "notary001", then.clone())?;
    let mut second = Client::new(&root, "notary002", then)?;
    first.start_agent()?;
    second.start_agent()?;
    let history = first.history(second.login())?;
    let texts: Vec<&str> = history.iter().filter_map(|message| message["text"].as_str()).collect();
    assert_eq!(texts, ["Is the deed ready?", "It is."]);
    first.deliver(second.login(), "We have upgraded.")?;
    second.deliver(first.login(), "I did not notice.")?;
    let status = first.status()?;
    assert!(status["alarm"].is_null() && status["reason"].is_null(), "{status}");
    Ok(())
}

//! Somebody lost every device, or had the key taken: the organization ends the identity, everybody who knows the person is told in
//! words, what waits is held, and nobody goes on before saying so.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::Place;
use tests::client::Client;
use tests::postgres::Engine;

use crate::office::{Office, Places};

/// What the one line of such a command says.
fn only(rows: Vec<Value>) -> Result<Value> {
    rows.into_iter().next().context("nothing was printed")
}

fn outbox(client: &Client) -> Result<Vec<(Value, Value)>> {
    let rows = client.json(&["outbox"])?;
    Ok(rows.into_iter().map(|row| (row["state"].clone(), row["reason"].clone())).collect())
}

/// The word of a command that was refused.
fn refused(client: &Client, arguments: &[&str]) -> Result<String> {
    let finished = client.ask(arguments)?;
    ensure!(finished.code == Some(1), "{arguments:?} was not refused");
    let line = finished.stdout.last().context("nothing was printed")?;
    let said: Value = serde_json::from_str(line)?;
    Ok(said["error"].as_str().unwrap_or_default().to_owned())
}

tests::on_both_engines! {
    who_lost_everything_comes_back_as_somebody_whom_others_let_in_again,
}

fn who_lost_everything_comes_back_as_somebody_whom_others_let_in_again(engine: Engine) -> Result<()> {
    let mut office = Office::with_codes(Places::on(engine))?;
    let (me, them) = (office.first.login().to_owned(), office.second.login().to_owned());
    office.first.deliver(&them, "before")?;
    office.first.compare(&them)?;
    let before = only(office.first.json(&["verify", &them])?)?;
    ensure!(before["verified"] == true && before["identity_reset"].is_null(), "{before}");

    // The device is gone, and something waits for it.
    office.second.kill_agent()?;
    office.first.send(&them, "are you there?")?;
    let mut events = office.first.watch()?;
    let printed = office.server.admin(&["--json", "people", "reset-identity", &them])?;
    let printed: Value = serde_json::from_str(printed.first().context("no code")?)?;
    let link = printed["link"].as_str().context("no link")?.to_owned();
    let told = |state: &'static str| {
        let them = them.clone();
        move |event: &Value| {
            let is_it = event["event"] == "identity-reset" && event["login"] == *them && event["state"] == state;
            (is_it && event["at_ms"].as_u64() > Some(0)).then_some(())
        }
    };
    events.next("the word that the identity ended", told("ended"))?;
    let said = only(office.first.json(&["conversations"])?)?;
    assert_eq!((&said["verified"], &said["identity_reset"]["state"]), (&false.into(), &"ended".into()));
    assert_ne!(said["relation"], "revoked", "nobody left");
    assert_eq!(outbox(&office.first)?, [("queued".into(), "identity-reset".into())], "what waits is held, not lost");
    assert_eq!(refused(&office.first, &["send", &them, "more"])?, "identity-ended");
    assert_eq!(refused(&office.first, &["contacts", "accept", &them])?, "identity-ended", "there is nobody to accept");

    // The old device comes back: it is told that it has no access any more, and reaches nobody.
    office.second.start_agent()?;
    let mut old = office.second.watch()?;
    if office.second.status()?["reason"].is_null() {
        old.next("its end", |event| (event["event"] == "server" && !event["reason"].is_null()).then_some(()))?;
    }
    assert_eq!(refused(&office.second, &["send", &me, "it is still me"])?, "device-revoked");
    office.second.kill_agent()?;

    // A new device of the person: whoever knew them is asked, whatever the policy says of colleagues.
    let folder = office.path("anew");
    std::fs::create_dir_all(&folder)?;
    let mut anew = Client::new(&folder, &them, Place::Host)?;
    anew.enroll(&link)?;
    anew.start_agent()?;
    events.next("the word that there is another one", told("replaced"))?;
    let asks = anew.send(&me, "it is me, with a new device")?;
    events.next("the question", |event| (event["event"] == "contact" && event["login"] == *them).then_some(()))?;
    assert_eq!(outbox(&office.first)?, [("queued".into(), "identity-reset".into())]);
    assert_eq!(refused(&office.first, &["send", &them, "more"])?, "identity-reset");
    assert_eq!(only(office.first.json(&["contacts"])?)?["relation"], "asks", "one person, whatever devices there were");
    let words = office.first.ask(&["verify", &them])?;
    let after: Value = serde_json::from_str(words.stdout.first().context("no number")?)?;
    assert_eq!((&after["verified"], &after["identity_resets"]), (&false.into(), &1.into()));
    assert_ne!(after["safety_number"], before["safety_number"]);
    assert_eq!(after["safety_number"], only(anew.json(&["verify", &me])?)?["safety_number"]);

    // What was decided outlives a restart; then the person compares, and says to go on.
    office.first.stop_agent()?;
    office.first.start_agent()?;
    assert_eq!(outbox(&office.first)?, [("queued".into(), "identity-reset".into())]);
    let (mut arrived, mut held) = (anew.watch()?, anew.watch()?);
    let agreed = only(office.first.json(&["contacts", "accept", &them])?)?;
    assert!(agreed["identity_reset"].is_null() && agreed["verified"] == false, "{agreed}");
    arrived.delivered(&asks.message_id)?;
    held.next("what was held", |event| (event["text"] == "are you there?").then_some(()))?;
    assert_eq!(refused(&office.first, &["verify", &them, "--confirm"])?, "safety-number-needed");
    let old = format!("--confirm={}", before["safety_number"].as_str().context("no number")?);
    assert_eq!(refused(&office.first, &["verify", &them, &old])?, "safety-number-other");
    assert_eq!(office.first.compare(&them)?["verified"], true);
    let audit = office.server.admin(&["--json", "audit", "list"])?.join("\n");
    assert!(audit.contains("identity_ended"), "{audit}");
    anew.kill_agent()
}

#[test]
fn a_login_that_became_somebody_elses_is_asked_about_before_anything_goes_there() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    let them = office.second.login().to_owned();
    office.first.deliver(&them, "before")?;
    let mut events = office.first.watch()?;
    // The person leaves for good, and another one gets the login.
    office.second.kill_agent()?;
    office.server.admin(&["people", "suspend", &them])?;
    office.server.admin(&["erase", &them, "--for-good"])?;
    office.server.admin(&[Path::new("people"), Path::new("import"), &office.path("people.csv")])?;
    let folder = office.path("successor");
    std::fs::create_dir_all(&folder)?;
    let mut successor = Client::new(&folder, &them, Place::Host)?;
    successor.enroll(&office.server.code_link(&them)?)?;
    successor.start_agent()?;

    let who = events.next("the word that it is somebody else", |event| {
        let is_it = event["event"] == "identity-reset" && event["state"] == "reassigned" && event["of_login"] == *them;
        is_it.then(|| event["login"].as_str().unwrap_or_default().to_owned())
    })?;
    assert_ne!(who, them, "who is not known yet is not called by a known name");
    let asks = successor.send(office.first.login(), "I have this login now")?;
    events.next("the question", |event| (event["event"] == "contact" && event["login"] == *who).then_some(()))?;
    assert_eq!(refused(&office.first, &["send", &them, "to whom?"])?, "login-reassigned");
    assert_eq!(office.first.history(&them)?.len(), 1, "what was said stays with whom it was said to");
    let shown = office.first.json(&["contacts"])?;
    let newcomer = shown.iter().find(|row| row["login"] == *who).context("the newcomer is not shown")?;
    assert_eq!(newcomer["identity_reset"]["state"], "reassigned", "{newcomer}");

    // They compare numbers, and the person says that the login is theirs now: that outlives a restart.
    let theirs = only(successor.json(&["verify", office.first.login()])?)?;
    let ours = only(office.first.json(&["verify", &who])?)?;
    assert_eq!(theirs["safety_number"], ours["safety_number"]);
    let mut arrived = successor.watch()?;
    office.first.json(&["contacts", "accept", &who])?;
    arrived.delivered(&asks.message_id)?;
    office.first.stop_agent()?;
    office.first.start_agent()?;
    office.first.deliver(&them, "welcome")?;
    assert_eq!(office.first.history(&them)?.len(), 2, "a conversation of its own");
    successor.kill_agent()
}

#[test]
fn an_approver_is_shown_whose_identity_ends_and_devices_check_what_was_signed() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let them = office.second.login().to_owned();
    office.first.deliver(&them, "before")?;
    let mut events = office.first.watch()?;
    let path = |name: &str| office.path(name).to_str().map(str::to_owned).context("a path that is no text");
    let [key, list, order, signed] = ["claire.key", "approvers", "order", "signed"].map(path);
    let (key, list, order, signed) = (key?, list?, order?, signed?);
    let made = office.server.admin(&["--json", "approver", "key", &key])?;
    let made: Value = serde_json::from_str(made.first().context("no key")?)?;
    let public = made["public_key"].as_str().context("no public key")?;
    let root = office.server.data().join("keys/organization-root.key");
    let root = root.to_str().context("a path that is no text")?;
    let name = ["approver", "name", "--root-key", root, "--needed", "1", "--serial", "1", &list, public];
    office.server.admin(&name)?;
    office.server.admin(&["approver", "install", &list])?;
    let unapproved = office.server.ask(&["people", "reset-identity", &them])?;
    ensure!(unapproved.code == Some(1), "without a signature");

    office.server.admin(&["people", "reset-identity", &them, "--request", &order])?;
    let sign = ["--json", "approver", "sign", "--key", &key, &order, &signed];
    let unasked = office.server.ask(&sign)?;
    ensure!(unasked.code == Some(2), "nobody was there to be asked");
    let shown = unasked.stderr;
    ensure!(shown.contains(&them) && !Path::new(&signed).exists(), "{shown}");
    let agreed = office.server.admin(&[&sign[..3], &["--yes"][..], &sign[3..]].concat())?;
    let agreed: Value = serde_json::from_str(agreed.first().context("nothing was said")?)?;
    assert_eq!(agreed["login"], *them);
    office.server.admin(&["people", "reset-identity", &them, "--signed", &signed])?;
    let ended = |event: &Value| {
        let is_it = event["event"] == "identity-reset" && event["login"] == *them && event["state"] == "ended";
        is_it.then_some(())
    };
    events.next("the word that the identity ended", ended)
}

//! What was said, as two people see it later: found by its words, gone when its time is over, written into files.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::Client;
use tests::client::Events;

use crate::office::{Office, Places, saved};

fn found(client: &Client, words: &str) -> Result<Vec<String>> {
    let rows = client.json(&["search", words])?;
    Ok(rows.iter().map(|row| row["line"].as_str().unwrap_or_default().to_owned()).collect())
}

/// Waits until a message of that id is gone there.
fn gone(events: &mut Events, message_id: &str) -> Result<()> {
    let is_it = |event: &Value| {
        let messages = event["messages"].as_array().filter(|_| event["event"] == "gone")?;
        messages.iter().any(|message| message == message_id).then_some(())
    };
    events.next("the message's end", is_it)
}

fn refused(client: &Client, arguments: &[&Path]) -> Result<String> {
    let finished = client.ask(arguments)?;
    ensure!(finished.code == Some(1), "it went well: {:?}", finished.stdout);
    let said: Value = serde_json::from_str(finished.stdout.last().context("nothing said")?)?;
    Ok(said["error"].as_str().context("no code")?.to_owned())
}

#[test]
fn words_are_found_without_accents_on_both_sides_after_a_restart_too_and_nothing_counts_as_read() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "Le café est prêt\nvenez tous")?;
    office.first.deliver(office.second.login(), "Nothing of that kind")?;
    let (path, _) = office.file("Réunion-budget.pdf", 1)?;
    let mut events = office.second.watch()?;
    let offered = office.first.send_file(office.second.login(), &path)?;
    saved(&mut events, &offered.file_id.context("no file_id")?)?;
    for client in [&office.first, &office.second] {
        assert_eq!(found(client, "PRET cafe")?, ["Le café est prêt"]);
        assert_eq!(found(client, "reun budg")?, ["Réunion-budget.pdf"]);
        assert_eq!(found(client, "cafes")?, Vec::<String>::new());
    }
    let unread = |office: &Office| Ok::<_, anyhow::Error>(office.second.json(&["conversations"])?[0]["unread"].clone());
    assert_eq!(unread(&office)?, 3);
    office.second.stop_agent()?;
    assert_eq!(found(&office.second, "caf")?, ["Le café est prêt"], "without an agent");
    assert_eq!(refused(&office.second, &[Path::new("search"), Path::new("…")])?, "search-empty");
    Ok(())
}

#[test]
fn a_message_with_a_timer_is_gone_on_both_sides_and_no_word_of_it_is_found() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (first, second) = (&office.first, &office.second);
    first.deliver(second.login(), "wisteria stays")?;
    let (mut events, mut their_events) = (first.watch()?, second.watch()?);
    let set = first.json(&["timer", second.login(), "1"])?;
    assert_eq!((&set[0]["seconds"], &set[0]["in_force"]), (&Value::from(1), &Value::from(1)));
    let sent = first.deliver(second.login(), "wisteria fades")?;
    assert_eq!(second.json(&["timer", first.login()])?[0]["in_force"], 1, "it counts for both");
    assert_eq!(found(second, "fades")?.len(), 1, "nobody has read it");

    second.history(first.login())?;
    gone(&mut their_events, &sent.message_id)?;
    gone(&mut events, &sent.message_id)?;
    for client in [first, second] {
        assert_eq!(found(client, "wisteria")?, ["wisteria stays"]);
    }
    let shown = second.history(first.login())?;
    assert!(shown.iter().any(|row| row["timer"]["seconds"] == 1), "the line that says so: {shown:?}");
    second.json(&["timer", first.login(), "off"])?;
    assert_eq!(second.json(&["timer", first.login()])?[0]["in_force"], Value::Null);
    Ok(())
}

#[test]
fn a_conversation_is_written_into_an_empty_folder_with_the_files_that_are_here() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (first, second) = (&office.first, &office.second);
    first.deliver(second.login(), "<script>alert('x')</script> & déjà vu")?;
    let (path, _) = office.file("report & <b>.txt", 1)?;
    let mut events = second.watch()?;
    let offered = first.send_file(second.login(), &path)?;
    saved(&mut events, &offered.file_id.context("no file_id")?)?;
    let whole = fs::read(&path)?;
    for client in [first, second] {
        let other = if client.login() == first.login() { second } else { first };
        let folder = office.path(&format!("export-{}", client.login()));
        let export = [Path::new("export"), Path::new(other.login()), folder.as_path()];
        let said = client.json(&export)?;
        assert_eq!((&said[0]["messages"], &said[0]["files"], &said[0]["missing"]), (&2.into(), &1.into(), &0.into()));
        let page = fs::read_to_string(folder.join("index.html"))?;
        assert!(page.contains("&lt;script&gt;") && page.contains("déjà vu") && !page.contains("<script"));
        let files: Vec<_> = fs::read_dir(folder.join("files"))?.collect::<std::io::Result<_>>()?;
        assert_eq!(files.len(), 1);
        assert_eq!(fs::read(files[0].path())?, whole);
        assert_eq!(refused(client, &export)?, "export-not-empty");
    }
    let mut news = first.watch()?;
    office.server.admin(&["policy", "set", "message.export=forbid", "message.ephemeral=off"])?;
    news.next("the policy", |event| (event["event"] == "policy").then_some(()))?;
    let nowhere = office.path("nowhere");
    assert_eq!(refused(first, &[Path::new("export"), Path::new(second.login()), &nowhere])?, "policy-export-forbid");
    assert!(!nowhere.exists());
    let timer = [Path::new("timer"), Path::new(second.login()), Path::new("60")];
    assert_eq!(refused(first, &timer)?, "policy-ephemeral-off");
    Ok(())
}

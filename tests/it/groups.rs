//! Groups as three colleagues use them, with real clients and a real server: made, used, joined, left, and read by everybody who was away.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::client::{Client, Events};
use tests::{Place, openldap};

use crate::office::{Office, Places};

const GROUP: &str = "Rounds";

/// Two colleagues with agents, and a third.
fn office() -> Result<(Office, Client)> {
    let office = Office::with_codes(Places::here())?;
    let mut third = Client::new(&office.path("third"), &openldap::login(3), Place::Host)?;
    third.enroll(&office.server.code_link(third.login())?)?;
    third.start_agent()?;
    Ok((office, third))
}

fn texts(client: &Client, group: &str) -> Result<Vec<String>> {
    let said = client.history(group)?;
    Ok(said.iter().filter_map(|row| row["text"].as_str().map(str::to_owned)).collect())
}

fn changes(client: &Client, group: &str) -> Result<Vec<String>> {
    let said = client.history(group)?;
    Ok(said.iter().filter_map(|row| row["group"]["change"].as_str().map(str::to_owned)).collect())
}

fn group(client: &Client, arguments: &[&str]) -> Result<Value> {
    let all: Vec<&str> = std::iter::once("group").chain(arguments.iter().copied()).collect();
    client.json(&all)?.into_iter().next().context("the command printed nothing")
}

/// Waits until somebody hears of this change of the group; its id.
fn hears(events: &mut Events, change: &str) -> Result<String> {
    let wanted = |event: &Value| {
        let is_it = event["event"] == "group" && event["change"] == change;
        event["group_id"].as_str().filter(|_| is_it).map(str::to_owned)
    };
    events.next(change, wanted)
}

#[test]
fn colleagues_talk_in_a_group_and_whoever_was_away_or_joins_reads_what_is_theirs() -> Result<()> {
    let (mut office, third) = office()?;
    let second = office.second.login().to_owned();
    let [mut at_first, mut at_second, mut at_third] = [office.first.watch()?, office.second.watch()?, third.watch()?];
    group(&office.first, &["create", GROUP, &second])?;
    let id = hears(&mut at_second, "created")?;
    office.first.deliver(GROUP, "before the third came")?;
    office.second.deliver(&id, "the same, by its id")?;
    assert_eq!(texts(&office.first, GROUP)?, ["before the third came", "the same, by its id"]);

    // Somebody who joins sees from joining on.
    group(&office.first, &["add", GROUP, third.login()])?;
    hears(&mut at_second, "added")?;
    hears(&mut at_third, "added")?;
    office.second.deliver(GROUP, "welcome")?;
    third.deliver(GROUP, "thank you")?;
    assert_eq!(texts(&third, GROUP)?, ["welcome", "thank you"]);
    assert_eq!(changes(&third, GROUP)?, ["added"]);

    // Whoever is away gets it when they come back; the others need not wait.
    office.second.kill_agent()?;
    let sent = third.send(GROUP, "while the second was away")?;
    at_first.next("the message", |event| (event["text"] == "while the second was away").then_some(()))?;
    let waiting = third.json(&["outbox"])?;
    let row = waiting.iter().find(|row| row["message_id"] == sent.message_id.as_str()).context("it still waits")?;
    ensure!(row["waits_for"].as_array().is_some_and(|names| names.contains(&second.as_str().into())), "{row}");
    office.second.start_agent()?;
    at_third.delivered(&sent.message_id)?;
    assert_eq!(texts(&office.second, GROUP)?.last().map(String::as_str), Some("while the second was away"));

    // Whoever is removed sees that, and nothing more.
    let mut at_second = office.second.watch()?;
    group(&office.first, &["remove", GROUP, third.login()])?;
    hears(&mut at_third, "removed")?;
    hears(&mut at_second, "removed")?;
    office.first.deliver(GROUP, "among us")?;
    ensure!(!texts(&third, &id)?.iter().any(|text| text == "among us"), "a removed member reads on");
    let refused = third.ask(&["send", &id, "still there?"])?;
    ensure!(refused.code != Some(0), "a removed member writes");

    // Whoever began it goes: the other holds the pen.
    group(&office.first, &["leave", GROUP])?;
    hears(&mut at_second, "transferred")?;
    hears(&mut at_second, "removed")?;
    let shown = group(&office.second, &["show", &id])?;
    assert_eq!(shown["role"], "holds-pen");
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[test]
fn what_one_does_to_a_message_everybody_in_the_group_sees() -> Result<()> {
    let (office, third) = office()?;
    let second = office.second.login().to_owned();
    let (mut at_second, mut at_third) = (office.second.watch()?, third.watch()?);
    group(&office.first, &["create", GROUP, &second, third.login()])?;
    hears(&mut at_second, "created")?;
    hears(&mut at_third, "created")?;
    let said = office.first.deliver(GROUP, "Is the ded ready?")?.message_id;
    let everybody = [&office.first, &office.second, &third];
    let everywhere = |check: &dyn Fn(&[Value]) -> Result<()>| -> Result<()> {
        everybody.iter().try_for_each(|client| check(&client.history(GROUP)?))
    };
    let row_of = |rows: &[Value], id: &str| rows.iter().find(|row| row["message_id"] == id).cloned();

    office.first.json(&["edit", &said, "Is the deed ready?", "--wait", "20"])?;
    third.json(&["react", &said, "👍", "--wait", "20"])?;
    office.second.json(&["send", GROUP, "It is.", "--reply", &said, "--wait", "20"])?;
    everywhere(&|rows| {
        let row = row_of(rows, &said).context("the message is gone")?;
        ensure!(row["text"] == "Is the deed ready?" && row["edited_ms"].is_u64(), "{row}");
        ensure!(row["reactions"] == json!([{"from": third.login(), "emoji": "👍"}]), "{row}");
        let answer = rows.iter().find(|row| row["text"] == "It is.").context("the answer is missing")?;
        ensure!(answer["reply"]["text"] == "Is the deed ready?", "{answer}");
        Ok(())
    })?;

    let anothers = third.ask(&["delete", &said])?;
    assert_eq!(anothers.code, Some(1), "only its author deletes a message");
    office.first.json(&["delete", &said, "--wait", "20"])?;
    everywhere(&|rows| {
        let row = row_of(rows, &said).context("the message is gone")?;
        ensure!(row["deleted"] == true && row["text"].is_null(), "{row}");
        Ok(())
    })
}

/// Gives the first three people these groups of the directory.
fn directory(office: &Office, groups: [&str; 3]) -> Result<()> {
    let row = |(person, groups)| format!("{},{},{groups}\n", openldap::login(person), openldap::name(person));
    let rows: String = (1..).zip(groups).map(row).collect();
    let file = office.path("people.csv");
    fs::write(&file, format!("login,name,groups\n{rows}"))?;
    office.server.admin(&[Path::new("people"), Path::new("import"), &file])?;
    Ok(())
}

fn logins(shown: &Value) -> Vec<&str> {
    shown["members"].as_array().into_iter().flatten().filter_map(|member| member["login"].as_str()).collect()
}

#[test]
fn a_conversation_follows_a_group_of_the_directory() -> Result<()> {
    let mut office = Office::closed(Places::here(), None, "")?;
    directory(&office, ["rounds", "rounds", "night"])?;
    let mut third = Client::new(&office.path("third"), &openldap::login(3), Place::Host)?;
    for client in [&office.first, &office.second, &third] {
        client.enroll(&office.server.code_link(client.login())?)?;
    }
    office.open()?;
    third.start_agent()?;
    let [mut at_second, mut at_third] = [office.second.watch()?, third.watch()?];

    let refused = third.ask(&["group", "create", "--from-directory", "rounds"])?;
    assert_eq!(refused.code, Some(1), "of a group that one is not in, one learns nothing");
    let begun = group(&office.first, &["create", "--from-directory", "Rounds"])?;
    assert_eq!((&begun["name"], logins(&begun).len()), (&json!("rounds"), 2));
    let id = hears(&mut at_second, "created")?;
    office.first.deliver(&id, "before the third came")?;
    let shown = group(&office.second, &["show", &id])?;
    assert_eq!(shown["directory"], json!({"group": "rounds"}), "everybody sees what it follows");
    let refused = office.first.ask(&["group", "add", &id, third.login()])?;
    ensure!(refused.code == Some(1) && refused.stdout.join("\n").contains("group-of-directory"), "added by hand");

    // Somebody comes into the directory's group, and somebody else leaves it: the conversation follows.
    directory(&office, ["rounds", "rounds", "night;rounds"])?;
    group(&office.first, &["sync", &id])?;
    hears(&mut at_second, "added")?;
    hears(&mut at_third, "added")?;
    office.second.deliver(&id, "welcome")?;
    assert_eq!(texts(&third, &id)?, ["welcome"]);
    directory(&office, ["rounds", "night", "night;rounds"])?;
    group(&office.first, &["sync", &id])?;
    hears(&mut at_second, "removed")?;
    hears(&mut at_third, "removed")?;
    office.first.deliver(&id, "among us")?;
    assert_eq!(texts(&third, &id)?, ["welcome", "among us"]);
    ensure!(!texts(&office.second, &id)?.iter().any(|text| text == "among us"), "a removed member reads on");

    // Whoever keeps the list leaves the directory's group: somebody else keeps it, and removes them.
    directory(&office, ["night", "night", "night;rounds"])?;
    group(&office.first, &["sync", &id])?;
    hears(&mut at_third, "transferred")?;
    group(&third, &["sync", &id])?;
    hears(&mut at_third, "removed")?;
    let shown = group(&third, &["show", &id])?;
    assert_eq!((logins(&shown), &shown["role"]), (vec![third.login()], &json!("holds-pen")));
    Ok(())
}

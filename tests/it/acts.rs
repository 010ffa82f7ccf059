//! Two colleagues answer, edit, delete, react and send on: what one does is what the other sees, and what still waited never left.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tests::client::Client;

use crate::office::{Office, Places};

/// The row of a message in what a client shows.
fn row(client: &Client, with: &str, message: &str) -> Result<Value> {
    let rows = client.history(with)?;
    rows.into_iter().find(|row| row["message_id"] == message).context("the message is not in the history")
}

fn fault(client: &Client, arguments: &[&str]) -> Result<String> {
    let finished = client.ask(arguments)?;
    let answer: Value = serde_json::from_str(finished.stdout.first().context("no answer")?)?;
    Ok(answer["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn what_one_does_to_a_message_the_other_sees() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let (first, second) = (&office.first, &office.second);
    let question = first.deliver(second.login(), "Is the ded ready?")?.message_id;
    let mut events = second.watch()?;
    let mut event = |kind: &str| events.next(kind, |event| (event["event"] == kind).then(|| event.clone()));

    first.json(&["edit", &question, "Is the **deed** ready?"])?;
    assert_eq!(event("edited")?["text"], "Is the **deed** ready?");
    assert!(row(second, first.login(), &question)?["edited_ms"].is_u64());
    assert_eq!(fault(second, &["edit", &question, "No."])?, "not-yours");

    second.json(&["react", &question, "👍", "--wait", "20"])?;
    let reactions = json!([{"from": second.login(), "emoji": "👍"}]);
    assert_eq!(row(first, second.login(), &question)?["reactions"], reactions);
    second.json(&["react", &question, "--wait", "20"])?;
    assert_eq!(row(first, second.login(), &question)?["reactions"], Value::Null);

    let text = format!("@{}: it is.", first.login());
    let reply = second.json(&["send", first.login(), &text, "--reply", &question, "--no-forward", "--wait", "20"])?;
    let reply = reply[0]["message_id"].as_str().context("no id")?.to_owned();
    let shown = row(first, second.login(), &reply)?;
    assert_eq!(shown["reply"]["text"], "Is the **deed** ready?");
    assert_eq!((&shown["forwarding"], &shown["mentions"][0]["you"]), (&json!("forbidden"), &json!(true)));
    assert_eq!(fault(first, &["forward", &reply, second.login()])?, "author-forbids-forwarding");

    first.json(&["delete", &question])?;
    event("deleted")?;
    for (client, with) in [(first, second), (second, first)] {
        assert_eq!(row(client, with.login(), &question)?["deleted"], true);
        assert_eq!(row(client, with.login(), &reply)?["reply"]["deleted"], true);
        let everything = serde_json::to_string(&client.history(with.login())?)?;
        assert!(!everything.contains("deed"), "{everything}");
    }
    Ok(())
}

#[test]
fn what_was_changed_while_it_waited_never_left() -> Result<()> {
    let mut office = Office::with_codes(Places::here())?;
    office.first.deliver(office.second.login(), "hello")?;
    office.second.stop_agent()?;
    let (first, to) = (&office.first, office.second.login().to_owned());
    // The link may take a moment to be missed: what is written after it is waits here.
    let mut events = first.watch()?;
    if first.status()?["links"].as_array().is_some_and(|links| links.iter().any(|link| link["state"] == "open")) {
        events.next("the end of the link", |event| {
            (event["event"] == "link" && event["state"] != "open").then_some(())
        })?;
    }
    let edited = first.send(&to, "the first words")?.message_id;
    let deleted = first.send(&to, "words for nobody")?.message_id;
    first.json(&["edit", &edited, "the last words"])?;
    first.json(&["delete", &deleted])?;
    let waiting = first.json(&["outbox"])?;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert!(waiting[0]["reached_ms"].is_u64(), "{waiting:?}");

    let mut events = first.watch()?;
    office.second.start_agent()?;
    events.delivered(&edited)?;
    let shown = office.second.history(office.first.login())?;
    let texts: Vec<_> = shown.iter().map(|row| &row["text"]).collect();
    assert_eq!(texts, ["hello", "the last words"]);
    assert_eq!(shown[1]["edited_ms"], Value::Null, "nobody has seen another text");
    Ok(())
}

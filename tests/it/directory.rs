//! The directory as people see it: a rule hides and shows, with real processes on all sides.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::client::{Client, Events};
use tests::{Place, openldap};

use crate::office::{Office, Places};

/// The logins of the first three people; the first two work in Lyon, the third in Paris.
fn import(office: &Office, third_works_in: &str) -> Result<()> {
    let rows = [(1, "lyon"), (2, "Lyon; notaries"), (3, third_works_in)];
    let row = |(person, groups)| format!("{},{},\"{groups}\"\n", openldap::login(person), openldap::name(person));
    let file = office.path("people.csv");
    fs::write(&file, format!("login,name,groups\n{}", rows.map(row).concat()))?;
    office.server.admin(&[Path::new("people"), Path::new("import"), &file])?;
    Ok(())
}

/// Three people of two sites, their agents running.
fn sites() -> Result<(Office, Client)> {
    let mut office = Office::closed(Places::here(), None, "")?;
    import(&office, "paris")?;
    let mut third = Client::new(&office.path("third"), &openldap::login(3), Place::Host)?;
    for client in [&office.first, &office.second, &third] {
        client.enroll(&office.server.code_link(client.login())?)?;
    }
    office.first.start_agent()?;
    office.second.start_agent()?;
    third.start_agent()?;
    Ok((office, third))
}

fn rule(office: &Office, rule: &str) -> Result<()> {
    office.server.admin(&["policy", "set", &format!("directory.visibility={rule}")]).map(drop)
}

/// Waits until the client's directory has so many people.
fn shows(events: &mut Events, people: u64) -> Result<()> {
    events.next("the directory", |event| (event["event"] == "directory" && event["people"] == people).then_some(()))
}

fn logins(client: &Client) -> Result<Vec<String>> {
    let people = client.json(&["people"])?;
    people.iter().map(|person| Ok(person["login"].as_str().context("no login")?.to_owned())).collect()
}

#[test]
fn colleagues_of_one_group_find_each_other_and_nobody_else() -> Result<()> {
    let (office, third) = sites()?;
    let (first, second) = (&office.first, &office.second);
    assert_eq!(logins(first)?.len(), 3, "everybody, before there is a rule");
    let mut events = first.watch()?;
    rule(&office, "same-group")?;
    shows(&mut events, 2)?;
    assert_eq!(logins(first)?, [first.login(), second.login()]);
    let refused = first.ask(&["send", third.login(), "are you there?"])?;
    assert_eq!(refused.code, Some(1), "{}", refused.stdout.join("\n"));
    ensure!(refused.stdout.join("\n").contains("unknown-person"), "{}", refused.stdout.join("\n"));
    first.deliver(second.login(), "to a colleague of the same site")?;

    // Somebody moves: found at once, with a device that was enrolled long before.
    import(&office, "paris; lyon")?;
    shows(&mut events, 3)?;
    first.deliver(third.login(), "welcome to Lyon")?;
    import(&office, "paris")?;
    shows(&mut events, 2)?;
    assert_eq!(logins(first)?, [first.login(), second.login()]);
    // Who is acquainted stays so: the directory is for finding people.
    third.deliver(first.login(), "we know each other")?;
    Ok(())
}

#[test]
fn a_hidden_person_who_writes_is_called_by_their_name() -> Result<()> {
    let (office, mut third) = sites()?;
    let first = &office.first;
    let (mut events, mut their_events) = (first.watch()?, third.watch()?);
    rule(&office, "groups:lyon")?;
    shows(&mut events, 2)?;
    shows(&mut their_events, 2)?;
    assert!(!logins(first)?.contains(&third.login().to_owned()));
    third.deliver(first.login(), "from somebody whom you cannot find")?;
    let history = first.history(third.login())?;
    assert_eq!(history[0]["from"], third.login());
    let contacts = first.json(&["contacts"])?;
    let contact = contacts.iter().find(|contact| contact["login"] == third.login()).context("no contact")?;
    assert_eq!(contact["name"], openldap::name(3));

    // The answer finds its way, after a restart too.
    third.stop_agent()?;
    third.start_agent()?;
    first.deliver(third.login(), "found you all the same")?;
    Ok(())
}

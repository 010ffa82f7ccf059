//! `isoloir chat` as two people use it: two real terminals, one in English beside an agent, one in French with an engine of its own.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use tests::client::Client;
use tests::terminal::{Terminal, key};

use crate::office::{Office, Places, hash};

const ENGLISH: &str = "en_US.UTF-8";
const FRENCH: &str = "fr_FR.UTF-8";

/// The first colleague has an agent, the second has none: the chat is all that runs there.
fn office() -> Result<Office> {
    let mut office = Office::with_codes(Places::here())?;
    office.second.stop_agent()?;
    Ok(office)
}

fn say(chat: &Terminal, text: &str) -> Result<()> {
    chat.type_in(text)?;
    chat.type_in(key::ENTER)
}

/// Leaves as a person does; the terminal must be as it was.
fn leave(mut chat: Terminal) -> Result<()> {
    chat.type_in(key::F10)?;
    ensure!(chat.ends()?.success(), "the chat ended with a failure");
    ensure!(chat.is_given_back(), "the terminal was not given back");
    Ok(())
}

fn unread(client: &Client, with: &Client) -> Result<u64> {
    let rows = client.json(&["conversations"])?;
    let row = rows.iter().find(|row| row["login"] == with.login()).context("no such conversation")?;
    row["unread"].as_u64().context("unread is no number")
}

#[test]
fn two_people_talk_in_two_terminals_and_two_languages() -> Result<()> {
    let office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    let left = ada.chat(&[berthe.login()], ENGLISH, 80, 24)?;
    left.shows(&["● online", "not verified", "F1 Help"])?;
    say(&left, "Is the deed ready?")?;
    left.shows(&["Is the deed ready?", "waiting on this device"])?;

    let right = berthe.chat(&[], FRENCH, 120, 40)?;
    right.shows(&["● en ligne", "F1 Aide", "Is the deed ready?"])?;
    left.shows(&["✓ delivered"])?;
    ensure!(!left.screen().contains("✓✓"), "nobody has read it yet");
    right.type_in(key::ENTER)?;
    left.shows(&["✓✓ read"])?;
    say(&right, "Oui. 契約書 👍")?;
    left.shows(&["Oui. 契約書 👍", "link open"])?;
    right.shows(&["✓✓ lu", "liaison ouverte"])?;

    // Two lines are one message.
    left.type_in("first line")?;
    left.type_in(key::ALT_ENTER)?;
    say(&left, "second line")?;
    right.shows(&["first line", "second line"])?;
    assert_eq!(ada.history(berthe.login())?.len(), 3);
    assert_eq!(unread(berthe, ada)?, 0);
    leave(left)?;
    leave(right)
}

#[test]
fn a_message_waits_in_the_window_with_its_reason_and_goes_when_the_other_comes_back() -> Result<()> {
    let mut office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    let left = ada.chat(&[berthe.login()], ENGLISH, 80, 24)?;
    let mut right = berthe.chat(&[ada.login()], FRENCH, 80, 24)?;
    right.shows(&["● en ligne"])?;
    say(&left, "hello")?;
    right.shows(&["hello"])?;
    left.shows(&["✓✓ read"])?;
    right.kill()?;
    left.shows(&["no link"])?;
    say(&left, "for later")?;
    left.shows(&[
        "for later",
        "◷ waiting on this device · their device has not",
        "been online since",
        "1 message waits",
    ])?;

    let again = berthe.chat(&[], FRENCH, 80, 24)?;
    again.shows(&["for later"])?;
    left.shows(&["✓ delivered"])?;
    left.hides("1 message waits")?;
    // What is read while the author is away is told later.
    leave(left)?;
    office.first.stop_agent()?;
    again.type_in(key::ENTER)?;
    again.shows(&["pas de liaison", "nouveaux messages"])?;
    office.first.start_agent()?;
    let back = office.first.chat(&[office.second.login()], ENGLISH, 80, 24)?;
    back.shows(&["for later", "✓✓ read"])?;
    leave(back)?;
    leave(again)
}

#[test]
fn a_file_is_offered_fetched_and_saved_in_the_window() -> Result<()> {
    let office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    let (path, original) = office.file("deed.pdf", 16)?;
    let folder = office.path("berthe-saves-here");
    fs::create_dir(&folder)?;
    let left = ada.chat(&[berthe.login()], ENGLISH, 80, 24)?;
    let right = berthe.chat(&[ada.login()], FRENCH, 120, 40)?;
    left.shows(&["● online"])?;
    right.shows(&["● en ligne"])?;
    left.type_in(key::F5)?;
    left.shows(&["Send a file"])?;
    say(&left, &path.display().to_string())?;
    right.shows(&["Fichier : deed.pdf (16,0 Mio)", "F4"])?;

    right.type_in(key::F4)?;
    right.shows(&["Fichiers de la conversation", "↓ deed.pdf"])?;
    right.type_in(key::ENTER)?;
    right.shows(&["Enregistrer le fichier"])?;
    right.type_in(key::CONTROL_U)?;
    say(&right, &folder.display().to_string())?;
    right.hides("Enregistrer le fichier")?;
    right.shows(&["enregistré : "])?;
    assert_eq!(hash(&folder.join("deed.pdf"))?, original);
    leave(left)?;
    leave(right)
}

#[test]
fn both_see_the_same_safety_number_and_remember_that_it_was_compared() -> Result<()> {
    let office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    let left = ada.chat(&[berthe.login()], ENGLISH, 80, 24)?;
    let right = berthe.chat(&[ada.login()], FRENCH, 80, 24)?;
    let mut numbers = Vec::new();
    for (chat, online, title) in
        [(&left, "● online", "Safety number with"), (&right, "● en ligne", "Numéro de sécurité avec")]
    {
        chat.shows(&[online])?;
        chat.type_in(key::F3)?;
        chat.shows(&[title, "█"])?;
        let screen = chat.screen();
        let digits: Vec<String> =
            screen.split(|c: char| !c.is_ascii_digit()).filter(|group| group.len() == 5).map(str::to_owned).collect();
        numbers.push(digits);
    }
    assert_eq!(numbers[0].len(), 12, "{}", left.screen());
    assert_eq!(numbers[0], numbers[1]);
    left.type_in(key::ENTER)?;
    left.shows(&["✓ verified"])?;
    left.type_in(key::ESCAPE)?;
    left.hides("Safety number with")?;
    left.shows(&["✓ verified"])?;
    right.type_in(key::ESCAPE)?;
    right.shows(&["non vérifié"])?;
    leave(left)?;
    leave(right)
}

#[test]
fn what_a_colleague_writes_cannot_steer_the_terminal_and_the_terminal_is_given_back() -> Result<()> {
    let office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    let mut right = berthe.chat(&[ada.login()], FRENCH, 80, 24)?;
    right.shows(&["● en ligne"])?;
    ada.send(berthe.login(), "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m invoice\u{202e}fdp.exe")?;
    right.shows(&["]0;owned", "invoice\u{25a1}fdp.exe"])?;
    let written = right.written();
    for forbidden in ["\u{1b}]0;", "\u{9b}", "\u{202e}"] {
        let found = written.windows(forbidden.len()).any(|bytes| bytes == forbidden.as_bytes());
        ensure!(!found, "{forbidden:?} reached the terminal");
    }
    right.resize(40, 10)?;
    right.shows(&["trop petite"])?;
    right.resize(100, 30)?;
    right.shows(&["]0;owned", "F10 Quitter"])?;
    ensure!(!right.is_given_back());
    ensure!(right.terminate()?.success(), "SIGTERM is a polite request");
    ensure!(right.is_given_back(), "the terminal was not given back");
    Ok(())
}

#[test]
fn plain_lines_are_enough_to_talk_and_nothing_moves_on_the_screen() -> Result<()> {
    let office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    let mut plain = ada.chat(&["--plain", berthe.login()], ENGLISH, 100, 40)?;
    plain.shows(&["/help says every command", "You talk to"])?;
    let right = berthe.chat(&[ada.login()], FRENCH, 80, 24)?;
    right.shows(&["● en ligne"])?;
    say(&plain, "Is the deed ready?")?;
    right.shows(&["Is the deed ready?"])?;
    plain.shows(&["Read."])?;
    say(&right, "Oui.")?;
    plain.shows(&[": Oui."])?;
    right.hides("✓✓ lu")?;
    say(&plain, "/rules")?;
    right.shows(&["✓✓ lu"])?;
    plain.shows(&["They are no guarantee."])?;
    say(&plain, "/quit")?;
    ensure!(plain.ends()?.success(), "the chat ended with a failure");
    ensure!(!plain.written().contains(&0x1b), "an escape sequence was written");
    leave(right)
}

#[test]
fn the_mouse_opens_a_conversation_and_is_given_back() -> Result<()> {
    let office = office()?;
    let (ada, berthe) = (&office.first, &office.second);
    // What she says waits with her; that she is there is enough for a row.
    berthe.send(ada.login(), "Good morning")?;
    let left = ada.chat(&[], ENGLISH, 80, 24)?;
    left.shows(&["● online", "Notary 002"])?;
    // A click on the first row of the list, and one on F2 in the bar (xterm's 1006).
    left.type_in("\x1b[<0;5;2M\x1b[<0;5;2m")?;
    left.shows(&["not verified"])?;
    left.type_in("\x1b[<0;11;24M\x1b[<0;11;24m")?;
    left.shows(&["Find a colleague"])?;
    left.type_in(key::ESCAPE)?;
    left.hides("Find a colleague")?;
    leave(left)
}

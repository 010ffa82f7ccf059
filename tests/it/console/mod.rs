//! The administration console as its administrators meet it: Chromium against the real server with a real directory. Every page
//! in both languages, without a finding of axe-core, by keyboard alone, and without scripts.

mod browser;
mod provider;
mod totp;
mod walk;

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::openldap::{self, OpenLdap};

use crate::office::{Office, Places};
use browser::{Browser, Scripts};
use totp::Authenticator;

const PEOPLE: usize = 60;
const FILTER: &str = "(employeeType=staff)";
const OWNER: &str = "claire.moreau";
const LEFT: &str = "olivier.garnier";
const PASSWORD: &str = "three herons over the lagoon";

/// An organization with two enrolled people, and the one-time link of its first owner.
struct Stage {
    office: Office,
    link: String,
}

impl Stage {
    fn set() -> Result<Self> {
        let office = Office::closed(Places::here(), Some(OpenLdap::start(PEOPLE)?), FILTER)?;
        office.server.admin(&["sync"])?;
        for (client, person) in [(&office.first, 1), (&office.second, 2)] {
            client.enroll_with_password(&office.server.link(), &openldap::password(person))?;
        }
        let ready: Value = serde_json::from_str(&fs::read_to_string(office.server.data().join("ready.json"))?)?;
        let link = ready["console_url"].as_str().context("ready.json has no console_url")?.to_owned();
        Ok(Self { office, link })
    }

    /// The path of the one-time link.
    fn link_path(&self) -> Result<&str> {
        path_of(&self.link)
    }

    async fn browser(&self, language: &'static str, scripts: Scripts) -> Result<Browser> {
        Browser::open(&self.office.server.ready().url, language, scripts).await
    }
}

fn path_of(link: &str) -> Result<&str> {
    let at = link.find("/admin/").context("the link leads elsewhere")?;
    Ok(&link[at..])
}

/// Somebody leaves, somebody changes, somebody comes back into the filter.
fn change(directory: &OpenLdap) -> Result<()> {
    directory.remove(&openldap::login(50))?;
    directory.replace(&openldap::login(3), "cn", "Notary 003, of the second chamber")?;
    directory.change(&format!(
        "dn: {}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: clerk001\ncn: Clerk 001\nsn: 001\nemployeeType: staff\n",
        openldap::dn("clerk001")
    ))
}

/// Fills in the page behind the link; the authenticator is set up from what it shows.
async fn set_up(browser: &Browser, stage: &Stage) -> Result<Authenticator> {
    set_up_by(browser, stage.link_path()?, OWNER).await
}

/// Another owner sets up an account, and is removed.
async fn one_who_left(browser: &Browser, stage: &Stage) -> Result<()> {
    let made = stage.office.server.admin(&["--json", "admin", "add"])?;
    let made: Value = serde_json::from_str(made.first().context("no link")?)?;
    set_up_by(browser, path_of(made["link"].as_str().context("no link")?)?, LEFT).await?;
    stage.office.server.admin(&["admin", "remove", LEFT]).map(drop)
}

async fn set_up_by(browser: &Browser, path: &str, login: &str) -> Result<Authenticator> {
    browser.go(path).await?;
    let mut authenticator = Authenticator::typed(&browser.words("code.secret").await?)?;
    browser.fill("login", login).await?;
    browser.fill("password", PASSWORD).await?;
    browser.fill("again", PASSWORD).await?;
    browser.fill("code", &authenticator.code()?).await?;
    browser.follow("button.primary").await?;
    ensure!(browser.path().await? == "/admin/", "{}", browser.words("main").await?);
    Ok(authenticator)
}

/// Closes the window whatever came of it.
macro_rules! with_browser {
    ($browser:ident, $act:expr) => {{
        let done: Result<_> = async { $act.await }.await;
        $browser.close().await?;
        done?
    }};
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_in_both_languages_and_at_every_width() -> Result<()> {
    let stage = Stage::set()?;
    let french = stage.browser("fr", Scripts::Run).await?;
    let english = stage.browser("en", Scripts::Run).await?;
    let walked = async {
        walk::door(&french, stage.link_path()?).await?;
        walk::door(&english, stage.link_path()?).await?;
        set_up(&french, &stage).await?;
        one_who_left(&english, &stage).await?;
        change(stage.office.directory()?)?;
        walk::take_session(&french, &english).await?;
        walk::policy_desk(&french, "50000000").await?;
        walk::policy_desk(&english, "40000000").await?;
        tokio::try_join!(walk::inside(&french), walk::inside(&english))
    };
    let walked: Result<_> = walked.await;
    french.close().await?;
    english.close().await?;
    walked.map(drop)
}

#[tokio::test]
async fn an_owner_signs_in_and_revokes_a_device_by_keyboard_alone() -> Result<()> {
    let stage = Stage::set()?;
    let browser = stage.browser("en", Scripts::Run).await?;
    with_browser!(browser, by_keyboard(&browser, &stage));
    let devices = stage.office.server.admin(&["--json", "device", "list", &openldap::login(1)])?;
    ensure!(devices.iter().any(|line| line.contains("revoked")), "{devices:?}");
    Ok(())
}

async fn by_keyboard(browser: &Browser, stage: &Stage) -> Result<()> {
    browser.go(stage.link_path()?).await?;
    let mut authenticator = Authenticator::typed(&browser.words("code.secret").await?)?;
    for (name, text) in
        [("login", OWNER), ("password", PASSWORD), ("again", PASSWORD), ("code", &authenticator.code()?)]
    {
        browser.tab_to(&format!("input[name={name}]")).await?;
        browser.type_keys(text).await?;
    }
    browser.press_enter().await?;
    browser.until("the overview", "location.pathname === '/admin/'").await?;
    browser.tab_to("form[action='/admin/sign-out'] button").await?;
    browser.press_enter().await?;
    browser.until("the sign-in page", "location.pathname === '/admin/sign-in'").await?;
    for (name, text) in [("login", OWNER), ("password", PASSWORD), ("code", &authenticator.code()?)] {
        browser.tab_to(&format!("input[name={name}]")).await?;
        browser.type_keys(text).await?;
    }
    browser.press_enter().await?;
    browser.until("the overview", "location.pathname === '/admin/'").await?;
    browser.tab_to("nav a[href='/admin/people']").await?;
    browser.press_enter().await?;
    browser.until("the people", "location.pathname === '/admin/people'").await?;
    browser.tab_to("#q").await?;
    browser.type_keys(&openldap::login(1)).await?;
    browser.until("the one person", "document.querySelectorAll('#people tbody tr').length === 1").await?;
    browser.tab_to("#people tbody a").await?;
    browser.press_enter().await?;
    browser.until("the person's page", "document.querySelector('a[href$=\"/revoke\"]')").await?;
    browser.tab_to("a[href$='/revoke']").await?;
    browser.press_enter().await?;
    browser.until("the question", "document.querySelector('.consequences')").await?;
    browser.tab_to("main button.danger").await?;
    browser.press_enter().await?;
    browser.until("the confirmation", "location.search === '?done=revoked'").await
}

#[tokio::test]
async fn everything_is_read_and_done_without_scripts() -> Result<()> {
    let stage = Stage::set()?;
    let browser = stage.browser("fr", Scripts::Off).await?;
    with_browser!(browser, walk::without_scripts(&browser, &stage));
    Ok(())
}

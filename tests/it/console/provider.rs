//! An administrator who signs in with a certified provider, in Chromium: not linked, linked, in, and out again because the provider says so.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tests::identity_provider::IdentityProvider;
use tests::postgres::free_port;
use tests::server::{Server, Setup};
use thirtyfour::By;

use super::browser::{Browser, Scheme, Scripts};
use super::totp::Authenticator;
use super::{OWNER, PASSWORD};

/// Who the owner is at the provider.
const ACCOUNT: &str = "claire";
const BY_PROVIDER: &str = "main a[href^='/admin/sign-in/with/']";

struct Stage {
    provider: IdentityProvider,
    server: Server,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn set() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-console-").tempdir()?;
        let port = free_port()?;
        let url = format!("https://localhost:{port}");
        let provider = IdentityProvider::start(&json!({ ACCOUNT: { "name": "Claire" } }), &format!("{url}/"))?;
        let (certificate, key) = provider.server_certificate();
        let config = folder.path().join("server.toml");
        let text = format!(
            "[http]\npublic_url = \"{url}\"\n[tls]\ncertificate_file = \"{}\"\nkey_file = \"{}\"\n{}",
            certificate.display(),
            key.display(),
            provider.configuration("console", "who = [\"administrators\"]")
        );
        fs::write(&config, text)?;
        let mut setup = Setup::in_folder(folder.path().join("server"));
        setup.config = Some(config);
        setup.listen = ([127, 0, 0, 1], port).into();
        Ok(Self { provider, server: setup.start()?, _folder: folder })
    }
}

async fn examine(browser: &Browser) -> Result<()> {
    browser.examine(Scheme::Dark, 390).await?;
    // Wide at the end: on a narrow screen the way out is behind the menu.
    browser.examine(Scheme::Light, 1_440).await
}

async fn sign_out(browser: &Browser) -> Result<()> {
    examine(browser).await?;
    browser.follow("form[action='/admin/sign-out'] button").await
}

async fn sign_in_by_password(browser: &Browser, authenticator: &mut Authenticator) -> Result<()> {
    for (name, text) in [("login", OWNER), ("password", PASSWORD), ("code", &authenticator.code()?)] {
        browser.fill(name, text).await?;
    }
    browser.follow("button.primary").await
}

/// A stranger to the console, though not to the provider; the page names the identifier that an owner needs.
async fn as_a_stranger(browser: &Browser) -> Result<String> {
    browser.go("/admin/sign-in").await?;
    examine(browser).await?;
    browser.leave(BY_PROVIDER).await?;
    browser.fill("login", ACCOUNT).await?;
    browser.leave("button").await?;
    browser.until("the way back", "location.pathname === '/admin/sign-in/callback'").await?;
    examine(browser).await?;
    ensure!(!browser.has("nav").await?, "a stranger is in");
    browser.words("#subject").await
}

async fn walk(browser: &Browser, english: &Browser, stage: &mut Stage) -> Result<()> {
    let link = stage.server.ready().console_url.clone().context("no link of the first owner")?;
    let path = link.find("/admin/").map(|at| &link[at..]).context("the link leads elsewhere")?;
    browser.go(path).await?;
    let mut authenticator = Authenticator::typed(&browser.words("code.secret").await?)?;
    for (name, text) in
        [("login", OWNER), ("password", PASSWORD), ("again", PASSWORD), ("code", &authenticator.code()?)]
    {
        browser.fill(name, text).await?;
    }
    browser.follow("button.primary").await?;
    sign_out(browser).await?;
    let subject = as_a_stranger(browser).await?;
    ensure!(as_a_stranger(english).await? == subject, "two strangers");

    browser.go("/admin/sign-in").await?;
    sign_in_by_password(browser, &mut authenticator).await?;
    browser.go("/admin/administrators").await?;
    browser.follow("a[href$='/account']").await?;
    examine(browser).await?;
    browser.fill("subject", &subject).await?;
    browser.follow("form[action$='/account'] button.primary").await?;
    ensure!(browser.path().await? == "/admin/administrators?done=linked", "{}", browser.words("main").await?);
    examine(browser).await?;
    browser.follow("a[href$='/account']").await?;
    examine(browser).await?;
    super::walk::take_session(browser, english).await?;
    let account = browser.path().await?;
    english.go(&account).await?;
    examine(english).await?;
    sign_out(browser).await?;

    // The provider still knows who it is: one click, and in, at the page that was wanted.
    browser.go("/admin/policy").await?;
    browser.leave(BY_PROVIDER).await?;
    browser.until("the page that was wanted", "location.pathname === '/admin/policy'").await?;
    ensure!(browser.has("nav a[href='/admin/people']").await?, "not in: {}", browser.words("main").await?);

    // Out at the provider is out here.
    browser.driver.goto(format!("{}/session/end", stage.provider.issuer())).await?;
    browser.driver.find(By::Css("button")).await?.click().await?;
    browser.until("the end at the provider", "location.pathname.startsWith('/session/end/success')").await?;
    stage.provider.has_told()?;
    browser.go("/admin/people").await?;
    ensure!(browser.path().await?.starts_with("/admin/sign-in"), "still in: {}", browser.path().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_signs_in_with_a_provider_until_it_signs_them_out() -> Result<()> {
    let mut stage = Stage::set()?;
    let url = format!("https://localhost:{}", stage.server.address().port());
    let french = Browser::open(&url, "fr", Scripts::Run).await?;
    let english = Browser::open(&url, "en", Scripts::Run).await?;
    let walked = walk(&french, &english, &mut stage).await;
    french.close().await?;
    english.close().await?;
    walked
}

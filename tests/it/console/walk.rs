//! Ways through the console: every page with axe-core and photographs, and everything that can be done without scripts.

use anyhow::{Context as _, Result, ensure};
use tests::openldap;
use thirtyfour::Cookie;

use super::browser::{Browser, Scheme};
use super::totp::Authenticator;
use super::{OWNER, PASSWORD, Stage, change, set_up};

const WIDTHS: [u64; 3] = [1_440, 800, 390];
const SESSION: &str = "__Host-isoloir";

/// Looks at the page that is shown, in every way.
async fn look(browser: &Browser, name: &str) -> Result<()> {
    browser.examine(Scheme::Light, 1_440).await?;
    browser.examine(Scheme::Dark, 390).await?;
    for scheme in [Scheme::Light, Scheme::Dark] {
        for width in WIDTHS {
            browser.photograph(name, scheme, width).await?;
        }
    }
    Ok(())
}

/// Looks at a page that is put together as others are: axe at both ends, and nothing that stands out on a telephone.
async fn glance(browser: &Browser, name: &str) -> Result<()> {
    browser.examine(Scheme::Light, 1_440).await?;
    browser.examine(Scheme::Dark, 390).await?;
    browser.photograph(name, Scheme::Light, 390).await
}

async fn visit(browser: &Browser, name: &str, path: &str) -> Result<()> {
    browser.go(path).await?;
    look(browser, name).await
}

/// The pages of whoever is not signed in.
pub async fn door(browser: &Browser, link: &str) -> Result<()> {
    visit(browser, "sign-in", "/admin/sign-in").await?;
    for (name, text) in [("login", "nobody"), ("password", "wrong"), ("code", "000000")] {
        browser.fill(name, text).await?;
    }
    browser.follow("button.primary").await?;
    let shown = browser.words("main").await?;
    ensure!(browser.has("[role=alert]").await?, "nothing says that the attempt failed: {shown}");
    look(browser, "sign-in-refused").await?;
    visit(browser, "no-link", "/admin/set-up/none").await?;
    visit(browser, "set-up", link).await
}

/// Whoever is signed in in one window is so in the other.
pub async fn take_session(from: &Browser, to: &Browser) -> Result<()> {
    let session = from.driver.get_named_cookie(SESSION).await?;
    let mut cookie = Cookie::new(SESSION, session.value);
    cookie.set_path("/");
    cookie.set_secure(true);
    Ok(to.driver.add_cookie(cookie).await?)
}

/// Every page of an owner.
pub async fn inside(browser: &Browser) -> Result<()> {
    visit(browser, "overview", "/admin/").await?;
    visit(browser, "people", "/admin/people").await?;
    visit(browser, "people-none", "/admin/people?q=nobody-is-called-so").await?;
    browser.go(&format!("/admin/people?q={}", openldap::login(1))).await?;
    browser.follow("#people tbody a").await?;
    look(browser, "person").await?;
    let person = browser.path().await?;
    browser.go(&person).await?;
    browser.follow("a[href$='/reset']").await?;
    glance(browser, "reset").await?;
    for verb in ["suspend", "revoke"] {
        browser.go(&person).await?;
        browser.follow(&format!("a[href$='/{verb}']")).await?;
        look(browser, verb).await?;
    }
    browser.go(&person).await?;
    browser.follow("form[action$='/code'] button").await?;
    look(browser, "code").await?;
    import(browser).await?;
    cards(browser).await?;
    visit(browser, "directory-runs", "/admin/directory/runs").await?;
    visit(browser, "directory", "/admin/directory").await?;
    browser.click("a[href='/admin/directory/plan?source=ldap']").await?;
    browser.until("the plan", "document.querySelector('#plan-title')").await?;
    ensure!(browser.path().await? == "/admin/directory", "the plan came as a page, not as a part");
    look(browser, "directory-plan").await?;
    integrations(browser).await?;
    policy(browser).await?;
    visit(browser, "audit", "/admin/audit").await?;
    browser.click("form[action='/admin/audit/verify'] button").await?;
    browser.until("the verdict", "document.querySelector('#verdict .done')").await?;
    look(browser, "audit-verified").await?;
    for (name, path) in [
        ("audit-state", "/admin/audit/state"),
        ("audit-handover", "/admin/audit/handover"),
        ("approvals", "/admin/approvals"),
        ("quorum", "/admin/approvals/quorum"),
        ("password", "/admin/password"),
    ] {
        browser.go(path).await?;
        glance(browser, name).await?;
    }
    visit(browser, "sessions", "/admin/sessions").await?;
    visit(browser, "administrators", "/admin/administrators").await?;
    browser.click("input[name='role-auditor']").await?;
    browser.follow("form[action='/admin/administrators/invite'] button").await?;
    look(browser, "invitation").await?;
    browser.go("/admin/administrators").await?;
    browser.follow("a[href$='/remove']").await?;
    look(browser, "withdraw").await?;
    browser.go("/admin/administrators").await?;
    browser.follow("a[href$='/erase']").await?;
    look(browser, "erase-administrator").await?;
    visit(browser, "no-page", "/admin/nothing").await?;
    menu(browser).await
}

async fn integrations(browser: &Browser) -> Result<()> {
    visit(browser, "integrations", "/admin/integrations").await?;
    // The other window has a token of its own.
    let name = format!("Entra ID, {}", browser.language());
    browser.fill("name", &name).await?;
    browser.follow("form[action='/admin/integrations/add'] button").await?;
    ensure!(browser.has("textarea.secret").await?, "no token is shown");
    look(browser, "integrations-token").await?;
    browser.go("/admin/integrations").await?;
    browser.go(&browser.link_of_row(&name).await?).await?;
    look(browser, "integrations-revoke").await?;
    browser.follow("main button.primary").await?;
    ensure!(browser.has(".alert.done").await?, "nothing says that the token is revoked");
    Ok(())
}

async fn policy(browser: &Browser) -> Result<()> {
    visit(browser, "policy", "/admin/policy").await?;
    visit(browser, "policy-edit", "/admin/policy/edit").await?;
    browser.click("input[name=file_send][value=off]").await?;
    browser.click("input[name=retention][value=days]").await?;
    browser.fill("retention_days", "3").await?;
    browser.follow("main button.primary").await?;
    ensure!(browser.has("[aria-invalid]").await?, "three days were taken");
    look(browser, "policy-faults").await?;
    browser.fill("retention_days", "90").await?;
    browser.follow("main button.primary").await?;
    ensure!(browser.has("ins").await?, "no change is shown");
    look(browser, "policy-review").await
}

/// A stricter rule into the draft, looked at, published. Windows of one organization have one draft: one after the other.
pub async fn policy_desk(browser: &Browser, bytes_max: &str) -> Result<()> {
    browser.go("/admin/policy/desk").await?;
    glance(browser, "policy-desk").await?;
    browser.click("#rule option[value='file.max_bytes']").await?;
    browser.fill("value", bytes_max).await?;
    browser.follow("form[action='/admin/policy/desk/rule'] button").await?;
    ensure!(browser.has("#draft").await? && browser.has("ins").await?, "no draft: {}", browser.words("main").await?);
    glance(browser, "policy-desk-draft").await?;
    browser.follow("form[action='/admin/policy/desk/publish'] button").await?;
    ensure!(browser.path().await? == "/admin/policy/desk?done=published", "{}", browser.words("main").await?);
    ensure!(!browser.has("#draft").await?, "the draft has done its work");
    glance(browser, "policy-desk-published").await
}

/// The menu of a narrow window.
async fn menu(browser: &Browser) -> Result<()> {
    browser.go("/admin/").await?;
    browser.photograph("menu-closed", Scheme::Light, 390).await?;
    browser.click(".menu-button").await?;
    browser.until("the menu", "document.querySelector('#menu:popover-open')").await?;
    browser.examine(Scheme::Light, 390).await?;
    browser.photograph("menu", Scheme::Dark, 390).await
}

/// Everything that an owner does, with forms alone, in French.
pub async fn without_scripts(browser: &Browser, stage: &Stage) -> Result<()> {
    let mut authenticator: Authenticator = set_up(browser, stage).await?;
    ensure!(browser.has("html[lang=fr]").await?, "not in French");
    browser.follow("form[action='/admin/sign-out'] button").await?;
    for (name, text) in [("login", OWNER), ("password", PASSWORD), ("code", &authenticator.code()?)] {
        browser.fill(name, text).await?;
    }
    browser.follow("button.primary").await?;
    ensure!(browser.path().await? == "/admin/", "not signed in: {}", browser.words("main").await?);
    search_and_suspend(browser).await?;
    run_directory(browser, stage).await?;
    browser.go("/admin/policy/edit").await?;
    browser.click("input[name=file_send][value=off]").await?;
    browser.follow("main button.primary").await?;
    browser.follow("main button.primary").await?;
    ensure!(browser.path().await? == "/admin/policy?done=published", "not published");
    let rows = browser.words("tbody").await?;
    let of_files = rows.split_once("file.send").and_then(|(_, after)| after.trim_start().lines().next());
    ensure!(of_files.is_some_and(|value| value.contains("Personne")), "files are still sent: {rows}");
    browser.go("/admin/audit").await?;
    browser.follow("form[action='/admin/audit/verify'] button").await?;
    ensure!(browser.has("#verdict .done").await?, "no verdict");
    browser.follow("form[action='/admin/language'] button").await?;
    ensure!(browser.has("html[lang=en]").await?, "not in English");
    Ok(())
}

async fn search_and_suspend(browser: &Browser) -> Result<()> {
    browser.go("/admin/people").await?;
    browser.fill("q", &openldap::name(1)).await?;
    browser.follow(".filters button").await?;
    ensure!(browser.path().await?.starts_with("/admin/people?q="), "the search is no page");
    browser.follow("#people tbody a").await?;
    let person = browser.path().await?;
    browser.follow("form[action$='/code'] button").await?;
    let link = browser.driver.find(thirtyfour::By::Id("link")).await?.value().await?.context("no link")?;
    ensure!(link.starts_with("https://") && link.contains("/#"), "no enrollment link");
    ensure!(!browser.driver.find(thirtyfour::By::Css("[data-copy]")).await?.is_displayed().await?, "scripts run");
    browser.go(&person).await?;
    ensure!(!browser.driver.source().await?.contains(&link), "the code is shown again");
    browser.follow("a[href$='/suspend']").await?;
    browser.follow("main button.danger").await?;
    ensure!(browser.path().await? == format!("{person}?done=suspended"), "not suspended");
    ensure!(browser.has(".badge.locked").await? && !browser.has("a[href$='/revoke']").await?, "a device is left");
    Ok(())
}

async fn run_directory(browser: &Browser, stage: &Stage) -> Result<()> {
    change(stage.office.directory()?)?;
    browser.go("/admin/directory").await?;
    browser.follow("a[href='/admin/directory/plan?source=ldap']").await?;
    ensure!(browser.path().await? == "/admin/directory/plan?source=ldap", "the plan is no page");
    ensure!(browser.words(".list.suspend .names").await?.contains(&openldap::login(50)), "the leaver is not named");
    browser.follow("#plan button.danger").await?;
    ensure!(browser.path().await? == "/admin/directory?done=run", "not run: {}", browser.words("main").await?);
    browser.go(&format!("/admin/people?q={}&standing=suspended", openldap::login(50))).await?;
    ensure!(browser.has("#people tbody a").await?, "the leaver has not left");
    Ok(())
}

/// Codes for everybody who waits: on paper each has its own, on the screen there is none.
async fn cards(browser: &Browser) -> Result<()> {
    visit(browser, "cards", "/admin/people/cards").await?;
    browser.click("#earlier").await?;
    browser.follow("form[action='/admin/people/cards/print'] button.primary").await?;
    look(browser, "cards-ready").await?;
    let shown = browser.words("main").await?;
    ensure!(!shown.contains("/#"), "a code is on the screen");
    browser.until("the button", "!document.querySelector('button[data-print]').hidden").await?;
    browser.photograph_paper("cards-on-paper").await?;
    browser.go("/admin/people/cards/print").await?;
    ensure!(browser.path().await? == "/admin/people/cards", "a page with cards comes a second time");
    Ok(())
}

/// A file with a bad line, then a good one.
async fn import(browser: &Browser) -> Result<()> {
    visit(browser, "import", "/admin/people/import").await?;
    let login = format!("guest-{}", browser.language());
    browser.choose_file("file", "login;name\nshort\nb c;Bad\n").await?;
    browser.follow("form[enctype] button.primary").await?;
    look(browser, "import-bad").await?;
    ensure!(!browser.has("form[action='/admin/people/import/run']").await?, "a bad file can be applied");
    browser.go("/admin/people/import").await?;
    browser.choose_file("file", &format!("login;name\n{login};Guest of the office\n")).await?;
    browser.follow("form[enctype] button.primary").await?;
    look(browser, "import-preview").await?;
    browser.follow("form[action='/admin/people/import/run'] button.primary").await?;
    ensure!(browser.has(".alert.done").await?, "not taken: {}", browser.words("main").await?);
    look(browser, "import-done").await?;
    browser.go(&format!("/admin/people?q={login}")).await?;
    ensure!(browser.words("#people tbody").await?.contains("Guest of the office"), "nobody came of the file");
    Ok(())
}

//! Enrollment by an identity provider, with the real programs and a certified provider: in the browser of the device, by a code on
//! another screen, and everything that must be refused on the way, in words.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::identity_provider::{self, IdentityProvider};
use tests::server::{Server, Setup};
use tests::{Client, Place, Process, step};

/// A server whose people come from a CSV file and sign in with a provider; `more` goes to the provider's section.
struct Site {
    provider: IdentityProvider,
    server: Server,
    folder: tempfile::TempDir,
}

impl Site {
    fn open(people: &Value, more: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-sign-in-").tempdir()?;
        let root = folder.path();
        let provider = IdentityProvider::start(people, "https://localhost/")?;
        let config = root.join("server.toml");
        fs::write(&config, provider.configuration("isoloir", more))?;
        let mut setup = Setup::in_folder(root.join("server"));
        setup.config = Some(config);
        let server = setup.start()?;
        let rows = root.join("people.csv");
        let row = |n: u32| format!("notary{n:03},Notary {n:03},notary{n:03}@example.test\n");
        fs::write(&rows, format!("login,name,mail\n{}", (1..=6).map(row).collect::<String>()))?;
        server.admin(&["people".as_ref(), "import".as_ref(), rows.as_os_str()])?;
        Ok(Self { provider, server, folder })
    }

    fn client(&self, name: &str) -> Result<Client> {
        Client::new(self.folder.path(), name, Place::Host)
    }

    /// Enrolls in a browser that belongs to `login`.
    fn enroll_in_browser(&self, client: &Client, login: &str) -> Result<Ended> {
        let browser = self.provider.browser(login)?;
        let link = self.server.link();
        let enrolling = client.begin(&["enroll", &link, "--sso"], &[identity_provider::named(&browser)])?;
        ended(enrolling)
    }

    /// Enrolls by a code that `login` types.
    fn enroll_by_code(&self, client: &Client, login: &str) -> Result<Ended> {
        let link = self.server.link();
        let mut enrolling = client.begin(&["enroll", &link, "--device-code"], &[])?;
        let told = enrolling.next_line(step(), told)?;
        let page = told["page"].as_str().context("a page")?;
        let code = told["user_code"].as_str().context("a code")?;
        self.provider.open(login, &format!("{page}?user_code={code}"))?;
        ended(enrolling)
    }
}

struct Ended {
    code: Option<i32>,
    /// The last object on standard output.
    said: Value,
    words: String,
}

fn told(line: &str) -> Option<Value> {
    serde_json::from_str::<Value>(line).ok().map(|line| line["sign_in"].clone()).filter(Value::is_object)
}

fn ended(mut process: Process) -> Result<Ended> {
    let last = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        (!line["login"].is_null() || !line["error"].is_null()).then_some(line)
    };
    let said = process.next_line(step(), last)?;
    let code = process.wait(step())?.code();
    Ok(Ended { code, said, words: process.stderr().join("\n") })
}

fn person(login: &str) -> Value {
    json!({ "preferred_username": login, "groups": ["isoloir"], "email": format!("{login}@example.test"), "email_verified": true })
}

const BY_LOGIN: &str =
    "person_claim = \"preferred_username\"\nrequired_claim = \"groups\"\nrequired_value = \"isoloir\"";

#[test]
fn people_enroll_in_the_browser_or_by_a_code_and_once() -> Result<()> {
    let people = json!({ "notary001": person("notary001"), "notary002": person("notary002") });
    let mut site = Site::open(&people, BY_LOGIN)?;
    let first = site.client("notary001")?;
    let enrolled = site.enroll_in_browser(&first, "notary001")?;
    assert_eq!((enrolled.code, enrolled.said["login"].as_str()), (Some(0), Some("notary001")), "{}", enrolled.words);

    // The provider starts anew with other keys: they are read again.
    site.provider.stop()?;
    site.provider.start_again()?;
    let second = site.client("notary002")?;
    let enrolled = site.enroll_by_code(&second, "notary002")?;
    assert_eq!((enrolled.code, enrolled.said["login"].as_str()), (Some(0), Some("notary002")), "{}", enrolled.words);

    // Whoever signs in can enroll the first device only.
    let elsewhere = site.client("elsewhere")?;
    let refused = site.enroll_in_browser(&elsewhere, "notary001")?;
    assert_eq!(
        (refused.code, refused.said["error"].as_str()),
        (Some(1), Some("login-code-needed")),
        "{}",
        refused.words
    );

    // What stays is who it was; the provider's words and tokens are nowhere.
    let audit = site.server.admin(&["audit", "list"])?.join("\n");
    assert_eq!(audit.matches("account_linked").count(), 2, "{audit}");
    Ok(())
}

#[test]
fn who_may_not_is_told_why() -> Result<()> {
    let mut other_group = person("notary001");
    other_group["groups"] = json!(["guests"]);
    let people = json!({
        "outside": other_group,
        "unknown": person("nobody"),
        "nameless": { "groups": ["isoloir"] },
        "suspended": person("notary004"),
    });
    let site = Site::open(&people, BY_LOGIN)?;
    site.server.admin(&["people", "suspend", "notary004"])?;
    for (account, code) in [
        ("outside", "login-sign-in-required"),
        ("unknown", "login-sign-in-unknown"),
        ("nameless", "login-sign-in-unnamed"),
        ("suspended", "login-suspended"),
        ("-", "login-sign-in-refused"),
    ] {
        let client = site.client(&format!("client-of-{}", account.trim_matches('-')))?;
        let refused = site.enroll_in_browser(&client, account)?;
        assert_eq!(
            (refused.code, refused.said["error"].as_str()),
            (Some(1), Some(code)),
            "{account}: {}",
            refused.words
        );
    }
    let refused = site.enroll_by_code(&site.client("no")?, "-")?;
    assert_eq!(
        (refused.code, refused.said["error"].as_str()),
        (Some(1), Some("login-sign-in-refused")),
        "{}",
        refused.words
    );
    Ok(())
}

#[test]
fn a_mail_address_counts_when_it_is_verified_and_an_account_stays_whose_it_was() -> Result<()> {
    let mail = |verified: bool| json!({ "email": "Notary003@example.test", "email_verified": verified });
    let people = json!({ "right": mail(true), "claims": mail(false), "late": mail(true) });
    let site = Site::open(&people, "person_claim = \"email\"\nperson_is = \"mail\"")?;
    let unverified = site.enroll_in_browser(&site.client("a")?, "claims")?;
    assert_eq!(unverified.said["error"].as_str(), Some("login-sign-in-unnamed"), "{}", unverified.words);
    let enrolled = site.enroll_in_browser(&site.client("b")?, "right")?;
    assert_eq!(enrolled.said["login"].as_str(), Some("notary003"), "{}", enrolled.words);
    // Another account with the same verified address is not the same person.
    let other = site.enroll_in_browser(&site.client("c")?, "late")?;
    assert_eq!(other.said["error"].as_str(), Some("login-sign-in-other-account"), "{}", other.words);
    Ok(())
}

#[test]
fn a_provider_that_is_down_is_named_and_comes_back() -> Result<()> {
    let mut site = Site::open(&json!({ "notary001": person("notary001") }), BY_LOGIN)?;
    site.provider.stop()?;
    let client = site.client("notary001")?;
    let down = ended(client.begin(&["enroll", &site.server.link(), "--device-code"], &[])?)?;
    assert_eq!((down.code, down.said["error"].as_str()), (Some(1), Some("server-unavailable")), "{}", down.words);
    site.provider.start_again()?;
    // After a failure the server asks the provider again only when a pause is over.
    let until = Instant::now() + step();
    let enrolled = loop {
        match site.enroll_by_code(&client, "notary001") {
            Ok(enrolled) => break enrolled,
            Err(error) => ensure!(Instant::now() < until, "the provider is back, and nobody noticed: {error:#}"),
        }
    };
    assert_eq!(enrolled.code, Some(0), "{}", enrolled.words);
    Ok(())
}

//! The administration console of the real server, over TLS, as browsers and attackers meet it. The clock is fixed, so that a
//! second factor has its next step without waiting.

mod attacks;
mod browser;
mod golden;
mod password;
mod policy;
mod roles;
mod two_people;

pub use browser::Browser;
use pro_server::app::{App, Door, Running};
use pro_server::clock::Ambient;
use pro_server::domain::totp::{TotpSecret, code_at};
use pro_server::service::administrators::Typed;
use protocol::audit::{AdministratorRole, Assignment};
use protocol::secret::Secret;
use protocol::time::Timestamp;
use tests::postgres::Engine;

use crate::grant;
use crate::home::Home;

const START: Timestamp = Timestamp::from_millis(1_767_571_200_000);
const STEP_MS: u64 = 30_000;
const PASSWORD: &str = "trombone agile vert";

/// A server with an owner, an auditor, and two people.
struct Office {
    running: Running,
    ambient: Ambient,
    owner: TotpSecret,
    auditor: TotpSecret,
    home: Home,
}

impl Office {
    async fn open(engine: Engine) -> Self {
        let home = Home::on(engine);
        let ambient = Ambient::fixed(START, [9; 32]);
        let running = App::start(home.configuration(), ambient.clone()).await.expect("started");
        let csv = b"login,name,mail\nnotary01,Zo\xc3\xab <b>One</b>,\nnotary02,Notary Two,\n";
        running.services.import_people(&grant(), csv).await.expect("imported");
        let Door::FirstOwner(link) = &running.console else { panic!("an owner already") };
        let (_, token) = link.expose().rsplit_once('/').expect("a token");
        let owner = Self::set_up(&running, &ambient, &Secret::new(token.to_owned()), "claire").await;
        let made = running
            .services
            .add_administrator(&grant(), &[Assignment::everywhere(AdministratorRole::Auditor)])
            .await
            .expect("made");
        let auditor = Self::set_up(&running, &ambient, &made.token, "marc").await;
        Office { running, ambient, owner, auditor, home }
    }

    async fn set_up(running: &Running, ambient: &Ambient, token: &Secret<String>, name: &str) -> TotpSecret {
        let totp = running.services.look_up_link(token).await.expect("a good link").totp;
        let (password, code) = (Secret::new(PASSWORD.to_owned()), Secret::new(code(ambient, &totp)));
        let opened = running.services.set_up(token, Typed { name, password: &password, code: &code }).await;
        running.services.sign_out(&opened.expect("set up").token);
        totp
    }

    /// The data folder.
    fn data(&self) -> &std::path::Path {
        self.home.data()
    }

    fn browser(&self) -> Browser {
        Browser::new(self.running.address)
    }

    /// The code of the next step: this one is spent.
    fn code(&self, totp: &TotpSecret) -> String {
        self.ambient.advance_ms(STEP_MS);
        code(&self.ambient, totp)
    }

    async fn signed_in(&self, name: &str, totp: &TotpSecret) -> Browser {
        let mut browser = self.browser();
        let code = self.code(totp);
        let answer = browser.post("/admin/sign-in", &[("login", name), ("password", PASSWORD), ("code", &code)]).await;
        assert_eq!((answer.status, answer.location()), (303, "/admin/"), "{}", answer.body);
        browser
    }

    async fn owner(&self) -> Browser {
        self.signed_in("claire", &self.owner).await
    }

    async fn auditor(&self) -> Browser {
        self.signed_in("marc", &self.auditor).await
    }

    /// The path of somebody's page.
    async fn page_of(&self, login: &str) -> String {
        let people = self.running.services.people(&grant()).await.expect("people");
        let person = people.iter().find(|person| person.login.expose() == login).expect("there");
        format!("/admin/people/{}", person.member)
    }

    /// Everything that administrators did, but for who signed in.
    async fn acts(&self) -> usize {
        use protocol::audit::AuditEvent::{AdministratorSignInsBlocked, AdministratorSignedIn};
        let entries = self.running.services.audit(&grant(), 0).await.expect("the audit");
        let quiet = [AdministratorSignedIn, AdministratorSignInsBlocked];
        entries.iter().filter(|entry| !quiet.contains(&entry.event)).count()
    }
}

fn code(ambient: &Ambient, totp: &TotpSecret) -> String {
    format!("{:06}", code_at(totp, ambient.now().as_millis() / STEP_MS))
}

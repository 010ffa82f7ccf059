//! Administrators: links, sign-in, roles, removal, and what of it stands on disk.

use protocol::audit::{AdministratorRole, Assignment, AuditEvent, Party};

use super::*;
use crate::domain::access::PeopleWrite;
use crate::domain::account::BadAccount;
use crate::domain::console::SESSION_IDLE_MS;
use crate::domain::totp::{TotpSecret, code_at};
use crate::service::administrators::{
    LINK_LIFETIME_MS, LinkReason, Named, NewPassword, NewToken, Opened, SessionToken, Typed,
};

pub(super) const PASSWORD: &str = "trombone agile vert";
pub(super) const STEP_MS: u64 = 30_000;

pub(super) fn secret(text: &str) -> Secret<String> {
    Secret::from(text.to_owned())
}

pub(super) fn code(world: &World, totp: &TotpSecret) -> Secret<String> {
    Secret::new(format!("{:06}", code_at(totp, world.ambient.now().as_millis() / STEP_MS)))
}

/// Somebody who has set up an account.
pub(super) struct Account {
    pub(super) name: &'static str,
    pub(super) password: Secret<String>,
    pub(super) totp: TotpSecret,
}

impl Account {
    pub(super) async fn set_up(world: &World, made: &NewToken, name: &'static str) -> (Self, Opened) {
        let seen = world.services.look_up_link(&made.token).await.expect("a good link");
        let account = Account { name, password: secret(PASSWORD), totp: seen.totp };
        let opened = world.services.set_up(&made.token, account.typed(&code(world, &account.totp))).await;
        (account, opened.expect("set up"))
    }

    fn typed<'a>(&'a self, code: &'a Secret<String>) -> Typed<'a> {
        Typed { name: self.name, password: &self.password, code }
    }

    pub(super) async fn sign_in(&self, world: &World) -> Result<Opened, ServiceError> {
        self.sign_in_by(&world.services, world).await
    }

    async fn sign_in_by(&self, services: &Services, world: &World) -> Result<Opened, ServiceError> {
        services.sign_in(self.typed(&code(world, &self.totp))).await
    }
}

pub(super) async fn first(world: &World) -> NewToken {
    world.services.first_owner().await.expect("made").expect("nobody can sign in yet")
}

pub(super) async fn events(world: &World) -> Vec<AuditEvent> {
    // What is recorded behind the answers comes first.
    world.services.inner.notes.close();
    world.services.inner.notes.wait().await;
    let entries = world.services.audit(&grant(), 0).await.expect("the audit");
    entries.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn the_first_link_makes_an_owner_once() {
    let mut world = World::new().await;
    let older = first(&world).await;
    world.restart().await;
    let made = first(&world).await;
    let refused = |outcome: Result<_, ServiceError>| outcome.map(|_: LinkReason| ()).err();
    let look = world.services.look_up_link(&older.token).await.map(|seen| seen.reason);
    assert_eq!(refused(look), Some(Denial::Link.into()), "each start has one link");
    let seen = world.services.look_up_link(&made.token).await.expect("good");
    assert_eq!((seen.reason, seen.roles), (LinkReason::First, vec![Assignment::everywhere(AdministratorRole::Owner)]));
    let again = world.services.look_up_link(&made.token).await.expect("still good");
    assert_eq!(again.totp.expose(), seen.totp.expose(), "looking twice shows the same");

    let (account, opened) = Account::set_up(&world, &made, "claire").await;
    assert!(opened.who.grant::<PeopleWrite>().is_ok());
    assert_eq!(world.services.resume(&opened.token), Some(opened.who));
    let look = world.services.look_up_link(&made.token).await.map(|seen| seen.reason);
    assert_eq!(refused(look), Some(Denial::Link.into()), "spent");
    assert!(world.services.first_owner().await.expect("asked").is_none());

    world.ambient.advance_ms(STEP_MS);
    account.sign_in(&world).await.expect("signed in");
    let told = events(&world).await;
    for event in [AuditEvent::AdministratorSetUp, AuditEvent::AdministratorSignedIn] {
        assert!(told.contains(&event), "{event:?} is missing");
    }
    world.restart().await;
    assert!(world.services.resume(&opened.token).is_none(), "a restart signs everybody out");
}

#[tokio::test]
async fn a_link_expires_and_a_bad_account_does_not_spend_it() {
    let world = World::new().await;
    let made = first(&world).await;
    let totp = world.services.look_up_link(&made.token).await.expect("good").totp;
    let right = code(&world, &totp);
    for (name, password, code, bad) in [
        ("", PASSWORD, &right, vec![BadAccount::Name]),
        ("claire", "short", &right, vec![BadAccount::PasswordTooShort]),
        ("claire", PASSWORD, &secret("abc"), vec![BadAccount::Code]),
        ("a b", "Password2026", &secret(""), vec![BadAccount::Name, BadAccount::PasswordGuessable, BadAccount::Code]),
    ] {
        let typed = Typed { name, password: &secret(password), code };
        assert_eq!(world.services.set_up(&made.token, typed).await.err(), Some(Fault::Account(bad).into()));
    }
    world.ambient.advance_ms(LINK_LIFETIME_MS - 1);
    assert!(world.services.look_up_link(&made.token).await.is_ok());
    world.ambient.advance_ms(1);
    let typed = Typed { name: "claire", password: &secret(PASSWORD), code: &code(&world, &totp) };
    assert_eq!(world.services.set_up(&made.token, typed).await.err(), Some(Denial::Link.into()));
}

#[tokio::test]
async fn what_is_wrong_is_never_told_and_a_code_counts_once() {
    let world = World::new().await;
    let (account, _) = Account::set_up(&world, &first(&world).await, "claire").await;
    let refused = Some(Denial::SignIn.into());
    assert_eq!(account.sign_in(&world).await.err(), refused, "the code of the set-up is spent");
    world.ambient.advance_ms(STEP_MS);
    let right = code(&world, &account.totp);
    for (name, password, code) in [
        ("nobody", PASSWORD, &right),
        ("claire", "another password", &right),
        ("claire", PASSWORD, &secret("000000")),
        ("no\u{202e}body", PASSWORD, &right),
    ] {
        let typed = Typed { name, password: &secret(password), code };
        assert_eq!(world.services.sign_in(typed).await.err(), refused, "{name}");
    }
    account.sign_in(&world).await.expect("signed in");
    assert_eq!(account.sign_in(&world).await.err(), refused, "a code counts once");
}

#[tokio::test]
async fn guessing_is_slow_for_somebody_and_for_nobody_and_is_recorded_once() {
    let world = World::new().await;
    let (account, _) = Account::set_up(&world, &first(&world).await, "claire").await;
    for name in ["claire", "nobody"] {
        let attempt = async |_| {
            let (wrong, zero) = (secret("wrong wrong wrong"), secret("000000"));
            world.services.sign_in(Typed { name, password: &wrong, code: &zero }).await.err()
        };
        for number in 0..4 {
            assert_eq!(attempt(number).await, Some(Denial::SignIn.into()), "{name} {number}");
        }
        // The last one for a while is recorded, but the answer is not later for it: no change can be stored at this moment.
        let turn = world.services.inner.trees.lock().await;
        assert_eq!(attempt(4).await, Some(Denial::SignIn.into()), "{name}");
        drop(turn);
        let refused = attempt(5).await;
        assert!(matches!(refused, Some(ServiceError::Denied(Denial::TooMany(_)))), "{name}: {refused:?}");
    }
    let blocked = |told: Vec<AuditEvent>| {
        told.into_iter().filter(|event| *event == AuditEvent::AdministratorSignInsBlocked).count()
    };
    assert_eq!(blocked(events(&world).await), 1);
    assert!(matches!(account.sign_in(&world).await, Err(ServiceError::Denied(Denial::TooMany(_)))));
    world.ambient.advance_ms(60_000);
    account.sign_in(&world).await.expect("signed in after the pause");
    assert_eq!(blocked(events(&world).await), 1);
}

#[tokio::test]
async fn a_reset_and_a_removal_end_everything_at_once() {
    let world = World::new().await;
    let (owner, opened) = Account::set_up(&world, &first(&world).await, "claire").await;
    let rights = opened.who.grant().expect("an owner");
    let made = world
        .services
        .add_administrator(&rights, &[Assignment::everywhere(AdministratorRole::Auditor)])
        .await
        .expect("made");
    let (auditor, seat) = Account::set_up(&world, &made, "marc").await;
    assert!(seat.who.grant::<PeopleWrite>().is_err());
    let name = Named::Name("marc");
    let link = world.services.reset_administrator(&rights, name).await.expect("reset");
    assert!(world.services.resume(&seat.token).is_none());
    world.ambient.advance_ms(STEP_MS);
    assert_eq!(auditor.sign_in(&world).await.err(), Some(Denial::SignIn.into()));
    let seen = world.services.look_up_link(&link.token).await.expect("good");
    assert_eq!(seen.reason, LinkReason::Reset("marc".into()));
    assert_ne!(seen.totp.expose(), auditor.totp.expose(), "another second factor");
    let (auditor, seat) = Account::set_up(&world, &link, "ignored").await;
    assert_eq!(seat.name.expose(), "marc", "a reset keeps the name");

    world.services.remove_administrator(&rights, name).await.expect("removed");
    assert!(world.services.signed_in(seat.who.session()).is_none());
    world.ambient.advance_ms(STEP_MS);
    let gone = Account { name: "marc", ..auditor };
    assert_eq!(gone.sign_in(&world).await.err(), Some(Denial::SignIn.into()));
    let again = world.services.remove_administrator(&rights, name).await;
    assert_eq!(again, Err(ServiceError::Missing(Thing::Administrator)));

    let oneself = world.services.remove_administrator(&rights, Named::Id(opened.who.id())).await;
    assert_eq!(oneself, Err(Clash::Oneself.into()));
    let last = world.services.remove_administrator(&grant(), Named::Name("claire")).await;
    assert_eq!(last, Err(Clash::LastOwner.into()));
    owner.sign_in(&world).await.expect("still there");
    let named = world.services.audit(&grant(), 0).await.expect("the audit");
    let removed = named.iter().find(|entry| entry.event == AuditEvent::AdministratorRemoved).expect("recorded");
    assert_eq!(removed.subject, Some(audit::PartyView::Administrator { name: "marc".into() }), "named after all");
    assert_eq!(*rights.actor(), Party::Administrator(opened.who.id()));
}

#[tokio::test]
async fn a_session_ends_by_silence() {
    let world = World::new().await;
    let (_, opened) = Account::set_up(&world, &first(&world).await, "claire").await;
    world.ambient.advance_ms(SESSION_IDLE_MS - 1);
    assert!(world.services.resume(&opened.token).is_some());
    world.ambient.advance_ms(SESSION_IDLE_MS);
    assert!(world.services.signed_in(opened.who.session()).is_none());
    assert!(world.services.resume(&opened.token).is_none());
    let other = SessionToken::new([0; 32]);
    assert!(world.services.resume(&other).is_none());
}

#[tokio::test]
async fn the_database_holds_no_secret_in_the_clear() {
    let world = World::new().await;
    let made = first(&world).await;
    let (account, opened) = Account::set_up(&world, &made, "claire").await;
    let open = world
        .services
        .add_administrator(&grant(), &[Assignment::everywhere(AdministratorRole::Owner)])
        .await
        .expect("made");
    let waiting = world.services.look_up_link(&open.token).await.expect("good").totp;
    world.services.close().await;
    let database = std::fs::read(world.folder.path().join("isoloir.sqlite")).expect("the database");
    let holds = |secret: &[u8]| database.windows(secret.len()).any(|window| window == secret);
    assert!(holds(b"claire") && holds(b"$argon2id$"), "the search finds what is there");
    for (what, secret) in [
        ("a token", made.token.expose().as_bytes()),
        ("a token that waits", open.token.expose().as_bytes()),
        ("a password", PASSWORD.as_bytes()),
        ("a second factor", account.totp.expose()),
        ("a second factor that waits", waiting.expose()),
        ("a session", opened.token.expose()),
    ] {
        assert!(!holds(secret), "{what}");
    }
}

#[tokio::test]
async fn wrong_links_hold_nobody_up_who_has_a_right_one() {
    let world = World::new().await;
    let made = first(&world).await;
    let refused = loop {
        match world.services.look_up_link(&secret("wrong")).await.err() {
            Some(ServiceError::Denied(Denial::Link)) => {}
            other => break other,
        }
    };
    assert!(matches!(refused, Some(ServiceError::Denied(Denial::TooMany(_)))), "{refused:?}");
    Account::set_up(&world, &made, "claire").await;
}

#[tokio::test]
async fn a_network_that_guesses_uses_up_its_own_attempts_and_nobody_elses() {
    let world = World::new().await;
    let (account, _) = Account::set_up(&world, &first(&world).await, "claire").await;
    world.ambient.advance_ms(STEP_MS);
    let stranger = world.services.asked_by(Some(Asker([1; 16])));
    let refused = async |number| {
        let (wrong, zero) = (secret("wrong wrong wrong"), secret("000000"));
        let name = format!("nobody{number}");
        stranger.sign_in(Typed { name: &name, password: &wrong, code: &zero }).await.err()
    };
    let askers = &world.services.inner.desk.askers;
    for _ in 0..20 {
        let wrong = async { Err::<(), _>(ServiceError::from(Denial::SignIn)) };
        let told = askers.guess(stranger.asker, world.ambient.now(), wrong).await;
        assert_eq!(told, Err(Denial::SignIn.into()));
    }
    assert!(matches!(refused(1).await, Some(ServiceError::Denied(Denial::TooMany(_)))));
    let elsewhere = world.services.asked_by(Some(Asker([2; 16])));
    for _ in 0..100 {
        // Who is right is not counted, however many share the network.
        let right = async { Ok::<_, ServiceError>(()) };
        askers.guess(elsewhere.asker, world.ambient.now(), right).await.expect("let through");
    }
    account.sign_in_by(&elsewhere, &world).await.expect("signed in");
}

/// Whoever knows a name can use up what strangers have, and keeps its owner out of no browser in which they signed in before.
#[tokio::test]
async fn guessing_elsewhere_keeps_nobody_out_of_their_own_browser() {
    let world = World::new().await;
    let (account, opened) = Account::set_up(&world, &first(&world).await, "claire").await;
    let wrong = secret("wrong wrong wrong");
    let guess = async |browser| {
        let typed = Typed { name: "claire", password: &wrong, code: &secret("000000") };
        world.services.sign_in_from(typed, browser).await.err()
    };
    let too_many = |refused| matches!(refused, Some(ServiceError::Denied(Denial::TooMany(_))));
    while !too_many(guess(None).await) {}
    world.ambient.advance_ms(STEP_MS);
    let right = code(&world, &account.totp);
    assert!(too_many(world.services.sign_in(account.typed(&right)).await.err()), "a stranger waits, right or wrong");
    let again = world.services.sign_in_from(account.typed(&right), Some(&opened.browser)).await.expect("known");

    // A known browser is no way around the count: it has one of its own, as strict.
    let mut guesses = 0;
    while !too_many(guess(Some(&again.browser)).await) {
        guesses += 1;
    }
    assert_eq!(guesses, 5);
    // One that was made up, or another administrator's, is a stranger.
    let made = world.services.add_administrator(&grant(), &[Assignment::everywhere(AdministratorRole::Owner)]).await;
    let (_, other) = Account::set_up(&world, &made.expect("made"), "marc").await;
    assert!(too_many(guess(Some(&other.browser)).await));
    let forged = Secret::new([0; 60]);
    assert!(too_many(guess(Some(&forged)).await));
    // A reset makes every browser a stranger.
    world.ambient.advance_ms(STEP_MS);
    let link = world.services.reset_administrator(&grant(), Named::Name("claire")).await.expect("reset");
    Account::set_up(&world, &link, "claire").await;
    while !too_many(guess(None).await) {}
    assert!(too_many(guess(Some(&opened.browser)).await));
}

#[tokio::test]
async fn another_password_takes_the_present_one_and_a_code_and_closes_what_the_old_one_opened() {
    let world = World::new().await;
    let (mut account, here) = Account::set_up(&world, &first(&world).await, "claire").await;
    world.ambient.advance_ms(STEP_MS);
    let elsewhere = account.sign_in(&world).await.expect("signed in");
    let (spent, next) = (code(&world, &account.totp), secret("heron over the lagoon"));
    world.ambient.advance_ms(STEP_MS);
    let fresh = code(&world, &account.totp);
    let change = async |current: &str, code: &Secret<String>, next: &Secret<String>| {
        let typed = NewPassword { current: &secret(current), code, next };
        world.services.change_password(&here.who, typed).await.map(|browser| *browser.expose())
    };
    let bad = |fault| Some(ServiceError::from(Fault::Account(vec![fault])));
    assert_eq!(change(PASSWORD, &fresh, &secret("short")).await.err(), bad(BadAccount::PasswordTooShort));
    assert_eq!(change(PASSWORD, &fresh, &secret("Claire-2026-Paris")).await.err(), bad(BadAccount::PasswordGuessable));
    let refused = Some(ServiceError::from(Denial::SignIn));
    assert_eq!(change("trombone agile bleu", &fresh, &next).await.err(), refused);
    assert_eq!(change(PASSWORD, &spent, &next).await.err(), refused, "a code counts once");
    assert_eq!(change(PASSWORD, &fresh, &secret(PASSWORD)).await.err(), bad(BadAccount::PasswordKept));
    assert!(world.services.resume(&elsewhere.token).is_some(), "nothing has changed");

    let browser = change(PASSWORD, &fresh, &next).await.expect("changed");
    assert!(world.services.resume(&here.token).is_some(), "this session goes on");
    assert!(world.services.resume(&elsewhere.token).is_none(), "the other one ended");
    assert_eq!(change("heron over the lagoon", &fresh, &secret("another one of mine")).await.err(), refused, "spent");
    let many = change("wrong", &fresh, &secret("another one of mine")).await.err();
    assert!(matches!(many, Some(ServiceError::Denied(Denial::TooMany(_)))), "guesses are counted: {many:?}");

    world.ambient.advance_ms(STEP_MS);
    for _ in 0..3 {
        assert_eq!(account.sign_in(&world).await.err().as_ref(), refused.as_ref(), "the old one opens nothing");
    }
    account.password = next;
    let known = Secret::new(browser);
    let typed = account.typed(&fresh);
    assert!(world.services.sign_in_from(typed, Some(&known)).await.is_err(), "the code of the change is spent");
    let now = code(&world, &account.totp);
    let entered = world.services.sign_in_from(account.typed(&now), Some(&known)).await;
    assert!(entered.is_ok(), "the browser in which it was changed is known: {:?}", entered.err());
    let told = events(&world).await;
    assert_eq!(told.iter().filter(|event| **event == AuditEvent::AdministratorPasswordChanged).count(), 1);
}

#[tokio::test]
async fn a_session_that_the_policy_ended_does_not_come_back_when_the_policy_is_loosened() {
    use protocol::policy::{Policy, PolicyKey};

    let world = World::new().await;
    let made = first(&world).await;
    let (account, silent) = Account::set_up(&world, &made, "claire").await;
    let idle = async |minutes: &str| {
        let (version, mut settings) = world.services.settings(&grant());
        settings.organization.policy = Policy::of(&[(PolicyKey::AdminSessionIdleMinutes, minutes)]).expect("a rule");
        world.services.publish_policy(&grant(), settings, version).await.expect("published");
    };
    idle("5").await;
    world.ambient.advance_ms(4 * 60 * 1_000);
    let used = account.sign_in(&world).await.expect("signed in");
    world.ambient.advance_ms(2 * 60 * 1_000);
    idle("15").await;
    assert!(world.services.resume(&silent.token).is_none(), "it was over");
    assert!(world.services.resume(&used.token).is_some(), "and this one was not");
}

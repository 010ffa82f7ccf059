//! Another password of one's own at the server's machine: with the present one and the second factor, and with nothing less.

use protocol::audit::AuditEvent;

use super::administrators::{Account, PASSWORD, STEP_MS, code, events, first, secret};
use super::*;
use crate::domain::account::BadAccount;
use crate::service::administrators::{Named, NewPassword};

#[tokio::test]
async fn whoever_knows_a_password_and_has_the_second_factor_changes_it_at_the_machine() {
    let world = World::new().await;
    let (mut account, opened) = Account::set_up(&world, &first(&world).await, "claire").await;
    world.ambient.advance_ms(STEP_MS);
    let (fresh, next) = (code(&world, &account.totp), secret("heron over the lagoon"));
    let change = async |name: &str, current: &str, code: &str, next: &str| {
        let (current, code, next) = (secret(current), secret(code), secret(next));
        let typed = NewPassword { current: &current, code: &code, next: &next };
        world.services.change_password_of(Named::Name(name), typed).await
    };
    let refused = Err(ServiceError::from(Denial::SignIn));
    assert_eq!(change("claire", "trombone agile bleu", fresh.expose(), next.expose()).await, refused);
    assert_eq!(change("claire", PASSWORD, "000000", next.expose()).await, refused);
    let missing = Err(ServiceError::Missing(Thing::Administrator));
    assert_eq!(change("marc", PASSWORD, fresh.expose(), next.expose()).await, missing);
    let guessable = Fault::Account(vec![BadAccount::PasswordGuessable]);
    assert_eq!(change("claire", PASSWORD, fresh.expose(), "Claire-2026-Paris").await, Err(guessable.into()));
    assert!(world.services.resume(&opened.token).is_some(), "nothing has changed");

    change("claire", PASSWORD, fresh.expose(), next.expose()).await.expect("changed");
    assert!(world.services.resume(&opened.token).is_none(), "no session goes on");
    world.ambient.advance_ms(STEP_MS);
    assert!(account.sign_in(&world).await.is_err(), "the old one opens nothing");
    world.ambient.advance_ms(STEP_MS);
    account.password = next;
    account.sign_in(&world).await.expect("the new one does");
    let told = events(&world).await;
    assert_eq!(told.iter().filter(|event| **event == AuditEvent::AdministratorPasswordChanged).count(), 1);
}

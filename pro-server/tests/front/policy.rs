//! Policies that the server itself holds, for sessions that are open already.

use protocol::policy::{Policy, PolicyKey, Version};
use protocol::signaling::field::{CloseCode, SessionKind};
use protocol::signaling::message::ServerFrame;
use tests::postgres::Engine;

use crate::home::{Home, on_both_engines};
use crate::{Session, enroll, grant};

on_both_engines! {
    a_client_that_became_too_old_is_out_at_once,
}

async fn a_client_that_became_too_old_is_out_at_once(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let device = enroll(&running, "notary01").await;
    let old = Version { major: 0, minor: 0, patch: 1 };
    let mut outdated = Session::of_release(&running, &device, SessionKind::Relationship, old).await.expect("welcome");
    let mut current = Session::open(&running, &device, SessionKind::Door).await.expect("welcome");
    let minimum = Policy::of(&[(PolicyKey::ClientMinVersion, "0.1.0")]).expect("rows");
    running.services.publish_policy(&grant(), minimum, 1).await.expect("published");
    let ended = outdated.socket.next_but_news().await;
    assert!(matches!(ended, Some(ServerFrame::Close { code: CloseCode::ClientTooOld })), "{ended:?}");
    current.settle(1).await;
    let again = Session::of_release(&running, &device, SessionKind::Relationship, old).await;
    assert_eq!(again.err(), Some(CloseCode::ClientTooOld));
    running.stop().await.expect("stopped");
}

//! The guard in front of an engine, and what the policy says of locks.

use protocol::policy::{Policy, PolicyKey};
use protocol::secret::Secret;

use super::*;
use crate::engine::guard::Door;
use crate::engine::port::{Beside, EVENTS_MAX, EngineHandle, Phrase, Request};
use crate::engine::start::start_told;
use crate::store::tables::POLICY_IN_FORCE;
use crate::store::{KdfCost, SecretBytes, Unlock};

const RIGHT: &str = "correct horse";

fn phrase(text: &str) -> Phrase {
    Phrase(Secret::new(text.to_owned()))
}

fn by(text: &str) -> Unlock {
    Unlock::Passphrase(phrase(text).0)
}

/// A vault in a folder that opens so, of a device that obeys these rules.
fn vault(unlock: &Unlock, rules: &[(PolicyKey, &str)]) -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::create_with(folder.path(), unlock, KdfCost::MINIMAL).unwrap();
    enroll_on(&vault, &mut Organization::new());
    let rules = SecretBytes::new(protocol::codec::encode(&Policy::of(rules).unwrap()));
    vault.write(|tx| tx.put(&POLICY_IN_FORCE, &(), &rules)).unwrap();
    (folder, vault)
}

fn options(folder: &tempfile::TempDir) -> Options {
    Options { data: folder.path().to_owned(), ..Options::default() }
}

fn locked(folder: &tempfile::TempDir) -> Begin {
    Begin::Locked(Vault::claim(folder.path()).unwrap())
}

async fn refusal(engine: &EngineHandle, request: Request) -> String {
    engine.ask(request).await.unwrap_err().code
}

fn unlock(text: &str) -> Request {
    Request::Unlock { passphrase: phrase(text) }
}

#[tokio::test]
async fn a_locked_guard_knows_nothing_and_opens_with_the_passphrase_alone() {
    let (folder, vault) = vault(&by(RIGHT), &[]);
    vault.close().unwrap();
    let guard = Guard::start(locked(&folder), options(&folder)).unwrap();
    let engine = guard.handle.clone();
    let mut events = engine.events.subscribe();
    assert_eq!(
        engine.ask(Request::Status {}).await.unwrap(),
        serde_json::json!({"state": "locked", "server": "offline"})
    );
    let send = Request::Send { who: "x".into(), text: "y".into(), wait_ms: None, beside: Beside::default() };
    for request in [Request::Whoami {}, Request::Conversations {}, Request::Organization {}, send] {
        assert_eq!(refusal(&engine, request).await, "locked");
    }
    assert_eq!(refusal(&engine, unlock("wrong")).await, "wrong-passphrase");
    // Of two that wait for the passphrase one would serve nobody.
    assert!(matches!(Vault::claim(folder.path()), Err(VaultError::InUse)));

    assert_eq!(engine.ask(unlock(RIGHT)).await.unwrap()["state"], "open");
    assert_eq!(engine.ask(Request::Status {}).await.unwrap()["state"], "open");
    assert!(engine.ask(Request::Whoami {}).await.is_ok());
    assert_eq!(engine.ask(Request::Lock {}).await.unwrap()["state"], "locked");
    guard.finished().await;
    assert_eq!(guard.stop().await.unwrap(), Ended::Locked);
    assert_eq!(told(&mut events, "locked"), 1);
    Vault::open(folder.path(), &by(RIGHT)).unwrap();
}

#[tokio::test]
async fn what_opens_by_itself_cannot_be_locked() {
    let (folder, vault) = vault(&Unlock::KeyFile, &[]);
    let guard = Guard::start(Begin::Open(vault), options(&folder)).unwrap();
    assert_eq!(refusal(&guard.handle, Request::Lock {}).await, "lock-needs-passphrase");
    assert!(guard.handle.ask(Request::Whoami {}).await.is_ok());
    assert_eq!(guard.stop().await.unwrap(), Ended::Stopped);
}

#[tokio::test]
async fn the_last_wrong_passphrase_ends_a_locked_guard_too() {
    let rules = [(PolicyKey::DeviceAppLock, "optional"), (PolicyKey::DeviceLockWipeAfter, "3")];
    let (folder, vault) = vault(&by(RIGHT), &rules);
    // The engine takes the number from the policy.
    let guard = Guard::start(Begin::Open(vault), options(&folder)).unwrap();
    assert_eq!(guard.stop().await.unwrap(), Ended::Stopped);
    let guard = Guard::start(locked(&folder), options(&folder)).unwrap();
    for (wrong, left) in [("wrong", "2"), ("also", "1"), ("wrong", "1")] {
        let fault = guard.handle.ask(unlock(wrong)).await.unwrap_err();
        assert_eq!((fault.code.as_str(), fault.detail.as_deref()), ("wrong-passphrase-left", Some(left)));
    }
    assert_eq!(refusal(&guard.handle, unlock("another")).await, "vault-wiped");
    assert!(guard.stop().await.is_err());
    assert!(!Vault::exists(folder.path()).unwrap());
}

#[tokio::test]
async fn whoever_gave_the_right_passphrase_in_vain_leaves_nothing_of_it_behind() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody was enrolled in it: it opens, and no engine starts.
    Vault::create_with(folder.path(), &by(RIGHT), KdfCost::MINIMAL).unwrap().close().unwrap();
    let guard = Guard::start(locked(&folder), options(&folder)).unwrap();
    assert_eq!(refusal(&guard.handle, unlock("wrong")).await, "wrong-passphrase");
    assert_eq!(guard.handle.ask(Request::Status {}).await.unwrap()["state"], "locked", "it waits on");
    assert_eq!(refusal(&guard.handle, unlock(RIGHT)).await, "not-enrolled");
    guard.finished().await;
    assert_eq!(guard.stop().await.unwrap(), Ended::Locked, "the process is replaced");
}

/// A guard whose person was last here so long ago.
fn door(folder: &tempfile::TempDir, vault: Vault, ago_ms: u64) -> (Door, EngineHandle) {
    let (calls_in, calls) = mpsc::channel(8);
    let (events, _) = broadcast::channel(EVENTS_MAX);
    let running = start_told(vault, options(folder), events.clone()).unwrap();
    let handle = EngineHandle { calls: calls_in, events: events.clone() };
    let used = clock::now().minus_ms(ago_ms);
    (Door { options: options(folder), calls, events, running: Some(running), claim: None, used }, handle)
}

#[tokio::test]
async fn it_locks_when_nobody_was_here_for_as_long_as_the_policy_says() {
    let rules = [(PolicyKey::DeviceAppLock, "optional"), (PolicyKey::DeviceLockIdleMinutes, "1")];
    let (folder, opened) = vault(&by(RIGHT), &rules);
    let (door, handle) = door(&folder, opened, 60_001);
    let mut events = handle.events.subscribe();
    let (_stop, stopped) = oneshot::channel();
    assert_eq!(door.run(stopped).await.unwrap(), Ended::Locked);
    assert_eq!(told(&mut events, "locked"), 1);
}

#[tokio::test]
async fn whoever_comes_after_that_time_finds_it_locked() {
    let rules = [(PolicyKey::DeviceAppLock, "optional"), (PolicyKey::DeviceLockIdleMinutes, "1")];
    let (folder, opened) = vault(&by(RIGHT), &rules);
    let (mut door, handle) = door(&folder, opened, 60_001);
    // As after a sleep of the machine: the call is there before the timer.
    let (reply, answer) = oneshot::channel();
    handle.calls.try_send(Call { request: Request::Present {}, reply }).unwrap();
    door.used = clock::now().minus_ms(60_001);
    let (_stop, stopped) = oneshot::channel();
    assert_eq!(door.run(stopped).await.unwrap(), Ended::Locked);
    assert_eq!(answer.await.unwrap().unwrap_err().code, "locked");
}

#[tokio::test]
async fn it_stays_open_where_the_rule_is_not_for_it_or_somebody_is_here() {
    let idle = [(PolicyKey::DeviceAppLock, "optional"), (PolicyKey::DeviceLockIdleMinutes, "1")];
    let off = [(PolicyKey::DeviceAppLock, "off"), (PolicyKey::DeviceLockIdleMinutes, "1")];
    for (unlock, rules, ago_ms) in
        [(by(RIGHT), &off, 60_001), (Unlock::KeyFile, &idle, 60_001), (by(RIGHT), &idle, 30_000)]
    {
        let (folder, opened) = vault(&unlock, rules);
        let (door, handle) = door(&folder, opened, ago_ms);
        assert!(!door.is_idle());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(door.run(stopped));
        assert!(handle.ask(Request::Whoami {}).await.is_ok());
        stop.send(()).unwrap();
        assert_eq!(running.await.unwrap().unwrap(), Ended::Stopped);
    }
}

#[tokio::test]
async fn what_windows_ask_by_themselves_is_no_use_and_what_a_person_does_is() {
    let rules = [(PolicyKey::DeviceAppLock, "optional"), (PolicyKey::DeviceLockIdleMinutes, "1")];
    let (folder, opened) = vault(&by(RIGHT), &rules);
    let (mut door, _handle) = door(&folder, opened, 50_000);
    let before = door.used;
    for (request, is_use) in [(Request::Status {}, false), (Request::Outbox {}, false), (Request::Present {}, true)] {
        let (reply, answer) = oneshot::channel();
        door.take(Call { request, reply }).await.unwrap();
        answer.await.unwrap().unwrap();
        assert_eq!(door.used > before, is_use);
    }
    door.close().await.unwrap();
}

#[tokio::test]
async fn where_a_passphrase_is_required_nothing_is_done_before_there_is_one() {
    let (folder, vault) = vault(&Unlock::KeyFile, &[(PolicyKey::DeviceAppLock, "required")]);
    let guard = Guard::start(Begin::Open(vault), options(&folder)).unwrap();
    let engine = &guard.handle;
    assert_eq!(engine.ask(Request::Status {}).await.unwrap()["reason"], "passphrase-required");
    assert!(engine.ask(Request::Whoami {}).await.is_ok());
    let send = Request::Send { who: "x".into(), text: "y".into(), wait_ms: None, beside: Beside::default() };
    for request in [Request::Conversations {}, Request::Contacts {}, Request::Files {}, Request::Outbox {}, send] {
        assert_eq!(refusal(engine, request).await, "passphrase-required");
    }
    let set = |present: Option<&str>, next: Option<&str>| Request::SetPassphrase {
        present: present.map(phrase),
        next: next.map(phrase),
    };
    assert_eq!(refusal(engine, set(None, Some(""))).await, "secret-empty");
    assert_eq!(engine.ask(set(None, Some(RIGHT))).await.unwrap()["opens_with"], "passphrase");
    assert!(engine.ask(Request::Status {}).await.unwrap().get("reason").is_none());
    assert!(engine.ask(Request::Conversations {}).await.is_ok());
    // And there it stays.
    assert_eq!(refusal(engine, set(Some(RIGHT), None)).await, "passphrase-required");
    assert_eq!(refusal(engine, set(Some("wrong"), Some("next"))).await, "wrong-passphrase");
    assert_eq!(engine.ask(Request::Lock {}).await.unwrap()["state"], "locked");
    assert_eq!(guard.stop().await.unwrap(), Ended::Locked);
    Vault::open(folder.path(), &by(RIGHT)).unwrap();
}

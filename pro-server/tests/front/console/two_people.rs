//! Where dangerous acts need two people, nobody weakens the policy alone: not in the console, not as a program, not by a command on the
//! server's machine. What two people want is done, once.

use std::path::Path;
use std::process::Output;

use protocol::audit::{AuditEvent, DangerousAct, IntegrationScope};
use protocol::policy::{Listed, Policy, PolicyKey};
use tests::postgres::Engine;
use tokio::process::Command;

use super::{Browser, Office};
use crate::grant;
use crate::home::on_both_engines;

on_both_engines! {
    nobody_weakens_the_policy_alone_by_any_way_in,
}

/// A policy that forbids files, and two owners whom dangerous acts need.
async fn strict_office(engine: Engine) -> (Office, Browser) {
    let office = Office::open(engine).await;
    let services = &office.running.services;
    let made = services.add_administrator(&grant(), &["owner".parse().expect("a role")]).await.expect("made");
    let totp = Office::set_up(&office.running, &office.ambient, &made.token, "zelie").await;
    let mut strict = Policy::default();
    strict.set(PolicyKey::FileSend, "off").expect("a value");
    services.publish_policy(&grant(), strict, 1).await.expect("published");
    services.need_two_people(&grant()).await.expect("two owners");
    let second = office.signed_in("zelie", &totp).await;
    (office, second)
}

async fn command(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pro-server"));
    command.env("LC_ALL", "C.UTF-8").arg("--data").arg(data).args(arguments).kill_on_drop(true);
    command.output().await.expect("run")
}

fn number_in(location: &str) -> u64 {
    let number = location.strip_prefix("/admin/approvals/").and_then(|rest| rest.strip_suffix("?done=asked"));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no request: {location}"))
}

async fn nobody_weakens_the_policy_alone_by_any_way_in(engine: Engine) {
    let (office, mut second) = strict_office(engine).await;
    let services = &office.running.services;
    let is_strict = || services.policy().version == 2 && *services.policy().policy.file_send() != Listed::Everything;

    // The console, by the draft and by the form.
    let mut first = office.owner().await;
    let csrf = first.get("/admin/").await.csrf().to_owned();
    let rule = [("csrf", csrf.as_str()), ("scope", "organization"), ("rule", "file.send"), ("value", "all")];
    let kept = first.post("/admin/policy/desk/rule", &rule).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    let desk = first.get("/admin/policy/desk").await;
    let shown = desk.body.split("name=\"shown\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let shown = shown.expect("a draft to publish").to_owned();
    let asked = first.post("/admin/policy/desk/publish", &[("csrf", &csrf), ("shown", &shown)]).await;
    let number = number_in(asked.location());
    assert!(is_strict(), "the console published alone");
    let page = first.get(&format!("/admin/approvals/{number}")).await;
    let told = "Sending files: Nobody may send files → Everybody may send files";
    assert!(page.body.contains(told) && page.body.contains("file.send"), "{}", page.body);
    let digest = page.body.split("name=\"digest\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    assert!(digest.is_none(), "whoever asked has nothing to agree with");

    // A command on the machine asks too, and cannot agree to what the machine asked.
    let set = command(office.data(), &["--json", "policy", "set", "file.send=all"]).await;
    assert!(!set.status.success() && is_strict(), "{}", String::from_utf8_lossy(&set.stdout));
    let waiting = services.approvals(&grant()).await.expect("requests").requests;
    let of_machine = waiting.iter().find(|request| request.number != number).expect("asked by the command");
    let (theirs, digest) = (of_machine.number.to_string(), of_machine.hash.to_string());
    let alone = command(office.data(), &["approvals", "approve", &theirs, &digest]).await;
    assert!(!alone.status.success() && is_strict(), "{}", String::from_utf8_lossy(&alone.stdout));
    let words = String::from_utf8_lossy(&alone.stderr).into_owned();
    assert!(words.contains("Somebody else") || words.contains("somebody else"), "{words}");

    // A program is nobody.
    let made = services.add_integration(&grant(), IntegrationScope::Read, "reader", 1).await.expect("reads");
    services.revoke_integration(&grant(), made.id).await.expect("revoked");
    let token = services.add_integration(&grant(), IntegrationScope::Administer, "robot", 1).await;
    assert!(token.is_err(), "the machine alone makes no token that changes something");

    // Another person agrees to exactly what was asked; then it is done, once.
    let csrf = second.get("/admin/").await.csrf().to_owned();
    let page = second.get(&format!("/admin/approvals/{number}")).await;
    let digest = page.body.split("name=\"digest\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let digest = digest.expect("something to agree to").to_owned();
    let wrong = "00".repeat(32);
    let other =
        second.post(&format!("/admin/approvals/{number}/approve"), &[("csrf", &csrf), ("digest", &wrong)]).await;
    assert!(other.status >= 400 && is_strict(), "something else was agreed to");
    let fields = [("csrf", csrf.as_str()), ("digest", digest.as_str())];
    let agreed = second.post(&format!("/admin/approvals/{number}/approve"), &fields).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    assert_eq!((services.policy().version, services.policy().policy.file_send().clone()), (3, Listed::Everything));
    let again = second.post(&format!("/admin/approvals/{number}/approve"), &fields).await;
    assert!(again.status >= 400 && services.policy().version == 3, "once");

    let told = services.audit(&grant(), 0).await.expect("the audit");
    let asked = |event: &AuditEvent| matches!(event, AuditEvent::ApprovalAsked { act: DangerousAct::Policy, .. });
    assert_eq!(told.iter().filter(|entry| asked(&entry.event)).count(), 2, "the console's and the command's");
    office.running.stop().await.expect("stopped");
}

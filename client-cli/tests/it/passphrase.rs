//! `isoloir passphrase`, with and without an agent, as scripts use it.

use std::fs;
use std::process::Output;

use super::enrolled::{Device, NAME, object};

fn word(output: &Output, name: &str) -> String {
    object(output)[name].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_passphrase_is_changed_removed_and_set_with_and_without_an_agent() {
    let device = Device::new();
    fs::write(device.file("next"), "the next one\n").unwrap();
    let next = device.file("next").display().to_string();
    let change = ["passphrase", "change", "--new-passphrase-file", &next];

    // Without an agent.
    assert_eq!(word(&device.with("wrong", &change), "error"), "wrong-passphrase");
    assert_eq!(word(&device.with("passphrase", &change), "opens_with"), "passphrase");
    assert_eq!(word(&device.with("passphrase", &["whoami"]), "error"), "wrong-passphrase");
    assert_eq!(word(&device.with("next", &["whoami"]), "name"), NAME);
    let set = ["passphrase", "set", "--new-passphrase-file", &next];
    assert_eq!(word(&device.with("next", &set), "error"), "passphrase-is-set");

    // Beside one, which goes on.
    fs::copy(device.file("next"), device.file("passphrase")).unwrap();
    let agent = device.agent(&[]);
    assert_eq!(word(&device.with("wrong", &["passphrase", "remove"]), "error"), "wrong-passphrase");
    assert_eq!(word(&device.with("passphrase", &["passphrase", "remove"]), "opens_with"), "key-file");
    assert_eq!(word(&device.command().arg("lock").output().unwrap(), "error"), "lock-needs-passphrase");
    assert_eq!(word(&device.command().arg("whoami").output().unwrap(), "name"), NAME);
    drop(agent);

    // It opens by itself, and then not any more.
    assert_eq!(word(&device.command().arg("whoami").output().unwrap(), "name"), NAME);
    assert_eq!(word(&device.with("next", &change), "error"), "passphrase-is-none");
    assert_eq!(word(&device.command().args(set).output().unwrap(), "opens_with"), "passphrase");
    assert_eq!(word(&device.command().arg("whoami").output().unwrap(), "error"), "passphrase-needed");
    assert_eq!(word(&device.with("next", &["whoami"]), "name"), NAME);
    assert!(!device.data().join("vault.key").exists());
    assert_eq!(word(&device.command().arg("lock").output().unwrap(), "error"), "no-agent");
}

//! What command lines mean, and what is said about wrong ones.

use super::*;

fn words(locale: &'static str) -> Words {
    Words::of_environment(|name| (name == "LANG").then(|| locale.to_owned()))
}

fn read(line: &[&str]) -> Result<Arguments, clap::Error> {
    let line = std::iter::once("pro-server").chain(line.iter().copied());
    parse(&words("en"), line.map(Into::into))
}

#[test]
fn the_tree_is_sound() {
    command(&words("en")).debug_assert();
    command(&words("fr")).debug_assert();
}

#[test]
fn global_options_stand_anywhere() {
    for line in
        [&["--data", "d", "serve", "--listen", "127.0.0.1:0"][..], &["serve", "--data", "d", "--listen", "127.0.0.1:0"]]
    {
        let arguments = read(line).expect("valid");
        assert_eq!(arguments.data, Some(PathBuf::from("d")));
        assert!(matches!(arguments.verb, Verb::Serve { listen: Some(address) } if address.port() == 0));
    }
    let arguments = read(&["people", "list", "--json"]).expect("valid");
    assert_eq!(arguments.output, Output::Json);
}

#[test]
fn every_verb_is_read() {
    let device = "00".repeat(16);
    for line in [
        &["health"][..],
        &["sync"],
        &["sync", "--plan"],
        &["sync", "--history", "--source", "paris"],
        &["sync", "--plan", "--source", "paris"],
        &["sync", "--agree", &"00".repeat(32), "--source", "paris"],
        &["people", "list"],
        &["people", "import", "f"],
        &["people", "import", "f", "--plan"],
        &["people", "import", "f", "--agree", &"00".repeat(32)],
        &["people", "suspend", "a"],
        &["people", "resume", "a"],
        &["people", "remove", "a", "--for-good"],
        &["device", "list"],
        &["device", "list", "a"],
        &["device", "revoke", &device],
        &["enrollment-code", "create", "a"],
        &["policy", "show"],
        &["policy", "set", "file.send=false", "x=y"],
        &["policy", "set", "--scope", "group:paris", "--lock", "--draft", "file.send=off"],
        &["policy", "show", "--scope", "person:anna"],
        &["policy", "rows"],
        &["policy", "of", "anna"],
        &["policy", "preview"],
        &["policy", "publish", "0123456789abcdef"],
        &["policy", "discard"],
        &["policy", "history", "--before", "9"],
        &["policy", "rollback", "3"],
        &["audit", "list"],
        &["audit", "export", "f"],
        &["audit", "verify"],
        &["audit", "verify", "f"],
        &["audit", "prove", "f", "--entry", "2"],
        &["audit", "witnesses"],
        &["witness", "forget", "isoloir.audit/x"],
        &["backup", "f", "--passphrase-file", "p"],
        &["restore", "f", "--newest-checkpoint", "n"],
        &["restore", "f", "--without-checkpoint"],
        &["restore", "--check", "f"],
        &["doctor"],
        &["approvals", "show", "7"],
        &["migrate", "--plan"],
        &["store", "copy", "--to", "postgres://isoloir@db.example/isoloir"],
        &["store", "copy", "--to-file", "f", "--ca-file", "c"],
        &["log", "checkpoint"],
        &["log", "reset"],
        &["log", "reset", "f", "--reason", "fork"],
        &["log", "sign", "--root-key", "k", "r", "s"],
        &["admin", "list"],
        &["admin", "erase", "a", "--for-good"],
        &["admin", "add", "--role", "auditor"],
        &["admin", "add", "--role", "help-desk:lyon", "--role", "policy"],
        &["approvals", "list"],
        &["approvals", "approve", "7", &"00".repeat(32)],
        &["approvals", "refuse", "7"],
        &["approvals", "quorum", "2"],
        &["administrator", "roles", "claire", "people:lyon", "auditor"],
        &["admin", "reset", "a"],
        &["admin", "remove", "a"],
        &["integration", "list"],
        &["integration", "add", "--scope", "provisioning", "--name", "Entra ID"],
        &["integration", "add", "--scope", "administer", "--name", "Ansible", "--days", "30"],
        &["integration", "revoke", "00112233445566778899aabbccddeeff"],
        &["integration", "release"],
    ] {
        assert!(read(line).is_ok(), "{line:?}");
    }
}

#[test]
fn a_wrong_line_is_explained_in_the_reader_s_language() {
    let error = read(&["peeple"]).expect_err("unknown");
    assert!(explain(&words("en"), &error).contains("peeple"));
    assert_ne!(explain(&words("fr"), &error), explain(&words("en"), &error));
    for wrong in [
        &["device", "revoke", "xyz"][..],
        &["policy", "set", "a"],
        &["policy", "set", "--lock", "--unlock", "a=b"],
        &["policy", "rollback", "x"],
        &["people", "suspend"],
        &["serve", "--lisen", "x"],
        &["admin", "add", "--role", "king"],
        &["admin", "add", "--role", "owner:lyon"],
        &["admin", "roles", "claire"],
        &["approvals", "quorum", "3"],
        &["integration", "add", "--name", "x"],
        &["integration", "add", "--scope", "everything", "--name", "x"],
    ] {
        let error = read(wrong).expect_err("wrong");
        assert!(explain(&words("en"), &error).len() > 20, "{wrong:?}");
    }
}

#[test]
fn help_is_wholly_in_the_reader_s_language() {
    let help = command(&words("fr")).render_long_help().to_string();
    for english in ["Usage", "Options", "Commands", "Print"] {
        assert!(!help.contains(english), "{english}: {help}");
    }
}

//! Where the audit is sent and who cosigns it: reached, trusted, and writable, and whether a witness has seen what is here. Nothing is
//! written for that, and a witness gets the newest checkpoint, which the server sends it anyway.

use super::{Finding, Part};
use crate::config::Config;
use crate::storage::Location;
use crate::tasks::{sinks, witnesses};

/// `store` is where the audit is, if that can be told.
pub async fn examine(config: &Config, store: Option<&Location>) -> Vec<Finding> {
    let mut found = Vec::new();
    for sink in &config.audit.sinks {
        let finding = match sinks::reach(&sink.to).await {
            Ok(()) => Finding::fine(Part::Audit, "sink-fine"),
            Err(fault) => Finding::problem(Part::Audit, fault.code()),
        };
        found.push(finding.with("name", &sink.name));
    }
    for witness in &config.audit.witnesses {
        let finding = match witnesses::examine(witness, store).await {
            Ok(()) => Finding::fine(Part::Audit, "witness-fine"),
            Err(fault) => Finding::problem(Part::Audit, fault.code()),
        };
        found.push(finding.with("name", witness.key.name()));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;

    use super::*;
    use crate::doctor::Severity;

    #[tokio::test]
    async fn each_destination_is_looked_at_and_none_is_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("a-folder")).expect("made");
        let closed = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a port");
        let open = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let at = open.local_addr().expect("bound");
        let file = |name: &str, path: &str| {
            format!("[[audit.sinks]]\nname = \"{name}\"\nkind = \"file\"\npath = \"{path}\"\n")
        };
        let tcp =
            |name: &str, at| format!("[[audit.sinks]]\nname = \"{name}\"\nkind = \"syslog\"\nurl = \"tcp://{at}\"\n");
        let text = [
            file("new", "audit.jsonl"),
            file("nowhere", "no/audit.jsonl"),
            file("folder", "a-folder"),
            tcp("closed", closed),
            tcp("open", at),
        ];
        let config = folder.path().join("config.toml");
        std::fs::write(&config, text.concat()).expect("written");
        let config = Config::load(Some(&config), Path::new("data"), std::iter::empty()).expect("valid");
        let found = examine(&config, None).await;
        let told: Vec<_> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(told, ["sink-fine", "sink-file", "sink-not-a-file", "sink-unreachable", "sink-fine"]);
        assert!(found.iter().all(|finding| (finding.severity == Severity::Fine) == (finding.code == "sink-fine")));
        assert!(!folder.path().join("audit.jsonl").exists(), "it only looked");
    }
}

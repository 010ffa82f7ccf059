//! How a sample audit stands: one destination that takes it and one that does not, a witness of either kind.

use protocol::ids::Hash32;

use super::NOW;
use crate::api::{AuditCheck, AuditFault, AuditState, SinkView, StoredTable, WitnessView};

pub fn audit_state() -> AuditState {
    let fault = |code| Some(AuditFault { code, since: NOW.minus_ms(3_600_000) });
    let sink =
        |name: &str, kind, waiting, fault| SinkView { name: name.to_owned(), kind, confirmed: 80, waiting, fault };
    AuditState {
        entries: 86,
        root: Hash32::sha256(b"root"),
        signed: NOW.minus_ms(60_000),
        checked: Some(AuditCheck { at: NOW.minus_ms(86_400_000), is_intact: true }),
        sinks: vec![
            sink("archive", "file", 0, None),
            sink("siem", "syslog", 6, fault("sink-unreachable")),
            sink("hook", "webhook", 6, fault("sink-refused")),
        ],
        witnesses: vec![
            WitnessView { name: "witness.example/isoloir".into(), said: Some((86, NOW)), fault: None },
            WitnessView { name: "other.example/w".into(), said: None, fault: fault("witness-ahead") },
        ],
    }
}

pub fn stored() -> Vec<StoredTable> {
    let table = |table: &str, rows, fields: &[(&str, &'static str)]| StoredTable {
        table: table.to_owned(),
        rows,
        fields: fields.iter().map(|(field, class)| ((*field).to_owned(), *class)).collect(),
    };
    vec![
        table("member", 64, &[("id", "pseudonym"), ("login", "personal"), ("log_salt", "secret")]),
        table("audit_entry", 86, &[("position", "technical"), ("sealed", "pseudonym")]),
        table("administrator", 1, &[("totp_sealed", "sealed")]),
    ]
}

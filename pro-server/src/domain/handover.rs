//! What this server can hand over: every field that it stores, by what it says of whom. The report is made from the live schema and
//! held against this table; a field that nobody has described is shown as that, and a test fails. Pure. It must never hold a value.

use serde::Serialize;

/// What a field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Something of a person, readable.
    Personal,
    /// A random id or a public key that stands for somebody; it says who only beside a row that names them.
    Pseudonym,
    /// Readable only with a key that is stored elsewhere.
    Sealed,
    /// A key, or the hash of a secret.
    Secret,
    /// Nothing of anybody.
    Technical,
    /// Nobody has described it.
    Undescribed,
}

impl Class {
    /// The word in JSON, and of its texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Pseudonym => "pseudonym",
            Self::Sealed => "sealed",
            Self::Secret => "secret",
            Self::Technical => "technical",
            Self::Undescribed => "undescribed",
        }
    }
}

use Class::{Personal, Pseudonym, Sealed, Secret, Technical};

type Fields = &'static [(&'static str, Class)];

/// Every table with its fields. Each table has a text of its own, `handover-TABLE`.
const TABLES: &[(&str, Fields)] = &[
    ("organization", &[("fingerprint", Technical), ("founded_ms", Technical)]),
    (
        "member",
        &[
            ("id", Pseudonym),
            ("source", Technical),
            ("external_id", Personal),
            ("login", Personal),
            ("name", Personal),
            ("mail", Personal),
            ("listed", Personal),
            ("locked", Personal),
            ("identity_key", Pseudonym),
            ("log_salt", Secret),
            ("added_ms", Personal),
            ("group_names", Personal),
            ("removed_ms", Pseudonym),
        ],
    ),
    (
        "device",
        &[
            ("id", Pseudonym),
            ("member_id", Pseudonym),
            ("certificate", Pseudonym),
            ("envelope_key", Pseudonym),
            ("door_address", Pseudonym),
            ("door_capability", Secret),
            ("first_leaf", Technical),
            ("leaf_count", Technical),
            ("enrolled_ms", Personal),
            ("not_after_ms", Technical),
            ("revoked_ms", Personal),
            ("sequence", Technical),
        ],
    ),
    (
        "enrollment_code",
        &[("hash", Secret), ("member_id", Pseudonym), ("expires_ms", Technical), ("device_id", Pseudonym)],
    ),
    ("log_leaf", &[("position", Technical), ("leaf", Pseudonym), ("hash", Technical)]),
    ("audit_entry", &[("position", Technical), ("sealed", Pseudonym), ("hash", Technical)]),
    ("audit_party", &[("party", Pseudonym), ("pseudonym", Pseudonym), ("secret", Secret)]),
    ("audit_witness", &[("witness", Technical), ("size", Technical), ("cosignature", Technical)]),
    ("audit_sink", &[("name", Technical), ("next", Technical)]),
    ("compaction_due", &[("erased_ms", Technical)]),
    ("checkpoint", &[("tree", Technical), ("size", Technical), ("note", Technical)]),
    ("policy", &[("version", Technical), ("document", Technical)]),
    (
        "policy_layers",
        &[
            ("version", Technical),
            ("issued_ms", Technical),
            ("settings", Personal),
            ("layers", Personal),
            ("actor", Pseudonym),
        ],
    ),
    (
        "policy_draft",
        &[
            ("id", Technical),
            ("version", Technical),
            ("settings", Personal),
            ("actor", Pseudonym),
            ("changed_ms", Technical),
        ],
    ),
    ("directory_version", &[("version", Technical), ("issued_ms", Technical), ("salt", Secret)]),
    (
        "administrator",
        &[
            ("id", Pseudonym),
            ("name", Personal),
            ("named", Technical),
            ("password", Secret),
            ("totp_sealed", Sealed),
            ("totp_step", Personal),
            ("link_hash", Secret),
            ("link_expires_ms", Technical),
            ("added_ms", Personal),
            ("signed_in_ms", Personal),
            ("removed_ms", Personal),
        ],
    ),
    ("administrator_role", &[("administrator_id", Pseudonym), ("role", Personal), ("group_name", Personal)]),
    (
        "approval",
        &[
            ("number", Technical),
            ("act", Personal),
            ("salt", Secret),
            ("hash", Technical),
            ("asker", Pseudonym),
            ("asked_ms", Personal),
            ("expires_ms", Technical),
            ("outcome", Technical),
            ("decider", Pseudonym),
            ("decided_ms", Personal),
        ],
    ),
    ("quorum", &[("people", Technical)]),
    (
        "administrator_link",
        &[("issuer", Personal), ("subject", Personal), ("administrator_id", Pseudonym), ("linked_ms", Personal)],
    ),
    ("member_link", &[("issuer", Personal), ("subject", Personal), ("member_id", Pseudonym), ("linked_ms", Personal)]),
    ("log_reset", &[("epoch", Technical), ("document", Technical)]),
    ("directory_source", &[("number", Technical), ("kind", Technical), ("name", Technical)]),
    (
        "directory_run",
        &[
            ("position", Technical),
            ("source", Technical),
            ("first_ms", Technical),
            ("last_ms", Technical),
            ("times", Technical),
            ("outcome", Technical),
            ("code", Technical),
            ("agreed", Technical),
            ("seen", Technical),
            ("added", Technical),
            ("changed", Technical),
            ("suspended", Technical),
            ("resumed", Technical),
            ("skipped", Technical),
            ("disabled", Technical),
            ("expired", Technical),
            ("outside_group", Technical),
            ("hit", Technical),
            ("allowed", Technical),
        ],
    ),
    (
        "directory_run_skipped",
        &[
            ("run", Technical),
            ("position", Technical),
            ("place", Technical),
            ("reason", Personal),
            ("attribute", Personal),
            ("member_id", Pseudonym),
        ],
    ),
    (
        "integration",
        &[
            ("id", Pseudonym),
            ("name", Technical),
            ("named", Technical),
            ("scope", Technical),
            ("token_hash", Secret),
            ("added_ms", Technical),
            ("expires_ms", Technical),
            ("used_day", Technical),
        ],
    ),
    (
        "scim_person",
        &[
            ("member_id", Pseudonym),
            ("user_name", Personal),
            ("external_id", Personal),
            ("resource", Personal),
            ("added_ms", Personal),
            ("changed_ms", Personal),
        ],
    ),
    (
        "scim_group",
        &[
            ("id", Pseudonym),
            ("name", Personal),
            ("resource", Personal),
            ("added_ms", Technical),
            ("changed_ms", Technical),
        ],
    ),
    ("scim_membership", &[("group_id", Pseudonym), ("member_id", Pseudonym)]),
    ("erased_entry", &[("source", Technical), ("tomb", Secret), ("erased_ms", Technical)]),
    ("scim_loss", &[("member_id", Pseudonym), ("lost_ms", Personal)]),
];

/// What a field says; none of a table or a field that is not in the list.
pub fn class(table: &str, field: &str) -> Class {
    let fields = TABLES.iter().find(|(name, _)| *name == table).map(|(_, fields)| *fields).unwrap_or_default();
    fields.iter().find(|(name, _)| *name == field).map_or(Class::Undescribed, |(_, class)| *class)
}

/// Every table and field of the list, to be held against a schema.
pub fn described() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().flat_map(|(table, fields)| fields.iter().map(|(field, _)| (*table, *field)))
}

//! Who uses the console, as commands say it. What is typed to change a password crosses the administration socket and nothing else.

use protocol::audit::Assignment;
use protocol::ids::Hash32;
use protocol::secret::Secret;
use serde::{Deserialize, Serialize};

/// What to do about who uses the console. `whom` is a name or an id.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AdministratorOrder {
    List,
    Add {
        roles: Vec<Assignment>,
    },
    /// Exactly these roles from now on.
    Roles {
        whom: String,
        roles: Vec<Assignment>,
    },
    Reset {
        whom: String,
    },
    Remove {
        whom: String,
    },
    /// One who was removed, for good.
    Erase {
        whom: String,
        is_for_good: bool,
    },
    /// Another password for whoever has this name, types the present one and has the second factor.
    Password {
        name: String,
        #[serde(with = "in_clear")]
        current: Secret<String>,
        #[serde(with = "in_clear")]
        code: Secret<String>,
        #[serde(with = "in_clear")]
        next: Secret<String>,
    },
    Sessions,
    EndSession {
        session: Hash32,
    },
}

/// Between two processes of one machine.
mod in_clear {
    use protocol::secret::Secret;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

//! Every table of the vault, in one place. A table is declared here by whoever needs it; its record types live with their owner.
//! A number, once released, is never changed and never used again. Keys and values are both sealed: neither shows in the file.
//!
//! Group a table by what is deleted together (a conversation, a lane): one deletion re-seals at most one bucket of its group.

use super::mls::{EntryKey, MlsScope};
use super::table::{SecretBytes, Table};

/// OpenMLS' entries, by lane or key package. Written through [`super::mls::Journal`] only.
pub(crate) const MLS_STATE: Table<(MlsScope, EntryKey), SecretBytes> = Table::grouped::<MlsScope>(1, "mls_state");

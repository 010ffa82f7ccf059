//! Why an engine did not start, or ended. It must never say anything of a message or a person.

use protocol::keys::BadKey;

use crate::conversation::ConversationError;
use crate::crypto::lane::CryptoFault;
use crate::store::VaultError;

/// Why an engine did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Nobody is enrolled in this folder.
    #[error("nobody is enrolled here")]
    NotEnrolled,
    /// A stored key cannot be used.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The stored server address cannot be used.
    #[error("the stored server address cannot be used")]
    Server,
    /// What the organization said could neither be kept nor forgotten.
    #[error("what the organization's log says could not be kept")]
    Unkept,
    /// Messages and their keys do not fit.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
}

impl EngineError {
    /// Whether making room on the disk is all that is needed.
    pub fn is_disk_full(&self) -> bool {
        matches!(
            self,
            Self::Vault(VaultError::DiskFull)
                | Self::Conversation(
                    ConversationError::Vault(VaultError::DiskFull)
                        | ConversationError::Crypto(CryptoFault::Vault(VaultError::DiskFull))
                )
        )
    }
}

//! Lanes as MLS groups (RFC 9420) with a hybrid post-quantum suite: one group per lane, group id = lane id, leaf 0 = the owner,
//! leaf key = the device's signature key. It must never keep group state in memory between calls, keep an epoch longer than
//! its next commit, or accept a leaf that is not a certified device of the conversation.

mod owner;
mod receiver;
#[cfg(test)]
mod tests;

use ed25519_dalek::{Signer as _, SigningKey};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, Credential, CredentialType, CredentialWithKey, GroupId, MlsGroup,
    MlsGroupJoinConfig, OpenMlsProvider as _, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, SenderRatchetConfiguration,
    SignatureScheme,
};
use openmls_traits::signatures::{Signer, SignerError};
use protocol::ids::{DeviceId, Hash32, LaneId};

use super::lane::{Added, Applied, CryptoFault, Intruder, KeyPackageName, LaneCrypto, Leaves, Newcomer};
use crate::store::WriteTx;
use crate::store::mls::{MlsProvider, MlsScope, forget};

/// Our own name for the suite. The code point in draft-ietf-mls-pq-ciphersuites is provisional: state that carries another
/// name is re-keyed by a new generation of its lane.
pub const SUITE_NAME: &str = "isoloir-mls-xwing-aes128gcm-sha256-ed25519-1";

const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

/// A device id and a certificate hash.
const CREDENTIAL_BYTES: usize = 16 + 32;

/// The MLS side of this device.
pub struct Mls {
    signer: DeviceSigner,
    credential: CredentialWithKey,
    device: DeviceId,
}

impl Mls {
    /// For the device with this signature key and certificate. The certificate's hash goes into the credential; who the device
    /// is follows from its key and the log alone, so a renewal does not disturb running lanes.
    pub fn new(signature_key: SigningKey, certificate: Hash32) -> Self {
        let public_key = signature_key.verifying_key().to_bytes();
        let device = DeviceId::of_key(&public_key);
        let mut identity = Vec::with_capacity(CREDENTIAL_BYTES);
        identity.extend_from_slice(device.as_bytes());
        identity.extend_from_slice(certificate.as_bytes());
        let credential = CredentialWithKey {
            credential: BasicCredential::new(identity).into(),
            signature_key: public_key.to_vec().into(),
        };
        Self { signer: DeviceSigner(signature_key), credential, device }
    }

    /// The device that this is the MLS side of.
    pub fn device(&self) -> DeviceId {
        self.device
    }
}

impl LaneCrypto for Mls {
    fn make_key_package(&self, tx: &mut WriteTx<'_>, name: KeyPackageName) -> Result<Vec<u8>, CryptoFault> {
        journaled(tx, MlsScope::key_package(&name), |provider| receiver::make_key_package(self, provider))
    }

    fn forget_key_package(&self, tx: &mut WriteTx<'_>, name: KeyPackageName) -> Result<(), CryptoFault> {
        Ok(forget(tx, MlsScope::key_package(&name))?)
    }

    fn create(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        reader: Newcomer<'_>,
        leaves: Leaves<'_>,
    ) -> Result<Vec<u8>, CryptoFault> {
        journaled(tx, scope(lane), |provider| {
            let key_package = owner::checked_key_package(provider, reader, leaves)?;
            owner::create(self, provider, lane, key_package)
        })
    }

    fn add(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        reader: Newcomer<'_>,
        leaves: Leaves<'_>,
    ) -> Result<Added, CryptoFault> {
        journaled(tx, scope(lane), |provider| {
            let key_package = owner::checked_key_package(provider, reader, leaves)?;
            owner::add(self, provider, lane, key_package)
        })
    }

    fn remove(&self, tx: &mut WriteTx<'_>, lane: &LaneId, reader: &DeviceId) -> Result<Vec<u8>, CryptoFault> {
        journaled(tx, scope(lane), |provider| owner::remove(self, provider, lane, reader))
    }

    fn update(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<Vec<u8>, CryptoFault> {
        journaled(tx, scope(lane), |provider| owner::update(self, provider, lane))
    }

    fn seal(&self, tx: &mut WriteTx<'_>, lane: &LaneId, body: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        journaled(tx, scope(lane), |provider| owner::seal(self, provider, lane, body))
    }

    fn join(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        welcome: &[u8],
        key_packages: &[KeyPackageName],
        leaves: Leaves<'_>,
    ) -> Result<(), CryptoFault> {
        let made: Vec<_> = key_packages.iter().map(MlsScope::key_package).collect();
        // Not on top of what is kept of the lane: a device that is let in again begins anew.
        let mut provider = MlsProvider::empty(scope(lane));
        for scope in &made {
            provider = provider.with(tx, *scope)?;
        }
        receiver::join(&provider, lane, welcome, leaves)?;
        forget(tx, scope(lane))?;
        provider.journal().apply(tx)?;
        for scope in made {
            forget(tx, scope)?;
        }
        Ok(())
    }

    fn apply(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        bytes: &[u8],
        leaves: Leaves<'_>,
    ) -> Result<Applied, CryptoFault> {
        journaled(tx, scope(lane), |provider| receiver::apply(provider, lane, bytes, leaves))
    }

    fn discard(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<(), CryptoFault> {
        Ok(forget(tx, scope(lane))?)
    }
}

/// Runs one operation on the MLS state of `home`; its writes reach the transaction only if it succeeds.
fn journaled<R>(
    tx: &mut WriteTx<'_>,
    home: MlsScope,
    operation: impl FnOnce(&MlsProvider) -> Result<R, CryptoFault>,
) -> Result<R, CryptoFault> {
    let provider = MlsProvider::load(tx, home)?;
    let result = operation(&provider)?;
    provider.journal().apply(tx)?;
    Ok(result)
}

fn scope(lane: &LaneId) -> MlsScope {
    MlsScope::lane(lane.device.as_bytes(), lane.conversation.as_bytes(), lane.generation)
}

/// The device's signature key, as openmls wants to hold it.
struct DeviceSigner(SigningKey);

impl Signer for DeviceSigner {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// The stored state does not decode. Reading and writing the vault is not part of an operation and cannot end here.
const STORAGE: CryptoFault = CryptoFault::StateLost("MLS storage");

fn group_id(lane: &LaneId) -> GroupId {
    let mut id = Vec::with_capacity(36);
    id.extend_from_slice(lane.device.as_bytes());
    id.extend_from_slice(lane.conversation.as_bytes());
    id.extend_from_slice(&lane.generation.to_be_bytes());
    GroupId::from_slice(&id)
}

fn capabilities() -> Capabilities {
    Capabilities::new(None, Some(&[SUITE]), None, None, Some(&[CredentialType::Basic]))
}

/// Strictly in order and nothing kept: no past epochs, no skipped and no used message keys.
fn in_order() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(0, 0)
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(in_order())
        .build()
}

/// The device that a credential names.
fn device_of(credential: &Credential) -> Result<DeviceId, Intruder> {
    let basic = BasicCredential::try_from(credential.clone()).map_err(|_| Intruder::Credential)?;
    match basic.identity().split_at_checked(DeviceId::LEN) {
        Some((device, certificate)) if certificate.len() == Hash32::LEN => {
            DeviceId::try_from(device).map_err(|_| Intruder::Credential)
        }
        _ => Err(Intruder::Credential),
    }
}

/// Checks one leaf: the credential names the device of this very key, and that device may be here.
fn admit(leaves: Leaves<'_>, credential: &Credential, signature_key: &[u8]) -> Result<DeviceId, Intruder> {
    let device = device_of(credential)?;
    let key = signature_key.try_into().map_err(|_| Intruder::Credential)?;
    if DeviceId::of_key(key) != device {
        return Err(Intruder::Credential);
    }
    leaves.admit(&device, signature_key)?;
    Ok(device)
}

fn load(provider: &MlsProvider, lane: &LaneId) -> Result<MlsGroup, CryptoFault> {
    MlsGroup::load(provider.storage(), &group_id(lane)).map_err(|_| STORAGE)?.ok_or(CryptoFault::StateLost("no group"))
}

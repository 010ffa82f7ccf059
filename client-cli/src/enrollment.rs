//! Enrollment of this device (protocol/spec/enrollment.md). The keys are in the vault before anything is asked, so that a crash at
//! any point is mended by enrolling again in the same folder. Nothing secret leaves before the server has proved itself.

use std::path::Path;

use protocol::certificate::{CERTIFICATE_VERSION, CertificateBody, DeviceCertificate};
use protocol::enrollment::{Begin, Begun, Credential, Finish, Finished, Providers};
use protocol::ids::{DeviceId, Hash32};
use protocol::keys::BadKey;
use protocol::limits::{CERTIFICATE_LIFETIME_MS_MAX, CLOCK_SKEW_MS_MAX};
use protocol::organization::{EnrollmentLink, TrustedOrganization, log_epoch};
use protocol::secret::Personal;
use protocol::signed::Unverified;
use protocol::tlog::{Leaf, SignedCheckpoint, VerifiedReset, check_inclusion, leaf_hash};
use rand_core::OsRng;

use crate::account::{Account, DeviceKeys};
use crate::clock;
use crate::net::login::{self, LoginError};
use crate::net::tls::Endpoint;
use crate::platform;
use crate::sign_in::{self, Screen, SignInError, Wish};
use crate::store::records::LogResetRecord;
use crate::store::tables::{ACCOUNT, CHECKPOINT, DEVICE_KEYS, ENROLLMENT_LOST, FORK_EVIDENCE, LOG_LEAVES, LOG_RESET};
use crate::store::{Reading as _, Span, Unlock, Vault, VaultError};

/// Why a device was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollmentError {
    /// The folder or vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The folder is of another person: the lost enrollment cannot be renewed in it.
    #[error("the enrollment belongs to another person than this folder")]
    OtherPerson,
    /// The server shows a log of the organization that has ended: whoever has its keys, but not the root's, can do that. Nothing
    /// secret was sent.
    #[error("the server shows a log of the organization that has ended")]
    EndedLog,
    /// The folder cannot be made.
    #[error("the data folder cannot be made")]
    Folder,
    /// This folder belongs to an enrolled device.
    #[error("a device is enrolled here already")]
    Enrolled,
    /// The server was not trusted, refused, or was not reached.
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// A stored key cannot be used.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// What the server answered does not prove that this device is in its log.
    #[error("the server's answer does not prove the enrollment")]
    Unproven,
}

/// How the person proves who they are.
pub enum Proof<'a> {
    Credential(Credential),
    /// At an identity provider, while this goes on.
    SignIn(Wish, Screen<'a>),
}

/// What the link's server offers beside one-time codes. Nothing secret is sent.
pub async fn offers(link: &EnrollmentLink) -> Result<Providers, LoginError> {
    let now = clock::now();
    login::introduce(&Endpoint::from(link), link.fingerprint, now).await?.providers(now).await
}

/// Enrolls the device of `folder` and leaves its vault closed.
pub async fn enroll(
    folder: &Path,
    unlock: &Unlock,
    link: &EnrollmentLink,
    proof: Proof<'_>,
) -> Result<(Account, DeviceId), EnrollmentError> {
    platform::create_private_folder(folder).map_err(|_| EnrollmentError::Folder)?;
    let vault = if Vault::exists(folder)? { Vault::open(folder, unlock)? } else { Vault::create(folder, unlock)? };
    let before = Before::of(&vault)?;
    let keys = vault.write(|tx| -> Result<DeviceKeys, VaultError> {
        match tx.get(&DEVICE_KEYS, &())? {
            Some(keys) => Ok(keys),
            None => {
                let keys = DeviceKeys::generate(&mut OsRng);
                tx.put(&DEVICE_KEYS, &(), &keys)?;
                Ok(keys)
            }
        }
    })?;
    let now = clock::now();
    let mut server = login::introduce(&Endpoint::from(link), link.fingerprint, now).await?;
    let organization = server.organization().clone();
    before.check(&organization)?;
    let device = keys.device()?;
    let begun = match proof {
        Proof::Credential(credential) => server.begin(now, &Begin { credential, device }).await?,
        Proof::SignIn(wish, screen) => sign_in::run(&mut server, device, &wish, &screen).await?,
    };
    if before.account.is_some_and(|account| account.member != begun.member) {
        return Err(EnrollmentError::OtherPerson);
    }
    let body = certificate_body(&keys, &begun, &organization)?;
    let finish = Finish {
        ticket: begun.ticket.clone(),
        request: protocol::certificate::request(&body, &keys.identity()?, &keys.signature()?),
        envelope_key: keys.envelope()?.public().as_bytes().to_vec(),
        front_door: keys.front_door()?,
    };
    let finished = server.finish(clock::now(), &finish).await?;
    prove(&finished, &body, &organization)?;
    let account = Account {
        url: Personal::new(link.url()),
        organization: organization.fingerprint,
        member: begun.member,
        login: begun.login,
        name: begun.name,
        certificate: finished.certificate,
        log_origin: organization.log_origin,
        directory_key: organization.directory_key.to_bytes(),
        tls_keys: organization.tls_keys,
        enrolled: clock::now(),
        directory_key_serial: Some(organization.directory_key_serial),
        directory_key_until: Some(organization.directory_key_not_after),
        former_directory_keys: Vec::new(),
    };
    keep(&vault, &account)?;
    vault.close()?;
    Ok((account, body.device))
}

/// What this folder knows from an enrollment that was lost.
struct Before {
    account: Option<Account>,
    resets: Vec<LogResetRecord>,
}

impl Before {
    fn of(vault: &Vault) -> Result<Self, EnrollmentError> {
        let (account, lost, followed) = vault.read(|tx| -> Result<_, VaultError> {
            Ok((tx.get(&ACCOUNT, &())?, tx.get(&ENROLLMENT_LOST, &())?, tx.get(&LOG_RESET, &())?))
        })?;
        if account.is_some() && lost.is_none() {
            return Err(EnrollmentError::Enrolled);
        }
        Ok(Self { account, resets: lost.into_iter().chain(followed).collect() })
    }

    /// Whether a password or code may go to this server: it is of the same organization, and its log none that the root ended.
    fn check(&self, organization: &TrustedOrganization) -> Result<(), EnrollmentError> {
        let fingerprint = organization.fingerprint;
        if self.account.as_ref().is_some_and(|account| account.organization != fingerprint) {
            return Err(EnrollmentError::OtherPerson);
        }
        let followed = self.account.iter().filter_map(|account| log_epoch(fingerprint, &account.log_origin));
        let signed = self.resets.iter().filter_map(|reset| {
            let reset = Unverified::<VerifiedReset>::from_bytes(reset.signed.clone());
            reset.verify(fingerprint, &organization.root_key).ok().map(|reset| reset.epoch())
        });
        let newest = followed.chain(signed).max();
        if log_epoch(fingerprint, &organization.log_origin) < newest { Err(EnrollmentError::EndedLog) } else { Ok(()) }
    }
}

/// Makes the device enrolled. What was known of a log in which it was not begins anew.
fn keep(vault: &Vault, account: &Account) -> Result<(), VaultError> {
    vault.write(|tx| -> Result<(), VaultError> {
        if let Some(mut lost) = tx.get(&ENROLLMENT_LOST, &())? {
            // The log that is known is not the one of this enrollment: it is fetched anew.
            tx.remove_all(&LOG_LEAVES, Span::all())?;
            tx.remove(&CHECKPOINT, &())?;
            // An alarm about two histories of that log is over, its evidence stays.
            lost.fork = tx.get(&FORK_EVIDENCE, &())?;
            tx.remove(&FORK_EVIDENCE, &())?;
            tx.put(&LOG_RESET, &(), &lost)?;
            tx.remove(&ENROLLMENT_LOST, &())?;
        }
        tx.put(&ACCOUNT, &(), account)
    })
}

fn certificate_body(
    keys: &DeviceKeys,
    begun: &Begun,
    organization: &TrustedOrganization,
) -> Result<CertificateBody, BadKey> {
    // Clocks differ: the certificate is valid from a little earlier, and lives as long as it may.
    let not_before = clock::now().minus_ms(CLOCK_SKEW_MS_MAX / 2);
    Ok(CertificateBody {
        version: CERTIFICATE_VERSION,
        organization: organization.fingerprint,
        member: begun.member,
        device: keys.device()?,
        signature_key: keys.signature()?.verifying_key().to_bytes(),
        identity_key: keys.identity()?.verifying_key().to_bytes(),
        envelope_key_hash: keys.envelope()?.public().hash(),
        not_before,
        not_after: not_before.plus_ms(begun.lifetime_ms.unwrap_or(u64::MAX).min(CERTIFICATE_LIFETIME_MS_MAX)),
        capabilities: Vec::new(),
    })
}

/// The certificate is ours, countersigned, and the log that everybody sees names it.
fn prove(
    finished: &Finished,
    body: &CertificateBody,
    organization: &TrustedOrganization,
) -> Result<(), EnrollmentError> {
    let unproven = EnrollmentError::Unproven;
    let certificate = Unverified::<DeviceCertificate>::from_bytes(finished.certificate.clone())
        .verify(organization.fingerprint, &organization.directory_key)
        .map_err(|_| EnrollmentError::Unproven)?;
    if certificate.body().signature_key != body.signature_key || certificate.body().member != body.member {
        return Err(unproven);
    }
    let signed = Unverified::<SignedCheckpoint>::from_bytes(finished.checkpoint.clone())
        .verify(&organization.log_origin, &organization.directory_key)
        .map_err(|_| EnrollmentError::Unproven)?;
    let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
    let mut named = false;
    for proven in &finished.leaves {
        if !check_inclusion(&proven.proof, proven.index, leaf_hash(&proven.leaf), size, root) {
            return Err(unproven);
        }
        named |= matches!(
            Leaf::from_bytes(&proven.leaf),
            Ok(Leaf::DeviceAdd { device, certificate: hash, .. })
                if device == body.device && hash == Hash32::sha256(&finished.certificate)
        );
    }
    if named { Ok(()) } else { Err(unproven) }
}

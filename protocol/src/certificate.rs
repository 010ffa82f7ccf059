//! Device certificates: deterministic CBOR in COSE_Sign (RFC 9052 §4.1) with three signatures: the member's identity key, the
//! device's key, the directory's key. X.509 is for TLS only. A certificate counts only if it is also in the log and not revoked.

use coset::{CborSerializable, CoseSign, CoseSignBuilder, CoseSignature, CoseSignatureBuilder, HeaderBuilder, iana};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::codec::{self, Malformed};
use crate::ids::{DeviceId, Hash32, MemberId, OrganizationFingerprint};
use crate::keys;
use crate::limits::{CAPABILITIES_MAX, CERTIFICATE_BYTES_MAX, CERTIFICATE_LIFETIME_MS_MAX, CLOCK_SKEW_MS_MAX};
use crate::signed::Unverified;
use crate::time::Timestamp;

/// Bound into every signature of a certificate.
const LABEL: &[u8] = b"isoloir device certificate v1";
/// The version that this code writes and reads.
pub const CERTIFICATE_VERSION: u8 = 1;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CertificateBody {
    /// [`CERTIFICATE_VERSION`].
    #[n(0)]
    pub version: u8,
    /// The organization.
    #[n(1)]
    pub organization: OrganizationFingerprint,
    /// The person.
    #[n(2)]
    pub member: MemberId,
    /// The device, the hash of its signature key.
    #[n(3)]
    pub device: DeviceId,
    /// Ed25519 public key of the device; also its leaf key in MLS.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub signature_key: [u8; 32],
    /// Ed25519 public key of the person.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub identity_key: [u8; 32],
    /// SHA-256 of the device's X-Wing key.
    #[n(6)]
    pub envelope_key_hash: Hash32,
    /// First moment of validity.
    #[n(7)]
    pub not_before: Timestamp,
    /// End of validity.
    #[n(8)]
    pub not_after: Timestamp,
    /// What the device can do; unknown numbers are kept and ignored.
    #[n(9)]
    pub capabilities: Vec<u32>,
}

/// A certificate that was verified; only [`Unverified::verify`] and [`countersign`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCertificate {
    body: CertificateBody,
    hash: Hash32,
}

impl DeviceCertificate {
    /// What it says.
    pub fn body(&self) -> &CertificateBody {
        &self.body
    }

    /// SHA-256 of the signed form, as the log's leaf carries it.
    pub fn hash(&self) -> Hash32 {
        self.hash
    }

    /// The device's Ed25519 key.
    pub fn signature_key(&self) -> Result<VerifyingKey, keys::BadKey> {
        keys::verifying_key(&self.body.signature_key)
    }
}

/// Why a certificate or request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// Not a certificate.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Made by a newer or older program.
    #[error("certificate version {0} is not known here")]
    Version(u8),
    /// Belongs to another organization.
    #[error("the certificate is of another organization")]
    OtherOrganization,
    /// The device id is not the hash of its key, or a key cannot be used.
    #[error("the certificate's keys do not fit its device")]
    Keys,
    /// One of the signatures is missing or wrong.
    #[error("the signature by the {0} does not match")]
    Signature(Signer),
    /// Lives longer than allowed, or ends before it starts.
    #[error("the certificate's validity is longer than allowed")]
    Lifetime,
    /// Not yet valid.
    #[error("the certificate is not valid yet: is a clock wrong?")]
    TooEarly,
    /// No longer valid.
    #[error("the certificate has expired")]
    Expired,
}

/// Who signs, in the order of the signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The person's identity key.
    Member,
    /// The device's signature key.
    Device,
    /// The organization's directory key.
    Directory,
}

impl Signer {
    const fn key_id(self) -> &'static [u8] {
        match self {
            Self::Member => b"member",
            Self::Device => b"device",
            Self::Directory => b"directory",
        }
    }
}

impl std::fmt::Display for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Member => "member",
            Self::Device => "device",
            Self::Directory => "directory",
        })
    }
}

fn blank(signer: Signer) -> CoseSignature {
    let protected = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(signer.key_id().to_vec()).build();
    CoseSignatureBuilder::new().protected(protected).build()
}

fn to_bytes(signed: CoseSign) -> Vec<u8> {
    match signed.to_vec() {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("a COSE_Sign of ours always encodes: {error}"),
    }
}

/// A request: the body with the signatures of the person's and the device's key.
pub fn request(body: &CertificateBody, identity: &SigningKey, device: &SigningKey) -> Vec<u8> {
    let add = |key: &SigningKey| {
        let key = key.clone();
        move |bytes: &[u8]| key.sign(bytes).to_bytes().to_vec()
    };
    to_bytes(
        CoseSignBuilder::new()
            .protected(HeaderBuilder::new().build())
            .payload(codec::encode(body))
            .add_created_signature(blank(Signer::Member), LABEL, add(identity))
            .add_created_signature(blank(Signer::Device), LABEL, add(device))
            .build(),
    )
}

/// What a request says, once both its signatures hold. The server still decides whether it wants that.
pub fn verify_request(bytes: &[u8]) -> Result<CertificateBody, BadCertificate> {
    let (signed, body) = parse(bytes, 2)?;
    check_own_signatures(&signed, &body)?;
    Ok(body)
}

/// The certificate: a request that holds, with the directory's signature added.
pub fn countersign(request: &[u8], directory: &SigningKey) -> Result<(Vec<u8>, DeviceCertificate), BadCertificate> {
    let (mut signed, body) = parse(request, 2)?;
    check_own_signatures(&signed, &body)?;
    let mut signature = blank(Signer::Directory);
    signature.signature = directory.sign(&signed.tbs_data(LABEL, &signature)).to_bytes().to_vec();
    signed.signatures.push(signature);
    let bytes = to_bytes(signed);
    let hash = Hash32::sha256(&bytes);
    Ok((bytes, DeviceCertificate { body, hash }))
}

impl Unverified<DeviceCertificate> {
    /// The certificate, if all three signatures hold and it is of `organization`. Time is checked by [`DeviceCertificate::check_time`].
    pub fn verify(
        &self,
        organization: OrganizationFingerprint,
        directory: &VerifyingKey,
    ) -> Result<DeviceCertificate, BadCertificate> {
        let (signed, body) = parse(self.as_bytes(), 3)?;
        if body.organization != organization {
            return Err(BadCertificate::OtherOrganization);
        }
        check_own_signatures(&signed, &body)?;
        check(&signed, 2, Signer::Directory, directory)?;
        Ok(DeviceCertificate { body, hash: Hash32::sha256(self.as_bytes()) })
    }
}

impl DeviceCertificate {
    /// Whether the certificate is valid at `now`, allowing for clocks [`CLOCK_SKEW_MS_MAX`] apart.
    pub fn check_time(&self, now: Timestamp) -> Result<(), BadCertificate> {
        if now.plus_ms(CLOCK_SKEW_MS_MAX) < self.body.not_before {
            return Err(BadCertificate::TooEarly);
        }
        if now >= self.body.not_after {
            return Err(BadCertificate::Expired);
        }
        Ok(())
    }
}

fn parse(bytes: &[u8], signatures: usize) -> Result<(CoseSign, CertificateBody), BadCertificate> {
    if bytes.len() > CERTIFICATE_BYTES_MAX {
        return Err(Malformed::TooLong { limit_bytes: CERTIFICATE_BYTES_MAX }.into());
    }
    let signed = CoseSign::from_slice(bytes).map_err(|_| Malformed::Shape)?;
    let payload = signed.payload.as_deref().ok_or(Malformed::Shape)?;
    let body: CertificateBody = codec::decode_deterministic(payload)?;
    if body.version != CERTIFICATE_VERSION {
        return Err(BadCertificate::Version(body.version));
    }
    if signed.signatures.len() != signatures || body.capabilities.len() > CAPABILITIES_MAX {
        return Err(Malformed::Shape.into());
    }
    if DeviceId::of_key(&body.signature_key) != body.device {
        return Err(BadCertificate::Keys);
    }
    if body.not_after <= body.not_before || body.not_after.since(body.not_before) > CERTIFICATE_LIFETIME_MS_MAX {
        return Err(BadCertificate::Lifetime);
    }
    Ok((signed, body))
}

fn check_own_signatures(signed: &CoseSign, body: &CertificateBody) -> Result<(), BadCertificate> {
    let identity = keys::verifying_key(&body.identity_key).map_err(|_| BadCertificate::Keys)?;
    let device = keys::verifying_key(&body.signature_key).map_err(|_| BadCertificate::Keys)?;
    check(signed, 0, Signer::Member, &identity)?;
    check(signed, 1, Signer::Device, &device)
}

fn check(signed: &CoseSign, index: usize, signer: Signer, key: &VerifyingKey) -> Result<(), BadCertificate> {
    let refused = BadCertificate::Signature(signer);
    let signature = signed.signatures.get(index).ok_or(refused)?;
    if signature.protected.header.key_id != signer.key_id() {
        return Err(refused);
    }
    signed.verify_signature(index, LABEL, |signature, bytes| {
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| refused)?;
        key.verify_strict(bytes, &signature).map_err(|_| refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(identity: &SigningKey, device: &SigningKey) -> CertificateBody {
        let signature_key = device.verifying_key().to_bytes();
        CertificateBody {
            version: CERTIFICATE_VERSION,
            organization: OrganizationFingerprint::from_bytes([4; 32]),
            member: MemberId::from_bytes([5; 16]),
            device: DeviceId::of_key(&signature_key),
            signature_key,
            identity_key: identity.verifying_key().to_bytes(),
            envelope_key_hash: Hash32::sha256(b"envelope key"),
            not_before: Timestamp::from_millis(1_000),
            not_after: Timestamp::from_millis(2_000_000),
            capabilities: vec![],
        }
    }

    #[test]
    fn all_three_signatures_and_the_organization_must_hold() {
        let [identity, device, directory] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let body = body(&identity, &device);
        let (bytes, issued) = countersign(&request(&body, &identity, &device), &directory).unwrap();
        let key = directory.verifying_key();
        let verified =
            Unverified::<DeviceCertificate>::from_bytes(bytes.clone()).verify(body.organization, &key).unwrap();
        assert_eq!(verified, issued);
        assert_eq!(verified.check_time(Timestamp::from_millis(1_500)), Ok(()));
        assert_eq!(verified.check_time(Timestamp::from_millis(2_000_000)), Err(BadCertificate::Expired));
        let other = OrganizationFingerprint::from_bytes([9; 32]);
        let refused = Unverified::<DeviceCertificate>::from_bytes(bytes.clone()).verify(other, &key);
        assert_eq!(refused, Err(BadCertificate::OtherOrganization));
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert!(
                Unverified::<DeviceCertificate>::from_bytes(changed).verify(body.organization, &key).is_err(),
                "byte {index}"
            );
        }
    }

    #[test]
    fn a_request_by_another_key_or_for_too_long_is_refused() {
        let [identity, device, directory] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let mut wanted = body(&identity, &device);
        let forged = request(&wanted, &directory, &device);
        assert_eq!(verify_request(&forged), Err(BadCertificate::Signature(Signer::Member)));
        wanted.not_after = wanted.not_before.plus_ms(CERTIFICATE_LIFETIME_MS_MAX + 1);
        assert_eq!(verify_request(&request(&wanted, &identity, &device)), Err(BadCertificate::Lifetime));
    }
}

//! The requests by which a device is enrolled (spec/enrollment.md): `POST /v1/enrollment/begin` authenticates the person,
//! `POST /v1/enrollment/finish` makes the device known; who signs in at an identity provider asks before, as in `provider`. CBOR both ways; problems are RFC 9457 JSON. A client sends neither
//! before [`crate::organization::OrganizationDocument::verify`] has tied the connection to the organization.

use minicbor::{Decode, Encode};

pub use self::provider::{
    Callback, LOOPBACK_PATH, OfferedWay, PROVIDER_NAME_BYTES_MAX, Passwords, ProviderOffer, Providers, SignIn,
    SignInBegun, SignInStep, Way,
};
use crate::directory::FrontDoor;
use crate::ids::{DeviceId, MemberId};
use crate::secret::{Personal, Secret};

mod provider;

/// A request body.
pub const ENROLLMENT_REQUEST_BYTES_MAX: usize = 16 * 1024;
/// A response body.
pub const ENROLLMENT_RESPONSE_BYTES_MAX: usize = 256 * 1024;

/// How the person proves who they are.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub enum Credential {
    /// The directory's password.
    #[n(0)]
    Password {
        /// As the person types it.
        #[n(0)]
        login: Personal<String>,
        /// Never empty, never stored.
        #[cbor(n(1), with = "secret_text")]
        password: Secret<String>,
    },
    /// A one-time code out of an enrollment link.
    #[n(1)]
    Code {
        /// As in the link.
        #[cbor(n(0), with = "secret_text")]
        code: Secret<String>,
    },
    /// A sign-in at an identity provider. While the person has not finished it, it is to be shown again.
    #[n(2)]
    Provider {
        /// Of [`SignInBegun`].
        #[cbor(n(0), with = "secret_bytes")]
        flow: Secret<[u8; 32]>,
        /// What the browser brought back; nothing where a code was typed.
        #[n(1)]
        callback: Option<Callback>,
    },
}

/// `POST /v1/enrollment/begin`.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Begin {
    /// Proof of the person.
    #[n(0)]
    pub credential: Credential,
    /// The device that is to be enrolled; the same again after a crash.
    #[n(1)]
    pub device: DeviceId,
}

/// Which identity the device must make or have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum IdentityStep {
    /// The person's first: logged as IdentitySet.
    #[n(0)]
    First,
    /// The person had one and lost it: logged as IdentityReset, shown to every contact.
    #[n(1)]
    Reset,
    /// This very device is enrolled already: finish answers the stored certificate again.
    #[n(2)]
    Same,
}

/// Answer to [`Begin`].
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Begun {
    /// Spent by [`Finish`], short-lived.
    #[cbor(n(0), with = "secret_bytes")]
    pub ticket: Secret<[u8; 32]>,
    /// The person's random id.
    #[n(1)]
    pub member: MemberId,
    /// The login as the directory writes it.
    #[n(2)]
    pub login: Personal<String>,
    /// The person's name.
    #[n(3)]
    pub name: Personal<String>,
    /// What will be logged.
    #[n(4)]
    pub identity: IdentityStep,
    /// How long the certificate may last from now; the longest there is where nothing is said.
    #[n(5)]
    pub lifetime_ms: Option<u64>,
}

/// `POST /v1/enrollment/finish`.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Finish {
    /// Of [`Begun`].
    #[cbor(n(0), with = "secret_bytes")]
    pub ticket: Secret<[u8; 32]>,
    /// Certificate request, signed by identity and device key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub request: Vec<u8>,
    /// X-Wing public key; its hash is in the request.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub envelope_key: Vec<u8>,
    /// Where first contacts may be left.
    #[n(3)]
    pub front_door: FrontDoor,
}

/// Answer to [`Finish`]: everything needed to check that the device is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Finished {
    /// The countersigned certificate.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// The leaves of this enrollment, each with its proof.
    #[n(1)]
    pub leaves: Vec<ProvenLeaf>,
    /// Signed note of a checkpoint that covers them.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub checkpoint: Vec<u8>,
}

/// A leaf and its inclusion proof (RFC 9162 §2.1.3) against the checkpoint beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProvenLeaf {
    /// Index in the log.
    #[n(0)]
    pub index: u64,
    /// The leaf itself.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub leaf: Vec<u8>,
    /// The hashes, from the leaf upwards.
    #[n(2)]
    pub proof: Vec<crate::ids::Hash32>,
}

mod secret_text {
    //! Text that must not be seen, as a CBOR text string.
    use super::Secret;
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    pub fn encode<C, W: Write>(v: &Secret<String>, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(v.expose()).map(|_| ())
    }

    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Secret<String>, DecodeError> {
        Ok(Secret::new(d.str()?.to_owned()))
    }
}

mod secret_bytes {
    //! Bytes that must not be seen, as a CBOR byte string.
    use super::Secret;
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    pub fn encode<C, W: Write>(
        v: &Secret<[u8; 32]>,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(v.expose()).map(|_| ())
    }

    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Secret<[u8; 32]>, DecodeError> {
        let at = d.position();
        let bytes = <[u8; 32]>::try_from(d.bytes()?);
        bytes.map(Secret::new).map_err(|_| DecodeError::message("not 32 bytes").at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn requests_come_back_and_show_no_secret() {
        let begin = Begin {
            credential: Credential::Password {
                login: Personal::from("canary-login"),
                password: Secret::new("canary-password".to_owned()),
            },
            device: DeviceId::from_bytes([1; 16]),
        };
        assert!(!format!("{begin:?}").contains("canary"));
        let back: Begin = codec::decode(&codec::encode(&begin)).unwrap();
        let Credential::Password { login, password } = back.credential else { panic!("a password") };
        assert_eq!((login.expose().as_str(), password.expose().as_str()), ("canary-login", "canary-password"));
        let begun = Begun {
            ticket: Secret::new([7; 32]),
            member: MemberId::from_bytes([2; 16]),
            login: "a".into(),
            name: "b".into(),
            identity: IdentityStep::Reset,
            lifetime_ms: Some(9),
        };
        let back: Begun = codec::decode(&codec::encode(&begun)).unwrap();
        assert_eq!(back.ticket.expose(), &[7; 32]);
        assert_eq!(back.identity, IdentityStep::Reset);
    }

    #[test]
    fn a_short_ticket_is_refused() {
        // {0: h'07', …}
        assert!(codec::decode::<Begun>(&[0xa1, 0x00, 0x41, 0x07]).is_err());
    }
}

//! The audit to an HTTPS server, a page in each request, signed: `Isoloir-Signature: t=SECONDS,v1=HEX`, where HEX is HMAC-SHA-256 under
//! the shared secret of `SECONDS.BODY`. Whoever checks it knows who wrote it and when; entries have numbers, so that what comes twice
//! is recognized.

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use protocol::secret::Secret;
use protocol::time::Timestamp;
use sha2::Sha256;

use crate::config::audit::WebhookSink;
use crate::domain::sink::Message;
use crate::https::{HttpClient, HttpFault, HttpsUrl, Sent};

use super::SinkFault;

const SIGNATURE: &str = "isoloir-signature";

impl From<HttpFault> for SinkFault {
    fn from(fault: HttpFault) -> Self {
        match fault {
            HttpFault::Unreachable => Self::Unreachable,
            HttpFault::Certificate => Self::Certificate,
            HttpFault::Timeout => Self::Timeout,
            HttpFault::TooLarge | HttpFault::Protocol => Self::Broke,
        }
    }
}

/// An HTTPS server; each request is a connection of its own.
pub(super) struct Webhook {
    client: HttpClient,
    url: HttpsUrl,
    secret: Secret<String>,
}

impl Webhook {
    pub(super) fn new(config: &WebhookSink) -> Result<Self, SinkFault> {
        let client = HttpClient::new(config.ca_file.as_deref()).map_err(|_| SinkFault::OwnFiles)?;
        let url = HttpsUrl::parse(&config.url).ok_or(SinkFault::Unreachable)?;
        Ok(Self { client, url, secret: config.secret.clone() })
    }

    /// Whether somebody answers there whose certificate is trusted.
    pub(super) async fn reach(&self) -> Result<(), SinkFault> {
        Ok(self.client.reach(&self.url).await?)
    }

    /// Any answer from 200 to 299 says that the page has arrived.
    pub(super) async fn send(&self, messages: &[Message], now: Timestamp) -> Result<(), SinkFault> {
        let entries: Vec<&str> = messages.iter().map(|message| message.json.as_str()).collect();
        let json = format!("{{\"entries\":[{}]}}", entries.join(",")).into_bytes();
        let signature = sign(&self.secret, now.as_millis() / 1_000, &json);
        let reply = self.client.exchange(&self.url, Sent::Signed { json, header: SIGNATURE, signature }).await?;
        match reply.status {
            200..=299 => Ok(()),
            status => Err(SinkFault::Refused { status }),
        }
    }
}

fn sign(secret: &Secret<String>, seconds: u64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        unreachable!("HMAC takes keys of every length (RFC 2104 §3)")
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    format!("t={seconds},v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_over_the_time_and_the_body() {
        let secret = Secret::new("a secret that is long enough".to_owned());
        let signed = sign(&secret, 1_700_000_000, b"{}");
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac 'a secret that is long enough'
        assert_eq!(signed, "t=1700000000,v1=7b44ba20ba9dd704d357f67ae2acfdabf043d48d92102926a5dc163271f43844");
        assert_ne!(signed, sign(&secret, 1_700_000_001, b"{}"));
    }
}

//! The certificate and key of `[tls]`: usable, belonging together, in time, and for the name under which people come.

use protocol::time::{DAY_MS, Timestamp};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Finding, Part};
use crate::config::Config;
use crate::telemetry::rfc3339;
use crate::tls::{Identity, TlsError};

/// A certificate that ends sooner is told about.
const DAYS_GOOD: u64 = 14;

pub fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let Some(files) = &config.tls else { return vec![Finding::fine(Part::Certificate, "certificate-own")] };
    let identity = match Identity::from_files(files) {
        Ok(identity) => identity,
        Err(TlsError::Mismatch) => return vec![Finding::problem(Part::Certificate, "certificate-other-key")],
        Err(TlsError::Unreadable { file, kind }) => {
            let finding = Finding::problem(Part::Certificate, "certificate-unreadable");
            return vec![finding.with("file", file).with("reason", kind)];
        }
        Err(TlsError::Unusable { file, .. }) => {
            return vec![Finding::problem(Part::Certificate, "certificate-unusable").with("file", file)];
        }
        Err(TlsError::OwnCertificate | TlsError::Setup(_)) => {
            let file = files.certificate_file.display();
            return vec![Finding::problem(Part::Certificate, "certificate-unusable").with("file", file)];
        }
    };
    let leaf = identity.leaf();
    let Ok((_, leaf)) = X509Certificate::from_der(&leaf) else {
        let file = files.certificate_file.display();
        return vec![Finding::problem(Part::Certificate, "certificate-unusable").with("file", file)];
    };
    let mut found = vec![validity(&leaf, now)];
    if let Some(url) = &config.http.public_url
        && !is_for(&leaf, &url.host)
    {
        found.push(Finding::warning(Part::Certificate, "certificate-other-name").with("host", &url.host));
    }
    found
}

fn validity(leaf: &X509Certificate<'_>, now: Timestamp) -> Finding {
    let ms = |seconds: i64| Timestamp::from_millis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000));
    let (from, until) = (ms(leaf.validity().not_before.timestamp()), ms(leaf.validity().not_after.timestamp()));
    let finding = if now >= until {
        Finding::problem(Part::Certificate, "certificate-expired")
    } else if now < from {
        Finding::problem(Part::Certificate, "certificate-early")
    } else if until.since(now) < DAYS_GOOD * DAY_MS {
        Finding::warning(Part::Certificate, "certificate-ending")
    } else {
        Finding::fine(Part::Certificate, "certificate-fine")
    };
    finding.with("from", rfc3339(from)).with("until", rfc3339(until))
}

/// Whether the certificate names `host` (RFC 6125 §6.4; a wildcard stands for one label).
fn is_for(leaf: &X509Certificate<'_>, host: &str) -> bool {
    let Ok(Some(names)) = leaf.subject_alternative_name() else { return false };
    let address = host.parse::<std::net::IpAddr>().ok();
    let octets = address.map(|address| match address {
        std::net::IpAddr::V4(address) => address.octets().to_vec(),
        std::net::IpAddr::V6(address) => address.octets().to_vec(),
    });
    names.value.general_names.iter().any(|name| match name {
        GeneralName::DNSName(name) => {
            let wildcard = name.strip_prefix("*.").zip(host.split_once('.')).map(|(rest, (_, parent))| (rest, parent));
            name.eq_ignore_ascii_case(host) || wildcard.is_some_and(|(rest, parent)| rest.eq_ignore_ascii_case(parent))
        }
        GeneralName::IPAddress(bytes) => octets.as_deref() == Some(*bytes),
        _ => false,
    })
}

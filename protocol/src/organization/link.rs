//! The enrollment link: where the server is, which organization it must prove to be, and perhaps a one-time code.
//! With its code it is a secret and must never be shown by itself.

use std::str::FromStr;

use crate::ids::OrganizationFingerprint;
use crate::secret::{Personal, Secret};

/// `https://HOST:PORT/#FINGERPRINT[.CODE]`: where the server is, which organization it must prove to be, and perhaps a one-time code.
#[derive(Debug, Clone)]
pub struct EnrollmentLink {
    /// Host name or address, without brackets.
    pub host: Personal<String>,
    /// TCP port.
    pub port: u16,
    /// The organization that the server must prove to be.
    pub fingerprint: OrganizationFingerprint,
    /// One-time code, if the link carries one.
    pub code: Option<Secret<String>>,
}

/// The text is not an enrollment link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALink {
    /// Does not start with `https://`.
    #[error("an enrollment link starts with https://")]
    Scheme,
    /// No host, or a port that is no number.
    #[error("the link names no host and port")]
    Host,
    /// No organization fingerprint of 64 hexadecimal digits after the `#`.
    #[error("the part after # is not an organization fingerprint of 64 hexadecimal digits")]
    Fingerprint,
    /// The code has characters that no code has.
    #[error("the code in the link is damaged")]
    Code,
}

/// Longest one-time code in characters.
const CODE_CHARS_MAX: usize = 128;

impl FromStr for EnrollmentLink {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        let rest = text.trim().strip_prefix("https://").ok_or(NotALink::Scheme)?;
        let (authority, fragment) = rest.split_once('#').ok_or(NotALink::Fingerprint)?;
        let authority = authority.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '@', '?', ' ']) {
            return Err(NotALink::Host);
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, after) = v6.split_once(']').ok_or(NotALink::Host)?;
                (host, after.strip_prefix(':'))
            }
            None => match authority.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = port.map_or(Ok(443), str::parse).map_err(|_| NotALink::Host)?;
        if host.is_empty() {
            return Err(NotALink::Host);
        }
        let (fingerprint, code) = match fragment.split_once('.') {
            Some((fingerprint, code)) => (fingerprint, Some(code)),
            None => (fragment, None),
        };
        let fingerprint = fingerprint.parse().map_err(|_| NotALink::Fingerprint)?;
        let valid = |code: &str| {
            !code.is_empty()
                && code.len() <= CODE_CHARS_MAX
                && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !code.is_none_or(valid) {
            return Err(NotALink::Code);
        }
        Ok(Self { host: host.into(), port, fingerprint, code: code.map(|code| Secret::new(code.to_owned())) })
    }
}

impl EnrollmentLink {
    /// The link as text; with its code it is a secret, hence not a Display.
    pub fn to_text(&self) -> Secret<String> {
        let host = self.host.expose();
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let code = self.code.as_ref().map_or(String::new(), |code| format!(".{}", code.expose()));
        Secret::new(format!("https://{host}:{}/#{}{code}", self.port, self.fingerprint))
    }

    /// The server's URL without the fragment.
    pub fn url(&self) -> String {
        let host = self.host.expose();
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        format!("https://{host}:{}", self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_come_back_and_damage_is_named() {
        let fingerprint = "ab".repeat(32);
        for text in [
            format!("https://messages.example:8443/#{fingerprint}"),
            format!("https://127.0.0.1:1/#{fingerprint}.ABCD-EFGH"),
            format!("https://[::1]:443/#{fingerprint}"),
        ] {
            assert_eq!(text.parse::<EnrollmentLink>().unwrap().to_text().expose(), &text);
        }
        assert_eq!("http://a/#00".parse::<EnrollmentLink>().err(), Some(NotALink::Scheme));
        assert_eq!("https://a:b/#00".parse::<EnrollmentLink>().err(), Some(NotALink::Host));
        assert_eq!("https://a:1/#00".parse::<EnrollmentLink>().err(), Some(NotALink::Fingerprint));
        assert_eq!(format!("https://a:1/#{fingerprint}.é").parse::<EnrollmentLink>().err(), Some(NotALink::Code));
    }
}

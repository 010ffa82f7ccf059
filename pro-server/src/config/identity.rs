//! `[identity]`: who else may say that somebody is who they are. `[[identity.oidc]]` is one identity provider each.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::enrollment::PROVIDER_NAME_BYTES_MAX;
use protocol::secret::Secret;

use super::problem::{Expected, ProblemKind};
use super::reader::Section;

/// Providers of one server.
pub const PROVIDERS_MAX: usize = 16;
/// A secret file larger than this holds no secret.
const SECRET_BYTES_MAX: usize = 4 * 1_024;
/// Longest label that people are shown.
const LABEL_BYTES_MAX: usize = 64;
/// Entries of a list.
const LIST_MAX: usize = 32;
const SCOPES_DEFAULT: [&str; 3] = ["openid", "profile", "email"];
/// What the first scope always is (OpenID Connect Core §3.1.2.1).
const SCOPE: &str = "openid";

/// The checked section.
#[derive(Debug, Clone, Default)]
pub struct IdentityConfig {
    pub oidc: Vec<OidcConfig>,
}

/// Who signs in with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// At enrollment.
    People,
    /// In the console.
    Administrators,
}

/// How people come to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The system's browser comes back to this device (RFC 8252 §7.3).
    Browser,
    /// A code is typed on any screen (RFC 8628).
    Device,
}

/// The claim that names a person of the directory, and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonClaim {
    pub claim: String,
    pub is: PersonIs,
}

/// What a claim is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonIs {
    Login,
    Mail,
    /// The entry's own id at its source.
    Id,
}

/// What must be said of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    pub claim: String,
    pub value: String,
}

/// One provider.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// In addresses and on the command line.
    pub name: String,
    /// For people.
    pub label: String,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<Secret<String>>,
    pub ca_file: Option<PathBuf>,
    pub scopes: Vec<String>,
    pub who: BTreeSet<Who>,
    pub ways: BTreeSet<Way>,
    /// None: only who is linked already is known.
    pub person: Option<PersonClaim>,
    pub required: Option<Required>,
    /// What the browser comes back to: any port of this device, or this one.
    pub loopback_port: Option<u16>,
    pub loopback_host: LoopbackHost,
}

/// The name of this device in the address that the browser comes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopbackHost {
    /// `127.0.0.1`, as RFC 8252 asks for.
    Address,
    /// `localhost`, for providers that take nothing else.
    Name,
}

pub fn read(mut section: Section<'_>) -> IdentityConfig {
    let mut oidc: Vec<OidcConfig> = Vec::new();
    section.tables("oidc", PROVIDERS_MAX, |_, provider| {
        if let Some(config) = read_provider(provider) {
            if oidc.iter().any(|other| other.name == config.name) {
                provider.problem("name", ProblemKind::Wrong(Expected::UniqueName));
            }
            oidc.push(config);
        }
    });
    section.finish();
    IdentityConfig { oidc }
}

fn read_provider(section: &mut Section<'_>) -> Option<OidcConfig> {
    let name = checked(section, "name", Expected::PlainName, is_name);
    let issuer = checked(section, "issuer", Expected::IssuerUrl, is_issuer);
    let client_id = section.required_text("client_id");
    let client_secret = section.has("client_secret_file").then(|| secret(section));
    let ca_file = section.file("ca_file");
    let label = section.text("label").filter(|label| {
        let fits = label.len() <= LABEL_BYTES_MAX && !label.chars().any(char::is_control);
        if !fits {
            section.problem("label", ProblemKind::Wrong(Expected::Text));
        }
        fits
    });
    let mut scopes = section.texts("scopes", LIST_MAX).unwrap_or_else(|| SCOPES_DEFAULT.map(String::from).to_vec());
    if !scopes.iter().any(|scope| scope == SCOPE) {
        scopes.insert(0, SCOPE.to_owned());
    }
    let groups = ("people, administrators", [("people", Who::People), ("administrators", Who::Administrators)]);
    let who = words(section, "who", groups, &[Who::People]);
    let known = ("browser, device", [("browser", Way::Browser), ("device", Way::Device)]);
    let ways = words(section, "ways", known, &[Way::Browser, Way::Device]);
    let person = person(section, &who);
    let required = required(section);
    let loopback_port = section.integer("loopback_port", 1..=u64::from(u16::MAX));
    let loopback_host = match section.text("loopback_host").as_deref() {
        None | Some("127.0.0.1") => LoopbackHost::Address,
        Some("localhost") => LoopbackHost::Name,
        Some(_) => wrong_word(section, "loopback_host", "127.0.0.1, localhost", LoopbackHost::Address),
    };
    let name = name?;
    Some(OidcConfig {
        label: label.unwrap_or_else(|| name.clone()),
        name,
        issuer: issuer?,
        client_id: client_id?,
        client_secret: match client_secret {
            Some(secret) => Some(secret?),
            None => None,
        },
        ca_file,
        scopes,
        who,
        ways,
        person,
        required,
        loopback_port: loopback_port.and_then(|port| u16::try_from(port).ok()),
        loopback_host,
    })
}

/// A text that has to be there and to fit.
pub(super) fn checked(
    section: &mut Section<'_>,
    key: &'static str,
    expected: Expected,
    fits: fn(&str) -> bool,
) -> Option<String> {
    let text = section.required_text(key)?;
    if fits(&text) {
        return Some(text);
    }
    section.problem(key, ProblemKind::Wrong(expected));
    None
}

fn wrong_word<T>(section: &mut Section<'_>, key: &str, known: &'static str, instead: T) -> T {
    section.problem(key, ProblemKind::Wrong(Expected::OneOf(known)));
    instead
}

/// A set of known words; `usual` when the key is not written.
fn words<T: Copy + Ord, const N: usize>(
    section: &mut Section<'_>,
    key: &'static str,
    (names, known): (&'static str, [(&'static str, T); N]),
    usual: &[T],
) -> BTreeSet<T> {
    let usual = || usual.iter().copied().collect();
    let Some(written) = section.texts(key, LIST_MAX) else { return usual() };
    let find = |word: &String| known.iter().find(|(name, _)| name == word).map(|(_, value)| *value);
    let found: Option<BTreeSet<T>> = written.iter().map(find).collect();
    found.filter(|found| !found.is_empty()).unwrap_or_else(|| wrong_word(section, key, names, usual()))
}

/// Nobody guesses which claim is safe: whoever lets people in says it.
fn person(section: &mut Section<'_>, who: &BTreeSet<Who>) -> Option<PersonClaim> {
    let claim =
        if who.contains(&Who::People) { section.required_text("person_claim") } else { section.text("person_claim") };
    let is = match section.text("person_is").as_deref() {
        None | Some("login") => PersonIs::Login,
        Some("mail") => PersonIs::Mail,
        Some("id") => PersonIs::Id,
        Some(_) => wrong_word(section, "person_is", "login, mail, id", PersonIs::Login),
    };
    Some(PersonClaim { claim: claim?, is })
}

fn required(section: &mut Section<'_>) -> Option<Required> {
    let (claim, value) = (section.text("required_claim"), section.text("required_value"));
    match (claim, value) {
        (Some(claim), Some(value)) => return Some(Required { claim, value }),
        (Some(_), None) => section.problem("required_claim", ProblemKind::Needs("required_value")),
        (None, Some(_)) => section.problem("required_value", ProblemKind::Needs("required_claim")),
        (None, None) => {}
    }
    None
}

fn secret(section: &mut Section<'_>) -> Option<Secret<String>> {
    let secret = section.file_contents("client_secret_file", SECRET_BYTES_MAX)?;
    if secret.is_empty() {
        section.problem("client_secret_file", ProblemKind::Wrong(Expected::Text));
        return None;
    }
    Some(Secret::new(secret))
}

/// Lower-case letters, digits and hyphens: it stands in addresses.
pub(super) fn is_name(text: &str) -> bool {
    (1..=PROVIDER_NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// `https://HOST…` without query or fragment (Discovery §3).
fn is_issuer(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@\\".contains(&byte))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Problems};

    fn load(text: &str) -> Result<Config, Problems> {
        let folder = tempfile::tempdir().expect("a temp folder");
        std::fs::write(folder.path().join("secret"), "s3cret\n").expect("written");
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).expect("written");
        Config::load(Some(&file), std::path::Path::new("data"), std::iter::empty())
    }

    const WHOLE: &str = r#"
        [[identity.oidc]]
        name = "staff"
        issuer = "https://id.example/realms/staff"
        client_id = "isoloir"
        client_secret_file = "secret"
        person_claim = "preferred_username"
    "#;

    #[test]
    fn a_provider_is_read_and_its_secret_file_is_in_a_backup() {
        let config = load(WHOLE).expect("valid");
        let [provider] = config.identity.oidc.as_slice() else { panic!("one provider") };
        assert_eq!((provider.label.as_str(), provider.scopes.len()), ("staff", 3));
        assert_eq!(provider.client_secret.as_ref().map(|secret| secret.expose().as_str()), Some("s3cret"));
        assert_eq!(config.sources.named.len(), 1, "{:?}", config.sources.named);
    }

    #[test]
    fn every_problem_of_a_provider_is_told_with_its_place() {
        let text = format!(
            "{WHOLE}\n{}",
            r#"
            [[identity.oidc]]
            name = "Staff!"
            issuer = "http://id.example"
            client_id = "isoloir"
            who = ["people", "guests"]
            required_claim = "groups"
            loopback_host = "0.0.0.0"
            colour = "red"
        "#
        );
        let problems = load(&text).expect_err("refused");
        let told: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            told,
            [
                "identity.oidc.2.name",
                "identity.oidc.2.issuer",
                "identity.oidc.2.who",
                "identity.oidc.2.person_claim",
                "identity.oidc.2.required_claim",
                "identity.oidc.2.loopback_host",
                "identity.oidc.2.colour",
            ]
        );
    }

    #[test]
    fn two_providers_have_two_names() {
        assert!(load(&format!("{WHOLE}{WHOLE}")).is_err());
    }
}

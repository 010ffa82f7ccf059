//! The configuration: one TOML file, overlaid by the environment, checked whole before anything starts.
//! Zero configuration works. Never holds a secret that was written into the file itself: secrets come by `*_file`.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

pub mod audit;
pub mod directory;
pub mod http;
pub mod identity;
mod ldap;
pub mod ldap_kind;
pub mod limits;
pub mod problem;
pub mod reader;
mod store;
pub mod tls;
pub mod witness;

pub use audit::AuditConfig;
pub use directory::DirectoryConfig;
pub use http::{Http, MetricsListen, PublicUrl, StunListen};
pub use identity::IdentityConfig;
pub use limits::Limits;
pub use problem::{Expected, Problem, ProblemKind, Problems};
pub use tls::CertificateFiles;

use crate::storage::Location;
use reader::Section;

/// `PRO_SERVER__HTTP__LISTEN=…` stands for `[http] listen = …`.
pub const ENVIRONMENT_PREFIX: &str = "PRO_SERVER__";
/// A configuration file larger than this is refused unread.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A checked configuration. Everything in it is usable as it is.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where the database is.
    pub store: Location,
    /// The files that all of this was read from.
    pub sources: Sources,
    pub http: Http,
    pub tls: Option<CertificateFiles>,
    pub metrics: MetricsListen,
    pub stun: StunListen,
    pub limits: Limits,
    pub directory: DirectoryConfig,
    pub identity: IdentityConfig,
    pub audit: AuditConfig,
}

/// The configuration's own files, for a backup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The TOML file, if there is one.
    pub file: Option<PathBuf>,
    /// The files that its keys name: `section.key` and where.
    pub named: Vec<(String, PathBuf)>,
}

impl Config {
    /// Reads `file` (if any), overlays `environment`, and checks everything.
    pub fn load(
        file: Option<&Path>,
        data: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut table = file.and_then(|path| read_file(path, &mut problems)).unwrap_or_default();
        overlay(&mut table, environment, &mut problems);
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let mut named = Vec::new();
        named_files(&table, "", folder, &mut named);
        let mut config = Self::check(table, folder, data, &mut problems);
        config.sources = Sources { file: file.map(Path::to_owned), named };
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Where the database is, whatever else may be wrong: for commands that work without a server.
    pub fn location(
        file: Option<&Path>,
        data: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Location, Problems> {
        let mut problems = Problems::default();
        let mut table = file.and_then(|path| read_file(path, &mut problems)).unwrap_or_default();
        overlay(&mut table, environment, &mut problems);
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let location = store::read(Section::root(table, folder, &mut problems).section("store"), data);
        if problems.is_empty() { Ok(location) } else { Err(problems) }
    }

    /// The embedded defaults over `data`.
    pub fn embedded(data: &Path) -> Self {
        let mut problems = Problems::default();
        Self::check(Table::new(), Path::new(""), data, &mut problems)
    }

    fn check(table: Table, folder: &Path, data: &Path, problems: &mut Problems) -> Self {
        let mut root = Section::root(table, folder, problems);
        let config = Config {
            data: data.to_owned(),
            store: store::read(root.section("store"), data),
            sources: Sources::default(),
            http: http::read_http(root.section("http")),
            tls: tls::read(root.section("tls")),
            metrics: http::read_metrics(root.section("metrics")),
            stun: http::read_stun(root.section("stun")),
            limits: limits::read(root.section("limits")),
            directory: ldap::read(root.section("directory")),
            identity: identity::read(root.section("identity")),
            audit: audit::read(root.section("audit")),
        };
        root.finish();
        config
    }
}

/// Every key that ends in `_file` names one: that is the rule for keys, certificates and passwords.
fn named_files(table: &Table, path: &str, folder: &Path, named: &mut Vec<(String, PathBuf)>) {
    for (key, value) in table {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Table(table) => named_files(table, &full, folder, named),
            Value::Array(entries) => {
                for (place, table) in entries.iter().enumerate().filter_map(|(at, entry)| Some((at, entry.as_table()?)))
                {
                    named_files(table, &reader::entry_path(&full, place), folder, named);
                }
            }
            Value::String(file) if key.ends_with("_file") => named.push((full, folder.join(file))),
            _ => {}
        }
    }
}

fn read_file(path: &Path, problems: &mut Problems) -> Option<Table> {
    use std::io::Read as _;
    let name = path.display().to_string();
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    if let Err(error) = read {
        problems.add(name, ProblemKind::Unreadable(error.kind()));
        return None;
    }
    match text.parse::<Table>() {
        Ok(table) => Some(table),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.as_bytes().get(..start).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            problems.add(name, ProblemKind::Syntax { line });
            None
        }
    }
}

/// Puts each `PRO_SERVER__A__B=value` at `a.b`. Numbers and true/false keep their type, everything else is text.
fn overlay(table: &mut Table, environment: impl Iterator<Item = (String, String)>, problems: &mut Problems) {
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else {
            continue;
        };
        let path = path.to_ascii_lowercase();
        let mut parts: Vec<&str> = path.split("__").collect();
        let Some(leaf) = parts.pop() else { continue };
        match descend(table, &parts) {
            Some(section) => drop(section.insert(leaf.to_owned(), typed(value))),
            None => problems.add(parts.join("."), ProblemKind::Wrong(Expected::Table)),
        }
    }
}

fn descend<'t>(table: &'t mut Table, parts: &[&str]) -> Option<&'t mut Table> {
    parts.iter().try_fold(table, |table, part| {
        table.entry((*part).to_owned()).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
    })
}

fn typed(value: String) -> Value {
    if let Ok(number) = value.parse::<i64>() {
        return Value::Integer(number);
    }
    match value.as_str() {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        _ => Value::String(value),
    }
}

/// The data folder when none is named: `/var/lib/isoloir` for root, else under the user's data folder.
pub fn data_default(environment: impl Fn(&str) -> Option<String>) -> PathBuf {
    if let Some(folder) = environment("STATE_DIRECTORY") {
        // Set by systemd (`StateDirectory=`), a list separated by colons.
        return PathBuf::from(folder.split(':').next().unwrap_or_default());
    }
    if crate::unix::is_root() {
        return PathBuf::from("/var/lib/isoloir");
    }
    match (environment("XDG_DATA_HOME"), environment("HOME")) {
        (Some(folder), _) if !folder.is_empty() => Path::new(&folder).join("isoloir-server"),
        (_, Some(home)) => Path::new(&home).join(".local/share/isoloir-server"),
        (_, None) => PathBuf::from("isoloir-server"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, Problems> {
        let folder = tempfile::tempdir().expect("a temp folder");
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).expect("written");
        let environment: Vec<(String, String)> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(Some(&file), Path::new("data"), environment.into_iter())
    }

    #[test]
    fn nothing_is_enough() {
        let config = load("", &[]).expect("defaults");
        assert_eq!(config.http.listen, http::LISTEN_DEFAULT);
        assert_eq!(config.metrics, MetricsListen::Default);
        assert_eq!(config.stun, StunListen::LikeHttp);
        assert_eq!(config.tls, None);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let text = r#"
            colour = "red"
            [http]
            lisen = "127.0.0.1:1"
            listen = "nowhere"
            public_url = "ftp://x"
            [tls]
            certificate_file = "missing.pem"
            [limits]
            connections_max = 0
            [metrics]
            listen = 12
        "#;
        let problems = load(text, &[]).expect_err("refused");
        let told: Vec<(&str, &ProblemKind)> =
            problems.iter().map(|problem| (problem.key.as_str(), &problem.kind)).collect();
        use Expected::*;
        use ProblemKind::*;
        let nearest = Some("listen".to_owned());
        assert_eq!(
            told,
            [
                ("http.listen", &Wrong(SocketAddress)),
                ("http.public_url", &Wrong(HttpsUrl)),
                ("http.lisen", &Unknown { nearest }),
                ("tls.certificate_file", &Unreadable(std::io::ErrorKind::NotFound)),
                ("tls.certificate_file", &Needs("tls.key_file")),
                ("metrics.listen", &Wrong(SocketAddress)),
                ("limits.connections_max", &Wrong(Integer { min: 1, max: 1_000_000 })),
                ("colour", &Unknown { nearest: None }),
            ]
        );
    }

    #[test]
    fn a_problem_never_repeats_a_value() {
        let problems = load("[http]\npublic_url = \"canary-value\"\n", &[]).expect_err("refused");
        assert!(!problems.to_string().contains("canary"));
        let problems = load("canary-value", &[]).expect_err("refused");
        assert!(!problems.to_string().contains("canary"));
    }

    #[test]
    fn the_environment_wins_and_is_checked_too() {
        let set =
            [("PRO_SERVER__HTTP__LISTEN", "127.0.0.1:9"), ("PRO_SERVER__LIMITS__CONNECTIONS_MAX", "7"), ("OTHER", "x")];
        let config = load("[http]\nlisten = \"127.0.0.1:1\"\n", &set).expect("valid");
        assert_eq!(config.http.listen.port(), 9);
        assert_eq!(config.limits.connections_max, 7);
        let problems = load("", &[("PRO_SERVER__HTTP__PORT", "9")]).expect_err("refused");
        assert_eq!(problems.iter().next().map(|p| p.key.as_str()), Some("http.port"));
    }

    const SEVERAL: &str = r#"
        [[directory.ldap]]
        name = "paris"
        url = "ldaps://paris.example"
        bind_dn = "cn=svc"
        bind_password_file = "paris-password"
        base_dn = "dc=paris"
        filter = "(uid=*)"
        [[directory.ldap]]
        name = "lyon"
        url = "ldaps://lyon.example"
        bind_dn = "cn=svc"
        bind_password_file = "lyon-password"
        base_dn = "dc=lyon"
        filter = "(uid=*)"
    "#;

    fn load_several(text: &str) -> Result<Config, Problems> {
        let folder = tempfile::tempdir().expect("a temp folder");
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).expect("written");
        for password in ["paris-password", "lyon-password"] {
            std::fs::write(folder.path().join(password), "pass\n").expect("written");
        }
        Config::load(Some(&file), Path::new("data"), std::iter::empty())
    }

    #[test]
    fn directories_are_one_or_several_each_with_a_name_of_its_own() {
        let names =
            |config: &Config| config.directory.ldap.iter().map(|ldap| ldap.name.to_string()).collect::<Vec<_>>();
        let several = load_several(SEVERAL).expect("valid");
        assert_eq!(names(&several), ["paris", "lyon"]);
        let keys: Vec<&str> = several.sources.named.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["directory.ldap.1.bind_password_file", "directory.ldap.2.bind_password_file"]);
        let one = SEVERAL.replace("[[directory.ldap]]\n        name = \"paris\"", "[directory.ldap]");
        let one = one.split("[[").next().unwrap_or_default();
        assert_eq!(names(&load_several(one).expect("valid")), ["ldap"]);
    }

    #[test]
    fn a_directory_without_a_name_of_its_own_is_told_by_its_place() {
        let told = |text: &str| {
            let problems = load_several(text).expect_err("refused");
            problems.iter().map(|problem| (problem.key.clone(), problem.kind.clone())).collect::<Vec<_>>()
        };
        let key = || "directory.ldap.2.name".to_owned();
        let twice = SEVERAL.replace("\"lyon\"", "\"paris\"");
        assert_eq!(told(&twice), [(key(), ProblemKind::Wrong(Expected::SourceName))]);
        let reserved = SEVERAL.replace("\"lyon\"", "\"scim\"");
        assert_eq!(told(&reserved), [(key(), ProblemKind::Wrong(Expected::SourceName))]);
        let unnamed = SEVERAL.replace("name = \"lyon\"", "");
        assert_eq!(told(&unnamed), [(key(), ProblemKind::Missing)]);
    }

    #[test]
    fn broken_toml_names_its_line() {
        let problems = load("[http]\nlisten = \n", &[]).expect_err("refused");
        assert!(matches!(problems.iter().next().map(|p| &p.kind), Some(ProblemKind::Syntax { line: 2 })));
    }
}
